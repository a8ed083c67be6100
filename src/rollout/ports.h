/* ports: everything through which a rollout reaches the world, in one bundle. */
#pragma once
#include "ports/check.h"
#include "ports/control.h"
#include "ports/dns.h"
#include "ports/journal.h"
#include "ports/loop.h"
#include "ports/progress.h"
#include "ports/provider.h"
#include "ports/records.h"

struct ports {
    const struct loop_port *loop;
    const struct provider_port *provider;
    const struct dns_port *dns;
    const struct check_port *check;
    const struct records_port *records;
    const struct control_port *control;
    const struct progress_port *progress;
    /* Opens (creates) the local journal of an attempt; *ret lives until exit. */
    void *attempt_ctx;
    int (*journal_open)(void *ctx, const char *id, uint32_t attempt, struct journal_port *ret,
                        struct err *err);
    /* Gives back the disk space that was kept for the revert; idempotent. */
    void (*reserve_release)(void *ctx);
    const char *actor;  /* "Ann Lee <ann@acme.example>" or user@host */
    const char *holder; /* user@host pid */
};
