/* reading: groups items by zone, reads every zone at once through the provider
 * port and finds out its servers.  Limits and retries are behind the ports; the
 * way over DNS is reading_dns.c. */
#include "rollout/reading.h"

#include <stdint.h>
#include <string.h>

#include "rollout/reading_internal.h"
#include "rollout/reading_kept.h"

void reading_begin(struct reading_run *run)
{
    run->pending++;
}

void reading_end(struct reading_run *run)
{
    if (--run->pending == 0)
        run->done = true;
}

void group_deliver(struct reading_group *group, const struct zone *zone, const char *source,
                   const struct err *err)
{
    const struct reading_input *in = group->run->in;
    for (size_t i = 0; i < group->items.n; i++) {
        struct reading_result result = {
            .item = group->items.v[i], .zone = zone, .caps = group->caps, .source = source
        };
        if (err) {
            result.err = *err;
            err_wrap(&result.err, "%s", in->items[result.item].domain->name);
        }
        in->each(in->arg, &result);
    }
}

/* --- servers ----------------------------------------------------------------- */

struct servers_asked {
    struct reading_group *group;
    const char *zone;
};

static void servers_came(void *arg, const struct dns_servers *servers)
{
    const struct servers_asked *asked = arg;
    struct reading_group *group = asked->group;
    bool fine = servers->err.code == ERR_NONE;
    servers_keep(group->run->reading, group->account, asked->zone, servers->v,
                 fine ? servers->n : 0, group->settings);
    reading_end(group->run);
}

static void servers_ask(struct reading_group *group, const char *zone)
{
    struct reading_run *run = group->run;
    const struct dns_port *dns = run->in->ports->dns;
    struct server *servers;
    size_t n;
    if (servers_known(run->reading, group->account, zone))
        return;
    if (group->settings && group->settings->nameservers.n > 0 &&
        servers_parse(&group->settings->nameservers, run->scratch, &servers, &n, NULL) == 0) {
        servers_keep(run->reading, group->account, zone, servers, n, group->settings);
        return;
    }
    /* Known from now on, so that a second group does not ask again. */
    servers_keep(run->reading, group->account, zone, NULL, 0, NULL);
    struct servers_asked *asked = ARENA_NEW(run->scratch, struct servers_asked);
    *asked = (struct servers_asked){ group, arena_strdup(run->scratch, zone) };
    reading_begin(run);
    dns->servers(dns->ctx, asked->zone, servers_came, asked);
}

/* --- zones ------------------------------------------------------------------- */

static void zone_came(void *arg, const struct provider_zone *result)
{
    struct reading_group *group = arg;
    if (result->err.code != ERR_NONE) {
        group_deliver(group, NULL, "api", &result->err);
    } else {
        group_deliver(group, result->zone, "api", NULL);
        servers_ask(group, result->zone->name);
    }
    reading_end(group->run);
}

static void group_start(struct reading_group *group)
{
    struct reading_run *run = group->run;
    const struct provider_port *provider = run->in->ports->provider;
    struct err err = { 0 };
    group->caps = provider->caps(provider->ctx, group->account, &err);
    if (!group->caps) {
        group_deliver(group, NULL, "api", &err);
        return;
    }
    run->reading->zones++;
    reading_begin(run);
    if (provider->can_read(provider->ctx, group->account))
        provider->read(provider->ctx, group->account, group->name, group->zone, zone_came, group);
    else
        group_read_dns(group);
}

/* Items that name the same zone, and the domain that is that zone, share a read.
 * A domain whose zone is only known to the provider is read on its own. */
static struct reading_group *group_of(struct reading_run *run, struct map *groups, size_t item)
{
    const struct reading_item *from = &run->in->items[item];
    const char *zone = from->domain->zone;
    const char *key =
        arena_printf(run->scratch, "%s %s", from->account, zone ? zone : from->domain->name);
    struct reading_group *group = map_get(groups, key);
    if (!group) {
        group = ARENA_NEW(run->scratch, struct reading_group);
        group->run = run;
        group->account = from->account;
        group->name = from->domain->name;
        group->settings = settings_provider(run->in->settings, from->account);
        map_put(groups, key, group);
    }
    if (zone)
        group->zone = zone;
    *vec_push(run->scratch, &group->items) = item;
    return group;
}

int reading_run(const struct reading_input *in, struct arena *arena, struct reading **ret,
                struct err *err)
{
    ARENA_SCOPED scratch = arena_new("reading zones", SIZE_MAX);
    struct reading *reading = ARENA_NEW(arena, struct reading);
    *reading =
        (struct reading){ .arena = arena, .by_zone = map_new(arena), .lists = map_new(arena) };
    struct reading_run run = { .in = in, .reading = reading, .scratch = scratch };
    struct map *groups = map_new(scratch);
    for (size_t i = 0; i < in->n; i++)
        group_of(&run, groups, i);
    for (size_t i = 0; i < map_count(groups); i++)
        group_start(map_value_at(groups, i));
    const struct loop_port *loop = in->ports->loop;
    if (run.pending > 0 && loop->run(loop->ctx, &run.done, err))
        return err_wrap(err, "reading zones");
    *ret = reading;
    return 0;
}
