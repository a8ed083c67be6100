/* message: DNS messages as octets.  See message.h.  The frame (header, question,
 * lengths) is checked here before ldns expands the names and records in it. */
#include "dns/message.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#define HEADER    12
#define CHAIN_MAX 16 /* CNAMEs followed inside one reply */

/* --- query ------------------------------------------------------------------ */

static uint8_t *put16(uint8_t *to, unsigned value)
{
    *to++ = (uint8_t)(value >> 8);
    *to++ = (uint8_t)value;
    return to;
}

size_t message_query(const char *name, uint16_t type, uint16_t id, bool recurse, bool edns,
                     uint8_t *ret, size_t cap)
{
    uint8_t wire[NAME_WIRE_MAX];
    size_t n;
    if (name_to_wire(name, wire, &n, NULL) < 0 || cap < HEADER + n + 4 + (edns ? 11 : 0))
        return 0;
    uint8_t *to = put16(ret, id);
    to = put16(to, recurse ? 0x0100 : 0); /* RD (RFC 1035 4.1.1) */
    to = put16(to, 1);
    to = put16(to, 0);
    to = put16(to, 0);
    to = put16(to, edns ? 1 : 0);
    to = mempcpy(to, wire, n);
    to = put16(to, type);
    to = put16(to, 1); /* class IN */
    if (edns) {
        *to++ = 0; /* OPT at the root (RFC 6891 6.1.2) */
        to = put16(to, LDNS_RR_TYPE_OPT);
        to = put16(to, MESSAGE_UDP_SIZE);
        to = put16(to, 0);
        to = put16(to, 0);
        to = put16(to, 0);
    }
    return (size_t)(to - ret);
}

/* --- reply ------------------------------------------------------------------ */

struct record {
    const char *owner;
    uint16_t type, class;
    uint32_t ttl;
    size_t rdata_at; /* of the length field */
    size_t section;  /* 1 answer, 2 authority, 3 additional */
};

struct reply {
    const uint8_t *octets;
    size_t n, at;
    struct arena *arena;
    struct record *records;
    size_t count;
};

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* The possibly compressed name at reply->at; moves past it. */
static int owner_read(struct reply *reply, const char **ret)
{
    ldns_rdf *rdf = NULL;
    size_t used;
    if (ldns_wire2dname(&rdf, reply->octets, reply->n, &reply->at) != LDNS_STATUS_OK)
        return -1;
    int failed =
        name_from_wire(ldns_rdf_data(rdf), ldns_rdf_size(rdf), reply->arena, ret, &used, NULL);
    ldns_rdf_deep_free(rdf);
    return failed;
}

static int record_read(struct reply *reply, struct record *ret)
{
    if (owner_read(reply, &ret->owner) < 0 || reply->n - reply->at < 10)
        return -1;
    const uint8_t *fixed = reply->octets + reply->at;
    size_t len = get16(fixed + 8);
    if (reply->n - reply->at - 10 < len)
        return -1;
    ret->type = (uint16_t)get16(fixed);
    ret->class = (uint16_t)get16(fixed + 2);
    ret->ttl = get32(fixed + 4);
    ret->rdata_at = reply->at + 8;
    reply->at += 10 + len;
    return 0;
}

/* All three sections; what a truncated reply (TC) still has. */
static int records_read(struct reply *reply, bool truncated)
{
    size_t total = 0;
    for (size_t section = 1; section <= 3; section++)
        total += get16(reply->octets + 4 + 2 * section);
    /* A record has at least 11 octets: no memory for more than there can be. */
    size_t room = (reply->n - reply->at) / 11 + 1;
    reply->records = ARENA_ARRAY(reply->arena, struct record, total < room ? total : room);
    for (size_t section = 1; section <= 3; section++) {
        for (unsigned i = get16(reply->octets + 4 + 2 * section); i > 0; i--) {
            struct record record = { .section = section };
            if (record_read(reply, &record) < 0)
                return truncated ? 0 : -1;
            reply->records[reply->count++] = record;
        }
    }
    return 0;
}

