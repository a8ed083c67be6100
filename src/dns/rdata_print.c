/* rdata_print: records from wire form to text, through ldns.  What cannot be
 * printed so that it is read back alike is printed as RFC 3597 does. */
#include "dns/rdata_print.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rdata_token.h"

#define TEXT_MAX (8u << 16) /* "\DDD" for each octet, and punctuation */

size_t kind_number_size(ldns_rdf_type kind)
{
    switch (kind) {
    case LDNS_RDF_TYPE_INT8:
    case LDNS_RDF_TYPE_ALG:
    case LDNS_RDF_TYPE_CERTIFICATE_USAGE:
    case LDNS_RDF_TYPE_SELECTOR:
    case LDNS_RDF_TYPE_MATCHING_TYPE:
        return 1;
    case LDNS_RDF_TYPE_INT16:
    case LDNS_RDF_TYPE_CERT_ALG: /* a number, for which words exist (RFC 4398 2.1) */
        return 2;
    case LDNS_RDF_TYPE_INT32:
    case LDNS_RDF_TYPE_PERIOD:
        return 4;
    default:
        return 0;
    }
}

const ldns_rr_descriptor *type_fields(uint16_t type)
{
    const ldns_rr_descriptor *fields = ldns_rr_descript(type);
    if (!fields || !fields->_name || ldns_rr_descriptor_maximum(fields) == 0)
        return NULL;
    return ldns_rr_descriptor_field_type(fields, 0) == LDNS_RDF_TYPE_UNKNOWN ? NULL : fields;
}

const char *rdf_text(const ldns_rdf *rdf, struct arena *arena)
{
    char *text = ldns_rdf2str(rdf);
    if (!text)
        return NULL;
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == ' ')
        n--;
    const char *copy = arena_strndup(arena, text, n);
    free(text);
    return copy;
}

static void number_print(struct buf *out, const uint8_t *octets, size_t n)
{
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | octets[i];
    buf_addf(out, "%u", value);
}

static int name_print(struct buf *out, const uint8_t *octets, size_t n, enum name_case keep,
                      struct arena *arena)
{
    const char *name;
    size_t used;
    if (name_wire_to_text(octets, n, keep, arena, &name, &used, NULL) < 0 || used != n)
        return -1;
    buf_adds(out, name_dotted(name, arena));
    return 0;
}

/* Letters and digits (RFC 8659 4.1): the only ones that need no quotes. */
static int tag_print(struct buf *out, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((octets[i] >= 'a' && octets[i] <= 'z') || (octets[i] >= 'A' && octets[i] <= 'Z') ||
              (octets[i] >= '0' && octets[i] <= '9')))
            return -1;
    buf_add(out, octets, n);
    return n > 0 ? 0 : -1;
}

static int address_print(struct buf *out, int family, const uint8_t *octets)
{
    char text[INET6_ADDRSTRLEN];
    if (!inet_ntop(family, octets, text, sizeof text))
        return -1;
    buf_adds(out, text);
    return 0;
}

/* What ldns prints; *ret_foreign says that its own grammar is in it. */
static int other_print(struct buf *out, const ldns_rdf *rdf, struct arena *arena, bool *ret_foreign)
{
    ldns_rdf_type kind = ldns_rdf_get_type(rdf);
    const char *text = rdf_text(rdf, arena);
    if (!text)
        return -1;
    if (kind != LDNS_RDF_TYPE_HEX && kind != LDNS_RDF_TYPE_B64)
        *ret_foreign = true;
    buf_adds(out, text);
    return 0;
}

static int rdf_print(struct buf *out, const ldns_rdf *rdf, enum name_case keep, struct arena *arena,
                     bool *ret_foreign)
{
    const uint8_t *octets = ldns_rdf_data(rdf);
    size_t n = ldns_rdf_size(rdf);
    ldns_rdf_type kind = ldns_rdf_get_type(rdf);
    size_t size = kind_number_size(kind);
    if (size > 0)
        return size == n ? (number_print(out, octets, n), 0) : -1;
    switch (kind) {
    case LDNS_RDF_TYPE_DNAME:
        return name_print(out, octets, n, keep, arena);
    case LDNS_RDF_TYPE_A:
        return n == 4 ? address_print(out, AF_INET, octets) : -1;
    case LDNS_RDF_TYPE_AAAA:
        return n == 16 ? address_print(out, AF_INET6, octets) : -1;
    case LDNS_RDF_TYPE_STR:
        return n > 0 ? (token_quote(out, octets + 1, n - 1), 0) : -1;
    case LDNS_RDF_TYPE_LONG_STR:
        token_quote(out, octets, n);
        return 0;
    case LDNS_RDF_TYPE_TAG:
        return n > 0 ? tag_print(out, octets + 1, n - 1) : -1;
    default:
        return other_print(out, rdf, arena, ret_foreign);
    }
}

static void rr_freep(ldns_rr **rr)
{
    ldns_rr_free(*rr);
}

