/* run: setting up a run, and its phases.
 *
 * In a phase at most `window` jobs are between their last look and the end of
 * their write, so that the look is young when the write goes out, however slow
 * the provider is.  What a job does is wave.c's and revert.c's. */
#include "rollout/run.h"

#include <string.h>

#include "rollout/reading.h"

enum { POLL_MS = 200, WINDOW_MAX = 64, WINDOW_MIN = 4, WINDOW_WAIT_MS = 2000 };

/* --- set up ------------------------------------------------------------------ */

static void query_counted(void *ctx, const struct dns_question *question,
                          void (*done)(void *arg, const struct dns_reply *reply), void *arg)
{
    struct run *run = ctx;
    run->queries++;
    run->outer->dns->query(run->outer->dns->ctx, question, done, arg);
}

static void servers_passed(void *ctx, const char *zone,
                           void (*done)(void *arg, const struct dns_servers *servers), void *arg)
{
    struct run *run = ctx;
    run->outer->dns->servers(run->outer->dns->ctx, zone, done, arg);
}

void run_init(struct run *run, const struct ports *ports, struct arena *arena,
              const struct settings *settings)
{
    *run = (struct run){ .outer = ports,
                         .arena = arena,
                         .settings = settings,
                         .rollout = settings->rollout,
                         .events = BUF(256u << 20) };
    run->dns = (struct dns_port){ run, query_counted, servers_passed };
    run->ports = *ports;
    run->ports.dns = &run->dns;
    run->started_ms = run_now(run);
    run->counts_before = ports->provider->counts(ports->provider->ctx);
    run->read_timer = (struct timer){ .fire = read_flush, .arg = run };
    run->intent_timer = (struct timer){ .fire = intents_flush, .arg = run };
    run->claim.holder = ports->holder;
    run->claim.actor = ports->actor;
}

void run_done(struct run *run)
{
    buf_done(&run->events);
}

int64_t run_now(const struct run *run)
{
    return run->outer->loop->now_ms(run->outer->loop->ctx);
}

int64_t run_wall(const struct run *run)
{
    return run->outer->loop->wall_s(run->outer->loop->ctx);
}

static int account_primary(struct run *run, struct account *account, struct err *err)
{
    const struct provider_settings *settings = settings_provider(run->settings, account->name);
    struct strv list = { 0 };
    struct server *servers;
    size_t n;
    if (!settings || !settings->primary)
        return 0;
    strv_push(run->arena, &list, settings->primary);
    if (servers_parse(&list, run->arena, &servers, &n, err) < 0)
        return err_wrap(err, "primary of provider %s", account->name);
    if (n) {
        account->primary = servers[0];
        account->has_primary = account->caps->settle_immediate;
    }
    return 0;
}

int run_account(struct run *run, const char *name, const struct account **ret, struct err *err)
{
    for (size_t i = 0; i < run->accounts.n; i++) {
        if (strcmp(run->accounts.v[i]->name, name) == 0) {
            *ret = run->accounts.v[i];
            return 0;
        }
    }
    const struct provider_caps *caps =
        run->outer->provider->caps(run->outer->provider->ctx, name, err);
    if (!caps)
        return err_wrap(err, "provider %s", name);
    struct account account = { .name = name, .caps = caps };
    if (account_primary(run, &account, err) < 0)
        return -1;
    *ret = *vec_push(run->arena, &run->accounts) =
        arena_memdup(run->arena, &account, sizeof account);
    return 0;
}

static size_t sets_written(const struct target *target)
{
    size_t n = 0;
    for (size_t i = 0; i < target->n; i++)
        n += verify_asks(&target->sets[i]) ? 1 : 0;
    return n;
}

static int job_init(struct run *run, struct job *job, struct unit *unit, struct target *target,
                    struct err *err)
{
    *job = (struct job){ .run = run,
                         .unit = unit,
                         .target = target,
                         .n = sets_written(target),
                         .live_ms = -1,
                         .zone = { .name = target->zone, .cookie = target->cookie } };
    job->items = ARENA_ARRAY(run->arena, struct item, job->n);
    for (size_t i = 0, k = 0; i < target->n; i++) {
        struct target_set *set = &target->sets[i];
        if (set->cls != CLASS_CHANGE && set->cls != CLASS_MOVED)
            continue;
        job->items[k++] =
            (struct item){ .set = set, .live = set->before, .want = set->after, .write = true };
    }
    return run_account(run, target->account, &job->account, err);
}

