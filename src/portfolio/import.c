/* import: lays rows over the client files and writes those that change.  It
 * reads and writes texts, never files; the result is read back as a portfolio
 * before it is handed out. */
#include "portfolio/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "dns/name.h"
#include "portfolio/csv.h"

#define FILE_LIMIT (64u << 20)

struct row { /* one domain to bring in; empty strings: nothing said */
    int line;
    const char *domain, *client, *provider, *zone, *template, *tags;
    const char **vars; /* one value per import.var_names */
};

struct book {                         /* one client file */
    const char *client, *file, *text; /* text NULL: new */
    json_t *root;
    bool touched;
};

struct import {
    const char *file;
    struct arena *arena;
    const struct settings *settings;
    VEC(struct book) books;
    struct map *by_client; /* client to index + 1 of books, as a pointer to size_t */
    struct map *by_domain; /* canonical name to client */
    struct map *keys;      /* canonical name to the key it has in its file */
    struct map *rows;      /* canonical name to its row's line (int) */
    struct strv var_names;
    size_t wrong; /* rows refused after the first */
    struct err first;
};

static void import_done(struct import *import)
{
    for (size_t i = 0; i < import->books.n; i++)
        json_decref(import->books.v[i].root);
}

static struct book *book_find(const struct import *import, const char *client)
{
    const size_t *index = map_get(import->by_client, client);
    return index ? &import->books.v[*index] : NULL;
}

static struct book *book_add(struct import *import, struct book book)
{
    size_t *index = ARENA_NEW(import->arena, size_t);
    *index = import->books.n;
    map_put(import->by_client, book.client, index);
    struct book *added = vec_push(import->arena, &import->books);
    *added = book;
    return added;
}

/* The existing files have been read as a portfolio before: their shape is right. */
static int book_load(struct import *import, const struct portfolio_file *file, struct err *err)
{
    JSON_FILE_SCOPED in = { 0 };
    if (json_file_parse(file->file, file->text, import->arena, false, NULL, &in, err) != 0)
        return -1;
    const char *client = json_string_value(json_object_get(in.root, "client"));
    struct book book = { .client = arena_strdup(import->arena, client),
                         .file = file->file,
                         .text = file->text,
                         .root = json_incref(in.root) };
    book_add(import, book);
    const char *key, *name;
    json_t *value;
    json_object_foreach(json_object_get(in.root, "domains"), key, value)
    {
        if (name_parse(key, import->arena, &name, err) != 0)
            return -1;
        map_put(import->by_domain, name, arena_strdup(import->arena, client));
        map_put(import->keys, name, arena_strdup(import->arena, key));
    }
    return 0;
}

static int import_start(struct import *import, const struct portfolio_file *existing, size_t n,
                        struct err *err)
{
    struct portfolio portfolio;
    if (portfolio_parse(existing, n, import->settings, false, import->arena, NULL, &portfolio,
                        err) != 0)
        return -1;
    import->by_client = map_new(import->arena);
    import->by_domain = map_new(import->arena);
    import->keys = map_new(import->arena);
    import->rows = map_new(import->arena);
    for (size_t i = 0; i < n; i++)
        if (book_load(import, &existing[i], err) != 0)
            return -1;
    return 0;
}

static bool client_name_valid(const char *name)
{
    return name[0] && name[0] != '.' && name[0] != '-' && strlen(name) <= 128 &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
               strlen(name);
}

