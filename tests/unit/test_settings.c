/* dnschange.json: defaults, every key, what is refused and where, lenient reading. */
#include "portfolio/settings_provider.h"
#include "portfolio_box.h"

static int parse(struct arena *arena, const char *text, bool lenient, struct strv *warnings,
                 struct settings *ret, struct err *err)
{
    return settings_parse("dnschange.json", text, lenient, arena, warnings, ret, err);
}

static void check_defaults(const struct settings *s)
{
    assert_int_equal(s->rollout.canary, 2);
    assert_int_equal(s->rollout.n_waves, 3);
    static const uint32_t shares[] = { 10, 50, 100 };
    for (size_t i = 0; i < 3; i++) {
        assert_true(s->rollout.waves[i].percent);
        assert_int_equal(s->rollout.waves[i].n, shares[i]);
    }
    assert_true(s->rollout.bake_ttl);
    assert_int_equal(s->rollout.max_bake_ms, 3600000);
    assert_int_equal(s->rollout.wave_bake_ms, 0);
    assert_int_equal(s->rollout.max_failures, 0);
    assert_int_equal(s->rollout.deadline_ms, 600000);
    assert_false(s->rollout.hold_on_unknown);
    assert_int_equal(s->verify.timeout_ms, 180000);
    assert_int_equal(s->verify.interval_ms, 500);
    assert_int_equal(s->verify.bake_interval_ms, 60000);
    assert_int_equal(s->verify.rounds, 2);
    assert_int_equal(s->verify.resolvers.n, 0);
    assert_string_equal(s->lint_resolver, "system");
    assert_int_equal(s->lint_budget_ms, 5000);
    assert_int_equal(s->policy.review, REVIEW_NONE);
    assert_int_equal(s->policy.approvals, 1);
    assert_string_equal(s->policy.clients, "open");
    assert_int_equal(s->policy.max_domains, 1000);
    assert_true(s->policy.max_share.percent);
    assert_int_equal(s->policy.max_share.n, 100);
    assert_string_equal(s->policy.timezone, "UTC");
    assert_string_equal(s->policy.windows_json, "[]");
    assert_string_equal(s->policy.blackouts_json, "[]");
    assert_int_equal(s->policy.rollback_budget_ms, 300000);
    assert_int_equal(s->policy.max_hold_ms, 86400000);
    assert_null(s->git.remote);
    assert_string_equal(s->git.branch, "main");
    assert_string_equal(s->git.records, "dnschange-records");
    assert_int_equal(s->git.freshness_ms, 5000);
    assert_int_equal(s->n_hooks, 0);
    assert_string_equal(s->notify_json, "[]");
}

static void defaults(void **state)
{
    struct settings s;
    assert_int_equal(parse(*state, "{\"version\": 1}", false, NULL, &s, NULL), 0);
    check_defaults(&s);
    assert_int_equal(s.n_providers, 0);
}

/* The example writes every default out, so both read alike. */
static void example(void **state)
{
    struct settings s;
    struct err err;
    char *text = settings_example(*state, NULL);
    if (parse(*state, text, false, NULL, &s, &err) != 0)
        fail_msg("%s", err.message);
    check_defaults(&s);
    assert_string_equal(text, box_file(*state, "tickets/examples/dnschange.json"));
    const struct provider_settings *pdns = settings_provider(&s, "pdns");
    assert_non_null(pdns);
    assert_string_equal(pdns->plugin, "powerdns");
    assert_string_equal(pdns->url, "http://127.0.0.1:8081/api/v1/servers/localhost");
    assert_int_equal(pdns->nameservers.n, 2);
    assert_string_equal(pdns->nameservers.v[1], "127.0.0.1:5302");
    assert_non_null(strstr(pdns->json, "\"secret\":{\"env\":\"PDNS_API_KEY\"}"));
    assert_null(settings_provider(&s, "other"));
    assert_int_equal(parse(*state, settings_example(*state, "origin"), false, NULL, &s, &err), 0);
    assert_string_equal(s.git.remote, "origin");
}

