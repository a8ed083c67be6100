/* Diagnostics reach the sink as single lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/log.h"

struct caught {
    enum log_level level;
    char line[2000];
    int count;
};

static void catch_line(void *ctx, enum log_level level, const char *line)
{
    struct caught *caught = ctx;
    caught->level = level;
    caught->count++;
    strncpy(caught->line, line, sizeof caught->line - 1);
}

static void lines_reach_the_sink(void **state)
{
    (void)state;
    struct caught caught = { 0 };
    log_to(catch_line, &caught);
    log_line(LOG_INFO, "asked %s\n%d", "ns1", 2);
    assert_string_equal(caught.line, "asked ns1 2");
    assert_int_equal(caught.level, LOG_INFO);
    log_line(LOG_DEBUG, "%02000d", 1);
    assert_true(strlen(caught.line) < 1100);
    assert_int_equal(caught.count, 2);
    log_to(NULL, NULL);
    log_line(LOG_WARNING, "nobody listens");
    assert_int_equal(caught.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(lines_reach_the_sink) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
