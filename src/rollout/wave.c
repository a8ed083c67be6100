/* wave: the forward way of one step (the canary is step 0), and from step to
 * step.  No step begins before every verdict of the one before is there. */
#include <string.h>

#include "rollout/run.h"
#include "rollout/steps.h"
#include "ticket/policy.h"

/* --- one job ----------------------------------------------------------------- */

void forward_start(struct job *job)
{
    job->stage = STAGE_CHECK;
    check_start(job);
}

int64_t verify_timeout(const struct job *job)
{
    int64_t timeout = job->run->settings->verify.timeout_ms;
    int64_t publish = 2 * job->account->caps->publish_ms;
    return timeout > publish ? timeout : publish;
}

static const struct check *check_find(const struct job *job, enum verdict verdict)
{
    const struct checks *checks = &job->target->checks;
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *check = &checks->v[i];
        bool excused =
            strcmp(check->check, "dns") == 0 && strv_has(&job->run->claim.broken, check->target);
        if (!excused && check->verdict == verdict)
            return check;
    }
    return NULL;
}

/* The sentence of the first check that failed, or gave no verdict. */
static void verdict_tell(struct job *job)
{
    const struct check *check = check_find(job, VERDICT_FAIL);
    if (!check)
        check = check_find(job, VERDICT_UNKNOWN);
    if (check && strcmp(check->target, job->target->domain) == 0)
        err_set(job_err(job), ERR_REVERTED, "%s: %s %s%s%s", check->target, check->check,
                check->verdict == VERDICT_FAIL ? "says no" : "gives no verdict",
                check->detail && *check->detail ? ": " : "", check->detail ? check->detail : "");
    else if (check)
        err_set(job_err(job), ERR_REVERTED, "%s: %s %s", job->target->domain, check->target,
                check->detail ? check->detail : "gave no verdict");
    else
        err_set(job_err(job), ERR_REVERTED, "%s: no verdict in time", job->target->domain);
}

static void forward_verified(struct job *job, enum verdict verdict)
{
    if (verdict == VERDICT_PASS) {
        job->target->verified = "dns";
        if (!job->target->canary || !canary_checks_start(job))
            job_rest(job, END_GOOD);
        return;
    }
    if (run_stopping(job) && !job->run->deadline_over) {
        job_rest(job, END_STOPPED);
        return;
    }
    verdict_tell(job);
    job_rest(job, verdict == VERDICT_FAIL ? END_FAILED : END_UNKNOWN);
}

void canary_checks_done(struct job *job, enum verdict verdict)
{
    if (verdict != VERDICT_PASS)
        verdict_tell(job);
    job_rest(job, verdict == VERDICT_PASS   ? END_GOOD
                  : verdict == VERDICT_FAIL ? END_FAILED
                                            : END_UNKNOWN);
}

static void forward_settled(struct job *job)
{
    struct run *run = job->run;
    struct verify_options options = { .settings = &run->settings->verify,
                                      .timeout_ms = verify_timeout(job),
                                      .side = VERIFY_AFTER };
    if (run_stopping(job) && !run->deadline_over) {
        job_rest(job, END_STOPPED);
        return;
    }
    job->target->checks.n = 0;
    verify_job(job, job->target, &options, forward_verified);
    if (run->deadline_over)
        verify_cancel(job->verify);
}

static void forward_acked(struct job *job)
{
    job->target->state = DOMAIN_WRITTEN;
    job_err_clear(job);
    job->run->acked_ms = run_now(job->run);
    event_domain(job->run, "ack", job, NULL, NULL);
    job_sent(job);
    if (run_stopping(job) && !job->run->deadline_over)
        job_rest(job, END_STOPPED);
    else
        settle_start(job, forward_settled);
}

static void forward_written(struct job *job, enum write_end end)
{
    if (end == WRITE_DONE) {
        forward_acked(job);
        return;
    }
    if (!job_has_err(job))
        err_set(job_err(job), ERR_FAILED, "the provider did not write it");
    err_wrap(job_err(job), "%s", job->target->domain);
    if (end != WRITE_LOST)
        job_rest(job, END_FAILED);
    else
        job_rest(job, run_stopping(job) ? END_STOPPED : END_UNKNOWN);
}

static bool job_left(const struct job *job)
{
    for (size_t i = 0; i < job->n; i++)
        if (job->items[i].write)
            return true;
    return false;
}

void forward_checked(struct job *job, enum end end)
{
    if (end != END_GOOD) {
        err_wrap(job_err(job), "%s", job->target->domain);
        job_rest(job, end);
    } else if (!job_left(job)) {
        forward_acked(job);
    } else {
        run_control(job->run);
        if (run_stopping(job))
            job_leave(job);
        else
            write_start(job, forward_written);
    }
}

