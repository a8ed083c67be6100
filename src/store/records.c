/* records: reading and committing the records branch on this machine.  Joining
 * two histories is records_merge.c's, remotes are records_remote.c's. */
#include "store/records.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/map.h"
#include "store/records_internal.h"
#include "store/ref_lock.h"

#define HISTORY_LIMIT 1000000 /* commits looked at before two branches count as apart */
#define LOCK_WAIT_MS  2000    /* another process holds the ref's lock for a write */
#define LOCK_STEP_MS  10

void tracking_find(struct records *records)
{
    GIT_SCOPED(reference_iterator) all = NULL;
    const char *glob = arena_printf(records->arena, "refs/remotes/*/%s", records->branch);
    const char *name = NULL;
    VEC(struct tracking) found = { 0 };
    if (git_reference_iterator_glob_new(&all, records->repo->git, glob) == 0)
        while (git_reference_next_name(&name, all) == 0)
            ((struct tracking *)vec_push(records->arena, &found))->ref =
                arena_strdup(records->arena, name);
    records->tracking = found.v;
    records->tracking_n = found.n;
}

int records_open(struct repo *repo, const char *branch, struct records **ret, struct err *err)
{
    branch = branch ? branch : RECORDS_BRANCH;
    if (branch_name_free(repo, branch, err) < 0)
        return -1;
    struct records *records = ARENA_NEW(repo->arena, struct records);
    records->repo = repo;
    records->arena = repo->arena;
    records->branch = arena_strdup(repo->arena, branch);
    records->ref = arena_printf(repo->arena, "refs/heads/%s", branch);
    repo_identity_any(repo, repo->arena, &records->who);
    tracking_find(records);
    *ret = records;
    return 0;
}

void records_free(struct records *records)
{
    (void)records; /* all of it lives in the repository's arena */
}

void records_freep(struct records **records)
{
    records_free(*records);
    *records = NULL;
}

/* ---- what reading sees ---- */

/* Not git_graph_descendant_of: that one fails at the edge of a shallow clone. */
bool history_contains(struct repo *repo, const git_oid *to, const git_oid *from)
{
    ARENA_SCOPED arena = arena_new("records history", (size_t)512 << 20);
    struct map *seen = map_new(arena);
    VEC(git_oid) queue = { 0 };
    *(git_oid *)vec_push(arena, &queue) = *to;
    for (size_t i = 0; i < queue.n && i < HISTORY_LIMIT; i++) {
        GIT_SCOPED(commit) commit = NULL;
        if (git_oid_equal(&queue.v[i], from))
            return true;
        if (git_commit_lookup(&commit, repo->git, &queue.v[i]) < 0)
            continue;
        for (unsigned p = 0; p < git_commit_parentcount(commit); p++) {
            const git_oid *id = git_commit_parent_id(commit, p);
            const char *hex = git_oid_tostr_s(id);
            if (map_get(seen, hex))
                continue;
            map_put(seen, arena_strdup(arena, hex), seen);
            *(git_oid *)vec_push(arena, &queue) = *id;
        }
    }
    return false;
}

static enum relation relation_find(struct repo *repo, const git_oid *local, const git_oid *theirs)
{
    if (git_oid_equal(local, theirs))
        return RELATION_SAME;
    if (history_contains(repo, local, theirs))
        return RELATION_BEHIND;
    return history_contains(repo, theirs, local) ? RELATION_AHEAD : RELATION_APART;
}

static int64_t commit_time(struct repo *repo, const git_oid *id)
{
    GIT_SCOPED(commit) commit = NULL;
    return git_commit_lookup(&commit, repo->git, id) < 0 ? INT64_MIN : git_commit_time(commit);
}

static void tips_consider(struct records *records, struct tracking *one, const git_oid *id,
                          struct tips *tips)
{
    if (tips->has_local) {
        if (!one->known || !git_oid_equal(&one->id, id) ||
            !git_oid_equal(&one->local, &tips->local)) {
            one->relation = relation_find(records->repo, &tips->local, id);
            one->id = *id;
            one->local = tips->local;
            one->known = true;
        }
        if (one->relation != RELATION_AHEAD)
            return;
    }
    if (tips->has_view && commit_time(records->repo, &tips->view) > commit_time(records->repo, id))
        return;
    tips->view = *id;
    tips->has_view = true;
}

int tips_read(struct records *records, struct tips *ret, struct err *err)
{
    git_repository *git = records->repo->git;
    struct tips tips = { 0 };
    int rc = git_reference_name_to_id(&tips.local, git, records->ref);
    if (rc < 0 && rc != GIT_ENOTFOUND)
        return git_fail(records->repo, rc, err, "cannot read the branch %s", records->branch);
    tips.has_local = rc == 0;
    for (size_t i = 0; i < records->tracking_n; i++) {
        git_oid id;
        if (git_reference_name_to_id(&id, git, records->tracking[i].ref) == 0)
            tips_consider(records, &records->tracking[i], &id, &tips);
    }
    if (!tips.has_view && tips.has_local) {
        tips.view = tips.local;
        tips.has_view = true;
    }
    *ret = tips;
    return 0;
}

