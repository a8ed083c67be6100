/* message: DNS queries and answers as octets (RFC 1035, EDNS RFC 6891), through
 * ldns.  Pure: nothing is sent here. */
#pragma once
#include "dns/rrset.h"

#define MESSAGE_UDP_SIZE 1232

/* A query for name/type with RD as asked, EDNS size 1232.  Returns the length,
 * or 0 when the name does not fit. */
size_t message_query(const char *name, uint16_t type, uint16_t id, bool recurse, bool edns,
                     uint8_t *ret, size_t cap);

struct answer {
    uint8_t rcode; /* 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED ... */
    bool aa, tc, ra;
    struct rrset *set;      /* records of exactly the asked name and type; NULL: none */
    struct rrset *cname;    /* the CNAME at the asked name when one came instead; or NULL */
    struct rrset *synonym;  /* asked type at the end of that chain, its own owner; or NULL */
    int64_t negative_ttl_s; /* min(SOA TTL, SOA minimum) of a negative answer, else -1 */
    bool referral;          /* no answer, not authoritative, NS in the authority section */
};

/* The id of a message; 0 when it is too short to have one. */
uint16_t message_id(const uint8_t *octets, size_t n);

/* Decodes a reply to the question name/type/id.  ERR_FAILED for anything that is
 * not such a reply: wrong id, not a response, other question, broken. */
int message_answer(const uint8_t *octets, size_t n, uint16_t id, const char *name, uint16_t type,
                   struct arena *arena, struct answer *ret, struct err *err) WARN_UNUSED;
