/* Records: strict text, wire form, both texts, sameness, TXT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static uint16_t type_of(const char *word)
{
    uint16_t type = 0;
    assert_int_equal(rtype_parse(word, &type, NULL), 0);
    return type;
}

static struct rdata parsed(const char *type, const char *text, enum rdata_rules rules,
                           struct arena *arena)
{
    struct rdata rdata = { 0 };
    struct err err = { 0 };
    if (rdata_parse(type_of(type), text, "d.example", rules, arena, &rdata, &err) < 0)
        fail_msg("%s: %s", err.message, err.hint);
    return rdata;
}

static void types(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint16_t type;
    } cases[] = {
        { "A", 1 },     { "mx", 15 },           { "TXT", 16 },
        { "SPF", 99 },  { "CAA", 257 },         { "HTTPS", 65 },
        { "TYPE1", 1 }, { "type65280", 65280 }, { "TYPE65535", 65535 },
    };
    static const char *const bad[] = { "",      "ANY",       "AXFR",   "IXFR",          "OPT",
                                       "TSIG",  "MAILB",     "TYPE0",  "TYPE01",        "TYPE255",
                                       "TYPE",  "TYPE65536", "TYPE1x", "MXX",           "M",
                                       "ALIAS", "15",        "TYPE-1", "TYPE4294967297" };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(type_of(cases[i].text), cases[i].type);
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint16_t type = 42;
        struct err err;
        assert_int_equal(rtype_parse(bad[i], &type, &err), -1);
        assert_int_equal(type, 42);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static void type_words_come_back(void **state)
{
    (void)state;
    for (unsigned type = 1; type <= UINT16_MAX; type++) {
        uint16_t back = 0;
        if (type == 41 || (type >= 128 && type <= 255))
            continue;
        assert_int_equal(rtype_parse(rtype_text((uint16_t)type), &back, NULL), 0);
        assert_int_equal(back, type);
    }
    assert_string_equal(rtype_text(15), "MX");
    assert_string_equal(rtype_text(65280), "TYPE65280");
    assert_true(rtype_is_dnssec(TYPE_RRSIG));
    assert_false(rtype_is_dnssec(TYPE_DS));
}

struct good {
    const char *type, *text;
    const char *contract; /* NULL: as the text */
    const char *hex;      /* NULL: not looked at */
};

