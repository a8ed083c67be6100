/* rdata: records from text to wire form.  See rdata.h.  Numbers, names, strings
 * and addresses are read here and strictly; fields with a grammar of their own
 * are read by ldns and compared with what it prints. */
#include "dns/rdata.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rdata_print.h"
#include "dns/rdata_token.h"

struct parse {
    uint16_t type;
    const char *domain;
    enum rdata_rules rules;
    struct arena *arena;
    struct buf *wire;
    const struct tokens *tokens;
    struct err *err;
};

/* --- hex ------------------------------------------------------------------- */

const char *rdata_hex(struct rdata rdata, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * rdata.len + 1);
    for (size_t i = 0; i < rdata.len; i++) {
        text[2 * i] = digits[rdata.wire[i] >> 4];
        text[2 * i + 1] = digits[rdata.wire[i] & 15];
    }
    return text;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int rdata_from_hex(const char *hex, struct arena *arena, struct rdata *ret, struct err *err)
{
    size_t n = strlen(hex);
    if (n % 2 != 0)
        return err_set(err, ERR_INVALID, "an odd number of hex digits");
    if (n / 2 > UINT16_MAX)
        return err_set(err, ERR_INVALID, "longer than 65535 octets");
    uint8_t *wire = arena_alloc(arena, n / 2);
    for (size_t i = 0; i < n; i += 2) {
        int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0)
            return err_set(err, ERR_INVALID, "\"%.2s\" is not hexadecimal", hex + i);
        wire[i / 2] = (uint8_t)(high << 4 | low);
    }
    *ret = (struct rdata){ wire, n / 2 };
    return 0;
}

/* --- RFC 3597 form ---------------------------------------------------------- */

static bool tokens_generic(const struct tokens *tokens)
{
    return tokens->n > 0 && strcmp(tokens->v[0].raw, "\\#") == 0;
}

static int number_parse(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    if (!*text || strlen(text) > 10)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *ret = value;
    return value <= max ? 0 : -1;
}

static bool type_is_text(uint16_t type)
{
    return type == TYPE_TXT || type == TYPE_SPF;
}

/* Whole strings and at least one (RFC 1035 3.3.14). */
static bool strings_valid(struct rdata rdata)
{
    size_t at = 0;
    while (at < rdata.len)
        at += 1u + rdata.wire[at];
    return rdata.len > 0 && at == rdata.len;
}

static int generic_parse(const struct parse *parse, struct rdata *ret)
{
    const struct tokens *tokens = parse->tokens;
    uint64_t n;
    struct rdata rdata;
    if (tokens->n < 2 || number_parse(tokens->v[1].raw, UINT16_MAX, &n) < 0)
        return err_set(parse->err, ERR_INVALID, "\\# is followed by a length and hex digits");
    if (rdata_from_hex(tokens_join(tokens, 2, "", parse->arena), parse->arena, &rdata, parse->err) <
        0)
        return -1;
    if (rdata.len != n)
        return err_set(parse->err, ERR_INVALID, "\\# announces %zu octets, %zu follow", (size_t)n,
                       rdata.len);
    bool valid = type_is_text(parse->type)  ? strings_valid(rdata)
                 : type_fields(parse->type) ? rdata_valid(parse->type, rdata, parse->arena)
                                            : true;
    if (!valid)
        return err_set(parse->err, ERR_INVALID, "these octets are no %s record",
                       rtype_text(parse->type));
    *ret = rdata;
    return 0;
}

/* --- TXT -------------------------------------------------------------------- */

/* Quoted strings as they are; one over 255 octets in as many as it needs. */
static int strings_parse(const struct parse *parse, struct rdata *ret)
{
    if (parse->tokens->n == 0)
        return err_set(parse->err, ERR_INVALID, "no string; an empty one is \"\"");
    for (size_t i = 0; i < parse->tokens->n; i++) {
        const struct token *token = &parse->tokens->v[i];
        /* Words without quotes would lose the spaces between them. */
        if (!token->quoted && (parse->rules == RDATA_EDIT || parse->tokens->n > 1))
            return err_set(parse->err, ERR_INVALID, "text outside of the quotes");
        if (token->n > TXT_OCTETS_MAX)
            return err_set(parse->err, ERR_INVALID, "longer than 65535 octets");
        struct rdata part = txt_from_octets(token->octets, token->n, parse->arena);
        buf_add(parse->wire, part.wire, part.len);
    }
    if (buf_full(parse->wire))
        return err_set(parse->err, ERR_INVALID, "longer than 65535 octets");
    *ret = (struct rdata){ arena_memdup(parse->arena, parse->wire->data, parse->wire->len),
                           parse->wire->len };
    return 0;
}

