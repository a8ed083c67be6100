/* attempts: order, waiting, and what a broken record costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "survey/attempts.h"
#include "survey_box.h"

static const struct box_set one[] = { { "a.example", "a.example", "MX", "10 o.example.",
                                        "10 n.example." } };

static void test_ids_newest_first(void **state)
{
    struct strv ids = { 0 };
    struct box box;
    struct err err;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    box_init(&box, arena);
    box_attempt(&box, "DNS-2026-11-24-999", 1, "done", "held", 1000, one, 1);
    box_attempt(&box, "DNS-2026-11-24-1000", 1, "done", "held", 1000, one, 1);
    box_attempt(&box, "DNS-2026-11-25-001", 1, "done", "held", 1000, one, 1);
    box_file(&box, "approvals/x.json", "{}");
    assert_int_equal(attempts_ids(&box.records, arena, &ids, &err), 0);
    assert_string_equal(strv_join(arena, &ids, " "),
                        "DNS-2026-11-25-001 DNS-2026-11-24-1000 DNS-2026-11-24-999");
}

static void test_all_of_one(void **state)
{
    struct attempt_infos all = { 0 };
    struct box box;
    struct err err;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    box_init(&box, arena);
    box_attempt(&box, "DNS-2026-11-24-001", 1, "reverted", "reverted", 1000, one, 1);
    box_attempt(&box, "DNS-2026-11-24-001", 2, "done", "held", 2000, one, 1);
    assert_int_equal(attempts_of(&box.ports, "DNS-2026-11-24-001", arena, &all, &err), 0);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.v[0].attempt, 2);
    assert_int_equal(all.v[1].state, TICKET_REVERTED);
    assert_int_equal(all.v[1].claimed_s, 1000);
    assert_int_equal(attempts_of(&box.ports, "DNS-2026-11-24-002", arena, &all, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_broken_record_is_a_warning(void **state)
{
    struct attempt_infos all = { 0 };
    struct strv ids = { 0 }, warnings = { 0 };
    struct box box;
    struct err err;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    box_init(&box, arena);
    box_attempt(&box, "DNS-2026-11-24-001", 1, "done", "held", 1000, one, 1);
    box_attempt(&box, "DNS-2026-11-24-002", 1, "done", "held", 1000, one, 1);
    box_file(&box, "DNS-2026-11-24-002/1/claim.json", "<<<<<<< HEAD");
    assert_int_equal(attempts_ids(&box.records, arena, &ids, &err), 0);
    attempts_read(&box.ports, &ids, arena, &all, &warnings);
    assert_int_equal(all.n, 1);
    assert_int_equal(warnings.n, 1);
    assert_non_null(strstr(warnings.v[0], "DNS-2026-11-24-002"));
}

static void test_waiting_and_due(void **state)
{
    static const struct {
        enum ticket_state state;
        int64_t after;
        bool open, waiting, due;
    } rows[] = {
        { TICKET_DONE, 0, false, false, false },    { TICKET_REVERTED, 0, false, false, false },
        { TICKET_WAVE, 0, true, false, false },     { TICKET_PARKED, 500, true, true, true },
        { TICKET_PARKED, 1500, true, true, false }, { TICKET_PAUSED, 0, true, true, false },
        { TICKET_HALTED, 0, true, true, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct attempt_info info = { .state = rows[i].state,
                                           .resume_after_s = rows[i].after };
        assert_int_equal(attempt_is_open(&info), rows[i].open);
        assert_int_equal(attempt_is_waiting(&info), rows[i].waiting);
        assert_int_equal(attempt_is_due(&info, 1000), rows[i].due);
    }
}

static void test_outcome(void **state)
{
    struct box box;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    box_init(&box, arena);
    assert_null(attempt_outcome(&box.records, "DNS-2026-11-24-001", 1, arena));
    box_file(&box, "DNS-2026-11-24-001/1/outcome.json",
             "{\"domains\":[{\"domain\":\"a\",\"state\":\"untouched\",\"verified\":\"dns\"},"
             "{\"domain\":\"b\",\"state\":\"untouched\"}]}");
    struct map *states = attempt_outcome(&box.records, "DNS-2026-11-24-001", 1, arena);
    assert_string_equal(map_get(states, "a"), "reverted");
    assert_string_equal(map_get(states, "b"), "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_newest_first),
        cmocka_unit_test(test_all_of_one),
        cmocka_unit_test(test_broken_record_is_a_warning),
        cmocka_unit_test(test_waiting_and_due),
        cmocka_unit_test(test_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