/* --- one unit ---------------------------------------------------------------- */

static bool unit_ours(const struct unit *unit)
{
    for (size_t i = 0; i < unit->n; i++)
        for (size_t k = 0; k < unit->jobs[i].n; k++)
            if (unit->jobs[i].items[k].maybe_ours)
                return true;
    return false;
}

static const struct job *unit_worst(const struct unit *unit, enum end end)
{
    for (size_t i = 0; i < unit->n; i++)
        if (unit->jobs[i].end == end)
            return &unit->jobs[i];
    return NULL;
}

static void unit_state(struct unit *unit, enum domain_state state, const struct err *err)
{
    for (size_t i = 0; i < unit->n; i++) {
        unit->jobs[i].target->state = state;
        if (err)
            target_fail(unit->jobs[i].target, err, unit->run->arena);
    }
    run_progress(unit->run, "domain", unit->jobs[0].target->domain, domain_state_text(state),
                 err ? err->message : NULL);
}

static void unit_fails(struct unit *unit, const struct job *worst)
{
    struct run *run = unit->run;
    struct err err = worst->err ? *worst->err : (struct err){ 0 };
    bool ours = unit_ours(unit);
    if (err.code == ERR_CONFLICT && run->options.skip_conflicts && !ours) {
        unit->skipped = true;
        unit_state(unit, DOMAIN_SKIPPED, &err);
        return;
    }
    unit->failed = true;
    run->failures++;
    unit_state(unit, DOMAIN_FAILED, &err);
    event_domain(run, "verdict", worst, "failed", err.message);
    if (run->failures > run->rollout.max_failures)
        run_stop(run, STOP_FAIL, &err);
    else if (ours)
        phase_unit(run, unit, WAY_BACK);
}

void forward_unit_rest(struct unit *unit)
{
    struct run *run = unit->run;
    const struct job *failed = unit_worst(unit, END_FAILED);
    const struct job *unknown = unit_worst(unit, END_UNKNOWN);
    if (!failed && unknown && run->rollout.hold_on_unknown) {
        const struct err err = unknown->err ? *unknown->err : (struct err){ 0 };
        target_fail(unit->jobs[0].target, &err, run->arena);
        event_domain(run, "verdict", unknown, "unknown", err.message);
        run_stop(run, STOP_HOLD, &err);
    } else if (failed || unknown) {
        unit_fails(unit, failed ? failed : unknown);
    } else if (!unit_worst(unit, END_STOPPED)) {
        unit->good = true;
        unit_state(unit, DOMAIN_VERIFIED, NULL);
        event_domain(run, "verdict", &unit->jobs[0], "verified", NULL);
    }
}

/* --- one step ---------------------------------------------------------------- */

static bool in_step(const struct unit *unit, uint32_t step)
{
    return unit->step == step && !unit->failed && !unit->skipped;
}

/* Intents of the whole step in one batch: an intent whose write never went out is
 * harmless, it is read back like any other. */
static int intents_write(struct run *run, uint32_t step, struct err *err)
{
    for (size_t i = 0; i < run->n_jobs; i++) {
        struct job *job = &run->jobs[i];
        if (!in_step(job->unit, step))
            continue;
        for (size_t k = 0; k < job->n; k++) {
            if (!job->items[k].write)
                continue;
            event_set(run, "intent", job, job->items[k].set);
            job->items[k].set->intended = true;
        }
    }
    run->wrote = true;
    return event_commit(run, err);
}

static int64_t step_deadline(const struct run *run, uint32_t step)
{
    const struct provider_port *provider = run->outer->provider;
    int64_t wait_ms = 0;
    for (size_t a = 0; a < run->accounts.n; a++) {
        size_t n = 0;
        for (size_t i = 0; i < run->n_jobs; i++)
            n += run->jobs[i].account == run->accounts.v[a] && in_step(run->jobs[i].unit, step);
        int64_t eta = n ? provider->eta_ms(provider->ctx, run->accounts.v[a]->name, n, 2 * n) : 0;
        wait_ms = eta > wait_ms ? eta : wait_ms;
    }
    /* Waiting for a rate limit is nobody's failure: it is not counted. */
    return run->rollout.deadline_ms > 0 ? run->rollout.deadline_ms + wait_ms : 0;
}

int step_run(struct run *run, uint32_t step, struct err *err)
{
    if (step == 0 && canary_baseline(run, err) < 0)
        return -1;
    run_control(run);
    if (run->stop != STOP_NONE)
        return 0;
    if (intents_write(run, step, err) < 0)
        return -1;
    phase_begin(run);
    run->acked_ms = 0;
    run->deadline_ms = step_deadline(run, step);
    for (size_t i = 0; i < run->n_units; i++)
        if (in_step(&run->units[i], step))
            phase_unit(run, &run->units[i], WAY_FORWARD);
    int broke = phase_run(run, err);
    run->ms.verify += run->acked_ms ? run_now(run) - run->acked_ms : 0;
    return broke;
}

