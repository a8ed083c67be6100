/* steps: canaries and waves.  See steps.h.  Works on domains, because all
 * accounts of a domain are written in one step, or not at all. */
#include "rollout/steps.h"

#include <string.h>

#include "base/map.h"

struct group { /* the targets of one domain: neighbours in the list */
    const char *domain;
    struct target *targets;
    size_t n;
    bool writes, canary, named, flagged;
};

struct steps {
    VEC(struct group) groups;
    struct map *by_domain; /* name -> group, when it was asked for */
    struct strv accounts;
    const struct rollout_settings *rollout;
    struct arena *arena;
};

static void groups_find(struct steps *steps, struct targets *targets,
                        const struct portfolio *portfolio)
{
    struct map *accounts = map_new(steps->arena);
    for (size_t i = 0; i < targets->n; i++) {
        struct target *target = &targets->v[i];
        target->canary = false;
        target->step = 0;
        if (!map_get(accounts, target->account)) {
            map_put(accounts, target->account, target);
            strv_push(steps->arena, &steps->accounts, target->account);
        }
        size_t n = steps->groups.n;
        bool same = n && strcmp(steps->groups.v[n - 1].domain, target->domain) == 0;
        struct group *group =
            same ? &steps->groups.v[n - 1] : vec_push(steps->arena, &steps->groups);
        if (!same) {
            const struct domain *domain =
                portfolio ? portfolio_find(portfolio, target->domain) : NULL;
            *group = (struct group){ .domain = target->domain, .targets = target };
            group->flagged = domain && domain->canary;
        }
        group->n++;
        group->writes = group->writes || target_writes(target);
    }
}

static struct group *group_find(struct steps *steps, const char *domain)
{
    if (!steps->by_domain) {
        steps->by_domain = map_new(steps->arena);
        for (size_t i = 0; i < steps->groups.n; i++)
            map_put(steps->by_domain, steps->groups.v[i].domain, &steps->groups.v[i]);
    }
    return map_get(steps->by_domain, domain);
}

static int named_mark(struct steps *steps, const struct strv *names, struct err *err)
{
    for (size_t i = 0; names && i < names->n; i++) {
        const char *name;
        if (name_parse(names->v[i], steps->arena, &name, err))
            return err_wrap(err, "canary");
        struct group *group = group_find(steps, name);
        if (!group) {
            err_set(err, ERR_INVALID, "canary %s is not among the domains of this change", name);
            return err_hint(err, "name a domain of the ticket's scope, or leave \"canary\" out");
        }
        group->named = true;
        group->canary = group->writes;
    }
    return 0;
}

/* The target of a group at an account, if it writes there. */
static const struct target *group_at(const struct group *group, const char *account)
{
    for (size_t i = 0; i < group->n; i++)
        if (strcmp(group->targets[i].account, account) == 0)
            return target_writes(&group->targets[i]) ? &group->targets[i] : NULL;
    return NULL;
}

struct account_state {
    uint32_t canaries;
    bool named;        /* a canary of the ticket writes here: it stands alone */
    unsigned covered;  /* features of its canaries */
    unsigned features; /* of all that writes here */
};

static struct account_state account_state(const struct steps *steps, const char *account)
{
    struct account_state state = { 0 };
    for (size_t i = 0; i < steps->groups.n; i++) {
        const struct group *group = &steps->groups.v[i];
        const struct target *target = group_at(group, account);
        if (!target)
            continue;
        state.features |= target->features;
        if (!group->canary)
            continue;
        state.canaries++;
        state.named = state.named || group->named;
        state.covered |= target->features;
    }
    return state;
}

/* The group that shows most that no canary has shown yet; the first of equals. */
static struct group *group_pick(const struct steps *steps, const char *account, unsigned covered,
                                bool flagged_only)
{
    struct group *best = NULL;
    int best_gain = -1;
    for (size_t i = 0; i < steps->groups.n; i++) {
        struct group *group = &steps->groups.v[i];
        if (group->canary || (flagged_only && !group->flagged))
            continue;
        const struct target *target = group_at(group, account);
        int gain = target ? __builtin_popcount(target->features & ~covered) : -1;
        if (gain > best_gain) {
            best = group;
            best_gain = gain;
        }
    }
    return best;
}

