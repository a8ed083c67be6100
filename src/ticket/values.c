/* values: per-domain variables from a spreadsheet. */
#include "ticket/values.h"

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "portfolio/csv.h"
#include "ticket/ticket_parts.h"

static int header_check(const char *file, const struct csv *csv, struct err *err)
{
    if (csv_column(csv, "domain") < 0)
        return err_set(err, ERR_INVALID, "%s:1: column \"domain\" is missing", file);
    for (size_t i = 0; i < csv->header.n; i++) {
        const char *name = csv->header.v[i];
        if (strcmp(name, "domain") == 0)
            continue;
        if (!var_name_valid(name) || var_name_builtin(name))
            return err_set(err, ERR_INVALID, "%s:1: \"%s\" is no name of a variable", file, name);
    }
    return 0;
}

/* An empty cell defines nothing: an undefined variable is an error later, an empty
 * value would be published. */
static int row_read(const char *file, const struct csv *csv, const struct csv_row *row,
                    struct arena *arena, struct domain_vars *ret, struct err *err)
{
    struct err why = { 0 };
    size_t domain = (size_t)csv_column(csv, "domain");
    if (name_parse(row->cells[domain], arena, &ret->domain, &why) != 0)
        return err_set(err, ERR_INVALID, "%s:%d: \"%s\" is no domain name: %s", file, row->line,
                       row->cells[domain], why.message);
    for (size_t i = 0; i < csv->header.n; i++)
        if (i != domain && *row->cells[i])
            vars_set(arena, &ret->vars, csv->header.v[i], row->cells[i]);
    return 0;
}

int values_parse(const char *file, const char *csv_text, struct arena *arena,
                 struct domain_vars **ret, size_t *ret_n, struct err *err)
{
    struct csv csv;
    if (csv_parse(file, csv_text, arena, &csv, err) != 0 || header_check(file, &csv, err) != 0)
        return -1;
    struct domain_vars *list = ARENA_ARRAY(arena, struct domain_vars, csv.n);
    for (size_t i = 0; i < csv.n; i++)
        if (row_read(file, &csv, &csv.v[i], arena, &list[i], err) != 0)
            return -1;
    if (csv.n)
        qsort(list, csv.n, sizeof *list, domain_vars_compare);
    for (size_t i = 1; i < csv.n; i++)
        if (domain_vars_compare(&list[i - 1], &list[i]) == 0)
            return err_set(err, ERR_INVALID, "%s: %s stands twice", file, list[i].domain);
    *ret = list;
    *ret_n = csv.n;
    return 0;
}
