/* plan: the numbered table row by row, the rules between sets, what is left out,
 * digest, findings, times; all over zones in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_bench.h"

#define ONE_DOMAIN "{\"a.example\":{}}"

/* Records as "owner ttl type rdata" lines. */
static void records(struct bench *bench, struct fake_zone *zone, const char *lines)
{
    char owner[128], type[16];
    unsigned ttl;
    int used;
    while (lines && *lines) {
        const char *end = strchrnul(lines, '\n');
        if (sscanf(lines, "%127s %u %15s %n", owner, &ttl, type, &used) != 3)
            fail_msg("no record: %s", lines);
        fake_record(bench->fake, zone, arena_strdup(bench->arena, owner), ttl, type,
                    arena_strndup(bench->arena, lines + used, (size_t)(end - lines - used)));
        lines = *end ? end + 1 : end;
    }
}

static const char *set_show(const struct rrset *set, struct arena *arena)
{
    if (!set)
        return "-";
    struct strv values = { 0 };
    for (size_t i = 0; i < set->n; i++)
        strv_push(arena, &values, rdata_text(set->type, set->rr[i], arena));
    return arena_printf(arena, "%u %s", set->ttl, strv_join(arena, &values, " | "));
}

struct row {
    const char *live;         /* when proposed */
    const char *edits;        /* a line each */
    const char *owner, *type; /* what moves before the plan; NULL: nothing */
    const char *moved;        /* its new records */
    enum set_class cls;
    const char *after;
};

#define MX_A  "a.example 300 MX 10 old.example.net."
#define MX_B  "a.example 300 MX 10 new.example.net."
#define MX_C  "a.example 300 MX 10 third.example.net."
#define TXT_1 "a.example 300 TXT \"v=spf1 -all\""
#define TXT_2 "a.example 300 TXT \"other=1\""
#define SET_B "set @ 300 MX 10 new.example.net."

static const struct row rows[] = {
    /* 3: live is what was recorded */
    { MX_A, SET_B, NULL, NULL, NULL, CLASS_CHANGE, "300 10 new.example.net." },
    { NULL, SET_B, NULL, NULL, NULL, CLASS_CHANGE, "300 10 new.example.net." },
    { MX_A, "remove @ MX", NULL, NULL, NULL, CLASS_CHANGE, "-" },
    { MX_A, "ttl @ MX 60", NULL, NULL, NULL, CLASS_CHANGE, "60 10 old.example.net." },
    { TXT_2, "add @ TXT x=1", NULL, NULL, NULL, CLASS_CHANGE, "300 other=1 | x=1" },
    /* several edits of one set, in order */
    { TXT_2, "add @ TXT x=1\nremove @ TXT other=1\nttl @ TXT 60", NULL, NULL, NULL, CLASS_CHANGE,
      "60 x=1" },
    { MX_A, "set @ MX 10 new.example.net.\nttl @ MX 77", NULL, NULL, NULL, CLASS_CHANGE,
      "77 10 new.example.net." },
    /* 2: live is the target */
    { MX_B, SET_B, NULL, NULL, NULL, CLASS_ALREADY, "300 10 new.example.net." },
    { MX_A, SET_B, "a.example", "MX", MX_B, CLASS_ALREADY, "300 10 new.example.net." },
    { MX_A, "remove @ MX", "a.example", "MX", NULL, CLASS_ALREADY, "-" },
    { TXT_1 "\n" TXT_2, "remove @ TXT other=1", "a.example", "TXT", TXT_1, CLASS_ALREADY,
      "300 v=spf1 -all" },
    { TXT_2, "add @ TXT x=1", "a.example", "TXT", TXT_2 "\na.example 300 TXT \"x=1\"",
      CLASS_ALREADY, "300 other=1 | x=1" },
    /* 4: a neighbour moved */
    { TXT_2, "add @ TXT x=1", "a.example", "TXT", TXT_2 "\na.example 300 TXT \"n=2\"", CLASS_MOVED,
      "300 other=1 | n=2 | x=1" },
    { TXT_1 "\n" TXT_2, "spf add ip4:192.0.2.1", "a.example", "TXT",
      TXT_1 "\na.example 300 TXT \"n=2\"", CLASS_MOVED, "300 v=spf1 ip4:192.0.2.1 -all | n=2" },
    { MX_A, "ttl @ MX 60", "a.example", "MX", MX_C, CLASS_MOVED, "60 10 third.example.net." },
    /* 5: what the edit touches moved */
    { MX_A, SET_B, "a.example", "MX", MX_C, CLASS_CONFLICT, "300 10 new.example.net." },
    { MX_A, SET_B, "a.example", "MX", NULL, CLASS_CONFLICT, "300 10 new.example.net." },
    { NULL, SET_B, "a.example", "MX", MX_C, CLASS_CONFLICT, "300 10 new.example.net." },
    { TXT_1, "spf add ip4:192.0.2.1", "a.example", "TXT", "a.example 300 TXT \"v=spf1 a -all\"",
      CLASS_CONFLICT, "300 v=spf1 a ip4:192.0.2.1 -all" },
    /* ... so far that the edit has nothing to hold on to */
    { TXT_1, "spf add ip4:192.0.2.1", "a.example", "TXT", TXT_2, CLASS_CONFLICT,
      "300 v=spf1 ip4:192.0.2.1 -all" },
    { TXT_1 "\n" TXT_2, "remove @ TXT other=1", "a.example", "TXT", "a.example 300 TXT \"z\"",
      CLASS_CONFLICT, "300 v=spf1 -all" },
};

