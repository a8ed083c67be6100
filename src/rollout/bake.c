/* bake: waiting behind a step while the canaries stay under watch.
 *
 * Only time that this process watched counts: it is summed from a clock that
 * never steps, in pieces no longer than a few ticks, and journaled.  A canary
 * that turns bad in two looks in a row ends the bake at once. */
#include <string.h>

#include "rollout/run.h"

enum { TICK_MS = 1000, PIECE_MAX_MS = 5000, JOURNAL_MS = 5000 };

struct bake {
    struct run *run;
    int64_t bake_ms, tick_ms, look_ms, journaled_ms;
    size_t looking;
    bool last_look, suspicious, failed, unknown, over, broken;
    struct err err;
    struct timer timer;
};
struct look {
    struct bake *bake;
    struct job *job;
};

static void timer_next(struct bake *bake)
{
    const struct loop_port *loop = bake->run->outer->loop;
    int64_t left = bake->bake_ms - bake->run->bake_done_ms, wait = TICK_MS;
    if (left > 0 && left < wait)
        wait = left;
    loop->timer_set(loop->ctx, &bake->timer, run_now(bake->run) + wait);
}

static void keep_reason(struct bake *bake, const struct job *job, enum verdict verdict)
{
    const struct checks *checks = &job->target->checks;
    for (size_t i = 0; i < checks->n; i++)
        if (checks->v[i].verdict == verdict && checks->v[i].detail)
            err_set(&bake->err, ERR_REVERTED, "%s turned bad while baking: %s %s",
                    job->target->domain, checks->v[i].target, checks->v[i].detail);
    if (bake->err.code == ERR_NONE)
        err_set(&bake->err, ERR_REVERTED, "%s gave no verdict at the end of the bake",
                job->target->domain);
}

static void bake_judge(struct bake *bake);

static void looked(void *arg, enum verdict verdict)
{
    struct look *look = arg;
    struct bake *bake = look->bake;
    look->job->verify = NULL;
    look->job->stage = STAGE_REST;
    if (verdict == VERDICT_FAIL)
        bake->failed = true;
    if (verdict == VERDICT_UNKNOWN)
        bake->unknown = true;
    if (verdict != VERDICT_PASS)
        keep_reason(bake, look->job, verdict);
    if (--bake->looking == 0)
        bake_judge(bake);
}

/* A new look replaces what the last one saw; checks beyond DNS ran once, before
 * the bake, and their lines stay. */
static void checks_forget(struct checks *checks)
{
    size_t n = 0;
    for (size_t i = 0; i < checks->n; i++)
        if (strncmp(checks->v[i].check, "hook:", strlen("hook:")) == 0 ||
            strcmp(checks->v[i].check, "mail-records") == 0)
            checks->v[n++] = checks->v[i];
    checks->n = n;
}

static void look_start(struct bake *bake, struct job *job)
{
    struct run *run = bake->run;
    struct look *look = ARENA_NEW(run->arena, struct look);
    struct verify_options options = { .settings = &run->settings->verify,
                                      .timeout_ms = bake->last_look ? verify_timeout(job) : 0,
                                      .side = VERIFY_AFTER,
                                      .once = !bake->last_look };
    *look = (struct look){ bake, job };
    checks_forget(&job->target->checks);
    job->way = WAY_FORWARD;
    job->stage = STAGE_VERIFY;
    bake->looking++;
    job->verify = verify_start(&run->ports, run->arena, job->target, &options, &run->claim.broken,
                               looked, look);
}

static void look_all(struct bake *bake)
{
    struct run *run = bake->run;
    bake->failed = bake->unknown = false;
    bake->err = (struct err){ 0 };
    bake->look_ms = run_now(run) + run->settings->verify.bake_interval_ms;
    for (size_t i = 0; i < run->n_jobs; i++)
        if (run->jobs[i].unit->step == 0 && run->jobs[i].unit->good)
            look_start(bake, &run->jobs[i]);
    if (!bake->looking)
        bake_judge(bake);
    else
        timer_next(bake);
}

