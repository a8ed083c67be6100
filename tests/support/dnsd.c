/* dnsd: a small authoritative DNS server (UDP and TCP) that plays what a file
 * tells it, also badly.
 *
 *   dnsd [-a ADDRESS] [-p PORT] [-l LOG] ZONEFILE
 *
 * Prints its port, serves until its parent ends, reads ZONEFILE again on
 * SIGHUP.  LOG gets a line "udp|tcp NAME TYPE" per query.  A line is a record in
 * zone file form with absolute names, or a rule (NAME or TYPE "*" fits all; the
 * first rule that fits is taken):
 *
 *   !NAME TYPE WHAT [MS]
 *
 * WHAT: servfail refused nxdomain notimp  that rcode, nothing else
 *       formerr       unless the query is without EDNS
 *       noedns        silent unless the query is without EDNS
 *       drop          silent      dropudp  silent over UDP
 *       tc            truncated over UDP, whole over TCP
 *       wrongid       a reply with another id, then none
 *       wrongname     a reply with another question, then none
 *       garbage       the header and then noise
 *       nonaa         the right answer without AA
 *       partial       only the first record of the set
 *       delay         the right answer after MS
 *       slowtcp       closes a TCP connection without an answer, the first MS times
 *
 * Answers are authoritative; CNAMEs are followed inside the file, wildcards
 * synthesise, negative answers carry the closest SOA. */
#include "server.h"

#include <ldns/ldns.h>
#include <sys/epoll.h>

enum { PACKET_MAX = 65535 };

struct record {
    char *name; /* lower case, final dot */
    uint16_t type;
    uint8_t *rest; /* type, class, TTL, length, RDATA */
    size_t len;
};

struct rule {
    char name[256];
    uint16_t type;
    char what[16];
    long ms;
};

struct query {
    char name[1024]; /* lower case, final dot */
    uint16_t type;
    size_t question_len; /* octets of the question, 12 further on in the packet */
    bool edns;
    size_t udp_size;
};

struct message {
    uint8_t data[PACKET_MAX];
    size_t len;
};

struct delayed {
    struct delayed *next;
    int64_t at_us;
    struct sockaddr_storage to;
    socklen_t to_len;
    struct conn *conn; /* NULL: a datagram */
    size_t len;
    uint8_t data[];
};

struct conn {
    struct conn *next;
    int fd;
    uint8_t in[PACKET_MAX + 2];
    size_t in_len;
    uint8_t *out;
    size_t out_len;
    bool dead;
};

static struct record *records;
static size_t n_records;
static struct rule *rules;
static size_t n_rules;
static struct delayed *delayed;
static struct conn *conns;
static const char *zone_file, *log_name;
static FILE *log_to;
static int epoll_fd, udp_fd, tcp_fd;
static volatile sig_atomic_t reread;

/* The file. */

static int record_order(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (int)x->type - (int)y->type;
}

static void lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text += 'a' - 'A';
}

static void record_add(ldns_rr *rr)
{
    records = must(realloc(records, (n_records + 1) * sizeof *records));
    struct record *record = &records[n_records++];
    uint8_t *wire = NULL;
    size_t len = 0, owner = ldns_rdf_size(ldns_rr_owner(rr));
    record->name = must(ldns_rdf2str(ldns_rr_owner(rr)));
    lower(record->name);
    record->type = (uint16_t)ldns_rr_get_type(rr);
    if (ldns_rr2wire(&wire, rr, LDNS_SECTION_ANSWER, &len) != LDNS_STATUS_OK)
        die("record");
    record->rest = must(malloc(len));
    memcpy(record->rest, wire + owner, len - owner);
    record->len = len - owner;
    free(wire);
}

static void rule_add(const char *line)
{
    rules = must(realloc(rules, (n_rules + 1) * sizeof *rules));
    struct rule *rule = &rules[n_rules++];
    char type[32] = "";
    memset(rule, 0, sizeof *rule);
    if (sscanf(line, "!%255s %31s %15s %ld", rule->name, type, rule->what, &rule->ms) < 3) {
        fprintf(stderr, "dnsd: bad rule: %s", line);
        exit(1);
    }
    lower(rule->name);
    size_t len = strlen(rule->name);
    if (strcmp(rule->name, "*") != 0 && rule->name[len - 1] != '.' && len < 254)
        strcat(rule->name, ".");
    if (strcmp(type, "*") != 0)
        rule->type = (uint16_t)ldns_get_rr_type_by_name(type);
}

