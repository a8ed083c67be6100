/* canary: what only the first domains go through: a look at every server before
 * the write, so that a server that was broken already is not held against the
 * change, and the checks beyond DNS. */
#include <string.h>

#include "mail/lint.h"
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

static void check_add(struct job *job, const char *check, const char *target, enum verdict verdict,
                      const char *detail)
{
    struct check *line = vec_push(job->run->arena, &job->target->checks);
    *line = (struct check){ check, target, verdict,
                            detail ? arena_strdup(job->run->arena, detail) : NULL };
    if (verdict == VERDICT_FAIL || job->checks_verdict == VERDICT_PASS)
        job->checks_verdict = verdict;
}

static void mail_records(struct job *job)
{
    struct findings findings = { 0 };
    const char *wrong = NULL;
    for (size_t i = 0; i < job->n; i++)
        lint_rrset(job->target->domain, job->items[i].set->before, job->items[i].set->after,
                   job->run->arena, &findings);
    for (size_t i = 0; i < findings.n && !wrong; i++)
        if (findings.v[i].severity == SEVERITY_ERROR)
            wrong = findings.v[i].message;
    check_add(job, "mail-records", job->target->domain, wrong ? VERDICT_FAIL : VERDICT_PASS, wrong);
}

struct hook {
    struct job *job;
    const char *word;
};

static void hook_done(void *arg, const struct check_result *result)
{
    struct hook *hook = arg;
    struct job *job = hook->job;
    check_add(job, hook->word, job->target->domain, result->verdict, result->detail);
    if (--job->checks_left == 0)
        canary_checks_done(job, job->checks_verdict);
}

static void json_set(struct buf *out, const char *key, const struct rrset *set, struct arena *arena)
{
    buf_addf(out, ",\"%s\":", key);
    if (rrset_absent(set)) {
        buf_adds(out, "null");
        return;
    }
    buf_addf(out, "{\"ttl\":%u,\"values\":[", set->ttl);
    for (size_t i = 0; i < set->n; i++) {
        buf_adds(out, i ? "," : "");
        buf_json_string(out, rdata_text(set->type, set->rr[i], arena));
    }
    buf_adds(out, "]}");
}

static const char *hook_json(const struct job *job)
{
    struct arena *arena = job->run->arena;
    BUF_SCOPED out = BUF(4u << 20);
    buf_adds(&out, "{\"format\":1,\"ticket\":");
    buf_json_string(&out, job->run->claim.ticket);
    buf_addf(&out, ",\"attempt\":%u,\"domain\":", job->run->claim.attempt);
    buf_json_string(&out, job->target->domain);
    buf_adds(&out, ",\"zone\":");
    buf_json_string(&out, job->target->zone);
    buf_adds(&out, ",\"sets\":[");
    for (size_t i = 0; i < job->n; i++) {
        const struct target_set *set = job->items[i].set;
        buf_adds(&out, i ? ",{\"owner\":" : "{\"owner\":");
        buf_json_string(&out, set->owner);
        buf_addf(&out, ",\"type\":\"%s\"", rtype_text(set->type));
        json_set(&out, "before", set->before, arena);
        json_set(&out, "after", set->after, arena);
        buf_addc(&out, '}');
    }
    buf_adds(&out, "]}\n");
    return buf_take(&out, arena);
}

static void hook_start(struct job *job, const char *word)
{
    const struct check_port *check = job->run->outer->check;
    struct hook *hook = ARENA_NEW(job->run->arena, struct hook);
    *hook = (struct hook){ job, word };
    job->checks_left++;
    check->run(check->ctx, word + strlen("hook:"), hook_json(job), hook_done, hook);
}

bool canary_checks_start(struct job *job)
{
    const struct strv *words = &job->run->claim.verification;
    job->checks_left = 0;
    job->checks_verdict = VERDICT_PASS;
    job->stage = STAGE_CHECKS;
    for (size_t i = 0; i < words->n; i++)
        if (strcmp(words->v[i], "mail-records") == 0)
            mail_records(job);
    if (job->checks_verdict == VERDICT_PASS)
        for (size_t i = 0; i < words->n; i++)
            if (strncmp(words->v[i], "hook:", 5) == 0)
                hook_start(job, words->v[i]);
    if (job->checks_left)
        return true;
    if (job->checks_verdict == VERDICT_PASS)
        return false;
    canary_checks_done(job, job->checks_verdict);
    return true;
}
