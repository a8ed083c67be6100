/* steps: precedence of canaries, one of each kind, and waves by share and count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rollout/steps.h"

#define N_MAX 1200

/* One target a domain: "d000.example" ..., account "p". */
static struct targets targets_make(struct arena *arena, size_t n)
{
    struct targets targets = { .v = ARENA_ARRAY(arena, struct target, n), .n = n, .cap = n };
    for (size_t i = 0; i < n; i++) {
        struct target *target = &targets.v[i];
        target->domain = target->zone = arena_printf(arena, "d%03zu.example", i);
        target->account = "p";
        target->sets = ARENA_ARRAY(arena, struct target_set, 1);
        target->n = 1; /* class change */
    }
    return targets;
}

struct wave_case {
    size_t n, skipped; /* domains, how many of the first have nothing to write */
    uint32_t canary;
    struct share waves[4];
    size_t n_waves;
    const char *sizes; /* canaries, then each wave */
};
#define PERCENT(p)                                                                                 \
    {                                                                                              \
        true, p                                                                                    \
    }
#define COUNT(c)                                                                                   \
    {                                                                                              \
        false, c                                                                                   \
    }

static const char *sizes_show(const struct targets *targets, struct arena *arena)
{
    size_t size[N_MAX] = { 0 };
    uint32_t waves = steps_waves(targets);
    for (size_t i = 0; i < targets->n; i++)
        if (target_writes(&targets->v[i]))
            size[targets->v[i].step]++;
    char text[256];
    int n = 0;
    for (uint32_t k = 0; k <= waves; k++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%zu", k ? " " : "", size[k]);
    return arena_strdup(arena, text);
}

static void waves_are_cumulative_and_rounded_up(void **state)
{
    (void)state;
    static const struct wave_case table[] = {
        { 100, 0, 2, { PERCENT(10), PERCENT(50), PERCENT(100) }, 3, "2 8 40 50" },
        { 101, 0, 1, { PERCENT(10), PERCENT(50), PERCENT(100) }, 3, "1 10 40 50" },
        { 1000, 0, 3, { PERCENT(1), PERCENT(100) }, 2, "3 7 990" },
        { 10, 0, 2, { PERCENT(10), PERCENT(50), PERCENT(100) }, 3, "2 3 5" },
        { 10, 0, 3, { PERCENT(100) }, 1, "3 7" },
        { 3, 0, 3, { PERCENT(100) }, 1, "3" },
        { 1, 0, 2, { PERCENT(10), PERCENT(100) }, 2, "1" },
        { 2, 0, 1, { PERCENT(10), PERCENT(50), PERCENT(100) }, 3, "1 1" },
        { 100, 0, 2, { COUNT(5), COUNT(25), PERCENT(100) }, 3, "2 3 20 75" },
        { 100, 0, 2, { COUNT(500) }, 1, "2 98" },
        { 100, 0, 2, { PERCENT(10), PERCENT(50) }, 2, "2 8 40 50" },
        { 100, 0, 2, { { false, 0 } }, 0, "2 98" },
        { 100, 50, 2, { PERCENT(10), PERCENT(50), PERCENT(100) }, 3, "2 3 20 25" },
        { 10, 10, 2, { PERCENT(100) }, 1, "0" },
        { 0, 0, 2, { PERCENT(100) }, 1, "0" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct targets targets = targets_make(arena, table[i].n);
        for (size_t k = 0; k < table[i].skipped; k++)
            targets.v[k].sets[0].cls = CLASS_ALREADY;
        struct share waves[4];
        memcpy(waves, table[i].waves, sizeof waves);
        struct rollout_settings rollout = { .canary = table[i].canary,
                                            .waves = waves,
                                            .n_waves = table[i].n_waves };
        struct findings findings = { 0 };
        struct err err = { 0 };
        if (steps_assign(&targets, &rollout, NULL, NULL, arena, &findings, &err))
            fail_msg("%s", err.message);
        const char *got = sizes_show(&targets, arena);
        if (strcmp(got, table[i].sizes) != 0)
            fail_msg("case %zu: %s, want %s", i, got, table[i].sizes);
        for (size_t k = 0; k < targets.n; k++)
            assert_int_equal(targets.v[k].canary,
                             targets.v[k].step == 0 && target_writes(&targets.v[k]));
    }
}

struct pick_case {
    const char *ticket;  /* indices named by the ticket, "" none */
    const char *flagged; /* in the portfolio */
    unsigned features[5];
    uint32_t canary;
    const char *canaries; /* indices */
};

static void choice(const struct pick_case *c, size_t number)
{
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct targets targets = targets_make(arena, 5);
    struct domain domains[5];
    struct portfolio portfolio = { .domains = domains, .n = 5 };
    struct strv named = { 0 };
    for (int i = 0; i < 5; i++) {
        char digit[2] = { (char)('0' + i), '\0' };
        domains[i] = (struct domain){ .name = targets.v[i].domain,
                                      .canary = strstr(c->flagged, digit) != NULL };
        targets.v[i].features = c->features[i];
        if (strstr(c->ticket, digit))
            strv_push(arena, &named, targets.v[i].domain);
    }
    struct share all = { true, 100 };
    struct rollout_settings rollout = { .canary = c->canary, .waves = &all, .n_waves = 1 };
    struct findings findings = { 0 };
    struct err err = { 0 };
    if (steps_assign(&targets, &rollout, &named, &portfolio, arena, &findings, &err))
        fail_msg("%s", err.message);
    char got[8] = "";
    size_t n = 0;
    for (int i = 0; i < 5; i++)
        if (targets.v[i].canary)
            got[n++] = (char)('0' + i);
    if (strcmp(got, c->canaries) != 0)
        fail_msg("case %zu: %s, want %s", number, got, c->canaries);
}

static void canaries_by_precedence(void **state)
{
    (void)state;
    static const struct pick_case table[] = {
        { "", "", { 0 }, 2, "01" },
        { "", "", { 1, 1, 3, 1, 4 }, 1, "2" },
        { "", "", { 1, 1, 3, 1, 4 }, 2, "24" },
        { "", "", { 1, 1, 1, 2, 4 }, 3, "034" },
        { "", "3", { 0 }, 1, "3" },
        { "", "3", { 0 }, 2, "03" },
        { "", "3", { 1, 2, 3, 3, 3 }, 2, "03" },
        { "", "1234", { 1, 1, 1, 1, 6 }, 2, "14" },
        { "4", "", { 0 }, 2, "4" },
        { "24", "3", { 0 }, 1, "24" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        choice(&table[i], i);
}

static void each_account_has_its_own(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct targets targets = targets_make(arena, 6);
    for (size_t i = 3; i < 6; i++)
        targets.v[i].account = "q";
    struct strv named = { 0 };
    strv_push(arena, &named, "D005.Example"); /* any spelling */
    struct share all = { true, 100 };
    struct rollout_settings rollout = { .canary = 2, .waves = &all, .n_waves = 1 };
    struct findings findings = { 0 };
    struct err err = { 0 };
    assert_int_equal(steps_assign(&targets, &rollout, &named, NULL, arena, &findings, &err), 0);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(targets.v[i].canary, i == 0 || i == 1 || i == 5);
}

static void accounts_of_a_domain_go_together(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct targets targets = targets_make(arena, 8);
    for (size_t i = 1; i < 8; i += 2) {
        targets.v[i].domain = targets.v[i - 1].domain;
        targets.v[i].account = "q";
    }
    struct share waves[] = { { true, 50 }, { true, 100 } };
    struct rollout_settings rollout = { .canary = 1, .waves = waves, .n_waves = 2 };
    struct findings findings = { 0 };
    struct err err = { 0 };
    assert_int_equal(steps_assign(&targets, &rollout, NULL, NULL, arena, &findings, &err), 0);
    static const uint32_t steps[] = { 0, 1, 2, 2 };
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(targets.v[i].step, steps[i / 2]);
        assert_int_equal(targets.v[i].canary, i < 2);
    }
}

static void features_without_a_canary_are_named(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct targets targets = targets_make(arena, 3);
    targets.v[0].features = 1u << FEATURE_TTL_SHORT | 1u << FEATURE_NEW;
    targets.v[1].features = 1u << FEATURE_TTL_SHORT;
    targets.v[2].features = 1u << FEATURE_DNSSEC;
    struct share all = { true, 100 };
    struct rollout_settings rollout = { .canary = 1, .waves = &all, .n_waves = 1 };
    struct findings findings = { 0 };
    struct err err = { 0 };
    assert_int_equal(steps_assign(&targets, &rollout, NULL, NULL, arena, &findings, &err), 0);
    assert_int_equal(findings.n, 1);
    assert_string_equal(findings.v[0].rule, "canary.feature");
    assert_string_equal(findings.v[0].domain, "d002.example");
    assert_int_equal(findings.v[0].severity, SEVERITY_NOTE);
    assert_non_null(strstr(findings.v[0].message, "a signed zone"));
}

static void unknown_canaries_are_refused(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct targets targets = targets_make(arena, 3);
    struct strv named = { 0 };
    strv_push(arena, &named, "elsewhere.example");
    struct rollout_settings rollout = { .canary = 1 };
    struct findings findings = { 0 };
    struct err err = { 0 };
    assert_int_equal(steps_assign(&targets, &rollout, &named, NULL, arena, &findings, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "elsewhere.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waves_are_cumulative_and_rounded_up),
        cmocka_unit_test(canaries_by_precedence),
        cmocka_unit_test(each_account_has_its_own),
        cmocka_unit_test(accounts_of_a_domain_go_together),
        cmocka_unit_test(features_without_a_canary_are_named),
        cmocka_unit_test(unknown_canaries_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
