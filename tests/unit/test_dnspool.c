/* dnspool: questions to a scripted server, well and badly answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/dnspool.h"
#include "start.h"

#define S40  "0123456789012345678901234567890123456789"
#define S240 S40 S40 S40 S40 S40 S40

static const char zone_text[] =
    "a.example. 300 IN A 192.0.2.1\n"
    "a.example. 300 IN A 192.0.2.2\n"
    "a.example. 300 IN MX 10 mx.example.\n"
    "alias.example. 60 IN CNAME a.example.\n"
    "example. 300 IN SOA ns. h. 1 2 3 4 60\n"
    "!servfail.example * servfail\n"
    "!refused.example * refused\n"
    "!drop.example * drop\n"
    "!dropudp.example * dropudp\n"
    "!tc.example * tc\n"
    "tc.example. 300 IN TXT \"whole\"\n"
    "!id.example * wrongid\n"
    "!other.example * wrongname\n"
    "!garbage.example * garbage\n"
    "garbage.example. 300 IN TXT \"0123456789012345678901234567890123456789\"\n"
    "!nonaa.example * nonaa\n"
    "nonaa.example. 300 IN A 192.0.2.3\n"
    "!old.example * formerr\n"
    "old.example. 300 IN A 192.0.2.4\n"
    "!older.example * noedns\n"
    "older.example. 300 IN A 192.0.2.5\n"
    "!late.example * delay 30\n"
    "late.example. 300 IN A 192.0.2.6\n"
    "!slowtcp.example * slowtcp 1\n"
    "slowtcp.example. 300 IN A 192.0.2.7\n"
    /* Over the 512 octets of plain DNS, under the 1232 that we announce. */
    "long.example. 300 IN TXT \"" S240 "\" \"" S240 "\" \"" S240 "\"\n";

struct state {
    char folder[64], zone[96], log[96];
    struct started server;
    struct loop *loop;
    struct dnspool *pool;
};

static int setup(void **ret)
{
    struct state *s = calloc(1, sizeof *s);
    struct err err;
    folder_new(s->folder);
    snprintf(s->zone, sizeof s->zone, "%s/zone", s->folder);
    snprintf(s->log, sizeof s->log, "%s/log", s->folder);
    text_write(s->zone, zone_text);
    const char *argv[] = { TEST_BIN_DIR "/dnsd", "-l", s->log, s->zone, NULL };
    s->server = start(argv);
    assert_int_equal(loop_new(&s->loop, &err), 0);
    s->pool = dnspool_new(s->loop, &(struct dnspool_options){ .try_ms = 100 });
    *ret = s;
    return 0;
}

static int teardown(void **arg)
{
    struct state *s = *arg;
    dnspool_free(s->pool);
    loop_free(s->loop);
    stop(&s->server);
    folder_remove(s->folder);
    free(s);
    return 0;
}

struct seen {
    int calls, *left;
    bool *done, used_tcp, aa;
    enum dns_status status;
    int rcode;
    size_t n; /* records of the asked name and type */
    bool cname, synonym;
    int64_t negative_ttl_s;
    struct err err;
};

static void on_reply(void *arg, const struct dns_reply *reply)
{
    struct seen *seen = arg;
    seen->calls++;
    seen->status = reply->status;
    seen->used_tcp = reply->used_tcp;
    seen->err = reply->err;
    if (reply->status == DNS_ANSWERED) {
        seen->rcode = reply->answer.rcode;
        seen->aa = reply->answer.aa;
        seen->n = reply->answer.set ? reply->answer.set->n : 0;
        seen->cname = reply->answer.cname;
        seen->synonym = reply->answer.synonym;
        seen->negative_ttl_s = reply->answer.negative_ttl_s;
    }
    if (!--*seen->left)
        *seen->done = true;
}

static struct dns_question question(const char *address, const char *name, uint16_t type)
{
    struct dns_question q = { .name = name, .type = type };
    snprintf(q.server.text, sizeof q.server.text, "%s", address);
    return q;
}

