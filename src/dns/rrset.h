/* rrset: records of one owner and type, as multisets of RDATA. */
#pragma once
#include "dns/name.h"
#include "dns/rdata.h"

struct rrset {
    const char *owner; /* canonical */
    uint16_t type;
    uint32_t ttl; /* seconds; one per RRset (RFC 2181 5.2) */
    struct rdata *rr;
    size_t n;
    /* What the provider keeps beside the served values (disabled records,
     * comments, proxied, labels ...): opaque compact JSON text of the plugin,
     * NULL when there is nothing.  Kept, restored and compared. */
    const char *extra;
    /* Etag, record ids: opaque, refreshed by every reply, never restored. */
    const char *token;
    /* Why the program must not write it (alias, routing policy ...); NULL: may. */
    const char *unmanaged;
    size_t cap; /* room in rr, kept by rrset_add(); 0 when rr was set by hand */
};

/* No record and nothing kept beside: the set does not exist.  NULL is absent. */
bool rrset_absent(const struct rrset *set);

struct rrset *rrset_new(struct arena *arena, const char *owner, uint16_t type, uint32_t ttl);
void rrset_add(struct arena *arena, struct rrset *set, struct rdata rdata); /* keeps the wire */
/* Deep copy into `arena`; NULL gives NULL. */
struct rrset *rrset_copy(struct arena *arena, const struct rrset *set);

/* Same records as multisets; the TTL not looked at. */
bool rrset_same_values(const struct rrset *a, const struct rrset *b);
/* Same records, TTL and extra; TXT string boundaries count.  Absent equals absent. */
bool rrset_equal(const struct rrset *a, const struct rrset *b);
/* As rrset_equal, but TXT strings may be split otherwise (case 35). */
bool rrset_equivalent(const struct rrset *a, const struct rrset *b);

/* Multiset algebra on records, compared with rdata_equal. */
bool rrset_has(const struct rrset *set, struct rdata rdata);
bool rrset_contains(const struct rrset *set, const struct rrset *part);
/* a without b; owner, type, ttl, extra of a.  NULL counts as empty. */
struct rrset *rrset_minus(struct arena *arena, const struct rrset *a, const struct rrset *b);
/* a and then what b has besides. */
struct rrset *rrset_union(struct arena *arena, const struct rrset *a, const struct rrset *b);

/* A rule of one set on its own: duplicate records, CNAME or DNAME or SOA with
 * several records, TTL over 2^31-1 (RFC 2181 8), null MX beside other MX (RFC
 * 7505 3), TTL 0 .. max. ERR_INVALID names owner and type. */
int rrset_check(const struct rrset *set, struct err *err) WARN_UNUSED;

/* A zone as read: sets sorted by owner, then type. */
struct zone {
    const char *name;   /* canonical */
    const char *cookie; /* opaque to all but the plugin; may be NULL */
    struct rrset *sets;
    size_t n;
    bool whole; /* false: only some sets were read; an absent one may exist */
};
void zone_sort(struct zone *zone);
const struct rrset *zone_find(const struct zone *zone, const char *owner, uint16_t type);
/* First set of an owner and how many; NULL and 0 when there is none. */
const struct rrset *zone_owner(const struct zone *zone, const char *owner, size_t *ret_n);
/* Is there any name at or below `owner` (an empty non-terminal counts)? */
bool zone_name_exists(const struct zone *zone, const char *owner);
/* What the zone's servers answer at owner/type when no such set exists:
 * the wildcard's set (RFC 4592), else NULL.  A CNAME at the wildcard is returned
 * as that CNAME set.  The result is owned by the zone and bears the wildcard's
 * own owner name. */
const struct rrset *zone_synthesised(const struct zone *zone, const char *owner, uint16_t type);
/* The owner is at or below a delegation in this zone (not the apex), or below a
 * DNAME: records there are invisible (at a delegation: all but NS and DS).
 * Returns the topmost such cut's owner or NULL. */
const char *zone_cut_above(const struct zone *zone, const char *owner);

/* Rules between sets of one zone after `change` replaces the set of its owner
 * and type: CNAME alone at a name, none at the apex (RFC 1034 3.6.2, RFC 2181
 * 10.1), nothing below a DNAME (RFC 6672 2.4).  `changes` are all changes of the
 * zone in this ticket, so that a swap is judged as a whole. */
int zone_check(const struct zone *zone, const struct rrset *const *changes, size_t n,
               struct err *err) WARN_UNUSED;
