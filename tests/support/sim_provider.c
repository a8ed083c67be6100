/* sim_provider: DNS providers with their zones in memory.  A write takes effect
 * half way through its call; whoever asked may be dead by then. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "sim.h"

enum { CALL_MS = 20 };

/* --- zones --------------------------------------------------------------------- */

struct sim_account *sim_account(struct sim *sim, const char *name)
{
    for (size_t i = 0; i < sim->accounts.n; i++)
        if (strcmp(sim->accounts.v[i].name, name) == 0)
            return &sim->accounts.v[i];
    struct sim_account *account = vec_push(sim->arena, &sim->accounts);
    account->name = arena_strdup(sim->arena, name);
    account->budget = -1;
    account->caps = (struct provider_caps){ .plugin = "powerdns",
                                            .version = "1",
                                            .guard = GUARD_NONE,
                                            .atomic = ATOMIC_RRSET,
                                            .settle_immediate = true,
                                            .ttl_min_s = 0,
                                            .ttl_max_s = 2147483647,
                                            .ttl_default_s = 3600,
                                            .level = 'B' };
    return account;
}

struct sim_zone *sim_zone(struct sim *sim, const char *account, const char *name)
{
    const char *key = arena_printf(sim->arena, "%s %s", account, name);
    struct sim_zone *zone = map_get(sim->by_account, key);
    if (zone)
        return zone;
    zone = ARENA_NEW(sim->arena, struct sim_zone);
    zone->account = sim_account(sim, account)->name;
    zone->name = arena_strdup(sim->arena, name);
    *vec_push(sim->arena, &sim->zones) = zone;
    map_put(sim->by_account, key, zone);
    if (!map_get(sim->by_name, zone->name))
        map_put(sim->by_name, zone->name, zone);
    struct sim_content *content = vec_push(sim->arena, &zone->history);
    *content = (struct sim_content){ sim->now_ms,
                                     { .name = zone->name, .cookie = zone->name, .whole = true } };
    return zone;
}

const struct zone *sim_content(const struct sim_zone *zone, int64_t at_ms)
{
    size_t i = zone->history.n - 1;
    while (i > 0 && zone->history.v[i].at_ms > at_ms)
        i--;
    return &zone->history.v[i].zone;
}

void sim_edit(struct sim *sim, struct sim_zone *zone, const char *owner, uint16_t type,
              const struct rrset *set)
{
    const struct zone *old = &zone->history.v[zone->history.n - 1].zone;
    struct zone next = *old;
    next.sets = ARENA_ARRAY(sim->arena, struct rrset, old->n + 1);
    next.n = 0;
    for (size_t i = 0; i < old->n; i++)
        if (old->sets[i].type != type || strcmp(old->sets[i].owner, owner) != 0)
            next.sets[next.n++] = old->sets[i];
    if (!rrset_absent(set)) {
        next.sets[next.n] = *rrset_copy(sim->arena, set);
        next.sets[next.n].owner = arena_strdup(sim->arena, owner);
        next.sets[next.n++].token = NULL;
    }
    zone_sort(&next);
    struct sim_content *content = vec_push(sim->arena, &zone->history);
    *content = (struct sim_content){ sim->now_ms, next };
}

const struct rrset *sim_live(struct sim *sim, const char *account, const char *zone,
                             const char *owner, uint16_t type)
{
    return zone_find(sim_content(sim_zone(sim, account, zone), INT64_MAX), owner, type);
}

char *sim_dump(struct sim *sim, struct arena *arena)
{
    BUF_SCOPED out = BUF(64u << 20);
    for (size_t z = 0; z < sim->zones.n; z++) {
        const struct zone *zone = sim_content(sim->zones.v[z], INT64_MAX);
        buf_addf(&out, "%s %s\n", sim->zones.v[z]->account, zone->name);
        for (size_t i = 0; i < zone->n; i++) {
            const struct rrset *set = &zone->sets[i];
            buf_addf(&out, "  %s %u %s %s", set->owner, set->ttl, rtype_text(set->type),
                     set->extra ? set->extra : "");
            for (size_t r = 0; r < set->n; r++)
                buf_addf(&out, " %s", rdata_hex(set->rr[r], arena));
            buf_addc(&out, '\n');
        }
    }
    return buf_take(&out, arena);
}

