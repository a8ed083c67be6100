/* commit_write: the work tree side of a commit: nothing of the user's may be
 * overwritten, and what was written can be taken back.  Room-internal. */
#pragma once
#include "store/internal.h"

struct written { /* what one path was before */
    const struct repo_file *file;
    git_oid blob;  /* of the new text */
    uint32_t mode; /* of the tree entry */
    bool in_head;  /* the path is in the base commit */
    git_oid head_blob;
    bool had_file;
    const char *old_text;
    size_t old_len;
    bool done; /* the new text is in the work tree */
};

/* Looks at every file against HEAD (`tree`, NULL when unborn), index and work
 * tree; ERR_CONFLICT when one has changes of the user's that are not the new text. */
int writes_check(struct repo *repo, const git_tree *tree, git_index *index,
                 const struct repo_file *files, size_t n, struct arena *arena, struct written **ret,
                 struct err *err) WARN_UNUSED;
/* Fills blob, mode and in_head only. */
int writes_plan(struct repo *repo, const git_tree *tree, const struct repo_file *files, size_t n,
                struct arena *arena, struct written **ret, struct err *err) WARN_UNUSED;
/* Writes them; on failure takes back what it wrote. */
int writes_do(struct repo *repo, struct written *writes, size_t n, struct err *err) WARN_UNUSED;
void writes_undo(struct repo *repo, struct written *writes, size_t n);
/* The index with a clear reason when libgit2 cannot read it. */
int index_open(struct repo *repo, git_index **ret, struct err *err) WARN_UNUSED;
