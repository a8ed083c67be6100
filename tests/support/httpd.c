/* httpd: a small HTTP/1.1 server that plays what a file tells it.
 *
 *   httpd [-a ADDRESS] [-p PORT] [-l LOG] [-r] RULES
 *
 * Prints its port, serves until its parent ends, reads RULES again on
 * SIGHUP.  LOG gets a line "METHOD PATH BODY-LENGTH" per request that was read
 * whole; with -r the raw request follows.  A rule is a line; the first that fits
 * is taken (METHOD or PATH "*" fits all; PATH is a prefix):
 *
 *   METHOD PATH [status=200] [body="text"] [file=NAME] [header="Name: value"]...
 *     [delay=MS]      before the reply            [times=N]     only the first N
 *     [close=1]       Connection: close           [chunked=1]   body in chunks
 *     [enormous=N]    N octets of body            [truncate=N]  N octets, then close
 *     [trickle=MS]    one octet of it all per MS  [raw="text"]  this and nothing else
 *     [reset=read]    RST after the request       [reset=accept] RST at once
 *     [drop=1]        read the request, then stay silent
 *     [once=1]        close silently (no "Connection: close") after this reply
 */
#include "server.h"

#include <ctype.h>
#include <sys/epoll.h>

enum { REQUEST_MAX = 8 << 20, CHUNK = 64 * 1024 };

struct rule {
    struct rule *next;
    char *method, *path, *body, *raw, *headers;
    size_t body_len, raw_len;
    int status;
    long delay_ms, trickle_ms, times, truncate;
    size_t enormous;
    bool close, once, chunked, reset_read, reset_accept, drop;
};

struct conn {
    struct conn *next;
    int fd;
    char *in, *out;
    size_t in_len, in_cap, out_len, out_at, filler; /* filler: octets 'x' still to send */
    size_t chunks_from;                             /* unused in plain replies */
    int64_t at_us;                                  /* do not write before; 0: now */
    long trickle_ms;
    bool replying, close_after, dead;
};

static struct rule *rules;
static struct conn *conns;
static const char *rules_file, *log_file;
static bool log_raw;
static int epoll_fd;
static volatile sig_atomic_t reread;

/* Rules. */

static char *unescape(const char *text, size_t len, size_t *ret_len)
{
    char *out = must(malloc(len + 1));
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '\\' && i + 1 < len) {
            c = text[++i];
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    *ret_len = n;
    return out;
}

static char *file_slurp(const char *name, size_t *ret_len)
{
    FILE *f = fopen(name, "rb");
    if (!f)
        die(name);
    char *text = NULL;
    size_t cap = 0;
    ssize_t n = getdelim(&text, &cap, -1, f); /* to the end: no octet is 0xff in UTF-8 */
    fclose(f);
    *ret_len = n > 0 ? (size_t)n : 0;
    return text ? text : must(calloc(1, 1));
}

static void rule_header(struct rule *rule, const char *line)
{
    size_t old = rule->headers ? strlen(rule->headers) : 0, n = strlen(line);
    rule->headers = must(realloc(rule->headers, old + n + 3));
    sprintf(rule->headers + old, "%s\r\n", line);
}

static void rule_set(struct rule *rule, const char *key, char *value, size_t len)
{
    long number = strtol(value, NULL, 10);
    if (!strcmp(key, "status"))
        rule->status = (int)number;
    else if (!strcmp(key, "body"))
        rule->body = value, rule->body_len = len;
    else if (!strcmp(key, "file"))
        rule->body = file_slurp(value, &rule->body_len);
    else if (!strcmp(key, "raw"))
        rule->raw = value, rule->raw_len = len;
    else if (!strcmp(key, "header"))
        rule_header(rule, value);
    else if (!strcmp(key, "delay"))
        rule->delay_ms = number;
    else if (!strcmp(key, "trickle"))
        rule->trickle_ms = number;
    else if (!strcmp(key, "times"))
        rule->times = number;
    else if (!strcmp(key, "truncate"))
        rule->truncate = number;
    else if (!strcmp(key, "enormous"))
        rule->enormous = strtoul(value, NULL, 10);
    else if (!strcmp(key, "close"))
        rule->close = number;
    else if (!strcmp(key, "once"))
        rule->once = number;
    else if (!strcmp(key, "chunked"))
        rule->chunked = number;
    else if (!strcmp(key, "drop"))
        rule->drop = number;
    else if (!strcmp(key, "reset"))
        rule->reset_read = !strcmp(value, "read"), rule->reset_accept = !strcmp(value, "accept");
    else
        fprintf(stderr, "httpd: unknown key %s\n", key), exit(1);
}

