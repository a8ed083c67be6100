/* lkg: writing lkg.json.  Straight into a buffer: ten thousand domains as a
 * document tree would be a dozen times the text.  Reading is lkg_parse.c. */
#include "rollout/lkg.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"

struct server_lists { /* zones with the same servers name one list */
    struct arena *arena;
    struct map *index; /* text of the list -> index + 1 */
    VEC(const struct target *) v;
};

static void member_name(struct buf *out, bool *first, const char *key)
{
    buf_addf(out, "%s\"%s\":", *first ? "" : ",", key);
    *first = false;
}

static void member_text(struct buf *out, bool *first, const char *key, const char *value)
{
    if (!value)
        return;
    member_name(out, first, key);
    buf_json_string(out, value);
}

static const char *servers_text(const struct target *target, struct arena *arena)
{
    struct strv texts = { 0 };
    for (size_t i = 0; i < target->n_servers; i++) {
        const char *name = target->servers[i].name;
        strv_push(arena, &texts,
                  arena_printf(arena, "%s=%s", target->servers[i].text, name ? name : ""));
    }
    return strv_join(arena, &texts, " ");
}

static size_t servers_index(struct server_lists *lists, const struct target *target)
{
    /* Lists are shared in memory, too: mostly it is the one of the domain before. */
    if (lists->v.n && lists->v.v[lists->v.n - 1]->servers == target->servers &&
        lists->v.v[lists->v.n - 1]->n_servers == target->n_servers)
        return lists->v.n - 1;
    const char *text = servers_text(target, lists->arena);
    const size_t *known = map_get(lists->index, text);
    if (known)
        return *known;
    size_t *index = ARENA_NEW(lists->arena, size_t);
    *index = lists->v.n;
    map_put(lists->index, text, index);
    *vec_push(lists->arena, &lists->v) = target;
    return *index;
}

static void servers_write(const struct target *target, struct buf *out)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < target->n_servers; i++) {
        bool first = true;
        buf_adds(out, i ? ",{" : "{");
        member_text(out, &first, "address", target->servers[i].text);
        member_text(out, &first, "name", target->servers[i].name);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

/* Values are there for people; "wire" is what counts. */
static void rrset_write(const struct rrset *set, struct arena *arena, struct buf *out)
{
    if (!set) {
        buf_adds(out, "null");
        return;
    }
    bool first = true;
    buf_addc(out, '{');
    member_name(out, &first, "ttl");
    buf_addf(out, "%" PRIu32 ",\"values\":[", set->ttl);
    for (size_t i = 0; i < set->n; i++) {
        buf_adds(out, i ? "," : "");
        buf_json_string(out, rdata_text(set->type, set->rr[i], arena));
    }
    buf_adds(out, "],\"wire\":[");
    for (size_t i = 0; i < set->n; i++)
        buf_addf(out, "%s\"%s\"", i ? "," : "", rdata_hex(set->rr[i], arena));
    buf_addc(out, ']');
    member_text(out, &first, "extra", set->extra);
    member_text(out, &first, "token", set->token);
    member_text(out, &first, "unmanaged", set->unmanaged);
    buf_addc(out, '}');
}

static void set_write(const struct target_set *set, struct arena *arena, struct buf *out)
{
    bool first = true;
    buf_addc(out, '{');
    member_text(out, &first, "owner", set->owner);
    member_text(out, &first, "type", rtype_text(set->type));
    member_text(out, &first, "class", set_class_text(set->cls));
    member_name(out, &first, "before");
    rrset_write(set->before, arena, out);
    member_name(out, &first, "after");
    rrset_write(set->after, arena, out);
    if (set->synthesised) {
        member_name(out, &first, "synthesised");
        buf_adds(out, "{");
        first = true;
        /* A wildcard's set has an owner, and perhaps a type, of its own. */
        member_text(out, &first, "owner", set->synthesised->owner);
        member_text(out, &first, "type", rtype_text(set->synthesised->type));
        member_name(out, &first, "set");
        rrset_write(set->synthesised, arena, out);
        buf_addc(out, '}');
        first = false;
    }
    member_text(out, &first, "detail", set->detail);
    buf_addc(out, '}');
}

static void target_write(const struct target *target, size_t servers, struct arena *arena,
                         struct buf *out)
{
    bool first = true;
    buf_addc(out, '{');
    member_text(out, &first, "domain", target->domain);
    member_text(out, &first, "client", target->client);
    member_text(out, &first, "account", target->account);
    member_text(out, &first, "zone", target->zone);
    member_text(out, &first, "cookie", target->cookie);
    member_name(out, &first, "servers");
    buf_addf(out, "%zu,\"negative_ttl\":%" PRIu32 ",\"canary\":%s,\"step\":%" PRIu32, servers,
             target->negative_ttl_s, target->canary ? "true" : "false", target->step);
    member_name(out, &first, "sets");
    buf_addc(out, '[');
    for (size_t i = 0; i < target->n; i++) {
        buf_adds(out, i ? "," : "");
        set_write(&target->sets[i], arena, out);
    }
    buf_adds(out, "]}");
}

static void head_write(const struct lkg *lkg, struct arena *arena, struct buf *out)
{
    bool first = true;
    buf_adds(out, "{");
    member_name(out, &first, "version");
    buf_adds(out, "1");
    member_text(out, &first, "ticket", lkg->ticket);
    member_name(out, &first, "attempt");
    buf_addf(out, "%" PRIu32, lkg->attempt);
    member_text(out, &first, "captured", time_format_utc(arena, lkg->captured_s));
    member_text(out, &first, "digest", lkg->digest);
    member_text(out, &first, "blob", lkg->blob);
    member_text(out, &first, "actor", lkg->actor);
    member_text(out, &first, "reason", lkg->reason);
    member_text(out, &first, "risk", lkg->risk);
    buf_adds(out, ",\n\"providers\":{");
    for (size_t i = 0; i < lkg->n_providers; i++) {
        buf_adds(out, i ? ",\n" : "\n");
        buf_json_string(out, lkg->providers[i].name);
        buf_addf(out, ":%s", lkg->providers[i].json);
    }
    buf_adds(out, "}");
}

#define DOMAIN_ARENA (64u << 20) /* for one domain at a time: thousands of large records */

void lkg_write(const struct lkg *lkg, struct buf *out)
{
    ARENA_SCOPED arena = arena_new("writing LKG", 256u << 20);
    struct server_lists lists = { .arena = arena, .index = map_new(arena) };
    size_t *servers = ARENA_ARRAY(arena, size_t, lkg->targets.n + 1);
    for (size_t i = 0; i < lkg->targets.n; i++)
        servers[i] = servers_index(&lists, &lkg->targets.v[i]);
    head_write(lkg, arena, out);
    buf_adds(out, ",\n\"servers\":[");
    for (size_t i = 0; i < lists.v.n; i++) {
        buf_adds(out, i ? ",\n" : "\n");
        servers_write(lists.v.v[i], out);
    }
    buf_adds(out, "],\n\"domains\":[");
    for (size_t i = 0; i < lkg->targets.n; i++) {
        ARENA_SCOPED scratch = arena_new("writing LKG of a domain", DOMAIN_ARENA);
        buf_adds(out, i ? ",\n" : "\n");
        target_write(&lkg->targets.v[i], servers[i], scratch, out);
    }
    buf_adds(out, "\n]}\n");
}
