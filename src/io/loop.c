/* loop: timers in a heap, descriptors in one epoll set, libcurl around it.
 * It does not know what its users wait for. */
#include "io/loop.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "io/memory.h"

enum { EVENTS_PER_TURN = 64, WAIT_MAX_MS = 60000 };

struct heap_entry { /* time beside the pointer: sifting touches one array only */
    int64_t at_ms;
    uint64_t order; /* equal times fire in the order they were set */
    struct timer *timer;
};

struct loop {
    CURLM *multi;
    int epoll_fd, wake_fd;
    struct heap_entry *heap;
    size_t n_timers, cap_timers;
    uint64_t order;
    int64_t turn_ms; /* when the present turn began */
    size_t n_watches;
    struct epoll_event events[EVENTS_PER_TURN]; /* of the present turn */
    int n_events;
    int transfers; /* libcurl's running handles after the last turn */
    bool running;
    void (*woken)(void *arg);
    void *woken_arg;
    void (*transfer_done)(void *arg, void *easy, int code);
    void *transfer_arg;
};

int64_t loop_now_ms(const struct loop *loop)
{
    (void)loop;
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t wall_s(void *ctx)
{
    (void)ctx;
    return (int64_t)time(NULL);
}

/* Timers: a binary heap; timer->slot is the timer's place in it. */

static bool entry_before(const struct heap_entry *a, const struct heap_entry *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

static void heap_place(struct loop *loop, size_t slot, struct heap_entry entry)
{
    loop->heap[slot] = entry;
    entry.timer->slot = slot;
}

static void heap_up(struct loop *loop, size_t slot, struct heap_entry entry)
{
    while (slot > 0) {
        size_t parent = (slot - 1) / 2;
        if (!entry_before(&entry, &loop->heap[parent]))
            break;
        heap_place(loop, slot, loop->heap[parent]);
        slot = parent;
    }
    heap_place(loop, slot, entry);
}

static void heap_down(struct loop *loop, size_t slot, struct heap_entry entry)
{
    for (;;) {
        size_t child = 2 * slot + 1;
        if (child >= loop->n_timers)
            break;
        if (child + 1 < loop->n_timers && entry_before(&loop->heap[child + 1], &loop->heap[child]))
            child++;
        if (!entry_before(&loop->heap[child], &entry))
            break;
        heap_place(loop, slot, loop->heap[child]);
        slot = child;
    }
    heap_place(loop, slot, entry);
}

void loop_timer_clear(struct loop *loop, struct timer *timer)
{
    if (!timer->set)
        return;
    timer->set = false;
    size_t slot = timer->slot;
    struct heap_entry last = loop->heap[--loop->n_timers];
    if (last.timer == timer)
        return;
    if (slot > 0 && entry_before(&last, &loop->heap[(slot - 1) / 2]))
        heap_up(loop, slot, last);
    else
        heap_down(loop, slot, last);
}

static void heap_reserve(struct loop *loop)
{
    if (loop->n_timers < loop->cap_timers)
        return;
    size_t cap = loop->cap_timers ? loop->cap_timers * 2 : 64;
    loop->heap = mem_array(loop->heap, cap, sizeof *loop->heap);
    loop->cap_timers = cap;
}

void loop_timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
    loop_timer_clear(loop, timer);
    heap_reserve(loop);
    timer->at_ms = at_ms;
    timer->set = true;
    /* Times that are past count as "this turn": a timer that is always set to 0
     * must not stay in front of the others for ever. */
    int64_t sort_ms = at_ms < loop->turn_ms ? loop->turn_ms : at_ms;
    struct heap_entry entry = { sort_ms, loop->order++, timer };
    heap_up(loop, loop->n_timers++, entry);
}

/* Fires what is due and was set before this turn: a timer that sets itself to
 * "now" must not keep the sockets from being read. */
static void timers_fire(struct loop *loop)
{
    int64_t now = loop->turn_ms = loop_now_ms(loop);
    uint64_t limit = loop->order;
    while (loop->n_timers) {
        struct heap_entry first = loop->heap[0];
        if (first.at_ms > now || first.order >= limit)
            break;
        loop_timer_clear(loop, first.timer);
        first.timer->fire(first.timer->arg);
    }
}

/* Descriptors. */

int loop_watch(struct loop *loop, struct watch *watch, int fd, uint32_t events, struct err *err)
{
    struct epoll_event event = { .events = events, .data = { .ptr = watch } };
    int op = watch->set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll_fd, op, fd, &event) < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot watch descriptor %d", fd);
    if (!watch->set)
        loop->n_watches++;
    watch->set = true;
    watch->fd = fd;
    watch->events = events;
    return 0;
}

