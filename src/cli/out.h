/* out: the streams of one run.  Results go to stdout, everything else to stderr;
 * colour and questions only on a terminal.  The only place (with render_*.c,
 * progress.c and the commands) that prints. */
#pragma once
#include <stdbool.h>
#include <stdio.h>

#include "cli/jsonw.h"

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_BOLD, COLOUR_DIM };

struct out {
    struct arena *arena;
    FILE *to;          /* stdout */
    struct jsonw json; /* over stdout, an object is open when `is_json` */
    bool is_json, quiet, verbose;
    bool colour_out, colour_err; /* per stream */
    bool can_ask;                /* stdin and stderr are terminals */
};

/* `color`: auto, always, never. */
void out_init(struct out *out, const char *color, bool json, struct arena *arena);

/* `text` in that colour when the stream has colours; in the arena. */
const char *out_paint(const struct out *out, enum colour colour, const char *text);
/* A line for people on stderr; nothing under -q. */
void out_note(const struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "warning: ..." on stderr, also under -q. */
void out_warn(const struct out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void out_warnings(const struct out *out, const struct strv *warnings);
void out_error(const struct out *out, const struct err *err);

/* Asks on a terminal: 1 yes, 0 no.  Not on a terminal, or with `yes`: 1. */
bool out_ask(const struct out *out, bool yes, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A question that needs --yes where nobody can answer.  0 when agreed; ERR_USAGE
 * (nobody to ask) or ERR_INTERRUPTED (answered no). */
int out_confirm(const struct out *out, bool yes, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5) WARN_UNUSED;

/* A table: cells are pushed row by row, columns aligned when printed. */
struct table {
    size_t columns;
    struct strv cells;
    struct arena *arena;
};
void table_row(struct table *table, ...); /* `columns` strings, no NULL */
void table_print(const struct table *table, FILE *to, const char *indent);
