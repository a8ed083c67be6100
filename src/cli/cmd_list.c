/* cmd_list: the tickets, newest first, and where each stands. */
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "cli/run.h"
#include "survey/attempts.h"

struct options {
    const char *state;
    bool all;
};

static const struct opt opts[] = { { "all", 'a', OPT_FLAG, offsetof(struct options, all), NULL,
                                     "not only the newest 50" },
                                   { "state", 0, OPT_TEXT, offsetof(struct options, state), "STATE",
                                     "only tickets in this state (dnschange help states)" },
                                   OPTS_END };

enum { NEWEST_SHOWN = 50, FETCH_MS = 3000 };

struct listed {
    const char *id;
    struct ticket_file file;
    bool has_file, has_attempt;
    struct attempt_info info;
};

static const char *state_of(const struct listed *row)
{
    return ticket_state_text(row->has_attempt ? row->info.state : TICKET_PROPOSED);
}

/* A ticket that cannot be read is still listed: its records may matter. */
static void row_read(struct session *s, const char *id, struct listed *row)
{
    struct err err;
    *row = (struct listed){ .id = id };
    row->has_file = !tickets_read(s, id, true, &row->file, &err);
    if (!row->has_file && err.code != ERR_NOT_FOUND)
        out_warn(&s->cli->out, "%s", err.message);
    row->has_attempt = !attempt_read(&s->ports, id, s->arena, &row->info, &err);
}

static void row_json(struct session *s, const struct listed *row)
{
    struct jsonw *w = &s->cli->out.json;
    jsonw_open(w, NULL);
    jsonw_str(w, "ticket", row->id);
    jsonw_str(w, "state", state_of(row));
    if (row->has_file) {
        jsonw_str(w, "reason", row->file.ticket.reason);
        jsonw_str(w, "requested_by", row->file.ticket.requested_by);
        jsonw_int(w, "domains", (int64_t)row->file.ticket.domains.n);
    }
    if (row->has_attempt) {
        jsonw_int(w, "attempt", row->info.attempt);
        jsonw_opt(w, "actor", row->info.actor);
        if (row->info.changed_s)
            jsonw_time(w, "changed", row->info.changed_s, s->arena);
    }
    jsonw_close(w);
}

static void row_text(struct session *s, const struct listed *row, struct table *table)
{
    const struct ticket *t = &row->file.ticket;
    const char *domains = !row->has_file      ? "?"
                          : t->domains.n == 1 ? t->domains.v[0]
                                              : arena_printf(s->arena, "%zu domains", t->domains.n);
    const char *when = row->has_attempt && row->info.changed_s
                           ? time_format_local(s->arena, row->info.changed_s)
                           : "";
    const char *reason = row->has_file                          ? t->reason
                         : row->has_attempt && row->info.reason ? row->info.reason
                                                                : "(no ticket file)";
    table_row(table, row->id, state_of(row), when, domains, reason);
}

static void show(struct session *s, const struct options *o, const struct strv *ids)
{
    struct table table = { .columns = 5, .arena = s->arena };
    bool json = s->cli->common.json;
    size_t shown = 0;
    for (size_t i = ids->n; i-- > 0 && (o->all || o->state || shown < NEWEST_SHOWN);) {
        struct listed row;
        row_read(s, ids->v[i], &row);
        if (o->state && strcmp(o->state, state_of(&row)))
            continue;
        shown++;
        if (json)
            row_json(s, &row);
        else
            row_text(s, &row, &table);
    }
    if (json)
        return;
    table_print(&table, stdout, "");
    if (!shown)
        printf("no tickets\n");
    else if (!o->all && !o->state && ids->n > shown)
        out_note(&s->cli->out, "... and %zu older ones (--all)", ids->n - shown);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    struct strv ids = { 0 };
    SESSION_SCOPED s = { 0 };
    (void)words;
    if (session_open(&s, cli, NEED_SETTINGS | NEED_RECORDS | NEED_LENIENT, err))
        return -1;
    session_fetch(&s, FETCH_MS);
    if (tickets_ids(&s, true, &ids, err))
        return -1;
    if (cli->common.json) {
        session_records_json(&s);
        jsonw_open_array(&cli->out.json, "tickets");
    }
    show(&s, o, &ids);
    if (cli->common.json)
        jsonw_close_array(&cli->out.json);
    else
        out_note(&cli->out, "%s", session_records_line(&s));
    return 0;
}

const struct command cmd_list = {
    .name = "list",
    .words = "",
    .help = "The tickets and where each stands, newest first",
    .group = GROUP_LOOK,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .completes = "",
};
