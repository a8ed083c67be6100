/* attempt: claim.json, written and read; who else holds what.  Does not decide
 * what a state allows: that is states.c. */
#include "rollout/attempt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"

const char *attempt_path(struct arena *arena, const char *id, uint32_t attempt, const char *name)
{
    return arena_printf(arena, "%s/%" PRIu32 "/%s", id, attempt, name);
}

int attempt_newest(const struct records_port *records, const char *id, struct arena *arena,
                   uint32_t *ret, struct err *err)
{
    struct strv names = { 0 };
    if (records->list(records->ctx, id, arena, &names, err) < 0)
        return err_wrap(err, "records of %s", id);
    *ret = 0;
    for (size_t i = 0; i < names.n; i++) {
        char *end;
        unsigned long n = strtoul(names.v[i], &end, 10);
        if (!*end && n > *ret && n < UINT32_MAX)
            *ret = (uint32_t)n;
    }
    return 0;
}

/* --- writing ----------------------------------------------------------------- */

static void text_member(struct buf *out, const char *key, const char *value)
{
    if (!value)
        return;
    buf_addf(out, ",\n \"%s\": ", key);
    buf_json_string(out, value);
}

static void time_member(struct buf *out, const char *key, int64_t wall_s, struct arena *arena)
{
    if (wall_s)
        text_member(out, key, time_format_utc(arena, wall_s));
}

static void list_member(struct buf *out, const char *key, const struct strv *list)
{
    if (!list->n)
        return;
    buf_addf(out, ",\n \"%s\": [", key);
    for (size_t i = 0; i < list->n; i++) {
        buf_adds(out, i ? ", " : "");
        buf_json_string(out, list->v[i]);
    }
    buf_addc(out, ']');
}

static void counts_member(struct buf *out, const struct rollout_counts *counts)
{
    buf_addf(out,
             ",\n \"counts\": {\"changed\": %zu, \"already\": %zu, \"failed\": %zu, "
             "\"reverted\": %zu, \"blocked\": %zu, \"skipped\": %zu, \"untouched\": %zu}",
             counts->changed, counts->already, counts->failed, counts->reverted, counts->blocked,
             counts->skipped, counts->untouched);
}

void claim_write(const struct claim *claim, struct buf *out)
{
    ARENA_SCOPED arena = arena_new("writing a claim", 1u << 20);
    buf_adds(out, "{\"version\": 1");
    text_member(out, "ticket", claim->ticket);
    buf_addf(out, ",\n \"attempt\": %" PRIu32, claim->attempt);
    text_member(out, "state", ticket_state_text(claim->state));
    text_member(out, "phase", ticket_state_text(claim->phase));
    text_member(out, "holder", claim->holder);
    text_member(out, "actor", claim->actor);
    text_member(out, "reason", claim->reason);
    text_member(out, "blob", claim->blob);
    text_member(out, "digest", claim->digest);
    time_member(out, "claimed", claim->claimed_s, arena);
    time_member(out, "changed", claim->changed_s, arena);
    time_member(out, "resume_after", claim->resume_after_s, arena);
    buf_addf(out, ",\n \"wave\": %" PRIu32 ", \"waves\": %" PRIu32, claim->wave, claim->waves);
    counts_member(out, &claim->counts);
    text_member(out, "bake", duration_format(arena, claim->bake_ms));
    text_member(out, "wave_bake", duration_format(arena, claim->wave_bake_ms));
    buf_addf(out, ",\n \"max_failures\": %" PRIu32 ", \"hold_on_unknown\": %s", claim->max_failures,
             claim->hold_on_unknown ? "true" : "false");
    list_member(out, "verification", &claim->verification);
    list_member(out, "broken", &claim->broken);
    list_member(out, "back", &claim->back);
    list_member(out, "keys", &claim->keys);
    buf_adds(out, "}\n");
}

/* --- reading ----------------------------------------------------------------- */

