/* transport port: one HTTP request out, one reply back.  What `provider` uses;
 * implemented by io over libcurl and by tests from memory. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct http_header {
    const char *name, *value;
};

/* How far a request came, which decides whether its effect is known. */
enum http_outcome {
    HTTP_REPLIED,  /* a whole reply was read                                            */
    HTTP_NOT_SENT, /* no octet of the request left: name not found, refused, TLS failed */
    HTTP_LOST      /* sent, at least partly, and no whole reply came: effect unknown    */
};

struct http_request {   /* all borrowed until the callback was called */
    const char *method; /* GET, POST ... */
    const char *url;    /* http or https, nothing else; never followed elsewhere */
    const struct http_header *headers;
    size_t n_headers;
    const void *body; /* NULL: none */
    size_t body_len;
    int64_t timeout_ms;  /* whole request */
    size_t max_reply;    /* octets of body; more is HTTP_LOST with ERR_FAILED "reply too large" */
    const char *resolve; /* "host:port:address" to use instead of the resolver; or NULL */
};

struct http_reply { /* valid during the callback only */
    enum http_outcome outcome;
    int status; /* 0 unless HTTP_REPLIED */
    const struct http_header *headers;
    size_t n_headers;
    const char *body; /* NUL-terminated */
    size_t body_len;
    const char *address;   /* the peer, "127.0.0.1:8081"; may be "" */
    int64_t connect_us;    /* what the TCP handshake took (the round trip); -1: not known */
    const struct err *err; /* why not, when outcome is not HTTP_REPLIED */
};

struct transport_port {
    void *ctx;
    void (*submit)(void *ctx, const struct http_request *request,
                   void (*done)(void *arg, const struct http_reply *reply), void *arg);
};
