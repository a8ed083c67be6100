/* commit_write: checks, writes and takes back files of the work tree.  Objects,
 * index and refs are commit.c's. */
#include "store/commit_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/commit.h"

int index_open(struct repo *repo, git_index **ret, struct err *err)
{
    int rc = git_repository_index(ret, repo->git);
    if (rc == 0)
        rc = git_index_read(*ret, 1);
    if (rc == 0)
        return 0;
    const git_error *last = git_error_last();
    bool sparse = last && last->message && strstr(last->message, "sdir");
    bool split = last && last->message && strstr(last->message, "link");
    git_fail(repo, rc, err, "cannot read the index of %s", repo->root);
    if (sparse)
        return err_hint(err, "it is a sparse index: git sparse-checkout reapply --no-sparse-index");
    if (split)
        return err_hint(err, "it is a split index: git update-index --no-split-index");
    return -1;
}

static const char *full_path(const struct repo *repo, struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s/%s", repo->root, path);
}

int writes_plan(struct repo *repo, const git_tree *tree, const struct repo_file *files, size_t n,
                struct arena *arena, struct written **ret, struct err *err)
{
    struct written *writes = ARENA_ARRAY(arena, struct written, n);
    for (size_t i = 0; i < n; i++) {
        struct written *one = &writes[i];
        GIT_SCOPED(tree_entry) entry = NULL;
        *one = (struct written){ .file = &files[i], .mode = GIT_FILEMODE_BLOB };
        if (path_check(files[i].path, err) < 0)
            return -1;
        if (files[i].text)
            git_odb_hash(&one->blob, files[i].text, files[i].len, GIT_OBJECT_BLOB);
        if (!tree || git_tree_entry_bypath(&entry, tree, files[i].path) < 0)
            continue;
        git_filemode_t mode = git_tree_entry_filemode(entry);
        if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE)
            return err_set(err, ERR_CONFLICT, "%s is in %s, but not as a file", files[i].path,
                           repo->root);
        one->mode = mode;
        one->in_head = true;
        one->head_blob = *git_tree_entry_id(entry);
    }
    *ret = writes;
    return 0;
}

/* No component may be a link that leads out of the work tree. */
static int way_check(const struct repo *repo, const char *path, struct err *err)
{
    char part[PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        FD_SCOPED fd = path_open_beneath(repo->root, part, O_RDONLY | O_DIRECTORY);
        if (fd < 0 && errno == ENOENT)
            return 0;
        if (fd < 0)
            return err_errno(err, ERR_CONFLICT, errno, "cannot write %s: %s is in the way", path,
                             part);
    }
    return 0;
}

static int in_the_way(const char *path, const char *what, struct err *err)
{
    err_set(err, ERR_CONFLICT, "%s %s", path, what);
    return err_hint(err, "commit it or move it away first (git status %s)", path);
}

static bool blob_is(const struct written *one, const git_oid *id)
{
    return (one->in_head && git_oid_equal(id, &one->head_blob)) ||
           (one->file->text && git_oid_equal(id, &one->blob));
}

/* ret: the user left the path out of his work tree (sparse checkout). */
static int index_check(const struct written *one, git_index *index, bool *ret_skipped,
                       struct err *err)
{
    const char *path = one->file->path;
    const git_index_entry *entry = git_index_get_bypath(index, path, 0);
    for (int stage = 1; stage <= 3; stage++)
        if (git_index_get_bypath(index, path, stage))
            return in_the_way(path, "has a merge conflict", err);
    *ret_skipped = entry && (entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE);
    if (entry ? !blob_is(one, &entry->id) : one->in_head && one->file->text)
        return in_the_way(path, "has staged changes", err);
    return 0;
}

static int tree_check(struct repo *repo, struct written *one, bool skipped, struct arena *arena,
                      struct err *err)
{
    struct stat st;
    git_oid id;
    const char *path = one->file->path;
    if (way_check(repo, path, err) < 0)
        return -1;
    if (lstat(full_path(repo, arena, path), &st) < 0) {
        if (one->in_head && one->file->text && !skipped)
            return in_the_way(path, "was removed but not committed", err);
        return 0;
    }
    if (!S_ISREG(st.st_mode))
        return in_the_way(path, "exists and is not a regular file", err);
    int rc = git_repository_hashfile(&id, repo->git, path, GIT_OBJECT_BLOB, NULL);
    if (rc < 0)
        return git_fail(repo, rc, err, "cannot read %s", path);
    if (!blob_is(one, &id))
        return in_the_way(path,
                          one->in_head ? "has changes that are not committed"
                                       : "exists already and is not under version control",
                          err);
    one->had_file = true;
    return repo_read(repo, path, arena, &one->old_text, &one->old_len, err);
}

int writes_check(struct repo *repo, const git_tree *tree, git_index *index,
                 const struct repo_file *files, size_t n, struct arena *arena, struct written **ret,
                 struct err *err)
{
    struct written *writes = NULL;
    if (writes_plan(repo, tree, files, n, arena, &writes, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool skipped = false;
        if (index_check(&writes[i], index, &skipped, err) < 0 ||
            tree_check(repo, &writes[i], skipped, arena, err) < 0)
            return -1;
    }
    *ret = writes;
    return 0;
}

static int write_one(struct repo *repo, struct written *one, struct arena *arena, struct err *err)
{
    const char *path = full_path(repo, arena, one->file->path);
    if (!one->file->text) {
        if (unlink(path) < 0 && errno != ENOENT)
            return err_errno(err, ERR_FAILED, errno, "cannot remove %s", one->file->path);
    } else if (!one->had_file || one->old_len != one->file->len ||
               memcmp(one->old_text, one->file->text, one->old_len) != 0) {
        if (dirs_make_for(path, err) < 0 ||
            file_write_durable(path, one->file->text, one->file->len, err) < 0)
            return -1;
    }
    one->done = true;
    return 0;
}

int writes_do(struct repo *repo, struct written *writes, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (write_one(repo, &writes[i], repo->arena, err) < 0) {
            writes_undo(repo, writes, n);
            return -1;
        }
    return 0;
}

void writes_undo(struct repo *repo, struct written *writes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = full_path(repo, repo->arena, writes[i].file->path);
        if (!writes[i].done)
            continue;
        if (!writes[i].had_file)
            unlink(path);
        else if (file_write_durable(path, writes[i].old_text, writes[i].old_len, NULL) < 0)
            continue; /* the caller's error is the one that matters */
        writes[i].done = false;
    }
}
