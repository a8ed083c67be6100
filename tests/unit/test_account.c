/* account: provider objects of dnschange.json, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "provider/provider.h"

static void test_reads_everything(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 20);
    struct provider_account account;
    struct err err;
    const char *json =
        "{\"plugin\":\"powerdns\",\"url\":\"http://127.0.0.1:8081/api//\",\"secrets\":{\"id\":{"
        "\"env\":\"A\"},\"key\":{\"file\":\"/k\"}},\"read_secret\":{\"command\":[\"pass\",\"x\"]},"
        "\"nameservers\":[\"127.0.0.1:53\"],\"ignore_ns\":[],\"primary\":\"127.0.0.1\","
        "\"limits\":{\"concurrent\":4,\"per_second\":20,\"rules\":[{\"scope\":\"zone\",\"kind\":"
        "\"write\",\"n\":300,\"per\":\"1d\"}]},\"region\":\"eu\",\"deep\":true,\"port\":7}";
    if (provider_account_parse("pdns", json, arena, &account, &err))
        fail_msg("%s", err.message);
    assert_string_equal(account.url, "http://127.0.0.1:8081/api");
    assert_int_equal(account.write.n, 2);
    assert_string_equal(account.write.v[1].part, "key");
    assert_int_equal(account.write.v[1].kind, SECRET_FILE);
    assert_int_equal(account.read.v[0].argv.n, 2);
    assert_int_equal(account.concurrent, 4);
    assert_int_equal(account.n_rules, 2);
    assert_int_equal(account.rules[0].n, 20);
    assert_int_equal(account.rules[1].scope, BUDGET_ZONE);
    assert_int_equal(account.rules[1].kind, BUDGET_WRITE);
    assert_int_equal(account.rules[1].per_ms, 86400000);
    assert_int_equal(account.n_own, 3);
    assert_string_equal(account.own[1].text, "true");
    assert_string_equal(account.own[2].text, "7");
    assert_string_equal(secret_source_text(&account.write.v[0], arena), "environment variable A");
    assert_string_equal(secret_source_text(&account.read.v[0], arena), "command pass");
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *json, *words;
        enum err_code code;
    } table[] = {
        { "{\"url\":\"http://x\"}", "\"plugin\" is missing", ERR_INVALID },
        { "[]", "must be an object", ERR_INVALID },
        { "{", "providers.pdns", ERR_INVALID },
        { "{\"plugin\":\"../x\"}", "is not the name of a plugin", ERR_INVALID },
        { "{\"plugin\":7}", "plugin", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"ftp://x\"}", "url", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"http:///x\"}", "url", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"http://a:hunter2@x/\"}", "user name or password",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"http://x/?k=hunter2\"}", "no query", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"http://x/a b\"}", "space", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secret\":\"hunter2\"}", "a literal secret is refused",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"read_secret\":\"hunter2\"}", "read_secret", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secrets\":{\"secret\":\"hunter2\"}}", "literal",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secret\":{\"hunter2\":\"x\"}}", "kind of secret",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secret\":{\"env\":\"\"}}", "name of a variable",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secret\":{\"env\":\"K=hunter2\"}}", "name of a variable",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secret\":{\"command\":[]}}", "no program", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secret\":{\"command\":\"x\"}}", "array", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"secret\":{\"env\":\"A\"},\"secrets\":{\"a\":{\"env\":\"B\"}}"
          "}",
          "not both", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"limits\":{\"concurrent\":0}}", "limits.concurrent",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"limits\":{\"per_second\":-1}}", "limits.per_second",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"limits\":{\"rules\":[{\"scope\":\"moon\",\"n\":1,\"per\":"
          "\"1s\"}]}}",
          "scope", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"limits\":{\"rules\":[{\"scope\":\"zone\",\"n\":0,\"per\":"
          "\"1s\"}]}}",
          "above zero", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"limits\":{\"speed\":1}}", "speed", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"odd\":{}}", "odd", ERR_INVALID },
        /* with the plugin at hand: */
        { "{\"plugin\":\"powerdns\"}", "url: is missing", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"http://x\",\"regoin\":\"eu\"}", "regoin: unknown key",
          ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"http://x\",\"secrets\":{\"id\":{\"env\":\"A\"}}}",
          "a part is missing", ERR_INVALID },
        { "{\"plugin\":\"powerdns\",\"url\":\"http://x\",\"secrets\":{\"secret\":{\"env\":\"A\"},"
          "\"id\":{\"env\":\"A\"}}}",
          "has a part that the plugin does not use", ERR_INVALID },
        { "{\"plugin\":\"nonesuch\"}", "no plugin \"nonesuch\"", ERR_NOT_FOUND },
    };
    const char *folder = PLUGIN_FOLDER;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = { 0 };
        assert_int_equal(provider_settings_check("pdns", table[i].json, &folder, 1, &err), -1);
        if (err.code != table[i].code || !strstr(err.message, table[i].words) ||
            !strstr(err.message, "providers.pdns"))
            fail_msg("row %zu: %s", i, err.message);
        if (strstr(err.message, "hunter2") || strstr(err.hint, "hunter2"))
            fail_msg("row %zu shows the secret: %s", i, err.message);
    }
}

static void test_accepts(void **state)
{
    (void)state;
    const char *folder = PLUGIN_FOLDER;
    struct err err = { 0 };
    const char *json =
        "{\"plugin\":\"powerdns\",\"url\":\"http://[::1]:8081/api\",\"secret\":{\"env\":"
        "\"A\"},\"limits\":{\"concurrent\":8}}";
    assert_int_equal(provider_settings_check("pdns", json, &folder, 1, &err), 0);
    /* Without the plugin its keys and name are not judged. */
    json = "{\"plugin\":\"nonesuch\",\"region\":\"eu\"}";
    assert_int_equal(provider_settings_check("pdns", json, NULL, 0, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_everything),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_accepts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