static void every_key(void **state)
{
    struct settings s;
    struct err err;
    char *text = box_file(*state, "tickets/examples/dnschange-full.json");
    if (parse(*state, text, false, NULL, &s, &err) != 0)
        fail_msg("%s", err.message);
    const struct provider_settings *pdns = settings_provider(&s, "pdns");
    assert_string_equal(pdns->primary, "192.0.2.53:53");
    assert_int_equal(pdns->nameservers.n, 3);
    assert_int_equal(pdns->ignore_ns.n, 2);
    assert_string_equal(pdns->ignore_ns.v[1], "old.acme.example");
    assert_int_equal(s.rollout.canary, 1);
    assert_false(s.rollout.waves[0].percent);
    assert_int_equal(s.rollout.waves[0].n, 5);
    assert_false(s.rollout.bake_ttl);
    assert_int_equal(s.rollout.bake_ms, 600000);
    assert_true(s.rollout.hold_on_unknown);
    assert_int_equal(s.policy.review, REVIEW_BRANCH);
    assert_string_equal(s.policy.clients, "separate");
    assert_int_equal(s.policy.max_share.n, 25);
    assert_string_equal(s.git.remote, "origin");
    assert_int_equal(s.n_hooks, 1);
    assert_string_equal(s.hooks[0].name, "smoke");
    assert_int_equal(s.hooks[0].argv.n, 2);
    assert_int_equal(s.hooks[0].timeout_ms, 120000);
}

#define P(inside) "{\"version\": 1, \"providers\": {\"p\": {" inside "}}}"

