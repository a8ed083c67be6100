/* commit: tree, commit object, index entries and ref for exactly the given
 * files.  The work tree is commit_write.c's. */
#include "store/commit.h"

#include <string.h>
#include <sys/stat.h>

#include "store/child.h"
#include "store/commit_write.h"
#include "store/internal.h"

#define SIGN_BUDGET_MS 60000 /* an agent may ask its user for a pass phrase */

/* One commit on its way. */
struct draft {
    struct repo *repo;
    const char *branch;
    const char *message;
    const struct identity *who;
    git_commit *parent; /* NULL: first commit of the branch */
    git_tree *tree;     /* the parent's; NULL likewise */
    struct written *writes;
    size_t n;
    struct arena *arena;
};

static void draft_done(struct draft *draft)
{
    git_commit_free(draft->parent);
    git_tree_free(draft->tree);
}

static int draft_parent(struct draft *draft, const char *ref, struct err *err)
{
    if (commit_of(draft->repo, ref, &draft->parent, err) < 0)
        return -1;
    int rc = git_commit_tree(&draft->tree, draft->parent);
    return rc < 0 ? git_fail(draft->repo, rc, err, "cannot read the files of %s", ref) : 0;
}

static int draft_tree(const struct draft *draft, git_oid *ret, struct err *err)
{
    git_repository *git = draft->repo->git;
    git_tree_update *updates = ARENA_ARRAY(draft->arena, git_tree_update, draft->n);
    size_t used = 0;
    for (size_t i = 0; i < draft->n; i++) {
        const struct written *one = &draft->writes[i];
        if (!one->file->text && !one->in_head)
            continue; /* libgit2 fails on the removal of what is not there */
        git_tree_update *update = &updates[used++];
        update->action = one->file->text ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
        update->path = one->file->path;
        update->filemode = (git_filemode_t)one->mode;
        int rc = one->file->text ? git_blob_create_from_buffer(&update->id, git, one->file->text,
                                                               one->file->len)
                                 : 0;
        if (rc < 0)
            return git_fail(draft->repo, rc, err, "cannot store %s", one->file->path);
    }
    int rc = git_tree_create_updated(ret, git, draft->tree, used, updates);
    return rc < 0 ? git_fail(draft->repo, rc, err, "cannot store the new files") : 0;
}

static bool signing_wanted(const struct draft *draft)
{
    int wanted = 0, value = 0;
    GIT_SCOPED(config) now = NULL;
    if (git_repository_config_snapshot(&now, draft->repo->git) == 0 &&
        git_config_get_bool(&value, now, "commit.gpgsign") == 0)
        wanted = value;
    return wanted;
}

/* libgit2 knows neither gpg nor ssh signing: the user's git makes the object. */
static int commit_signed(const struct draft *draft, const git_oid *tree, git_oid *ret,
                         struct err *err)
{
    struct child_done done = { 0 };
    char tree_hex[REPO_HEX_LEN + 1], parent_hex[REPO_HEX_LEN + 1];
    git_oid_tostr(tree_hex, sizeof tree_hex, tree);
    const char *args[12] = {
        "-c",          arena_printf(draft->arena, "user.name=%s", draft->who->name),
        "-c",          arena_printf(draft->arena, "user.email=%s", draft->who->email),
        "-c",          "i18n.commitEncoding=UTF-8",
        "commit-tree", "-S",
        tree_hex,
    };
    if (draft->parent) {
        git_oid_tostr(parent_hex, sizeof parent_hex, git_commit_id(draft->parent));
        args[9] = "-p";
        args[10] = parent_hex;
    }
    if (child_git(draft->repo, args, draft->message, SIGN_BUDGET_MS, draft->arena, &done, err) < 0)
        return -1;
    if (done.status == 0 && git_oid_fromstrn(ret, done.out, strcspn(done.out, "\n")) == 0)
        return 0;
    err_set(err, ERR_FAILED, "commit.gpgsign is set, but git could not sign: %.300s",
            done.late ? "no answer within a minute" : done.errors);
    for (char *c = err ? err->message : NULL; c && *c; c++)
        if (*c == '\n')
            *c = ' ';
    return err_hint(err, "git config commit.gpgsign false, or --no-commit and commit by hand");
}