static struct sim_zone *zone_of(struct sim *sim, const char *account, const char *name)
{
    for (; name; name = name_parent(name)) {
        char key[512];
        snprintf(key, sizeof key, "%s %s", account, name);
        struct sim_zone *zone = map_get(sim->by_account, key);
        if (zone)
            return zone;
    }
    return NULL;
}

/* --- faults -------------------------------------------------------------------- */

void sim_rule(struct sim *sim, const char *zone, bool write, enum sim_fault fault, unsigned skip,
              unsigned times)
{
    struct sim_rule *rule = vec_push(sim->arena, &sim->rules);
    *rule = (struct sim_rule){ arena_strdup(sim->arena, zone), write, fault, skip, times };
}

static enum sim_fault fault_next(struct sim *sim, const char *zone, bool write)
{
    for (size_t i = 0; i < sim->rules.n; i++) {
        struct sim_rule *rule = &sim->rules.v[i];
        if (rule->write != write || !rule->times ||
            (strcmp(rule->zone, "*") != 0 && strcmp(rule->zone, zone) != 0))
            continue;
        if (rule->skip) {
            rule->skip--;
            continue;
        }
        rule->times--;
        return rule->fault;
    }
    return SIM_FINE;
}

static void fault_err(enum sim_fault fault, const char *zone, struct err *err)
{
    switch (fault) {
    case SIM_FINE:
    case SIM_CONFLICTS:
        break;
    case SIM_LOSES_REPLY:
    case SIM_LOSES_REQUEST:
    case SIM_BREAKS_HALF:
        err_set(err, ERR_LOST, "zone %s: the connection broke", zone);
        err_class(err, ERR_RETRY_NOW, ERR_SCOPE_ZONE, 0);
        break;
    case SIM_REFUSED_BY_PROVIDER:
        err_set(err, ERR_INVALID, "zone %s: 422 not like this", zone);
        err_class(err, ERR_RETRY_NEVER, ERR_SCOPE_RRSET, 0);
        break;
    case SIM_UNAUTHORIZED:
        err_set(err, ERR_AUTH, "zone %s: 401", zone);
        err_class(err, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER, 0);
        break;
    case SIM_DOWN:
        err_set(err, ERR_FAILED, "zone %s: 503", zone);
        err_class(err, ERR_RETRY_LATER, ERR_SCOPE_PROVIDER, 0);
        break;
    }
}

/* --- reading ------------------------------------------------------------------- */

struct read_op {
    struct sim *sim;
    struct sim_zone *zone;
    enum sim_fault fault;
    void (*done)(void *arg, const struct provider_zone *result);
    void *arg;
};

static void read_fire(void *arg)
{
    struct read_op *op = arg;
    struct provider_zone result = { 0 };
    if (!op->zone)
        err_set(&result.err, ERR_NOT_FOUND, "no such zone");
    else if (op->fault != SIM_FINE)
        fault_err(op->fault, op->zone->name, &result.err);
    else
        result.zone = sim_content(op->zone, op->sim->now_ms);
    op->done(op->arg, &result);
}

static void provider_read(void *ctx, const char *account, const char *name, const char *zone,
                          void (*done)(void *arg, const struct provider_zone *result), void *arg)
{
    struct sim *sim = ctx;
    if (sim->dead)
        return;
    sim->calls.read++;
    struct read_op *op = ARENA_NEW(sim->arena, struct read_op);
    struct sim_zone *found = zone_of(sim, account, zone ? zone : name);
    *op = (struct read_op){ sim, found, found ? fault_next(sim, found->name, false) : SIM_FINE,
                            done, arg };
    sim_post(sim, CALL_MS, false, read_fire, op);
}

/* --- writing ------------------------------------------------------------------- */

struct sim_op {
    struct sim *sim;
    struct sim_zone *zone;
    const struct sim_account *account;
    struct change *theirs; /* the caller's; gone when the caller died */
    struct change *ours;   /* copies */
    size_t n;
    enum sim_fault fault;
    void (*done)(void *arg, const struct provider_write *result);
    void *arg;
    unsigned life; /* of the process that asked */
    struct sim_op *next;
};

