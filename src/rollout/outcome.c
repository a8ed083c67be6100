/* outcome: what came of a run, as counts, as exit code, as outcome.json. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "rollout/outcome_kept.h"

/* --- counts ------------------------------------------------------------------ */

static enum domain_state state_worse(enum domain_state a, enum domain_state b)
{
    static const enum domain_state order[] = { DOMAIN_BLOCKED,  DOMAIN_FAILED,   DOMAIN_REVERTED,
                                               DOMAIN_WRITTEN,  DOMAIN_VERIFIED, DOMAIN_HELD,
                                               DOMAIN_CAPTURED, DOMAIN_PENDING,  DOMAIN_SKIPPED };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a;
}

static void count_domain(struct rollout_counts *counts, enum domain_state state, bool writes)
{
    if (state == DOMAIN_BLOCKED)
        counts->blocked++;
    else if (state == DOMAIN_SKIPPED)
        counts->skipped++;
    else if (state == DOMAIN_FAILED)
        counts->failed++;
    else if (state == DOMAIN_REVERTED)
        counts->reverted++;
    else if (state == DOMAIN_WRITTEN || state == DOMAIN_VERIFIED || state == DOMAIN_HELD)
        counts->changed++;
    else if (!writes)
        counts->already++;
    else
        counts->untouched++;
}

static bool only_unmanaged(const struct target *target)
{
    for (size_t i = 0; i < target->n; i++)
        if (target->sets[i].cls != CLASS_UNMANAGED)
            return false;
    return target->n > 0;
}

void targets_count(const struct targets *targets, size_t n_skipped, bool now,
                   struct rollout_counts *ret)
{
    *ret = (struct rollout_counts){ .skipped = n_skipped };
    for (size_t i = 0; i < targets->n;) {
        const char *domain = targets->v[i].domain;
        enum domain_state state = targets->v[i].state;
        bool writes = false, unmanaged = true;
        for (; i < targets->n && strcmp(targets->v[i].domain, domain) == 0; i++) {
            const struct target *target = &targets->v[i];
            state = state_worse(state, target->state);
            writes |= target_writes(target);
            unmanaged &= only_unmanaged(target);
        }
        if (unmanaged && !writes)
            ret->skipped++;
        else if (now && state == DOMAIN_UNTOUCHED)
            ret->already++;
        else
            count_domain(ret, state, writes);
    }
}

void outcome_counts(const struct run *run, struct rollout_counts *ret)
{
    targets_count(&run->lkg.targets, run->n_skipped, run->rollback, ret);
}

/* --- exit code --------------------------------------------------------------- */

/* The first domain's own error, when nothing was put back for it. */
static const struct err *first_error(const struct run *run)
{
    for (size_t i = 0; i < run->lkg.targets.n; i++)
        if (run->lkg.targets.v[i].err)
            return run->lkg.targets.v[i].err;
    return NULL;
}

static bool wrote_anything(const struct run *run)
{
    for (size_t i = 0; i < run->n_units; i++)
        if (run->units[i].touched)
            return true;
    return false;
}

static int exit_reverted(const struct run *run)
{
    if (run->rollback || (run->aborted && run->cause != STOP_FAIL))
        return 0;
    const struct err *err = run->cause_err.code ? &run->cause_err : first_error(run);
    if (wrote_anything(run) || !err || err->code == ERR_REVERTED)
        return 4;
    return err->code == ERR_CONFLICT ? 6 : 1;
}

static int exit_code(const struct run *run, const struct rollout_counts *counts)
{
    if (counts->blocked)
        return 7;
    switch (run->claim.state) {
    case TICKET_HALTED:
    case TICKET_REVERT_BLOCKED:
        return 7;
    case TICKET_PARKED:
    case TICKET_REVERTING: /* interrupted */
        return 8;
    case TICKET_PAUSED:
        return run->window_closed ? 3 : 8;
    case TICKET_REVERTED:
    case TICKET_PARTLY_REVERTED:
        return exit_reverted(run);
    default:
        return counts->failed ? 9 : 0;
    }
}

static const char *next_step(const struct run *run, int code)
{
    const char *id = run->claim.ticket;
    switch (code) {
    case 3:
    case 8:
        if (run->rollback)
            return arena_printf(run->arena, "dnschange rollback %s", id);
        return arena_printf(run->arena, "dnschange resume %s", id);
    case 7:
        if (run->claim.state == TICKET_HALTED)
            return arena_printf(run->arena, "dnschange resume %s, or dnschange abort %s --reason T",
                                id, id);
        return arena_printf(run->arena, "dnschange rollback %s", id);
    default:
        return NULL;
    }
}

static void why(const struct run *run, int code, struct err *err)
{
    const struct err *cause = run->stop_err.code    ? &run->stop_err
                              : run->cause_err.code ? &run->cause_err
                                                    : first_error(run);
    if (code == 7 && first_error(run))
        for (size_t i = 0; i < run->lkg.targets.n; i++)
            if (run->lkg.targets.v[i].state == DOMAIN_BLOCKED && run->lkg.targets.v[i].err) {
                cause = run->lkg.targets.v[i].err;
                break;
            }
    static const enum err_code codes[] = { [3] = ERR_POLICY, [4] = ERR_REVERTED, [6] = ERR_CONFLICT,
                                           [7] = ERR_HUMAN,  [8] = ERR_PARKED,   [9] = ERR_FOUND };
    if (cause && cause->code)
        *err = *cause;
    else
        err_set(err, ERR_FAILED, "%s: %s", run->claim.ticket, ticket_state_text(run->claim.state));
    if ((size_t)code < sizeof codes / sizeof *codes && codes[code] != ERR_NONE)
        err->code = codes[code];
}

