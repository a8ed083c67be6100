/* run_read: reads zones again for jobs, each zone once for all jobs that asked in
 * the same turn.  A read that was on its way already is not shared: it may be
 * older than the question. */
#include <string.h>

#include "base/map.h"
#include "rollout/run.h"

struct zone_read {
    struct run *run;
    struct job *first, *last; /* by next_read */
};

void read_start(struct job *job, void (*done)(struct job *job, const struct err *err))
{
    struct run *run = job->run;
    const struct loop_port *loop = run->outer->loop;
    job->read_done = done;
    job->next_read = run->reads;
    run->reads = job;
    if (!run->read_timer.set)
        loop->timer_set(loop->ctx, &run->read_timer, run_now(run));
}

static void job_take(struct job *job, const struct zone *zone, int64_t now_ms)
{
    struct run *run = job->run;
    if (zone->cookie)
        job->zone.cookie = arena_strdup(run->arena, zone->cookie);
    job->live_ms = now_ms;
    for (size_t i = 0; i < job->n; i++) {
        struct item *item = &job->items[i];
        const struct rrset *found = zone_find(zone, item->set->owner, item->set->type);
        /* Mostly nothing moved: then nothing needs to be kept. */
        bool same = rrset_equal(found, item->live) && (!found || !found->token);
        if (!same)
            item->live = rrset_copy(run->arena, found);
    }
}

static void zone_came(void *arg, const struct provider_zone *result)
{
    struct zone_read *read = arg;
    struct err err = result->err;
    int64_t now_ms = run_now(read->run);
    for (struct job *job = read->first, *next; job; job = next) {
        next = job->next_read;
        job->next_read = NULL;
        if (err.code == ERR_NONE)
            job_take(job, result->zone, now_ms);
        job->read_done(job, &err);
    }
}

static void zone_ask(struct run *run, struct zone_read *read)
{
    const struct provider_port *provider = run->outer->provider;
    const struct target *target = read->first->target;
    provider->read(provider->ctx, target->account, target->domain, target->zone, zone_came, read);
}

void read_flush(void *arg)
{
    struct run *run = arg;
    ARENA_SCOPED scratch = arena_new("zones to read", 64u << 20);
    struct map *zones = map_new(scratch);
    struct job *job = run->reads, *next;
    run->reads = NULL;
    for (; job; job = next) {
        next = job->next_read;
        job->next_read = NULL;
        const char *key = arena_printf(scratch, "%s %s", job->target->account, job->target->zone);
        struct zone_read *read = map_get(zones, key);
        if (read) {
            read->last = read->last->next_read = job;
            continue;
        }
        read = ARENA_NEW(run->arena, struct zone_read);
        *read = (struct zone_read){ run, job, job };
        map_put(zones, key, read);
    }
    for (size_t i = 0; i < map_count(zones); i++)
        zone_ask(run, map_value_at(zones, i));
}
