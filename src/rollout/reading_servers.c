/* reading_servers: which addresses answer for a zone.  Asks nobody. */
#include <stdio.h>
#include <string.h>

#include "rollout/reading_internal.h"
#include "rollout/reading_kept.h"

static int server_parse(const char *text, struct server *ret, struct err *err)
{
    const char *colon = strchr(text, ':');
    bool bracket = text[0] == '[', many = colon && strchr(colon + 1, ':');
    bool port = bracket ? strstr(text, "]:") != NULL : colon && !many;
    int n = bracket || !many
                ? snprintf(ret->text, sizeof ret->text, "%s%s", text, port ? "" : ":53")
                : snprintf(ret->text, sizeof ret->text, "[%s]:53", text);
    if (n <= 0 || (size_t)n >= sizeof ret->text || !*text)
        return err_set(err, ERR_INVALID, "\"%s\" is no address of a server", text);
    ret->name = NULL;
    return 0;
}

int servers_parse(const struct strv *list, struct arena *arena, struct server **ret, size_t *ret_n,
                  struct err *err)
{
    struct server *servers = ARENA_ARRAY(arena, struct server, list->n + 1);
    for (size_t i = 0; i < list->n; i++)
        if (server_parse(list->v[i], &servers[i], err))
            return -1;
    *ret = servers;
    *ret_n = list->n;
    return 0;
}

/* An entry of ignore_ns is an address, one with a port, or the name of an NS. */
static bool server_is(const struct server *server, const char *entry)
{
    struct server parsed;
    if (server->name && strcmp(server->name, entry) == 0)
        return true;
    if (server_parse(entry, &parsed, NULL))
        return false;
    if (strcmp(parsed.text, server->text) == 0)
        return true;
    /* Without a port it means every port of the address. */
    size_t address = (size_t)(strrchr(parsed.text, ':') - parsed.text);
    bool any_port = strlen(entry) <= address || entry[0] == '[';
    return any_port && !strstr(entry, "]:") && strncmp(parsed.text, server->text, address) == 0 &&
           server->text[address] == ':';
}

static bool server_ignored(const struct server *server, const struct provider_settings *settings)
{
    for (size_t i = 0; settings && i < settings->ignore_ns.n; i++)
        if (server_is(server, settings->ignore_ns.v[i]))
            return true;
    return false;
}

static const char *zone_key(struct arena *arena, const char *account, const char *zone)
{
    return arena_printf(arena, "%s %s", account, zone);
}

static struct server_list *list_intern(struct reading *reading, const struct server *servers,
                                       size_t n)
{
    ARENA_SCOPED scratch = arena_new("servers of a zone", 16u << 20);
    struct strv texts = { 0 };
    for (size_t i = 0; i < n; i++)
        strv_push(scratch, &texts,
                  arena_printf(scratch, "%s=%s", servers[i].text,
                               servers[i].name ? servers[i].name : ""));
    const char *key = strv_join(scratch, &texts, " ");
    struct server_list *list = map_get(reading->lists, key);
    if (list)
        return list;
    list = ARENA_NEW(reading->arena, struct server_list);
    list->n = n;
    list->v = arena_memdup(reading->arena, servers, n * sizeof *servers);
    for (size_t i = 0; i < n; i++)
        if (servers[i].name)
            list->v[i].name = arena_strdup(reading->arena, servers[i].name);
    map_put(reading->lists, arena_strdup(reading->arena, key), list);
    return list;
}

void servers_keep(struct reading *reading, const char *account, const char *zone,
                  const struct server *servers, size_t n, const struct provider_settings *settings)
{
    ARENA_SCOPED scratch = arena_new("servers of a zone", 16u << 20);
    struct server *asked = ARENA_ARRAY(scratch, struct server, n + 1);
    size_t n_asked = 0;
    for (size_t i = 0; i < n; i++)
        if (!server_ignored(&servers[i], settings))
            asked[n_asked++] = servers[i];
    map_put(reading->by_zone, zone_key(reading->arena, account, zone),
            list_intern(reading, asked, n_asked));
}

static const struct server_list *list_find(const struct reading *reading, const char *account,
                                           const char *zone)
{
    ARENA_SCOPED scratch = arena_new("servers of a zone", 1u << 20);
    return map_get(reading->by_zone, zone_key(scratch, account, zone));
}

bool servers_known(const struct reading *reading, const char *account, const char *zone)
{
    return list_find(reading, account, zone) != NULL;
}

const struct server *reading_servers(const struct reading *reading, const char *account,
                                     const char *zone, size_t *ret_n)
{
    const struct server_list *list = list_find(reading, account, zone);
    *ret_n = list ? list->n : 0;
    return list && list->n ? list->v : NULL;
}

size_t reading_zones(const struct reading *reading)
{
    return reading->zones;
}
