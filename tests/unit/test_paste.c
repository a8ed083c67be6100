/* paste: the four forms of one rollback, octet for octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rollout/paste.h"

static struct rrset *set_of(struct arena *arena, const char *owner, const char *type, uint32_t ttl,
                            const char *rdata)
{
    uint16_t number = 0;
    struct rdata wire = { 0 };
    struct err err = { 0 };
    if (rtype_parse(type, &number, &err) ||
        rdata_parse(number, rdata, "a.example", RDATA_ZONEFILE, arena, &wire, &err))
        fail_msg("%s", err.message);
    struct rrset *set = rrset_new(arena, owner, number, ttl);
    rrset_add(arena, set, wire);
    return set;
}

static struct lkg sample(struct arena *arena)
{
    struct lkg lkg = { .ticket = "DNS-2026-11-23-001",
                       .attempt = 1,
                       .actor = "Ann <ann@a.example>",
                       .reason = "move mail",
                       .captured_s = 1763928000 };
    lkg.providers = ARENA_ARRAY(arena, struct lkg_provider, 1);
    lkg.providers[0] = (struct lkg_provider){
        "pdns", "{\"plugin\":\"powerdns\",\"url\":\"http://127.0.0.1:8081/api/v1/servers/"
                "localhost\",\"secret\":{\"env\":\"PDNS_API_KEY\"}}"
    };
    lkg.n_providers = 1;
    struct target target = {
        .domain = "a.example", .account = "pdns", .zone = "a.example", .n = 4
    };
    target.sets = ARENA_ARRAY(arena, struct target_set, 4);
    target.sets[0] = (struct target_set){
        .owner = "a.example",
        .type = TYPE_MX,
        .before = set_of(arena, "a.example", "MX", 3600, "10 old.example.net."),
        .after = set_of(arena, "a.example", "MX", 300, "10 new.example.net.")
    };
    target.sets[1] =
        (struct target_set){ .owner = "_dmarc.a.example",
                             .type = TYPE_TXT,
                             .before = set_of(arena, "_dmarc.a.example", "TXT", 60,
                                              "\"it's \" \"\\\"q\\\"\""),
                             .after = set_of(arena, "_dmarc.a.example", "TXT", 60, "\"x\"") };
    target.sets[2] =
        (struct target_set){ .owner = "new.a.example",
                             .type = TYPE_A,
                             .after = set_of(arena, "new.a.example", "A", 60, "192.0.2.1") };
    target.sets[3] =
        (struct target_set){ .owner = "same.a.example",
                             .type = TYPE_A,
                             .cls = CLASS_ALREADY,
                             .before = set_of(arena, "same.a.example", "A", 60, "192.0.2.7"),
                             .after = set_of(arena, "same.a.example", "A", 60, "192.0.2.7") };
    *vec_push(arena, &lkg.targets) = target;
    target.domain = target.zone = "b.example";
    target.n = 1;
    target.sets = ARENA_ARRAY(arena, struct target_set, 1);
    target.sets[0] =
        (struct target_set){ .owner = "b.example",
                             .type = TYPE_A,
                             .before = set_of(arena, "b.example", "A", 60, "192.0.2.8") };
    *vec_push(arena, &lkg.targets) = target;
    return lkg;
}

struct form {
    enum paste_form form;
    const char *text;
};

static const struct form forms[] = {
    { PASTE_SHEET, "PUT BACK DNS-2026-11-23-001 (attempt 1)\n"
                   "as it was at 2025-11-23T20:00:00Z\n"
                   "applied by Ann <ann@a.example>\n"
                   "for: move mail\n"
                   "\n"
                   "For each line with a box: open the zone at the provider, find the\n"
                   "name and type, and make it exactly what stands here. \"@\" is the zone\n"
                   "itself; names are without the zone's name behind them. If a value there\n"
                   "is neither this one nor the ticket's, somebody changed it: ask first.\n"
                   "Or, where the program runs:\n"
                   "  dnschange rollback DNS-2026-11-23-001\n"
                   "\n"
                   "=== a.example\n"
                   "account pdns, zone a.example\n"
                   "\n"
                   "[ ] @  MX\n"
                   "    TTL 3600, exactly this value:\n"
                   "    10 old.example.net.\n"
                   "\n"
                   "[ ] _dmarc  TXT\n"
                   "    TTL 60, exactly this value:\n"
                   "    text:   it's \"q\"\n"
                   "    quoted: \"it's \" \"\\\"q\\\"\"\n"
                   "\n"
                   "[ ] new  A\n"
                   "    DELETE all A records of this name. They were:\n"
                   "    192.0.2.1\n" },
    { PASTE_ZONE, "; puts back DNS-2026-11-23-001 (attempt 1) as it was at 2025-11-23T20:00:00Z\n"
                  "; each name and type listed has exactly these records\n"
                  "\n"
                  "; a.example, account pdns, zone a.example\n"
                  "a.example. 3600 IN MX 10 old.example.net.\n"
                  "_dmarc.a.example. 60 IN TXT \"it's \" \"\\\"q\\\"\"\n"
                  "; delete: new.a.example. A\n" },
    { PASTE_NSUPDATE,
      "; puts back DNS-2026-11-23-001 (attempt 1) as it was at 2025-11-23T20:00:00Z\n"
      "; for nsupdate(1): add \"server ADDRESS PORT\" and a key; each zone is\n"
      "; changed only where the ticket's values are still there\n"
      "\n"
      "; a.example, account pdns\n"
      "zone a.example.\n"
      "prereq yxrrset a.example. MX 10 new.example.net.\n"
      "update delete a.example. MX\n"
      "update add a.example. 3600 MX 10 old.example.net.\n"
      "prereq yxrrset _dmarc.a.example. TXT \"x\"\n"
      "update delete _dmarc.a.example. TXT\n"
      "update add _dmarc.a.example. 60 TXT \"it's \" \"\\\"q\\\"\"\n"
      "prereq yxrrset new.a.example. A 192.0.2.1\n"
      "update delete new.a.example. A\n"
      "send\n" },
    { PASTE_CURL,
      "#!/bin/sh\n"
      "# puts back DNS-2026-11-23-001 (attempt 1)\n"
      "# needs the key of account pdns in $PDNS_API_KEY\n"
      ": \"${PDNS_API_KEY:?}\"\n"
      "\n"
      "# a.example\n"
      "curl -fsS -X PATCH -H \"X-API-Key: $PDNS_API_KEY\" -H 'Content-Type: application/json' \\\n"
      "  --data '{\"rrsets\":[{\"name\":\"a.example.\",\"type\":\"MX\",\"changetype\":\"REPLACE\","
      "\"ttl\":3600,\"records\":[{\"content\":\"10 old.example.net.\",\"disabled\":false}]},"
      "{\"name\":\"_dmarc.a.example.\",\"type\":\"TXT\",\"changetype\":\"REPLACE\",\"ttl\":60,"
      "\"records\":[{\"content\":\"\\\"it'\\''s \\\" \\\"\\\\\\\"q\\\\\\\"\\\"\",\"disabled\":"
      "false}]},{\"name\":\"new.a.example.\",\"type\":\"A\",\"changetype\":\"DELETE\"}]}' \\\n"
      "  'http://127.0.0.1:8081/api/v1/servers/localhost/zones/a.example.'\n" },
};

static void forms_octet_for_octet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 22);
        BUF_SCOPED out = BUF(1u << 20);
        struct lkg lkg = sample(arena);
        struct strv only = { 0 };
        strv_push(arena, &only, "a.example");
        struct err err = { 0 };
        if (paste_write(&lkg, forms[i].form, &only, &out, &err))
            fail_msg("%s", err.message);
        assert_string_equal(buf_text(&out), forms[i].text);
    }
}

static void all_domains_without_a_choice(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    BUF_SCOPED out = BUF(1u << 20);
    struct lkg lkg = sample(arena);
    struct err err = { 0 };
    assert_int_equal(paste_write(&lkg, PASTE_ZONE, NULL, &out, &err), 0);
    assert_non_null(strstr(buf_text(&out), "a.example. 3600 IN MX"));
    assert_non_null(strstr(buf_text(&out), "b.example. 60 IN A 192.0.2.8\n"));
    assert_null(strstr(buf_text(&out), "same.a.example"));
}

/* The sheet is read on a phone: nothing but values is wide. */
static void the_sheet_is_narrow(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    BUF_SCOPED out = BUF(1u << 20);
    struct lkg lkg = sample(arena);
    struct err err = { 0 };
    assert_int_equal(paste_write(&lkg, PASTE_SHEET, NULL, &out, &err), 0);
    for (const char *line = buf_text(&out); *line; line = strchrnul(line, '\n') + 1)
        assert_true(strchrnul(line, '\n') - line <= 72);
}

