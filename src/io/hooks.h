/* hooks: the check port: programs named in the settings that judge a domain.
 * JSON on stdin; exit 0 is pass, 1 fail, anything else unknown; the last line of
 * stderr is the reason shown. */
#pragma once
#include "io/loop.h"
#include "ports/check.h"

struct hook { /* borrowed as long as the hooks */
    const char *name;
    const char *const *argv; /* NULL-terminated */
    int64_t timeout_ms;
};

struct hooks; /* opaque */

/* `folder`: where they run (the change repository); NULL: the program's own. */
struct hooks *hooks_new(struct loop *loop, const struct hook *table, size_t n, const char *folder);
/* Kills what runs; everything under way is completed as unknown, called back from here. */
void hooks_free(struct hooks *hooks);
struct check_port hooks_port(struct hooks *hooks);
