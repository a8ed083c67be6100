/* retry: which failures are tried again, and what each one is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "provider/retry.h"

static void test_decisions(void **state)
{
    (void)state;
    static const struct {
        enum http_outcome outcome;
        int status;
        enum dc_effect effect;
        unsigned attempt;
        int64_t after_ms;
        enum retry want;
    } table[] = {
        { HTTP_REPLIED, 200, DC_EFFECT_NONE, 1, -1, RETRY_HAND_ON },
        { HTTP_REPLIED, 404, DC_EFFECT_NONE, 1, -1, RETRY_HAND_ON },
        { HTTP_REPLIED, 422, DC_EFFECT_BLIND, 1, -1, RETRY_HAND_ON },
        { HTTP_REPLIED, 500, DC_EFFECT_NONE, 1, -1, RETRY_AGAIN },
        { HTTP_REPLIED, 500, DC_EFFECT_NONE, 4, -1, RETRY_HAND_ON },
        { HTTP_REPLIED, 500, DC_EFFECT_GUARDED, 1, -1, RETRY_AGAIN },
        { HTTP_REPLIED, 500, DC_EFFECT_BLIND, 1, -1, RETRY_HAND_ON },
        { HTTP_REPLIED, 502, DC_EFFECT_BLIND, 1, -1, RETRY_HAND_ON },
        { HTTP_REPLIED, 504, DC_EFFECT_NONE, 1, -1, RETRY_AGAIN },
        { HTTP_REPLIED, 429, DC_EFFECT_BLIND, 1, -1, RETRY_AGAIN },
        { HTTP_REPLIED, 429, DC_EFFECT_BLIND, 6, 5000, RETRY_AGAIN },
        { HTTP_REPLIED, 429, DC_EFFECT_BLIND, 7, 5000, RETRY_HAND_ON },
        { HTTP_REPLIED, 429, DC_EFFECT_NONE, 1, 86400000, RETRY_HAND_ON },
        { HTTP_REPLIED, 503, DC_EFFECT_BLIND, 1, -1, RETRY_AGAIN },
        { HTTP_NOT_SENT, 0, DC_EFFECT_BLIND, 1, -1, RETRY_AGAIN },
        { HTTP_NOT_SENT, 0, DC_EFFECT_BLIND, 4, -1, RETRY_HAND_ON },
        { HTTP_LOST, 0, DC_EFFECT_BLIND, 1, -1, RETRY_HAND_ON },
        { HTTP_LOST, 0, DC_EFFECT_GUARDED, 1, -1, RETRY_AGAIN },
        { HTTP_LOST, 0, DC_EFFECT_NONE, 3, -1, RETRY_AGAIN },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct retry_case now = { table[i].outcome, table[i].status, table[i].effect,
                                  table[i].attempt, table[i].after_ms };
        if (retry_decide(&now) != table[i].want)
            fail_msg("row %zu", i);
    }
}

static void test_pauses(void **state)
{
    (void)state;
    for (uint32_t random = 0; random < 100000; random += 997) {
        struct retry_case now = { .attempt = 1, .retry_after_ms = -1 };
        assert_in_range(retry_pause_ms(&now, random), 100, 300);
        now.attempt = 3;
        assert_in_range(retry_pause_ms(&now, random), 400, 1200);
        now.attempt = 50;
        assert_in_range(retry_pause_ms(&now, random), 6400, 19200);
        now.retry_after_ms = 60000;
        assert_int_equal(retry_pause_ms(&now, random), 60000);
    }
}

static int64_t after(const char *value)
{
    struct http_header headers[] = { { "Server", "x" }, { "retry-after", value } };
    return retry_after_ms(headers, 2, 946684799); /* Fri, 31 Dec 1999 23:59:59 GMT */
}

