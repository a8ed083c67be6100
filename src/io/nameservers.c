/* nameservers: NS of a zone, then the addresses of each.  Thousands of zones
 * share a few name servers, so names are looked up once and remembered. */
#include "io/nameservers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "dns/message.h"
#include "io/channel.h"
#include "io/memory.h"

enum { TRY_MS = 2000, TRIES = 3, IN_FLIGHT = 64, REPLY_ARENA = 1 << 20, SEARCH_ARENA = 1 << 20 };

struct lookup { /* one question to the system's resolver */
    struct lookup *next;
    struct nameservers *owner;
    const char *name;
    uint16_t type;
    /* answer NULL: err says why */
    void (*done)(void *arg, const struct answer *answer, const struct err *err);
    void *arg;
};

struct waiter {
    struct search *search;
    struct waiter *next;
};

struct host { /* a name server; kept as long as the owner */
    const char *name;
    struct nameservers *owner;
    VEC(struct server) addresses;
    unsigned pending; /* of A and AAAA */
    struct waiter *waiters;
};

struct search { /* one zone */
    struct nameservers *owner;
    const char *zone;
    void (*done)(void *arg, const struct dns_servers *servers);
    void *arg;
    struct arena *arena;
    VEC(struct host *) hosts;
    size_t pending;
};

struct nameservers {
    struct loop *loop;
    char *resolver;
    struct channel *channel; /* opened with the first question */
    struct arena *arena;     /* hosts */
    struct map *hosts;
    struct lookup *first, **last;
    size_t in_flight;
    struct timer pump;
    uint64_t count;
    bool closing;
};

/* Lookups. */

static void lookup_add(struct nameservers *owner, const char *name, uint16_t type,
                       void (*done)(void *, const struct answer *, const struct err *), void *arg)
{
    struct lookup *lookup = mem_new(sizeof *lookup);
    *lookup =
        (struct lookup){ .owner = owner, .name = name, .type = type, .done = done, .arg = arg };
    *owner->last = lookup;
    owner->last = &lookup->next;
    if (!owner->pump.set && !owner->closing)
        loop_timer_set(owner->loop, &owner->pump, loop_now_ms(owner->loop));
}

static void lookup_fail(struct lookup *lookup, const char *why)
{
    struct err err;
    bool closing = lookup->owner->closing;
    err_set(&err, closing ? ERR_INTERRUPTED : ERR_FAILED, "%s %s: %s", lookup->name,
            rtype_text(lookup->type), closing ? "the program ended before the answer came" : why);
    err_class(&err, ERR_RETRY_LATER, ERR_SCOPE_ZONE, 0);
    lookup->done(lookup->arg, NULL, &err);
}

static void lookup_answered(struct lookup *lookup, const uint8_t *octets, size_t n)
{
    ARENA_SCOPED arena = arena_new("DNS reply", REPLY_ARENA);
    struct answer answer;
    struct err err;
    uint16_t id = message_id(octets, n);
    if (message_answer(octets, n, id, lookup->name, lookup->type, arena, &answer, &err) < 0)
        lookup_fail(lookup, err.message);
    else
        lookup->done(lookup->arg, &answer, NULL);
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *octets, int n)
{
    (void)timeouts;
    struct lookup *lookup = arg;
    struct nameservers *owner = lookup->owner;
    owner->in_flight--;
    bool answered = status == ARES_SUCCESS || status == ARES_ENODATA;
    if (answered && octets && n > 0)
        lookup_answered(lookup, octets, (size_t)n);
    else
        lookup_fail(lookup, ares_strerror(status));
    free(lookup);
    if (owner->first && !owner->pump.set && !owner->closing)
        loop_timer_set(owner->loop, &owner->pump, loop_now_ms(owner->loop));
}

static struct lookup *lookup_take(struct nameservers *owner)
{
    struct lookup *lookup = owner->first;
    owner->first = lookup->next;
    if (!owner->first)
        owner->last = &owner->first;
    return lookup;
}

static int resolver_open(struct nameservers *owner, struct err *err)
{
    struct channel_options options = { .servers = owner->resolver,
                                       .try_ms = TRY_MS,
                                       .tries = TRIES };
    return owner->channel ? 0 : channel_new(owner->loop, &options, &owner->channel, err);
}

static void on_pump(void *arg)
{
    struct nameservers *owner = arg;
    struct err err;
    while (owner->first && owner->in_flight < IN_FLIGHT) {
        struct lookup *lookup = lookup_take(owner);
        if (resolver_open(owner, &err) < 0) {
            lookup_fail(lookup, err.message);
            free(lookup);
            continue;
        }
        owner->in_flight++;
        owner->count++;
        channel_query(owner->channel, lookup->name, lookup->type, on_answer, lookup);
    }
}

/* Zones. */

static int host_order(const void *a, const void *b)
{
    const struct host *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static bool server_known(const struct server *v, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(v[i].text, text))
            return true;
    return false;
}

static void search_end(struct search *search, const struct dns_servers *servers)
{
    search->done(search->arg, servers);
    arena_free(search->arena);
    free(search);
}

static void search_fail(struct search *search, const struct err *err)
{
    struct dns_servers none = { .err = *err };
    search_end(search, &none);
}

