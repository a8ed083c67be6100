/* relay: makes loopback as slow as a long line.
 *
 *   relay LISTEN_PORT TARGET_HOST:PORT DELAY_MS
 *
 * Listens on 127.0.0.1 (port 0: any), prints its port, passes TCP and UDP
 * on to the target.  DELAY_MS is the round trip: half of it is added each way,
 * and all of it once per TCP connection, as its handshake would take. */
#include "server.h"

#include <sys/epoll.h>

enum { CHUNK = 64 * 1024, QUEUE_MAX = 4 << 20, UDP_IDLE_US = 10000000 };

struct piece { /* octets on their way; at the end of a stream len is 0 */
    struct piece *next;
    int64_t at_us;
    size_t len, sent;
    char data[];
};

struct side {
    struct pair *pair;
    struct side *other;
    int fd;
    uint32_t events;
    struct piece *first, **last; /* to be written here */
    size_t queued;
    bool ended; /* nothing more is read here */
};

struct pair { /* a TCP connection, or a UDP client and its own socket */
    struct pair *next;
    struct side client, target;
    int64_t open_us; /* not before this do octets of the client leave */
    int64_t used_us;
    struct sockaddr_storage from;
    socklen_t from_len;
    bool udp, connected, dead;
};

static struct pair *pairs;
static struct sockaddr_storage target;
static socklen_t target_len;
static int64_t delay_us;
static int epoll_fd, udp_fd, tcp_fd;

static void side_init(struct side *side, struct pair *pair, struct side *other, int fd)
{
    *side = (struct side){ .pair = pair, .other = other, .fd = fd, .last = &side->first };
    struct epoll_event event = { .data = { .ptr = side } };
    if (fd >= 0)
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void side_want(struct side *side, uint32_t events)
{
    if (side->fd < 0 || side->events == events)
        return;
    struct epoll_event event = { .events = events, .data = { .ptr = side } };
    side->events = events;
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, side->fd, &event);
}

static struct pair *pair_new(int client_fd, int type)
{
    struct pair *pair = must(calloc(1, sizeof *pair));
    int fd = socket(target.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        die("socket");
    if (type == SOCK_STREAM)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pair->udp = type == SOCK_DGRAM;
    pair->connected =
        connect(fd, (struct sockaddr *)&target, target_len) == 0 || errno != EINPROGRESS;
    side_init(&pair->client, pair, &pair->target, client_fd);
    side_init(&pair->target, pair, &pair->client, fd);
    pair->next = pairs;
    pairs = pair;
    return pair;
}

static void side_done(struct side *side)
{
    if (side->fd >= 0 && side->fd != udp_fd)
        close(side->fd);
    for (struct piece *piece; (piece = side->first);) {
        side->first = piece->next;
        free(piece);
    }
}

static void piece_add(struct side *to, const char *data, size_t len)
{
    struct piece *piece = must(malloc(sizeof *piece + len));
    int64_t start = now_us();
    if (to == &to->pair->target && start < to->pair->open_us)
        start = to->pair->open_us;
    piece->next = NULL;
    piece->at_us = start + delay_us / 2;
    piece->len = len;
    piece->sent = 0;
    if (len)
        memcpy(piece->data, data, len);
    *to->last = piece;
    to->last = &piece->next;
    to->queued += len;
}

static void side_read(struct side *side)
{
    static char data[CHUNK];
    while (!side->ended && side->other->queued < QUEUE_MAX) {
        ssize_t n = read(side->fd, data, sizeof data);
        if (n < 0 && errno == EAGAIN)
            return;
        if (side->pair->udp) {
            if (n < 0)
                return;
        } else if (n <= 0) {
            side->ended = true;
            n = 0;
        }
        piece_add(side->other, data, (size_t)n);
    }
}

static ssize_t piece_send(struct side *side, const struct piece *piece)
{
    struct pair *pair = side->pair;
    if (side->fd == udp_fd)
        return sendto(udp_fd, piece->data, piece->len, 0, (struct sockaddr *)&pair->from,
                      pair->from_len);
    return send(side->fd, piece->data + piece->sent, piece->len - piece->sent, MSG_NOSIGNAL);
}

static void side_write(struct side *side, int64_t now)
{
    struct pair *pair = side->pair;
    for (struct piece *piece; (piece = side->first) && piece->at_us <= now;) {
        if (!pair->connected && side == &pair->target)
            return;
        ssize_t n = piece->len ? piece_send(side, piece) : 0;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0 && !pair->udp) {
            pair->dead = true;
            return;
        }
        if (!piece->len && !pair->udp)
            shutdown(side->fd, SHUT_WR);
        piece->sent += n > 0 ? (size_t)n : 0;
        if (piece->sent < piece->len && !pair->udp)
            return;
        side->queued -= piece->len;
        side->first = piece->next;
        if (!side->first)
            side->last = &side->first;
        free(piece);
    }
}

