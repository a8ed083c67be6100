/* verify: every kind of answer against every kind of set, and what servers that
 * disagree come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rollout/verify.h"
#include "sim.h"

/* --- one answer ---------------------------------------------------------------- */

struct world {
    struct arena *arena;
    struct rrset *old, *next, *wild, *cname;
};

static struct rrset *made(struct arena *arena, uint16_t type, uint32_t ttl, const char *value)
{
    struct rrset *set = rrset_new(arena, "x.example", type, ttl);
    struct rdata rdata;
    struct err err;
    assert_int_equal(rdata_parse(type, value, "example", RDATA_ZONEFILE, arena, &rdata, &err), 0);
    rrset_add(arena, set, rdata);
    return set;
}

enum { OLD, NEXT, WILD, CNAME, NONE, NEXT_OTHER_TTL };

static const struct row {
    const char *name;
    int before, after, synthesised, got;
    enum verify_side side;
    enum dns_status status;
    uint8_t rcode;
    bool not_aa, referral;
    enum verdict want;
} rows[] = {
    { "as wanted", OLD, NEXT, NONE, NEXT, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_PASS },
    { "still old", OLD, NEXT, NONE, OLD, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_FAIL },
    { "old again", OLD, NEXT, NONE, OLD, VERIFY_BEFORE, DNS_ANSWERED, 0, 0, 0, VERDICT_PASS },
    { "TTL", OLD, NEXT, NONE, NEXT_OTHER_TTL, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_FAIL },
    { "nothing", OLD, NEXT, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_FAIL },
    { "NXDOMAIN", OLD, NEXT, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 3, 0, 0, VERDICT_FAIL },
    { "absent", OLD, NONE, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 3, 0, 0, VERDICT_PASS },
    { "absent, no data", OLD, NONE, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_PASS },
    { "not absent", OLD, NONE, NONE, OLD, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_FAIL },
    { "wildcard", OLD, NONE, WILD, WILD, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_PASS },
    { "not the wildcard", OLD, NONE, WILD, OLD, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0, VERDICT_FAIL },
    { "an alias instead", OLD, NEXT, NONE, CNAME, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0,
      VERDICT_FAIL },
    { "absent, an alias", OLD, NONE, NONE, CNAME, VERIFY_AFTER, DNS_ANSWERED, 0, 0, 0,
      VERDICT_PASS },
    { "not AA", OLD, NEXT, NONE, NEXT, VERIFY_AFTER, DNS_ANSWERED, 0, true, 0, VERDICT_FAIL },
    { "referral", OLD, NEXT, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 0, 0, true, VERDICT_FAIL },
    { "SERVFAIL", OLD, NEXT, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 2, true, 0, VERDICT_FAIL },
    { "REFUSED", OLD, NEXT, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 5, true, 0, VERDICT_FAIL },
    { "absent, REFUSED", OLD, NONE, NONE, NONE, VERIFY_AFTER, DNS_ANSWERED, 5, true, 0,
      VERDICT_FAIL },
    { "timeout", OLD, NEXT, NONE, NONE, VERIFY_AFTER, DNS_TIMEOUT, 0, 0, 0, VERDICT_UNKNOWN },
    { "broken", OLD, NONE, NONE, NONE, VERIFY_AFTER, DNS_BROKEN, 0, 0, 0, VERDICT_UNKNOWN },
};

static struct rrset *pick(const struct world *world, int which)
{
    struct rrset *copy;
    switch (which) {
    case OLD:
        return world->old;
    case NEXT:
        return world->next;
    case WILD:
        return world->wild;
    case CNAME:
        return world->cname;
    case NEXT_OTHER_TTL:
        copy = rrset_copy(world->arena, world->next);
        copy->ttl = 61;
        return copy;
    default:
        return NULL;
    }
}

static void test_judge(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 16u << 20);
    struct world world = { arena, made(arena, TYPE_A, 60, "192.0.2.1"),
                           made(arena, TYPE_A, 60, "192.0.2.2"),
                           made(arena, TYPE_A, 60, "192.0.2.9"),
                           made(arena, TYPE_CNAME, 60, "y.example.") };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct target_set set = { .owner = "x.example",
                                  .type = TYPE_A,
                                  .cls = CLASS_CHANGE,
                                  .before = pick(&world, row->before),
                                  .after = pick(&world, row->after),
                                  .synthesised = pick(&world, row->synthesised) };
        struct dns_reply reply = {
            .status = row->status,
            .answer = { .rcode = row->rcode, .aa = !row->not_aa, .referral = row->referral }
        };
        if (row->got == CNAME)
            reply.answer.cname = pick(&world, row->got);
        else
            reply.answer.set = pick(&world, row->got);
        const char *detail = NULL;
        enum verdict verdict = verify_judge(&set, row->side, &reply, arena, &detail);
        if (verdict != row->want)
            fail_msg("%s: %d", row->name, (int)verdict);
        if (verdict != VERDICT_PASS && (!detail || !detail[0]))
            fail_msg("%s: no detail", row->name);
        assert_int_equal(verify_judge(&set, row->side, &reply, arena, NULL), row->want);
    }
}