static void search_finish(struct search *search)
{
    VEC(struct server) found = { 0 };
    qsort(search->hosts.v, search->hosts.n, sizeof *search->hosts.v, host_order);
    for (size_t i = 0; i < search->hosts.n; i++) {
        const struct host *host = search->hosts.v[i];
        if (!host->addresses.n)
            log_line(LOG_WARNING, "%s: its name server %s has no address", search->zone,
                     host->name);
        for (size_t k = 0; k < host->addresses.n; k++)
            if (!server_known(found.v, found.n, host->addresses.v[k].text))
                *vec_push(search->arena, &found) = host->addresses.v[k];
    }
    struct dns_servers servers = { .v = found.v, .n = found.n };
    if (!found.n) {
        err_set(&servers.err, search->owner->closing ? ERR_INTERRUPTED : ERR_FAILED,
                "%s: none of its name servers has an address", search->zone);
        err_class(&servers.err, ERR_RETRY_LATER, ERR_SCOPE_ZONE, 0);
        err_hint(&servers.err, "name them under \"nameservers\" of the provider in dnschange.json");
    }
    search_end(search, &servers);
}

/* Addresses of name servers. */

static void address_add(struct host *host, uint16_t type, struct rdata rdata)
{
    char text[INET6_ADDRSTRLEN];
    int family = type == TYPE_A ? AF_INET : AF_INET6;
    if (rdata.len != (type == TYPE_A ? 4u : 16u) ||
        !inet_ntop(family, rdata.wire, text, sizeof text))
        return;
    struct server *server = vec_push(host->owner->arena, &host->addresses);
    server->name = host->name;
    snprintf(server->text, sizeof server->text, type == TYPE_A ? "%s:53" : "[%s]:53", text);
}

static int address_order(const void *a, const void *b)
{
    const struct server *x = a, *y = b;
    if ((*x->text == '[') != (*y->text == '['))
        return *x->text == '[' ? 1 : -1; /* IPv4 first */
    return strcmp(x->text, y->text);
}

static void host_done(struct host *host)
{
    if (host->addresses.n)
        qsort(host->addresses.v, host->addresses.n, sizeof *host->addresses.v, address_order);
    struct waiter *waiter = host->waiters;
    host->waiters = NULL;
    for (struct waiter *next; waiter; waiter = next) {
        next = waiter->next; /* lies in the arena of the search */
        if (!--waiter->search->pending)
            search_finish(waiter->search);
    }
}

static void on_address(void *arg, const struct answer *answer, const struct err *err)
{
    struct host *host = arg;
    const struct rrset *set = answer ? (answer->set ? answer->set : answer->synonym) : NULL;
    if (err)
        log_line(LOG_DEBUG, "%s", err->message);
    for (size_t i = 0; set && i < set->n; i++)
        address_add(host, set->type, set->rr[i]);
    if (!--host->pending)
        host_done(host);
}

static struct host *host_find(struct nameservers *owner, const char *name)
{
    struct host *host = map_get(owner->hosts, name);
    if (host)
        return host;
    host = ARENA_NEW(owner->arena, struct host);
    host->owner = owner;
    host->name = arena_strdup(owner->arena, name);
    host->pending = 2;
    map_put(owner->hosts, host->name, host);
    lookup_add(owner, host->name, TYPE_A, on_address, host);
    lookup_add(owner, host->name, TYPE_AAAA, on_address, host);
    return host;
}

static void search_host(struct search *search, const char *name)
{
    struct host *host = host_find(search->owner, name);
    *vec_push(search->arena, &search->hosts) = host;
    if (!host->pending)
        return;
    struct waiter *waiter = ARENA_NEW(search->arena, struct waiter);
    *waiter = (struct waiter){ .search = search, .next = host->waiters };
    host->waiters = waiter;
    search->pending++;
}

static void on_ns(void *arg, const struct answer *answer, const struct err *err)
{
    struct search *search = arg;
    const struct rrset *set = answer ? answer->set : NULL;
    if (!set || !set->n) {
        struct err failed = err ? *err : (struct err){ 0 };
        if (!err)
            err_set(&failed, ERR_FAILED, "%s NS: no such records", search->zone);
        err_class(&failed, ERR_RETRY_LATER, ERR_SCOPE_ZONE, 0);
        err_hint(&failed,
                 "is %s a zone of its own? Else name its servers under \"nameservers\" of "
                 "its provider in dnschange.json",
                 search->zone);
        search_fail(search, &failed);
        return;
    }
    search->pending = 1; /* until all hosts are listed */
    for (size_t i = 0; i < set->n; i++) {
        const char *name = rdata_target(TYPE_NS, set->rr[i], search->arena);
        if (name)
            search_host(search, name);
    }
    if (!--search->pending)
        search_finish(search);
}

void nameservers_find(struct nameservers *owner, const char *zone,
                      void (*done)(void *arg, const struct dns_servers *servers), void *arg)
{
    struct search *search = mem_new(sizeof *search);
    search->owner = owner;
    search->zone = zone;
    search->done = done;
    search->arg = arg;
    search->arena = arena_new("name servers of a zone", SEARCH_ARENA);
    lookup_add(owner, zone, TYPE_NS, on_ns, search);
}

uint64_t nameservers_count(const struct nameservers *owner)
{
    return owner->count;
}

struct nameservers *nameservers_new(struct loop *loop, const char *resolver)
{
    struct nameservers *owner = mem_new(sizeof *owner);
    owner->loop = loop;
    owner->resolver = resolver ? mem_strdup(resolver) : NULL;
    owner->arena = arena_new("name servers", (size_t)16 << 20);
    owner->hosts = map_new(owner->arena);
    owner->last = &owner->first;
    owner->pump = (struct timer){ .fire = on_pump, .arg = owner };
    return owner;
}

void nameservers_free(struct nameservers *owner)
{
    if (!owner)
        return;
    owner->closing = true;
    loop_timer_clear(owner->loop, &owner->pump);
    channel_free(owner->channel);
    while (owner->first) {
        struct lookup *lookup = lookup_take(owner);
        lookup_fail(lookup, "");
        free(lookup);
    }
    arena_free(owner->arena);
    free(owner->resolver);
    free(owner);
}
