/* Client files: merging, what is refused and where, look-up, variables. */
#include "portfolio_box.h"

static void contract_example(void **state)
{
    struct settings settings = box_settings(*state);
    const struct portfolio_file files[] = {
        { "domains/acme.json", box_file(*state, "tickets/examples/domains/acme.json") },
        { "domains/globex.json", box_file(*state, "tickets/examples/domains/globex.json") },
    };
    struct portfolio p = box_portfolio(*state, &settings, files, 2);
    assert_int_equal(p.n, 5);
    assert_int_equal(p.n_clients, 2);
    for (size_t i = 1; i < p.n; i++)
        assert_true(strcmp(p.domains[i - 1].name, p.domains[i].name) < 0);

    const struct domain *acme = portfolio_find(&p, "acme.example");
    assert_string_equal(acme->client->name, "acme");
    assert_string_equal(acme->client->file, "domains/acme.json");
    assert_string_equal(acme->client->approvers.v[0], "ann@acme.example");
    assert_null(acme->zone);
    assert_string_equal(acme->template, "mail-baseline-v1");
    assert_int_equal(acme->providers.n, 1);
    assert_string_equal(vars_get(&acme->vars, "dkim_selector"), "s1");
    assert_null(vars_get(&acme->vars, "other"));
    assert_string_equal(portfolio_find(&p, "mail.acme.example")->zone, "acme.example");

    const struct domain *shop = portfolio_find(&p, "acme-shop.example");
    assert_true(shop->canary);
    assert_int_equal(shop->providers.n, 2);
    assert_true(domain_has_tag(shop, "mail") && domain_has_tag(shop, "bulk-sender"));
    assert_false(domain_has_tag(acme, "bulk-sender"));
    assert_int_equal(shop->n_exceptions, 1);
    assert_string_equal(shop->exceptions[0].expires, "2027-01-31");
}

static void find_any_spelling(void **state)
{
    struct settings settings = box_settings(*state);
    const struct portfolio_file file = { "domains/g.json",
                                         "{\"client\": \"g\", \"provider\": \"pdns\", \"domains\":"
                                         " {\"M\xc3\xbcnchen.Example.\": {}}}" };
    struct portfolio p = box_portfolio(*state, &settings, &file, 1);
    static const char *const spellings[] = { "xn--mnchen-3ya.example", "XN--mnchen-3ya.EXAMPLE.",
                                             "m\xc3\xbcnchen.example" };
    for (size_t i = 0; i < 3; i++)
        assert_ptr_equal(portfolio_find(&p, spellings[i]), &p.domains[0]);
    assert_null(portfolio_find(&p, "munchen.example"));
    assert_null(portfolio_find(&p, "not a name"));
    struct portfolio none = { 0 };
    assert_null(portfolio_find(&none, "a.example"));
}

static void vars_and_tags_merge(void **state)
{
    struct settings settings = box_settings(*state);
    const struct portfolio_file file = {
        "domains/a.json", "{\"client\": \"a\", \"provider\": \"pdns\", \"template\": \"t\","
                          " \"zone\": \"example\", \"tags\": [\"x\", \"y\"],"
                          " \"vars\": {\"k\": \"file\", \"l\": \"file\"}, \"domains\": {"
                          " \"a.example\": {\"tags\": [\"y\", \"z\"], \"vars\": {\"k\": \"own\"},"
                          " \"provider\": \"r53\", \"template\": \"u\"}, \"b.example\": {}}}"
    };
    struct portfolio p = box_portfolio(*state, &settings, &file, 1);
    const struct domain *a = portfolio_find(&p, "a.example"), *b = portfolio_find(&p, "b.example");
    assert_string_equal(strv_join(*state, &a->tags, " "), "x y z");
    assert_string_equal(strv_join(*state, &b->tags, " "), "x y");
    assert_string_equal(vars_get(&a->vars, "k"), "own");
    assert_string_equal(vars_get(&a->vars, "l"), "file");
    assert_string_equal(vars_get(&b->vars, "k"), "file");
    assert_string_equal(a->providers.v[0], "r53");
    assert_string_equal(a->template, "u");
    assert_string_equal(b->zone, "example");
}

#define D(inside) "{\"client\": \"a\", \"provider\": \"pdns\",\n\"domains\": {" inside "}}"

