/* hooks: named programs as checks, a few at a time. */
#include "io/hooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/child.h"
#include "io/memory.h"

enum { AT_ONCE = 8, OUTPUT_MAX = 64 * 1024, DETAIL_MAX = 400 };

struct run {
    struct run *next; /* waiting or running */
    struct hooks *hooks;
    const struct hook *hook; /* NULL: nobody knows that name */
    const char *name;
    char *json;
    struct child *child;
    void (*done)(void *arg, const struct check_result *result);
    void *arg;
};

struct hooks {
    struct loop *loop;
    const struct hook *table;
    size_t n;
    char *folder;
    struct run *waiting, **last;
    struct run *running;
    size_t n_running;
    struct timer pump;
};

static const struct hook *hook_find(const struct hooks *hooks, const char *name)
{
    for (size_t i = 0; i < hooks->n; i++)
        if (!strcmp(hooks->table[i].name, name))
            return &hooks->table[i];
    return NULL;
}

static bool known(void *ctx, const char *name)
{
    return hook_find(ctx, name) != NULL;
}

static void run_end(struct run *run, enum verdict verdict, const char *detail)
{
    struct check_result result = { verdict, detail };
    run->done(run->arg, &result);
    free(run->json);
    free(run);
}

static void pump_soon(struct hooks *hooks)
{
    if (hooks->waiting && !hooks->pump.set)
        loop_timer_set(hooks->loop, &hooks->pump, loop_now_ms(hooks->loop));
}

static enum verdict verdict_of(const struct child_result *result)
{
    if (result->timed_out || result->signal)
        return VERDICT_UNKNOWN;
    return result->exit_code == 0   ? VERDICT_PASS
           : result->exit_code == 1 ? VERDICT_FAIL
                                    : VERDICT_UNKNOWN;
}

static void detail_fill(const struct run *run, const struct child_result *result, struct buf *ret)
{
    if (result->timed_out)
        buf_addf(ret, "no verdict within %lld ms", (long long)run->hook->timeout_ms);
    else if (result->signal)
        buf_addf(ret, "ended by signal %d", result->signal);
    else
        child_last_line(result->errors, ret);
    if (!ret->len && result->exit_code > 1)
        buf_addf(ret, "exit code %d", result->exit_code);
}

static void on_done(void *arg, const struct child_result *result)
{
    struct run *run = arg;
    struct hooks *hooks = run->hooks;
    struct run **link = &hooks->running;
    while (*link != run)
        link = &(*link)->next;
    *link = run->next;
    hooks->n_running--;
    BUF_SCOPED detail = BUF(DETAIL_MAX);
    detail_fill(run, result, &detail);
    run_end(run, verdict_of(result), buf_text(&detail));
    pump_soon(hooks);
}

static void run_start(struct hooks *hooks, struct run *run)
{
    struct err err;
    if (!run->hook) {
        BUF_SCOPED detail = BUF(DETAIL_MAX);
        buf_addf(&detail, "no hook \"%s\" in the settings", run->name);
        run_end(run, VERDICT_UNKNOWN, buf_text(&detail));
        return;
    }
    struct child_options options = { .argv = run->hook->argv,
                                     .folder = hooks->folder,
                                     .input = run->json,
                                     .timeout_ms = run->hook->timeout_ms,
                                     .output_max = OUTPUT_MAX };
    if (child_start(hooks->loop, &options, on_done, run, &run->child, &err) < 0) {
        run_end(run, VERDICT_UNKNOWN, err.message);
        return;
    }
    run->next = hooks->running;
    hooks->running = run;
    hooks->n_running++;
}

static struct run *run_take(struct hooks *hooks)
{
    struct run *run = hooks->waiting;
    hooks->waiting = run->next;
    if (!hooks->waiting)
        hooks->last = &hooks->waiting;
    return run;
}

static void on_pump(void *arg)
{
    struct hooks *hooks = arg;
    while (hooks->waiting && hooks->n_running < AT_ONCE)
        run_start(hooks, run_take(hooks));
}

static void run_hook(void *ctx, const char *name, const char *json,
                     void (*done)(void *arg, const struct check_result *result), void *arg)
{
    struct hooks *hooks = ctx;
    struct run *run = mem_new(sizeof *run);
    *run = (struct run){ .hooks = hooks,
                         .hook = hook_find(hooks, name),
                         .name = name,
                         .json = mem_strdup(json),
                         .done = done,
                         .arg = arg };
    *hooks->last = run;
    hooks->last = &run->next;
    pump_soon(hooks);
}

struct check_port hooks_port(struct hooks *hooks)
{
    return (struct check_port){ .ctx = hooks, .known = known, .run = run_hook };
}

struct hooks *hooks_new(struct loop *loop, const struct hook *table, size_t n, const char *folder)
{
    struct hooks *hooks = mem_new(sizeof *hooks);
    hooks->loop = loop;
    hooks->table = table;
    hooks->n = n;
    hooks->folder = folder ? mem_strdup(folder) : NULL;
    hooks->last = &hooks->waiting;
    hooks->pump = (struct timer){ .fire = on_pump, .arg = hooks };
    return hooks;
}

void hooks_free(struct hooks *hooks)
{
    if (!hooks)
        return;
    while (hooks->running || hooks->waiting) {
        struct run *run = hooks->running;
        if (run) {
            hooks->running = run->next;
            child_kill(run->child);
        } else {
            run = run_take(hooks);
        }
        run_end(run, VERDICT_UNKNOWN, "the program ended before the hook did");
    }
    loop_timer_clear(hooks->loop, &hooks->pump);
    free(hooks->folder);
    free(hooks);
}
