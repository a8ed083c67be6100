/* cmd_changed: "what changed?", from the records alone. */
#include <string.h>

#include "base/clock.h"
#include "cli/run.h"
#include "cli/scopes.h"
#include "survey/changed.h"

struct options {
    int64_t since_ms, from_s, to_s;
    const char *by;
};

static const struct opt opts[] = {
    { "since", 0, OPT_DURATION, offsetof(struct options, since_ms), "DURATION",
      "the last 2h, 7d ..." },
    { "from", 0, OPT_TIME, offsetof(struct options, from_s), "TIME",
      "not before, 2026-11-23T20:00:00Z" },
    { "to", 0, OPT_TIME, offsetof(struct options, to_s), "TIME", "not after" },
    { "by", 0, OPT_TEXT, offsetof(struct options, by), "WHO", "part of the actor's name" },
    OPTS_END
};

enum { FETCH_MS = 3000 };

static void rows_json(struct session *s, const struct changed *rows)
{
    struct jsonw *w = &s->cli->out.json;
    session_records_json(s);
    jsonw_open_array(w, "changes");
    for (size_t i = 0; i < rows->n; i++) {
        const struct changed_row *row = &rows->v[i];
        jsonw_open(w, NULL);
        jsonw_time(w, "time", row->wall_s, s->arena);
        jsonw_str(w, "ticket", row->ticket);
        jsonw_int(w, "attempt", row->attempt);
        jsonw_str(w, "actor", row->actor);
        jsonw_str(w, "domain", row->domain);
        jsonw_str(w, "owner", row->owner);
        jsonw_str(w, "type", rtype_text(row->type));
        json_set(w, "before", row->before, s->arena);
        json_set(w, "after", row->after, s->arena);
        jsonw_str(w, "state", row->state);
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

static void rows_text(struct session *s, const struct changed *rows)
{
    const struct out *out = &s->cli->out;
    const char *ticket = "";
    uint32_t attempt = 0;
    printf("%s\n", session_records_line(s));
    for (size_t i = 0; i < rows->n; i++) {
        const struct changed_row *row = &rows->v[i];
        if (strcmp(ticket, row->ticket) || attempt != row->attempt) {
            printf("\n%s  %s  by %s  %s\n", time_format_local(s->arena, row->wall_s),
                   out_paint(out, COLOUR_BOLD, row->ticket), row->actor ? row->actor : "?",
                   row->reason ? row->reason : "");
            ticket = row->ticket;
            attempt = row->attempt;
        }
        printf("  %s %s %s\n", row->owner, rtype_text(row->type), row->state);
        printf("    %s\n",
               out_paint(out, COLOUR_RED,
                         arena_printf(s->arena, "- %s", text_set_line(row->before, s->arena))));
        printf("    %s\n",
               out_paint(out, COLOUR_GREEN,
                         arena_printf(s->arena, "+ %s", text_set_line(row->after, s->arena))));
    }
    if (!rows->n)
        printf("nothing changed\n");
}

static int filter_make(struct session *s, const struct options *o, const struct strv *words,
                       struct changed_filter *ret, struct strv *domains, struct err *err)
{
    *ret = (struct changed_filter){ .from_s = o->from_s, .to_s = o->to_s, .by = o->by };
    if (o->since_ms)
        ret->from_s = session_wall_s(s) - o->since_ms / 1000;
    if (!words->n)
        return 0;
    if (scopes_names(s, words, domains, err))
        return -1;
    ret->domains = domains;
    return 0;
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    struct changed_filter filter;
    struct strv domains = { 0 }, warnings = { 0 };
    struct changed rows;
    SESSION_SCOPED s = { 0 };
    if (o->since_ms && o->from_s)
        return err_set(err, ERR_USAGE, "--since and --from do not go together");
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_LENIENT, err))
        return -1;
    session_fetch(&s, FETCH_MS);
    if (filter_make(&s, o, words, &filter, &domains, err) ||
        changed_read(&s.ports, &filter, s.arena, &rows, &warnings, err))
        return -1;
    out_warnings(&cli->out, &warnings);
    if (cli->common.json)
        rows_json(&s, &rows);
    else
        rows_text(&s, &rows);
    return 0;
}

const struct command cmd_changed = {
    .name = "changed",
    .words = "[SCOPE...]",
    .help = "What changed, when and by whom; works with DNS and provider down",
    .group = GROUP_INCIDENT,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .max_words = WORDS_ANY,
    .completes = "scopes",
};