static void refused(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "{}", "client" },
        { "{\"client\": \"a\"}", "domains" },
        { "{\"client\": \"b\", \"domains\": {}}", "in a file named a.json" },
        { "{\"client\": \"a/b\", \"domains\": {}}", "no client name" },
        { "{\"client\": \"a\", \"domains\": []}", "domains" },
        { "{\"client\": \"a\", \"owner\": 1, \"domains\": {}}", "owner: unknown key" },
        { "{\"client\": \"a\", \"domains\": {\"a.example\": {}}}", "has no provider" },
        { "{\"client\": \"a\", \"provider\": \"pdsn\", \"domains\": {}}",
          "provider \"pdsn\" is not in the settings" },
        { D("\"a.example\": {\"provider\": \"x\"}"), "domains.a.example: provider \"x\"" },
        { D("\"a.example\": {\"providers\": [\"pdns\", \"pdns\"]}"), "twice" },
        { D("\"a.example\": {\"providers\": [\"pdns\"], \"provider\": \"pdns\"}"), "has both" },
        { D("\"a.example\": {\"tag\": \"x\"}"),
          "domains/a.json:2: domains.a.example.tag: unknown" },
        { D("\"a.example\": {\"tags\": [\"two words\"]}"), "no tag" },
        { D("\"a.example\": {\"vars\": {\"domain\": \"x\"}}"), "built-in" },
        { D("\"a.example\": {\"vars\": {\"a b\": \"x\"}}"), "no variable name" },
        { D("\"a.example\": {\"vars\": {\"a\": 1}}"), "wants a string" },
        { D("\"a.example\": {\"zone\": \"b.example\"}"), "not inside its zone" },
        { D("\"a.example\": {\"zone\": \"..\"}"), "zone" },
        { D("\"a..example\": {}"), "no domain name" },
        { D("\".\": {}"), "no domain name" },
        { D("\"a.example\": {}, \"A.Example.\": {}"), "is in this file already" },
        { D("\"xn--mnchen-3ya.example\": {}, \"m\xc3\xbcnchen.example\": {}"),
          "is in this file already" },
        { D("\"a.example\": {\"canary\": 1}"), "canary" },
        { D("\"a.example\": {\"exceptions\": [{\"rule\": \"r\", \"reason\": \"x\", \"owner\": "
            "\"o\", \"expires\": \"2027-02-30\"}]}"),
          "no date" },
        { D("\"a.example\": {\"exceptions\": [{\"rule\": \"r\", \"reason\": \"x\", \"owner\": "
            "\"o\"}]}"),
          "expires" },
        { "{\"client\": \"a\", \"domains\": {}", "not valid JSON" },
    };
    struct settings settings = box_settings(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct portfolio_file file = { "domains/a.json", rows[i].text };
        struct portfolio p;
        struct err err = { 0 };
        if (portfolio_parse(&file, 1, &settings, false, *state, NULL, &p, &err) == 0)
            fail_msg("taken: %s", rows[i].text);
        if (err.code != ERR_INVALID || !strstr(err.message, rows[i].message) ||
            !strstr(err.message, "domains/a.json"))
            fail_msg("%s: %s, wanted %s", rows[i].text, err.message, rows[i].message);
    }
}

static void one_client_a_domain(void **state)
{
    struct settings settings = box_settings(*state);
    const struct portfolio_file files[] = {
        { "domains/a.json",
          "{\"client\": \"a\", \"provider\": \"pdns\", \"domains\": {\"x.example\": {}}}" },
        { "domains/b.json",
          "{\"client\": \"b\", \"provider\": \"pdns\", \"domains\": {\"X.example\": {}}}" },
    };
    struct portfolio p;
    struct err err;
    assert_int_equal(portfolio_parse(files, 2, &settings, false, *state, NULL, &p, &err), -1);
    assert_string_equal(
        err.message, "domains/b.json:1: domains.X.example: x.example is in domains/a.json already");
    struct strv warnings = { 0 };
    assert_int_equal(portfolio_parse(files, 2, &settings, true, *state, &warnings, &p, &err), 0);
    assert_int_equal(p.n, 1);
    assert_string_equal(p.domains[0].client->name, "a");
    assert_int_equal(warnings.n, 1);
}

static void lenient(void **state)
{
    struct settings settings = { 0 }; /* the settings were unreadable, too */
    const struct portfolio_file files[] = {
        { "domains/a.json", "<<<<<<< HEAD" },
        { "domains/b.json", "{\"client\": \"b\", \"new\": 1, \"provider\": \"gone\", \"domains\":"
                            " {\"b.example\": {}}}" },
    };
    struct strv warnings = { 0 };
    struct portfolio p;
    assert_int_equal(portfolio_parse(files, 2, &settings, true, *state, &warnings, &p, NULL), 0);
    assert_int_equal(p.n, 1);
    assert_string_equal(p.domains[0].providers.v[0], "gone");
    assert_int_equal(warnings.n, 3);
}

/* The time for 20,000 domains grows with their number, not its square. */
static void many(void **state)
{
    enum { N = 20000 };
    struct settings settings = box_settings(*state);
    size_t cap = N * 40 + 100, n = 0;
    char *text = arena_alloc(*state, cap);
    n += (size_t)snprintf(text, cap, "{\"client\": \"m\", \"provider\": \"pdns\", \"domains\": {");
    for (int i = 0; i < N; i++)
        n += (size_t)snprintf(text + n, cap - n, "%s\"d%05d.example\": {}", i ? "," : "", i);
    snprintf(text + n, cap - n, "}}");
    const struct portfolio_file file = { "domains/m.json", text };
    struct portfolio p = box_portfolio(*state, &settings, &file, 1);
    assert_int_equal(p.n, N);
    assert_string_equal(portfolio_find(&p, "d12345.example")->name, "d12345.example");
}

static void variable_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool good;
    } rows[] = {
        { "a", true },   { "_a", true }, { "a1-b_c", true }, { "1a", false },
        { "-a", false }, { "", false },  { "a.b", false },   { "a}", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (var_name_valid(rows[i].name) != rows[i].good)
            fail_msg("%s", rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contract_example),
        cmocka_unit_test(find_any_spelling),
        cmocka_unit_test(vars_and_tags_merge),
        cmocka_unit_test(refused),
        cmocka_unit_test(one_client_a_domain),
        cmocka_unit_test(lenient),
        cmocka_unit_test(many),
        cmocka_unit_test(variable_names),
    };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
