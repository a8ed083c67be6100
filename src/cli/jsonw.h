/* jsonw: JSON written straight to a stream, member by member, so that a result
 * over 10,000 domains needs no document in memory.  Knows no command. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"

struct jsonw {
    FILE *to; /* borrowed; its error flag tells of failed writes */
    unsigned depth;
    bool more; /* something was written at this depth */
};

/* `key` is NULL inside arrays and for the outermost value. */
void jsonw_open(struct jsonw *w, const char *key);                  /* { */
void jsonw_close(struct jsonw *w);                                  /* } */
void jsonw_open_array(struct jsonw *w, const char *key);            /* [ */
void jsonw_close_array(struct jsonw *w);                            /* ] */
void jsonw_str(struct jsonw *w, const char *key, const char *text); /* NULL text: null */
void jsonw_opt(struct jsonw *w, const char *key, const char *text); /* NULL text: left out */
void jsonw_int(struct jsonw *w, const char *key, int64_t n);
void jsonw_bool(struct jsonw *w, const char *key, bool b);
void jsonw_null(struct jsonw *w, const char *key);
void jsonw_raw(struct jsonw *w, const char *key, const char *json); /* JSON text as it is */
void jsonw_time(struct jsonw *w, const char *key, int64_t wall_s, struct arena *arena);
void jsonw_strv(struct jsonw *w, const char *key, const struct strv *list);
