/* journal: the append-only local history of one attempt.  It explains, it does
 * not decide: resume, abort and rollback read back every set of the LKG.
 *
 * Frames: one line each, "LENGTH BATCH HASH PAYLOAD\n"; HASH is SHA-256 over the
 * previous hash, the batch number and the payload, in lower-case hex (byte-exact).
 * A batch ends with a commit frame, then one fdatasync.  The file is cut at the
 * first bad frame if no frame of a later batch is valid, else it is damage. */
#pragma once
#include "ports/journal.h"
#include "rollout/states.h"

struct journal; /* opaque */

struct journal_event { /* payload: compact JSON; NULL and 0 members are left out */
    const char *event; /* "state" "intent" "ack" "verdict" "revert-intent" "revert-ack"
                          "blocked" "bake" "note" */
    const char *domain, *account, *owner, *type;
    const char *state, *detail;
    int64_t wall_s, ms; /* ms: bake time watched so far */
    uint32_t step;
};

/* Loads what is there (cutting an unfinished batch) and goes on behind it.
 * ERR_FAILED: damaged; the message says at which frame. */
int journal_open(const struct journal_port *port, struct arena *arena, struct journal **ret,
                 struct err *err) WARN_UNUSED;
/* The events that were there when it was opened; what is added now is not kept. */
size_t journal_count(const struct journal *journal);
const struct journal_event *journal_at(const struct journal *journal, size_t i);
void journal_add(struct journal *journal, const struct journal_event *event);
/* Ends the batch: durable when it returns 0.  A failure is final. */
int journal_commit(struct journal *journal, struct err *err) WARN_UNUSED;
