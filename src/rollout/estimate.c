/* estimate: how long an apply and a full rollback take under the limits, what a
 * rollout bakes, and how long caches hold what it wrote.  Arithmetic over a plan;
 * it asks the provider port for rates and nobody else. */
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "rollout/plan_internal.h"

#define SECOND_MS 1000

struct load {
    size_t reads, writes;
}; /* zones of one account */

struct estimate {
    struct plan *plan;
    const struct plan_input *in;
    const struct rollout_settings *rollout;
    const struct ports *ports;
    int64_t apply_ms, rollback_ms, publish_ms; /* slowest account: they run side by side */
};

static bool looks_again(const struct provider_caps *caps)
{
    return caps->guard == GUARD_NONE; /* live is read once more before a write */
}

static void load_count(const struct plan *plan, const char *account, struct map *zones,
                       struct arena *arena, struct load *ret)
{
    *ret = (struct load){ 0 };
    for (size_t i = 0; i < plan->targets.n; i++) {
        struct target *target = &plan->targets.v[i];
        if (strcmp(target->account, account) != 0)
            continue;
        bool writes = target_writes(target);
        const char *key =
            arena_printf(arena, "%c %s %s", writes ? 'w' : 'r', account, target->zone);
        if (map_get(zones, key))
            continue;
        map_put(zones, key, target);
        ret->writes += writes;
        ret->reads++;
    }
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void account_estimate(struct estimate *estimate, const char *account, struct map *zones,
                             struct arena *arena)
{
    const struct provider_port *provider = estimate->ports->provider;
    const struct provider_caps *caps = provider->caps(provider->ctx, account, NULL);
    struct load load;
    if (!caps)
        return;
    load_count(estimate->plan, account, zones, arena, &load);
    size_t again = looks_again(caps) ? load.writes : 0;
    estimate->plan->reads += again; /* the zones themselves are counted already */
    estimate->plan->writes += load.writes;
    int64_t apply = provider->eta_ms(provider->ctx, account, load.reads + again, load.writes);
    int64_t rollback = provider->eta_ms(provider->ctx, account, load.writes, load.writes);
    estimate->apply_ms = max64(estimate->apply_ms, apply);
    estimate->rollback_ms = max64(estimate->rollback_ms, rollback);
    estimate->publish_ms = max64(estimate->publish_ms, caps->publish_ms);
}

/* --- bake -------------------------------------------------------------------- */

/* Longest that a cache may still hold what was live before (contract "Settings"). */
static uint32_t ttl_before(const struct target *target, const struct target_set *set)
{
    if (set->before && set->before->n > 0)
        return set->before->ttl;
    return set->synthesised ? set->synthesised->ttl : target->negative_ttl_s;
}

static uint32_t ttl_after(const struct target *target, const struct target_set *set)
{
    return set->after && set->after->n > 0 ? set->after->ttl : target->negative_ttl_s;
}

static void times_collect(struct plan *plan)
{
    int64_t before_s = 0, after_s = 0;
    for (size_t i = 0; i < plan->targets.n; i++) {
        const struct target *target = &plan->targets.v[i];
        for (size_t k = 0; k < target->n; k++) {
            const struct target_set *set = &target->sets[k];
            if (!plan_set_writes(set))
                continue;
            after_s = max64(after_s, ttl_after(target, set));
            if (target->canary) /* the only sets written when the bake begins */
                before_s = max64(before_s, ttl_before(target, set));
        }
    }
    plan->rollback_horizon_s = after_s;
    plan->bake_required_ms = before_s * SECOND_MS;
}

static void bake_estimate(struct estimate *estimate, uint32_t waves, struct arena *arena)
{
    struct plan *plan = estimate->plan;
    const struct rollout_settings *rollout = estimate->rollout;
    times_collect(plan);
    if (waves == 0)
        return; /* nothing is left to write after the canaries */
    if (!rollout->bake_ttl) {
        plan->bake_ms = rollout->bake_ms;
        return;
    }
    bool cut = plan->bake_required_ms > rollout->max_bake_ms;
    plan->bake_ms = cut ? rollout->max_bake_ms : plan->bake_required_ms;
    if (cut)
        finding_add(arena, &plan->findings, SEVERITY_WARNING, "bake.cut", "", "", NULL,
                    "the canary's old values live %s in caches, but it bakes only %s (max_bake)",
                    duration_human(arena, plan->bake_required_ms),
                    duration_human(arena, plan->bake_ms));
}

/* Of `rounds` agreeing rounds the first is at once. */
static int64_t verify_ms(const struct estimate *estimate)
{
    const struct verify_settings *verify = &estimate->in->settings->verify;
    uint32_t waits = verify->rounds > 1 ? verify->rounds - 1 : 0;
    return estimate->publish_ms + waits * verify->interval_ms;
}

void plan_estimate(struct plan *plan, const struct plan_input *in,
                   const struct rollout_settings *rollout, const struct ports *ports,
                   const char *const *accounts, size_t n_accounts, struct arena *arena)
{
    ARENA_SCOPED scratch = arena_new("estimating", 1u << 30);
    struct estimate estimate = { .plan = plan, .in = in, .rollout = rollout, .ports = ports };
    struct map *zones = map_new(scratch);
    for (size_t i = 0; i < n_accounts; i++)
        account_estimate(&estimate, accounts[i], zones, scratch);
    uint32_t waves = steps_waves(&plan->targets);
    bake_estimate(&estimate, waves, arena);
    plan->estimate_ms = estimate.apply_ms;
    plan->rollback_ms = plan->writes ? estimate.rollback_ms + verify_ms(&estimate) : 0;
    if (plan->writes == 0)
        return;
    plan->estimate_ms += (1 + (int64_t)waves) * verify_ms(&estimate) + plan->bake_ms;
    if (waves > 1)
        plan->estimate_ms += (int64_t)(waves - 1) * rollout->wave_bake_ms;
}
