/* ticket_format: a ticket as its file, one thing a line, so that a diff shows
 * exactly what differs. */
#include <string.h>

#include "base/digest.h"
#include "ticket/edit_json.h"
#include "ticket/ticket_parts.h"

#define TEXT_LIMIT (64u << 20)

static void put_text(struct buf *out, const char *key, const char *text)
{
    buf_addf(out, "  \"%s\": ", key);
    if (text)
        buf_json_string(out, text);
    else
        buf_adds(out, "null");
    buf_adds(out, ",\n");
}

static void put_scope(struct buf *out, const struct ticket *ticket)
{
    buf_adds(out, "  \"scope\": {\n    \"select\": ");
    json_put_strv(out, &ticket->select);
    buf_adds(out, ",\n    \"domains\": [");
    for (size_t i = 0; i < ticket->domains.n; i++) {
        buf_adds(out, i ? ",\n      " : "\n      ");
        buf_json_string(out, ticket->domains.v[i]);
    }
    buf_adds(out, ticket->domains.n ? "\n    ]\n  },\n" : "]\n  },\n");
}

static void put_change(struct buf *out, const struct edits *edits)
{
    buf_adds(out, "  \"change\": [");
    for (size_t i = 0; i < edits->n; i++) {
        buf_adds(out, i ? ",\n    " : "\n    ");
        edit_write(out, &edits->v[i]);
    }
    buf_adds(out, "\n  ],\n");
}

static void put_vars(struct buf *out, const struct ticket *ticket)
{
    buf_adds(out, "  \"vars\": {");
    for (size_t i = 0; i < ticket->n_vars; i++) {
        const struct vars *vars = &ticket->vars[i].vars;
        buf_adds(out, i ? ",\n    " : "\n    ");
        buf_json_string(out, ticket->vars[i].domain);
        buf_adds(out, ": {");
        for (size_t k = 0; k < vars->n; k++) {
            buf_adds(out, k ? ", " : "");
            buf_json_string(out, vars->v[k].name);
            buf_adds(out, ": ");
            buf_json_string(out, vars->v[k].value);
        }
        buf_addc(out, '}');
    }
    buf_adds(out, ticket->n_vars ? "\n  },\n" : "},\n");
}

static void put_rollback(struct buf *out, const struct ticket *ticket)
{
    buf_adds(out, "  \"rollback\": {");
    for (size_t i = 0; i < ticket->n_rollback; i++) {
        const struct rollback_domain *domain = &ticket->rollback[i];
        buf_adds(out, i ? ",\n    " : "\n    ");
        buf_json_string(out, domain->domain);
        buf_adds(out, ": [");
        for (size_t k = 0; k < domain->n; k++) {
            buf_adds(out, k ? ",\n      " : "\n      ");
            rollback_set_write(out, &domain->sets[k]);
        }
        buf_adds(out, domain->n ? "\n    ]" : "]");
    }
    buf_adds(out, ticket->n_rollback ? "\n  },\n" : "},\n");
}

static void put_rollback_file(struct buf *out, const struct ticket *ticket)
{
    buf_adds(out, "  \"rollback\": {\"file\": ");
    buf_json_string(out, ticket->rollback_file);
    buf_addf(out, ", \"sha256\": \"%s\"},\n", ticket->rollback_sha256);
}

/* {"domain": ..., "sets": [...]} a line. */
static void rollback_lines(struct buf *out, const struct ticket *ticket)
{
    for (size_t i = 0; i < ticket->n_rollback; i++) {
        const struct rollback_domain *domain = &ticket->rollback[i];
        buf_adds(out, "{\"domain\": ");
        buf_json_string(out, domain->domain);
        buf_adds(out, ", \"sets\": [");
        for (size_t k = 0; k < domain->n; k++) {
            buf_adds(out, k ? ", " : "");
            rollback_set_write(out, &domain->sets[k]);
        }
        buf_adds(out, "]}\n");
    }
}

static void put_window(struct buf *out, const struct ticket *ticket, struct arena *arena)
{
    if (ticket->has_window)
        buf_addf(out, "  \"window\": {\"from\": \"%s\", \"to\": \"%s\"},\n",
                 time_format_utc(arena, ticket->window.from_s),
                 time_format_utc(arena, ticket->window.to_s));
    else
        buf_adds(out, "  \"window\": null,\n");
}

