/* jsonw: JSON to a stream.  Escaping is buf's; numbers and commas are ours. */
#include "cli/jsonw.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

static void string(struct jsonw *w, const char *text)
{
    BUF_SCOPED out = BUF(2 + 6 * strlen(text) + 1);
    buf_json_string(&out, text);
    fputs(buf_text(&out), w->to);
}

static void begin(struct jsonw *w, const char *key)
{
    if (w->more)
        fputc(',', w->to);
    w->more = true;
    if (key) {
        string(w, key);
        fputc(':', w->to);
    }
}

static void open_with(struct jsonw *w, const char *key, char c)
{
    begin(w, key);
    fputc(c, w->to);
    w->depth++;
    w->more = false;
}

static void close_with(struct jsonw *w, char c)
{
    fputc(c, w->to);
    w->depth--;
    w->more = true;
}

void jsonw_open(struct jsonw *w, const char *key)
{
    open_with(w, key, '{');
}

void jsonw_close(struct jsonw *w)
{
    close_with(w, '}');
}

void jsonw_open_array(struct jsonw *w, const char *key)
{
    open_with(w, key, '[');
}

void jsonw_close_array(struct jsonw *w)
{
    close_with(w, ']');
}

void jsonw_str(struct jsonw *w, const char *key, const char *text)
{
    if (!text) {
        jsonw_null(w, key);
        return;
    }
    begin(w, key);
    string(w, text);
}

void jsonw_opt(struct jsonw *w, const char *key, const char *text)
{
    if (text)
        jsonw_str(w, key, text);
}

void jsonw_int(struct jsonw *w, const char *key, int64_t n)
{
    begin(w, key);
    fprintf(w->to, "%" PRId64, n);
}

void jsonw_bool(struct jsonw *w, const char *key, bool b)
{
    jsonw_raw(w, key, b ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
    jsonw_raw(w, key, "null");
}

void jsonw_raw(struct jsonw *w, const char *key, const char *json)
{
    begin(w, key);
    fputs(json, w->to);
}

void jsonw_time(struct jsonw *w, const char *key, int64_t wall_s, struct arena *arena)
{
    jsonw_str(w, key, time_format_utc(arena, wall_s));
}

void jsonw_strv(struct jsonw *w, const char *key, const struct strv *list)
{
    jsonw_open_array(w, key);
    for (size_t i = 0; i < list->n; i++)
        jsonw_str(w, NULL, list->v[i]);
    jsonw_close_array(w);
}
