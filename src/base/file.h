/* file: whole files, durably.  Nothing here is left half-written. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"

/* Reads a regular file of at most `limit` bytes; NUL-terminated copy in arena. */
int file_read(const char *path, size_t limit, struct arena *arena, char **ret_text, size_t *ret_len,
              struct err *err) WARN_UNUSED;
/* Temporary file beside it, fsync, rename, fsync of the folder. */
int file_write_durable(const char *path, const void *bytes, size_t n, struct err *err) WARN_UNUSED;
/* mkdir -p with mode 0700 below the first existing folder. */
int file_make_dirs(const char *path, struct err *err) WARN_UNUSED;
/* Reads up to `cap` octets, over interruptions; fewer: the end of the file.  -1 and errno. */
ssize_t fd_read_full(int fd, char *to, size_t cap);
void fd_closep(int *fd);
#define FD_SCOPED CLEANUP(fd_closep) int
