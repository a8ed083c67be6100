/* Zones: finding, wildcards, cuts, and the rules between sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "dns/rrset.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct row {
    const char *owner;
    uint16_t type;
    const char *value; /* NULL: a set without records */
};

static struct rrset set_of(struct arena *arena, const struct row *row)
{
    struct rrset *set = rrset_new(arena, row->owner, row->type, 300);
    struct rdata rdata;
    if (row->value) {
        assert_int_equal(
            rdata_parse(row->type, row->value, ".", RDATA_ZONEFILE, arena, &rdata, NULL), 0);
        rrset_add(arena, set, rdata);
    }
    return *set;
}

static struct zone zone_of(struct arena *arena, const struct row *rows, size_t n)
{
    struct zone zone = { .name = "z.example", .n = n, .whole = true };
    zone.sets = ARENA_ARRAY(arena, struct rrset, n);
    for (size_t i = 0; i < n; i++)
        zone.sets[i] = set_of(arena, &rows[i]);
    zone_sort(&zone);
    return zone;
}

static const struct row rows[] = {
    { "www.z.example", TYPE_A, "192.0.2.1" },
    { "z.example", TYPE_NS, "ns.z.example." },
    { "z.example", TYPE_MX, "10 mx.z.example." },
    { "z.example", TYPE_SOA, "a. b. 1 2 3 4 5" },
    { "*.z.example", TYPE_MX, "20 wild." },
    { "*.z.example", TYPE_TXT, "\"wild\"" },
    { "*.c.z.example", TYPE_CNAME, "elsewhere.example." },
    { "deep.ent.z.example", TYPE_A, "192.0.2.2" },
    { "off.z.example", TYPE_A, NULL },
    { "sub.z.example", TYPE_NS, "ns.other.example." },
    { "sub.z.example", TYPE_DS, "1 8 2 aabb" },
    { "glue.sub.z.example", TYPE_A, "192.0.2.3" },
    { "moved.z.example", TYPE_DNAME, "target.example." },
    { "moved.z.example", TYPE_TXT, "\"here\"" },
    { "ww.z.example", TYPE_A, "192.0.2.4" },
};

static void sets_are_found(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct zone zone = zone_of(arena, rows, COUNT(rows));
    assert_string_equal(zone.sets[0].owner, "z.example"); /* the apex comes first */
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct rrset *set = zone_find(&zone, rows[i].owner, rows[i].type);
        assert_non_null(set);
        assert_string_equal(set->owner, rows[i].owner);
        assert_int_equal(set->type, rows[i].type);
    }
    assert_null(zone_find(&zone, "www.z.example", TYPE_MX));
    assert_null(zone_find(&zone, "zzz.z.example", TYPE_A));
    assert_null(zone_find(&zone, "a.example", TYPE_A));
    size_t n;
    assert_int_equal(zone_owner(&zone, "z.example", &n)->type, TYPE_NS);
    assert_int_equal(n, 3);
    assert_non_null(zone_owner(&zone, "sub.z.example", &n));
    assert_int_equal(n, 2);
    assert_null(zone_owner(&zone, "ent.z.example", &n));
    assert_int_equal(n, 0);
    struct zone empty = { .name = "z.example" };
    zone_sort(&empty);
    assert_null(zone_find(&empty, "z.example", TYPE_A));
}

