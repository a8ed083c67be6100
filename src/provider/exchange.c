/* exchange: the machine around a plugin's functions.  See exchange.h. */
#include "provider/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "provider/retry.h"

#define OP_BYTES         (512u << 20) /* arena of one operation                        */
#define READ_TIMEOUT_MS  20000
#define WRITE_TIMEOUT_MS 30000
#define REPLY_READ_MAX   (3u << 20) /* first guess; a larger reply is asked for again, alone */
#define REPLY_WRITE_MAX  (256u << 10)
#define REPLY_LEAST      (64u << 10)
#define PATH_LEN_MAX     8000
#define HEADERS_MAX      32
#define WAITS_MAX        1000
#define WAIT_LEAST_MS    10
#define WAIT_MOST_MS     60000

struct call {
    struct lane_call lane; /* first */
    struct exchange *exchange;
    struct call *next;
    struct dc_request ask;
    struct http_request http;
    struct http_header *headers; /* filled while in flight */
    unsigned attempt;
    bool sent; /* in the transport's hands */
    bool lost; /* one of its tries may have been carried out unseen */
    int64_t sent_ms;
};

static int64_t now_of(const struct exchange *exchange)
{
    const struct loop_port *loop = &exchange->account->lane.lanes->loop;
    return loop->now_ms(loop->ctx);
}

struct exchange *exchange_new(struct account *account, enum dc_op_kind kind, const char *subject)
{
    struct arena *arena = arena_new("a provider's answer", OP_BYTES);
    struct exchange *exchange = ARENA_NEW(arena, struct exchange);
    exchange->arena = arena;
    exchange->account = account;
    exchange->subject = subject ? arena_strdup(arena, subject) : NULL;
    exchange->secrets =
        kind == DC_OP_APPLY || kind == DC_OP_SETTLE ? account->write : account->read;
    host_op_init(&exchange->host, arena, kind, &account->dc);
    return exchange;
}

/* ---- the end ---- */

/* "pdns: acme.example: HTTP 422: ..." without any secret a reply may have repeated. */
static void failure_word(struct exchange *exchange)
{
    struct err *err = &exchange->host.err;
    if (exchange->subject)
        err_wrap(err, "%s: %s", exchange->account->settings->name, exchange->subject);
    else
        err_wrap(err, "%s", exchange->account->settings->name);
    secrets_redact(exchange->secrets, err->message);
}

static void exchange_settle(struct exchange *exchange)
{
    if (!exchange->over || exchange->n_calls)
        return;
    if (exchange->failed)
        failure_word(exchange);
    exchange->done(exchange->arg, exchange);
    host_op_end_call(&exchange->host);
    arena_free(exchange->arena);
}

static void call_unlink(struct call *call)
{
    struct call **at = &call->exchange->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    call->exchange->n_calls--;
}

/* What is on the wire is waited for, what still waits is not sent any more. */
static void exchange_end(struct exchange *exchange, bool failed)
{
    const struct loop_port *loop = &exchange->account->lane.lanes->loop;
    exchange->over = true;
    exchange->failed = failed;
    if (exchange->timer.set)
        loop->timer_clear(loop->ctx, &exchange->timer);
    for (struct call *call = exchange->calls, *next; call; call = next) {
        next = call->next;
        if (!call->sent && lane_call_drop(&exchange->account->lane, &call->lane))
            call_unlink(call);
    }
}

/* The plugin broke a rule.  After a write nobody knows what that did. */
static void exchange_blame(struct exchange *exchange, const char *what)
{
    err_set(&exchange->host.err, exchange->write_sent ? ERR_LOST : ERR_FAILED, "the plugin %s %s",
            exchange->account->plugin->name, what);
    err_class(&exchange->host.err, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER, 0);
    exchange_end(exchange, true);
}

/* ---- making a call ---- */

