/* SPF records: which they are, their grammar, edits that keep the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mail/spf.h"

static int setup(void **state)
{
    *state = arena_new("test", 16u << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void is_record(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        { "v=spf1", true },        { "v=spf1 -all", true },
        { "V=SPF1 -all", true },   { "v=spf1  ", true },
        { "v=spf10", false },      { "v=spf1-all", false },
        { " v=spf1 -all", false }, { "\"v=spf1 -all", false },
        { "v=spf", false },        { "", false },
        { "v=spf1\t-all", false }, { "v=spf2.0/pra", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rdata txt = txt_from_octets(rows[i].text, strlen(rows[i].text), *state);
        if (spf_is_record(txt, *state) != rows[i].is)
            fail_msg("%s", rows[i].text);
    }
}

static void terms(void **state)
{
    (void)state;
    static const struct {
        const char *term;
        bool good;
    } rows[] = {
        { "all", true },
        { "-all", true },
        { "?ALL", true },
        { "-all;", false },
        { "all:x.example", false },
        { "-", false },
        { "--all", false },
        { "include:_spf.example.net", true },
        { "Include:_spf.example.net", true },
        { "include:_spf.example.net.", true },
        { "include:", false },
        { "include", false },
        { "include=x.example", false },
        { "include:localhost", false },
        { "include:x.example.123", false },
        { "include:x.example.1a3", true },
        { "include:x.-example", false },
        { "include:%{d}", true },
        { "include:%{d2}.example", true },
        { "include:%{ir}.%{v}._spf.%{d2}", true },
        { "include:%{d0}.example", false },
        { "include:%{d12r}.example", true },
        { "include:%{d1r+-}.example", true },
        { "include:%{x}.example", false },
        { "include:%{c}.example", false },
        { "include:%d.example", false },
        { "include:a%%b.example", true },
        { "include:a%_b%-.example", true },
        { "include:x.example%", false },
        { "include:m\xc3\xbcnchen.example", false },
        { "a", true },
        { "a:", false },
        { "a:x.example", true },
        { "a/24", true },
        { "a/032", false },
        { "a/33", false },
        { "a//64", true },
        { "a/24//64", true },
        { "a/24//129", false },
        { "a/24/64", false },
        { "a:x.example/24//64", true },
        { "a:x.example/0", true },
        { "a24", false },
        { "mx", true },
        { "mx:x.example", true },
        { "mx/24:x.example", false },
        { "ptr", true },
        { "ptr:x.example", true },
        { "ptr/24", false },
        { "ip4:192.0.2.1", true },
        { "ip4:192.0.2.0/24", true },
        { "ip4:192.0.2.0/33", false },
        { "ip4:192.0.2.0/024", false },
        { "ip4:192.0.2.0/", false },
        { "ip4:192.0.2", false },
        { "ip4:192.0.2.256", false },
        { "ip4:mail.example", false },
        { "ip4:2001:db8::1", false },
        { "ip4", false },
        { "ip4=192.0.2.1", false },
        { "ip6:2001:db8::1", true },
        { "ip6:2001:db8::/32", true },
        { "ip6:2001:db8::/129", false },
        { "ip6:2001:db8::/000", false },
        { "ip6:192.0.2.1", false },
        { "ip6:::ffff:192.0.2.1", true },
        { "exists:%{ir}.sbl.example", true },
        { "exists", false },
        { "redirect=x.example", true },
        { "redirect=", false },
        { "redirect:x.example", false },
        { "-redirect=x.example", false },
        { "exp=explain.%{d}", true },
        { "exp=x", false },
        { "unknown=%{d}", true },
        { "un-known.x_y=", true },
        { "1unknown=x", false },
        { "unknown", false },
        { "ipv4:192.0.2.1", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };
        bool good = spf_term_check(rows[i].term, &err) == 0;
        if (good != rows[i].good)
            fail_msg("\"%s\" is taken for %s: %s", rows[i].term, good ? "good" : "bad",
                     good ? "" : err.message);
        if (!good)
            assert_int_equal(err.code, ERR_INVALID);
    }
}

static void records(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wrong;
    } rows[] = {
        { "v=spf1", NULL },
        { "v=spf1 a mx  include:x.example -all ", NULL },
        { "v=spf1 redirect=x.example", NULL },
        { "v=spf1 redirect=x.example redirect=y.example", "redirect= stands twice" },
        { "v=spf1 exp=x.example EXP=y.example", "exp= stands twice" },
        { "v=spf1 ip4:1.2.3.4include:x.example -all", "ip4:1.2.3.4include:x.example" },
        { "v=spf1 a\tmx -all", "SPF term" },
        { "spf1 -all", "does not start" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };
        int rc = spf_record_check(rows[i].text, &err);
        if ((rc == 0) != !rows[i].wrong || (rows[i].wrong && !strstr(err.message, rows[i].wrong)))
            fail_msg("%s: %s", rows[i].text, err.message);
    }
}

static struct strv list(struct arena *arena, const char *words)
{
    struct strv list = { 0 };
    char *save, *copy = arena_strdup(arena, words);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        strv_push(arena, &list, word);
    return list;
}

static void edits(void **state)
{
    static const struct {
        const char *text, *add, *remove;
        char all;
        const char *want;
    } rows[] = {
        /* new terms before all, else before redirect, else at the end */
        { "v=spf1 a -all", "include:x.example", "", 0, "v=spf1 a include:x.example -all" },
        { "v=spf1  a   -all  ", "mx", "", 0, "v=spf1  a   mx -all  " },
        { "v=spf1 -all", "mx a:b.example", "", 0, "v=spf1 mx a:b.example -all" },
        { "v=spf1 a redirect=x.example", "mx", "", 0, "v=spf1 a mx redirect=x.example" },
        { "v=spf1 redirect=x.example ~all", "mx", "", 0, "v=spf1 redirect=x.example mx ~all" },
        { "v=spf1", "mx", "", 0, "v=spf1 mx" },
        { "v=spf1 a ", "mx", "", 0, "v=spf1 a mx " },
        { "V=SPF1 A -ALL", "mx", "", 0, "V=SPF1 A mx -ALL" },
        /* there already: left where it is */
        { "v=spf1 INCLUDE:X.example -all", "include:x.EXAMPLE", "", 0,
          "v=spf1 INCLUDE:X.example -all" },
        { "v=spf1 +mx -all", "mx", "", 0, "v=spf1 +mx -all" },
        { "v=spf1 ~mx -all", "mx", "", 0, "v=spf1 ~mx mx -all" },
        { "v=spf1 exists:%{D}.x.example -all", "exists:%{d}.x.example", "", 0,
          "v=spf1 exists:%{D}.x.example exists:%{d}.x.example -all" },
        { "v=spf1 a -all", "mx MX +mx", "", 0, "v=spf1 a mx -all" },
        /* removal takes the term and the spaces before it */
        { "v=spf1 a  mx include:x.example -all", "", "mx", 0, "v=spf1 a include:x.example -all" },
        { "v=spf1 a mx mx -all", "", "mx", 0, "v=spf1 a -all" },
        { "v=spf1 a -all", "", "a -all", 0, "v=spf1" },
        { "v=spf1 a redirect=x.example", "mx", "redirect=x.example", '-', "v=spf1 a mx -all" },
        { "v=spf1 a", "", "mx", 0, "v=spf1 a" }, /* gone already */
        { "v=spf1 mx -all", "mx", "a", 0, "v=spf1 mx -all" },
        { "v=spf1 a -all", "mx", "a", 0, "v=spf1 mx -all" },
        { "v=spf1 a mx -all", "mx", "ptr", 0, "v=spf1 a mx -all" },
        /* the qualifier */
        { "v=spf1 a ~all", "", "", '-', "v=spf1 a -all" },
        { "v=spf1 a all", "", "", '~', "v=spf1 a ~all" },
        { "v=spf1 a -all", "", "", '-', "v=spf1 a -all" },
        { "v=spf1 a", "", "", '-', "v=spf1 a -all" },
        { "v=spf1 a  ?all x=y", "mx", "a", '~', "v=spf1  mx ~all x=y" },
        /* refused */
        { "v=spf1 a -all", "", "mx a", 0, NULL },
        { "v=spf1 redirect=x.example", "", "", '-', NULL },
        { "v=spf1 a -all", "ip4:mail.example", "", 0, NULL },
        { "v=spf1 a -all", "-all", "", 0, NULL },
        { "v=spf1 a -all", "mx", "mx", 0, NULL },
        { "v=spf1 a -all", "", "-all", '~', NULL },
        { "v=DMARC1; p=none", "mx", "", 0, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct spf_edit edit = { list(*state, rows[i].add), list(*state, rows[i].remove),
                                 rows[i].all };
        const char *got = NULL;
        struct err err = { 0 };
        int rc = spf_edit(rows[i].text, &edit, *state, &got, &err);
        if ((rc == 0) != (rows[i].want != NULL) || (got && strcmp(got, rows[i].want) != 0))
            fail_msg("row %zu, %s: \"%s\" %s", i, rows[i].text, got ? got : "", err.message);
        if (!got)
            continue;
        const char *again = NULL; /* twice is once */
        if (spf_edit(got, &edit, *state, &again, &err) != 0 || strcmp(got, again) != 0)
            fail_msg("row %zu again: \"%s\" %s", i, again ? again : "", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_record),
        cmocka_unit_test(terms),
        cmocka_unit_test(records),
        cmocka_unit_test(edits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
