/* near: edit distance over short names, for hints only. */
#include "portfolio/near.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define NEAR_MAX  2
#define NAME_LONG 96
#define SHOWN     3

/* Levenshtein distance, one row at a time; over NAME_LONG counts as far. */
static size_t distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b), row[NAME_LONG + 1];
    if (na > NAME_LONG || nb > NAME_LONG || (na > nb ? na - nb : nb - na) > NEAR_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < gap ? change : gap;
        }
    }
    return row[nb];
}

const char *near_hint(const char *text, const struct strv *names, struct arena *arena)
{
    struct strv shown = { 0 };
    for (size_t want = 0; want <= NEAR_MAX; want++)
        for (size_t i = 0; i < names->n && shown.n < SHOWN; i++)
            if (distance(text, names->v[i]) == want && !strv_has(&shown, names->v[i]))
                strv_push(arena, &shown, names->v[i]);
    return shown.n ? arena_printf(arena, "did you mean %s?", strv_join(arena, &shown, ", ")) : "";
}
