/* verify: do the authoritative servers answer what they should?
 *
 * Every address of every nameserver, AA required, TCP before a mismatch counts,
 * `rounds` agreeing rounds in a row; RRsets compared in wire form as multisets,
 * names case-blind, TXT case-exact and joined; TTL compared; never the serial.
 * Three verdicts; a missing one is a fail. */
#pragma once
#include "portfolio/settings.h"
#include "rollout/ports.h"
#include "rollout/target.h"

enum verify_side { VERIFY_AFTER, VERIFY_BEFORE };

struct verify; /* one target being verified */

struct verify_options {
    const struct verify_settings *settings;
    int64_t timeout_ms; /* effective */
    enum verify_side side;
    bool once; /* one look, no waiting for agreement (verify command, bake) */
};

/* Starts; `done` is called once with the worst verdict; checks are added to
 * target->checks (arena).  A server named in `broken` (broken before the write) is
 * reported and does not fail. */
struct verify *verify_start(const struct ports *ports, struct arena *arena, struct target *target,
                            const struct verify_options *options, const struct strv *broken,
                            void (*done)(void *arg, enum verdict verdict), void *arg);
/* Ends early: done is called with VERDICT_UNKNOWN from the next turn. */
void verify_cancel(struct verify *verify);

/* Pure: one answer against one set.  *ret_detail says what differs. */
enum verdict verify_judge(const struct target_set *set, enum verify_side side,
                          const struct dns_reply *reply, struct arena *arena,
                          const char **ret_detail);
