/* reading_kept: what is left of a reading when its zones are gone. */
#pragma once
#include "base/map.h"

struct reading {
    struct arena *arena;
    struct map *by_zone; /* "account zone" -> struct server_list */
    struct map *lists;   /* text of a list -> struct server_list */
    size_t zones;        /* read calls made */
};
