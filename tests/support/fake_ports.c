/* fake_ports: see fake_ports.h. */
#include "fake_ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/name.h"

enum job_kind { JOB_READ, JOB_QUERY, JOB_SERVERS };

struct fake_job {
    enum job_kind kind;
    const char *account, *name, *zone;
    struct dns_question question;
    void (*read_done)(void *arg, const struct provider_zone *result);
    void (*query_done)(void *arg, const struct dns_reply *reply);
    void (*servers_done)(void *arg, const struct dns_servers *servers);
    void *arg;
};

static void die(const struct err *err)
{
    (void)!write(2, err->message, strlen(err->message));
    abort();
}

/* --- loop -------------------------------------------------------------------- */

static struct fake_zone *zone_longest(struct fake *fake, const char *account, const char *name)
{
    for (; name; name = name_parent(name)) {
        char key[512];
        snprintf(key, sizeof key, "%s %s", account ? account : "", name);
        struct fake_zone *zone = map_get(fake->by_name, key);
        if (zone)
            return zone;
    }
    return NULL;
}

static struct fake_zone *zone_exact(struct fake *fake, const char *account, const char *name)
{
    struct fake_zone *zone = zone_longest(fake, account, name);
    return zone && strcmp(zone->zone.name, name) == 0 ? zone : NULL;
}

static void read_finish(struct fake *fake, const struct fake_job *job)
{
    struct provider_zone result = { 0 };
    struct fake_zone *zone = job->zone ? zone_exact(fake, job->account, job->zone)
                                       : zone_longest(fake, job->account, job->name);
    if (!zone)
        err_set(&result.err, ERR_NOT_FOUND, "account %s has no zone for %s", job->account,
                job->name);
    else if (zone->err.code != ERR_NONE)
        result.err = zone->err;
    else
        result.zone = &zone->zone;
    /* Whoever keeps a pointer into the zone beyond the callback is found out. */
    ARENA_SCOPED scratch = arena_new("fake zone", 1u << 26);
    struct zone copy;
    if (result.zone) {
        copy = *result.zone;
        copy.name = arena_strdup(scratch, copy.name);
        copy.sets = ARENA_ARRAY(scratch, struct rrset, copy.n + 1);
        for (size_t i = 0; i < copy.n; i++)
            copy.sets[i] = *rrset_copy(scratch, &result.zone->sets[i]);
        zone_sort(&copy);
        copy.whole = true;
        result.zone = &copy;
    }
    job->read_done(job->arg, &result);
}

static void query_finish(struct fake *fake, const struct fake_job *job)
{
    struct dns_reply reply = { .status = DNS_TIMEOUT };
    struct fake_zone *zone = zone_longest(fake, NULL, job->question.name);
    err_set(&reply.err, ERR_FAILED, "no answer");
    if (zone && zone->ns && strcmp(zone->ns, job->question.server.text) == 0) {
        reply.status = DNS_ANSWERED;
        reply.answer.aa = !zone->lame;
        for (size_t i = 0; i < zone->zone.n; i++)
            if (zone->zone.sets[i].type == job->question.type &&
                strcmp(zone->zone.sets[i].owner, job->question.name) == 0)
                reply.answer.set = &zone->zone.sets[i];
    }
    job->query_done(job->arg, &reply);
}

static void servers_finish(struct fake *fake, const struct fake_job *job)
{
    struct server servers[2] = { 0 };
    struct dns_servers result = { .v = servers };
    struct fake_zone *zone = zone_exact(fake, NULL, job->zone);
    if (!zone || !zone->ns) {
        err_set(&result.err, ERR_NOT_FOUND, "no nameserver of %s", job->zone);
    } else {
        strcpy(servers[0].text, zone->ns);
        servers[0].name = "ns1.example.net";
        strcpy(servers[1].text, "203.0.113.9:53");
        servers[1].name = "ns9.example.org";
        result.n = 2;
    }
    job->servers_done(job->arg, &result);
}

static int fake_run(void *ctx, const bool *done, struct err *err)
{
    struct fake *fake = ctx;
    while (!*done) {
        if (fake->next_job == fake->jobs.n)
            return err_set(err, ERR_FAILED, "nothing is under way, and it is not done");
        const struct fake_job *job = fake->jobs.v[fake->next_job++];
        if (job->kind == JOB_READ)
            read_finish(fake, job);
        else if (job->kind == JOB_QUERY)
            query_finish(fake, job);
        else
            servers_finish(fake, job);
    }
    return 0;
}

static int64_t fake_wall(void *ctx)
{
    return ((const struct fake *)ctx)->wall_s;
}

static struct fake_job *job_new(struct fake *fake, enum job_kind kind, void *arg)
{
    struct fake_job *job = ARENA_NEW(fake->arena, struct fake_job);
    job->kind = kind;
    job->arg = arg;
    *vec_push(fake->arena, &fake->jobs) = job;
    return job;
}

/* --- provider ---------------------------------------------------------------- */

static const struct provider_caps *fake_caps(void *ctx, const char *account, struct err *err)
{
    struct fake *fake = ctx;
    if (strcmp(account, "gone") != 0)
        return &fake->caps;
    err_set(err, ERR_INVALID, "there is no plugin for account gone");
    return NULL;
}

static bool fake_can_read(void *ctx, const char *account)
{
    (void)account;
    return !((const struct fake *)ctx)->no_secret;
}

