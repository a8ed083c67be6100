/* steps: which domains go first.  Chooses the canaries and puts every other
 * domain that writes into a wave.  Pure. */
#pragma once
#include "mail/lint.h"
#include "portfolio/portfolio.h"
#include "rollout/target.h"

/* Sets `canary` and `step` of every target: 0 for canaries, 1.. for waves in
 * target order.  All targets of one domain share a step.  Targets with nothing
 * to write get step 0 and are no canary.
 *
 * Canaries per account: those of `ticket_canary` (canonical or not; may be NULL);
 * for an account none of them writes at, domains flagged in the portfolio, then
 * automatic ones, one of each kind first, up to rollout->canary.  Waves are
 * cumulative shares of the domains that write, canaries included, rounded up;
 * what the last share leaves over becomes one more wave.
 *
 * Finding "canary.feature" (note) names what no canary of an account shares with
 * the rest.  ERR_INVALID: a canary of the ticket that is not among the targets. */
int steps_assign(struct targets *targets, const struct rollout_settings *rollout,
                 const struct strv *ticket_canary, const struct portfolio *portfolio,
                 struct arena *arena, struct findings *findings, struct err *err) WARN_UNUSED;

/* Highest wave in use; 0: canaries only. */
uint32_t steps_waves(const struct targets *targets);
