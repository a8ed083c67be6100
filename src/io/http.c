/* http: libcurl easy handles, reused, in the loop's multi handle. */
#include "io/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "io/memory.h"

enum {
    IDLE_HANDLES = 16,         /* kept for reuse */
    HEADERS_MAX = 64,          /* of one reply that are handed over */
    HEADER_OCTETS = 64 * 1024, /* of one reply */
    CONNECT_MS = 10000,
    BURST = 8,     /* new requests per host that are always let go */
    BURST_MS = 10, /* and per this time when more are under way */
    HELD_MAX = 24 * 1024 * 1024,
};

struct host { /* scheme, name and port of a URL; lives as long as the http */
    struct host *next;
    size_t under_way, burst;
    int64_t burst_ms; /* when the present burst began */
    size_t len;
    char url[];
};

struct transfer {
    struct transfer *next; /* in one list: queued, active or idle */
    struct transfer *prev; /* active only */
    struct http *http;
    CURL *easy;
    struct host *host;
    struct http_request request;
    void (*done)(void *arg, const struct http_reply *reply);
    void *arg;
    struct curl_slist *headers, *resolve;
    struct buf head, body;
    size_t n_headers;
    struct http_header header[HEADERS_MAX]; /* offsets into head until the end */
    char curl_error[CURL_ERROR_SIZE];
    bool issued; /* libcurl was about to send it once */
    bool paused; /* the held octets were at their limit */
    bool too_large;
};

struct http {
    struct loop *loop;
    char *user_agent, *ca_file;
    size_t held_max, held;  /* octets of unfinished bodies */
    struct transfer *alone; /* the one transfer that may go over held_max */
    struct transfer *queue, **queue_end;
    struct transfer *active; /* doubly linked, newest first */
    struct transfer *idle;
    size_t n_idle;
    struct host *hosts;
    struct timer pump;
    uint64_t count;
};

/* Replies as they come in. */

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * n;
    if (len >= 5 && !strncmp(line, "HTTP/", 5)) { /* a new reply: 1xx came before it */
        buf_reset(&t->head);
        t->n_headers = 0;
    }
    if (t->head.len + len + 1 > HEADER_OCTETS) {
        t->too_large = true;
        return 0;
    }
    buf_add(&t->head, line, len);
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    struct http *http = t->http;
    size_t len = size * n;
    if (len > t->request.max_reply - t->body.len) {
        t->too_large = true;
        return 0;
    }
    if (http->held + len > http->held_max && http->alone != t) {
        if (http->alone) {
            t->paused = true;
            return CURL_WRITEFUNC_PAUSE;
        }
        http->alone = t;
    }
    buf_add(&t->body, bytes, len);
    http->held += len;
    return len;
}

/* libcurl repeats a request by itself when a kept connection turns out to be
 * dead.  The peer may have acted on it all the same (RFC 9110 9.2.2), so only
 * methods without effect may be sent again. */
static int on_issue(void *arg, char *peer_ip, char *local_ip, int peer_port, int local_port)
{
    (void)peer_ip, (void)local_ip, (void)peer_port, (void)local_port;
    struct transfer *t = arg;
    long sent = 0;
    bool harmless = !strcmp(t->request.method, "GET") || !strcmp(t->request.method, "HEAD");
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (t->issued && sent > 0 && !harmless)
        return CURL_PREREQFUNC_ABORT;
    t->issued = true;
    return CURL_PREREQFUNC_OK;
}

/* Splits the header lines in place. */
static void headers_split(struct transfer *t)
{
    char *line = t->head.data, *end;
    for (; line && (end = strchr(line, '\n')) && t->n_headers < HEADERS_MAX; line = end + 1) {
        *end = '\0';
        if (end > line && end[-1] == '\r')
            end[-1] = '\0';
        char *colon = strchr(line, ':');
        if (!colon)
            continue; /* the status line, the empty line */
        *colon = '\0';
        char *value = colon + 1 + strspn(colon + 1, " \t");
        for (char *tail = value + strlen(value); tail > value && strchr(" \t", tail[-1]);)
            *--tail = '\0';
        t->header[t->n_headers++] = (struct http_header){ line, value };
    }
}

/* Hosts and bursts. */

