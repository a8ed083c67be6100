/* sim: the clock, the timers, life and death of the process under test. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- timers: a binary heap; timer->slot is the place in it -------------------- */

static bool before(const struct sim_entry *a, const struct sim_entry *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

static void place(struct sim *sim, size_t slot, struct sim_entry entry)
{
    sim->heap[slot] = entry;
    entry.timer->slot = slot;
}

static void up(struct sim *sim, size_t slot, struct sim_entry entry)
{
    for (; slot > 0 && before(&entry, &sim->heap[(slot - 1) / 2]); slot = (slot - 1) / 2)
        place(sim, slot, sim->heap[(slot - 1) / 2]);
    place(sim, slot, entry);
}

static void down(struct sim *sim, size_t slot, struct sim_entry entry)
{
    for (;;) {
        size_t child = 2 * slot + 1;
        if (child >= sim->n_heap)
            break;
        if (child + 1 < sim->n_heap && before(&sim->heap[child + 1], &sim->heap[child]))
            child++;
        if (!before(&sim->heap[child], &entry))
            break;
        place(sim, slot, sim->heap[child]);
        slot = child;
    }
    place(sim, slot, entry);
}

static void heap_remove(struct sim *sim, size_t slot)
{
    struct sim_entry last = sim->heap[--sim->n_heap];
    if (slot == sim->n_heap)
        return;
    if (slot > 0 && before(&last, &sim->heap[(slot - 1) / 2]))
        up(sim, slot, last);
    else
        down(sim, slot, last);
}

static void heap_add(struct sim *sim, struct timer *timer, int64_t at_ms, bool world)
{
    if (sim->n_heap == sim->cap_heap) {
        sim->cap_heap = sim->cap_heap ? sim->cap_heap * 2 : 256;
        sim->heap = realloc(sim->heap, sim->cap_heap * sizeof *sim->heap);
        if (!sim->heap)
            abort();
    }
    timer->at_ms = at_ms < sim->now_ms ? sim->now_ms : at_ms;
    timer->set = true;
    struct sim_entry entry = { timer->at_ms, sim->order++, timer, world };
    up(sim, sim->n_heap++, entry);
}

static void timer_clear(void *ctx, struct timer *timer)
{
    struct sim *sim = ctx;
    if (!timer->set || sim->dead)
        return;
    timer->set = false;
    heap_remove(sim, timer->slot);
}

static void timer_set(void *ctx, struct timer *timer, int64_t at_ms)
{
    struct sim *sim = ctx;
    if (sim->dead)
        return;
    timer_clear(sim, timer);
    heap_add(sim, timer, at_ms, false);
}

static int64_t now_ms(void *ctx)
{
    return ((struct sim *)ctx)->now_ms;
}

static int64_t wall_s(void *ctx)
{
    const struct sim *sim = ctx;
    return sim->wall_s + sim->now_ms / 1000;
}

static void fire_first(struct sim *sim)
{
    struct sim_entry first = sim->heap[0];
    heap_remove(sim, 0);
    first.timer->set = false;
    sim->now_ms = first.at_ms;
    first.timer->fire(first.timer->arg);
}

static int run(void *ctx, const bool *done, struct err *err)
{
    struct sim *sim = ctx;
    while (!*done) {
        if (sim->dead)
            return err_set(err, ERR_FAILED, "killed");
        if (!sim->n_heap) {
            sim_violate(sim, "the engine waits for nothing");
            return err_set(err, ERR_FAILED, "nothing left to wait for");
        }
        fire_first(sim);
    }
    return sim->dead ? err_set(err, ERR_FAILED, "killed") : 0;
}

struct post {
    struct timer timer;
};

void sim_post(struct sim *sim, int64_t delay_ms, bool world, void (*fire)(void *arg), void *arg)
{
    struct post *post;
    if (sim->dead && !world)
        return;
    post = ARENA_NEW(sim->arena, struct post);
    post->timer = (struct timer){ .fire = fire, .arg = arg };
    heap_add(sim, &post->timer, sim->now_ms + delay_ms, world);
}

/* Only the world is left. */
static void process_drop(struct sim *sim)
{
    struct sim_entry *old = sim->heap;
    size_t n = sim->n_heap;
    sim->heap = NULL;
    sim->n_heap = sim->cap_heap = 0;
    for (size_t i = 0; i < n; i++)
        if (old[i].world)
            heap_add(sim, old[i].timer, old[i].at_ms, true);
    free(old);
}

void sim_pass(struct sim *sim, int64_t ms)
{
    int64_t until = sim->now_ms + ms;
    process_drop(sim);
    while (sim->n_heap && sim->heap[0].at_ms <= until)
        fire_first(sim);
    sim->now_ms = until;
}

void sim_start(struct sim *sim)
{
    bool died = sim->dead;
    process_drop(sim);
    if (died)
        sim_journals_crash(sim);
    sim->dead = false;
    sim->lives++;
    sim->kill_at = 0;
    sim->points = 0;
    sim->states = (struct strv){ 0 };
}

bool sim_point(struct sim *sim)
{
    if (sim->dead)
        return true;
    if (++sim->points == sim->kill_at)
        sim->dead = true;
    return sim->dead;
}

void sim_violate(struct sim *sim, const char *fmt, ...)
{
    va_list args;
    if (sim->violation[0])
        return;
    va_start(args, fmt);
    vsnprintf(sim->violation, sizeof sim->violation, fmt, args);
    va_end(args);
}

/* --- people -------------------------------------------------------------------- */

static const struct sim_ask *asked(const struct sim *sim)
{
    const struct sim_ask *latest = NULL;
    for (size_t i = 0; i < sim->asks.n; i++)
        if (sim->asks.v[i].at_ms <= sim->now_ms)
            latest = &sim->asks.v[i];
    return latest;
}

static enum control control_poll(void *ctx)
{
    const struct sim_ask *ask = asked(ctx);
    return ask ? ask->what : CONTROL_NONE;
}

static const char *control_reason(void *ctx)
{
    const struct sim_ask *ask = asked(ctx);
    return ask ? ask->reason : "";
}

static void progress_report(void *ctx, const struct progress *progress)
{
    struct sim *sim = ctx;
    if (!sim->dead && strcmp(progress->event, "state") == 0 && !progress->until_ms)
        strv_push(sim->arena, &sim->states, arena_strdup(sim->arena, progress->state));
}

static bool hook_known(void *ctx, const char *name)
{
    return map_get(((struct sim *)ctx)->hooks, name) != NULL;
}

struct hook_run {
    struct sim *sim;
    enum verdict verdict;
    void (*done)(void *arg, const struct check_result *result);
    void *arg;
};

static void hook_fire(void *arg)
{
    struct hook_run *hook = arg;
    struct check_result result = { hook->verdict, "the hook has spoken" };
    hook->done(hook->arg, &result);
}

static void hook_run(void *ctx, const char *name, const char *json,
                     void (*done)(void *arg, const struct check_result *result), void *arg)
{
    struct sim *sim = ctx;
    const int *verdict = map_get(sim->hooks, name);
    struct hook_run *hook = ARENA_NEW(sim->arena, struct hook_run);
    *hook =
        (struct hook_run){ sim, verdict ? (enum verdict) * verdict : VERDICT_UNKNOWN, done, arg };
    if (json[0] != '{')
        sim_violate(sim, "hook %s got no JSON object", name);
    sim_post(sim, 100, false, hook_fire, hook);
}

void sim_loop_ports(struct sim *sim)
{
    static const struct loop_port loop = { NULL, now_ms, wall_s, timer_set, timer_clear, run };
    static const struct control_port control = { NULL, control_poll, control_reason };
    static const struct progress_port progress = { NULL, progress_report };
    static const struct check_port check = { NULL, hook_known, hook_run };
#define PORT(type, name)                                                                           \
    do {                                                                                           \
        struct type *port = arena_memdup(sim->arena, &name, sizeof name);                          \
        port->ctx = sim;                                                                           \
        sim->ports.name = port;                                                                    \
    } while (0)
    PORT(loop_port, loop);
    PORT(control_port, control);
    PORT(progress_port, progress);
    PORT(check_port, check);
#undef PORT
    sim->ports.actor = "Ann Lee <ann@acme.example>";
    sim->ports.holder = "ann@desk 4711";
}

struct sim *sim_new(void)
{
    struct arena *arena = arena_new("world", (size_t)4 << 30);
    struct sim *sim = ARENA_NEW(arena, struct sim);
    sim->arena = arena;
    sim->wall_s = 1795550400; /* 2026-11-24T20:00:00Z */
    sim->now_ms = 1000000;
    sim->wall_s -= sim->now_ms / 1000;
    sim->by_account = map_new(arena);
    sim->by_name = map_new(arena);
    sim->files = map_new(arena);
    sim->hooks = map_new(arena);
    sim->lkgs = map_new(arena);
    sim_loop_ports(sim);
    sim_store_ports(sim);
    sim_provider_ports(sim);
    sim_dns_ports(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    free(sim->heap);
    arena_free(sim->arena);
}
