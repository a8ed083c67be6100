/* render_text: results for people.  Local time with offset; names of many
 * domains are shortened, `-v` and --json have them all. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/group.h"
#include "cli/render.h"
#include "dns/name.h"
#include "survey/dependents.h"

enum { NAMES_SHOWN = 4, GROUPS_SHOWN = 40, FAILED_SHOWN = 20 };

static int text_compare(const void *va, const void *vb)
{
    const char *const *a = va, *const *b = vb;
    return strverscmp(*a, *b);
}

const char *text_set_line(const struct rrset *set, struct arena *arena)
{
    struct strv values = { 0 };
    if (rrset_absent(set))
        return "(absent)";
    for (size_t i = 0; i < set->n; i++)
        strv_push(arena, &values, rdata_text(set->type, set->rr[i], arena));
    /* Servers shuffle; a reader compares lines. */
    qsort(values.v, values.n, sizeof *values.v, text_compare);
    return arena_printf(arena, "%u %s", set->ttl, strv_join(arena, &values, " | "));
}

static enum colour severity_colour(enum severity severity)
{
    switch (severity) {
    case SEVERITY_ERROR:
        return COLOUR_RED;
    case SEVERITY_WARNING:
        return COLOUR_YELLOW;
    case SEVERITY_NOTE:
        break;
    }
    return COLOUR_DIM;
}

static void finding_print(const struct out *out, FILE *to, const struct finding_group *group)
{
    const struct finding *f = group->like;
    size_t names = out->verbose ? group->domains.n : NAMES_SHOWN;
    fprintf(to, "%s %s", out_paint(out, severity_colour(f->severity), severity_text(f->severity)),
            f->rule);
    if (group->domains.n > 1)
        fprintf(to, " %zu domains:", group->domains.n);
    if (group->domains.n)
        fprintf(to, " %s", group_names(&group->domains, names, out->arena));
    if (*group->owner && strcmp(group->owner, "@"))
        fprintf(to, " (%s)", group->domains.n == 1 ? f->owner : group->owner);
    fprintf(to, ": %s", group->message);
    if (f->reference && *f->reference)
        fprintf(to, " [%s]", f->reference);
    fputc('\n', to);
}

void text_findings(const struct out *out, FILE *to, const struct findings *findings)
{
    struct finding_groups groups;
    findings_group(findings, out->arena, &groups);
    for (size_t i = 0; i < groups.n; i++)
        finding_print(out, to, &groups.v[i]);
}

void text_skipped(FILE *to, const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_skipped; i++)
        fprintf(to, "left out %s: %s\n", plan->skipped[i].domain, plan->skipped[i].why);
}

static enum colour class_colour(enum set_class cls)
{
    switch (cls) {
    case CLASS_CONFLICT:
    case CLASS_UNMANAGED:
        return COLOUR_RED;
    case CLASS_MOVED:
        return COLOUR_YELLOW;
    case CLASS_ALREADY:
        return COLOUR_DIM;
    case CLASS_CHANGE:
    case SET_CLASS_COUNT:
        break;
    }
    return COLOUR_BOLD;
}

static enum colour line_colour(const char *line)
{
    if (line[0] == '-')
        return COLOUR_RED;
    return line[0] == '+' ? COLOUR_GREEN : COLOUR_YELLOW;
}

static void group_print(const struct out *out, const struct change_group *group)
{
    size_t names = out->verbose ? group->domains.n : NAMES_SHOWN;
    fprintf(out->to, "%s %s %s",
            out_paint(out, class_colour(group->cls), set_class_text(group->cls)), group->owner,
            rtype_text(group->type));
    fprintf(out->to, "  %zu domain%s: %s\n", group->domains.n, group->domains.n == 1 ? "" : "s",
            group_names(&group->domains, names, out->arena));
    for (size_t i = 0; i < group->lines.n; i++)
        fprintf(out->to, "    %s\n",
                out_paint(out, line_colour(group->lines.v[i]), group->lines.v[i]));
    if (group->detail)
        fprintf(out->to, "    %s\n", group->detail);
}