/* What to wait for, and until when (-1: no time). */
static int64_t side_plan(struct side *side, int64_t now)
{
    bool due = side->first && side->first->at_us <= now;
    bool connecting = !side->pair->connected && side == &side->pair->target;
    uint32_t events = 0;
    if (!side->ended && side->other->queued < QUEUE_MAX && !connecting)
        events |= EPOLLIN;
    if (connecting || due)
        events |= EPOLLOUT;
    if (side->fd != udp_fd)
        side_want(side, events);
    return side->first && !due ? side->first->at_us : -1;
}

static bool pair_over(const struct pair *pair, int64_t now)
{
    if (pair->udp)
        return now - pair->used_us > UDP_IDLE_US;
    return pair->dead ||
           (pair->client.ended && pair->target.ended && !pair->client.first && !pair->target.first);
}

static int pairs_turn(void)
{
    int64_t now = now_us(), next = -1;
    for (struct pair **link = &pairs, *pair; (pair = *link);) {
        side_write(&pair->client, now);
        side_write(&pair->target, now);
        if (pair_over(pair, now)) {
            *link = pair->next;
            side_done(&pair->client);
            side_done(&pair->target);
            free(pair);
            continue;
        }
        int64_t a = side_plan(&pair->client, now), b = side_plan(&pair->target, now);
        a = a < 0 || (b >= 0 && b < a) ? b : a;
        next = next < 0 || (a >= 0 && a < next) ? a : next;
        link = &pair->next;
    }
    if (next < 0)
        return pairs ? 1000 : -1;
    return next <= now ? 0 : (int)((next - now + 999) / 1000);
}

static void accept_all(void)
{
    int fd, one = 1;
    while ((fd = accept4(tcp_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pair_new(fd, SOCK_STREAM)->open_us = now_us() + delay_us;
    }
}

static struct pair *client_find(const struct sockaddr_storage *from, socklen_t len)
{
    for (struct pair *pair = pairs; pair; pair = pair->next)
        if (pair->udp && pair->from_len == len && !memcmp(&pair->from, from, len))
            return pair;
    struct pair *pair = pair_new(-1, SOCK_DGRAM);
    pair->client.fd = udp_fd;
    pair->connected = true;
    pair->from = *from;
    pair->from_len = len;
    return pair;
}

static void datagrams_read(void)
{
    static char data[CHUNK];
    struct sockaddr_storage from;
    for (;;) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(udp_fd, data, sizeof data, 0, (struct sockaddr *)&from, &len);
        if (n < 0)
            return;
        struct pair *pair = client_find(&from, len);
        pair->used_us = now_us();
        piece_add(&pair->target, data, (size_t)n);
    }
}

static void side_event(struct side *side, uint32_t events)
{
    struct pair *pair = side->pair;
    if (!pair->connected && side == &pair->target && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
        int error = 0;
        socklen_t len = sizeof error;
        getsockopt(side->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        pair->connected = true;
        pair->dead |= error != 0;
        return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        side_read(side);
}

static void serve(void)
{
    struct epoll_event events[128];
    struct epoll_event udp = { .events = EPOLLIN, .data = { .ptr = &udp_fd } };
    struct epoll_event tcp = { .events = EPOLLIN, .data = { .ptr = &tcp_fd } };
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, udp_fd, &udp);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, tcp_fd, &tcp);
    for (;;) {
        int n = epoll_wait(epoll_fd, events, 128, pairs_turn());
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &udp_fd)
                datagrams_read();
            else if (events[i].data.ptr == &tcp_fd)
                accept_all();
            else
                side_event(events[i].data.ptr, events[i].events);
        }
    }
}

int main(int argc, char **argv)
{
    char host[64] = "";
    unsigned port;
    if (argc != 4 || sscanf(argv[2], "%63[^:]:%u", host, &port) != 2) {
        fprintf(stderr, "usage: relay LISTEN_PORT TARGET_HOST:PORT DELAY_MS\n");
        return 2;
    }
    delay_us = strtol(argv[3], NULL, 10) * 1000;
    target_len = address_fill(strcmp(host, "localhost") ? host : "127.0.0.1", port, &target);
    server_init();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    unsigned got = socket_pair("127.0.0.1", (unsigned)strtoul(argv[1], NULL, 10), &udp_fd, &tcp_fd);
    server_ready(got);
    serve();
}
