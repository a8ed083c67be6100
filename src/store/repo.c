/* repo: finding and opening the repository, and the reasons why one cannot be
 * used.  Reading is repo_read.c's, people and refs are repo_head.c's, making
 * one is repo_init.c's. */
#include "store/repo.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

#define CACHE_BYTES (8 << 20) /* of objects; libgit2's own default is 256 MiB */

/* Extensions libgit2 1.5 does not know but that change nothing for us: where
 * the work tree's own configuration lies, and that objects are never pruned. */
static const char *const extensions_fine[] = { "worktreeconfig", "preciousobjects" };

/* gitrepository-layout(5), git-config(1) "extensions.*". */
static const struct extension {
    const char *key, *value, *reason, *hint;
} extensions_bad[] = {
    { "extensions.partialclone", NULL, "it is a partial clone (objects are missing until fetched)",
      "clone it without --filter: git clone URL" },
    { "extensions.refstorage", "reftable", "its refs are stored as reftable",
      "clone it with: git clone --ref-format=files URL" },
    { "extensions.objectformat", "sha256", "its objects are named by SHA-256",
      "use a SHA-1 repository: git init --object-format=sha1" },
    { "extensions.relativeworktrees", "true", "its work trees are linked by relative paths",
      "use a clone of its own: git clone URL" },
};

static void library_begin(void)
{
    git_libgit2_init();
    /* The configuration is read as the caller; root may look anywhere, and
     * git runs as the owner then (child.c), so nothing of the owner's
     * configuration is executed as root. */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, geteuid() == 0 ? 0 : 1);
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions_fine,
                     sizeof extensions_fine / sizeof *extensions_fine);
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES);
}

/* "/x/.git/" -> "/x/.git" */
static const char *path_bare(struct arena *arena, const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return arena_strndup(arena, path, n);
}

static const char *common_of(struct arena *arena, const char *git_dir)
{
    char *text = NULL;
    char real[PATH_MAX];
    if (file_read(arena_printf(arena, "%s/commondir", git_dir), PATH_MAX, arena, &text, NULL,
                  NULL) < 0)
        return git_dir;
    text[strcspn(text, "\n")] = '\0';
    const char *path = text[0] == '/' ? text : arena_printf(arena, "%s/%s", git_dir, text);
    return realpath(path, real) ? arena_strdup(arena, real) : path;
}

static int extension_refuse(const struct extension *bad, const char *shown, struct err *err)
{
    err_set(err, ERR_INVALID, "the repository %s cannot be used: %s", shown, bad->reason);
    return err_hint(err, "%s", bad->hint);
}

/* "remote.NAME.promisor": partial clones made since git 2.23.  No pattern is
 * used: libgit2 1.5 loses memory for every entry that does not match one. */
static bool has_promisor(git_config *config)
{
    GIT_SCOPED(config_iterator) all = NULL;
    git_config_entry *entry = NULL;
    int promised = 0;
    if (git_config_iterator_new(&all, config) < 0)
        return false;
    while (!promised && git_config_next(&entry, all) == 0)
        if (strncmp(entry->name, "remote.", 7) == 0 && strstr(entry->name, ".promisor") &&
            git_config_parse_bool(&promised, entry->value) < 0)
            promised = 1;
    return promised;
}

static int extensions_check(const char *common, const char *shown, struct arena *arena,
                            struct err *err)
{
    GIT_SCOPED(config) config = NULL;
    if (git_config_open_ondisk(&config, arena_printf(arena, "%s/config", common)) < 0)
        return 0;
    if (has_promisor(config))
        return extension_refuse(&extensions_bad[0], shown, err);
    for (size_t i = 0; i < sizeof extensions_bad / sizeof *extensions_bad; i++) {
        const struct extension *bad = &extensions_bad[i];
        git_buf value = GIT_BUF_INIT;
        bool hit = git_config_get_string_buf(&value, config, bad->key) == 0 &&
                   (!bad->value || strcasecmp(value.ptr, bad->value) == 0);
        git_buf_dispose(&value);
        if (hit)
            return extension_refuse(bad, shown, err);
    }
    return 0;
}

