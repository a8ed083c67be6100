/* portfolio_box: what the tests of domains and settings begin with. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "portfolio/portfolio.h"

static inline int box_setup(void **state)
{
    *state = arena_new("test", 256u << 20);
    return 0;
}

static inline int box_teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static inline char *box_file(struct arena *arena, const char *path)
{
    char *text;
    size_t n;
    struct err err;
    const char *full = arena_printf(arena, "%s/%s", TEST_SOURCE_DIR, path);
    if (file_read(full, 16u << 20, arena, &text, &n, &err) != 0)
        fail_msg("%s", err.message);
    return text;
}

static inline struct settings box_settings(struct arena *arena)
{
    struct settings settings;
    struct err err;
    if (settings_parse("dnschange.json",
                       "{\"version\": 1, \"providers\": {\"pdns\": {\"plugin\": \"powerdns\"},"
                       " \"r53\": {\"plugin\": \"route53\"}}}",
                       false, arena, NULL, &settings, &err) != 0)
        fail_msg("%s", err.message);
    return settings;
}

static inline struct portfolio box_portfolio(struct arena *arena, const struct settings *settings,
                                             const struct portfolio_file *files, size_t n)
{
    struct portfolio portfolio;
    struct err err;
    if (portfolio_parse(files, n, settings, false, arena, NULL, &portfolio, &err) != 0)
        fail_msg("%s", err.message);
    return portfolio;
}
