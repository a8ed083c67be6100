/* write: all changes of a zone in one PATCH, which PowerDNS carries out in one
 * transaction, and what its answers say about each of them. */
#include "powerdns.h"

#include <string.h>

static const struct dc_rrset *change_set(const struct dc_change *change)
{
    return change->after ? change->after : change->before;
}

static void head_add(const struct dc_host *host, struct dc_op *op, struct dc_text *text,
                     const struct dc_rrset *set, const char *changetype)
{
    host->text_add(text, "{\"name\":");
    host->text_add_json(text, host->name_dotted(op->arena, set->owner));
    host->text_add(text, ",\"type\":");
    host->text_add_json(text, host->type_text(op->arena, set->type));
    host->text_add(text, ",\"changetype\":");
    host->text_add_json(text, changetype);
}

static void record_add(const struct dc_host *host, struct dc_text *text, size_t *n,
                       const char *content, const char *disabled)
{
    host->text_add(text, (*n)++ ? ",{\"content\":" : "{\"content\":");
    host->text_add_json(text, content);
    host->text_add(text, ",\"disabled\":");
    host->text_add(text, disabled);
    host->text_add(text, "}");
}

static void replace_add(const struct dc_host *host, struct dc_op *op, struct dc_text *text,
                        const struct dc_rrset *set, const struct pdns_extra *extra,
                        int with_comments)
{
    size_t n = 0;
    head_add(host, op, text, set, "REPLACE");
    host->text_add(text,
                   host->print(op->arena, ",\"ttl\":%lu,\"records\":[", (unsigned long)set->ttl));
    for (size_t i = 0; i < set->n; i++)
        record_add(host, text, &n, host->rdata_text(op->arena, set->type, &set->rr[i]), "false");
    for (size_t i = 0; i < extra->n_disabled; i++)
        record_add(host, text, &n, extra->disabled[i], "true");
    host->text_add(text, "]");
    if (with_comments) {
        host->text_add(text, ",\"comments\":[");
        for (size_t i = 0; i < extra->n_comments; i++) {
            host->text_add(text, i ? "," : "");
            host->text_add(text, extra->comments[i]);
        }
        host->text_add(text, "]");
    }
    host->text_add(text, "}");
}

static int change_refuse(const struct dc_host *host, struct dc_op *op, struct dc_change *change,
                         const char *why)
{
    const struct dc_rrset *set = change_set(change);
    change->fate = DC_FATE_REFUSED;
    change->reason = why;
    host->fail(op, DC_ERR_REFUSED, "%s %s: %s", set->owner, host->type_text(op->arena, set->type),
               why);
    return -1;
}

struct planned { /* what a change comes to */
    struct pdns_extra extra;
    int delete_all, with_comments;
};

/* A set whose `after` says nothing about disabled records and comments keeps those
 * it had: REPLACE would destroy the disabled ones for good.  Comments are sent
 * only when they change, because LMDB refuses even an empty list of them. */
static int change_plan(const struct dc_host *host, struct dc_op *op, struct dc_change *change,
                       struct planned *ret)
{
    const struct dc_rrset *before = change->before, *after = change->after;
    struct pdns_extra had;
    const char *extra = after && after->extra ? after->extra : before ? before->extra : NULL;
    if (!before && !after) {
        host->fail(op, DC_ERR_FAILED, "a change without a set");
        return -1;
    }
    const char *why = before && before->unmanaged ? before->unmanaged
                                                  : pdns_type_refusal(change_set(change)->type);
    if (why)
        return change_refuse(host, op, change, why);
    if (pdns_extra_parse(host, op, before ? before->extra : NULL, &had) ||
        pdns_extra_parse(host, op, after ? extra : NULL, &ret->extra))
        return change_refuse(host, op, change,
                             "what was kept of disabled records and comments is not understood");
    ret->with_comments = !pdns_comments_same(&had, &ret->extra);
    ret->delete_all =
        !after || (after->n == 0 && ret->extra.n_disabled == 0 && ret->extra.n_comments == 0);
    return 0;
}

