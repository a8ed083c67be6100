/* Edits as text: what is printed reads back to what is printed, and computing on
 * any set ends in a set or an error. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ticket/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *format_all(struct arena *arena, const struct edits *edits, struct strv *lines)
{
    for (size_t i = 0; i < edits->n; i++)
        edit_format(&edits->v[i], arena, lines);
    return strv_join(arena, lines, "\n");
}

static void compute(struct arena *arena, const struct edit *edit)
{
    struct domain domain = { .name = "a.example" };
    struct edit_place place = { &domain, "a.example", NULL, 300 };
    static const char *const texts[] = { "v=spf1 mx -all", "v=DMARC1; p=none; pct=5", "x" };
    struct rrset *sets[2] = { NULL, rrset_new(arena, "a.example", edit->type, 60) }, *after;
    for (size_t i = 0; i < 3; i++)
        if (edit->type == TYPE_TXT)
            rrset_add(arena, sets[1], txt_from_octets(texts[i], strlen(texts[i]), arena));
    for (size_t i = 0; i < 2; i++)
        if (edit_compute(edit, &place, sets[i], arena, &after, NULL) == 0 &&
            !edit_touches_same(edit, &place, after, after, arena))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 256u << 20);
    struct edits once = { 0 }, twice = { 0 };
    struct strv lines = { 0 }, again = { 0 };
    char *save, *text = arena_strndup(arena, (const char *)data, size);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (edit_parse(line, arena, &once, NULL) != 0)
            return 0;
    char *first = format_all(arena, &once, &lines);
    for (size_t i = 0; i < lines.n; i++)
        if (edit_parse(lines.v[i], arena, &twice, NULL) != 0)
            abort();
    if (strcmp(first, format_all(arena, &twice, &again)) != 0)
        abort();
    for (size_t i = 0; i < once.n; i++)
        compute(arena, &once.v[i]);
    return 0;
}
