/* reading: each zone once, the servers of each, and the way over DNS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_bench.h"
#include "rollout/reading.h"

struct seen { /* what came for each item */
    struct arena *arena;
    int times[16];
    struct err err[16];
    const char *zone[16], *source[16];
    bool whole[16];
    size_t sets[16];
    size_t order[16], n;
};

static void seen_add(void *arg, const struct reading_result *result)
{
    struct seen *seen = arg;
    size_t i = result->item;
    seen->times[i]++;
    seen->err[i] = result->err;
    seen->order[seen->n++] = i;
    if (result->err.code != ERR_NONE)
        return;
    assert_non_null(result->caps);
    seen->zone[i] = arena_strdup(seen->arena, result->zone->name);
    seen->source[i] = result->source;
    seen->whole[i] = result->zone->whole;
    seen->sets[i] = result->zone->n;
}

static struct reading *read_all(struct bench *bench, struct seen *seen)
{
    struct reading_item items[16];
    size_t n = 0;
    seen->arena = bench->arena;
    for (size_t i = 0; i < bench->portfolio.n; i++) {
        const struct domain *domain = &bench->portfolio.domains[i];
        for (size_t k = 0; k < domain->providers.n; k++)
            items[n++] = (struct reading_item){ domain, domain->providers.v[k] };
    }
    struct reading_input in = { .ports = &bench->ports,
                                .settings = &bench->settings,
                                .ticket = &bench->ticket,
                                .items = items,
                                .n = n,
                                .each = seen_add,
                                .arg = seen };
    struct reading *reading;
    struct err err = { 0 };
    if (reading_run(&in, bench->arena, &reading, &err))
        fail_msg("%s", err.message);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(seen->times[i], 1);
    return reading;
}

static void zones_are_read_once(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench =
        bench_new(arena,
                  "{\"a.example\":{},\"b.example\":{},\"mail.a.example\":{\"zone\":\"a.example\"},"
                  "\"web.a.example\":{\"zone\":\"a.example\"},\"x.c.example\":{}}",
                  "");
    fake_zone_add(bench->fake, "pdns", "a.example");
    fake_zone_add(bench->fake, "pdns", "b.example");
    fake_zone_add(bench->fake, "pdns", "c.example");
    struct seen seen = { 0 };
    struct reading *reading = read_all(bench, &seen);
    assert_int_equal(bench->fake->reads, 3);
    assert_int_equal(reading_zones(reading), 3);
    assert_int_equal(bench->fake->servers, 3);
    assert_int_equal(bench->fake->queries, 0);
    static const char *const zones[] = { "a.example", "b.example", "a.example", "a.example",
                                         "c.example" };
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(seen.zone[i], zones[i]);
        assert_string_equal(seen.source[i], "api");
        assert_true(seen.whole[i]);
    }
    size_t n;
    const struct server *servers = reading_servers(reading, "pdns", "a.example", &n);
    assert_int_equal(n, 2);
    assert_string_equal(servers[0].text, "192.0.2.1:53");
    /* The same servers are the same list. */
    assert_ptr_equal(servers, reading_servers(reading, "pdns", "b.example", &n));
    assert_null(reading_servers(reading, "pdns", "nowhere.example", &n));
    assert_int_equal(n, 0);
}

/* Which zone they are in is known only when they were read. */
static void servers_of_a_zone_are_found_once(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"x.c.example\":{},\"y.c.example\":{}}", "");
    fake_zone_add(bench->fake, "pdns", "c.example");
    struct seen seen = { 0 };
    read_all(bench, &seen);
    assert_int_equal(bench->fake->reads, 2);
    assert_int_equal(bench->fake->servers, 1);
}

static void errors_name_the_domain(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{},\"b.example\":{}}", "");
    struct fake_zone *a = fake_zone_add(bench->fake, "pdns", "a.example");
    err_set(&a->err, ERR_AUTH, "401");
    struct seen seen = { 0 };
    read_all(bench, &seen);
    assert_int_equal(seen.err[0].code, ERR_AUTH);
    assert_string_equal(seen.err[0].message, "a.example: 401");
    assert_int_equal(seen.err[1].code, ERR_NOT_FOUND);
    assert_ptr_equal(strstr(seen.err[1].message, "b.example: "), seen.err[1].message);
    assert_int_equal(bench->fake->servers, 0);
}

static void nameservers_of_the_settings_replace_discovery(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{}}", "");
    fake_zone_add(bench->fake, "pdns", "a.example");
    struct provider_settings *settings = &bench->settings.providers[0];
    assert_string_equal(settings->name, "pdns");
    strv_push(arena, &settings->nameservers, "127.0.0.1:5301");
    strv_push(arena, &settings->nameservers, "192.0.2.7");
    strv_push(arena, &settings->nameservers, "2001:db8::1");
    strv_push(arena, &settings->nameservers, "[2001:db8::2]");
    strv_push(arena, &settings->nameservers, "[2001:db8::2]:5301");
    strv_push(arena, &settings->ignore_ns, "192.0.2.7");
    struct seen seen = { 0 };
    struct reading *reading = read_all(bench, &seen);
    assert_int_equal(bench->fake->servers, 0);
    static const char *const want[] = { "127.0.0.1:5301", "[2001:db8::1]:53", "[2001:db8::2]:53",
                                        "[2001:db8::2]:5301" };
    size_t n;
    const struct server *servers = reading_servers(reading, "pdns", "a.example", &n);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(servers[i].text, want[i]);
}

