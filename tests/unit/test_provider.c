/* provider: many operations at a time, limits, secrets and plugins that misbehave,
 * over a clock that stands still and a provider in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/log.h"
#include "provider/open.h"
#include "provider/provider.h"
#include "provider_world.h"

#define BASE      "http://api.test"
#define ZONES_MAX 4000

struct house {
    struct world world;
    struct arena *arena;
    struct provider_account accounts[2];
    size_t n_accounts;
    struct provider *provider;
    struct provider_port port;
    int64_t delay_ms;
    /* what the fake saw */
    int64_t sent[ZONES_MAX];
    int status;              /* 0: as it should be */
    const char *retry_after; /* of replies that fail */
    bool sqlite;             /* a write during another one fails without a reason */
    int64_t write_ends_ms;
    size_t locked;
    size_t fail_first; /* so many replies have `status` */
    size_t big;        /* replies larger than max_reply are lost when set */
    /* what came back */
    size_t done, failed;
    struct err last;
    bool fates_unknown;
};

static void fake_answer(void *arg, const struct http_request *request, struct world_reply *ret)
{
    struct house *house = arg;
    size_t n = house->world.requests - 1;
    house->sent[n % ZONES_MAX] = house->world.now_ms;
    ret->delay_ms = house->delay_ms;
    bool write = strcmp(request->method, "PATCH") == 0;
    ret->status = write ? 204 : 200;
    if (house->fail_first && house->fail_first--) {
        ret->status = house->status;
        if (house->retry_after)
            ret->headers[ret->n_headers++] =
                (struct http_header){ "Retry-After", house->retry_after };
        return;
    }
    if (write && house->sqlite && house->world.now_ms < house->write_ends_ms) {
        house->locked++;
        ret->status = 500;
        ret->body = "{\"error\": \"Internal Server Error\"}";
        return;
    }
    if (write)
        house->write_ends_ms = house->world.now_ms + house->delay_ms;
    if (house->big && request->max_reply < house->big) {
        ret->outcome = HTTP_LOST;
        ret->code = ERR_FAILED;
        ret->body = "reply too large";
        return;
    }
    if (write)
        return;
    const char *name = strrchr(request->url, '/') + 1;
    ret->body =
        arena_printf(house->arena, "{\"name\":\"%s\",\"kind\":\"Native\",\"rrsets\":[]}", name);
}

static void house_open(struct house *house, const char *json, const char *folder)
{
    struct err err;
    *house = (struct house){ .arena = arena_new("test", 64u << 20) };
    house->world.answer = fake_answer;
    house->world.arg = house;
    setenv("TEST_SECRET", "s3cret", 1);
    if (provider_account_parse("test", json, house->arena, &house->accounts[0], &err))
        fail_msg("%s", err.message);
    struct loop_port loop = world_loop(&house->world);
    struct transport_port transport = world_transport(&house->world);
    struct provider_options options = { .accounts = house->accounts,
                                        .n_accounts = 1,
                                        .plugin_folders = &folder,
                                        .n_plugin_folders = 1 };
    house->provider = provider_new(&loop, &transport, &options);
    house->port = provider_port(house->provider);
}

static void house_close(struct house *house)
{
    provider_free(house->provider);
    arena_free(house->arena);
}

#define POWERDNS(more)                                                                             \
    "{\"plugin\":\"powerdns\",\"url\":\"" BASE "\",\"secret\":{\"env\":\"TEST_SECRET\"}" more "}"

static void on_read(void *arg, const struct provider_zone *result)
{
    struct house *house = arg;
    house->done++;
    house->failed += result->err.code != ERR_NONE;
    if (result->err.code)
        house->last = result->err;
}

static void on_write(void *arg, const struct provider_write *result)
{
    struct house *house = arg;
    house->done++;
    house->failed += result->err.code != ERR_NONE;
    if (result->err.code)
        house->last = result->err;
    for (size_t i = 0; i < result->n; i++)
        house->fates_unknown |= result->change[i].fate == FATE_UNKNOWN;
}

static void read_many(struct house *house, size_t n)
{
    for (size_t i = 0; i < n; i++)
        house->port.read(house->port.ctx, "test", NULL,
                         arena_printf(house->arena, "z%zu.example", i), on_read, house);
    assert_int_equal(house->done, 0); /* only from the loop */
    world_drain(&house->world);
    assert_int_equal(house->done, n);
}