static const char *request_fault(const struct dc_request *ask)
{
    if (!ask->method || !*ask->method ||
        strspn(ask->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(ask->method))
        return "sends a request without a method";
    if (!ask->path || (*ask->path && *ask->path != '/') || strlen(ask->path) > PATH_LEN_MAX)
        return "sends a request without a path";
    for (const char *p = ask->path; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
            return "sends a request with a bad path";
    if (ask->effect > DC_EFFECT_BLIND || ask->n_headers > HEADERS_MAX ||
        (ask->body_len && !ask->body))
        return "sends a request that cannot be";
    for (size_t i = 0; i < ask->n_headers; i++)
        if (!ask->headers[i].name || !ask->headers[i].value || !*ask->headers[i].name ||
            strpbrk(ask->headers[i].name, "\r\n: ") || strpbrk(ask->headers[i].value, "\r\n"))
            return "sends a request with a bad header";
    return NULL;
}

/* Room for the reply: a share of the whole, so that `concurrent` fit beside each
 * other. */
static size_t reply_room(const struct exchange *exchange, const struct dc_request *ask)
{
    size_t share = LANE_REPLY_BYTES / exchange->account->lane.concurrent;
    size_t most = ask->effect == DC_EFFECT_NONE ? REPLY_READ_MAX : REPLY_WRITE_MAX;
    size_t room = ask->max_reply ? ask->max_reply : share < most ? share : most;
    room = room < REPLY_LEAST ? REPLY_LEAST : room;
    return room > LANE_REPLY_BYTES ? LANE_REPLY_BYTES : room;
}

static void call_make(struct exchange *exchange, const struct dc_request *ask)
{
    struct call *call = ARENA_NEW(exchange->arena, struct call);
    bool write = ask->effect != DC_EFFECT_NONE;
    call->exchange = exchange;
    call->ask = *ask;
    call->http = (struct http_request){
        .method = ask->method,
        .url = arena_printf(exchange->arena, "%s%s", exchange->account->dc.url, ask->path),
        .body = ask->body,
        .body_len = ask->body_len,
        .timeout_ms = ask->timeout_ms ? ask->timeout_ms
                      : write         ? WRITE_TIMEOUT_MS
                                      : READ_TIMEOUT_MS,
    };
    call->lane.item.write = write;
    call->lane.cost = ask->cost ? ask->cost : 1;
    call->lane.zone = exchange->host.op.zone;
    call->lane.reply_bytes = reply_room(exchange, ask);
    call->next = exchange->calls;
    exchange->calls = call;
    exchange->n_calls++;
    exchange->calls_made++;
    lane_call_add(&exchange->account->lane, &call->lane, 0);
}

/* ---- driving the plugin ---- */

static void exchange_answer(struct exchange *exchange, int answer);

/* Asks for requests until there is no room or nothing more to send. */
static void exchange_produce(struct exchange *exchange)
{
    const struct dc_plugin *plugin = exchange->account->plugin;
    while (!exchange->over && exchange->n_calls < plugin->caps->max_inflight) {
        if (exchange->calls_made >= plugin->caps->max_requests) {
            exchange_blame(exchange, "sends request after request");
            return;
        }
        struct dc_request ask = { .size = sizeof ask };
        int answer = plugin->produce(host_table(), &exchange->host.op, &ask);
        host_op_end_call(&exchange->host);
        if (answer != DC_SEND) {
            exchange_answer(exchange, answer);
            return;
        }
        const char *fault = request_fault(&ask);
        if (fault) {
            exchange_blame(exchange, fault);
            return;
        }
        call_make(exchange, &ask);
    }
}

static void exchange_resume(void *arg)
{
    struct exchange *exchange = arg;
    exchange_produce(exchange);
    exchange_settle(exchange);
}

static void exchange_pause(struct exchange *exchange)
{
    const struct loop_port *loop = &exchange->account->lane.lanes->loop;
    int64_t wait = exchange->host.op.wait_ms;
    if (++exchange->waits > WAITS_MAX) {
        exchange_blame(exchange, "waits for ever");
        return;
    }
    wait = wait < WAIT_LEAST_MS ? WAIT_LEAST_MS : wait > WAIT_MOST_MS ? WAIT_MOST_MS : wait;
    exchange->timer = (struct timer){ .fire = exchange_resume, .arg = exchange };
    loop->timer_set(loop->ctx, &exchange->timer, now_of(exchange) + wait);
}

/* Every answer but the SEND of produce() and the AGAIN of consume(). */
static void exchange_answer(struct exchange *exchange, int answer)
{
    switch (answer) {
    case DC_SEND:
        exchange_produce(exchange);
        return;
    case DC_MORE:
        if (exchange->n_calls == 0 && !exchange->timer.set)
            exchange_blame(exchange, "waits for a reply to no request");
        return;
    case DC_WAIT:
        if (!exchange->timer.set)
            exchange_pause(exchange);
        return;
    case DC_DONE:
        exchange_end(exchange, false);
        return;
    case DC_FAIL:
        if (exchange->host.err.code == ERR_NONE)
            exchange_blame(exchange, "failed without a reason");
        else
            exchange_end(exchange, true);
        return;
    default:
        exchange_blame(exchange, "answered something that does not exist");
    }
}

void exchange_run(struct exchange *exchange, void (*done)(void *arg, struct exchange *exchange),
                  void *arg)
{
    exchange->done = done;
    exchange->arg = arg;
    if (secrets_state(exchange->secrets) == SECRETS_FAILED) {
        exchange->host.err = *secrets_err(exchange->secrets);
        exchange_end(exchange, true);
    } else {
        int answer = exchange->account->plugin->begin(host_table(), &exchange->host.op);
        host_op_end_call(&exchange->host);
        exchange_answer(exchange, answer);
    }
    exchange_settle(exchange);
}

void exchange_cancel(struct exchange *exchange)
{
    if (!exchange->over) {
        err_set(&exchange->host.err, exchange->write_sent ? ERR_LOST : ERR_INTERRUPTED,
                "stopped before it was finished");
        exchange_end(exchange, true);
    }
    exchange_settle(exchange);
}

/* ---- on the wire ---- */

static void headers_wipe(struct call *call)
{
    for (size_t i = 0; call->headers && i < call->http.n_headers; i++) {
        union {
            const char *in;
            char *out;
        } value = { call->headers[i].value };
        explicit_bzero(value.out, strlen(value.out));
        free(value.out);
    }
    free(call->headers);
    call->headers = NULL;
    call->http.headers = NULL;
    call->http.n_headers = 0;
}

/* Copies of the headers with secrets in their slots, outside any arena. */
static int headers_fill(struct call *call, struct err *err)
{
    struct exchange *exchange = call->exchange;
    call->headers = calloc(call->ask.n_headers + 1, sizeof *call->headers);
    if (!call->headers)
        abort();
    for (size_t i = 0; i < call->ask.n_headers; i++) {
        BUF_SCOPED value = BUF(2 * SECRET_MAX);
        int failed = secrets_fill(exchange->secrets, call->ask.headers[i].value, &value, err);
        char *copy = strdup(buf_text(&value));
        if (!copy)
            abort();
        if (value.data)
            explicit_bzero(value.data, value.len);
        call->headers[i] = (struct http_header){ call->ask.headers[i].name, copy };
        call->http.n_headers = i + 1;
        if (failed)
            return -1;
    }
    call->http.headers = call->headers;
    return 0;
}

static void call_over(struct call *call)
{
    struct exchange *exchange = call->exchange;
    call->sent = false;
    headers_wipe(call);
    lane_call_end(&exchange->account->lane, &call->lane);
}

static void latency_learn(struct account *account, int64_t ms)
{
    ms = ms > 0 ? ms : 1;
    account->latency_ms = account->latency_ms ? (account->latency_ms * 7 + ms) / 8 : ms;
}

static struct retry_case case_of(const struct call *call, const struct http_reply *reply)
{
    const struct loop_port *loop = &call->exchange->account->lane.lanes->loop;
    return (struct retry_case){
        .outcome = reply->outcome,
        .status = reply->status,
        .effect = (enum dc_effect)call->ask.effect,
        .attempt = call->attempt,
        .retry_after_ms =
            reply->outcome == HTTP_REPLIED
                ? retry_after_ms(reply->headers, reply->n_headers, loop->wall_s(loop->ctx))
                : -1,
    };
}

/* xorshift32: jitter needs no better. */
static uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void call_repeat(struct call *call, const struct retry_case *now, int64_t least_ms)
{
    struct account *account = call->exchange->account;
    int64_t pause = retry_pause_ms(now, random_next(account->random));
    pause = pause < least_ms ? least_ms : pause;
    if (retry_is_limit(now) && now->retry_after_ms > 0) {
        int64_t until = now_of(call->exchange) + pause;
        if (account->lane.hold_until_ms < until)
            account->lane.hold_until_ms = until;
    }
    log_line(LOG_INFO, "%s: %s %s: try %u in %lld ms", account->settings->name, call->http.method,
             call->ask.path, call->attempt + 1, (long long)pause);
    lane_call_add(&account->lane, &call->lane, pause);
}

/* A read whose reply did not fit goes again, alone, with all the room there is. */
static bool call_enlarge(struct call *call, const struct http_reply *reply)
{
    if (reply->outcome != HTTP_LOST || !reply->err || reply->err->code != ERR_FAILED ||
        call->ask.effect != DC_EFFECT_NONE || call->lane.reply_bytes >= LANE_REPLY_BYTES)
        return false;
    call->lane.reply_bytes = LANE_REPLY_BYTES;
    lane_call_add(&call->exchange->account->lane, &call->lane, 0);
    return true;
}

static void reply_convert(const struct call *call, const struct http_reply *reply, bool last_try,
                          struct dc_reply *ret)
{
    struct exchange *exchange = call->exchange;
    struct dc_header *headers = ARENA_ARRAY(exchange->arena, struct dc_header, reply->n_headers);
    for (size_t i = 0; i < reply->n_headers; i++)
        headers[i] = (struct dc_header){ reply->headers[i].name, reply->headers[i].value };
    *ret = (struct dc_reply){ .size = sizeof *ret,
                              .tag = call->ask.tag,
                              .outcome = reply->outcome == HTTP_REPLIED    ? DC_REPLIED
                                         : reply->outcome == HTTP_NOT_SENT ? DC_NOT_SENT
                                                                           : DC_LOST,
                              .status = reply->status,
                              .headers = headers,
                              .n_headers = reply->n_headers,
                              .body = reply->body ? reply->body : "",
                              .body_len = reply->body ? reply->body_len : 0,
                              .last_try = last_try,
                              .problem = reply->err ? reply->err->message : NULL };
}

/* What needs no plugin: credentials, and limits once repeats are over. */
static bool reply_is_ours(const struct call *call, const struct dc_reply *reply,
                          const struct retry_case *now)
{
    struct exchange *exchange = call->exchange;
    if (reply->outcome != DC_REPLIED || (reply->status != 401 && reply->status != 403 &&
                                         reply->status != 429 && reply->status != 503))
        return false;
    reply_error(reply, now->effect, NULL, &exchange->host.err);
    if (call->lost && now->effect != DC_EFFECT_NONE)
        exchange->host.err.code = ERR_LOST;
    if (now->retry_after_ms > 0)
        exchange->host.err.retry_after_ms =
            now->retry_after_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)now->retry_after_ms;
    exchange_end(exchange, true);
    return true;
}

/* Hands a reply to the plugin.  True: it wants this request repeated. */
static bool reply_consume(struct call *call, const struct dc_reply *reply,
                          const struct retry_case *now)
{
    struct exchange *exchange = call->exchange;
    exchange->host.op.wait_ms = 0;
    int answer = exchange->account->plugin->consume(host_table(), &exchange->host.op, reply);
    host_op_end_call(&exchange->host);
    lane_limit_writers(&exchange->account->lane, exchange->host.op.ret_writers);
    if (answer == DC_AGAIN && !reply->last_try) {
        call_repeat(call, now, exchange->host.op.wait_ms);
        return true;
    }
    call_unlink(call);
    exchange_answer(exchange, answer);
    return false;
}

static void call_reply(void *arg, const struct http_reply *reply)
{
    struct call *call = arg;
    struct exchange *exchange = call->exchange;
    struct retry_case now = case_of(call, reply);
    int64_t took = now_of(exchange) - call->sent_ms;
    log_line(LOG_DEBUG, "%s: %s %s: %d in %lld ms", exchange->account->settings->name,
             call->http.method, call->ask.path, reply->status, (long long)took);
    call_over(call);
    call->lost |= reply->outcome == HTTP_LOST;
    if (reply->outcome == HTTP_REPLIED)
        latency_learn(exchange->account, took);
    if (exchange->over) {
        call_unlink(call);
        exchange_settle(exchange);
        return;
    }
    if (call_enlarge(call, reply))
        return;
    if (retry_decide(&now) == RETRY_AGAIN) {
        call_repeat(call, &now, 0);
        return;
    }
    struct dc_reply converted;
    reply_convert(call, reply, call->attempt >= RETRY_LOST_MAX, &converted);
    if (reply_is_ours(call, &converted, &now))
        call_unlink(call);
    else if (reply_consume(call, &converted, &now))
        return;
    exchange_settle(exchange);
}

void exchange_send(struct lane_call *lane_call)
{
    struct call *call = (struct call *)lane_call;
    struct exchange *exchange = call->exchange;
    struct account *account = exchange->account;
    call->attempt++;
    if (headers_fill(call, &exchange->host.err)) {
        call_over(call);
        call_unlink(call);
        exchange_end(exchange, true);
        exchange_settle(exchange);
        return;
    }
    call->sent = true;
    call->sent_ms = now_of(exchange);
    call->http.max_reply = call->lane.reply_bytes;
    if (call->ask.effect == DC_EFFECT_NONE) {
        account->n_reads++;
    } else {
        account->n_writes++;
        exchange->write_sent = true;
    }
    account->transport->submit(account->transport->ctx, &call->http, call_reply, call);
}