static struct host *host_find(struct http *http, const char *url)
{
    const char *start = strstr(url, "://");
    size_t len = start ? (size_t)(start + 3 - url) : 0;
    len += strcspn(url + len, "/?#");
    for (struct host *host = http->hosts; host; host = host->next)
        if (host->len == len && !strncasecmp(host->url, url, len))
            return host;
    struct host *host = mem_new(sizeof *host + len + 1);
    memcpy(host->url, url, len);
    host->len = len;
    host->next = http->hosts;
    return http->hosts = host;
}

/* 0: may start now, else how long to wait. */
static int64_t host_wait_ms(struct host *host, int64_t now_ms)
{
    if (now_ms - host->burst_ms >= BURST_MS) {
        host->burst_ms = now_ms;
        host->burst = 0;
    }
    if (host->under_way < BURST || host->burst < BURST)
        return 0;
    return host->burst_ms + BURST_MS - now_ms;
}

/* Transfers from start to end. */

static struct transfer *transfer_take(struct http *http)
{
    struct transfer *t = http->idle;
    if (t) {
        http->idle = t->next;
        http->n_idle--;
        return t;
    }
    t = mem_new(sizeof *t);
    t->http = http;
    return t;
}

static void transfer_free(struct transfer *t)
{
    if (t->easy)
        curl_easy_cleanup(t->easy);
    free(t);
}

static void transfer_release(struct http *http, struct transfer *t)
{
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->resolve);
    t->headers = t->resolve = NULL;
    buf_done(&t->head);
    buf_done(&t->body);
    if (http->n_idle >= IDLE_HANDLES) {
        transfer_free(t);
        return;
    }
    if (t->easy)
        curl_easy_reset(t->easy); /* keeps connections and names */
    t->next = http->idle;
    http->idle = t;
    http->n_idle++;
}

static int slist_add(struct curl_slist **list, const char *text)
{
    struct curl_slist *grown = curl_slist_append(*list, text);
    if (!grown)
        return -1;
    *list = grown;
    return 0;
}

static int header_add(struct transfer *t, const struct http_header *header)
{
    if (strpbrk(header->name, "\r\n:") || strpbrk(header->value, "\r\n"))
        return -1; /* would become another header */
    BUF_SCOPED line = BUF(HEADER_OCTETS);
    /* libcurl's spelling of a header without a value ends in ';'. */
    buf_addf(&line, *header->value ? "%s: %s" : "%s;%s", header->name, header->value);
    return buf_full(&line) ? -1 : slist_add(&t->headers, buf_text(&line));
}

static int headers_set(struct transfer *t)
{
    /* No "Expect: 100-continue": it costs a round trip, or a second on servers
     * that do not know it. */
    if (slist_add(&t->headers, "Expect:") < 0)
        return -1;
    bool typed = false;
    for (size_t i = 0; i < t->request.n_headers; i++) {
        if (header_add(t, &t->request.headers[i]) < 0)
            return -1;
        typed |= !strcasecmp(t->request.headers[i].name, "Content-Type");
    }
    if (!typed && slist_add(&t->headers, "Content-Type:") < 0)
        return -1;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    return 0;
}

static void method_set(struct transfer *t)
{
    const struct http_request *request = &t->request;
    if (!strcmp(request->method, "HEAD")) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
        return;
    }
    /* POST, PUT and PATCH without a body still say Content-Length: 0 (RFC 9110 8.6). */
    bool has_body = request->body || !strncmp(request->method, "P", 1);
    if (has_body) {
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)(request->body ? request->body_len : 0));
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static int address_set(struct transfer *t)
{
    if (!t->request.resolve)
        return 0;
    BUF_SCOPED entry = BUF(4096);
    buf_addf(&entry, "+%s", t->request.resolve); /* "+": forgotten again after a while */
    if (buf_full(&entry) || slist_add(&t->resolve, buf_text(&entry)) < 0)
        return -1;
    curl_easy_setopt(t->easy, CURLOPT_RESOLVE, t->resolve);
    return 0;
}

static void limits_set(struct transfer *t)
{
    long timeout_ms = t->request.timeout_ms > 0 ? (long)t->request.timeout_ms : 1;
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     timeout_ms < CONNECT_MS ? timeout_ms : (long)CONNECT_MS);
    if (t->request.max_reply)
        curl_easy_setopt(t->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->request.max_reply);
    curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    /* A silent resolver would else hold the whole loop until its thread ends. */
    curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(t->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(t->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    /* One request per connection at a time: what was sent can be told. */
    curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static void callbacks_set(struct transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_error);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_issue);
    curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
}

