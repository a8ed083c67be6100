/* map: strings to pointers, in an arena.  Keys are borrowed and compared
 * byte for byte; iteration is in order of insertion. */
#pragma once
#include "base/arena.h"

struct map; /* opaque */
struct map *map_new(struct arena *arena);
void map_put(struct map *map, const char *key, void *value); /* replaces */
void *map_get(const struct map *map, const char *key);       /* NULL: not there */
size_t map_count(const struct map *map);
const char *map_key_at(const struct map *map, size_t i);
void *map_value_at(const struct map *map, size_t i);