static void test_txt_joined(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 16u << 20);
    struct target_set set = { .owner = "x.example",
                              .type = TYPE_TXT,
                              .cls = CLASS_CHANGE,
                              .after = made(arena, TYPE_TXT, 60, "\"ab\" \"cd\"") };
    struct dns_reply reply = { .status = DNS_ANSWERED,
                               .answer = { .aa = true,
                                           .set = made(arena, TYPE_TXT, 60, "\"abcd\"") } };
    assert_int_equal(verify_judge(&set, VERIFY_AFTER, &reply, arena, NULL), VERDICT_PASS);
    reply.answer.set = made(arena, TYPE_TXT, 60, "\"abcD\"");
    assert_int_equal(verify_judge(&set, VERIFY_AFTER, &reply, arena, NULL), VERDICT_FAIL);
}

/* What is disabled is kept beside the values: nothing of it is answered. */
static void test_disabled(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 16u << 20);
    struct rrset *off = rrset_new(arena, "x.example", TYPE_A, 60);
    off->extra = "{\"disabled\":[\"192.0.2.1\"]}";
    struct target_set set = {
        .owner = "x.example", .type = TYPE_A, .cls = CLASS_CHANGE, .before = off
    };
    struct dns_reply reply = { .status = DNS_ANSWERED, .answer = { .aa = true, .rcode = 3 } };
    assert_int_equal(verify_judge(&set, VERIFY_BEFORE, &reply, arena, NULL), VERDICT_PASS);
}

/* --- several servers ----------------------------------------------------------- */

struct verified {
    bool done;
    enum verdict verdict;
    int times;
};

static void done(void *arg, enum verdict verdict)
{
    struct verified *verified = arg;
    verified->done = true;
    verified->verdict = verdict;
    verified->times++;
}

static const struct meeting {
    const char *name;
    enum sim_answer first, second;
    bool second_broken, once;
    uint32_t rounds;
    enum verdict want;
    int64_t at_least_ms, at_most_ms;
} meetings[] = {
    { "both agree", SIM_CURRENT, SIM_CURRENT, false, false, 2, VERDICT_PASS, 500, 600 },
    { "one round", SIM_CURRENT, SIM_CURRENT, false, false, 1, VERDICT_PASS, 0, 10 },
    { "one is old", SIM_CURRENT, SIM_OLD, false, false, 2, VERDICT_FAIL, 10000, 10100 },
    { "one look", SIM_CURRENT, SIM_OLD, false, true, 2, VERDICT_FAIL, 0, 10 },
    { "one is silent", SIM_CURRENT, SIM_SILENT, false, false, 1, VERDICT_FAIL, 10000, 14000 },
    { "both are silent", SIM_SILENT, SIM_SILENT, false, false, 1, VERDICT_UNKNOWN, 10000, 14000 },
    { "one was broken before", SIM_CURRENT, SIM_SILENT, true, false, 2, VERDICT_PASS, 0, 3000 },
    { "one was old before", SIM_CURRENT, SIM_OLD, true, false, 1, VERDICT_PASS, 0, 10 },
    { "the other is broken now", SIM_OLD, SIM_SILENT, true, false, 1, VERDICT_FAIL, 9000, 12100 },
    { "TCP tells", SIM_CURRENT, SIM_OLD_UDP, false, false, 1, VERDICT_PASS, 10000, 10100 },
    { "lame", SIM_CURRENT, SIM_LAME, false, false, 1, VERDICT_FAIL, 10000, 10100 },
};

