/* policy: may this ticket be applied now?  Limits and windows (exit 3). */
#pragma once
#include "ticket/ticket.h"

/* The ticket's own window contains now; recurring windows, blackouts. */
int policy_window(const struct ticket *ticket, const struct policy_settings *policy,
                  int64_t wall_s, struct err *err) WARN_UNUSED;
/* max_domains, max_share of a client; names number, limit and how to lift it
 * ("allow": "over-limit"). */
int policy_limits(const struct ticket *ticket, const struct policy_settings *policy,
                  const struct portfolio *portfolio, struct err *err) WARN_UNUSED;

/* Words that a change needs in the ticket's "allow": `root-ns` for NS at the zone's
 * apex, `empty-rrset` when `remove OWNER TYPE RDATA` takes the last record (a plain
 * `remove OWNER TYPE` says so itself).  `after` as edit_compute() gave it; ERR_POLICY
 * names the word.  For each edit of each domain, at propose, plan and apply. */
int policy_edit(const struct ticket *ticket, const struct edit *edit,
                const struct edit_place *place, const struct rrset *before,
                const struct rrset *after, struct arena *arena, struct err *err) WARN_UNUSED;
