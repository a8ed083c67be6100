/* http: real exchanges with a scripted server on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "io/http.h"
#include "start.h"

struct seen { /* what a request came to */
    int calls;
    enum http_outcome outcome;
    int status;
    size_t body_len;
    int64_t connect_us;
    char body[256], address[80], header[256];
    struct err err;
    int *left;
    bool *done;
};

struct state {
    char folder[64], rules[96], log[96];
    struct started server;
    struct loop *loop;
    struct http *http;
    struct transport_port port;
};

static const char rules_text[] =
    "GET /plain body=\"hello\" header=\"X-Test: one\" header=\"x-empty:\"\n"
    "GET /missing status=404 body=\"no such zone\"\n"
    "GET /moved status=302 header=\"Location: /plain\"\n"
    "POST /echo status=201 body=\"made\"\n"
    "PATCH /echo status=204\n"
    "PUT /echo status=200\n"
    "DELETE /echo status=204\n"
    "GET /chunked chunked=1 body=\"0123456789\"\n"
    "GET /close close=1 body=\"bye\"\n"
    "GET /truncated body=\"0123456789\" truncate=4\n"
    "GET /reset reset=read\n"
    "GET /silent drop=1\n"
    "GET /slow delay=20 body=\"late\"\n"
    "GET /enormous enormous=3000000\n"
    "GET /garbage raw=\"not http at all\\r\\n\\r\\n\"\n"
    "GET /big enormous=400000\n"
    "GET /empty raw=\"\"\n"
    "* /die reset=read\n"
    "POST /once status=200 once=1\n";

static int setup(void **ret)
{
    struct state *s = calloc(1, sizeof *s);
    struct err err;
    folder_new(s->folder);
    snprintf(s->rules, sizeof s->rules, "%s/rules", s->folder);
    snprintf(s->log, sizeof s->log, "%s/log", s->folder);
    text_write(s->rules, rules_text);
    const char *argv[] = { TEST_BIN_DIR "/httpd", "-r", "-l", s->log, s->rules, NULL };
    s->server = start(argv);
    assert_int_equal(loop_new(&s->loop, &err), 0);
    s->http = http_new(s->loop, NULL);
    s->port = http_port(s->http);
    *ret = s;
    return 0;
}

static int teardown(void **arg)
{
    struct state *s = *arg;
    http_free(s->http);
    loop_free(s->loop);
    stop(&s->server);
    folder_remove(s->folder);
    free(s);
    return 0;
}

static void on_reply(void *arg, const struct http_reply *reply)
{
    struct seen *seen = arg;
    seen->calls++;
    seen->outcome = reply->outcome;
    seen->status = reply->status;
    seen->body_len = reply->body_len;
    seen->connect_us = reply->connect_us;
    snprintf(seen->body, sizeof seen->body, "%s", reply->body);
    snprintf(seen->address, sizeof seen->address, "%s", reply->address);
    for (size_t i = 0; i < reply->n_headers; i++)
        if (!strcmp(reply->headers[i].name, "X-Test"))
            snprintf(seen->header, sizeof seen->header, "%s", reply->headers[i].value);
    if (reply->err)
        seen->err = *reply->err;
    if (!--*seen->left)
        *seen->done = true;
}

struct ask { /* one request of a test; path, or a whole URL */
    const char *method, *path, *body;
    int64_t timeout_ms;
    size_t max_reply;
};

