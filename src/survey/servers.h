/* servers: the authoritative servers of many domains, each zone asked for once:
 * what the settings say, else what the DNS says. */
#pragma once
#include "portfolio/scope.h"
#include "rollout/ports.h"

struct zone_servers {
    struct server *v;
    size_t n;
    struct err err; /* code ERR_NONE unless nothing could be found out */
};

/* Runs the loop.  ret[i] belongs to domains[i] at its first account; a domain
 * that is no zone apex takes the servers of the nearest zone above it. */
int servers_find(const struct ports *ports, const struct settings *settings,
                 const struct domains *domains, struct arena *arena, struct zone_servers **ret,
                 struct err *err) WARN_UNUSED;
struct server *servers_copy(struct arena *arena, const struct server *servers, size_t n);
