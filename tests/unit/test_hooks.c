/* hooks: programs of the settings as checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/hooks.h"

static const char *const pass[] = { "sh", "-c", "grep -q a.example", NULL };
static const char *const fail[] = { "sh", "-c", "echo 1 >&2; echo no mail came >&2; exit 1", NULL };
static const char *const odd[] = { "sh", "-c", "echo broken >&2; exit 3", NULL };
static const char *const mute[] = { "sh", "-c", "exit 4", NULL };
static const char *const slow[] = { "sleep", "60", NULL };
static const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };
static const char *const missing[] = { "/nowhere/hook", NULL };
static const char *const here[] = { "sh", "-c", "pwd >&2; exit 1", NULL };

static const struct hook table[] = {
    { "pass", pass, 20000 },      { "fail", fail, 20000 }, { "odd", odd, 20000 },
    { "mute", mute, 20000 },      { "slow", slow, 30 },    { "killed", killed, 20000 },
    { "missing", missing, 1000 }, { "here", here, 20000 },
};

struct state {
    struct loop *loop;
    struct hooks *hooks;
    struct check_port port;
};

static int setup(void **ret)
{
    struct state *s = calloc(1, sizeof *s);
    struct err err;
    assert_int_equal(loop_new(&s->loop, &err), 0);
    s->hooks = hooks_new(s->loop, table, sizeof table / sizeof table[0], "/");
    s->port = hooks_port(s->hooks);
    *ret = s;
    return 0;
}

static int teardown(void **arg)
{
    struct state *s = *arg;
    hooks_free(s->hooks);
    loop_free(s->loop);
    free(s);
    return 0;
}

struct seen {
    int calls, *left;
    bool *done;
    enum verdict verdict;
    char detail[512];
};

static void on_result(void *arg, const struct check_result *result)
{
    struct seen *seen = arg;
    seen->calls++;
    seen->verdict = result->verdict;
    snprintf(seen->detail, sizeof seen->detail, "%s", result->detail);
    if (!--*seen->left)
        *seen->done = true;
}

static void verdicts(void **arg)
{
    static const struct {
        const char *name;
        enum verdict verdict;
        const char *detail;
    } expect[] = {
        { "pass", VERDICT_PASS, "" },
        { "fail", VERDICT_FAIL, "no mail came" },
        { "odd", VERDICT_UNKNOWN, "broken" },
        { "mute", VERDICT_UNKNOWN, "exit code 4" },
        { "slow", VERDICT_UNKNOWN, "no verdict within 30 ms" },
        { "killed", VERDICT_UNKNOWN, "ended by signal 9" },
        { "missing", VERDICT_UNKNOWN, "cannot run /nowhere/hook: No such file or directory" },
        { "nobody", VERDICT_UNKNOWN, "no hook \"nobody\" in the settings" },
        { "here", VERDICT_FAIL, "/" },
    };
    enum { N = sizeof expect / sizeof expect[0] };
    struct state *s = *arg;
    struct seen seen[N];
    int left = N;
    bool done = false;
    struct err err;
    for (size_t i = 0; i < N; i++) {
        seen[i] = (struct seen){ .left = &left, .done = &done };
        s->port.run(s->port.ctx, expect[i].name, "{\"domain\":\"a.example\"}", on_result, &seen[i]);
        assert_int_equal(seen[i].calls, 0);
        assert_int_equal(s->port.known(s->port.ctx, expect[i].name),
                         strcmp(expect[i].name, "nobody") != 0);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].verdict, expect[i].verdict);
        assert_string_equal(seen[i].detail, expect[i].detail);
    }
}

static void many(void **arg)
{
    enum { N = 60 };
    struct state *s = *arg;
    struct seen seen[N];
    int left = N;
    bool done = false;
    struct err err;
    for (int i = 0; i < N; i++) {
        seen[i] = (struct seen){ .left = &left, .done = &done };
        s->port.run(s->port.ctx, "pass", i % 2 ? "a.example" : "b", on_result, &seen[i]);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i].verdict, i % 2 ? VERDICT_PASS : VERDICT_FAIL);
}

static void end_completes_everything(void **arg)
{
    enum { N = 20 };
    static const char *const forever[] = { "sleep", "60", NULL };
    static const struct hook wait = { "wait", forever, 0 };
    struct state *s = *arg;
    struct seen seen[N];
    int left = N, first_left = 1;
    bool done = false, first_done = false;
    struct err err;
    struct seen first = { .left = &first_left, .done = &first_done };
    hooks_free(s->hooks);
    s->hooks = hooks_new(s->loop, &wait, 1, NULL);
    s->port = hooks_port(s->hooks);
    s->port.run(s->port.ctx, "nobody", "", on_result, &first);
    for (int i = 0; i < N; i++) {
        seen[i] = (struct seen){ .left = &left, .done = &done };
        s->port.run(s->port.ctx, "wait", "", on_result, &seen[i]);
    }
    assert_int_equal(loop_run(s->loop, &first_done, &err), 0); /* some run now */
    hooks_free(s->hooks);
    s->hooks = NULL;
    assert_true(done);
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i].verdict, VERDICT_UNKNOWN);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(verdicts),
        T(many),
        T(end_completes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
