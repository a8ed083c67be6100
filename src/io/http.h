/* http: the transport port on libcurl.
 *
 * One request is one exchange: no redirect is followed, nothing but http and
 * https is spoken, no .netrc or cookie is read, and libcurl's own trace is never
 * switched on (it shows secrets).  No request is ever sent twice: where libcurl
 * would repeat one on a fresh connection, only GET and HEAD are let through.
 * Limits and retries are the caller's; this file only smooths bursts of new
 * connections, because small servers have a listen backlog of about ten. */
#pragma once
#include "io/loop.h"
#include "ports/transport.h"

struct http; /* opaque */

struct http_options {
    const char *user_agent; /* NULL: "dnschange" */
    const char *ca_file;    /* NULL: the system's; for tests and private CAs */
    size_t held_max;        /* octets of unfinished replies held at once; 0: 24 MiB */
};

struct http *http_new(struct loop *loop, const struct http_options *options); /* NULL: defaults */
/* Completes what is under way (HTTP_NOT_SENT or HTTP_LOST, ERR_INTERRUPTED),
 * calling back from here, then frees. */
void http_free(struct http *http);
struct transport_port http_port(struct http *http);
uint64_t http_count(const struct http *http); /* requests started so far */
