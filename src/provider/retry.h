/* retry: what a reply, or its absence, means: hand it on, send again, give up.
 * Pure; waiting is exchange's job. */
#pragma once
#include <dnschange/provider.h>
#include <stdbool.h>

#include "ports/transport.h"

#define RETRY_LOST_MAX  4 /* tries of a request that fails by accident       */
#define RETRY_LIMIT_MAX 7 /* tries of a request that is told to come back     */
/* A longer Retry-After is reported instead of waited for. */
#define RETRY_AFTER_MAX_MS 120000

enum retry { RETRY_HAND_ON, RETRY_AGAIN };

struct retry_case {
    enum http_outcome outcome;
    int status;
    enum dc_effect effect;
    unsigned attempt;       /* 1: that was the first try */
    int64_t retry_after_ms; /* -1: nobody said */
};

/* Nothing sent: again.  Lost: again unless blind.  429, 503: nothing was done,
 * again.  500, 502, 504: again unless blind.  Everything else is handed on. */
enum retry retry_decide(const struct retry_case *now);
/* Milliseconds to pause before the next try: doubling, jittered by +-50 % with
 * `random`, at least what the server asked for. */
int64_t retry_pause_ms(const struct retry_case *now, uint32_t random);
bool retry_is_limit(const struct retry_case *now);

/* Retry-After (RFC 9110 10.2.3) in either form; -1: none or nonsense. */
int64_t retry_after_ms(const struct http_header *headers, size_t n, int64_t wall_s);

/* Fills err from a reply that is a failure: code, retry, scope, message.  `said`
 * is the provider's own message or NULL.  Always -1. */
int reply_error(const struct dc_reply *reply, enum dc_effect effect, const char *said,
                struct err *err);
