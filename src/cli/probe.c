/* probe: one read and one write that is taken back. */
#include "cli/probe.h"

#include <string.h>

#include "base/clock.h"
#include "cli/net.h"
#include "dns/name.h"
#include "provider/provider.h"

struct reading {
    struct arena *arena;
    struct probe *probe;
    const struct rrset *found; /* the probe's own set */
    struct err err;
    bool done;
};

static int64_t now_ms(const struct session *s)
{
    return s->ports.loop->now_ms(s->ports.loop->ctx);
}

static int wait_for(struct session *s, const bool *done, const struct err *result, struct err *err)
{
    if (s->ports.loop->run(s->ports.loop->ctx, done, err))
        return -1;
    if (result->code == ERR_NONE)
        return 0;
    *err = *result;
    return -1;
}

static void on_checked(void *arg, const struct provider_checked *result)
{
    struct reading *reading = arg;
    reading->err = result->err;
    if (result->detail)
        reading->probe->detail = arena_strdup(reading->arena, result->detail);
    reading->done = true;
}

static void on_zone(void *arg, const struct provider_zone *result)
{
    struct reading *reading = arg;
    struct probe *probe = reading->probe;
    reading->err = result->err;
    if (result->err.code == ERR_NONE) {
        const struct zone *zone = result->zone;
        probe->zone = arena_strdup(reading->arena, zone->name);
        probe->cookie = zone->cookie ? arena_strdup(reading->arena, zone->cookie) : NULL;
        probe->owner = arena_printf(reading->arena, PROBE_LABEL ".%s", zone->name);
        probe->sets = zone->n;
        reading->found = rrset_copy(reading->arena, zone_find(zone, probe->owner, TYPE_TXT));
        size_t n;
        probe->taken = zone_owner(zone, probe->owner, &n) != NULL;
    }
    reading->done = true;
}

static int zone_read(struct session *s, struct probe *probe, const char *name, const char *zone,
                     const struct rrset **ret_found, struct err *err)
{
    struct reading reading = { .arena = s->arena, .probe = probe };
    int64_t began_ms = now_ms(s);
    s->ports.provider->read(s->ports.provider->ctx, probe->account, name, zone, on_zone, &reading);
    if (wait_for(s, &reading.done, &reading.err, err))
        return -1;
    probe->read_ms = now_ms(s) - began_ms;
    if (ret_found)
        *ret_found = reading.found;
    return 0;
}

static const struct domain *first_domain(const struct session *s, const char *account)
{
    for (size_t i = 0; i < s->portfolio.n; i++) {
        if (strv_has(&s->portfolio.domains[i].providers, account))
            return &s->portfolio.domains[i];
    }
    return NULL;
}

int probe_read(struct session *s, const char *account, const char *zone, struct probe *ret,
               struct err *err)
{
    struct reading reading = { .arena = s->arena, .probe = ret };
    *ret = (struct probe){ .account = account };
    if (!s->ports.provider->caps(s->ports.provider->ctx, account, err))
        return -1;
    provider_check(net_provider(s->net), account, on_checked, &reading);
    if (wait_for(s, &reading.done, &reading.err, err))
        return -1;
    const struct domain *domain = first_domain(s, account);
    if (zone) {
        const char *name;
        return name_parse(zone, s->arena, &name, err) || zone_read(s, ret, name, name, NULL, err)
                   ? -1
                   : 0;
    }
    if (!domain)
        return 0;
    return zone_read(s, ret, domain->name, domain->zone, NULL, err);
}

static void on_written(void *arg, const struct provider_write *result)
{
    struct reading *reading = arg;
    reading->err = result->err;
    reading->done = true;
}

static int change_write(struct session *s, const struct probe *probe, const struct rrset *before,
                        const struct rrset *after, struct err *err)
{
    struct reading reading = { .arena = s->arena };
    struct change change = { .before = before, .after = after };
    const struct zone zone = { .name = probe->zone, .cookie = probe->cookie };
    s->ports.provider->apply(s->ports.provider->ctx, probe->account, &zone, &change, 1, on_written,
                             &reading);
    if (wait_for(s, &reading.done, &reading.err, err))
        return -1;
    if (change.fate == FATE_APPLIED)
        return 0;
    return err_set(err, ERR_FAILED, "%s: %s TXT was not written", probe->account, probe->owner);
}

/* What was written must be read back; then it goes, and must be gone. */
static int write_and_remove(struct session *s, struct probe *probe, const struct rrset *set,
                            struct err *err)
{
    const struct rrset *found = NULL;
    struct err read_err = { 0 };
    if (change_write(s, probe, NULL, set, err))
        return -1;
    int rc = zone_read(s, probe, probe->zone, probe->zone, &found, &read_err);
    if (change_write(s, probe, found ? found : set, NULL, err)) {
        return err_wrap(err, "the probe %s TXT is still there: remove it by hand", probe->owner);
    }
    if (rc) {
        *err = read_err;
        return -1;
    }
    if (!found || !rrset_same_values(found, set))
        return err_set(err, ERR_FAILED, "%s: what was written was not read back", probe->account);
    if (zone_read(s, probe, probe->zone, probe->zone, &found, err))
        return -1;
    if (found)
        return err_set(err, ERR_FAILED, "%s: %s TXT is still there after its removal",
                       probe->account, probe->owner);
    return 0;
}

int probe_write(struct session *s, struct probe *probe, struct err *err)
{
    const struct provider_caps *caps =
        s->ports.provider->caps(s->ports.provider->ctx, probe->account, err);
    if (!caps)
        return -1;
    if (!probe->zone) {
        err_set(err, ERR_USAGE, "no domain of the portfolio is at %s", probe->account);
        return err_hint(err, "--zone ZONE");
    }
    if (probe->taken)
        return err_set(err, ERR_CONFLICT, "%s is in use already: nothing was written",
                       probe->owner);
    const char *text =
        arena_printf(s->arena, "dnschange test %s", time_format_utc(s->arena, session_wall_s(s)));
    uint32_t ttl_s = caps->ttl_default_s ? caps->ttl_default_s : 300;
    struct rrset *set = rrset_new(s->arena, probe->owner, TYPE_TXT, ttl_s);
    rrset_add(s->arena, set, txt_from_octets(text, strlen(text), s->arena));
    int64_t began_ms = now_ms(s);
    if (write_and_remove(s, probe, set, err))
        return -1;
    probe->write_ms = now_ms(s) - began_ms;
    probe->wrote = true;
    return 0;
}