static void invariants(struct sim *sim, const struct sim_op *op)
{
    for (size_t i = 0; i < op->n && !sim->unchecked; i++) {
        const struct change *change = &op->ours[i];
        const struct rrset *set = change->after ? change->after : change->before;
        const struct target_set *lkg =
            set ? sim_lkg_set(sim, op->account->name, set->owner, set->type) : NULL;
        if (!set)
            sim_violate(sim, "a write of nothing over nothing");
        else if (!lkg)
            sim_violate(sim, "I1: %s %s is written and no LKG of it is durable", set->owner,
                        rtype_text(set->type));
        else if (!sim_intended(sim, set->owner, rtype_text(set->type)))
            sim_violate(sim, "I2: %s %s is written without a durable intent", set->owner,
                        rtype_text(set->type));
        else if (rrset_absent(change->after) && !rrset_absent(lkg->before) &&
                 !rrset_absent(lkg->after))
            sim_violate(sim, "I14: %s %s is left empty", set->owner, rtype_text(set->type));
    }
}

/* The first part of a set that takes several calls: what is new comes, what goes
 * has not gone yet. */
static void write_half(struct sim *sim, struct sim_zone *zone, const struct change *change)
{
    const struct rrset *live = zone_find(sim_content(zone, INT64_MAX),
                                         (change->after ? change->after : change->before)->owner,
                                         (change->after ? change->after : change->before)->type);
    if (rrset_absent(change->after) || rrset_absent(live))
        return;
    struct rrset *both = rrset_union(sim->arena, live, change->after);
    sim_edit(sim, zone, both->owner, both->type, both);
}

static bool guard_fits(const struct sim_op *op, const struct change *change)
{
    const struct rrset *set = change->after ? change->after : change->before;
    const struct rrset *live = zone_find(sim_content(op->zone, INT64_MAX), set->owner, set->type);
    if (op->account->caps.guard != GUARD_EXACT && op->account->caps.guard != GUARD_ETAG)
        return true;
    return rrset_equivalent(live, change->before);
}

static void write_one(struct sim_op *op, struct change *change)
{
    const struct rrset *set = change->after ? change->after : change->before;
    if (!guard_fits(op, change)) {
        change->fate = FATE_CONFLICT;
        return;
    }
    sim_edit(op->sim, op->zone, set->owner, set->type, change->after);
    change->fate = FATE_APPLIED;
}

static void write_take_effect(struct sim_op *op)
{
    bool record = op->account->caps.atomic == ATOMIC_RECORD;
    for (size_t i = 0; i < op->n; i++) {
        struct change *change = &op->ours[i];
        switch (op->fault) {
        case SIM_FINE:
        case SIM_LOSES_REPLY:
            write_one(op, change);
            break;
        case SIM_BREAKS_HALF:
            if (i == 0 && record)
                write_half(op->sim, op->zone, change);
            else if (i == 0 && op->n > 1)
                write_one(op, change);
            break;
        case SIM_CONFLICTS:
            change->fate = FATE_CONFLICT;
            break;
        case SIM_REFUSED_BY_PROVIDER:
            change->fate = FATE_REFUSED;
            break;
        case SIM_LOSES_REQUEST:
        case SIM_UNAUTHORIZED:
        case SIM_DOWN:
            break;
        }
    }
}

static void write_begin(struct sim_op *op);

static void write_reply(void *arg)
{
    struct sim_op *op = arg;
    struct provider_write result = { .change = op->theirs, .n = op->n, .cookie = "change-1" };
    if (op->life != op->sim->lives)
        return;
    bool lost = op->fault == SIM_LOSES_REPLY || op->fault == SIM_LOSES_REQUEST ||
                op->fault == SIM_BREAKS_HALF;
    fault_err(op->fault, op->zone->name, &result.err);
    for (size_t i = 0; i < op->n; i++) {
        op->theirs[i].fate = lost ? FATE_UNKNOWN : op->ours[i].fate;
        if (op->theirs[i].fate == FATE_CONFLICT && result.err.code == ERR_NONE)
            err_set(&result.err, ERR_CONFLICT, "zone %s: the guard did not fit", op->zone->name);
    }
    op->done(op->arg, &result);
}

