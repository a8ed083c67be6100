/* loop port: the one place where the program waits.
 *
 * Single thread.  A completion callback is only ever called from inside
 * loop->run(), never from inside the call that submitted the work, so callers
 * may submit while they change their own state.  Every submitted piece of work
 * completes exactly once, also at shutdown of the loop's owner.  `arg` must
 * stay valid until the callback was called. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct timer { /* embedded in its owner; zero-initialised; owned by the loop while set */
    int64_t at_ms;
    void (*fire)(void *arg);
    void *arg;
    struct timer *next, *prev; /* the loop's */
    size_t slot;               /* the loop's */
    bool set;
};

struct loop_port {
    void *ctx;
    /* Milliseconds that never step: for bake, deadlines, timeouts
     * (CLOCK_MONOTONIC; a suspended machine does not bake). */
    int64_t (*now_ms)(void *ctx);
    /* Seconds since 1970 UTC: for windows and display only. */
    int64_t (*wall_s)(void *ctx);
    /* Calls fire(arg) once, at or after at_ms.  Setting a set timer moves it. */
    void (*timer_set)(void *ctx, struct timer *timer, int64_t at_ms);
    void (*timer_clear)(void *ctx, struct timer *timer);
    /* Turns until *done is true.  -1: the loop itself broke (ERR_FAILED). */
    int (*run)(void *ctx, const bool *done, struct err *err);
};
