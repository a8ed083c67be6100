/* lane: admission of operations and requests.  See lane.h. */
#include "provider/lane.h"

#include <string.h>

#define LONG_TERM_MS 3600000

static int64_t now_of(const struct lane *lane)
{
    return lane->lanes->loop.now_ms(lane->lanes->loop.ctx);
}

/* ---- queues ---- */

static void queue_init(struct lane_queue *queue)
{
    queue->head = NULL;
    queue->tail = &queue->head;
    queue->n = 0;
}

static void queue_add(struct lane_queue *queue, struct lane_item *item)
{
    item->next = NULL;
    *queue->tail = item;
    queue->tail = &item->next;
    queue->n++;
}

static struct lane_item *queue_take(struct lane_queue *queue)
{
    struct lane_item *item = queue->head;
    if (!item)
        return NULL;
    queue->head = item->next;
    if (!queue->head)
        queue->tail = &queue->head;
    queue->n--;
    return item;
}

static bool queue_remove(struct lane_queue *queue, const struct lane_item *item)
{
    struct lane_item **at = &queue->head;
    while (*at && *at != item)
        at = &(*at)->next;
    if (!*at)
        return false;
    *at = item->next;
    if (!*at)
        queue->tail = at;
    queue->n--;
    return true;
}

/* ---- set up ---- */

static struct lane_address *address_of(struct lanes *lanes, const char *text)
{
    struct lane_address *address = lanes->addresses;
    while (address && strcmp(address->text, text) != 0)
        address = address->next;
    if (address)
        return address;
    address = ARENA_NEW(lanes->arena, struct lane_address);
    address->text = arena_strdup(lanes->arena, text);
    address->next = lanes->addresses;
    lanes->addresses = address;
    return address;
}

/* The window of an address rule is shared with every account that has the same
 * rule for the same address. */
static struct budget_window *address_window(const struct lane *lane, const struct budget_rule *rule)
{
    struct lane_address *address = lane->address;
    for (size_t i = 0; i < address->limits.n; i++)
        if (address->limits.v[i].rule.kind == rule->kind &&
            address->limits.v[i].rule.n == rule->n &&
            address->limits.v[i].rule.per_ms == rule->per_ms)
            return &address->limits.v[i].window;
    vec_push(lane->lanes->arena, &address->limits)->rule = *rule;
    return &address->limits.v[address->limits.n - 1].window;
}

static void lane_turn(void *arg);

void lane_init(struct lane *lane, struct lanes *lanes, const char *host,
               const struct budget_rule *rules, size_t n_rules, uint32_t concurrent)
{
    lane->lanes = lanes;
    lane->address = address_of(lanes, host);
    lane->concurrent = concurrent;
    lane->writers = concurrent;
    lane->rules = rules;
    lane->n_rules = n_rules;
    lane->windows = ARENA_ARRAY(lanes->arena, struct budget_window, n_rules);
    lane->zones = map_new(lanes->arena);
    for (int kind = 0; kind < 2; kind++) {
        queue_init(&lane->ops[kind]);
        queue_init(&lane->calls[kind]);
    }
    lane->timer = (struct timer){ .fire = lane_turn, .arg = lane };
}

static void lane_wake_at(struct lane *lane, int64_t at_ms)
{
    if (!lane->timer.set || lane->timer.at_ms > at_ms)
        lane->lanes->loop.timer_set(lane->lanes->loop.ctx, &lane->timer, at_ms);
}

void lane_wake(struct lane *lane)
{
    lane_wake_at(lane, now_of(lane));
}

void lane_limit_writers(struct lane *lane, uint32_t writers)
{
    if (writers && writers < lane->writers)
        lane->writers = writers;
}

static struct lane_zone *zone_of(struct lane *lane, const char *name)
{
    struct lane_zone *zone = map_get(lane->zones, name);
    if (zone)
        return zone;
    zone = ARENA_NEW(lane->lanes->arena, struct lane_zone);
    queue_init(&zone->waiting);
    map_put(lane->zones, arena_strdup(lane->lanes->arena, name), zone);
    return zone;
}

