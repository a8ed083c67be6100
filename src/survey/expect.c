/* expect: targets from the records, handed to the rollout's verification. */
#include "survey/expect.h"

#include <string.h>

#include "base/map.h"
#include "dns/name.h"

struct watching {
    size_t running;
    bool done;
};

struct watched {
    struct watching *watching;
    struct target *target;
};

static void on_verdict(void *arg, enum verdict verdict)
{
    struct watched *watched = arg;
    static const enum domain_state states[] = { DOMAIN_VERIFIED, DOMAIN_FAILED, DOMAIN_PENDING };
    watched->target->state = states[verdict];
    watched->watching->running--;
    watched->watching->done = !watched->watching->running;
}

int expect_run(const struct ports *ports, const struct verify_settings *settings,
               enum verify_side side, struct targets *targets, struct arena *arena, struct err *err)
{
    const struct strv none_broken = { 0 };
    struct watching watching = { 0 };
    const struct verify_options options = {
        .settings = settings, .timeout_ms = settings->timeout_ms, .side = side, .once = true
    };
    for (size_t i = 0; i < targets->n; i++) {
        struct target *target = &targets->v[i];
        if (!target->n)
            continue;
        struct watched *watched = ARENA_NEW(arena, struct watched);
        *watched = (struct watched){ &watching, target };
        watching.running++;
        (void)verify_start(ports, arena, target, &options, &none_broken, on_verdict, watched);
    }
    if (!watching.running)
        return 0;
    return ports->loop->run(ports->loop->ctx, &watching.done, err);
}

static void on_checked(void *arg, enum verdict verdict)
{
    struct watched *watched = arg;
    struct target *target = watched->target;
    if (verdict == VERDICT_FAIL)
        target->state = DOMAIN_FAILED;
    else if (verdict == VERDICT_UNKNOWN && target->state == DOMAIN_VERIFIED)
        target->state = DOMAIN_PENDING;
    watched->watching->running--;
    watched->watching->done = !watched->watching->running;
}

int expect_checks(const struct ports *ports, const struct checks_options *options,
                  struct targets *targets, struct arena *arena, struct err *err)
{
    struct watching watching = { .running = 1 }; /* one for the start itself */
    if (!checks_wanted(options->words))
        return 0;
    if (checks_known(ports->check, options->ticket, options->words, err))
        return -1;
    for (size_t i = 0; i < targets->n; i++) {
        if (!targets->v[i].n)
            continue;
        struct watched *watched = ARENA_NEW(arena, struct watched);
        *watched = (struct watched){ &watching, &targets->v[i] };
        watching.running++;
        checks_start(ports, arena, &targets->v[i], options, on_checked, watched);
    }
    watching.done = !--watching.running;
    return watching.done ? 0 : ports->loop->run(ports->loop->ctx, &watching.done, err);
}

static struct target *target_of(struct map *by_key, const struct known_set *set,
                                struct targets *targets, struct arena *arena)
{
    const char *key = arena_printf(arena, "%s %s", set->domain, set->account);
    size_t *at = map_get(by_key, key);
    if (!at) {
        at = ARENA_NEW(arena, size_t);
        *at = targets->n;
        map_put(by_key, key, at);
        struct target *target = vec_push(arena, targets);
        target->domain = set->domain;
        target->account = set->account;
        target->zone = set->zone;
        target->servers = servers_copy(arena, set->servers, set->n_servers);
        target->n_servers = set->n_servers;
    }
    return &targets->v[*at];
}

static void set_expect(struct target *target, const struct known_set *known, size_t cap,
                       struct arena *arena)
{
    if (!target->sets)
        target->sets = ARENA_ARRAY(arena, struct target_set, cap);
    struct target_set *set = &target->sets[target->n++];
    set->owner = known->owner;
    set->type = known->type;
    set->cls = CLASS_CHANGE;
    set->before = known->expected == known->after ? known->lkg : known->after;
    set->after = known->expected;
    set->synthesised = known->synthesised;
}

/* How many sets each target will get, so that each list is made once. */
static size_t *sets_count(const struct known *known, struct map *by_key, struct targets *targets,
                          struct arena *arena)
{
    for (size_t i = 0; i < known->n; i++)
        (void)target_of(by_key, &known->v[i], targets, arena);
    size_t *counts = ARENA_ARRAY(arena, size_t, targets->n);
    for (size_t i = 0; i < known->n; i++)
        counts[target_of(by_key, &known->v[i], targets, arena) - targets->v]++;
    return counts;
}

void expect_targets(const struct domains *domains, const struct known *known, struct arena *arena,
                    struct targets *ret)
{
    struct map *by_key = map_new(arena), *with_records = map_new(arena);
    *ret = (struct targets){ 0 };
    size_t *counts = sets_count(known, by_key, ret, arena);
    for (size_t i = 0; i < known->n; i++) {
        struct target *target = target_of(by_key, &known->v[i], ret, arena);
        set_expect(target, &known->v[i], counts[target - ret->v], arena);
        map_put(with_records, target->domain, ret);
    }
    for (size_t i = 0; i < domains->n; i++) {
        if (map_get(with_records, domains->v[i]->name))
            continue;
        struct target *target = vec_push(arena, ret);
        target->domain = domains->v[i]->name;
        target->account = domains->v[i]->providers.n ? domains->v[i]->providers.v[0] : "";
    }
}

static const struct rollback_domain *recorded_of(const struct ticket *ticket, const char *domain)
{
    size_t low = 0, high = ticket->n_rollback; /* sorted by domain */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(ticket->rollback[middle].domain, domain);
        if (!order)
            return &ticket->rollback[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void recorded_sets(const struct ticket *ticket, const struct domain *domain,
                          struct arena *arena, struct target *target)
{
    const struct rollback_domain *recorded = recorded_of(ticket, domain->name);
    target->sets = ARENA_ARRAY(arena, struct target_set, recorded ? recorded->n : 0);
    for (size_t i = 0; recorded && i < recorded->n; i++) {
        struct err err;
        struct rrset *before;
        const char *owner;
        const struct rollback_set *set = &recorded->sets[i];
        if (name_owner(set->owner, domain->name, arena, &owner, &err) ||
            ticket_recorded(ticket, domain, owner, set->type, arena, &before, &err))
            continue;
        target->sets[target->n++] = (struct target_set){
            .owner = owner, .type = set->type, .cls = CLASS_CHANGE, .before = before
        };
    }
}

void expect_recorded(const struct ticket *ticket, const struct domains *domains,
                     const struct zone_servers *servers, struct arena *arena, struct targets *ret)
{
    *ret = (struct targets){ 0 };
    for (size_t i = 0; i < domains->n; i++) {
        const struct domain *domain = domains->v[i];
        struct target *target = vec_push(arena, ret);
        target->domain = domain->name;
        target->account = domain->providers.n ? domain->providers.v[0] : "";
        target->servers = servers_copy(arena, servers[i].v, servers[i].n);
        target->n_servers = servers[i].n;
        recorded_sets(ticket, domain, arena, target);
    }
}