void loop_unwatch(struct loop *loop, struct watch *watch)
{
    if (!watch->set)
        return;
    watch->set = false;
    loop->n_watches--;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    /* The event may already have been fetched and its owner be about to go. */
    for (int i = 0; i < loop->n_events; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

static void wake_drain(struct loop *loop)
{
    uint64_t count;
    if (read(loop->wake_fd, &count, sizeof count) == (ssize_t)sizeof count && loop->woken)
        loop->woken(loop->woken_arg);
}

static int watches_dispatch(struct loop *loop, struct err *err)
{
    int n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_PER_TURN, 0);
    if (n < 0 && errno != EINTR)
        return err_errno(err, ERR_FAILED, errno, "epoll_wait");
    loop->n_events = n > 0 ? n : 0;
    for (int i = 0; i < loop->n_events; i++) {
        void *who = loop->events[i].data.ptr;
        if (who == loop) {
            wake_drain(loop);
        } else if (who) {
            struct watch *watch = who;
            watch->ready(watch->arg, loop->events[i].events);
        }
    }
    loop->n_events = 0;
    return 0;
}

void loop_wake(const struct loop *loop)
{
    int saved = errno; /* a signal handler must not change it */
    uint64_t one = 1;
    ssize_t n = write(loop->wake_fd, &one, sizeof one);
    (void)n; /* full: a wake is pending already */
    errno = saved;
}

void loop_on_wake(struct loop *loop, void (*woken)(void *arg), void *arg)
{
    loop->woken = woken;
    loop->woken_arg = arg;
}

/* libcurl. */

int loop_transfer_start(struct loop *loop, void *easy)
{
    CURLMcode code = curl_multi_add_handle(loop->multi, easy);
    if (code == CURLM_OK)
        loop->transfers++; /* until libcurl counts it itself */
    return (int)code;
}

void loop_transfer_stop(struct loop *loop, void *easy)
{
    curl_multi_remove_handle(loop->multi, easy);
}

void loop_on_transfer(struct loop *loop, void (*done)(void *arg, void *easy, int code), void *arg)
{
    loop->transfer_done = done;
    loop->transfer_arg = arg;
}

static int transfers_perform(struct loop *loop, struct err *err)
{
    CURLMcode code = curl_multi_perform(loop->multi, &loop->transfers);
    if (code != CURLM_OK)
        return err_set(err, ERR_FAILED, "libcurl: %s", curl_multi_strerror(code));
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(loop->multi, &left))) {
        /* msg dies with the next call on the handle: copy first. */
        void *easy = msg->easy_handle;
        int result = (int)msg->data.result;
        if (msg->msg == CURLMSG_DONE && loop->transfer_done)
            loop->transfer_done(loop->transfer_arg, easy, result);
    }
    return 0;
}

/* The loop proper. */

/* With no timer, descriptor or transfer left only a signal could end the wait,
 * and no signal sets *done by itself: the caller has lost an answer. */
static bool idle(const struct loop *loop)
{
    return !loop->n_timers && !loop->n_watches && !loop->transfers;
}

static int wait_ms(const struct loop *loop)
{
    if (!loop->n_timers)
        return idle(loop) ? 0 : WAIT_MAX_MS;
    int64_t wait = loop->heap[0].at_ms - loop_now_ms(loop);
    if (wait <= 0)
        return 0;
    return wait < WAIT_MAX_MS ? (int)wait : WAIT_MAX_MS;
}

static int turn(struct loop *loop, struct err *err)
{
    struct curl_waitfd extra = { .fd = loop->epoll_fd, .events = CURL_WAIT_POLLIN };
    int ready = 0;
    CURLMcode code = curl_multi_poll(loop->multi, &extra, 1, wait_ms(loop), &ready);
    if (code != CURLM_OK)
        return err_set(err, ERR_FAILED, "libcurl: %s", curl_multi_strerror(code));
    if (transfers_perform(loop, err) < 0)
        return -1;
    if (extra.revents && watches_dispatch(loop, err) < 0)
        return -1;
    timers_fire(loop);
    return 0;
}

int loop_run(struct loop *loop, const bool *done, struct err *err)
{
    if (loop->running)
        return err_set(err, ERR_FAILED, "the loop was entered from one of its own callbacks");
    loop->running = true;
    int result = 0;
    while (!*done && result == 0) {
        result = turn(loop, err);
        if (result == 0 && !*done && idle(loop))
            result = err_set(err, ERR_FAILED, "the loop has nothing left to wait for");
    }
    loop->running = false;
    return result;
}

/* The port. */

static int64_t port_now_ms(void *ctx)
{
    return loop_now_ms(ctx);
}

static void port_timer_set(void *ctx, struct timer *timer, int64_t at_ms)
{
    loop_timer_set(ctx, timer, at_ms);
}

static void port_timer_clear(void *ctx, struct timer *timer)
{
    loop_timer_clear(ctx, timer);
}

static int port_run(void *ctx, const bool *done, struct err *err)
{
    return loop_run(ctx, done, err);
}

struct loop_port loop_port(struct loop *loop)
{
    return (struct loop_port){ .ctx = loop,
                               .now_ms = port_now_ms,
                               .wall_s = wall_s,
                               .timer_set = port_timer_set,
                               .timer_clear = port_timer_clear,
                               .run = port_run };
}

static int loop_open(struct loop *loop, struct err *err)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = loop } };
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot set up the event loop");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(loop->multi = curl_multi_init()))
        return err_set(err, ERR_FAILED, "cannot set up libcurl");
    return 0;
}

int loop_new(struct loop **ret, struct err *err)
{
    struct loop *loop = mem_new(sizeof *loop);
    loop->epoll_fd = loop->wake_fd = -1;
    if (loop_open(loop, err) < 0) {
        loop_free(loop);
        return -1;
    }
    *ret = loop;
    return 0;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->multi)
        curl_multi_cleanup(loop->multi);
    fd_closep(&loop->epoll_fd);
    fd_closep(&loop->wake_fd);
    free(loop->heap);
    free(loop);
}

void loop_freep(struct loop **loop)
{
    loop_free(*loop);
}
