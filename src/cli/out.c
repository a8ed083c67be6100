/* out: streams, colours, questions and tables of the command line. */
#include "cli/out.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static const char *const codes[] = { "", "\033[31m", "\033[32m", "\033[33m", "\033[1m", "\033[2m" };

void out_init(struct out *out, const char *color, bool json, struct arena *arena)
{
    bool always = color && !strcmp(color, "always");
    bool never = color && !strcmp(color, "never");
    *out = (struct out){ .arena = arena, .to = stdout, .json = { .to = stdout }, .is_json = json };
    out->colour_out = !json && (always || (!never && isatty(STDOUT_FILENO)));
    out->colour_err = always || (!never && isatty(STDERR_FILENO));
    out->can_ask = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static const char *paint(struct arena *arena, bool on, enum colour colour, const char *text)
{
    if (!on || colour == COLOUR_NONE)
        return text;
    return arena_printf(arena, "%s%s\033[0m", codes[colour], text);
}

const char *out_paint(const struct out *out, enum colour colour, const char *text)
{
    return paint(out->arena, out->colour_out, colour, text);
}

void out_note(const struct out *out, const char *fmt, ...)
{
    va_list args;
    if (out->quiet)
        return;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

void out_warn(const struct out *out, const char *fmt, ...)
{
    va_list args;
    fputs(paint(out->arena, out->colour_err, COLOUR_YELLOW, "warning: "), stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

void out_warnings(const struct out *out, const struct strv *warnings)
{
    for (size_t i = 0; i < warnings->n; i++)
        out_warn(out, "%s", warnings->v[i]);
}

void out_error(const struct out *out, const struct err *err)
{
    fprintf(stderr, "%s%s\n", paint(out->arena, out->colour_err, COLOUR_RED, "dnschange: "),
            err->message);
    if (err->hint[0])
        fprintf(stderr, "  %s\n", err->hint);
}

static bool answer_is_yes(void)
{
    char line[64];
    if (!fgets(line, sizeof line, stdin))
        return false;
    return line[0] == 'y' || line[0] == 'Y';
}

bool out_ask(const struct out *out, bool yes, const char *fmt, ...)
{
    va_list args;
    if (yes || !out->can_ask)
        return true;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputs(" [y/N] ", stderr);
    return answer_is_yes();
}

int out_confirm(const struct out *out, bool yes, struct err *err, const char *fmt, ...)
{
    va_list args;
    if (yes)
        return 0;
    va_start(args, fmt);
    char *question = arena_vprintf(out->arena, fmt, args);
    va_end(args);
    if (!out->can_ask) {
        err_set(err, ERR_USAGE, "%s Nobody is here to answer", question);
        return err_hint(err, "add --yes");
    }
    fprintf(stderr, "%s [y/N] ", question);
    if (answer_is_yes())
        return 0;
    return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was done");
}

void table_row(struct table *table, ...)
{
    va_list args;
    va_start(args, table);
    for (size_t i = 0; i < table->columns; i++)
        strv_push(table->arena, &table->cells, va_arg(args, const char *));
    va_end(args);
}

/* Columns a text takes on a terminal: characters, not octets; escapes take none. */
static size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++) {
        if (*text == '\033') {
            while (*text && *text != 'm')
                text++;
            if (!*text)
                break;
        } else if (((unsigned char)*text & 0xc0) != 0x80) {
            width++;
        }
    }
    return width;
}

void table_print(const struct table *table, FILE *to, const char *indent)
{
    size_t columns = table->columns;
    size_t *widths = ARENA_ARRAY(table->arena, size_t, columns);
    for (size_t i = 0; i < table->cells.n; i++) {
        size_t width = text_width(table->cells.v[i]);
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (size_t i = 0; i < table->cells.n; i++) {
        bool last = i % columns == columns - 1;
        fprintf(to, "%s%s", i % columns ? "  " : indent, table->cells.v[i]);
        if (last)
            fputc('\n', to);
        else
            fprintf(to, "%*s", (int)(widths[i % columns] - text_width(table->cells.v[i])), "");
    }
}
