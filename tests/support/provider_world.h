/* provider_world: a loop with a clock that only moves when nothing is left to do,
 * and a transport that answers from memory.  For tests of the provider room. */
#pragma once
#include <stdlib.h>
#include <string.h>

#include "ports/loop.h"
#include "ports/transport.h"

struct world_reply {
    enum http_outcome outcome;
    int status;
    struct http_header headers[4];
    size_t n_headers;
    const char *body;
    size_t body_len; /* 0: strlen(body) */
    int64_t delay_ms;
    enum err_code code; /* of a reply that did not come; 0: ERR_LOST */
};

struct world_call {
    struct timer timer;
    struct world *world;
    const struct http_request *request;
    void (*done)(void *arg, const struct http_reply *reply);
    void *arg;
    struct world_reply reply;
};

struct world {
    int64_t now_ms;
    struct timer *timers; /* unsorted */
    size_t in_flight, most_in_flight, requests;
    /* Called when a request is sent. */
    void (*answer)(void *arg, const struct http_request *request, struct world_reply *ret);
    void *arg;
};

static inline int64_t world_now(void *ctx)
{
    return ((struct world *)ctx)->now_ms;
}

static inline int64_t world_wall(void *ctx)
{
    return 1795000000 + ((struct world *)ctx)->now_ms / 1000;
}

static inline void world_timer_clear(void *ctx, struct timer *timer)
{
    struct world *world = ctx;
    if (!timer->set)
        return;
    struct timer **at = &world->timers;
    while (*at != timer)
        at = &(*at)->next;
    *at = timer->next;
    timer->set = false;
}

static inline void world_timer_set(void *ctx, struct timer *timer, int64_t at_ms)
{
    struct world *world = ctx;
    world_timer_clear(ctx, timer);
    timer->at_ms = at_ms;
    timer->set = true;
    timer->next = NULL;
    struct timer **at = &world->timers; /* equal times fire in the order they were set */
    while (*at && (*at)->at_ms <= at_ms)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

/* One event; false: nothing is left. */
static inline bool world_turn(struct world *world)
{
    struct timer *timer = world->timers;
    if (!timer)
        return false;
    world->timers = timer->next;
    timer->set = false;
    if (timer->at_ms > world->now_ms)
        world->now_ms = timer->at_ms;
    timer->fire(timer->arg);
    return true;
}

static inline int world_run(void *ctx, const bool *done, struct err *err)
{
    while (!*done)
        if (!world_turn(ctx))
            return err_set(err, ERR_FAILED, "nothing left to do");
    return 0;
}

/* Everything there is to do, however long it takes. */
static inline void world_drain(struct world *world)
{
    while (world_turn(world))
        continue;
}

static inline void world_complete(void *arg)
{
    struct world_call *call = arg;
    struct err err = { .code = ERR_NONE };
    if (call->reply.outcome != HTTP_REPLIED)
        err_set(&err, call->reply.code ? call->reply.code : ERR_LOST, "%s",
                call->reply.body ? call->reply.body : "connection lost");
    /* An exact copy lets the address sanitizer see who reads past the end. */
    size_t len = call->reply.body_len ? call->reply.body_len
                 : call->reply.body   ? strlen(call->reply.body)
                                      : 0;
    char *body = malloc(len + 1);
    if (!body)
        abort();
    memcpy(body, len ? call->reply.body : "", len);
    body[len] = '\0';
    struct http_reply reply = { .outcome = call->reply.outcome,
                                .status = call->reply.status,
                                .headers = call->reply.headers,
                                .n_headers = call->reply.n_headers,
                                .body = body,
                                .body_len = len,
                                .address = "",
                                .err = call->reply.outcome == HTTP_REPLIED ? NULL : &err };
    call->world->in_flight--;
    call->done(call->arg, &reply);
    free(body);
    free(call);
}

static inline void world_submit(void *ctx, const struct http_request *request,
                                void (*done)(void *arg, const struct http_reply *reply), void *arg)
{
    struct world *world = ctx;
    struct world_call *call = calloc(1, sizeof *call);
    if (!call)
        abort();
    call->world = world;
    call->request = request;
    call->done = done;
    call->arg = arg;
    world->requests++;
    if (++world->in_flight > world->most_in_flight)
        world->most_in_flight = world->in_flight;
    world->answer(world->arg, request, &call->reply);
    call->timer = (struct timer){ .fire = world_complete, .arg = call };
    world_timer_set(world, &call->timer, world->now_ms + call->reply.delay_ms);
}

static inline struct loop_port world_loop(struct world *world)
{
    return (struct loop_port){ .ctx = world,
                               .now_ms = world_now,
                               .wall_s = world_wall,
                               .timer_set = world_timer_set,
                               .timer_clear = world_timer_clear,
                               .run = world_run };
}

static inline struct transport_port world_transport(struct world *world)
{
    return (struct transport_port){ .ctx = world, .submit = world_submit };
}

static inline const char *world_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}
