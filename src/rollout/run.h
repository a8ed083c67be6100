/* run: one rollout or rollback while it runs.  Private to the room.
 *
 * The way of a run is straight (rollout.c, resume.c, rollback.c); inside a phase
 * (a canary or wave step, a revert) every domain is a small machine that moves
 * when a port calls back:
 *
 *   wave.c    check - write - settle - verify - checks - rest
 *   revert.c  intent - read - inverse - write - settle - verify - rest
 *
 * A phase ends when every unit of it rests. */
#pragma once
#include "rollout/attempt.h"
#include "rollout/inverse.h"
#include "rollout/journal.h"
#include "rollout/verify_judge.h"

enum stop { /* why no new forward write is begun; the larger one wins */
            STOP_NONE,
            STOP_PARK,
            STOP_PAUSE,
            STOP_HOLD,  /* unknown past the deadline, on_unknown: hold */
            STOP_ABORT, /* a person wants it back */
            STOP_FAIL,  /* more failures than allowed */
            STOP_BROKEN /* the journal or the loop failed */
};

enum stage {
    STAGE_IDLE,
    STAGE_CHECK,
    STAGE_WRITE,
    STAGE_SETTLE,
    STAGE_VERIFY,
    STAGE_CHECKS,
    STAGE_REST
};
enum way { WAY_FORWARD, WAY_BACK };
enum end {
    END_NONE,
    END_GOOD,
    END_FAILED,
    END_UNKNOWN, /* no verdict */
    END_BLOCKED, /* could not be put back */
    END_STOPPED  /* left as it is */
};
enum write_end { WRITE_DONE, WRITE_REFUSED, WRITE_FOREIGN, WRITE_LOST };

struct account { /* a provider account as this run uses it */
    const char *name;
    const struct provider_caps *caps;
    bool has_primary;
    struct server primary;
};

struct item { /* one set that a job may write */
    struct target_set *set;
    const struct rrset *live; /* as last known at the provider */
    const struct rrset *want;
    bool write;      /* differs, still to be written */
    bool maybe_ours; /* may stand at the provider by this ticket's hand */
    bool blocked;    /* changed by somebody else: left alone by a revert */
    bool doubt;      /* the outcome of the last write is not known */
    /* Rollback of several tickets: this set in each of them, newest first. */
    const struct target_set *const *chain;
    size_t n_chain;
};

struct run;
struct unit;

struct job { /* one target on its way */
    struct run *run;
    struct unit *unit;
    struct target *target;
    const struct account *account;
    struct item *items; /* the sets of class change and moved */
    size_t n;
    enum stage stage;
    enum way way;
    enum end end;
    bool in_window; /* holds a place among those that may send */
    bool acked;     /* went through a write in this phase */
    bool conflict;  /* nothing to be done about some set */
    bool intended;  /* revert intents are durable */
    unsigned tries, rounds;
    int64_t live_ms;  /* when `live` was read; -1: long ago */
    struct zone zone; /* name and cookie to hand back */
    struct change *changes;
    size_t *of, n_changes; /* item of each change */
    size_t asked;          /* open pre-check questions */
    bool differs;          /* a pre-check answer was not as read */
    const char *cookie;    /* of the last write, for settle */
    struct target *shown;  /* what a revert verifies */
    struct verify *verify;
    bool verdict_came, knocking; /* run_verify.c */
    unsigned knocks;
    enum verdict verdict;
    void (*verified)(struct job *job, enum verdict verdict);
    struct timer timer;
    void (*read_done)(struct job *job, const struct err *err);
    void (*write_done)(struct job *job, enum write_end end);
    struct job *next_read, *next_intent;
    struct err *err; /* job_err(); NULL or code ERR_NONE: none */
};

