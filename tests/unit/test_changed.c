/* changed: rows of what was written, by time, actor and domain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "survey/changed.h"
#include "survey_box.h"

static void fill(struct box *box, struct arena *arena)
{
    static const struct box_set early[] = {
        { "a.example", "a.example", "MX", "10 o.example.", "10 n.example." },
        { "b.example", "b.example", "MX", "10 o.example.", "10 n.example." },
    };
    static const struct box_set late[] = { { "a.example", "x.a.example", "TXT", NULL, "v=1" } };
    box_init(box, arena);
    box_attempt(box, "DNS-2026-11-24-001", 1, "reverted", "reverted", 1000, early, 2);
    box_attempt(box, "DNS-2026-11-24-001", 2, "done", "held", 3000, early, 2);
    box_attempt(box, "DNS-2026-11-24-002", 1, "done", "held", 2000, late, 1);
    box_attempt(box, "DNS-2026-11-24-003", 1, "reverted", "untouched", 4000, late, 1);
    box_attempt(box, "DNS-2026-11-24-004", 1, "canary", NULL, 5000, late, 1);
}

static void test_filters(void **state)
{
    struct strv only_b = { 0 };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    strv_push(arena, &only_b, "b.example");
    const struct {
        struct changed_filter filter;
        size_t n;
    } rows[] = {
        { { 0 }, 6 },
        { { .from_s = 2500 }, 3 },
        { { .from_s = 2000, .to_s = 3000 }, 3 },
        { { .to_s = 1500 }, 2 },
        { { .by = "ANN" }, 6 },
        { { .by = "bob" }, 0 },
        { { .domains = &only_b }, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct box box;
        struct changed changed;
        struct strv warnings = { 0 };
        struct err err;
        fill(&box, arena);
        assert_int_equal(
            changed_read(&box.ports, &rows[i].filter, arena, &changed, &warnings, &err), 0);
        assert_int_equal(changed.n, rows[i].n);
        assert_int_equal(warnings.n, 0);
    }
}

static void test_order_and_values(void **state)
{
    struct box box;
    struct changed changed;
    struct strv warnings = { 0 };
    struct err err;
    const struct changed_filter all = { 0 };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    fill(&box, arena);
    assert_int_equal(changed_read(&box.ports, &all, arena, &changed, &warnings, &err), 0);
    assert_string_equal(changed.v[0].ticket, "DNS-2026-11-24-004");
    assert_string_equal(changed.v[0].state, "canary");
    assert_null(changed.v[0].before);
    assert_string_equal(changed.v[1].domain, "a.example");
    assert_int_equal(changed.v[1].attempt, 2);
    assert_string_equal(changed.v[1].state, "held");
    assert_string_equal(rdata_text(TYPE_MX, changed.v[1].before->rr[0], arena), "10 o.example.");
    assert_string_equal(rdata_text(TYPE_MX, changed.v[1].after->rr[0], arena), "10 n.example.");
    assert_string_equal(changed.v[5].state, "reverted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_order_and_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
