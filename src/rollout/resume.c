/* resume: going on with an attempt, or putting it back, from its records.  The
 * journal explains what was meant; what is live decides. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "rollout/inverse.h"
#include "rollout/run.h"

enum { READ_TRIES = 4, BACKOFF_MS = 1000 };

/* --- loading ----------------------------------------------------------------- */

static void events_load(struct run *run)
{
    const char *text;
    size_t len;
    struct err err;
    const char *path =
        attempt_path(run->arena, run->claim.ticket, run->claim.attempt, "events.jsonl");
    if (run->outer->records->read(run->outer->records->ctx, path, run->arena, &text, &len, &err) ==
        0)
        buf_add(&run->events, text, len);
}

static void holder_take(struct run *run)
{
    run->claim.holder = run->outer->holder;
    run->claim.actor = run->outer->actor;
}

int run_load(struct run *run, const char *id, uint32_t attempt, bool *ret_unwritten,
             struct err *err)
{
    struct err lkg_err;
    *ret_unwritten = false;
    if (claim_read(run->outer->records, id, attempt, run->arena, &run->claim, err) < 0)
        return err_wrap(err, "records of %s", id);
    events_load(run);
    holder_take(run);
    run->rollout.max_failures = run->claim.max_failures;
    run->rollout.hold_on_unknown = run->claim.hold_on_unknown;
    if (attempt_lkg(run->outer, id, attempt, run->arena, &run->lkg, &lkg_err) == 0)
        return run_jobs(run, err);
    if (lkg_err.code == ERR_NOT_FOUND) {
        *ret_unwritten = true;
        return 0;
    }
    *err = lkg_err;
    return -1;
}

/* --- the journal explains ---------------------------------------------------- */

struct memory {        /* what the journal says, by name */
    struct map *items; /* "account owner TYPE" -> item */
    struct map *units; /* domain -> unit */
};

static void memory_make(struct run *run, struct memory *ret)
{
    ret->items = map_new(run->arena);
    ret->units = map_new(run->arena);
    for (size_t i = 0; i < run->n_jobs; i++) {
        struct job *job = &run->jobs[i];
        map_put(ret->units, job->target->domain, job->unit);
        for (size_t k = 0; k < job->n; k++)
            map_put(ret->items,
                    arena_printf(run->arena, "%s %s %s", job->target->account,
                                 job->items[k].set->owner, rtype_text(job->items[k].set->type)),
                    &job->items[k]);
    }
}

static void remember_set(struct run *run, const struct memory *memory,
                         const struct journal_event *event)
{
    if (!event->account || !event->owner || !event->type)
        return;
    struct item *item = map_get(memory->items, arena_printf(run->arena, "%s %s %s", event->account,
                                                            event->owner, event->type));
    if (item)
        item->set->intended = item->maybe_ours = true;
}

static void remember_verdict(const struct memory *memory, const struct journal_event *event)
{
    struct unit *unit = event->domain ? map_get(memory->units, event->domain) : NULL;
    enum domain_state state;
    if (!unit || !domain_state_parse(event->state, &state))
        return;
    unit->failed = state == DOMAIN_FAILED || state == DOMAIN_REVERTED || state == DOMAIN_BLOCKED;
    for (size_t i = 0; i < unit->n; i++) {
        struct target *target = &unit->jobs[i].target[0];
        target->state = state == DOMAIN_REVERTED ? DOMAIN_FAILED
                        : unit->failed           ? state
                                                 : target->state;
        struct err err;
        if (state != DOMAIN_FAILED)
            continue;
        err_set(&err, ERR_REVERTED, "%s",
                event->detail ? event->detail : "failed before the interruption");
        target_fail(target, &err, unit->run->arena);
    }
}

static void remember(struct run *run)
{
    struct memory memory;
    memory_make(run, &memory);
    for (size_t i = 0; i < journal_count(run->journal); i++) {
        const struct journal_event *event = journal_at(run->journal, i);
        if (strcmp(event->event, "intent") == 0) {
            remember_set(run, &memory, event);
        } else if (strcmp(event->event, "verdict") == 0 || strcmp(event->event, "blocked") == 0) {
            remember_verdict(&memory, event);
        } else if (strcmp(event->event, "bake") == 0) {
            run->bake_step = event->step;
            run->bake_done_ms = event->ms;
        }
    }
}