static struct seen ask(struct state *s, struct dns_question q)
{
    int left = 1;
    bool done = false;
    struct err err;
    struct seen seen = { .left = &left, .done = &done };
    dnspool_query(s->pool, &q, on_reply, &seen);
    assert_int_equal(seen.calls, 0); /* never from inside the call */
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void answers(void **arg)
{
    static const struct {
        const char *name;
        uint16_t type;
        enum dns_status status;
        int rcode;
        size_t n;
        bool tcp, aa;
        uint64_t packets;
    } table[] = {
        { "a.example", TYPE_A, DNS_ANSWERED, 0, 2, false, true, 1 },
        { "a.example", TYPE_TXT, DNS_ANSWERED, 0, 0, false, true, 1 },
        { "none.example", TYPE_A, DNS_ANSWERED, 3, 0, false, true, 1 },
        { "servfail.example", TYPE_A, DNS_ANSWERED, 2, 0, false, true, 1 },
        { "refused.example", TYPE_A, DNS_ANSWERED, 5, 0, false, true, 1 },
        { "nonaa.example", TYPE_A, DNS_ANSWERED, 0, 1, false, false, 1 },
        { "tc.example", TYPE_TXT, DNS_ANSWERED, 0, 1, true, true, 2 },
        { "long.example", TYPE_TXT, DNS_ANSWERED, 0, 1, false, true, 1 },
        { "old.example", TYPE_A, DNS_ANSWERED, 0, 1, false, true, 1 }, /* c-ares takes OPT off */
        { "older.example", TYPE_A, DNS_ANSWERED, 0, 1, false, true, 3 },
        { "late.example", TYPE_A, DNS_ANSWERED, 0, 1, false, true, 1 },
        { "drop.example", TYPE_A, DNS_TIMEOUT, 0, 0, false, false, 3 },
        { "id.example", TYPE_A, DNS_TIMEOUT, 0, 0, false, false, 3 },
        { "other.example", TYPE_A, DNS_TIMEOUT, 0, 0, false, false, 3 },
        { "garbage.example", TYPE_TXT, DNS_BROKEN, 0, 0, false, false, 1 },
    };
    struct state *s = *arg;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint64_t before = dnspool_count(s->pool);
        struct seen seen = ask(s, question(s->server.address, table[i].name, table[i].type));
        if (seen.status != table[i].status || dnspool_count(s->pool) - before != table[i].packets)
            print_message("%s: status %d, %d packets\n", table[i].name, (int)seen.status,
                          (int)(dnspool_count(s->pool) - before));
        assert_int_equal(seen.status, table[i].status);
        assert_int_equal(seen.rcode, table[i].rcode);
        assert_int_equal(seen.n, table[i].n);
        assert_int_equal(seen.used_tcp, table[i].tcp);
        assert_int_equal(seen.aa, table[i].aa);
        assert_int_equal(dnspool_count(s->pool) - before, table[i].packets);
        assert_int_equal(seen.err.message[0] != '\0', seen.status != DNS_ANSWERED);
    }
}

static void over_tcp(void **arg)
{
    struct state *s = *arg;
    static const char *const names[] = { "a.example", "dropudp.example", "slowtcp.example" };
    for (int i = 0; i < 3; i++) {
        struct dns_question q = question(s->server.address, names[i], TYPE_A);
        q.tcp = true;
        struct seen seen = ask(s, q);
        assert_int_equal(seen.status, DNS_ANSWERED);
        assert_true(seen.used_tcp);
    }
}

static void an_alias_is_told_apart(void **arg)
{
    struct state *s = *arg;
    struct seen seen = ask(s, question(s->server.address, "alias.example", TYPE_A));
    assert_int_equal(seen.n, 0);
    assert_true(seen.cname);
    assert_true(seen.synonym);
}

static void negative_answers_have_a_lifetime(void **arg)
{
    struct state *s = *arg;
    struct seen seen = ask(s, question(s->server.address, "none.example", TYPE_A));
    assert_int_equal(seen.negative_ttl_s, 60);
}

static void unreachable(void **arg)
{
    struct state *s = *arg;
    struct seen seen = ask(s, question("127.0.0.1:1", "a.example", TYPE_A));
    assert_int_equal(seen.status, DNS_BROKEN);
    assert_non_null(strstr(seen.err.message, "127.0.0.1:1"));
    struct dns_question q = question("127.0.0.1:1", "a.example", TYPE_A);
    q.tcp = true;
    assert_int_equal(ask(s, q).status, DNS_BROKEN);
    assert_int_equal(ask(s, question("not an address", "a.example", TYPE_A)).status, DNS_BROKEN);
}

/* More questions than may fly at once, to one server. */
static void many_to_one(void **arg)
{
    enum { N = 20000 };
    struct state *s = *arg;
    struct seen *seen = calloc(N, sizeof *seen);
    int left = N;
    bool done = false;
    struct err err;
    struct dns_question q = question(s->server.address, "a.example", TYPE_A);
    int64_t start_ms = loop_now_ms(s->loop);
    for (int i = 0; i < N; i++) {
        seen[i] = (struct seen){ .left = &left, .done = &done };
        dnspool_query(s->pool, &q, on_reply, &seen[i]);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(seen[i].status, DNS_ANSWERED);
        assert_int_equal(seen[i].n, 2);
    }
    print_message("%d questions in %d ms\n", N, (int)(loop_now_ms(s->loop) - start_ms));
    assert_int_equal(dnspool_channels(s->pool), 1);
    free(seen);
}

