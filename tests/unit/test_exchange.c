/* exchange: the machine around a plugin, with a plugin of this file that does what
 * each test tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "provider/exchange.h"
#include "provider/open.h"
#include "provider_world.h"

/* What the plugin shall do, and what it saw. */
static struct script {
    size_t requests; /* to make */
    uint32_t effect;
    int on_reply[16]; /* answers of consume(), in order */
    size_t made, replies, lost;
    uint32_t tags[16];
    int last_try;
    uint32_t wait_ms;
} script;

static int play_begin(const struct dc_host *host, struct dc_op *op)
{
    (void)host;
    (void)op;
    return DC_SEND;
}

static int play_produce(const struct dc_host *host, struct dc_op *op, struct dc_request *ret)
{
    if (script.made == script.requests)
        return DC_MORE;
    ret->tag = (uint32_t)script.made++;
    ret->method = "GET";
    ret->path = host->print(op->arena, "/%u", ret->tag);
    ret->effect = script.effect;
    return DC_SEND;
}

static int play_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    script.tags[script.replies] = reply->tag;
    script.lost += reply->outcome != DC_REPLIED;
    script.last_try = reply->last_try;
    op->wait_ms = script.wait_ms;
    int answer = script.on_reply[script.replies++];
    if (answer == DC_FAIL)
        return host->fail_reply(op, reply, (enum dc_effect)script.effect, NULL);
    return answer;
}

static const struct dc_caps caps = {
    .size = sizeof caps, .ttl_max_s = 1, .max_inflight = 3, .max_requests = 10, .concurrent = 8
};
static const struct dc_plugin plugin = { .abi_major = DC_ABI_MAJOR,
                                         .size = sizeof plugin,
                                         .name = "play",
                                         .version = "1",
                                         .caps = &caps,
                                         .begin = play_begin,
                                         .produce = play_produce,
                                         .consume = play_consume };

struct stage {
    struct world world;
    struct arena *arena;
    struct lanes lanes;
    struct provider_account settings;
    struct account account;
    struct transport_port transport;
    uint32_t random;
    /* replies in the order of requests; the last one stays */
    struct world_reply replies[16];
    size_t n_replies, at;
    /* result */
    size_t done;
    bool failed;
    struct err err;
};

static void stage_answer(void *arg, const struct http_request *request, struct world_reply *ret)
{
    struct stage *stage = arg;
    (void)request;
    *ret = stage->replies[stage->at];
    if (stage->at + 1 < stage->n_replies)
        stage->at++;
}

static bool stage_ready(void *arg, bool write)
{
    (void)arg;
    (void)write;
    return true;
}

static void stage_begin(void *arg, struct lane_item *item)
{
    (void)arg;
    (void)item;
}

static void stage_send(void *arg, struct lane_call *call)
{
    (void)arg;
    exchange_send(call);
}

static void on_done(void *arg, struct exchange *exchange)
{
    struct stage *stage = arg;
    stage->done++;
    stage->failed = exchange->failed;
    stage->err = exchange->host.err;
}

/* Runs one operation against the replies. */
static void stage_run(struct stage *stage, size_t n, const struct world_reply *replies)
{
    struct err err;
    memset(stage, 0, sizeof *stage);
    memcpy(stage->replies, replies, n * sizeof *replies);
    stage->n_replies = n;
    stage->arena = arena_new("test", 1u << 20);
    stage->random = 1;
    stage->world.answer = stage_answer;
    stage->world.arg = stage;
    stage->lanes = (struct lanes){ .loop = world_loop(&stage->world), .arena = stage->arena };
    stage->settings = (struct provider_account){ .name = "test", .url = "http://x" };
    stage->transport = world_transport(&stage->world);
    assert_int_equal(account_open(&stage->settings, &plugin, stage->arena, &stage->account, &err),
                     0);
    lane_init(&stage->account.lane, &stage->lanes, "x:80", NULL, 0, 8);
    stage->account.lane.ready = stage_ready;
    stage->account.lane.begin = stage_begin;
    stage->account.lane.send = stage_send;
    stage->account.transport = &stage->transport;
    stage->account.random = &stage->random;
    stage->account.write = stage->account.read =
        secrets_new(&stage->settings.write, &stage->lanes.loop, NULL, 1);
    exchange_run(exchange_new(&stage->account, DC_OP_READ, "a.example"), on_done, stage);
    world_drain(&stage->world);
    assert_int_equal(stage->done, 1);
    secrets_free(stage->account.write);
    arena_free(stage->arena);
}

static void test_several_in_flight_come_back_in_any_order(void **state)
{
    (void)state;
    struct stage stage;
    script = (struct script){ .requests = 3, .on_reply = { DC_MORE, DC_MORE, DC_DONE } };
    stage_run(&stage, 3,
              (struct world_reply[]){ { .status = 200, .delay_ms = 30 },
                                      { .status = 200, .delay_ms = 10 },
                                      { .status = 200, .delay_ms = 20 } });
    assert_false(stage.failed);
    assert_int_equal(stage.world.most_in_flight, 3);
    assert_int_equal(script.tags[0], 1);
    assert_int_equal(script.tags[1], 2);
    assert_int_equal(script.tags[2], 0);
    assert_int_equal(stage.world.now_ms, 30);
}

