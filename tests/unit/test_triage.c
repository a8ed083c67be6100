/* triage: how each answer is marked, and what makes a row differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "survey/triage.h"
#include "survey_box.h"

/* Marks as letters: E expected, L as before, D differs, S silent. */
static const char *judge(struct arena *arena, const struct known_set *known,
                         const char *const *answers, size_t n, bool *ret_differs)
{
    struct triage_row row = { .domain = "a.example",
                              .what = "MX",
                              .owner = "a.example",
                              .type = TYPE_MX,
                              .known = known,
                              .n = n };
    char *marks = arena_alloc(arena, n + 1);
    row.answers = ARENA_ARRAY(arena, struct triage_answer, n);
    for (size_t i = 0; i < n; i++) {
        if (answers[i] && !strcmp(answers[i], "silent"))
            row.answers[i].mark = TRIAGE_SILENT;
        else
            row.answers[i].set = box_rrset(arena, "a.example", "MX", answers[i]);
    }
    triage_judge(&row, arena);
    for (size_t i = 0; i < n; i++)
        marks[i] = "ELDS"[row.answers[i].mark];
    *ret_differs = row.differs;
    return marks;
}

#define OLD "10 old.example."
#define NEW "10 new.example."

static void test_marks(void **state)
{
    static const struct {
        const char *answers[3];
        bool recorded;
        const char *marks;
        bool differs;
    } rows[] = {
        { { NEW, NEW, NEW }, true, "EEE", false },
        { { NEW, OLD, NEW }, true, "ELE", true },
        { { NEW, "10 x.example.", NEW }, true, "EDE", true },
        { { NEW, "silent", NEW }, true, "ESE", true },
        { { NULL, NEW, NEW }, true, "DEE", true },
        { { OLD, OLD, OLD }, false, "EEE", false },
        { { OLD, NEW, OLD }, false, "EDE", true },
        { { "silent", NEW, NEW }, false, "SEE", true },
        { { NULL, NULL, NULL }, false, "EEE", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        bool differs;
        struct known_set known = { .lkg = box_rrset(arena, "a.example", "MX", OLD),
                                   .after = box_rrset(arena, "a.example", "MX", NEW) };
        known.expected = known.after;
        assert_string_equal(
            judge(arena, rows[i].recorded ? &known : NULL, rows[i].answers, 3, &differs),
            rows[i].marks);
        assert_int_equal(differs, rows[i].differs);
    }
}

static void settings_make(struct arena *arena, struct settings *settings)
{
    static const char text[] =
        "{\"version\":1,\"providers\":{\"pdns\":{\"plugin\":\"powerdns\","
        "\"url\":\"http://"
        "127.0.0.1:1\",\"secret\":{\"env\":\"X\"},\"ignore_ns\":[\"203.0.113.9\"]}}}";
    struct strv warnings = { 0 };
    struct err err = { 0 };
    if (settings_parse("dnschange.json", text, false, arena, &warnings, settings, &err))
        fail_msg("%s", err.message);
}

static void test_asks_every_server(void **state)
{
    struct box box;
    struct settings settings;
    struct triage triage;
    struct known known = { 0 };
    struct domains domains = { 0 };
    struct err err = { 0 };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    box_init(&box, arena);
    settings_make(arena, &settings);
    struct fake_zone *zone = fake_zone_add(box.fake, "pdns", "a.example");
    zone->ns = "192.0.2.1:53";
    fake_record(box.fake, zone, "a.example", 300, "MX", "10 mx.example.");
    fake_record(box.fake, zone, "a.example", 300, "TXT", "\"v=spf1 -all\"");
    fake_record(box.fake, zone, "a.example", 300, "TXT", "\"other=1\"");
    struct domain domain = { .name = "a.example" };
    strv_push(arena, &domain.providers, "pdns");
    *vec_push(arena, &domains) = &domain;
    known.by_key = map_new(arena);
    assert_int_equal(triage_read(&box.ports, &settings, &domains, &known, arena, &triage, &err), 0);
    assert_int_equal(triage.n, 3);
    assert_int_equal(triage.v[0].n, 1);
    assert_int_equal(triage.v[0].answers[0].set->n, 1);
    assert_int_equal(triage.v[1].answers[0].set->n, 1); /* SPF only */
    assert_null(triage.v[2].answers[0].set);
    assert_false(triage.v[0].differs || triage.v[1].differs || triage.v[2].differs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_asks_every_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
