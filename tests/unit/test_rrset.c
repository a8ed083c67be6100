/* Sets of records: multiset algebra, equality, rules of one set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "dns/rrset.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* "A|B|C": each a TXT string in quotes or other records in zone file form. */
static struct rrset *set_of(struct arena *arena, uint16_t type, uint32_t ttl, const char *values)
{
    struct rrset *set = rrset_new(arena, "a.example", type, ttl);
    while (*values) {
        size_t n = strcspn(values, "|");
        struct rdata rdata;
        assert_int_equal(rdata_parse(type, arena_strndup(arena, values, n), "a.example",
                                     RDATA_ZONEFILE, arena, &rdata, NULL),
                         0);
        rrset_add(arena, set, rdata);
        values += n + (values[n] == '|');
    }
    return set;
}

static const char *text_of(struct arena *arena, const struct rrset *set)
{
    struct strv values = { 0 };
    for (size_t i = 0; i < set->n; i++)
        strv_push(arena, &values, rdata_zonefile_text(set->type, set->rr[i], arena));
    return strv_join(arena, &values, "|");
}

static void values_are_multisets(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same, a_has_b;
    } cases[] = {
        { "", "", true, true },
        { "192.0.2.1", "", false, true },
        { "192.0.2.1|192.0.2.2", "192.0.2.2|192.0.2.1", true, true },
        { "192.0.2.1|192.0.2.1|192.0.2.2", "192.0.2.1|192.0.2.2|192.0.2.2", false, false },
        { "192.0.2.1|192.0.2.1", "192.0.2.1", false, true },
        { "192.0.2.1", "192.0.2.1|192.0.2.1", false, false },
        { "192.0.2.1|192.0.2.2", "192.0.2.1|192.0.2.3", false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct rrset *a = set_of(arena, TYPE_A, 60, cases[i].a);
        struct rrset *b = set_of(arena, TYPE_A, 300, cases[i].b);
        assert_int_equal(rrset_same_values(a, b), cases[i].same); /* TTL not looked at */
        assert_int_equal(rrset_same_values(b, a), cases[i].same);
        assert_int_equal(rrset_contains(a, b), cases[i].a_has_b);
    }
    assert_true(rrset_same_values(NULL, NULL));
    assert_true(rrset_contains(NULL, NULL));
}

static void algebra(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *minus, *both;
    } cases[] = {
        { "10 a.|20 b.", "10 A.", "20 b.", "10 a.|20 b." },
        { "10 a.", "30 c.|10 a.", "", "10 a.|30 c." },
        { "10 a.|10 a.|10 a.", "10 a.", "10 a.|10 a.", "10 a.|10 a.|10 a." },
        { "10 a.", "10 a.|10 a.", "", "10 a.|10 a." },
        { "", "10 a.", "", "10 a." },
        { "10 a.", "", "10 a.", "10 a." },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct rrset *a = set_of(arena, TYPE_MX, 60, cases[i].a);
        struct rrset *b = set_of(arena, TYPE_MX, 300, cases[i].b);
        a->extra = "{}";
        struct rrset *minus = rrset_minus(arena, a, b), *both = rrset_union(arena, a, b);
        assert_string_equal(text_of(arena, minus), cases[i].minus);
        assert_string_equal(text_of(arena, both), cases[i].both);
        assert_int_equal(minus->ttl, 60);
        assert_int_equal(both->ttl, 60);
        assert_string_equal(minus->extra, "{}");
        assert_string_equal(text_of(arena, a), cases[i].a); /* inputs stay */
    }
}

static void algebra_with_nothing(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rrset *b = set_of(arena, TYPE_MX, 300, "10 a.");
    assert_int_equal(rrset_minus(arena, NULL, b)->n, 0);
    assert_int_equal(rrset_minus(arena, b, NULL)->n, 1);
    struct rrset *both = rrset_union(arena, NULL, b);
    assert_int_equal(both->n, 1);
    assert_int_equal(both->ttl, 300);
    assert_string_equal(both->owner, "a.example");
    assert_true(rrset_has(b, b->rr[0]));
    assert_false(rrset_has(NULL, b->rr[0]));
}

static void equality(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rrset *a = set_of(arena, TYPE_TXT, 60, "\"ab\" \"c\"|\"x\"");
    struct rrset *b = set_of(arena, TYPE_TXT, 60, "\"x\"|\"a\" \"bc\"");
    assert_true(rrset_same_values(a, b));
    assert_true(rrset_equivalent(a, b));
    assert_false(rrset_equal(a, b)); /* string boundaries count */
    assert_true(rrset_equal(a, set_of(arena, TYPE_TXT, 60, "\"x\"|\"ab\" \"c\"")));
    b->ttl = 61;
    assert_false(rrset_equivalent(a, b));
    b->ttl = 60;
    b->extra = "{\"comment\":1}";
    assert_false(rrset_equivalent(a, b));
    a->extra = "{\"comment\":2}";
    assert_false(rrset_equivalent(a, b));
    a->extra = "{\"comment\":1}";
    assert_true(rrset_equivalent(a, b));
    a->token = "etag";
    a->unmanaged = "alias";
    assert_true(rrset_equivalent(a, b)); /* tokens are never compared */
}

