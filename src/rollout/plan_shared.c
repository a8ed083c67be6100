/* plan_shared: domains of one ticket that meet in one zone.  Each target was
 * computed on its own, so none may touch what another touches. */
#include <stdint.h>
#include <string.h>

#include "base/map.h"
#include "rollout/plan_internal.h"

static int refuse(const struct target *a, const struct target *b, const struct target_set *set,
                  struct err *err)
{
    err_set(err, ERR_INVALID, "%s and %s both change %s %s in zone %s (account %s)", a->domain,
            b->domain, set->owner, rtype_text(set->type), b->zone, b->account);
    return err_hint(err, "leave one of the two out of the scope, or make two tickets");
}

static bool is_cname(const struct target_set *set)
{
    return set->type == TYPE_CNAME && set->after;
}

static bool clash(const struct target_set *a, const struct target_set *b)
{
    return strcmp(a->owner, b->owner) == 0 && (a->type == b->type || is_cname(a) || is_cname(b));
}

/* Two domains rarely share a name, so the one target that was there first is
 * compared set by set. */
static int target_meet(const struct target *a, const struct target *b, struct err *err)
{
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++)
            if (clash(&a->sets[i], &b->sets[k]))
                return refuse(a, b, &b->sets[k], err);
    return 0;
}

int plan_shared(const struct targets *targets, struct err *err)
{
    ARENA_SCOPED arena = arena_new("names of a ticket", SIZE_MAX);
    struct map *names = map_new(arena);
    for (size_t i = 0; i < targets->n; i++) {
        struct target *target = &targets->v[i];
        for (size_t k = 0; k < target->n; k++) {
            const char *key = arena_printf(arena, "%s %s %s", target->account, target->zone,
                                           target->sets[k].owner);
            const struct target *other = map_get(names, key);
            if (other && other != target && target_meet(other, target, err))
                return -1;
            if (!other)
                map_put(names, key, target);
        }
    }
    return 0;
}
