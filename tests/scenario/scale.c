/* scale: what one domain costs when there are many.  Time and memory of the engine
 * for an apply and a rollback, few domains against ten times as many. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rollout/rollout.h"
#include "sim.h"

struct cost {
    double us, kib;
    uint64_t commits, syncs, queries;
    struct provider_counts calls;
};

static void must(int failed, const struct err *err)
{
    if (failed < 0) {
        fprintf(stderr, "%s\n", err->message);
        exit(1);
    }
}

struct estate {
    struct sim *sim;
    struct settings settings;
    struct portfolio portfolio;
    struct ticket ticket;
};

static void zone_fill(struct sim *sim, const char *name)
{
    static const struct {
        const char *text;
        uint16_t type;
        uint32_t ttl;
    } sets[] = {
        { "ns1.example.net. h.example.net. 1 3600 600 86400 300", TYPE_SOA, 3600 },
        { "ns1.example.net.", TYPE_NS, 3600 },
        { "10 old.example.net.", TYPE_MX, 60 },
        { "\"v=spf1 -all\"", TYPE_TXT, 60 },
    };
    struct sim_zone *zone = sim_zone(sim, "pdns", name);
    struct err err;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct rrset *set = rrset_new(sim->arena, name, sets[i].type, sets[i].ttl);
        struct rdata rdata;
        must(
            rdata_parse(sets[i].type, sets[i].text, name, RDATA_ZONEFILE, sim->arena, &rdata, &err),
            &err);
        rrset_add(sim->arena, set, rdata);
        sim_edit(sim, zone, name, sets[i].type, set);
    }
}

static void estate_make(struct estate *estate, size_t n)
{
    struct sim *sim = estate->sim = sim_new();
    struct strv warnings = { 0 };
    struct err err;
    BUF_SCOPED json = BUF(64u << 20);
    sim->unchecked = true;
    sim_server(sim, "ns1.example.net", "192.0.2.1:53", 0);
    buf_adds(&json, "{\"client\": \"acme\", \"approvers\": [\"a@b.example\"], \"provider\": "
                    "\"pdns\", \"domains\": {");
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_printf(sim->arena, "d%05zu.example", i);
        zone_fill(sim, name);
        buf_addf(&json, "%s\"%s\": {}", i ? "," : "", name);
        strv_push(sim->arena, &estate->ticket.domains, name);
    }
    buf_adds(&json, "}}");
    sim_pass(sim, 600000);
    must(settings_parse("dnschange.json",
                        "{\"version\": 1, \"providers\": {\"pdns\": {\"plugin\": \"powerdns\", "
                        "\"url\": \"http://127.0.0.1:1\", \"secret\": {\"env\": \"KEY\"}, "
                        "\"primary\": \"192.0.2.1:53\"}}, \"rollout\": {\"bake\": \"0s\", "
                        "\"waves\": [\"100%\"]}, \"verify\": {\"rounds\": 1}}",
                        false, sim->arena, &warnings, &estate->settings, &err),
         &err);
    struct portfolio_file file = { "domains/acme.json", buf_take(&json, sim->arena) };
    must(portfolio_parse(&file, 1, &estate->settings, false, sim->arena, &warnings,
                         &estate->portfolio, &err),
         &err);
    estate->ticket.id = "DNS-2026-11-23-001";
    estate->ticket.reason = "scale";
    estate->ticket.select = estate->ticket.domains;
    must(edit_parse("set @ 60 MX 10 new.example.net.", sim->arena, &estate->ticket.change, &err),
         &err);
    struct plan plan;
    struct plan_input in = { .ticket = &estate->ticket,
                             .settings = &estate->settings,
                             .portfolio = &estate->portfolio,
                             .record = true };
    must(plan_build(&in, &sim->ports, sim->arena, &plan, &err), &err);
    plan_record(&plan, &estate->ticket, sim->arena);
}

static void cost_take(struct sim *sim, struct arena *arena, clock_t began, size_t n,
                      struct cost *ret)
{
    ret->us = (double)(clock() - began) * 1e6 / CLOCKS_PER_SEC / (double)n;
    ret->kib = (double)arena_used(arena) / 1024 / (double)n;
    ret->commits = sim->commits;
    ret->syncs = sim->syncs;
    ret->queries = sim->queries;
    ret->calls = sim->calls;
    sim->commits = sim->syncs = sim->queries = 0;
    sim->calls = (struct provider_counts){ 0 };
}

static void measure(size_t n, struct cost *apply, struct cost *rollback)
{
    struct estate estate = { 0 };
    struct rollout_result result;
    struct err err = { 0 };
    estate_make(&estate, n);
    estate.sim->commits = estate.sim->syncs = estate.sim->queries = 0;
    estate.sim->calls = (struct provider_counts){ 0 };
    sim_start(estate.sim);
    struct rollout_input in = { .ticket = &estate.ticket,
                                .settings = &estate.settings,
                                .portfolio = &estate.portfolio,
                                .options = { .bake_ms = -1 } };
    struct arena *arena = arena_new("apply", (size_t)4 << 30);
    clock_t began = clock();
    must(rollout_apply(&in, &estate.sim->ports, arena, &result, &err), &err);
    cost_take(estate.sim, arena, began, n, apply);
    if (result.state != TICKET_DONE || result.counts.changed != n)
        exit(1);
    arena_free(arena);
    sim_start(estate.sim);
    struct rollback_item item = { estate.ticket.id, 1 };
    struct rollback_input back = { .settings = &estate.settings, .items = &item, .n = 1 };
    arena = arena_new("rollback", (size_t)4 << 30);
    began = clock();
    must(rollout_rollback(&back, &estate.sim->ports, arena, &result, &err), &err);
    cost_take(estate.sim, arena, began, n, rollback);
    if (result.state != TICKET_REVERTED || result.counts.reverted != n)
        exit(1);
    arena_free(arena);
    sim_free(estate.sim);
}

static void show(const char *what, size_t n, const struct cost *cost)
{
    printf("%-9s %6zu domains: %7.1f us and %5.1f KiB a domain; %llu reads, %llu writes, %llu "
           "queries, %llu commits, %llu fdatasync\n",
           what, n, cost->us, cost->kib, (unsigned long long)cost->calls.read,
           (unsigned long long)cost->calls.write, (unsigned long long)cost->queries,
           (unsigned long long)cost->commits, (unsigned long long)cost->syncs);
}

int main(int argc, char **argv)
{
    size_t few = argc > 1 ? strtoul(argv[1], NULL, 10) : 200, many = few * 10;
    struct cost apply[2], rollback[2];
    measure(few, &apply[0], &rollback[0]);
    measure(many, &apply[1], &rollback[1]);
    show("apply", few, &apply[0]);
    show("apply", many, &apply[1]);
    show("rollback", few, &rollback[0]);
    show("rollback", many, &rollback[1]);
    /* Three times leaves room for caches and a busy machine; quadratic is ten. */
    return apply[1].us > 3 * apply[0].us || rollback[1].us > 3 * rollback[0].us ||
           apply[1].kib > 1.5 * apply[0].kib || rollback[1].kib > 1.5 * rollback[0].kib ||
           apply[1].commits != apply[0].commits || apply[1].syncs != apply[0].syncs ||
           apply[1].calls.write != many || apply[1].calls.read != many;
}
