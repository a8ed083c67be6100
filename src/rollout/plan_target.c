/* plan_target: one target from its zone as read: edits grouped by set, each set
 * classified, rules, findings.  Pure; which zones are read is plan.c. */
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "rollout/plan_internal.h"

#define TTL_SHORT_S  300
#define TTL_MIDDLE_S 3600

/* --- keys -------------------------------------------------------------------- */

static struct plan_key *key_find(struct plan_keys *keys, const char *owner, uint16_t type)
{
    for (size_t i = 0; i < keys->n; i++)
        if (keys->v[i].type == type && strcmp(keys->v[i].owner, owner) == 0)
            return &keys->v[i];
    return NULL;
}

static int keys_collect(const struct plan_place *at, struct plan_keys *keys, struct err *err)
{
    const struct edits *edits = &at->in->ticket->change;
    for (size_t i = 0; i < edits->n; i++) {
        const char *owner;
        if (edit_owner(&edits->v[i], &at->place, at->arena, &owner, err))
            return -1;
        if (!name_within(owner, at->zone->name))
            return err_set(err, ERR_INVALID, "%s is not in the zone %s of account %s", owner,
                           at->zone->name, at->account);
        struct plan_key *key = key_find(keys, owner, edits->v[i].type);
        if (!key) {
            key = vec_push(at->arena, keys);
            key->owner = owner;
            key->type = edits->v[i].type;
        }
        *vec_push(at->arena, &key->edits) = &edits->v[i];
    }
    return 0;
}

/* --- features ---------------------------------------------------------------- */

static unsigned ttl_feature(uint32_t ttl)
{
    return ttl <= TTL_SHORT_S    ? 1u << FEATURE_TTL_SHORT
           : ttl <= TTL_MIDDLE_S ? 1u << FEATURE_TTL_MIDDLE
                                 : 1u << FEATURE_TTL_LONG;
}

static unsigned set_features(const struct target_set *set)
{
    unsigned features = 0;
    if (!plan_set_writes(set))
        return 0;
    if (set->before)
        features |= ttl_feature(set->before->ttl);
    if (!set->before)
        features |= 1u << FEATURE_NEW;
    if (!set->after)
        features |= 1u << FEATURE_REMOVED;
    if (set->synthesised || set->owner[0] == '*')
        features |= 1u << FEATURE_WILDCARD;
    if (set->type == TYPE_CNAME)
        features |= 1u << FEATURE_CNAME;
    if (set->cls == CLASS_MOVED)
        features |= 1u << FEATURE_MOVED;
    return features;
}

static bool zone_signed(const struct zone *zone)
{
    return zone_find(zone, zone->name, TYPE_DNSKEY) || zone_find(zone, zone->name, TYPE_RRSIG) ||
           zone_find(zone, zone->name, TYPE_NSEC3PARAM);
}

static unsigned target_features(const struct target *target, const struct zone *zone)
{
    unsigned features = 0;
    for (size_t i = 0; i < target->n; i++)
        features |= set_features(&target->sets[i]);
    if (features && zone_signed(zone))
        features |= 1u << FEATURE_DNSSEC;
    return features;
}

/* --- findings ---------------------------------------------------------------- */

/* An exception holds to the end of its last day. */
static bool silenced(const struct domain *domain, const struct finding *finding, const char *today)
{
    for (size_t i = 0; today && i < domain->n_exceptions; i++) {
        const struct exception *exception = &domain->exceptions[i];
        if (strcmp(exception->rule, finding->rule) == 0 && exception->expires &&
            strncmp(today, exception->expires, strlen(today)) <= 0)
            return true;
    }
    return false;
}

static void findings_silence(const struct plan_place *at, struct findings *findings, size_t from)
{
    const char *today = at->in->wall_s ? time_format_day(at->arena, at->in->wall_s) : NULL;
    size_t n = from;
    for (size_t i = from; i < findings->n; i++)
        if (!silenced(at->domain, &findings->v[i], today))
            findings->v[n++] = findings->v[i];
    findings->n = n;
}