static int state_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    const char *text = json_string_value(value);
    enum ticket_state *state = ret;
    if (!text || !ticket_state_parse(text, state))
        return fields_error(in, path, err, "is no ticket state");
    return 0;
}

static int count_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    size_t *count = ret;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return fields_error(in, path, err, "is no count");
    *count = (size_t)json_integer_value(value);
    return 0;
}

static const struct field_call state_call = { state_read };
static const struct field_call count_call = { count_read };

#define COUNT(name)                                                                                \
    {                                                                                              \
#name, FIELD_CALL, offsetof(struct rollout_counts, name), 0, &count_call                   \
    }
static const struct field counts_fields[] = { COUNT(changed),   COUNT(already), COUNT(failed),
                                              COUNT(reverted),  COUNT(blocked), COUNT(skipped),
                                              COUNT(untouched), FIELDS_END };
#undef COUNT

#define AT(kind, key, name)                                                                        \
    {                                                                                              \
        key, kind, offsetof(struct claim, name), 0, NULL                                           \
    }
static const struct field claim_fields[] = {
    AT(FIELD_STR, "ticket", ticket),
    AT(FIELD_U32, "attempt", attempt),
    { "state", FIELD_CALL, offsetof(struct claim, state), FIELD_REQUIRED, &state_call },
    { "phase", FIELD_CALL, offsetof(struct claim, phase), 0, &state_call },
    AT(FIELD_STR, "holder", holder),
    AT(FIELD_STR, "actor", actor),
    AT(FIELD_STR, "reason", reason),
    AT(FIELD_STR, "blob", blob),
    AT(FIELD_STR, "digest", digest),
    AT(FIELD_TIME, "claimed", claimed_s),
    AT(FIELD_TIME, "changed", changed_s),
    AT(FIELD_TIME, "resume_after", resume_after_s),
    AT(FIELD_U32, "wave", wave),
    AT(FIELD_U32, "waves", waves),
    { "counts", FIELD_OBJECT, offsetof(struct claim, counts), 0, counts_fields },
    AT(FIELD_DURATION, "bake", bake_ms),
    AT(FIELD_DURATION, "wave_bake", wave_bake_ms),
    AT(FIELD_U32, "max_failures", max_failures),
    AT(FIELD_BOOL, "hold_on_unknown", hold_on_unknown),
    AT(FIELD_STRV, "verification", verification),
    AT(FIELD_STRV, "broken", broken),
    AT(FIELD_STRV, "back", back),
    AT(FIELD_STRV, "keys", keys),
    FIELDS_END
};
#undef AT

int claim_read(const struct records_port *records, const char *id, uint32_t attempt,
               struct arena *arena, struct claim *ret, struct err *err)
{
    const char *path = attempt_path(arena, id, attempt, "claim.json"), *text;
    size_t len;
    if (records->read(records->ctx, path, arena, &text, &len, err) < 0)
        return -1;
    JSON_FILE_SCOPED in = { 0 };
    struct strv warnings = { 0 };
    struct claim claim = { .ticket = id, .attempt = attempt };
    if (json_file_parse(path, text, arena, true, &warnings, &in, err) < 0 ||
        fields_read(&in, in.root, "", claim_fields, &claim, err) < 0)
        return -1;
    *ret = claim;
    return 0;
}

/* --- who else ---------------------------------------------------------------- */

bool claim_open(const struct claim *claim)
{
    return ticket_state_active(claim->state);
}

void claim_keys(const struct targets *targets, struct arena *arena, struct strv *ret)
{
    for (size_t i = 0; i < targets->n; i++) {
        const struct target *target = &targets->v[i];
        for (size_t s = 0; s < target->n; s++) {
            const struct target_set *set = &target->sets[s];
            if (set->cls != CLASS_CHANGE && set->cls != CLASS_MOVED)
                continue;
            strv_push(arena, ret,
                      arena_printf(arena, "%s %s %s", target->account, set->owner,
                                   rtype_text(set->type)));
        }
    }
}

