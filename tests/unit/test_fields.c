/* JSON files by table: kinds, strictness, lines, lenient reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/fields.h"

struct inner {
    uint32_t canary;
    int64_t bake_ms;
    bool swap;
};

struct outer {
    const char *name;
    struct inner rollout;
    struct strv tags;
    int64_t from_s;
    const char *raw;
    size_t items;
    uint32_t last;
};

static int count_items(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    if (!json_is_array(value))
        return fields_error(in, path, err, "must be an array");
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        if (!json_is_integer(item))
            return fields_error(in, path_index(in->arena, path, i), err, "must be a number");
    }
    *(size_t *)ret = json_array_size(value);
    return 0;
}

static const struct field_call count_call = { count_items };

static const struct field inner_fields[] = {
    { "canary", FIELD_U32, offsetof(struct inner, canary), 0, NULL },
    { "bake", FIELD_DURATION, offsetof(struct inner, bake_ms), 0, NULL },
    { "swap", FIELD_BOOL, offsetof(struct inner, swap), 0, NULL },
    FIELDS_END,
};

static const struct field outer_fields[] = {
    { "name", FIELD_STR, offsetof(struct outer, name), FIELD_REQUIRED, NULL },
    { "rollout", FIELD_OBJECT, offsetof(struct outer, rollout), FIELD_NULLABLE, inner_fields },
    { "tags", FIELD_STRV, offsetof(struct outer, tags), 0, NULL },
    { "from", FIELD_TIME, offsetof(struct outer, from_s), 0, NULL },
    { "raw", FIELD_JSON, offsetof(struct outer, raw), 0, NULL },
    { "items", FIELD_CALL, offsetof(struct outer, items), 0, &count_call },
    { "last", FIELD_U32, offsetof(struct outer, last), 0, NULL },
    FIELDS_END,
};

static int read_text(struct arena *arena, const char *text, bool lenient, struct strv *warnings,
                     struct outer *ret, struct err *err)
{
    JSON_FILE_SCOPED in = { 0 };
    if (json_file_parse("x.json", text, arena, lenient, warnings, &in, err) < 0)
        return -1;
    return fields_read(&in, in.root, "", outer_fields, ret, err);
}

static void reads_every_kind(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct outer out = { .last = 7 };
    assert_int_equal(
        read_text(arena,
                  "\xef\xbb\xbf{\"name\": \"n\\u00e9\", \"rollout\": {\"canary\": 4294967295, "
                  "\"bake\": \"10m\", \"swap\": true}, \"tags\": [\"a\", \"b\"], "
                  "\"from\": \"1970-01-01T00:01:00Z\", \"raw\": {\"z\": [1, 2.5, null], \"a\": "
                  "\"x\"}, \"items\": [1, 2, 3]}",
                  false, NULL, &out, NULL),
        0);
    assert_string_equal(out.name, "n\xc3\xa9");
    assert_int_equal(out.rollout.canary, UINT32_MAX);
    assert_int_equal(out.rollout.bake_ms, 600000);
    assert_true(out.rollout.swap);
    assert_string_equal(strv_join(arena, &out.tags, "+"), "a+b");
    assert_int_equal(out.from_s, 60);
    assert_string_equal(out.raw, "{\"z\":[1,2.5,null],\"a\":\"x\"}");
    assert_int_equal(out.items, 3);
    assert_int_equal(out.last, 7); /* the caller's default */
}

static void null_leaves_the_default(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct outer out = { .rollout = { .canary = 2 } };
    assert_int_equal(read_text(arena, "{\"name\":\"n\",\"rollout\":null}", false, NULL, &out, NULL),
                     0);
    assert_int_equal(out.rollout.canary, 2);
}

