/* rollout: the steps that write, and their result.  apply, resume, abort and
 * rollback run the loop until the ticket rests: done, put back, parked or blocked. */
#pragma once
#include "rollout/lkg.h"
#include "rollout/plan.h"

struct rollout_options {
    int64_t bake_ms; /* -1: settings */
    bool no_wait;    /* park at the first wait */
    bool skip_conflicts, skip_unfit;
    const char *digest; /* refuse (6) unless the plan has it; or NULL */
    bool again;         /* after a revert: next attempt */
    bool dry_run;
};

struct rollout_input {
    const struct ticket *ticket; /* NULL for resume/abort/rollback when the file is gone */
    const char *blob;            /* object id of the ticket file; or NULL */
    const struct settings *settings;
    const struct portfolio *portfolio; /* may be NULL for rollback */
    struct rollout_options options;
};

struct rollout_counts {
    size_t changed, already, failed, reverted, blocked, skipped, untouched;
};
struct rollout_ms {
    int64_t capture, canary, bake, waves, revert, verify, total;
};

struct rollout_result {
    const char *ticket;
    uint32_t attempt;
    enum ticket_state state;
    struct rollout_counts counts; /* domains */
    struct targets targets;       /* with states, checks and errors */
    struct findings findings;     /* bake.cut ... */
    struct rollout_ms ms;
    uint64_t requests_read, requests_write, requests_dns;
    int64_t resume_after_s; /* wall clock; 0: none */
    const char *next;       /* what to type to go on; or NULL */
    int exit_code;          /* contract "Exit codes", precedence applied */
};

/* -1 only when the run could not start or broke before a result exists; every
 * other end is a result with its exit code (and `err` filled when it is not 0). */
int rollout_apply(const struct rollout_input *in, const struct ports *ports, struct arena *arena,
                  struct rollout_result *ret, struct err *err) WARN_UNUSED;

/* Goes on with an attempt found by its records or journal: reads back every set
 * first.  Nothing to resume: ERR_USAGE. */
int rollout_resume(const struct rollout_input *in, const char *id, const struct ports *ports,
                   struct arena *arena, struct rollout_result *ret, struct err *err) WARN_UNUSED;
/* Puts back what an unfinished attempt wrote. */
int rollout_abort(const struct rollout_input *in, const char *id, const char *reason,
                  const struct ports *ports, struct arena *arena, struct rollout_result *ret,
                  struct err *err) WARN_UNUSED;

struct rollback_item {
    const char *id;
    uint32_t attempt;
};
struct rollback_input {
    const struct settings *settings;
    const struct rollback_item *items; /* newest first; several: to the oldest LKG per RRset */
    size_t n;
    const struct strv *domains; /* canonical; NULL: all */
    bool overwrite, dry_run;
    const char *reason;
};
/* All domains at once, verified; needs no ticket, approval, window or remote.
 * Items without anything written are skipped. */
int rollout_rollback(const struct rollback_input *in, const struct ports *ports,
                     struct arena *arena, struct rollout_result *ret, struct err *err) WARN_UNUSED;

/* Where an attempt stands, from the records branch and the local journal. */
struct attempt_info {
    const char *id;
    uint32_t attempt;
    enum ticket_state state;
    int64_t claimed_s, changed_s, resume_after_s;
    const char *actor, *holder, *reason;
    uint32_t wave, waves;
    struct rollout_counts counts;
    struct strv verification; /* as the ticket asked */
    bool local;               /* a journal of it lies on this machine */
};
/* Newest attempt of a ticket; ERR_NOT_FOUND: never applied. */
int attempt_read(const struct ports *ports, const char *id, struct arena *arena,
                 struct attempt_info *ret, struct err *err) WARN_UNUSED;
/* One attempt's LKG: local copy or records branch. */
int attempt_lkg(const struct ports *ports, const char *id, uint32_t attempt, struct arena *arena,
                struct lkg *ret, struct err *err) WARN_UNUSED;