/* Accounts of one domain get the same values, so its first one speaks for all. */
static bool speaks(const struct plan_place *at)
{
    const struct strv *accounts = &at->domain->providers;
    return accounts->n == 0 || strcmp(accounts->v[0], at->account) == 0;
}

static void findings_add(const struct plan_place *at, const struct target *target,
                         struct arena *arena, struct findings *findings)
{
    size_t from = findings->n;
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (set->cls == CLASS_UNMANAGED)
            finding_add(arena, findings, SEVERITY_WARNING, "set.unmanaged", target->domain,
                        set->owner, NULL, "account %s: %s is not written: %s", at->account,
                        rtype_text(set->type), set->detail);
        else if (speaks(at))
            lint_rrset(target->domain, set->before, set->after, arena, findings);
    }
    findings_silence(at, findings, from);
}

/* --- result ------------------------------------------------------------------ */

static const char *text_keep(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

/* Computing leaves much behind; only the result goes into the caller's arena. */
static struct target_set set_keep(struct arena *arena, const struct target_set *from)
{
    struct target_set set = *from;
    set.owner = arena_strdup(arena, from->owner);
    set.before = rrset_copy(arena, from->before);
    set.after = from->after == from->before ? set.before : rrset_copy(arena, from->after);
    set.synthesised = rrset_copy(arena, from->synthesised);
    set.detail = text_keep(arena, from->detail);
    if (from->base) {
        struct target_base *base = ARENA_NEW(arena, struct target_base);
        base->before = rrset_copy(arena, from->base->before);
        base->after = rrset_copy(arena, from->base->after);
        set.base = base;
    }
    return set;
}

static struct target target_keep(struct arena *arena, const struct target *from)
{
    struct target target = *from;
    target.zone = arena_strdup(arena, from->zone);
    target.cookie = text_keep(arena, from->cookie);
    target.sets = ARENA_ARRAY(arena, struct target_set, from->n + 1);
    for (size_t i = 0; i < from->n; i++)
        target.sets[i] = set_keep(arena, &from->sets[i]);
    return target;
}

static int target_compute(const struct plan_place *at, struct target *target, struct err *err)
{
    struct plan_keys keys = { 0 };
    if (!name_within(at->domain->name, at->zone->name))
        return err_set(err, ERR_INVALID, "not in the zone %s of account %s", at->zone->name,
                       at->account);
    if (keys_collect(at, &keys, err))
        return -1;
    target->sets = ARENA_ARRAY(at->arena, struct target_set, keys.n + 1);
    for (size_t i = 0; i < keys.n; i++) {
        if (plan_classify(at, &keys.v[i], &target->sets[i], err))
            return -1;
        target->n++;
    }
    if (plan_rules(at, &keys, target, err))
        return -1;
    plan_answers(at, target);
    target->features = target_features(target, at->zone);
    return 0;
}

/* Edits name their domain themselves. */
static int domain_wrap(const struct domain *domain, struct err *err)
{
    size_t n = strlen(domain->name);
    if (err && strncmp(err->message, domain->name, n) == 0 && err->message[n] == ':')
        return -1;
    return err_wrap(err, "%s", domain->name);
}

int plan_target(const struct plan_input *in, const struct domain *domain, const char *account,
                const struct provider_caps *caps, const struct zone *zone, struct arena *arena,
                struct target *ret, struct findings *findings, struct err *err)
{
    ARENA_SCOPED scratch = arena_new("a domain's plan", SIZE_MAX);
    struct plan_place at = {
        .in = in, .domain = domain, .account = account, .caps = caps, .zone = zone, .arena = scratch
    };
    at.place = (struct edit_place){ .domain = domain,
                                    .zone = zone->name,
                                    .ticket_vars = ticket_vars(in->ticket, domain->name),
                                    .ttl_default_s = caps->ttl_default_s };
    struct target target = { .domain = domain->name,
                             .client = domain->client ? domain->client->name : NULL,
                             .account = account,
                             .zone = zone->name,
                             .cookie = zone->cookie,
                             .negative_ttl_s = plan_negative_ttl(zone) };
    if (target_compute(&at, &target, err))
        return domain_wrap(domain, err);
    findings_add(&at, &target, arena, findings);
    *ret = target_keep(arena, &target);
    return 0;
}
