/* Any text as lkg.json: refused, or read to something that can be written, read
 * again and pasted. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rollout/lkg.h"
#include "rollout/paste.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void paste_all(const struct lkg *lkg)
{
    static const enum paste_form forms[] = { PASTE_SHEET, PASTE_ZONE, PASTE_NSUPDATE, PASTE_CURL };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        BUF_SCOPED out = BUF(1u << 22);
        struct err err;
        if (paste_write(lkg, forms[i], NULL, &out, &err))
            continue; /* no such form for this provider */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1u << 18)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 1u << 28);
    struct lkg lkg, again;
    struct err err;
    if (lkg_parse("lkg.json", arena_strndup(arena, (const char *)data, size), arena, &lkg, &err))
        return 0;
    BUF_SCOPED text = BUF(1u << 24), twice = BUF(1u << 24);
    lkg_write(&lkg, &text);
    if (lkg_parse("lkg.json", buf_text(&text), arena, &again, &err))
        abort();
    lkg_write(&again, &twice);
    if (strcmp(buf_text(&text), buf_text(&twice)) != 0)
        abort();
    paste_all(&lkg);
    return 0;
}
