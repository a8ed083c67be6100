/* policy: may this ticket be applied now?  Limits and windows (exit 3). */
#pragma once
#include "ticket/ticket.h"

/* The ticket's own window contains now; recurring windows, blackouts. */
int policy_window(const struct ticket *ticket, const struct policy_settings *policy, int64_t wall_s,
                  struct err *err) WARN_UNUSED;
/* max_domains, max_share of a client; names number, limit and how to lift it
 * ("allow": "over-limit"). */
int policy_limits(const struct ticket *ticket, const struct policy_settings *policy,
                  const struct portfolio *portfolio, struct err *err) WARN_UNUSED;
