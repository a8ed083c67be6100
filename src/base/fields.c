/* fields: JSON objects into structs by table.  See fields.h.  What a value
 * means (scopes, policies, records) is the business of the FIELD_CALL functions
 * of the rooms above. */
#include "base/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define DEPTH_MAX    64
#define WARNINGS_MAX 50
#define SEPARATOR    '\x1f'

char *path_join(struct arena *arena, const char *path, const char *key)
{
    return *path ? arena_printf(arena, "%s%c%s", path, SEPARATOR, key) : arena_strdup(arena, key);
}

char *path_index(struct arena *arena, const char *path, size_t i)
{
    return arena_printf(arena, "%s[%zu]", path, i);
}

/* --- line numbers ---------------------------------------------------------
 * jansson keeps no positions, so the text is walked again, only when there is
 * something to report.  The text has been parsed before: the walk trusts its
 * grammar but never its end. */

struct scan {
    const char *at;
    int line;
    int found;        /* line of the deepest part of the path met so far */
    const char *path; /* what is left to find below the current value */
};

static void scan_space(struct scan *scan)
{
    for (; *scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r' || *scan->at == '\n';
         scan->at++)
        scan->line += *scan->at == '\n';
}

/* Past a quoted string (JSON strings hold no raw line ends). */
static void scan_string(struct scan *scan)
{
    for (scan->at++; *scan->at && *scan->at != '"'; scan->at++)
        if (*scan->at == '\\' && scan->at[1])
            scan->at++;
    scan->at += *scan->at == '"';
}

/* Past any value, without looking for anything in it. */
static void scan_skip(struct scan *scan)
{
    int depth = 0;
    do {
        scan_space(scan);
        if (*scan->at == '"') {
            scan_string(scan);
        } else if (*scan->at) {
            depth +=
                (*scan->at == '{' || *scan->at == '[') - (*scan->at == '}' || *scan->at == ']');
            scan->at++;
        }
        if (depth <= 0 && (*scan->at == ',' || *scan->at == '}' || *scan->at == ']'))
            return;
    } while (*scan->at);
}

/* Does the quoted string at `at` say the first step of `path`?  Returns what
 * follows that step, or NULL. */
static const char *key_matches(const char *at, const char *end, const char *path)
{
    json_t *key = json_loadb(at, (size_t)(end - at), JSON_DECODE_ANY, NULL);
    const char *text = json_string_value(key), *rest = NULL;
    size_t n = text ? strlen(text) : 0;
    if (text && strncmp(path, text, n) == 0 &&
        (path[n] == '\0' || path[n] == SEPARATOR || path[n] == '['))
        rest = path + n + (path[n] == SEPARATOR);
    json_decref(key);
    return rest;
}

static void scan_value(struct scan *scan);

static void scan_object(struct scan *scan)
{
    for (scan->at++; *scan->at; scan->at++) {
        scan_space(scan);
        if (*scan->at != '"')
            return;
        const char *key = scan->at;
        scan_string(scan);
        const char *rest = key_matches(key, scan->at, scan->path);
        scan_space(scan);
        scan->at += *scan->at == ':';
        scan_space(scan);
        if (rest) {
            scan->path = rest;
            scan_value(scan);
            return;
        }
        scan_skip(scan);
        if (*scan->at != ',')
            return;
    }
}

static void scan_array(struct scan *scan)
{
    size_t want = 0, index = 0;
    int used = 0;
    if (sscanf(scan->path, "[%zu]%n", &want, &used) != 1 || used == 0)
        return;
    for (scan->at++; *scan->at; scan->at++, index++) {
        scan_space(scan);
        if (index == want) {
            scan->path += used + (scan->path[used] == SEPARATOR);
            scan_value(scan);
            return;
        }
        scan_skip(scan);
        if (*scan->at != ',')
            return;
    }
}

static void scan_value(struct scan *scan)
{
    scan->found = scan->line;
    if (!*scan->path)
        return;
    if (*scan->at == '{')
        scan_object(scan);
    else if (*scan->at == '[')
        scan_array(scan);
}

int fields_line(const struct json_file *in, const char *path)
{
    struct scan scan = { .at = in->text, .line = 1, .found = 1, .path = path };
    scan_space(&scan);
    scan_value(&scan);
    return scan.found;
}

