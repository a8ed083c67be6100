/* claim: claim.json there and back, who holds what, and where an attempt stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rollout/attempt.h"
#include "sim.h"

static void store(struct sim *sim, const char *id, uint32_t attempt, const struct claim *claim)
{
    BUF_SCOPED out = BUF(1u << 20);
    struct err err;
    claim_write(claim, &out);
    struct record_file file = { attempt_path(sim->arena, id, attempt, "claim.json"), buf_text(&out),
                                out.len };
    assert_int_equal(sim->ports.records->commit(sim, &file, 1, "test", &err), 0);
}

static struct claim claim_of(struct sim *sim, const char *id, enum ticket_state state,
                             const char *key)
{
    struct claim claim = { .ticket = id,
                           .attempt = 1,
                           .state = state,
                           .phase = state,
                           .holder = "bob@laptop 7",
                           .claimed_s = 1795550400 };
    if (key)
        strv_push(sim->arena, &claim.keys, key);
    return claim;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct sim *sim = sim_new();
    struct claim claim = claim_of(sim, "DNS-2026-11-23-001", TICKET_PAUSED, "pdns a.example MX");
    claim.phase = TICKET_BAKING;
    claim.actor = "Ann \"Q\" <ann@acme.example>";
    claim.reason = "because\nof this";
    claim.changed_s = 1795550460;
    claim.resume_after_s = 1795554000;
    claim.wave = 2;
    claim.waves = 3;
    claim.bake_ms = 90000;
    claim.wave_bake_ms = 500;
    claim.max_failures = 4;
    claim.hold_on_unknown = true;
    claim.counts = (struct rollout_counts){ 1, 2, 3, 4, 5, 6, 7 };
    strv_push(sim->arena, &claim.broken, "192.0.2.2:53");
    strv_push(sim->arena, &claim.verification, "hook:x");
    strv_push(sim->arena, &claim.back, "b.example");
    store(sim, claim.ticket, 3, &claim);

    struct claim back;
    struct err err;
    assert_int_equal(claim_read(sim->ports.records, claim.ticket, 3, sim->arena, &back, &err), 0);
    assert_int_equal(back.state, TICKET_PAUSED);
    assert_int_equal(back.phase, TICKET_BAKING);
    assert_string_equal(back.actor, claim.actor);
    assert_string_equal(back.reason, claim.reason);
    assert_int_equal(back.claimed_s, claim.claimed_s);
    assert_int_equal(back.resume_after_s, claim.resume_after_s);
    assert_int_equal(back.wave, 2);
    assert_int_equal(back.bake_ms, 90000);
    assert_int_equal(back.wave_bake_ms, 500);
    assert_int_equal(back.max_failures, 4);
    assert_true(back.hold_on_unknown);
    assert_memory_equal(&back.counts, &claim.counts, sizeof back.counts);
    assert_string_equal(back.broken.v[0], "192.0.2.2:53");
    assert_string_equal(back.verification.v[0], "hook:x");
    assert_string_equal(back.back.v[0], "b.example");
    assert_string_equal(back.keys.v[0], "pdns a.example MX");

    struct attempt_info info;
    assert_int_equal(attempt_read(&sim->ports, claim.ticket, sim->arena, &info, &err), 0);
    assert_int_equal(info.attempt, 3);
    assert_int_equal(info.state, TICKET_PAUSED);
    assert_false(info.local);
    sim->ports.holder = "ann@laptop 99";
    assert_int_equal(attempt_read(&sim->ports, claim.ticket, sim->arena, &info, &err), 0);
    assert_true(info.local);
    sim_free(sim);
}

static void test_never_applied(void **state)
{
    (void)state;
    struct sim *sim = sim_new();
    struct attempt_info info;
    struct lkg lkg;
    struct err err;
    assert_int_equal(attempt_read(&sim->ports, "DNS-2026-11-23-001", sim->arena, &info, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(attempt_lkg(&sim->ports, "DNS-2026-11-23-001", 1, sim->arena, &lkg, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    sim_free(sim);
}

static void test_newest(void **state)
{
    (void)state;
    struct sim *sim = sim_new();
    struct claim claim = claim_of(sim, "DNS-2026-11-23-001", TICKET_DONE, NULL);
    uint32_t n;
    struct err err;
    for (uint32_t i = 1; i <= 11; i++)
        store(sim, claim.ticket, i, &claim);
    assert_int_equal(attempt_newest(sim->ports.records, claim.ticket, sim->arena, &n, &err), 0);
    assert_int_equal(n, 11); /* by number, not by text */
    sim_free(sim);
}

