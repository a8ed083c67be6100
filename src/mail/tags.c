/* tags: splits tag lists and keeps where everything stood. */
#include "mail/tags.h"

#include <ctype.h>
#include <string.h>

static const char *blanks = " \t\r\n";

static void trim(const char **at, size_t *n)
{
    while (*n && strchr(blanks, **at))
        (*at)++, (*n)--;
    while (*n && strchr(blanks, (*at)[*n - 1]))
        (*n)--;
}

void tags_find(const char *text, struct arena *arena, struct tags *ret)
{
    struct tags tags = { 0 };
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ";"), n = len;
        const char *inner = at;
        trim(&inner, &n);
        if (n > 0) {
            struct tag *tag = vec_push(arena, &tags);
            const char *equals = memchr(inner, '=', n);
            size_t name = equals ? (size_t)(equals - inner) : n;
            *tag = (struct tag){ .part = at, .part_len = len };
            if (equals) {
                tag->value_at = equals + 1;
                tag->value_len = n - name - 1;
                trim(&tag->value_at, &tag->value_len);
                tag->value = arena_strndup(arena, tag->value_at, tag->value_len);
            }
            trim(&inner, &name);
            tag->name = arena_strndup(arena, inner, name);
        }
        at += len;
        if (!*at)
            break;
    }
    *ret = tags;
}

const struct tag *tags_get(const struct tags *tags, const char *name)
{
    for (size_t i = 0; i < tags->n; i++)
        if (strcmp(tags->v[i].name, name) == 0)
            return &tags->v[i];
    return NULL;
}

size_t tags_count(const struct tags *tags, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < tags->n; i++)
        count += strcmp(tags->v[i].name, name) == 0;
    return count;
}

const char *tags_twice(const struct tags *tags)
{
    for (size_t i = 0; i < tags->n; i++)
        if (tags_get(tags, tags->v[i].name) != &tags->v[i])
            return tags->v[i].name;
    return NULL;
}

static bool name_valid(const char *name)
{
    if (!isalpha((unsigned char)name[0]))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    return true;
}

const char *tags_broken(const struct tags *tags, struct arena *arena)
{
    for (size_t i = 0; i < tags->n; i++)
        if (!tags->v[i].value || !name_valid(tags->v[i].name)) {
            const char *at = tags->v[i].part;
            size_t n = tags->v[i].part_len;
            trim(&at, &n);
            return arena_strndup(arena, at, n);
        }
    return NULL;
}
