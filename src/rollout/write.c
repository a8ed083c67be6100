/* write: sends what a job wants and finds out what became of it.
 *
 * A reply decides what it says; where there is none, or a conflict, the zone is
 * read back and every set is where it is found: as wanted (done), as it was (sent
 * again), between the two (our own half, gone on from there), or something else
 * (somebody's: no write).  Forward and back are the same here. */
#include "rollout/inverse.h"
#include "rollout/run.h"

enum { TRIES_FORWARD = 3, TRIES_BACK = 6, BACKOFF_MS = 500 };

static void send_changes(struct job *job);
static void settled_by_read(struct job *job, const struct err *err);

static unsigned tries_max(const struct job *job)
{
    return job->way == WAY_BACK ? TRIES_BACK : TRIES_FORWARD;
}

static size_t left(const struct job *job)
{
    size_t n = 0;
    for (size_t i = 0; i < job->n; i++)
        n += job->items[i].write ? 1 : 0;
    return n;
}

static void wait_then(struct job *job, void (*fire)(void *job))
{
    const struct loop_port *loop = job->run->outer->loop;
    int64_t wait = (int64_t)BACKOFF_MS << (job->tries < 6 ? job->tries : 6);
    if (job_err(job)->retry_after_ms > wait)
        wait = job_err(job)->retry_after_ms;
    job->timer.fire = fire;
    job->timer.arg = job;
    loop->timer_set(loop->ctx, &job->timer, run_now(job->run) + wait);
}

static void read_fire(void *arg)
{
    read_start(arg, settled_by_read);
}

/* What was read a while ago is no look before a write: after every wait the zone
 * is read again first. */
static void again(struct job *job, enum write_end otherwise)
{
    if (job->tries >= tries_max(job) || run_stopping(job))
        job->write_done(job, otherwise);
    else
        wait_then(job, read_fire);
}

bool item_place(struct item *item, enum place place)
{
    item->write = item->write && place != PLACE_AFTER;
    item->maybe_ours = item->maybe_ours || place == PLACE_AFTER || place == PLACE_PARTIAL;
    return place != PLACE_FOREIGN;
}

static bool item_settle(struct job *job, struct item *item, const struct rrset *was)
{
    struct target_set between = { .owner = item->set->owner,
                                  .type = item->set->type,
                                  .cls = CLASS_CHANGE,
                                  .before = was,
                                  .after = item->want };
    bool partial = job->account->caps->atomic == ATOMIC_RECORD;
    if (!item_place(item, place_of(&between, item->live, partial)))
        return false;
    item->doubt = false;
    return true;
}

static void foreign(struct job *job, const struct item *item)
{
    err_set(job_err(job), ERR_CONFLICT,
            "%s %s at %s is neither what was there nor what was written: somebody else "
            "changed it meanwhile",
            item->set->owner, rtype_text(item->set->type), job->target->account);
    err_hint(job_err(job), "nothing was written over it; look with `dnschange triage %s`",
             job->target->domain);
}

static void settled_by_read(struct job *job, const struct err *err)
{
    if (err->code != ERR_NONE) {
        *job_err(job) = *err;
        err_wrap(job_err(job), "reading back what became of a write");
        /* Even a run that stops wants to know this. */
        if (++job->tries >= tries_max(job))
            job->write_done(job, WRITE_LOST);
        else
            wait_then(job, read_fire);
        return;
    }
    const struct item *strange = NULL;
    for (size_t i = 0; i < job->n_changes; i++) {
        struct item *item = &job->items[job->of[i]];
        if (item->write && !item_settle(job, item, job->changes[i].before))
            strange = item;
    }
    if (strange) {
        foreign(job, strange);
        job->write_done(job, WRITE_FOREIGN);
    } else if (!left(job)) {
        job->write_done(job, WRITE_DONE);
    } else if (job->tries >= tries_max(job) || run_stopping(job)) {
        job->write_done(job, WRITE_LOST);
    } else {
        send_changes(job);
    }
}

