/* outcome_kept: what outcome.json of an attempt said before a rollback, and what it
 * says with it.  A rollback that finds a domain as it should be, or that leaves one
 * out, is no news about that domain.  Writes nothing: outcome.c does. */
#include "rollout/outcome_kept.h"

#include <string.h>

#include "base/fields.h"
#include "base/map.h"

struct kept_row {
    enum domain_state state;
    const char *verified;
    bool known; /* outcome.json named it */
};

struct kept {
    struct targets targets; /* of the attempt's LKG, borrowed */
    struct kept_row *rows;  /* of each: what outcome.json said before */
    size_t n_skipped;       /* domains that were never captured */
};

static const char *key_of(struct arena *arena, const char *domain, const char *account)
{
    return arena_printf(arena, "%s %s", domain, account);
}

static const char *member(const json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

/* No outcome, or none that can be read, says nothing: a rollback goes on. */
static struct map *rows_read(const struct records_port *records, const struct claim *claim,
                             struct arena *scratch, struct arena *arena)
{
    struct map *rows = map_new(scratch);
    const char *text, *path = attempt_path(scratch, claim->ticket, claim->attempt, "outcome.json");
    struct err err;
    size_t len, i;
    json_t *json;
    JSON_FILE_SCOPED file = { 0 };
    if (records->read(records->ctx, path, scratch, &text, &len, &err) < 0 ||
        json_file_parse(path, text, scratch, true, NULL, &file, &err) < 0)
        return rows;
    json_array_foreach(json_object_get(file.root, "domains"), i, json)
    {
        const char *domain = member(json, "domain"), *account = member(json, "account");
        const char *state = member(json, "state"), *verified = member(json, "verified");
        struct kept_row *row = ARENA_NEW(scratch, struct kept_row);
        if (!domain || !account || !state || !domain_state_parse(state, &row->state))
            continue;
        row->known = true;
        row->verified = verified ? arena_strdup(arena, verified) : NULL;
        map_put(rows, key_of(scratch, domain, account), row);
    }
    return rows;
}

struct kept *kept_read(const struct records_port *records, const struct claim *claim,
                       const struct lkg *lkg, struct arena *arena)
{
    struct kept *kept = ARENA_NEW(arena, struct kept);
    struct rollout_counts counts;
    ARENA_SCOPED scratch = arena_new("outcome of an attempt", SIZE_MAX);
    const struct map *rows = rows_read(records, claim, scratch, arena);
    *kept = (struct kept){ .targets = lkg->targets };
    kept->rows = ARENA_ARRAY(arena, struct kept_row, lkg->targets.n + 1);
    for (size_t i = 0; i < lkg->targets.n; i++) {
        struct target *target = &kept->targets.v[i];
        const struct kept_row *row =
            map_get(rows, key_of(scratch, target->domain, target->account));
        kept->rows[i] = row ? *row : (struct kept_row){ .state = DOMAIN_UNTOUCHED };
        target->state = kept->rows[i].state;
        target->verified = kept->rows[i].verified;
    }
    targets_count(&kept->targets, 0, false, &counts);
    if (claim->counts.skipped > counts.skipped)
        kept->n_skipped = claim->counts.skipped - counts.skipped;
    return kept;
}

static bool stood(enum domain_state state)
{
    return state == DOMAIN_WRITTEN || state == DOMAIN_VERIFIED || state == DOMAIN_HELD ||
           state == DOMAIN_BLOCKED;
}

static void row_update(const struct kept_row *row, const struct target *now, struct target *target)
{
    target->state = row->state;
    target->verified = row->verified;
    if (!now || !target_writes(target) || now->state == DOMAIN_PENDING ||
        now->state == DOMAIN_CAPTURED)
        return;
    /* Nothing was written now: that it was once, and is back, the former outcome
     * knows; a killed run left none. */
    bool found = now->state == DOMAIN_UNTOUCHED;
    if (found && row->known && !stood(row->state))
        return;
    target->state = found && row->known ? DOMAIN_REVERTED : now->state;
    target->verified = now->verified;
    target->err = now->err;
}

const struct targets *kept_update(const struct kept *kept, const struct targets *now,
                                  struct rollout_counts *ret)
{
    ARENA_SCOPED scratch = arena_new("outcome of an attempt", SIZE_MAX);
    struct map *by_key = map_new(scratch);
    for (size_t i = 0; i < now->n; i++)
        map_put(by_key, key_of(scratch, now->v[i].domain, now->v[i].account), &now->v[i]);
    for (size_t i = 0; i < kept->targets.n; i++) {
        struct target *target = &kept->targets.v[i];
        row_update(&kept->rows[i],
                   map_get(by_key, key_of(scratch, target->domain, target->account)), target);
    }
    targets_count(&kept->targets, kept->n_skipped, false, ret);
    return &kept->targets;
}