static int octets_parse(const struct parse *parse, const char *octets, size_t n, struct rdata *ret)
{
    if (n > TXT_OCTETS_MAX)
        return err_set(parse->err, ERR_INVALID, "longer than 65535 octets");
    *ret = txt_from_octets(octets, n, parse->arena);
    return 0;
}

static int text_parse(struct parse *parse, const char *text, struct rdata *ret)
{
    if (parse->rules == RDATA_TICKET) {
        const char *octets;
        size_t n;
        return txt_parse(text, parse->arena, &octets, &n, parse->err) < 0
                   ? -1
                   : octets_parse(parse, octets, n, ret);
    }
    if (parse->rules == RDATA_EDIT && *text != '"')
        return octets_parse(parse, text, strlen(text), ret);
    struct tokens tokens;
    if (tokens_read(text, parse->arena, &tokens, parse->err) < 0)
        return -1;
    parse->tokens = &tokens;
    return tokens_generic(&tokens) ? generic_parse(parse, ret) : strings_parse(parse, ret);
}

/* --- fields ------------------------------------------------------------------ */

static int number_field(const struct parse *parse, const char *text, size_t size)
{
    uint64_t max = (UINT64_C(1) << (8 * size)) - 1, value;
    if (number_parse(text, max, &value) < 0)
        return err_set(parse->err, ERR_INVALID, "\"%.40s\" is not a number from 0 to %llu", text,
                       (unsigned long long)max);
    for (size_t i = size; i-- > 0;)
        buf_addc(parse->wire, (char)(uint8_t)(value >> (8 * i)));
    return 0;
}

/* "PGP" as 3 (RFC 4398 2.1). */
static int cert_field(const struct parse *parse, const char *text)
{
    const ldns_lookup_table *known = ldns_lookup_by_name(ldns_cert_algorithms, text);
    const char *number = known ? arena_printf(parse->arena, "%d", known->id) : text;
    return number_field(parse, number, 2);
}

static int address_field(const struct parse *parse, const char *text, int family)
{
    uint8_t octets[16];
    if (inet_pton(family, text, octets) != 1)
        return err_set(parse->err, ERR_INVALID, "\"%.60s\" is not an %s address", text,
                       family == AF_INET ? "IPv4" : "IPv6");
    buf_add(parse->wire, octets, family == AF_INET ? 4 : 16);
    return 0;
}

/* "mail 10" and "NS 192.0.2.1": ldns would make names of them. */
static bool is_address(const char *text)
{
    uint8_t octets[16];
    return inet_pton(AF_INET, text, octets) == 1 || inet_pton(AF_INET6, text, octets) == 1;
}

static int name_field(const struct parse *parse, const char *text)
{
    uint8_t wire[NAME_WIRE_MAX];
    size_t n;
    if (parse->rules == RDATA_ZONEFILE) {
        if (name_text_to_wire(text, NAME_KEEP_CASE, wire, &n, parse->err) < 0)
            return -1;
    } else {
        const char *name;
        if (is_address(text))
            return err_set(parse->err, ERR_INVALID, "%s is an address, a name belongs here", text);
        if (name_target(text, parse->domain, parse->arena, &name, parse->err) < 0 ||
            name_to_wire(name, wire, &n, parse->err) < 0)
            return -1;
    }
    buf_add(parse->wire, wire, n);
    return 0;
}

static int string_field(const struct parse *parse, const struct token *token)
{
    if (token->n > 255)
        return err_set(parse->err, ERR_INVALID, "a string over 255 octets");
    buf_addc(parse->wire, (char)(uint8_t)token->n);
    buf_add(parse->wire, token->octets, token->n);
    return 0;
}

static int tag_field(const struct parse *parse, const struct token *token)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    if (token->n == 0 || strspn(token->octets, allowed) < token->n)
        return err_set(parse->err, ERR_INVALID, "the tag %.40s is not letters and digits",
                       token->raw);
    return string_field(parse, token);
}

/* --- fields that ldns reads -------------------------------------------------- */

/* Numbers of LOC are the same as "2m", "2.00m" and "02": the shortest spelling. */
static const char *loc_number(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);
    size_t n = strlen(copy);
    if (n > 1 && copy[n - 1] == 'm')
        copy[--n] = '\0';
    if (strchr(copy, '.')) {
        while (n > 0 && copy[n - 1] == '0')
            copy[--n] = '\0';
        if (n > 0 && copy[n - 1] == '.')
            copy[--n] = '\0';
    }
    while (copy[0] == '0' && copy[1])
        copy++;
    return copy;
}