static const struct good goods[] = {
    { "A", "192.0.2.1", NULL, "c0000201" },
    { "AAAA", "2001:DB8::1", "2001:db8::1", "20010db8000000000000000000000001" },
    { "MX", "10 mx1.Example.NET.", "10 mx1.example.net.",
      "000a036d7831076578616d706c65036e657400" },
    { "MX", "010  mail", "10 mail.d.example.", NULL },
    { "MX", "0 .", NULL, "000000" },
    { "CNAME", "@", "d.example.", NULL },
    { "CNAME", "bücher", "xn--bcher-kva.d.example.", NULL },
    { "NS", "ns", "ns.d.example.", NULL },
    { "PTR", "a\\.b.example.", "a\\046b.example.", NULL },
    { "DNAME", "x.example.", NULL, NULL },
    { "SRV", "0 5 5060 .", NULL, "0000000513c400" },
    { "SRV", "65535 65535 65535 sip", "65535 65535 65535 sip.d.example.", NULL },
    { "SOA", "ns h 1 2 3 4 4294967295", "ns.d.example. h.d.example. 1 2 3 4 4294967295", NULL },
    { "CAA", "0 issue letsencrypt.org", "0 issue \"letsencrypt.org\"",
      "000569737375656c657473656e63727970742e6f7267" },
    { "CAA", "128 issue \";\"", NULL, "800569737375653b" },
    { "CAA", "0 issue \"ca.example; policy=ev\"", NULL, NULL },
    { "TLSA", "3 1 1 AA bb", "3 1 1 aabb", "030101aabb" },
    { "SSHFP", "1 1 aabb", NULL, "0101aabb" },
    { "DS", "1 8 2 aabb", NULL, "00010802aabb" },
    { "DNSKEY", "256 3 8 AwEA AQ==", "256 3 8 AwEAAQ==", "0100030803010001" },
    { "NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:\\\\1@x!\" .", NULL, NULL },
    { "NAPTR", "100 10 \"s\" \"\" \"\" _sip._udp.x.", NULL, NULL },
    { "HINFO", "a \"b c\\\"\"", "\"a\" \"b c\\\"\"", NULL },
    { "URI", "10 1 \"http://x;y\"", NULL, NULL },
    { "URI", "10 1 \"\"", NULL, "000a0001" },
    { "CAA", "0 iodef \"\"", NULL, NULL },
    { "SVCB", "1 . port=443 alpn=\"h2,h3\"", "1 . alpn=h2,h3 port=443", NULL },
    { "HTTPS", "1 svc alpn=h2", "1 svc.d.example. alpn=h2", NULL },
    { "HTTPS", "0 X.y.", "0 x.y.", NULL },
    { "LP", "10 L64.example.", "10 l64.example.", NULL },
    { "LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
      "52 22 23.000 N 04 53 32.000 E -2m 0.00m 10000m 10m", NULL },
    { "NSEC", "x. MX A", "x. A MX", NULL },
    { "CSYNC", "1 3 A NS", NULL, NULL },
    { "APL", "1:10.0.0.0/8 !1:11.0.0.0/16", NULL, NULL },
    { "IPSECKEY", "\\# 10 0a0102c0000201000000", NULL, NULL },
    { "EUI48", "00-00-5e-00-53-2a", NULL, NULL },
    { "OPENPGPKEY", "AAAA", NULL, "000000" },
    { "RP", "a. b.", NULL, NULL },
    { "NSEC3PARAM", "1 0 0 -", NULL, "0100000000" },
    { "CERT", "PGP 0 0 AAAA", "3 0 0 AAAA", "0003000000000000" },
    { "RRSIG", "A 8 2 60 20200101000000 20200102000000 1 x. AAAA", NULL, NULL },
    { "TYPE65280", "\\# 3 ABcdef", "\\# 3 abcdef", "abcdef" },
    { "TYPE65280", "\\# 4 AB cd EF 01", "\\# 4 abcdef01", "abcdef01" },
    { "TYPE65280", "\\# 0", NULL, "" },
    { "MX", "\\# 3 000000", "0 .", "000000" },
    { "A", "\\# 4 C0000201", "192.0.2.1", "c0000201" },
    { "TXT", "v=DKIM1; k=rsa; p=AAA", NULL, NULL },
    { "TXT", "", NULL, "00" },
    { "TXT", "a\\034\\\\ \"q\" \\\\052 trailing  ", "a\"\\\\ \"q\" \\\\052 trailing  ", NULL },
    { "TXT", "h\xc3\xa9\x01", "h\\195\\169\\001", "0468c3a901" },
    { "SPF", "v=spf1 -all", NULL, "0b763d73706631202d616c6c" },
};

static void records_are_read_and_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(goods); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        const struct good *good = &goods[i];
        uint16_t type = type_of(good->type);
        struct rdata rdata = parsed(good->type, good->text, RDATA_TICKET, arena);
        const char *text = rdata_text(type, rdata, arena);
        assert_string_equal(text, good->contract ? good->contract : good->text);
        if (good->hex)
            assert_string_equal(rdata_hex(rdata, arena), good->hex);
        struct rdata back = parsed(good->type, text, RDATA_TICKET, arena);
        assert_true(rdata_equal(type, rdata, back));
        back = parsed(good->type, rdata_zonefile_text(type, rdata, arena), RDATA_ZONEFILE, arena);
        assert_true(rdata_same_wire(rdata, back));
        assert_int_equal(rdata_from_hex(rdata_hex(rdata, arena), arena, &back, NULL), 0);
        assert_true(rdata_same_wire(rdata, back));
    }
}

