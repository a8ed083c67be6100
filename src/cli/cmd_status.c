/* cmd_status: what runs, waits or is stuck; or one ticket's attempts. */
#include "base/clock.h"
#include "cli/run.h"
#include "survey/attempts.h"

enum { FETCH_MS = 3000 };

static void row_show(struct session *s, const struct attempt_info *info)
{
    struct jsonw *w = &s->cli->out.json;
    bool running = lock_is_held(s->repo, info->id, s->arena, NULL);
    int64_t now_s = session_wall_s(s);
    if (!s->cli->common.json) {
        printf("%s  %s\n", info->id, text_attempt(info, running, now_s, s->arena));
        return;
    }
    jsonw_open(w, NULL);
    json_attempt(w, info, running, now_s, s->arena);
    jsonw_close(w);
}

static int open_read(struct session *s, struct attempt_infos *ret, struct err *err)
{
    struct strv ids = { 0 }, warnings = { 0 };
    struct attempt_infos all = { 0 };
    if (attempts_ids(&s->records_port, s->arena, &ids, err))
        return -1;
    attempts_read(&s->ports, &ids, s->arena, &all, &warnings);
    out_warnings(&s->cli->out, &warnings);
    for (size_t i = 0; i < all.n; i++) {
        if (attempt_is_unsettled(&all.v[i]))
            *vec_push(s->arena, ret) = all.v[i];
    }
    return 0;
}

static int rows_read(struct session *s, const struct strv *words, struct attempt_infos *ret,
                     struct err *err)
{
    const char *id;
    if (!words->n)
        return open_read(s, ret, err);
    if (tickets_id(s, words->v[0], &id, err))
        return -1;
    if (!attempts_of(&s->ports, id, s->arena, ret, err))
        return 0;
    if (err->code != ERR_NOT_FOUND)
        return -1;
    /* No records: then there must at least be a ticket. */
    struct ticket_file file;
    if (tickets_read(s, id, true, &file, err))
        return -1;
    if (!s->cli->common.json)
        printf("%s  proposed, never applied\n", id);
    return 0;
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    struct attempt_infos rows = { 0 };
    SESSION_SCOPED s = { 0 };
    (void)options;
    if (session_open(&s, cli, NEED_SETTINGS | NEED_RECORDS | NEED_LENIENT, err))
        return -1;
    session_fetch(&s, FETCH_MS);
    if (rows_read(&s, words, &rows, err))
        return -1;
    if (cli->common.json) {
        session_records_json(&s);
        jsonw_open_array(&cli->out.json, "attempts");
    }
    for (size_t i = 0; i < rows.n; i++)
        row_show(&s, &rows.v[i]);
    if (cli->common.json)
        jsonw_close_array(&cli->out.json);
    else if (!words->n && !rows.n)
        printf("nothing runs or waits\n");
    if (!cli->common.json)
        out_note(&cli->out, "%s", session_records_line(&s));
    return 0;
}

const struct command cmd_status = {
    .name = "status",
    .words = "[ID]",
    .help = "What runs, waits or is stuck; with ID: that ticket's attempts",
    .group = GROUP_INCIDENT,
    .fn = run,
    .max_words = 1,
    .completes = "ids",
};
