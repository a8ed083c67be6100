/* id: "DNS-2026-11-23-001", the UTC day and a number. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ticket/ticket.h"

#define PREFIX "DNS-"
enum { DAY_AT = 4, NUMBER_AT = 15, NUMBER_MIN = 3, NUMBER_MAX = 9, LISTED = 8 };

static bool digits(const char *text, size_t n)
{
    return strspn(text, "0123456789") >= n;
}

bool id_valid(const char *id)
{
    size_t n = strlen(id);
    if (n < NUMBER_AT + NUMBER_MIN || n > NUMBER_AT + NUMBER_MAX || strncmp(id, PREFIX, 4) != 0)
        return false;
    if (!digits(id + DAY_AT, 4) || id[8] != '-' || !digits(id + 9, 2) || id[11] != '-' ||
        !digits(id + 12, 2) || id[14] != '-' || !digits(id + NUMBER_AT, n - NUMBER_AT))
        return false;
    char noon[24];
    int64_t wall_s;
    snprintf(noon, sizeof noon, "%.10sT12:00:00Z", id + DAY_AT);
    return time_parse(noon, &wall_s, NULL) == 0;
}

/* One past the highest number of the day: a number is never given twice. */
const char *id_next(const struct strv *taken, int64_t wall_s, struct arena *arena)
{
    const char *prefix = arena_printf(arena, PREFIX "%s-", time_format_day(arena, wall_s));
    unsigned long highest = 0;
    for (size_t i = 0; i < taken->n; i++)
        if (id_valid(taken->v[i]) && strncmp(taken->v[i], prefix, NUMBER_AT) == 0) {
            unsigned long n = strtoul(taken->v[i] + NUMBER_AT, NULL, 10);
            highest = n > highest ? n : highest;
        }
    return arena_printf(arena, "%s%03lu", prefix, highest + 1);
}

static bool ends_in(const char *id, const char *suffix)
{
    size_t n = strlen(id), m = strlen(suffix);
    return m > 0 && m <= n && strcmp(id + n - m, suffix) == 0;
}

int id_match(const struct strv *ids, const char *suffix, struct arena *arena, const char **ret,
             struct err *err)
{
    struct strv found = { 0 };
    size_t matches = 0;
    const char *match = NULL;
    for (size_t i = 0; i < ids->n; i++) {
        if (strcmp(ids->v[i], suffix) == 0) {
            *ret = ids->v[i];
            return 0;
        }
        if (!ends_in(ids->v[i], suffix) || strv_has(&found, ids->v[i]))
            continue;
        match = ids->v[i];
        if (matches++ < LISTED)
            strv_push(arena, &found, match);
    }
    if (matches == 0)
        return err_set(err, ERR_NOT_FOUND, "no ticket is called \"%s\"", suffix);
    if (matches > 1)
        return err_set(err, ERR_USAGE, "\"%s\" could be %s%s", suffix,
                       strv_join(arena, &found, ", "), matches > LISTED ? " or others" : "");
    *ret = match;
    return 0;
}
