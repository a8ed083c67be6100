/* changed: "what changed?", from the records branch alone: no provider, no DNS. */
#pragma once
#include "rollout/rollout.h"

struct changed_row {
    int64_t wall_s; /* when the attempt came to its present state */
    const char *ticket, *actor, *reason;
    uint32_t attempt;
    const char *domain, *owner;
    uint16_t type;
    const struct rrset *before, *after; /* NULL: absent */
    const char *state;                  /* the domain's: "held", "reverted" ... */
};
struct changed {
    struct changed_row *v;
    size_t n, cap;
};

struct changed_filter {
    int64_t from_s, to_s;       /* 0: open */
    const char *by;             /* part of the actor, case-blind; or NULL */
    const struct strv *domains; /* canonical; NULL: all */
};

/* Newest first.  Domains that an attempt never wrote are not rows.  A record that
 * cannot be read is named in `warnings`. */
int changed_read(const struct ports *ports, const struct changed_filter *filter,
                 struct arena *arena, struct changed *ret, struct strv *warnings,
                 struct err *err) WARN_UNUSED;
