/* policy: limits and windows.  Words like `root-ns` are judged where live values are
 * known, approvals and freezes elsewhere. */
#include "ticket/policy.h"

#include <string.h>

#include "base/map.h"

/* Recurring windows and blackouts are refused when settings are read; what a
 * lenient reading let through is refused here. */
static int calendar_empty(const char *json, const char *key, struct err *err)
{
    if (!json || strcmp(json, "[]") == 0)
        return 0;
    err_set(err, ERR_INVALID, "policy.%s is not supported by this version", key);
    return err_hint(err, "leave the list empty; a ticket's own \"window\" is kept");
}

int policy_window(const struct ticket *ticket, const struct policy_settings *policy, int64_t wall_s,
                  struct err *err)
{
    if (calendar_empty(policy->windows_json, "windows", err) != 0 ||
        calendar_empty(policy->blackouts_json, "blackouts", err) != 0)
        return -1;
    if (!ticket->has_window)
        return 0;
    ARENA_SCOPED arena = arena_new("window", 1u << 20);
    const char *from = time_format_utc(arena, ticket->window.from_s);
    const char *to = time_format_utc(arena, ticket->window.to_s);
    if (wall_s < ticket->window.from_s) {
        err_set(err, ERR_POLICY, "the window of %s opens at %s", ticket->id, from);
        return err_hint(err, "apply it between %s and %s", from, to);
    }
    if (wall_s >= ticket->window.to_s) {
        err_set(err, ERR_POLICY, "the window of %s closed at %s", ticket->id, to);
        return err_hint(err, "propose it again with a new window");
    }
    return 0;
}

static int over_limit(struct err *err, const char *lift)
{
    return err_hint(err, "split the ticket, raise policy.%s, or say \"allow\": [\"over-limit\"]",
                    lift);
}

/* Domains of each client, in the portfolio or in the ticket. */
struct share_count {
    size_t all, here;
};

static struct share_count *count_of(struct map *counts, const char *client, struct arena *arena)
{
    struct share_count *count = map_get(counts, client);
    if (!count) {
        count = ARENA_NEW(arena, struct share_count);
        map_put(counts, client, count);
    }
    return count;
}

static bool over_share(const struct share_count *count, struct share limit)
{
    return limit.percent ? count->here * 100 > count->all * limit.n : count->here > limit.n;
}

static int shares_check(const struct ticket *ticket, struct share limit,
                        const struct portfolio *portfolio, struct err *err)
{
    ARENA_SCOPED arena = arena_new("client shares", 64u << 20);
    struct map *counts = map_new(arena);
    for (size_t i = 0; i < portfolio->n; i++)
        count_of(counts, portfolio->domains[i].client->name, arena)->all++;
    for (size_t i = 0; i < ticket->domains.n; i++) {
        const struct domain *domain = portfolio_find(portfolio, ticket->domains.v[i]);
        if (domain)
            count_of(counts, domain->client->name, arena)->here++;
    }
    for (size_t i = 0; i < map_count(counts); i++) {
        const struct share_count *count = map_value_at(counts, i);
        if (!over_share(count, limit))
            continue;
        err_set(err, ERR_POLICY, "%zu of the %zu domains of client %s, the limit is %u%s",
                count->here, count->all, map_key_at(counts, i), limit.n, limit.percent ? "%" : "");
        return over_limit(err, "max_share");
    }
    return 0;
}

int policy_limits(const struct ticket *ticket, const struct policy_settings *policy,
                  const struct portfolio *portfolio, struct err *err)
{
    if (ticket_allows(ticket, "over-limit"))
        return 0;
    if (ticket->domains.n > policy->max_domains) {
        err_set(err, ERR_POLICY, "%zu domains, the limit is %u", ticket->domains.n,
                policy->max_domains);
        return over_limit(err, "max_domains");
    }
    if (policy->max_share.percent && policy->max_share.n >= 100)
        return 0;
    return shares_check(ticket, policy->max_share, portfolio, err);
}
