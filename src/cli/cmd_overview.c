/* cmd_overview: `dnschange` alone: what runs, what is overdue, what changed last,
 * and which command answers what. */
#include "base/clock.h"
#include "cli/run.h"
#include "survey/attempts.h"

enum { FETCH_MS = 1000, LAST_SHOWN = 5 };

struct overview {
    struct attempt_infos open, last;
};

static void collect(struct session *s, struct overview *ret)
{
    struct strv ids = { 0 }, warnings = { 0 };
    struct attempt_infos all = { 0 };
    struct err err;
    *ret = (struct overview){ 0 };
    if (attempts_ids(&s->records_port, s->arena, &ids, &err)) {
        out_warn(&s->cli->out, "%s", err.message);
        return;
    }
    attempts_read(&s->ports, &ids, s->arena, &all, &warnings);
    out_warnings(&s->cli->out, &warnings);
    attempts_sort(&all);
    for (size_t i = 0; i < all.n; i++) {
        if (attempt_is_unsettled(&all.v[i]))
            *vec_push(s->arena, &ret->open) = all.v[i];
        if (ret->last.n < LAST_SHOWN)
            *vec_push(s->arena, &ret->last) = all.v[i];
    }
}

static bool running(struct session *s, const struct attempt_info *info)
{
    return lock_is_held(s->repo, info->id, s->arena, NULL);
}

static void rows_json(struct session *s, const char *key, const struct attempt_infos *rows)
{
    struct jsonw *w = &s->cli->out.json;
    jsonw_open_array(w, key);
    for (size_t i = 0; i < rows->n; i++) {
        jsonw_open(w, NULL);
        json_attempt(w, &rows->v[i], running(s, &rows->v[i]), session_wall_s(s), s->arena);
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

static void rows_text(struct session *s, const char *title, const struct attempt_infos *rows)
{
    if (!rows->n)
        return;
    printf("%s\n", out_paint(&s->cli->out, COLOUR_BOLD, title));
    for (size_t i = 0; i < rows->n; i++) {
        const struct attempt_info *info = &rows->v[i];
        printf("  %s  %s  %s\n", info->id,
               text_attempt(info, running(s, info), session_wall_s(s), s->arena),
               info->reason ? info->reason : "");
    }
}

static void hints(const struct overview *o)
{
    printf("%s"
           "what changed?            dnschange changed --since 2h\n"
           "put it back              dnschange rollback --last\n"
           "is mail DNS in order?    dnschange triage SCOPE\n"
           "change something         dnschange propose SCOPE --change EDIT --reason TEXT\n"
           "everything else          dnschange help\n",
           o->open.n || o->last.n ? "\n" : "");
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    struct overview overview;
    SESSION_SCOPED s = { 0 };
    (void)options;
    (void)words;
    if (session_open(&s, cli, NEED_SETTINGS | NEED_RECORDS | NEED_LENIENT, err)) {
        /* Outside a repository the help is the answer. */
        if (err->code != ERR_NOT_FOUND || cli->common.json)
            return -1;
        help_overview(stdout);
        return 0;
    }
    session_fetch(&s, FETCH_MS);
    collect(&s, &overview);
    if (cli->common.json) {
        session_records_json(&s);
        rows_json(&s, "open", &overview.open);
        rows_json(&s, "last", &overview.last);
        return 0;
    }
    printf("%s, %s\n", repo_root(s.repo), session_records_line(&s));
    rows_text(&s, "Running or waiting", &overview.open);
    rows_text(&s, "Last changes", &overview.last);
    hints(&overview);
    return 0;
}

const struct command cmd_overview = {
    .name = "",
    .words = "",
    .help = "What runs, what is overdue, what changed last",
    .group = GROUP_HIDDEN,
    .fn = run,
    .completes = "",
};
