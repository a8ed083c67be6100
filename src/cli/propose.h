/* propose: a ticket from arguments, from a file, or as the inverse of an applied
 * one; and its way into git. */
#pragma once
#include "cli/run.h"

struct propose_options {
    struct strv change, verify, canary, allow;
    const char *changes, *ticket, *values, *reason, *risk, *window, *requested_by, *revert;
    bool apply, push, no_commit, yes, dry_run, skip_unfit, cross_client;
};

/* The ticket without rollback values; id and everything else are set. */
int propose_build(struct session *session, const struct propose_options *o,
                  const struct strv *scope, struct ticket *ret, struct err *err) WARN_UNUSED;

/* Scope, edits and variables that put back what the newest attempt of ticket `id`
 * found; only of the domains in `scope` when there are any.  ERR_INVALID when the
 * domains cannot be put back by one and the same list of edits. */
int propose_inverse(struct session *session, const char *id, const struct strv *scope,
                    struct ticket *ret, struct err *err) WARN_UNUSED;

struct propose_made {
    const char *path, *branch, *commit; /* branch and commit NULL: not committed */
    char blob[REPO_HEX_LEN + 1];
};
/* Formats the ticket and commits exactly its files as the review rule says. */
int propose_write(struct session *session, struct ticket *ticket, bool no_commit,
                  struct propose_made *ret, struct err *err) WARN_UNUSED;
