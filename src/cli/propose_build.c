/* propose_build: arguments to a ticket.  Reads files and the portfolio; asks no
 * provider and writes nothing. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/propose.h"
#include "cli/textfile.h"
#include "ticket/values.h"

static bool branch_exists(struct session *s, const char *ref)
{
    char hex[REPO_HEX_LEN + 1];
    struct err none;
    return !repo_resolve(s->repo, ref, hex, &none);
}

/* A ticket under review lives on its branch only, here or at the remote. */
static bool id_on_branch(struct session *s, const char *id)
{
    const char *branch = ticket_branch(s->arena, id);
    const char *remote = s->settings.git.remote;
    return branch_exists(s, branch) ||
           (remote && branch_exists(s, arena_printf(s->arena, "%s/%s", remote, branch)));
}

static int id_choose(struct session *s, const char **ret, struct err *err)
{
    struct strv taken = { 0 };
    if (tickets_ids(s, true, &taken, err))
        return -1;
    for (;;) {
        const char *id = id_next(&taken, session_wall_s(s), s->arena);
        if (!id_on_branch(s, id)) {
            *ret = id;
            return 0;
        }
        strv_push(s->arena, &taken, id);
    }
}

static int id_keep(struct session *s, const char *id, struct err *err)
{
    struct strv taken = { 0 };
    if (tickets_ids(s, true, &taken, err))
        return -1;
    if (!strv_has(&taken, id) && !id_on_branch(s, id))
        return 0;
    err_set(err, ERR_CONFLICT, "the id %s is taken", id);
    return err_hint(err, "leave \"id\" out: the next free one is used");
}

static int requested_by(struct session *s, const char **ret, struct err *err)
{
    struct identity who;
    if (repo_identity(s->repo, s->arena, &who, err))
        return err_wrap(err, "requested by whom? --requested-by, or");
    *ret = arena_printf(s->arena, "%s <%s>", who.name, who.email);
    return 0;
}

/* Members that a hand-written ticket may leave out are put behind its first
 * brace, on the same line, so that messages keep their line numbers. */
static const char *text_complete(struct session *s, const char *text, const char *id,
                                 const char *by)
{
    struct buf add = BUF(4096);
    json_t *root = json_loads(text, 0, NULL);
    const char *brace = strchr(text, '{');
    const char *done = text;
    if (json_is_object(root) && brace) {
        if (!json_object_get(root, "version"))
            buf_adds(&add, "\"version\":1,");
        if (!json_object_get(root, "id"))
            buf_addf(&add, "\"id\":\"%s\",", id);
        if (!json_object_get(root, "requested_by")) {
            buf_adds(&add, "\"requested_by\":");
            buf_json_string(&add, by);
            buf_addc(&add, ',');
        }
        if (!json_object_get(root, "rollback"))
            buf_adds(&add, "\"rollback\":{},");
        done = arena_printf(s->arena, "%.*s%s%s", (int)(brace + 1 - text), text, buf_text(&add),
                            brace + 1);
    }
    json_decref(root);
    buf_done(&add);
    return done;
}

static int from_file(struct session *s, const struct propose_options *o, struct ticket *ret,
                     struct err *err)
{
    char *text;
    const char *id, *by = o->requested_by;
    struct strv warnings = { 0 };
    if (textfile_read(o->ticket, s->arena, &text, err) || id_choose(s, &id, err) ||
        (!by && requested_by(s, &by, err)))
        return -1;
    const char *whole = text_complete(s, text, id, by);
    if (ticket_parse(!strcmp(o->ticket, "-") ? "standard input" : o->ticket, whole, false, s->arena,
                     &warnings, ret, err))
        return -1;
    /* What was live is read anew, whatever the file says. */
    ret->rollback = NULL;
    ret->n_rollback = 0;
    ret->rollback_file = ret->rollback_sha256 = NULL;
    return strcmp(ret->id, id) ? id_keep(s, ret->id, err) : 0;
}

static int changes_read(struct session *s, const char *file, struct edits *edits, struct err *err)
{
    char *text, *rest = NULL;
    size_t line_number = 0;
    if (textfile_read(file, s->arena, &text, err))
        return -1;
    for (char *line = text; line; line = rest) {
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        line_number++;
        size_t len = strlen(line);
        if (len && line[len - 1] == '\r')
            line[len - 1] = '\0';
        const char *first = line + strspn(line, " \t");
        if (!*first || *first == '#')
            continue;
        if (edit_parse(first, s->arena, edits, err))
            return err_wrap(err, "%s:%zu", strcmp(file, "-") ? file : "standard input",
                            line_number);
    }
    return 0;
}