static int question_check(struct reply *reply, const char *name, uint16_t type, struct err *err)
{
    const char *asked;
    size_t used;
    if (get16(reply->octets + 4) != 1 ||
        name_from_wire(reply->octets + HEADER, reply->n - HEADER, reply->arena, &asked, &used,
                       NULL) < 0 ||
        reply->n - HEADER - used < 4)
        return err_set(err, ERR_FAILED, "a reply without a readable question");
    const uint8_t *after = reply->octets + HEADER + used;
    if (strcmp(asked, name) != 0 || get16(after) != type || get16(after + 2) != 1)
        return err_set(err, ERR_FAILED, "a reply to another question: %s %s", asked,
                       rtype_text((uint16_t)get16(after)));
    reply->at = HEADER + used + 4;
    return 0;
}

static int header_check(const struct reply *reply, uint16_t id, struct err *err)
{
    if (reply->n < HEADER)
        return err_set(err, ERR_FAILED, "a reply of %zu octets", reply->n);
    if (get16(reply->octets) != id)
        return err_set(err, ERR_FAILED, "a reply with another id");
    if (!(reply->octets[2] & 0x80) || (reply->octets[2] & 0x78))
        return err_set(err, ERR_FAILED, "not a reply to a query");
    return 0;
}

static void rr_freep(ldns_rr **rr)
{
    ldns_rr_free(*rr);
}

static void buffer_freep(ldns_buffer **buffer)
{
    ldns_buffer_free(*buffer);
}

/* The record's data with names expanded. */
static int rdata_read(const struct reply *reply, const struct record *record, struct rdata *ret)
{
    size_t at = record->rdata_at, len = get16(reply->octets + at);
    /* Only the packet up to the end of this record: no name reaches past it. */
    size_t end = at + 2 + len;
    CLEANUP(rr_freep) ldns_rr *rr = ldns_rr_new();
    CLEANUP(buffer_freep) ldns_buffer *wire = ldns_buffer_new(LDNS_MIN_BUFLEN);
    if (!rr || !wire || len == 0)
        return -1;
    ldns_rr_set_type(rr, (ldns_rr_type)record->type);
    if (ldns_wire2rdf(rr, reply->octets, end, &at) != LDNS_STATUS_OK || at != end ||
        ldns_rr_rdata2buffer_wire(wire, rr) != LDNS_STATUS_OK ||
        ldns_buffer_position(wire) > UINT16_MAX || ldns_buffer_position(wire) == 0)
        return -1;
    ret->len = ldns_buffer_position(wire);
    ret->wire = arena_memdup(reply->arena, ldns_buffer_begin(wire), ret->len);
    return 0;
}

/* TTLs over 2^31-1 count as 0; the lowest of a set counts (RFC 2181 5.2, 8). */
static uint32_t ttl_of(const struct record *record)
{
    return record->ttl > INT32_MAX ? 0 : record->ttl;
}

/* Records of one owner and type in the answer section; *ret is NULL when there
 * are none.  The same record twice is one (RFC 2181 5). */
static int set_read(const struct reply *reply, const char *owner, uint16_t type, struct rrset **ret)
{
    struct rrset *set = NULL;
    for (size_t i = 0; i < reply->count; i++) {
        const struct record *record = &reply->records[i];
        struct rdata rdata;
        if (record->section != 1 || record->type != type || record->class != 1 ||
            strcmp(record->owner, owner) != 0)
            continue;
        if (rdata_read(reply, record, &rdata) < 0)
            return -1;
        if (!set)
            set = rrset_new(reply->arena, record->owner, type, ttl_of(record));
        if (ttl_of(record) < set->ttl)
            set->ttl = ttl_of(record);
        if (!rrset_has(set, rdata))
            rrset_add(reply->arena, set, rdata);
    }
    *ret = set;
    return 0;
}