static struct budget_window *window_of(struct lane *lane, size_t rule, const char *zone_name)
{
    switch (lane->rules[rule].scope) {
    case BUDGET_ACCOUNT:
        break;
    case BUDGET_ADDRESS:
        return address_window(lane, &lane->rules[rule]);
    case BUDGET_ZONE: {
        if (!zone_name)
            return NULL;
        struct lane_zone *zone = zone_of(lane, zone_name);
        if (!zone->windows)
            zone->windows = ARENA_ARRAY(lane->lanes->arena, struct budget_window, lane->n_rules);
        return &zone->windows[rule];
    }
    }
    return &lane->windows[rule];
}

/* ---- admission ---- */

/* Longest wait that rules of zone scope (or all others) ask for. */
static int64_t rules_wait_ms(struct lane *lane, const struct lane_call *call, bool zone_scope)
{
    int64_t longest = 0, now = now_of(lane);
    for (size_t i = 0; i < lane->n_rules; i++) {
        const struct budget_rule *rule = &lane->rules[i];
        if ((rule->scope == BUDGET_ZONE) != zone_scope || !budget_applies(rule, call->item.write))
            continue;
        const struct budget_window *window = window_of(lane, i, call->zone);
        int64_t wait = window ? budget_wait_ms(rule, window, now, call->cost) : 0;
        longest = wait > longest ? wait : longest;
    }
    return longest;
}

static void rules_spend(struct lane *lane, const struct lane_call *call)
{
    for (size_t i = 0; i < lane->n_rules; i++) {
        struct budget_window *window = window_of(lane, i, call->zone);
        if (window && budget_applies(&lane->rules[i], call->item.write))
            budget_spend(&lane->rules[i], window, now_of(lane), call->cost);
    }
}

static bool bytes_fit(struct lane *lane, const struct lane_call *call)
{
    struct lanes *lanes = lane->lanes;
    if (lanes->reply_bytes == 0 || lanes->reply_bytes + call->reply_bytes <= LANE_REPLY_BYTES)
        return true;
    if (!lane->is_starved) {
        lane->is_starved = true;
        lane->next_starved = lanes->starved;
        lanes->starved = lane;
    }
    return false;
}

/* Milliseconds until the head of a queue of calls may go; 0 now, -1 when something
 * has to end first. */
static int64_t call_wait_ms(struct lane *lane, const struct lane_call *call)
{
    int64_t now = now_of(lane), wait;
    if (lane->in_flight >= lane->concurrent || (call->item.write && lane->writing >= lane->writers))
        return -1;
    if (lane->hold_until_ms > now)
        return lane->hold_until_ms - now;
    wait = rules_wait_ms(lane, call, false);
    if (wait > 0)
        return wait;
    wait = pace_wait_ms(&lane->address->pace, now);
    if (wait > 0)
        return wait;
    return bytes_fit(lane, call) ? 0 : -1;
}

static void call_unpause(void *arg)
{
    struct lane_call *call = arg;
    queue_add(&call->lane->calls[call->item.write], &call->item);
    lane_wake(call->lane);
}

/* A zone's limit holds this call only, so others may pass it. */
static bool zone_holds(struct lane *lane, struct lane_call *call)
{
    int64_t wait = rules_wait_ms(lane, call, true);
    if (wait == 0)
        return false;
    lane->lanes->loop.timer_set(lane->lanes->loop.ctx, &call->timer, now_of(lane) + wait);
    return true;
}

static void call_start(struct lane *lane, struct lane_call *call)
{
    lane->in_flight++;
    lane->writing += call->item.write;
    lane->lanes->reply_bytes += call->reply_bytes;
    pace_start(&lane->address->pace, now_of(lane));
    rules_spend(lane, call);
    lane->send(lane->arg, call);
}

/* Sends what may be sent of one kind. */
static bool calls_turn(struct lane *lane, int kind)
{
    struct lane_queue *queue = &lane->calls[kind];
    bool moved = false;
    while (queue->head) {
        struct lane_call *call = (struct lane_call *)queue->head;
        int64_t wait = call_wait_ms(lane, call);
        if (wait > 0)
            lane_wake_at(lane, now_of(lane) + wait);
        if (wait != 0)
            break;
        queue_take(queue);
        moved = true;
        if (!zone_holds(lane, call))
            call_start(lane, call);
    }
    return moved;
}

