/* dns port: questions to named servers, and which servers a zone has. */
#pragma once
#include "dns/message.h"

struct server {       /* an address with port; compares and prints as text */
    char text[64];    /* "192.0.2.1:53" or "[2001:db8::1]:53" */
    const char *name; /* the NS name it was found under, or NULL; borrowed */
};

enum dns_status {
    DNS_ANSWERED, /* a reply to this question arrived, whatever its rcode           */
    DNS_TIMEOUT,  /* nothing came in time                                          */
    DNS_BROKEN    /* unreachable, or what came was not a reply to this question    */
};

struct dns_question {
    struct server server;
    const char *name; /* canonical; borrowed until the callback */
    uint16_t type;
    bool tcp;     /* start with TCP (else UDP, and TCP on TC by itself) */
    bool recurse; /* RD set: only for recursive resolvers */
};

struct dns_reply { /* valid during the callback only: copy what is kept */
    enum dns_status status;
    struct answer answer; /* when DNS_ANSWERED */
    bool used_tcp;
    struct err err; /* when not DNS_ANSWERED */
};

struct dns_servers { /* valid during the callback only */
    struct server *v;
    size_t n;
    struct err err; /* code ERR_NONE unless nothing could be found out */
};

struct dns_port {
    void *ctx;
    void (*query)(void *ctx, const struct dns_question *question,
                  void (*done)(void *arg, const struct dns_reply *reply), void *arg);
    /* Addresses (A and AAAA) of every NS of `zone`, through the system resolver. */
    void (*servers)(void *ctx, const char *zone,
                    void (*done)(void *arg, const struct dns_servers *servers), void *arg);
};