static int draft_commit(const struct draft *draft, const git_oid *tree_id, git_oid *ret,
                        struct err *err)
{
    GIT_SCOPED(signature) who = NULL;
    GIT_SCOPED(tree) tree = NULL;
    if (signing_wanted(draft))
        return commit_signed(draft, tree_id, ret, err);
    if (identity_sign(draft->who, &who, err) < 0)
        return -1;
    const git_commit *parents[] = { draft->parent };
    int rc = git_tree_lookup(&tree, draft->repo->git, tree_id);
    if (rc == 0)
        rc = git_commit_create(ret, draft->repo->git, NULL, who, who, NULL, draft->message, tree,
                               draft->parent ? 1 : 0, parents);
    return rc < 0 ? git_fail(draft->repo, rc, err, "cannot store the commit") : 0;
}

/* Compare-and-swap from the parent (or nothing) to `id`. */
static int draft_publish(const struct draft *draft, const git_oid *id, struct err *err)
{
    GIT_SCOPED(reference) ref = NULL;
    static const git_oid nothing;
    const char *name = arena_printf(draft->arena, "refs/heads/%s", draft->branch);
    const char *subject =
        arena_strndup(draft->arena, draft->message, strcspn(draft->message, "\n"));
    int rc = git_reference_create_matching(&ref, draft->repo->git, name, id, draft->parent != NULL,
                                           draft->parent ? git_commit_id(draft->parent) : &nothing,
                                           arena_printf(draft->arena, "commit: %s", subject));
    if (rc == GIT_EMODIFIED || rc == GIT_EEXISTS)
        return err_set(err, ERR_CONFLICT,
                       "the branch \"%s\" moved meanwhile: nothing was committed", draft->branch);
    return rc < 0 ? git_fail(draft->repo, rc, err, "cannot move the branch \"%s\"", draft->branch)
                  : 0;
}

static int draft_head(struct draft *draft, struct err *err)
{
    struct repo_head head;
    if (repo_head(draft->repo, draft->arena, &head, err) < 0)
        return -1;
    if (head.detached) {
        err_set(err, ERR_CONFLICT, "HEAD is detached: there is no branch to commit to");
        return err_hint(err, "git switch BRANCH, or --no-commit");
    }
    if (head.busy) {
        err_set(err, ERR_CONFLICT, "a %s is in progress in %s", head.busy, draft->repo->root);
        return err_hint(err, "finish or abort it first (git status), or --no-commit");
    }
    draft->branch = head.branch;
    return head.commit ? draft_parent(draft, head.commit, err) : 0;
}

static void entry_stat(git_index_entry *entry, const struct stat *st)
{
    entry->ctime.seconds = (int32_t)st->st_ctim.tv_sec;
    entry->ctime.nanoseconds = (uint32_t)st->st_ctim.tv_nsec;
    entry->mtime.seconds = (int32_t)st->st_mtim.tv_sec;
    entry->mtime.nanoseconds = (uint32_t)st->st_mtim.tv_nsec;
    entry->dev = (uint32_t)st->st_dev;
    entry->ino = (uint32_t)st->st_ino;
    entry->uid = (uint32_t)st->st_uid;
    entry->gid = (uint32_t)st->st_gid;
    entry->file_size = (uint32_t)st->st_size;
}

/* Only the entries of these paths; with stat data, so that git sees them clean. */
static int index_put(const struct draft *draft, git_index *index, struct err *err)
{
    for (size_t i = 0; i < draft->n; i++) {
        const struct written *one = &draft->writes[i];
        git_index_entry entry = { .mode = one->mode, .id = one->blob, .path = one->file->path };
        struct stat st;
        int rc = 0;
        if (!one->file->text)
            git_index_remove(index, one->file->path, 0); /* not there is fine */
        else if (lstat(arena_printf(draft->arena, "%s/%s", draft->repo->root, one->file->path),
                       &st) == 0)
            entry_stat(&entry, &st);
        if (one->file->text)
            rc = git_index_add(index, &entry);
        if (rc < 0)
            return git_fail(draft->repo, rc, err, "cannot add %s to the index", one->file->path);
    }
    int rc = git_index_write(index);
    return rc < 0 ? git_fail(draft->repo, rc, err, "cannot write the index") : 0;
}

struct entry_copy {
    git_index_entry entry;
    bool there;
};

static struct entry_copy *index_copy(const struct draft *draft, git_index *index)
{
    struct entry_copy *copies = ARENA_ARRAY(draft->arena, struct entry_copy, draft->n);
    for (size_t i = 0; i < draft->n; i++) {
        const git_index_entry *was = git_index_get_bypath(index, draft->writes[i].file->path, 0);
        copies[i].there = was != NULL;
        if (was)
            copies[i].entry = *was;
        copies[i].entry.path = draft->writes[i].file->path;
    }
    return copies;
}

