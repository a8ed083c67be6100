/* attempts: every ticket that was ever applied, from the records branch.  Reads
 * only; says nothing about tickets without records. */
#pragma once
#include "rollout/rollout.h"

/* Ids with records, newest first (ids sort by day and number). */
int attempts_ids(const struct records_port *records, struct arena *arena, struct strv *ret,
                 struct err *err) WARN_UNUSED;
struct attempt_infos {
    struct attempt_info *v;
    size_t n, cap;
};
/* All attempts of one ticket, newest first; of older ones what their claim.json
 * says, without the counts. */
int attempts_of(const struct ports *ports, const char *id, struct arena *arena,
                struct attempt_infos *ret, struct err *err) WARN_UNUSED;
/* The newest attempt of each of `ids`, in their order.  One that cannot be read
 * is left out and named in `warnings`. */
void attempts_read(const struct ports *ports, const struct strv *ids, struct arena *arena,
                   struct attempt_infos *ret, struct strv *warnings);

/* By the time of their claim, newest first: a ticket may be applied long after it
 * was proposed. */
void attempts_sort(struct attempt_infos *infos);

/* Waits for somebody: parked, paused, halted, blocked, or active. */
bool attempt_is_open(const struct attempt_info *info);
/* Open, or a revert that waits for a person. */
bool attempt_is_unsettled(const struct attempt_info *info);
/* Not ended, and no edge but a person's or a timer's leads on. */
bool attempt_is_waiting(const struct attempt_info *info);
/* Its time to be resumed has come. */
bool attempt_is_due(const struct attempt_info *info, int64_t now_s);

/* State of each domain in an attempt's outcome.json; NULL when there is none (yet). */
struct map *attempt_outcome(const struct records_port *records, const char *id, uint32_t attempt,
                            struct arena *arena);
/* What became of a domain of the attempt `info`; NULL: not known yet.  A ticket
 * that was put back with others keeps the outcome of its own run: its state wins. */
const char *outcome_state(const struct map *outcome, const struct attempt_info *info,
                          const char *domain);