static char *word(char **at)
{
    char *start = *at + strspn(*at, " \t"), *end = start + strcspn(start, " \t\n");
    *at = *end ? end + 1 : end;
    *end = '\0';
    return must(strdup(start));
}

static void rule_parse(char *line)
{
    struct rule *rule = must(calloc(1, sizeof *rule)), **link = &rules;
    rule->method = word(&line);
    rule->path = word(&line);
    rule->status = 200;
    rule->times = rule->truncate = -1;
    for (;;) {
        line += strspn(line, " \t\n");
        size_t key = strcspn(line, "=");
        if (!line[key])
            break;
        line[key] = '\0';
        char *name = line, *value = line + key + 1, *end;
        bool quoted = *value == '"';
        value += quoted;
        for (end = value; *end && (quoted ? *end != '"' : !isspace((unsigned char)*end)); end++)
            if (*end == '\\' && end[1])
                end++;
        size_t len;
        char *text = unescape(value, (size_t)(end - value), &len);
        line = *end ? end + 1 : end;
        rule_set(rule, name, text, len);
    }
    while (*link)
        link = &(*link)->next;
    *link = rule;
}

static void rules_read(void)
{
    FILE *f = fopen(rules_file, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!f)
        die(rules_file);
    rules = NULL; /* a test server: the old ones may leak */
    while (getline(&line, &cap, f) > 0)
        if (*line != '#' && *line != '\n')
            rule_parse(line);
    free(line);
    fclose(f);
}

static struct rule *rule_find(const char *method, const char *path)
{
    for (struct rule *rule = rules; rule; rule = rule->next) {
        if (rule->times == 0 || rule->reset_accept)
            continue;
        if (strcmp(rule->method, "*") != 0 && strcmp(rule->method, method) != 0)
            continue;
        if (strcmp(rule->path, "*") != 0 && strncmp(rule->path, path, strlen(rule->path)) != 0)
            continue;
        if (rule->times > 0)
            rule->times--;
        return rule;
    }
    return NULL;
}

/* Replies. */

static void out_add(struct conn *c, const char *bytes, size_t n)
{
    c->out = must(realloc(c->out, c->out_len + n + 1));
    memcpy(c->out + c->out_len, bytes, n);
    c->out_len += n;
}

static void out_chunked(struct conn *c, const char *body, size_t len)
{
    char line[32];
    while (len) {
        size_t n = len > 1000 ? 1000 : len;
        out_add(c, line, (size_t)sprintf(line, "%zx\r\n", n));
        out_add(c, body, n);
        out_add(c, "\r\n", 2);
        body += n;
        len -= n;
    }
    out_add(c, "0\r\n\r\n", 5);
}