static int tip_commit(struct records *records, git_commit **ret, struct err *err)
{
    struct tips tips;
    if (tips_read(records, &tips, err) < 0)
        return -1;
    if (!tips.has_view)
        return err_set(err, ERR_NOT_FOUND, "there is no records branch \"%s\" here",
                       records->branch);
    int rc = git_commit_lookup(ret, records->repo->git, &tips.view);
    if (rc < 0) {
        git_fail(records->repo, rc, err, "cannot read the branch %s", records->branch);
        if (err)
            err->code = ERR_FAILED; /* the branch is there: its object is not */
        return -1;
    }
    return 0;
}

int records_as_of(struct records *records, int64_t *ret_wall_s, struct err *err)
{
    GIT_SCOPED(commit) tip = NULL;
    if (tip_commit(records, &tip, err) < 0)
        return -1;
    *ret_wall_s = git_commit_time(tip);
    return 0;
}

int records_tip(struct records *records, char ret_hex[REPO_HEX_LEN + 1], struct err *err)
{
    struct tips tips;
    if (tips_read(records, &tips, err) < 0)
        return -1;
    if (!tips.has_view)
        return err_set(err, ERR_NOT_FOUND, "there is no records branch \"%s\" here",
                       records->branch);
    git_oid_tostr(ret_hex, REPO_HEX_LEN + 1, &tips.view);
    return 0;
}

/* ---- the port: reading ---- */

static int tip_tree(struct records *records, git_tree **ret, struct err *err)
{
    GIT_SCOPED(commit) tip = NULL;
    if (tip_commit(records, &tip, err) < 0)
        return -1;
    int rc = git_commit_tree(ret, tip);
    if (rc == 0)
        return 0;
    git_fail(records->repo, rc, err, "cannot read the branch %s", records->branch);
    if (err)
        err->code = ERR_FAILED;
    return -1;
}

/* A missing entry is ERR_NOT_FOUND; a missing object is damage. */
static int entry_failed(struct records *records, int rc, const char *path, struct err *err)
{
    const git_error *last = git_error_last();
    if (rc == GIT_ENOTFOUND && last && last->klass == GIT_ERROR_TREE)
        return err_set(err, ERR_NOT_FOUND, "the records have no %s", path);
    git_fail(records->repo, rc, err, "cannot read %s of the records", path);
    if (err)
        err->code = ERR_FAILED;
    return -1;
}

static int port_read(void *ctx, const char *path, struct arena *arena, const char **ret_text,
                     size_t *ret_len, struct err *err)
{
    struct records *records = ctx;
    GIT_SCOPED(tree) tree = NULL;
    GIT_SCOPED(tree_entry) entry = NULL;
    if (tip_tree(records, &tree, err) < 0)
        return -1;
    int rc = git_tree_entry_bypath(&entry, tree, path);
    if (rc < 0)
        return entry_failed(records, rc, path, err);
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
        return err_set(err, ERR_NOT_FOUND, "%s is no file of the records", path);
    return blob_text(records->repo, git_tree_entry_id(entry), path, arena, ret_text, ret_len, err);
}

static int port_list(void *ctx, const char *folder, struct arena *arena, struct strv *ret,
                     struct err *err)
{
    struct records *records = ctx;
    GIT_SCOPED(tree) tree = NULL;
    GIT_SCOPED(tree_entry) entry = NULL;
    struct strv found = { 0 };
    struct err why = { 0 };
    int rc = tip_tree(records, &tree, &why);
    if (rc == 0 && *folder && (rc = git_tree_entry_bypath(&entry, tree, folder)) < 0)
        rc = entry_failed(records, rc, folder, &why);
    if (rc < 0 && why.code != ERR_NOT_FOUND) {
        if (err)
            *err = why;
        return -1;
    }
    if (entry) {
        git_tree_free(tree);
        tree = NULL;
        if (git_tree_entry_type(entry) == GIT_OBJECT_TREE &&
            (rc = git_tree_lookup(&tree, records->repo->git, git_tree_entry_id(entry))) < 0)
            return entry_failed(records, rc, folder, err);
    }
    for (size_t i = 0; rc == 0 && tree && i < git_tree_entrycount(tree); i++)
        strv_push(arena, &found,
                  arena_strdup(arena, git_tree_entry_name(git_tree_entry_byindex(tree, i))));
    strv_sort(&found);
    *ret = found;
    return 0;
}

/* ---- the port: writing ---- */

/* A copy that the local branch contained, or that the new commit stands on, is
 * contained still; any other is compared anew. */
static void relations_keep(struct records *records, const git_oid *parents, size_t n,
                           const git_oid *now)
{
    for (size_t i = 0; i < records->tracking_n; i++) {
        struct tracking *one = &records->tracking[i];
        bool inside = one->relation == RELATION_SAME || one->relation == RELATION_BEHIND;
        for (size_t p = 0; p < n; p++)
            inside = inside || git_oid_equal(&one->id, &parents[p]);
        one->known = one->known && inside;
        one->local = *now;
        one->relation = RELATION_BEHIND;
    }
}

