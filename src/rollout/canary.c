/* canary: what only the first domains go through: a look at every server before
 * the write, so that a server that was broken already is not held against the
 * change, and the checks beyond DNS. */
#include <string.h>

#include "rollout/checks.h"
#include "rollout/run.h"

/* --- baseline ---------------------------------------------------------------- */

struct baseline {
    struct run *run;
    size_t left;
    bool done;
};
struct first_look {
    struct baseline *baseline;
    struct job *job;
    struct target shown; /* takes the checks */
};

static void broken_note(struct run *run, const struct job *job, const struct check *check)
{
    if (strv_has(&run->claim.broken, check->target))
        return;
    strv_push(run->arena, &run->claim.broken, check->target);
    finding_add(run->arena, &run->findings, SEVERITY_WARNING, "server.broken", job->target->domain,
                job->target->zone, NULL, "%s was broken before the write and is only reported: %s",
                check->target, check->detail ? check->detail : "no answer");
}

static void looked(void *arg, enum verdict verdict)
{
    struct first_look *look = arg;
    struct baseline *baseline = look->baseline;
    for (size_t i = 0; verdict != VERDICT_PASS && i < look->shown.checks.n; i++) {
        const struct check *check = &look->shown.checks.v[i];
        if (check->verdict != VERDICT_PASS && look->shown.n_servers)
            broken_note(baseline->run, look->job, check);
    }
    baseline->done = --baseline->left == 0;
}

static bool untouched(const struct job *job)
{
    for (size_t i = 0; i < job->n; i++)
        if (job->items[i].maybe_ours || !job->items[i].write)
            return false;
    return true;
}

static void look_start(struct baseline *baseline, struct job *job)
{
    struct run *run = job->run;
    struct first_look *look = ARENA_NEW(run->arena, struct first_look);
    struct verify_options options = {
        .settings = &run->settings->verify, .timeout_ms = 0, .side = VERIFY_BEFORE, .once = true
    };
    *look = (struct first_look){ baseline, job, *job->target };
    look->shown.checks = (struct checks){ 0 };
    baseline->left++;
    verify_start(&run->ports, run->arena, &look->shown, &options, NULL, looked, look);
}

int canary_baseline(struct run *run, struct err *err)
{
    struct baseline baseline = { .run = run };
    for (size_t i = 0; i < run->n_jobs; i++)
        if (run->jobs[i].unit->step == 0 && untouched(&run->jobs[i]))
            look_start(&baseline, &run->jobs[i]);
    if (!baseline.left)
        return 0;
    return run->outer->loop->run(run->outer->loop->ctx, &baseline.done, err);
}

/* --- checks beyond DNS ------------------------------------------------------- */

static void checked(void *arg, enum verdict verdict)
{
    canary_checks_done(arg, verdict);
}

bool canary_checks_start(struct job *job)
{
    struct run *run = job->run;
    const struct checks_options options = { .ticket = run->claim.ticket,
                                            .attempt = run->claim.attempt,
                                            .words = &run->claim.verification,
                                            .side = VERIFY_AFTER };
    if (!checks_wanted(options.words))
        return false;
    job->stage = STAGE_CHECKS;
    checks_start(run->outer, run->arena, job->target, &options, checked, job);
    return true;
}
