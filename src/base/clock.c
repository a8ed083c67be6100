/* clock: times and durations as text.  See clock.h; no system clock here. */
#include "base/clock.h"

#include <string.h>
#include <time.h>

#define DAY_S 86400

/* Exactly n digits at *text, which moves past them; -1 when they are not. */
static int digits(const char **text, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *text += n;
    return value;
}

/* As digits(), after the separator. */
static int digits_after(const char **text, char separator, int n)
{
    if (**text != separator)
        return -1;
    (*text)++;
    return digits(text, n);
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* "Z" or "+hh:mm" up to the end of the text, in seconds east. */
static int offset_parse(const char *text, int *ret_s)
{
    if (strcmp(text, "Z") == 0) {
        *ret_s = 0;
        return 0;
    }
    int sign = *text == '+' ? 1 : *text == '-' ? -1 : 0;
    if (!sign)
        return -1;
    text++;
    int hours = digits(&text, 2), minutes = hours < 0 ? -1 : digits_after(&text, ':', 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || *text)
        return -1;
    *ret_s = sign * (hours * 3600 + minutes * 60);
    return 0;
}

/* RFC 3339 5.6, the part without fractions and leap seconds. */
static int date_time_parse(const char **text, struct tm *tm)
{
    int year = digits(text, 4);
    int month = year < 0 ? -1 : digits_after(text, '-', 2);
    int day = month < 0 ? -1 : digits_after(text, '-', 2);
    int hour = day < 0 ? -1 : digits_after(text, 'T', 2);
    int minute = hour < 0 ? -1 : digits_after(text, ':', 2);
    int second = minute < 0 ? -1 : **text == ':' ? digits_after(text, ':', 2) : 0;
    if (second < 0 || second > 59 || minute > 59 || hour > 23)
        return -1;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return -1;
    *tm = (struct tm){ .tm_year = year - 1900,
                       .tm_mon = month - 1,
                       .tm_mday = day,
                       .tm_hour = hour,
                       .tm_min = minute,
                       .tm_sec = second };
    return 0;
}

int time_parse(const char *text, int64_t *ret_wall_s, struct err *err)
{
    const char *at = text;
    struct tm tm;
    int east_s;
    if (date_time_parse(&at, &tm) < 0 || offset_parse(at, &east_s) < 0) {
        err_set(err, ERR_INVALID, "\"%.40s\" is not a time", text);
        return err_hint(err, "write a time as 2026-11-23T20:00:00Z or 2026-11-23T21:00:00+01:00");
    }
    *ret_wall_s = (int64_t)timegm(&tm) - east_s;
    return 0;
}

char *time_format_utc(struct arena *arena, int64_t wall_s)
{
    time_t t = (time_t)wall_s;
    struct tm tm;
    char text[64];
    if (!gmtime_r(&t, &tm)) /* a year that does not fit an int */
        return arena_printf(arena, "@%lld", (long long)wall_s);
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return arena_strndup(arena, text, n);
}

char *time_format_day(struct arena *arena, int64_t wall_s)
{
    char *text = time_format_utc(arena, wall_s), *clock = strchr(text, 'T');
    if (clock)
        *clock = '\0';
    return text;
}

char *time_format_local(struct arena *arena, int64_t wall_s)
{
    time_t t = (time_t)wall_s;
    struct tm tm;
    char text[64];
    if (!localtime_r(&t, &tm))
        return arena_printf(arena, "@%lld", (long long)wall_s);
    size_t n = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    long east_min = tm.tm_gmtoff / 60, size = east_min < 0 ? -east_min : east_min;
    return arena_printf(arena, "%.*s %c%02ld:%02ld", (int)n, text, east_min < 0 ? '-' : '+',
                        size / 60, size % 60);
}

static const struct {
    const char *text, *human;
    int64_t ms;
} units[] = {
    { "d", "d", DAY_S *INT64_C(1000) },
    { "h", "h", 3600000 },
    { "m", "min", 60000 },
    { "s", "s", 1000 },
    { "ms", "ms", 1 },
};
#define UNITS (sizeof units / sizeof *units)

int duration_parse(const char *text, int64_t *ret_ms, struct err *err)
{
    const char *at = text;
    int64_t n = 0, ms = 0;
    bool fits = true;
    for (; *at >= '0' && *at <= '9'; at++)
        fits =
            fits && !__builtin_mul_overflow(n, 10, &n) && !__builtin_add_overflow(n, *at - '0', &n);
    for (size_t i = 0; at > text && i < UNITS; i++) {
        if (strcmp(at, units[i].text) != 0)
            continue;
        if (!fits || __builtin_mul_overflow(n, units[i].ms, &ms))
            return err_set(err, ERR_INVALID, "the duration \"%.40s\" is too long", text);
        *ret_ms = ms;
        return 0;
    }
    err_set(err, ERR_INVALID, "\"%.40s\" is not a duration", text);
    return err_hint(err, "write a whole number and a unit: 500ms, 30s, 10m, 2h, 7d");
}

char *duration_format(struct arena *arena, int64_t ms)
{
    if (ms == 0)
        return arena_strdup(arena, "0s");
    size_t i = 0;
    while (ms % units[i].ms != 0)
        i++;
    return arena_printf(arena, "%lld%s", (long long)(ms / units[i].ms), units[i].text);
}

/* Two units are enough to judge a wait by. */
char *duration_human(struct arena *arena, int64_t ms)
{
    if (ms < 0)
        return arena_printf(arena, "-%s", duration_human(arena, ms == INT64_MIN ? INT64_MAX : -ms));
    size_t i = 0;
    while (i + 1 < UNITS && ms < units[i].ms)
        i++;
    if (ms == 0)
        return arena_strdup(arena, "0 s");
    int64_t whole = ms / units[i].ms, rest = ms % units[i].ms;
    if (i + 1 >= UNITS || rest / units[i + 1].ms == 0)
        return arena_printf(arena, "%lld %s", (long long)whole, units[i].human);
    return arena_printf(arena, "%lld %s %lld %s", (long long)whole, units[i].human,
                        (long long)(rest / units[i + 1].ms), units[i + 1].human);
}
