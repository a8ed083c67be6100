/* repo_read: files of the work tree and of commits, what differs from a base,
 * and who last touched a file.  It writes nothing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/child.h"
#include "store/internal.h"

static int fd_text(int fd, const char *path, struct arena *arena, const char **ret_text,
                   size_t *ret_len, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "%s is not a regular file", path);
    if ((uint64_t)st.st_size > STORE_READ_LIMIT)
        return err_set(err, ERR_INVALID, "%s is too large (%lld bytes)", path,
                       (long long)st.st_size);
    size_t size = (size_t)st.st_size, len = 0;
    char *text = arena_alloc(arena, size + 1);
    while (len < size) {
        ssize_t n = read(fd, text + len, size - len);
        if (n < 0 && errno != EINTR)
            return err_errno(err, ERR_FAILED, errno, "cannot read %s", path);
        if (n == 0)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    *ret_text = text;
    if (ret_len)
        *ret_len = len;
    return 0;
}

int repo_read(struct repo *repo, const char *path, struct arena *arena, const char **ret_text,
              size_t *ret_len, struct err *err)
{
    if (path_check(path, err) < 0)
        return -1;
    FD_SCOPED fd = path_open_beneath(repo->root, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "there is no file %s", path);
    if (fd < 0 && errno == EXDEV)
        return err_set(err, ERR_INVALID, "%s is a link that leads out of the repository", path);
    if (fd < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot read %s", path);
    return fd_text(fd, path, arena, ret_text, ret_len, err);
}

int commit_of(struct repo *repo, const char *ref, git_commit **ret, struct err *err)
{
    GIT_SCOPED(object) found = NULL;
    int rc = git_revparse_single(&found, repo->git, ref);
    if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC || rc == GIT_EAMBIGUOUS)
        return err_set(err, ERR_NOT_FOUND, "git knows no \"%s\"", ref);
    if (rc == 0)
        rc = git_object_peel((git_object **)ret, found, GIT_OBJECT_COMMIT);
    return rc < 0 ? git_fail(repo, rc, err, "cannot read %s", ref) : 0;
}

int blob_text(struct repo *repo, const git_oid *id, const char *path, struct arena *arena,
              const char **ret_text, size_t *ret_len, struct err *err)
{
    GIT_SCOPED(blob) blob = NULL;
    int rc = git_blob_lookup(&blob, repo->git, id);
    if (rc < 0) {
        git_fail(repo, rc, err, "cannot read %s", path);
        if (err)
            err->code = ERR_FAILED;
        return -1;
    }
    size_t len = (size_t)git_blob_rawsize(blob);
    if (len > STORE_READ_LIMIT)
        return err_set(err, ERR_INVALID, "%s is too large (%zu bytes)", path, len);
    const void *bytes = len > 0 ? git_blob_rawcontent(blob) : "";
    *ret_text = arena_strndup(arena, "", 0);
    if (len > 0) {
        char *text = arena_alloc(arena, len + 1);
        memcpy(text, bytes, len);
        *ret_text = text;
    }
    if (ret_len)
        *ret_len = len;
    return 0;
}

static int entry_at(struct repo *repo, const char *ref, const char *path, git_tree_entry **ret,
                    struct err *err)
{
    GIT_SCOPED(commit) commit = NULL;
    GIT_SCOPED(tree) tree = NULL;
    if (commit_of(repo, ref, &commit, err) < 0)
        return -1;
    int rc = git_commit_tree(&tree, commit);
    if (rc == 0)
        rc = git_tree_entry_bypath(ret, tree, path);
    if (rc == GIT_ENOTFOUND)
        return err_set(err, ERR_NOT_FOUND, "%s has no file %s", ref, path);
    return rc < 0 ? git_fail(repo, rc, err, "cannot read %s at %s", path, ref) : 0;
}

int repo_read_at(struct repo *repo, const char *ref, const char *path, struct arena *arena,
                 const char **ret_text, size_t *ret_len, struct err *err)
{
    GIT_SCOPED(tree_entry) entry = NULL;
    if (entry_at(repo, ref, path, &entry, err) < 0)
        return -1;
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
        return err_set(err, ERR_NOT_FOUND, "%s is no file at %s", path, ref);
    return blob_text(repo, git_tree_entry_id(entry), path, arena, ret_text, ret_len, err);
}

int repo_blob_at(struct repo *repo, const char *ref, const char *path,
                 char ret_hex[REPO_HEX_LEN + 1], struct err *err)
{
    GIT_SCOPED(tree_entry) entry = NULL;
    if (entry_at(repo, ref, path, &entry, err) < 0)
        return -1;
    git_oid_tostr(ret_hex, REPO_HEX_LEN + 1, git_tree_entry_id(entry));
    return 0;
}

void repo_blob_of(const char *text, size_t len, char ret_hex[REPO_HEX_LEN + 1])
{
    git_oid id = { 0 };
    git_libgit2_init();
    git_odb_hash(&id, text, len, GIT_OBJECT_BLOB);
    git_oid_tostr(ret_hex, REPO_HEX_LEN + 1, &id);
    git_libgit2_shutdown();
}

int repo_resolve(struct repo *repo, const char *ref, char ret_hex[REPO_HEX_LEN + 1],
                 struct err *err)
{
    GIT_SCOPED(commit) commit = NULL;
    if (commit_of(repo, ref, &commit, err) < 0)
        return -1;
    git_oid_tostr(ret_hex, REPO_HEX_LEN + 1, git_commit_id(commit));
    return 0;
}

int repo_refs(struct repo *repo, const char *glob, struct arena *arena, struct strv *ret,
              struct err *err)
{
    GIT_SCOPED(reference_iterator) all = NULL;
    struct strv found = { 0 };
    const char *name;
    int rc = git_reference_iterator_glob_new(&all, repo->git, glob);
    while (rc == 0 && (rc = git_reference_next_name(&name, all)) == 0)
        strv_push(arena, &found, arena_strdup(arena, name));
    if (rc < 0 && rc != GIT_ITEROVER)
        return git_fail(repo, rc, err, "cannot list the refs %s", glob);
    strv_sort(&found);
    *ret = found;
    return 0;
}

static bool name_wanted(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = suffix ? strlen(suffix) : 0;
    return name[0] != '.' && n > m && (m == 0 || strcmp(name + n - m, suffix) == 0);
}

static void dir_closep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

int repo_list(struct repo *repo, const char *folder, const char *suffix, struct arena *arena,
              struct strv *ret, struct err *err)
{
    struct strv found = { 0 };
    if (path_check(folder, err) < 0)
        return -1;
    int fd = path_open_beneath(repo->root, folder, O_RDONLY | O_DIRECTORY);
    CLEANUP(dir_closep) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir && errno != ENOENT && errno != ENOTDIR)
        return err_errno(err, ERR_FAILED, errno, "cannot list %s", folder);
    struct stat st;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (name_wanted(entry->d_name, suffix) && fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
            S_ISREG(st.st_mode))
            strv_push(arena, &found, arena_strdup(arena, entry->d_name));
    strv_sort(&found);
    *ret = found;
    return 0;
}

int repo_list_at(struct repo *repo, const char *ref, const char *folder, const char *suffix,
                 struct arena *arena, struct strv *ret, struct err *err)
{
    GIT_SCOPED(tree_entry) entry = NULL;
    GIT_SCOPED(tree) tree = NULL;
    GIT_SCOPED(commit) commit = NULL;
    struct err why = { 0 };
    struct strv found = { 0 };
    if (commit_of(repo, ref, &commit, err) < 0)
        return -1;
    if (entry_at(repo, ref, folder, &entry, &why) < 0 && why.code != ERR_NOT_FOUND) {
        if (err)
            *err = why;
        return -1;
    }
    if (entry && git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
        int rc = git_tree_lookup(&tree, repo->git, git_tree_entry_id(entry));
        if (rc < 0)
            return git_fail(repo, rc, err, "cannot list %s at %s", folder, ref);
    }
    for (size_t i = 0; tree && i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *one = git_tree_entry_byindex(tree, i);
        if (git_tree_entry_type(one) == GIT_OBJECT_BLOB &&
            name_wanted(git_tree_entry_name(one), suffix))
            strv_push(arena, &found, arena_strdup(arena, git_tree_entry_name(one)));
    }
    strv_sort(&found);
    *ret = found;
    return 0;
}

/* libgit2 1.5 does not know where a shallow clone ends: git says it there. */
static int merge_base_shallow(struct repo *repo, const git_oid *one, const git_oid *other,
                              git_oid *ret, struct err *err)
{
    ARENA_SCOPED arena = arena_new("merge base", (size_t)4 << 20);
    struct child_done done = { 0 };
    const char *args[] = { "merge-base", arena_strdup(arena, git_oid_tostr_s(one)),
                           arena_strdup(arena, git_oid_tostr_s(other)), NULL };
    if (child_git(repo, args, NULL, 60000, arena, &done, err) < 0)
        return -1;
    return done.status == 0 && git_oid_fromstrn(ret, done.out, strcspn(done.out, "\n")) == 0;
}

