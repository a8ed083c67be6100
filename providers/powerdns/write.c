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

static int is_locked(const char *said)
{
    return said && (strstr(said, "database is locked") || strstr(said, "database table is locked"));
}

int pdns_patch_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    if (reply->outcome != DC_REPLIED)
        return host->fail_reply(op, reply, DC_EFFECT_BLIND, NULL);
    /* Nothing but this is PowerDNS saying that it was done. */
    if (reply->status == 204) {
        for (size_t i = 0; i < op->n_changes; i++) {
            op->changes[i]->fate = DC_FATE_APPLIED;
            op->changes[i]->now = op->changes[i]->after;
        }
        return DC_DONE;
    }
    const char *said = pdns_reply_said(host, op, reply);
    /* SQLite under parallel writes: the transaction was rolled back. */
    if (reply->status == 500 && is_locked(said))
        return reply->last_try ? host->fail(op, DC_ERR_LIMIT, "the server's database is locked")
                               : DC_AGAIN;
    if (reply->status >= 400 && reply->status < 500 && reply->status != 404)
        changes_refused(host, op, said);
    return host->fail_reply(op, reply, DC_EFFECT_BLIND, said);
}
