/* Messages: queries as octets, replies of every kind, broken replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dns/message.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define ID           0x1234

/* A reply under construction. */
struct packet {
    uint8_t octets[4096];
    size_t n;
};

static void put(struct packet *packet, const void *octets, size_t n)
{
    assert_true(packet->n + n <= sizeof packet->octets);
    memcpy(packet->octets + packet->n, octets, n);
    packet->n += n;
}

static void put16(struct packet *packet, unsigned value)
{
    put(packet, (uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static void put_name(struct packet *packet, const char *name)
{
    uint8_t wire[NAME_WIRE_MAX];
    size_t n;
    assert_int_equal(name_to_wire(name, wire, &n, NULL), 0);
    put(packet, wire, n);
}

/* flags: 0x8400 is a reply with AA */
static struct packet reply_to(const char *name, uint16_t type, unsigned flags)
{
    struct packet packet = { .n = 0 };
    put16(&packet, ID);
    put16(&packet, flags);
    put(&packet, "\0\1\0\0\0\0\0\0", 8);
    put_name(&packet, name);
    put16(&packet, type);
    put16(&packet, 1);
    return packet;
}

/* A record in section 1 to 3; `owner` NULL points back at the question. */
static void add_octets(struct packet *packet, unsigned section, const char *owner, uint16_t type,
                       uint32_t ttl, const void *rdata, size_t n)
{
    packet->octets[5 + 2 * section]++;
    if (owner)
        put_name(packet, owner);
    else
        put16(packet, 0xc00c);
    put16(packet, type);
    put16(packet, 1);
    put16(packet, ttl >> 16);
    put16(packet, ttl & 0xffff);
    put16(packet, (unsigned)n);
    put(packet, rdata, n);
}

static void add(struct packet *packet, unsigned section, const char *owner, uint16_t type,
                uint32_t ttl, const char *text)
{
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct rdata rdata;
    assert_int_equal(rdata_parse(type, text, ".", RDATA_ZONEFILE, arena, &rdata, NULL), 0);
    add_octets(packet, section, owner, type, ttl, rdata.wire, rdata.len);
}

static struct answer read_packet(const struct packet *packet, const char *name, uint16_t type,
                                 struct arena *arena)
{
    struct answer answer;
    struct err err;
    if (message_answer(packet->octets, packet->n, ID, name, type, arena, &answer, &err) < 0)
        fail_msg("%s", err.message);
    return answer;
}

static void queries(void **state)
{
    (void)state;
    static const uint8_t plain[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\2bc\0\0\17\0\1";
    static const uint8_t edns[] =
        "\x12\x34\0\0\0\1\0\0\0\0\0\1\1a\2bc\0\0\17\0\1\0\0\x29\4\xd0\0\0\0\0\0\0";
    uint8_t got[512];
    assert_int_equal(message_query("a.bc", TYPE_MX, ID, true, false, got, sizeof got),
                     sizeof plain - 1);
    assert_memory_equal(got, plain, sizeof plain - 1);
    assert_int_equal(message_query("a.bc", TYPE_MX, ID, false, true, got, sizeof got),
                     sizeof edns - 1);
    assert_memory_equal(got, edns, sizeof edns - 1);
    assert_int_equal(message_query("a.bc", TYPE_MX, ID, false, true, got, sizeof edns - 2), 0);
    assert_int_equal(message_query("a..b", TYPE_MX, ID, false, true, got, sizeof got), 0);
    assert_int_equal(message_query(".", TYPE_NS, ID, false, false, got, sizeof got), 17);
}

static void positive_answers(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct packet packet = reply_to("A.example", TYPE_MX, 0x8580);
    add(&packet, 1, NULL, TYPE_MX, 300, "10 mx1.a.example");
    add_octets(&packet, 1, "a.EXAMPLE", TYPE_MX, 60, "\0\24\3mx2\xc0\x0c", 8); /* compressed */
    add(&packet, 1, NULL, TYPE_MX, 300, "10 MX1.a.example");                   /* twice */
    add(&packet, 1, "other.example", TYPE_MX, 5, "1 x.");
    add(&packet, 1, NULL, TYPE_A, 5, "192.0.2.1");
    struct answer answer = read_packet(&packet, "a.example", TYPE_MX, arena);
    assert_int_equal(answer.rcode, 0);
    assert_true(answer.aa && answer.ra && !answer.tc && !answer.referral);
    assert_int_equal(answer.set->n, 2);
    assert_int_equal(answer.set->ttl, 60); /* the lowest */
    assert_string_equal(rdata_text(TYPE_MX, answer.set->rr[1], arena), "20 mx2.a.example.");
    assert_null(answer.cname);
    assert_null(answer.synonym);
    assert_int_equal(answer.negative_ttl_s, -1);
}

static void ttl_over_the_limit_is_zero(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct packet packet = reply_to("a.example", TYPE_A, 0x8400);
    add(&packet, 1, NULL, TYPE_A, 0x80000000, "192.0.2.1");
    assert_int_equal(read_packet(&packet, "a.example", TYPE_A, arena).set->ttl, 0);
}

static void aliases(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct packet packet = reply_to("a.example", TYPE_TXT, 0x8400);
    add(&packet, 1, "c.example", TYPE_TXT, 30, "\"end\"");
    add(&packet, 1, NULL, TYPE_CNAME, 300, "B.example");
    add(&packet, 1, "b.example", TYPE_CNAME, 60, "c.example");
    struct answer answer = read_packet(&packet, "a.example", TYPE_TXT, arena);
    assert_null(answer.set);
    assert_string_equal(rdata_text(TYPE_CNAME, answer.cname->rr[0], arena), "b.example.");
    assert_string_equal(answer.synonym->owner, "c.example");
    assert_int_equal(answer.synonym->n, 1);
    /* Asked for the CNAME itself it is the set. */
    packet = reply_to("a.example", TYPE_CNAME, 0x8400);
    add(&packet, 1, NULL, TYPE_CNAME, 300, "b.example");
    answer = read_packet(&packet, "a.example", TYPE_CNAME, arena);
    assert_int_equal(answer.set->n, 1);
    assert_null(answer.cname);
}

static void alias_loops_end(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct packet packet = reply_to("a.example", TYPE_A, 0x8400);
    add(&packet, 1, NULL, TYPE_CNAME, 300, "b.example");
    add(&packet, 1, "b.example", TYPE_CNAME, 300, "a.example");
    struct answer answer = read_packet(&packet, "a.example", TYPE_A, arena);
    assert_non_null(answer.cname);
    assert_null(answer.synonym);
}

static void negative_answers(void **state)
{
    (void)state;
    static const struct {
        unsigned flags;
        uint32_t ttl;
        const char *soa;
        int64_t want;
    } cases[] = {
        { 0x8400, 3600, "a. b. 1 2 3 4 300", 300 },
        { 0x8403, 60, "a. b. 1 2 3 4 300", 60 },
        { 0x8403, 60, NULL, -1 },
        { 0x8402, 60, "a. b. 1 2 3 4 300", -1 }, /* SERVFAIL says nothing about names */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct packet packet = reply_to("a.example", TYPE_A, cases[i].flags);
        if (cases[i].soa)
            add(&packet, 2, "example", TYPE_SOA, cases[i].ttl, cases[i].soa);
        struct answer answer = read_packet(&packet, "a.example", TYPE_A, arena);
        assert_int_equal(answer.rcode, cases[i].flags & 15);
        assert_null(answer.set);
        assert_false(answer.referral);
        assert_int_equal(answer.negative_ttl_s, cases[i].want);
    }
}

static void referrals(void **state)
{
    (void)state;
    static const struct {
        unsigned flags;
        bool soa, referral;
    } cases[] = {
        { 0x8000, false, true },
        { 0x8400, false, false },
        { 0x8000, true, false },
        { 0x8005, false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct packet packet = reply_to("x.a.example", TYPE_A, cases[i].flags);
        add(&packet, 2, "a.example", TYPE_NS, 300, "ns.b.example");
        if (cases[i].soa)
            add(&packet, 2, "example", TYPE_SOA, 300, "a. b. 1 2 3 4 5");
        assert_int_equal(read_packet(&packet, "x.a.example", TYPE_A, arena).referral,
                         cases[i].referral);
    }
}

static void extended_rcode(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct packet packet = reply_to("a.example", TYPE_A, 0x8000);
    add_octets(&packet, 3, ".", 41, 0x01000000, "", 0);
    assert_int_equal(read_packet(&packet, "a.example", TYPE_A, arena).rcode, 16); /* BADVERS */
}

static void truncated_answers(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct packet packet = reply_to("a.example", TYPE_A, 0x8600);
    add(&packet, 1, NULL, TYPE_A, 300, "192.0.2.1");
    packet.octets[7] = 9; /* more announced than there is */
    struct answer answer = read_packet(&packet, "a.example", TYPE_A, arena);
    assert_true(answer.tc);
    assert_int_equal(answer.set->n, 1);
    packet.octets[2] = 0x84; /* without TC this is broken */
    struct err err;
    assert_int_equal(
        message_answer(packet.octets, packet.n, ID, "a.example", TYPE_A, arena, &answer, &err), -1);
    assert_int_equal(err.code, ERR_FAILED);
}

static void what_is_no_reply_to_the_question(void **state)
{
    (void)state;
    struct packet good = reply_to("a.example", TYPE_A, 0x8400);
    add(&good, 1, NULL, TYPE_A, 300, "192.0.2.1");
    static const struct {
        size_t at;
        uint8_t octet;
    } cases[] = {
        { 0, 0 },     /* id */
        { 2, 0x04 },  /* a query */
        { 2, 0xa4 },  /* UPDATE */
        { 5, 0 },     /* no question */
        { 5, 2 },     /* two */
        { 13, 'b' },  /* another name */
        { 12, 0xc0 }, /* a compressed question */
        { 12, 200 },  /* no label */
        { 24, 2 },    /* another type */
        { 26, 3 },    /* class CH */
        { 7, 2 },     /* a record less than announced */
        { 27, 0xff }, /* owner points beyond the end */
        { 38, 3 },    /* an A record of three octets */
        { 38, 5 },    /* and one that ends after the packet */
        { 37, 0xff },
    };
    struct answer answer;
    struct err err;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    read_packet(&good, "a.example", TYPE_A, arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct packet bad = good;
        bad.octets[cases[i].at] = cases[i].octet;
        if (message_answer(bad.octets, bad.n, ID, "a.example", TYPE_A, arena, &answer, &err) == 0)
            fail_msg("octet %zu as %u was accepted", cases[i].at, cases[i].octet);
        assert_int_equal(err.code, ERR_FAILED);
    }
}

/* Every prefix of a reply, in memory that ends where it ends. */
static void cut_replies_are_refused(void **state)
{
    (void)state;
    struct packet packet = reply_to("a.example", TYPE_MX, 0x8400);
    add_octets(&packet, 1, NULL, TYPE_MX, 60, "\0\24\3mx2\xc0\x0c", 8);
    add(&packet, 2, "example", TYPE_SOA, 300, "a. b. 1 2 3 4 5");
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    for (size_t n = 0; n < packet.n; n++) {
        struct answer answer;
        uint8_t *cut = malloc(n ? n : 1);
        assert_non_null(cut);
        memcpy(cut, packet.octets, n);
        assert_int_equal(message_answer(cut, n, ID, "a.example", TYPE_MX, arena, &answer, NULL),
                         -1);
        free(cut);
    }
    assert_int_equal(read_packet(&packet, "a.example", TYPE_MX, arena).set->n, 1);
}

static void pointer_loops_are_refused(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct packet packet = reply_to("a.example", TYPE_A, 0x8400);
    size_t at = packet.n;
    add(&packet, 1, NULL, TYPE_A, 300, "192.0.2.1");
    packet.octets[at + 1] = (uint8_t)at; /* the owner points at itself */
    struct answer answer;
    assert_int_equal(
        message_answer(packet.octets, packet.n, ID, "a.example", TYPE_A, arena, &answer, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries),
        cmocka_unit_test(positive_answers),
        cmocka_unit_test(ttl_over_the_limit_is_zero),
        cmocka_unit_test(aliases),
        cmocka_unit_test(alias_loops_end),
        cmocka_unit_test(negative_answers),
        cmocka_unit_test(referrals),
        cmocka_unit_test(extended_rcode),
        cmocka_unit_test(truncated_answers),
        cmocka_unit_test(what_is_no_reply_to_the_question),
        cmocka_unit_test(cut_replies_are_refused),
        cmocka_unit_test(pointer_loops_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