static int transfer_prepare(struct http *http, struct transfer *t)
{
    if (!t->easy && !(t->easy = curl_easy_init()))
        return -1;
    t->curl_error[0] = '\0';
    t->issued = t->paused = t->too_large = false;
    t->n_headers = 0;
    t->head = BUF(HEADER_OCTETS);
    t->body = BUF(t->request.max_reply);
    if (curl_easy_setopt(t->easy, CURLOPT_URL, t->request.url) != CURLE_OK)
        return -1;
    curl_easy_setopt(t->easy, CURLOPT_USERAGENT, http->user_agent);
    if (http->ca_file)
        curl_easy_setopt(t->easy, CURLOPT_CAINFO, http->ca_file);
    limits_set(t);
    callbacks_set(t);
    method_set(t);
    return headers_set(t) < 0 || address_set(t) < 0 ? -1 : 0;
}

static void active_add(struct http *http, struct transfer *t)
{
    t->prev = NULL;
    t->next = http->active;
    if (t->next)
        t->next->prev = t;
    http->active = t;
    t->host->under_way++;
    t->host->burst++;
}

static void active_remove(struct http *http, struct transfer *t)
{
    if (t->prev)
        t->prev->next = t->next;
    else
        http->active = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->host->under_way--;
}

/* Room came free: the transfers that wait for it go on, one of them in any case. */
static void held_give_back(struct http *http, struct transfer *t)
{
    http->held -= t->body.len;
    if (http->alone == t)
        http->alone = NULL;
    for (struct transfer *other = http->active; other; other = other->next) {
        if (!other->paused || (http->alone && http->held >= http->held_max))
            continue;
        other->paused = false;
        curl_easy_pause(other->easy, CURLPAUSE_CONT); /* may call on_body at once */
    }
}

/* What the TCP handshake took, a measure of the round trip. */
static int64_t connect_us(const struct transfer *t)
{
    long connects = 0;
    curl_off_t named = 0, connected = 0;
    if (!t->easy || curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects) != CURLE_OK ||
        connects != 1)
        return -1;
    curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &named);
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
    return connected > named ? (int64_t)(connected - named) : -1;
}

static void reply_give(struct http *http, struct transfer *t, struct http_reply *reply)
{
    char address[80] = "";
    char *ip = NULL;
    long port = 0;
    if (t->easy && curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip && *ip) {
        curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
        snprintf(address, sizeof address, strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port);
    }
    reply->address = address;
    reply->connect_us = connect_us(t);
    t->done(t->arg, reply);
    transfer_release(http, t);
}

static bool was_sent(const struct transfer *t)
{
    long sent = 0;
    if (t->easy)
        curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent > 0;
}

static void transfer_fail(struct http *http, struct transfer *t, struct err *err)
{
    bool sent = was_sent(t);
    const char *at = strchr(t->host->url, '@'); /* never show a password in a URL */
    err_wrap(err, "%s %s", t->request.method, at ? at + 1 : t->host->url);
    err_class(err, err->retry, ERR_SCOPE_PROVIDER, 0);
    struct http_reply reply = { .outcome = sent ? HTTP_LOST : HTTP_NOT_SENT,
                                .body = "",
                                .err = err };
    reply_give(http, t, &reply);
}

static void curl_failed(struct transfer *t, CURLcode code, struct err *err)
{
    if (t->too_large || code == CURLE_FILESIZE_EXCEEDED) {
        err_set(err, ERR_FAILED, "reply too large (over %zu octets)", t->request.max_reply);
        return;
    }
    const char *text = t->curl_error[0] ? t->curl_error : curl_easy_strerror(code);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        text = "the connection broke after the request was sent";
    err_set(err, was_sent(t) ? ERR_LOST : ERR_FAILED, "%s", text);
    err_class(err, ERR_RETRY_LATER, ERR_SCOPE_PROVIDER, 0);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        err_hint(err, "the server's certificate was refused: check the URL, the clock and the "
                      "system's CA certificates");
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
        err_hint(err, "check the provider's \"url\" in dnschange.json, and that its API is up");
}

static void transfer_replied(struct http *http, struct transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    headers_split(t);
    struct http_reply reply = { .outcome = HTTP_REPLIED,
                                .status = (int)status,
                                .headers = t->header,
                                .n_headers = t->n_headers,
                                .body = buf_text(&t->body),
                                .body_len = t->body.len };
    reply_give(http, t, &reply);
}

