/* cmd_apply: rolls a ticket out. */
#include "cli/run.h"

static const struct opt opts[] = {
    { "bake", 0, OPT_DURATION, offsetof(struct apply_options, bake_ms), "DURATION",
      "wait this long after the canary, whatever the settings say" },
    { "no-wait", 0, OPT_FLAG, offsetof(struct apply_options, no_wait), NULL,
      "go to the next wait, park there and exit 8" },
    { "skip-conflicts", 0, OPT_FLAG, offsetof(struct apply_options, skip_conflicts), NULL,
      "leave out domains whose values moved" },
    { "skip-unfit", 0, OPT_FLAG, offsetof(struct apply_options, skip_unfit), NULL,
      "leave out domains an edit does not fit" },
    { "digest", 0, OPT_TEXT, offsetof(struct apply_options, digest), "DIGEST",
      "refuse (6) unless the plan has this digest" },
    { "again", 0, OPT_FLAG, offsetof(struct apply_options, again), NULL,
      "after a rollback: the next attempt" },
    { "dry-run", 'n', OPT_FLAG, offsetof(struct apply_options, dry_run), NULL,
      "show what would be written, write nothing" },
    { "yes", 'y', OPT_FLAG, offsetof(struct apply_options, yes), NULL, "ask no question" },
    OPTS_END
};

static const struct apply_options defaults = { .bake_ms = -1 };

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    struct apply_options *o = options;
    struct ticket_file file;
    SESSION_SCOPED s = { 0 };
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET, err) ||
        tickets_load(&s, words->v[0], false, &file, err))
        return -1;
    return run_apply(&s, &file, o, err);
}

const struct command cmd_apply = {
    .name = "apply",
    .words = "ID",
    .help = "Roll a ticket out: canary, bake, waves; it reverts itself when verification fails",
    .more =
        "SIGHUP, SIGTERM and Ctrl-C finish the request in flight, park the rollout and say how\n"
        "to go on.  Exit 4: verification failed and everything was put back; 8: parked.",
    .group = GROUP_CHANGE,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct apply_options),
    .defaults = &defaults,
    .min_words = 1,
    .max_words = 1,
    .completes = "ids",
};