struct claim_key {
    const char *account, *owner, *type;
};

static struct claim_key key_split(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);
    char *owner = strchr(copy, ' ');
    char *type = owner ? strchr(owner + 1, ' ') : NULL;
    if (!type)
        return (struct claim_key){ copy, "", "" };
    *owner++ = '\0';
    *type++ = '\0';
    return (struct claim_key){ copy, owner, type };
}

static bool cuts(const char *type)
{
    return strcmp(type, "NS") == 0 || strcmp(type, "DS") == 0;
}

/* Keys of one claim, indexed so that two large scopes compare in linear time. */
struct key_index {
    struct map *exact; /* whole keys */
    struct map *names; /* "account owner" */
    struct map *cnames;
    struct strv cut_names;
};

static void index_keys(const struct strv *keys, struct arena *arena, struct key_index *ret)
{
    *ret = (struct key_index){ map_new(arena), map_new(arena), map_new(arena), { 0 } };
    for (size_t i = 0; i < keys->n; i++) {
        struct claim_key key = key_split(keys->v[i], arena);
        const char *name = arena_printf(arena, "%s %s", key.account, key.owner);
        map_put(ret->exact, keys->v[i], ret);
        map_put(ret->names, name, ret);
        if (strcmp(key.type, "CNAME") == 0)
            map_put(ret->cnames, name, ret);
        if (cuts(key.type))
            strv_push(arena, &ret->cut_names, key.owner);
    }
}

static bool below_cut(const struct key_index *index, const char *owner)
{
    for (size_t i = 0; i < index->cut_names.n; i++)
        if (name_within(owner, index->cut_names.v[i]))
            return true;
    return false;
}

static const char *keys_meet(const struct key_index *ours, const struct strv *theirs,
                             struct arena *arena)
{
    for (size_t i = 0; i < theirs->n; i++) {
        struct claim_key key = key_split(theirs->v[i], arena);
        const char *name = arena_printf(arena, "%s %s", key.account, key.owner);
        if (map_get(ours->exact, theirs->v[i]) || map_get(ours->cnames, name) ||
            (strcmp(key.type, "CNAME") == 0 && map_get(ours->names, name)) ||
            below_cut(ours, key.owner))
            return theirs->v[i];
    }
    return NULL;
}

static int refuse(const struct claim *claim, const char *key, struct err *err)
{
    err_set(err, ERR_CONFLICT, "%s is claimed by %s (%s, %s)", key, claim->ticket,
            ticket_state_text(claim->state), claim->holder ? claim->holder : "holder unknown");
    return err_hint(err,
                    "`dnschange status %s` shows it; finish it (`resume`) or put it back "
                    "(`abort`) first",
                    claim->ticket);
}

static int refuse_one(const struct records_port *records, const char *other,
                      const struct key_index *ours, const struct strv *keys, struct err *err)
{
    ARENA_SCOPED arena = arena_new("claim of another ticket", 256u << 20);
    struct err local;
    struct claim claim;
    uint32_t n;
    if (attempt_newest(records, other, arena, &n, &local) < 0 || !n ||
        claim_read(records, other, n, arena, &claim, &local) < 0 || !claim_open(&claim))
        return 0;
    const char *key = keys_meet(ours, &claim.keys, arena);
    struct key_index index;
    if (!key) { /* their zone cuts above our names */
        index_keys(&claim.keys, arena, &index);
        key = index.cut_names.n ? keys_meet(&index, keys, arena) : NULL;
    }
    return key ? refuse(&claim, key, err) : 0;
}

static bool is_ticket(const char *name)
{
    return strncmp(name, "DNS-", 4) == 0;
}

