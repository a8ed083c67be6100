/* powerdns: what the files of this plugin share.  API pages:
 * https://doc.powerdns.com/authoritative/http-api/zone.html */
#pragma once
#include <dnschange/provider.h>

/* PowerDNS' own record types, which never appear on the wire. */
#define PDNS_TYPE_ALIAS 65401
#define PDNS_TYPE_LUA   65402
/* Stands for a type whose name the program does not know; never written. */
#define PDNS_TYPE_OTHER 65534

struct pdns_op {      /* op->state */
    const char *zone; /* tried, or given */
    /* APPLY: */
    int reading_back;
    unsigned failures;            /* of PATCH */
    const struct dc_rrset **live; /* what reading back found */
    size_t n_live;
};

/* What PowerDNS keeps beside the served records of a set (dc_rrset.extra):
 * {"comments":[{"account":..,"content":..,"modified_at":..}],"disabled":["20 mx2."]} */
struct pdns_extra {
    const char *const *disabled; /* contents, sorted */
    size_t n_disabled;
    const char *const *comments; /* JSON objects, sorted */
    size_t n_comments;
};

/* Why PowerDNS' API must not be used to write this type, or NULL. */
const char *pdns_type_refusal(uint16_t type);

/* extra.c */
const char *pdns_extra_format(const struct dc_host *host, struct dc_arena *arena,
                              const struct pdns_extra *extra); /* NULL when there is nothing */
/* 0, or -1 when the text is not what pdns_extra_format() wrote. */
int pdns_extra_parse(const struct dc_host *host, struct dc_op *op, const char *text,
                     struct pdns_extra *ret);
void pdns_strings_sort(const char **v, size_t n);
int pdns_comments_same(const struct pdns_extra *a, const struct pdns_extra *b);

/* read.c: the answer to GET /zones/{id} as RRsets of the operation. */
int pdns_zone_read(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply,
                   const char *zone);
/* The same, into state->live. */
int pdns_zone_read_back(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply);
/* "error" of a reply's JSON body, its text if it is none; NULL: empty. */
const char *pdns_reply_said(const struct dc_host *host, struct dc_op *op,
                            const struct dc_reply *reply);
/* Is the body an error object, as PowerDNS itself writes it? */
int pdns_reply_is_own(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply);
/* The member "kind" of a zone cookie; "" if there is none. */
const char *pdns_cookie_kind(const struct dc_host *host, struct dc_op *op);
int pdns_kind_is_secondary(const char *kind);
int pdns_kind_is_primary(const char *kind);

/* write.c */
/* The body of PATCH /zones/{id} for all changes of the operation, or NULL after
 * host->fail(). */
const char *pdns_patch_body(const struct dc_host *host, struct dc_op *op, size_t *ret_len);
int pdns_patch_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply);