static void change_lines(struct bench *bench, const char *edits)
{
    while (*edits) {
        const char *end = strchrnul(edits, '\n');
        bench_change(bench, arena_strndup(bench->arena, edits, (size_t)(end - edits)));
        edits = *end ? end + 1 : end;
    }
}

static void numbered_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
        struct fake_zone *zone = bench_domain(bench, "a.example");
        records(bench, zone, row->live);
        change_lines(bench, row->edits);
        struct plan first = bench_record(bench);
        uint16_t type = 0;
        if (row->owner) {
            assert_int_equal(rtype_parse(row->type, &type, NULL), 0);
            fake_remove(zone, row->owner, type);
            records(bench, zone, row->moved);
        }
        struct plan plan = bench_plan_fine(bench);
        assert_int_equal(plan.targets.n, 1);
        const struct target_set *set = &plan.targets.v[0].sets[0];
        const char *after = set_show(set->after, arena);
        if (set->cls != row->cls || strcmp(after, row->after) != 0)
            fail_msg("row %zu: %s, after %s, want %s (%s)", i, set_class_text(set->cls), after,
                     row->after, set->detail ? set->detail : "");
        assert_int_equal(plan.n_class[row->cls], 1);
        assert_int_equal(set->detail != NULL,
                         row->cls == CLASS_CONFLICT || row->cls == CLASS_MOVED);
        /* The digest binds what was recorded, not what moved around it. */
        assert_string_equal(first.digest, plan.digest);
        struct err err = { 0 };
        int refused = plan_refuse_conflicts(&plan, &err);
        assert_int_equal(refused, row->cls == CLASS_CONFLICT ? -1 : 0);
        assert_int_equal(err.code, refused ? ERR_CONFLICT : ERR_NONE);
        assert_int_equal(plan.writes, row->cls == CLASS_CHANGE || row->cls == CLASS_MOVED);
    }
}

static void unmanaged_is_never_written(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    struct fake_zone *zone = bench_domain(bench, "a.example");
    fake_record(bench->fake, zone, "a.example", 300, "MX", "10 x.example.net.")->unmanaged =
        "proxied";
    bench_change(bench, SET_B);
    bench_record(bench);
    struct plan plan = bench_plan_fine(bench);
    assert_int_equal(plan.n_class[CLASS_UNMANAGED], 1);
    assert_string_equal(plan.targets.v[0].sets[0].detail, "proxied");
    assert_false(target_writes(&plan.targets.v[0]));
    assert_int_equal(plan.writes, 0);
    assert_string_equal(plan.findings.v[0].rule, "set.unmanaged");
}