static void names_exist(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct zone zone = zone_of(arena, rows, COUNT(rows));
    static const struct {
        const char *owner;
        bool exists;
    } cases[] = {
        { "z.example", true },        { "www.z.example", true },  { "ent.z.example", true },
        { "c.z.example", true },      { "off.z.example", false }, { "w.z.example", false },
        { "x.www.z.example", false }, { "ample", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(zone_name_exists(&zone, cases[i].owner), cases[i].exists);
}

/* RFC 4592 2.2.1 and 3.3.1 */
static void wildcards(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct zone zone = zone_of(arena, rows, COUNT(rows));
    static const struct {
        const char *owner;
        uint16_t type;
        const char *from; /* NULL: nothing is synthesised */
        uint16_t from_type;
    } cases[] = {
        { "new.z.example", TYPE_MX, "*.z.example", TYPE_MX },
        { "far.new.z.example", TYPE_TXT, "*.z.example", TYPE_TXT },
        { "new.z.example", TYPE_A, NULL, 0 },                 /* no such type there */
        { "www.z.example", TYPE_MX, NULL, 0 },                /* the name exists */
        { "x.www.z.example", TYPE_MX, NULL, 0 },              /* closest encloser is www */
        { "ent.z.example", TYPE_MX, NULL, 0 },                /* empty non-terminal */
        { "x.ent.z.example", TYPE_MX, NULL, 0 },              /* and as an encloser */
        { "off.z.example", TYPE_MX, "*.z.example", TYPE_MX }, /* disabled only: not served */
        { "x.c.z.example", TYPE_A, "*.c.z.example", TYPE_CNAME },
        { "x.c.z.example", TYPE_CNAME, "*.c.z.example", TYPE_CNAME },
        { "c.z.example", TYPE_A, NULL, 0 },
        { "x.sub.z.example", TYPE_MX, NULL, 0 },   /* delegated away */
        { "x.moved.z.example", TYPE_MX, NULL, 0 }, /* below a DNAME */
        { "z.example", TYPE_TXT, NULL, 0 },
        { "*.z.example", TYPE_A, NULL, 0 },
        { "other.example", TYPE_MX, NULL, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct rrset *set = zone_synthesised(&zone, cases[i].owner, cases[i].type);
        if (!cases[i].from) {
            assert_null(set);
            continue;
        }
        assert_non_null(set);
        assert_string_equal(set->owner, cases[i].from);
        assert_int_equal(set->type, cases[i].from_type);
    }
}

static void cuts(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct zone zone = zone_of(arena, rows, COUNT(rows));
    static const struct {
        const char *owner, *cut;
    } cases[] = {
        { "z.example", NULL },
        { "www.z.example", NULL },
        { "sub.z.example", "sub.z.example" },
        { "glue.sub.z.example", "sub.z.example" },
        { "a.b.sub.z.example", "sub.z.example" },
        { "moved.z.example", NULL }, /* at the DNAME records are seen */
        { "x.moved.z.example", "moved.z.example" },
        { "other.example", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *cut = zone_cut_above(&zone, cases[i].owner);
        if (cases[i].cut)
            assert_string_equal(cut, cases[i].cut);
        else
            assert_null(cut);
    }
    static const struct row apex[] = { { "z.example", TYPE_DNAME, "t.example." },
                                       { "z.example", TYPE_NS, "ns.example." } };
    zone = zone_of(arena, apex, COUNT(apex));
    assert_null(zone_cut_above(&zone, "z.example"));
    assert_string_equal(zone_cut_above(&zone, "x.z.example"), "z.example");
}

struct rule_case {
    const char *what;
    struct row changes[4];
    const char *why; /* NULL: allowed */
};

static const struct rule_case rule_cases[] = {
    { "a new name", { { "new.z.example", TYPE_A, "192.0.2.9" } }, NULL },
    { "a CNAME at a new name", { { "new.z.example", TYPE_CNAME, "x." } }, NULL },
    { "a CNAME beside A", { { "www.z.example", TYPE_CNAME, "x." } }, "A is at the same name" },
    { "A beside a CNAME", { { "*.c.z.example", TYPE_A, "192.0.2.9" } }, "A is at the same name" },
    { "a swap",
      { { "www.z.example", TYPE_A, NULL }, { "www.z.example", TYPE_CNAME, "x." } },
      NULL },
    { "a swap back",
      { { "*.c.z.example", TYPE_A, "192.0.2.9" }, { "*.c.z.example", TYPE_CNAME, NULL } },
      NULL },
    { "half a swap",
      { { "sub.z.example", TYPE_NS, NULL }, { "sub.z.example", TYPE_CNAME, "x." } },
      "DS is at the same name" },
    { "two new sets that clash",
      { { "new.z.example", TYPE_TXT, "\"x\"" }, { "new.z.example", TYPE_CNAME, "x." } },
      "TXT is at the same name" },
    { "a CNAME at the apex", { { "z.example", TYPE_CNAME, "x." } }, "apex" },
    { "NSEC beside a CNAME", { { "*.c.z.example", TYPE_NSEC, "z.example. A" } }, NULL },
    { "removing what is not there", { { "none.z.example", TYPE_CNAME, NULL } }, NULL },
    { "below a DNAME",
      { { "x.moved.z.example", TYPE_A, "192.0.2.9" } },
      "below the DNAME at moved" },
    { "far below a DNAME",
      { { "y.x.moved.z.example", TYPE_A, "192.0.2.9" } },
      "below the DNAME at moved" },
    { "at a DNAME", { { "moved.z.example", TYPE_MX, "10 x." } }, NULL },
    { "a DNAME over a name", { { "ent.z.example", TYPE_DNAME, "x." } }, "below the DNAME at ent" },
    { "a DNAME over a name that goes",
      { { "ent.z.example", TYPE_DNAME, "x." }, { "deep.ent.z.example", TYPE_A, NULL } },
      NULL },
    { "a DNAME and a name below it",
      { { "new.z.example", TYPE_DNAME, "x." }, { "a.new.z.example", TYPE_A, "192.0.2.9" } },
      "below the DNAME at new" },
    { "a name below a DNAME that goes",
      { { "moved.z.example", TYPE_DNAME, NULL }, { "x.moved.z.example", TYPE_A, "192.0.2.9" } },
      NULL },
    { "a DNAME at the apex",
      { { "z.example", TYPE_DNAME, "x." } },
      "below the DNAME at z.example" },
    { "another zone", { { "other.example", TYPE_A, "192.0.2.9" } }, "not in the zone" },
};

static void rules_between_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rule_cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        const struct rule_case *rule = &rule_cases[i];
        struct zone zone = zone_of(arena, rows, COUNT(rows));
        struct rrset sets[4];
        const struct rrset *changes[4];
        size_t n = 0;
        for (; n < 4 && rule->changes[n].owner; n++) {
            sets[n] = set_of(arena, &rule->changes[n]);
            changes[n] = &sets[n];
        }
        struct err err = { 0 };
        int failed = zone_check(&zone, changes, n, &err);
        if ((failed < 0) != (rule->why != NULL))
            fail_msg("%s: %s", rule->what, err.message);
        if (!rule->why)
            continue;
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, rule->why))
            fail_msg("%s: %s", rule->what, err.message);
    }
}

