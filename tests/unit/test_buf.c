/* Buffers: growth, the limit, JSON strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"

static void grows_and_formats(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    BUF_SCOPED buf = BUF(10000);
    assert_string_equal(buf_text(&buf), "");
    for (int i = 0; i < 1000; i++)
        buf_addf(&buf, "%d,", i % 10);
    assert_int_equal(buf.len, 2000);
    buf_addf(&buf, "%0300d", 0);
    buf_addc(&buf, '\n');
    buf_add(&buf, "a\0b", 3);
    assert_int_equal(buf.len, 2304);
    assert_false(buf_full(&buf));
    char *taken = buf_take(&buf, arena);
    assert_memory_equal(taken + 2301, "a\0b", 4);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf_text(&buf), "");
}

static void full_keeps_what_it_has(void **state)
{
    (void)state;
    BUF_SCOPED buf = BUF(5);
    buf_adds(&buf, "abc");
    buf_addf(&buf, "%s", "defg");
    assert_true(buf_full(&buf));
    buf_addc(&buf, 'x'); /* no hole: nothing follows what was left out */
    assert_string_equal(buf_text(&buf), "abc");
    buf_reset(&buf);
    assert_false(buf_full(&buf));
    buf_adds(&buf, "12345");
    assert_false(buf_full(&buf));
    assert_string_equal(buf_text(&buf), "12345");
}

static void long_formats_respect_the_limit(void **state)
{
    (void)state;
    BUF_SCOPED buf = BUF(400);
    buf_addf(&buf, "%0400d", 1);
    assert_false(buf_full(&buf));
    assert_int_equal(buf.len, 400);
    buf_addf(&buf, "%0300d", 1);
    assert_true(buf_full(&buf));
    assert_int_equal(strlen(buf_text(&buf)), 400);
}

static void json_strings(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "", "\"\"" },
        { "plain / text", "\"plain / text\"" },
        { "q\" b\\", "\"q\\\" b\\\\\"" },
        { "\n\r\t\x01\x7f", "\"\\n\\r\\t\\u0001\\u007f\"" },
        { "h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
          "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"" },
        { "\xc3", "\"\xef\xbf\xbd\"" },                                 /* cut short */
        { "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },                 /* overlong */
        { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" }, /* surrogate */
        { "a\xff"
          "b",
          "\"a\xef\xbf\xbd"
          "b\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_SCOPED buf = BUF(1000);
        buf_json_string(&buf, cases[i].in);
        assert_string_equal(buf_text(&buf), cases[i].out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_formats),
        cmocka_unit_test(full_keeps_what_it_has),
        cmocka_unit_test(long_formats_respect_the_limit),
        cmocka_unit_test(json_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