/* --- messages ------------------------------------------------------------- */

static char *path_text(const struct json_file *in, const char *path)
{
    char *text = arena_strdup(in->arena, path);
    for (char *p = text; *p; p++)
        if (*p == SEPARATOR)
            *p = '.';
    return text;
}

/* "FILE:LINE: PATH: " */
static char *place_text(const struct json_file *in, const char *path)
{
    return arena_printf(in->arena, "%s:%d: %s%s", in->file, fields_line(in, path),
                        path_text(in, path), *path ? ": " : "");
}

int fields_error(const struct json_file *in, const char *path, struct err *err, const char *fmt,
                 ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = arena_vprintf(in->arena, fmt, args);
    va_end(args);
    return err_set(err, ERR_INVALID, "%s%s", place_text(in, path), text);
}

/* --- parsing -------------------------------------------------------------- */

/* Line where nesting passes the bound, or 0.  jansson's own bound is 2048,
 * more stack than a hostile file should get from those who walk the tree. */
static int depth_line(const char *text)
{
    struct scan scan = { .at = text, .line = 1 };
    int depth = 0;
    while (*scan.at) {
        scan_space(&scan);
        if (*scan.at == '"') {
            scan_string(&scan);
            continue;
        }
        if ((*scan.at == '{' || *scan.at == '[') && ++depth > DEPTH_MAX)
            return scan.line;
        depth -= *scan.at == '}' || *scan.at == ']';
        scan.at += *scan.at != '\0';
    }
    return 0;
}

int json_file_parse(const char *file, const char *text, struct arena *arena, bool lenient,
                    struct strv *warnings, struct json_file *ret, struct err *err)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* some editors put a byte order mark */
        text += 3;
    int deep = depth_line(text);
    if (deep)
        return err_set(err, ERR_INVALID, "%s:%d: nested deeper than %d levels", file, deep,
                       DEPTH_MAX);
    json_error_t why;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return err_set(err, ERR_INVALID, "%s:%d: not valid JSON: %s", file,
                       why.line > 0 ? why.line : 1, why.text);
    *ret = (struct json_file){ .file = file,
                               .text = text,
                               .root = root,
                               .arena = arena,
                               .lenient = lenient,
                               .warnings = warnings };
    return 0;
}

void json_file_done(struct json_file *in)
{
    json_decref(in->root);
    in->root = NULL;
}

/* --- reading -------------------------------------------------------------- */

static const char *type_text(const json_t *value)
{
    static const char *const texts[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    return value ? texts[json_typeof(value)] : "nothing";
}

static int wrong_type(const struct json_file *in, const json_t *value, const char *path,
                      const char *want, struct err *err)
{
    return fields_error(in, path, err, "must be %s, not %s", want, type_text(value));
}

static int read_str(const struct json_file *in, json_t *value, const char *path, const char **ret,
                    struct err *err)
{
    if (!json_is_string(value))
        return wrong_type(in, value, path, "a string", err);
    *ret = arena_strdup(in->arena, json_string_value(value));
    return 0;
}

static int read_bool(const struct json_file *in, json_t *value, const char *path, bool *ret,
                     struct err *err)
{
    if (!json_is_boolean(value))
        return wrong_type(in, value, path, "true or false", err);
    *ret = json_is_true(value);
    return 0;
}

static int read_u32(const struct json_file *in, json_t *value, const char *path, uint32_t *ret,
                    struct err *err)
{
    if (!json_is_integer(value))
        return wrong_type(in, value, path, "a whole number", err);
    json_int_t n = json_integer_value(value);
    if (n < 0 || n > UINT32_MAX)
        return fields_error(in, path, err, "%" JSON_INTEGER_FORMAT " is out of range 0..%u", n,
                            UINT32_MAX);
    *ret = (uint32_t)n;
    return 0;
}

/* Durations and times: text that one of the parsers of clock.h reads. */
static int read_int64(const struct json_file *in, json_t *value, const char *path,
                      int (*parse)(const char *, int64_t *, struct err *), const char *want,
                      int64_t *ret, struct err *err)
{
    if (!json_is_string(value))
        return wrong_type(in, value, path, want, err);
    struct err why;
    if (parse(json_string_value(value), ret, &why) == 0)
        return 0;
    fields_error(in, path, err, "%s", why.message);
    return err_hint(err, "%s", why.hint);
}

int fields_strv(const struct json_file *in, json_t *value, const char *path, struct strv *ret,
                struct err *err)
{
    if (!json_is_array(value))
        return wrong_type(in, value, path, "an array of strings", err);
    struct strv list = { 0 };
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(item))
            return wrong_type(in, item, path_index(in->arena, path, i), "a string", err);
        strv_push(in->arena, &list, arena_strdup(in->arena, json_string_value(item)));
    }
    *ret = list;
    return 0;
}

