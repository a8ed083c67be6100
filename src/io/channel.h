/* channel: one c-ares channel that works in the loop.  Transport only: packets
 * go out as given, octets come back as received. */
#pragma once
#include <ares.h>

#include "io/loop.h"

struct channel; /* opaque */

struct channel_options {
    const char *servers; /* "192.0.2.1:53", "[::1]:53", several with commas; NULL: the system's */
    bool tcp;            /* TCP from the start */
    bool verbatim;       /* one try, nothing filtered, no TCP on TC: the caller decides */
    int64_t try_ms;
    unsigned tries;
};

int channel_new(struct loop *loop, const struct channel_options *options, struct channel **ret,
                struct err *err) WARN_UNUSED;
/* Queries under way are called back with ARES_EDESTRUCTION. NULL is fine. */
void channel_free(struct channel *channel);

/* Sends a query packet as it is; `done` may be called before this returns. */
void channel_send(struct channel *channel, const uint8_t *packet, size_t n, ares_callback done,
                  void *arg);
/* Asks with RD set and EDNS, as stub resolvers do; `done` may be called before this returns. */
void channel_query(struct channel *channel, const char *name, uint16_t type, ares_callback done,
                   void *arg);