/* Is what ldns read exactly what it would write? */
static bool rr_is_exact(const ldns_rr *rr, struct rdata rdata)
{
    size_t at = 0;
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        const ldns_rdf *rdf = ldns_rr_rdf(rr, i);
        size_t n = ldns_rdf_size(rdf);
        if (n > rdata.len - at || memcmp(rdata.wire + at, ldns_rdf_data(rdf), n) != 0)
            return false;
        at += n;
    }
    return at == rdata.len;
}

/* An empty text at the end (of CAA, of URI) is no octet, and ldns sees no field. */
static bool lacks_only_text(const ldns_rr *rr, const ldns_rr_descriptor *fields)
{
    size_t n = ldns_rr_rd_count(rr);
    return n + 1 == ldns_rr_descriptor_minimum(fields) &&
           ldns_rr_descriptor_field_type(fields, n) == LDNS_RDF_TYPE_LONG_STR;
}

/* The fields of the wire, or NULL when it is no record of this type. */
static ldns_rr *rr_decode(uint16_t type, struct rdata rdata, struct arena *arena)
{
    const ldns_rr_descriptor *fields = type_fields(type);
    if (!fields || rdata.len == 0 || rdata.len > UINT16_MAX)
        return NULL;
    uint8_t *wire = arena_alloc(arena, rdata.len + 2);
    wire[0] = (uint8_t)(rdata.len >> 8);
    wire[1] = (uint8_t)rdata.len;
    memcpy(wire + 2, rdata.wire, rdata.len);
    ldns_rr *rr = ldns_rr_new();
    size_t at = 0;
    if (!rr)
        return NULL;
    ldns_rr_set_type(rr, (ldns_rr_type)type);
    if (ldns_wire2rdf(rr, wire, rdata.len + 2, &at) == LDNS_STATUS_OK && rr_is_exact(rr, rdata) &&
        (ldns_rr_rd_count(rr) >= ldns_rr_descriptor_minimum(fields) || lacks_only_text(rr, fields)))
        return rr;
    ldns_rr_free(rr);
    return NULL;
}

bool rdata_valid(uint16_t type, struct rdata rdata, struct arena *arena)
{
    CLEANUP(rr_freep) ldns_rr *rr = rr_decode(type, rdata, arena);
    return rr != NULL;
}

/* A grammar of ldns's own is trusted only if it comes back as it was. */
static bool reads_back(uint16_t type, struct rdata rdata, const char *text, struct arena *arena)
{
    struct rdata back;
    return rdata_parse(type, text, ".", RDATA_ZONEFILE, arena, &back, NULL) == 0 &&
           rdata_equal(type, rdata, back);
}

const char *rdata_print(uint16_t type, struct rdata rdata, enum name_case keep, struct arena *arena)
{
    CLEANUP(rr_freep) ldns_rr *rr = rr_decode(type, rdata, arena);
    if (!rr)
        return NULL;
    BUF_SCOPED out = BUF(TEXT_MAX);
    bool foreign = false;
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        if (i > 0)
            buf_addc(&out, ' ');
        if (rdf_print(&out, ldns_rr_rdf(rr, i), keep, arena, &foreign) < 0)
            return NULL;
    }
    if (lacks_only_text(rr, type_fields(type)))
        buf_adds(&out, " \"\"");
    if (buf_full(&out) || (foreign && !reads_back(type, rdata, buf_text(&out), arena)))
        return NULL;
    return buf_take(&out, arena);
}

/* "\# 4 0a000001" (RFC 3597 5). */
static const char *generic_print(struct rdata rdata, struct arena *arena)
{
    return arena_printf(arena, rdata.len ? "\\# %zu %s" : "\\# %zu%s", rdata.len,
                        rdata_hex(rdata, arena));
}

static const char *strings_print(struct rdata rdata, struct arena *arena)
{
    BUF_SCOPED out = BUF(TEXT_MAX);
    for (size_t at = 0; at < rdata.len; at += 1u + rdata.wire[at]) {
        if (rdata.len - at - 1 < rdata.wire[at])
            return NULL;
        if (at > 0)
            buf_addc(&out, ' ');
        token_quote(&out, rdata.wire + at + 1, rdata.wire[at]);
    }
    return rdata.len > 0 && !buf_full(&out) ? buf_take(&out, arena) : NULL;
}

static bool type_is_text(uint16_t type)
{
    return type == TYPE_TXT || type == TYPE_SPF;
}

const char *rdata_text(uint16_t type, struct rdata rdata, struct arena *arena)
{
    if (type_is_text(type)) {
        size_t n;
        const char *octets = txt_octets(rdata, arena, &n);
        return txt_text(octets, n, arena);
    }
    const char *text = rdata_print(type, rdata, NAME_FOLD_CASE, arena);
    return text ? text : generic_print(rdata, arena);
}

const char *rdata_zonefile_text(uint16_t type, struct rdata rdata, struct arena *arena)
{
    const char *text = type_is_text(type) ? strings_print(rdata, arena)
                                          : rdata_print(type, rdata, NAME_KEEP_CASE, arena);
    return text ? text : generic_print(rdata, arena);
}
