/* plan_rules: what the sets of one target may not be together, and what a ticket
 * has to allow by name.  Rules of one record are the lint's and the provider's. */
#include <string.h>

#include "rollout/plan_internal.h"

static bool present(const struct rrset *set)
{
    return set && set->n > 0;
}

static int allow_hint(struct err *err, const char *word)
{
    return err_hint(err, "if that is meant, put \"allow\": [\"%s\"] into the ticket", word);
}

/* --- one set ----------------------------------------------------------------- */

static int type_rule(const struct target_set *set, const struct zone *zone,
                     const struct ticket *ticket, struct err *err)
{
    bool apex = strcmp(set->owner, zone->name) == 0;
    const char *type = rtype_text(set->type);
    if (set->type == TYPE_SOA || set->type == TYPE_RRSIG || set->type == TYPE_NSEC ||
        set->type == TYPE_NSEC3 || set->type == TYPE_NSEC3PARAM) {
        err_set(err, ERR_INVALID, "%s %s: servers make these records themselves", set->owner, type);
        return err_hint(err, "leave %s out of the change", type);
    }
    if (set->type == TYPE_NS && apex && !ticket_allows(ticket, "root-ns")) {
        err_set(err, ERR_INVALID, "%s NS: changes the nameservers of the whole zone", set->owner);
        return allow_hint(err, "root-ns");
    }
    return 0;
}

/* Taking single values away must not take the last one by accident. */
static int empty_rule(const struct plan_key *key, const struct target_set *set,
                      const struct ticket *ticket, struct err *err)
{
    if (!present(set->before) || present(set->after) || ticket_allows(ticket, "empty-rrset"))
        return 0;
    for (size_t i = 0; i < key->edits.n; i++)
        if (key->edits.v[i]->action == EDIT_REMOVE && key->edits.v[i]->values.n == 0)
            return 0; /* the whole set was named */
    err_set(err, ERR_INVALID, "%s %s: the change removes the last record of the set", set->owner,
            rtype_text(set->type));
    err_hint(err,
             "write `remove OWNER %s` to remove the whole set, or put \"allow\": "
             "[\"empty-rrset\"] into the ticket",
             rtype_text(set->type));
    return -1;
}

static const struct target_set *target_find(const struct target *target, const char *owner,
                                            uint16_t type)
{
    for (size_t i = 0; i < target->n; i++)
        if (target->sets[i].type == type && strcmp(target->sets[i].owner, owner) == 0)
            return &target->sets[i];
    return NULL;
}

/* Records at or below a delegation, or below a DNAME, are never served (RFC 1034
 * 4.2.1, RFC 6672 2.4), unless this ticket takes the cut away. */
static int cut_rule(const struct zone *zone, const struct target *target,
                    const struct target_set *set, struct err *err)
{
    const char *cut = present(set->after) ? zone_cut_above(zone, set->owner) : NULL;
    if (!cut)
        return 0;
    bool at_cut = strcmp(cut, set->owner) == 0;
    bool parent_side = set->type == TYPE_NS || set->type == TYPE_DS || set->type == TYPE_NSEC;
    if (at_cut && parent_side)
        return 0;
    const struct target_set *ns = target_find(target, cut, TYPE_NS);
    if (ns && plan_set_writes(ns) && !present(ns->after))
        return 0;
    err_set(err, ERR_INVALID, "%s %s: nobody would see it, because %s is %s", set->owner,
            rtype_text(set->type), cut,
            zone_find(zone, cut, TYPE_NS) ? "delegated to other servers" : "a DNAME");
    return err_hint(err, "change it in the zone %s", cut);
}

/* --- sets of one name -------------------------------------------------------- */

static bool appears(const struct target_set *set)
{
    return !present(set->before) && present(set->after);
}

static bool disappears(const struct target_set *set)
{
    return present(set->before) && !present(set->after);
}

/* A CNAME makes room for another type at its name, or the reverse: in between
 * the name does not answer, unless both change at once. */
static bool is_swap(const struct target_set *a, const struct target_set *b)
{
    return a->type == TYPE_CNAME && b->type != TYPE_CNAME && strcmp(a->owner, b->owner) == 0 &&
           ((disappears(a) && appears(b)) || (appears(a) && disappears(b)));
}

static int swap_rule(const struct plan_place *at, const struct target *target, struct err *err)
{
    if (at->caps->atomic == ATOMIC_ZONE || ticket_allows(at->in->ticket, "swap"))
        return 0;
    for (size_t i = 0; i < target->n; i++) {
        for (size_t k = 0; k < target->n; k++) {
            const struct target_set *a = &target->sets[i], *b = &target->sets[k];
            if (!plan_set_writes(a) || !plan_set_writes(b) || !is_swap(a, b))
                continue;
            err_set(err, ERR_INVALID,
                    "%s: CNAME and %s change places, and account %s cannot do that in one step; "
                    "for a moment the name would not answer",
                    a->owner, rtype_text(b->type), at->account);
            return allow_hint(err, "swap");
        }
    }
    return 0;
}

static int zone_rule(const struct plan_place *at, const struct target *target, struct err *err)
{
    const struct rrset **changes = ARENA_ARRAY(at->arena, const struct rrset *, target->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (!plan_set_writes(set))
            continue;
        changes[n++] = set->after ? set->after : rrset_new(at->arena, set->owner, set->type, 0);
    }
    return n ? zone_check(at->zone, changes, n, err) : 0;
}

int plan_rules(const struct plan_place *at, const struct plan_keys *keys,
               const struct target *target, struct err *err)
{
    const struct ticket *ticket = at->in->ticket;
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (!plan_set_writes(set))
            continue;
        if (type_rule(set, at->zone, ticket, err) || empty_rule(&keys->v[i], set, ticket, err) ||
            cut_rule(at->zone, target, set, err) || (set->after && rrset_check(set->after, err)))
            return -1;
    }
    return zone_rule(at, target, err) || swap_rule(at, target, err) ? -1 : 0;
}
