/* digest_plan: what an approval binds to, as one hash.  Scope, change, variables,
 * window, allow, and before and after of what the edits touch, as the ticket
 * recorded it: neighbours that move do not change it, times and findings neither. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "rollout/plan.h"

#define HEAD_LIMIT   (256u << 20)
#define TARGET_LIMIT (64u << 20)

static void list_add(struct buf *out, const struct strv *list)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        buf_adds(out, i ? "," : "");
        buf_json_string(out, list->v[i]);
    }
    buf_addc(out, ']');
}

static int text_order(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* Lists that mean the same in any order. */
static void sorted_add(struct buf *out, const struct strv *list, struct arena *arena)
{
    struct strv sorted = { 0 };
    for (size_t i = 0; i < list->n; i++)
        strv_push(arena, &sorted, list->v[i]);
    if (sorted.n > 1)
        qsort(sorted.v, sorted.n, sizeof *sorted.v, text_order);
    list_add(out, &sorted);
}

static void change_add(struct buf *out, const struct ticket *ticket, struct arena *arena)
{
    struct strv lines = { 0 };
    for (size_t i = 0; i < ticket->change.n; i++)
        edit_format(&ticket->change.v[i], arena, &lines);
    list_add(out, &lines);
}

/* "name\nvalue" sorts like the name; a name holds no line end. */
static void vars_add(struct buf *out, const struct vars *vars, struct arena *arena)
{
    struct strv pairs = { 0 };
    for (size_t i = 0; i < vars->n; i++)
        strv_push(arena, &pairs, arena_printf(arena, "%s\n%s", vars->v[i].name, vars->v[i].value));
    sorted_add(out, &pairs, arena);
}

static void head_add(struct buf *out, const struct ticket *ticket, struct arena *arena)
{
    buf_adds(out, "{\"version\":1,\"select\":");
    list_add(out, &ticket->select);
    buf_adds(out, ",\"domains\":");
    sorted_add(out, &ticket->domains, arena);
    buf_adds(out, ",\"change\":");
    change_add(out, ticket, arena);
    buf_adds(out, ",\"vars\":[");
    for (size_t i = 0; i < ticket->n_vars; i++) {
        buf_adds(out, i ? ",[" : "[");
        buf_json_string(out, ticket->vars[i].domain);
        buf_addc(out, ',');
        vars_add(out, &ticket->vars[i].vars, arena);
        buf_addc(out, ']');
    }
    buf_adds(out, "],\"window\":");
    if (ticket->has_window)
        buf_addf(out, "[%" PRId64 ",%" PRId64 "]", ticket->window.from_s, ticket->window.to_s);
    else
        buf_adds(out, "null");
    buf_adds(out, ",\"allow\":");
    sorted_add(out, &ticket->allow, arena);
}

/* Wire form, but names in the case a ticket keeps them in: none.  Servers and
 * providers hand out the spelling they were given. */
static const char *rdata_key(uint16_t type, struct rdata rdata, struct arena *arena)
{
    switch (type) {
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
    case TYPE_MX:
    case TYPE_SRV:
    case TYPE_DNAME: {
        char *text = arena_strdup(arena, rdata_text(type, rdata, arena));
        for (char *p = text; *p; p++)
            *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
        return text;
    }
    default:
        return rdata_hex(rdata, arena);
    }
}

static void rrset_add_json(struct buf *out, const struct rrset *set, struct arena *arena)
{
    if (!set || set->n == 0) {
        buf_adds(out, "null");
        return;
    }
    struct strv keys = { 0 };
    for (size_t i = 0; i < set->n; i++)
        strv_push(arena, &keys, rdata_key(set->type, set->rr[i], arena));
    buf_addf(out, "[%" PRIu32 ",", set->ttl);
    sorted_add(out, &keys, arena);
    buf_addc(out, ']');
}

static void target_add(struct buf *out, const struct target *target, struct arena *arena)
{
    buf_addc(out, '[');
    buf_json_string(out, target->domain);
    buf_addc(out, ',');
    buf_json_string(out, target->account);
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        buf_adds(out, ",[");
        buf_json_string(out, set->owner);
        buf_addf(out, ",%u,", set->type);
        rrset_add_json(out, set->base ? set->base->before : set->before, arena);
        buf_addc(out, ',');
        rrset_add_json(out, set->base ? set->base->after : set->after, arena);
        buf_addc(out, ']');
    }
    buf_addc(out, ']');
}

/* Each target is hashed apart and its hash goes into the whole, so that memory
 * does not grow with the values of thousands of domains. */
void plan_digest(const struct ticket *ticket, const struct targets *targets, char ret_hex[65])
{
    ARENA_SCOPED arena = arena_new("digest of a plan", HEAD_LIMIT);
    BUF_SCOPED whole = BUF(HEAD_LIMIT), one = BUF(TARGET_LIMIT);
    head_add(&whole, ticket, arena);
    buf_adds(&whole, ",\"targets\":[");
    for (size_t i = 0; i < targets->n; i++) {
        ARENA_SCOPED scratch = arena_new("digest of a domain", TARGET_LIMIT);
        char hex[DIGEST_HEX_LEN + 1];
        buf_reset(&one);
        target_add(&one, &targets->v[i], scratch);
        digest_hex(one.data, one.len, hex);
        buf_addf(&whole, "%s\"%s\"", i ? "," : "", hex);
    }
    buf_adds(&whole, "]}");
    digest_hex(whole.data, whole.len, ret_hex);
}