static struct rrset *address(struct house *house, const char *owner)
{
    static const uint8_t wire[] = { 192, 0, 2, 1 };
    struct rrset *set = rrset_new(house->arena, owner, TYPE_A, 300);
    rrset_add(house->arena, set, (struct rdata){ wire, 4 });
    return set;
}

static void test_concurrency(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    house.delay_ms = 10;
    read_many(&house, 1000);
    assert_int_equal(house.failed, 0);
    assert_int_equal(house.world.most_in_flight, 8);
    assert_in_range(house.world.now_ms, 1250, 1300); /* 1000 / 8 turns of 10 ms */
    struct provider_counts counts = house.port.counts(house.port.ctx);
    assert_int_equal(counts.read, 1000);
    assert_int_equal(counts.write, 0);
    assert_int_equal(house.port.eta_ms(house.port.ctx, "test", 80, 80), 200);
    assert_int_equal(house.port.budget(house.port.ctx, "test"), -1);
    house_close(&house);
}

static void test_pace_of_connections(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(",\"limits\":{\"concurrent\":32}"), PLUGIN_FOLDER);
    house.delay_ms = 500;
    read_many(&house, 100);
    assert_int_equal(house.world.most_in_flight, 32);
    for (size_t i = PACE_FREE; i < 32; i++)
        assert_true(house.sent[i] - house.sent[i - PACE_FREE] >= PACE_MS);
    house_close(&house);
}

static void test_limits_of_the_settings(void **state)
{
    (void)state;
    struct house house;
    house_open(&house,
               POWERDNS(",\"limits\":{\"per_second\":20,\"rules\":[{\"scope\":\"account\",\"kind\":"
                        "\"write\",\"n\":50,\"per\":\"24h\"}]}"),
               PLUGIN_FOLDER);
    /* A rule of the same scope and kind does not stand here twice, but both count. */
    assert_int_equal(house.port.budget(house.port.ctx, "test"), 50);
    assert_in_range(house.port.eta_ms(house.port.ctx, "test", 100, 0), 4000, 4400);
    read_many(&house, 100);
    for (size_t i = 20; i < 100; i++)
        assert_true(house.sent[i] - house.sent[i - 20] >= 1000);
    assert_in_range(house.world.now_ms, 4000, 4600);
    house_close(&house);
}

