/* spf_terms: where the terms of a record stand in its text. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct spf_term {
    const char *at;
    size_t len; /* inside the record's text */
};
struct spf_terms {
    struct spf_term *v;
    size_t n, cap;
};

bool spf_text_is_record(const char *text, size_t n);
/* Terms after the version; only SP separates (4.6.1). */
void spf_terms_find(const char *text, struct arena *arena, struct spf_terms *ret);
/* Is it this mechanism, whatever qualifier and argument? */
bool spf_term_is(struct spf_term term, const char *mechanism);
/* Is it this modifier? */
bool spf_term_is_modifier(struct spf_term term, const char *name);
bool spf_address_valid(int family, const char *text, size_t n); /* family: 4 or 6 */