static const struct {
    const char *theirs, *ours;
    enum ticket_state state;
    bool refused;
} meetings[] = {
    { "pdns a.example MX", "pdns a.example MX", TICKET_BAKING, true },
    { "pdns a.example MX", "pdns a.example MX", TICKET_PARKED, true },
    { "pdns a.example MX", "pdns a.example MX", TICKET_REVERTING, true },
    { "pdns a.example MX", "pdns a.example MX", TICKET_DONE, false },
    { "pdns a.example MX", "pdns a.example MX", TICKET_REVERTED, false },
    { "pdns a.example MX", "pdns a.example MX", TICKET_APPROVED, false },
    { "pdns a.example MX", "pdns a.example TXT", TICKET_BAKING, false },
    { "pdns a.example MX", "other a.example MX", TICKET_BAKING, false },
    { "pdns www.a.example CNAME", "pdns www.a.example TXT", TICKET_BAKING, true },
    { "pdns www.a.example TXT", "pdns www.a.example CNAME", TICKET_BAKING, true },
    { "pdns sub.a.example NS", "pdns x.sub.a.example TXT", TICKET_BAKING, true },
    { "pdns x.sub.a.example TXT", "pdns sub.a.example DS", TICKET_BAKING, true },
    { "pdns sub.a.example NS", "pdns y.a.example TXT", TICKET_BAKING, false },
};

static void test_who_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof meetings / sizeof *meetings; i++) {
        struct sim *sim = sim_new();
        struct claim claim =
            claim_of(sim, "DNS-2026-11-23-007", meetings[i].state, meetings[i].theirs);
        struct strv keys = { 0 };
        struct err err = { 0 };
        store(sim, claim.ticket, 1, &claim);
        strv_push(sim->arena, &keys, meetings[i].ours);
        int got =
            claim_refuse_taken(sim->ports.records, "DNS-2026-11-23-008", &keys, sim->arena, &err);
        if (got != (meetings[i].refused ? -1 : 0))
            fail_msg("%s, %s in %s: %d", meetings[i].ours, meetings[i].theirs,
                     ticket_state_text(meetings[i].state), got);
        if (got < 0) {
            assert_int_equal(err.code, ERR_CONFLICT);
            assert_non_null(strstr(err.message, "DNS-2026-11-23-007"));
        }
        /* Its own claim is in nobody's way. */
        assert_int_equal(
            claim_refuse_taken(sim->ports.records, claim.ticket, &keys, sim->arena, &err), 0);
        sim_free(sim);
    }
}

static void test_later(void **state)
{
    (void)state;
    struct sim *sim = sim_new();
    struct claim claim = claim_of(sim, "DNS-2026-11-24-001", TICKET_DONE, "pdns a.example MX");
    const struct records_port *records = sim->ports.records;
    store(sim, claim.ticket, 1, &claim);
    assert_string_equal(claim_later(records, "DNS-2026-11-23-001", claim.claimed_s - 60,
                                    "pdns a.example MX", sim->arena),
                        "DNS-2026-11-24-001");
    assert_null(claim_later(records, "DNS-2026-11-23-001", claim.claimed_s - 60,
                            "pdns a.example TXT", sim->arena));
    assert_null(claim_later(records, "DNS-2026-11-23-001", claim.claimed_s + 60,
                            "pdns a.example MX", sim->arena));
    claim.state = TICKET_REVERTED;
    store(sim, claim.ticket, 1, &claim);
    assert_null(claim_later(records, "DNS-2026-11-23-001", claim.claimed_s - 60,
                            "pdns a.example MX", sim->arena));
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_never_applied),
        cmocka_unit_test(test_newest),     cmocka_unit_test(test_who_holds),
        cmocka_unit_test(test_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
