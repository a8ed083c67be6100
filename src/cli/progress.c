/* progress: reports as lines.  Counts and words come from the rollout; rate and
 * time left are worked out here. */
#include "cli/progress.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

enum { REDRAW_MS = 100 };

struct progress_view {
    const struct out *out;
    const struct loop_port *loop;
    struct arena *arena;
    FILE *to;
    bool events, terminal, drawn;
    char state[32];
    size_t wave;
    int64_t step_ms;  /* when this step began */
    int64_t drawn_ms; /* when the line was last drawn */
    size_t plain_done;
};

static void event_print(struct progress_view *view, const struct progress *p)
{
    ARENA_SCOPED scratch = arena_new("event", 1 << 16);
    struct jsonw w = { .to = view->to };
    jsonw_open(&w, NULL);
    jsonw_str(&w, "event", p->event);
    jsonw_time(&w, "time", view->loop->wall_s(view->loop->ctx), scratch);
    jsonw_opt(&w, "state", p->state);
    jsonw_opt(&w, "domain", p->domain);
    jsonw_opt(&w, "detail", p->detail);
    if (p->wave) {
        jsonw_int(&w, "wave", (int64_t)p->wave);
        jsonw_int(&w, "waves", (int64_t)p->waves);
    }
    if (p->total) {
        jsonw_int(&w, "done", (int64_t)p->done);
        jsonw_int(&w, "total", (int64_t)p->total);
    }
    if (p->until_ms)
        jsonw_int(&w, "wait_ms", p->until_ms - view->loop->now_ms(view->loop->ctx));
    jsonw_close(&w);
    fputc('\n', view->to);
}

static bool step_is_new(const struct progress_view *view, const struct progress *p)
{
    return p->state && (strcmp(view->state, p->state) || view->wave != p->wave);
}

static void step_begin(struct progress_view *view, const struct progress *p, int64_t now_ms)
{
    snprintf(view->state, sizeof view->state, "%s", p->state);
    view->wave = p->wave;
    view->step_ms = now_ms;
    view->plain_done = 0;
}

/* "canary 1/2", "wave 2/3  120/400  38/s  7 s left", "baking, 4 min left" */
static void line_format(const struct progress_view *view, const struct progress *p, int64_t now_ms,
                        struct buf *line)
{
    ARENA_SCOPED scratch = arena_new("progress", 1 << 16);
    int64_t spent_ms = now_ms - view->step_ms;
    buf_adds(line, view->state);
    if (p->wave)
        buf_addf(line, " %zu/%zu", p->wave, p->waves);
    if (p->total)
        buf_addf(line, "  %zu/%zu domains", p->done, p->total);
    if (p->total && p->done && p->done < p->total && spent_ms > 1000) {
        double rate = (double)p->done * 1000.0 / (double)spent_ms;
        int64_t left_ms = (int64_t)((double)(p->total - p->done) * 1000.0 / rate);
        buf_addf(line, "  %.1f/s  %s left", rate, duration_human(scratch, left_ms));
    }
    if (p->until_ms > now_ms)
        buf_addf(line, "  until %s",
                 time_format_local(scratch, view->loop->wall_s(view->loop->ctx) +
                                                (p->until_ms - now_ms + 999) / 1000));
    if (p->detail)
        buf_addf(line, "  %s", p->detail);
}

static void line_draw(struct progress_view *view, const struct progress *p, int64_t now_ms)
{
    bool last = p->total && p->done == p->total;
    if (view->drawn && !last && now_ms - view->drawn_ms < REDRAW_MS)
        return;
    BUF_SCOPED line = BUF(4096);
    line_format(view, p, now_ms, &line);
    fprintf(view->to, "\r\033[K%s", buf_text(&line));
    fflush(view->to);
    view->drawn = true;
    view->drawn_ms = now_ms;
}

/* In a file: the beginning of a step, each tenth of a long one, its end. */
static void line_plain(struct progress_view *view, const struct progress *p, bool fresh,
                       int64_t now_ms)
{
    bool last = p->total && p->done == p->total && view->plain_done != p->done;
    bool tenth = p->total >= 100 && p->done >= view->plain_done + p->total / 10;
    if (!fresh && !last && !tenth)
        return;
    view->plain_done = p->done;
    BUF_SCOPED line = BUF(4096);
    line_format(view, p, now_ms, &line);
    fprintf(view->to, "%s\n", buf_text(&line));
}

void progress_end(struct progress_view *view)
{
    if (!view->drawn)
        return;
    fputc('\n', view->to);
    view->drawn = false;
}

static void note_print(struct progress_view *view, const struct progress *p)
{
    progress_end(view);
    fprintf(view->to, "  %s%s%s\n", p->domain ? p->domain : "", p->domain ? ": " : "",
            p->detail ? p->detail : "");
}

static void report(void *ctx, const struct progress *p)
{
    struct progress_view *view = ctx;
    int64_t now_ms = view->loop->now_ms(view->loop->ctx);
    if (view->events) {
        event_print(view, p);
        return;
    }
    if (view->out->quiet)
        return;
    if (!strcmp(p->event, "note")) {
        note_print(view, p);
        return;
    }
    /* One domain's own steps are too much unless asked for. */
    if (!strcmp(p->event, "domain") && !p->total) {
        if (view->out->verbose || (p->state && !strcmp(p->state, "failed")))
            note_print(view, p);
        return;
    }
    if (!p->state && !*view->state)
        return;
    bool fresh = strcmp(p->event, "domain") && step_is_new(view, p);
    if (fresh) {
        progress_end(view);
        step_begin(view, p, now_ms);
    }
    if (view->terminal)
        line_draw(view, p, now_ms);
    else
        line_plain(view, p, fresh, now_ms);
}

struct progress_view *progress_new(const struct out *out, bool events, FILE *to, bool terminal,
                                   const struct loop_port *loop, struct arena *arena)
{
    struct progress_view *view = ARENA_NEW(arena, struct progress_view);
    *view = (struct progress_view){
        .out = out, .loop = loop, .arena = arena, .to = to, .events = events, .terminal = terminal
    };
    return view;
}

struct progress_port progress_port(struct progress_view *view)
{
    return (struct progress_port){ .ctx = view, .report = report };
}