/* An alias answers for addresses only: the rest of its name is written. */
static void addresses_beside_an_alias(void **state)
{
    static const struct {
        const char *type, *edit;
        size_t unmanaged;
    } cases[] = {
        { "TYPE65401", "set @ A 192.0.2.9", 1 },
        { "TYPE65401", "set @ AAAA 2001:db8::9", 1 },
        { "TYPE65401", "set @ MX 10 new.example.net.", 0 },
        { "TYPE65401", "set www A 192.0.2.9", 0 },
        { "TYPE65535", "set @ A 192.0.2.9", 0 }, /* reserved, no private use */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
        struct fake_zone *zone = bench_domain(bench, "a.example");
        print_message("  %s\n", cases[i].edit);
        fake_record(bench->fake, zone, "a.example", 300, cases[i].type, "\\# 1 00")->unmanaged =
            "an alias";
        bench_change(bench, cases[i].edit);
        bench_record(bench);
        struct plan plan = bench_plan_fine(bench);
        assert_int_equal(plan.n_class[CLASS_UNMANAGED], cases[i].unmanaged);
        assert_int_equal(target_writes(&plan.targets.v[0]), !cases[i].unmanaged);
    }
}

/* --- rules ------------------------------------------------------------------- */

struct rule {
    const char *live, *edits, *allow;
    bool per_rrset;
    const char *says;
};

static void rules_between_sets(void **state)
{
    (void)state;
    static const struct rule table[] = {
        { "www.a.example 300 CNAME b.example.", "remove www CNAME\nset www A 192.0.2.1", NULL,
          false, NULL },
        { "www.a.example 300 CNAME b.example.", "remove www CNAME\nset www A 192.0.2.1", NULL, true,
          "swap" },
        { "www.a.example 300 CNAME b.example.", "remove www CNAME\nset www A 192.0.2.1", "swap",
          true, NULL },
        { "www.a.example 300 A 192.0.2.1", "remove www A\nset www CNAME b.example.", NULL, true,
          "swap" },
        { "www.a.example 300 A 192.0.2.1", "remove www A\nset www CNAME b.example.", NULL, false,
          NULL },
        { "www.a.example 300 A 192.0.2.1", "set www CNAME b.example.", NULL, false, "CNAME" },
        { "www.a.example 300 CNAME b.example.", "add www TXT x", NULL, false, "CNAME" },
        { NULL, "set @ CNAME b.example.", NULL, false, "apex" },
        { "sub.a.example 300 NS ns.example.net.", "set www.sub A 192.0.2.1", NULL, false,
          "delegated" },
        { "sub.a.example 300 NS ns.example.net.", "set sub TXT x", NULL, false, "delegated" },
        { "sub.a.example 300 NS ns.example.net.", "set sub NS ns2.example.net.", NULL, false,
          NULL },
        { "sub.a.example 300 NS ns.example.net.", "remove sub NS\nset www.sub A 192.0.2.1", NULL,
          false, NULL },
        { "d.a.example 300 DNAME b.example.", "set www.d A 192.0.2.1", NULL, false, "DNAME" },
        { TXT_2, "remove @ TXT other=1", NULL, false, "empty-rrset" },
        { TXT_2, "remove @ TXT other=1", "empty-rrset", false, NULL },
        { TXT_2, "remove @ TXT", NULL, false, NULL },
        { NULL, "set @ NS ns1.example.net.\nset @ NS ns2.example.net.", NULL, false, "root-ns" },
        { NULL, "set @ NS ns1.example.net.\nset @ NS ns2.example.net.", "root-ns", false, NULL },
        { NULL, "set refused A 192.0.2.1", NULL, false, "not served here" },
        { MX_A, "remove @ MX 10 nobody.example.", NULL, false, "no record" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
        struct fake_zone *zone = bench_domain(bench, "a.example");
        bench->fake->caps.atomic = table[i].per_rrset ? ATOMIC_RRSET : ATOMIC_ZONE;
        bench->fake->refused = "refused.a.example";
        records(bench, zone, table[i].live);
        change_lines(bench, table[i].edits);
        if (table[i].allow)
            strv_push(arena, &bench->ticket.allow, table[i].allow);
        bench->in.record = true;
        struct plan plan;
        struct err err = { 0 };
        int status = bench_plan(bench, &plan, &err);
        if (status != (table[i].says ? -1 : 0))
            fail_msg("case %zu (%s): %s", i, table[i].edits, status ? err.message : "went well");
        if (!status)
            continue;
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, table[i].says) && !strstr(err.hint, table[i].says))
            fail_msg("case %zu: %s (%s)", i, err.message, err.hint);
        assert_ptr_equal(strstr(err.message, "a.example"), err.message);
    }
}

