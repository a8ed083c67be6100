/* expect: targets from the records, looked at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "survey/expect.h"
#include "survey_box.h"

static const struct box_set rows[] = {
    { "a.example", "a.example", "MX", "10 o.example.", "10 n.example." },
    { "b.example", "b.example", "MX", "10 o.example.", "10 n.example." },
};

static void known_make(struct box *box, struct known *known, struct arena *arena)
{
    struct strv warnings = { 0 };
    struct err err;
    box_init(box, arena);
    box_attempt(box, "DNS-2026-11-24-001", 1, "done", "held", 1000, rows, 2);
    assert_int_equal(known_read(&box->ports, NULL, arena, known, &warnings, &err), 0);
}

static void test_targets(void **state)
{
    struct box box;
    struct known known;
    struct targets targets;
    struct domains domains = { 0 };
    struct domain a = { .name = "a.example" }, c = { .name = "c.example" };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    known_make(&box, &known, arena);
    *vec_push(arena, &domains) = &a;
    *vec_push(arena, &domains) = &c;
    expect_targets(&domains, &known, arena, &targets);
    assert_int_equal(targets.n, 3); /* a and b with records, c without */
    assert_int_equal(targets.v[0].n, 1);
    assert_string_equal(rdata_text(TYPE_MX, targets.v[0].sets[0].after->rr[0], arena),
                        "10 n.example.");
    assert_string_equal(targets.v[0].servers[0].text, "192.0.2.1:53");
    assert_string_equal(targets.v[2].domain, "c.example");
    assert_int_equal(targets.v[2].n, 0);
}

static void test_one_look(void **state)
{
    struct box box;
    struct known known;
    struct targets targets;
    struct domains none = { 0 };
    struct err err = { 0 };
    const struct verify_settings settings = { .timeout_ms = 1000, .interval_ms = 10, .rounds = 1 };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    known_make(&box, &known, arena);
    struct fake_zone *zone = fake_zone_add(box.fake, "pdns", "a.example");
    zone->ns = "192.0.2.1:53";
    fake_record(box.fake, zone, "a.example", 300, "MX", "10 n.example.");
    expect_targets(&none, &known, arena, &targets);
    targets.n = 1;
    assert_int_equal(expect_run(&box.ports, &settings, VERIFY_AFTER, &targets, arena, &err), 0);
    assert_int_equal(targets.v[0].state, DOMAIN_VERIFIED);
    fake_remove(zone, "a.example", TYPE_MX);
    assert_int_equal(expect_run(&box.ports, &settings, VERIFY_AFTER, &targets, arena, &err), 0);
    assert_int_equal(targets.v[0].state, DOMAIN_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_one_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
