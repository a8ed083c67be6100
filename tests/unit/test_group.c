/* group: identical changes together, odd ones first, values of variables by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/group.h"

struct world {
    struct arena *arena;
    struct targets targets;
    struct ticket ticket;
    struct change_groups groups;
};

static struct rrset *set_of(struct arena *arena, const char *owner, uint16_t type, uint32_t ttl,
                            const char *values)
{
    struct err err;
    if (!values)
        return NULL;
    struct rrset *set = rrset_new(arena, owner, type, ttl);
    char *copy = arena_strdup(arena, values), *rest = NULL;
    for (char *value = strtok_r(copy, "|", &rest); value; value = strtok_r(NULL, "|", &rest)) {
        struct rdata rdata;
        assert_int_equal(rdata_parse(type, value, owner, RDATA_TICKET, arena, &rdata, &err), 0);
        rrset_add(arena, set, rdata);
    }
    return set;
}

static void add(struct world *w, const char *domain, enum set_class cls, uint16_t type,
                const char *before, const char *after)
{
    struct target *target = vec_push(w->arena, &w->targets);
    target->domain = domain;
    target->account = "pdns";
    target->n = 1;
    target->sets = ARENA_NEW(w->arena, struct target_set);
    target->sets[0] = (struct target_set){ .owner = domain,
                                           .type = type,
                                           .cls = cls,
                                           .before = set_of(w->arena, domain, type, 300, before),
                                           .after = set_of(w->arena, domain, type, 300, after) };
}

static const char *lines(struct world *w, size_t i)
{
    return strv_join(w->arena, &w->groups.v[i].lines, "\n");
}

static void test_alike_and_odd(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    struct world w = { .arena = arena };
    for (int i = 0; i < 400; i++)
        add(&w, arena_printf(arena, "d%d.example", i), CLASS_CHANGE, TYPE_MX, "10 old.example.",
            "10 new.example.");
    add(&w, "odd.example", CLASS_CHANGE, TYPE_MX, "10 other.example.", "10 new.example.");
    add(&w, "stuck.example", CLASS_CONFLICT, TYPE_MX, "10 third.example.", "10 new.example.");
    add(&w, "fine.example", CLASS_ALREADY, TYPE_MX, "10 new.example.", "10 new.example.");
    groups_build(&w.targets, NULL, arena, &w.groups);
    assert_int_equal(w.groups.n, 4);
    assert_int_equal(w.groups.v[0].cls, CLASS_CONFLICT);
    assert_string_equal(w.groups.v[1].domains.v[0], "odd.example");
    assert_int_equal(w.groups.v[2].domains.n, 400);
    assert_int_equal(w.groups.v[3].cls, CLASS_ALREADY);
    assert_string_equal(lines(&w, 2), "- 300 10 old.example.\n+ 300 10 new.example.");
    assert_string_equal(group_names(&w.groups.v[2].domains, 2, arena),
                        "d0.example, d1.example and 398 more");
}

static void test_words_of_one_record(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    struct world w = { .arena = arena };
    add(&w, "a.example", CLASS_CHANGE, TYPE_TXT, "v=spf1 ip4:192.0.2.1 -all|keep=1",
        "v=spf1 ip4:192.0.2.1 include:x.example -all|keep=1|new=2");
    add(&w, "b.example", CLASS_CHANGE, TYPE_TXT, "v=spf1 ip4:192.0.2.2 ~all",
        "v=spf1 ip4:192.0.2.2 include:x.example ~all|new=2");
    groups_build(&w.targets, NULL, arena, &w.groups);
    assert_int_equal(w.groups.n, 1);
    assert_string_equal(lines(&w, 0), "~ v=spf1 +include:x.example\n+ 300 new=2");
}

/* Words that only changed places, or their blanks, would look like no change. */
static void test_words_do_not_tell(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    struct world w = { .arena = arena };
    add(&w, "a.example", CLASS_CHANGE, TYPE_TXT, "v=spf1 -all mx", "v=spf1 mx -all");
    add(&w, "b.example", CLASS_CHANGE, TYPE_TXT, "v=spf1  mx -all", "v=spf1 mx -all");
    add(&w, "c.example", CLASS_CHANGE, TYPE_TXT, "v=spf1 -all mx", "v=spf1 mx a -all");
    groups_build(&w.targets, NULL, arena, &w.groups);
    assert_int_equal(w.groups.n, 3);
    assert_string_equal(lines(&w, 0), "- 300 v=spf1 -all mx\n+ 300 v=spf1 mx -all");
    assert_string_equal(lines(&w, 1), "- 300 v=spf1  mx -all\n+ 300 v=spf1 mx -all");
    assert_string_equal(lines(&w, 2), "- 300 v=spf1 -all mx\n+ 300 v=spf1 mx a -all");
}