static void index_undo(const struct draft *draft, git_index *index, const struct entry_copy *copies)
{
    for (size_t i = 0; i < draft->n; i++) {
        if (!copies[i].there)
            git_index_remove(index, copies[i].entry.path, 0);
        else if (git_index_add(index, &copies[i].entry) < 0)
            continue; /* the caller's error is the one that matters */
    }
    git_index_write(index);
}

static void made_fill(const struct draft *draft, const git_oid *id, bool nothing,
                      struct commit_made *ret)
{
    *ret = (struct commit_made){ .branch = draft->branch, .nothing = nothing };
    git_oid_tostr(ret->commit, sizeof ret->commit, id);
}

/* Work tree, then index, then the ref: whatever stops it in between leaves new
 * files of ours that are staged or untracked, which a second run accepts. */
static int draft_finish(struct draft *draft, git_index *index, struct commit_made *ret,
                        struct err *err)
{
    git_oid tree, id;
    if (draft_tree(draft, &tree, err) < 0)
        return -1;
    bool nothing = draft->tree && git_oid_equal(&tree, git_tree_id(draft->tree));
    if (nothing)
        id = *git_commit_id(draft->parent);
    else if (draft_commit(draft, &tree, &id, err) < 0)
        return -1;
    const struct entry_copy *copies = index_copy(draft, index);
    if (writes_do(draft->repo, draft->writes, draft->n, err) < 0)
        return -1;
    if (index_put(draft, index, err) < 0) {
        writes_undo(draft->repo, draft->writes, draft->n);
        return -1;
    }
    if (!nothing && draft_publish(draft, &id, err) < 0) {
        index_undo(draft, index, copies);
        writes_undo(draft->repo, draft->writes, draft->n);
        return -1;
    }
    made_fill(draft, &id, nothing, ret);
    return 0;
}

int commit_files(struct repo *repo, const struct repo_file *files, size_t n, const char *message,
                 const struct identity *who, struct arena *arena, struct commit_made *ret,
                 struct err *err)
{
    OWNER_GUARD(repo);
    GIT_SCOPED(index) index = NULL;
    CLEANUP(draft_done)
    struct draft draft = { .repo = repo, .message = message, .who = who, .n = n, .arena = arena };
    if (draft_head(&draft, err) < 0 || index_open(repo, &index, err) < 0 ||
        writes_check(repo, draft.tree, index, files, n, arena, &draft.writes, err) < 0)
        return -1;
    return draft_finish(&draft, index, ret, err);
}

int commit_files_on_branch(struct repo *repo, const char *branch, const char *base,
                           const struct repo_file *files, size_t n, const char *message,
                           const struct identity *who, struct arena *arena, struct commit_made *ret,
                           struct err *err)
{
    OWNER_GUARD(repo);
    GIT_SCOPED(reference) taken = NULL;
    CLEANUP(draft_done)
    struct draft draft = {
        .repo = repo, .branch = branch, .message = message, .who = who, .n = n, .arena = arena
    };
    git_oid tree, id;
    if (branch_name_free(repo, branch, err) < 0)
        return -1;
    if (git_reference_lookup(&taken, repo->git, arena_printf(arena, "refs/heads/%s", branch)) ==
        0) {
        err_set(err, ERR_CONFLICT, "the branch \"%s\" exists already", branch);
        return err_hint(err, "git branch -D %s, if it is not needed any more", branch);
    }
    if (draft_parent(&draft, base, err) < 0 ||
        writes_plan(repo, draft.tree, files, n, arena, &draft.writes, err) < 0 ||
        draft_tree(&draft, &tree, err) < 0 || draft_commit(&draft, &tree, &id, err) < 0)
        return -1;
    GIT_SCOPED(reference) ref = NULL;
    static const git_oid nothing;
    int rc = git_reference_create_matching(&ref, repo->git,
                                           arena_printf(arena, "refs/heads/%s", branch), &id, 0,
                                           &nothing, arena_printf(arena, "branch: from %s", base));
    if (rc < 0)
        return git_fail(repo, rc, err, "cannot make the branch \"%s\"", branch);
    made_fill(&draft, &id, false, ret);
    return 0;
}

int commit_write_only(struct repo *repo, const struct repo_file *files, size_t n, struct err *err)
{
    OWNER_GUARD(repo);
    GIT_SCOPED(index) index = NULL;
    GIT_SCOPED(object) tree = NULL;
    struct written *writes = NULL;
    if (index_open(repo, &index, err) < 0)
        return -1;
    if (git_revparse_single(&tree, repo->git, "HEAD^{tree}") < 0)
        tree = NULL; /* unborn */
    if (writes_check(repo, (git_tree *)tree, index, files, n, repo->arena, &writes, err) < 0)
        return -1;
    return writes_do(repo, writes, n, err);
}