/* After a look: one bad answer may be a hiccup, two in a row are not. */
static void bake_judge(struct bake *bake)
{
    struct run *run = bake->run;
    if (run->stop != STOP_NONE) {
        bake->over = true;
    } else if (bake->failed && (bake->suspicious || bake->last_look)) {
        run_stop(run, STOP_FAIL, &bake->err);
        bake->over = true;
    } else if (bake->last_look) {
        if (bake->unknown)
            run_stop(run, run->rollout.hold_on_unknown ? STOP_HOLD : STOP_FAIL, &bake->err);
        bake->over = true;
    } else {
        bake->suspicious = bake->failed;
        if (bake->failed)
            bake->look_ms = run_now(run) + run->settings->verify.interval_ms;
        timer_next(bake);
    }
}

static void count(struct bake *bake)
{
    int64_t now_ms = run_now(bake->run), piece = now_ms - bake->tick_ms;
    bake->tick_ms = now_ms;
    if (piece > 0)
        bake->run->bake_done_ms += piece < PIECE_MAX_MS ? piece : PIECE_MAX_MS;
}

static void journal(struct bake *bake)
{
    struct run *run = bake->run;
    struct err err;
    event_bake(run);
    if (event_commit(run, &err) < 0)
        run_stop(run, STOP_BROKEN, &err);
    bake->journaled_ms = run->bake_done_ms;
}

static void tick(void *arg)
{
    struct bake *bake = arg;
    struct run *run = bake->run;
    count(bake);
    run_control(run);
    bool done = run->bake_done_ms >= bake->bake_ms;
    if (done || run->stop != STOP_NONE || run->bake_done_ms - bake->journaled_ms >= JOURNAL_MS)
        journal(bake);
    if (bake->looking) { /* its judgement goes on from here; a stop has called it off */
        if (run->stop == STOP_NONE)
            timer_next(bake);
    } else if (run->stop != STOP_NONE) {
        bake->over = true;
    } else if (done) {
        bake->last_look = true;
        look_all(bake);
    } else if (run_now(run) >= bake->look_ms) {
        look_all(bake);
    } else {
        timer_next(bake);
    }
}

/* `--no-wait`: nobody watches, the wall clock says when to come back. */
static void bake_park(struct run *run, int64_t left_ms)
{
    run->claim.resume_after_s = run_wall(run) + (left_ms + 999) / 1000;
    event_bake(run);
    run_stop(run, STOP_PARK, NULL);
}

int bake_run(struct run *run, uint32_t step, int64_t bake_ms, struct err *err)
{
    const struct loop_port *loop = run->outer->loop;
    int64_t began_ms = run_now(run);
    if (run->bake_step != step)
        run->bake_done_ms = 0;
    run->bake_step = step;
    if (run->bake_done_ms < bake_ms && run->options.no_wait) {
        bake_park(run, bake_ms - run->bake_done_ms);
        return 0;
    }
    struct bake bake = { .run = run,
                         .bake_ms = bake_ms,
                         .tick_ms = began_ms,
                         .journaled_ms = run->bake_done_ms,
                         .look_ms = began_ms + run->settings->verify.bake_interval_ms };
    bake.timer = (struct timer){ .fire = tick, .arg = &bake };
    struct progress progress = { .event = "state",
                                 .state = "baking",
                                 .until_ms = began_ms + bake_ms - run->bake_done_ms };
    run->outer->progress->report(run->outer->progress->ctx, &progress);
    loop->timer_set(loop->ctx, &bake.timer, began_ms);
    int failed = loop->run(loop->ctx, &bake.over, err);
    loop->timer_clear(loop->ctx, &bake.timer);
    run->ms.bake += run_now(run) - began_ms;
    return failed;
}