static void no_changes_are_fine(void **state)
{
    (void)state;
    struct zone empty = { .name = "z.example" };
    assert_int_equal(zone_check(&empty, NULL, 0, NULL), 0);
}

static void the_root_zone(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    static const struct row root[] = { { ".", TYPE_NS, "ns." },
                                       { "*", TYPE_TXT, "\"wild\"" },
                                       { "com", TYPE_NS, "ns.com." } };
    struct zone zone = zone_of(arena, root, COUNT(root));
    zone.name = ".";
    assert_string_equal(zone_synthesised(&zone, "x.org", TYPE_TXT)->owner, "*");
    assert_null(zone_synthesised(&zone, "x.com", TYPE_TXT));
    assert_string_equal(zone_cut_above(&zone, "a.com"), "com");
    assert_null(zone_cut_above(&zone, "org"));
}

/* The cost of judging is not the square of the zone's size. */
static void large_zones(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 256 << 20);
    enum { N = 50000 };
    struct zone zone = { .name = "z.example", .n = N };
    zone.sets = ARENA_ARRAY(arena, struct rrset, N);
    const struct rrset **changes = ARENA_ARRAY(arena, const struct rrset *, N);
    struct row row = { NULL, TYPE_A, "192.0.2.1" };
    for (size_t i = 0; i < N; i++) {
        row.owner = arena_printf(arena, "h%zu.z.example", (i * 7919) % N);
        zone.sets[i] = set_of(arena, &row);
        struct rrset *copy = rrset_copy(arena, &zone.sets[i]);
        changes[i] = copy;
    }
    zone_sort(&zone);
    assert_int_equal(zone_check(&zone, changes, N, NULL), 0);
    assert_non_null(zone_find(&zone, "h4711.z.example", TYPE_A));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_found),     cmocka_unit_test(names_exist),
        cmocka_unit_test(wildcards),          cmocka_unit_test(cuts),
        cmocka_unit_test(rules_between_sets), cmocka_unit_test(no_changes_are_fine),
        cmocka_unit_test(the_root_zone),      cmocka_unit_test(large_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
