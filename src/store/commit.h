/* commit: exactly these files in one commit, and nothing else.
 *
 * What the user has staged stays staged and does not ride along.  No hook is
 * run.  commit.gpgsign is honoured: the commit object is then made by the
 * user's own git.  The records branch is records.h's. */
#pragma once
#include "store/repo.h"

struct commit_made {
    const char *branch; /* short name */
    char commit[REPO_HEX_LEN + 1];
    bool nothing; /* the branch already holds exactly these files: no commit was made */
};

/* Commits the files on the current branch (HEAD's tree plus these paths),
 * writes them to the work tree and updates their index entries only.  Works on
 * an unborn branch.  On failure work tree, index and branch are as before.
 * ERR_CONFLICT: detached HEAD; merge, rebase or the like in progress; one of
 * the paths has uncommitted changes or is an untracked file with other
 * content; the branch moved meanwhile; a lock file stands in the way (named). */
int commit_files(struct repo *repo, const struct repo_file *files, size_t n, const char *message,
                 const struct identity *who, struct arena *arena, struct commit_made *ret,
                 struct err *err) WARN_UNUSED;

/* Makes branch `branch` from `base` (a ref) with one commit of these files.
 * Index, work tree and HEAD are not touched.  ERR_CONFLICT when the branch
 * exists. */
int commit_files_on_branch(struct repo *repo, const char *branch, const char *base,
                           const struct repo_file *files, size_t n, const char *message,
                           const struct identity *who, struct arena *arena, struct commit_made *ret,
                           struct err *err) WARN_UNUSED;

/* propose --no-commit: only writes the work tree.  The same refusals for files
 * in the way as commit_files; all of the files or none. */
int commit_write_only(struct repo *repo, const struct repo_file *files, size_t n,
                      struct err *err) WARN_UNUSED;
