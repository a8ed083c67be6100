/* plan: reads every zone of a ticket and puts the targets together.  What one
 * target means is plan_target.c. */
#include "rollout/plan.h"

#include <stdint.h>
#include <string.h>

#include "base/map.h"
#include "rollout/plan_internal.h"
#include "rollout/reading.h"

struct build {
    struct plan_input in;
    const struct ports *ports;
    struct arena *arena, *scratch;
    struct plan *plan;
    struct reading_item *items;
    size_t n;
    struct err **errors; /* per item; NULL: its target is there */
    const char **skip;   /* per item: why its domain is left out; NULL: it stays */
    struct strv accounts;
    bool api, dns;
};

/* --- what to read ------------------------------------------------------------ */

static int items_collect(struct build *build, struct err *err)
{
    const struct ticket *ticket = build->in.ticket;
    VEC(struct reading_item) items = { 0 };
    for (size_t i = 0; i < ticket->domains.n; i++) {
        const struct domain *domain = portfolio_find(build->in.portfolio, ticket->domains.v[i]);
        if (!domain) {
            err_set(err, ERR_INVALID, "%s is not in the portfolio", ticket->domains.v[i]);
            return err_hint(err, "add it under domains/, or take it out of the ticket's scope");
        }
        for (size_t k = 0; k < domain->providers.n; k++)
            *vec_push(build->scratch, &items) =
                (struct reading_item){ domain, domain->providers.v[k] };
    }
    build->items = items.v;
    build->n = items.n;
    build->plan->targets.v = ARENA_ARRAY(build->arena, struct target, items.n + 1);
    build->plan->targets.cap = items.n + 1;
    build->errors = ARENA_ARRAY(build->scratch, struct err *, items.n + 1);
    build->skip = ARENA_ARRAY(build->scratch, const char *, items.n + 1);
    return 0;
}

static void accounts_note(struct build *build, const char *account,
                          const struct provider_caps *caps)
{
    /* Later letters promise less; no account has been seen at 0. */
    if (caps->level > build->plan->level)
        build->plan->level = caps->level;
    if (!strv_has(&build->accounts, account))
        strv_push(build->scratch, &build->accounts, account);
}

static void item_came(void *arg, const struct reading_result *result)
{
    struct build *build = arg;
    const struct reading_item *item = &build->items[result->item];
    struct err err = result->err;
    if (err.code == ERR_NONE) {
        build->api = build->api || strcmp(result->source, "api") == 0;
        build->dns = build->dns || strcmp(result->source, "dns") == 0;
        accounts_note(build, item->account, result->caps);
        if (plan_target(&build->in, item->domain, item->account, result->caps, result->zone,
                        build->arena, &build->plan->targets.v[result->item], &build->plan->findings,
                        &err) == 0)
            return;
    }
    build->errors[result->item] = arena_memdup(build->scratch, &err, sizeof err);
}

static int zones_read(struct build *build, struct err *err)
{
    struct reading *reading;
    struct reading_input in = { .ports = build->ports,
                                .settings = build->in.settings,
                                .ticket = build->in.ticket,
                                .items = build->items,
                                .n = build->n,
                                .each = item_came,
                                .arg = build };
    if (reading_run(&in, build->arena, &reading, err))
        return -1;
    build->plan->reads = reading_zones(reading);
    for (size_t i = 0; i < build->n; i++) {
        struct target *target = &build->plan->targets.v[i];
        if (build->errors[i])
            continue;
        const struct server *servers =
            reading_servers(reading, target->account, target->zone, &target->n_servers);
        /* Lists are shared between targets; the struct is older than that. */
        target->servers = (struct server *)(uintptr_t)servers;
        if (!servers)
            finding_add(build->arena, &build->plan->findings, SEVERITY_WARNING, "servers.none",
                        target->domain, target->zone, NULL,
                        "no nameserver of zone %s could be found: nothing can be verified",
                        target->zone);
    }
    return 0;
}

/* --- accounts of one domain ---------------------------------------------------- */

