/* child: programs beside the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/child.h"
#include "start.h"

struct seen {
    bool done, timed_out, cut;
    int exit_code, signal;
    size_t output_len;
    char output[4096], errors[4096];
};

static void on_done(void *arg, const struct child_result *result)
{
    struct seen *seen = arg;
    assert_false(seen->done);
    seen->done = true;
    seen->exit_code = result->exit_code;
    seen->signal = result->signal;
    seen->timed_out = result->timed_out;
    seen->cut = result->output_cut;
    seen->output_len = result->output_len;
    snprintf(seen->output, sizeof seen->output, "%s", result->output);
    snprintf(seen->errors, sizeof seen->errors, "%s", result->errors);
}

static int setup(void **ret)
{
    struct err err;
    struct loop *loop;
    assert_int_equal(loop_new(&loop, &err), 0);
    *ret = loop;
    return 0;
}

static int teardown(void **arg)
{
    loop_free(*arg);
    return 0;
}

static struct seen run(struct loop *loop, const char *script, struct child_options options)
{
    const char *argv[] = { "sh", "-c", script, NULL };
    struct seen seen = { 0 };
    struct err err;
    options.argv = argv;
    assert_int_equal(child_start(loop, &options, on_done, &seen, NULL, &err), 0);
    assert_false(seen.done);
    assert_int_equal(loop_run(loop, &seen.done, &err), 0);
    return seen;
}

static void results(void **arg)
{
    static const struct {
        const char *script, *input;
        int exit_code, signal;
        const char *output, *errors;
    } table[] = {
        { "echo out; echo err >&2", NULL, 0, 0, "out\n", "err\n" },
        { "exit 7", NULL, 7, 0, "", "" },
        { "kill -9 $$", NULL, -1, 9, "", "" },
        { "cat", "given text\n", 0, 0, "given text\n", "" },
        { "cat", NULL, 0, 0, "", "" },
        { "exit 0", "never read", 0, 0, "", "" },
        { "echo $LC_ALL", NULL, 0, 0, "C\n", "" },
        { "printf a; printf b >&2; printf c", NULL, 0, 0, "ac", "b" },
        { "trap", NULL, 0, 0, "", "" }, /* no signal is ignored */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct seen seen =
            run(*arg, table[i].script,
                (struct child_options){ .input = table[i].input, .timeout_ms = 20000 });
        assert_int_equal(seen.exit_code, table[i].exit_code);
        assert_int_equal(seen.signal, table[i].signal);
        assert_string_equal(seen.output, table[i].output);
        assert_string_equal(seen.errors, table[i].errors);
        assert_false(seen.timed_out);
    }
}

static void environment_and_folder(void **arg)
{
    static const char *const env[] = { "ONE=1", "LC_ALL=de_DE.UTF-8", "PATH=/usr/bin:/bin", NULL };
    setenv("TEST_KEPT", "kept", 1);
    setenv("ONE", "old", 1);
    struct seen seen = run(*arg, "echo $ONE $TEST_KEPT; env | grep LC_ALL; pwd",
                           (struct child_options){ .env = env, .folder = "/" });
    /* What is asked for replaces the program's own, but for LC_ALL. */
    assert_string_equal(seen.output, "1 kept\nLC_ALL=C\n/\n");
}

static void a_lot_of_text_both_ways(void **arg)
{
    enum { N = 300000 };
    char *text = malloc(N + 1);
    memset(text, 'x', N);
    text[N] = '\0';
    struct seen seen = run(*arg, "cat", (struct child_options){ .input = text });
    assert_int_equal(seen.output_len, N);
    assert_false(seen.cut);
    free(text);
}

static void limits(void **arg)
{
    struct seen seen = run(*arg,
                           "i=0; while [ $i -lt 500 ]; do echo line $i; echo error $i >&2; "
                           "i=$((i+1)); done",
                           (struct child_options){ .output_max = 1000 });
    assert_int_equal(seen.exit_code, 0); /* it was never blocked */
    assert_true(seen.cut);
    assert_int_equal(seen.output_len, 1000);
    assert_memory_equal(seen.output, "line 0\n", 7);
    assert_non_null(strstr(seen.errors, "error 499\n")); /* the end is kept */
}

static void deadlines(void **arg)
{
    struct seen seen = run(*arg, "exec sleep 60", (struct child_options){ .timeout_ms = 30 });
    assert_true(seen.timed_out);
    assert_int_equal(seen.signal, SIGTERM);
    /* The whole group ends, not only the first process. */
    seen = run(*arg, "sleep 60 | sleep 60", (struct child_options){ .timeout_ms = 30 });
    assert_true(seen.timed_out);
}

static void deaf_to_sigterm(void **arg)
{
    struct seen seen = run(*arg, "trap '' TERM; while :; do sleep 1; done",
                           (struct child_options){ .timeout_ms = 30 });
    assert_true(seen.timed_out);
    assert_int_equal(seen.signal, SIGKILL);
}

/* A process left behind holds the pipes open: not waited for. */
static void something_left_behind(void **arg)
{
    struct loop *loop = *arg;
    int64_t start_ms = loop_now_ms(loop);
    struct seen seen = run(loop, "echo first; sleep 3 & exit 3", (struct child_options){ 0 });
    assert_int_equal(seen.exit_code, 3);
    assert_string_equal(seen.output, "first\n");
    assert_true(loop_now_ms(loop) - start_ms < 2500);
}

static void what_cannot_start(void **arg)
{
    static const char *const names[] = { "/nowhere/program", "no-such-program-here",
                                         "/etc/passwd" };
    for (int i = 0; i < 3; i++) {
        const char *argv[] = { names[i], NULL };
        struct child_options options = { .argv = argv };
        struct err err;
        assert_int_equal(child_start(*arg, &options, on_done, NULL, NULL, &err), -1);
        assert_int_equal(err.code, ERR_FAILED);
        assert_non_null(strstr(err.message, names[i]));
    }
}

static void killed_without_a_word(void **arg)
{
    const char *argv[] = { "sleep", "60", NULL };
    struct child_options options = { .argv = argv, .timeout_ms = 50000 };
    struct seen seen = { 0 };
    struct child *child;
    struct err err;
    assert_int_equal(child_start(*arg, &options, on_done, &seen, &child, &err), 0);
    child_kill(child);
    assert_false(seen.done);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
    assert_int_equal(errno, ECHILD);
}

static void last_lines(void **arg)
{
    (void)arg;
    static const char *const table[][2] = { { "", "" },
                                            { "one", "one" },
                                            { "one\ntwo\n", "two" },
                                            { "one\ntwo\n\n \r\n", "two" },
                                            { "\n\n", "" } };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        BUF_SCOPED buf = BUF(100);
        child_last_line(table[i][0], &buf);
        assert_string_equal(buf_text(&buf), table[i][1]);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(results),
        T(environment_and_folder),
        T(a_lot_of_text_both_ways),
        T(limits),
        T(deadlines),
        T(deaf_to_sigterm),
        T(something_left_behind),
        T(what_cannot_start),
        T(killed_without_a_word),
        T(last_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
