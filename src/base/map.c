/* map: open addressing over a list of entries.  See map.h; nothing is removed. */
#include "base/map.h"

#include <stdint.h>
#include <string.h>

struct entry {
    const char *key;
    void *value;
    uint64_t hash;
};

struct map {
    struct arena *arena;
    VEC(struct entry) entries;
    uint32_t *slots; /* index + 1 into entries, 0 is free; a power of two of them */
    size_t mask;
};

#define SLOTS_FIRST 16

struct map *map_new(struct arena *arena)
{
    struct map *map = ARENA_NEW(arena, struct map);
    map->arena = arena;
    map->slots = ARENA_ARRAY(arena, uint32_t, SLOTS_FIRST);
    map->mask = SLOTS_FIRST - 1;
    return map;
}

/* FNV-1a, its high half folded in because only low bits pick the slot. */
static uint64_t key_hash(const char *key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *p = (const unsigned char *)key; *p; p++)
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    return h ^ (h >> 32);
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *map_slot(const struct map *map, const char *key, uint64_t hash)
{
    size_t i = (size_t)hash & map->mask;
    for (; map->slots[i]; i = (i + 1) & map->mask) {
        const struct entry *entry = &map->entries.v[map->slots[i] - 1];
        if (entry->hash == hash && strcmp(entry->key, key) == 0)
            break;
    }
    return &map->slots[i];
}

static void map_grow(struct map *map)
{
    size_t n = (map->mask + 1) * 2;
    map->slots = ARENA_ARRAY(map->arena, uint32_t, n);
    map->mask = n - 1;
    for (size_t i = 0; i < map->entries.n; i++)
        *map_slot(map, map->entries.v[i].key, map->entries.v[i].hash) = (uint32_t)(i + 1);
}

void map_put(struct map *map, const char *key, void *value)
{
    uint64_t hash = key_hash(key);
    uint32_t *slot = map_slot(map, key, hash);
    if (*slot) {
        map->entries.v[*slot - 1].value = value;
        return;
    }
    *vec_push(map->arena, &map->entries) = (struct entry){ key, value, hash };
    *slot = (uint32_t)map->entries.n;
    if (map->entries.n * 4 > (map->mask + 1) * 3)
        map_grow(map);
}

void *map_get(const struct map *map, const char *key)
{
    uint32_t slot = *map_slot(map, key, key_hash(key));
    return slot ? map->entries.v[slot - 1].value : NULL;
}

size_t map_count(const struct map *map)
{
    return map->entries.n;
}

const char *map_key_at(const struct map *map, size_t i)
{
    return map->entries.v[i].key;
}

void *map_value_at(const struct map *map, size_t i)
{
    return map->entries.v[i].value;
}