static void meeting_hold(const struct meeting *meeting)
{
    struct sim *sim = sim_new();
    ARENA_SCOPED arena = arena_new("test", 16u << 20);
    struct sim_server *first = sim_server(sim, "ns1", "192.0.2.1:53", 0);
    *vec_push(sim->arena, &first->phases) = (struct sim_phase){ sim->now_ms, meeting->first };
    struct sim_server *second = sim_server(sim, "ns2", "192.0.2.2:53", 0);
    *vec_push(sim->arena, &second->phases) = (struct sim_phase){ sim->now_ms, meeting->second };
    struct sim_zone *zone = sim_zone(sim, "pdns", "x.example");
    sim_pass(sim, 1000);
    struct rrset *after = made(arena, TYPE_A, 60, "192.0.2.2");
    sim_edit(sim, zone, "x.example", TYPE_A, after);
    struct server servers[2] = { { "192.0.2.1:53", "ns1" }, { "192.0.2.2:53", "ns2" } };
    struct target_set set = {
        .owner = "x.example", .type = TYPE_A, .cls = CLASS_CHANGE, .after = after
    };
    struct target target = { .domain = "x.example",
                             .account = "pdns",
                             .zone = "x.example",
                             .servers = servers,
                             .n_servers = 2,
                             .sets = &set,
                             .n = 1 };
    struct verify_settings settings = { .timeout_ms = 10000,
                                        .interval_ms = 500,
                                        .rounds = meeting->rounds };
    struct verify_options options = {
        .settings = &settings, .timeout_ms = 10000, .side = VERIFY_AFTER, .once = meeting->once
    };
    struct strv broken = { 0 };
    if (meeting->second_broken)
        strv_push(arena, &broken, "192.0.2.2:53");
    struct verified verified = { 0 };
    struct err err;
    int64_t began_ms = sim->now_ms;
    verify_start(&sim->ports, arena, &target, &options, &broken, done, &verified);
    assert_false(verified.done);
    assert_int_equal(sim->ports.loop->run(sim, &verified.done, &err), 0);
    int64_t took_ms = sim->now_ms - began_ms;
    if (verified.verdict != meeting->want || took_ms < meeting->at_least_ms ||
        took_ms > meeting->at_most_ms)
        fail_msg("%s: %d after %lld ms", meeting->name, (int)verified.verdict, (long long)took_ms);
    assert_int_equal(target.checks.n, 2);
    sim_pass(sim, 60000);
    assert_int_equal(verified.times, 1);
    sim_free(sim);
}

static void test_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof meetings / sizeof *meetings; i++)
        meeting_hold(&meetings[i]);
}

static void test_no_servers(void **state)
{
    (void)state;
    struct sim *sim = sim_new();
    ARENA_SCOPED arena = arena_new("test", 16u << 20);
    struct target_set set = { .owner = "x.example", .type = TYPE_A, .cls = CLASS_CHANGE };
    struct target target = { .zone = "x.example", .sets = &set, .n = 1 };
    struct verify_settings settings = { .interval_ms = 500, .rounds = 2 };
    struct verify_options options = { .settings = &settings, .timeout_ms = 1000 };
    struct verified verified = { 0 };
    struct err err;
    verify_start(&sim->ports, arena, &target, &options, NULL, done, &verified);
    assert_int_equal(sim->ports.loop->run(sim, &verified.done, &err), 0);
    assert_int_equal(verified.verdict, VERDICT_UNKNOWN);
    assert_int_equal(target.checks.n, 1);
    sim_free(sim);
}

static void test_cancel(void **state)
{
    (void)state;
    struct sim *sim = sim_new();
    ARENA_SCOPED arena = arena_new("test", 16u << 20);
    struct sim_server *server = sim_server(sim, "ns1", "192.0.2.1:53", 0);
    *vec_push(sim->arena, &server->phases) = (struct sim_phase){ sim->now_ms, SIM_SILENT };
    sim_zone(sim, "pdns", "x.example");
    struct server servers[1] = { { "192.0.2.1:53", "ns1" } };
    struct target_set set = { .owner = "x.example", .type = TYPE_A, .cls = CLASS_CHANGE };
    struct target target = {
        .zone = "x.example", .servers = servers, .n_servers = 1, .sets = &set, .n = 1
    };
    struct verify_settings settings = { .interval_ms = 500, .rounds = 2 };
    struct verify_options options = { .settings = &settings, .timeout_ms = 600000 };
    struct verified verified = { 0 };
    struct err err;
    int64_t began_ms = sim->now_ms;
    struct verify *verify =
        verify_start(&sim->ports, arena, &target, &options, NULL, done, &verified);
    verify_cancel(verify);
    verify_cancel(verify);
    assert_false(verified.done);
    assert_int_equal(sim->ports.loop->run(sim, &verified.done, &err), 0);
    assert_int_equal(verified.verdict, VERDICT_UNKNOWN);
    assert_int_equal(verified.times, 1);
    assert_true(sim->now_ms - began_ms < 10000);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),      cmocka_unit_test(test_txt_joined),
        cmocka_unit_test(test_disabled),   cmocka_unit_test(test_servers),
        cmocka_unit_test(test_no_servers), cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