/* Both come from the same edits, so their sets stand in the same order. */
static void accounts_compare(struct build *build, const struct target *first,
                             const struct target *other)
{
    for (size_t i = 0; i < first->n && i < other->n; i++) {
        const struct target_set *set = &other->sets[i];
        if (!plan_same(first->sets[i].before, set->before))
            finding_add(build->arena, &build->plan->findings, SEVERITY_WARNING, "accounts.differ",
                        other->domain, set->owner, NULL,
                        "accounts %s and %s hold different %s records; the review copy shows "
                        "those of %s",
                        first->account, other->account, rtype_text(set->type), first->account);
    }
}

/* A ticket records one value per set, whatever the number of accounts. */
static void differences_find(struct build *build)
{
    const struct targets *targets = &build->plan->targets;
    size_t first = 0;
    for (size_t i = 1; build->in.record && i < targets->n; i++) {
        if (strcmp(targets->v[first].domain, targets->v[i].domain) == 0)
            accounts_compare(build, &targets->v[first], &targets->v[i]);
        else
            first = i;
    }
}

/* --- domains that stay out --------------------------------------------------- */

/* Is this an error of the domain (to be left out on demand), or of the world? */
static bool unfit(const struct err *err)
{
    return err->code == ERR_INVALID || err->code == ERR_NOT_FOUND;
}

static int errors_judge(struct build *build, struct err *err)
{
    const struct err *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < build->n; i++) {
        const struct err *one = build->errors[i];
        if (!one)
            continue;
        if (build->in.skip_unfit && unfit(one)) {
            build->skip[i] = arena_strdup(build->arena, one->message);
            continue;
        }
        /* A domain that does not fit is to be mended first; else the provider. */
        if (!first || (unfit(one) && !unfit(first)))
            first = one;
        n++;
    }
    if (!first)
        return 0;
    if (err) {
        *err = *first;
        if (n > 1)
            err_set(err, first->code, "%s (and %zu more)", first->message, n - 1);
        err_class(err, first->retry, first->scope, first->retry_after_ms);
        if (first->hint[0])
            err_hint(err, "%s", first->hint);
    }
    return -1;
}

/* All accounts of a domain stay, or none; items of a domain are neighbours. */
static void targets_compact(struct build *build)
{
    struct plan *plan = build->plan;
    size_t end;
    for (size_t i = 0; i < build->n; i = end) {
        const char *why = NULL;
        for (end = i; end < build->n && build->items[end].domain == build->items[i].domain; end++)
            why = why ? why : build->skip[end];
        for (size_t k = i; !why && k < end; k++)
            plan->targets.v[plan->targets.n++] = plan->targets.v[k];
        if (why)
            plan->skipped[plan->n_skipped++] =
                (struct plan_skip){ build->items[i].domain->name, why };
    }
}

static const char *conflict_text(const struct target *target, struct arena *arena)
{
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (set->cls == CLASS_CONFLICT)
            return arena_printf(arena, "conflict: %s %s: %s", set->owner, rtype_text(set->type),
                                set->detail);
    }
    return NULL;
}

static void conflicts_drop(struct build *build)
{
    struct targets *targets = &build->plan->targets;
    struct plan *plan = build->plan;
    size_t n = 0, end;
    for (size_t i = 0; i < targets->n; i = end) {
        const char *domain = targets->v[i].domain, *why = NULL;
        for (end = i; end < targets->n && strcmp(targets->v[end].domain, domain) == 0; end++)
            why = why ? why : conflict_text(&targets->v[end], build->arena);
        if (why)
            plan->skipped[plan->n_skipped++] = (struct plan_skip){ domain, why };
        for (size_t k = i; !why && k < end; k++)
            targets->v[n++] = targets->v[k];
    }
    targets->n = n;
}

/* Nothing is said about a domain that stays out, but why. */
static void findings_of_skipped(struct plan *plan, struct arena *scratch)
{
    struct map *skipped = map_new(scratch);
    size_t n = 0;
    for (size_t i = 0; i < plan->n_skipped; i++)
        map_put(skipped, plan->skipped[i].domain, plan);
    for (size_t i = 0; i < plan->findings.n; i++)
        if (!map_get(skipped, plan->findings.v[i].domain))
            plan->findings.v[n++] = plan->findings.v[i];
    plan->findings.n = n;
}

