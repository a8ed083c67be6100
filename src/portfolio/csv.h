/* csv: a table with a header, as spreadsheets write it (RFC 4180): comma or
 * semicolon, quotes, byte order mark and CRLF accepted, blank lines skipped. */
#pragma once
#include "base/arena.h"

struct csv_row {
    int line;
    const char **cells; /* as many as the header has */
};
struct csv {
    struct strv header; /* trimmed */
    struct csv_row *v;
    size_t n, cap;
};

/* ERR_INVALID "FILE:LINE: ...": a quote that does not close, a row with another
 * number of cells than the header, a column without or with another's name. */
int csv_parse(const char *file, const char *text, struct arena *arena, struct csv *ret,
              struct err *err) WARN_UNUSED;
/* Index of a column, or -1. */
int csv_column(const struct csv *csv, const char *name);
