/* resolve: the dns port, and the name servers of zones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/resolve.h"
#include "start.h"

static const char zone_text[] = "a.example. 300 IN NS ns2.host.example.\n"
                                "a.example. 300 IN NS ns1.host.example.\n"
                                "b.example. 300 IN NS ns1.host.example.\n"
                                "ns1.host.example. 300 IN A 192.0.2.11\n"
                                "ns1.host.example. 300 IN A 192.0.2.10\n"
                                "ns1.host.example. 300 IN AAAA 2001:db8::1\n"
                                "ns2.host.example. 300 IN A 192.0.2.20\n"
                                "ns2.host.example. 300 IN A 192.0.2.10\n"
                                "lost.example. 300 IN NS nowhere.host.example.\n"
                                "half.example. 300 IN NS nowhere.host.example.\n"
                                "half.example. 300 IN NS ns2.host.example.\n"
                                "aliased.example. 300 IN NS alias.host.example.\n"
                                "alias.host.example. 300 IN CNAME ns2.host.example.\n"
                                "plain.example. 300 IN A 192.0.2.1\n"
                                "!broken.example * servfail\n";

struct state {
    char folder[64], zone[96], log[96];
    struct started server;
    struct loop *loop;
    struct resolve *resolve;
    struct dns_port port;
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
    struct resolve_options options = { .try_ms = 200, .resolver = s->server.address };
    assert_int_equal(resolve_new(s->loop, &options, &s->resolve, &err), 0);
    s->port = resolve_port(s->resolve);
    *ret = s;
    return 0;
}

static int teardown(void **arg)
{
    struct state *s = *arg;
    resolve_free(s->resolve);
    loop_free(s->loop);
    stop(&s->server);
    folder_remove(s->folder);
    free(s);
    return 0;
}

struct found {
    int calls, *left;
    bool *done;
    char list[512]; /* "name=address name=address ..." */
    struct err err;
};

static void on_servers(void *arg, const struct dns_servers *servers)
{
    struct found *found = arg;
    found->calls++;
    found->err = servers->err;
    for (size_t i = 0; i < servers->n; i++)
        snprintf(found->list + strlen(found->list), sizeof found->list - strlen(found->list),
                 "%s%s=%s", i ? " " : "", servers->v[i].name, servers->v[i].text);
    if (!--*found->left)
        *found->done = true;
}

static void servers_of_zones(void **arg)
{
    static const struct {
        const char *zone, *list; /* NULL: an error */
    } table[] = {
        { "a.example", "ns1.host.example=192.0.2.10:53 ns1.host.example=192.0.2.11:53 "
                       "ns1.host.example=[2001:db8::1]:53 ns2.host.example=192.0.2.20:53" },
        { "b.example", "ns1.host.example=192.0.2.10:53 ns1.host.example=192.0.2.11:53 "
                       "ns1.host.example=[2001:db8::1]:53" },
        { "half.example", "ns2.host.example=192.0.2.10:53 ns2.host.example=192.0.2.20:53" },
        { "aliased.example", "alias.host.example=192.0.2.10:53 alias.host.example=192.0.2.20:53" },
        { "lost.example", NULL },
        { "plain.example", NULL },
        { "none.example", NULL },
        { "broken.example", NULL },
    };
    enum { N = sizeof table / sizeof table[0] };
    struct state *s = *arg;
    struct found found[N];
    int left = N;
    bool done = false;
    struct err err;
    for (size_t i = 0; i < N; i++) {
        found[i] = (struct found){ .left = &left, .done = &done };
        s->port.servers(s->port.ctx, table[i].zone, on_servers, &found[i]);
        assert_int_equal(found[i].calls, 0);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(found[i].calls, 1);
        assert_string_equal(found[i].list, table[i].list ? table[i].list : "");
        assert_int_equal(found[i].err.code, table[i].list ? ERR_NONE : ERR_FAILED);
        if (!table[i].list)
            assert_non_null(strstr(found[i].err.message, table[i].zone));
    }
}

/* Thousands of zones on the same two servers: their addresses are asked once. */
static void name_servers_are_looked_up_once(void **arg)
{
    enum { N = 2000 };
    struct state *s = *arg;
    struct found *found = calloc(N, sizeof *found);
    int left = N;
    bool done = false;
    struct err err;
    for (int i = 0; i < N; i++) {
        found[i] = (struct found){ .left = &left, .done = &done };
        s->port.servers(s->port.ctx, i % 2 ? "a.example" : "b.example", on_servers, &found[i]);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    for (int i = 0; i < N; i++)
        assert_true(found[i].list[0]);
    assert_int_equal(resolve_counts(s->resolve), N + 4);
    free(found);
}

struct asked {
    bool done;
    size_t n;
};

static void on_reply(void *arg, const struct dns_reply *reply)
{
    struct asked *asked = arg;
    asked->n = reply->status == DNS_ANSWERED && reply->answer.set ? reply->answer.set->n : 0;
    asked->done = true;
}

static void the_port_asks(void **arg)
{
    struct state *s = *arg;
    struct asked asked = { 0 };
    struct err err;
    struct dns_question q = { .name = "plain.example", .type = TYPE_A };
    snprintf(q.server.text, sizeof q.server.text, "%s", s->server.address);
    s->port.query(s->port.ctx, &q, on_reply, &asked);
    assert_int_equal(loop_run(s->loop, &asked.done, &err), 0);
    assert_int_equal(asked.n, 1);
    assert_int_equal(resolve_counts(s->resolve), 1);
}

static void end_completes_everything(void **arg)
{
    enum { N = 200 };
    struct state *s = *arg;
    struct found found[N];
    struct err err;
    int left = N;
    bool done = false;
    struct asked asked = { 0 };
    for (int i = 0; i < N; i++) {
        found[i] = (struct found){ .left = &left, .done = &done };
        s->port.servers(s->port.ctx, "a.example", on_servers, &found[i]);
    }
    struct dns_question q = { .name = "plain.example", .type = TYPE_A };
    snprintf(q.server.text, sizeof q.server.text, "%s", s->server.address);
    s->port.query(s->port.ctx, &q, on_reply, &asked);
    assert_int_equal(loop_run(s->loop, &asked.done, &err), 0);
    resolve_free(s->resolve);
    s->resolve = NULL;
    assert_int_equal(left, 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(found[i].calls, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(servers_of_zones),
        T(name_servers_are_looked_up_once),
        T(the_port_asks),
        T(end_completes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