struct refusal {
    const char *json;
    const char *says;
};

static void curl_only_where_the_api_is_known(void **state)
{
    (void)state;
    static const struct refusal table[] = {
        { "{\"plugin\":\"route53\",\"url\":\"https://x\"}", "route53" },
        { "{\"plugin\":\"powerdns\"}", "powerdns" },
        { "{}", "unknown plugin" },
        { "broken", "unknown plugin" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 22);
        BUF_SCOPED out = BUF(1u << 20);
        struct lkg lkg = sample(arena);
        lkg.providers[0].json = table[i].json;
        struct err err = { 0 };
        assert_int_equal(paste_write(&lkg, PASTE_CURL, NULL, &out, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, table[i].says));
        assert_int_equal(paste_write(&lkg, PASTE_SHEET, NULL, &out, &err), 0);
    }
}

/* Nothing from the settings or a zone reaches the shell unquoted. */
static void the_shell_sees_no_command(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    BUF_SCOPED out = BUF(1u << 20);
    struct lkg lkg = sample(arena);
    lkg.providers[0].json = "{\"plugin\":\"powerdns\",\"url\":\"http://x/';touch y;'\","
                            "\"secret\":{\"env\":\"K;touch z\"}}";
    lkg.targets.v[0].zone = "0/25.a.example";
    lkg.ticket = "x\ntouch a";
    lkg.providers[0].name = lkg.targets.v[0].account = lkg.targets.v[1].account = "p\ntouch b";
    struct rrset *before = rrset_copy(arena, lkg.targets.v[0].sets[0].before);
    before->extra = "{}\ntouch c";
    lkg.targets.v[0].sets[0].before = before;
    struct err err = { 0 };
    assert_int_equal(paste_write(&lkg, PASTE_CURL, NULL, &out, &err), 0);
    assert_null(strstr(buf_text(&out), "touch z"));
    assert_null(strstr(buf_text(&out), "\ntouch"));
    assert_non_null(strstr(buf_text(&out), "$API_KEY\""));
    assert_non_null(
        strstr(buf_text(&out), "'http://x/'\\'';touch y;'\\''/zones/0=2F25.a.example.'"));
}

