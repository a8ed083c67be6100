/* render: a pull-request comment stays below its bound and cannot be broken out of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/render.h"

static struct rrset *txt(struct arena *arena, const char *owner, const char *text)
{
    struct rrset *set = rrset_new(arena, owner, TYPE_TXT, 300);
    rrset_add(arena, set, txt_from_octets(text, strlen(text), arena));
    return set;
}

/* `alike`: all domains get the same value, else each one of its own. */
static void plan_make(struct arena *arena, size_t n, bool alike, struct ticket *ticket,
                      struct plan *plan)
{
    *ticket = (struct ticket){ .id = "DNS-2026-11-24-001", .reason = "a <b>reason</b> | `x`" };
    *plan = (struct plan){ .source = "api", .level = 'B' };
    memset(plan->digest, 'a', 64);
    for (size_t i = 0; i < n; i++) {
        struct target *target = vec_push(arena, &plan->targets);
        target->domain = arena_printf(arena, "domain-number-%zu.example", i);
        target->account = "pdns";
        target->n = 1;
        target->sets = ARENA_NEW(arena, struct target_set);
        const char *value = alike ? "v=1; p=x" : arena_printf(arena, "value ```%zu %0200d", i, 7);
        target->sets[0] = (struct target_set){ .owner = target->domain,
                                               .type = TYPE_TXT,
                                               .after = txt(arena, target->domain, value) };
        strv_push(arena, &ticket->domains, target->domain);
    }
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void test_about(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    assert_string_equal(text_about(253, arena), "253 ms");
    assert_string_equal(text_about(5253, arena), "6 s");
    assert_string_equal(text_about(5000, arena), "5 s");
}

static void test_four_hundred_alike(void **state)
{
    struct ticket ticket;
    struct plan plan;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 64 << 20);
    plan_make(arena, 400, true, &ticket, &plan);
    struct markdown *md = markdown_new(arena);
    markdown_plan(md, &ticket, &plan);
    const char *text = markdown_text(md);
    assert_true(characters(text) < 2000);
    assert_non_null(strstr(text, "400 domains"));
    assert_non_null(strstr(text, "and 390 more"));
    assert_null(strstr(text, "<b>"));
}

static void test_bound(void **state)
{
    struct ticket ticket;
    struct plan plan;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 256 << 20);
    plan_make(arena, 2000, false, &ticket, &plan);
    struct markdown *md = markdown_new(arena);
    for (int i = 0; i < 200; i++)
        markdown_plan(md, &ticket, &plan);
    const char *text = markdown_text(md);
    assert_true(characters(text) < MARKDOWN_MAX);
    assert_non_null(strstr(text, "more kinds of change"));
    assert_non_null(strstr(text, "more tickets"));
}

/* Fences come in pairs, and none comes from a value. */
static void test_fences(void **state)
{
    struct ticket ticket;
    struct plan plan;
    size_t fences = 0;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 64 << 20);
    plan_make(arena, 5, false, &ticket, &plan);
    struct markdown *md = markdown_new(arena);
    markdown_plan(md, &ticket, &plan);
    for (const char *at = markdown_text(md); (at = strstr(at, "```")); at += 3)
        fences++;
    assert_int_equal(fences, 10);
}

static void test_set_line_is_sorted(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rrset *set = txt(arena, "a.example", "b");
    rrset_add(arena, set, txt_from_octets("a", 1, arena));
    assert_string_equal(text_set_line(set, arena), "300 a | b");
    assert_string_equal(text_set_line(NULL, arena), "(absent)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_about),
        cmocka_unit_test(test_four_hundred_alike),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_fences),
        cmocka_unit_test(test_set_line_is_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
