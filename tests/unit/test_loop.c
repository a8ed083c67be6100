/* loop: timers, descriptors, waking, and its refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/loop.h"

struct state {
    struct loop *loop;
    bool done;
    int fired[8];
    size_t n;
};

struct tick { /* a timer of a test */
    struct timer timer;
    struct state *state;
    int name;
    int again; /* times it sets itself once more, to the past */
};

static void on_tick(void *arg)
{
    struct tick *tick = arg;
    struct state *state = tick->state;
    if (state->n < 8)
        state->fired[state->n++] = tick->name;
    if (tick->again-- > 0)
        loop_timer_set(state->loop, &tick->timer, 0);
}

static void on_end(void *arg)
{
    ((struct state *)arg)->done = true;
}

static int setup(void **ret)
{
    struct state *state = calloc(1, sizeof *state);
    struct err err;
    assert_int_equal(loop_new(&state->loop, &err), 0);
    *ret = state;
    return 0;
}

static int teardown(void **arg)
{
    struct state *state = *arg;
    loop_free(state->loop);
    free(state);
    return 0;
}

static void run(struct state *state)
{
    struct err err;
    state->done = false;
    assert_int_equal(loop_run(state->loop, &state->done, &err), 0);
}

static void timers_fire_in_order(void **arg)
{
    struct state *state = *arg;
    static const int at[] = { 12, 3, 7, 3, 9 }; /* ms from now */
    static const int expect[] = { 1, 3, 2, 4, 0 };
    struct tick ticks[5] = { 0 };
    int64_t now = loop_now_ms(state->loop);
    struct timer end = { .fire = on_end, .arg = state };
    for (int i = 0; i < 5; i++) {
        ticks[i] = (struct tick){ .state = state, .name = i };
        ticks[i].timer = (struct timer){ .fire = on_tick, .arg = &ticks[i] };
        loop_timer_set(state->loop, &ticks[i].timer, now + at[i]);
    }
    loop_timer_set(state->loop, &end, now + 13);
    run(state);
    assert_true(loop_now_ms(state->loop) >= now + 13);
    assert_int_equal(state->n, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(state->fired[i], expect[i]);
}

static void timers_move_and_clear(void **arg)
{
    struct state *state = *arg;
    struct tick a = { .state = state, .name = 1 }, b = { .state = state, .name = 2 };
    struct timer end = { .fire = on_end, .arg = state };
    int64_t now = loop_now_ms(state->loop);
    a.timer = (struct timer){ .fire = on_tick, .arg = &a };
    b.timer = (struct timer){ .fire = on_tick, .arg = &b };
    loop_timer_set(state->loop, &a.timer, now + 1);
    loop_timer_set(state->loop, &a.timer, now + 4); /* moved: fires once */
    loop_timer_set(state->loop, &b.timer, now + 2);
    loop_timer_clear(state->loop, &b.timer);
    loop_timer_clear(state->loop, &b.timer); /* not set: nothing */
    loop_timer_set(state->loop, &end, now + 6);
    run(state);
    assert_int_equal(state->n, 1);
    assert_int_equal(state->fired[0], 1);
    assert_false(a.timer.set);
    assert_false(b.timer.set);
}

/* A timer that always sets itself to the past must not keep others waiting. */
static void timers_do_not_starve(void **arg)
{
    struct state *state = *arg;
    struct tick greedy = { .state = state, .name = 1, .again = 1000000 };
    struct timer end = { .fire = on_end, .arg = state };
    greedy.timer = (struct timer){ .fire = on_tick, .arg = &greedy };
    loop_timer_set(state->loop, &greedy.timer, 0);
    loop_timer_set(state->loop, &end, loop_now_ms(state->loop) + 5);
    run(state);
    assert_true(greedy.again > 0);
    loop_timer_clear(state->loop, &greedy.timer);
}

static void on_count(void *arg)
{
    ++*(int *)arg;
}

static void many_timers(void **arg)
{
    struct state *state = *arg;
    enum { N = 20000 };
    struct timer *timers = calloc(N, sizeof *timers);
    struct timer end = { .fire = on_end, .arg = state };
    int64_t now = loop_now_ms(state->loop);
    int count = 0;
    unsigned seed = 7;
    for (int i = 0; i < N; i++) {
        seed = seed * 1103515245u + 12345u;
        timers[i] = (struct timer){ .fire = on_count, .arg = &count };
        loop_timer_set(state->loop, &timers[i], now + (int64_t)(seed >> 16) % 40);
    }
    for (int i = 0; i < N; i += 2)
        loop_timer_clear(state->loop, &timers[i]);
    loop_timer_set(state->loop, &end, now + 60);
    run(state);
    assert_int_equal(count, N / 2);
    free(timers);
}

struct pipe_state {
    struct state *state;
    struct watch a, b;
    int calls;
};

static void on_pipe(void *arg, uint32_t events)
{
    struct pipe_state *p = arg;
    assert_true(events & EPOLLIN);
    p->calls++;
    loop_unwatch(p->state->loop, &p->a);
    loop_unwatch(p->state->loop, &p->b); /* its event has been fetched already */
    p->state->done = true;
}

static void watches_can_clear_each_other(void **arg)
{
    struct state *state = *arg;
    struct pipe_state p = { .state = state };
    int x[2], y[2];
    struct err err;
    assert_int_equal(pipe(x) | pipe(y), 0);
    p.a = p.b = (struct watch){ .ready = on_pipe, .arg = &p };
    assert_int_equal(loop_watch(state->loop, &p.a, x[0], EPOLLIN, &err), 0);
    assert_int_equal(loop_watch(state->loop, &p.b, y[0], EPOLLIN, &err), 0);
    assert_int_equal(write(x[1], "1", 1) + write(y[1], "1", 1), 2);
    run(state);
    assert_int_equal(p.calls, 1);
    for (int i = 0; i < 2; i++)
        close(x[i]), close(y[i]);
}

static void a_bad_descriptor_is_an_error(void **arg)
{
    struct state *state = *arg;
    struct watch watch = { .ready = on_pipe };
    struct err err;
    assert_int_equal(loop_watch(state->loop, &watch, 9999, EPOLLIN, &err), -1);
    assert_false(watch.set);
    assert_int_equal(err.code, ERR_FAILED);
}

static struct loop *signalled;

static void on_signal(int sig)
{
    (void)sig;
    loop_wake(signalled);
}

static void a_signal_wakes(void **arg)
{
    struct state *state = *arg;
    struct timer far = { .fire = on_count, .arg = &(int){ 0 } };
    signalled = state->loop;
    loop_on_wake(state->loop, on_end, state);
    loop_timer_set(state->loop, &far, loop_now_ms(state->loop) + 3600 * 1000);
    signal(SIGALRM, on_signal);
    ualarm(3000, 0);
    run(state);
    signal(SIGALRM, SIG_DFL);
    loop_timer_clear(state->loop, &far);
}

static void nothing_to_wait_for_is_an_error(void **arg)
{
    struct state *state = *arg;
    bool never = false;
    struct err err;
    assert_int_equal(loop_run(state->loop, &never, &err), -1);
    assert_int_equal(err.code, ERR_FAILED);
}

static void on_nested(void *arg)
{
    struct state *state = arg;
    bool never = false;
    struct err err;
    assert_int_equal(loop_run(state->loop, &never, &err), -1);
    state->done = true;
}

static void the_loop_is_not_entered_twice(void **arg)
{
    struct state *state = *arg;
    struct timer timer = { .fire = on_nested, .arg = state };
    loop_timer_set(state->loop, &timer, 0);
    run(state);
}

static void the_port_is_the_loop(void **arg)
{
    struct state *state = *arg;
    struct loop_port port = loop_port(state->loop);
    struct timer end = { .fire = on_end, .arg = state };
    struct err err;
    int64_t before = port.now_ms(port.ctx);
    assert_true(port.wall_s(port.ctx) > 1700000000);
    port.timer_set(port.ctx, &end, before + 2);
    assert_int_equal(port.run(port.ctx, &state->done, &err), 0);
    assert_true(port.now_ms(port.ctx) >= before + 2);
    port.timer_clear(port.ctx, &end);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(timers_fire_in_order),
        T(timers_move_and_clear),
        T(timers_do_not_starve),
        T(many_timers),
        T(watches_can_clear_each_other),
        T(a_bad_descriptor_is_an_error),
        T(a_signal_wakes),
        T(nothing_to_wait_for_is_an_error),
        T(the_loop_is_not_entered_twice),
        T(the_port_is_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
