/* push: hands one branch of ours to a remote (`propose --push`), through the
 * user's git.  The records branch goes through records_publish instead. */
#pragma once
#include "store/repo.h"

/* Pushes refs/heads/BRANCH to the same name; no force, no hooks, no questions,
 * at most budget_ms.  ERR_INVALID: no such remote; ERR_CONFLICT: the remote
 * has moved on; ERR_POLICY: the remote refuses it (protected branch, hook);
 * ERR_AUTH; else ERR_FAILED (retry later when out of time). */
int push_branch(struct repo *repo, const char *remote, const char *branch, int64_t budget_ms,
                struct err *err) WARN_UNUSED;
/* Would the remote take BRANCH from us?  A push that stops before anything is sent:
 * address, credentials and the right to write are tried, rules of single branches
 * are not.  BRANCH need not exist on either side.  ERR_NOT_FOUND: no commit here
 * that could be pushed; else as above. */
int push_allowed(struct repo *repo, const char *remote, const char *branch, int64_t budget_ms,
                 struct err *err) WARN_UNUSED;
/* Version of the git program that all this goes through, "2.39.5". */
int push_git_version(struct repo *repo, struct arena *arena, const char **ret,
                     struct err *err) WARN_UNUSED;
/* Brings refs/remotes/REMOTE/BRANCH up to date.  Failures as above, and
 * ERR_NOT_FOUND when the remote has no such branch. */
int fetch_branch(struct repo *repo, const char *remote, const char *branch, int64_t budget_ms,
                 struct err *err) WARN_UNUSED;
