/* out: tables, colours, and questions where nobody can answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/out.h"

static void test_table(void **state)
{
    char *text = NULL;
    size_t len = 0;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct table table = { .columns = 3, .arena = arena };
    table_row(&table, "a", "\033[31mred\033[0m", "last");
    table_row(&table, "longer", "\xc3\xa4\xc3\xb6", "");
    FILE *to = open_memstream(&text, &len);
    table_print(&table, to, "  ");
    fclose(to);
    assert_string_equal(text, "  a       \033[31mred\033[0m  last\n"
                              "  longer  \xc3\xa4\xc3\xb6   \n");
    free(text);
}

static void test_colour(void **state)
{
    struct out out;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    out_init(&out, "never", false, arena);
    assert_string_equal(out_paint(&out, COLOUR_RED, "x"), "x");
    out_init(&out, "always", false, arena);
    assert_string_equal(out_paint(&out, COLOUR_RED, "x"), "\033[31mx\033[0m");
    out_init(&out, "always", true, arena);
    assert_string_equal(out_paint(&out, COLOUR_RED, "x"), "x");
}

static void test_questions(void **state)
{
    struct err err = { 0 };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct out out = { .arena = arena, .can_ask = false };
    assert_true(out_ask(&out, false, "Sure?"));
    assert_int_equal(out_confirm(&out, true, &err, "Sure?"), 0);
    assert_int_equal(out_confirm(&out, false, &err, "Really %d?", 7), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "Really 7?"));
    assert_non_null(strstr(err.hint, "--yes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