/* Does this row make sense among the others?  *ret: the canonical name. */
static int row_check(struct import *import, const struct row *row, const char **ret,
                     struct err *err)
{
    const char *name, *zone;
    struct err why = { 0 };
    if (name_parse(row->domain, import->arena, &name, &why) != 0)
        return err_set(err, ERR_INVALID, "\"%s\" is no domain name: %s", row->domain, why.message);
    if (!client_name_valid(row->client))
        return err_set(err, ERR_INVALID, "%s: \"%s\" is no client name", name, row->client);
    const int *line = map_get(import->rows, name);
    if (line)
        return err_set(err, ERR_INVALID, "%s is in line %d already", name, *line);
    const char *owner = map_get(import->by_domain, name);
    if (owner && strcmp(owner, row->client) != 0)
        return err_set(err, ERR_INVALID, "%s belongs to client %s already", name, owner);
    if (*row->provider && !settings_provider(import->settings, row->provider))
        return err_set(err, ERR_INVALID, "%s: provider \"%s\" is not in the settings", name,
                       row->provider);
    if (*row->zone &&
        (name_parse(row->zone, import->arena, &zone, NULL) != 0 || !name_within(name, zone)))
        return err_set(err, ERR_INVALID, "%s: \"%s\" is no zone that holds it", name, row->zone);
    const struct book *book = book_find(import, row->client);
    bool has = *row->provider || owner ||
               (book && (json_object_get(book->root, "provider") ||
                         json_object_get(book->root, "providers")));
    if (!has)
        return err_set(err, ERR_INVALID, "%s has no provider", name);
    *ret = name;
    return 0;
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_string(text));
}

static json_t *book_new_root(const struct row *row)
{
    json_t *root = json_object();
    set_text(root, "client", row->client);
    json_object_set_new(root, "approvers", json_array());
    set_text(root, "provider", row->provider);
    json_object_set_new(root, "domains", json_object());
    return root;
}

static bool says(const json_t *object, const char *key, const char *text)
{
    const char *has = json_string_value(json_object_get(object, key));
    return has && strcmp(has, text) == 0;
}

/* Sets a text key of the domain unless the file says the same for all. */
static void entry_set(const struct book *book, json_t *entry, const char *key, const char *text)
{
    if (!*text)
        return;
    if (says(book->root, key, text))
        json_object_del(entry, key);
    else
        set_text(entry, key, text);
}

static void entry_set_tags(const struct book *book, json_t *entry, const struct row *row,
                           struct arena *arena)
{
    if (!*row->tags)
        return;
    json_t *tags = json_array(), *item;
    char *save, *copy = arena_strdup(arena, row->tags);
    for (char *tag = strtok_r(copy, " \t", &save); tag; tag = strtok_r(NULL, " \t", &save)) {
        size_t i;
        bool common = false;
        json_array_foreach(json_object_get(book->root, "tags"), i, item) common =
            common || strcmp(json_string_value(item), tag) == 0;
        if (!common)
            json_array_append_new(tags, json_string(tag));
    }
    if (json_array_size(tags))
        json_object_set(entry, "tags", tags);
    json_decref(tags);
}

static void entry_set_vars(const struct import *import, json_t *entry, const struct row *row)
{
    for (size_t i = 0; i < import->var_names.n; i++) {
        if (!*row->vars[i])
            continue;
        json_t *vars = json_object_get(entry, "vars");
        if (!vars) {
            vars = json_object();
            json_object_set_new(entry, "vars", vars);
        }
        set_text(vars, import->var_names.v[i], row->vars[i]);
    }
}

static void row_put(struct import *import, const struct row *row, const char *name)
{
    struct book *book = book_find(import, row->client);
    if (!book)
        book = book_add(import, (struct book){ .client = row->client,
                                               .file = arena_printf(import->arena,
                                                                    "domains/%s.json", row->client),
                                               .root = book_new_root(row) });
    json_t *domains = json_object_get(book->root, "domains");
    const char *key = map_get(import->keys, name);
    json_t *entry = json_object_get(domains, key ? key : name);
    if (!entry) {
        entry = json_object();
        json_object_set_new(domains, name, entry);
    }
    if (*row->provider) /* one provider replaces several */
        json_object_del(entry, "providers");
    entry_set(book, entry, "provider", row->provider);
    entry_set(book, entry, "zone", row->zone);
    entry_set(book, entry, "template", row->template);
    entry_set_tags(book, entry, row, import->arena);
    entry_set_vars(import, entry, row);
    book->touched = true;
    int *line = ARENA_NEW(import->arena, int);
    *line = row->line;
    map_put(import->rows, name, line);
    map_put(import->by_domain, name, arena_strdup(import->arena, row->client));
}

