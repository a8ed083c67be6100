/* log: the sink, the program's only global that is not a constant table. */
#include "base/log.h"

#include <stdio.h>

static log_sink *sink_fn;
static void *sink_ctx;

void log_to(log_sink *sink, void *ctx)
{
    sink_fn = sink;
    sink_ctx = ctx;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    if (!sink_fn)
        return;
    char line[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    /* One call is one line, whatever a server put into it. */
    for (unsigned char *p = (unsigned char *)line; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            *p = ' ';
    sink_fn(sink_ctx, level, line);
}
