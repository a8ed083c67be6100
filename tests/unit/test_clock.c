/* Times and durations as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void times_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t wall_s;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2026-11-23T20:00:00Z", 1795464000 },
        { "2026-11-23T20:00Z", 1795464000 },
        { "2026-11-23T21:00:00+01:00", 1795464000 },
        { "2026-11-23T14:30:00-05:30", 1795464000 },
        { "2024-02-29T00:00:00Z", 1709164800 },
        { "2000-02-29T23:59:59Z", 951868799 },
        { "9999-12-31T23:59:59Z", INT64_C(253402300799) },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t got = -1;
        assert_int_equal(time_parse(cases[i].text, &got, NULL), 0);
        assert_int_equal(got, cases[i].wall_s);
    }
}

static void bad_times_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "now",
        "2026-11-23",
        "2026-11-23T20:00:00",
        "2026-11-23T20:00:00.5Z",
        "2026-11-23 20:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T20:60:00Z",
        "2026-11-23T20:00:60Z",
        "2026-11-23T20:00:00Zx",
        "2026-11-23T20:00:00+1:00",
        "2026-11-23T20:00:00+24:00",
        "2026-11-23T20:00:00+01:60",
        "2026-11-23T20:00:00+0100",
        "1969-12-31T23:59:59Z",
        "-026-11-23T20:00:00Z",
        "2026-11-23t20:00:00z",
        " 2026-11-23T20:00:00Z",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err;
        int64_t got = 42;
        assert_int_equal(time_parse(cases[i], &got, &err), -1);
        assert_int_equal(got, 42); /* set only on success */
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.hint, "2026-11-23T20:00:00Z"));
    }
}

static void times_are_written(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    assert_string_equal(time_format_utc(arena, 1795464000), "2026-11-23T20:00:00Z");
    assert_string_equal(time_format_day(arena, 1795478399), "2026-11-23");
    assert_string_equal(time_format_day(arena, 1795478400), "2026-11-24");
    assert_string_equal(time_format_utc(arena, INT64_MAX), "@9223372036854775807");
    static const struct {
        const char *zone, *text;
    } cases[] = {
        { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-11-23 21:00:00 +01:00" },
        { "UTC0", "2026-11-23 20:00:00 +00:00" },
        { "XXX3:30", "2026-11-23 16:30:00 -03:30" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        setenv("TZ", cases[i].zone, 1);
        tzset();
        assert_string_equal(time_format_local(arena, 1795464000), cases[i].text);
    }
}

static void times_come_back(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 22);
    for (int64_t t = 0; t < INT64_C(253402300800); t += INT64_C(86400 * 37 + 12345) * 11) {
        int64_t back;
        assert_int_equal(time_parse(time_format_utc(arena, t), &back, NULL), 0);
        assert_int_equal(back, t);
    }
}

static void durations(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    static const struct {
        const char *text;
        int64_t ms;
        const char *shortest, *human;
    } cases[] = {
        { "0s", 0, "0s", "0 s" },
        { "500ms", 500, "500ms", "500 ms" },
        { "30s", 30000, "30s", "30 s" },
        { "90s", 90000, "90s", "1 min 30 s" },
        { "10m", 600000, "10m", "10 min" },
        { "120m", 7200000, "2h", "2 h" },
        { "7d", 604800000, "7d", "7 d" },
        { "36h", 129600000, "36h", "1 d 12 h" },
        { "1500ms", 1500, "1500ms", "1 s 500 ms" },
        { "3601s", 3601000, "3601s", "1 h" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = -1;
        assert_int_equal(duration_parse(cases[i].text, &ms, NULL), 0);
        assert_int_equal(ms, cases[i].ms);
        assert_string_equal(duration_format(arena, ms), cases[i].shortest);
        assert_string_equal(duration_human(arena, ms), cases[i].human);
    }
    assert_string_equal(duration_human(arena, -90000), "-1 min 30 s");
}

static void bad_durations_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = { "",
                                         "10",
                                         "s",
                                         "1.5s",
                                         "-1s",
                                         "+1s",
                                         " 1s",
                                         "1 s",
                                         "1s ",
                                         "1w",
                                         "1S",
                                         "1m30s",
                                         "99999999999999999999s",
                                         "9223372036854775807m" };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err err;
        int64_t ms = 42;
        assert_int_equal(duration_parse(cases[i], &ms, &err), -1);
        assert_int_equal(ms, 42);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read),    cmocka_unit_test(bad_times_are_refused),
        cmocka_unit_test(times_are_written), cmocka_unit_test(times_come_back),
        cmocka_unit_test(durations),         cmocka_unit_test(bad_durations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
