/* target: small questions about one target.  What its sets mean is decided in
 * plan_class.c. */
#include "rollout/target.h"

bool target_writes(const struct target *target)
{
    for (size_t i = 0; i < target->n; i++)
        if (target->sets[i].cls == CLASS_CHANGE || target->sets[i].cls == CLASS_MOVED)
            return true;
    return false;
}

void target_fail(struct target *target, const struct err *err, struct arena *arena)
{
    target->err = arena_memdup(arena, err, sizeof *err);
}
