/* tags: "name=value; name=value" records (RFC 6376 3.2), as DMARC and DKIM keys
 * are written.  Positions only: what a tag means is dmarc's and dkim's. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct tag {
    const char *part;         /* from after the last ';' ... */
    size_t part_len;          /* ... up to the next one, not included */
    const char *name, *value; /* copies, blanks around them cut; value NULL: no '=' */
    const char *value_at;     /* where the value stands in the text */
    size_t value_len;
};
struct tags {
    struct tag *v;
    size_t n, cap;
};

/* Empty parts (a final ';') are left out. */
void tags_find(const char *text, struct arena *arena, struct tags *ret);
const struct tag *tags_get(const struct tags *tags, const char *name); /* first, or NULL */
size_t tags_count(const struct tags *tags, const char *name);
/* Name of the first tag that stands twice, or NULL. */
const char *tags_twice(const struct tags *tags);
/* Is there a tag without '=' or with a name that is none?  Its text, or NULL. */
const char *tags_broken(const struct tags *tags, struct arena *arena);
