/* child: one run of the user's git, watched, with a time limit.
 *
 * It never asks a question (no terminal, no prompt), speaks C locale, runs in
 * a session of its own that is ended as a whole when the time is up, and runs
 * as the owner of the repository when we are root. */
#pragma once
#include <stdint.h>

#include "store/repo.h"

struct child_done {
    int status;               /* exit status; -1 when a signal or the time limit ended it */
    bool late;                /* the time limit ended it */
    const char *out, *errors; /* at most 1 MiB and 64 KiB, NUL-terminated */
};

/* git -C ROOT ARGS...; `args` ends in NULL, `input` (may be NULL) goes to its
 * stdin.  -1 only when git could not be run at all. */
int child_git(const struct repo *repo, const char *const *args, const char *input,
              int64_t budget_ms, struct arena *arena, struct child_done *ret,
              struct err *err) WARN_UNUSED;

/* A child that talked to `remote` did not succeed: ERR_AUTH, or ERR_FAILED
 * with git's own last words, passwords in URLs left out.  Always -1. */
int child_remote_failed(const struct child_done *done, const char *doing, const char *remote,
                        int64_t budget_ms, struct err *err);
/* The same for a `push --porcelain`: ERR_POLICY when the remote refuses it
 * (protected branch, hook), ERR_CONFLICT when it has moved on. */
int child_push_failed(const struct child_done *done, const char *remote, const char *branch,
                      int64_t budget_ms, struct err *err);
/* ERR_INVALID when no remote of this name is configured. */
int remote_check(struct repo *repo, const char *remote, struct err *err) WARN_UNUSED;
int64_t child_now_ms(void); /* monotonic */
