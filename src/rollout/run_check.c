/* run_check: the last look before a write.  A guard of the provider is the best
 * look; else the provider's own primary is asked, which costs no API call; else,
 * or when that differs, the zone is read again.  Writes nothing. */
#include "rollout/inverse.h"
#include "rollout/run.h"

enum { YOUNG_MS = 500 }; /* a read younger than this is look enough */

static void moved(struct job *job, const struct item *item)
{
    err_set(job_err(job), ERR_CONFLICT, "%s %s at %s moved since it was read", item->set->owner,
            rtype_text(item->set->type), job->target->account);
    err_hint(job_err(job), "`dnschange plan ID` shows what is live now");
}

static void checked(struct job *job, const struct err *err)
{
    if (err->code != ERR_NONE) {
        *job_err(job) = *err;
        err_wrap(job_err(job), "last look before the write");
        forward_checked(job, END_FAILED);
        return;
    }
    bool partial = job->account->caps->atomic == ATOMIC_RECORD;
    for (size_t i = 0; i < job->n; i++) {
        struct item *item = &job->items[i];
        if (!item->write)
            continue;
        switch (
            place_of(item->set, item->live, partial && item->set->intended && job->run->resumed)) {
        case PLACE_BEFORE:
        case PLACE_PARTIAL:
            break;
        case PLACE_AFTER: /* somebody wrote the same */
            item->write = false;
            break;
        case PLACE_FOREIGN:
            moved(job, item);
            forward_checked(job, END_FAILED);
            return;
        }
    }
    forward_checked(job, END_GOOD);
}

struct look { /* one question to the primary */
    struct job *job;
    const struct target_set *set;
};

static void answered(void *arg, const struct dns_reply *reply)
{
    struct look *look = arg;
    struct job *job = look->job;
    if (verify_judge(look->set, VERIFY_BEFORE, reply, job->run->arena, NULL) != VERDICT_PASS)
        job->differs = true;
    if (--job->asked)
        return;
    if (job->differs)
        read_start(job, checked);
    else
        forward_checked(job, END_GOOD);
}

/* What DNS cannot show: disabled records, comments, proxying; and what a resumed
 * job found between before and after. */
static bool dns_comparable(const struct job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        const struct item *item = &job->items[i];
        const struct rrset *before = item->set->before;
        if (!item->write)
            continue;
        if (!rrset_equal(item->live, before) || (before && before->extra) || item->set->synthesised)
            return false;
    }
    return true;
}

static void primary_ask(struct job *job)
{
    struct run *run = job->run;
    struct look *looks = ARENA_ARRAY(run->arena, struct look, job->n);
    job->differs = false;
    for (size_t i = 0; i < job->n; i++)
        job->asked += job->items[i].write ? 1 : 0;
    for (size_t i = 0; i < job->n; i++) {
        const struct target_set *set = job->items[i].set;
        if (!job->items[i].write)
            continue;
        looks[i] = (struct look){ job, set };
        struct dns_question question = { .server = job->account->primary,
                                         .name = set->owner,
                                         .type = set->type };
        run->ports.dns->query(run->ports.dns->ctx, &question, answered, &looks[i]);
    }
}

static bool anything_to_write(const struct job *job)
{
    for (size_t i = 0; i < job->n; i++)
        if (job->items[i].write)
            return true;
    return false;
}

static bool young(const struct job *job)
{
    return job->live_ms >= 0 && run_now(job->run) - job->live_ms < YOUNG_MS;
}

void check_start(struct job *job)
{
    enum provider_guard guard = job->account->caps->guard;
    if (!anything_to_write(job) || guard == GUARD_EXACT || guard == GUARD_ETAG || young(job))
        forward_checked(job, END_GOOD);
    else if (job->account->has_primary && dns_comparable(job))
        primary_ask(job);
    else
        read_start(job, checked);
}