int merge_base_of(struct repo *repo, const git_oid *one, const git_oid *other, git_oid *ret,
                  struct err *err)
{
    if (repo_is_shallow(repo))
        return merge_base_shallow(repo, one, other, ret, err);
    int rc = git_merge_base(ret, repo->git, one, other);
    if (rc < 0 && rc != GIT_ENOTFOUND)
        return git_fail(repo, rc, err, "cannot compare two branches");
    return rc == 0;
}

/* The tree of `folder` at the merge base of `base` and HEAD; NULL: not there. */
static int base_folder(struct repo *repo, const char *base, const char *folder, git_tree **ret,
                       struct err *err)
{
    GIT_SCOPED(commit) other = NULL;
    GIT_SCOPED(commit) common = NULL;
    GIT_SCOPED(tree) tree = NULL;
    GIT_SCOPED(tree_entry) entry = NULL;
    git_oid head, id;
    if (commit_of(repo, base, &other, err) < 0)
        return -1;
    if (git_reference_name_to_id(&head, repo->git, "HEAD") < 0)
        return 0;
    int rc = merge_base_of(repo, git_commit_id(other), &head, &id, err);
    if (rc < 0)
        return -1;
    if (rc == 0) {
        err_set(err, ERR_INVALID, "HEAD and %s have no commit in common here", base);
        return err_hint(err, "%s",
                        repo_is_shallow(repo)
                            ? "this clone is shallow: git fetch --unshallow (in CI: fetch depth 0)"
                            : "name the branch that this one was made from");
    }
    rc = git_commit_lookup(&common, repo->git, &id);
    if (rc < 0 || (rc = git_commit_tree(&tree, common)) < 0)
        return git_fail(repo, rc, err, "cannot read %s", base);
    if (git_tree_entry_bypath(&entry, tree, folder) < 0 ||
        git_tree_entry_type(entry) != GIT_OBJECT_TREE)
        return 0;
    rc = git_tree_lookup(ret, repo->git, git_tree_entry_id(entry));
    return rc < 0 ? git_fail(repo, rc, err, "cannot read %s at %s", folder, base) : 0;
}

