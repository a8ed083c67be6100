/* Names: spellings, canonical text, relations, wire form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "dns/name.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define L63          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void spellings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        { ".", "." },
        { "a.example", "a.example" },
        { "A.EXAMPLE.", "a.example" },
        { "_dmarc.Example.COM", "_dmarc.example.com" },
        { "*.a.example", "*.a.example" },
        { "\\042.a.example", "*.a.example" },
        { "bücher.example", "xn--bcher-kva.example" },
        { "BÜCHER.example", "xn--bcher-kva.example" },
        { "bu\xcc\x88"
          "cher.example",
          "xn--bcher-kva.example" }, /* not NFC */
        { "xn--bcher-kva.example", "xn--bcher-kva.example" },
        { "XN--BCHER-KVA.example", "xn--bcher-kva.example" },
        { "faß.example", "xn--fa-hia.example" }, /* IDNA 2008, not "fass" */
        { "_sip.bücher.example.", "_sip.xn--bcher-kva.example" },
        { "a\\.b.example", "a\\046b.example" },
        { "a\\046b.example", "a\\046b.example" },
        { "\\065b.example", "ab.example" },
        { "sp\\032ace.example", "sp\\032ace.example" },
        { "back\\\\slash.example", "back\\092slash.example" },
        { "oct\\200\\000.example", "oct\\200\\000.example" },
        { "host\\@x.example", "host\\064x.example" },
        { "se\\;mi.example", "se\\059mi.example" },
        { "pri$e.example", "pri\\036e.example" },
        { "0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa" },
        { "--x--.a-.-b", "--x--.a-.-b" },
        { L63 ".example", L63 ".example" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        const char *name = NULL, *again;
        assert_int_equal(name_parse(cases[i].text, arena, &name, NULL), 0);
        assert_string_equal(name, cases[i].name);
        assert_int_equal(name_parse(name, arena, &again, NULL), 0);
        assert_string_equal(again, name);
    }
}

static void bad_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "", "empty" },
        { "a..b", "empty label" },
        { ".a", "empty label" },
        { "a..", "empty label" },
        { "..", "empty label" },
        { L63 "a.example", "63 octets" },
        { L63 "." L63 "." L63 "." L63, "255 octets" },
        { "a b.example", "white space" },
        { "a.example ", "white space" },
        { "a\tb", "white space" },
        { "ann@a.example", "one of" },
        { "a;b", "one of" },
        { "\"a\"", "one of" },
        { "a\\1b", "three digits" },
        { "a\\256", "000 to 255" },
        { "a\\", "before nothing" },
        { "b\xc3\xbc\\046.example", "escape beside" },
        { "\xff.example", "" },
        { "a。b", "" }, /* a dot of another script is no dot here */
        { "❤.example", "" },
        { "-ü.example", "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct err err = { 0 };
        const char *name = "unset";
        assert_int_equal(name_parse(cases[i].text, arena, &name, &err), -1);
        assert_string_equal(name, "unset");
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, cases[i].why));
    }
}

static void the_longest_name(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    /* 3 * 64 + 62 + 1 = 255 octets on the wire */
    const char *text = arena_printf(arena, "%s.%s.%s.%.61s", L63, L63, L63, L63), *name;
    uint8_t wire[NAME_WIRE_MAX];
    size_t n, used;
    assert_int_equal(name_parse(text, arena, &name, NULL), 0);
    assert_int_equal(name_to_wire(name, wire, &n, NULL), 0);
    assert_int_equal(n, 255);
    assert_int_equal(name_from_wire(wire, n, arena, &name, &used, NULL), 0);
    assert_string_equal(name, text);
    assert_int_equal(name_parse(arena_printf(arena, "%sa", text), arena, &name, NULL), -1);
}

static void owners(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name; /* NULL: refused */
    } cases[] = {
        { "@", "a.example" },
        { "_dmarc", "_dmarc.a.example" },
        { "x.Y", "x.y.a.example" },
        { "*", "*.a.example" },
        { "www.a.example.", "www.a.example" },
        { "a.example.", "a.example" },
        { "b.example.", NULL },
        { "ba.example.", NULL },
        { ".", NULL },
        { "www.a.example", NULL }, /* would be www.a.example.a.example */
        { "a.example", NULL },
        { "b.example._report._dmarc", "b.example._report._dmarc.a.example" },
        { "x\\.", "x\\046.a.example" }, /* an escaped dot ends no name */
        { "", NULL },
        { "x..y", NULL },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct err err = { 0 };
        const char *name = NULL;
        int failed = name_owner(cases[i].text, "a.example", arena, &name, &err);
        assert_int_equal(failed, cases[i].name ? 0 : -1);
        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
        else
            assert_int_equal(err.code, ERR_INVALID);
    }
}

