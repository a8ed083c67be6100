/* run_claim: taking a ticket for one attempt, and giving it back unwritten. */
#include <inttypes.h>
#include <string.h>

#include "rollout/checks.h"
#include "rollout/run.h"

/* Before the zones are read the ticket's review copy says which sets it means. */
static void keys_of_ticket(struct run *run, const struct rollout_input *in, struct strv *ret)
{
    const struct ticket *ticket = in->ticket;
    for (size_t i = 0; i < ticket->n_rollback; i++) {
        const struct rollback_domain *recorded = &ticket->rollback[i];
        const struct domain *domain = portfolio_find(in->portfolio, recorded->domain);
        for (size_t s = 0; domain && s < recorded->n; s++) {
            const char *owner;
            struct err err;
            if (name_owner(recorded->sets[s].owner, domain->name, run->arena, &owner, &err) < 0)
                continue;
            for (size_t p = 0; p < domain->providers.n; p++)
                strv_push(run->arena, ret,
                          arena_printf(run->arena, "%s %s %s", domain->providers.v[p], owner,
                                       rtype_text(recorded->sets[s].type)));
        }
    }
}

static int refuse_open(const struct claim *claim, struct err *err)
{
    err_set(err, ERR_CONFLICT, "%s is being applied already: attempt %" PRIu32 " is %s (%s)",
            claim->ticket, claim->attempt, ticket_state_text(claim->state),
            claim->holder ? claim->holder : "holder unknown");
    return err_hint(err,
                    "`dnschange resume %s` goes on with it, `dnschange abort %s --reason T` "
                    "puts it back",
                    claim->ticket, claim->ticket);
}

static int refuse_final(const struct claim *claim, struct err *err)
{
    err_set(err, ERR_CONFLICT, "%s was applied already: %s", claim->ticket,
            ticket_state_text(claim->state));
    if (claim->state == TICKET_REVERTED || claim->state == TICKET_PARTLY_REVERTED)
        return err_hint(err, "`dnschange apply %s --again` applies it once more", claim->ticket);
    return err_hint(err, "`dnschange show %s` shows it", claim->ticket);
}

/* The state a new attempt begins from. */
static int attempt_next(struct run *run, const struct rollout_input *in, struct err *err)
{
    struct claim last;
    uint32_t n;
    if (attempt_newest(run->outer->records, in->ticket->id, run->arena, &n, err) < 0)
        return -1;
    run->claim.attempt = n + 1;
    run->claim.state = TICKET_APPROVED;
    if (!n)
        return 0;
    if (claim_read(run->outer->records, in->ticket->id, n, run->arena, &last, err) < 0)
        return err_wrap(err, "the last attempt of %s", in->ticket->id);
    if (last.blob && in->blob && strcmp(last.blob, in->blob) != 0 && claim_open(&last))
        return err_set(err, ERR_CONFLICT, "%s was applied from another file under the same id",
                       in->ticket->id);
    if (last.state == TICKET_APPROVED)
        return 0; /* released: nothing was written */
    if (claim_open(&last))
        return refuse_open(&last, err);
    if (!in->options.again ||
        (last.state != TICKET_REVERTED && last.state != TICKET_PARTLY_REVERTED))
        return refuse_final(&last, err);
    run->claim.state = last.state;
    return 0;
}

void claim_release(struct run *run, const struct err *why)
{
    struct err err;
    if (run->claim.state != TICKET_CLAIMED)
        return;
    if (run_transition(run, EVENT_RELEASE, why->message, true, &err) < 0)
        finding_add(run->arena, &run->findings, SEVERITY_WARNING, "claim.release", "", "", NULL,
                    "%s", err.message);
}

static void settings_take(struct run *run, const struct rollout_input *in)
{
    run->claim.blob = in->blob;
    run->claim.reason = in->ticket->reason;
    run->claim.verification = in->ticket->verification;
    run->claim.max_failures = run->rollout.max_failures;
    run->claim.hold_on_unknown = run->rollout.hold_on_unknown;
    run->claim.wave_bake_ms = run->rollout.wave_bake_ms;
    run->claim.claimed_s = run_wall(run);
}

int claim_take(struct run *run, const struct rollout_input *in, struct err *err)
{
    const char *id = in->ticket->id;
    enum ticket_event event = EVENT_CLAIM;
    run->claim.ticket = id;
    settings_take(run, in);
    if (checks_known(run->outer->check, id, &run->claim.verification, err) < 0 ||
        attempt_next(run, in, err) < 0)
        return -1;
    if (run->claim.state != TICKET_APPROVED)
        event = EVENT_AGAIN;
    keys_of_ticket(run, in, &run->claim.keys);
    if (claim_refuse_taken(run->outer->records, id, &run->claim.keys, run->arena, err) < 0)
        return -1;
    if (run_transition(run, event, NULL, true, err) < 0)
        return -1;
    /* Two that claimed at once see each other now, and both step back. */
    if (claim_refuse_taken(run->outer->records, id, &run->claim.keys, run->arena, err) < 0) {
        claim_release(run, err);
        return -1;
    }
    return 0;
}
