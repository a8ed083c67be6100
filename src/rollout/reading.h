/* reading: the zones of many domains, each zone once, all at the same time.
 * Through the provider where there is a secret for reading, else from the
 * authoritative servers.  Decides nothing about what it reads. */
#pragma once
#include "portfolio/portfolio.h"
#include "rollout/ports.h"
#include "ticket/ticket.h"

struct reading_item {
    const struct domain *domain;
    const char *account;
};

/* Valid during the callback only: a zone may be large, so compute at once and
 * copy what is kept. */
struct reading_result {
    size_t item;             /* index into the items handed in */
    struct err err;          /* code ERR_NONE: the rest is there */
    const struct zone *zone; /* whole unless source is "dns" */
    const struct provider_caps *caps;
    const char *source; /* "api" or "dns" */
};
typedef void reading_fn(void *arg, const struct reading_result *result);

struct reading_input {
    const struct ports *ports;
    const struct settings *settings;
    const struct ticket *ticket; /* which owners and types DNS is asked for, and vars */
    const struct reading_item *items;
    size_t n;
    reading_fn *each; /* once an item; items of one zone directly after each other */
    void *arg;
};

struct reading; /* what is kept: the servers of each zone; in the arena */

/* Runs the loop until every item was handed over and the servers of every zone
 * that was read are known.  -1 only when the loop broke. */
int reading_run(const struct reading_input *in, struct arena *arena, struct reading **ret,
                struct err *err) WARN_UNUSED;

/* Addresses to ask about a zone of an account: the account's `nameservers`, else
 * every NS; without `ignore_ns`.  Shared between zones with the same servers.
 * None, when nothing could be found out. */
const struct server *reading_servers(const struct reading *reading, const char *account,
                                     const char *zone, size_t *ret_n);
size_t reading_zones(const struct reading *reading); /* read calls made */

/* Servers of the settings as addresses; ERR_INVALID names the one that is none. */
int servers_parse(const struct strv *list, struct arena *arena, struct server **ret, size_t *ret_n,
                  struct err *err) WARN_UNUSED;
