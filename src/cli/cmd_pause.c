/* cmd_pause: asks a running rollout to stop before its next write. */
#include "cli/run.h"
#include "store/request.h"
#include "survey/attempts.h"

struct options {
    const char *reason;
    bool dry_run;
};

static const struct opt opts[] = { { "reason", 'r', OPT_TEXT, offsetof(struct options, reason),
                                     "TEXT", "why, for the record" },
                                   { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run),
                                     NULL, "say what would happen, ask nobody to stop" },
                                   OPTS_END };

static void show(struct session *s, const struct attempt_info *info, bool running)
{
    struct jsonw *w = &s->cli->out.json;
    if (s->cli->common.json) {
        json_attempt(w, info, running, session_wall_s(s), s->arena);
        return;
    }
    if (running)
        printf("%s is asked to pause; it stops before its next write\n", info->id);
    else
        printf("%s does not run now; resume --due will leave it alone\n", info->id);
    out_note(&s->cli->out, "next: dnschange resume %s, or abort %s --reason TEXT", info->id,
             info->id);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    const char *id;
    struct attempt_info info;
    SESSION_SCOPED s = { 0 };
    if (session_open(&s, cli, NEED_SETTINGS | NEED_RECORDS | NEED_LENIENT, err) ||
        tickets_id(&s, words->v[0], &id, err) || attempt_read(&s.ports, id, s.arena, &info, err))
        return -1;
    bool running = lock_is_held(s.repo, id, s.arena, NULL);
    if (!running && !attempt_is_waiting(&info)) {
        err_set(err, ERR_USAGE, "%s is %s: there is nothing to pause", id,
                ticket_state_text(info.state));
        return err_hint(err, "dnschange status shows what runs");
    }
    const struct request request = { .what = CONTROL_PAUSE,
                                     .who = repo_user_at_host(s.arena),
                                     .reason = o->reason ? o->reason : "",
                                     .wall_s = session_wall_s(&s) };
    if (!o->dry_run && request_write(s.repo, id, &request, err))
        return -1;
    show(&s, &info, running);
    return 0;
}

const struct command cmd_pause = {
    .name = "pause",
    .words = "ID",
    .help = "Ask a running rollout to stop before its next write",
    .group = GROUP_INCIDENT,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .min_words = 1,
    .max_words = 1,
    .completes = "ids",
};
