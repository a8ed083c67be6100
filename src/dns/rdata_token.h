/* rdata_token: inside the room: presentation form cut into fields (RFC 1035
 * 5.1), because ldns takes an open quote for closed and the rest of a value for
 * a comment. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

struct token {
    const char *raw;    /* as written, quotes included, NUL-terminated */
    const char *octets; /* unquoted and unescaped */
    size_t n;
    bool quoted; /* one whole quoted string */
};

struct tokens {
    struct token *v;
    size_t n, cap;
};

/* ERR_INVALID: open quote, comment, parentheses, line ends, bad escape. */
int tokens_read(const char *text, struct arena *arena, struct tokens *ret,
                struct err *err) WARN_UNUSED;
/* The raw tokens from `first` on with `separator` between them. */
const char *tokens_join(const struct tokens *tokens, size_t first, const char *separator,
                        struct arena *arena);
/* "text" in quotes with zone file escapes. */
void token_quote(struct buf *out, const void *octets, size_t n);