static void groups_print(const struct out *out, const struct ticket *ticket,
                         const struct targets *targets)
{
    struct change_groups groups;
    groups_build(targets, ticket, out->arena, &groups);
    size_t most = out->verbose ? groups.n : GROUPS_SHOWN;
    for (size_t i = 0; i < groups.n && i < most; i++)
        group_print(out, &groups.v[i]);
    if (groups.n > most)
        fprintf(out->to, "... and %zu more kinds of change (-v shows all)\n", groups.n - most);
}

const char *text_about(int64_t ms, struct arena *arena)
{
    enum { SECOND_MS = 1000 };
    if (ms > SECOND_MS)
        ms = (ms + SECOND_MS - 1) / SECOND_MS * SECOND_MS;
    return duration_human(arena, ms);
}

static void plan_facts(const struct out *out, const struct plan *plan)
{
    FILE *to = out->to;
    struct arena *arena = out->arena;
    fprintf(to, "\n%zu change, %zu already, %zu moved, %zu conflict, %zu unmanaged\n",
            plan->n_class[CLASS_CHANGE], plan->n_class[CLASS_ALREADY], plan->n_class[CLASS_MOVED],
            plan->n_class[CLASS_CONFLICT], plan->n_class[CLASS_UNMANAGED]);
    fprintf(to, "apply about %s%s; full rollback about %s, caches empty %s after it\n",
            text_about(plan->estimate_ms, arena), text_bake(plan, arena),
            text_about(plan->rollback_ms, arena),
            duration_human(arena, plan->rollback_horizon_s * 1000));
    if (plan->level)
        fprintf(to, "safety level %c; ", plan->level);
    fprintf(to, "values read from %s\n", plan->source);
    fprintf(to, "digest %s\n", plan->digest);
}

static void dependents_print(const struct out *out, const struct targets *targets)
{
    struct dependents found;
    struct strv names = { 0 };
    dependents_find(targets, out->arena, &found);
    for (size_t i = 0; i < found.n; i++)
        strv_push(out->arena, &names,
                  arena_printf(out->arena, "%s %s (on %s)", found.v[i].owner,
                               rtype_text(found.v[i].type), found.v[i].name));
    if (names.n)
        fprintf(out->to, "depend on what changes: %s\n",
                group_names(&names, out->verbose ? names.n : NAMES_SHOWN, out->arena));
}

const char *text_bake(const struct plan *plan, struct arena *arena)
{
    if (plan->bake_ms == 0) /* nothing left after the canaries, or the settings say so */
        return ", no bake";
    const char *bake = duration_human(arena, plan->bake_ms);
    if (plan->bake_required_ms <= plan->bake_ms)
        return arena_printf(arena, ", bake %s", bake);
    return arena_printf(arena, ", bake %s (cut from %s)", bake,
                        duration_human(arena, plan->bake_required_ms));
}

void text_plan(const struct out *out, const struct ticket *ticket, const struct plan *plan)
{
    fprintf(out->to, "%s  %zu domain%s  %s\n\n",
            out_paint(out, COLOUR_BOLD, ticket->id ? ticket->id : "(new ticket)"),
            ticket->domains.n, ticket->domains.n == 1 ? "" : "s", ticket->reason);
    groups_print(out, ticket, &plan->targets);
    text_skipped(out->to, plan);
    dependents_print(out, &plan->targets);
    if (plan->findings.n)
        fputc('\n', out->to);
    text_findings(out, out->to, &plan->findings);
    plan_facts(out, plan);
}

static enum colour state_colour(enum ticket_state state)
{
    if (state == TICKET_DONE)
        return COLOUR_GREEN;
    if (state == TICKET_REVERT_BLOCKED || state == TICKET_HALTED || state == TICKET_REVERTED)
        return COLOUR_RED;
    return COLOUR_YELLOW;
}

static void counts_print(FILE *to, const struct rollout_counts *c)
{
    const struct {
        const char *word;
        size_t n;
    } rows[] = {
        { "changed", c->changed },     { "already", c->already }, { "failed", c->failed },
        { "reverted", c->reverted },   { "blocked", c->blocked }, { "skipped", c->skipped },
        { "untouched", c->untouched },
    };
    bool any = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].n)
            continue;
        fprintf(to, "%s%zu %s", any ? ", " : "", rows[i].n, rows[i].word);
        any = true;
    }
    fputs(any ? "\n" : "nothing to do\n", to);
}

