/* txt: TXT and SPF records, whose strings are octets and not text.  ldns is not
 * asked: it takes an unquoted ";" for a comment and refuses long strings. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "dns/rdata.h"

#define STRING_MAX 255

struct rdata txt_from_octets(const void *octets, size_t n, struct arena *arena)
{
    if (n > TXT_OCTETS_MAX)
        return (struct rdata){ NULL, 0 };
    const uint8_t *from = octets;
    size_t strings = n ? (n + STRING_MAX - 1) / STRING_MAX : 1;
    uint8_t *wire = arena_alloc(arena, n + strings), *to = wire;
    do {
        size_t part = n < STRING_MAX ? n : STRING_MAX;
        *to++ = (uint8_t)part;
        if (part)
            to = mempcpy(to, from, part);
        from += part;
        n -= part;
    } while (n > 0);
    return (struct rdata){ wire, (size_t)(to - wire) };
}

/* The string at `at`, cut at the end of broken data. */
static size_t string_at(struct rdata rdata, size_t at)
{
    size_t left = rdata.len - at - 1, n = rdata.wire[at];
    return n < left ? n : left;
}

const char *txt_octets(struct rdata rdata, struct arena *arena, size_t *ret_n)
{
    char *octets = arena_alloc(arena, rdata.len + 1), *to = octets;
    for (size_t at = 0, n; at < rdata.len; at += 1 + n) {
        n = string_at(rdata, at);
        to = mempcpy(to, rdata.wire + at + 1, n);
    }
    *to = '\0';
    *ret_n = (size_t)(to - octets);
    return octets;
}

bool txt_default_split(struct rdata rdata)
{
    for (size_t at = 0, n; at < rdata.len; at += 1 + n) {
        n = string_at(rdata, at);
        bool last = at + 1 + n >= rdata.len;
        if (last ? n == 0 && at > 0 : n != STRING_MAX)
            return false;
    }
    return rdata.len > 0;
}

const char *txt_text(const void *octets, size_t n, struct arena *arena)
{
    const uint8_t *from = octets;
    char *text = arena_alloc(arena, 4 * n + 1), *to = text;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = from[i];
        if (c == '\\') {
            *to++ = '\\';
            *to++ = '\\';
        } else if (c >= ' ' && c < 0x7f) {
            *to++ = (char)c;
        } else {
            *to++ = '\\';
            *to++ = (char)('0' + c / 100);
            *to++ = (char)('0' + c / 10 % 10);
            *to++ = (char)('0' + c % 10);
        }
    }
    *to = '\0';
    return text;
}

/* Three digits up to 255, or -1. */
static int octet_parse(const char *at)
{
    int value = 0;
    for (int i = 0; i < 3; i++) {
        if (at[i] < '0' || at[i] > '9')
            return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value <= 255 ? value : -1;
}

int txt_parse(const char *text, struct arena *arena, const char **ret_octets, size_t *ret_n,
              struct err *err)
{
    char *octets = arena_alloc(arena, strlen(text) + 1), *to = octets;
    for (const char *at = text; *at;) {
        int octet;
        if (*at != '\\') {
            *to++ = *at++;
        } else if (at[1] == '\\') {
            *to++ = '\\';
            at += 2;
        } else if ((octet = octet_parse(at + 1)) >= 0) {
            *to++ = (char)octet;
            at += 4;
        } else {
            err_set(err, ERR_INVALID, "\"%.5s\" is no escape in a TXT value", at);
            return err_hint(err, "a backslash is written \\\\, any octet \\DDD; nothing else "
                                 "needs one (in JSON each backslash is doubled once more)");
        }
    }
    *to = '\0';
    *ret_octets = octets;
    *ret_n = (size_t)(to - octets);
    return 0;
}

void txt_strings(struct rdata rdata, struct arena *arena, struct strv *ret)
{
    for (size_t at = 0, n; at < rdata.len; at += 1 + n) {
        n = string_at(rdata, at);
        strv_push(arena, ret, txt_text(rdata.wire + at + 1, n, arena));
    }
}

int txt_from_strings(const struct strv *strings, struct arena *arena, struct rdata *ret,
                     struct err *err)
{
    if (strings->n == 0)
        return err_set(err, ERR_INVALID, "a TXT record has at least one string");
    BUF_SCOPED wire = BUF(UINT16_MAX);
    for (size_t i = 0; i < strings->n; i++) {
        const char *octets;
        size_t n;
        if (txt_parse(strings->v[i], arena, &octets, &n, err) < 0)
            return -1;
        if (n > STRING_MAX)
            return err_set(err, ERR_INVALID, "string %zu of a TXT record has %zu octets, over 255",
                           i + 1, n);
        buf_addc(&wire, (char)n);
        buf_add(&wire, octets, n);
    }
    if (buf_full(&wire))
        return err_set(err, ERR_INVALID, "a TXT record is longer than 65535 octets");
    ret->len = wire.len;
    ret->wire = arena_memdup(arena, wire.data, wire.len);
    return 0;
}
