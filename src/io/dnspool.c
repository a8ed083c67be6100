/* dnspool: lanes (an address over UDP or TCP) with waiting questions, slots
 * (channels) that are lent to lanes, and tokens.  Nothing is sent and no
 * channel freed from inside a callback of c-ares: that is the pump's work. */
#include "io/dnspool.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "dns/message.h"
#include "io/channel.h"
#include "io/memory.h"

enum {
    TRY_MS = 2000,
    TRIES = 3,
    CHANNELS = 128,
    IN_FLIGHT = 128,
    TOTAL = 1024,
    BURST_S = 2,
    /* A lane that was fed this often lets its channel drain if others have none. */
    QUANTUM = 128,
    QUERY_OCTETS = 512,
    REPLY_ARENA = 1 << 20,
    RCODE_FORMERR = 1,
};

struct query {
    struct query *next; /* waiting in a lane, or flying in a slot */
    struct query *prev; /* flying only */
    struct dnspool *pool;
    struct lane *lane;
    struct slot *slot;
    struct dns_question question;
    void (*done)(void *arg, const struct dns_reply *reply);
    void *arg;
    unsigned tried;
    uint16_t id;
    bool edns;
};

struct lane {
    struct target *target;
    bool tcp;
    struct query *first, **last; /* waiting */
    struct slot *slot;           /* the channel lent to it, or NULL */
    struct lane *next;           /* in the ready or the starving list */
    bool listed;
};

struct target { /* a server address; kept as long as the pool */
    struct dnspool *pool;
    char text[sizeof((struct server *)0)->text];
    bool limited;
    int64_t level; /* thousandths of a token */
    int64_t level_ms;
    struct timer refill;
    struct lane udp, tcp;
};

struct slot {
    struct channel *channel;
    struct lane *lane;
    struct query *flying;
    size_t in_flight, fed;
    uint64_t used; /* order of last use */
};

struct lane_list {
    struct lane *first, **last;
    size_t n;
};

struct dnspool {
    struct loop *loop;
    struct dnspool_options options;
    unsigned per_second;
    struct arena *arena; /* targets */
    struct map *targets;
    struct slot *slots;
    size_t n_slots;
    struct lane_list ready;    /* may have something to send */
    struct lane_list starving; /* has, but no channel is free */
    struct timer pump;
    uint64_t count, order;
    size_t open;      /* questions not called back yet */
    size_t in_flight; /* in all slots */
    uint16_t random[64];
    size_t n_random;
    bool closing;
};

/* Lists of lanes. */

static void list_init(struct lane_list *list)
{
    *list = (struct lane_list){ .last = &list->first };
}

static void list_add(struct lane_list *list, struct lane *lane)
{
    lane->next = NULL;
    lane->listed = true;
    *list->last = lane;
    list->last = &lane->next;
    list->n++;
}

static struct lane *list_take(struct lane_list *list)
{
    struct lane *lane = list->first;
    if (!lane)
        return NULL;
    list->first = lane->next;
    if (!list->first)
        list->last = &list->first;
    lane->listed = false;
    list->n--;
    return lane;
}

static void pump_soon(struct dnspool *pool)
{
    if (!pool->pump.set && !pool->closing)
        loop_timer_set(pool->loop, &pool->pump, loop_now_ms(pool->loop));
}

static void lane_ready(struct lane *lane)
{
    struct dnspool *pool = lane->target->pool;
    if (lane->first && !lane->listed)
        list_add(&pool->ready, lane);
    pump_soon(pool);
}

static void lane_push(struct lane *lane, struct query *query, bool front)
{
    query->lane = lane;
    query->next = front ? lane->first : NULL;
    if (front) {
        if (!lane->first)
            lane->last = &query->next;
        lane->first = query;
    } else {
        *lane->last = query;
        lane->last = &query->next;
    }
    lane_ready(lane);
}

static struct query *lane_pop(struct lane *lane)
{
    struct query *query = lane->first;
    lane->first = query->next;
    if (!lane->first)
        lane->last = &lane->first;
    return query;
}

/* Targets and their tokens. */

static void lane_init(struct lane *lane, struct target *target, bool tcp)
{
    *lane = (struct lane){ .target = target, .tcp = tcp, .last = &lane->first };
}

static void on_refill(void *arg)
{
    struct target *target = arg;
    lane_ready(&target->udp);
    lane_ready(&target->tcp);
}

