/* csv: cells and rows only; what they mean is the caller's. */
#include "portfolio/csv.h"

#include <stdbool.h>
#include <string.h>

struct scan {
    const char *file, *at;
    int line;
    char separator;
    struct arena *arena;
};

/* What the header line has more of, outside quotes. */
static char separator_guess(const char *text)
{
    size_t commas = 0, semicolons = 0;
    bool quoted = false;
    for (; *text && (quoted || (*text != '\n' && *text != '\r')); text++) {
        quoted ^= *text == '"';
        commas += !quoted && *text == ',';
        semicolons += !quoted && *text == ';';
    }
    return semicolons > commas ? ';' : ',';
}

static bool line_ends(const char *at)
{
    return *at == '\0' || *at == '\n' || (at[0] == '\r' && (at[1] == '\n' || at[1] == '\0'));
}

static int cell_quoted(struct scan *scan, const char **ret, struct err *err)
{
    int first = scan->line;
    const char *close = scan->at + 1;
    while (*close && (close[0] != '"' || close[1] == '"'))
        close += 1 + (*close == '"');
    if (!*close)
        return err_set(err, ERR_INVALID, "%s:%d: a quote opens and does not close", scan->file,
                       first);
    char *cell = arena_alloc(scan->arena, (size_t)(close - scan->at) + 1), *end = cell;
    for (scan->at++; scan->at < close; scan->at++) {
        scan->at += *scan->at == '"';
        scan->line += *scan->at == '\n';
        *end++ = *scan->at;
    }
    scan->at++;
    scan->at += strspn(scan->at, " \t");
    *ret = cell;
    return 0;
}

static const char *cell_bare(struct scan *scan)
{
    const char *start = scan->at;
    while (!line_ends(scan->at) && *scan->at != scan->separator)
        scan->at++;
    const char *end = scan->at;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return arena_strndup(scan->arena, start, (size_t)(end - start));
}

/* The cells up to the end of the line, which is read too. */
static int row_read(struct scan *scan, struct strv *ret, struct err *err)
{
    struct strv cells = { 0 };
    for (;; scan->at++) {
        const char *cell = NULL;
        scan->at += strspn(scan->at, scan->separator == '\t' ? " " : " \t");
        if (*scan->at != '"')
            cell = cell_bare(scan);
        else if (cell_quoted(scan, &cell, err) != 0)
            return -1;
        strv_push(scan->arena, &cells, cell);
        if (*scan->at == scan->separator)
            continue;
        if (!line_ends(scan->at))
            return err_set(err, ERR_INVALID, "%s:%d: text after a closing quote", scan->file,
                           scan->line);
        break;
    }
    scan->at += *scan->at == '\r';
    if (*scan->at == '\n') {
        scan->at++;
        scan->line++;
    }
    *ret = cells;
    return 0;
}

static int header_check(const struct scan *scan, const struct strv *header, struct err *err)
{
    for (size_t i = 0; i < header->n; i++) {
        if (!header->v[i][0])
            return err_set(err, ERR_INVALID, "%s:1: column %zu has no name", scan->file, i + 1);
        for (size_t j = 0; j < i; j++)
            if (strcmp(header->v[i], header->v[j]) == 0)
                return err_set(err, ERR_INVALID, "%s:1: column \"%s\" is there twice", scan->file,
                               header->v[i]);
    }
    return 0;
}

int csv_parse(const char *file, const char *text, struct arena *arena, struct csv *ret,
              struct err *err)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    struct scan scan = { file, text, 1, separator_guess(text), arena };
    struct csv csv = { 0 };
    if (!*text)
        return err_set(err, ERR_INVALID, "%s: is empty, a header line is wanted", file);
    if (row_read(&scan, &csv.header, err) != 0 || header_check(&scan, &csv.header, err) != 0)
        return -1;
    while (*scan.at) {
        struct strv cells;
        int line = scan.line;
        if (row_read(&scan, &cells, err) != 0)
            return -1;
        if (cells.n == 1 && !cells.v[0][0])
            continue;
        if (cells.n != csv.header.n)
            return err_set(err, ERR_INVALID, "%s:%d: has %zu cells, the header has %zu", file, line,
                           cells.n, csv.header.n);
        struct csv_row *row = vec_push(arena, &csv);
        *row = (struct csv_row){ line, cells.v };
    }
    *ret = csv;
    return 0;
}

int csv_column(const struct csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->header.n; i++)
        if (strcmp(csv->header.v[i], name) == 0)
            return (int)i;
    return -1;
}