static void a_doubled_owner_is_explained(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct err err;
    const char *name;
    assert_int_equal(name_owner("www.a.example", "a.example", arena, &name, &err), -1);
    assert_string_equal(err.message, "the owner www.a.example would be www.a.example.a.example");
    assert_non_null(strstr(err.hint, "\"www\""));
}

static void targets(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        { "@", "a.example" },
        { "mail", "mail.a.example" },
        { "mx.b.example.", "mx.b.example" },
        { ".", "." },
        { "mail.", "mail" },
        { "mx.b.example", NULL },
        { "mail.a.example", NULL },
        { "", NULL },
        { "a..", NULL },
        { "one\\.label", "one\\046label.a.example" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        const char *name = NULL;
        assert_int_equal(name_target(cases[i].text, "a.example", arena, &name, NULL),
                         cases[i].name ? 0 : -1);
        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
    }
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct err err;
    const char *name;
    assert_int_equal(name_target("mx.b.example", "a.example", arena, &name, &err), -1);
    assert_non_null(strstr(err.hint, "mx.b.example. "));
    assert_non_null(strstr(err.hint, "mx.b.example.a.example. "));
}

static void written_forms(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    assert_string_equal(name_relative("a.example", "a.example", arena), "@");
    assert_string_equal(name_relative("x.y.a.example", "a.example", arena), "x.y");
    assert_string_equal(name_relative("ba.example", "a.example", arena), "ba.example.");
    assert_string_equal(name_relative("w.a.example.a.example", "a.example", arena),
                        "w.a.example.a.example.");
    assert_string_equal(name_relative("com", ".", arena), "com");
    assert_string_equal(name_relative(".", "a.example", arena), ".");
    assert_string_equal(name_dotted("a.example", arena), "a.example.");
    assert_string_equal(name_dotted(".", arena), ".");
    assert_string_equal(name_display("_sip.xn--bcher-kva.example", arena), "_sip.bücher.example");
    assert_string_equal(name_display("a.example", arena), "a.example");
    assert_string_equal(name_display("xn--zzzzzzzz99999.example", arena),
                        "xn--zzzzzzzz99999.example");
}

static void relations(void **state)
{
    (void)state;
    assert_true(name_within("a.example", "a.example"));
    assert_true(name_within("x.a.example", "a.example"));
    assert_true(name_within("a.example", "."));
    assert_true(name_within(".", "."));
    assert_false(name_within("ba.example", "a.example"));
    assert_false(name_within("example", "a.example"));
    assert_false(name_within(".", "example"));
    assert_string_equal(name_parent("x.a.example"), "a.example");
    assert_string_equal(name_parent("example"), ".");
    assert_null(name_parent("."));
    assert_int_equal(name_labels("."), 0);
    assert_int_equal(name_labels("example"), 1);
    assert_int_equal(name_labels("x.a.example"), 3);
}

static void order_is_canonical(void **state)
{
    (void)state;
    /* RFC 4034 6.1, its example without the octets that text escapes */
    static const char *const names[] = {
        ".",           "example",        "a.example", "yljkjljk.a.example",
        "z.a.example", "zabc.a.example", "z.example", "*.z.example",
        "zz.example",
    };
    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t j = 0; j < COUNT(names); j++) {
            int order = name_order(names[i], names[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

static void bad_wire(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t n;
    } cases[] = {
        { "", 0 },         { "\1", 1 },    { "\1a", 2 },       { "\3ab\0", 4 },
        { "\300\014", 2 }, { "\100a", 2 }, { "\1a\300\0", 4 },
    };
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    const char *name;
    size_t used;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            name_from_wire((const uint8_t *)cases[i].octets, cases[i].n, arena, &name, &used, NULL),
            -1);
    uint8_t wire[300];
    for (size_t i = 0; i < 300; i += 2)
        memcpy(wire + i, "\1a", 2);
    wire[254] = 0; /* 127 labels and the root: 255 octets */
    assert_int_equal(name_from_wire(wire, sizeof wire, arena, &name, &used, NULL), 0);
    assert_int_equal(used, 255);
    wire[254] = 1;
    wire[256] = 0;
    assert_int_equal(name_from_wire(wire, sizeof wire, arena, &name, &used, NULL), -1);
}

static void names_in_wire_are_folded(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    const char *name;
    size_t used;
    assert_int_equal(
        name_from_wire((const uint8_t *)"\3A.B\2\001Z\0rest", 12, arena, &name, &used, NULL), 0);
    assert_string_equal(name, "a\\046b.\\001z");
    assert_int_equal(used, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings),
        cmocka_unit_test(bad_spellings),
        cmocka_unit_test(the_longest_name),
        cmocka_unit_test(owners),
        cmocka_unit_test(a_doubled_owner_is_explained),
        cmocka_unit_test(targets),
        cmocka_unit_test(written_forms),
        cmocka_unit_test(relations),
        cmocka_unit_test(order_is_canonical),
        cmocka_unit_test(bad_wire),
        cmocka_unit_test(names_in_wire_are_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