static void file_clear(void)
{
    for (size_t i = 0; i < n_records; i++) {
        LDNS_FREE(records[i].name);
        free(records[i].rest);
    }
    n_records = n_rules = 0;
}

static void file_read(void)
{
    FILE *f = fopen(zone_file, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!f)
        die(zone_file);
    file_clear();
    while (getline(&line, &cap, f) > 0) {
        ldns_rr *rr = NULL;
        if (*line == '!')
            rule_add(line);
        if (strchr("!#;\n", *line))
            continue;
        ldns_status status = ldns_rr_new_frm_str(&rr, line, 300, NULL, NULL);
        if (status != LDNS_STATUS_OK) {
            fprintf(stderr, "dnsd: %s: %s", ldns_get_errorstr_by_id(status), line);
            exit(1);
        }
        record_add(rr);
        ldns_rr_free(rr);
    }
    free(line);
    fclose(f);
    if (n_records)
        qsort(records, n_records, sizeof *records, record_order);
}

/* First record of name and type (0: any) and how many follow. */
static size_t find(const char *name, uint16_t type, size_t *ret_n)
{
    size_t low = 0, high = n_records, n = 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(records[middle].name, name);
        if (order < 0 || (order == 0 && type && records[middle].type < type))
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < n_records && !strcmp(records[low + n].name, name) &&
           (!type || records[low + n].type == type))
        n++;
    *ret_n = n;
    return low;
}

static const char *parent(const char *name)
{
    const char *dot = strchr(name, '.');
    if (!dot)
        return NULL;
    return dot[1] ? dot + 1 : *name == '.' ? NULL : ".";
}

static bool name_exists(const char *name) /* also as an empty non-terminal */
{
    size_t len = strlen(name);
    for (size_t i = 0; i < n_records; i++) {
        size_t other = strlen(records[i].name);
        if (other >= len && !strcmp(records[i].name + other - len, name) &&
            (other == len || records[i].name[other - len - 1] == '.'))
            return true;
    }
    return false;
}

/* Queries and replies. */

