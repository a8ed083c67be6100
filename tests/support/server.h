/* server: what the little servers of the tests have in common. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

__attribute__((noreturn)) static inline void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline void *must(void *memory)
{
    if (!memory)
        die("memory");
    return memory;
}

/* Ends with the program that started it; no zombie servers after a crash. */
static inline void server_init(void)
{
    pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        exit(0);
    signal(SIGPIPE, SIG_IGN);
}

/* "127.0.0.1" or "::1" and a port. */
static inline socklen_t address_fill(const char *host, unsigned port, struct sockaddr_storage *ret)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return sizeof *v6;
    }
    errno = EINVAL;
    die(host);
}

/* A bound socket, listening when it is a stream; -1 when the port is taken. */
static inline int socket_bind(const char *host, unsigned port, int type)
{
    struct sockaddr_storage address;
    socklen_t len = address_fill(host, port, &address);
    int fd = socket(address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        die("socket");
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, len) < 0 ||
        (type == SOCK_STREAM && listen(fd, 1024) < 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline unsigned socket_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        die("getsockname");
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

/* The same port for datagrams and streams; 0 takes any that is free for both. */
static inline unsigned socket_pair(const char *host, unsigned port, int *ret_udp, int *ret_tcp)
{
    for (int tries = 0; tries < 100; tries++) {
        *ret_tcp = socket_bind(host, port, SOCK_STREAM);
        if (*ret_tcp >= 0) {
            unsigned got = socket_port(*ret_tcp);
            *ret_udp = socket_bind(host, got, SOCK_DGRAM);
            if (*ret_udp >= 0)
                return got;
            close(*ret_tcp);
        }
        if (port)
            break;
    }
    die("bind");
}

/* Tells the parent where the server listens: the port on a line of its own. */
static inline void server_ready(unsigned port)
{
    printf("%u\n", port);
    fflush(stdout);
}

static inline void socket_reset(int fd) /* close with RST */
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}