static bool same_word(ldns_rdf_type kind, const struct token *a, const struct token *b,
                      struct arena *arena)
{
    if (kind == LDNS_RDF_TYPE_SVCPARAMS)
        return a->n == b->n && (a->n == 0 || memcmp(a->octets, b->octets, a->n) == 0);
    if (kind == LDNS_RDF_TYPE_LOC)
        return strcasecmp(loc_number(a->raw, arena), loc_number(b->raw, arena)) == 0;
    return strcasecmp(a->raw, b->raw) == 0;
}

/* Of "key=value" only the key has to be another one (RFC 9460 2.1). */
static bool same_key(ldns_rdf_type kind, const struct token *a, const struct token *b)
{
    size_t n = kind == LDNS_RDF_TYPE_SVCPARAMS ? strcspn(a->raw, "=") : strlen(a->raw);
    size_t m = kind == LDNS_RDF_TYPE_SVCPARAMS ? strcspn(b->raw, "=") : strlen(b->raw);
    return n == m && strncasecmp(a->raw, b->raw, n) == 0;
}

/* Words in any order (type bitmaps, service parameters); none of them twice. */
static bool same_lists(ldns_rdf_type kind, const struct tokens *a, const struct tokens *b,
                       struct arena *arena)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        size_t found = 0, again = 0;
        for (size_t j = 0; j < b->n; j++) {
            found += same_word(kind, &a->v[i], &b->v[j], arena);
            again += same_key(kind, &a->v[i], &a->v[j]);
        }
        if (found == 0 || again != 1)
            return false;
    }
    return true;
}

static bool same_words(ldns_rdf_type kind, const struct tokens *a, const struct tokens *b,
                       struct arena *arena)
{
    if (kind == LDNS_RDF_TYPE_SVCPARAMS || kind == LDNS_RDF_TYPE_NSEC)
        return same_lists(kind, a, b, arena);
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!same_word(kind, &a->v[i], &b->v[i], arena))
            return false;
    return true;
}

static bool same_text(ldns_rdf_type kind, const char *given, const char *printed,
                      struct arena *arena)
{
    struct tokens a, b;
    if (kind == LDNS_RDF_TYPE_B64)
        return strcmp(given, printed) == 0;
    if (kind == LDNS_RDF_TYPE_HEX)
        return strcasecmp(given, printed) == 0;
    return tokens_read(given, arena, &a, NULL) == 0 && tokens_read(printed, arena, &b, NULL) == 0 &&
           same_words(kind, &a, &b, arena);
}

static void rdf_freep(ldns_rdf **rdf)
{
    ldns_rdf_deep_free(*rdf);
}

/* Kinds whose one field is all that is left of the text; base64 and hex may be
 * cut by spaces anywhere. */
static bool kind_takes_rest(ldns_rdf_type kind)
{
    switch (kind) {
    case LDNS_RDF_TYPE_B64:
    case LDNS_RDF_TYPE_HEX:
    case LDNS_RDF_TYPE_SVCPARAMS:
    case LDNS_RDF_TYPE_NSEC:
    case LDNS_RDF_TYPE_LOC:
        return true;
    default:
        return false;
    }
}

/* The rest (IPSECKEY, HIP, WKS, ATMA ...) loses memory in ldns 1.8 on bad text. */
static bool kind_is_read(ldns_rdf_type kind)
{
    switch (kind) {
    case LDNS_RDF_TYPE_B32_EXT:
    case LDNS_RDF_TYPE_NSEC3_NEXT_OWNER:
    case LDNS_RDF_TYPE_NSEC3_SALT:
    case LDNS_RDF_TYPE_TYPE:
    case LDNS_RDF_TYPE_TIME:
    case LDNS_RDF_TYPE_APL:
    case LDNS_RDF_TYPE_ILNP64:
    case LDNS_RDF_TYPE_EUI48:
    case LDNS_RDF_TYPE_EUI64:
        return true;
    default:
        return kind_takes_rest(kind);
    }
}

static int generic_hint(struct err *err)
{
    err_set(err, ERR_INVALID, "the fields of this type are not known");
    return err_hint(err, "write the data as \\# LENGTH HEX (RFC 3597 5)");
}

