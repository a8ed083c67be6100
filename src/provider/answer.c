/* answer: what an operation collected, as the results of the port.  See job.h. */
#include <stdio.h>
#include <string.h>

#include "dns/name.h"
#include "provider/job.h"

static void fault_set(struct exchange *exchange, struct err *err, const char *what)
{
    err_set(err, ERR_FAILED, "%s: the plugin %s %s", exchange->account->settings->name,
            exchange->account->plugin->name, what);
    err_class(err, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER, 0);
}

static void read_finish(struct job *job, struct exchange *exchange, struct err err)
{
    struct provider_zone result = { .err = err };
    struct zone zone = { .whole = true };
    if (exchange && err.code == ERR_NONE) {
        zone.name = exchange->host.op.ret_zone ? exchange->host.op.ret_zone : job->zone;
        zone.cookie = exchange->host.op.ret_zone_cookie;
        zone.n = exchange->host.sets.n;
        zone.sets = ARENA_ARRAY(exchange->arena, struct rrset, zone.n);
        for (size_t i = 0; i < zone.n; i++)
            host_rrset_back(exchange->arena, exchange->host.sets.v[i], &zone.sets[i]);
        if (!zone.name || (job->name && !name_within(job->name, zone.name)))
            fault_set(exchange, &result.err, "read another zone than it was asked for");
        else
            zone_sort(&zone);
        result.zone = result.err.code == ERR_NONE ? &zone : NULL;
    }
    job->done.read(job->arg, &result);
}

/* A change that the plugin left open is not known to be undone once a write left. */
static enum fate fate_of(const struct exchange *exchange, const struct err *err, uint32_t fate)
{
    if (fate > DC_FATE_UNKNOWN)
        return FATE_UNKNOWN;
    if (fate == DC_FATE_NOT_TRIED && exchange->write_sent &&
        (err->code == ERR_NONE || err->code == ERR_LOST))
        return FATE_UNKNOWN;
    return (enum fate)fate;
}

/* Reasons of single changes, after the message of the whole. */
static void reasons_add(const struct exchange *exchange, struct err *err)
{
    for (size_t i = 0; i < exchange->host.op.n_changes; i++) {
        const struct dc_change *change = exchange->host.op.changes[i];
        const struct dc_rrset *set = change->after ? change->after : change->before;
        if (change->reason && set && !strstr(err->message, change->reason)) {
            char text[sizeof err->message];
            snprintf(text, sizeof text, "%.300s; %.120s %s: %.180s", err->message, set->owner,
                     rtype_text(set->type), change->reason);
            memcpy(err->message, text, sizeof text);
        }
    }
}

static void apply_finish(struct job *job, struct exchange *exchange, struct err err)
{
    struct provider_write result = { .err = err, .change = job->changes, .n = job->n_changes };
    bool unknown = false;
    size_t asked = 0;
    for (size_t i = 0; i < job->n_changes; i++) {
        if (change_is_void(&job->changes[i]))
            job->changes[i].fate = FATE_APPLIED;
        else if (exchange && asked < exchange->host.op.n_changes)
            job->changes[i].fate =
                fate_of(exchange, &err, exchange->host.op.changes[asked++]->fate);
        else
            job->changes[i].fate = FATE_NOT_TRIED;
        unknown |= job->changes[i].fate == FATE_UNKNOWN;
    }
    if (exchange && err.code != ERR_NONE)
        reasons_add(exchange, &result.err);
    if (exchange && unknown && err.code != ERR_LOST) {
        if (err.code == ERR_NONE)
            fault_set(exchange, &result.err, "left a change open");
        result.err.code = ERR_LOST;
    }
    if (exchange && err.code == ERR_NONE)
        result.cookie = exchange->host.op.ret_cookie;
    job->done.apply(job->arg, &result);
}

static void list_finish(struct job *job, struct exchange *exchange, struct err err)
{
    struct provider_zones result = { .err = err };
    if (exchange && err.code == ERR_NONE) {
        result.v = exchange->host.zones.v;
        result.n = exchange->host.zones.n;
    }
    job->done.list(job->arg, &result);
}

static void find_finish(struct job *job, struct exchange *exchange, struct err err)
{
    struct provider_found result = { .err = err };
    if (exchange && err.code == ERR_NONE) {
        result.zone =
            exchange->host.zones.n ? exchange->host.zones.v[0] : exchange->host.op.ret_zone;
        if (!result.zone)
            fault_set(exchange, &result.err, "found a zone without a name");
    }
    job->done.find(job->arg, &result);
}

void job_answer(struct job *job, struct exchange *exchange, struct err err)
{
    switch (job->kind) {
    case DC_OP_READ:
        read_finish(job, exchange, err);
        return;
    case DC_OP_APPLY:
        apply_finish(job, exchange, err);
        return;
    case DC_OP_SETTLE:
        job->done.settle(job->arg, &err);
        return;
    case DC_OP_LIST_ZONES:
        list_finish(job, exchange, err);
        return;
    case DC_OP_FIND_ZONE:
        find_finish(job, exchange, err);
        return;
    case DC_OP_CHECK: {
        struct provider_checked result = { .err = err,
                                           .detail = exchange ? exchange->host.op.detail : NULL };
        job->done.check(job->arg, &result);
        return;
    }
    }
}