struct unit { /* one domain: all its targets go, or none */
    struct run *run;
    struct job *jobs;
    size_t n, resting;
    uint32_t step;
    bool active;
    bool failing; /* one target failed: the others stop */
    bool failed;  /* for good, and put back or blocked */
    bool good;    /* verified in this run */
    bool skipped; /* conflict, and conflicts are left out */
    bool touched; /* something was written back */
};

struct kept;

struct run {
    const struct ports *outer;
    struct ports ports; /* with the query counter in front of dns */
    struct dns_port dns;
    struct arena *arena;
    const struct settings *settings;
    const struct ticket *ticket;
    const struct portfolio *portfolio;
    struct rollout_options options;
    struct rollout_settings rollout;
    struct claim claim;
    struct lkg lkg;
    struct findings findings;
    struct plan_skip *skipped;
    size_t n_skipped;

    struct journal *journal;
    bool journal_broken;
    struct buf events; /* events.jsonl */

    struct {
        struct account **v;
        size_t n, cap;
    } accounts;
    struct job *jobs;
    size_t n_jobs;
    struct unit *units;
    size_t n_units;

    /* phase */
    struct {
        struct job **v;
        size_t n, cap;
    } queue;
    size_t next, sending, window, active;
    bool phase_done, pumping;
    enum stop stop;
    struct err stop_err;
    bool deadline_over;
    int64_t deadline_ms;
    struct timer poll_timer, deadline_timer, read_timer, intent_timer;
    struct job *reads, *intents;
    size_t resting, phase_units;

    enum stop cause; /* of the revert */
    struct err cause_err;
    bool rollback;           /* rollback command: restores whole scopes */
    const struct kept *kept; /* of its newest attempt: outcome_kept.h; or NULL */
    bool aborted;            /* a person asked */
    bool resumed;
    bool overwrite, dry_run;
    bool reverted_all;
    bool wrote; /* intents exist: something may have been written */
    bool window_closed;
    size_t failures, blocked;
    uint32_t resume_wave; /* bakes before this wave are over */
    uint32_t bake_step;   /* behind which step the present bake is */
    int64_t bake_done_ms; /* what of it was watched */

    int64_t started_ms, captured_ms, acked_ms;
    struct rollout_ms ms;
    struct provider_counts counts_before;
    uint64_t queries;
};

/* run.c */
void run_init(struct run *run, const struct ports *ports, struct arena *arena,
              const struct settings *settings);
void run_done(struct run *run);
#define RUN_SCOPED CLEANUP(run_done) struct run
int64_t run_now(const struct run *run);
int64_t run_wall(const struct run *run);
int run_account(struct run *run, const char *name, const struct account **ret,
                struct err *err) WARN_UNUSED;
/* Jobs and units of every target that writes. */
int run_jobs(struct run *run, struct err *err) WARN_UNUSED;
void run_stop(struct run *run, enum stop stop, const struct err *err);
void run_control(struct run *run);        /* has somebody asked for something? */
bool run_stopping(const struct job *job); /* this job is to begin nothing new */

/* phase.c part of run.c: units are queued, then the loop runs until all rest. */
void phase_begin(struct run *run);
void phase_unit(struct run *run, struct unit *unit, enum way way);
int phase_run(struct run *run, struct err *err) WARN_UNUSED;
/* Where the job's error is written; large and rare, so made when first asked for. */
struct err *job_err(struct job *job);
bool job_has_err(const struct job *job);
void job_err_clear(struct job *job);
void job_sent(struct job *job); /* gives its place in the window to the next */
void job_rest(struct job *job, enum end end);
void job_leave(struct job *job);   /* rests unwritten because the run stops */
void job_advance(struct job *job); /* begins a queued job: wave.c or revert.c */

/* run_read.c */
void read_start(struct job *job, void (*done)(struct job *job, const struct err *err));
void read_flush(void *run);
/* run_check.c: ends in forward_checked() */
void check_start(struct job *job);
/* write.c */
/* What a look at the provider says of an item: whether it is still to be written
 * and may be ours.  False: it is somebody else's value. */
