/* rdata_equal: sameness of records, and the names inside them.  Works on wire
 * form alone, without memory of its own: it is called for every record of every
 * comparison. */
#include <string.h>

#include "dns/name.h"
#include "dns/rdata.h"

enum {
    TYPE_MD = 3,
    TYPE_MF = 4,
    TYPE_MB = 7,
    TYPE_MG = 8,
    TYPE_MR = 9,
    TYPE_MINFO = 14,
    TYPE_RP = 17,
    TYPE_AFSDB = 18,
    TYPE_RT = 21,
    TYPE_PX = 26,
    TYPE_KX = 36,
    TYPE_TALINK = 58,
    TYPE_LP = 107
};

/* Where the names of a type are: at a fixed offset, one or two in a row. */
static bool names_place(uint16_t type, size_t *ret_at, size_t *ret_n)
{
    *ret_n = 1;
    switch (type) {
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
    case TYPE_DNAME:
    case TYPE_MD:
    case TYPE_MF:
    case TYPE_MB:
    case TYPE_MG:
    case TYPE_MR:
    case TYPE_NSEC:
        *ret_at = 0;
        return true;
    case TYPE_SOA:
    case TYPE_MINFO:
    case TYPE_RP:
    case TYPE_TALINK:
        *ret_at = 0;
        *ret_n = 2;
        return true;
    case TYPE_MX:
    case TYPE_AFSDB:
    case TYPE_RT:
    case TYPE_KX:
    case TYPE_LP:
    case TYPE_SVCB:
    case TYPE_HTTPS:
        *ret_at = 2;
        return true;
    case TYPE_PX:
        *ret_at = 2;
        *ret_n = 2;
        return true;
    case TYPE_SRV:
        *ret_at = 6;
        return true;
    case TYPE_RRSIG:
        *ret_at = 18;
        return true;
    default:
        return false;
    }
}

/* End of the uncompressed name at `at`, or the end of broken data. */
static size_t name_end(struct rdata rdata, size_t at)
{
    while (at < rdata.len && rdata.wire[at] != 0)
        at += 1u + rdata.wire[at];
    return at < rdata.len ? at + 1 : rdata.len;
}

/* NAPTR: order, preference, three strings, then the name (RFC 3403 4.1). */
static size_t naptr_name(struct rdata rdata)
{
    size_t at = 4;
    for (int i = 0; i < 3 && at < rdata.len; i++)
        at += 1u + rdata.wire[at];
    return at < rdata.len ? at : rdata.len;
}

/* The octets in which letters' case does not count: [*ret_from, *ret_to). */
static void folded_range(uint16_t type, struct rdata rdata, size_t *ret_from, size_t *ret_to)
{
    size_t names = 1;
    *ret_from = *ret_to = rdata.len;
    if (type == TYPE_CAA) { /* flags, tag with its length (RFC 8659 4.1) */
        *ret_from = 1;
        *ret_to = rdata.len > 1 ? 2u + rdata.wire[1] : 1;
    } else if (type == TYPE_NAPTR) {
        *ret_from = naptr_name(rdata);
        *ret_to = rdata.len;
    } else if (names_place(type, ret_from, &names)) {
        *ret_to = *ret_from;
        while (names-- > 0)
            *ret_to = name_end(rdata, *ret_to);
    }
    if (*ret_to > rdata.len)
        *ret_to = rdata.len;
    if (*ret_from > *ret_to)
        *ret_from = *ret_to;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool same_octets(const uint8_t *a, const uint8_t *b, size_t n)
{
    return n == 0 || memcmp(a, b, n) == 0;
}

static bool same_folded(uint16_t type, struct rdata a, struct rdata b)
{
    size_t from, to;
    folded_range(type, a, &from, &to);
    if (!same_octets(a.wire, b.wire, from) || !same_octets(a.wire + to, b.wire + to, a.len - to))
        return false;
    /* Lengths of labels are under 64 and so are no letters. */
    for (size_t i = from; i < to; i++)
        if (lower(a.wire[i]) != lower(b.wire[i]))
            return false;
    return true;
}

/* A place in joined strings: the octets left in the string at `at`. */
struct cursor {
    struct rdata rdata;
    size_t at, left;
};

/* Moves to the next octet to read; false at the end. */
static bool cursor_ready(struct cursor *cursor)
{
    while (cursor->left == 0 && cursor->at < cursor->rdata.len)
        cursor->left = cursor->rdata.wire[cursor->at++];
    return cursor->at < cursor->rdata.len;
}

static bool same_joined(struct rdata a, struct rdata b)
{
    struct cursor x = { a, 0, 0 }, y = { b, 0, 0 };
    for (;;) {
        bool more = cursor_ready(&x);
        if (cursor_ready(&y) != more)
            return false;
        if (!more)
            return true;
        size_t n = x.left < y.left ? x.left : y.left;
        n = n < a.len - x.at ? n : a.len - x.at;
        n = n < b.len - y.at ? n : b.len - y.at;
        if (memcmp(a.wire + x.at, b.wire + y.at, n) != 0)
            return false;
        x.at += n;
        x.left -= n;
        y.at += n;
        y.left -= n;
    }
}

bool rdata_same_wire(struct rdata a, struct rdata b)
{
    return a.len == b.len && same_octets(a.wire, b.wire, a.len);
}

bool rdata_equal(uint16_t type, struct rdata a, struct rdata b)
{
    if (rdata_same_wire(a, b))
        return true;
    if (type == TYPE_TXT || type == TYPE_SPF)
        return same_joined(a, b);
    return a.len == b.len && same_folded(type, a, b);
}

const char *rdata_target(uint16_t type, struct rdata rdata, struct arena *arena)
{
    static const uint16_t types[] = { TYPE_MX,  TYPE_CNAME, TYPE_NS,   TYPE_SRV,
                                      TYPE_PTR, TYPE_DNAME, TYPE_SVCB, TYPE_HTTPS };
    const char *name;
    size_t at, n, used;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i] == type && names_place(type, &at, &n) && at < rdata.len &&
            name_from_wire(rdata.wire + at, rdata.len - at, arena, &name, &used, NULL) == 0)
            return name;
    return NULL;
}