static struct seen exchange(struct state *s, struct ask ask)
{
    static const struct http_header headers[] = { { "X-API-Key", "secret" },
                                                  { "X-Nothing", "" },
                                                  { "Content-Type", "application/json" } };
    char url[256];
    int left = 1;
    bool done = false;
    struct err err;
    struct seen seen = { .left = &left, .done = &done };
    snprintf(url, sizeof url, "http://%s%s", s->server.address, ask.path);
    struct http_request request = { .method = ask.method,
                                    .url = *ask.path == '/' ? url : ask.path,
                                    .headers = headers,
                                    .n_headers = 3,
                                    .body = ask.body,
                                    .body_len = ask.body ? strlen(ask.body) : 0,
                                    .timeout_ms = ask.timeout_ms ? ask.timeout_ms : 5000,
                                    .max_reply = ask.max_reply ? ask.max_reply : 1 << 20 };
    s->port.submit(s->port.ctx, &request, on_reply, &seen);
    assert_int_equal(seen.calls, 0); /* never from inside submit */
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static char *log_text(const struct state *s)
{
    FILE *f = fopen(s->log, "r");
    char *text = calloc(1, 1 << 20);
    if (f) {
        size_t n = fread(text, 1, (1 << 20) - 1, f);
        assert_true(n > 0);
        fclose(f);
    }
    return text;
}

static int log_count(const struct state *s, const char *what)
{
    char *text = log_text(s);
    int n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    free(text);
    return n;
}

static void replies(void **arg)
{
    static const struct {
        struct ask ask;
        int status;
        const char *body;
    } table[] = {
        { { "GET", "/plain", NULL, 0, 0 }, 200, "hello" },
        { { "GET", "/missing", NULL, 0, 0 }, 404, "no such zone" },
        { { "GET", "/moved", NULL, 0, 0 }, 302, "" }, /* shown, not followed */
        { { "POST", "/echo", "{}", 0, 0 }, 201, "made" },
        { { "PATCH", "/echo", "{\"a\":1}", 0, 0 }, 204, "" },
        { { "PUT", "/echo", NULL, 0, 0 }, 200, "" },
        { { "DELETE", "/echo", NULL, 0, 0 }, 204, "" },
        { { "HEAD", "/plain", NULL, 0, 0 }, 599, "" }, /* no rule for HEAD: it was HEAD */
        { { "GET", "/chunked", NULL, 0, 0 }, 200, "0123456789" },
        { { "GET", "/close", NULL, 0, 0 }, 200, "bye" },
        { { "GET", "/slow", NULL, 0, 0 }, 200, "late" },
    };
    struct state *s = *arg;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct seen seen = exchange(s, table[i].ask);
        assert_int_equal(seen.outcome, HTTP_REPLIED);
        assert_int_equal(seen.status, table[i].status);
        assert_string_equal(seen.body, table[i].body);
        assert_string_equal(seen.address, s->server.address);
    }
    assert_int_equal(http_count(s->http), sizeof table / sizeof table[0]);
}

static void what_is_sent(void **arg)
{
    struct state *s = *arg;
    struct seen seen = exchange(
        s, (struct ask){ .method = "PATCH", .path = "/echo?x=1", .body = "{\"rrsets\":[]}" });
    assert_int_equal(seen.status, 204);
    exchange(s, (struct ask){ .method = "PUT", .path = "/echo" });
    char *log = log_text(s);
    assert_non_null(strstr(log, "PATCH /echo?x=1 13\n"));
    assert_non_null(strstr(log, "X-API-Key: secret\r\n"));
    assert_non_null(strstr(log, "X-Nothing:\r\n"));
    assert_non_null(strstr(log, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(log, "{\"rrsets\":[]}"));
    assert_non_null(strstr(log, "Content-Length: 0\r\n"));
    assert_null(strstr(log, "Expect:"));
    assert_null(strstr(log, "urlencoded"));
    free(log);
}

static void headers_come_back(void **arg)
{
    struct seen seen = exchange(*arg, (struct ask){ .method = "GET", .path = "/plain" });
    assert_string_equal(seen.header, "one");
}

static void outcomes(void **arg)
{
    static const struct {
        struct ask ask;
        enum http_outcome outcome;
        enum err_code code;
    } table[] = {
        { { "GET", "/truncated", NULL, 0, 0 }, HTTP_LOST, ERR_LOST },
        { { "GET", "/reset", NULL, 0, 0 }, HTTP_LOST, ERR_LOST },
        { { "GET", "/silent", NULL, 50, 0 }, HTTP_LOST, ERR_LOST },
        { { "GET", "/empty", NULL, 0, 0 }, HTTP_LOST, ERR_LOST },
        { { "GET", "/garbage", NULL, 0, 0 }, HTTP_LOST, ERR_LOST },
        { { "GET", "/enormous", NULL, 0, 100000 }, HTTP_LOST, ERR_FAILED },
        { { "GET", "http://127.0.0.1:1/", NULL, 0, 0 }, HTTP_NOT_SENT, ERR_FAILED },
        { { "GET", "http://nowhere.invalid/", NULL, 0, 0 }, HTTP_NOT_SENT, ERR_FAILED },
        { { "GET", "ftp://127.0.0.1/", NULL, 0, 0 }, HTTP_NOT_SENT, ERR_FAILED },
        { { "GET", "file:///etc/passwd", NULL, 0, 0 }, HTTP_NOT_SENT, ERR_FAILED },
        { { "GET", "http://[bad/", NULL, 0, 0 }, HTTP_NOT_SENT, ERR_FAILED },
    };
    struct state *s = *arg;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct seen seen = exchange(s, table[i].ask);
        if (seen.outcome != table[i].outcome)
            print_message("%s: outcome %d, %s\n", table[i].ask.path, (int)seen.outcome,
                          seen.err.message);
        assert_int_equal(seen.outcome, table[i].outcome);
        assert_int_equal(seen.err.code, table[i].code);
        assert_int_equal(seen.status, 0);
        assert_true(seen.err.message[0]);
    }
}

