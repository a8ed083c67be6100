/* rollout: the way of an apply, from the claim to its rest. */
#include "rollout/rollout.h"

#include "rollout/run.h"

/* What stopped a run decides where it rests. */
static int run_settle(struct run *run, struct err *err)
{
    switch (run->stop) {
    case STOP_NONE:
        return 0;
    case STOP_PARK:
        return run_transition(run, EVENT_PARK, run->stop_err.message, false, err);
    case STOP_PAUSE:
        return run_transition(run, EVENT_PAUSE, run->stop_err.message, false, err);
    case STOP_HOLD:
        return run_transition(run, EVENT_UNKNOWN_HOLD, run->stop_err.message, false, err);
    case STOP_ABORT:
        return revert_all(run, EVENT_ABORT, err);
    case STOP_FAIL:
    case STOP_BROKEN:
        break;
    }
    return revert_all(run, EVENT_FAIL, err);
}

static int broken(struct err *err, const struct run *run)
{
    return err_hint(err,
                    "what was written stays as it is until `dnschange resume %s` or "
                    "`dnschange rollback %s`",
                    run->claim.ticket, run->claim.ticket);
}

int run_go(struct run *run, struct rollout_result *ret, struct err *err)
{
    struct err first = { 0 };
    if (run->stop == STOP_NONE && ticket_state_active(run->claim.state) &&
        forward_run(run, &first) < 0)
        run_stop(run, STOP_BROKEN, &first);
    if (run_settle(run, err) < 0) {
        if (first.code != ERR_NONE)
            *err = first;
        return broken(err, run);
    }
    return outcome_fill(run, ret, err);
}

/* --- dry run ----------------------------------------------------------------- */

static int apply_dry(struct run *run, const struct rollout_input *in, struct rollout_result *ret,
                     struct err *err)
{
    struct plan plan = { 0 };
    if (capture_plan(run, in, &plan, err) < 0)
        return -1;
    run->lkg.targets = plan.targets;
    run->n_skipped = plan.n_skipped;
    *ret = (struct rollout_result){ .ticket = in->ticket->id,
                                    .state = TICKET_APPROVED,
                                    .targets = plan.targets,
                                    .findings = plan.findings };
    outcome_counts(run, &ret->counts);
    struct provider_counts now = run->outer->provider->counts(run->outer->provider->ctx);
    ret->requests_read = now.read - run->counts_before.read;
    ret->requests_write = now.write - run->counts_before.write;
    ret->requests_dns = run->queries;
    ret->ms.total = run_now(run) - run->started_ms;
    return 0;
}

int rollout_apply(const struct rollout_input *in, const struct ports *ports, struct arena *arena,
                  struct rollout_result *ret, struct err *err)
{
    RUN_SCOPED run;
    run_init(&run, ports, arena, in->settings);
    run.ticket = in->ticket;
    run.portfolio = in->portfolio;
    run.options = in->options;
    if (ticket_rollout(in->ticket, &in->settings->rollout, arena, &run.rollout, err) < 0)
        return -1;
    if (in->options.dry_run)
        return apply_dry(&run, in, ret, err);
    if (claim_take(&run, in, err) < 0)
        return -1;
    if (capture_run(&run, in, err) < 0) {
        /* Nothing was written, so the ticket is free again. */
        run.claim.state = TICKET_CLAIMED;
        claim_release(&run, err);
        return -1;
    }
    return run_go(&run, ret, err);
}