static void bad_records_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *type, *text;
    } cases[] = {
        { "MX", "65546 mail." },
        { "MX", "65536 mail." },
        { "MX", "-1 mail." },
        { "MX", "+1 mail." },
        { "MX", "10" },
        { "MX", "" },
        { "APL", "" },
        { "MX", "mail." },
        { "MX", "10 a. b." },
        { "MX", "10 mx1.example.net" },
        { "MX", "\"10\" mail." },
        { "MX", "10 \"mail.\"" },
        { "MX", "10 mail.;x" },
        { "MX", "10 ( mail. )" },
        { "MX", "10\nmail." },
        { "MX", "10 a..b." },
        { "NS", "192.0.2.1" },
        { "CNAME", "2001:db8::1" },
        { "A", "192.0.2.1;comment" },
        { "A", "192.0.2" },
        { "A", "192.0.2.256" },
        { "A", "192.0.2.01" },
        { "A", "192.0.2.1 192.0.2.2" },
        { "A", "::1" },
        { "AAAA", "192.0.2.1" },
        { "CAA", "256 issue \"x\"" },
        { "CAA", "0 issue a; b" },
        { "CAA", "0 is-sue a" },
        { "CAA", "0 \"\" a" },
        { "CAA", "0 issue \"a" },
        { "CAA", "0 issue \"a\"b" },
        { "TLSA", "259 1 1 aabb" },
        { "TLSA", "3 1 1 aab" },
        { "TLSA", "3 1 1 xx" },
        { "TLSA", "3 1 1" },
        { "DNSKEY", "256 3 8 AwEAAQ=" },
        { "DNSKEY", "256 3 8 !!!!" },
        { "URI", "10 65537 \"http://x\"" },
        { "NAPTR", "70000 10 \"u\" \"E2U+sip\" \"\" ." },
        { "SVCB", "1 . port=443 port=444" },
        { "SVCB", "1 . port=99999" },
        { "SVCB", "1 . alpn=\"h2" },
        { "SRV", "0 0 65536 ." },
        { "SOA", "a. b. 1 2h 3 4 5" },
        { "SOA", "a. b. 4294967296 2 3 4 5" },
        { "SOA", "a. b. 4294967297 2 3 4 5" },
        { "DS", "1 RSASHA256 2 aabb" },
        { "NSEC", "x. A A" },
        { "TYPE65280", "192.0.2.1" },
        { "IPSECKEY", "10 1 2 192.0.2.1 AAAA" },
        { "TYPE65280", "\\# 3 abcd" },
        { "TYPE65280", "\\# 3 abcdefgh" },
        { "TYPE65280", "\\# 65536 00" },
        { "TYPE65280", "\\# x 00" },
        { "TYPE65280", "\\#" },
        { "MX", "\\# 4 00000000" },
        { "MX", "\\# 4 000ac000" }, /* compression has no place in records */
        { "A", "\\# 3 000000" },
        { "A", "\\# 0" },
        { "TXT", "bad \\x" },
        { "TXT", "bad \\25" },
        { "TXT", "bad \\256" },
        { "TXT", "bad \\" },
        { "TXT", "bad \\\"" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct rdata rdata = { NULL, 42 };
        struct err err = { 0 };
        if (rdata_parse(type_of(cases[i].type), cases[i].text, "d.example", RDATA_TICKET, arena,
                        &rdata, &err) == 0)
            fail_msg("%s %s was taken as %s", cases[i].type, cases[i].text,
                     rdata_text(type_of(cases[i].type), rdata, arena));
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(strncmp(err.message, rtype_text(type_of(cases[i].type)), 1), 0);
        assert_int_equal(rdata.len, 42); /* set only on success */
    }
}

