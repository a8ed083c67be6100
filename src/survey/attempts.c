/* attempts: reads lists and outcomes from the records branch. */
#include "survey/attempts.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/map.h"
#include "ticket/ticket.h"

static int newest_first(const void *va, const void *vb)
{
    const char *const *a = va, *const *b = vb;
    size_t la = strlen(*a), lb = strlen(*b);
    /* "-1000" comes after "-999" of the same day. */
    if (la != lb && !strncmp(*a, *b, 14))
        return la < lb ? 1 : -1;
    return strcmp(*b, *a);
}

int attempts_ids(const struct records_port *records, struct arena *arena, struct strv *ret,
                 struct err *err)
{
    struct strv names = { 0 };
    if (records->list(records->ctx, "", arena, &names, err)) {
        if (err->code != ERR_NOT_FOUND)
            return -1;
        *err = (struct err){ 0 };
    }
    for (size_t i = 0; i < names.n; i++) {
        if (id_valid(names.v[i]))
            strv_push(arena, ret, names.v[i]);
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, newest_first);
    return 0;
}

struct older { /* what is asked of the claim.json of an earlier attempt */
    const char *state, *actor;
    int64_t claimed_s, changed_s;
};

static const struct field older_fields[] = {
    { "state", FIELD_STR, offsetof(struct older, state), FIELD_REQUIRED, NULL },
    { "actor", FIELD_STR, offsetof(struct older, actor), 0, NULL },
    { "claimed", FIELD_TIME, offsetof(struct older, claimed_s), 0, NULL },
    { "changed", FIELD_TIME, offsetof(struct older, changed_s), 0, NULL },
    FIELDS_END
};

static int older_read(const struct records_port *records, const char *id, uint32_t n,
                      struct arena *arena, struct attempt_info *ret, struct err *err)
{
    const char *text;
    size_t len;
    struct strv ignored = { 0 };
    struct older older = { 0 };
    enum ticket_state state;
    const char *path = arena_printf(arena, "%s/%u/claim.json", id, n);
    JSON_FILE_SCOPED in = { 0 };
    if (records->read(records->ctx, path, arena, &text, &len, err) ||
        json_file_parse(path, text, arena, true, &ignored, &in, err) ||
        fields_read(&in, in.root, "", older_fields, &older, err))
        return -1;
    if (!ticket_state_parse(older.state, &state))
        return fields_error(&in, "state", err, "is no ticket state");
    *ret = (struct attempt_info){ .id = id,
                                  .attempt = n,
                                  .state = state,
                                  .actor = older.actor,
                                  .claimed_s = older.claimed_s,
                                  .changed_s = older.changed_s };
    return 0;
}

int attempts_of(const struct ports *ports, const char *id, struct arena *arena,
                struct attempt_infos *ret, struct err *err)
{
    struct attempt_info info;
    if (attempt_read(ports, id, arena, &info, err))
        return -1;
    *vec_push(arena, ret) = info;
    const char *reason = info.reason;
    for (uint32_t n = info.attempt; n-- > 1;) {
        if (older_read(ports->records, id, n, arena, &info, err)) {
            if (err->code == ERR_NOT_FOUND)
                continue;
            return -1;
        }
        info.reason = reason;
        *vec_push(arena, ret) = info;
    }
    return 0;
}

void attempts_read(const struct ports *ports, const struct strv *ids, struct arena *arena,
                   struct attempt_infos *ret, struct strv *warnings)
{
    for (size_t i = 0; i < ids->n; i++) {
        struct err err;
        struct attempt_info info;
        if (!attempt_read(ports, ids->v[i], arena, &info, &err))
            *vec_push(arena, ret) = info;
        else if (err.code != ERR_NOT_FOUND)
            strv_push(arena, warnings, arena_printf(arena, "%s: %s", ids->v[i], err.message));
    }
}

static int latest_first(const void *va, const void *vb)
{
    const struct attempt_info *a = va, *b = vb;
    if (a->claimed_s != b->claimed_s)
        return a->claimed_s < b->claimed_s ? 1 : -1;
    return newest_first(&a->id, &b->id);
}

void attempts_sort(struct attempt_infos *infos)
{
    if (infos->n)
        qsort(infos->v, infos->n, sizeof *infos->v, latest_first);
}

bool attempt_is_open(const struct attempt_info *info)
{
    return !ticket_state_final(info->state);
}

bool attempt_is_unsettled(const struct attempt_info *info)
{
    return attempt_is_open(info) || info->state == TICKET_REVERT_BLOCKED;
}

bool attempt_is_waiting(const struct attempt_info *info)
{
    return info->state == TICKET_PARKED || info->state == TICKET_PAUSED ||
           info->state == TICKET_HALTED;
}

bool attempt_is_due(const struct attempt_info *info, int64_t now_s)
{
    return (info->state == TICKET_PARKED || info->state == TICKET_PAUSED) && info->resume_after_s &&
           info->resume_after_s <= now_s;
}

struct map *attempt_outcome(const struct records_port *records, const char *id, uint32_t attempt,
                            struct arena *arena)
{
    struct err err;
    const char *text;
    size_t len, i;
    json_t *row;
    const char *path = arena_printf(arena, "%s/%u/outcome.json", id, attempt);
    if (records->read(records->ctx, path, arena, &text, &len, &err))
        return NULL;
    JSON_FILE_SCOPED file = { 0 };
    if (json_file_parse(path, text, arena, true, NULL, &file, &err))
        return NULL;
    struct map *states = map_new(arena);
    json_array_foreach(json_object_get(file.root, "domains"), i, row)
    {
        const char *domain = json_string_value(json_object_get(row, "domain"));
        const char *state = json_string_value(json_object_get(row, "state"));
        /* A second rollback finds everything back and touches nothing: what the
         * first one wrote is still the last word about this domain. */
        if (state && !strcmp(state, "untouched") && json_object_get(row, "verified"))
            state = "reverted";
        if (domain && state)
            map_put(states, arena_strdup(arena, domain), arena_strdup(arena, state));
    }
    return states;
}

const char *outcome_state(const struct map *outcome, const struct attempt_info *info,
                          const char *domain)
{
    const char *state = outcome ? map_get(outcome, domain) : NULL;
    if (state && info->state == TICKET_REVERTED && strcmp(state, "untouched") &&
        strcmp(state, "skipped"))
        return "reverted";
    return state;
}