int claim_refuse_taken(const struct records_port *records, const char *id, const struct strv *keys,
                       struct arena *arena, struct err *err)
{
    struct strv ids = { 0 };
    if (records->list(records->ctx, "", arena, &ids, err) < 0)
        return err_wrap(err, "records branch");
    ARENA_SCOPED scratch = arena_new("claimed keys", 512u << 20);
    struct key_index ours;
    index_keys(keys, scratch, &ours);
    for (size_t i = ids.n; i-- > 0;)
        if (is_ticket(ids.v[i]) && strcmp(ids.v[i], id) != 0 &&
            refuse_one(records, ids.v[i], &ours, keys, err) < 0)
            return -1;
    return 0;
}

static bool claim_wrote(const struct claim *claim)
{
    switch (claim->state) {
    case TICKET_PROPOSED:
    case TICKET_APPROVED:
    case TICKET_CLAIMED:
    case TICKET_REVERTED:
        return false;
    default:
        return true;
    }
}

const char *claim_later(const struct records_port *records, const char *id, int64_t since_s,
                        const char *key, struct arena *arena)
{
    struct strv ids = { 0 };
    struct err local;
    if (records->list(records->ctx, "", arena, &ids, &local) < 0)
        return NULL;
    for (size_t i = ids.n; i-- > 0;) {
        ARENA_SCOPED scratch = arena_new("claim of a later ticket", 256u << 20);
        struct claim claim;
        uint32_t n;
        if (is_ticket(ids.v[i]) && strcmp(ids.v[i], id) != 0 &&
            attempt_newest(records, ids.v[i], scratch, &n, &local) == 0 && n &&
            claim_read(records, ids.v[i], n, scratch, &claim, &local) == 0 &&
            claim.claimed_s >= since_s && claim_wrote(&claim) && strv_has(&claim.keys, key))
            return arena_strdup(arena, ids.v[i]);
    }
    return NULL;
}

/* --- rollout.h --------------------------------------------------------------- */

/* "user@host pid": the part before the pid names the machine. */
static bool same_machine(const char *a, const char *b)
{
    const char *at_a = a ? strchr(a, '@') : NULL, *at_b = b ? strchr(b, '@') : NULL;
    if (!at_a || !at_b)
        return false;
    size_t n = strcspn(at_a, " ");
    return n == strcspn(at_b, " ") && strncmp(at_a, at_b, n) == 0;
}

int attempt_read(const struct ports *ports, const char *id, struct arena *arena,
                 struct attempt_info *ret, struct err *err)
{
    uint32_t n;
    struct claim claim;
    if (attempt_newest(ports->records, id, arena, &n, err) < 0)
        return -1;
    if (!n) {
        err_set(err, ERR_NOT_FOUND, "%s was never applied", id);
        return err_hint(err, "`dnschange apply %s` applies it", id);
    }
    if (claim_read(ports->records, id, n, arena, &claim, err) < 0)
        return -1;
    *ret = (struct attempt_info){ .id = claim.ticket,
                                  .attempt = n,
                                  .state = claim.state,
                                  .claimed_s = claim.claimed_s,
                                  .changed_s = claim.changed_s,
                                  .resume_after_s = claim.resume_after_s,
                                  .actor = claim.actor,
                                  .holder = claim.holder,
                                  .reason = claim.reason,
                                  .wave = claim.wave,
                                  .waves = claim.waves,
                                  .counts = claim.counts,
                                  .verification = claim.verification,
                                  .local = same_machine(claim.holder, ports->holder) };
    return 0;
}

int attempt_lkg(const struct ports *ports, const char *id, uint32_t attempt, struct arena *arena,
                struct lkg *ret, struct err *err)
{
    ARENA_SCOPED scratch = arena_new("text of LKG", SIZE_MAX);
    const char *path = attempt_path(arena, id, attempt, "lkg.json"), *text;
    size_t len;
    if (ports->records->read(ports->records->ctx, path, scratch, &text, &len, err) < 0)
        return err_wrap(err, "last-known-good values of %s, attempt %" PRIu32, id, attempt);
    return lkg_parse(path, text, arena, ret, err);
}