static void rules_differ_for_txt(void **state)
{
    (void)state;
    static const struct {
        enum rdata_rules rules;
        const char *text, *zonefile; /* NULL: refused */
    } cases[] = {
        { RDATA_EDIT, "raw \\ text; \"x\" ", "\"raw \\\\ text; \\\"x\\\" \"" },
        { RDATA_EDIT, "\\065", "\"\\\\065\"" },
        { RDATA_EDIT, "\"a b\" \"c\\\"\\065\"", "\"a b\" \"c\\\"A\"" },
        { RDATA_EDIT, "\"a\" b", NULL },
        { RDATA_EDIT, "\"a", NULL },
        { RDATA_EDIT, "", "\"\"" },
        { RDATA_TICKET, "\"a\" \"b\"", "\"\\\"a\\\" \\\"b\\\"\"" },
        { RDATA_ZONEFILE, "\"a\" \"b\"", "\"a\" \"b\"" },
        { RDATA_ZONEFILE, "\"a\"\"b\"", "\"a\" \"b\"" },
        { RDATA_ZONEFILE, "\"\"", "\"\"" },
        { RDATA_ZONEFILE, "\"semi;colon \\\\ \\200\"", "\"semi;colon \\\\ \\200\"" },
        { RDATA_ZONEFILE, "word", "\"word\"" },
        { RDATA_ZONEFILE, "two words", NULL },
        { RDATA_ZONEFILE, "\"a\" word", NULL },
        { RDATA_ZONEFILE, "v=DKIM1; p=x", NULL },
        { RDATA_ZONEFILE, "\"open", NULL },
        { RDATA_ZONEFILE, "\"line\nend\"", NULL },
        { RDATA_ZONEFILE, "\"a\\256\"", NULL },
        { RDATA_ZONEFILE, "\"a\\25\"", NULL },
        { RDATA_ZONEFILE, "\"a\\", NULL },
        { RDATA_ZONEFILE, "\"a\"b", NULL },
        { RDATA_ZONEFILE, "", NULL },
        { RDATA_ZONEFILE, "\\# 2 0161", "\"a\"" },
        { RDATA_ZONEFILE, "\\# 2 0261", NULL },
        { RDATA_ZONEFILE, "\\# 0", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct rdata rdata;
        int failed =
            rdata_parse(TYPE_TXT, cases[i].text, "d.example", cases[i].rules, arena, &rdata, NULL);
        assert_int_equal(failed, cases[i].zonefile ? 0 : -1);
        if (cases[i].zonefile)
            assert_string_equal(rdata_zonefile_text(TYPE_TXT, rdata, arena), cases[i].zonefile);
    }
}

static void zone_files_keep_case(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rdata live = parsed("MX", "10 Mail.Example.ORG", RDATA_ZONEFILE, arena);
    assert_string_equal(rdata_zonefile_text(TYPE_MX, live, arena), "10 Mail.Example.ORG.");
    assert_string_equal(rdata_text(TYPE_MX, live, arena), "10 mail.example.org.");
    assert_true(rdata_equal(TYPE_MX, live, parsed("MX", "10 mail.example.org.", 0, arena)));
    /* What is live is read even where a ticket would be refused. */
    parsed("NS", "192.0.2.1", RDATA_ZONEFILE, arena);
}

/* Lengths around the limits of one, two and three strings. */
static void txt_lengths(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0,   1,   254, 255, 256,  509,           510,
                                      511, 764, 765, 766, 2048, TXT_OCTETS_MAX };
    for (size_t i = 0; i < COUNT(lengths); i++) {
        ARENA_SCOPED arena = arena_new("test", 8 << 20);
        size_t n = lengths[i], got;
        uint8_t *octets = arena_alloc(arena, n);
        for (size_t k = 0; k < n; k++)
            octets[k] = (uint8_t)(k * 7); /* every octet, specials too */
        struct rdata rdata = txt_from_octets(octets, n, arena), back;
        assert_int_equal(rdata.len, n + (n ? (n + 254) / 255 : 1));
        assert_true(txt_default_split(rdata));
        const char *joined = txt_octets(rdata, arena, &got);
        assert_int_equal(got, n);
        assert_memory_equal(joined, octets, n);
        const char *text = rdata_text(TYPE_TXT, rdata, arena);
        assert_int_equal(rdata_parse(TYPE_TXT, text, "d", RDATA_TICKET, arena, &back, NULL), 0);
        assert_true(rdata_same_wire(rdata, back));
        text = rdata_zonefile_text(TYPE_TXT, rdata, arena);
        assert_int_equal(rdata_parse(TYPE_TXT, text, "d", RDATA_ZONEFILE, arena, &back, NULL), 0);
        assert_true(rdata_same_wire(rdata, back));
        struct strv strings = { 0 };
        txt_strings(rdata, arena, &strings);
        assert_int_equal(txt_from_strings(&strings, arena, &back, NULL), 0);
        assert_true(rdata_same_wire(rdata, back));
    }
}

