/* plan_bench: a small change repository in memory for tests of plans: accounts
 * pdns and other, client acme, a ticket made from --change texts. */
#pragma once
#include "fake_ports.h"
#include "rollout/plan.h"

struct bench {
    struct arena *arena;
    struct fake *fake;
    struct settings settings;
    struct portfolio portfolio;
    struct ticket ticket;
    struct plan_input in;
    struct ports ports;
};

/* `domains`: the "domains" object of the client's file; `extra`: further members of
 * the settings (", \"rollout\": {...}") or "".  Ends the test when something is
 * wrong with them. */
struct bench *bench_new(struct arena *arena, const char *domains, const char *extra);
/* A domain of the ticket's scope with its zone at account pdns. */
struct fake_zone *bench_domain(struct bench *bench, const char *name);
void bench_change(struct bench *bench, const char *edit);
/* Plans as propose does, and keeps what was live in the ticket. */
struct plan bench_record(struct bench *bench);
/* Plans again; 0 or -1. */
int bench_plan(struct bench *bench, struct plan *ret, struct err *err);
struct plan bench_plan_fine(struct bench *bench);