static int edits_read(struct session *s, const struct propose_options *o, struct edits *edits,
                      struct err *err)
{
    for (size_t i = 0; i < o->change.n; i++) {
        if (edit_parse(o->change.v[i], s->arena, edits, err))
            return err_wrap(err, "--change \"%s\"", o->change.v[i]);
    }
    return o->changes ? changes_read(s, o->changes, edits, err) : 0;
}

static int window_read(struct session *s, const char *text, struct ticket *ticket, struct err *err)
{
    const char *slash = strchr(text, '/');
    if (!slash) {
        err_set(err, ERR_USAGE, "--window %s: this is not FROM/TO", text);
        return err_hint(err, "--window 2026-11-23T20:00:00Z/2026-11-23T22:00:00Z");
    }
    const char *from = arena_strndup(s->arena, text, (size_t)(slash - text));
    if (time_parse(from, &ticket->window.from_s, err) ||
        time_parse(slash + 1, &ticket->window.to_s, err)) {
        err->code = ERR_USAGE;
        return err_wrap(err, "--window");
    }
    ticket->has_window = true;
    return 0;
}

static int values_read(struct session *s, const char *file, struct ticket *ticket, struct err *err)
{
    char *text;
    if (textfile_read(file, s->arena, &text, err))
        return -1;
    return values_parse(file, text, s->arena, &ticket->vars, &ticket->n_vars, err);
}

static int scope_set(struct session *s, const struct strv *scope, struct ticket *ticket,
                     struct err *err)
{
    struct domains domains = { 0 };
    if (scope->n)
        ticket->select = *scope;
    if (!scope->n && (ticket->domains.n || !ticket->select.n))
        return 0;
    if (scope_resolve(&s->portfolio, &ticket->select, s->arena, &domains, err))
        return -1;
    ticket->domains = (struct strv){ 0 };
    for (size_t i = 0; i < domains.n; i++)
        strv_push(s->arena, &ticket->domains, domains.v[i]->name);
    return 0;
}

static void risk_set(const char *word, struct ticket *ticket)
{
    if (word)
        ticket->risk = !strcmp(word, "high")  ? RISK_HIGH
                       : !strcmp(word, "med") ? RISK_MED
                                              : RISK_LOW;
}

static int options_apply(struct session *s, const struct propose_options *o, struct ticket *t,
                         struct err *err)
{
    risk_set(o->risk, t);
    if (o->reason)
        t->reason = o->reason;
    if (o->requested_by)
        t->requested_by = o->requested_by;
    if (o->verify.n)
        t->verification = o->verify;
    if (o->canary.n)
        t->canary = o->canary;
    if (o->allow.n)
        t->allow = o->allow;
    t->cross_client = t->cross_client || o->cross_client;
    if (!t->verification.n)
        strv_push(s->arena, &t->verification, "dns");
    if (o->window && window_read(s, o->window, t, err))
        return -1;
    return o->values ? values_read(s, o->values, t, err) : 0;
}

static int base_make(struct session *s, const struct propose_options *o, const struct strv *scope,
                     struct ticket *ret, struct err *err)
{
    if (o->ticket)
        return from_file(s, o, ret, err);
    if (id_choose(s, &ret->id, err))
        return -1;
    ret->requested_by = o->requested_by;
    if (!ret->requested_by && requested_by(s, &ret->requested_by, err))
        return -1;
    return o->revert ? propose_inverse(s, o->revert, scope, ret, err) : 0;
}

static int complete_check(const struct ticket *t, struct err *err)
{
    if (!t->domains.n) {
        err_set(err, ERR_USAGE, "propose needs a scope: which domains?");
        return err_hint(err, "a domain, tag:NAME, client:NAME, provider:NAME or all");
    }
    if (!t->change.n) {
        err_set(err, ERR_USAGE, "propose needs at least one --change");
        return err_hint(err, "--change 'set @ 300 MX 10 mx1.example.net.'");
    }
    if (!t->reason || !*t->reason) {
        err_set(err, ERR_USAGE, "propose needs a reason");
        return err_hint(err, "--reason TEXT");
    }
    return 0;
}

int propose_build(struct session *s, const struct propose_options *o, const struct strv *scope,
                  struct ticket *ret, struct err *err)
{
    static const struct strv none = { 0 };
    *ret = (struct ticket){ 0 };
    if (o->ticket && o->revert)
        return err_set(err, ERR_USAGE, "--ticket and --revert do not go together");
    if (base_make(s, o, scope, ret, err) || edits_read(s, o, &ret->change, err) ||
        scope_set(s, o->revert ? &none : scope, ret, err) || options_apply(s, o, ret, err))
        return -1;
    if (ret->has_window && ret->window.to_s <= session_wall_s(s)) {
        err_set(err, ERR_INVALID, "the window is over since %s",
                time_format_local(s->arena, ret->window.to_s));
        return err_hint(err, "--window FROM/TO, later");
    }
    return complete_check(ret, err);
}