/* The relay delays datagrams and streams alike. */
static void a_long_line(void **arg)
{
    enum { N = 200 };
    struct state *s = *arg;
    const char *argv[] = { TEST_BIN_DIR "/relay", "0", s->server.address, "40", NULL };
    struct started relay = start(argv);
    struct seen seen[N];
    int left = N;
    bool done = false;
    struct err err;
    int64_t start_ms = loop_now_ms(s->loop);
    for (int i = 0; i < N; i++) {
        struct dns_question q = question(relay.address, "a.example", TYPE_A);
        q.tcp = i % 2;
        seen[i] = (struct seen){ .left = &left, .done = &done };
        dnspool_query(s->pool, &q, on_reply, &seen[i]);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    assert_true(loop_now_ms(s->loop) - start_ms >= 79); /* TCP: two round trips */
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i].status, DNS_ANSWERED);
    stop(&relay);
}

/* More servers than channels, or than may be asked at once: the loopback net has
 * many addresses.  Nobody is forgotten, and the bounds hold. */
static void ask_many_servers(struct state *s, const char *port, struct dnspool_options options)
{
    enum { SERVERS = 40, EACH = 300, N = SERVERS * EACH };
    struct seen *seen = calloc(N, sizeof *seen);
    int left = N;
    bool done = false;
    struct err err;
    dnspool_free(s->pool);
    s->pool = dnspool_new(s->loop, &options);
    for (int i = 0; i < N; i++) {
        char address[64];
        snprintf(address, sizeof address, "127.0.0.%d:%s", i % SERVERS + 1, port);
        struct dns_question q = question(address, "a.example", TYPE_MX);
        q.tcp = i % 7 == 0;
        seen[i] = (struct seen){ .left = &left, .done = &done };
        dnspool_query(s->pool, &q, on_reply, &seen[i]);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i].n, 1);
    if (options.channels)
        assert_true(dnspool_channels(s->pool) <= options.channels);
    free(seen);
}

static void many_servers(void **arg)
{
    static const struct dnspool_options table[] = {
        { .try_ms = 2000 },
        { .try_ms = 2000, .channels = 3, .in_flight = 20 },
        { .try_ms = 2000, .channels = 1, .in_flight = 1 },
        { .try_ms = 2000, .total = 7 },
        { .try_ms = 2000, .channels = 5, .total = 3 },
    };
    struct state *s = *arg;
    const char *argv[] = { TEST_BIN_DIR "/dnsd", "-a", "0.0.0.0", s->zone, NULL };
    struct started any = start(argv);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        ask_many_servers(s, any.port, table[i]);
    stop(&any);
}

/* Addresses that are not loopback are asked politely.  Nothing listens there;
 * what counts is when the questions leave. */
static void polite(void **arg)
{
    enum { N = 12 };
    struct state *s = *arg;
    struct seen seen[N];
    int left = N;
    bool done = false;
    struct err err;
    dnspool_free(s->pool);
    s->pool = dnspool_new(s->loop, &(struct dnspool_options){ .try_ms = 10, .tries = 1 });
    struct dns_question q = question("192.0.2.1:53", "a.example", TYPE_A);
    dnspool_polite(s->pool, 5); /* a burst of 10, then one each 200 ms */
    for (int i = 0; i < N; i++) {
        seen[i] = (struct seen){ .left = &left, .done = &done };
        dnspool_query(s->pool, &q, on_reply, &seen[i]);
    }
    int64_t start_ms = loop_now_ms(s->loop);
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    assert_in_range(loop_now_ms(s->loop) - start_ms, 350, 5000);
    assert_int_equal(dnspool_count(s->pool), N);
}

static void on_again(void *arg, const struct dns_reply *reply)
{
    struct seen *seen = arg;
    seen->calls++;
    seen->status = reply->status;
    seen->err = reply->err;
}

static void end_completes_everything(void **arg)
{
    enum { N = 300 };
    struct state *s = *arg;
    struct seen seen[N] = { 0 };
    int left = 1;
    bool done = false;
    struct err err;
    struct seen first = { .left = &left, .done = &done };
    struct dns_question silent = question(s->server.address, "drop.example", TYPE_A);
    struct dns_question plain = question(s->server.address, "a.example", TYPE_A);
    dnspool_query(s->pool, &plain, on_reply, &first);
    for (int i = 0; i < N; i++)
        dnspool_query(s->pool, &silent, on_again, &seen[i]);
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    dnspool_free(s->pool);
    s->pool = NULL;
    for (int i = 0; i < N; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].status, DNS_BROKEN);
        assert_int_equal(seen[i].err.code, ERR_INTERRUPTED);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(answers),
        T(over_tcp),
        T(an_alias_is_told_apart),
        T(negative_answers_have_a_lifetime),
        T(unreachable),
        T(many_to_one),
        T(a_long_line),
        T(many_servers),
        T(polite),
        T(end_completes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