static unsigned get16(const uint8_t *at)
{
    return (unsigned)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static bool query_parse(const uint8_t *packet, size_t n, struct query *ret)
{
    size_t at = 12, out = 0;
    if (n < 17 || (packet[2] & 0x80) || get16(packet + 4) != 1)
        return false;
    while (at < n && packet[at]) {
        size_t label = packet[at++];
        if (label > 63 || at + label >= n)
            return false;
        memcpy(ret->name + out, packet + at, label);
        out += label;
        ret->name[out++] = '.';
        at += label;
    }
    if (!out)
        ret->name[out++] = '.';
    ret->name[out] = '\0';
    lower(ret->name);
    if (at + 5 > n)
        return false;
    ret->type = (uint16_t)get16(packet + at + 1);
    ret->question_len = at + 5 - 12;
    ret->edns = get16(packet + 10) == 1 && n >= at + 5 + 11 && get16(packet + at + 6) == 41;
    ret->udp_size = ret->edns ? get16(packet + at + 8) : 512;
    if (ret->udp_size < 512)
        ret->udp_size = 512;
    return true;
}

static void name_add(struct message *m, const char *name)
{
    for (const char *end; *name && *name != '.'; name = end + 1) {
        end = strchr(name, '.');
        m->data[m->len++] = (uint8_t)(end - name);
        memcpy(m->data + m->len, name, (size_t)(end - name));
        m->len += (size_t)(end - name);
    }
    m->data[m->len++] = 0;
}

static void records_add(struct message *m, const char *owner, size_t first, size_t n, size_t count)
{
    size_t added = 0;
    for (; added < n && m->len + records[first + added].len + 300 < PACKET_MAX; added++) {
        const struct record *record = &records[first + added];
        if (owner) {
            name_add(m, owner);
        } else { /* the name of the question */
            put16(m->data + m->len, 0xc00c);
            m->len += 2;
        }
        memcpy(m->data + m->len, record->rest, record->len);
        m->len += record->len;
    }
    put16(m->data + count, get16(m->data + count) + added);
}

static void soa_add(struct message *m, const char *name)
{
    size_t n;
    for (; name; name = parent(name)) {
        size_t first = find(name, LDNS_RR_TYPE_SOA, &n);
        if (n) {
            records_add(m, name, first, 1, 8);
            return;
        }
    }
}

/* What is at the name: itself, else the wildcard above it. */
static size_t find_or_wildcard(const char *name, uint16_t type, const char **source, size_t *ret_n)
{
    static char wildcard[1100];
    *source = name;
    size_t first = find(name, type, ret_n), any;
    if (*ret_n || name_exists(name))
        return first;
    for (const char *above = parent(name); above; above = parent(above)) {
        snprintf(wildcard, sizeof wildcard, "*.%s", strcmp(above, ".") ? above : "");
        find(wildcard, 0, &any);
        if (any) {
            *source = wildcard;
            return find(wildcard, type, ret_n);
        }
        if (name_exists(above))
            break;
    }
    return first;
}

static void answer(struct message *m, const struct query *query, bool partial)
{
    const char *name = query->name, *owner = NULL, *source;
    char target[1100];
    size_t n;
    for (int hops = 0; hops < 8; hops++) {
        size_t first = find_or_wildcard(name, query->type, &source, &n);
        if (n) {
            records_add(m, owner, first, partial ? 1 : n, 6);
            return;
        }
        first = find(source, LDNS_RR_TYPE_CNAME, &n);
        if (!n)
            break;
        records_add(m, owner, first, 1, 6);
        ldns_rdf *dname = NULL;
        size_t at = 0;
        if (ldns_wire2dname(&dname, records[first].rest + 10, records[first].len - 10, &at) !=
            LDNS_STATUS_OK)
            return;
        char *text = ldns_rdf2str(dname);
        snprintf(target, sizeof target, "%s", text);
        LDNS_FREE(text);
        ldns_rdf_deep_free(dname);
        lower(target);
        name = owner = target;
    }
    if (!name_exists(name) && !name_exists(source) && !owner)
        m->data[3] = (uint8_t)(m->data[3] | LDNS_RCODE_NXDOMAIN);
    soa_add(m, name);
}

static struct rule *rule_find(const struct query *query)
{
    for (size_t i = 0; i < n_rules; i++)
        if ((!strcmp(rules[i].name, "*") || !strcmp(rules[i].name, query->name)) &&
            (!rules[i].type || rules[i].type == query->type))
            return &rules[i];
    return NULL;
}

static void opt_add(struct message *m)
{
    static const uint8_t opt[11] = { 0, 0, 41, 0x04, 0xd0 };
    memcpy(m->data + m->len, opt, sizeof opt);
    m->len += sizeof opt;
    put16(m->data + 10, 1);
}

static void truncate_to_question(struct message *m, const struct query *query)
{
    m->len = 12 + query->question_len;
    memset(m->data + 6, 0, 6);
    m->data[2] |= 0x02; /* TC */
    if (query->edns)
        opt_add(m);
}

static int rcode_of(const char *what)
{
    static const char *const names[] = {
        "", "formerr", "servfail", "nxdomain", "notimp", "refused"
    };
    for (int i = 1; i < 6; i++)
        if (!strcmp(what, names[i]))
            return i;
    return 0;
}

static bool is(const struct rule *rule, const char *what)
{
    return rule && !strcmp(rule->what, what);
}

static bool silent(const struct rule *rule, const struct query *query, bool tcp)
{
    return is(rule, "drop") || (is(rule, "dropudp") && !tcp) || (is(rule, "noedns") && query->edns);
}

static void spoil(struct message *m, const struct rule *rule)
{
    if (is(rule, "nonaa"))
        m->data[2] &= (uint8_t)~0x04;
    if (is(rule, "wrongid"))
        m->data[0] ^= 0x55;
    if (is(rule, "wrongname") && m->data[12])
        m->data[13] = m->data[13] == 'q' ? 'w' : 'q';
    if (is(rule, "garbage") && m->len > 12) {
        m->len = 12 + (m->len - 12) / 2;
        put16(m->data + 6, 9);
    }
}

/* False: no reply. */
static bool reply_make(const uint8_t *packet, const struct query *query, const struct rule *rule,
                       bool tcp, struct message *m)
{
    if (silent(rule, query, tcp))
        return false;
    memcpy(m->data, packet, 12 + query->question_len);
    m->len = 12 + query->question_len;
    memset(m->data + 6, 0, 6);
    m->data[2] = (uint8_t)(0x84 | (packet[2] & 0x01));
    m->data[3] = 0;
    int rcode = rule ? rcode_of(rule->what) : 0;
    if (rcode && (rcode != LDNS_RCODE_FORMERR || query->edns))
        m->data[3] = (uint8_t)rcode;
    else
        answer(m, query, is(rule, "partial"));
    if (query->edns && rcode != LDNS_RCODE_FORMERR)
        opt_add(m);
    if (!tcp && (is(rule, "tc") || m->len > query->udp_size))
        truncate_to_question(m, query);
    spoil(m, rule);
    return true;
}

static void log_query(const struct query *query, bool tcp)
{
    if (!log_to)
        return;
    char *type = ldns_rr_type2str((ldns_rr_type)query->type);
    fprintf(log_to, "%s %s %s\n", tcp ? "tcp" : "udp", query->name, type ? type : "?");
    free(type);
}

static void delay(const struct message *m, long ms, const struct sockaddr_storage *to,
                  socklen_t to_len, struct conn *conn)
{
    struct delayed *d = must(malloc(sizeof *d + m->len)), **link = &delayed;
    d->at_us = now_us() + ms * 1000;
    if (to)
        d->to = *to;
    d->to_len = to_len;
    d->conn = conn;
    d->len = m->len;
    memcpy(d->data, m->data, m->len);
    while (*link && (*link)->at_us <= d->at_us)
        link = &(*link)->next;
    d->next = *link;
    *link = d;
}

/* Sockets. */

/* Listening on all addresses, a reply must leave from the one that was asked. */
struct datagram {
    struct sockaddr_storage from;
    struct iovec octets;
    struct msghdr message;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static ssize_t datagram_read(struct datagram *d, uint8_t *packet, size_t cap)
{
    d->octets = (struct iovec){ packet, cap };
    d->message = (struct msghdr){ .msg_name = &d->from,
                                  .msg_namelen = sizeof d->from,
                                  .msg_iov = &d->octets,
                                  .msg_iovlen = 1,
                                  .msg_control = d->control,
                                  .msg_controllen = sizeof d->control };
    return recvmsg(udp_fd, &d->message, 0);
}

static void datagram_reply(struct datagram *d, uint8_t *packet, size_t len)
{
    d->octets = (struct iovec){ packet, len };
    struct cmsghdr *control = CMSG_FIRSTHDR(&d->message);
    if (control && control->cmsg_type == IP_PKTINFO)
        ((struct in_pktinfo *)(void *)CMSG_DATA(control))->ipi_ifindex = 0;
    else
        d->message.msg_controllen = 0;
    sendmsg(udp_fd, &d->message, 0);
}

static void serve_udp(void)
{
    static uint8_t packet[PACKET_MAX];
    static struct message m;
    static struct datagram d;
    for (;;) {
        ssize_t n = datagram_read(&d, packet, sizeof packet);
        if (n < 0)
            return;
        struct query query;
        if (!query_parse(packet, (size_t)n, &query))
            continue;
        log_query(&query, false);
        struct rule *rule = rule_find(&query);
        if (!reply_make(packet, &query, rule, false, &m))
            continue;
        if (is(rule, "delay"))
            delay(&m, rule->ms, &d.from, d.message.msg_namelen, NULL);
        else
            datagram_reply(&d, m.data, m.len);
    }
}

static void conn_flush(struct conn *c)
{
    while (c->out_len) {
        ssize_t n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        c->out_len -= (size_t)n;
        memmove(c->out, c->out + n, c->out_len);
    }
    struct epoll_event event = { .events = EPOLLIN | (c->out_len ? EPOLLOUT : 0),
                                 .data = { .ptr = c } };
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void conn_send(struct conn *c, const uint8_t *data, size_t len)
{
    c->out = must(realloc(c->out, c->out_len + len + 2));
    put16(c->out + c->out_len, len);
    memcpy(c->out + c->out_len + 2, data, len);
    c->out_len += len + 2;
    conn_flush(c);
}

static void conn_close(struct conn *c)
{
    c->dead = true;
    close(c->fd);
    for (struct delayed *d = delayed; d; d = d->next)
        if (d->conn == c)
            d->len = 0;
}

static void conn_query(struct conn *c, const uint8_t *packet, size_t n)
{
    static struct message m;
    struct query query;
    if (!query_parse(packet, n, &query))
        return;
    log_query(&query, true);
    struct rule *rule = rule_find(&query);
    if (is(rule, "slowtcp") && rule->ms-- > 0) {
        conn_close(c);
        return;
    }
    if (!reply_make(packet, &query, rule, true, &m))
        return;
    if (is(rule, "delay"))
        delay(&m, rule->ms, NULL, 0, c);
    else
        conn_send(c, m.data, m.len);
}

static void conn_read(struct conn *c)
{
    ssize_t n = read(c->fd, c->in + c->in_len, sizeof c->in - c->in_len);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        conn_close(c);
        return;
    }
    c->in_len += (size_t)n;
    while (!c->dead && c->in_len >= 2 && c->in_len >= get16(c->in) + 2) {
        size_t len = get16(c->in);
        conn_query(c, c->in + 2, len);
        c->in_len -= len + 2;
        memmove(c->in, c->in + len + 2, c->in_len);
    }
}

static void conn_accept(void)
{
    int fd, one = 1;
    while ((fd = accept4(tcp_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct conn *c = must(calloc(1, sizeof *c));
        struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = c } };
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c->fd = fd;
        c->next = conns;
        conns = c;
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void conns_sweep(void)
{
    for (struct conn **link = &conns, *c; (c = *link);) {
        if (!c->dead) {
            link = &c->next;
            continue;
        }
        *link = c->next;
        free(c->out);
        free(c);
    }
}

/* Sends what is due; milliseconds until the next, -1: nothing waits. */
static int delayed_send(void)
{
    while (delayed && delayed->at_us <= now_us()) {
        struct delayed *d = delayed;
        delayed = d->next;
        if (d->conn && d->len)
            conn_send(d->conn, d->data, d->len);
        else if (d->len)
            sendto(udp_fd, d->data, d->len, 0, (struct sockaddr *)&d->to, d->to_len);
        free(d);
    }
    return delayed ? (int)((delayed->at_us - now_us()) / 1000 + 1) : -1;
}

static void on_hup(int sig)
{
    (void)sig;
    reread = 1;
}

static void serve(void)
{
    struct epoll_event events[64];
    int one = 1;
    int room = 8 << 20; /* a burst of questions is not to be lost here */
    setsockopt(udp_fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
    if (setsockopt(udp_fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
        setsockopt(udp_fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    struct epoll_event udp = { .events = EPOLLIN, .data = { .ptr = &udp_fd } };
    struct epoll_event tcp = { .events = EPOLLIN, .data = { .ptr = &tcp_fd } };
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, udp_fd, &udp);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, tcp_fd, &tcp);
    for (;;) {
        int n = epoll_wait(epoll_fd, events, 64, delayed_send());
        if (reread) {
            reread = 0;
            file_read();
        }
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (events[i].data.ptr == &udp_fd)
                serve_udp();
            else if (events[i].data.ptr == &tcp_fd)
                conn_accept();
            else if (!c->dead && (events[i].events & EPOLLOUT))
                conn_flush(c);
            else if (!c->dead)
                conn_read(c);
        }
        conns_sweep();
        if (log_to)
            fflush(log_to);
    }
}

int main(int argc, char **argv)
{
    const char *host = "127.0.0.1";
    unsigned port = 0;
    for (int opt; (opt = getopt(argc, argv, "a:p:l:")) != -1;) {
        if (opt == 'a')
            host = optarg;
        else if (opt == 'p')
            port = (unsigned)strtoul(optarg, NULL, 10);
        else if (opt == 'l')
            log_name = optarg;
        else
            return 2;
    }
    if (optind != argc - 1)
        return 2;
    zone_file = argv[optind];
    server_init();
    signal(SIGHUP, on_hup);
    file_read();
    if (log_name && !(log_to = fopen(log_name, "a")))
        die(log_name);
    port = socket_pair(host, port, &udp_fd, &tcp_fd);
    server_ready(port);
    serve();
}
