/* Zone file lines and nsupdate commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "dns/zonefile.h"

static struct rrset *set_of(struct arena *arena, const char *owner, uint16_t type, uint32_t ttl,
                            const char *const *values)
{
    struct rrset *set = rrset_new(arena, owner, type, ttl);
    for (; *values; values++) {
        struct rdata rdata;
        assert_int_equal(rdata_parse(type, *values, ".", RDATA_ZONEFILE, arena, &rdata, NULL), 0);
        rrset_add(arena, set, rdata);
    }
    return set;
}

#define SET(owner, type, ttl, ...)                                                                 \
    set_of(arena, owner, type, ttl, (const char *const[]){ __VA_ARGS__, NULL })

static void zone_file_lines(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    BUF_SCOPED out = BUF(10000);
    zonefile_write(&out, SET("a.example", TYPE_MX, 300, "10 Mx.b.", "0 ."));
    zonefile_write(&out, SET("*.a\\046b", TYPE_TXT, 0, "\"x;\\\"\" \"y\""));
    zonefile_write(&out, SET(".", 65280, 1, "\\# 1 00"));
    zonefile_write(&out, rrset_new(arena, "none.example", TYPE_A, 5));
    assert_string_equal(buf_text(&out), "a.example. 300 IN MX 10 Mx.b.\n"
                                        "a.example. 300 IN MX 0 .\n"
                                        "*.a\\046b. 0 IN TXT \"x;\\\"\" \"y\"\n"
                                        ". 1 IN TYPE65280 \\# 1 00\n");
}

static void update_commands(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rrset *old = SET("a.example", TYPE_MX, 300, "10 old.", "20 both.");
    struct rrset *new = SET("a.example", TYPE_MX, 60, "20 both.", "5 new.");
    const struct {
        const struct rrset *from, *to;
        const char *text;
    } cases[] = {
        { NULL, NULL, "" },
        { NULL, new,
          "prereq nxrrset a.example. MX\n"
          "update add a.example. 60 MX 20 both.\n"
          "update add a.example. 60 MX 5 new.\n" },
        { old, NULL,
          "prereq yxrrset a.example. MX 10 old.\n"
          "prereq yxrrset a.example. MX 20 both.\n"
          "update delete a.example. MX\n" },
        { old, new,
          "prereq yxrrset a.example. MX 10 old.\n"
          "prereq yxrrset a.example. MX 20 both.\n"
          "update delete a.example. MX\n"
          "update add a.example. 60 MX 20 both.\n"
          "update add a.example. 60 MX 5 new.\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_SCOPED out = BUF(10000);
        nsupdate_write(&out, cases[i].from, cases[i].to);
        assert_string_equal(buf_text(&out), cases[i].text);
    }
}

static void name_servers_are_added_before_they_go(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    BUF_SCOPED out = BUF(10000);
    nsupdate_write(&out, SET("a.example", TYPE_NS, 300, "ns1.", "ns2."),
                   SET("a.example", TYPE_NS, 300, "ns2.", "ns3."));
    assert_string_equal(buf_text(&out), "prereq yxrrset a.example. NS ns1.\n"
                                        "prereq yxrrset a.example. NS ns2.\n"
                                        "update add a.example. 300 NS ns2.\n"
                                        "update add a.example. 300 NS ns3.\n"
                                        "update delete a.example. NS ns1.\n");
}

static void full_buffers_say_so(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    BUF_SCOPED out = BUF(20);
    zonefile_write(&out, SET("a.example", TYPE_MX, 300, "10 mx.b."));
    assert_true(buf_full(&out));
    assert_string_equal(buf_text(&out), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_file_lines),
        cmocka_unit_test(update_commands),
        cmocka_unit_test(name_servers_are_added_before_they_go),
        cmocka_unit_test(full_buffers_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
