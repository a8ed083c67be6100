/* records_internal: the insides of the records handle, for records*.c only. */
#pragma once
#include "store/internal.h"
#include "store/records.h"

/* How a remote's copy stands to the local branch. */
enum relation { RELATION_SAME, RELATION_BEHIND, RELATION_AHEAD, RELATION_APART };

struct tracking { /* refs/remotes/<remote>/BRANCH */
    const char *ref;
    bool known; /* relation and the two ids it was found for are filled */
    git_oid id, local;
    enum relation relation;
};

struct records {
    struct repo *repo;
    struct arena *arena; /* the repository's */
    const char *branch, *ref;
    struct identity who;
    struct tracking *tracking;
    size_t tracking_n;
};

struct tips {
    bool has_local, has_view;
    git_oid local, view; /* view: what reading sees */
};

int tips_read(struct records *records, struct tips *ret, struct err *err) WARN_UNUSED;
/* Looks again which remotes have a copy. */
void tracking_find(struct records *records);
/* `to` contains `from`; parents beyond the edge of a shallow clone are nowhere. */
bool history_contains(struct repo *repo, const git_oid *to, const git_oid *from);

/* One commit of these updates over `parents` (0 to 2, the first one's tree is
 * the base) and the compare-and-swap of the local branch from `tips`.
 * 1: somebody else was faster, look again; 0: done. */
int records_advance(struct records *records, const struct tips *tips, const git_oid *parents,
                    size_t parents_n, const git_tree_update *updates, size_t n, const char *message,
                    struct err *err) WARN_UNUSED;
/* Compare-and-swap of the local branch to `id`; returns as above. */
int records_swap(struct records *records, const struct tips *tips, const git_oid *id,
                 const char *why, struct err *err) WARN_UNUSED;

/* Brings what `theirs` has into the local branch: nothing, fast-forward, or a
 * merge commit (ret_merged). */
int records_join(struct records *records, const git_oid *theirs, bool *ret_merged,
                 struct err *err) WARN_UNUSED;
