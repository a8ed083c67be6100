/* The error value: filling, wrapping, classes, exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void set_resets_everything(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(err_set(&err, ERR_LOST, "sent %d", 7), -1);
    assert_int_equal(err_class(&err, ERR_RETRY_LATER, ERR_SCOPE_ZONE, 250), -1);
    assert_int_equal(err_hint(&err, "read %s", "back"), -1);
    assert_string_equal(err.message, "sent 7");
    assert_string_equal(err.hint, "read back");
    assert_int_equal(err.retry, ERR_RETRY_LATER);
    assert_int_equal(err.scope, ERR_SCOPE_ZONE);
    assert_int_equal(err.retry_after_ms, 250);
    err_set(&err, ERR_FAILED, "again");
    assert_string_equal(err.hint, "");
    assert_int_equal(err.retry, ERR_RETRY_NEVER);
    assert_int_equal(err.scope, ERR_SCOPE_RUN);
    assert_int_equal(err.retry_after_ms, 0);
}

static void wrap_keeps_the_rest(void **state)
{
    (void)state;
    struct err err;
    err_errno(&err, ERR_NOT_FOUND, ENOENT, "cannot read %s", "x.json");
    err_hint(&err, "make it");
    assert_int_equal(err_wrap(&err, "ticket %d", 3), -1);
    assert_string_equal(err.message, "ticket 3: cannot read x.json: No such file or directory");
    assert_string_equal(err.hint, "make it");
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err_set(&err, ERR_FAILED, "outer (%s)", err.message); /* from itself */
    assert_string_equal(err.message,
                        "outer (ticket 3: cannot read x.json: No such file or directory)");
}

static void null_is_fine(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_FAILED, "x"), -1);
    assert_int_equal(err_errno(NULL, ERR_FAILED, EIO, "x"), -1);
    assert_int_equal(err_wrap(NULL, "x"), -1);
    assert_int_equal(err_hint(NULL, "x"), -1);
    assert_int_equal(err_class(NULL, ERR_RETRY_NOW, ERR_SCOPE_RUN, 0), -1);
}

static void one_line_only(void **state)
{
    (void)state;
    struct err err;
    err_set(&err, ERR_FAILED, "a\nb\x1b[2Jc\x7f\td");
    assert_string_equal(err.message, "a b [2Jc  d");
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[2000];
    for (size_t shift = 0; shift < 3; shift++) {
        struct err err;
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        err_set(&err, ERR_FAILED, "%s", text);
        size_t n = strlen(err.message);
        assert_true(n >= sizeof err.message - 4 && n < sizeof err.message);
        assert_int_equal((n - shift) % 3, 0);
        err_wrap(&err, "xx");
        n = strlen(err.message);
        assert_int_equal((n - shift - 4) % 3, 0);
    }
}

static void exit_codes_are_the_contract(void **state)
{
    (void)state;
    static const struct {
        enum err_code code;
        const char *text;
        int exit_code;
    } cases[] = {
        { ERR_NONE, "none", 0 },
        { ERR_FAILED, "failed", 1 },
        { ERR_USAGE, "usage", 2 },
        { ERR_POLICY, "policy", 3 },
        { ERR_REVERTED, "reverted", 4 },
        { ERR_INVALID, "invalid", 5 },
        { ERR_CONFLICT, "conflict", 6 },
        { ERR_HUMAN, "human", 7 },
        { ERR_PARKED, "parked", 8 },
        { ERR_FOUND, "found", 9 },
        { ERR_NOT_FOUND, "not-found", 5 },
        { ERR_AUTH, "auth", 1 },
        { ERR_LIMIT, "limit", 1 },
        { ERR_LOST, "lost", 1 },
        { ERR_INTERRUPTED, "interrupted", 130 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(err_exit_code(cases[i].code), cases[i].exit_code);
        assert_string_equal(err_code_text(cases[i].code), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_resets_everything),
        cmocka_unit_test(wrap_keeps_the_rest),
        cmocka_unit_test(null_is_fine),
        cmocka_unit_test(one_line_only),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(exit_codes_are_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
