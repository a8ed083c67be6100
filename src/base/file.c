/* file: whole files, read and written durably.  See file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int file_failed(struct err *err, const char *what, const char *path)
{
    int errnum = errno;
    return err_errno(err, errnum == ENOENT || errnum == ENOTDIR ? ERR_NOT_FOUND : ERR_FAILED,
                     errnum, "cannot %s %s", what, path);
}

ssize_t fd_read_full(int fd, char *to, size_t cap)
{
    size_t len = 0;
    while (len < cap) {
        ssize_t n = read(fd, to + len, cap - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

int file_read(const char *path, size_t limit, struct arena *arena, char **ret_text, size_t *ret_len,
              struct err *err)
{
    /* O_NONBLOCK: a FIFO in a file's place must not hang the program. */
    FD_SCOPED fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return file_failed(err, "read", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "%s is not a regular file", path);
    if ((uint64_t)st.st_size > limit)
        return err_set(err, ERR_INVALID, "%s has %lld bytes, at most %zu are read", path,
                       (long long)st.st_size, limit);
    /* One octet more than it had: a file that grows meanwhile is noticed. */
    size_t size = (size_t)st.st_size;
    char *text = arena_alloc(arena, size + 2);
    ssize_t n = fd_read_full(fd, text, size + 1);
    if (n < 0)
        return file_failed(err, "read", path);
    if ((size_t)n > size)
        return err_set(err, ERR_FAILED, "%s grew while it was read", path);
    text[n] = '\0';
    *ret_text = text;
    if (ret_len)
        *ret_len = (size_t)n;
    return 0;
}

static int fd_write_full(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, bytes, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        bytes += wrote;
        n -= (size_t)wrote;
    }
    return 0;
}

/* The folder of `path` in `folder`, which is as long as the path; the last
 * component is returned. */
static const char *path_split(const char *path, char *folder, size_t cap)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        snprintf(folder, cap, ".");
    else if (slash == path)
        snprintf(folder, cap, "/");
    else
        snprintf(folder, cap, "%.*s", (int)(slash - path), path);
    return slash ? slash + 1 : path;
}

#define TEMPORARY_TRIES 100

/* O_EXCL with mode 0666: the umask decides, as for any file the user writes;
 * an existing file's mode is kept by the caller. */
static int temporary_open(int folder, const char *name, char *temporary, size_t cap)
{
    for (int i = 0; i < TEMPORARY_TRIES; i++) {
        snprintf(temporary, cap, ".%.200s.%ld.%d.tmp", name, (long)getpid(), i);
        int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static int temporary_fill(int folder, int fd, const char *name, const void *bytes, size_t n)
{
    struct stat st;
    if (fstatat(folder, name, &st, 0) == 0 && fchmod(fd, st.st_mode & 07777) < 0)
        return -1;
    return fd_write_full(fd, bytes, n) < 0 || fsync(fd) < 0 ? -1 : 0;
}

int file_write_durable(const char *path, const void *bytes, size_t n, struct err *err)
{
    char folder_path[4096], temporary[256];
    if (strlen(path) >= sizeof folder_path)
        return err_set(err, ERR_INVALID, "the path %.100s... is too long", path);
    const char *name = path_split(path, folder_path, sizeof folder_path);
    FD_SCOPED folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return file_failed(err, "open the folder", folder_path);
    FD_SCOPED fd = temporary_open(folder, name, temporary, sizeof temporary);
    if (fd < 0)
        return file_failed(err, "write beside", path);
    if (temporary_fill(folder, fd, name, bytes, n) < 0 ||
        renameat(folder, temporary, folder, name) < 0) {
        file_failed(err, "write", path);
        unlinkat(folder, temporary, 0);
        return -1;
    }
    return fsync(folder) < 0 ? file_failed(err, "make durable", path) : 0;
}

static int dir_make(const char *path, struct err *err)
{
    struct stat st;
    if (mkdir(path, 0700) == 0)
        return 0;
    if (errno != EEXIST)
        return file_failed(err, "make the folder", path);
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        return err_set(err, ERR_FAILED, "%s is in the way: not a folder", path);
    return 0;
}

int file_make_dirs(const char *path, struct err *err)
{
    char part[4096];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return err_set(err, ERR_INVALID, "\"%.100s\" is no usable path", path);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (part[i] != '/')
            continue;
        part[i] = '\0';
        if (dir_make(part, err) < 0)
            return -1;
        part[i] = '/';
    }
    return dir_make(part, err);
}
