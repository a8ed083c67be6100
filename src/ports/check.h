/* check port: verification that runs outside the program (hook:<name>). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"

struct check_result { /* valid during the callback only */
    enum verdict verdict;
    const char *detail; /* last line of the hook's stderr, or why it could not run */
};

struct check_port {
    void *ctx;
    bool (*known)(void *ctx, const char *name);
    /* argv of hook `name` with `json` on stdin; exit 0 pass, 1 fail, else unknown. */
    void (*run)(void *ctx, const char *name, const char *json,
                void (*done)(void *arg, const struct check_result *result), void *arg);
};