static void refusals_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message, *hint;
    } cases[] = {
        { "{\n\"name\":\"n\",\n\"rollout\":{\n \"canray\":1}}",
          "x.json:4: rollout.canray: unknown key", "did you mean \"canary\"?" },
        { "{\"name\":\"n\",\n\"colour\":1}", "x.json:2: colour: unknown key",
          "keys known here: name, rollout, tags, from, raw, items, last" },
        { "{\n\n}", "x.json:1: the key \"name\" is missing", "" },
        { "{\"name\":\n\n7}", "x.json:3: name: must be a string, not a number", "" },
        { "{\"name\":null}", "x.json:1: name: must be a string, not null", "" },
        { "{\"name\":\"n\",\"rollout\":\n[]}", "x.json:2: rollout: must be an object, not an array",
          "" },
        { "{\"name\":\"n\",\"rollout\":{\n\"swap\":\"yes\"}}",
          "x.json:2: rollout.swap: must be true or false, not a string", "" },
        { "{\"name\":\"n\",\"last\":-1}", "x.json:1: last: -1 is out of range 0..4294967295", "" },
        { "{\"name\":\"n\",\"last\":4294967296}",
          "x.json:1: last: 4294967296 is out of range 0..4294967295", "" },
        { "{\"name\":\"n\",\"last\":1.0}", "x.json:1: last: must be a whole number, not a number",
          "" },
        { "{\"name\":\"n\",\"tags\":[\"a\",\n\"b\",\n3]}",
          "x.json:3: tags[2]: must be a string, not a number", "" },
        { "{\"name\":\"n\",\"items\":[1,\n\"b\"]}", "x.json:2: items[1]: must be a number", "" },
        { "{\"name\":\"n\",\"rollout\":{\"bake\":\"10\"}}",
          "x.json:1: rollout.bake: \"10\" is not a duration",
          "write a whole number and a unit: 500ms, 30s, 10m, 2h, 7d" },
        { "{\"name\":\"n\",\n\"name\":\"m\"}",
          "x.json:2: not valid JSON: duplicate object key near", "" },
        { "{\"name\":\"n\",\n\n]", "x.json:3: not valid JSON: ", "" },
        { "", "x.json:1: not valid JSON: ", "" },
        { "[\n]", "x.json:1: must be an object, not an array", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct outer out = { 0 };
        struct err err = { 0 };
        assert_int_equal(read_text(arena, cases[i].text, false, NULL, &out, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        if (strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
            assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.hint, cases[i].hint);
    }
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    char text[400] = { 0 };
    struct err err;
    JSON_FILE_SCOPED in = { 0 };
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    assert_int_equal(json_file_parse("x", text, arena, false, NULL, &in, &err), 0);
    json_file_done(&in);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    assert_int_equal(json_file_parse("x", text, arena, false, NULL, &in, &err), -1);
    assert_string_equal(err.message, "x:1: nested deeper than 64 levels");
    strcpy(text, "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]");
    assert_int_equal(json_file_parse("x", text, arena, false, NULL, &in, &err), 0);
}

static void lenient_reading_warns(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct strv warnings = { 0 };
    struct outer out = { 0 };
    struct err err;
    assert_int_equal(read_text(arena, "{\"name\":\"n\",\n\"new\":{},\n\"rollout\":{\"x\":1}}", true,
                               &warnings, &out, &err),
                     0);
    assert_int_equal(warnings.n, 2);
    assert_string_equal(warnings.v[0], "x.json:2: new: unknown key, ignored");
    assert_string_equal(warnings.v[1], "x.json:3: rollout.x: unknown key, ignored");
    assert_int_equal(read_text(arena, "{\"name\":\"n\",\"new\":1}", true, NULL, &out, &err), 0);
    assert_int_equal(read_text(arena, "{\"name\":3}", true, &warnings, &out, &err), -1);
}

static void warnings_are_bounded(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 32 << 20);
    BUF_SCOPED text = BUF(1 << 20);
    struct strv warnings = { 0 };
    struct outer out = { 0 };
    buf_adds(&text, "{\"name\":\"n\"");
    for (int i = 0; i < 20000; i++)
        buf_addf(&text, ",\n\"new%d\":1", i);
    buf_adds(&text, "}");
    assert_int_equal(read_text(arena, buf_text(&text), true, &warnings, &out, NULL), 0);
    assert_int_equal(warnings.n, 51);
    assert_string_equal(warnings.v[49], "x.json:51: new49: unknown key, ignored");
    assert_string_equal(warnings.v[50], "x.json:52: new50: more unknown keys, ignored");
}

static void lines_of_values(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    JSON_FILE_SCOPED in = { 0 };
    assert_int_equal(json_file_parse("x.json",
                                     "{\n\"domains\": {\n  \"a.example\": {},\n"
                                     "  \"a\": {\"example\": 1},\n  \"q\\\"\\u0062\": [\n"
                                     "[0, \"],{\"],\n[\n2]]\n},\n \"domains2\": 3}",
                                     arena, false, NULL, &in, NULL),
                     0);
    const char *domains = path_join(arena, "", "domains");
    const char *list = path_join(arena, domains, "q\"b");
    const struct {
        const char *path;
        int line;
    } cases[] = {
        { "", 1 },
        { domains, 2 },
        { path_join(arena, domains, "a.example"), 3 },
        { path_join(arena, path_join(arena, domains, "a"), "example"), 4 },
        { list, 5 },
        { path_index(arena, list, 0), 6 },
        { path_index(arena, path_index(arena, list, 1), 0), 8 },
        { "domains2", 10 },
        { path_join(arena, domains, "missing"), 2 }, /* the deepest that is there */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(fields_line(&in, cases[i].path), cases[i].line);
    struct err err;
    fields_error(&in, path_join(arena, domains, "a.example"), &err, "is %s", "odd");
    assert_string_equal(err.message, "x.json:3: domains.a.example: is odd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind),        cmocka_unit_test(null_leaves_the_default),
        cmocka_unit_test(refusals_name_the_place), cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(lenient_reading_warns),   cmocka_unit_test(warnings_are_bounded),
        cmocka_unit_test(lines_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
