/* ticket_text: the rollback values of a ticket, from its review copy and from the
 * LKG of its newest attempt, as edits that `--change` accepts. */
#pragma once
#include "cli/out.h"
#include "rollout/lkg.h"
#include "ticket/ticket.h"

/* Either may be NULL.  Where both exist and differ, both are shown and marked:
 * from capture on only the LKG counts. */
void ticket_rollback_text(const struct out *out, const struct ticket *ticket,
                          const struct lkg *lkg);
/* Member "rollback": [{"domain", "owner", "type", "review", "lkg"?, "differs"?}] */
void ticket_rollback_json(struct jsonw *w, const struct ticket *ticket, const struct lkg *lkg,
                          struct arena *arena);
