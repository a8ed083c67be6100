/* probe: does a provider account read, and write?  The write is a TXT set under a
 * name of our own, removed again. */
#pragma once
#include "cli/session.h"

#define PROBE_LABEL "_dnschange-test"

struct probe {
    const char *account, *detail; /* who answered; may be NULL */
    const char *zone, *owner;     /* NULL: the portfolio has no domain there */
    const char *cookie;
    size_t sets;
    int64_t read_ms, write_ms;
    bool wrote;
    bool taken; /* the probe's name is in use already */
};

/* Asks the account, then reads one zone: `zone`, or that of the portfolio's first
 * domain there. */
int probe_read(struct session *session, const char *account, const char *zone, struct probe *ret,
               struct err *err) WARN_UNUSED;
/* Writes, reads back, removes, reads back.  ERR_CONFLICT when the name is taken. */
int probe_write(struct session *session, struct probe *probe, struct err *err) WARN_UNUSED;
