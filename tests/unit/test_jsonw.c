/* jsonw: what is written parses, member by member, whatever the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/jsonw.h"

static void sample(struct jsonw *w, struct arena *arena)
{
    struct strv list = { 0 };
    strv_push(arena, &list, "a");
    strv_push(arena, &list, "b");
    jsonw_open(w, NULL);
    jsonw_str(w, "text", "quote \" backslash \\ tab \t newline \n nul-free \x01 \xc3\xa4");
    jsonw_str(w, "broken", "\xff\xfe");
    jsonw_str(w, "none", NULL);
    jsonw_opt(w, "left_out", NULL);
    jsonw_int(w, "least", INT64_MIN);
    jsonw_bool(w, "yes", true);
    jsonw_time(w, "time", 0, arena);
    jsonw_strv(w, "list", &list);
    jsonw_open_array(w, "empty");
    jsonw_close_array(w);
    jsonw_open_array(w, "rows");
    for (int i = 0; i < 2; i++) {
        jsonw_open(w, NULL);
        jsonw_int(w, "i", i);
        jsonw_close(w);
    }
    jsonw_close_array(w);
    jsonw_raw(w, "raw", "{\"x\":[1,2]}");
    jsonw_close(w);
}

static void test_document(void **state)
{
    char *text = NULL;
    size_t len = 0;
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    FILE *to = open_memstream(&text, &len);
    struct jsonw w = { .to = to };
    sample(&w, arena);
    fclose(to);
    assert_int_equal(w.depth, 0);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "text")),
                        "quote \" backslash \\ tab \t newline \n nul-free \x01 \xc3\xa4");
    assert_true(json_is_string(json_object_get(root, "broken")));
    assert_true(json_is_null(json_object_get(root, "none")));
    assert_null(json_object_get(root, "left_out"));
    assert_true(json_integer_value(json_object_get(root, "least")) == INT64_MIN);
    assert_string_equal(json_string_value(json_object_get(root, "time")), "1970-01-01T00:00:00Z");
    assert_int_equal(json_array_size(json_object_get(root, "list")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "empty")), 0);
    assert_int_equal(json_array_size(json_object_get(root, "rows")), 2);
    assert_int_equal(json_object_size(json_object_get(root, "raw")), 1);
    json_decref(root);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_document) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
