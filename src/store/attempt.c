/* attempt: journal octets and the disk reserve of one attempt.  See attempt.h;
 * who may write is lock.c's. */
#include "store/attempt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "store/internal.h"

#define BUFFER_LIMIT  ((size_t)256 << 10) /* handed to the kernel before it is full */
#define JOURNAL_LIMIT ((size_t)256 << 20)

struct attempt {
    struct repo *repo;
    const char *folder, *journal, *reserve;
    int fd;
    off_t size;        /* of the file, as far as whole writes go */
    struct buf buffer; /* appended, not handed to the kernel yet */
    bool broken;       /* a write or fdatasync failed for good */
    bool disk_full;
};

char *attempt_dir(const struct repo *repo, const char *id, uint32_t n, struct arena *arena)
{
    return local_path(repo, arena, arena_printf(arena, "%s/%" PRIu32, id, n));
}

static int folder_sync(const char *path, struct err *err)
{
    FD_SCOPED fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot make %s durable", path);
    return 0;
}

/* The new folders' names are durable too: <common>/dnschange/<id>/<n>. */
static int folders_make(struct attempt *attempt, const char *id, struct err *err)
{
    struct repo *repo = attempt->repo;
    const char *own = local_path(repo, repo->arena, "");
    if (file_make_dirs(attempt->folder, err) < 0 || folder_sync(repo->common, err) < 0 ||
        folder_sync(own, err) < 0)
        return -1;
    return folder_sync(local_path(repo, repo->arena, id), err);
}