/* From the CNAME at the asked name to the records at the end of the chain. */
static int chain_read(const struct reply *reply, uint16_t type, struct answer *answer)
{
    const struct rrset *cname = answer->cname;
    for (int i = 0; cname && !answer->synonym && i < CHAIN_MAX; i++) {
        struct rrset *next = NULL;
        const char *target = rdata_target(TYPE_CNAME, cname->rr[0], reply->arena);
        if (!target || set_read(reply, target, type, &answer->synonym) < 0 ||
            set_read(reply, target, TYPE_CNAME, &next) < 0)
            return -1;
        cname = next;
    }
    return 0;
}

/* RFC 2308 5: the lower of the SOA's TTL and its last field. */
static int64_t negative_ttl(const struct reply *reply)
{
    for (size_t i = 0; i < reply->count; i++) {
        const struct record *record = &reply->records[i];
        struct rdata soa;
        if (record->section != 2 || record->type != TYPE_SOA ||
            rdata_read(reply, record, &soa) < 0 || soa.len < 22)
            continue;
        uint32_t minimum = get32(soa.wire + soa.len - 4);
        return minimum < ttl_of(record) ? minimum : ttl_of(record);
    }
    return -1;
}

static bool section_has(const struct reply *reply, size_t section, uint16_t type)
{
    for (size_t i = 0; i < reply->count; i++)
        if (reply->records[i].section == section && (type == 0 || reply->records[i].type == type))
            return true;
    return false;
}

/* Four bits in the header, eight more in OPT (RFC 6891 6.1.3). */
static uint8_t rcode_read(const struct reply *reply)
{
    unsigned rcode = reply->octets[3] & 0x0f;
    for (size_t i = 0; i < reply->count; i++)
        if (reply->records[i].section == 3 && reply->records[i].type == LDNS_RR_TYPE_OPT)
            rcode |= (reply->records[i].ttl >> 24) << 4;
    return rcode > UINT8_MAX ? UINT8_MAX : (uint8_t)rcode;
}

static int answer_fill(const struct reply *reply, const char *name, uint16_t type,
                       struct answer *answer)
{
    answer->rcode = rcode_read(reply);
    answer->aa = reply->octets[2] & 0x04;
    answer->tc = reply->octets[2] & 0x02;
    answer->ra = reply->octets[3] & 0x80;
    answer->negative_ttl_s = -1;
    if (set_read(reply, name, type, &answer->set) < 0)
        return -1;
    if (!answer->set && type != TYPE_CNAME &&
        (set_read(reply, name, TYPE_CNAME, &answer->cname) < 0 ||
         chain_read(reply, type, answer) < 0))
        return -1;
    bool positive = answer->set || answer->synonym;
    if (!positive && (answer->rcode == LDNS_RCODE_NOERROR || answer->rcode == LDNS_RCODE_NXDOMAIN))
        answer->negative_ttl_s = negative_ttl(reply);
    answer->referral = answer->rcode == LDNS_RCODE_NOERROR && !answer->aa &&
                       !section_has(reply, 1, 0) && !section_has(reply, 2, TYPE_SOA) &&
                       section_has(reply, 2, TYPE_NS);
    return 0;
}

uint16_t message_id(const uint8_t *octets, size_t n)
{
    return n >= 2 ? (uint16_t)get16(octets) : 0;
}

int message_answer(const uint8_t *octets, size_t n, uint16_t id, const char *name, uint16_t type,
                   struct arena *arena, struct answer *ret, struct err *err)
{
    struct reply reply = { .octets = octets, .n = n, .arena = arena };
    struct answer answer = { 0 };
    if (header_check(&reply, id, err) < 0 || question_check(&reply, name, type, err) < 0)
        return -1;
    if (records_read(&reply, octets[2] & 0x02) < 0 || answer_fill(&reply, name, type, &answer) < 0)
        return err_set(err, ERR_FAILED, "a broken reply for %s %s", name, rtype_text(type));
    *ret = answer;
    return 0;
}
