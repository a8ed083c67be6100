/* outcome_kept: outcome.json of an attempt over its rollbacks.  Private to the room. */
#pragma once
#include "rollout/run.h"

struct kept; /* in the arena it was read into */

/* Before the rollback changes anything.  Never fails: without an outcome.json all
 * domains count as untouched.  Borrows the targets of `lkg` and gives them states. */
struct kept *kept_read(const struct records_port *records, const struct claim *claim,
                       const struct lkg *lkg, struct arena *arena);
/* The attempt's targets as they stand once `now`, the targets of a rollback, are as
 * they are; and their counts. */
const struct targets *kept_update(const struct kept *kept, const struct targets *now,
                                  struct rollout_counts *ret);
