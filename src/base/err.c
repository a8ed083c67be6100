/* err: filling the error value.  See err.h; deciding what follows from an
 * error is the caller's job. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* A message is one line for a terminal or a log: what came from a server or a
 * file must not move the cursor or start a line of its own. */
static void text_flatten(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            *p = ' ';
}

/* A cut in the middle of a UTF-8 sequence is moved to its start. */
static void text_trim_utf8(char *text, size_t n)
{
    size_t i = n;
    while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)text[i - 1];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (n - (i - 1) < want)
        text[i - 1] = '\0';
}

static void text_vprintf(char *text, size_t cap, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));
static void text_vprintf(char *text, size_t cap, const char *fmt, va_list args)
{
    int n = vsnprintf(text, cap, fmt, args);
    if (n < 0)
        text[0] = '\0';
    else if ((size_t)n >= cap)
        text_trim_utf8(text, cap - 1);
    text_flatten(text);
}

static void err_reset(struct err *err, enum err_code code)
{
    *err = (struct err){ .code = code, .retry = ERR_RETRY_NEVER, .scope = ERR_SCOPE_RUN };
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    if (!err)
        return -1;
    /* Arguments may point into the error itself: format first, reset after. */
    char text[sizeof err->message];
    va_list args;
    va_start(args, fmt);
    text_vprintf(text, sizeof text, fmt, args);
    va_end(args);
    err_reset(err, code);
    memcpy(err->message, text, sizeof text);
    return -1;
}

int err_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
{
    if (!err)
        return -1;
    char text[sizeof err->message];
    va_list args;
    va_start(args, fmt);
    text_vprintf(text, sizeof text, fmt, args);
    va_end(args);
    char buffer[128];
    return err_set(err, code, "%s: %s", text, strerror_r(errnum, buffer, sizeof buffer));
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char context[sizeof err->message];
    char text[2 * sizeof err->message + 2];
    va_list args;
    va_start(args, fmt);
    text_vprintf(context, sizeof context, fmt, args);
    va_end(args);
    int n = snprintf(text, sizeof text, "%s: %s", context, err->message);
    size_t keep = n < 0 ? 0 : (size_t)n;
    if (keep >= sizeof err->message) {
        keep = sizeof err->message - 1;
        text[keep] = '\0';
        text_trim_utf8(text, keep);
    }
    memcpy(err->message, text, keep + 1);
    return -1;
}

int err_hint(struct err *err, const char *fmt, ...)
{
    if (!err)
        return -1;
    char text[sizeof err->hint];
    va_list args;
    va_start(args, fmt);
    text_vprintf(text, sizeof text, fmt, args);
    va_end(args);
    memcpy(err->hint, text, sizeof text);
    return -1;
}

int err_class(struct err *err, enum err_retry retry, enum err_scope scope, uint32_t after_ms)
{
    if (!err)
        return -1;
    err->retry = retry;
    err->scope = scope;
    err->retry_after_ms = after_ms;
    return -1;
}

static const struct {
    const char *text;
    int exit_code;
} codes[] = {
#define X(id, text, exit) [id] = { text, exit },
    ERR_CODES(X)
#undef X
};

int err_exit_code(enum err_code code)
{
    return (size_t)code < sizeof codes / sizeof *codes ? codes[code].exit_code : 1;
}

const char *err_code_text(enum err_code code)
{
    return (size_t)code < sizeof codes / sizeof *codes ? codes[code].text : "failed";
}
