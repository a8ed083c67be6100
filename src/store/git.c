/* git: what every other file here needs of libgit2 and of the file system:
 * reporting, ownership, paths.  It opens no repository. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/internal.h"

static enum err_code git_code(int rc)
{
    switch (rc) {
    case GIT_ENOTFOUND:
        return ERR_NOT_FOUND;
    case GIT_EEXISTS:
    case GIT_EMODIFIED:
    case GIT_ELOCKED:
        return ERR_CONFLICT;
    default:
        return ERR_FAILED;
    }
}

/* The lock file libgit2 means: quoted in its words (with or without .lock), or
 * the index's, which it does not name. */
static const char *lock_find(const struct repo *repo, const char *words, char *path, size_t cap)
{
    const char *from = strchr(words, '\''), *to = from ? strchr(from + 1, '\'') : NULL;
    if (to)
        snprintf(path, cap, "%.*s", (int)(to - from - 1), from + 1);
    else if (repo && strstr(words, "index"))
        snprintf(path, cap, "%s/index", repo->git_dir);
    else
        return NULL;
    size_t len = strlen(path);
    if ((len < 5 || strcmp(path + len - 5, ".lock") != 0) && len + 6 < cap)
        memcpy(path + len, ".lock", 6);
    return access(path, F_OK) == 0 ? path : NULL;
}

/* It also calls a folder without write permission "locked": look first. */
static int git_locked(const struct repo *repo, const char *words, struct err *err)
{
    char path[PATH_MAX];
    const char *lock = lock_find(repo, words, path, sizeof path);
    if (lock) {
        err_class(err, ERR_RETRY_LATER, ERR_SCOPE_RUN, 0);
        return err_hint(err,
                        "another git is at work, or one was killed and left %s behind: "
                        "if no git runs here, remove that file",
                        lock);
    }
    return err_class(err, ERR_RETRY_LATER, ERR_SCOPE_RUN, 0);
}

static bool words_denied(const char *words)
{
    return strstr(words, "Permission denied") || strstr(words, "Read-only file system");
}

int git_fail(const struct repo *repo, int rc, struct err *err, const char *fmt, ...)
{
    const git_error *last = git_error_last();
    const char *words = last && last->message ? last->message : "no reason given";
    char what[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    err_set(err, git_code(rc), "%s: %s", what, words);
    if (words_denied(words)) {
        if (err)
            err->code = ERR_FAILED;
        return err_hint(err, "check that %s can be written by this user",
                        repo ? repo->common : "the repository");
    }
    if (rc == GIT_ELOCKED)
        return git_locked(repo, words, err);
    if (last && (last->klass == GIT_ERROR_ODB || last->klass == GIT_ERROR_ZLIB ||
                 last->klass == GIT_ERROR_OBJECT)) {
        if (err)
            err->code = ERR_FAILED;
        return err_hint(err, "an object of the repository is missing or damaged: see `git fsck`");
    }
    return -1;
}

struct owner_guard owner_enter(uid_t uid, gid_t gid, bool foreign)
{
    struct owner_guard guard = { .active = foreign };
    if (foreign) {
        guard.gid = (gid_t)setfsgid(gid);
        guard.uid = (uid_t)setfsuid(uid);
    }
    return guard;
}

void owner_leave(struct owner_guard *guard)
{
    if (guard->active) {
        setfsuid(guard->uid);
        setfsgid(guard->gid);
    }
}

int dirs_make_for(const char *path, struct err *err)
{
    char part[PATH_MAX];
    if (strlen(path) >= sizeof part)
        return err_set(err, ERR_INVALID, "the path %.100s... is too long", path);
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0777) < 0 && errno != EEXIST)
            return err_errno(err, ERR_FAILED, errno, "cannot make the folder %s", part);
    }
    return 0;
}

int path_check(const char *path, struct err *err)
{
    const char *at = path;
    bool good = *path != '\0';
    while (good && *at) {
        size_t n = strcspn(at, "/");
        good = n > 0 && !(n == 1 && at[0] == '.') && !(n == 2 && strncmp(at, "..", 2) == 0) &&
               !(n == 4 && strncasecmp(at, ".git", 4) == 0);
        at += n;
        if (*at == '/')
            good = good && *++at != '\0';
    }
    return good ? 0 : err_set(err, ERR_INVALID, "\"%s\" is not a path inside the repository", path);
}

int path_open_beneath(const char *root, const char *path, int flags)
{
    FD_SCOPED folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -1;
    struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC),
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return fd;
    /* Old kernels and some sandboxes have no openat2: then no link at the end. */
    return openat(folder, path, flags | O_NOFOLLOW | O_CLOEXEC);
}

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void strv_sort(struct strv *list)
{
    if (list->n > 1)
        qsort(list->v, list->n, sizeof *list->v, text_order);
}

char *local_path(const struct repo *repo, struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/dnschange%s%s", repo->common, *name ? "/" : "", name);
}

#define LOCAL_ID_MAX 128

int local_id_check(const char *id, struct err *err)
{
    size_t n = strlen(id);
    bool good = n > 0 && n <= LOCAL_ID_MAX && id[0] != '.' && id[0] != '-';
    for (size_t i = 0; good && i < n; i++)
        good = (unsigned char)id[i] > ' ' && id[i] != '/' && id[i] != 127;
    return good ? 0 : err_set(err, ERR_INVALID, "\"%.140s\" is not a ticket id", id);
}
