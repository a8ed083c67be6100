/* servers: settings first, then the dns port, walking up to the zone's apex. */
#include "survey/servers.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "dns/name.h"

struct search { /* one zone being looked up, shared by its domains */
    struct finder *finder;
    const char *name; /* asked for at present */
    struct zone_servers found;
};

struct finder {
    const struct ports *ports;
    struct arena *arena;
    size_t running;
    bool done;
};

struct server *servers_copy(struct arena *arena, const struct server *servers, size_t n)
{
    struct server *copy = ARENA_ARRAY(arena, struct server, n);
    for (size_t i = 0; i < n; i++) {
        copy[i] = servers[i];
        copy[i].name = servers[i].name ? arena_strdup(arena, servers[i].name) : NULL;
    }
    return copy;
}

static void search_ask(struct search *search);

static void on_servers(void *arg, const struct dns_servers *servers)
{
    struct search *search = arg;
    struct finder *finder = search->finder;
    const char *parent = name_parent(search->name);
    finder->running--;
    /* No zone apex: its servers are those of the zone above; a top level domain
     * is never anybody's own zone. */
    if (!servers->n && parent && name_labels(parent) >= 2) {
        search->name = parent;
        search_ask(search);
        return;
    }
    search->found.v = servers_copy(finder->arena, servers->v, servers->n);
    search->found.n = servers->n;
    search->found.err = servers->err;
    if (!servers->n && servers->err.code == ERR_NONE)
        err_set(&search->found.err, ERR_FAILED, "%s: no name servers found", search->name);
    finder->done = !finder->running;
}

static void search_ask(struct search *search)
{
    const struct dns_port *dns = search->finder->ports->dns;
    search->finder->running++;
    dns->servers(dns->ctx, search->name, on_servers, search);
}

static struct search *search_new(struct finder *finder, const char *name)
{
    struct search *search = ARENA_NEW(finder->arena, struct search);
    search->finder = finder;
    search->name = name;
    return search;
}

/* The address of "192.0.2.1:53" or "[2001:db8::1]:53" is `address`. */
static bool has_address(const struct server *server, const char *address)
{
    const char *text = server->text + (server->text[0] == '[');
    size_t len = strlen(address);
    return !strncmp(text, address, len) && (text[len] == ':' || text[len] == ']') &&
           (server->text[0] == '[') == (text[len] == ']');
}

static bool is_ignored(const struct provider_settings *account, const struct server *server)
{
    for (size_t i = 0; i < account->ignore_ns.n; i++) {
        const char *ignored = account->ignore_ns.v[i];
        if (!strcmp(server->text, ignored) || has_address(server, ignored) ||
            (server->name && !strcmp(server->name, ignored)))
            return true;
    }
    return false;
}

/* "192.0.2.1" to "192.0.2.1:53", "2001:db8::1" to "[2001:db8::1]:53". */
static void server_from_text(const char *text, struct server *ret)
{
    const char *colon = strchr(text, ':');
    bool v6_bare = colon && text[0] != '[' && strchr(colon + 1, ':');
    bool has_port = text[0] == '[' ? strstr(text, "]:") != NULL : colon && !v6_bare;
    ret->name = NULL;
    if (has_port)
        snprintf(ret->text, sizeof ret->text, "%s", text);
    else
        snprintf(ret->text, sizeof ret->text, v6_bare ? "[%s]:53" : "%s:53", text);
}

static void from_settings(const struct provider_settings *account, struct arena *arena,
                          struct zone_servers *ret)
{
    ret->n = account->nameservers.n;
    ret->v = ARENA_ARRAY(arena, struct server, ret->n);
    for (size_t i = 0; i < ret->n; i++)
        server_from_text(account->nameservers.v[i], &ret->v[i]);
}

static void drop_ignored(const struct provider_settings *account, struct zone_servers *found)
{
    size_t n = 0;
    for (size_t i = 0; i < found->n; i++) {
        if (!is_ignored(account, &found->v[i]))
            found->v[n++] = found->v[i];
    }
    found->n = n;
}

static const struct provider_settings *account_of(const struct settings *settings,
                                                  const struct domain *domain)
{
    return domain->providers.n ? settings_provider(settings, domain->providers.v[0]) : NULL;
}

static int searches_run(struct finder *finder, struct err *err)
{
    const struct loop_port *loop = finder->ports->loop;
    if (!finder->running)
        return 0;
    return loop->run(loop->ctx, &finder->done, err);
}

int servers_find(const struct ports *ports, const struct settings *settings,
                 const struct domains *domains, struct arena *arena, struct zone_servers **ret,
                 struct err *err)
{
    struct finder finder = { .ports = ports, .arena = arena };
    struct map *searches = map_new(arena);
    struct zone_servers *found = ARENA_ARRAY(arena, struct zone_servers, domains->n);
    for (size_t i = 0; i < domains->n; i++) {
        const struct domain *domain = domains->v[i];
        const struct provider_settings *account = account_of(settings, domain);
        const char *zone = domain->zone ? domain->zone : domain->name;
        if (account && account->nameservers.n) {
            from_settings(account, arena, &found[i]);
        } else if (!map_get(searches, zone)) {
            struct search *search = search_new(&finder, zone);
            map_put(searches, zone, search);
            search_ask(search);
        }
    }
    if (searches_run(&finder, err))
        return -1;
    for (size_t i = 0; i < domains->n; i++) {
        const struct domain *domain = domains->v[i];
        const struct provider_settings *account = account_of(settings, domain);
        const struct search *search = map_get(searches, domain->zone ? domain->zone : domain->name);
        if (!found[i].n && search) {
            found[i] = search->found;
            found[i].v = servers_copy(arena, search->found.v, search->found.n);
        }
        if (account)
            drop_ignored(account, &found[i]);
    }
    *ret = found;
    return 0;
}
