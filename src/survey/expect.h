/* expect: do the servers answer now what they should?  One look, no waiting. */
#pragma once
#include "portfolio/scope.h"
#include "rollout/checks.h"
#include "survey/known.h"
#include "survey/servers.h"
#include "ticket/ticket.h"

/* Verifies every target once, at its own servers.  targets->v[i].state becomes
 * verified, failed or (unknown) pending; checks are added. */
int expect_run(const struct ports *ports, const struct verify_settings *settings,
               enum verify_side side, struct targets *targets, struct arena *arena,
               struct err *err) WARN_UNUSED;

/* The ticket's other verification words, at every target, after expect_run(): what
 * fails there makes the target failed, and no verdict makes it pending.
 * ERR_INVALID: a hook that is not configured. */
int expect_checks(const struct ports *ports, const struct checks_options *options,
                  struct targets *targets, struct arena *arena, struct err *err) WARN_UNUSED;

/* Targets for the domains of a scope: every set that a ticket touched, expected
 * as the records say, at the servers captured with them.  Domains without records
 * have a target without sets. */
void expect_targets(const struct domains *domains, const struct known *known, struct arena *arena,
                    struct targets *ret);

/* Targets of a ticket that was never applied: before is what it recorded.
 * servers[i] belongs to domains[i]. */
void expect_recorded(const struct ticket *ticket, const struct domains *domains,
                     const struct zone_servers *servers, struct arena *arena, struct targets *ret);
