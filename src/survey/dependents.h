/* dependents: which RRsets of a plan point at a name that the plan changes.  Pure;
 * sees what the plan has read and no other domain. */
#pragma once
#include "rollout/target.h"

struct dependent {
    const char *name;           /* what changes */
    const char *domain, *owner; /* who points at it */
    uint16_t type;
};
struct dependents {
    struct dependent *v;
    size_t n, cap;
};

/* Targets of MX, CNAME, SRV and the like, and include:, redirect=, a:, mx: and
 * exists: of SPF, as they will stand.  An RRset of the changed name itself is no
 * dependent. */
void dependents_find(const struct targets *targets, struct arena *arena, struct dependents *ret);