static void write_fire(void *arg)
{
    struct sim_op *op = arg;
    struct sim *sim = op->sim;
    write_take_effect(op);
    op->zone->busy = false;
    if (op->life == sim->lives)
        sim_point(sim);
    sim_post(sim, CALL_MS / 2, false, write_reply, op);
    struct sim_op *next = op->zone->waiting;
    while (next && (sim->dead || next->life != sim->lives))
        next = next->next;
    op->zone->waiting = next ? next->next : NULL;
    if (next)
        write_begin(next);
}

static void write_begin(struct sim_op *op)
{
    op->zone->busy = true;
    sim_post(op->sim, CALL_MS / 2, true, write_fire, op);
}

static void provider_apply(void *ctx, const char *account, const struct zone *zone,
                           struct change *changes, size_t n,
                           void (*done)(void *arg, const struct provider_write *result), void *arg)
{
    struct sim *sim = ctx;
    if (sim_point(sim))
        return;
    sim->calls.write++;
    if (sim_account(sim, account)->budget > 0)
        sim_account(sim, account)->budget--;
    struct sim_op *op = ARENA_NEW(sim->arena, struct sim_op);
    *op = (struct sim_op){ .sim = sim,
                           .zone = zone_of(sim, account, zone->name),
                           .account = sim_account(sim, account),
                           .theirs = changes,
                           .ours = ARENA_ARRAY(sim->arena, struct change, n),
                           .n = n,
                           .fault = fault_next(sim, zone->name, true),
                           .done = done,
                           .arg = arg,
                           .life = sim->lives };
    for (size_t i = 0; i < n; i++)
        op->ours[i] = (struct change){ .before = rrset_copy(sim->arena, changes[i].before),
                                       .after = rrset_copy(sim->arena, changes[i].after) };
    invariants(sim, op);
    if (!op->zone->busy) {
        write_begin(op);
        return;
    }
    struct sim_op **last = &op->zone->waiting;
    while (*last)
        last = &(*last)->next;
    *last = op;
}

/* --- the rest ------------------------------------------------------------------ */

struct settle_op {
    void (*done)(void *arg, const struct err *err);
    void *arg;
};

static void settle_fire(void *arg)
{
    struct settle_op *op = arg;
    struct err none = { 0 };
    op->done(op->arg, &none);
}

static void provider_settle(void *ctx, const char *account, const struct zone *zone,
                            const char *cookie, void (*done)(void *arg, const struct err *err),
                            void *arg)
{
    struct sim *sim = ctx;
    (void)cookie;
    if (zone_of(sim, account, zone->name))
        zone_of(sim, account, zone->name)->settles++;
    struct settle_op *op = ARENA_NEW(sim->arena, struct settle_op);
    *op = (struct settle_op){ done, arg };
    sim_post(sim, CALL_MS, false, settle_fire, op);
}

static const struct provider_caps *provider_caps(void *ctx, const char *account, struct err *err)
{
    (void)err;
    return &sim_account(ctx, account)->caps;
}

static bool provider_can(void *ctx, const char *account)
{
    (void)ctx, (void)account;
    return true;
}

static int provider_keeps(void *ctx, const char *account, const struct rrset *set,
                          struct arena *arena, struct rrset **ret, struct err *err)
{
    (void)ctx, (void)account, (void)err;
    *ret = rrset_copy(arena, set);
    return 0;
}

static int64_t provider_eta(void *ctx, const char *account, size_t reads, size_t writes)
{
    (void)ctx, (void)account;
    return (int64_t)(reads + writes) * CALL_MS / 8;
}

static int64_t provider_budget(void *ctx, const char *account)
{
    return sim_account(ctx, account)->budget;
}

static struct provider_counts provider_counts(void *ctx)
{
    return ((struct sim *)ctx)->calls;
}

void sim_provider_ports(struct sim *sim)
{
    struct provider_port *provider = ARENA_NEW(sim->arena, struct provider_port);
    *provider = (struct provider_port){ .ctx = sim,
                                        .caps = provider_caps,
                                        .can_read = provider_can,
                                        .can_write = provider_can,
                                        .read = provider_read,
                                        .keeps = provider_keeps,
                                        .apply = provider_apply,
                                        .settle = provider_settle,
                                        .eta_ms = provider_eta,
                                        .budget = provider_budget,
                                        .counts = provider_counts };
    sim->ports.provider = provider;
}