static void account_choose(struct steps *steps, const char *account, struct findings *findings)
{
    static const char *const texts[] = {
#define X(id, text) text,
        TARGET_FEATURES(X)
#undef X
    };
    struct account_state state = account_state(steps, account);
    for (int flagged = 1; flagged >= 0; flagged--) {
        while (!state.named && state.canaries < steps->rollout->canary) {
            struct group *group = group_pick(steps, account, state.covered, flagged);
            const struct target *chosen = group ? group_at(group, account) : NULL;
            if (!chosen)
                break;
            group->canary = true;
            state.canaries++;
            state.covered |= chosen->features;
        }
    }
    for (int i = 0; i < TARGET_FEATURE_COUNT; i++) {
        if (!(state.features & ~state.covered & (1u << i)))
            continue;
        const struct group *first = group_pick(steps, account, ~(1u << i), false);
        finding_add(steps->arena, findings, SEVERITY_NOTE, "canary.feature",
                    first ? first->domain : "", "", NULL,
                    "account %s: no canary has %s, other domains have", account, texts[i]);
    }
}

/* --- waves ------------------------------------------------------------------- */

static size_t share_of(struct share share, size_t total)
{
    if (!share.percent)
        return share.n < total ? share.n : total;
    size_t n = (total * share.n + 99) / 100;
    return n < total ? n : total;
}

static void group_step(struct group *group, uint32_t step)
{
    for (size_t i = 0; i < group->n; i++) {
        group->targets[i].canary = group->canary;
        group->targets[i].step = step;
    }
}

/* Puts the next domains in wave `step` until `upto` have been placed. */
static void wave_fill(struct steps *steps, size_t *next, size_t *placed, size_t upto, uint32_t step)
{
    for (; *placed < upto && *next < steps->groups.n; ++*next) {
        struct group *group = &steps->groups.v[*next];
        if (!group->writes || group->canary)
            continue;
        group_step(group, step);
        ++*placed;
    }
}

static void waves_assign(struct steps *steps)
{
    size_t total = 0, placed = 0, next = 0;
    for (size_t i = 0; i < steps->groups.n; i++) {
        struct group *group = &steps->groups.v[i];
        total += group->writes;
        placed += group->canary;
        if (group->canary)
            group_step(group, 0);
    }
    uint32_t step = 0;
    for (size_t i = 0; i <= steps->rollout->n_waves && placed < total; i++) {
        size_t upto =
            i < steps->rollout->n_waves ? share_of(steps->rollout->waves[i], total) : total;
        if (upto > placed) /* else the canaries were that many already */
            wave_fill(steps, &next, &placed, upto, ++step);
    }
}

int steps_assign(struct targets *targets, const struct rollout_settings *rollout,
                 const struct strv *ticket_canary, const struct portfolio *portfolio,
                 struct arena *arena, struct findings *findings, struct err *err)
{
    ARENA_SCOPED scratch = arena_new("canaries and waves", 256u << 20);
    struct steps steps = { .rollout = rollout, .arena = scratch };
    groups_find(&steps, targets, portfolio);
    if (named_mark(&steps, ticket_canary, err))
        return -1;
    /* Findings outlive the choice. */
    steps.arena = arena;
    for (size_t i = 0; i < steps.accounts.n; i++)
        account_choose(&steps, steps.accounts.v[i], findings);
    waves_assign(&steps);
    return 0;
}

uint32_t steps_waves(const struct targets *targets)
{
    uint32_t waves = 0;
    for (size_t i = 0; i < targets->n; i++)
        if (targets->v[i].step > waves)
            waves = targets->v[i].step;
    return waves;
}