int records_swap(struct records *records, const struct tips *tips, const git_oid *id,
                 const char *why, struct err *err)
{
    static const git_oid nothing;
    struct timespec step = { .tv_nsec = LOCK_STEP_MS * 1000000L };
    FD_SCOPED turn = ref_turn_take(records->repo, LOCK_WAIT_MS);
    struct ref_lock lock = { .there = false };
    for (int waited_ms = 0;; waited_ms += LOCK_STEP_MS) {
        GIT_SCOPED(reference) ref = NULL;
        int rc = git_reference_create_matching(&ref, records->repo->git, records->ref, id,
                                               tips->has_local,
                                               tips->has_local ? &tips->local : &nothing, why);
        if (rc == 0)
            return 0;
        if (rc == GIT_EMODIFIED || rc == GIT_EEXISTS || rc == GIT_ENOTFOUND)
            return 1;
        bool late = waited_ms >= LOCK_WAIT_MS;
        if (rc != GIT_ELOCKED || (late && (turn < 0 || !ref_lock_break(&lock))))
            return git_fail(records->repo, rc, err, "cannot move the branch %s", records->branch);
        if (!lock.there)
            ref_lock_look(records->repo, records->arena, records->ref, &lock);
        nanosleep(&step, NULL);
    }
}

static int parents_open(struct records *records, const git_oid *parents, size_t n,
                        git_commit **commits, git_tree **ret_tree, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = git_commit_lookup(&commits[i], records->repo->git, &parents[i]);
    if (rc == 0 && n > 0)
        rc = git_commit_tree(ret_tree, commits[0]);
    return rc < 0 ? git_fail(records->repo, rc, err, "cannot read the branch %s", records->branch)
                  : 0;
}

static void commits_done(git_commit *(*commits)[2])
{
    git_commit_free((*commits)[0]);
    git_commit_free((*commits)[1]);
}

int records_advance(struct records *records, const struct tips *tips, const git_oid *parents,
                    size_t parents_n, const git_tree_update *updates, size_t n, const char *message,
                    struct err *err)
{
    git_repository *git = records->repo->git;
    CLEANUP(commits_done) git_commit *commits[2] = { NULL, NULL };
    GIT_SCOPED(tree) before = NULL;
    GIT_SCOPED(tree) after = NULL;
    GIT_SCOPED(signature) who = NULL;
    git_oid tree_id, id;
    if (parents_open(records, parents, parents_n, commits, &before, err) < 0 ||
        identity_sign(&records->who, &who, err) < 0)
        return -1;
    int rc = git_tree_create_updated(&tree_id, git, before, n, updates);
    if (rc == 0 && before && parents_n == 1 && git_oid_equal(&tree_id, git_tree_id(before)) &&
        tips->has_local && git_oid_equal(&tips->local, &parents[0]))
        return 0; /* it says so already */
    if (rc == 0)
        rc = git_tree_lookup(&after, git, &tree_id);
    const git_commit *const all[2] = { commits[0], commits[1] };
    if (rc == 0)
        rc = git_commit_create(&id, git, NULL, who, who, NULL, message, after, parents_n,
                               (const git_commit **)(uintptr_t)all);
    if (rc < 0)
        return git_fail(records->repo, rc, err, "cannot store the records");
    rc = records_swap(records, tips, &id, "commit: records", err);
    if (rc == 0)
        relations_keep(records, parents, parents_n, &id);
    return rc;
}

static int blobs_store(struct records *records, const struct record_file *files, size_t n,
                       git_tree_update *updates, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (path_check(files[i].path, err) < 0)
            return -1;
        updates[i] = (git_tree_update){ .action = GIT_TREE_UPDATE_UPSERT,
                                        .filemode = GIT_FILEMODE_BLOB,
                                        .path = files[i].path };
        int rc = git_blob_create_from_buffer(&updates[i].id, records->repo->git, files[i].text,
                                             files[i].len);
        if (rc < 0)
            return git_fail(records->repo, rc, err, "cannot store %s in the records",
                            files[i].path);
    }
    return 0;
}

static int port_commit(void *ctx, const struct record_file *files, size_t n, const char *subject,
                       struct err *err)
{
    struct records *records = ctx;
    OWNER_GUARD(records->repo);
    ARENA_SCOPED arena = arena_new("records commit", (size_t)64 << 20);
    git_tree_update *updates = ARENA_ARRAY(arena, git_tree_update, n);
    const char *message = arena_printf(arena, "%s [skip ci]\n", subject);
    if (blobs_store(records, files, n, updates, err) < 0)
        return -1;
    for (;;) {
        struct tips tips;
        if (tips_read(records, &tips, err) < 0)
            return -1;
        /* Every lost round is a commit of somebody else's: progress is made. */
        int rc =
            records_advance(records, &tips, &tips.view, tips.has_view, updates, n, message, err);
        if (rc <= 0)
            return rc;
    }
}

struct records_port records_port(struct records *records)
{
    return (struct records_port){
        .ctx = records, .commit = port_commit, .read = port_read, .list = port_list
    };
}
