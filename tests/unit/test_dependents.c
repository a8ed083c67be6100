/* dependents: who points at a changed name, through targets and SPF terms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "survey/dependents.h"
#include "survey_box.h"

static void add(struct targets *targets, struct arena *arena, const char *owner, const char *type,
                const char *after, enum set_class cls)
{
    struct err err;
    struct target *target = vec_push(arena, targets);
    target->domain = owner;
    target->n = 1;
    target->sets = ARENA_NEW(arena, struct target_set);
    target->sets[0] = (struct target_set){ .owner = owner, .cls = cls };
    assert_int_equal(rtype_parse(type, &target->sets[0].type, &err), 0);
    target->sets[0].after = box_rrset(arena, owner, type, after);
}

static void test_who_points(void **state)
{
    static const struct {
        const char *type, *after;
        size_t n;
    } rows[] = {
        { "MX", "10 hub.example.", 1 },
        { "MX", "10 elsewhere.example.", 0 },
        { "CNAME", "hub.example.", 1 },
        { "TXT", "v=spf1 include:hub.example -all", 1 },
        { "TXT", "v=spf1 redirect=HUB.example", 1 },
        { "TXT", "v=spf1 ?a:hub.example/24 -all", 1 },
        { "TXT", "v=spf1 include:%{d}.hub.example -all", 0 },
        { "TXT", "include:hub.example", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct targets targets = { 0 };
        struct dependents found;
        add(&targets, arena, "hub.example", "A", "192.0.2.1", CLASS_CHANGE);
        add(&targets, arena, "user.example", rows[i].type, rows[i].after, CLASS_ALREADY);
        dependents_find(&targets, arena, &found);
        assert_int_equal(found.n, rows[i].n);
        if (found.n) {
            assert_string_equal(found.v[0].name, "hub.example");
            assert_string_equal(found.v[0].domain, "user.example");
        }
    }
}

static void test_unchanged_name_has_none(void **state)
{
    struct targets targets = { 0 };
    struct dependents found;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    add(&targets, arena, "hub.example", "A", "192.0.2.1", CLASS_ALREADY);
    add(&targets, arena, "user.example", "MX", "10 hub.example.", CLASS_CHANGE);
    dependents_find(&targets, arena, &found);
    assert_int_equal(found.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_points),
        cmocka_unit_test(test_unchanged_name_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
