/* render_json: members of the JSON results, named as in the manual. */
#include <string.h>

#include "cli/render.h"
#include "survey/dependents.h"

void json_set(struct jsonw *w, const char *key, const struct rrset *set, struct arena *arena)
{
    if (rrset_absent(set)) {
        jsonw_null(w, key);
        return;
    }
    jsonw_open(w, key);
    jsonw_int(w, "ttl", set->ttl);
    jsonw_open_array(w, "values");
    for (size_t i = 0; i < set->n; i++)
        jsonw_str(w, NULL, rdata_text(set->type, set->rr[i], arena));
    jsonw_close_array(w);
    if (set->extra)
        jsonw_str(w, "extra", set->extra);
    jsonw_close(w);
}

void json_findings(struct jsonw *w, const struct findings *findings)
{
    jsonw_open_array(w, "findings");
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *f = &findings->v[i];
        jsonw_open(w, NULL);
        jsonw_str(w, "severity", severity_text(f->severity));
        jsonw_str(w, "rule", f->rule);
        jsonw_str(w, "domain", f->domain);
        jsonw_str(w, "owner", f->owner);
        jsonw_str(w, "message", f->message);
        jsonw_str(w, "reference", f->reference);
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

static void json_changes(struct jsonw *w, const struct targets *targets, struct arena *arena)
{
    jsonw_open_array(w, "changes");
    for (size_t i = 0; i < targets->n; i++) {
        const struct target *target = &targets->v[i];
        for (size_t k = 0; k < target->n; k++) {
            const struct target_set *set = &target->sets[k];
            jsonw_open(w, NULL);
            jsonw_str(w, "domain", target->domain);
            jsonw_str(w, "provider", target->account);
            jsonw_str(w, "owner", set->owner);
            jsonw_str(w, "type", rtype_text(set->type));
            jsonw_str(w, "class", set_class_text(set->cls));
            json_set(w, "before", set->before, arena);
            json_set(w, "after", set->after, arena);
            jsonw_opt(w, "detail", set->detail);
            jsonw_close(w);
        }
    }
    jsonw_close_array(w);
}

void json_skipped(struct jsonw *w, const struct plan *plan)
{
    jsonw_open_array(w, "skipped");
    for (size_t i = 0; i < plan->n_skipped; i++) {
        jsonw_open(w, NULL);
        jsonw_str(w, "domain", plan->skipped[i].domain);
        jsonw_str(w, "why", plan->skipped[i].why);
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

static void json_dependents(struct jsonw *w, const struct targets *targets, struct arena *arena)
{
    struct dependents found;
    dependents_find(targets, arena, &found);
    jsonw_open_array(w, "dependents");
    for (size_t i = 0; i < found.n; i++) {
        jsonw_open(w, NULL);
        jsonw_str(w, "name", found.v[i].name);
        jsonw_str(w, "domain", found.v[i].domain);
        jsonw_str(w, "owner", found.v[i].owner);
        jsonw_str(w, "type", rtype_text(found.v[i].type));
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

void json_plan(struct jsonw *w, const struct ticket *ticket, const struct plan *plan,
               struct arena *arena)
{
    const char level[2] = { plan->level, '\0' };
    jsonw_str(w, "ticket", ticket->id);
    jsonw_str(w, "digest", plan->digest);
    jsonw_str(w, "level", plan->level ? level : NULL);
    json_changes(w, &plan->targets, arena);
    json_findings(w, &plan->findings);
    json_dependents(w, &plan->targets, arena);
    json_skipped(w, plan);
    jsonw_open(w, "classes");
    for (int i = 0; i < SET_CLASS_COUNT; i++)
        jsonw_int(w, set_class_text((enum set_class)i), (int64_t)plan->n_class[i]);
    jsonw_close(w);
    jsonw_int(w, "estimate_ms", plan->estimate_ms);
    jsonw_int(w, "rollback_ms", plan->rollback_ms);
    jsonw_int(w, "rollback_horizon_s", plan->rollback_horizon_s);
    jsonw_int(w, "bake_ms", plan->bake_ms);
    jsonw_int(w, "bake_required_ms", plan->bake_required_ms);
    jsonw_str(w, "source", plan->source);
}

static void json_counts(struct jsonw *w, const struct rollout_counts *counts)
{
    jsonw_open(w, "counts");
    jsonw_int(w, "changed", (int64_t)counts->changed);
    jsonw_int(w, "already", (int64_t)counts->already);
    jsonw_int(w, "failed", (int64_t)counts->failed);
    jsonw_int(w, "reverted", (int64_t)counts->reverted);
    jsonw_int(w, "blocked", (int64_t)counts->blocked);
    jsonw_int(w, "skipped", (int64_t)counts->skipped);
    jsonw_int(w, "untouched", (int64_t)counts->untouched);
    jsonw_close(w);
}

const char *text_verdict(enum verdict verdict)
{
    static const char *const words[] = {
#define X(id, text) text,
        VERDICTS(X)
#undef X
    };
    return words[verdict];
}

void json_checks(struct jsonw *w, const struct checks *checks)
{
    jsonw_open_array(w, "checks");
    for (size_t i = 0; i < checks->n; i++) {
        const struct check *check = &checks->v[i];
        jsonw_open(w, NULL);
        jsonw_str(w, "check", check->check);
        jsonw_str(w, "target", check->target);
        jsonw_str(w, "verdict", text_verdict(check->verdict));
        jsonw_str(w, "detail", check->detail ? check->detail : "");
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

static void json_domain(struct jsonw *w, const struct target *target)
{
    jsonw_open(w, NULL);
    jsonw_str(w, "domain", target->domain);
    jsonw_str(w, "provider", target->account);
    jsonw_str(w, "state", domain_state_text(target->state));
    jsonw_opt(w, "verified", target->verified);
    json_checks(w, &target->checks);
    if (target->err) {
        jsonw_open(w, "error");
        jsonw_str(w, "code", err_code_text(target->err->code));
        jsonw_str(w, "message", target->err->message);
        jsonw_opt(w, "hint", target->err->hint[0] ? target->err->hint : NULL);
        jsonw_close(w);
    }
    jsonw_close(w);
}

static void json_ms(struct jsonw *w, const struct rollout_ms *ms)
{
    jsonw_open(w, "ms");
    jsonw_int(w, "capture", ms->capture);
    jsonw_int(w, "canary", ms->canary);
    jsonw_int(w, "bake", ms->bake);
    jsonw_int(w, "waves", ms->waves);
    jsonw_int(w, "revert", ms->revert);
    jsonw_int(w, "verify", ms->verify);
    jsonw_int(w, "total", ms->total);
    jsonw_close(w);
}

void json_result(struct jsonw *w, const struct rollout_result *result, struct arena *arena)
{
    jsonw_str(w, "ticket", result->ticket);
    jsonw_int(w, "attempt", result->attempt);
    jsonw_str(w, "state", ticket_state_text(result->state));
    json_counts(w, &result->counts);
    jsonw_open_array(w, "domains");
    for (size_t i = 0; i < result->targets.n; i++)
        json_domain(w, &result->targets.v[i]);
    jsonw_close_array(w);
    json_findings(w, &result->findings);
    json_ms(w, &result->ms);
    jsonw_open(w, "requests");
    jsonw_int(w, "read", (int64_t)result->requests_read);
    jsonw_int(w, "write", (int64_t)result->requests_write);
    jsonw_int(w, "dns", (int64_t)result->requests_dns);
    jsonw_close(w);
    if (result->resume_after_s)
        jsonw_time(w, "resume_after", result->resume_after_s, arena);
    jsonw_opt(w, "next", result->next);
}

void json_attempt(struct jsonw *w, const struct attempt_info *info, bool running, int64_t now_s,
                  struct arena *arena)
{
    jsonw_str(w, "ticket", info->id);
    jsonw_int(w, "attempt", info->attempt);
    jsonw_str(w, "state", ticket_state_text(info->state));
    jsonw_bool(w, "running", running);
    jsonw_bool(w, "local", info->local);
    jsonw_opt(w, "actor", info->actor);
    jsonw_opt(w, "holder", info->holder);
    jsonw_opt(w, "reason", info->reason);
    if (info->claimed_s)
        jsonw_time(w, "claimed", info->claimed_s, arena);
    if (info->changed_s)
        jsonw_time(w, "changed", info->changed_s, arena);
    if (info->waves) {
        jsonw_int(w, "wave", info->wave);
        jsonw_int(w, "waves", info->waves);
    }
    json_counts(w, &info->counts);
    if (info->resume_after_s) {
        jsonw_time(w, "resume_after", info->resume_after_s, arena);
        jsonw_bool(w, "overdue", !running && info->resume_after_s < now_s);
    }
}

void json_ticket(struct jsonw *w, const struct ticket *ticket, struct arena *arena)
{
    static const char *const risks[] = { "low", "med", "high" };
    jsonw_str(w, "ticket", ticket->id);
    jsonw_str(w, "requested_by", ticket->requested_by);
    jsonw_str(w, "reason", ticket->reason);
    jsonw_str(w, "risk", risks[ticket->risk]);
    jsonw_strv(w, "select", &ticket->select);
    jsonw_strv(w, "domains", &ticket->domains);
    jsonw_open_array(w, "change");
    for (size_t i = 0; i < ticket->change.n; i++) {
        struct strv lines = { 0 };
        edit_format(&ticket->change.v[i], arena, &lines);
        for (size_t k = 0; k < lines.n; k++)
            jsonw_str(w, NULL, lines.v[k]);
    }
    jsonw_close_array(w);
    jsonw_strv(w, "verification", &ticket->verification);
    if (ticket->has_window) {
        jsonw_open(w, "window");
        jsonw_time(w, "from", ticket->window.from_s, arena);
        jsonw_time(w, "to", ticket->window.to_s, arena);
        jsonw_close(w);
    }
}