const char *pdns_patch_body(const struct dc_host *host, struct dc_op *op, size_t *ret_len)
{
    struct planned *plan = host->alloc(op->arena, (op->n_changes + 1) * sizeof *plan);
    for (size_t i = 0; i < op->n_changes; i++)
        if (change_plan(host, op, op->changes[i], &plan[i]))
            return NULL;
    struct dc_text *text = host->text_new(op->arena);
    const char *comma = "";
    host->text_add(text, "{\"rrsets\":[");
    /* Deletions first: PowerDNS checks each set against those it has at that moment,
     * so a CNAME must be gone before another type can take its name. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < op->n_changes; i++) {
            if (plan[i].delete_all != (pass == 0))
                continue;
            host->text_add(text, comma);
            comma = ",";
            if (pass == 0) {
                head_add(host, op, text, change_set(op->changes[i]), "DELETE");
                host->text_add(text, "}");
            } else {
                replace_add(host, op, text, op->changes[i]->after, &plan[i].extra,
                            plan[i].with_comments);
            }
        }
    host->text_add(text, "]}");
    return host->text_end(text, ret_len);
}

/* ---- answers ---- */

/* Messages begin "RRset NAME. IN TYPE: " or "Record NAME./TYPE 'content': ". */
static int message_names(const struct dc_host *host, struct dc_op *op, const char *said,
                         const struct dc_rrset *set)
{
    const char *name = host->name_dotted(op->arena, set->owner);
    const char *type = host->type_text(op->arena, set->type);
    const char *set_form = host->print(op->arena, "RRset %s IN %s:", name, type);
    const char *record_form = host->print(op->arena, "Record %s/%s ", name, type);
    return strncmp(said, set_form, strlen(set_form)) == 0 ||
           strncmp(said, record_form, strlen(record_form)) == 0;
}

/* The transaction was not carried out; the message names the set that is to blame,
 * or else all may be. */
static void changes_refused(const struct dc_host *host, struct dc_op *op, const char *said)
{
    size_t named = 0;
    for (size_t i = 0; said && i < op->n_changes; i++)
        if (message_names(host, op, said, change_set(op->changes[i]))) {
            op->changes[i]->fate = DC_FATE_REFUSED;
            op->changes[i]->reason = said;
            named++;
        }
    for (size_t i = 0; !named && i < op->n_changes; i++)
        op->changes[i]->fate = DC_FATE_REFUSED;
}

/* ---- after a failure of the server ---- */

#define FAILURES_MAX 5
#define PAUSE_MS     150

/* `extra` as the server has it after a PATCH: what was left out was kept. */
static const char *extra_after(const struct dc_change *change)
{
    if (!change->after)
        return NULL;
    return change->after->extra ? change->after->extra
           : change->before     ? change->before->extra
                                : NULL;
}

static int texts_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Every record of `a` as often in `b`; both are short. */
static int values_same(const struct dc_host *host, const struct dc_rrset *a,
                       const struct dc_rrset *b)
{
    if (a->n != b->n)
        return 0;
    for (size_t i = 0; i < a->n; i++) {
        size_t in_a = 0, in_b = 0;
        for (size_t j = 0; j < a->n; j++) {
            in_a += host->rdata_same(a->type, &a->rr[i], &a->rr[j]) != 0;
            in_b += host->rdata_same(a->type, &a->rr[i], &b->rr[j]) != 0;
        }
        if (in_a != in_b)
            return 0;
    }
    return 1;
}

static int set_is(const struct dc_host *host, const struct dc_rrset *live,
                  const struct dc_rrset *want, const char *extra)
{
    int absent = !want || (want->n == 0 && !extra);
    if (absent || !live)
        return absent && !live;
    return live->ttl == want->ttl && texts_same(live->extra, extra) &&
           values_same(host, live, want);
}

static const struct dc_rrset *live_find(const struct pdns_op *state, const struct dc_rrset *set)
{
    for (size_t i = 0; i < state->n_live; i++)
        if (state->live[i]->type == set->type && strcmp(state->live[i]->owner, set->owner) == 0)
            return state->live[i];
    return NULL;
}

static int changes_applied(struct dc_op *op)
{
    for (size_t i = 0; i < op->n_changes; i++) {
        op->changes[i]->fate = DC_FATE_APPLIED;
        op->changes[i]->now = op->changes[i]->after;
    }
    return DC_DONE;
}

/* 500 without a word why (the reason, "database is locked" with SQLite, is in the
 * server's log only): the request is over, so the zone says whether it was done. */
static int back_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    struct pdns_op *state = op->state;
    size_t is_before = 0, is_after = 0;
    state->reading_back = 0;
    if (reply->outcome != DC_REPLIED || reply->status != 200 ||
        pdns_zone_read_back(host, op, reply))
        return host->fail(op, DC_ERR_LOST,
                          "the server failed (HTTP 500), and the zone could not be read back");
    for (size_t i = 0; i < op->n_changes; i++) {
        const struct dc_change *change = op->changes[i];
        const struct dc_rrset *live = live_find(state, change_set(change));
        const struct dc_rrset *before = change->before;
        is_after += set_is(host, live, change->after, extra_after(change)) != 0;
        is_before += set_is(host, live, before, before ? before->extra : NULL) != 0;
    }
    if (is_after == op->n_changes)
        return changes_applied(op);
    if (is_before != op->n_changes)
        return host->fail(op, DC_ERR_LOST,
                          "the server failed (HTTP 500), and the zone has other values by now");
    if (state->failures >= FAILURES_MAX)
        return host->fail(op, DC_ERR_LIMIT,
                          "the server failed %u times (HTTP 500); the zone is unchanged",
                          state->failures);
    op->wait_ms = PAUSE_MS * state->failures;
    return DC_WAIT;
}

static int is_locked(const char *said)
{
    return said && (strstr(said, "database is locked") || strstr(said, "database table is locked"));
}

static int failure_consume(const struct dc_host *host, struct dc_op *op,
                           const struct dc_reply *reply, const char *said)
{
    struct pdns_op *state = op->state;
    op->ret_writers = 1; /* SQLite takes one writer; others fail at once */
    if (!is_locked(said)) {
        state->failures++;
        state->reading_back = 1;
        return DC_SEND;
    }
    return reply->last_try ? host->fail(op, DC_ERR_LIMIT, "the server's database is locked")
                           : DC_AGAIN;
}

int pdns_patch_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    const struct pdns_op *state = op->state;
    if (state->reading_back)
        return back_consume(host, op, reply);
    if (reply->outcome != DC_REPLIED)
        return host->fail_reply(op, reply, DC_EFFECT_BLIND, NULL);
    /* Nothing but this is PowerDNS saying that it was done. */
    if (reply->status == 204)
        return changes_applied(op);
    const char *said = pdns_reply_said(host, op, reply);
    /* Its own words, not a gateway's. */
    if (reply->status == 500 && pdns_reply_is_own(host, op, reply))
        return failure_consume(host, op, reply, said);
    if (reply->status >= 400 && reply->status < 500 && reply->status != 404)
        changes_refused(host, op, said);
    return host->fail_reply(op, reply, DC_EFFECT_BLIND, said);
}
