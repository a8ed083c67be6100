/* buf: a growing byte buffer with a mandatory limit, for text and messages
 * that are built piece by piece.  A handle: `BUF_SCOPED b = BUF(limit);`
 * Past the limit the buffer keeps what it has and remembers that it is full:
 * ask buf_full() once at the end instead of after every call. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct buf {
    char *data; /* always NUL-terminated once something was written; may be NULL */
    size_t len, cap, limit;
    bool full;
};
#define BUF(limit_bytes) ((struct buf){ .limit = (limit_bytes) })
void buf_done(struct buf *buf);
#define BUF_SCOPED CLEANUP(buf_done) struct buf

void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_reset(struct buf *buf); /* empty again, memory kept */
bool buf_full(const struct buf *buf);
const char *buf_text(const struct buf *buf);          /* "" when nothing was written */
char *buf_take(struct buf *buf, struct arena *arena); /* copy into the arena, buffer emptied */

/* JSON pieces, compact: a quoted and escaped string (invalid UTF-8 octets are
 * replaced by U+FFFD). */
void buf_json_string(struct buf *buf, const char *text);
