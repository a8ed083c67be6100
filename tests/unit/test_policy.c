/* Windows and limits. */
#include "portfolio_box.h"
#include "ticket/policy.h"

static int64_t at(const char *text)
{
    int64_t wall_s;
    assert_int_equal(time_parse(text, &wall_s, NULL), 0);
    return wall_s;
}

static void window(void **state)
{
    (void)state;
    struct policy_settings policy = { .windows_json = "[]", .blackouts_json = "[]" };
    struct ticket ticket = { .id = "DNS-2026-11-23-001" };
    struct err err;
    assert_int_equal(policy_window(&ticket, &policy, 0, &err), 0);
    ticket.has_window = true;
    ticket.window =
        (struct change_window){ at("2026-11-23T20:00:00Z"), at("2026-11-23T22:00:00Z") };
    static const struct {
        const char *now, *message;
    } rows[] = {
        { "2026-11-23T19:59:59Z", "opens at 2026-11-23T20:00:00Z" },
        { "2026-11-23T20:00:00Z", NULL },
        { "2026-11-23T21:59:59Z", NULL },
        { "2026-11-23T22:00:00Z", "closed at 2026-11-23T22:00:00Z" },
    };
    for (size_t i = 0; i < 4; i++) {
        int rc = policy_window(&ticket, &policy, at(rows[i].now), &err);
        assert_int_equal(rc == 0, !rows[i].message);
        if (rc != 0) {
            assert_int_equal(err.code, ERR_POLICY);
            assert_non_null(strstr(err.message, rows[i].message));
        }
    }
    policy.blackouts_json = "[{}]"; /* never ignored */
    assert_int_equal(policy_window(&ticket, &policy, at("2026-11-23T21:00:00Z"), &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static void limits(void **state)
{
    struct settings settings = box_settings(*state);
    static const struct portfolio_file files[] = {
        { "domains/a.json", "{\"client\": \"a\", \"provider\": \"pdns\", \"domains\": {"
                            "\"1.a\": {}, \"2.a\": {}, \"3.a\": {}, \"4.a\": {}}}" },
        { "domains/b.json",
          "{\"client\": \"b\", \"provider\": \"pdns\", \"domains\": {\"1.b\": {}, \"2.b\": {}}}" },
    };
    struct portfolio p = box_portfolio(*state, &settings, files, 2);
    static const struct {
        uint32_t max;
        struct share share;
        const char *domains, *message;
    } rows[] = {
        { 1000, { true, 100 }, "1.a 2.a 3.a 4.a", NULL },
        { 3, { true, 100 }, "1.a 2.a 3.a 4.a", "4 domains, the limit is 3" },
        { 4, { true, 100 }, "1.a 2.a 3.a 4.a", NULL },
        { 1000, { true, 50 }, "1.a 2.a 1.b", NULL },
        { 1000, { true, 50 }, "1.a 1.b 2.b", "2 of the 2 domains of client b, the limit is 50%" },
        { 1000, { true, 49 }, "1.a 2.a", "2 of the 4 domains of client a" },
        { 1000, { false, 2 }, "1.a 2.a 3.a", "3 of the 4 domains of client a, the limit is 2" },
        { 1000, { false, 3 }, "1.a 2.a 3.a", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_settings policy = { .max_domains = rows[i].max, .max_share = rows[i].share };
        struct ticket ticket = { .id = "DNS-2026-11-23-001" };
        struct err err = { 0 };
        char *save, *copy = arena_strdup(*state, rows[i].domains);
        for (char *d = strtok_r(copy, " ", &save); d; d = strtok_r(NULL, " ", &save))
            strv_push(*state, &ticket.domains, d);
        int rc = policy_limits(&ticket, &policy, &p, &err);
        if ((rc == 0) != !rows[i].message ||
            (rows[i].message && !strstr(err.message, rows[i].message)))
            fail_msg("row %zu: %s", i, err.message);
        if (rc == 0)
            continue;
        assert_int_equal(err.code, ERR_POLICY);
        assert_non_null(strstr(err.hint, "over-limit"));
        strv_push(*state, &ticket.allow, "over-limit");
        assert_int_equal(policy_limits(&ticket, &policy, &p, &err), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(window), cmocka_unit_test(limits) };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
