/* resolve: the dns port on c-ares: questions to named servers (dnspool) and the
 * servers of a zone (nameservers). */
#pragma once
#include "io/loop.h"
#include "ports/dns.h"

struct resolve; /* opaque */

struct resolve_options {  /* 0 or NULL: the default in brackets */
    int64_t try_ms;       /* how long one try waits [2000] */
    unsigned tries;       /* per question [3] */
    const char *resolver; /* "address:port" for finding name servers [resolv.conf] */
};

/* ERR_FAILED when c-ares cannot be set up. */
int resolve_new(struct loop *loop, const struct resolve_options *options, struct resolve **ret,
                struct err *err) WARN_UNUSED;
/* Completes everything under way, calling back from here, then frees. */
void resolve_free(struct resolve *resolve);
struct dns_port resolve_port(struct resolve *resolve); /* valid as long as `resolve` */

#define RESOLVE_PER_SECOND 50
/* At most this many questions per second and server address [RESOLVE_PER_SECOND],
 * bursts of two seconds' worth; 0: no limit.  Loopback is never limited. */
void resolve_polite(struct resolve *resolve, unsigned per_second);
/* Questions sent so far, repeats included. */
uint64_t resolve_counts(const struct resolve *resolve);