/* On another machine there is no journal: every set of the steps that had begun
 * may have been written. */
static void suppose(struct run *run)
{
    for (size_t i = 0; i < run->n_jobs; i++) {
        struct job *job = &run->jobs[i];
        if (job->target->step > run->claim.wave)
            continue;
        for (size_t k = 0; k < job->n; k++)
            job->items[k].set->intended = job->items[k].maybe_ours = true;
    }
}

/* A wait that nobody watched counts by the clock that never steps as far as this
 * machine can tell (that clock begins at zero with the machine), else by the wall
 * clock.  What a signal interrupted was no wait. */
static void unwatched(struct run *run)
{
    int64_t bake_ms = run->bake_step ? run->claim.wave_bake_ms : run->claim.bake_ms;
    if (run->claim.state != TICKET_PARKED || !run->claim.resume_after_s)
        return;
    const struct journal_event *last = NULL;
    for (size_t i = 0; i < journal_count(run->journal); i++)
        if (strcmp(journal_at(run->journal, i)->event, "bake") == 0)
            last = journal_at(run->journal, i);
    if (last && last->detail) {
        int64_t then_ms = strtoll(last->detail, NULL, 10), now_ms = run_now(run);
        run->bake_done_ms += now_ms >= then_ms ? now_ms - then_ms : now_ms;
    } else if (run_wall(run) >= run->claim.resume_after_s) {
        run->bake_step = run->claim.phase == TICKET_WAVE ? run->claim.wave : 0;
        run->bake_done_ms = run->bake_step ? run->claim.wave_bake_ms : bake_ms;
    }
}

static int explain(struct run *run, struct err *err)
{
    if (run_journal_open(run, err) < 0)
        return -1;
    if (journal_count(run->journal))
        remember(run);
    else
        suppose(run);
    unwatched(run);
    return 0;
}

/* --- what is live decides ---------------------------------------------------- */

struct reading_back {
    struct run *run;
    size_t left;
    bool done;
    struct err err;
};

static void read_came(struct job *job, const struct err *err);

static void read_again(void *arg)
{
    read_start(arg, read_came);
}

/* The zones are read one phase at a time, so the phase hangs on `tries`. */
static void read_came(struct job *job, const struct err *err)
{
    struct run *run = job->run;
    const struct loop_port *loop = run->outer->loop;
    if (err->code != ERR_NONE && ++job->tries < READ_TRIES && err->retry != ERR_RETRY_NEVER) {
        job->timer = (struct timer){ .fire = read_again, .arg = job };
        loop->timer_set(loop->ctx, &job->timer, run_now(run) + ((int64_t)BACKOFF_MS << job->tries));
        return;
    }
    if (err->code != ERR_NONE && run->stop_err.code == ERR_NONE)
        run->stop_err = *err;
    run->phase_done = --run->active == 0;
}

static int read_all(struct run *run, struct err *err)
{
    run->active = run->n_jobs;
    run->phase_done = !run->active;
    for (size_t i = 0; i < run->n_jobs; i++)
        read_start(&run->jobs[i], read_came);
    if (run->active && run->outer->loop->run(run->outer->loop->ctx, &run->phase_done, err) < 0)
        return -1;
    if (run->stop_err.code == ERR_NONE)
        return 0;
    *err = run->stop_err;
    err_wrap(err, "reading back before going on");
    return err_hint(err, "nothing was written; `dnschange resume %s` tries again",
                    run->claim.ticket);
}

static void strange(struct job *job, const struct item *item)
{
    struct err err;
    err_set(&err, ERR_CONFLICT, "%s %s at %s was changed by somebody else meanwhile",
            item->set->owner, rtype_text(item->set->type), job->target->account);
    target_fail(job->target, &err, job->run->arena);
    job->unit->failed = true;
    job->target->state = DOMAIN_FAILED;
}

