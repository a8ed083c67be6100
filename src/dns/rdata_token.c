/* rdata_token: see rdata_token.h.  What a field means is not known here. */
#include "dns/rdata_token.h"

#include <stdint.h>
#include <string.h>

struct scan {
    const char *at;
    char *to; /* next decoded octet */
    struct err *err;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* "\DDD" or "\X", decoded; moves past it. */
static int escape_read(struct scan *scan)
{
    const char *at = scan->at + 1;
    if (digit(at[0]) >= 0) {
        if (digit(at[1]) < 0 || digit(at[2]) < 0)
            return err_set(scan->err, ERR_INVALID, "an escape is \\ and three digits");
        int value = digit(at[0]) * 100 + digit(at[1]) * 10 + digit(at[2]);
        if (value > 255)
            return err_set(scan->err, ERR_INVALID, "\\%.3s is no octet", at);
        *scan->to++ = (char)value;
        scan->at = at + 3;
        return 0;
    }
    if ((unsigned char)*at < ' ')
        return err_set(scan->err, ERR_INVALID, "a backslash stands before nothing");
    *scan->to++ = *at;
    scan->at = at + 1;
    return 0;
}

/* Inside quotes, up to and past the closing one. */
static int quoted_read(struct scan *scan)
{
    scan->at++;
    while (*scan->at != '"') {
        if (*scan->at == '\0' || *scan->at == '\n' || *scan->at == '\r')
            return err_set(scan->err, ERR_INVALID, "a quote is not closed");
        if (*scan->at == '\\') {
            if (escape_read(scan) < 0)
                return -1;
        } else {
            *scan->to++ = *scan->at++;
        }
    }
    scan->at++;
    return 0;
}

static int special_refuse(struct err *err, char c)
{
    if (c == ';' || c == '(' || c == ')') {
        err_set(err, ERR_INVALID, "a bare %c", c);
        return err_hint(err, "put the field in double quotes");
    }
    return err_set(err, ERR_INVALID, "a control character or line end in the value");
}

/* Outside of quotes; quotes may come inside (alpn="h2,h3"). */
static int bare_read(struct scan *scan)
{
    while (*scan->at && !is_space(*scan->at)) {
        unsigned char c = (unsigned char)*scan->at;
        if (c == '"') {
            if (quoted_read(scan) < 0)
                return -1;
        } else if (c == '\\' && scan->at[1] == '#') {
            /* "\#" of RFC 3597 is a word of its own, not an escape. */
            *scan->to++ = '#';
            scan->at += 2;
        } else if (c == '\\') {
            if (escape_read(scan) < 0)
                return -1;
        } else if (c < ' ' || c == 0x7f || strchr(";()", c)) {
            return special_refuse(scan->err, (char)c);
        } else {
            *scan->to++ = *scan->at++;
        }
    }
    return 0;
}

/* One token at scan->at.  A quoted string may be followed by the next at once. */
static int token_read(struct scan *scan, struct arena *arena, struct token *ret)
{
    const char *start = scan->at, *octets = scan->to;
    bool quoted = *start == '"';
    if (quoted ? quoted_read(scan) < 0 : bare_read(scan) < 0)
        return -1;
    if (quoted && *scan->at && !is_space(*scan->at) && *scan->at != '"')
        return err_set(scan->err, ERR_INVALID, "no space after a closing quote");
    *ret = (struct token){ .raw = arena_strndup(arena, start, (size_t)(scan->at - start)),
                           .octets = octets,
                           .n = (size_t)(scan->to - octets),
                           .quoted = quoted };
    return 0;
}

int tokens_read(const char *text, struct arena *arena, struct tokens *ret, struct err *err)
{
    struct scan scan = { text, arena_alloc(arena, strlen(text) + 1), err };
    struct tokens tokens = { 0 };
    for (;;) {
        while (is_space(*scan.at))
            scan.at++;
        if (!*scan.at)
            break;
        if (token_read(&scan, arena, vec_push(arena, &tokens)) < 0)
            return -1;
    }
    *ret = tokens;
    return 0;
}

const char *tokens_join(const struct tokens *tokens, size_t first, const char *separator,
                        struct arena *arena)
{
    struct strv texts = { 0 };
    for (size_t i = first; i < tokens->n; i++)
        strv_push(arena, &texts, tokens->v[i].raw);
    return strv_join(arena, &texts, separator);
}

void token_quote(struct buf *out, const void *octets, size_t n)
{
    const uint8_t *from = octets;
    buf_addc(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (from[i] < ' ' || from[i] >= 0x7f) {
            buf_addf(out, "\\%03u", from[i]);
        } else {
            if (from[i] == '"' || from[i] == '\\')
                buf_addc(out, '\\');
            buf_addc(out, (char)from[i]);
        }
    }
    buf_addc(out, '"');
}