/* True: the outcome of this change is not known from the reply. */
static bool fate_take(struct job *job, size_t i, bool lost)
{
    struct item *item = &job->items[job->of[i]];
    enum fate fate = job->changes[i].fate;
    if (lost && fate == FATE_NOT_TRIED)
        fate = FATE_UNKNOWN;
    switch (fate) {
    case FATE_APPLIED:
        item->live = item->want;
        item->write = false;
        item->maybe_ours = true;
        return false;
    case FATE_UNKNOWN:
        item->maybe_ours = true;
        item->doubt = true;
        return true;
    case FATE_CONFLICT:
        item->doubt = true;
        return true;
    case FATE_REFUSED:
        /* Several requests for one set: an earlier one may have gone through. */
        item->maybe_ours |= job->account->caps->atomic == ATOMIC_RECORD;
        return false;
    case FATE_NOT_TRIED:
        return false;
    }
    return false;
}

static void written(void *arg, const struct provider_write *result)
{
    struct job *job = arg;
    bool doubt = false;
    if (result->err.code != ERR_NONE)
        *job_err(job) = result->err;
    if (result->cookie)
        job->cookie = arena_strdup(job->run->arena, result->cookie);
    for (size_t i = 0; i < job->n_changes; i++)
        doubt |= fate_take(job, i, result->err.code == ERR_LOST);
    job->live_ms = -1;
    if (!left(job))
        job->write_done(job, WRITE_DONE);
    else if (doubt && job->tries == 1)
        read_start(job, settled_by_read);
    else if (doubt) /* not for the first time: even a run that stops wants to know */
        wait_then(job, read_fire);
    else if (job_err(job)->retry != ERR_RETRY_NEVER)
        again(job, WRITE_REFUSED);
    else
        job->write_done(job, WRITE_REFUSED);
}

static void send_changes(struct job *job)
{
    const struct provider_port *provider = job->run->outer->provider;
    job->n_changes = 0;
    for (size_t i = 0; i < job->n; i++) {
        struct item *item = &job->items[i];
        if (!item->write)
            continue;
        job->of[job->n_changes] = i;
        job->changes[job->n_changes++] =
            (struct change){ .before = item->live, .after = item->want };
    }
    job->tries++;
    job_err_clear(job);
    provider->apply(provider->ctx, job->target->account, &job->zone, job->changes, job->n_changes,
                    written, job);
}

void write_start(struct job *job, void (*done)(struct job *job, enum write_end end))
{
    struct run *run = job->run;
    if (!job->changes) {
        job->changes = ARENA_ARRAY(run->arena, struct change, job->n);
        job->of = ARENA_ARRAY(run->arena, size_t, job->n);
    }
    job->write_done = done;
    job->stage = STAGE_WRITE;
    job->tries = 0;
    job->acked = true;
    send_changes(job);
}

/* --- settle ------------------------------------------------------------------ */

struct settle {
    struct job *job;
    void (*done)(struct job *job);
};

static void settled(void *arg, const struct err *err)
{
    struct settle *settle = arg;
    if (err && err->code != ERR_NONE) {
        struct check *check = vec_push(settle->job->run->arena, &settle->job->target->checks);
        *check =
            (struct check){ "api", settle->job->target->account, VERDICT_UNKNOWN,
                            arena_printf(settle->job->run->arena, "publishing: %s", err->message) };
    }
    settle->done(settle->job);
}

void settle_start(struct job *job, void (*done)(struct job *job))
{
    const struct provider_port *provider = job->run->outer->provider;
    struct settle *settle = ARENA_NEW(job->run->arena, struct settle);
    *settle = (struct settle){ job, done };
    job->stage = STAGE_SETTLE;
    provider->settle(provider->ctx, job->target->account, &job->zone, job->cookie, settled, settle);
}
