/* sim_dns: nameservers that serve what the provider's zones hold, or held. */
#include <string.h>

#include "sim.h"

enum { ANSWER_MS = 2, TIMEOUT_MS = 2000 };

struct sim_server *sim_server(struct sim *sim, const char *name, const char *text, int64_t lag_ms)
{
    struct sim_server *server = vec_push(sim->arena, &sim->servers);
    *server = (struct sim_server){ .name = arena_strdup(sim->arena, name),
                                   .text = arena_strdup(sim->arena, text),
                                   .lag_ms = lag_ms };
    return server;
}

struct query {
    struct sim *sim;
    struct sim_server *server;
    const char *name;
    uint16_t type;
    bool tcp;
    void (*done)(void *arg, const struct dns_reply *reply);
    void *arg;
};

static const struct sim_phase *phase_now(const struct sim *sim, const struct sim_server *server)
{
    static const struct sim_phase current = { 0, SIM_CURRENT };
    const struct sim_phase *latest = &current;
    for (size_t i = 0; i < server->phases.n; i++)
        if (server->phases.v[i].at_ms <= sim->now_ms)
            latest = &server->phases.v[i];
    return latest;
}

static int64_t view_ms(const struct query *query, const struct sim_zone *zone,
                       const struct sim_phase *phase)
{
    int64_t now = query->sim->now_ms - query->server->lag_ms;
    int64_t then = phase->at_ms - query->server->lag_ms;
    switch (phase->answer) {
    case SIM_OLD:
        return then;
    case SIM_DEAF:
        return zone->settles < 2 ? then : now;
    case SIM_FLAPPING:
        return query->server->asked % 2 ? then : now;
    case SIM_OLD_UDP:
        return query->tcp ? now : then;
    default:
        return now;
    }
}

static const struct sim_zone *zone_for(const struct sim *sim, const char *name)
{
    const struct sim_zone *zone = NULL;
    for (; name && !zone; name = name_parent(name))
        zone = map_get(sim->by_name, name);
    return zone;
}

static struct rrset *served(const struct rrset *set, const char *owner, struct arena *arena)
{
    if (!set || !set->n)
        return NULL;
    struct rrset *copy = rrset_copy(arena, set);
    copy->owner = owner;
    copy->extra = copy->token = copy->unmanaged = NULL;
    return copy;
}

static void answer_fill(const struct query *query, const struct zone *zone, struct arena *arena,
                        struct answer *ret)
{
    const struct rrset *set = zone_find(zone, query->name, query->type);
    const struct rrset *cname = zone_find(zone, query->name, TYPE_CNAME);
    *ret = (struct answer){ .aa = true, .negative_ttl_s = -1 };
    if (!set && !cname) {
        set = zone_synthesised(zone, query->name, query->type);
        if (set && set->type != query->type) {
            cname = set;
            set = NULL;
        }
    }
    ret->set = served(set, query->name, arena);
    if (!ret->set)
        ret->cname = served(cname, query->name, arena);
    if (!ret->set && !ret->cname && !zone_name_exists(zone, query->name))
        ret->rcode = 3;
}

static void answer_fire(void *arg)
{
    struct query *query = arg;
    const struct sim_phase *phase = phase_now(query->sim, query->server);
    const struct sim_zone *zone = zone_for(query->sim, query->name);
    ARENA_SCOPED arena = arena_new("a reply", 16u << 20);
    struct dns_reply reply = { .status = DNS_ANSWERED, .used_tcp = query->tcp };
    query->server->asked++;
    if (phase->answer == SIM_SILENT)
        reply.status = DNS_TIMEOUT;
    else if (phase->answer == SIM_SERVFAIL || phase->answer == SIM_REFUSED || !zone)
        reply.answer = (struct answer){ .rcode = phase->answer == SIM_SERVFAIL ? 2 : 5 };
    else
        answer_fill(query, sim_content(zone, view_ms(query, zone, phase)), arena, &reply.answer);
    if (phase->answer == SIM_LAME)
        reply.answer.aa = false;
    query->done(query->arg, &reply);
}

static void dns_query(void *ctx, const struct dns_question *question,
                      void (*done)(void *arg, const struct dns_reply *reply), void *arg)
{
    struct sim *sim = ctx;
    struct query *query = ARENA_NEW(sim->arena, struct query);
    *query = (struct query){ .sim = sim,
                             .name = question->name,
                             .type = question->type,
                             .tcp = question->tcp,
                             .done = done,
                             .arg = arg };
    for (size_t i = 0; i < sim->servers.n; i++)
        if (strcmp(sim->servers.v[i].text, question->server.text) == 0)
            query->server = &sim->servers.v[i];
    if (!query->server) {
        sim_violate(sim, "a question to %s, which is no server", question->server.text);
        return;
    }
    sim->queries++;
    bool silent = phase_now(sim, query->server)->answer == SIM_SILENT;
    sim_post(sim, silent ? TIMEOUT_MS : ANSWER_MS, false, answer_fire, query);
}

struct servers_op {
    struct sim *sim;
    void (*done)(void *arg, const struct dns_servers *servers);
    void *arg;
};

static void servers_fire(void *arg)
{
    struct servers_op *op = arg;
    struct sim *sim = op->sim;
    struct dns_servers servers = { .v = ARENA_ARRAY(sim->arena, struct server, sim->servers.n + 1),
                                   .n = sim->servers.n };
    for (size_t i = 0; i < sim->servers.n; i++) {
        servers.v[i].name = sim->servers.v[i].name;
        strncpy(servers.v[i].text, sim->servers.v[i].text, sizeof servers.v[i].text - 1);
    }
    op->done(op->arg, &servers);
}

static void dns_servers(void *ctx, const char *zone,
                        void (*done)(void *arg, const struct dns_servers *servers), void *arg)
{
    struct sim *sim = ctx;
    struct servers_op *op = ARENA_NEW(sim->arena, struct servers_op);
    (void)zone;
    *op = (struct servers_op){ sim, done, arg };
    sim_post(sim, ANSWER_MS, false, servers_fire, op);
}

void sim_dns_ports(struct sim *sim)
{
    struct dns_port *dns = ARENA_NEW(sim->arena, struct dns_port);
    *dns = (struct dns_port){ sim, dns_query, dns_servers };
    sim->ports.dns = dns;
}
