/* buf: a growing byte buffer with a limit.  See buf.h. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ .limit = buf->limit };
}

/* Room for n more octets and the final NUL; false marks the buffer full.  A
 * system without memory counts as full, too: the caller asks buf_full(). */
static bool buf_room(struct buf *buf, size_t n)
{
    if (buf->full || n > buf->limit - buf->len) {
        buf->full = true;
        return false;
    }
    size_t need = buf->len + n + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap : 128;
    while (cap < need)
        cap *= 2;
    char *grown = realloc(buf->data, cap);
    if (!grown) {
        buf->full = true;
        return false;
    }
    buf->data = grown;
    buf->cap = cap;
    return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
    if (!buf_room(buf, n))
        return;
    if (n)
        memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
}

void buf_adds(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_addc(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    char small[256];
    int n = vsnprintf(small, sizeof small, fmt, args);
    if (n >= 0 && (size_t)n < sizeof small) {
        buf_add(buf, small, (size_t)n);
    } else if (n >= 0 && buf_room(buf, (size_t)n)) {
        (void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, again);
        buf->len += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->full = false;
    if (buf->data)
        buf->data[0] = '\0';
}

bool buf_full(const struct buf *buf)
{
    return buf->full;
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_take(struct buf *buf, struct arena *arena)
{
    char *text = arena_memdup(arena, buf_text(buf), buf->len + 1);
    buf_reset(buf);
    return text;
}

/* Octets of the well-formed UTF-8 sequence at `s` (Unicode 15, table 3-7),
 * 0 when there is none.  `s` is NUL-terminated, so a cut sequence ends there. */
static size_t utf8_sequence(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return (s[1] & 0xc0) == 0x80 ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef) {
        unsigned char low = s[0] == 0xe0 ? 0xa0 : 0x80, high = s[0] == 0xed ? 0x9f : 0xbf;
        return s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        unsigned char low = s[0] == 0xf0 ? 0x90 : 0x80, high = s[0] == 0xf4 ? 0x8f : 0xbf;
        return s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80 ? 4
                                                                                             : 0;
    }
    return 0;
}

static void json_escape(struct buf *buf, unsigned char c)
{
    switch (c) {
    case '"':
        buf_adds(buf, "\\\"");
        break;
    case '\\':
        buf_adds(buf, "\\\\");
        break;
    case '\n':
        buf_adds(buf, "\\n");
        break;
    case '\r':
        buf_adds(buf, "\\r");
        break;
    case '\t':
        buf_adds(buf, "\\t");
        break;
    default:
        buf_addf(buf, "\\u%04x", c);
    }
}

void buf_json_string(struct buf *buf, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    buf_addc(buf, '"');
    while (*s) {
        /* Runs of plain text go in one piece. */
        const unsigned char *start = s;
        size_t n = 0;
        while (*s >= 0x20 && *s != '"' && *s != '\\' && *s != 0x7f && (n = utf8_sequence(s)) > 0)
            s += n;
        buf_add(buf, start, (size_t)(s - start));
        if (!*s)
            break;
        if (*s < 0x80)
            json_escape(buf, *s);
        else
            buf_adds(buf, "\xef\xbf\xbd");
        s++;
    }
    buf_addc(buf, '"');
}
