/* capture: everything a rollback needs, read and made durable before the first
 * write: lkg.json, and the rollback written for people and other tools. */
#include <string.h>

#include "base/clock.h"
#include "rollout/paste.h"
#include "rollout/run.h"
#include "rollout/steps.h"

static const char *risk_text(enum risk risk)
{
    return risk == RISK_HIGH ? "high" : risk == RISK_MED ? "med" : "low";
}

static void lkg_providers(struct run *run)
{
    const struct settings *settings = run->settings;
    struct lkg *lkg = &run->lkg;
    lkg->providers = ARENA_ARRAY(run->arena, struct lkg_provider, settings->n_providers);
    for (size_t p = 0; p < settings->n_providers; p++) {
        const struct provider_settings *provider = &settings->providers[p];
        bool used = false;
        for (size_t i = 0; i < lkg->targets.n && !used; i++)
            used = strcmp(lkg->targets.v[i].account, provider->name) == 0;
        if (used)
            lkg->providers[lkg->n_providers++] =
                (struct lkg_provider){ provider->name, provider->json };
    }
}

static void lkg_fill(struct run *run, const struct rollout_input *in, const struct plan *plan)
{
    run->lkg = (struct lkg){ .ticket = in->ticket->id,
                             .digest = arena_strdup(run->arena, plan->digest),
                             .blob = in->blob,
                             .actor = run->outer->actor,
                             .reason = in->ticket->reason,
                             .risk = risk_text(in->ticket->risk),
                             .attempt = run->claim.attempt,
                             .captured_s = run_wall(run),
                             .targets = plan->targets };
    lkg_providers(run);
    run->claim.digest = run->lkg.digest;
    run->findings = plan->findings;
    run->skipped = plan->skipped;
    run->n_skipped = plan->n_skipped;
}

/* Reading without a secret falls back to DNS, which does not show everything. */
static int writable(const struct run *run, struct err *err)
{
    const struct provider_port *provider = run->outer->provider;
    for (size_t i = 0; i < run->accounts.n; i++) {
        const char *name = run->accounts.v[i]->name;
        if (!provider->can_read(provider->ctx, name) || !provider->can_write(provider->ctx, name)) {
            err_set(err, ERR_AUTH, "provider %s has no secret here, so nothing can be written",
                    name);
            return err_hint(err, "see \"secret\" of provider %s in dnschange.json", name);
        }
    }
    return 0;
}

int capture_plan(struct run *run, const struct rollout_input *in, struct plan *plan,
                 struct err *err)
{
    struct plan_input input = { .ticket = in->ticket,
                                .settings = in->settings,
                                .portfolio = in->portfolio,
                                .skip_conflicts = in->options.skip_conflicts,
                                .skip_unfit = in->options.skip_unfit };
    if (plan_build(&input, &run->ports, run->arena, plan, err) < 0 ||
        plan_refuse_errors(plan, err) < 0)
        return -1;
    return in->options.skip_conflicts ? 0 : plan_refuse_conflicts(plan, err);
}

static int plan_take(struct run *run, const struct rollout_input *in, struct plan *plan,
                     struct err *err)
{
    run->captured_ms = run_now(run);
    if (capture_plan(run, in, plan, err) < 0)
        return -1;
    if (in->options.digest && strcmp(in->options.digest, plan->digest) != 0) {
        err_set(err, ERR_CONFLICT, "the plan of %s has digest %s now, not %s", in->ticket->id,
                plan->digest, in->options.digest);
        return err_hint(err, "`dnschange plan %s` shows it", in->ticket->id);
    }
    lkg_fill(run, in, plan);
    return 0;
}

/* --- bake -------------------------------------------------------------------- */

/* The plan has said how long caches hold the old values and what the settings
 * leave of that; `--bake` is a person's word, and a cut is recorded all the same. */