static bool same_domain(const struct target *a, const struct target *b)
{
    return strcmp(a->domain, b->domain) == 0;
}

int run_jobs(struct run *run, struct err *err)
{
    struct targets *targets = &run->lkg.targets;
    run->jobs = ARENA_ARRAY(run->arena, struct job, targets->n);
    run->units = ARENA_ARRAY(run->arena, struct unit, targets->n);
    run->n_jobs = run->n_units = 0;
    const struct target *before = NULL;
    for (size_t i = 0; i < targets->n; i++) {
        struct target *target = &targets->v[i];
        if (!target_writes(target))
            continue;
        if (!before || !same_domain(before, target)) {
            struct unit *unit = &run->units[run->n_units++];
            *unit =
                (struct unit){ .run = run, .jobs = &run->jobs[run->n_jobs], .step = target->step };
        }
        struct unit *unit = &run->units[run->n_units - 1];
        unit->n++;
        before = target;
        if (job_init(run, &run->jobs[run->n_jobs++], unit, target, err) < 0)
            return -1;
    }
    return 0;
}

/* --- stopping ---------------------------------------------------------------- */

bool run_stopping(const struct job *job)
{
    if (job->way == WAY_BACK)
        return job->run->stop == STOP_PARK;
    return job->run->stop != STOP_NONE || job->unit->failing || job->run->deadline_over;
}

static void jobs_unwait(struct run *run)
{
    for (size_t i = 0; i < run->n_jobs; i++) {
        struct job *job = &run->jobs[i];
        if (job->stage == STAGE_VERIFY && job->verify && run_stopping(job))
            verify_cancel(job->verify);
    }
}

static void pump(struct run *run);

void run_stop(struct run *run, enum stop stop, const struct err *err)
{
    if (stop <= run->stop)
        return;
    run->stop = stop;
    if (err)
        run->stop_err = *err;
    jobs_unwait(run);
}

/* A revert is what an abort asks for already, and no place to pause. */
static void asked(struct run *run, enum stop stop, enum err_code code, const char *what)
{
    const char *reason = run->outer->control->reason(run->outer->control->ctx);
    struct err err = { 0 };
    if (run->reverted_all || run->stop >= stop)
        return;
    if (reason && reason[0])
        run->claim.reason = arena_strdup(run->arena, reason);
    err_set(&err, code, "%s%s%s", what, reason && reason[0] ? ": " : "", reason ? reason : "");
    run_stop(run, stop, &err);
}

void run_control(struct run *run)
{
    const struct control_port *control = run->outer->control;
    switch (control->poll(control->ctx)) {
    case CONTROL_PARK:
        run_stop(run, STOP_PARK, NULL);
        break;
    case CONTROL_PAUSE:
        asked(run, STOP_PAUSE, ERR_PARKED, "paused");
        break;
    case CONTROL_ABORT:
        asked(run, STOP_ABORT, ERR_REVERTED, "aborted");
        break;
    case CONTROL_NONE:
        break;
    }
}

/* --- phases ------------------------------------------------------------------ */

/* How many jobs may be between look and write: no more than go through in two
 * seconds, so that a slow provider does not make the looks old. */
static size_t window_size(const struct run *run)
{
    const struct provider_port *provider = run->outer->provider;
    size_t window = WINDOW_MAX;
    for (size_t i = 0; i < run->accounts.n; i++)
        while (window > WINDOW_MIN && provider->eta_ms(provider->ctx, run->accounts.v[i]->name,
                                                       window, window) > WINDOW_WAIT_MS)
            window /= 2;
    return window;
}

void phase_begin(struct run *run)
{
    run->queue.n = run->next = run->sending = run->active = 0;
    run->resting = run->phase_units = 0;
    run->phase_done = run->deadline_over = false;
    run->window = window_size(run);
}

void phase_unit(struct run *run, struct unit *unit, enum way way)
{
    unit->resting = 0;
    unit->active = true;
    unit->failing = false;
    run->active++;
    run->phase_units++;
    for (size_t i = 0; i < unit->n; i++) {
        struct job *job = &unit->jobs[i];
        job->way = way;
        job->stage = STAGE_IDLE;
        job->end = END_NONE;
        job->acked = job->conflict = false;
        job->tries = job->rounds = 0;
        *vec_push(run->arena, &run->queue) = job;
    }
}

