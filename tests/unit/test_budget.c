/* budget: never more than n in any window, and no waiting without need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "provider/budget.h"

/* Sends as fast as it may; returns when the last one went. */
static int64_t send_all(const struct budget_rule *rule, size_t n, int64_t *ret_sent)
{
    struct budget_window window = { 0 };
    int64_t now = 1000003;
    for (size_t i = 0; i < n; i++) {
        now += budget_wait_ms(rule, &window, now, 1);
        assert_int_equal(budget_wait_ms(rule, &window, now, 1), 0);
        budget_spend(rule, &window, now, 1);
        ret_sent[i] = now;
    }
    return now - 1000003;
}

static void test_no_window_holds_more(void **state)
{
    (void)state;
    static const struct budget_rule rules[] = {
        { BUDGET_ACCOUNT, BUDGET_ANY, 2, 1000 },       { BUDGET_ACCOUNT, BUDGET_ANY, 10, 1000 },
        { BUDGET_ACCOUNT, BUDGET_ANY, 1200, 300000 },  { BUDGET_ACCOUNT, BUDGET_ANY, 1, 7 },
        { BUDGET_ACCOUNT, BUDGET_ANY, 300, 86400000 },
    };
    static int64_t sent[4000];
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        size_t n = rules[r].n * 3;
        int64_t took = send_all(&rules[r], n, sent);
        for (size_t i = rules[r].n; i < n; i++)
            assert_true(sent[i] - sent[i - rules[r].n] >= rules[r].per_ms);
        /* Two windows have to pass, and little more: a slot each, in whole milliseconds. */
        assert_true(took <= 2 * (BUDGET_SLOTS + 1) * (rules[r].per_ms / BUDGET_SLOTS + 1));
    }
}

static void test_free_at_first(void **state)
{
    (void)state;
    struct budget_rule rule = { BUDGET_ACCOUNT, BUDGET_WRITE, 5, 60000 };
    struct budget_window window = { 0 };
    assert_int_equal(budget_left(&rule, &window, 50), 5);
    budget_spend(&rule, &window, 50, 3);
    assert_int_equal(budget_left(&rule, &window, 51), 2);
    assert_int_equal(budget_wait_ms(&rule, &window, 51, 2), 0);
    assert_true(budget_wait_ms(&rule, &window, 51, 3) >= 60000 - 1);
    /* More than there ever is: as much as there is. */
    assert_true(budget_wait_ms(&rule, &window, 51, 99) > 0);
    assert_int_equal(budget_left(&rule, &window, 10000000), 5);
}

static void test_kinds(void **state)
{
    (void)state;
    struct budget_rule rule = { BUDGET_ACCOUNT, BUDGET_WRITE, 5, 60000 };
    assert_true(budget_applies(&rule, true));
    assert_false(budget_applies(&rule, false));
    rule.kind = BUDGET_READ;
    assert_false(budget_applies(&rule, true));
    rule.kind = BUDGET_ANY;
    assert_true(budget_applies(&rule, true) && budget_applies(&rule, false));
}

static void test_eta(void **state)
{
    (void)state;
    struct budget_rule rule = { BUDGET_ACCOUNT, BUDGET_ANY, 100, 60000 };
    struct budget_window window = { 0 };
    assert_int_equal(budget_eta_ms(&rule, &window, 0, 100), 0);
    assert_in_range(budget_eta_ms(&rule, &window, 0, 101), 60000, 64000);
    assert_in_range(budget_eta_ms(&rule, &window, 0, 1000), 9 * 60000, 9 * 64000);
}

static void test_pace(void **state)
{
    (void)state;
    struct pace pace = { 0 };
    for (int i = 0; i < PACE_FREE; i++) {
        assert_int_equal(pace_wait_ms(&pace, 100), 0);
        pace_start(&pace, 100);
    }
    assert_int_equal(pace_wait_ms(&pace, 100), PACE_MS);
    assert_int_equal(pace_wait_ms(&pace, 100 + PACE_MS), 0);
    pace_end(&pace); /* a free place needs no pace */
    assert_int_equal(pace_wait_ms(&pace, 100), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_window_holds_more),
        cmocka_unit_test(test_free_at_first),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_eta),
        cmocka_unit_test(test_pace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