static void tls_failure_is_not_sent(void **arg)
{
    struct state *s = *arg;
    char url[128];
    snprintf(url, sizeof url, "https://%s/", s->server.address);
    struct seen seen = exchange(s, (struct ask){ .method = "PATCH", .path = url, .body = "{}" });
    assert_int_equal(seen.outcome, HTTP_NOT_SENT);
}

static void too_large_says_so(void **arg)
{
    struct seen seen =
        exchange(*arg, (struct ask){ .method = "GET", .path = "/enormous", .max_reply = 1000 });
    assert_non_null(strstr(seen.err.message, "reply too large"));
}

static void secrets_in_urls_stay_out_of_messages(void **arg)
{
    struct seen seen =
        exchange(*arg, (struct ask){ .method = "GET", .path = "http://me:pw@127.0.0.1:1/" });
    assert_int_equal(seen.outcome, HTTP_NOT_SENT);
    assert_null(strstr(seen.err.message, "pw"));
}

static void a_header_cannot_carry_another(void **arg)
{
    struct state *s = *arg;
    struct http_header header = { "X-A", "1\r\nX-B: 2" };
    int left = 1;
    bool done = false;
    struct err err;
    char url[128];
    struct seen seen = { .left = &left, .done = &done };
    snprintf(url, sizeof url, "http://%s/plain", s->server.address);
    struct http_request request = { .method = "GET",
                                    .url = url,
                                    .headers = &header,
                                    .n_headers = 1,
                                    .timeout_ms = 1000,
                                    .max_reply = 10 };
    s->port.submit(s->port.ctx, &request, on_reply, &seen);
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    assert_int_equal(seen.outcome, HTTP_NOT_SENT);
    assert_int_equal(seen.err.code, ERR_INVALID);
}

/* The server breaks a kept connection once it has read the request: libcurl may
 * send a GET again by itself, but nothing that has an effect. */
static void dead_connections(void **arg)
{
    static const struct {
        const char *method, *line;
        int sent;
    } table[] = { { "GET", "GET /reset 0\n", 2 },
                  { "POST", "POST /die 1\n", 1 },
                  { "DELETE", "DELETE /die 0\n", 1 },
                  { "PATCH", "PATCH /die 1\n", 1 } };
    struct state *s = *arg;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct seen seen = exchange(s, (struct ask){ .method = "GET", .path = "/plain" });
        assert_int_equal(seen.outcome, HTTP_REPLIED);
        bool get = !strcmp(table[i].method, "GET");
        seen = exchange(
            s,
            (struct ask){ .method = table[i].method,
                          .path = get ? "/reset" : "/die",
                          .body = table[i].line[strlen(table[i].line) - 2] == '1' ? "x" : NULL });
        assert_int_equal(seen.outcome, HTTP_LOST);
        assert_int_equal(log_count(s, table[i].line), table[i].sent);
    }
}

/* Closed in silence between two requests: noticed before anything is sent. */
static void closed_connections(void **arg)
{
    struct state *s = *arg;
    for (int i = 0; i < 20; i++) {
        struct seen seen =
            exchange(s, (struct ask){ .method = "POST", .path = "/once", .body = "x" });
        assert_true(seen.outcome == HTTP_REPLIED || seen.outcome == HTTP_LOST);
    }
    assert_true(log_count(s, "POST /once 1\n") <= 20);
}

/* The round trip is known of a new connection only: the second is a kept one. */
static void connections_are_kept(void **arg)
{
    struct state *s = *arg;
    struct seen first = exchange(s, (struct ask){ .method = "GET", .path = "/plain" });
    struct seen second = exchange(s, (struct ask){ .method = "GET", .path = "/plain" });
    assert_true(first.connect_us >= 0);
    assert_int_equal(second.connect_us, -1);
    assert_int_equal(second.status, 200);
}