static void absence(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rrset *none = rrset_new(arena, "a.example", TYPE_MX, 60);
    struct rrset *some = set_of(arena, TYPE_MX, 60, "10 a.");
    assert_true(rrset_absent(NULL));
    assert_true(rrset_absent(none));
    assert_false(rrset_absent(some));
    assert_true(rrset_equal(NULL, none));
    assert_true(rrset_equal(NULL, NULL));
    assert_false(rrset_equal(some, none));
    assert_false(rrset_equal(NULL, some));
    none->extra = "{\"disabled\":[\"10 a.\"]}"; /* kept beside: it exists */
    assert_false(rrset_absent(none));
    assert_false(rrset_equal(NULL, none));
    assert_false(rrset_equal(some, none));
}

static void names_are_folded_in_equality(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    assert_true(
        rrset_equal(set_of(arena, TYPE_MX, 60, "10 A.b"), set_of(arena, TYPE_MX, 60, "10 a.B")));
}

static void copies_are_deep(void **state)
{
    (void)state;
    ARENA_SCOPED keep = arena_new("test", 1 << 20);
    struct rrset *copy;
    {
        ARENA_SCOPED gone = arena_new("test", 1 << 20);
        struct rrset *set = set_of(gone, TYPE_MX, 60, "10 a.|20 b.|30 c.");
        set->owner = arena_strdup(gone, "a.example");
        set->extra = arena_strdup(gone, "{}");
        set->token = arena_strdup(gone, "t");
        set->unmanaged = arena_strdup(gone, "u");
        copy = rrset_copy(keep, set);
    }
    assert_string_equal(copy->owner, "a.example");
    assert_string_equal(text_of(keep, copy), "10 a.|20 b.|30 c.");
    assert_string_equal(copy->extra, "{}");
    assert_string_equal(copy->token, "t");
    assert_string_equal(copy->unmanaged, "u");
    assert_null(rrset_copy(keep, NULL));
}

/* A list made by hand has no spare room. */
static void adding_to_a_list_made_by_hand(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rrset *from = set_of(arena, TYPE_MX, 60, "10 a.|20 b.|30 c.");
    struct rrset set = { .owner = "a.example", .type = TYPE_MX, .ttl = 60 };
    set.rr = arena_memdup(arena, from->rr, 3 * sizeof *from->rr);
    set.n = 3;
    rrset_add(arena, &set, from->rr[0]);
    assert_string_equal(text_of(arena, &set), "10 a.|20 b.|30 c.|10 a.");
}

static void rules_of_one_set(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        uint32_t ttl;
        const char *values, *why; /* NULL: fine */
    } cases[] = {
        { TYPE_MX, 0, "10 a.|10 b.", NULL },
        { TYPE_MX, 2147483647, "0 .", NULL },
        { TYPE_MX, 2147483648, "0 .", "RFC 2181 8" },
        { TYPE_MX, 4294967295, "", NULL }, /* nothing is written */
        { TYPE_MX, 60, "0 .|10 a.", "RFC 7505" },
        { TYPE_MX, 60, "10 a.|0 .", "RFC 7505" },
        { TYPE_MX, 60, "10 a.|20 b.|10 A.", "twice" },
        { TYPE_TXT, 60, "\"a\" \"b\"|\"ab\"", "twice" },
        { TYPE_TXT, 60, "\"a\"|\"A\"", NULL },
        { TYPE_CNAME, 60, "a.", NULL },
        { TYPE_CNAME, 60, "a.|b.", "only one" },
        { TYPE_DNAME, 60, "a.|b.", "only one" },
        { TYPE_SOA, 60, "a. b. 1 2 3 4 5|a. b. 2 2 3 4 5", "only one" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct err err = { 0 };
        struct rrset *set = set_of(arena, cases[i].type, cases[i].ttl, cases[i].values);
        assert_int_equal(rrset_check(set, &err), cases[i].why ? -1 : 0);
        if (!cases[i].why)
            continue;
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, cases[i].why));
        assert_non_null(strstr(err.message, "a.example "));
        assert_non_null(strstr(err.message, rtype_text(cases[i].type)));
        assert_string_not_equal(err.hint, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_multisets),
        cmocka_unit_test(algebra),
        cmocka_unit_test(algebra_with_nothing),
        cmocka_unit_test(equality),
        cmocka_unit_test(absence),
        cmocka_unit_test(names_are_folded_in_equality),
        cmocka_unit_test(copies_are_deep),
        cmocka_unit_test(adding_to_a_list_made_by_hand),
        cmocka_unit_test(rules_of_one_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
