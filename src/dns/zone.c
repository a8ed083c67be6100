/* zone: what is where in a zone as read, and the rules between its sets.  See
 * rrset.h.  Sets are in the order of RFC 4034 6.1, so that everything at and
 * below a name stands together; whether a server is asked is decided above. */
#include <stdlib.h>
#include <string.h>

#include "dns/rrset.h"

static int set_order(const char *owner, uint16_t type, const struct rrset *set)
{
    int order = name_order(owner, set->owner);
    return order ? order : (type > set->type) - (type < set->type);
}

static int sets_order(const void *a, const void *b)
{
    const struct rrset *left = a, *right = b;
    return set_order(left->owner, left->type, right);
}

void zone_sort(struct zone *zone)
{
    if (zone->n > 1)
        qsort(zone->sets, zone->n, sizeof *zone->sets, sets_order);
}

/* Index of the first set not before owner/type. */
static size_t zone_from(const struct zone *zone, const char *owner, uint16_t type)
{
    size_t low = 0, high = zone->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set_order(owner, type, &zone->sets[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct rrset *zone_find(const struct zone *zone, const char *owner, uint16_t type)
{
    size_t i = zone_from(zone, owner, type);
    return i < zone->n && set_order(owner, type, &zone->sets[i]) == 0 ? &zone->sets[i] : NULL;
}

const struct rrset *zone_owner(const struct zone *zone, const char *owner, size_t *ret_n)
{
    size_t first = zone_from(zone, owner, 0), i = first;
    while (i < zone->n && strcmp(zone->sets[i].owner, owner) == 0)
        i++;
    *ret_n = i - first;
    return i > first ? &zone->sets[first] : NULL;
}

/* A set that has records, so that servers know the name. */
static const struct rrset *served(const struct zone *zone, const char *owner, uint16_t type)
{
    const struct rrset *set = zone_find(zone, owner, type);
    return set && set->n > 0 ? set : NULL;
}

bool zone_name_exists(const struct zone *zone, const char *owner)
{
    for (size_t i = zone_from(zone, owner, 0);
         i < zone->n && name_within(zone->sets[i].owner, owner); i++)
        if (zone->sets[i].n > 0)
            return true;
    return strcmp(owner, zone->name) == 0;
}

const char *zone_cut_above(const struct zone *zone, const char *owner)
{
    const char *cut = NULL;
    if (!name_within(owner, zone->name))
        return NULL;
    for (const char *name = owner; name; name = name_parent(name)) {
        bool apex = strcmp(name, zone->name) == 0;
        if ((!apex && served(zone, name, TYPE_NS)) ||
            (name != owner && served(zone, name, TYPE_DNAME)))
            cut = name;
        if (apex)
            break;
    }
    return cut;
}

/* RFC 4592 3.3.1: the wildcard below the closest encloser, and only that one. */
const struct rrset *zone_synthesised(const struct zone *zone, const char *owner, uint16_t type)
{
    if (!name_within(owner, zone->name) || zone_name_exists(zone, owner) ||
        zone_cut_above(zone, owner))
        return NULL;
    const char *encloser = name_parent(owner);
    while (encloser && !zone_name_exists(zone, encloser))
        encloser = name_parent(encloser);
    char wildcard[4 * NAME_WIRE_MAX + 3];
    if (!encloser || strlen(encloser) > 4 * NAME_WIRE_MAX)
        return NULL;
    if (strcmp(encloser, ".") == 0)
        encloser = "";
    char *end = stpcpy(wildcard, "*");
    if (*encloser)
        stpcpy(stpcpy(end, "."), encloser);
    const struct rrset *set = served(zone, wildcard, type);
    return set ? set : served(zone, wildcard, TYPE_CNAME);
}

/* --- rules between sets ------------------------------------------------------
 * Judged on the zone as it will be: its sets, each change in place of the set of
 * the same owner and type. */

struct future {
    const struct zone *zone;
    const struct rrset **changes; /* sorted */
    size_t n;
};

static int changes_order(const void *a, const void *b)
{
    const struct rrset *const *left = a, *const *right = b;
    return sets_order(*left, *right);
}

/* Index of the first change not before owner/type. */
static size_t changes_from(const struct future *future, const char *owner, uint16_t type)
{
    size_t low = 0, high = future->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set_order(owner, type, future->changes[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct rrset *future_find(const struct future *future, const char *owner,
                                       uint16_t type)
{
    size_t i = changes_from(future, owner, type);
    if (i < future->n && set_order(owner, type, future->changes[i]) == 0)
        return future->changes[i]->n > 0 ? future->changes[i] : NULL;
    return served(future->zone, owner, type);
}

/* RFC 4035 2.5: these may stand beside a CNAME. */
static bool beside_cname(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_RRSIG || type == TYPE_NSEC;
}

/* A set that will be at the owner and must not be beside a CNAME, or NULL. */
static const struct rrset *cname_neighbour(const struct future *future, const char *owner)
{
    size_t n;
    const struct rrset *sets = zone_owner(future->zone, owner, &n);
    for (size_t i = 0; i < n; i++)
        if (!beside_cname(sets[i].type) && future_find(future, owner, sets[i].type))
            return &sets[i];
    for (size_t i = changes_from(future, owner, 0);
         i < future->n && strcmp(future->changes[i]->owner, owner) == 0; i++)
        if (!beside_cname(future->changes[i]->type) && future->changes[i]->n > 0)
            return future->changes[i];
    return NULL;
}

static int cname_check(const struct future *future, const char *owner, struct err *err)
{
    if (!future_find(future, owner, TYPE_CNAME))
        return 0;
    if (strcmp(owner, future->zone->name) == 0) {
        err_set(err, ERR_INVALID, "%s CNAME: the apex of a zone has no CNAME (RFC 1034 3.6.2)",
                owner);
        return err_hint(err, "write the addresses, or use the provider's alias outside of "
                             "this program");
    }
    const struct rrset *other = cname_neighbour(future, owner);
    if (!other)
        return 0;
    err_set(err, ERR_INVALID, "%s CNAME: %s is at the same name (RFC 2181 10.1)", owner,
            rtype_text(other->type));
    return err_hint(err, "remove one of the two in the same ticket");
}

static int below_refuse(struct err *err, const struct rrset *below, const char *dname)
{
    err_set(err, ERR_INVALID, "%s %s: nothing can be below the DNAME at %s (RFC 6672 2.4)",
            below->owner, rtype_text(below->type), dname);
    return err_hint(err, "remove the DNAME or what is below it in the same ticket");
}

/* Is there a DNAME above this set? */
static int above_check(const struct future *future, const struct rrset *set, struct err *err)
{
    const char *name = set->owner;
    while (strcmp(name, future->zone->name) != 0 && (name = name_parent(name)))
        if (future_find(future, name, TYPE_DNAME))
            return below_refuse(err, set, name);
    return 0;
}

/* Is there anything below this DNAME? */
static int below_check(const struct future *future, const struct rrset *dname, struct err *err)
{
    const struct zone *zone = future->zone;
    for (size_t i = zone_from(zone, dname->owner, 0);
         i < zone->n && name_within(zone->sets[i].owner, dname->owner); i++) {
        const struct rrset *set = &zone->sets[i];
        if (strcmp(set->owner, dname->owner) != 0 && !rtype_is_dnssec(set->type) &&
            future_find(future, set->owner, set->type))
            return below_refuse(err, set, dname->owner);
    }
    return 0; /* what changes put below it is found from there */
}

static int change_check(const struct future *future, const struct rrset *change, struct err *err)
{
    if (!name_within(change->owner, future->zone->name))
        return err_set(err, ERR_INVALID, "%s %s: not in the zone %s", change->owner,
                       rtype_text(change->type), future->zone->name);
    if (cname_check(future, change->owner, err) < 0)
        return -1;
    if (change->n > 0 && above_check(future, change, err) < 0)
        return -1;
    if (change->n > 0 && change->type == TYPE_DNAME)
        return below_check(future, change, err);
    return 0;
}

int zone_check(const struct zone *zone, const struct rrset *const *changes, size_t n,
               struct err *err)
{
    ARENA_SCOPED arena = arena_new("zone rules", SIZE_MAX);
    struct future future = { zone, ARENA_ARRAY(arena, const struct rrset *, n), n };
    for (size_t i = 0; i < n; i++)
        future.changes[i] = changes[i];
    qsort(future.changes, n, sizeof *future.changes, changes_order);
    for (size_t i = 0; i < n; i++)
        if (change_check(&future, future.changes[i], err) < 0)
            return -1;
    return 0;
}
