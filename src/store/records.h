/* records: the append-only, machine-written records branch, here and at a
 * remote.
 *
 * An orphan branch whose tree holds nothing of the reviewed branch; every
 * commit message ends in "[skip ci]".  Commits go by compare-and-swap of the
 * local ref, so that several processes of one machine may write.  What the
 * files mean is the caller's business; claims across machines are not here. */
#pragma once
#include "ports/records.h"
#include "store/repo.h"

#define RECORDS_BRANCH "dnschange-records"

struct records; /* opaque */

/* `branch` NULL: RECORDS_BRANCH.  Nothing is created.  Both arguments must
 * outlive the handle.  ERR_CONFLICT when a branch BRANCH/... makes the name
 * impossible, ERR_INVALID when `branch` is no branch name. */
int records_open(struct repo *repo, const char *branch, struct records **ret,
                 struct err *err) WARN_UNUSED;
void records_free(struct records *records); /* NULL is fine */
void records_freep(struct records **records);
#define RECORDS_SCOPED CLEANUP(records_freep) struct records *

/* The port over it (ctx is `records`).  Reading sees the local branch, or the
 * newest refs/remotes/<remote>/BRANCH that is ahead of it or stands alone;
 * writing creates or moves the local branch on top of what reading sees. */
struct records_port records_port(struct records *records);

/* Commit time of the newest commit reading sees.  ERR_NOT_FOUND without a branch. */
int records_as_of(struct records *records, int64_t *ret_wall_s, struct err *err) WARN_UNUSED;
/* Its id.  ERR_NOT_FOUND without a branch. */
int records_tip(struct records *records, char ret_hex[REPO_HEX_LEN + 1],
                struct err *err) WARN_UNUSED;

struct records_news {
    bool absent;    /* the remote answered and has no such branch */
    bool moved;     /* what reading sees is newer than before */
    bool merged;    /* both sides had moved: one merge commit was made */
    bool rewritten; /* the remote's branch no longer contains what it contained before */
};

/* Fetches the branch from `remote` through the user's git, at most budget_ms,
 * never asking a question; then the local branch follows (fast-forward) or both
 * sides are merged.  ERR_INVALID when the remote is not configured (name it),
 * ERR_AUTH, else ERR_FAILED (retry later when out of time) with git's last line:
 * none of them is a reason to stop an incident command. */
int records_fetch(struct records *records, const char *remote, int64_t budget_ms,
                  struct records_news *ret, struct err *err) WARN_UNUSED;

/* Pushes the branch with a lease on what the remote is known to hold; a lost
 * race is fetched, merged and pushed again, a few times at most.  Nothing to
 * publish is success.  Failures as for records_fetch, and ERR_POLICY when the
 * remote refuses the branch; the local branch keeps everything either way. */
int records_publish(struct records *records, const char *remote, int64_t budget_ms,
                    struct err *err) WARN_UNUSED;
/* Lets git pack loose objects if there are many by its own measure (each commit
 * of records leaves a few); git goes on in the background.  For the end of a
 * rollout, never in the middle. */
void records_tidy(struct records *records);
/* What the remote is known to hold is not all that the local branch holds. */
bool records_unpublished(struct records *records, const char *remote);
