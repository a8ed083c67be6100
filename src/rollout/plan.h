/* plan: what a ticket would do now.  Numbered table base / target / live:
 *
 *  R recorded in the ticket, L live, T(x) the ticket's edits computed on x
 *  1 L may not be written (alias, proxied ...)            unmanaged
 *  2 T(L) == L                                            already
 *  3 L == R                                               change
 *  4 what the edits touch is the same in L and R          moved, target T(L)
 *  5 else                                                 conflict
 *
 * Reads only. */
#pragma once
#include "rollout/ports.h"
#include "rollout/steps.h"
#include "rollout/target.h"
#include "ticket/ticket.h"

struct plan_input {
    const struct ticket *ticket;
    const struct settings *settings;
    const struct portfolio *portfolio;
    bool record;         /* propose, refresh: live is what gets recorded, no conflicts */
    bool skip_conflicts; /* leave conflicting domains out instead of failing */
    bool skip_unfit;     /* leave out domains an edit cannot be computed for */
    /* For plan_target alone; plan_build fills both.  NULL: values are kept as they are. */
    const struct provider_port *provider;
    int64_t wall_s; /* exceptions of lint rules end; 0: none holds */
};

struct plan_skip {
    const char *domain, *why;
};

struct plan {
    struct targets targets; /* one per domain and account, in ticket order */
    struct findings findings;
    struct plan_skip *skipped;
    size_t n_skipped;
    size_t n_class[SET_CLASS_COUNT]; /* sets per class */
    char digest[65];
    char level;         /* worst level of the accounts in use */
    const char *source; /* "api", "dns" or "mixed" */
    int64_t estimate_ms, rollback_ms;
    int64_t rollback_horizon_s; /* after a rollback, until no cache holds the ticket's values */
    int64_t bake_required_ms, bake_ms; /* what is right, and what max_bake leaves of it */
    size_t reads, writes;              /* requests an apply will make */
};

/* Runs the loop until every zone was read.  ERR_INVALID: an edit that cannot be
 * computed, a rule of RRsets, names or the provider that the result would break
 * (every domain is tried first; the message names the first and counts the rest).
 * Conflicts are classes, not errors.  Zones that cannot be read: the provider's
 * error, naming the domain. */
int plan_build(const struct plan_input *in, const struct ports *ports, struct arena *arena,
               struct plan *ret, struct err *err) WARN_UNUSED;

/* Pure part: one target from its zone as read.  What plan_build, capture and the
 * tests share. */
int plan_target(const struct plan_input *in, const struct domain *domain, const char *account,
                const struct provider_caps *caps, const struct zone *zone, struct arena *arena,
                struct target *ret, struct findings *findings, struct err *err) WARN_UNUSED;

/* Fills ticket->rollback from a plan made with `record`. */
void plan_record(const struct plan *plan, struct ticket *ticket, struct arena *arena);

/* SHA-256 over scope, change, vars, window, allow, and before and after of each set. */
void plan_digest(const struct ticket *ticket, const struct targets *targets, char ret_hex[65]);

/* ERR_CONFLICT naming the first conflict and counting the others, unless skipped. */
int plan_refuse_conflicts(const struct plan *plan, struct err *err) WARN_UNUSED;
/* Error findings: ERR_INVALID with the first and a count. */
int plan_refuse_errors(const struct plan *plan, struct err *err) WARN_UNUSED;