/* --- outcome.json ------------------------------------------------------------ */

static void out_text(struct buf *out, const char *key, const char *value)
{
    if (!value)
        return;
    buf_addf(out, ",\"%s\":", key);
    buf_json_string(out, value);
}

static void out_domain(struct buf *out, const struct target *target)
{
    buf_adds(out, "{\"domain\":");
    buf_json_string(out, target->domain);
    out_text(out, "account", target->account);
    out_text(out, "state", domain_state_text(target->state));
    out_text(out, "verified", target->verified);
    if (target->err)
        out_text(out, "error", target->err->message);
    buf_addc(out, '}');
}

static void out_counts(struct buf *out, const struct rollout_counts *counts)
{
    buf_addf(out,
             ",\n\"counts\":{\"changed\":%zu,\"already\":%zu,\"failed\":%zu,\"reverted\":%zu,"
             "\"blocked\":%zu,\"skipped\":%zu,\"untouched\":%zu}",
             counts->changed, counts->already, counts->failed, counts->reverted, counts->blocked,
             counts->skipped, counts->untouched);
}

static void out_ms(struct buf *out, const struct rollout_ms *ms)
{
    buf_addf(out,
             ",\n\"ms\":{\"capture\":%" PRId64 ",\"canary\":%" PRId64 ",\"bake\":%" PRId64
             ",\"waves\":%" PRId64 ",\"revert\":%" PRId64 ",\"verify\":%" PRId64
             ",\"total\":%" PRId64 "}",
             ms->capture, ms->canary, ms->bake, ms->waves, ms->revert, ms->verify, ms->total);
}

void outcome_write(const struct run *run, const struct rollout_result *result, struct buf *out)
{
    const struct targets *targets = &result->targets;
    buf_adds(out, "{\"format\":1");
    out_text(out, "ticket", result->ticket);
    buf_addf(out, ",\"attempt\":%" PRIu32, result->attempt);
    out_text(out, "state", ticket_state_text(result->state));
    buf_addf(out, ",\"exit\":%d", result->exit_code);
    out_text(out, "ended", time_format_utc(run->arena, run_wall(run)));
    out_text(out, "actor", run->outer->actor);
    out_counts(out, &result->counts);
    out_ms(out, &result->ms);
    buf_adds(out, ",\n\"domains\":[");
    for (size_t i = 0; i < targets->n; i++) {
        buf_adds(out, i ? ",\n" : "\n");
        out_domain(out, &targets->v[i]);
    }
    buf_adds(out, "]}\n");
}

static void held(struct run *run)
{
    for (size_t i = 0; run->claim.state == TICKET_DONE && i < run->n_jobs; i++)
        if (run->jobs[i].target->state == DOMAIN_VERIFIED)
            run->jobs[i].target->state = DOMAIN_HELD;
}

void outcome_untouched(struct run *run)
{
    for (size_t i = 0; i < run->lkg.targets.n; i++) {
        struct target *target = &run->lkg.targets.v[i];
        if (target->state == DOMAIN_PENDING || target->state == DOMAIN_CAPTURED)
            target->state = only_unmanaged(target) ? DOMAIN_SKIPPED : DOMAIN_UNTOUCHED;
    }
}

static void result_fill(struct run *run, struct rollout_result *ret)
{
    struct provider_counts now = run->outer->provider->counts(run->outer->provider->ctx);
    run->ms.total = run_now(run) - run->started_ms;
    *ret = (struct rollout_result){ .ticket = run->claim.ticket,
                                    .attempt = run->claim.attempt,
                                    .state = run->claim.state,
                                    .targets = run->lkg.targets,
                                    .findings = run->findings,
                                    .ms = run->ms,
                                    .requests_read = now.read - run->counts_before.read,
                                    .requests_write = now.write - run->counts_before.write,
                                    .requests_dns = run->queries,
                                    .resume_after_s = run->claim.resume_after_s };
    outcome_counts(run, &ret->counts);
    ret->exit_code = exit_code(run, &ret->counts);
    ret->next = next_step(run, ret->exit_code);
}

int outcome_fill(struct run *run, struct rollout_result *ret, struct err *err)
{
    struct err commit_err = { 0 };
    held(run);
    outcome_untouched(run);
    result_fill(run, ret);
    if (event_commit(run, &commit_err) < 0)
        finding_add(run->arena, &run->findings, SEVERITY_WARNING, "journal.broken", "", "", NULL,
                    "%s", commit_err.message);
    BUF_SCOPED out = BUF(256u << 20);
    struct rollout_result shown = *ret;
    if (run->kept)
        shown.targets = *kept_update(run->kept, &run->lkg.targets, &shown.counts);
    outcome_write(run, &shown, &out);
    struct record_file file = { attempt_path(run->arena, run->claim.ticket, run->claim.attempt,
                                             "outcome.json"),
                                buf_text(&out), out.len };
    const char *subject =
        arena_printf(run->arena, "%s: %s", run->claim.ticket, ticket_state_text(run->claim.state));
    if (run_commit_with(run, &file, 1, subject, &commit_err) < 0) {
        *err = commit_err;
        return -1;
    }
    if (!claim_open(&run->claim))
        run->outer->reserve_release(run->outer->attempt_ctx);
    ret->findings = run->findings;
    if (ret->exit_code != 0)
        why(run, ret->exit_code, err);
    return 0;
}
