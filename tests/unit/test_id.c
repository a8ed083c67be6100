/* Ids: form, next number, unique suffixes. */
#include "portfolio_box.h"
#include "ticket/ticket.h"

static void valid(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        bool good;
    } rows[] = {
        { "DNS-2026-11-23-001", true },
        { "DNS-2026-11-23-1000", true },
        { "DNS-2026-11-23-01", false },
        { "DNS-2026-02-30-001", false },
        { "dns-2026-11-23-001", false },
        { "DNS-2026-11-23-001x", false },
        { "DNS-2026-11-23-", false },
        { "DNS-2026-11-23-0000000001", false },
        { "", false },
        { "DNS-2026/11-23-001", false },
        { "../DNS-2026-11-23-001", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (id_valid(rows[i].id) != rows[i].good)
            fail_msg("%s", rows[i].id);
}

static struct strv ids_of(struct arena *arena, const char *const *ids)
{
    struct strv list = { 0 };
    for (; *ids; ids++)
        strv_push(arena, &list, *ids);
    return list;
}

static void next(void **state)
{
    static const char *const some[] = { "DNS-2026-11-22-009", "DNS-2026-11-23-002", "README",
                                        "DNS-2026-11-23-001", NULL };
    static const char *const full[] = { "DNS-2026-11-23-999", NULL }, *const none[] = { NULL };
    struct strv taken = ids_of(*state, some);
    int64_t wall_s;
    assert_int_equal(time_parse("2026-11-23T23:59:59Z", &wall_s, NULL), 0);
    assert_string_equal(id_next(&taken, wall_s, *state), "DNS-2026-11-23-003");
    assert_string_equal(id_next(&taken, wall_s + 1, *state), "DNS-2026-11-24-001");
    taken = ids_of(*state, full);
    assert_string_equal(id_next(&taken, wall_s, *state), "DNS-2026-11-23-1000");
    taken = ids_of(*state, none);
    assert_string_equal(id_next(&taken, wall_s, *state), "DNS-2026-11-23-001");
}

static void match(void **state)
{
    static const char *const all[] = { "DNS-2026-11-22-001", "DNS-2026-11-23-001",
                                       "DNS-2026-11-23-002", "DNS-2026-11-23-1002", NULL };
    struct strv ids = ids_of(*state, all);
    static const struct {
        const char *suffix, *want;
        enum err_code code;
    } rows[] = {
        { "DNS-2026-11-22-001", "DNS-2026-11-22-001", ERR_NONE },
        { "22-001", "DNS-2026-11-22-001", ERR_NONE },
        { "1002", "DNS-2026-11-23-1002", ERR_NONE },
        { "-002", "DNS-2026-11-23-002", ERR_NONE },
        { "002", NULL, ERR_USAGE },
        { "001", NULL, ERR_USAGE },
        { "003", NULL, ERR_NOT_FOUND },
        { "", NULL, ERR_NOT_FOUND },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = NULL;
        struct err err = { 0 };
        int rc = id_match(&ids, rows[i].suffix, *state, &got, &err);
        if ((rc == 0) != (rows[i].want != NULL) || (got && strcmp(got, rows[i].want) != 0) ||
            (rc != 0 && err.code != rows[i].code))
            fail_msg("%s: %s %s", rows[i].suffix, got ? got : "", err.message);
    }
    struct err err;
    const char *got;
    assert_int_equal(id_match(&ids, "001", *state, &got, &err), -1);
    assert_non_null(strstr(err.message, "DNS-2026-11-22-001, DNS-2026-11-23-001"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(valid), cmocka_unit_test(next),
                                        cmocka_unit_test(match) };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
