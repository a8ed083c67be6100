/* The table of `propose --values`. */
#include "portfolio_box.h"
#include "ticket/values.h"

static void rows_to_vars(void **state)
{
    struct domain_vars *vars;
    size_t n;
    struct err err;
    const char *csv = "token;domain;key\r\nx2;B.example;\"a;b\"\r\n;m\xc3\xbcnchen.example;k\r\n"
                      "x1;a.example.;\r\n";
    if (values_parse("v.csv", csv, *state, &vars, &n, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(n, 3); /* sorted by name */
    assert_string_equal(vars[0].domain, "a.example");
    assert_string_equal(vars_get(&vars[0].vars, "token"), "x1");
    assert_null(vars_get(&vars[0].vars, "key")); /* empty: not defined */
    assert_string_equal(vars[1].domain, "b.example");
    assert_string_equal(vars_get(&vars[1].vars, "key"), "a;b");
    assert_string_equal(vars[2].domain, "xn--mnchen-3ya.example");
    assert_null(vars_get(&vars[2].vars, "token"));
}

static void refused(void **state)
{
    static const struct {
        const char *csv, *message;
    } rows[] = {
        { "", "v.csv: is empty" },
        { "token\nx\n", "v.csv:1: column \"domain\" is missing" },
        { "domain,zone\n", "\"zone\" is no name of a variable" },
        { "domain,1st\n", "\"1st\" is no name of a variable" },
        { "domain,t\na..b,x\n", "v.csv:2: \"a..b\" is no domain name" },
        { "domain,t\na.example,x\nA.example,y\n", "a.example stands twice" },
        { "domain,t\na.example\n", "v.csv:2: has 1 cells" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct domain_vars *vars;
        size_t n;
        struct err err = { 0 };
        if (values_parse("v.csv", rows[i].csv, *state, &vars, &n, &err) == 0)
            fail_msg("taken: %s", rows[i].csv);
        if (err.code != ERR_INVALID || !strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].csv, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_to_vars), cmocka_unit_test(refused) };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