static void transfer_stop(struct http *http, struct transfer *t)
{
    loop_transfer_stop(http->loop, t->easy);
    active_remove(http, t);
    held_give_back(http, t);
}

static void pump(void *arg);

static void on_done(void *arg, void *easy, int code)
{
    struct http *http = arg;
    struct transfer *t = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    transfer_stop(http, t);
    struct err err;
    if (code == CURLE_OK) {
        transfer_replied(http, t);
    } else {
        curl_failed(t, (CURLcode)code, &err);
        transfer_fail(http, t, &err);
    }
    if (http->queue)
        pump(http);
}

static void transfer_start(struct http *http, struct transfer *t)
{
    struct err err;
    if (transfer_prepare(http, t) < 0) {
        err_set(&err, ERR_INVALID, "the request cannot be made: bad URL, header or address");
        transfer_fail(http, t, &err);
        return;
    }
    active_add(http, t);
    http->count++;
    if (loop_transfer_start(http->loop, t->easy) != CURLM_OK) {
        active_remove(http, t);
        err_set(&err, ERR_FAILED, "libcurl took no more requests");
        transfer_fail(http, t, &err);
    }
}

/* Starts what waits, host by host at its pace, in order of submission. */
static void pump(void *arg)
{
    struct http *http = arg;
    int64_t now = loop_now_ms(http->loop), wait = -1;
    struct transfer **link = &http->queue;
    for (struct transfer *t; (t = *link);) {
        int64_t ms = host_wait_ms(t->host, now);
        if (ms > 0) {
            wait = wait < 0 || ms < wait ? ms : wait;
            link = &t->next;
            continue;
        }
        *link = t->next;
        if (!*link)
            http->queue_end = link;
        transfer_start(http, t);
    }
    if (wait >= 0)
        loop_timer_set(http->loop, &http->pump, now + wait);
}

static void submit(void *ctx, const struct http_request *request,
                   void (*done)(void *arg, const struct http_reply *reply), void *arg)
{
    struct http *http = ctx;
    struct transfer *t = transfer_take(http);
    t->request = *request;
    t->host = host_find(http, request->url);
    t->done = done;
    t->arg = arg;
    t->next = NULL;
    *http->queue_end = t;
    http->queue_end = &t->next;
    if (!http->pump.set)
        loop_timer_set(http->loop, &http->pump, loop_now_ms(http->loop));
}

struct transport_port http_port(struct http *http)
{
    return (struct transport_port){ .ctx = http, .submit = submit };
}

uint64_t http_count(const struct http *http)
{
    return http->count;
}

struct http *http_new(struct loop *loop, const struct http_options *options)
{
    static const struct http_options defaults = { 0 };
    const struct http_options *o = options ? options : &defaults;
    struct http *http = mem_new(sizeof *http);
    http->loop = loop;
    http->user_agent = mem_strdup(o->user_agent ? o->user_agent : "dnschange");
    http->ca_file = o->ca_file ? mem_strdup(o->ca_file) : NULL;
    http->held_max = o->held_max ? o->held_max : HELD_MAX;
    http->queue_end = &http->queue;
    http->pump = (struct timer){ .fire = pump, .arg = http };
    loop_on_transfer(loop, on_done, http);
    return http;
}

static void interrupt(struct http *http, struct transfer *t)
{
    struct err err;
    err_set(&err, ERR_INTERRUPTED, "the program ended before the reply came");
    transfer_fail(http, t, &err);
}

static void finish_all(struct http *http)
{
    while (http->active || http->queue) {
        struct transfer *t = http->active;
        if (t) {
            transfer_stop(http, t);
        } else {
            t = http->queue;
            http->queue = t->next;
            if (!http->queue)
                http->queue_end = &http->queue;
        }
        interrupt(http, t);
    }
}

void http_free(struct http *http)
{
    if (!http)
        return;
    finish_all(http);
    loop_timer_clear(http->loop, &http->pump);
    loop_on_transfer(http->loop, NULL, NULL);
    for (struct transfer *t; (t = http->idle);) {
        http->idle = t->next;
        transfer_free(t);
    }
    for (struct host *host; (host = http->hosts);) {
        http->hosts = host->next;
        free(host);
    }
    free(http->user_agent);
    free(http->ca_file);
    free(http);
}
