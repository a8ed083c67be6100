/* nameservers: which servers a zone has, through the system's resolver. */
#pragma once
#include "io/loop.h"
#include "ports/dns.h"

struct nameservers; /* opaque */

/* `resolver`: "address:port" to ask instead of what /etc/resolv.conf says; NULL. */
struct nameservers *nameservers_new(struct loop *loop, const char *resolver);
/* What is under way is completed with ERR_INTERRUPTED, called back from here. */
void nameservers_free(struct nameservers *servers);
/* A and AAAA of every NS of `zone` (borrowed until the callback), one entry per
 * address, by name of the NS.  A name server's addresses are asked for once.
 * NS without address are left out and logged; none left is an error. */
void nameservers_find(struct nameservers *servers, const char *zone,
                      void (*done)(void *arg, const struct dns_servers *servers), void *arg);
uint64_t nameservers_count(const struct nameservers *servers); /* questions asked */