static int read_json(const struct json_file *in, json_t *value, const char **ret)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    *ret = arena_strdup(in->arena, text ? text : "null");
    free(text);
    return 0;
}

static int read_field(const struct json_file *in, json_t *value, const char *path,
                      const struct field *field, void *to, struct err *err)
{
    switch (field->kind) {
    case FIELD_STR:
        return read_str(in, value, path, to, err);
    case FIELD_BOOL:
        return read_bool(in, value, path, to, err);
    case FIELD_U32:
        return read_u32(in, value, path, to, err);
    case FIELD_DURATION:
        return read_int64(in, value, path, duration_parse, "a duration such as \"30s\"", to, err);
    case FIELD_TIME:
        return read_int64(in, value, path, time_parse, "a time such as \"2026-11-23T20:00:00Z\"",
                          to, err);
    case FIELD_STRV:
        return fields_strv(in, value, path, to, err);
    case FIELD_OBJECT:
        return fields_read(in, value, path, field->more, to, err);
    case FIELD_JSON:
        return read_json(in, value, to);
    case FIELD_CALL:
        return ((const struct field_call *)field->more)->fn(in, value, path, to, err);
    }
    return fields_error(in, path, err, "cannot be read");
}

static const struct field *table_find(const struct field *table, const char *key)
{
    for (; table->key; table++)
        if (strcmp(table->key, key) == 0)
            return table;
    return NULL;
}

/* One letter too many, missing, wrong, or two swapped. */
static bool key_similar(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    if (!*a || !*b)
        return strlen(a) + strlen(b) <= 2;
    return strcmp(a + 1, b + 1) == 0 || strcmp(a + 1, b) == 0 || strcmp(a, b + 1) == 0 ||
           (a[0] == b[1] && a[1] == b[0] && strcmp(a + 2, b + 2) == 0);
}

/* Each warning costs a walk through the text: enough of them is enough. */
static void unknown_warn(const struct json_file *in, const char *place)
{
    struct strv *to = in->warnings;
    if (!to || to->n > WARNINGS_MAX)
        return;
    const char *text =
        to->n == WARNINGS_MAX ? "more unknown keys, ignored" : "unknown key, ignored";
    strv_push(in->arena, to, arena_printf(in->arena, "%s%s", place_text(in, place), text));
}

static int unknown_key(const struct json_file *in, const char *path, const char *key,
                       const struct field *table, struct err *err)
{
    const char *place = path_join(in->arena, path, key);
    if (in->lenient) {
        unknown_warn(in, place);
        return 0;
    }
    fields_error(in, place, err, "unknown key");
    struct strv known = { 0 };
    for (const struct field *field = table; field->key; field++) {
        if (key_similar(field->key, key))
            return err_hint(err, "did you mean \"%s\"?", field->key);
        strv_push(in->arena, &known, field->key);
    }
    return err_hint(err, "keys known here: %s", strv_join(in->arena, &known, ", "));
}

int fields_read(const struct json_file *in, json_t *value, const char *path,
                const struct field *table, void *ret, struct err *err)
{
    if (!json_is_object(value))
        return wrong_type(in, value, path, "an object", err);
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        if (!table_find(table, key) && unknown_key(in, path, key, table, err) < 0)
            return -1;
    }
    for (const struct field *field = table; field->key; field++) {
        member = json_object_get(value, field->key);
        if (!member && (field->flags & FIELD_REQUIRED))
            return fields_error(in, path, err, "the key \"%s\" is missing", field->key);
        if (!member || (json_is_null(member) && (field->flags & FIELD_NULLABLE)))
            continue;
        if (read_field(in, member, path_join(in->arena, path, field->key), field,
                       (char *)ret + field->offset, err) < 0)
            return -1;
    }
    return 0;
}