int repo_changed_since(struct repo *repo, const char *base, const char *folder, const char *suffix,
                       struct arena *arena, struct strv *ret, struct err *err)
{
    GIT_SCOPED(tree) tree = NULL;
    struct strv files = { 0 }, found = { 0 };
    if (base_folder(repo, base, folder, &tree, err) < 0 ||
        repo_list(repo, folder, suffix, arena, &files, err) < 0)
        return -1;
    for (size_t i = 0; i < files.n; i++) {
        const git_tree_entry *was = tree ? git_tree_entry_byname(tree, files.v[i]) : NULL;
        const char *path = arena_printf(arena, "%s/%s", folder, files.v[i]);
        git_oid id;
        /* With the filters of .gitattributes, as `git add` would store it. */
        int rc = git_repository_hashfile(&id, repo->git, path, GIT_OBJECT_BLOB, NULL);
        if (rc < 0)
            return git_fail(repo, rc, err, "cannot read %s", path);
        if (!was || !git_oid_equal(&id, git_tree_entry_id(was)))
            strv_push(arena, &found, files.v[i]);
    }
    *ret = found;
    return 0;
}

static bool path_id(const git_commit *commit, const char *path, git_oid *ret)
{
    GIT_SCOPED(tree) tree = NULL;
    GIT_SCOPED(tree_entry) entry = NULL;
    if (git_commit_tree(&tree, commit) < 0 || git_tree_entry_bypath(&entry, tree, path) < 0)
        return false;
    *ret = *git_tree_entry_id(entry);
    return true;
}

/* A parent that has the path in this form, as `git log PATH` follows them.  A
 * parent beyond the edge of a shallow clone has not. */
static git_commit *parent_same(const git_commit *commit, const char *path, const git_oid *id)
{
    for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
        git_commit *parent = NULL;
        git_oid was;
        if (git_commit_parent(&parent, commit, i) == 0 && path_id(parent, path, &was) &&
            git_oid_equal(&was, id))
            return parent;
        git_commit_free(parent);
    }
    return NULL;
}

int repo_last_touch(struct repo *repo, const char *ref, const char *path, struct arena *arena,
                    struct repo_touch *ret, struct err *err)
{
    GIT_SCOPED(commit) at = NULL;
    git_oid id;
    if (commit_of(repo, ref, &at, err) < 0)
        return -1;
    if (!path_id(at, path, &id))
        return err_set(err, ERR_NOT_FOUND, "%s has no file %s", ref, path);
    for (git_commit *next; (next = parent_same(at, path, &id));) {
        git_commit_free(at);
        at = next;
    }
    const git_signature *author = git_commit_author(at);
    *ret = (struct repo_touch){
        .commit = arena_strdup(arena, git_oid_tostr_s(git_commit_id(at))),
        .author_name = arena_strdup(arena, author->name),
        .author_email = arena_strdup(arena, author->email),
        .wall_s = git_commit_time(at),
    };
    return 0;
}
