/* fields: one table-driven reader for every JSON file of the program.
 *
 * A table names each key of an object, its kind and where it goes in a struct.
 * Strict reading refuses unknown keys, missing required ones, wrong types and
 * duplicate keys, and names file, line and key path ("dnschange.json:12:
 * rollout.canary: ...").  Lenient reading (the commands that must work in an
 * incident) turns unknown keys into warnings (the first fifty) and goes on. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum field_kind {
    FIELD_STR,      /* const char *                                            */
    FIELD_BOOL,     /* bool                                                    */
    FIELD_U32,      /* uint32_t, 0 .. 2^32-1                                   */
    FIELD_DURATION, /* int64_t milliseconds, from a duration string            */
    FIELD_TIME,     /* int64_t seconds, from a UTC time string                 */
    FIELD_STRV,     /* struct strv, from an array of strings                   */
    FIELD_OBJECT,   /* nested struct at offset, `more` is its field table      */
    FIELD_JSON,     /* const char *: the value as compact JSON text, unread    */
    FIELD_CALL,     /* `more` is a field_fn that reads the value itself        */
};

enum { FIELD_REQUIRED = 1, FIELD_NULLABLE = 2 /* null leaves the default in place */ };

struct json_file {    /* one parsed file: for messages with line numbers */
    const char *file; /* as shown to people, relative to the repository */
    const char *text; /* NUL-terminated source, borrowed */
    json_t *root;     /* owned; json_file_done frees */
    struct arena *arena;
    bool lenient;
    struct strv *warnings; /* filled when lenient; may be NULL */
};

struct field;
/* Reads `value` (borrowed) found at `path` into `ret`. */
typedef int field_fn(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err);

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset; /* offsetof(struct, member) */
    unsigned flags;
    const void *more;
};
#define FIELDS_END                                                                                 \
    {                                                                                              \
        NULL, FIELD_STR, 0, 0, NULL                                                                \
    }
/* For `more` of FIELD_CALL: functions and data do not mix in ISO C. */
struct field_call {
    field_fn *fn;
};

/* Parses text (duplicate keys refused, depth bounded).  `text` must outlive ret. */
int json_file_parse(const char *file, const char *text, struct arena *arena, bool lenient,
                    struct strv *warnings, struct json_file *ret, struct err *err) WARN_UNUSED;
void json_file_done(struct json_file *in);
#define JSON_FILE_SCOPED CLEANUP(json_file_done) struct json_file

/* Reads object `value` at `path` ("" for the root) by `table` into struct `ret`,
 * whose defaults the caller has set before. */
int fields_read(const struct json_file *in, json_t *value, const char *path,
                const struct field *table, void *ret, struct err *err) WARN_UNUSED;

/* ERR_INVALID "FILE:LINE: PATH: message".  Always -1. */
int fields_error(const struct json_file *in, const char *path, struct err *err, const char *fmt,
                 ...) PRINTF_LIKE(4, 5);

/* 1-based line of the value at `path` ("domains.a.example" cannot be told from
 * nesting, so members are joined with '\x1f' inside; use path_join). */
int fields_line(const struct json_file *in, const char *path);
char *path_join(struct arena *arena, const char *path, const char *key);
char *path_index(struct arena *arena, const char *path, size_t i); /* path[3] */

/* Reads an array of strings. */
int fields_strv(const struct json_file *in, json_t *value, const char *path, struct strv *ret,
                struct err *err) WARN_UNUSED;