static int open_failed(const char *git_dir, int rc, struct err *err)
{
    size_t n = strlen(git_dir);
    int len = (int)(n > 5 && strcmp(git_dir + n - 5, "/.git") == 0 ? n - 5 : n);
    const git_error *last = git_error_last();
    /* libgit2 1.5.1 without any safe.directory fails on its absence instead. */
    if (rc == GIT_EOWNER || (last && last->message && strstr(last->message, "safe.directory"))) {
        err_set(err, ERR_INVALID, "the repository %.*s belongs to another user", len, git_dir);
        return err_hint(err, "if you trust it: git config --global --add safe.directory %.*s", len,
                        git_dir);
    }
    return git_fail(NULL, rc, err, "cannot open the repository %.*s", len, git_dir);
}

static int discover(const char *dir, struct arena *arena, const char **ret, struct err *err)
{
    git_buf found = GIT_BUF_INIT;
    int rc = git_repository_discover(&found, dir, 0, NULL);
    if (rc == 0)
        *ret = path_bare(arena, found.ptr);
    git_buf_dispose(&found);
    if (rc == 0)
        return 0;
    if (rc != GIT_ENOTFOUND)
        return open_failed(dir, rc, err);
    err_set(err, ERR_NOT_FOUND, "no git repository at %s or above it", dir);
    return err_hint(err, "make one with: dnschange init %s", dir);
}

static int handle_fill(struct repo *repo, const char *dir, struct err *err)
{
    struct stat st;
    if (git_repository_is_bare(repo->git)) {
        err_set(err, ERR_INVALID, "the repository %s is bare: it has no files", repo->git_dir);
        return err_hint(err, "use a clone of it: git clone %s", repo->git_dir);
    }
    const char *root = git_repository_workdir(repo->git);
    if (!root || stat(repo->common, &st) < 0)
        return err_set(err, ERR_FAILED, "the repository of %s has no work tree", dir);
    repo->root = path_bare(repo->arena, root);
    repo->uid = st.st_uid;
    repo->gid = st.st_gid;
    repo->foreign = geteuid() == 0 && st.st_uid != 0;
    if (!repo->foreign)
        return 0;
    /* While files are created as the owner, root's own configuration cannot be
     * re-read: libgit2 works on what was read now. */
    GIT_SCOPED(config) now = NULL;
    int rc = git_repository_config_snapshot(&now, repo->git);
    if (rc < 0 || (rc = git_repository_set_config(repo->git, now)) < 0)
        return git_fail(repo, rc, err, "cannot read the git configuration");
    return 0;
}

struct repo *repo_open(const char *dir, struct arena *arena, struct err *err)
{
    if (!dir || !*dir)
        dir = ".";
    library_begin();
    struct repo *repo = ARENA_NEW(arena, struct repo);
    repo->arena = arena;
    if (discover(dir, arena, &repo->git_dir, err) < 0)
        goto failed;
    repo->common = common_of(arena, repo->git_dir);
    if (extensions_check(repo->common, repo->git_dir, arena, err) < 0)
        goto failed;
    int rc = git_repository_open_ext(&repo->git, dir, 0, NULL);
    if (rc < 0) {
        open_failed(repo->git_dir, rc, err);
        goto failed;
    }
    if (handle_fill(repo, dir, err) == 0)
        return repo;
failed:
    repo_free(repo);
    return NULL;
}

void repo_free(struct repo *repo)
{
    if (!repo)
        return;
    git_repository_free(repo->git);
    repo->git = NULL;
    git_libgit2_shutdown();
}

void repo_freep(struct repo **repo)
{
    repo_free(*repo);
    *repo = NULL;
}

int repo_need_settings(const struct repo *repo, struct err *err)
{
    FD_SCOPED fd = path_open_beneath(repo->root, REPO_SETTINGS, 0);
    if (fd >= 0)
        return 0;
    err_set(err, ERR_NOT_FOUND, "%s has no " REPO_SETTINGS ": not a change repository", repo->root);
    return err_hint(err, "make it one with: dnschange init %s", repo->root);
}

const char *repo_root(const struct repo *repo)
{
    return repo->root;
}

const char *repo_common_dir(const struct repo *repo)
{
    return repo->common;
}

bool repo_is_shallow(const struct repo *repo)
{
    return git_repository_is_shallow(repo->git) == 1;
}