static struct target *target_find(struct dnspool *pool, const char *text)
{
    struct target *target = map_get(pool->targets, text);
    if (target)
        return target;
    target = ARENA_NEW(pool->arena, struct target);
    target->pool = pool;
    memcpy(target->text, text, strnlen(text, sizeof target->text - 1));
    target->limited = strncmp(text, "127.", 4) != 0 && strncmp(text, "[::1]", 5) != 0;
    target->level = (int64_t)pool->per_second * BURST_S * 1000;
    target->level_ms = loop_now_ms(pool->loop);
    target->refill = (struct timer){ .fire = on_refill, .arg = target };
    lane_init(&target->udp, target, false);
    lane_init(&target->tcp, target, true);
    map_put(pool->targets, target->text, target);
    return target;
}

/* Takes a token; else arms the timer that tells when there is one. */
static bool token_take(struct target *target)
{
    struct dnspool *pool = target->pool;
    if (!target->limited || !pool->per_second)
        return true;
    int64_t now = loop_now_ms(pool->loop), rate = pool->per_second;
    target->level += (now - target->level_ms) * rate;
    target->level_ms = now;
    if (target->level > rate * BURST_S * 1000)
        target->level = rate * BURST_S * 1000;
    if (target->level >= 1000) {
        target->level -= 1000;
        return true;
    }
    if (!target->refill.set)
        loop_timer_set(pool->loop, &target->refill, now + (1000 - target->level) / rate + 1);
    return false;
}

/* Slots. */

static bool lane_can_send(const struct lane *lane)
{
    return lane->first && !lane->target->refill.set;
}

static void slot_unbind(struct dnspool *pool, struct slot *slot)
{
    channel_free(slot->channel);
    slot->channel = NULL;
    struct lane *lane = slot->lane;
    slot->lane = NULL;
    if (!lane)
        return;
    lane->slot = NULL;
    if (lane_can_send(lane) && !lane->listed)
        list_add(&pool->starving, lane);
}

static int slot_bind(struct dnspool *pool, struct slot *slot, struct lane *lane, struct err *err)
{
    struct channel_options options = { .servers = lane->target->text,
                                       .tcp = lane->tcp,
                                       .verbatim = true,
                                       .try_ms = pool->options.try_ms,
                                       .tries = 1 };
    if (channel_new(pool->loop, &options, &slot->channel, err) < 0)
        return -1;
    slot->lane = lane;
    slot->fed = 0;
    lane->slot = slot;
    return 0;
}

/* Nothing in flight, and its lane has no work, no token, or had its turn. */
static bool slot_is_idle(const struct slot *slot)
{
    if (slot->in_flight)
        return false;
    return !slot->lane || !lane_can_send(slot->lane) || slot->fed >= QUANTUM;
}

/* A slot nobody works with: a new one, else the longest unused one. */
static struct slot *slot_idle(struct dnspool *pool)
{
    struct slot *best = NULL;
    for (size_t i = 0; i < pool->n_slots; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot_is_idle(slot) && (!best || slot->used < best->used))
            best = slot;
    }
    if ((!best || best->channel) && pool->n_slots < pool->options.channels)
        best = &pool->slots[pool->n_slots++];
    return best;
}

/* Questions from start to end. */

static uint16_t random_id(struct dnspool *pool)
{
    if (!pool->n_random) {
        arc4random_buf(pool->random, sizeof pool->random); /* a system call: by the dozen */
        pool->n_random = sizeof pool->random / sizeof pool->random[0];
    }
    return pool->random[--pool->n_random];
}

static uint16_t fresh_id(struct dnspool *pool, const struct slot *slot)
{
    for (;;) {
        uint16_t id = random_id(pool);
        const struct query *other = slot->flying;
        while (other && other->id != id)
            other = other->next;
        if (!other)
            return id;
    }
}

static void fly(struct slot *slot, struct query *query)
{
    query->slot = slot;
    query->prev = NULL;
    query->next = slot->flying;
    if (query->next)
        query->next->prev = query;
    slot->flying = query;
    slot->in_flight++;
    query->pool->in_flight++;
    slot->fed++;
    slot->used = ++query->pool->order;
}

static void land(struct query *query)
{
    struct slot *slot = query->slot;
    if (query->prev)
        query->prev->next = query->next;
    else
        slot->flying = query->next;
    if (query->next)
        query->next->prev = query->prev;
    slot->in_flight--;
    query->pool->in_flight--;
    query->slot = NULL;
}