static void place_item(struct job *job, struct item *item)
{
    bool partial = job->account->caps->atomic == ATOMIC_RECORD && item->set->intended;
    if (!item_place(item, place_of(item->set, item->live, partial)))
        strange(job, item);
}

static void place_all(struct run *run)
{
    for (size_t i = 0; i < run->n_jobs; i++)
        for (size_t k = 0; !run->jobs[i].unit->failed && k < run->jobs[i].n; k++)
            place_item(&run->jobs[i], &run->jobs[i].items[k]);
    for (size_t i = 0; i < run->n_units; i++) {
        struct target *target = run->units[i].jobs[0].target;
        run->failures += run->units[i].failed;
        run->blocked += target->state == DOMAIN_BLOCKED;
    }
}

static bool unit_ours(const struct unit *unit)
{
    for (size_t i = 0; i < unit->n; i++)
        for (size_t k = 0; k < unit->jobs[i].n; k++)
            if (unit->jobs[i].items[k].maybe_ours)
                return true;
    return false;
}

/* Domains that had failed and were not back when the run was interrupted. */
static int failed_back(struct run *run, struct err *err)
{
    phase_begin(run);
    for (size_t i = 0; i < run->n_units; i++) {
        struct unit *unit = &run->units[i];
        if (unit->failed && unit->jobs[0].target->state == DOMAIN_FAILED && unit_ours(unit))
            phase_unit(run, unit, WAY_BACK);
    }
    return phase_run(run, err);
}

/* --- going on ---------------------------------------------------------------- */

/* A killed holder left its last state behind: that is where it was. */
static void phase_find(struct run *run)
{
    enum ticket_state state = run->claim.state;
    if (state == TICKET_CANARY || state == TICKET_BAKING || state == TICKET_WAVE)
        run->claim.phase = state;
    if (run->claim.phase == TICKET_WAVE)
        run->resume_wave = run->claim.wave;
}

/* A rollback of some domains goes on with those. */
static void only_back(struct run *run)
{
    struct map *back = map_new(run->arena);
    for (size_t i = 0; i < run->claim.back.n; i++)
        map_put(back, run->claim.back.v[i], run);
    for (size_t i = 0; i < run->n_jobs && run->claim.back.n; i++)
        for (size_t k = 0; k < run->jobs[i].n; k++)
            if (!map_get(back, run->jobs[i].target->domain))
                run->jobs[i].items[k].maybe_ours = false;
}

static int back_again(struct run *run, struct rollout_result *ret, struct err *err)
{
    enum ticket_event event =
        run->claim.state == TICKET_REVERTING && !run->aborted ? EVENT_RESUME : EVENT_ABORT;
    if (event == EVENT_RESUME)
        only_back(run);
    if (revert_all(run, event, err) < 0)
        return -1;
    return outcome_fill(run, ret, err);
}

static int too_many(struct run *run)
{
    struct err err = { 0 };
    for (size_t i = 0; i < run->n_units && err.code == ERR_NONE; i++)
        for (size_t k = 0; k < run->units[i].n && err.code == ERR_NONE; k++)
            if (run->units[i].failed && run->units[i].jobs[k].target->err)
                err = *run->units[i].jobs[k].target->err;
    run_stop(run, STOP_FAIL, &err);
    return 0;
}

/* Somebody wants it to stand still, and it does. */
static int stand_still(struct run *run, struct rollout_result *ret, struct err *err)
{
    enum ticket_event event = run->stop == STOP_PARK ? EVENT_PARK : EVENT_PAUSE;
    enum ticket_state to;
    if (ticket_next(run->claim.state, event, &to) &&
        run_transition(run, event, run->stop_err.message, false, err) < 0)
        return -1;
    return outcome_fill(run, ret, err);
}