/* What is shown: published limits and those of the settings, which replace them. */
static void test_limits_listed(void **state)
{
    (void)state;
    struct house house;
    struct provider_limits limits;
    struct err err = { 0 };
    const struct dc_limit published[] = {
        { DC_SCOPE_ACCOUNT, DC_KIND_ANY, 5, 1000 },
        { DC_SCOPE_ADDRESS, DC_KIND_WRITE, 7, 60000 },
    };
    const struct dc_caps caps = { .concurrent = 4, .limits = published, .n_limits = 2 };
    house_open(&house, POWERDNS(",\"limits\":{\"per_second\":20,\"concurrent\":3}"), PLUGIN_FOLDER);
    account_limits(&house.accounts[0], &caps, house.arena, &limits);
    assert_int_equal(limits.concurrent, 3);
    assert_int_equal(limits.concurrent_published, 4);
    assert_int_equal(limits.n, 3);
    assert_int_equal(limits.v[0].rule.n, 20);
    assert_true(limits.v[0].configured && !limits.v[0].replaced);
    assert_int_equal(limits.v[1].rule.n, 5);
    assert_true(!limits.v[1].configured && limits.v[1].replaced);
    assert_int_equal(limits.v[2].rule.per_ms, 60000);
    assert_true(!limits.v[2].configured && !limits.v[2].replaced);
    struct budget_rule *rules;
    size_t n;
    account_rules(&house.accounts[0], &caps, house.arena, &rules, &n);
    assert_int_equal(n, 2);
    assert_int_equal(rules[1].n, 7);
    assert_int_equal(provider_limits(house.provider, "test", house.arena, &limits, &err), 0);
    assert_int_equal(limits.concurrent_published, 8); /* PowerDNS */
    assert_int_equal(provider_limits(house.provider, "nobody", house.arena, &limits, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    house_close(&house);
}

static void test_one_write_of_a_zone_at_a_time(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    house.delay_ms = 10;
    struct zone zone = { .name = "a.example" }, other = { .name = "b.example" };
    struct change changes[21];
    for (size_t i = 0; i < 21; i++)
        changes[i] = (struct change){ .after = address(&house, "a.example") };
    for (size_t i = 0; i < 20; i++)
        house.port.apply(house.port.ctx, "test", &zone, &changes[i], 1, on_write, &house);
    changes[20].after = address(&house, "b.example");
    house.port.apply(house.port.ctx, "test", &other, &changes[20], 1, on_write, &house);
    world_drain(&house.world);
    assert_int_equal(house.done, 21);
    assert_int_equal(house.failed, 0);
    assert_int_equal(house.world.most_in_flight, 2); /* one of each zone */
    assert_int_equal(house.world.now_ms, 200);
    assert_int_equal(house.port.counts(house.port.ctx).write, 21);
    assert_int_equal(changes[0].fate, FATE_APPLIED);
    house_close(&house);
}

/* Retry-After holds the whole account, not one request. */
static void test_retry_after_holds_the_account(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    house.delay_ms = 1;
    house.status = 429;
    house.fail_first = 8;
    house.retry_after = "30";
    read_many(&house, 50);
    assert_int_equal(house.failed, 0);
    assert_int_equal(house.world.requests, 58);
    assert_true(house.sent[7] < 10);
    assert_true(house.sent[8] >= 30000);
    house_close(&house);
}

static void write_many(struct house *house, size_t n, struct zone *zones, struct change *changes)
{
    for (size_t i = 0; i < n; i++) {
        zones[i] = (struct zone){ .name = arena_printf(house->arena, "z%zu.example", i) };
        changes[i] = (struct change){ .after = address(house, zones[i].name) };
        house->port.apply(house->port.ctx, "test", &zones[i], &changes[i], 1, on_write, house);
    }
    world_drain(&house->world);
    assert_int_equal(house->done, n);
}

/* A server that takes one writer: after the first refusals it gets no more. */
static void test_one_writer_after_a_locked_database(void **state)
{
    (void)state;
    struct house house;
    struct zone zones[60];
    struct change changes[60];
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    house.sqlite = true;
    house.delay_ms = 5;
    write_many(&house, 60, zones, changes);
    assert_int_equal(house.failed, 0);
    assert_in_range(house.locked, 7, 14); /* those in flight when the first one failed */
    house_close(&house);
}

/* A zone that is out of budget does not hold up the others. */
static void test_limit_of_a_zone(void **state)
{
    (void)state;
    struct house house;
    struct zone zones[20], again = { .name = "z0.example" };
    struct change changes[20], twice;
    house_open(&house,
               POWERDNS(",\"limits\":{\"rules\":[{\"scope\":\"zone\",\"kind\":\"write\",\"n\":1,"
                        "\"per\":\"10s\"}]}"),
               PLUGIN_FOLDER);
    twice = (struct change){ .after = address(&house, "z0.example") };
    house.port.apply(house.port.ctx, "test", &again, &twice, 1, on_write, &house);
    world_drain(&house.world);
    house.done = 0;
    int64_t began_ms = house.world.now_ms;
    write_many(&house, 20, zones, changes);
    assert_int_equal(house.failed, 0);
    assert_true(house.sent[19] - began_ms < 100); /* nineteen zones at once */
    assert_true(house.sent[20] - began_ms >= 10000);
    house_close(&house);
}

static void test_enormous_reply_goes_alone(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    house.delay_ms = 1;
    house.big = 10u << 20;
    read_many(&house, 5);
    assert_int_equal(house.failed, 0);
    assert_int_equal(house.world.requests, 10);
    house.big = 100u << 20;
    house.done = 0;
    read_many(&house, 1);
    assert_int_equal(house.failed, 1);
    assert_non_null(strstr(house.last.message, "reply too large"));
    house_close(&house);
}

static void test_unknown_account_and_plugin(void **state)
{
    (void)state;
    struct house house;
    struct err err;
    house_open(&house, "{\"plugin\":\"nonesuch\"}", PLUGIN_FOLDER);
    assert_null(house.port.caps(house.port.ctx, "other", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_null(house.port.caps(house.port.ctx, "test", &err));
    assert_non_null(strstr(err.message, "providers.test: plugin: no plugin \"nonesuch\""));
    assert_false(house.port.can_read(house.port.ctx, "test"));
    read_many(&house, 3);
    assert_int_equal(house.failed, 3);
    assert_int_equal(house.world.requests, 0);
    house_close(&house);
}

static void test_caps_and_keeps(void **state)
{
    (void)state;
    struct house house;
    struct err err;
    struct rrset *kept;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    const struct provider_caps *caps = house.port.caps(house.port.ctx, "test", &err);
    assert_non_null(caps);
    assert_int_equal(caps->level, 'C');
    assert_int_equal(caps->atomic, ATOMIC_ZONE);
    assert_int_equal(caps->guard, GUARD_NONE);
    assert_true(caps->settle_immediate);
    assert_true(house.port.can_read(house.port.ctx, "test"));
    assert_true(house.port.can_write(house.port.ctx, "test"));
    struct rrset *set = address(&house, "*.a.example");
    assert_int_equal(house.port.keeps(house.port.ctx, "test", set, house.arena, &kept, &err), 0);
    assert_true(rrset_equal(set, kept));
    set->ttl = 2147483648u;
    assert_int_equal(house.port.keeps(house.port.ctx, "test", set, house.arena, &kept, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "*.a.example A: TTL 2147483648"));
    set = address(&house, "a\\032b.example");
    assert_int_equal(house.port.keeps(house.port.ctx, "test", set, house.arena, &kept, &err), -1);
    set = rrset_new(house.arena, "a.example", TYPE_SOA, 5);
    rrset_add(house.arena, set, (struct rdata){ (const uint8_t *)"x", 1 });
    assert_int_equal(house.port.keeps(house.port.ctx, "test", set, house.arena, &kept, &err), -1);
    house_close(&house);
}

static void test_secret_that_is_not_there(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    unsetenv("TEST_SECRET");
    read_many(&house, 20);
    assert_int_equal(house.failed, 20);
    assert_int_equal(house.world.requests, 0);
    assert_int_equal(house.last.code, ERR_AUTH);
    assert_non_null(strstr(house.last.message,
                           "test: z19.example: secret from environment variable TEST_SECRET"));
    house_close(&house);
}

static void test_reading_has_a_secret_of_its_own(void **state)
{
    (void)state;
    struct house house;
    house_open(&house,
               "{\"plugin\":\"powerdns\",\"url\":\"" BASE
               "\",\"read_secret\":{\"env\":\"TEST_SECRET\"}}",
               PLUGIN_FOLDER);
    assert_true(house.port.can_read(house.port.ctx, "test"));
    assert_false(house.port.can_write(house.port.ctx, "test"));
    read_many(&house, 1);
    assert_int_equal(house.failed, 0);
    house_close(&house);
}

static char log_text[20000];
static void log_keep(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    (void)level;
    strncat(log_text, line, sizeof log_text - strlen(log_text) - 1);
}

static void test_no_secret_in_the_log(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    log_to(log_keep, NULL);
    house.status = 500;
    house.fail_first = 2;
    read_many(&house, 3);
    log_to(NULL, NULL);
    assert_non_null(strstr(log_text, "GET /zones/z0.example."));
    assert_null(strstr(log_text, "s3cret"));
    house_close(&house);
}

static void test_the_end_completes_everything(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    for (size_t i = 0; i < 30; i++)
        house.port.read(house.port.ctx, "test", NULL, "a.example", on_read, &house);
    house.port.read(house.port.ctx, "other", NULL, "a.example", on_read, &house);
    provider_free(house.provider);
    assert_int_equal(house.done, 31);
    assert_int_equal(house.last.code, ERR_INTERRUPTED);
    arena_free(house.arena);
}

static void test_plugins_that_misbehave(void **state)
{
    (void)state;
    static const struct {
        const char *plugin, *words;
    } table[] = {
        { "answer", "answered something that does not exist" },
        { "silent", "failed without a reason" },
        { "idle", "waits for a reply to no request" },
        { "sleepy", "waits for ever" },
        { "path", "sends a request without a path" },
        { "slot", "asks for a secret that is not there" },
        { "good", "sends request after request" }, /* its limit is five */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct house house;
        char json[100];
        snprintf(json, sizeof json, "{\"plugin\":\"%s\",\"url\":\"" BASE "\"}", table[i].plugin);
        house_open(&house, json, WRONG_FOLDER);
        read_many(&house, 3);
        assert_int_equal(house.failed, 3);
        if (!strstr(house.last.message, table[i].words))
            fail_msg("%s: %s", table[i].plugin, house.last.message);
        house_close(&house);
    }
}

/* DONE without a word on the changes, after a write left: nobody knows. */
static void test_change_that_was_left_open(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, "{\"plugin\":\"writer\",\"url\":\"" BASE "\"}", WRONG_FOLDER);
    struct zone zone = { .name = "a.example" };
    struct change change = { .after = address(&house, "a.example") };
    house.port.apply(house.port.ctx, "test", &zone, &change, 1, on_write, &house);
    world_drain(&house.world);
    assert_int_equal(change.fate, FATE_UNKNOWN);
    assert_int_equal(house.last.code, ERR_LOST);
    house_close(&house);
}

static void test_change_of_nothing(void **state)
{
    (void)state;
    struct house house;
    house_open(&house, POWERDNS(""), PLUGIN_FOLDER);
    struct zone zone = { .name = "a.example" };
    struct change changes[] = { { .before = NULL },
                                { .after = address(&house, "a.example") },
                                { .before = rrset_new(house.arena, "b.example", TYPE_A, 1) } };
    house.port.apply(house.port.ctx, "test", &zone, changes, 3, on_write, &house);
    world_drain(&house.world);
    for (int i = 0; i < 3; i++)
        assert_int_equal(changes[i].fate, FATE_APPLIED);
    assert_int_equal(house.failed, 0);
    assert_int_equal(house.world.requests, 1);
    house.port.apply(house.port.ctx, "test", &zone, changes, 1, on_write, &house);
    world_drain(&house.world);
    assert_int_equal(house.done, 2);
    assert_int_equal(house.world.requests, 1);
    house_close(&house);
}

/* A TTL that the plugin's caps forbid is kept as the nearest it allows. */
static void test_ttl_without_keeps(void **state)
{
    (void)state;
    struct house house;
    struct err err;
    struct rrset *kept;
    house_open(&house, "{\"plugin\":\"good\",\"url\":\"" BASE "\"}", WRONG_FOLDER);
    struct rrset *set = address(&house, "a.example");
    set->ttl = 5;
    assert_int_equal(house.port.keeps(house.port.ctx, "test", set, house.arena, &kept, &err), 0);
    assert_int_equal(kept->ttl, 60);
    set->ttl = 1000000;
    assert_int_equal(house.port.keeps(house.port.ctx, "test", set, house.arena, &kept, &err), 0);
    assert_int_equal(kept->ttl, 86400);
    assert_int_equal(house.port.caps(house.port.ctx, "test", &err)->level, 'B');
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_concurrency),
        cmocka_unit_test(test_pace_of_connections),
        cmocka_unit_test(test_limits_of_the_settings),
        cmocka_unit_test(test_limits_listed),
        cmocka_unit_test(test_one_write_of_a_zone_at_a_time),
        cmocka_unit_test(test_retry_after_holds_the_account),
        cmocka_unit_test(test_one_writer_after_a_locked_database),
        cmocka_unit_test(test_limit_of_a_zone),
        cmocka_unit_test(test_enormous_reply_goes_alone),
        cmocka_unit_test(test_unknown_account_and_plugin),
        cmocka_unit_test(test_caps_and_keeps),
        cmocka_unit_test(test_secret_that_is_not_there),
        cmocka_unit_test(test_reading_has_a_secret_of_its_own),
        cmocka_unit_test(test_no_secret_in_the_log),
        cmocka_unit_test(test_the_end_completes_everything),
        cmocka_unit_test(test_plugins_that_misbehave),
        cmocka_unit_test(test_change_that_was_left_open),
        cmocka_unit_test(test_change_of_nothing),
        cmocka_unit_test(test_ttl_without_keeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