static void resolve_goes_round_the_resolver(void **arg)
{
    struct state *s = *arg;
    char url[128], resolve[128];
    int left = 1;
    bool done = false;
    struct err err;
    struct seen seen = { .left = &left, .done = &done };
    snprintf(url, sizeof url, "http://api.invalid:%s/plain", s->server.port);
    snprintf(resolve, sizeof resolve, "api.invalid:%s:127.0.0.1", s->server.port);
    struct http_request request = {
        .method = "GET", .url = url, .timeout_ms = 2000, .max_reply = 100, .resolve = resolve
    };
    s->port.submit(s->port.ctx, &request, on_reply, &seen);
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    assert_int_equal(seen.status, 200);
}

/* Through the relay a call takes the handshake's round trip and its own; a kept
 * connection saves the first. */
static void a_long_line(void **arg)
{
    struct state *s = *arg;
    const char *argv[] = { TEST_BIN_DIR "/relay", "0", s->server.address, "40", NULL };
    struct started relay = start(argv);
    char url[128];
    snprintf(url, sizeof url, "http://%s/plain", relay.address);
    int64_t start_ms = loop_now_ms(s->loop);
    struct seen seen = exchange(s, (struct ask){ .method = "GET", .path = url });
    int64_t first_ms = loop_now_ms(s->loop) - start_ms;
    assert_string_equal(seen.body, "hello");
    assert_true(first_ms >= 79);
    start_ms = loop_now_ms(s->loop);
    seen = exchange(s, (struct ask){ .method = "GET", .path = url });
    assert_string_equal(seen.body, "hello");
    assert_true(loop_now_ms(s->loop) - start_ms >= 39);
    snprintf(url, sizeof url, "http://%s/big", relay.address);
    seen = exchange(s, (struct ask){ .method = "GET", .path = url });
    assert_int_equal(seen.body_len, 400000);
    stop(&relay);
}

/* Many at once, held to a small budget of octets: all complete all the same. */
static void many_at_once(void **arg)
{
    enum { N = 60 };
    struct state *s = *arg;
    struct seen seen[N];
    char url[128];
    int left = N;
    bool done = false;
    struct err err;
    http_free(s->http);
    s->http = http_new(s->loop, &(struct http_options){ .held_max = 500000 });
    s->port = http_port(s->http);
    snprintf(url, sizeof url, "http://%s/big", s->server.address);
    struct http_request request = {
        .method = "GET", .url = url, .timeout_ms = 20000, .max_reply = 1 << 20
    };
    for (int i = 0; i < N; i++) {
        seen[i] = (struct seen){ .left = &left, .done = &done };
        s->port.submit(s->port.ctx, &request, on_reply, &seen[i]);
    }
    assert_int_equal(loop_run(s->loop, &done, &err), 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(seen[i].status, 200);
        assert_int_equal(seen[i].body_len, 400000);
    }
}

static void end_completes_everything(void **arg)
{
    struct state *s = *arg;
    struct seen seen[3];
    char url[128];
    int left = 3;
    bool done = false, soon = false;
    struct err err;
    snprintf(url, sizeof url, "http://%s/silent", s->server.address);
    struct http_request request = {
        .method = "GET", .url = url, .timeout_ms = 20000, .max_reply = 100
    };
    for (int i = 0; i < 3; i++)
        seen[i] = (struct seen){ .left = &left, .done = &done };
    s->port.submit(s->port.ctx, &request, on_reply, &seen[0]);
    int first_left = 1;
    struct seen quick = { .left = &first_left, .done = &soon };
    struct http_request plain = request;
    char plain_url[128];
    snprintf(plain_url, sizeof plain_url, "http://%s/slow", s->server.address);
    plain.url = plain_url;
    s->port.submit(s->port.ctx, &plain, on_reply, &quick);
    assert_int_equal(loop_run(s->loop, &soon, &err), 0); /* by now /silent was read */
    s->port.submit(s->port.ctx, &request, on_reply, &seen[1]);
    s->port.submit(s->port.ctx, &request, on_reply, &seen[2]);
    http_free(s->http);
    s->http = NULL;
    assert_true(done);
    assert_int_equal(seen[0].outcome, HTTP_LOST);
    assert_int_equal(seen[1].outcome, HTTP_NOT_SENT);
    assert_int_equal(seen[2].outcome, HTTP_NOT_SENT);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].err.code, ERR_INTERRUPTED);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(replies),
        T(what_is_sent),
        T(headers_come_back),
        T(outcomes),
        T(tls_failure_is_not_sent),
        T(too_large_says_so),
        T(secrets_in_urls_stay_out_of_messages),
        T(a_header_cannot_carry_another),
        T(dead_connections),
        T(closed_connections),
        T(connections_are_kept),
        T(resolve_goes_round_the_resolver),
        T(a_long_line),
        T(many_at_once),
        T(end_completes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