static void nothing_written_is_said(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    struct lkg lkg = sample(arena);
    lkg.targets.n = 0;
    for (int form = PASTE_SHEET; form <= PASTE_CURL; form++) {
        BUF_SCOPED out = BUF(1u << 20);
        struct err err = { 0 };
        assert_int_equal(paste_write(&lkg, (enum paste_form)form, NULL, &out, &err), 0);
        assert_non_null(strstr(buf_text(&out), "othing was written"));
    }
}

static void too_much_is_an_error(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    BUF_SCOPED out = BUF(100);
    struct lkg lkg = sample(arena);
    struct err err = { 0 };
    assert_int_equal(paste_write(&lkg, PASTE_SHEET, NULL, &out, &err), -1);
    assert_int_equal(err.code, ERR_FAILED);
}

static void names_of_forms(void **state)
{
    (void)state;
    enum paste_form form;
    assert_true(paste_form_parse("paste", &form));
    assert_int_equal(form, PASTE_SHEET);
    assert_true(paste_form_parse("curl", &form));
    assert_int_equal(form, PASTE_CURL);
    assert_false(paste_form_parse("sheet", &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_octet_for_octet),
        cmocka_unit_test(all_domains_without_a_choice),
        cmocka_unit_test(the_sheet_is_narrow),
        cmocka_unit_test(curl_only_where_the_api_is_known),
        cmocka_unit_test(the_shell_sees_no_command),
        cmocka_unit_test(nothing_written_is_said),
        cmocka_unit_test(too_much_is_an_error),
        cmocka_unit_test(names_of_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