static void query_end(struct query *query, const struct dns_reply *reply)
{
    query->pool->open--;
    query->done(query->arg, reply);
    free(query);
}

static void query_fail(struct query *query, enum dns_status status, const char *why)
{
    struct dns_reply reply = { .status = status, .used_tcp = query->lane->tcp };
    if (query->pool->closing)
        err_set(&reply.err, ERR_INTERRUPTED, "the program ended before the answer came");
    else
        err_set(&reply.err, ERR_FAILED, "%s: %s", query->question.server.text, why);
    err_class(&reply.err, ERR_RETRY_LATER, ERR_SCOPE_ZONE, 0);
    query_end(query, &reply);
}

static void query_answered(struct query *query, const uint8_t *octets, size_t n)
{
    ARENA_SCOPED arena = arena_new("DNS reply", REPLY_ARENA);
    struct dns_reply reply = { .status = DNS_ANSWERED, .used_tcp = query->lane->tcp };
    /* c-ares has matched the id, and from 1.24 on replaces ours by its own. */
    uint16_t id = message_id(octets, n);
    if (message_answer(octets, n, id, query->question.name, query->question.type, arena,
                       &reply.answer, &reply.err) < 0) {
        reply.status = DNS_BROKEN;
        err_wrap(&reply.err, "%s", query->question.server.text);
    } else if (reply.answer.tc && !query->lane->tcp) {
        query->tried = 0;
        lane_push(&query->lane->target->tcp, query, false);
        return;
    } else if (reply.answer.rcode == RCODE_FORMERR && query->edns) {
        query->edns = false;
        lane_push(query->lane, query, true);
        return;
    }
    query_end(query, &reply);
}

/* Timeouts are repeated; so are broken TCP connections, because a server may
 * close an idle one just when it is used (RFC 7766 6.2.4). */
static void query_unanswered(struct query *query, int status)
{
    struct dnspool *pool = query->pool;
    bool again = status == ARES_ETIMEOUT || (query->lane->tcp && status == ARES_ECONNREFUSED);
    if (pool->closing) {
        query_fail(query, DNS_BROKEN, "");
    } else if (again && ++query->tried < pool->options.tries) {
        /* Some old servers never answer a query with EDNS. */
        if (query->tried + 1 == pool->options.tries)
            query->edns = false;
        lane_push(query->lane, query, true);
    } else if (status == ARES_ETIMEOUT) {
        query_fail(query, DNS_TIMEOUT, "no answer in time");
    } else {
        query_fail(query, DNS_BROKEN,
                   status == ARES_ECONNREFUSED ? "not reachable" : ares_strerror(status));
    }
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *octets, int n)
{
    (void)timeouts;
    struct query *query = arg;
    struct lane *lane = query->lane;
    land(query);
    lane_ready(lane);
    if (status == ARES_SUCCESS && octets && n > 0)
        query_answered(query, octets, (size_t)n);
    else
        query_unanswered(query, status);
}

static void query_send(struct dnspool *pool, struct slot *slot, struct query *query)
{
    uint8_t packet[QUERY_OCTETS];
    query->id = fresh_id(pool, slot);
    size_t n = message_query(query->question.name, query->question.type, query->id,
                             query->question.recurse, query->edns, packet, sizeof packet);
    if (!n) {
        query_fail(query, DNS_BROKEN, "the name cannot be asked for");
        return;
    }
    fly(slot, query);
    pool->count++;
    channel_send(slot->channel, packet, n, on_answer, query);
}

/* The pump. */

static void lane_fail(struct lane *lane, const struct err *err)
{
    while (lane->first) {
        struct query *query = lane_pop(lane);
        struct dns_reply reply = { .status = DNS_BROKEN, .err = *err };
        query_end(query, &reply);
    }
}

static void lane_feed(struct dnspool *pool, struct lane *lane)
{
    struct err err;
    if (lane->first && !lane->slot) {
        struct slot *slot = slot_idle(pool);
        if (!slot) {
            list_add(&pool->starving, lane);
            return;
        }
        slot_unbind(pool, slot);
        if (slot_bind(pool, slot, lane, &err) < 0) {
            lane_fail(lane, &err);
            return;
        }
    }
    while (lane->first && lane->slot->in_flight < pool->options.in_flight) {
        if (pool->in_flight >= pool->options.total) {
            list_add(&pool->ready, lane); /* looked at again when answers came */
            return;
        }
        if (pool->starving.first && lane->slot->fed >= QUANTUM) {
            if (!lane->slot->in_flight)
                slot_unbind(pool, lane->slot); /* to the end of the starving */
            return;
        }
        if (!token_take(lane->target))
            return;
        query_send(pool, lane->slot, lane_pop(lane));
    }
}