static int put_rollout(struct buf *out, const struct ticket *ticket, struct err *err)
{
    const char *comma = "";
    buf_adds(out, "  \"rollout\": {");
    if (ticket->canary.n) {
        buf_adds(out, "\"canary\": ");
        json_put_strv(out, &ticket->canary);
        comma = ", ";
    }
    json_t *rest = ticket->rollout_json ? json_loads(ticket->rollout_json, 0, NULL) : NULL, *value;
    if (ticket->rollout_json && !json_is_object(rest)) {
        json_decref(rest);
        return err_set(err, ERR_INVALID, "the ticket's rollout overrides are no JSON object");
    }
    const char *key;
    json_object_foreach(rest, key, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        buf_addf(out, "%s\"%s\": %s", comma, key, text ? text : "null");
        free(text);
        comma = ", ";
    }
    json_decref(rest);
    buf_adds(out, "},\n");
    return 0;
}

static void put_after(struct buf *out, const struct ticket *ticket, struct arena *arena)
{
    if (!ticket->after_ticket) {
        buf_adds(out, "  \"after\": null,\n");
        return;
    }
    buf_adds(out, "  \"after\": {\"ticket\": ");
    buf_json_string(out, ticket->after_ticket);
    buf_addf(out, ", \"wait\": \"%s\"},\n", duration_format(arena, ticket->after_wait_ms));
}

static int put_ticket(struct buf *out, const struct ticket *ticket, bool beside,
                      struct arena *arena, struct err *err)
{
    buf_adds(out, "{\n  \"version\": 1,\n");
    put_text(out, "id", ticket->id);
    put_text(out, "requested_by", ticket->requested_by);
    put_scope(out, ticket);
    put_change(out, &ticket->change);
    put_vars(out, ticket);
    put_text(out, "reason", ticket->reason);
    put_text(out, "risk", risk_text(ticket->risk));
    if (beside)
        put_rollback_file(out, ticket);
    else
        put_rollback(out, ticket);
    buf_adds(out, "  \"verification\": ");
    json_put_strv(out, &ticket->verification);
    buf_adds(out, ",\n");
    put_window(out, ticket, arena);
    if (put_rollout(out, ticket, err) != 0)
        return -1;
    buf_adds(out, "  \"allow\": ");
    json_put_strv(out, &ticket->allow);
    buf_addf(out, ",\n  \"cross_client\": %s,\n", ticket->cross_client ? "true" : "false");
    put_after(out, ticket, arena);
    buf_adds(out, "  \"group\": ");
    if (ticket->group)
        buf_json_string(out, ticket->group);
    else
        buf_adds(out, "null");
    buf_adds(out, "\n}\n");
    return 0;
}

static int too_long(const struct ticket *ticket, struct err *err)
{
    return err_set(err, ERR_INVALID, "ticket %s would be over %u MiB", ticket->id,
                   TEXT_LIMIT >> 20);
}

int ticket_format(struct ticket *ticket, struct arena *arena, const char **ret_text,
                  const char **ret_rollback, struct err *err)
{
    if (!ticket->id || !ticket->requested_by || !ticket->reason)
        return err_set(err, ERR_INVALID, "a ticket wants an id, a requester and a reason");
    BUF_SCOPED out = BUF(TEXT_LIMIT);
    const char *rollback = NULL;
    bool beside = ticket->n_rollback > ROLLBACK_INLINE_MAX;
    if (beside) {
        char *hex = arena_alloc(arena, DIGEST_HEX_LEN + 1);
        rollback_lines(&out, ticket);
        if (buf_full(&out))
            return too_long(ticket, err);
        rollback = buf_take(&out, arena);
        digest_hex(rollback, strlen(rollback), hex);
        ticket->rollback_file = rollback_path(ticket->id, arena);
        ticket->rollback_sha256 = hex;
    } else if (ticket->n_rollback) {
        ticket->rollback_file = ticket->rollback_sha256 = NULL;
    }
    if (put_ticket(&out, ticket, beside || ticket->rollback_file, arena, err) != 0)
        return -1;
    if (buf_full(&out))
        return too_long(ticket, err);
    *ret_text = buf_take(&out, arena);
    *ret_rollback = rollback;
    return 0;
}
