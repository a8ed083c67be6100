/* records_merge: two histories of the records branch become one.
 *
 * Records are folders per attempt, so the two sides normally touched different
 * files and the merge is a union.  A file that both sides changed is taken
 * whole from the side with the younger commit (never line by line: the files
 * are JSON), on every machine the same one. */
#include <string.h>

#include "base/log.h"
#include "store/records_internal.h"

struct join {
    struct records *records;
    git_commit *ours, *theirs;
    git_tree *our_tree, *their_tree, *base_tree; /* base NULL: nothing in common */
    struct arena *arena;
    VEC(git_tree_update) updates;
};

static void join_done(struct join *join)
{
    git_commit_free(join->ours);
    git_commit_free(join->theirs);
    git_tree_free(join->our_tree);
    git_tree_free(join->their_tree);
    git_tree_free(join->base_tree);
    arena_free(join->arena);
}

static int join_open(struct join *join, const git_oid *ours, const git_oid *theirs, struct err *err)
{
    git_repository *git = join->records->repo->git;
    GIT_SCOPED(commit) base = NULL;
    git_oid id;
    int rc = git_commit_lookup(&join->ours, git, ours);
    if (rc == 0)
        rc = git_commit_lookup(&join->theirs, git, theirs);
    if (rc == 0)
        rc = git_commit_tree(&join->our_tree, join->ours);
    if (rc == 0)
        rc = git_commit_tree(&join->their_tree, join->theirs);
    if (rc < 0)
        return git_fail(join->records->repo, rc, err, "cannot read the records to be merged");
    /* Two clones may each have begun the branch; a shallow one ends early. */
    int common = merge_base_of(join->records->repo, ours, theirs, &id, err);
    if (common < 0)
        return -1;
    if (common && (rc = git_commit_lookup(&base, git, &id)) == 0)
        rc = git_commit_tree(&join->base_tree, base);
    return rc < 0 ? git_fail(join->records->repo, rc, err, "cannot read the records to be merged")
                  : 0;
}

static bool theirs_win(const struct join *join)
{
    int64_t ours = git_commit_time(join->ours), theirs = git_commit_time(join->theirs);
    if (ours != theirs)
        return theirs > ours;
    return git_oid_cmp(git_commit_id(join->theirs), git_commit_id(join->ours)) > 0;
}

/* delta: from the common base to theirs. */
static void join_delta(struct join *join, const git_diff_delta *delta)
{
    GIT_SCOPED(tree_entry) entry = NULL;
    bool gone = delta->status == GIT_DELTA_DELETED;
    const char *path = gone ? delta->old_file.path : delta->new_file.path;
    bool have = git_tree_entry_bypath(&entry, join->our_tree, path) == 0;
    if (have ? !gone && git_oid_equal(git_tree_entry_id(entry), &delta->new_file.id) : gone)
        return;
    bool ours_moved = delta->status == GIT_DELTA_ADDED
                          ? have
                          : !have || !git_oid_equal(git_tree_entry_id(entry), &delta->old_file.id);
    if (ours_moved) {
        log_line(LOG_WARNING, "records: %s was changed on two machines: %s is kept", path,
                 theirs_win(join) ? "the other one's" : "this one's");
        if (!theirs_win(join) || gone)
            return;
    }
    git_tree_update *update = vec_push(join->arena, &join->updates);
    update->action = gone ? GIT_TREE_UPDATE_REMOVE : GIT_TREE_UPDATE_UPSERT;
    update->id = delta->new_file.id;
    update->filemode = GIT_FILEMODE_BLOB;
    update->path = arena_strdup(join->arena, path);
}

static int join_updates(struct join *join, struct err *err)
{
    GIT_SCOPED(diff) diff = NULL;
    int rc = git_diff_tree_to_tree(&diff, join->records->repo->git, join->base_tree,
                                   join->their_tree, NULL);
    if (rc < 0)
        return git_fail(join->records->repo, rc, err, "cannot compare the records");
    for (size_t i = 0; i < git_diff_num_deltas(diff); i++)
        join_delta(join, git_diff_get_delta(diff, i));
    return 0;
}

/* As records_advance: 1 when the local branch moved meanwhile. */
static int join_once(struct records *records, const struct tips *tips, const git_oid *theirs,
                     struct err *err)
{
    CLEANUP(join_done)
    struct join join = { .records = records,
                         .arena = arena_new("records merge", (size_t)512 << 20) };
    if (join_open(&join, &tips->local, theirs, err) < 0 || join_updates(&join, err) < 0)
        return -1;
    const git_oid parents[2] = { tips->local, *theirs };
    return records_advance(records, tips, parents, 2, join.updates.v, join.updates.n,
                           "merge the records of two machines [skip ci]\n", err);
}

int records_join(struct records *records, const git_oid *theirs, bool *ret_merged, struct err *err)
{
    OWNER_GUARD(records->repo);
    for (;;) {
        struct tips tips;
        if (tips_read(records, &tips, err) < 0)
            return -1;
        *ret_merged = false;
        if (!tips.has_local || history_contains(records->repo, &tips.local, theirs))
            return 0;
        int rc;
        if (history_contains(records->repo, theirs, &tips.local)) {
            rc = records_swap(records, &tips, theirs, "fetch: fast-forward", err);
        } else {
            rc = join_once(records, &tips, theirs, err);
            *ret_merged = rc == 0;
        }
        if (rc <= 0)
            return rc;
    }
}
