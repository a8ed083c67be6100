/* records port: the append-only, machine-written records branch.  Paths are
 * relative to its root ("DNS-2026-11-23-001/1/lkg.json"). */
#pragma once
#include <stddef.h>

#include "base/arena.h"

struct record_file {
    const char *path;
    const char *text;
    size_t len;
};

struct records_port {
    void *ctx;
    /* All files in one commit with this subject ("[skip ci]" is added), durable
     * on this disk when it returns.  A file that exists is replaced.  Commits by
     * others since our last look are kept (compare-and-swap, retried). */
    int (*commit)(void *ctx, const struct record_file *files, size_t n, const char *subject,
                  struct err *err);
    /* ERR_NOT_FOUND when the branch or the file does not exist. */
    int (*read)(void *ctx, const char *path, struct arena *arena, const char **ret_text,
                size_t *ret_len, struct err *err);
    /* Names directly below a folder ("" is the root), sorted; empty if not there. */
    int (*list)(void *ctx, const char *folder, struct arena *arena, struct strv *ret,
                struct err *err);
};