static void test_no_more_than_it_may_have_in_flight(void **state)
{
    (void)state;
    struct stage stage;
    script =
        (struct script){ .requests = 6,
                         .on_reply = { DC_SEND, DC_SEND, DC_SEND, DC_MORE, DC_MORE, DC_DONE } };
    stage_run(&stage, 1, (struct world_reply[]){ { .status = 200, .delay_ms = 10 } });
    assert_false(stage.failed);
    assert_int_equal(stage.world.most_in_flight, 3);
    assert_int_equal(stage.world.requests, 6);
}

/* What is on its way when an operation ends is waited for, and dropped. */
static void test_done_with_replies_outstanding(void **state)
{
    (void)state;
    struct stage stage;
    script = (struct script){ .requests = 3, .on_reply = { DC_DONE } };
    stage_run(&stage, 2,
              (struct world_reply[]){ { .status = 200, .delay_ms = 1 },
                                      { .status = 200, .delay_ms = 50 } });
    assert_false(stage.failed);
    assert_int_equal(script.replies, 1);
    assert_int_equal(stage.world.now_ms, 50);
}

static void test_again_is_granted_and_ends(void **state)
{
    (void)state;
    struct stage stage;
    script = (struct script){ .requests = 1,
                              .effect = DC_EFFECT_BLIND,
                              .wait_ms = 5000,
                              .on_reply = { DC_AGAIN, DC_AGAIN, DC_AGAIN, DC_FAIL } };
    stage_run(&stage, 1, (struct world_reply[]){ { .status = 400 } });
    assert_true(stage.failed);
    assert_int_equal(stage.world.requests, 4);
    assert_true(stage.world.now_ms >= 15000);
    assert_true(script.last_try);
    assert_string_equal(stage.err.message, "test: a.example: HTTP 400: the provider refuses it");
}

static void test_again_on_the_last_try_is_a_fault(void **state)
{
    (void)state;
    struct stage stage;
    script =
        (struct script){ .requests = 1, .on_reply = { DC_AGAIN, DC_AGAIN, DC_AGAIN, DC_AGAIN } };
    stage_run(&stage, 1, (struct world_reply[]){ { .status = 400 } });
    assert_true(stage.failed);
    assert_non_null(strstr(stage.err.message, "answered something that does not exist"));
}

static void test_lost_reaches_the_plugin_once(void **state)
{
    (void)state;
    static const struct {
        uint32_t effect;
        size_t tries;
        enum err_code code;
    } table[] = { { DC_EFFECT_NONE, 4, ERR_FAILED },
                  { DC_EFFECT_GUARDED, 4, ERR_LOST },
                  { DC_EFFECT_BLIND, 1, ERR_LOST } };
    for (size_t i = 0; i < 3; i++) {
        struct stage stage;
        script =
            (struct script){ .requests = 1, .effect = table[i].effect, .on_reply = { DC_FAIL } };
        stage_run(&stage, 1, (struct world_reply[]){ { .outcome = HTTP_LOST } });
        assert_int_equal(stage.world.requests, table[i].tries);
        assert_int_equal(script.lost, 1);
        assert_int_equal(stage.err.code, table[i].code);
    }
}

/* A guarded write may have been carried out before the key was revoked. */
static void test_refused_key_after_a_lost_write(void **state)
{
    (void)state;
    struct stage stage;
    script = (struct script){ .requests = 1, .effect = DC_EFFECT_GUARDED };
    stage_run(&stage, 2, (struct world_reply[]){ { .outcome = HTTP_LOST }, { .status = 401 } });
    assert_int_equal(stage.err.code, ERR_LOST);
    script = (struct script){ .requests = 1, .effect = DC_EFFECT_GUARDED };
    stage_run(&stage, 1, (struct world_reply[]){ { .status = 401 } });
    assert_int_equal(stage.err.code, ERR_AUTH);
}

static void test_wait_and_go_on(void **state)
{
    (void)state;
    struct stage stage;
    script = (struct script){ .requests = 2, .wait_ms = 700, .on_reply = { DC_WAIT, DC_DONE } };
    stage_run(&stage, 1, (struct world_reply[]){ { .status = 200, .delay_ms = 1 } });
    /* Two went out at once, so the second reply ends it before the wait is over. */
    assert_false(stage.failed);
    assert_int_equal(stage.world.now_ms, 1);
    assert_null(stage.world.timers);
}

static void test_nothing_lost_twice_when_it_ends_early(void **state)
{
    (void)state;
    struct stage stage;
    /* One fails for good while another pauses before its next try. */
    script = (struct script){ .requests = 2, .on_reply = { DC_FAIL } };
    stage_run(&stage, 2,
              (struct world_reply[]){ { .status = 500 }, { .status = 400, .delay_ms = 5 } });
    assert_true(stage.failed);
    assert_int_equal(stage.world.requests, 2);
    assert_int_equal(stage.world.now_ms, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_in_flight_come_back_in_any_order),
        cmocka_unit_test(test_no_more_than_it_may_have_in_flight),
        cmocka_unit_test(test_done_with_replies_outstanding),
        cmocka_unit_test(test_again_is_granted_and_ends),
        cmocka_unit_test(test_again_on_the_last_try_is_a_fault),
        cmocka_unit_test(test_lost_reaches_the_plugin_once),
        cmocka_unit_test(test_refused_key_after_a_lost_write),
        cmocka_unit_test(test_wait_and_go_on),
        cmocka_unit_test(test_nothing_lost_twice_when_it_ends_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