static void row_bring(struct import *import, const struct row *row)
{
    const char *name = NULL;
    struct err why = { 0 };
    if (row_check(import, row, &name, &why) == 0) {
        row_put(import, row, name);
        return;
    }
    if (import->first.code != ERR_NONE) {
        import->wrong++;
        return;
    }
    err_set(&import->first, ERR_INVALID, "%s:%d: %s", import->file, row->line, why.message);
}

/* --- writing -------------------------------------------------------------- */

static void put_json(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    buf_adds(out, text ? text : "null");
    free(text);
}

/* One key a line, one domain a line: what changes is what a diff shows. */
static void book_format(struct buf *out, json_t *root)
{
    const char *key, *name;
    json_t *value, *entry;
    const char *comma = "";
    buf_adds(out, "{");
    json_object_foreach(root, key, value)
    {
        buf_addf(out, "%s\n  ", comma);
        comma = ",";
        buf_json_string(out, key);
        buf_adds(out, ": ");
        if (strcmp(key, "domains") != 0 || json_object_size(value) == 0) {
            put_json(out, value);
            continue;
        }
        const char *inner = "{";
        json_object_foreach(value, name, entry)
        {
            buf_addf(out, "%s\n    ", inner);
            inner = ",";
            buf_json_string(out, name);
            buf_adds(out, ": ");
            put_json(out, entry);
        }
        buf_adds(out, "\n  }");
    }
    buf_adds(out, "\n}\n");
}

static bool book_changed(const struct book *book)
{
    if (!book->touched)
        return false;
    json_t *old = book->text ? json_loads(book->text, 0, NULL) : NULL;
    bool same = old && json_equal(old, book->root);
    json_decref(old);
    return !same;
}

/* The texts of the changed files, and all files read once more as one portfolio. */
static int import_write(struct import *import, struct portfolio_file **ret_files, size_t *ret_n,
                        struct err *err)
{
    struct arena *arena = import->arena;
    struct portfolio_file *all = ARENA_ARRAY(arena, struct portfolio_file, import->books.n);
    struct portfolio_file *changed = ARENA_ARRAY(arena, struct portfolio_file, import->books.n);
    size_t n = 0;
    for (size_t i = 0; i < import->books.n; i++) {
        const struct book *book = &import->books.v[i];
        all[i] = (struct portfolio_file){ book->file, book->text };
        if (!book_changed(book))
            continue;
        BUF_SCOPED out = BUF(FILE_LIMIT);
        book_format(&out, book->root);
        if (buf_full(&out))
            return err_set(err, ERR_INVALID, "%s would be over %u MiB", book->file,
                           FILE_LIMIT >> 20);
        all[i].text = buf_take(&out, arena);
        changed[n++] = all[i];
    }
    struct portfolio portfolio;
    if (portfolio_parse(all, import->books.n, import->settings, false, arena, NULL, &portfolio,
                        err) != 0)
        return err_wrap(err, "%s", import->file);
    *ret_files = changed;
    *ret_n = n;
    return 0;
}

static int import_end(struct import *import, struct portfolio_file **ret_files, size_t *ret_n,
                      size_t *ret_domains, struct err *err)
{
    if (import->first.code != ERR_NONE) {
        if (err)
            *err = import->first;
        if (import->wrong)
            return err_hint(err, "%zu more row%s wrong; nothing is imported", import->wrong,
                            import->wrong == 1 ? " is" : "s are");
        return err_hint(err, "nothing is imported");
    }
    if (import_write(import, ret_files, ret_n, err) != 0)
        return -1;
    *ret_domains = map_count(import->rows);
    return 0;
}

/* --- sources -------------------------------------------------------------- */

