/* known: the newest word about a set counts, and which of its values should be live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "survey/known.h"
#include "survey_box.h"

static const struct box_set first[] = { { "a.example", "a.example", "MX", "10 one.example.",
                                          "10 two.example." } };
static const struct box_set second[] = { { "a.example", "a.example", "MX", "10 two.example.",
                                           "10 three.example." } };

static const char *expected(const char *state, const char *domain_state, bool *ret_certain,
                            struct arena *arena)
{
    struct box box;
    struct known known;
    struct strv warnings = { 0 }, domains = { 0 };
    struct err err;
    box_init(&box, arena);
    strv_push(arena, &domains, "a.example");
    box_attempt(&box, "DNS-2026-11-24-001", 1, "done", "held", 1000, first, 1);
    box_attempt(&box, "DNS-2026-11-24-002", 1, state, domain_state, 2000, second, 1);
    assert_int_equal(known_read(&box.ports, &domains, arena, &known, &warnings, &err), 0);
    const struct known_set *set = known_find(&known, NULL, "a.example", TYPE_MX, arena);
    assert_non_null(set);
    assert_ptr_equal(set, known_find(&known, "pdns", "a.example", TYPE_MX, arena));
    assert_null(known_find(&known, "other", "a.example", TYPE_MX, arena));
    *ret_certain = set->certain;
    return rdata_text(TYPE_MX, set->expected->rr[0], arena);
}

static void test_expected(void **state)
{
    static const struct {
        const char *state, *domain, *value;
        bool certain;
    } rows[] = {
        { "done", "held", "10 three.example.", true },
        { "done", "failed", "10 two.example.", true },
        { "reverted", "reverted", "10 two.example.", true },
        /* never written: the older ticket has the word */
        { "reverted", "untouched", "10 two.example.", true },
        { "done", "skipped", "10 two.example.", true },
        { "canary", NULL, "10 two.example.", false },
        /* put back together with another ticket */
        { "reverted", "held", "10 two.example.", true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ARENA_SCOPED arena = arena_new("test", 8 << 20);
        bool certain;
        assert_string_equal(expected(rows[i].state, rows[i].domain, &certain, arena),
                            rows[i].value);
        assert_int_equal(certain, rows[i].certain);
    }
}

/* Two tickets put back, in the order in which that is done: newest first. */
static void test_stacked_tickets_put_back(void **state)
{
    static const struct {
        int64_t older_changed_s;
        const char *value;
    } rows[] = {
        { 3000, "10 one.example." }, /* after the newer one was captured */
        { 1500, "10 two.example." }, /* before: the newer one has seen what it left */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ARENA_SCOPED arena = arena_new("test", 8 << 20);
        struct box box;
        struct known known;
        struct strv warnings = { 0 };
        struct err err;
        box_init(&box, arena);
        box_attempt(&box, "DNS-2026-11-24-001", 1, "reverted", "reverted", 1000, first, 1);
        box_changed(&box, "DNS-2026-11-24-001", 1, "reverted", 1000, rows[i].older_changed_s);
        box_attempt(&box, "DNS-2026-11-24-002", 1, "reverted", "reverted", 2000, second, 1);
        assert_int_equal(known_read(&box.ports, NULL, arena, &known, &warnings, &err), 0);
        const struct known_set *set = known_find(&known, NULL, "a.example", TYPE_MX, arena);
        assert_string_equal(rdata_text(TYPE_MX, set->expected->rr[0], arena), rows[i].value);
    }
}

static void test_other_domains_are_left_out(void **state)
{
    struct box box;
    struct known known;
    struct strv warnings = { 0 }, domains = { 0 };
    struct err err;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    box_init(&box, arena);
    strv_push(arena, &domains, "b.example");
    box_attempt(&box, "DNS-2026-11-24-001", 1, "done", "held", 1000, first, 1);
    assert_int_equal(known_read(&box.ports, &domains, arena, &known, &warnings, &err), 0);
    assert_int_equal(known.n, 0);
    assert_int_equal(known_read(&box.ports, NULL, arena, &known, &warnings, &err), 0);
    assert_int_equal(known.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expected),
        cmocka_unit_test(test_stacked_tickets_put_back),
        cmocka_unit_test(test_other_domains_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
