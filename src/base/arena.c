/* arena: a bump allocator over a list of blocks.  See arena.h; nothing is
 * freed or shrunk one by one. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
/* Unused room is poisoned and every piece is followed by a gap, so that one
 * octet too far is seen as it would be with malloc. */
#include <sanitizer/asan_interface.h>
#define GAP 16
#else
#define GAP                                  0
#define ASAN_POISON_MEMORY_REGION(addr, n)   ((void)(addr), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(addr, n) ((void)(addr), (void)(n))
#endif

#define ALIGNMENT   _Alignof(max_align_t)
#define BLOCK_FIRST 1024u
#define BLOCK_MAX   (256u * 1024u)

struct block {
    struct block *next; /* older */
    size_t size, used;
    _Alignas(max_align_t) unsigned char room[];
};

struct arena {
    const char *what;
    size_t cap, used;
    size_t block_size; /* of the next block */
    struct block *head;
};

static void arena_die(const char *what, const char *why, size_t bytes)
    __attribute__((noreturn, cold));
static void arena_die(const char *what, const char *why, size_t bytes)
{
    dprintf(STDERR_FILENO, "dnschange: %s: %s (%zu bytes)\n", what, why, bytes);
    _exit(1);
}

struct arena *arena_new(const char *what, size_t cap_bytes)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        arena_die(what, "out of memory", sizeof *arena);
    arena->what = what;
    arena->cap = cap_bytes;
    arena->block_size = BLOCK_FIRST;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct block *block = arena->head, *next; block; block = next) {
        next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->room, block->size);
        free(block);
    }
    free(arena);
}

void arena_freep(struct arena **arena)
{
    arena_free(*arena);
    *arena = NULL;
}

/* Blocks come zeroed from calloc, which costs nothing for fresh pages.  A
 * piece larger than a block gets one of its own, behind the head, so that the
 * head's remaining room is not lost. */
static struct block *block_new(struct arena *arena, size_t bytes)
{
    size_t size = bytes > arena->block_size ? bytes : arena->block_size;
    struct block *block = calloc(1, sizeof *block + size);
    if (!block)
        arena_die(arena->what, "out of memory", size);
    block->size = size;
    ASAN_POISON_MEMORY_REGION(block->room, size);
    if (bytes > arena->block_size && arena->head) {
        block->next = arena->head->next;
        arena->head->next = block;
    } else {
        block->next = arena->head;
        arena->head = block;
        if (arena->block_size < BLOCK_MAX)
            arena->block_size *= 2;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    if (bytes > arena->cap - arena->used || bytes > SIZE_MAX / 2)
        arena_die(arena->what, "memory limit reached", arena->cap);
    size_t step = (((bytes ? bytes : 1) + ALIGNMENT - 1) & ~(ALIGNMENT - 1)) + GAP;
    struct block *block = arena->head;
    if (!block || step > block->size - block->used)
        block = block_new(arena, step);
    void *piece = block->room + block->used;
    block->used += step;
    arena->used += bytes;
    ASAN_UNPOISON_MEMORY_REGION(piece, bytes ? bytes : 1);
    return piece;
}

void *arena_calloc(struct arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        arena_die(arena->what, "memory limit reached", arena->cap);
    return arena_alloc(arena, bytes);
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t n)
{
    void *copy = arena_alloc(arena, n);
    if (n)
        memcpy(copy, bytes, n);
    return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    size_t len = strnlen(text, n);
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_memdup(arena, text, strlen(text) + 1);
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, fmt, args);
    if (n < 0)
        arena_die(arena->what, "text cannot be formatted", 0);
    size_t len = (size_t)n;
    char *text = arena_alloc(arena, len + 1);
    if (len < sizeof small)
        memcpy(text, small, len + 1);
    else
        (void)vsnprintf(text, len + 1, fmt, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(arena, fmt, args);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

void *vec_grow(struct arena *arena, void *v, size_t n, size_t *cap, size_t size)
{
    if (n >= *cap) {
        size_t more = *cap ? *cap * 2 : 8;
        unsigned char *grown = arena_calloc(arena, more, size);
        if (n)
            memcpy(grown, v, n * size);
        *cap = more;
        v = grown;
    }
    /* Not only fresh room: the list may have been shortened before. */
    memset((unsigned char *)v + n * size, 0, size);
    return v;
}

void strv_push(struct arena *arena, struct strv *list, const char *text)
{
    *vec_push(arena, list) = text;
}

int strv_has(const struct strv *list, const char *text)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], text) == 0)
            return 1;
    return 0;
}

char *strv_join(struct arena *arena, const struct strv *list, const char *separator)
{
    size_t gap = strlen(separator), len = 0;
    for (size_t i = 0; i < list->n; i++)
        len += strlen(list->v[i]) + (i ? gap : 0);
    char *text = arena_alloc(arena, len + 1), *to = text;
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            to = mempcpy(to, separator, gap);
        to = mempcpy(to, list->v[i], strlen(list->v[i]));
    }
    *to = '\0';
    return text;
}
