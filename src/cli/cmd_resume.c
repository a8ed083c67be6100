/* cmd_resume: goes on with a waiting or interrupted rollout; with --due with all
 * whose time has come. */
#include "cli/run.h"
#include "store/request.h"
#include "survey/attempts.h"

struct options {
    bool due, no_wait, yes, dry_run;
};

static const struct opt opts[] = { { "due", 0, OPT_FLAG, offsetof(struct options, due), NULL,
                                     "every parked rollout whose time has come: the cron line" },
                                   { "no-wait", 0, OPT_FLAG, offsetof(struct options, no_wait),
                                     NULL, "go to the next wait, park there and exit 8" },
                                   { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run),
                                     NULL, "say what would be resumed, write nothing" },
                                   { "yes", 'y', OPT_FLAG, offsetof(struct options, yes), NULL,
                                     "ask no question" },
                                   OPTS_END };

enum { FETCH_MS = 5000 };

static int resume_one(struct session *s, const char *id, const struct options *o, struct err *err)
{
    struct rollout_result result = { 0 };
    struct ticket_file file;
    struct err file_err;
    LOCK_SCOPED lock = NULL;
    /* The claim and the LKG hold all that is needed; the file adds the reason. */
    bool has_file = !tickets_read(s, id, true, &file, &file_err);
    /* A pause that was asked for is over by being resumed. */
    request_clear(s->repo, id);
    if (session_enter(s, id, "resume", &lock, err))
        return -1;
    const struct rollout_input in = {
        .ticket = has_file ? &file.ticket : NULL,
        .blob = has_file ? file.blob : NULL,
        .settings = &s->settings,
        .portfolio = &s->portfolio,
        .options = { .bake_ms = -1, .no_wait = o->no_wait },
    };
    *err = (struct err){ 0 };
    int rc = rollout_resume(&in, id, &s->ports, s->arena, &result, err);
    session_leave(s, id);
    return run_show(s, rc, &result, err);
}

/* Somebody asked it to pause: the timer does not override a person. */
static bool pause_asked(struct session *s, const char *id)
{
    return request_poll(request_watch_new(s->repo, id, s->arena)) != CONTROL_NONE;
}

static int due_find(struct session *s, struct strv *ret, struct err *err)
{
    struct strv ids = { 0 }, warnings = { 0 };
    struct attempt_infos all = { 0 };
    if (attempts_ids(&s->records_port, s->arena, &ids, err))
        return -1;
    attempts_read(&s->ports, &ids, s->arena, &all, &warnings);
    out_warnings(&s->cli->out, &warnings);
    for (size_t i = all.n; i-- > 0;) { /* oldest first */
        if (attempt_is_due(&all.v[i], session_wall_s(s)) &&
            !lock_is_held(s->repo, all.v[i].id, s->arena, NULL) && !pause_asked(s, all.v[i].id))
            strv_push(s->arena, ret, all.v[i].id);
    }
    return 0;
}

static int due_run(struct session *s, const struct options *o, struct err *err)
{
    struct cli *cli = s->cli;
    struct strv due = { 0 };
    struct err first = { 0 };
    int exit_code = 0;
    if (due_find(s, &due, err))
        return -1;
    if (cli->common.json)
        jsonw_open_array(&cli->out.json, "runs");
    for (size_t i = 0; i < due.n && !control_signalled(s->control); i++) {
        struct err one = { 0 };
        if (cli->common.json)
            jsonw_open(&cli->out.json, NULL);
        cli->exit_code = 0;
        if (o->dry_run) {
            if (cli->common.json)
                jsonw_str(&cli->out.json, "ticket", due.v[i]);
            else
                printf("%s would be resumed\n", due.v[i]);
        } else if (resume_one(s, due.v[i], o, &one)) {
            int code = cli->exit_code ? cli->exit_code : err_exit_code(one.code);
            if (run_worse(exit_code, code) != exit_code)
                first = one;
            exit_code = run_worse(exit_code, code);
        }
        if (cli->common.json)
            jsonw_close(&cli->out.json);
    }
    if (cli->common.json)
        jsonw_close_array(&cli->out.json);
    else if (!due.n)
        out_note(&cli->out, "nothing is due");
    cli->exit_code = exit_code;
    *err = first;
    return first.code == ERR_NONE ? 0 : -1;
}

static int named_run(struct session *s, const struct options *o, const char *word, struct err *err)
{
    struct attempt_info info;
    const char *id;
    if (tickets_id(s, word, &id, err) || attempt_read(&s->ports, id, s->arena, &info, err))
        return -1;
    if (o->dry_run) {
        if (s->cli->common.json)
            json_attempt(&s->cli->out.json, &info, false, session_wall_s(s), s->arena);
        else
            printf("%s would be resumed: %s\n", id,
                   text_attempt(&info, false, session_wall_s(s), s->arena));
        return 0;
    }
    if (!out_ask(&s->cli->out, o->yes, "Resume %s (%s)?", id,
                 text_attempt(&info, false, session_wall_s(s), s->arena)))
        return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was done");
    return resume_one(s, id, o, err);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    SESSION_SCOPED s = { 0 };
    if (o->due == (words->n > 0)) {
        err_set(err, ERR_USAGE, "resume needs an ID or --due");
        return err_hint(err, "dnschange status shows what waits");
    }
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET | NEED_LENIENT, err))
        return -1;
    session_fetch(&s, FETCH_MS);
    return o->due ? due_run(&s, o, err) : named_run(&s, o, words->v[0], err);
}

const struct command cmd_resume = {
    .name = "resume",
    .words = "ID | --due",
    .help = "Go on with a parked, paused or interrupted rollout",
    .more =
        "Reads back every set first; trusts no memory.  In a crontab: dnschange -q resume --due",
    .group = GROUP_CHANGE,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .max_words = 1,
    .completes = "ids",
};
