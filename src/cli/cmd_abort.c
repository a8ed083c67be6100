/* cmd_abort: ends an unfinished rollout and puts back what it wrote. */
#include "cli/incident.h"
#include "cli/run.h"
#include "store/request.h"

struct options {
    const char *reason;
    bool yes, dry_run;
};

static const struct opt opts[] = { { "reason", 'r', OPT_TEXT, offsetof(struct options, reason),
                                     "TEXT", "why, for the record; required" },
                                   { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run),
                                     NULL, "say what would be put back, write nothing" },
                                   { "yes", 'y', OPT_FLAG, offsetof(struct options, yes), NULL,
                                     "ask no question" },
                                   OPTS_END };

/* The process that ran it has put everything back by itself. */
static bool ended_meanwhile(struct session *s, const char *id)
{
    struct attempt_info info;
    struct err err;
    if (attempt_read(&s->ports, id, s->arena, &info, &err) || !ticket_state_final(info.state))
        return false;
    if (s->cli->common.json)
        json_attempt(&s->cli->out.json, &info, false, session_wall_s(s), s->arena);
    else
        printf("%s  %s\n", id, text_attempt(&info, false, session_wall_s(s), s->arena));
    return true;
}

static int abort_run(struct session *s, const struct options *o, const char *id, struct err *err)
{
    struct rollout_result result = { 0 };
    LOCK_SCOPED lock = NULL;
    bool running = lock_is_held(s->repo, id, s->arena, NULL);
    if (incident_preempt(s, id, "abort", o->reason, err))
        return -1;
    if (running && ended_meanwhile(s, id))
        return 0;
    if (incident_settings(s, id, o->yes, err) || session_enter(s, id, "abort", &lock, err))
        return -1;
    request_clear(s->repo, id);
    const struct rollout_input in = { .settings = &s->settings,
                                      .portfolio = &s->portfolio,
                                      .options = { .bake_ms = -1 } };
    *err = (struct err){ 0 };
    int rc = rollout_abort(&in, id, o->reason, &s->ports, s->arena, &result, err);
    session_leave(s, id);
    return run_show(s, rc, &result, err);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    const char *id;
    struct attempt_info info;
    SESSION_SCOPED s = { 0 };
    if (!o->reason) {
        err_set(err, ERR_USAGE, "abort needs a reason");
        return err_hint(err, "--reason TEXT");
    }
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET | NEED_LENIENT, err))
        return -1;
    if (tickets_id(&s, words->v[0], &id, err) || attempt_read(&s.ports, id, s.arena, &info, err))
        return -1;
    const char *line =
        text_attempt(&info, lock_is_held(s.repo, id, s.arena, NULL), session_wall_s(&s), s.arena);
    if (o->dry_run) {
        if (cli->common.json)
            json_attempt(&cli->out.json, &info, false, session_wall_s(&s), s.arena);
        else
            printf("%s would be aborted and put back: %s\n", id, line);
        return 0;
    }
    if (!out_ask(&cli->out, o->yes, "Abort %s (%s) and put everything back?", id, line))
        return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was done");
    return abort_run(&s, o, id, err);
}

const struct command cmd_abort = {
    .name = "abort",
    .words = "ID",
    .help = "End an unfinished rollout and put back what it wrote",
    .group = GROUP_INCIDENT,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .min_words = 1,
    .max_words = 1,
    .completes = "ids",
};