static bool target_is_news(const struct target *target, bool verbose)
{
    return verbose || target->state == DOMAIN_FAILED || target->state == DOMAIN_BLOCKED ||
           target->err;
}

static void checks_print(const struct out *out, const struct target *target)
{
    static const char *const words[] = { "pass", "FAIL", "unknown" };
    for (size_t i = 0; i < target->checks.n; i++) {
        const struct check *check = &target->checks.v[i];
        if (check->verdict == VERDICT_PASS && !out->verbose)
            continue;
        fprintf(out->to, "    %s %s %s%s%s\n", words[check->verdict], check->check, check->target,
                check->detail ? ": " : "", check->detail ? check->detail : "");
    }
}

static void target_print(const struct out *out, const struct target *target)
{
    fprintf(out->to, "  %s %s", target->domain, domain_state_text(target->state));
    if (target->verified && !strcmp(target->verified, "api"))
        fputs(" (by the provider's read-back)", out->to);
    if (target->err)
        fprintf(out->to, ": %s", target->err->message);
    fputc('\n', out->to);
    checks_print(out, target);
    for (size_t i = 0; i < target->n; i++) {
        if (target->sets[i].detail && target->state == DOMAIN_BLOCKED)
            fprintf(out->to, "    %s %s: %s\n", target->sets[i].owner,
                    rtype_text(target->sets[i].type), target->sets[i].detail);
    }
}

static void targets_print(const struct out *out, const struct targets *targets)
{
    size_t shown = 0, left = 0;
    for (size_t i = 0; i < targets->n; i++) {
        const struct target *target = &targets->v[i];
        if (!target_is_news(target, out->verbose))
            continue;
        if (out->verbose || shown < FAILED_SHOWN) {
            target_print(out, target);
            shown++;
        } else {
            left++;
        }
    }
    if (left)
        fprintf(out->to, "  ... and %zu more (-v shows all)\n", left);
}

void text_result(const struct out *out, const struct rollout_result *result)
{
    struct arena *arena = out->arena;
    fprintf(out->to, "%s  %s", out_paint(out, COLOUR_BOLD, result->ticket ? result->ticket : "-"),
            out_paint(out, state_colour(result->state), ticket_state_text(result->state)));
    if (result->attempt > 1)
        fprintf(out->to, " (attempt %u)", result->attempt);
    fputs("  ", out->to);
    counts_print(out->to, &result->counts);
    targets_print(out, &result->targets);
    text_findings(out, out->to, &result->findings);
    fprintf(out->to, "  %s", duration_human(arena, result->ms.total));
    fprintf(out->to, ", %" PRIu64 " reads, %" PRIu64 " writes, %" PRIu64 " DNS questions\n",
            result->requests_read, result->requests_write, result->requests_dns);
    if (result->resume_after_s)
        fprintf(out->to, "  resume after %s\n", time_format_local(arena, result->resume_after_s));
    if (result->next)
        fprintf(out->to, "  next: %s\n", result->next);
}

const char *text_attempt(const struct attempt_info *info, bool running, int64_t now_s,
                         struct arena *arena)
{
    BUF_SCOPED line = BUF(4096);
    buf_adds(&line, ticket_state_text(info->state));
    if (info->attempt > 1)
        buf_addf(&line, " (attempt %u)", info->attempt);
    if (info->waves && !ticket_state_final(info->state))
        buf_addf(&line, ", wave %u of %u", info->wave, info->waves);
    if (running)
        buf_addf(&line, ", running here");
    if (info->changed_s)
        buf_addf(&line, ", %s", time_format_local(arena, info->changed_s));
    if (info->resume_after_s && !running)
        buf_addf(&line, ", %s since %s", info->resume_after_s < now_s ? "OVERDUE" : "due",
                 time_format_local(arena, info->resume_after_s));
    if (info->actor)
        buf_addf(&line, ", by %s", info->actor);
    return buf_take(&line, arena);
}
