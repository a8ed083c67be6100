/* progress: one line per step in a file, one line drawn over on a terminal, one
 * JSON object per report with --events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/progress.h"

static int64_t now;

static int64_t now_ms(void *ctx)
{
    (void)ctx;
    return now;
}

static int64_t wall_s(void *ctx)
{
    (void)ctx;
    return 1700000000;
}

static const struct loop_port loop = { .now_ms = now_ms, .wall_s = wall_s };

static void tell(struct progress_port *port)
{
    static const struct progress steps[] = {
        { .event = "state", .state = "canary", .total = 2 },
        { .event = "domain", .state = "written", .domain = "a.example", .done = 1, .total = 2 },
        { .event = "wave", .state = "canary", .done = 2, .total = 2 },
        { .event = "state", .state = "wave", .wave = 1, .waves = 2, .total = 400 },
        { .event = "wave", .state = "wave", .wave = 1, .waves = 2, .done = 20, .total = 400 },
        { .event = "wave", .state = "wave", .wave = 1, .waves = 2, .done = 200, .total = 400 },
        { .event = "note", .domain = "b.example", .detail = "tried again" },
        { .event = "wave", .state = "wave", .wave = 1, .waves = 2, .done = 400, .total = 400 },
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        now += 4000;
        port->report(port->ctx, &steps[i]);
    }
}

static char *told(bool events, bool terminal, bool quiet)
{
    char *text = NULL;
    size_t len = 0;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    const struct out out = { .arena = arena, .quiet = quiet };
    FILE *to = open_memstream(&text, &len);
    now = 0;
    struct progress_view *view = progress_new(&out, events, to, terminal, &loop, arena);
    struct progress_port port = progress_port(view);
    tell(&port);
    progress_end(view);
    progress_end(view);
    fclose(to);
    return text;
}

static void test_file(void **state)
{
    (void)state;
    char *text = told(false, false, false);
    assert_string_equal(text, "canary  0/2 domains\n"
                              "canary  2/2 domains\n"
                              "wave 1/2  0/400 domains\n"
                              "wave 1/2  200/400 domains  25.0/s  8 s left\n"
                              "  b.example: tried again\n"
                              "wave 1/2  400/400 domains\n");
    free(text);
}

static void test_terminal(void **state)
{
    (void)state;
    char *text = told(false, true, false);
    assert_non_null(strstr(text, "\r\033[Kwave 1/2  20/400 domains  5.0/s  1 min 16 s left"));
    assert_non_null(strstr(text, "\n\r\033[Kwave 1/2  0/400 domains"));
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
}

static void test_events(void **state)
{
    size_t lines = 0;
    char *rest = NULL;
    (void)state;
    char *text = told(true, false, true);
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *root = json_loads(line, 0, NULL);
        assert_non_null(root);
        assert_string_equal(json_string_value(json_object_get(root, "time")),
                            "2023-11-14T22:13:20Z");
        json_decref(root);
        lines++;
    }
    assert_int_equal(lines, 8);
    free(text);
}

static void test_quiet(void **state)
{
    (void)state;
    char *text = told(false, false, true);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