static void refused(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "{", "dnschange.json:1: not valid JSON" },
        { "[]", "must be an object" },
        { "{}", "version" },
        { "{\"version\": 2}", "reads version 1" },
        { "{\"version\": 1,\n \"rolout\": {}}", "dnschange.json:2: rolout: unknown key" },
        { "{\"version\": 1,\n\"rollout\": {\n\"canry\": 1}}",
          "dnschange.json:3: rollout.canry: unknown key" },
        { "{\"version\": 1, \"rollout\": {\"canary\": 1, \"canary\": 2}}", "duplicate" },
        { "{\"version\": 1, \"rollout\": {\"canary\": 0}}", "rollout.canary" },
        { "{\"version\": 1, \"rollout\": {\"canary\": 4}}", "rollout.canary" },
        { "{\"version\": 1, \"rollout\": {\"waves\": []}}", "rollout.waves" },
        { "{\"version\": 1, \"rollout\": {\"waves\": [\"10%\", \"10%\"]}}", "rollout.waves[1]" },
        { "{\"version\": 1, \"rollout\": {\"waves\": [\"101%\"]}}", "rollout.waves[0]" },
        { "{\"version\": 1, \"rollout\": {\"waves\": [\"0%\"]}}", "rollout.waves[0]" },
        { "{\"version\": 1, \"rollout\": {\"waves\": [0]}}", "rollout.waves[0]" },
        { "{\"version\": 1, \"rollout\": {\"waves\": [\"10 %\"]}}", "rollout.waves[0]" },
        { "{\"version\": 1, \"rollout\": {\"bake\": \"long\"}}", "rollout.bake" },
        { "{\"version\": 1, \"rollout\": {\"max_bake\": \"1 h\"}}", "rollout.max_bake" },
        { "{\"version\": 1, \"rollout\": {\"on_unknown\": \"go\"}}", "revert or hold" },
        { "{\"version\": 1, \"rollout\": {\"deadline\": \"0s\"}}", "rollout.deadline" },
        { "{\"version\": 1, \"verify\": {\"rounds\": 0}}", "verify.rounds" },
        { "{\"version\": 1, \"verify\": {\"interval\": \"0ms\"}}", "verify.interval" },
        { "{\"version\": 1, \"verify\": {\"resolvers\": [\"dns.example\"]}}",
          "verify.resolvers[0]" },
        { "{\"version\": 1, \"lint\": {\"resolver\": \"none\"}}", "lint.resolver" },
        { "{\"version\": 1, \"policy\": {\"review\": \"yes\"}}", "none, branch or signed" },
        { "{\"version\": 1, \"policy\": {\"clients\": \"all\"}}", "open, separate or operator" },
        { "{\"version\": 1, \"policy\": {\"max_domains\": 0}}", "policy.max_domains" },
        { "{\"version\": 1, \"policy\": {\"max_share\": \"200%\"}}", "policy.max_share" },
        { "{\"version\": 1, \"policy\": {\"approvals\": 0}}", "policy.approvals" },
        { "{\"version\": 1, \"policy\": {\"timezone\": \"../etc\"}}", "policy.timezone" },
        { "{\"version\": 1, \"policy\": {\"windows\": [{\"days\": [\"tue\"]}]}}",
          "not supported by this version" },
        { "{\"version\": 1, \"policy\": {\"blackouts\": {}}}", "policy.blackouts" },
        { "{\"version\": 1, \"git\": {\"branch\": \"a b\"}}", "branch names" },
        { "{\"version\": 1, \"git\": {\"records\": \"main\"}}", "git.records" },
        { "{\"version\": 1, \"git\": {\"remote\": \"--upload-pack=x\"}}", "git.remote" },
        { "{\"version\": 1, \"git\": {\"freshness\": \"0s\"}}", "git.freshness" },
        { "{\"version\": 1, \"hooks\": {\"x\": {}}}", "argv" },
        { "{\"version\": 1, \"hooks\": {\"x\": {\"argv\": []}}}", "names no program" },
        { "{\"version\": 1, \"notify\": {}}", "notify" },
        { "{\"version\": 1, \"providers\": []}", "providers" },
        { P(""), "plugin" },
        { P("\"plugin\": \"../evil\""), "no plugin name" },
        { P("\"plugin\": \"x\",\n\"secret\": \"hunter2\""),
          "dnschange.json:2: providers.p.secret: a literal secret is refused" },
        { P("\"plugin\": \"x\", \"secrets\": {\"id\": \"hunter2\"}"), "literal secret" },
        { P("\"plugin\": \"x\", \"secrets\": \"hunter2\""), "wants an object" },
        { P("\"plugin\": \"x\", \"read_secret\": \"hunter2\""), "literal secret" },
        { P("\"plugin\": \"x\", \"secret\": {}"), "exactly one" },
        { P("\"plugin\": \"x\", \"secret\": {\"env\": \"A\", \"file\": \"/b\"}"), "exactly one" },
        { P("\"plugin\": \"x\", \"secret\": {\"env\": \"\"}"), "empty source" },
        { P("\"plugin\": \"x\", \"secret\": {\"value\": \"hunter2\"}"), "unknown key" },
        { P("\"plugin\": \"x\", \"secret\": {\"command\": []}"), "one of" },
        { P("\"plugin\": \"x\", \"secret\": {\"command\": \"pass x\"}"), "command" },
        { P("\"plugin\": \"x\", \"secret\": {\"env\": \"A\"}, \"secrets\": {}"), "has both" },
        { P("\"plugin\": \"x\", \"url\": \"https://me:hunter2@dns.example/\""), "literal secret" },
        { P("\"plugin\": \"x\", \"url\": \"dns.example\""), "wants an URL" },
        { P("\"plugin\": \"x\", \"nameservers\": [\"ns1.example\"]"), "no address" },
        { P("\"plugin\": \"x\", \"ignore_ns\": [\"bad..name\"]"), "providers.p.ignore_ns[0]" },
        { P("\"plugin\": \"x\", \"primary\": \"ns1\""), "providers.p.primary" },
        { P("\"plugin\": \"x\", \"limits\": {\"concurrent\": 0}"), "limit of 0" },
        { P("\"plugin\": \"x\", \"limits\": {\"concurrent\": 257}"), "goes up to 256" },
        { P("\"plugin\": \"x\", \"limits\": {\"burst\": 1}"), "unknown key" },
        { P("\"plugin\": \"x\", \"limits\": {\"rules\": [{\"scope\": \"all\", \"kind\": \"read\", "
            "\"n\": 1, \"per\": \"1s\"}]}"),
          "account, zone or address" },
        { P("\"plugin\": \"x\", \"limits\": {\"rules\": [{\"scope\": \"zone\", \"kind\": \"read\", "
            "\"n\": 0, \"per\": \"1s\"}]}"),
          "over zero" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings s;
        struct err err = { 0 };
        if (parse(*state, rows[i].text, false, NULL, &s, &err) == 0)
            fail_msg("taken: %s", rows[i].text);
        if (err.code != ERR_INVALID || !strstr(err.message, rows[i].message))
            fail_msg("%s: %s, wanted %s", rows[i].text, err.message, rows[i].message);
        if (strstr(err.message, "hunter2") || strstr(err.hint, "hunter2"))
            fail_msg("the secret is shown: %s", err.message);
    }
}

