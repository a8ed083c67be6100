/* run: what the commands that write have in common: the ticket's lock, signals,
 * records to and from the remote, and how a result ends the program. */
#pragma once
#include "cli/render.h"
#include "cli/tickets.h"

struct apply_options {
    int64_t bake_ms; /* -1: settings */
    const char *digest;
    bool no_wait, skip_conflicts, skip_unfit, again, yes, dry_run;
};

/* Plans (and on a terminal shows and asks), claims, rolls out, shows the result. */
int run_apply(struct session *session, struct ticket_file *file, const struct apply_options *o,
              struct err *err) WARN_UNUSED;

/* Shows `result` of a call that returned `rc`; -1 with err when it was no success,
 * and the exit code is set. */
int run_show(struct session *session, int rc, const struct rollout_result *result,
             struct err *err) WARN_UNUSED;

/* May this ticket be written under the settings' review rule?  ERR_POLICY. */
int run_review(struct session *session, const struct ticket_file *file,
               struct err *err) WARN_UNUSED;

/* `next` in order of the contract's precedence 7 > 4 > 6 > 1 > 9 over `exit_code`. */
int run_worse(int exit_code, int next);
