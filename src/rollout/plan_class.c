/* plan_class: the numbered table of plan.h for one owner and type: recorded,
 * live and target.  Rules between sets are plan_rules.c. */
#include <string.h>

#include "rollout/plan_internal.h"

static const struct rrset *existing(const struct rrset *set)
{
    return rrset_absent(set) ? NULL : set;
}

bool plan_same(const struct rrset *recorded, const struct rrset *live)
{
    size_t n = recorded ? recorded->n : 0, n_live = live ? live->n : 0;
    if (n == 0 || n_live == 0)
        return n == n_live;
    return recorded->ttl == live->ttl && rrset_same_values(recorded, live);
}

bool plan_set_writes(const struct target_set *set)
{
    return set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED;
}

/* T(x): the edits of the key one after the other on x, then what the provider
 * will make of it. */
static int target_compute(const struct plan_place *at, const struct plan_key *key,
                          const struct rrset *from, const struct rrset **ret, struct err *err)
{
    const struct rrset *set = from;
    struct rrset *next = NULL;
    for (size_t i = 0; i < key->edits.n; i++) {
        if (edit_compute(key->edits.v[i], &at->place, set, at->arena, &next, err))
            return -1;
        set = existing(next);
    }
    const struct provider_port *provider = at->in->provider;
    if (set && provider && !rrset_equivalent(set, from)) {
        struct rrset *kept;
        if (provider->keeps(provider->ctx, at->account, set, at->arena, &kept, err))
            return err_wrap(err, "account %s", at->account);
        set = existing(kept);
    }
    *ret = set;
    return 0;
}

static int recorded_read(const struct plan_place *at, const struct plan_key *key,
                         const struct rrset *live, const struct rrset **ret, struct err *err)
{
    if (at->in->record) {
        *ret = live;
        return 0;
    }
    struct rrset *recorded = NULL;
    if (ticket_recorded(at->in->ticket, at->domain, key->owner, key->type, at->arena, &recorded,
                        err)) {
        if (!err || err->code != ERR_NOT_FOUND)
            return -1;
        const char *id = at->in->ticket->id ? at->in->ticket->id : "the ticket";
        err_set(err, ERR_INVALID, "%s does not say what %s %s was when it was proposed", id,
                key->owner, rtype_text(key->type));
        return err_hint(err, "dnschange refresh %s", id);
    }
    *ret = existing(recorded);
    return 0;
}

static bool touches_same(const struct plan_place *at, const struct plan_key *key,
                         const struct rrset *recorded, const struct rrset *live)
{
    for (size_t i = 0; i < key->edits.n; i++)
        if (!edit_touches_same(key->edits.v[i], &at->place, recorded, live, at->arena))
            return false;
    return true;
}

static const char *set_text(const struct rrset *set, struct arena *arena)
{
    if (!set || set->n == 0)
        return "absent";
    struct strv values = { 0 };
    for (size_t i = 0; i < set->n; i++)
        strv_push(arena, &values, rdata_text(set->type, set->rr[i], arena));
    return arena_printf(arena, "TTL %u: %s", set->ttl, strv_join(arena, &values, " | "));
}

static const char *moved_text(const struct rrset *recorded, const struct rrset *live,
                              struct arena *arena)
{
    return arena_printf(arena, "recorded %s; live %s", set_text(recorded, arena),
                        set_text(live, arena));
}

/* The edits cannot be computed on what is live, only on what was recorded: live is
 * the target already, or what they need has moved. */
static void uncomputable(const struct plan_place *at, struct target_set *set, const struct err *why)
{
    set->after = set->base->after;
    if (plan_same(set->base->after, set->before)) {
        set->cls = CLASS_ALREADY;
        set->after = set->before;
        return;
    }
    set->cls = CLASS_CONFLICT;
    set->detail = arena_printf(at->arena, "%s; %s", why->message,
                               moved_text(set->base->before, set->before, at->arena));
}

static const struct target_base *base_new(struct arena *arena, const struct rrset *before,
                                          const struct rrset *after)
{
    struct target_base *base = ARENA_NEW(arena, struct target_base);
    *base = (struct target_base){ before, after };
    return base;
}

/* Live is not what was recorded, and the target is `target`: rows 2, 4 and 5. */
static void classify_moved(const struct plan_place *at, const struct plan_key *key,
                           struct target_set *set)
{
    if (plan_same(set->base->after, set->before)) {
        set->cls = CLASS_ALREADY;
        set->after = set->before;
        return;
    }
    bool same = touches_same(at, key, set->base->before, set->before);
    set->cls = same ? CLASS_MOVED : CLASS_CONFLICT;
    set->detail = moved_text(set->base->before, set->before, at->arena);
}

/* Rows 2 to 5, live being writable. */
static int classify_writable(const struct plan_place *at, const struct plan_key *key,
                             const struct rrset *recorded, struct target_set *set, struct err *err)
{
    bool same = plan_same(recorded, set->before);
    const struct rrset *target = NULL;
    struct err why = { 0 };
    if (!same) {
        if (target_compute(at, key, recorded, &target, err))
            return -1;
        set->base = base_new(at->arena, recorded, target);
    }
    if (target_compute(at, key, set->before, &target, same ? err : &why)) {
        if (same)
            return -1;
        uncomputable(at, set, &why);
        return 0;
    }
    set->after = target;
    if (rrset_equivalent(target, set->before)) {
        set->cls = CLASS_ALREADY;
        set->after = set->before;
    } else if (same) {
        set->cls = CLASS_CHANGE;
    } else {
        classify_moved(at, key, set);
    }
    return 0;
}

/* A set of a provider's own kind (RFC 6895 3.1: private use) that answers questions
 * for addresses at its name: an alias, a program.  What stands beside it is not
 * what is served. */
static const char *answered_by(const struct plan_place *at, const struct plan_key *key)
{
    enum { PRIVATE_FIRST = 65280, PRIVATE_LAST = 65534 };
    size_t n = 0;
    const struct rrset *sets = zone_owner(at->zone, key->owner, &n);
    for (size_t i = 0; i < n && (key->type == TYPE_A || key->type == TYPE_AAAA); i++) {
        if (sets[i].unmanaged && sets[i].type >= PRIVATE_FIRST && sets[i].type <= PRIVATE_LAST)
            return arena_strdup(at->arena, sets[i].unmanaged);
    }
    return NULL;
}

int plan_classify(const struct plan_place *at, const struct plan_key *key, struct target_set *ret,
                  struct err *err)
{
    struct target_set set = { .owner = key->owner, .type = key->type };
    const struct rrset *live = existing(zone_find(at->zone, key->owner, key->type));
    const struct rrset *recorded = NULL;
    set.before = rrset_copy(at->arena, live); /* the zone goes, LKG stays */
    if (recorded_read(at, key, set.before, &recorded, err))
        return -1;
    const char *unmanaged = live && live->unmanaged ? set.before->unmanaged : answered_by(at, key);
    if (unmanaged) {
        set.cls = CLASS_UNMANAGED;
        set.after = set.before;
        set.detail = unmanaged;
        if (!plan_same(recorded, set.before))
            set.base = base_new(at->arena, recorded, recorded);
    } else if (classify_writable(at, key, recorded, &set, err)) {
        return -1;
    }
    *ret = set;
    return 0;
}
