/* lint: rules about one RRset as it will stand, as one table: id, severity,
 * function, reference.  Pure: no lookups in this table. */
#pragma once
#include "base/arena.h"
#include "dns/rrset.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };
const char *severity_text(enum severity severity);

struct finding {
    enum severity severity;
    const char *rule; /* "spf.multi" */
    const char *domain, *owner;
    const char *message, *reference; /* reference: "RFC 7208 3.2" */
};
struct findings {
    struct finding *v;
    size_t n, cap;
};

void finding_add(struct arena *arena, struct findings *findings, enum severity severity,
                 const char *rule, const char *domain, const char *owner, const char *reference,
                 const char *fmt, ...) PRINTF_LIKE(8, 9);

/* Runs every rule on `after` (may be absent).  What was wrong in `before` in the
 * same way becomes a note ("was so before"). */
void lint_rrset(const char *domain, const struct rrset *before, const struct rrset *after,
                struct arena *arena, struct findings *findings);
