/* attempt: claim.json, where one attempt of a ticket stands, on the records
 * branch.  Private to the room; what others may ask is in rollout.h. */
#pragma once
#include "rollout/rollout.h"

struct claim {
    const char *ticket;
    uint32_t attempt;
    enum ticket_state state;
    enum ticket_state phase; /* what a waiting one was doing: canary, baking, wave, reverting */
    const char *holder, *actor, *reason, *blob, *digest;
    int64_t claimed_s, changed_s, resume_after_s;
    uint32_t wave, waves;
    struct rollout_counts counts;
    struct strv keys;         /* "account owner TYPE" of every set it may write */
    struct strv verification; /* as the ticket asks */
    struct strv broken;       /* servers that were broken before the write */
    struct strv back;         /* domains that a rollback of a part put back */
    int64_t bake_ms, wave_bake_ms;
    uint32_t max_failures;
    bool hold_on_unknown;
};

/* "<id>/<n>/<name>" */
const char *attempt_path(struct arena *arena, const char *id, uint32_t attempt, const char *name);
/* Highest attempt number of a ticket; 0: none. */
int attempt_newest(const struct records_port *records, const char *id, struct arena *arena,
                   uint32_t *ret, struct err *err) WARN_UNUSED;
void claim_write(const struct claim *claim, struct buf *out);
/* ERR_NOT_FOUND: no such attempt. */
int claim_read(const struct records_port *records, const char *id, uint32_t attempt,
               struct arena *arena, struct claim *ret, struct err *err) WARN_UNUSED;

/* May it still write, or wait for it?  Then its keys are taken. */
bool claim_open(const struct claim *claim);
/* The RRset keys of targets as a claim holds them. */
void claim_keys(const struct targets *targets, struct arena *arena, struct strv *ret);
/* An open claim of another ticket that shares a set with `keys`, or a name with a
 * CNAME, or a zone cut (NS, DS) above or below: ERR_CONFLICT that names it. */
int claim_refuse_taken(const struct records_port *records, const char *id, const struct strv *keys,
                       struct arena *arena, struct err *err) WARN_UNUSED;
/* Tickets captured after `since_s` whose claim names `key`, not put back: for the
 * advice "roll back B, then A".  NULL: none. */
const char *claim_later(const struct records_port *records, const char *id, int64_t since_s,
                        const char *key, struct arena *arena);