/* The operation that came first among those whose kind has room. */
static struct lane_item *op_take(struct lane *lane)
{
    int best = -1;
    if (lane->in_flight >= lane->concurrent)
        return NULL;
    for (int kind = 0; kind < 2; kind++)
        if (lane->ops[kind].head && lane->calls[kind].n == 0 &&
            (best < 0 || lane->ops[kind].head->number < lane->ops[best].head->number) &&
            lane->ready(lane->arg, kind == 1))
            best = kind;
    return best < 0 ? NULL : queue_take(&lane->ops[best]);
}

static void lane_turn(void *arg)
{
    struct lane *lane = arg;
    for (bool moved = true; moved;) {
        moved = calls_turn(lane, 0);
        moved |= calls_turn(lane, 1);
        struct lane_item *op = op_take(lane);
        if (op)
            lane->begin(lane->arg, op);
        moved |= op != NULL;
    }
}

/* ---- in and out ---- */

void lane_op_add(struct lane *lane, struct lane_item *op, const char *zone_name)
{
    op->number = ++lane->lanes->number;
    struct lane_zone *zone = zone_name ? zone_of(lane, zone_name) : NULL;
    if (zone && zone->writing) {
        queue_add(&zone->waiting, op);
        return;
    }
    if (zone)
        zone->writing = true;
    queue_add(&lane->ops[op->write], op);
    lane_wake(lane);
}

void lane_op_end(struct lane *lane, const char *zone_name)
{
    struct lane_zone *zone = zone_of(lane, zone_name);
    struct lane_item *next = queue_take(&zone->waiting);
    zone->writing = next != NULL;
    if (next)
        queue_add(&lane->ops[next->write], next);
    lane_wake(lane);
}

void lane_call_add(struct lane *lane, struct lane_call *call, int64_t pause_ms)
{
    call->item.number = ++lane->lanes->number;
    call->lane = lane;
    call->timer = (struct timer){ .fire = call_unpause, .arg = call };
    if (pause_ms > 0) {
        lane->lanes->loop.timer_set(lane->lanes->loop.ctx, &call->timer, now_of(lane) + pause_ms);
        return;
    }
    queue_add(&lane->calls[call->item.write], &call->item);
    lane_wake(lane);
}

void lane_call_end(struct lane *lane, struct lane_call *call)
{
    struct lanes *lanes = lane->lanes;
    lane->in_flight--;
    lane->writing -= call->item.write;
    lanes->reply_bytes -= call->reply_bytes;
    pace_end(&lane->address->pace);
    lane_wake(lane);
    for (struct lane *starved = lanes->starved, *next; starved; starved = next) {
        next = starved->next_starved;
        starved->is_starved = false;
        lane_wake(starved);
    }
    lanes->starved = NULL;
}

bool lane_call_drop(struct lane *lane, struct lane_call *call)
{
    if (call->timer.set) {
        lane->lanes->loop.timer_clear(lane->lanes->loop.ctx, &call->timer);
        return true;
    }
    return queue_remove(&lane->calls[call->item.write], &call->item);
}

/* ---- forecasts ---- */

int64_t lane_eta_ms(const struct lane *lane, size_t reads, size_t writes, int64_t latency_ms)
{
    size_t all = reads + writes;
    size_t turns = (all + lane->concurrent - 1) / lane->concurrent;
    size_t write_turns = (writes + lane->writers - 1) / lane->writers;
    int64_t longest = (int64_t)(turns > write_turns ? turns : write_turns) * latency_ms;
    for (size_t i = 0; i < lane->n_rules; i++) {
        const struct budget_rule *rule = &lane->rules[i];
        if (rule->scope == BUDGET_ZONE)
            continue; /* spread over the zones */
        size_t n = rule->kind == BUDGET_ANY ? all : rule->kind == BUDGET_READ ? reads : writes;
        int64_t eta = budget_eta_ms(rule, &lane->windows[i], now_of(lane), n);
        longest = eta > longest ? eta : longest;
    }
    return longest;
}

int64_t lane_budget(const struct lane *lane)
{
    int64_t least = -1;
    for (size_t i = 0; i < lane->n_rules; i++) {
        const struct budget_rule *rule = &lane->rules[i];
        if (rule->per_ms < LONG_TERM_MS || rule->scope != BUDGET_ACCOUNT ||
            !budget_applies(rule, true))
            continue;
        int64_t left = budget_left(rule, &lane->windows[i], now_of(lane));
        least = least < 0 || left < least ? left : least;
    }
    return least;
}