static void reply(struct conn *c, const struct rule *rule, bool head)
{
    char line[160];
    size_t body_len = rule->enormous ? rule->enormous : rule->body_len;
    if (rule->raw) {
        out_add(c, rule->raw, rule->raw_len);
        c->close_after = true;
        return;
    }
    out_add(c, line, (size_t)sprintf(line, "HTTP/1.1 %d Reply\r\n", rule->status));
    if (rule->headers)
        out_add(c, rule->headers, strlen(rule->headers));
    if (rule->close)
        out_add(c, "Connection: close\r\n", 19);
    c->close_after |= rule->close || rule->once;
    if (rule->chunked) {
        out_add(c, "Transfer-Encoding: chunked\r\n\r\n", 30);
        out_chunked(c, rule->body ? rule->body : "", rule->body_len);
        return;
    }
    if (rule->status != 204 && rule->status != 304)
        out_add(c, line, (size_t)sprintf(line, "Content-Length: %zu\r\n", body_len));
    out_add(c, "\r\n", 2);
    if (rule->truncate >= 0) {
        body_len = (size_t)rule->truncate < body_len ? (size_t)rule->truncate : body_len;
        c->close_after = true;
    }
    if (head)
        return;
    if (rule->enormous)
        c->filler = body_len;
    else if (body_len)
        out_add(c, rule->body, body_len);
}

static void log_request(const char *method, const char *path, size_t body_len, const char *raw,
                        size_t raw_len)
{
    FILE *f = log_file ? fopen(log_file, "a") : NULL;
    if (!f)
        return;
    fprintf(f, "%s %s %zu\n", method, path, body_len);
    if (log_raw) {
        fwrite(raw, 1, raw_len, f);
        fputs("\n", f);
    }
    fclose(f);
}

static void conn_want(struct conn *c, uint32_t events)
{
    struct epoll_event event = { .events = events, .data = { .ptr = c } };
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void conn_close(struct conn *c, bool reset)
{
    if (c->dead)
        return;
    c->dead = true;
    if (reset)
        socket_reset(c->fd);
    else
        close(c->fd);
}

/* A request without a rule says so: the test has a hole. */
static const struct rule no_rule = {
    .status = 599, .truncate = -1, .body = (char *)(uintptr_t) "no rule", .body_len = 7
};

static void request_answer(struct conn *c, char *head, size_t head_len, size_t body_len)
{
    char method[16] = "", path[4096] = "";
    if (sscanf(head, "%15s %4095s", method, path) != 2) {
        conn_close(c, true);
        return;
    }
    log_request(method, path, body_len, head, head_len + body_len);
    const struct rule *rule = rule_find(method, path);
    if (!rule)
        rule = &no_rule;
    c->replying = true;
    if (rule->reset_read) {
        conn_close(c, true);
        return;
    }
    if (rule->drop)
        return;
    c->at_us = rule->delay_ms ? now_us() + rule->delay_ms * 1000 : 0;
    c->trickle_ms = rule->trickle_ms;
    reply(c, rule, !strcmp(method, "HEAD"));
    if (!c->at_us)
        conn_want(c, EPOLLOUT);
}

/* One request at a time: what follows stays in the buffer. */
static void conn_parse(struct conn *c)
{
    char *end = c->in_len ? memmem(c->in, c->in_len, "\r\n\r\n", 4) : NULL;
    if (c->in_len && *c->in == 0x16) { /* a TLS handshake: not here */
        conn_close(c, false);
        return;
    }
    if (c->replying || !end)
        return;
    size_t head_len = (size_t)(end + 4 - c->in), body_len = 0;
    char *length = strcasestr(c->in, "\nContent-Length:");
    if (length && length < end)
        body_len = strtoul(length + 16, NULL, 10);
    if (c->in_len < head_len + body_len)
        return;
    request_answer(c, c->in, head_len, body_len);
    if (c->dead)
        return;
    c->in_len -= head_len + body_len;
    memmove(c->in, c->in + head_len + body_len, c->in_len);
    c->in[c->in_len] = '\0';
}

static void conn_read(struct conn *c)
{
    for (;;) {
        if (c->in_cap - c->in_len < CHUNK) {
            c->in_cap = c->in_cap * 2 + 2 * CHUNK;
            c->in = must(realloc(c->in, c->in_cap));
        }
        ssize_t n = read(c->fd, c->in + c->in_len, c->in_cap - c->in_len - 1);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0 || c->in_len > REQUEST_MAX) {
            conn_close(c, false);
            return;
        }
        c->in_len += (size_t)n;
        c->in[c->in_len] = '\0';
    }
    conn_parse(c);
}

