/* run_verify: verification of a job on its way, with a second knock.  A NOTIFY is
 * one datagram (RFC 1996 3.5): a secondary that was busy or never got it stays
 * behind until its refresh, so where a server is still behind after a while the
 * provider is asked to notify once more. */
#include "rollout/run.h"

enum { KNOCK_FIRST_MS = 4000, KNOCK_NEXT_MS = 16000, KNOCKS_MAX = 2 };

static void verdict_hand_over(struct job *job)
{
    if (job->verdict_came && !job->knocking)
        job->verified(job, job->verdict);
}

static void verdict_came(void *arg, enum verdict verdict)
{
    struct job *job = arg;
    const struct loop_port *loop = job->run->outer->loop;
    loop->timer_clear(loop->ctx, &job->timer);
    job->verify = NULL;
    job->verdict = verdict;
    job->verdict_came = true;
    verdict_hand_over(job);
}

static void knock_wait(struct job *job, int64_t wait_ms);

static void knocked(struct job *job)
{
    job->stage = STAGE_VERIFY;
    job->knocking = false;
    if (!job->verdict_came && job->knocks < KNOCKS_MAX)
        knock_wait(job, KNOCK_NEXT_MS);
    verdict_hand_over(job);
}

static void knock(void *arg)
{
    struct job *job = arg;
    job->knocks++;
    job->knocking = true;
    settle_start(job, knocked);
    job->stage = STAGE_VERIFY; /* it may be called off meanwhile */
}

static void knock_wait(struct job *job, int64_t wait_ms)
{
    const struct loop_port *loop = job->run->outer->loop;
    job->timer = (struct timer){ .fire = knock, .arg = job };
    loop->timer_set(loop->ctx, &job->timer, run_now(job->run) + wait_ms);
}

void verify_job(struct job *job, struct target *target, const struct verify_options *options,
                void (*done)(struct job *job, enum verdict verdict))
{
    struct run *run = job->run;
    job->verified = done;
    job->verdict_came = job->knocking = false;
    job->knocks = 0;
    job->stage = STAGE_VERIFY;
    job->verify = verify_start(&run->ports, run->arena, target, options, &run->claim.broken,
                               verdict_came, job);
    if (!options->once && job->account->caps->settle_immediate)
        knock_wait(job, KNOCK_FIRST_MS);
}
