/* repo_init: a new change repository in a folder, or the files of one in a
 * repository that is there already.  Nothing is overwritten or committed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

/* Root makes the files for the owner of the folder. */
static struct owner_guard folder_guard(const char *dir)
{
    struct stat st;
    if (geteuid() != 0 || stat(dir, &st) < 0)
        return owner_enter(0, 0, false);
    return owner_enter(st.st_uid, st.st_gid, st.st_uid != 0);
}

static int folder_make(const char *dir, struct arena *arena, const char **ret, struct err *err)
{
    char real[PATH_MAX];
    if (dirs_make_for(arena_printf(arena, "%s/", dir), err) < 0)
        return -1;
    if (!realpath(dir, real))
        return err_errno(err, ERR_FAILED, errno, "cannot use the folder %s", dir);
    *ret = arena_strdup(arena, real);
    return 0;
}

/* 1: there is a repository with this root; 0: none; -1: in somebody's way. */
static int folder_state(const char *root, struct arena *arena, struct err *err)
{
    struct err why = { 0 };
    REPO_SCOPED repo = repo_open(root, arena, &why);
    if (!repo && why.code == ERR_NOT_FOUND)
        return 0;
    if (!repo) {
        if (err)
            *err = why;
        return -1;
    }
    if (strcmp(repo->root, root) == 0)
        return 1;
    err_set(err, ERR_CONFLICT, "%s lies inside the repository %s", root, repo->root);
    return err_hint(err,
                    "a change repository is a repository of its own: choose a folder outside, "
                    "or first run: git init %s",
                    root);
}

static int repository_make(const char *root, struct err *err)
{
    CLEANUP(repository_freep) git_repository *git = NULL;
    git_repository_init_options options = {
        .version = GIT_REPOSITORY_INIT_OPTIONS_VERSION,
        .flags = GIT_REPOSITORY_INIT_NO_REINIT,
        .initial_head = "main",
    };
    git_libgit2_init();
    int rc = git_repository_init_ext(&git, root, &options);
    if (rc < 0)
        git_fail(NULL, rc, err, "cannot make a repository in %s", root);
    git_libgit2_shutdown();
    return rc < 0 ? -1 : 0;
}

/* 1: written, 0: was there. */
static int file_make(const char *root, const struct repo_file *file, struct arena *arena,
                     struct err *err)
{
    struct stat st;
    const char *path = arena_printf(arena, "%s/%s", root, file->path);
    if (path_check(file->path, err) < 0)
        return -1;
    if (lstat(path, &st) == 0)
        return 0;
    if (dirs_make_for(path, err) < 0 || file_write_durable(path, file->text, file->len, err) < 0)
        return -1;
    return 1;
}

int repo_init(const char *dir, const struct repo_file *files, size_t n, const char *records,
              struct arena *arena, struct repo_made *ret, struct err *err)
{
    struct repo_made made = { 0 };
    if (folder_make(dir && *dir ? dir : ".", arena, &made.root, err) < 0)
        return -1;
    __attribute__((unused)) CLEANUP(owner_leave) struct owner_guard guard = folder_guard(made.root);
    int state = folder_state(made.root, arena, err);
    if (state < 0)
        return -1;
    made.repository = state == 0;
    if (made.repository && repository_make(made.root, err) < 0)
        return -1;
    REPO_SCOPED repo = repo_open(made.root, arena, err);
    if (!repo || (records && branch_name_free(repo, records, err) < 0))
        return -1;
    for (size_t i = 0; i < n; i++) {
        int written = file_make(made.root, &files[i], arena, err);
        if (written < 0)
            return -1;
        strv_push(arena, written ? &made.made : &made.kept, files[i].path);
    }
    *ret = made;
    return 0;
}
