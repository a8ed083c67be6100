/* Rules about one RRset: each rule fires on its case and on nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "mail/lint.h"

static int setup(void **state)
{
    *state = arena_new("test", 32u << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

#define SPLIT "|" /* between records of a set; '+' between strings of one TXT */

/* TXT values are raw text with '|' between records; other types zone file text. */
static struct rrset *set_of(struct arena *arena, const char *owner, uint16_t type,
                            const char *values)
{
    struct rrset *set = rrset_new(arena, owner, type, 300);
    char *save, *copy = arena_strdup(arena, values);
    for (char *value = strtok_r(copy, SPLIT, &save); value; value = strtok_r(NULL, SPLIT, &save)) {
        struct rdata rdata;
        struct err err;
        bool quoted = type != TYPE_TXT || value[0] == '"';
        if (!quoted)
            rdata = txt_from_octets(value, strlen(value), arena);
        else if (rdata_parse(type, value, "a.example", RDATA_ZONEFILE, arena, &rdata, &err) != 0)
            fail_msg("%s: %s", value, err.message);
        rrset_add(arena, set, rdata);
    }
    return set;
}

/* "error spf.multi, warning spf.all" */
static char *found(struct arena *arena, const struct findings *findings)
{
    char *text = arena_strdup(arena, "");
    for (size_t i = 0; i < findings->n; i++)
        text = arena_printf(arena, "%s%s%s %s", text, i ? ", " : "",
                            severity_text(findings->v[i].severity), findings->v[i].rule);
    return text;
}