/* Each conflict says its own why. */
static void test_details_kept_apart(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    struct world w = { .arena = arena };
    for (int i = 0; i < 3; i++) {
        const char *domain = arena_printf(arena, "d%d.example", i);
        add(&w, domain, CLASS_CONFLICT, TYPE_MX, "10 old.example.", "10 new.example.");
        w.targets.v[i].sets[0].detail =
            i == 2 ? "live: another" : arena_printf(arena, "live: mx.%s", domain);
    }
    groups_build(&w.targets, NULL, arena, &w.groups);
    assert_int_equal(w.groups.n, 2);
    assert_string_equal(w.groups.v[0].detail, "live: another");
    assert_string_equal(w.groups.v[1].detail, "live: mx.{domain}");
    assert_int_equal(w.groups.v[1].domains.n, 2);
}

static void test_findings(void **state)
{
    struct findings findings = { 0 };
    struct finding_groups groups;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    for (int i = 39; i >= 0; i--) {
        const char *domain = arena_printf(arena, "d%d.example", i);
        finding_add(arena, &findings, SEVERITY_NOTE, "bake.cut", "", "", NULL, "once");
        findings.n -= i > 0;
        finding_add(arena, &findings, SEVERITY_ERROR, "dkim.syntax", domain,
                    arena_printf(arena, "s._domainkey.%s", domain), "RFC", "%s is wrong", domain);
    }
    finding_add(arena, &findings, SEVERITY_ERROR, "spf.multi", "odd.example", "odd.example", "RFC",
                "two at odd.example");
    findings_group(&findings, arena, &groups);
    assert_int_equal(groups.n, 3);
    assert_string_equal(groups.v[0].like->rule, "spf.multi");
    assert_string_equal(groups.v[0].message, "two at odd.example");
    assert_string_equal(groups.v[1].message, "{domain} is wrong");
    assert_string_equal(groups.v[1].owner, "s._domainkey");
    assert_string_equal(group_names(&groups.v[1].domains, 2, arena),
                        "d0.example, d1.example and 38 more");
    assert_string_equal(groups.v[2].like->rule, "bake.cut");
    assert_int_equal(groups.v[2].domains.n, 0);
}

static void test_variables(void **state)
{
    struct domain_vars vars[2] = { { .domain = "a.example" }, { .domain = "b.example" } };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    struct world w = { .arena = arena };
    vars_set(arena, &vars[0].vars, "token", "x1-secret");
    vars_set(arena, &vars[1].vars, "token", "x2-secret");
    w.ticket.vars = vars;
    w.ticket.n_vars = 2;
    add(&w, "a.example", CLASS_CHANGE, TYPE_TXT, NULL, "verify=x1-secret at a.example");
    add(&w, "b.example", CLASS_CHANGE, TYPE_TXT, NULL, "verify=x2-secret at b.example");
    groups_build(&w.targets, &w.ticket, arena, &w.groups);
    assert_int_equal(w.groups.n, 1);
    assert_string_equal(lines(&w, 0), "+ 300 verify={token} at {domain}");
}

static void test_ttl_only(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    struct world w = { .arena = arena };
    add(&w, "a.example", CLASS_CHANGE, TYPE_MX, "10 old.example.", "10 old.example.");
    w.targets.v[0].sets[0].after = set_of(arena, "a.example", TYPE_MX, 60, "10 old.example.");
    groups_build(&w.targets, NULL, arena, &w.groups);
    assert_string_equal(lines(&w, 0), "~ TTL 300 to 60");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alike_and_odd),     cmocka_unit_test(test_words_of_one_record),
        cmocka_unit_test(test_words_do_not_tell), cmocka_unit_test(test_details_kept_apart),
        cmocka_unit_test(test_findings),          cmocka_unit_test(test_variables),
        cmocka_unit_test(test_ttl_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
