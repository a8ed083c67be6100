/* Domains from CSV and zone lists: all or nothing, existing content kept. */
#include "portfolio/csv.h"
#include "portfolio/import.h"
#include "portfolio_box.h"

static const struct portfolio_file existing[] = {
    { "domains/acme.json",
      "{ \"client\": \"acme\", \"approvers\": [\"ann@acme.example\"], \"provider\": \"pdns\",\n"
      "  \"tags\": [\"mail\"],\n"
      "  \"domains\": { \"ACME.example\": {\"canary\": true}, \"b.example\": {} } }" },
};

struct result {
    struct portfolio_file *files;
    size_t n, domains;
    struct err err;
    int rc;
};

static struct result run(struct arena *arena, const char *csv)
{
    struct result r = { 0 };
    struct settings settings = box_settings(arena);
    r.rc = import_csv("new.csv", csv, existing, 1, &settings, arena, &r.files, &r.n, &r.domains,
                      &r.err);
    return r;
}

static void new_client(void **state)
{
    struct result r = run(*state, "client,domain,provider,tags,template,vars.token,zone\n"
                                  "zeta,z.example,r53,a b,t1,x1,\n"
                                  "zeta,mail.z.example,pdns,,,\"x,\"\"2\",z.example\n");
    if (r.rc != 0)
        fail_msg("%s", r.err.message);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.domains, 2);
    assert_string_equal(r.files[0].file, "domains/zeta.json");
    assert_string_equal(r.files[0].text,
                        "{\n"
                        "  \"client\": \"zeta\",\n"
                        "  \"approvers\": [],\n"
                        "  \"provider\": \"r53\",\n"
                        "  \"domains\": {\n"
                        "    \"z.example\": {\"template\": \"t1\", \"tags\": [\"a\", \"b\"], "
                        "\"vars\": {\"token\": \"x1\"}},\n"
                        "    \"mail.z.example\": {\"provider\": \"pdns\", \"zone\": \"z.example\", "
                        "\"vars\": {\"token\": \"x,\\\"2\"}}\n"
                        "  }\n"
                        "}\n");
}

static void existing_kept(void **state)
{
    struct result r =
        run(*state, "\xef\xbb\xbf"
                    "domain;client;provider;tags\r\n"
                    "acme.example;acme;pdns;mail bulk\r\n\r\nnew.example;acme;r53;\r\n");
    if (r.rc != 0)
        fail_msg("%s", r.err.message);
    assert_int_equal(r.n, 1);
    assert_string_equal(r.files[0].text,
                        "{\n"
                        "  \"client\": \"acme\",\n"
                        "  \"approvers\": [\"ann@acme.example\"],\n"
                        "  \"provider\": \"pdns\",\n"
                        "  \"tags\": [\"mail\"],\n"
                        "  \"domains\": {\n"
                        "    \"ACME.example\": {\"canary\": true, \"tags\": [\"bulk\"]},\n"
                        "    \"b.example\": {},\n"
                        "    \"new.example\": {\"provider\": \"r53\"}\n"
                        "  }\n"
                        "}\n");
}

/* What is there already changes no file. */
static void nothing_new(void **state)
{
    struct result r = run(*state, "domain,client\nb.example,acme\n");
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.n, 0);
    assert_int_equal(r.domains, 1);
}

static void refused(void **state)
{
    static const struct {
        const char *csv, *message, *hint;
    } rows[] = {
        { "", "is empty", "" },
        { "domain,client\n", "holds no domain", "" },
        { "domain,provider\nx.example,pdns\n", "new.csv:1: column \"client\" is missing", "" },
        { "domain,client,owner\n", "column \"owner\" is unknown", "columns:" },
        { "domain,client,vars.domain\n", "column \"vars.domain\" is unknown", "columns:" },
        { "domain,client,domain\n", "twice", "" },
        { "domain,client,\n", "column 3 has no name", "" },
        { "domain,client\nx.example\n", "new.csv:2: has 1 cells, the header has 2", "" },
        { "domain,client\n\"x.example,acme\n", "new.csv:2: a quote opens", "" },
        { "domain,client\n\"x.example\"y,acme\n", "text after a closing quote", "" },
        { "domain,client\nx.example,acme\n\nx..y,acme\nb.example,beta\nc.example,beta\n",
          "new.csv:4: \"x..y\" is no domain name", "2 more rows are wrong" },
        { "domain,client\nb.example,beta\n", "new.csv:2: b.example belongs to client acme already",
          "nothing is imported" },
        { "domain,client\nx.example,acme\nX.example.,acme\n", "x.example is in line 2 already",
          "" },
        { "domain,client\nx.example,beta\n", "x.example has no provider", "" },
        { "domain,client,provider\nx.example,beta,nope\n", "provider \"nope\"", "" },
        { "domain,client,provider\nx.example,../b,pdns\n", "no client name", "" },
        { "domain,client,zone\nx.example,acme,y.example\n", "no zone that holds it", "" },
        { "domain,client,tags\nx.example,acme,a\"b\n", "no tag", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct result r = run(*state, rows[i].csv);
        if (r.rc == 0)
            fail_msg("taken: %s", rows[i].csv);
        if (r.err.code != ERR_INVALID || !strstr(r.err.message, rows[i].message) ||
            !strstr(r.err.hint, rows[i].hint))
            fail_msg("%s: %s; %s", rows[i].csv, r.err.message, r.err.hint);
    }
}

static void zones(void **state)
{
    static const char *const names[] = { "one.example", "two.example", "b.example" };
    struct settings settings = box_settings(*state);
    struct portfolio_file *files;
    size_t n, domains;
    struct err err;
    assert_int_equal(import_zones(names, 2, "r53", "beta", existing, 1, &settings, *state, &files,
                                  &n, &domains, &err),
                     0);
    assert_int_equal(n, 1);
    assert_int_equal(domains, 2);
    assert_non_null(strstr(files[0].text, "\"provider\": \"r53\",\n  \"domains\": {\n"
                                          "    \"one.example\": {},\n    \"two.example\": {}\n"));
    assert_int_equal(import_zones(names, 3, "r53", "beta", existing, 1, &settings, *state, &files,
                                  &n, &domains, &err),
                     -1);
    assert_non_null(strstr(err.message, "b.example belongs to client acme"));
}

static void csv_cells(void **state)
{
    struct csv csv;
    struct err err;
    const char *text = "a, b ,c\n 1 ,\"x\ny\" , \"\"\"\"\n,,\n";
    assert_int_equal(csv_parse("t.csv", text, *state, &csv, &err), 0);
    assert_int_equal(csv.header.n, 3);
    assert_int_equal(csv_column(&csv, "b"), 1);
    assert_int_equal(csv_column(&csv, "d"), -1);
    assert_int_equal(csv.n, 2);
    assert_string_equal(csv.v[0].cells[0], "1");
    assert_string_equal(csv.v[0].cells[1], "x\ny");
    assert_string_equal(csv.v[0].cells[2], "\"");
    assert_int_equal(csv.v[1].line, 4);
    assert_string_equal(csv.v[1].cells[2], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_client),  cmocka_unit_test(existing_kept),
        cmocka_unit_test(nothing_new), cmocka_unit_test(refused),
        cmocka_unit_test(zones),       cmocka_unit_test(csv_cells),
    };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