static void rules(void **state)
{
    static const char *long_text =
        "v=spf1 include:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example "
        "include:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.example "
        "include:ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.example "
        "include:ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.example "
        "include:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.example "
        "include:fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff.example -all";
    const char *sel = "s1._domainkey.a.example";
    const struct {
        const char *owner;
        uint16_t type;
        const char *values, *want;
    } rows[] = {
        { "a.example", TYPE_TXT, "v=spf1 mx -all|google-site-verification=abc", "" },
        { "a.example", TYPE_TXT, "v=spf1 mx -all|v=spf1 a -all", "error spf.multi" },
        { "a.example", TYPE_TXT, "v=spf1 ip4:mail -all", "error spf.syntax" },
        { "a.example", TYPE_TXT, "\"v=spf1 ip4:192.0.2.1\" \"include:x.example -all\"",
          "error spf.syntax, error spf.strings" },
        { "a.example", TYPE_TXT, "\"v=spf1 ip4:192.0.2.1\" \" include:x.example -all\"", "" },
        { "a.example", TYPE_TXT, " v=spf1 -all", "error spf.lead" },
        { "a.example", TYPE_TXT, "'v=spf1 -all'", "error spf.lead" },
        { "a.example", TYPE_TXT, "v=spf1 +all", "error spf.all" },
        { "a.example", TYPE_TXT, "v=spf1 all", "error spf.all" },
        { "a.example", TYPE_TXT, "v=spf1 mx ?all", "warning spf.all" },
        { "a.example", TYPE_TXT, "v=spf1 -all mx", "warning spf.all" },
        { "a.example", TYPE_TXT, "v=spf1 -all exp=e.example", "" },
        { "a.example", TYPE_TXT, "v=spf1 mx", "warning spf.noall" },
        { "a.example", TYPE_TXT, "v=spf1 mx redirect=x.example", "" },
        { "a.example", TYPE_TXT, "v=spf1 redirect=x.example -all", "warning spf.redirect" },
        { "a.example", TYPE_TXT, "v=spf1 ptr -all", "warning spf.ptr" },
        { "a.example", TYPE_TXT,
          "v=spf1 a a:b.c a:d.c a:e.c a:f.c mx mx:b.c mx:d.c mx:e.c mx:f.c -all", "" },
        { "a.example", TYPE_TXT,
          "v=spf1 a a:b.c a:d.c a:e.c a:f.c mx mx:b.c mx:d.c mx:e.c mx:f.c exists:g.c -all",
          "error spf.lookups" },
        { "a.example", TYPE_TXT, long_text, "warning spf.size" },
        { "a.example", TYPE_SPF, "\"v=spf1 -all\"", "warning spf.type99" },
        { "_dmarc.a.example", TYPE_TXT, "v=DMARC1; p=reject", "" },
        { "_dmarc.a.example", TYPE_TXT, "v=DMARC1; p=none|v=DMARC1; p=reject",
          "error dmarc.multi" },
        { "_dmarc.a.example", TYPE_TXT, "v=DMARC1; p=rejekt", "error dmarc.syntax" },
        { "_dmarc.a.example", TYPE_TXT, "v=DMARC1; rua=mailto:a@b.example", "error dmarc-policy" },
        { "_dmarc.a.example", TYPE_TXT, "v=DMARC1; p=none; pct=50", "warning dmarc.removed" },
        { "a.example", TYPE_TXT, "v=DMARC1; p=none", "warning dmarc.place" },
        { "a.example._report._dmarc.b.example", TYPE_TXT, "v=DMARC1", "" },
        { sel, TYPE_TXT, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "" },
        { sel, TYPE_TXT, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMl",
          "error dkim.syntax" },
        { sel, TYPE_TXT, "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ",
          "error dkim.syntax" },
        { sel, TYPE_TXT, "v=DKIM1\\; k=rsa\\; p=AAAA", "error dkim.syntax" },
        { sel, TYPE_TXT, "v=DKIM1; h=sha1; p=AAAA", "error dkim.syntax" },
        { sel, TYPE_TXT, "k=rsa; v=DKIM1; p=AAAA", "error dkim.syntax" },
        { sel, TYPE_TXT, "v=DKIM1; k=rsa", "error dkim.syntax" },
        { sel, TYPE_TXT, "v=DKIM1; p=AA AA", "" },
        { sel, TYPE_TXT, "v=DKIM1; p=", "note dkim.revoked" },
        { sel, TYPE_TXT, "v=DKIM1; t=s:y; p=AAAA", "warning dkim.test" },
        { sel, TYPE_TXT, "v=DKIM1; p=AAAA|v=DKIM1; p=BBBB", "error dkim.multi" },
        { "s._domainkey.a.example.a.example", TYPE_TXT, "p=AAAA", "error dkim.place" },
        { "s._domainkey.aa.aa", TYPE_TXT, "p=AAAA", "error dkim.place" },
        { "s._domainkey.aa.ab", TYPE_TXT, "p=AAAA", "" },
        { "s._domainkey.s._domainkey.a.example", TYPE_CNAME, "x.example.", "error dkim.place" },
        { sel, TYPE_TXT, "v=DKIM1; p=MIICdgIBADANBgkqhkiG9w0BAQEFAASC", "error txt.secret" },
        { sel, TYPE_TXT, "v=DKIM1; p=MIIEpAIBAAKCAQEAwJ5r0aTnC7hFQnUu", "error txt.secret" },
        { "a.example", TYPE_TXT, "-----BEGIN RSA PRIVATE KEY-----MII", "error txt.secret" },
        { "a.example", TYPE_MX, "10 mx1.example.net.|20 mx2.example.net.", "" },
        { "a.example", TYPE_MX, "0 .", "" },
        { "a.example", TYPE_MX, "10 .", "warning mx.null" },
        { "a.example", TYPE_MX, "0 .|10 mx.example.net.", "error mx.null" },
        { "a.example", TYPE_MX, "10 192.0.2.1.", "error mx.ip" },
        { "a.example", TYPE_MX, "10 mx.example.net.|20 mx.example.net.", "warning mx.twice" },
        { "a.example", TYPE_A, "192.0.2.1", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct findings findings = { 0 };
        struct rrset *set = set_of(*state, rows[i].owner, rows[i].type, rows[i].values);
        lint_rrset("a.example", NULL, set, *state, &findings);
        const char *got = found(*state, &findings);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("row %zu, %s %s: \"%s\", wanted \"%s\" (%s)", i, rows[i].owner, rows[i].values,
                     got, rows[i].want, findings.n ? findings.v[0].message : "");
        for (size_t k = 0; k < findings.n; k++) {
            assert_string_equal(findings.v[k].domain, "a.example");
            assert_string_equal(findings.v[k].owner, rows[i].owner);
            assert_int_equal(strncmp(findings.v[k].reference, "RFC ", 4), 0);
        }
    }
}

static void was_so_before(void **state)
{
    struct findings findings = { 0 };
    struct rrset *before = set_of(*state, "a.example", TYPE_TXT, "v=spf1 ptr +all");
    struct rrset *after = set_of(*state, "a.example", TYPE_TXT, "v=spf1 ptr mx ?all");
    lint_rrset("a.example", before, after, *state, &findings);
    assert_string_equal(found(*state, &findings), "warning spf.all, note spf.ptr");
    assert_non_null(strstr(findings.v[1].message, "(was so before)"));
}

static void absent_is_clean(void **state)
{
    struct findings findings = { 0 };
    struct rrset *before = set_of(*state, "a.example", TYPE_TXT, "v=spf1 +all");
    lint_rrset("a.example", before, NULL, *state, &findings);
    lint_rrset("a.example", before, rrset_new(*state, "a.example", TYPE_TXT, 60), *state,
               &findings);
    assert_int_equal(findings.n, 0);
}

/* Any octet in a TXT is looked at without harm. */
static void any_octet(void **state)
{
    char octets[300];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(uint8_t)i;
    static const char *const owners[] = { "a.example", "_dmarc.a.example",
                                          "s._domainkey.a.example" };
    for (size_t i = 0; i < 3; i++) {
        struct findings findings = { 0 };
        struct rrset *set = rrset_new(*state, owners[i], TYPE_TXT, 60);
        rrset_add(*state, set, txt_from_octets(octets, sizeof octets, *state));
        lint_rrset("a.example", NULL, set, *state, &findings);
        assert_int_equal(findings.n, i == 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),
        cmocka_unit_test(was_so_before),
        cmocka_unit_test(absent_is_clean),
        cmocka_unit_test(any_octet),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