static void bake_decide(struct run *run, const struct plan *plan)
{
    int64_t bake_ms = run->options.bake_ms;
    run->claim.bake_ms = bake_ms >= 0 ? bake_ms : plan->bake_ms;
    for (size_t i = 0; i < run->findings.n; i++)
        if (strcmp(run->findings.v[i].rule, "bake.cut") == 0)
            return;
    if (bake_ms >= 0 && bake_ms < plan->bake_required_ms)
        finding_add(run->arena, &run->findings, SEVERITY_WARNING, "bake.cut", "", "", NULL,
                    "the canary's old values live %s in caches, but it bakes only %s (--bake)",
                    duration_human(run->arena, plan->bake_required_ms),
                    duration_human(run->arena, bake_ms));
}

/* --- durable ----------------------------------------------------------------- */

static int paste_add(struct run *run, enum paste_form form, const char *name, struct buf *out,
                     struct record_file *ret, struct err *err)
{
    if (paste_write(&run->lkg, form, NULL, out, err) < 0)
        return err_wrap(err, "%s", name);
    *ret =
        (struct record_file){ attempt_path(run->arena, run->claim.ticket, run->claim.attempt, name),
                              buf_text(out), out->len };
    return 0;
}

static int capture_commit(struct run *run, enum ticket_event event, struct err *err)
{
    BUF_SCOPED lkg = BUF(1u << 30);
    BUF_SCOPED sheet = BUF(512u << 20);
    BUF_SCOPED zone = BUF(512u << 20);
    BUF_SCOPED nsupdate = BUF(512u << 20);
    struct record_file files[4];
    lkg_write(&run->lkg, &lkg);
    if (buf_full(&lkg))
        return err_set(err, ERR_FAILED, "the values to keep are larger than 1 GiB");
    files[0] = (struct record_file){ attempt_path(run->arena, run->claim.ticket, run->claim.attempt,
                                                  "lkg.json"),
                                     buf_text(&lkg), lkg.len };
    if (paste_add(run, PASTE_SHEET, "rollback.txt", &sheet, &files[1], err) < 0 ||
        paste_add(run, PASTE_ZONE, "rollback.zone", &zone, &files[2], err) < 0 ||
        paste_add(run, PASTE_NSUPDATE, "rollback.nsupdate", &nsupdate, &files[3], err) < 0)
        return -1;
    run->claim.waves = steps_waves(&run->lkg.targets);
    if (run_transition(run, event, NULL, false, err) < 0)
        return -1;
    return run_commit_with(run, files, 4,
                           arena_printf(run->arena, "%s: captured, %s", run->claim.ticket,
                                        ticket_state_text(run->claim.state)),
                           err);
}

static void captured(struct run *run)
{
    for (size_t i = 0; i < run->lkg.targets.n; i++)
        run->lkg.targets.v[i].state = DOMAIN_CAPTURED;
    for (size_t i = 0; i < run->n_jobs; i++)
        run->jobs[i].live_ms = run->captured_ms;
}

static int keys_take(struct run *run, struct err *err)
{
    run->claim.keys = (struct strv){ 0 };
    claim_keys(&run->lkg.targets, run->arena, &run->claim.keys);
    return claim_refuse_taken(run->outer->records, run->claim.ticket, &run->claim.keys, run->arena,
                              err);
}

/* Leaves the run with nothing to write when everything is already as wanted, and
 * as it was when somebody asked to stop meanwhile. */
int capture_run(struct run *run, const struct rollout_input *in, struct err *err)
{
    int64_t began_ms = run_now(run);
    struct plan plan = { 0 };
    if (plan_take(run, in, &plan, err) < 0)
        return -1;
    run->ms.capture = run_now(run) - began_ms;
    run_control(run);
    if (run->stop != STOP_NONE)
        return 0; /* rests as claimed, nothing is kept yet */
    if (run_jobs(run, err) < 0 || writable(run, err) < 0 || keys_take(run, err) < 0)
        return -1;
    captured(run);
    if (!run->n_jobs)
        return capture_commit(run, EVENT_NOTHING_LEFT, err);
    bake_decide(run, &plan);
    if (run_journal_open(run, err) < 0)
        return -1;
    return capture_commit(run, EVENT_CAPTURED, err);
}
