/* plan_bench: see plan_bench.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan_bench.h"

struct bench *bench_new(struct arena *arena, const char *domains, const char *extra)
{
    struct bench *bench = ARENA_NEW(arena, struct bench);
    struct err err = { 0 };
    bench->arena = arena;
    bench->fake = fake_new(arena);
    bench->ports = fake_ports(bench->fake);
    const char *settings =
        arena_printf(arena,
                     "{\"version\":1,\"providers\":{"
                     "\"pdns\":{\"plugin\":\"powerdns\",\"url\":\"http://127.0.0.1:1/\","
                     "\"secret\":{\"env\":\"KEY\"}},"
                     "\"other\":{\"plugin\":\"powerdns\",\"url\":\"http://127.0.0.1:2/\","
                     "\"secret\":{\"env\":\"KEY\"},\"ignore_ns\":[\"203.0.113.9\"]}}%s}",
                     extra);
    if (settings_parse("dnschange.json", settings, false, arena, NULL, &bench->settings, &err))
        fail_msg("%s", err.message);
    struct portfolio_file file = { "domains/acme.json", arena_printf(arena,
                                                                     "{\"client\":\"acme\","
                                                                     "\"provider\":\"pdns\","
                                                                     "\"domains\":%s}",
                                                                     domains) };
    if (portfolio_parse(&file, 1, &bench->settings, false, arena, NULL, &bench->portfolio, &err))
        fail_msg("%s", err.message);
    bench->ticket = (struct ticket){ .id = "DNS-2026-11-23-001", .reason = "test" };
    bench->in = (struct plan_input){ .ticket = &bench->ticket,
                                     .settings = &bench->settings,
                                     .portfolio = &bench->portfolio };
    return bench;
}

struct fake_zone *bench_domain(struct bench *bench, const char *name)
{
    strv_push(bench->arena, &bench->ticket.domains, name);
    return fake_zone_add(bench->fake, "pdns", name);
}

void bench_change(struct bench *bench, const char *edit)
{
    struct err err = { 0 };
    if (edit_parse(edit, bench->arena, &bench->ticket.change, &err))
        fail_msg("%s", err.message);
}

struct plan bench_record(struct bench *bench)
{
    struct plan plan;
    struct err err = { 0 };
    bench->in.record = true;
    if (plan_build(&bench->in, &bench->ports, bench->arena, &plan, &err))
        fail_msg("%s", err.message);
    plan_record(&plan, &bench->ticket, bench->arena);
    bench->in.record = false;
    return plan;
}

int bench_plan(struct bench *bench, struct plan *ret, struct err *err)
{
    return plan_build(&bench->in, &bench->ports, bench->arena, ret, err);
}

struct plan bench_plan_fine(struct bench *bench)
{
    struct plan plan = { 0 };
    struct err err = { 0 };
    if (bench_plan(bench, &plan, &err))
        fail_msg("%s", err.message);
    return plan;
}