/* --- from step to step ------------------------------------------------------- */

/* Everything written so far and this step must be revertible within the budget
 * the provider leaves (one call a zone). */
static int budget_check(struct run *run, uint32_t step, struct err *err)
{
    const struct provider_port *provider = run->outer->provider;
    for (size_t a = 0; a < run->accounts.n; a++) {
        int64_t left = provider->budget(provider->ctx, run->accounts.v[a]->name), need = 0;
        for (size_t i = 0; left >= 0 && i < run->n_jobs; i++) {
            const struct job *job = &run->jobs[i];
            if (job->account == run->accounts.v[a] && job->unit->step <= step)
                need += job->unit->step == step ? 2 : 1;
        }
        if (left >= 0 && need > left) {
            err_set(err, ERR_LIMIT,
                    "provider %s leaves %lld writes: not enough for this step and for putting "
                    "everything back (%lld)",
                    run->accounts.v[a]->name, (long long)left, (long long)need);
            return err_hint(err, "resume when the provider's counter has begun anew");
        }
    }
    return 0;
}

/* May this step begin?  Not now is a stop, nothing is put back for it. */
static void gate(struct run *run, uint32_t step)
{
    struct err err = { 0 };
    if (budget_check(run, step, &err) < 0) {
        run_stop(run, STOP_PARK, &err);
    } else if (run->ticket && step > 0 &&
               policy_window(run->ticket, &run->settings->policy, run_wall(run), &err) < 0) {
        run->window_closed = true;
        run_stop(run, STOP_PAUSE, &err);
    }
}

static bool any_good(const struct run *run, uint32_t step)
{
    bool any = false;
    for (size_t i = 0; i < run->n_units; i++) {
        any |= run->units[i].step == step;
        if (run->units[i].step == step && run->units[i].good)
            return true;
    }
    return !any;
}

/* A resumed run goes through the steps again that were over: it may stand in a
 * later state already, and its records do not go back. */
static int enter_wave(struct run *run, uint32_t step, struct err *err)
{
    bool was_there = step <= run->resume_wave;
    if (run->claim.state == TICKET_WAVE && was_there)
        return 0;
    if (step > run->claim.wave)
        run->claim.wave = step;
    return run_transition(run, run->claim.state == TICKET_WAVE ? EVENT_PASS : EVENT_BAKED, NULL,
                          !was_there, err);
}

static int bake_after(struct run *run, uint32_t step, bool last, struct err *err)
{
    bool asked = run->options.bake_ms > 0 && step == 0;
    int64_t bake_ms = step == 0 ? run->claim.bake_ms : run->claim.wave_bake_ms;
    if (step < run->resume_wave || (last && !asked))
        bake_ms = 0;
    if (run->claim.state == TICKET_CANARY && (!last || bake_ms > 0) &&
        run_transition(run, EVENT_PASS, NULL, bake_ms > 0, err) < 0)
        return -1;
    return bake_ms > 0 ? bake_run(run, step, bake_ms, err) : 0;
}

static void canaries_lost(struct run *run)
{
    struct err err = { 0 };
    err_set(&err, ERR_REVERTED, "no canary passed");
    for (size_t i = 0; i < run->n_units; i++)
        if (run->units[i].step == 0 && run->units[i].failed && run->units[i].jobs[0].target->err)
            err = *run->units[i].jobs[0].target->err;
    run_stop(run, STOP_FAIL, &err);
}

/* Ends with a stop, or with every step done. */
int forward_run(struct run *run, struct err *err)
{
    uint32_t waves = steps_waves(&run->lkg.targets);
    run->claim.waves = waves;
    for (uint32_t step = 0; step <= waves; step++) {
        int64_t began_ms = run_now(run);
        gate(run, step);
        if (run->stop == STOP_NONE && step > 0 && enter_wave(run, step, err) < 0)
            return -1;
        if (run->stop == STOP_NONE && step_run(run, step, err) < 0)
            return -1;
        *(step ? &run->ms.waves : &run->ms.canary) += run_now(run) - began_ms;
        if (run->stop == STOP_NONE && step == 0 && !any_good(run, 0))
            canaries_lost(run);
        if (run->stop == STOP_NONE && bake_after(run, step, step == waves, err) < 0)
            return -1;
        if (run->stop != STOP_NONE)
            return 0;
    }
    return run_transition(run, EVENT_NOTHING_LEFT, NULL, false, err);
}
