/* run: begins and ends what writes; the work itself is the rollout's. */
#include "cli/run.h"

#include <string.h>

#include "base/clock.h"
#include "store/push.h"
#include "ticket/policy.h"

enum { FETCH_MS = 5000 };

int run_show(struct session *s, int rc, const struct rollout_result *result, struct err *err)
{
    struct cli *cli = s->cli;
    progress_end(s->progress);
    if (rc)
        return -1;
    if (cli->common.json)
        json_result(&cli->out.json, result, s->arena);
    else
        text_result(&cli->out, result);
    cli->exit_code = result->exit_code;
    if (cli->common.json && result->next && err->code != ERR_NONE && !err->hint[0])
        (void)err_hint(err, "next: %s", result->next);
    return err->code == ERR_NONE ? 0 : -1;
}

/* The forge is the gate: what is applied must be what stands on the reviewed branch. */
static int review_branch(struct session *s, const struct ticket_file *file, struct err *err)
{
    const struct git_settings *git = &s->settings.git;
    char reviewed[REPO_HEX_LEN + 1];
    struct err fetch_err;
    if (!git->remote) {
        err_set(err, ERR_POLICY, "policy.review is \"branch\", but git.remote names no remote");
        return err_hint(err, "set git.remote, or review \"none\"");
    }
    const char *ref = arena_printf(s->arena, "%s/%s", git->remote, git->branch);
    if (fetch_branch(s->repo, git->remote, git->branch, FETCH_MS, &fetch_err))
        out_note(&s->cli->out, "%s not fetched, its last known state counts: %s", ref,
                 fetch_err.message);
    if (repo_blob_at(s->repo, ref, file->path, reviewed, err)) {
        if (err->code != ERR_NOT_FOUND)
            return -1;
        err_set(err, ERR_POLICY, "%s is not on %s: it was not reviewed", file->id, ref);
        return err_hint(err, "merge branch %s first", ticket_branch(s->arena, file->id));
    }
    if (!strcmp(reviewed, file->blob))
        return 0;
    err_set(err, ERR_POLICY, "%s here differs from the reviewed one on %s", file->id, ref);
    return err_hint(err, "git pull, or propose it anew");
}

int run_review(struct session *s, const struct ticket_file *file, struct err *err)
{
    switch (s->settings.policy.review) {
    case REVIEW_NONE:
        return 0;
    case REVIEW_BRANCH:
        return review_branch(s, file, err);
    case REVIEW_SIGNED:
        break;
    }
    err_set(err, ERR_POLICY, "%s has no signed approval", file->id);
    return err_hint(err, "policy.review is \"signed\" and needs %u", s->settings.policy.approvals);
}

static struct plan_input plan_input_of(struct session *s, const struct ticket_file *file,
                                       const struct apply_options *o)
{
    return (struct plan_input){ .ticket = &file->ticket,
                                .settings = &s->settings,
                                .portfolio = &s->portfolio,
                                .skip_conflicts = o->skip_conflicts,
                                .skip_unfit = o->skip_unfit };
}

/* What would be written, on stdout for --dry-run, on stderr before a question. */
static int preview(struct session *s, const struct ticket_file *file, const struct apply_options *o,
                   const struct out *out, struct err *err)
{
    struct plan plan;
    const struct plan_input in = plan_input_of(s, file, o);
    if (plan_build(&in, &s->ports, s->arena, &plan, err))
        return -1;
    if (out->is_json)
        json_plan(&s->cli->out.json, &file->ticket, &plan, s->arena);
    else
        text_plan(out, &file->ticket, &plan);
    if (o->digest && strcmp(o->digest, plan.digest))
        return err_set(err, ERR_CONFLICT, "the plan's digest is %s now, not %s", plan.digest,
                       o->digest);
    if (plan_refuse_errors(&plan, err))
        return -1;
    return plan_refuse_conflicts(&plan, err);
}

static int ask_first(struct session *s, const struct ticket_file *file,
                     const struct apply_options *o, struct err *err)
{
    struct out shown = s->cli->out;
    shown.to = stderr;
    shown.colour_out = shown.colour_err;
    shown.is_json = false;
    if (preview(s, file, o, &shown, err))
        return -1;
    if (out_ask(&s->cli->out, o->yes, "Apply %s to %zu domains?", file->id, file->ticket.domains.n))
        return 0;
    return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was written");
}