static void lenient(void **state)
{
    struct settings s;
    struct strv warnings = { 0 };
    const char *text = "{\"version\": 7, \"new\": {}, \"rollout\": {\"canary\": 9},"
                       " \"verify\": {\"rounds\": 3}, \"policy\": [], \"hooks\": {\"x\": 1},"
                       " \"git\": {\"branch\": \"prod\", \"depth\": 1},"
                       " \"providers\": {\"bad\": {\"secret\": \"hunter2\"},"
                       " \"good\": {\"plugin\": \"powerdns\", \"zone_prefix\": \"x\"}}}";
    assert_int_equal(parse(*state, text, true, &warnings, &s, NULL), 0);
    assert_int_equal(s.rollout.canary, 2); /* the whole section: defaults */
    assert_int_equal(s.verify.rounds, 3);
    assert_int_equal(s.policy.max_domains, 1000);
    assert_string_equal(s.git.branch, "prod");
    assert_int_equal(s.n_hooks, 0);
    assert_int_equal(s.n_providers, 1);
    assert_non_null(settings_provider(&s, "good"));
    assert_non_null(strstr(settings_provider(&s, "good")->json, "zone_prefix"));
    assert_int_equal(warnings.n, 6); /* new, rollout, policy, hooks.x, git.depth, bad */
    for (size_t i = 0; i < warnings.n; i++)
        assert_null(strstr(warnings.v[i], "hunter2"));
}

static void lenient_conflict_markers(void **state)
{
    struct settings s;
    struct strv warnings = { 0 };
    const char *text = "{\n<<<<<<< HEAD\n\"version\": 1\n=======\n\"version\": 1,\n>>>>>>> x\n}\n";
    assert_int_equal(parse(*state, text, true, &warnings, &s, NULL), 0);
    check_defaults(&s);
    assert_int_equal(warnings.n, 1);
    assert_non_null(strstr(warnings.v[0], "dnschange.json:2"));
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        { "192.0.2.1", true },          { "192.0.2.1:53", true },
        { "192.0.2.1:0", false },       { "192.0.2.1:65536", false },
        { "192.0.2.1:", false },        { "192.0.2", false },
        { "2001:db8::1", true },        { "[2001:db8::1]", true },
        { "[2001:db8::1]:5353", true }, { "[2001:db8::1]5353", false },
        { "[192.0.2.1]:53", false },    { "[2001:db8::1", false },
        { "ns1.example", false },       { "", false },
        { "192.0.2.1:+5", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (address_valid(rows[i].text) != rows[i].good)
            fail_msg("%s", rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),  cmocka_unit_test(example),
        cmocka_unit_test(every_key), cmocka_unit_test(refused),
        cmocka_unit_test(lenient),   cmocka_unit_test(lenient_conflict_markers),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
