/* plan_answers: what a zone's servers answer where a set is absent, from the zone
 * as captured.  "Absent" is never seen below a wildcard (RFC 4592). */
#include <stdint.h>
#include <string.h>

#include "rollout/plan_internal.h"

#define SOA_MINIMUM_OCTETS 4 /* the last field (RFC 1035 3.3.13) */

uint32_t plan_negative_ttl(const struct zone *zone)
{
    const struct rrset *soa = zone_find(zone, zone->name, TYPE_SOA);
    if (!soa || soa->n == 0 || soa->rr[0].len < SOA_MINIMUM_OCTETS)
        return 0;
    const uint8_t *end = soa->rr[0].wire + soa->rr[0].len;
    uint32_t minimum = (uint32_t)end[-4] << 24 | (uint32_t)end[-3] << 16 | (uint32_t)end[-2] << 8 |
                       (uint32_t)end[-1];
    return minimum < soa->ttl ? minimum : soa->ttl;
}

static bool has_wildcard(const struct zone *zone)
{
    for (size_t i = 0; i < zone->n; i++)
        if (strncmp(zone->sets[i].owner, "*.", 2) == 0)
            return true;
    return false;
}

static const struct target_set *written(const struct target *target, const struct rrset *set)
{
    for (size_t i = 0; i < target->n; i++)
        if (target->sets[i].type == set->type && plan_set_writes(&target->sets[i]) &&
            strcmp(target->sets[i].owner, set->owner) == 0)
            return &target->sets[i];
    return NULL;
}

/* The zone once the target is written; sets are shared, not copied. */
static struct zone zone_after(const struct zone *zone, const struct target *target,
                              struct arena *arena)
{
    struct zone after = { .name = zone->name, .whole = zone->whole };
    after.sets = ARENA_ARRAY(arena, struct rrset, zone->n + target->n + 1);
    for (size_t i = 0; i < zone->n; i++)
        if (!written(target, &zone->sets[i]))
            after.sets[after.n++] = zone->sets[i];
    for (size_t i = 0; i < target->n; i++)
        if (plan_set_writes(&target->sets[i]) && target->sets[i].after)
            after.sets[after.n++] = *target->sets[i].after;
    zone_sort(&after);
    return after;
}

void plan_answers(const struct plan_place *at, struct target *target)
{
    if (!at->zone->whole || !has_wildcard(at->zone))
        return;
    ARENA_SCOPED scratch = arena_new("a zone after the change", SIZE_MAX);
    struct zone after = { 0 };
    for (size_t i = 0; i < target->n; i++) {
        struct target_set *set = &target->sets[i];
        bool before = set->before && set->before->n > 0;
        bool gone = before && (!set->after || set->after->n == 0);
        if (before && !gone)
            continue;
        if (gone && !after.name)
            after = zone_after(at->zone, target, scratch);
        set->synthesised = rrset_copy(
            at->arena, zone_synthesised(gone ? &after : at->zone, set->owner, set->type));
    }
}
