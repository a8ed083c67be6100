/* fake_ports: a loop that only turns, a provider and nameservers over zones in
 * memory.  For tests of what reads; nothing here writes. */
#pragma once
#include "base/map.h"
#include "rollout/ports.h"

struct fake_zone {
    const char *account;
    struct zone zone;
    struct err err; /* what a read gives instead, when set */
    const char *ns; /* address of its server; NULL: none can be found */
    bool lame;      /* its server does not answer with authority */
};

struct fake {
    struct arena *arena;
    struct map *by_name;       /* "account zone" and " zone" -> struct fake_zone */
    struct provider_caps caps; /* of every account */
    bool no_secret;            /* can_read is false */
    uint32_t ttl_floor;        /* keeps() raises TTLs to it */
    const char *refused;       /* keeps() refuses this owner */
    int64_t wall_s;
    size_t reads, writes, servers, queries;
    VEC(struct fake_job *) jobs; /* completions to come */
    size_t next_job;
    struct loop_port loop;
    struct provider_port provider;
    struct dns_port dns;
};

struct fake *fake_new(struct arena *arena);
struct fake_zone *fake_zone_add(struct fake *fake, const char *account, const char *name);
/* One record in zone file form; records of one owner and type make a set. */
struct rrset *fake_record(struct fake *fake, struct fake_zone *zone, const char *owner,
                          uint32_t ttl, const char *type, const char *rdata);
void fake_remove(struct fake_zone *zone, const char *owner, uint16_t type);
struct ports fake_ports(struct fake *fake);