static const char *const columns[] = { "domain", "client", "provider", "zone", "tags", "template" };
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static int columns_check(struct import *import, const struct csv *csv, struct err *err)
{
    for (size_t i = 0; i < csv->header.n; i++) {
        const char *name = csv->header.v[i];
        bool known = false;
        for (size_t k = 0; k < N_COLUMNS; k++)
            known = known || strcmp(name, columns[k]) == 0;
        if (known)
            continue;
        if (strncmp(name, "vars.", 5) == 0 && var_name_valid(name + 5) &&
            !var_name_builtin(name + 5)) {
            strv_push(import->arena, &import->var_names, name + 5);
            continue;
        }
        err_set(err, ERR_INVALID, "%s:1: column \"%s\" is unknown", import->file, name);
        return err_hint(err, "columns: domain, client, provider, zone, tags, template, vars.NAME");
    }
    for (size_t k = 0; k < 2; k++)
        if (csv_column(csv, columns[k]) < 0)
            return err_set(err, ERR_INVALID, "%s:1: column \"%s\" is missing", import->file,
                           columns[k]);
    return 0;
}

static const char *cell(const struct csv *csv, const struct csv_row *row, const char *name)
{
    int column = csv_column(csv, name);
    return column < 0 ? "" : row->cells[column];
}

static struct row row_of(const struct import *import, const struct csv *csv,
                         const struct csv_row *from)
{
    struct row row = { .line = from->line,
                       .domain = cell(csv, from, "domain"),
                       .client = cell(csv, from, "client"),
                       .provider = cell(csv, from, "provider"),
                       .zone = cell(csv, from, "zone"),
                       .tags = cell(csv, from, "tags"),
                       .template = cell(csv, from, "template"),
                       .vars = ARENA_ARRAY(import->arena, const char *, import->var_names.n) };
    for (size_t i = 0; i < import->var_names.n; i++)
        row.vars[i] =
            cell(csv, from, arena_printf(import->arena, "vars.%s", import->var_names.v[i]));
    return row;
}

static int import_rows(struct import *import, const char *text, struct err *err)
{
    struct csv csv;
    if (csv_parse(import->file, text, import->arena, &csv, err) != 0 ||
        columns_check(import, &csv, err) != 0)
        return -1;
    if (csv.n == 0)
        return err_set(err, ERR_INVALID, "%s: holds no domain", import->file);
    for (size_t i = 0; i < csv.n; i++) {
        struct row row = row_of(import, &csv, &csv.v[i]);
        row_bring(import, &row);
    }
    return 0;
}

int import_csv(const char *file, const char *csv, const struct portfolio_file *existing, size_t n,
               const struct settings *settings, struct arena *arena,
               struct portfolio_file **ret_files, size_t *ret_n, size_t *ret_domains,
               struct err *err)
{
    struct import import = { .file = file, .arena = arena, .settings = settings };
    int rc = import_start(&import, existing, n, err);
    if (rc == 0)
        rc = import_rows(&import, csv, err);
    if (rc == 0)
        rc = import_end(&import, ret_files, ret_n, ret_domains, err);
    import_done(&import);
    return rc;
}

int import_zones(const char *const *zones, size_t n_zones, const char *provider, const char *client,
                 const struct portfolio_file *existing, size_t n, const struct settings *settings,
                 struct arena *arena, struct portfolio_file **ret_files, size_t *ret_n,
                 size_t *ret_domains, struct err *err)
{
    struct import import = { .file = arena_printf(arena, "zones of %s", provider),
                             .arena = arena,
                             .settings = settings };
    int rc = import_start(&import, existing, n, err);
    for (size_t i = 0; rc == 0 && i < n_zones; i++) {
        struct row row = { .line = (int)i + 1,
                           .domain = zones[i],
                           .client = client,
                           .provider = provider,
                           .zone = "",
                           .template = "",
                           .tags = "" };
        row_bring(&import, &row);
    }
    if (rc == 0)
        rc = import_end(&import, ret_files, ret_n, ret_domains, err);
    import_done(&import);
    return rc;
}
