/* control: signals park, requests are seen, and the reason names who asked. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/control.h"

static int woken;

static void wake(void *arg)
{
    int *count = arg;
    (*count)++;
}

static void test_signal_parks(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct controller *control = control_new(arena);
    struct control_port port = control_port(control);
    assert_int_equal(port.poll(port.ctx), CONTROL_NONE);
    assert_string_equal(port.reason(port.ctx), "");
    signal(SIGHUP, SIG_IGN); /* as nohup leaves it */
    control_catch(control, wake, &woken);
    raise(SIGHUP);
    assert_int_equal(port.poll(port.ctx), CONTROL_NONE);
    raise(SIGTERM);
    assert_int_equal(woken, 1);
    assert_true(control_signalled(control));
    assert_int_equal(port.poll(port.ctx), CONTROL_PARK);
    assert_string_equal(port.reason(port.ctx), "signal TERM");
    control_release(control);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_signal_parks) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
