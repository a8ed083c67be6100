/* Any text: the JSON reader fails cleanly or gives values; what it read as JSON
 * text is read again as the same; lines stay inside the file. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fields.h"

struct item {
    const char *text, *raw;
    uint32_t n;
    bool flag;
    int64_t wait_ms, from_s;
    struct strv list;
};

static const struct field leaf[] = {
    { "s", FIELD_STR, offsetof(struct item, text), 0, NULL },
    FIELDS_END,
};

static const struct field table[] = {
    { "s", FIELD_STR, offsetof(struct item, text), 0, NULL },
    { "j", FIELD_JSON, offsetof(struct item, raw), 0, NULL },
    { "n", FIELD_U32, offsetof(struct item, n), FIELD_NULLABLE, NULL },
    { "b", FIELD_BOOL, offsetof(struct item, flag), 0, NULL },
    { "d", FIELD_DURATION, offsetof(struct item, wait_ms), 0, NULL },
    { "t", FIELD_TIME, offsetof(struct item, from_s), 0, NULL },
    { "l", FIELD_STRV, offsetof(struct item, list), 0, NULL },
    { "o", FIELD_OBJECT, 0, 0, leaf },
    FIELDS_END,
};

static void must(int condition)
{
    if (!condition)
        abort();
}

static int lines_in(const char *text)
{
    int lines = 1;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void check_values(struct arena *arena, const struct item *item)
{
    if (item->raw) {
        json_t *again = json_loads(item->raw, JSON_DECODE_ANY, NULL);
        must(again != NULL);
        json_decref(again);
    }
    if (item->text) {
        BUF_SCOPED quoted = BUF(1 << 20);
        buf_json_string(&quoted, item->text);
        json_t *back = json_loads(buf_text(&quoted), JSON_DECODE_ANY, NULL);
        must(back && strcmp(json_string_value(back), item->text) == 0);
        json_decref(back);
    }
    int64_t again;
    must(duration_parse(duration_format(arena, item->wait_ms), &again, NULL) == 0 &&
         again == item->wait_ms);
    must(item->from_s < 0 || (time_parse(time_format_utc(arena, item->from_s), &again, NULL) == 0 &&
                              again == item->from_s));
}

static void check_lines(const struct json_file *in, json_t *value, const char *path, int depth)
{
    const char *key;
    json_t *member;
    int line = fields_line(in, path);
    must(line >= 1 && line <= lines_in(in->text));
    if (depth > 3)
        return;
    json_object_foreach(value, key, member)
        check_lines(in, member, path_join(in->arena, path, key), depth + 1);
    size_t i;
    json_array_foreach(value, i, member)
        check_lines(in, member, path_index(in->arena, path, i), depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 256u << 20);
    const char *text = arena_strndup(arena, (const char *)data, size);
    for (int lenient = 0; lenient < 2; lenient++) {
        struct strv warnings = { 0 };
        struct item item = { 0 };
        struct err err = { 0 };
        JSON_FILE_SCOPED in = { 0 };
        if (json_file_parse("f", text, arena, lenient, &warnings, &in, &err) < 0) {
            must(err.code == ERR_INVALID && strncmp(err.message, "f:", 2) == 0);
            return 0;
        }
        check_lines(&in, in.root, "", 0);
        if (fields_read(&in, in.root, "", table, &item, &err) == 0)
            check_values(arena, &item);
        else
            must(err.code == ERR_INVALID && strncmp(err.message, "f:", 2) == 0);
    }
    return 0;
}