bool item_place(struct item *item, enum place place);
void write_start(struct job *job, void (*done)(struct job *job, enum write_end end));
void settle_start(struct job *job, void (*done)(struct job *job));
/* run_verify.c: `target` is the job's, or what it is to look like. */
void verify_job(struct job *job, struct target *target, const struct verify_options *options,
                void (*done)(struct job *job, enum verdict verdict));
/* wave.c */
void forward_start(struct job *job);
void forward_checked(struct job *job, enum end end);
void forward_unit_rest(struct unit *unit);
int step_run(struct run *run, uint32_t step, struct err *err) WARN_UNUSED;
int forward_run(struct run *run, struct err *err) WARN_UNUSED;
int64_t verify_timeout(const struct job *job);
/* canary.c */
int canary_baseline(struct run *run, struct err *err) WARN_UNUSED;
bool canary_checks_start(struct job *job); /* false: none wanted */
void canary_checks_done(struct job *job, enum verdict verdict);
/* bake.c */
/* After `step`.  The stop says how it went; -1: the loop broke. */
int bake_run(struct run *run, uint32_t step, int64_t bake_ms, struct err *err) WARN_UNUSED;
/* revert.c */
void back_start(struct job *job);
void back_unit_rest(struct unit *unit);
void intents_flush(void *run);
int revert_all(struct run *run, enum ticket_event event, struct err *err) WARN_UNUSED;
/* capture.c */
/* The plan as it is now, refused for what would refuse the apply. */
int capture_plan(struct run *run, const struct rollout_input *in, struct plan *plan,
                 struct err *err) WARN_UNUSED;
int capture_run(struct run *run, const struct rollout_input *in, struct err *err) WARN_UNUSED;
/* run_claim.c */
int claim_take(struct run *run, const struct rollout_input *in, struct err *err) WARN_UNUSED;
void claim_release(struct run *run, const struct err *why);
/* events.c */
int run_journal_open(struct run *run, struct err *err) WARN_UNUSED;
void event_set(struct run *run, const char *event, const struct job *job,
               const struct target_set *set);
void event_domain(struct run *run, const char *event, const struct job *job, const char *state,
                  const char *detail);
void event_bake(struct run *run);
int event_commit(struct run *run, struct err *err) WARN_UNUSED;
/* Follows an edge: journal and events line; `commit` makes it durable on the
 * records branch (else the next commit carries it). */
int run_transition(struct run *run, enum ticket_event event, const char *detail, bool commit,
                   struct err *err) WARN_UNUSED;
int run_commit(struct run *run, const char *subject, struct err *err) WARN_UNUSED;
int run_commit_with(struct run *run, const struct record_file *more, size_t n, const char *subject,
                    struct err *err) WARN_UNUSED;
void run_progress(struct run *run, const char *event, const char *domain, const char *state,
                  const char *detail);
/* rollout.c: forward, then wherever the stop leads, then the result. */
int run_go(struct run *run, struct rollout_result *ret, struct err *err) WARN_UNUSED;
/* resume.c: an attempt as its records tell it.  *ret_unwritten: it has no LKG, so
 * nothing was written. */
int run_load(struct run *run, const char *id, uint32_t attempt, bool *ret_unwritten,
             struct err *err) WARN_UNUSED;
/* outcome.c */
/* Domains by state.  `now`: of a rollback while it runs, where untouched means that
 * there was nothing left to put back. */
void targets_count(const struct targets *targets, size_t n_skipped, bool now,
                   struct rollout_counts *ret);
void outcome_counts(const struct run *run, struct rollout_counts *ret);
/* Rests what was never begun. */
void outcome_untouched(struct run *run);
/* The text of outcome.json. */
void outcome_write(const struct run *run, const struct rollout_result *result, struct buf *out);
/* Fills the result and commits outcome.json. */
int outcome_fill(struct run *run, struct rollout_result *ret, struct err *err) WARN_UNUSED;
