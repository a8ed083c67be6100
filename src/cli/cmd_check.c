/* cmd_check: the pull-request job: plans of all tickets that a branch changes.
 * Writes nothing anywhere and needs no secret for writing. */
#include <string.h>

#include "base/map.h"
#include "cli/run.h"
#include "survey/attempts.h"

struct options {
    const char *base, *format;
};

static const struct opt opts[] = { { "base", 0, OPT_TEXT, offsetof(struct options, base), "REF",
                                     "tickets changed against REF instead of all without records" },
                                   { "format", 0, OPT_CHOICE, offsetof(struct options, format),
                                     "text|json|markdown", "markdown: a pull-request comment" },
                                   OPTS_END };

struct checking {
    struct session *s;
    struct markdown *md; /* NULL: text or JSON */
    int exit_code;
    size_t bad;
    struct err first;
};

static int ids_changed(struct session *s, const char *base, struct strv *ret, struct err *err)
{
    struct strv names = { 0 };
    if (repo_changed_since(s->repo, base, "tickets", ".json", s->arena, &names, err))
        return -1;
    for (size_t i = 0; i < names.n; i++)
        strv_push(s->arena, ret,
                  arena_strndup(s->arena, names.v[i], strlen(names.v[i]) - strlen(".json")));
    return 0;
}

static int ids_without_records(struct session *s, struct strv *ret, struct err *err)
{
    struct strv all = { 0 }, applied = { 0 };
    struct map *known = map_new(s->arena);
    if (tickets_ids(s, false, &all, err) || attempts_ids(&s->records_port, s->arena, &applied, err))
        return -1;
    for (size_t i = 0; i < applied.n; i++)
        map_put(known, applied.v[i], ret);
    for (size_t i = 0; i < all.n; i++) {
        if (!map_get(known, all.v[i]))
            strv_push(s->arena, ret, all.v[i]);
    }
    return 0;
}

static int ids_named(struct session *s, const struct strv *words, struct strv *ret, struct err *err)
{
    for (size_t i = 0; i < words->n; i++) {
        const char *id;
        if (tickets_id(s, words->v[i], &id, err))
            return -1;
        strv_push(s->arena, ret, id);
    }
    return 0;
}

static int plan_one(struct session *s, const char *id, struct ticket_file *file, struct plan *plan,
                    struct err *err)
{
    if (tickets_read(s, id, false, file, err) ||
        ticket_check(&file->ticket, &s->settings, &s->portfolio, s->arena, err))
        return -1;
    const struct plan_input in = { .ticket = &file->ticket,
                                   .settings = &s->settings,
                                   .portfolio = &s->portfolio };
    return plan_build(&in, &s->ports, s->arena, plan, err);
}

static void failure_show(struct checking *c, const char *id, const struct err *err)
{
    const struct out *out = &c->s->cli->out;
    if (c->md) {
        markdown_error(c->md, id, err);
    } else if (out->is_json) {
        struct jsonw *w = &c->s->cli->out.json;
        jsonw_open(w, NULL);
        jsonw_str(w, "ticket", id);
        jsonw_open(w, "error");
        jsonw_str(w, "code", err_code_text(err->code));
        jsonw_str(w, "message", err->message);
        jsonw_opt(w, "hint", err->hint[0] ? err->hint : NULL);
        jsonw_close(w);
        jsonw_close(w);
    } else {
        fprintf(out->to, "%s: %s\n", out_paint(out, COLOUR_RED, id), err->message);
        if (err->hint[0])
            fprintf(out->to, "  %s\n", err->hint);
        fputc('\n', out->to);
    }
}

static void plan_show(struct checking *c, const struct ticket *ticket, const struct plan *plan)
{
    struct out *out = &c->s->cli->out;
    if (c->md) {
        markdown_plan(c->md, ticket, plan);
    } else if (out->is_json) {
        jsonw_open(&out->json, NULL);
        json_plan(&out->json, ticket, plan, c->s->arena);
        jsonw_close(&out->json);
    } else {
        text_plan(out, ticket, plan);
        fputc('\n', out->to);
    }
}

static void check_one(struct checking *c, const char *id)
{
    struct ticket_file file;
    struct plan plan;
    struct err err = { 0 };
    int rc = plan_one(c->s, id, &file, &plan, &err);
    if (rc) {
        failure_show(c, id, &err);
    } else {
        plan_show(c, &file.ticket, &plan);
        rc = plan_refuse_errors(&plan, &err) || plan_refuse_conflicts(&plan, &err) ? -1 : 0;
    }
    if (!rc)
        return;
    if (!c->bad++)
        c->first = err;
    c->exit_code = run_worse(c->exit_code, err_exit_code(err.code));
}

static int ids_find(struct session *s, const struct options *o, const struct strv *words,
                    struct strv *ret, struct err *err)
{
    if (words->n)
        return ids_named(s, words, ret, err);
    return o->base ? ids_changed(s, o->base, ret, err) : ids_without_records(s, ret, err);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    struct strv ids = { 0 };
    SESSION_SCOPED s = { 0 };
    struct checking c = { .s = &s };
    if (o->format && !strcmp(o->format, "json"))
        cli_json_begin(cli);
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET, err) ||
        ids_find(&s, o, words, &ids, err))
        return -1;
    if (o->format && !strcmp(o->format, "markdown") && !cli->common.json)
        c.md = markdown_new(s.arena);
    if (cli->common.json)
        jsonw_open_array(&cli->out.json, "tickets");
    for (size_t i = 0; i < ids.n; i++)
        check_one(&c, ids.v[i]);
    if (cli->common.json)
        jsonw_close_array(&cli->out.json);
    if (c.md)
        fputs(ids.n ? markdown_text(c.md) : "No ticket to check.\n", stdout);
    else if (!ids.n && !cli->common.json)
        printf("no ticket to check\n");
    if (!c.bad)
        return 0;
    cli->exit_code = c.exit_code;
    *err = c.first;
    return c.bad > 1
               ? err_wrap(err, "%zu of %zu tickets cannot be applied; the first", c.bad, ids.n)
               : -1;
}

const struct command cmd_check = {
    .name = "check",
    .words = "[ID...]",
    .help = "Plans of the tickets of a pull request; all without records by default",
    .more =
        "Needs no secret for writing.  Exit 5: a ticket that cannot be applied; 6: values moved.",
    .group = GROUP_CHANGE,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .max_words = WORDS_ANY,
    .completes = "ids",
};
