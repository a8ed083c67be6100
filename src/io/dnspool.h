/* dnspool: questions to named servers, as many at once as is good for them.
 *
 * One c-ares channel per server address (two when TCP is needed too), at most
 * 128 of them, the longest unused one giving way; at most 128 questions in
 * flight each (beyond that the kernel's receive buffer drops answers); a token
 * bucket per address.  TC is followed over TCP, FORMERR repeated without EDNS
 * (RFC 6891 7), a timeout repeated; every other rcode is an answer. */
#pragma once
#include "io/loop.h"
#include "ports/dns.h"

struct dnspool; /* opaque */

struct dnspool_options { /* 0: the default in brackets */
    int64_t try_ms;      /* one try [2000] */
    unsigned tries;      /* [3] */
    size_t channels;     /* at once [128] */
    size_t in_flight;    /* per channel [128] */
    size_t total;        /* in flight on all channels [1024] */
};

struct dnspool *dnspool_new(struct loop *loop, const struct dnspool_options *options);
/* What is under way is completed as DNS_BROKEN, called back from here. */
void dnspool_free(struct dnspool *pool);
/* Questions per second and server address, with bursts of two seconds' worth;
 * 0: no limit.  Loopback addresses are never limited. */
void dnspool_polite(struct dnspool *pool, unsigned per_second);
void dnspool_query(struct dnspool *pool, const struct dns_question *question,
                   void (*done)(void *arg, const struct dns_reply *reply), void *arg);
uint64_t dnspool_count(const struct dnspool *pool);  /* packets sent so far, repeats included */
size_t dnspool_channels(const struct dnspool *pool); /* open at present */