/* --- several domains --------------------------------------------------------- */

static void providers_value_is_the_target(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    bench_domain(bench, "a.example");
    bench->fake->ttl_floor = 120;
    bench_change(bench, "set @ 60 MX 10 new.example.net.");
    struct plan plan = bench_record(bench);
    assert_int_equal(plan.targets.v[0].sets[0].after->ttl, 120);
}

static void all_domains_are_tried_and_counted(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench =
        bench_new(arena, "{\"a.example\":{},\"b.example\":{},\"c.example\":{}}", "");
    bench_domain(bench, "a.example");
    struct fake_zone *b = bench_domain(bench, "b.example");
    bench_domain(bench, "c.example");
    fake_record(bench->fake, b, "b.example", 60, "TXT", "\"x\"");
    bench_change(bench, "remove @ TXT");
    bench->in.record = true;
    struct plan plan;
    struct err err = { 0 };
    assert_int_equal(bench_plan(bench, &plan, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_ptr_equal(strstr(err.message, "a.example"), err.message);
    assert_non_null(strstr(err.message, "(and 1 more)"));
    assert_int_equal(bench->fake->reads, 3);

    bench->in.skip_unfit = true;
    plan = bench_plan_fine(bench);
    assert_int_equal(plan.targets.n, 1);
    assert_string_equal(plan.targets.v[0].domain, "b.example");
    assert_int_equal(plan.n_skipped, 2);
    assert_string_equal(plan.skipped[0].domain, "a.example");
    assert_string_equal(plan.skipped[1].domain, "c.example");
    assert_non_null(strstr(plan.skipped[1].why, "TXT"));
}

static void zones_that_cannot_be_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{},\"b.example\":{}}", "");
    bench_domain(bench, "a.example");
    struct fake_zone *b = bench_domain(bench, "b.example");
    err_set(&b->err, ERR_AUTH, "401");
    bench_change(bench, SET_B);
    bench->in.record = bench->in.skip_unfit = true;
    struct plan plan;
    struct err err = { 0 };
    assert_int_equal(bench_plan(bench, &plan, &err), -1);
    assert_int_equal(err.code, ERR_AUTH);
    assert_string_equal(err.message, "b.example: 401");
    err_set(&b->err, ERR_NOT_FOUND, "no zone");
    plan = bench_plan_fine(bench);
    assert_int_equal(plan.n_skipped, 1);
    bench->in.skip_unfit = false;
    assert_int_equal(bench_plan(bench, &plan, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void conflicts_can_be_left_out(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{},\"b.example\":{}}", "");
    struct fake_zone *a = bench_domain(bench, "a.example");
    bench_domain(bench, "b.example");
    bench_change(bench, SET_B);
    struct plan first = bench_record(bench);
    records(bench, a, MX_C);
    struct plan plan = bench_plan_fine(bench);
    struct err err = { 0 };
    assert_int_equal(plan_refuse_conflicts(&plan, &err), -1);
    assert_ptr_equal(strstr(err.message, "a.example: a.example MX moved"), err.message);
    bench->in.skip_conflicts = true;
    plan = bench_plan_fine(bench);
    assert_int_equal(plan_refuse_conflicts(&plan, &err), 0);
    assert_int_equal(plan.targets.n, 1);
    assert_string_equal(plan.targets.v[0].domain, "b.example");
    assert_int_equal(plan.n_skipped, 1);
    assert_non_null(strstr(plan.skipped[0].why, "third.example.net"));
    assert_string_equal(first.digest, plan.digest);
}

static bool has_finding(const struct plan *plan, const char *rule)
{
    for (size_t i = 0; i < plan->findings.n; i++)
        if (strcmp(plan->findings.v[i].rule, rule) == 0)
            return true;
    return false;
}

static void all_accounts_of_a_domain_or_none(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench =
        bench_new(arena, "{\"a.example\":{\"providers\":[\"pdns\",\"other\"]}}", "");
    bench_domain(bench, "a.example");
    struct fake_zone *other = fake_zone_add(bench->fake, "other", "a.example");
    bench_change(bench, SET_B);
    bench_record(bench);
    assert_int_equal(bench->ticket.n_rollback, 1);
    struct plan plan = bench_plan_fine(bench);
    assert_int_equal(plan.targets.n, 2);
    assert_string_equal(plan.targets.v[1].account, "other");
    assert_int_equal(plan.targets.v[0].step, plan.targets.v[1].step);
    assert_int_equal(plan.targets.v[0].n_servers, 2);
    assert_int_equal(plan.targets.v[1].n_servers, 1); /* ignore_ns */
    assert_false(has_finding(&plan, "accounts.differ"));
    records(bench, other, MX_C);
    bench->in.skip_conflicts = true;
    plan = bench_plan_fine(bench);
    assert_int_equal(plan.targets.n, 0);
    assert_int_equal(plan.n_skipped, 1);
    plan = bench_record(bench); /* proposing says so */
    assert_true(has_finding(&plan, "accounts.differ"));
}

static void two_domains_in_one_zone(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench =
        bench_new(arena, "{\"a.example\":{},\"mail.a.example\":{\"zone\":\"a.example\"}}", "");
    bench_domain(bench, "a.example");
    strv_push(arena, &bench->ticket.domains, "mail.a.example");
    bench_change(bench, "set @ TXT x");
    bench->in.record = true;
    struct plan plan = bench_plan_fine(bench);
    assert_int_equal(plan.targets.n, 2);
    assert_int_equal(bench->fake->reads, 1); /* one zone, one read */
    assert_int_equal(plan.writes, 1);
    bench_change(bench, "set mail A 192.0.2.1");
    plan = bench_plan_fine(bench);         /* mail.a.example and mail.mail.a.example */
    bench_change(bench, "set mail TXT y"); /* meets "@" of the other */
    struct err err = { 0 };
    assert_int_equal(bench_plan(bench, &plan, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "mail.a.example TXT"));
}

/* A CNAME of one domain and another type of the next at the same name. */
static void two_domains_meet_at_a_cname(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench =
        bench_new(arena, "{\"a.example\":{},\"mail.a.example\":{\"zone\":\"a.example\"}}", "");
    bench_domain(bench, "a.example");
    strv_push(arena, &bench->ticket.domains, "mail.a.example");
    bench_change(bench, "set mail CNAME b.example.");
    bench_change(bench, "set @ TXT x");
    bench->in.record = true;
    struct plan plan;
    struct err err = { 0 };
    assert_int_equal(bench_plan(bench, &plan, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "a.example and mail.a.example both change"));
}

static void a_ticket_without_its_review_copy(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    bench_domain(bench, "a.example");
    bench_change(bench, SET_B);
    struct plan plan;
    struct err err = { 0 };
    assert_int_equal(bench_plan(bench, &plan, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.hint, "dnschange refresh DNS-2026-11-23-001");
}

/* --- answers, findings, times ------------------------------------------------ */

static void wildcards_answer_for_what_is_absent(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    struct fake_zone *zone = bench_domain(bench, "a.example");
    records(bench, zone,
            "*.a.example 120 A 192.0.2.99\nwww.a.example 60 A 192.0.2.1\n"
            "two.a.example 60 A 192.0.2.1\ntwo.a.example 60 TXT \"x\"");
    bench_change(bench, "remove www A");
    bench_change(bench, "remove two A");
    bench_change(bench, "set new A 192.0.2.2");
    struct plan plan = bench_record(bench);
    const struct target *target = &plan.targets.v[0];
    assert_string_equal(set_show(target->sets[0].synthesised, arena), "120 192.0.2.99");
    assert_null(target->sets[1].synthesised); /* the name goes on existing */
    assert_string_equal(set_show(target->sets[2].synthesised, arena), "120 192.0.2.99");
    assert_int_equal(target->negative_ttl_s, 600);
    assert_true(target->features & 1u << FEATURE_WILDCARD);
}

static void findings_and_exceptions(void **state)
{
    (void)state;
    static const struct {
        const char *expires;
        size_t errors;
    } table[] = {
        { "2025-11-24", 0 }, /* today is its last day */
        { "2025-11-23", 1 },
        { "2030-01-01", 0 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct bench *bench = bench_new(
            arena,
            arena_printf(arena,
                         "{\"a.example\":{\"exceptions\":[{\"rule\":\"spf.multi\",\"reason\":"
                         "\"r\",\"owner\":\"o@a.example\",\"expires\":\"%s\"}]}}",
                         table[i].expires),
            "");
        struct fake_zone *zone = bench_domain(bench, "a.example");
        records(bench, zone, TXT_1);
        bench_change(bench, "add @ TXT v=spf1 a -all");
        struct plan plan = bench_record(bench);
        struct err err = { 0 };
        int status = plan_refuse_errors(&plan, &err);
        if (status != (table[i].errors ? -1 : 0))
            fail_msg("case %zu: %s", i, status ? err.message : "no error");
        if (status) {
            assert_int_equal(err.code, ERR_INVALID);
            assert_non_null(strstr(err.message, "spf.multi"));
        }
    }
}

static void bake_and_horizon(void **state)
{
    (void)state;
    static const struct {
        uint32_t ttl;
        const char *rollout;
        int64_t required, bake;
        bool cut;
    } table[] = {
        { 300, "", 300, 300, false },
        { 7200, "", 7200, 3600, true },
        { 7200, "\"max_bake\":\"3h\"", 7200, 7200, false },
        { 300, "\"bake\":\"10m\"", 300, 600, false },
        { 0, "", 600, 600, false }, /* a new name: the negative TTL */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct bench *bench = bench_new(
            arena, "{\"a.example\":{},\"b.example\":{},\"c.example\":{}}",
            *table[i].rollout ? arena_printf(arena, ",\"rollout\":{%s}", table[i].rollout) : "");
        static const char *const names[] = { "a.example", "b.example", "c.example" };
        for (int k = 0; k < 3; k++) {
            struct fake_zone *zone = bench_domain(bench, names[k]);
            if (table[i].ttl)
                fake_record(bench->fake, zone, names[k], table[i].ttl, "MX", "10 x.example.net.");
        }
        bench_change(bench, "set @ 900 MX 10 new.example.net.");
        struct plan plan = bench_record(bench);
        assert_int_equal(plan.bake_required_ms, table[i].required * 1000);
        assert_int_equal(plan.bake_ms, table[i].bake * 1000);
        assert_int_equal(has_finding(&plan, "bake.cut"), table[i].cut);
        assert_int_equal(plan.rollback_horizon_s, 900);
        assert_int_equal(plan.reads, 6); /* once to plan, once before each write */
        assert_int_equal(plan.writes, 3);
        assert_true(plan.estimate_ms >= plan.bake_ms + 360);
        assert_true(plan.rollback_ms >= 330 && plan.rollback_ms < 60000);
        assert_int_equal(plan.level, 'C');
        assert_string_equal(plan.source, "api");
    }
}

/* Only canaries are written when the bake begins. */
static void the_bake_is_the_canaries(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{},\"b.example\":{}}", "");
    records(bench, bench_domain(bench, "a.example"), "a.example 300 MX 10 x.example.net.");
    records(bench, bench_domain(bench, "b.example"), "b.example 9000 MX 10 x.example.net.");
    strv_push(arena, &bench->ticket.canary, "a.example");
    bench_change(bench, SET_B);
    struct plan plan = bench_record(bench);
    assert_int_equal(plan.bake_ms, 300 * 1000);
    assert_true(has_finding(&plan, "canary.feature")); /* no canary has the long TTL */
}

static void canaries_alone_do_not_bake(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    records(bench, bench_domain(bench, "a.example"), "a.example 86400 MX 10 x.example.net.");
    bench_change(bench, SET_B);
    struct plan plan = bench_record(bench);
    assert_int_equal(plan.bake_ms, 0);
    assert_int_equal(plan.bake_required_ms, 86400 * 1000);
    assert_false(has_finding(&plan, "bake.cut"));
}

static void zones_nobody_serves_are_named(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    bench_domain(bench, "a.example")->ns = NULL;
    bench_change(bench, SET_B);
    struct plan plan = bench_record(bench);
    assert_true(has_finding(&plan, "servers.none"));
    assert_int_equal(plan.targets.v[0].n_servers, 0);
}

static void digest_binds_what_matters(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    bench_domain(bench, "a.example");
    bench_change(bench, SET_B);
    struct plan plan = bench_record(bench);
    char first[65], other[65];
    plan_digest(&bench->ticket, &plan.targets, first);
    assert_string_equal(first, plan.digest);
    assert_int_equal(strlen(first), 64);

    bench->ticket.reason = "another";
    bench->ticket.risk = RISK_HIGH;
    plan_digest(&bench->ticket, &plan.targets, other);
    assert_string_equal(first, other);

    struct ticket ticket = bench->ticket;
    ticket.has_window = true;
    plan_digest(&ticket, &plan.targets, other);
    assert_string_not_equal(first, other);

    ticket = bench->ticket;
    strv_push(arena, &ticket.allow, "swap");
    plan_digest(&ticket, &plan.targets, other);
    assert_string_not_equal(first, other);

    ticket = bench->ticket;
    assert_int_equal(edit_parse("ttl @ MX 5", arena, &ticket.change, NULL), 0);
    plan_digest(&ticket, &plan.targets, other);
    assert_string_not_equal(first, other);

    struct rrset *after = rrset_copy(arena, plan.targets.v[0].sets[0].after);
    after->ttl++;
    plan.targets.v[0].sets[0].after = after;
    plan_digest(&bench->ticket, &plan.targets, other);
    assert_string_not_equal(first, other);
}

/* A ticket keeps names in lower case, a provider as they were given. */
static void digest_knows_no_case_of_names(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    struct fake_zone *zone = bench_domain(bench, "a.example");
    static const uint8_t wire[] = "\x00\x0a\x02MX\x07"
                                  "Example"; /* the root ends it */
    struct rrset *set = fake_record(bench->fake, zone, "a.example", 300, "MX", "20 b.example.");
    rrset_add(arena, set, (struct rdata){ wire, sizeof wire });
    bench_change(bench, "ttl @ MX 60");
    struct plan first = bench_record(bench);
    fake_record(bench->fake, zone, "a.example", 300, "MX", "30 c.example.");
    struct plan plan = bench_plan_fine(bench);
    assert_int_equal(plan.n_class[CLASS_MOVED], 1);
    assert_string_equal(first.digest, plan.digest);
}

static void review_copies_keep_string_boundaries(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, ONE_DOMAIN, "");
    struct fake_zone *zone = bench_domain(bench, "a.example");
    fake_record(bench->fake, zone, "a.example", 60, "TXT", "\"v=spf1 a\" \" -all\"");
    bench_change(bench, "add @ TXT x=1");
    bench_record(bench);
    const struct rollback_set *set = &bench->ticket.rollback[0].sets[0];
    assert_string_equal(set->owner, "@");
    assert_string_equal(set->values.v[0], "v=spf1 a -all");
    assert_non_null(set->strings);
    assert_int_equal(set->strings[0].n, 2);
    struct plan plan = bench_plan_fine(bench);
    assert_int_equal(plan.targets.v[0].sets[0].cls, CLASS_CHANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbered_table),
        cmocka_unit_test(unmanaged_is_never_written),
        cmocka_unit_test(addresses_beside_an_alias),
        cmocka_unit_test(rules_between_sets),
        cmocka_unit_test(providers_value_is_the_target),
        cmocka_unit_test(all_domains_are_tried_and_counted),
        cmocka_unit_test(zones_that_cannot_be_read),
        cmocka_unit_test(conflicts_can_be_left_out),
        cmocka_unit_test(all_accounts_of_a_domain_or_none),
        cmocka_unit_test(two_domains_in_one_zone),
        cmocka_unit_test(two_domains_meet_at_a_cname),
        cmocka_unit_test(a_ticket_without_its_review_copy),
        cmocka_unit_test(wildcards_answer_for_what_is_absent),
        cmocka_unit_test(findings_and_exceptions),
        cmocka_unit_test(bake_and_horizon),
        cmocka_unit_test(the_bake_is_the_canaries),
        cmocka_unit_test(canaries_alone_do_not_bake),
        cmocka_unit_test(zones_nobody_serves_are_named),
        cmocka_unit_test(digest_binds_what_matters),
        cmocka_unit_test(digest_knows_no_case_of_names),
        cmocka_unit_test(review_copies_keep_string_boundaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