static void test_retry_after(void **state)
{
    (void)state;
    assert_int_equal(retry_after_ms(NULL, 0, 0), -1);
    assert_int_equal(after("120"), 120000);
    assert_int_equal(after("0"), 0);
    assert_true(after("99999999999999999999") > RETRY_AFTER_MAX_MS);
    assert_int_equal(after("Sat, 01 Jan 2000 00:00:09 GMT"), 10000);
    assert_int_equal(after("Fri, 31 Dec 1999 00:00:00 GMT"), 0); /* past */
    assert_int_equal(after("soon"), -1);
    assert_int_equal(after("-5"), -1);
    assert_int_equal(after(""), -1);
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        uint32_t outcome;
        int status;
        enum dc_effect effect;
        enum err_code code;
        enum err_retry retry;
        enum err_scope scope;
    } table[] = {
        { DC_REPLIED, 401, DC_EFFECT_BLIND, ERR_AUTH, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER },
        { DC_REPLIED, 403, DC_EFFECT_NONE, ERR_AUTH, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER },
        { DC_REPLIED, 404, DC_EFFECT_BLIND, ERR_NOT_FOUND, ERR_RETRY_NEVER, ERR_SCOPE_ZONE },
        { DC_REPLIED, 409, DC_EFFECT_BLIND, ERR_CONFLICT, ERR_RETRY_NEVER, ERR_SCOPE_RRSET },
        { DC_REPLIED, 412, DC_EFFECT_GUARDED, ERR_CONFLICT, ERR_RETRY_NEVER, ERR_SCOPE_RRSET },
        { DC_REPLIED, 422, DC_EFFECT_BLIND, ERR_FAILED, ERR_RETRY_NEVER, ERR_SCOPE_RRSET },
        { DC_REPLIED, 429, DC_EFFECT_BLIND, ERR_LIMIT, ERR_RETRY_LATER, ERR_SCOPE_PROVIDER },
        { DC_REPLIED, 503, DC_EFFECT_NONE, ERR_LIMIT, ERR_RETRY_LATER, ERR_SCOPE_PROVIDER },
        { DC_REPLIED, 500, DC_EFFECT_NONE, ERR_FAILED, ERR_RETRY_LATER, ERR_SCOPE_ZONE },
        { DC_REPLIED, 500, DC_EFFECT_BLIND, ERR_LOST, ERR_RETRY_LATER, ERR_SCOPE_ZONE },
        { DC_REPLIED, 200, DC_EFFECT_BLIND, ERR_LOST, ERR_RETRY_LATER, ERR_SCOPE_ZONE },
        { DC_REPLIED, 302, DC_EFFECT_NONE, ERR_FAILED, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER },
        { DC_NOT_SENT, 0, DC_EFFECT_BLIND, ERR_FAILED, ERR_RETRY_LATER, ERR_SCOPE_ZONE },
        { DC_LOST, 0, DC_EFFECT_NONE, ERR_FAILED, ERR_RETRY_LATER, ERR_SCOPE_ZONE },
        { DC_LOST, 0, DC_EFFECT_GUARDED, ERR_LOST, ERR_RETRY_LATER, ERR_SCOPE_ZONE },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct dc_reply reply = { .outcome = table[i].outcome, .status = table[i].status };
        struct err err;
        assert_int_equal(reply_error(&reply, table[i].effect, NULL, &err), -1);
        if (err.code != table[i].code || err.retry != table[i].retry ||
            err.scope != table[i].scope || !*err.message)
            fail_msg("row %zu: %s", i, err.message);
    }
}

static void test_words_of_the_provider(void **state)
{
    (void)state;
    struct dc_reply reply = { .outcome = DC_REPLIED, .status = 422 };
    struct err err;
    char longer[2000];
    (void)reply_error(&reply, DC_EFFECT_NONE, "<h1>Bad\r\n\x1b[2J  thing</h1> \xff.", &err);
    assert_string_equal(err.message, "HTTP 422: the provider refuses it: Bad [2J thing ?");
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    (void)reply_error(&reply, DC_EFFECT_NONE, longer, &err);
    assert_true(strlen(err.message) < 350);
    reply = (struct dc_reply){ .outcome = DC_LOST, .problem = "timed out" };
    (void)reply_error(&reply, DC_EFFECT_NONE, NULL, &err);
    assert_string_equal(err.message, "no answer: timed out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_words_of_the_provider),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
