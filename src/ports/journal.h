/* journal port: the octets of one attempt's local journal.  Framing and meaning
 * are rollout/journal.c's. */
#pragma once
#include <stddef.h>

#include "base/arena.h"

struct journal_port {
    void *ctx;
    int (*append)(void *ctx, const void *octets, size_t n, struct err *err); /* buffered */
    int (*sync)(void *ctx, struct err *err); /* durable; a failure is final, no retry */
    int (*load)(void *ctx, struct arena *arena, const char **ret, size_t *ret_n, struct err *err);
    /* Cuts the file to its first n octets (an unfinished batch). */
    int (*cut)(void *ctx, size_t n, struct err *err);
};
