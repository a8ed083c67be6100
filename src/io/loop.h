/* loop: the only place of the program that waits.
 *
 * One thread turns curl_multi_poll over the sockets of libcurl and one epoll
 * descriptor that holds everything else (c-ares sockets, children).  Callbacks
 * run inside loop_run() only.  What the other rooms see is the loop port; the
 * rest of this header is for the files of this room and for the command line,
 * which owns the loop and wakes it from its signal handlers. */
#pragma once
#include <stddef.h>
#include <sys/epoll.h>

#include "ports/loop.h"

struct loop; /* opaque */

/* ERR_FAILED when the system has no descriptors or memory left. */
int loop_new(struct loop **ret, struct err *err) WARN_UNUSED;
/* Everything that works in the loop must have been freed before. NULL is fine. */
void loop_free(struct loop *loop);
void loop_freep(struct loop **loop);
#define LOOP_SCOPED CLEANUP(loop_freep) struct loop *
struct loop_port loop_port(struct loop *loop); /* valid as long as the loop */

int64_t loop_now_ms(const struct loop *loop);
void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms);
void loop_timer_clear(struct loop *loop, struct timer *timer);

/* Turns until *done.  -1: the loop is broken, called from one of its own
 * callbacks, or nothing is left that could ever set *done. */
int loop_run(struct loop *loop, const bool *done, struct err *err) WARN_UNUSED;

/* Async-signal-safe: ends the present wait, and `woken` is called from the loop. */
void loop_wake(const struct loop *loop);
/* What to call after loop_wake(); NULL: nothing.  One listener. */
void loop_on_wake(struct loop *loop, void (*woken)(void *arg), void *arg);

/* A descriptor to watch; embedded in its owner, zero-initialised.  ready() may
 * clear this or any other watch, and free its owner. */
struct watch {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT */
    void (*ready)(void *arg, uint32_t events);
    void *arg;
    bool set;
};
/* Starts watching, or changes `events` of a watch that is set. */
int loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t events,
               struct err *err) WARN_UNUSED;
void loop_unwatch(struct loop *loop, struct watch *watch);

/* Transfers of libcurl (CURL *, CURLcode; http.c).  start returns a CURLMcode;
 * a finished transfer is told to the one listener and must then be stopped. */
int loop_transfer_start(struct loop *loop, void *easy) WARN_UNUSED;
void loop_transfer_stop(struct loop *loop, void *easy);
void loop_on_transfer(struct loop *loop, void (*done)(void *arg, void *easy, int code), void *arg);
