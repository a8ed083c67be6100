/* channel: the glue between c-ares and the loop: sockets into the epoll set,
 * c-ares' timeouts into one timer. */
#include "io/channel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/memory.h"

enum { EDNS_SIZE = 1232, TIMEOUT_MIN_MS = 5, TIMEOUT_MAX_MS = 1000 };

struct socket_watch {
    struct watch watch;
    struct channel *channel;
    struct socket_watch *next;
};

struct channel {
    struct loop *loop;
    ares_channel ares;
    struct socket_watch *sockets;
    struct timer timeout;
    int64_t try_ms;
};

static void timeout_arm(struct channel *channel)
{
    struct timeval max = { .tv_sec = TIMEOUT_MAX_MS / 1000 }, tv;
    const struct timeval *next = ares_timeout(channel->ares, &max, &tv);
    int64_t wait_ms = (int64_t)next->tv_sec * 1000 + next->tv_usec / 1000 + 1;
    if (wait_ms < TIMEOUT_MIN_MS)
        wait_ms = TIMEOUT_MIN_MS;
    loop_timer_set(channel->loop, &channel->timeout, loop_now_ms(channel->loop) + wait_ms);
}

/* A query was sent: look again when its first try is over, if not before. */
static void timeout_within_try(struct channel *channel)
{
    int64_t at_ms = loop_now_ms(channel->loop) + channel->try_ms + 1;
    if (!channel->timeout.set || channel->timeout.at_ms > at_ms)
        loop_timer_set(channel->loop, &channel->timeout, at_ms);
}

/* ares_timeout() walks over all queries, so it is asked once per expiry and not
 * once per turn: the timer is left as it stands when an answer comes. */
static void on_timeout(void *arg)
{
    struct channel *channel = arg;
    ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    if (channel->sockets)
        timeout_arm(channel);
}

static void on_ready(void *arg, uint32_t events)
{
    struct socket_watch *socket = arg;
    int fd = socket->watch.fd;
    bool in = events & (EPOLLIN | EPOLLERR | EPOLLHUP), out = events & EPOLLOUT;
    ares_process_fd(socket->channel->ares, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
}

static struct socket_watch **socket_find(struct channel *channel, int fd)
{
    struct socket_watch **link = &channel->sockets;
    while (*link && (*link)->watch.fd != fd)
        link = &(*link)->next;
    return link;
}

static void socket_forget(struct channel *channel, struct socket_watch **link)
{
    struct socket_watch *socket = *link;
    *link = socket->next;
    loop_unwatch(channel->loop, &socket->watch);
    free(socket);
}

/* c-ares tells what it wants of a socket; 0 and 0 before it closes it. */
static void on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
    struct channel *channel = data;
    struct socket_watch **link = socket_find(channel, fd);
    if (!readable && !writable) {
        if (*link)
            socket_forget(channel, link);
        return;
    }
    if (!*link) {
        *link = mem_new(sizeof **link);
        (*link)->channel = channel;
        (*link)->watch.ready = on_ready;
        (*link)->watch.arg = *link;
    }
    uint32_t events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
    struct socket_watch *socket = *link;
    if (loop_watch(channel->loop, &socket->watch, fd, events, NULL) < 0)
        socket_forget(channel, link); /* its queries time out */
}

/* Everything that c-ares would else read from resolv.conf, once per channel. */
static int options_verbatim(const struct channel_options *options, struct ares_options *ret)
{
    static struct in_addr placeholder;
    static char lookups[] = "b";
    /* Our queries carry their own OPT; without ARES_FLAG_EDNS c-ares would cut
     * every reply over UDP to 512 octets, and with IGNTC hand it over so. */
    ret->flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
                 ARES_FLAG_NORECURSE | ARES_FLAG_IGNTC | ARES_FLAG_EDNS |
                 (options->tcp ? ARES_FLAG_USEVC : 0);
    ret->servers = &placeholder; /* replaced below */
    ret->nservers = 1;
    ret->lookups = lookups;
    ret->ndots = 1;
    return ARES_OPT_SERVERS | ARES_OPT_LOOKUPS | ARES_OPT_NDOTS | ARES_OPT_DOMAINS |
           ARES_OPT_SORTLIST;
}

static int options_fill(struct channel *channel, const struct channel_options *options,
                        struct ares_options *ret)
{
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
               ARES_OPT_EDNSPSZ;
    memset(ret, 0, sizeof *ret);
    if (options->verbatim)
        mask |= options_verbatim(options, ret);
    else
        ret->flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    ret->timeout = (int)options->try_ms;
    ret->tries = options->tries ? (int)options->tries : 1;
    ret->ednspsz = EDNS_SIZE;
    ret->sock_state_cb = on_socket;
    ret->sock_state_cb_data = channel;
#ifdef ARES_OPT_QUERY_CACHE
    ret->qcache_max_ttl = 0; /* since 1.31 answers are cached unless told otherwise */
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    return mask;
}

int channel_new(struct loop *loop, const struct channel_options *options, struct channel **ret,
                struct err *err)
{
    struct channel *channel = mem_new(sizeof *channel);
    struct ares_options ares;
    channel->loop = loop;
    channel->try_ms = options->try_ms;
    channel->timeout = (struct timer){ .fire = on_timeout, .arg = channel };
    int mask = options_fill(channel, options, &ares);
    int status = ares_init_options(&channel->ares, &ares, mask);
    if (status == ARES_SUCCESS && options->servers)
        status = ares_set_servers_ports_csv(channel->ares, options->servers);
    if (status != ARES_SUCCESS) {
        if (options->servers)
            err_set(err, ERR_FAILED, "cannot ask %s: %s", options->servers, ares_strerror(status));
        else
            err_set(err, ERR_FAILED, "cannot use the system's resolver: %s", ares_strerror(status));
        channel_free(channel);
        return -1;
    }
    *ret = channel;
    return 0;
}

void channel_free(struct channel *channel)
{
    if (!channel)
        return;
    if (channel->ares)
        ares_destroy(channel->ares); /* tells on_socket about every close */
    while (channel->sockets)
        socket_forget(channel, &channel->sockets);
    loop_timer_clear(channel->loop, &channel->timeout);
    free(channel);
}

void channel_send(struct channel *channel, const uint8_t *packet, size_t n, ares_callback done,
                  void *arg)
{
    timeout_within_try(channel);
    ares_send(channel->ares, packet, (int)n, done, arg);
}

void channel_query(struct channel *channel, const char *name, uint16_t type, ares_callback done,
                   void *arg)
{
    timeout_within_try(channel);
    ares_query(channel->ares, name, 1 /* IN */, type, done, arg);
}
