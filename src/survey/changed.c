/* changed: walks all attempts and turns their LKG and outcome into rows. */
#include "survey/changed.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "survey/attempts.h"

enum { LKG_ARENA_CAP = 1 << 29 };

struct walk {
    const struct ports *ports;
    const struct changed_filter *filter;
    struct map *wanted; /* domains as a map; NULL: all */
    struct arena *arena;
    struct changed *rows;
    struct strv *warnings;
};

/* A row is what was written: a domain that was left alone changed nothing. */
static bool was_written(const char *state)
{
    return strcmp(state, "untouched") && strcmp(state, "skipped") && strcmp(state, "pending") &&
           strcmp(state, "captured");
}

static void set_row(struct walk *walk, const struct attempt_info *info, const struct target *target,
                    const struct target_set *set, const char *state)
{
    struct changed_row *row = vec_push(walk->arena, walk->rows);
    row->wall_s = info->changed_s ? info->changed_s : info->claimed_s;
    row->ticket = info->id;
    row->attempt = info->attempt;
    row->actor = info->actor;
    row->reason = info->reason;
    row->domain = arena_strdup(walk->arena, target->domain);
    row->owner = arena_strdup(walk->arena, set->owner);
    row->type = set->type;
    row->before = rrset_copy(walk->arena, set->before);
    row->after = rrset_copy(walk->arena, set->after);
    row->state = state;
}

static void target_rows(struct walk *walk, const struct attempt_info *info, struct map *outcome,
                        const struct target *target)
{
    const char *state = outcome_state(outcome, info, target->domain);
    if (walk->wanted && !map_get(walk->wanted, target->domain))
        return;
    if (state && !was_written(state))
        return;
    /* Under way: what is known is the ticket's own state. */
    state = arena_strdup(walk->arena, state ? state : ticket_state_text(info->state));
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED)
            set_row(walk, info, target, set, state);
    }
}

static bool filter_takes(const struct changed_filter *filter, const struct attempt_info *info)
{
    int64_t wall_s = info->changed_s ? info->changed_s : info->claimed_s;
    if (filter->from_s && wall_s < filter->from_s)
        return false;
    if (filter->to_s && wall_s > filter->to_s)
        return false;
    return !filter->by || (info->actor && strcasestr(info->actor, filter->by));
}

static void attempt_rows(struct walk *walk, const struct attempt_info *info)
{
    struct lkg lkg;
    struct err err;
    ARENA_SCOPED scratch = arena_new("records", LKG_ARENA_CAP);
    if (!filter_takes(walk->filter, info))
        return;
    if (attempt_lkg(walk->ports, info->id, info->attempt, scratch, &lkg, &err)) {
        if (err.code != ERR_NOT_FOUND)
            strv_push(walk->arena, walk->warnings,
                      arena_printf(walk->arena, "%s: %s", info->id, err.message));
        return;
    }
    struct map *outcome = attempt_outcome(walk->ports->records, info->id, info->attempt, scratch);
    for (size_t i = 0; i < lkg.targets.n; i++)
        target_rows(walk, info, outcome, &lkg.targets.v[i]);
}

static void ticket_rows(struct walk *walk, const char *id)
{
    struct attempt_infos infos = { 0 };
    struct err err;
    if (attempts_of(walk->ports, id, walk->arena, &infos, &err) && err.code != ERR_NOT_FOUND)
        strv_push(walk->arena, walk->warnings,
                  arena_printf(walk->arena, "%s: %s", id, err.message));
    for (size_t i = 0; i < infos.n; i++)
        attempt_rows(walk, &infos.v[i]);
}

static int newest_first(const void *va, const void *vb)
{
    const struct changed_row *a = va, *b = vb;
    if (a->wall_s != b->wall_s)
        return a->wall_s < b->wall_s ? 1 : -1;
    int ticket = strcmp(b->ticket, a->ticket);
    if (ticket)
        return ticket;
    int domain = strcmp(a->domain, b->domain);
    return domain ? domain : strcmp(a->owner, b->owner);
}

int changed_read(const struct ports *ports, const struct changed_filter *filter,
                 struct arena *arena, struct changed *ret, struct strv *warnings, struct err *err)
{
    struct strv ids = { 0 };
    struct walk walk = { ports, filter, NULL, arena, ret, warnings };
    *ret = (struct changed){ 0 };
    if (filter->domains)
        walk.wanted = map_new(arena);
    for (size_t i = 0; filter->domains && i < filter->domains->n; i++)
        map_put(walk.wanted, filter->domains->v[i], &walk);
    if (attempts_ids(ports->records, arena, &ids, err))
        return -1;
    for (size_t i = 0; i < ids.n; i++)
        ticket_rows(&walk, ids.v[i]);
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, newest_first);
    return 0;
}