static void fake_read(void *ctx, const char *account, const char *name, const char *zone,
                      void (*done)(void *arg, const struct provider_zone *result), void *arg)
{
    struct fake *fake = ctx;
    struct fake_job *job = job_new(fake, JOB_READ, arg);
    job->account = account;
    job->name = name;
    job->zone = zone;
    job->read_done = done;
    fake->reads++;
}

static int fake_keeps(void *ctx, const char *account, const struct rrset *set, struct arena *arena,
                      struct rrset **ret, struct err *err)
{
    struct fake *fake = ctx;
    (void)account;
    if (fake->refused && strcmp(fake->refused, set->owner) == 0)
        return err_set(err, ERR_INVALID, "%s is not served here", set->owner);
    *ret = rrset_copy(arena, set);
    if ((*ret)->ttl < fake->ttl_floor)
        (*ret)->ttl = fake->ttl_floor;
    return 0;
}

static int64_t fake_eta(void *ctx, const char *account, size_t reads, size_t writes)
{
    (void)ctx;
    (void)account;
    return (int64_t)(reads * 10 + writes * 100);
}

/* --- nameservers ------------------------------------------------------------- */

static void fake_query(void *ctx, const struct dns_question *question,
                       void (*done)(void *arg, const struct dns_reply *reply), void *arg)
{
    struct fake *fake = ctx;
    struct fake_job *job = job_new(fake, JOB_QUERY, arg);
    job->question = *question;
    job->query_done = done;
    fake->queries++;
}

static void fake_servers(void *ctx, const char *zone,
                         void (*done)(void *arg, const struct dns_servers *servers), void *arg)
{
    struct fake *fake = ctx;
    struct fake_job *job = job_new(fake, JOB_SERVERS, arg);
    job->zone = zone;
    job->servers_done = done;
    fake->servers++;
}

/* --- making ------------------------------------------------------------------ */

struct fake *fake_new(struct arena *arena)
{
    struct fake *fake = ARENA_NEW(arena, struct fake);
    fake->arena = arena;
    fake->by_name = map_new(arena);
    fake->wall_s = 1764000000; /* 2025-11-24 */
    fake->caps = (struct provider_caps){ .plugin = "fake",
                                         .version = "1",
                                         .guard = GUARD_NONE,
                                         .atomic = ATOMIC_ZONE,
                                         .ttl_default_s = 3600,
                                         .ttl_max_s = 86400,
                                         .level = 'C' };
    fake->loop = (struct loop_port){ .ctx = fake, .wall_s = fake_wall, .run = fake_run };
    fake->provider = (struct provider_port){ .ctx = fake,
                                             .caps = fake_caps,
                                             .can_read = fake_can_read,
                                             .read = fake_read,
                                             .keeps = fake_keeps,
                                             .eta_ms = fake_eta };
    fake->dns = (struct dns_port){ fake, fake_query, fake_servers };
    return fake;
}

struct fake_zone *fake_zone_add(struct fake *fake, const char *account, const char *name)
{
    struct fake_zone *zone = ARENA_NEW(fake->arena, struct fake_zone);
    zone->account = account;
    zone->zone = (struct zone){ .name = name, .cookie = "cookie", .whole = true };
    zone->ns = "192.0.2.1:53";
    map_put(fake->by_name, arena_printf(fake->arena, "%s %s", account, name), zone);
    map_put(fake->by_name, arena_printf(fake->arena, " %s", name), zone); /* any account */
    fake_record(fake, zone, name, 3600, "SOA", "ns1.example.net. host.example.net. 1 2 3 4 600");
    fake_record(fake, zone, name, 3600, "NS", "ns1.example.net.");
    return zone;
}

struct rrset *fake_record(struct fake *fake, struct fake_zone *zone, const char *owner,
                          uint32_t ttl, const char *type, const char *rdata)
{
    struct err err = { 0 };
    uint16_t number;
    struct rdata wire;
    if (rtype_parse(type, &number, &err) ||
        rdata_parse(number, rdata, zone->zone.name, RDATA_ZONEFILE, fake->arena, &wire, &err))
        die(&err);
    struct zone *z = &zone->zone;
    for (size_t i = 0; i < z->n; i++) {
        if (z->sets[i].type == number && strcmp(z->sets[i].owner, owner) == 0) {
            z->sets[i].ttl = ttl;
            rrset_add(fake->arena, &z->sets[i], wire);
            return &z->sets[i];
        }
    }
    struct rrset *sets = ARENA_ARRAY(fake->arena, struct rrset, z->n + 1);
    if (z->n)
        memcpy(sets, z->sets, z->n * sizeof *sets);
    z->sets = sets;
    sets[z->n] = *rrset_new(fake->arena, owner, number, ttl);
    rrset_add(fake->arena, &sets[z->n], wire);
    return &sets[z->n++];
}

void fake_remove(struct fake_zone *zone, const char *owner, uint16_t type)
{
    size_t n = 0;
    for (size_t i = 0; i < zone->zone.n; i++)
        if (zone->zone.sets[i].type != type || strcmp(zone->zone.sets[i].owner, owner) != 0)
            zone->zone.sets[n++] = zone->zone.sets[i];
    zone->zone.n = n;
}

struct ports fake_ports(struct fake *fake)
{
    return (struct ports){ .loop = &fake->loop, .provider = &fake->provider, .dns = &fake->dns };
}