static int targets_settle(struct build *build, struct err *err)
{
    struct plan *plan = build->plan;
    if (errors_judge(build, err))
        return -1;
    plan->skipped = ARENA_ARRAY(build->arena, struct plan_skip, build->n + 1);
    targets_compact(build);
    /* Leaving conflicts out must not change what was approved. */
    plan_digest(build->in.ticket, &plan->targets, plan->digest);
    if (build->in.skip_conflicts)
        conflicts_drop(build);
    if (plan->n_skipped)
        findings_of_skipped(plan, build->scratch);
    differences_find(build);
    return plan_shared(&plan->targets, err);
}

/* --- all of it --------------------------------------------------------------- */

static void classes_count(struct plan *plan)
{
    for (size_t i = 0; i < plan->targets.n; i++)
        for (size_t k = 0; k < plan->targets.v[i].n; k++)
            plan->n_class[plan->targets.v[i].sets[k].cls]++;
}

static int plan_finish(struct build *build, struct err *err)
{
    struct plan *plan = build->plan;
    struct rollout_settings rollout;
    if (ticket_rollout(build->in.ticket, &build->in.settings->rollout, build->arena, &rollout,
                       err) ||
        steps_assign(&plan->targets, &rollout, &build->in.ticket->canary, build->in.portfolio,
                     build->arena, &plan->findings, err))
        return -1;
    classes_count(plan);
    plan->source = build->api && build->dns ? "mixed" : build->dns ? "dns" : "api";
    plan_estimate(plan, &build->in, &rollout, build->ports, build->accounts.v, build->accounts.n,
                  build->arena);
    return 0;
}

int plan_build(const struct plan_input *in, const struct ports *ports, struct arena *arena,
               struct plan *ret, struct err *err)
{
    ARENA_SCOPED scratch = arena_new("planning", SIZE_MAX);
    struct plan plan = { 0 };
    struct build build = {
        .in = *in, .ports = ports, .arena = arena, .scratch = scratch, .plan = &plan
    };
    build.in.provider = ports->provider;
    build.in.wall_s = ports->loop->wall_s(ports->loop->ctx);
    if (items_collect(&build, err) || zones_read(&build, err) || targets_settle(&build, err) ||
        plan_finish(&build, err))
        return -1;
    *ret = plan;
    return 0;
}

/* --- refusals ---------------------------------------------------------------- */

int plan_refuse_conflicts(const struct plan *plan, struct err *err)
{
    size_t n = plan->n_class[CLASS_CONFLICT];
    for (size_t i = 0; n && i < plan->targets.n; i++) {
        const struct target *target = &plan->targets.v[i];
        for (size_t k = 0; k < target->n; k++) {
            const struct target_set *set = &target->sets[k];
            if (set->cls != CLASS_CONFLICT)
                continue;
            err_set(err, ERR_CONFLICT, "%s: %s %s moved since it was reviewed: %s", target->domain,
                    set->owner, rtype_text(set->type), set->detail);
            if (n > 1)
                err_set(err, ERR_CONFLICT,
                        "%s: %s %s (and %zu more) moved since they were "
                        "reviewed: %s",
                        target->domain, set->owner, rtype_text(set->type), n - 1, set->detail);
            return err_hint(err, "look at `dnschange plan`, then `refresh` the ticket and have "
                                 "it reviewed again, or leave those out with --skip-conflicts");
        }
    }
    return 0;
}

int plan_refuse_errors(const struct plan *plan, struct err *err)
{
    const struct finding *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < plan->findings.n; i++) {
        if (plan->findings.v[i].severity != SEVERITY_ERROR)
            continue;
        first = first ? first : &plan->findings.v[i];
        n++;
    }
    if (!first)
        return 0;
    if (n > 1)
        err_set(err, ERR_INVALID, "%s: %s: %s (and %zu more)", first->domain, first->rule,
                first->message, n - 1);
    else
        err_set(err, ERR_INVALID, "%s: %s: %s", first->domain, first->rule, first->message);
    return err_hint(err, "%s%schange the edit, or put an exception for %s into the portfolio",
                    first->reference ? first->reference : "", first->reference ? "; " : "",
                    first->rule);
}