struct ignore_case {
    const char *entry;
    bool first, second;
};

static void ignored_servers_are_not_asked(void **state)
{
    (void)state;
    /* The zone has ns1.example.net at 192.0.2.1:53, ns9.example.org at 203.0.113.9:53. */
    static const struct ignore_case table[] = {
        { "192.0.2.1", true, false },     { "192.0.2.1:53", true, false },
        { "192.0.2.1:54", false, false }, { "192.0.2.10", false, false },
        { "203.0.113.9", false, true },   { "ns9.example.org", false, true },
        { "example.org", false, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct bench *bench = bench_new(arena, "{\"a.example\":{}}", "");
        fake_zone_add(bench->fake, "pdns", "a.example");
        strv_push(arena, &bench->settings.providers[0].ignore_ns, table[i].entry);
        struct seen seen = { 0 };
        size_t n;
        reading_servers(read_all(bench, &seen), "pdns", "a.example", &n);
        if (n != 2u - table[i].first - table[i].second)
            fail_msg("%s: %zu servers", table[i].entry, n);
    }
}

/* --- over DNS ------------------------------------------------------------------ */

static void without_a_secret_servers_are_asked(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{},\"x.y.b.example\":{}}", "");
    struct fake_zone *a = fake_zone_add(bench->fake, "pdns", "a.example");
    fake_record(bench->fake, a, "a.example", 300, "MX", "10 mx.example.net.");
    fake_record(bench->fake, a, "www.a.example", 300, "A", "192.0.2.1");
    fake_zone_add(bench->fake, "pdns", "b.example");
    bench->fake->no_secret = true;
    bench_change(bench, "set @ MX 10 new.example.net.");
    bench_change(bench, "set @ TXT x");
    struct seen seen = { 0 };
    struct reading *reading = read_all(bench, &seen);
    assert_int_equal(bench->fake->reads, 0);
    /* SOA, then MX, TXT and CNAME, for each of the two. */
    assert_int_equal(bench->fake->queries, 8);
    assert_string_equal(seen.source[0], "dns");
    assert_string_equal(seen.zone[0], "a.example");
    assert_false(seen.whole[0]);
    assert_int_equal(seen.sets[0], 2); /* SOA and MX: what was not asked for is not there */
    assert_string_equal(seen.zone[1], "b.example"); /* found on the way up */
    size_t n;
    assert_non_null(reading_servers(reading, "pdns", "b.example", &n));
}

static void no_answer_is_an_error(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        struct bench *bench = bench_new(arena, "{\"a.example\":{}}", "");
        struct fake_zone *a = fake_zone_add(bench->fake, "pdns", "a.example");
        bench->fake->no_secret = true;
        if (kind == 0)
            a->lame = true;
        else if (kind == 1)
            a->ns = NULL;
        else
            strv_push(arena, &bench->settings.providers[0].nameservers, "198.51.100.1");
        bench_change(bench, "set @ MX 10 new.example.net.");
        struct seen seen = { 0 };
        read_all(bench, &seen);
        assert_true(seen.err[0].code == ERR_FAILED || seen.err[0].code == ERR_NOT_FOUND);
        assert_ptr_equal(strstr(seen.err[0].message, "a.example: "), seen.err[0].message);
    }
}

static void a_second_server_helps_out(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{}}", "");
    fake_zone_add(bench->fake, "pdns", "a.example");
    bench->fake->no_secret = true;
    strv_push(arena, &bench->settings.providers[0].nameservers, "198.51.100.1");
    strv_push(arena, &bench->settings.providers[0].nameservers, "192.0.2.1");
    bench_change(bench, "set @ MX 10 new.example.net.");
    struct seen seen = { 0 };
    read_all(bench, &seen);
    assert_int_equal(seen.err[0].code, ERR_NONE);
}

static void the_plan_says_where_it_comes_from(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    struct bench *bench = bench_new(arena, "{\"a.example\":{}}", "");
    struct fake_zone *a = bench_domain(bench, "a.example");
    fake_record(bench->fake, a, "a.example", 300, "MX", "10 mx.example.net.");
    bench_change(bench, "set @ MX 10 new.example.net.");
    bench->fake->no_secret = true;
    struct plan plan = bench_record(bench);
    assert_string_equal(plan.source, "dns");
    assert_int_equal(plan.n_class[CLASS_CHANGE], 1);
    bench->fake->no_secret = false;
    struct plan again = bench_plan_fine(bench);
    assert_string_equal(again.source, "api");
    assert_string_equal(plan.digest, again.digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_read_once),
        cmocka_unit_test(servers_of_a_zone_are_found_once),
        cmocka_unit_test(errors_name_the_domain),
        cmocka_unit_test(nameservers_of_the_settings_replace_discovery),
        cmocka_unit_test(ignored_servers_are_not_asked),
        cmocka_unit_test(without_a_secret_servers_are_asked),
        cmocka_unit_test(no_answer_is_an_error),
        cmocka_unit_test(a_second_server_helps_out),
        cmocka_unit_test(the_plan_says_where_it_comes_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