static void too_long_txt(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    size_t n = TXT_OCTETS_MAX + 1;
    char *text = arena_alloc(arena, n + 1);
    memset(text, 'x', n);
    struct rdata rdata;
    struct err err;
    assert_null(txt_from_octets(text, n, arena).wire);
    assert_int_equal(rdata_parse(TYPE_TXT, text, "d", RDATA_TICKET, arena, &rdata, &err), -1);
    assert_int_equal(rdata_parse(TYPE_TXT, text, "d", RDATA_EDIT, arena, &rdata, &err), -1);
    const char *quoted = arena_printf(arena, "\"%s\"", text);
    assert_int_equal(rdata_parse(TYPE_TXT, quoted, "d", RDATA_ZONEFILE, arena, &rdata, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

static void txt_string_lists(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rdata rdata;
    struct strv none = { 0 }, list = { 0 };
    struct err err;
    assert_int_equal(txt_from_strings(&none, arena, &rdata, &err), -1);
    strv_push(arena, &list, "v=spf1 a\\032");
    strv_push(arena, &list, "");
    strv_push(arena, &list, " -all");
    assert_int_equal(txt_from_strings(&list, arena, &rdata, NULL), 0);
    assert_string_equal(rdata_zonefile_text(TYPE_TXT, rdata, arena),
                        "\"v=spf1 a \" \"\" \" -all\"");
    assert_false(txt_default_split(rdata));
    strv_push(arena, &list, arena_printf(arena, "%0256d", 0));
    assert_int_equal(txt_from_strings(&list, arena, &rdata, &err), -1);
    assert_non_null(strstr(err.message, "256 octets"));
    struct strv bad = { 0 };
    strv_push(arena, &bad, "\\q");
    assert_int_equal(txt_from_strings(&bad, arena, &rdata, &err), -1);
}

static void default_split(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rdata one = txt_from_octets(arena_alloc(arena, 255), 255, arena);
    uint8_t *wire = arena_alloc(arena, 257);
    memcpy(wire, one.wire, 256);
    assert_false(txt_default_split((struct rdata){ wire, 257 })); /* an empty string at the end */
    assert_true(txt_default_split((struct rdata){ wire, 256 }));
    assert_true(txt_default_split((struct rdata){ (const uint8_t *)"\0", 1 }));
    assert_false(txt_default_split((struct rdata){ (const uint8_t *)"\1a\1b", 4 }));
    assert_false(txt_default_split((struct rdata){ NULL, 0 }));
}

static void sameness(void **state)
{
    (void)state;
    static const struct {
        const char *type, *a, *b;
        bool equal;
    } cases[] = {
        { "MX", "10 A.b", "10 a.B", true },
        { "MX", "10 a.b", "11 a.b", false },
        { "MX", "10 a.b", "10 a.c", false },
        { "SRV", "1 2 3 X.y", "1 2 3 x.Y", true },
        { "SOA", "A. B. 1 2 3 4 5", "a. b. 1 2 3 4 5", true },
        { "SOA", "a. b. 1 2 3 4 65", "a. b. 1 2 3 4 97", false }, /* numbers are not letters */
        { "NAPTR", "1 1 \"u\" \"E2U\" \"\" A.b", "1 1 \"u\" \"E2U\" \"\" a.B", true },
        { "NAPTR", "1 1 \"u\" \"E2U\" \"\" a.b", "1 1 \"u\" \"e2u\" \"\" a.b", false },
        { "CAA", "0 ISSUE \"a\"", "0 issue \"a\"", true },
        { "CAA", "0 issue \"A\"", "0 issue \"a\"", false },
        { "HTTPS", "1 A.b alpn=h2", "1 a.B alpn=h2", true },
        { "HTTPS", "1 a.b alpn=h2", "1 a.b alpn=H2", false },
        { "LP", "1 A.b", "1 a.b", true },
        { "RP", "A. B.", "a. b.", true },
        { "PX", "10 A. B.", "10 a. b.", true },
        { "RRSIG", "A 8 2 60 20200101000000 20200102000000 1 X. AAAA",
          "A 8 2 60 20200101000000 20200102000000 1 x. AAAA", true },
        { "RRSIG", "A 8 2 60 20200101000000 20200102000000 1 x. QUFB",
          "A 8 2 60 20200101000000 20200102000000 1 x. YWFh", false },
        { "TXT", "\"v=spf1 a\" \" -all\"", "\"v=spf1 a -all\"", true },
        { "TXT", "\"\" \"ab\"", "\"a\" \"\" \"b\" \"\"", true },
        { "TXT", "\"ab\"", "\"aB\"", false },
        { "TXT", "\"ab\"", "\"a\"", false },
        { "SPF", "\"a\" \"b\"", "\"ab\"", true },
        { "HINFO", "\"a\" \"b\"", "\"A\" \"b\"", false },
        { "TYPE65280", "\\# 2 6161", "\\# 2 6141", false },
        { "TYPE65280", "\\# 0", "\\# 0", true },
        { "A", "192.0.2.65", "192.0.2.97", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct rdata a = parsed(cases[i].type, cases[i].a, RDATA_ZONEFILE, arena);
        struct rdata b = parsed(cases[i].type, cases[i].b, RDATA_ZONEFILE, arena);
        uint16_t type = type_of(cases[i].type);
        if (rdata_equal(type, a, b) != cases[i].equal)
            fail_msg("%s %s and %s", cases[i].type, cases[i].a, cases[i].b);
        assert_true(rdata_equal(type, b, a) == cases[i].equal);
        assert_true(rdata_equal(type, a, a));
    }
    assert_false(rdata_same_wire((struct rdata){ (const uint8_t *)"\1a\1b", 4 },
                                 (struct rdata){ (const uint8_t *)"\2ab", 3 }));
}

/* Broken wire never comes from our own parsers, but from servers it may. */
static void broken_wire_is_safe(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 64 << 20);
    static const uint16_t types[] = { 1,  2,  5,  6,  13, 15,  16,  28,  29,   33,
                                      35, 39, 42, 43, 45, 46,  47,  48,  50,   51,
                                      52, 55, 64, 65, 99, 107, 256, 257, 65280 };
    uint8_t wire[40];
    uint32_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        seed = seed * 1664525 + 1013904223;
        size_t n = (seed >> 8) % sizeof wire;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            wire[i] = (uint8_t)((seed >> 24) % (round % 3 ? 256 : 4));
        }
        struct rdata rdata = { malloc(n ? n : 1), n }; /* exact, for the sanitizer */
        assert_non_null(rdata.wire);
        uint8_t *own = (uint8_t *)(uintptr_t)rdata.wire;
        memcpy(own, wire, n);
        uint16_t type = types[(size_t)round % COUNT(types)];
        const char *text = rdata_zonefile_text(type, rdata, arena);
        struct rdata back;
        if (rdata_parse(type, text, ".", RDATA_ZONEFILE, arena, &back, NULL) == 0)
            assert_true(rdata_equal(type, rdata, back));
        rdata_target(type, rdata, arena);
        assert_true(rdata_equal(type, rdata, rdata));
        free(own);
    }
}

static void targets(void **state)
{
    (void)state;
    static const struct {
        const char *type, *text, *target;
    } cases[] = {
        { "MX", "10 Mail.x.", "mail.x" },
        { "CNAME", "a.b.", "a.b" },
        { "NS", "a.b.", "a.b" },
        { "SRV", "1 2 3 .", "." },
        { "PTR", "a.b.", "a.b" },
        { "DNAME", "a.b.", "a.b" },
        { "SVCB", "1 a.b. port=1", "a.b" },
        { "HTTPS", "0 a.b.", "a.b" },
        { "A", "192.0.2.1", NULL },
        { "TXT", "\"a.b.\"", NULL },
        { "SOA", "a. b. 1 2 3 4 5", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct rdata rdata = parsed(cases[i].type, cases[i].text, RDATA_ZONEFILE, arena);
        const char *target = rdata_target(type_of(cases[i].type), rdata, arena);
        if (cases[i].target)
            assert_string_equal(target, cases[i].target);
        else
            assert_null(target);
    }
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    assert_null(rdata_target(TYPE_MX, (struct rdata){ (const uint8_t *)"\0\0\3ab", 5 }, arena));
}

static void strings_have_a_limit(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rdata rdata;
    for (int n = 255; n <= 256; n++) {
        const char *text = arena_printf(arena, "\"%0*d\" \"x\"", n, 0);
        assert_int_equal(rdata_parse(13, text, NULL, RDATA_TICKET, arena, &rdata, NULL),
                         n > 255 ? -1 : 0);
    }
}

static void hex(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    static const char *const bad[] = { "a", "0g", "aa ", "0x", "\xc3\xa9" };
    struct rdata rdata;
    assert_int_equal(rdata_from_hex("00FFab", arena, &rdata, NULL), 0);
    assert_string_equal(rdata_hex(rdata, arena), "00ffab");
    assert_int_equal(rdata_from_hex("", arena, &rdata, NULL), 0);
    assert_int_equal(rdata.len, 0);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(rdata_from_hex(bad[i], arena, &rdata, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(type_words_come_back),
        cmocka_unit_test(records_are_read_and_come_back),
        cmocka_unit_test(bad_records_are_refused),
        cmocka_unit_test(rules_differ_for_txt),
        cmocka_unit_test(zone_files_keep_case),
        cmocka_unit_test(txt_lengths),
        cmocka_unit_test(too_long_txt),
        cmocka_unit_test(txt_string_lists),
        cmocka_unit_test(default_split),
        cmocka_unit_test(sameness),
        cmocka_unit_test(broken_wire_is_safe),
        cmocka_unit_test(targets),
        cmocka_unit_test(strings_have_a_limit),
        cmocka_unit_test(hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