static int go_on(struct run *run, struct rollout_result *ret, struct err *err)
{
    run_control(run);
    if (run->stop == STOP_PARK || run->stop == STOP_PAUSE)
        return stand_still(run, ret, err);
    if (read_all(run, err) < 0)
        return -1;
    place_all(run);
    run->stop_err = (struct err){ 0 };
    if (run_transition(run, EVENT_RESUME, NULL, true, err) < 0)
        return -1;
    if (run->failures > run->rollout.max_failures)
        too_many(run);
    else if (failed_back(run, err) < 0)
        return -1;
    if (run->stop == STOP_NONE)
        return run_go(run, ret, err);
    if (run->stop == STOP_FAIL && revert_all(run, EVENT_FAIL, err) < 0)
        return -1;
    if (run->stop == STOP_PARK && !run->reverted_all &&
        run_transition(run, EVENT_PARK, NULL, false, err) < 0)
        return -1;
    return outcome_fill(run, ret, err);
}

static int nothing_open(const struct run *run, const char *id, const char *verb, struct err *err)
{
    err_set(err, ERR_USAGE, "%s has nothing to %s: it is %s", id, verb,
            ticket_state_text(run->claim.state));
    if (run->claim.state == TICKET_APPROVED)
        return err_hint(err, "nothing was written; `dnschange apply %s` begins anew", id);
    return err_hint(err, "`dnschange rollback %s` puts back what a finished ticket wrote", id);
}

static int find(struct run *run, const char *id, bool *ret_unwritten, struct err *err)
{
    uint32_t n;
    if (attempt_newest(run->outer->records, id, run->arena, &n, err) < 0)
        return -1;
    if (!n) {
        err_set(err, ERR_USAGE, "%s was never applied", id);
        return err_hint(err, "`dnschange apply %s` applies it", id);
    }
    return run_load(run, id, n, ret_unwritten, err);
}

static void input_take(struct run *run, const struct rollout_input *in)
{
    run->ticket = in->ticket;
    run->portfolio = in->portfolio;
    run->options = in->options;
    run->resumed = true;
}

static void release(struct run *run)
{
    struct err why = { 0 };
    struct err err;
    err_set(&why, ERR_PARKED, "interrupted before anything was captured");
    if (run->claim.state == TICKET_CLAIMED &&
        run_transition(run, EVENT_RESUME, NULL, false, &err) < 0)
        return;
    /* A parked one was parked in this state. */
    run->claim.state = TICKET_CLAIMED;
    claim_release(run, &why);
}

int rollout_resume(const struct rollout_input *in, const char *id, const struct ports *ports,
                   struct arena *arena, struct rollout_result *ret, struct err *err)
{
    RUN_SCOPED run;
    bool unwritten;
    run_init(&run, ports, arena, in->settings);
    input_take(&run, in);
    if (find(&run, id, &unwritten, err) < 0)
        return -1;
    if (!claim_open(&run.claim))
        return nothing_open(&run, id, "resume", err);
    if (unwritten) {
        release(&run);
        if (in->ticket)
            return rollout_apply(in, ports, arena, ret, err);
        err_set(err, ERR_NOT_FOUND, "%s was interrupted before anything was written", id);
        return err_hint(err, "its ticket file is needed to apply it");
    }
    if (in->options.bake_ms >= 0)
        run.claim.bake_ms = in->options.bake_ms;
    if (explain(&run, err) < 0)
        return -1;
    phase_find(&run);
    if (run.claim.phase == TICKET_REVERTING || run.claim.state == TICKET_REVERTING)
        return back_again(&run, ret, err);
    return go_on(&run, ret, err);
}

int rollout_abort(const struct rollout_input *in, const char *id, const char *reason,
                  const struct ports *ports, struct arena *arena, struct rollout_result *ret,
                  struct err *err)
{
    RUN_SCOPED run;
    bool unwritten;
    run_init(&run, ports, arena, in->settings);
    input_take(&run, in);
    if (find(&run, id, &unwritten, err) < 0)
        return -1;
    if (!claim_open(&run.claim) && run.claim.state != TICKET_REVERT_BLOCKED)
        return nothing_open(&run, id, "abort", err);
    run.claim.reason = reason;
    run.aborted = true;
    if (unwritten) {
        release(&run);
        return outcome_fill(&run, ret, err);
    }
    if (explain(&run, err) < 0)
        return -1;
    run.blocked = 0;
    err_set(&run.stop_err, ERR_REVERTED, "aborted: %s", reason ? reason : "no reason given");
    return back_again(&run, ret, err);
}