/* "after": another ticket must be done, and for so long. */
static int predecessor_check(struct session *s, const struct ticket *ticket, struct err *err)
{
    struct attempt_info info;
    const char *before = ticket->after_ticket;
    if (!before)
        return 0;
    bool known = !attempt_read(&s->ports, before, s->arena, &info, err);
    if (!known && err->code != ERR_NOT_FOUND)
        return -1;
    if (!known || info.state != TICKET_DONE) {
        err_set(err, ERR_POLICY, "%s comes after %s, which is %s", ticket->id, before,
                known ? ticket_state_text(info.state) : "not applied");
        return err_hint(err, "dnschange apply %s first", before);
    }
    int64_t left_ms = ticket->after_wait_ms - (session_wall_s(s) - info.changed_s) * 1000;
    if (left_ms <= 0)
        return 0;
    err_set(err, ERR_POLICY, "%s comes %s after %s: %s are left", ticket->id,
            duration_human(s->arena, ticket->after_wait_ms), before,
            duration_human(s->arena, left_ms));
    return err_hint(err, "apply it after %s",
                    time_format_local(s->arena, session_wall_s(s) + left_ms / 1000));
}

/* Everything that may forbid a forward write, before anything is read. */
static int policy_check(struct session *s, const struct ticket_file *file, struct err *err)
{
    const struct policy_settings *policy = &s->settings.policy;
    if (run_review(s, file, err) || policy_limits(&file->ticket, policy, &s->portfolio, err) ||
        policy_window(&file->ticket, policy, session_wall_s(s), err))
        return -1;
    return predecessor_check(s, &file->ticket, err);
}

/* The same file was rolled out already: nothing to do, and no reason to fail. */
static bool is_done(struct session *s, const struct ticket_file *file, struct rollout_result *ret)
{
    struct attempt_info info;
    struct err err;
    struct lkg lkg;
    if (attempt_read(&s->ports, file->id, s->arena, &info, &err) || info.state != TICKET_DONE ||
        attempt_lkg(&s->ports, file->id, info.attempt, s->arena, &lkg, &err) || !lkg.blob ||
        strcmp(lkg.blob, file->blob))
        return false;
    *ret = (struct rollout_result){ .ticket = file->id,
                                    .attempt = info.attempt,
                                    .state = TICKET_DONE,
                                    .counts = { .already = file->ticket.domains.n } };
    return true;
}

int run_apply(struct session *s, struct ticket_file *file, const struct apply_options *o,
              struct err *err)
{
    struct rollout_result result = { 0 };
    LOCK_SCOPED lock = NULL;
    if (ticket_check(&file->ticket, &s->settings, &s->portfolio, s->arena, err))
        return -1;
    if (o->dry_run)
        return preview(s, file, o, &s->cli->out, err);
    if (!o->again && is_done(s, file, &result))
        return run_show(s, 0, &result, err);
    if (policy_check(s, file, err))
        return -1;
    if (s->cli->out.can_ask && !o->yes && ask_first(s, file, o, err))
        return -1;
    session_fetch(s, FETCH_MS);
    if (session_enter(s, file->id, "apply", &lock, err))
        return -1;
    const struct rollout_input in = {
        .ticket = &file->ticket,
        .blob = file->blob,
        .settings = &s->settings,
        .portfolio = &s->portfolio,
        .options = { .bake_ms = o->bake_ms,
                     .no_wait = o->no_wait,
                     .skip_conflicts = o->skip_conflicts,
                     .skip_unfit = o->skip_unfit,
                     .digest = o->digest,
                     .again = o->again },
    };
    *err = (struct err){ 0 }; /* what was tried before is no part of the result */
    int rc = rollout_apply(&in, &s->ports, s->arena, &result, err);
    session_leave(s, file->id);
    return run_show(s, rc, &result, err);
}

int run_worse(int exit_code, int next)
{
    static const int order[] = { 7, 4, 6, 1, 5, 3, 8, 9 };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (exit_code == order[i] || next == order[i])
            return order[i];
    }
    return exit_code ? exit_code : next;
}