/* Lends idle slots to lanes without one, the longest waiting first. */
static void starving_serve(struct dnspool *pool)
{
    struct slot *slot;
    while (pool->starving.first && (slot = slot_idle(pool))) {
        struct err err;
        struct lane *lane = list_take(&pool->starving);
        slot_unbind(pool, slot);
        if (slot_bind(pool, slot, lane, &err) < 0)
            lane_fail(lane, &err);
        else
            lane_ready(lane);
    }
}

static void on_pump(void *arg)
{
    struct dnspool *pool = arg;
    starving_serve(pool);
    /* What becomes ready from here on stands behind and is for the next time. */
    size_t n = pool->ready.n;
    while (n-- && pool->in_flight < pool->options.total)
        lane_feed(pool, list_take(&pool->ready));
    if (pool->starving.first && slot_idle(pool))
        pump_soon(pool);
}

void dnspool_query(struct dnspool *pool, const struct dns_question *question,
                   void (*done)(void *arg, const struct dns_reply *reply), void *arg)
{
    struct target *target = target_find(pool, question->server.text);
    struct query *query = mem_new(sizeof *query);
    pool->open++;
    query->pool = pool;
    query->question = *question;
    query->done = done;
    query->arg = arg;
    query->edns = true;
    lane_push(question->tcp ? &target->tcp : &target->udp, query, false);
}

void dnspool_polite(struct dnspool *pool, unsigned per_second)
{
    pool->per_second = per_second;
    for (size_t i = 0; i < map_count(pool->targets); i++) {
        struct target *target = map_value_at(pool->targets, i);
        target->level = (int64_t)per_second * BURST_S * 1000;
        lane_ready(&target->udp);
        lane_ready(&target->tcp);
    }
}

uint64_t dnspool_count(const struct dnspool *pool)
{
    return pool->count;
}

size_t dnspool_channels(const struct dnspool *pool)
{
    size_t n = 0;
    for (size_t i = 0; i < pool->n_slots; i++)
        n += pool->slots[i].channel != NULL;
    return n;
}

static void options_default(struct dnspool_options *o)
{
    o->try_ms = o->try_ms ? o->try_ms : TRY_MS;
    o->tries = o->tries ? o->tries : TRIES;
    o->channels = o->channels ? o->channels : CHANNELS;
    o->in_flight = o->in_flight ? o->in_flight : IN_FLIGHT;
    o->total = o->total ? o->total : TOTAL;
}

struct dnspool *dnspool_new(struct loop *loop, const struct dnspool_options *options)
{
    struct dnspool *pool = mem_new(sizeof *pool);
    pool->loop = loop;
    pool->options = options ? *options : (struct dnspool_options){ 0 };
    options_default(&pool->options);
    pool->arena = arena_new("DNS servers", (size_t)64 << 20);
    pool->targets = map_new(pool->arena);
    pool->slots = mem_new(pool->options.channels * sizeof *pool->slots);
    pool->pump = (struct timer){ .fire = on_pump, .arg = pool };
    list_init(&pool->ready);
    list_init(&pool->starving);
    return pool;
}

static void waiting_end(struct lane *lane)
{
    while (lane->first)
        query_fail(lane_pop(lane), DNS_BROKEN, "");
}

static void targets_end(struct dnspool *pool)
{
    for (size_t i = 0; i < map_count(pool->targets); i++) {
        struct target *target = map_value_at(pool->targets, i);
        loop_timer_clear(pool->loop, &target->refill);
        waiting_end(&target->udp);
        waiting_end(&target->tcp);
    }
}

void dnspool_free(struct dnspool *pool)
{
    if (!pool)
        return;
    pool->closing = true;
    loop_timer_clear(pool->loop, &pool->pump);
    for (size_t i = 0; i < pool->n_slots; i++)
        channel_free(pool->slots[i].channel); /* ends what is flying */
    do {                                      /* a callback may have asked again */
        targets_end(pool);
    } while (pool->open);
    free(pool->slots);
    arena_free(pool->arena);
    free(pool);
}