static void conn_finished(struct conn *c)
{
    c->out_len = c->out_at = 0;
    c->replying = false;
    if (c->close_after) {
        shutdown(c->fd, SHUT_WR);
        conn_close(c, false);
        return;
    }
    conn_want(c, EPOLLIN);
    conn_parse(c);
}

static void conn_write(struct conn *c)
{
    static char x[CHUNK];
    if (!*x)
        memset(x, 'x', sizeof x);
    while (c->out_at < c->out_len || c->filler) {
        bool filling = c->out_at == c->out_len;
        size_t n = filling ? (c->filler < CHUNK ? c->filler : CHUNK) : c->out_len - c->out_at;
        n = c->trickle_ms ? 1 : n;
        ssize_t sent = send(c->fd, filling ? x : c->out + c->out_at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            conn_want(c, EPOLLOUT);
            return;
        }
        if (sent <= 0) {
            conn_close(c, false);
            return;
        }
        *(filling ? &c->filler : &c->out_at) += filling ? -(size_t)sent : (size_t)sent;
        if (c->trickle_ms) {
            c->at_us = now_us() + c->trickle_ms * 1000;
            conn_want(c, 0);
            return;
        }
    }
    conn_finished(c);
}

static bool reset_on_accept(void)
{
    for (struct rule *rule = rules; rule; rule = rule->next)
        if (rule->reset_accept && rule->times != 0) {
            rule->times -= rule->times > 0;
            return true;
        }
    return false;
}

static void conn_accept(int listener)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (reset_on_accept()) {
            socket_reset(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct conn *c = must(calloc(1, sizeof *c));
        struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = c } };
        c->fd = fd;
        c->next = conns;
        conns = c;
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Writes what is due, frees what is dead; how long until the next is due. */
static int conns_sweep(void)
{
    int64_t now = now_us(), next = -1;
    for (struct conn **link = &conns, *c; (c = *link);) {
        if (!c->dead && c->at_us && c->at_us <= now) {
            c->at_us = 0;
            conn_write(c);
        }
        if (c->dead) {
            *link = c->next;
            free(c->in);
            free(c->out);
            free(c);
            continue;
        }
        if (c->at_us && (next < 0 || c->at_us < next))
            next = c->at_us;
        link = &c->next;
    }
    return next < 0 ? -1 : next <= now ? 0 : (int)((next - now) / 1000 + 1);
}

static void on_hup(int sig)
{
    (void)sig;
    reread = 1;
}

static void serve(int listener)
{
    struct epoll_event events[64], listen_event = { .events = EPOLLIN };
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &listen_event);
    for (;;) {
        int n = epoll_wait(epoll_fd, events, 64, conns_sweep());
        if (reread) {
            reread = 0;
            rules_read();
        }
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (!c)
                conn_accept(listener);
            else if (!c->dead && (events[i].events & EPOLLOUT))
                conn_write(c);
            else if (!c->dead)
                conn_read(c);
        }
    }
}

int main(int argc, char **argv)
{
    const char *host = "127.0.0.1";
    unsigned port = 0;
    for (int opt; (opt = getopt(argc, argv, "a:p:l:r")) != -1;) {
        if (opt == 'a')
            host = optarg;
        else if (opt == 'p')
            port = (unsigned)strtoul(optarg, NULL, 10);
        else if (opt == 'l')
            log_file = optarg;
        else if (opt == 'r')
            log_raw = true;
        else
            return 2;
    }
    if (optind != argc - 1)
        return 2;
    rules_file = argv[optind];
    server_init();
    signal(SIGHUP, on_hup);
    rules_read();
    int listener = socket_bind(host, port, SOCK_STREAM);
    if (listener < 0)
        die("bind");
    server_ready(socket_port(listener));
    serve(listener);
}