static int ldns_field(const struct parse *parse, const char *text, ldns_rdf_type kind)
{
    if (!kind_is_read(kind))
        return generic_hint(parse->err);
    CLEANUP(rdf_freep) ldns_rdf *rdf = ldns_rdf_new_frm_str(kind, text);
    if (!rdf)
        return err_set(parse->err, ERR_INVALID, "\"%.100s\" cannot be read", text);
    const char *printed = rdf_text(rdf, parse->arena);
    if (!printed || !same_text(kind, text, printed, parse->arena)) {
        err_set(parse->err, ERR_INVALID, "\"%.100s\" would not be kept as written", text);
        return printed ? err_hint(parse->err, "it would become %.200s", printed) : -1;
    }
    buf_add(parse->wire, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
    return 0;
}

static int rest_field(const struct parse *parse, size_t i, ldns_rdf_type kind)
{
    bool solid = kind == LDNS_RDF_TYPE_B64 || kind == LDNS_RDF_TYPE_HEX;
    return ldns_field(parse, tokens_join(parse->tokens, i, solid ? "" : " ", parse->arena), kind);
}

static int field_parse(const struct parse *parse, const struct token *token, ldns_rdf_type kind)
{
    switch (kind) {
    case LDNS_RDF_TYPE_STR:
        return string_field(parse, token);
    case LDNS_RDF_TYPE_LONG_STR:
        buf_add(parse->wire, token->octets, token->n);
        return 0;
    case LDNS_RDF_TYPE_TAG:
        return tag_field(parse, token);
    default:
        break;
    }
    if (strchr(token->raw, '"'))
        return err_set(parse->err, ERR_INVALID, "%.60s needs no quotes", token->raw);
    if (kind == LDNS_RDF_TYPE_CERT_ALG)
        return cert_field(parse, token->raw);
    if (kind_number_size(kind) > 0)
        return number_field(parse, token->raw, kind_number_size(kind));
    if (kind == LDNS_RDF_TYPE_DNAME)
        return name_field(parse, token->raw);
    if (kind == LDNS_RDF_TYPE_A || kind == LDNS_RDF_TYPE_AAAA)
        return address_field(parse, token->raw, kind == LDNS_RDF_TYPE_A ? AF_INET : AF_INET6);
    return ldns_field(parse, token->raw, kind);
}

static int count_refuse(const struct parse *parse, size_t min, size_t max)
{
    const char *type = rtype_text(parse->type);
    size_t n = parse->tokens->n;
    if (min == max)
        return err_set(parse->err, ERR_INVALID, "%s takes %zu field%s, not %zu", type, min,
                       min == 1 ? "" : "s", n);
    return err_set(parse->err, ERR_INVALID, "%s takes at least %zu fields and at most %zu, not %zu",
                   type, min, max, n);
}

static int fields_parse(const struct parse *parse, const ldns_rr_descriptor *fields)
{
    size_t min = ldns_rr_descriptor_minimum(fields), max = ldns_rr_descriptor_maximum(fields);
    size_t i = 0;
    if (parse->tokens->n < min || parse->tokens->n == 0)
        return count_refuse(parse, min, max);
    for (; i < parse->tokens->n; i++) {
        if (i >= max)
            return count_refuse(parse, min, max);
        ldns_rdf_type kind = ldns_rr_descriptor_field_type(fields, i);
        int failed = kind_takes_rest(kind) ? rest_field(parse, i, kind)
                                           : field_parse(parse, &parse->tokens->v[i], kind);
        if (failed)
            return -1;
        if (kind_takes_rest(kind))
            break;
    }
    return buf_full(parse->wire) ? err_set(parse->err, ERR_INVALID, "longer than 65535 octets") : 0;
}

static int record_parse(struct parse *parse, const char *text, struct rdata *ret)
{
    const ldns_rr_descriptor *fields = type_fields(parse->type);
    struct tokens tokens;
    if (tokens_read(text, parse->arena, &tokens, parse->err) < 0)
        return -1;
    parse->tokens = &tokens;
    if (tokens_generic(&tokens))
        return generic_parse(parse, ret);
    if (!fields)
        return generic_hint(parse->err);
    if (fields_parse(parse, fields) < 0)
        return -1;
    *ret = (struct rdata){ arena_memdup(parse->arena, parse->wire->data, parse->wire->len),
                           parse->wire->len };
    return 0;
}

int rdata_parse(uint16_t type, const char *text, const char *domain, enum rdata_rules rules,
                struct arena *arena, struct rdata *ret, struct err *err)
{
    BUF_SCOPED wire = BUF(UINT16_MAX);
    struct parse parse = { .type = type,
                           .domain = domain ? domain : ".",
                           .rules = rules,
                           .arena = arena,
                           .wire = &wire,
                           .err = err };
    int failed =
        type_is_text(type) ? text_parse(&parse, text, ret) : record_parse(&parse, text, ret);
    return failed ? err_wrap(err, "%s \"%.150s\"", rtype_text(type), text) : 0;
}
