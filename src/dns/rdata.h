/* rdata: one record's data, in wire form.
 *
 * Wire form is what the engine holds, compares and restores: TXT keeps its
 * string boundaries, names inside are uncompressed.  Text is the contract's
 * presentation form ("10 mx1.example.net."; TXT is the joined text without
 * quotes in which only "\\" and "\DDD" are escapes). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct rdata {
    const uint8_t *wire; /* at most 65535 octets */
    size_t len;
};

enum { /* the types the program speaks of by name; others are numbers */
       TYPE_A = 1,
       TYPE_NS = 2,
       TYPE_CNAME = 5,
       TYPE_SOA = 6,
       TYPE_PTR = 12,
       TYPE_MX = 15,
       TYPE_TXT = 16,
       TYPE_AAAA = 28,
       TYPE_SRV = 33,
       TYPE_NAPTR = 35,
       TYPE_DNAME = 39,
       TYPE_DS = 43,
       TYPE_RRSIG = 46,
       TYPE_NSEC = 47,
       TYPE_DNSKEY = 48,
       TYPE_NSEC3 = 50,
       TYPE_NSEC3PARAM = 51,
       TYPE_TLSA = 52,
       TYPE_CDS = 59,
       TYPE_CDNSKEY = 60,
       TYPE_SVCB = 64,
       TYPE_HTTPS = 65,
       TYPE_SPF = 99,
       TYPE_CAA = 257,
       TYPE_ANY = 255,
};

/* "MX", "mx", "TYPE65280" to a number.  Meta types (ANY, AXFR, ...), TYPE0 and
 * unknown words are ERR_INVALID. */
int rtype_parse(const char *text, uint16_t *ret, struct err *err) WARN_UNUSED;
const char *rtype_text(uint16_t type); /* static storage or a small ring of "TYPEnnn" */
bool rtype_is_dnssec(uint16_t type);   /* RRSIG NSEC NSEC3 NSEC3PARAM DNSKEY CDS CDNSKEY */

enum rdata_rules {
    RDATA_TICKET = 0,  /* names as name_target() says; TXT with the JSON escapes     */
    RDATA_EDIT = 1,    /* as RDATA_TICKET, but TXT is raw text without escapes, or
                          quoted strings (zone file escapes) if it starts with '"'   */
    RDATA_ZONEFILE = 2 /* names absolute with or without final dot, TXT quoted strings
                          with zone file escapes: what provider APIs speak           */
};

/* Text to wire.  Tokenised by us, parsed by ldns, printed again and compared
 * token for token, because ldns rewrites bad numbers silently; a difference is
 * ERR_INVALID that says which field.  TXT longer than 255 octets is split at
 * 255 unless quoted strings say otherwise.  `domain` (canonical) is what names
 * are relative to. */
int rdata_parse(uint16_t type, const char *text, const char *domain, enum rdata_rules rules,
                struct arena *arena, struct rdata *ret, struct err *err) WARN_UNUSED;

/* Contract form (RDATA_TICKET spelling; absolute names with a final dot).  Both
 * texts are read back as the same data.  Octets that are no record of the type,
 * which only a broken server has, come out as "\# LENGTH HEX" and are refused
 * when read. */
const char *rdata_text(uint16_t type, struct rdata rdata, struct arena *arena);
/* Zone file form (RDATA_ZONEFILE; TXT as quoted strings at their boundaries). */
const char *rdata_zonefile_text(uint16_t type, struct rdata rdata, struct arena *arena);

/* Same data?  Names inside compare case-blind (also SVCB, HTTPS, LP targets and
 * CAA tags, which ldns leaves alone), TXT and SPF by their joined octets,
 * everything else byte for byte.  rdata_same_wire() also wants equal TXT string
 * boundaries. */
bool rdata_equal(uint16_t type, struct rdata a, struct rdata b);
bool rdata_same_wire(struct rdata a, struct rdata b);

/* TXT helpers.  Octets in, octets out: a TXT value is bytes, not text.  More
 * than TXT_OCTETS_MAX octets fit no record: txt_from_octets() then gives a NULL
 * wire (rdata_parse() refuses such text). */
#define TXT_OCTETS_MAX 65279
struct rdata txt_from_octets(const void *octets, size_t n, struct arena *arena); /* split at 255 */
const char *txt_octets(struct rdata rdata, struct arena *arena, size_t *ret_n);  /* joined */
bool txt_default_split(struct rdata rdata); /* every string but the last is 255 long */
/* Joined text in contract escapes, and back. */
const char *txt_text(const void *octets, size_t n, struct arena *arena);
int txt_parse(const char *text, struct arena *arena, const char **ret_octets, size_t *ret_n,
              struct err *err) WARN_UNUSED;
/* The strings of one TXT as contract text each (for "strings" in a review copy). */
void txt_strings(struct rdata rdata, struct arena *arena, struct strv *ret);
int txt_from_strings(const struct strv *strings, struct arena *arena, struct rdata *ret,
                     struct err *err) WARN_UNUSED;

/* The name that MX, CNAME, NS, SRV, PTR, DNAME, SVCB and HTTPS point at, or NULL. */
const char *rdata_target(uint16_t type, struct rdata rdata, struct arena *arena);

/* Lower-case hex of the wire form, and back: LKG and plugins carry it. */
const char *rdata_hex(struct rdata rdata, struct arena *arena);
int rdata_from_hex(const char *hex, struct arena *arena, struct rdata *ret,
                   struct err *err) WARN_UNUSED;