static int journal_open(struct attempt *attempt, const char *id, bool create, struct err *err)
{
    struct stat st;
    attempt->fd = open(attempt->journal, O_RDWR | O_CLOEXEC);
    if (attempt->fd < 0 && errno == ENOENT && create) {
        if (folders_make(attempt, id, err) < 0)
            return -1;
        attempt->fd = open(attempt->journal, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (attempt->fd >= 0 && folder_sync(attempt->folder, err) < 0)
            return -1;
    }
    if (attempt->fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "there is no journal %s", attempt->journal);
    if (attempt->fd < 0 || fstat(attempt->fd, &st) < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot open the journal %s", attempt->journal);
    attempt->size = st.st_size;
    return 0;
}

int attempt_open(struct repo *repo, const char *id, uint32_t n, bool create, struct attempt **ret,
                 struct err *err)
{
    OWNER_GUARD(repo);
    if (local_id_check(id, err) < 0)
        return -1;
    struct attempt *attempt = ARENA_NEW(repo->arena, struct attempt);
    *attempt = (struct attempt){ .repo = repo, .fd = -1, .buffer = BUF(BUFFER_LIMIT) };
    attempt->folder = attempt_dir(repo, id, n, repo->arena);
    attempt->journal = arena_printf(repo->arena, "%s/journal", attempt->folder);
    attempt->reserve = arena_printf(repo->arena, "%s/reserve", attempt->folder);
    if (journal_open(attempt, id, create, err) < 0) {
        attempt_free(attempt);
        return -1;
    }
    *ret = attempt;
    return 0;
}

void attempt_free(struct attempt *attempt)
{
    if (!attempt)
        return;
    fd_closep(&attempt->fd);
    buf_done(&attempt->buffer);
}

void attempt_freep(struct attempt **attempt)
{
    attempt_free(*attempt);
    *attempt = NULL;
}

/* ---- the journal ---- */

static bool no_space(int errnum)
{
    return errnum == ENOSPC || errnum == EDQUOT;
}

static int journal_broken(struct attempt *attempt, int errnum, const char *what, struct err *err)
{
    attempt->broken = true;
    err_errno(err, ERR_FAILED, errnum, "cannot %s the journal %s", what, attempt->journal);
    return err_hint(err, "nothing new is written; rollback needs only the records branch");
}

/* Writes all of it at the end; on failure the file is as long as before. */
static int journal_write(struct attempt *attempt, const char *octets, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t wrote = pwrite(attempt->fd, octets + done, n - done, attempt->size + (off_t)done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            int errnum = errno;
            if (ftruncate(attempt->fd, attempt->size) < 0)
                attempt->broken = true;
            errno = errnum;
            return -1;
        }
        done += (size_t)wrote;
    }
    attempt->size += (off_t)n;
    return 0;
}

/* As journal_write, and spends the reserve when the disk is full. */
static int journal_put(struct attempt *attempt, const char *octets, size_t n, struct err *err)
{
    OWNER_GUARD(attempt->repo);
    int rc = journal_write(attempt, octets, n);
    int errnum = errno;
    if (rc < 0 && no_space(errnum) && !attempt->broken && access(attempt->reserve, F_OK) == 0) {
        log_line(LOG_WARNING, "the disk is full: the reserve of %s is spent now", attempt->folder);
        attempt->disk_full = true;
        attempt_release(attempt);
        rc = journal_write(attempt, octets, n);
        errnum = errno;
    }
    return rc < 0 ? journal_broken(attempt, errnum, "write", err) : 0;
}

static int journal_flush(struct attempt *attempt, struct err *err)
{
    struct buf *buffer = &attempt->buffer;
    if (buffer->len == 0)
        return 0;
    if (journal_put(attempt, buffer->data, buffer->len, err) < 0)
        return -1;
    buf_reset(buffer);
    return 0;
}

static int usable(const struct attempt *attempt, struct err *err)
{
    if (!attempt->broken)
        return 0;
    return err_set(err, ERR_FAILED, "the journal %s failed before: nothing more is written to it",
                   attempt->journal);
}

static int port_append(void *ctx, const void *octets, size_t n, struct err *err)
{
    struct attempt *attempt = ctx;
    if (usable(attempt, err) < 0)
        return -1;
    if (attempt->buffer.len + n > BUFFER_LIMIT && journal_flush(attempt, err) < 0)
        return -1;
    if (n <= BUFFER_LIMIT) {
        buf_add(&attempt->buffer, octets, n);
        return 0;
    }
    return journal_put(attempt, octets, n, err);
}

static int port_sync(void *ctx, struct err *err)
{
    struct attempt *attempt = ctx;
    if (usable(attempt, err) < 0 || journal_flush(attempt, err) < 0)
        return -1;
    /* After a failed fdatasync the kernel may have dropped the pages: what a
     * second one says is worth nothing. */
    if (fdatasync(attempt->fd) < 0)
        return journal_broken(attempt, errno, "make durable", err);
    return 0;
}

static int port_load(void *ctx, struct arena *arena, const char **ret, size_t *ret_n,
                     struct err *err)
{
    struct attempt *attempt = ctx;
    char *text = NULL;
    if (attempt->buffer.len > 0 && journal_flush(attempt, err) < 0)
        return -1;
    if (file_read(attempt->journal, JOURNAL_LIMIT, arena, &text, ret_n, err) < 0)
        return -1;
    *ret = text;
    return 0;
}

static int port_cut(void *ctx, size_t n, struct err *err)
{
    struct attempt *attempt = ctx;
    if (usable(attempt, err) < 0)
        return -1;
    buf_reset(&attempt->buffer);
    if ((off_t)n > attempt->size)
        return err_set(err, ERR_FAILED, "the journal %s is shorter than %zu octets",
                       attempt->journal, n);
    if (ftruncate(attempt->fd, (off_t)n) < 0 || fdatasync(attempt->fd) < 0)
        return journal_broken(attempt, errno, "cut", err);
    attempt->size = (off_t)n;
    return 0;
}

struct journal_port attempt_journal(struct attempt *attempt)
{
    return (struct journal_port){
        .ctx = attempt, .append = port_append, .sync = port_sync, .load = port_load, .cut = port_cut
    };
}

/* ---- the reserve ---- */

int attempt_reserve(struct attempt *attempt, size_t bytes, struct err *err)
{
    OWNER_GUARD(attempt->repo);
    FD_SCOPED fd = open(attempt->reserve, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot reserve disk space in %s",
                         attempt->folder);
    int errnum = posix_fallocate(fd, 0, (off_t)bytes);
    if (errnum == 0)
        return 0;
    unlink(attempt->reserve);
    err_errno(err, ERR_FAILED, errnum, "cannot reserve %zu KiB of disk in %s", bytes / 1024,
              attempt->folder);
    return err_hint(err, "free some space: a rollback must be able to write its journal");
}

void attempt_release(struct attempt *attempt)
{
    unlink(attempt->reserve);
}

bool attempt_disk_full(const struct attempt *attempt)
{
    return attempt->disk_full;
}

/* ---- which attempts there are ---- */

static void dir_closep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool number_parse(const char *name, uint32_t *ret)
{
    uint64_t n = 0;
    size_t len = strlen(name);
    if (len == 0 || len > 9 || strspn(name, "0123456789") != len || name[0] == '0')
        return false;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (uint64_t)(name[i] - '0');
    *ret = (uint32_t)n;
    return true;
}

static void list_one(struct repo *repo, const char *id, struct arena *arena,
                     struct attempt_names *names)
{
    CLEANUP(dir_closep) DIR *dir = opendir(local_path(repo, arena, id));
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct stat st;
        uint32_t n;
        if (!number_parse(entry->d_name, &n) ||
            stat(arena_printf(arena, "%s/journal", attempt_dir(repo, id, n, arena)), &st) < 0)
            continue;
        struct attempt_name *name = vec_push(arena, names);
        *name = (struct attempt_name){ .id = id, .n = n, .journal_bytes = (uint64_t)st.st_size };
    }
}

static int name_order(const void *a, const void *b)
{
    const struct attempt_name *one = a, *other = b;
    int order = strcmp(one->id, other->id);
    return order ? order : (one->n > other->n) - (one->n < other->n);
}

int attempt_list(struct repo *repo, struct arena *arena, struct attempt_names *ret, struct err *err)
{
    struct attempt_names names = { 0 };
    const char *folder = local_path(repo, arena, "");
    CLEANUP(dir_closep) DIR *dir = opendir(folder);
    if (!dir && errno != ENOENT)
        return err_errno(err, ERR_FAILED, errno, "cannot list %s", folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_type != DT_REG && local_id_check(entry->d_name, NULL) == 0)
            list_one(repo, arena_strdup(arena, entry->d_name), arena, &names);
    if (names.n > 1)
        qsort(names.v, names.n, sizeof *names.v, name_order);
    *ret = names;
    return 0;
}
