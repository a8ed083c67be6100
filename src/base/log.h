/* log: diagnostics of the rooms below the command line.  They never print:
 * they hand a line to the sink that the command line installed (stderr under
 * -v).  No secret, no request header and no body is ever handed in. */
#pragma once
#include "base/err.h"

enum log_level { LOG_WARNING, LOG_INFO, LOG_DEBUG };
typedef void log_sink(void *ctx, enum log_level level, const char *line);
void log_to(log_sink *sink, void *ctx); /* NULL: nowhere */
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