void job_sent(struct job *job)
{
    if (!job->in_window)
        return;
    job->in_window = false;
    job->run->sending--;
    pump(job->run);
}

void job_advance(struct job *job)
{
    if (job->way == WAY_FORWARD)
        forward_start(job);
    else
        back_start(job);
}

/* Not begun, or not gone on with: past the deadline that is a missing verdict. */
void job_leave(struct job *job)
{
    bool late = job->way == WAY_FORWARD && job->run->deadline_over;
    if (late)
        err_set(job_err(job), ERR_REVERTED, "%s: not written before the deadline",
                job->target->domain);
    job_rest(job, late ? END_UNKNOWN : END_STOPPED);
}

/* Not entered twice: a job that ends at once would otherwise start the next one
 * from inside, as deep as the queue is long. */
static void pump(struct run *run)
{
    if (run->pumping)
        return;
    run->pumping = true;
    while (run->next < run->queue.n && run->sending < run->window) {
        run_control(run);
        struct job *job = run->queue.v[run->next++];
        if (job->stage == STAGE_REST)
            continue;
        if (run_stopping(job)) {
            job_leave(job);
            continue;
        }
        job->in_window = true;
        run->sending++;
        job_advance(job);
    }
    run->pumping = false;
}

static void unit_rest(struct unit *unit)
{
    struct run *run = unit->run;
    unit->active = false;
    run->active--;
    run->resting++;
    if (unit->jobs[0].way == WAY_FORWARD)
        forward_unit_rest(unit);
    else
        back_unit_rest(unit);
    if (!run->active)
        run->phase_done = true;
}

static void siblings_stop(struct unit *unit)
{
    unit->failing = true;
    for (size_t i = 0; i < unit->n; i++)
        if (unit->jobs[i].stage == STAGE_VERIFY && unit->jobs[i].verify)
            verify_cancel(unit->jobs[i].verify);
}

struct err *job_err(struct job *job)
{
    if (!job->err)
        job->err = ARENA_NEW(job->run->arena, struct err);
    return job->err;
}

bool job_has_err(const struct job *job)
{
    return job->err && job->err->code != ERR_NONE;
}

void job_err_clear(struct job *job)
{
    if (job->err)
        *job->err = (struct err){ 0 };
}

void job_rest(struct job *job, enum end end)
{
    struct unit *unit = job->unit;
    job->stage = STAGE_REST;
    job->end = end;
    job->verify = NULL;
    if ((end == END_FAILED || end == END_UNKNOWN) && job->way == WAY_FORWARD)
        siblings_stop(unit);
    if (++unit->resting == unit->n)
        unit_rest(unit);
    job_sent(job);
    pump(job->run);
}

static void poll_fire(void *arg)
{
    struct run *run = arg;
    const struct loop_port *loop = run->outer->loop;
    run_control(run);
    pump(run);
    if (!run->phase_done)
        loop->timer_set(loop->ctx, &run->poll_timer, run_now(run) + POLL_MS);
}

static void deadline_fire(void *arg)
{
    struct run *run = arg;
    run->deadline_over = true;
    jobs_unwait(run);
    pump(run);
}

static void timers_begin(struct run *run)
{
    const struct loop_port *loop = run->outer->loop;
    run->poll_timer.fire = poll_fire;
    run->poll_timer.arg = run;
    run->deadline_timer.fire = deadline_fire;
    run->deadline_timer.arg = run;
    loop->timer_set(loop->ctx, &run->poll_timer, run_now(run));
    if (run->deadline_ms > 0)
        loop->timer_set(loop->ctx, &run->deadline_timer, run_now(run) + run->deadline_ms);
}

static void timers_end(struct run *run)
{
    const struct loop_port *loop = run->outer->loop;
    loop->timer_clear(loop->ctx, &run->poll_timer);
    loop->timer_clear(loop->ctx, &run->deadline_timer);
}

int phase_run(struct run *run, struct err *err)
{
    const struct loop_port *loop = run->outer->loop;
    if (!run->active)
        return 0;
    timers_begin(run);
    int failed = loop->run(loop->ctx, &run->phase_done, err);
    timers_end(run);
    return failed;
}
