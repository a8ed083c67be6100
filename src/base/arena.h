/* arena: where data lives.
 *
 * Everything that is data (strings, records, lists) is allocated from an arena
 * and dies with it; everything that is a handle (FILE *, json_t *, git_*,
 * CURL *, fds) has a cleanup attribute.  There is no third kind.
 *
 * Allocation never returns NULL.  Past its cap, or when the system has no
 * memory left, the arena writes one line to stderr and ends the process with
 * exit code 1, as if it had been killed: the journal makes that safe, and no
 * code path exists that continues with half of its data.  Input whose size a
 * stranger controls is bounded before it gets here. */
#pragma once
#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

struct arena; /* opaque */

/* `what` names the arena in the message of an exhausted cap; borrowed for life. */
struct arena *arena_new(const char *what, size_t cap_bytes);
void arena_free(struct arena *arena); /* NULL is fine */
void arena_freep(struct arena **arena);
#define ARENA_SCOPED CLEANUP(arena_freep) struct arena *

/* Zeroed, aligned for any type.  Size 0 gives a unique valid pointer. */
void *arena_alloc(struct arena *arena, size_t bytes) __attribute__((malloc, returns_nonnull));
void *arena_calloc(struct arena *arena, size_t n, size_t size) __attribute__((returns_nonnull));
void *arena_memdup(struct arena *arena, const void *bytes, size_t n)
    __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *text, size_t n)
    __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3)
    __attribute__((returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
    __attribute__((returns_nonnull, format(printf, 2, 0)));
size_t arena_used(const struct arena *arena); /* bytes handed out */

#define ARENA_NEW(arena, type)      ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_calloc((arena), (n), sizeof(type)))

/* Growing lists: struct { type *v; size_t n, cap; }.  vec_push returns the
 * address of a new zeroed element; earlier addresses into `v` become invalid. */
#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *v;                                                                                   \
        size_t n, cap;                                                                             \
    }
void *vec_grow(struct arena *arena, void *v, size_t n, size_t *cap, size_t size);
#define vec_push(arena, vec)                                                                       \
    ((vec)->v = vec_grow((arena), (vec)->v, (vec)->n, &(vec)->cap, sizeof *(vec)->v),              \
     &(vec)->v[(vec)->n++])

struct strv { /* a list of strings, owned by some arena */
    const char **v;
    size_t n, cap;
};
void strv_push(struct arena *arena, struct strv *list, const char *text); /* keeps the pointer */
int strv_has(const struct strv *list, const char *text);                  /* 1 or 0 */
char *strv_join(struct arena *arena, const struct strv *list, const char *separator);
