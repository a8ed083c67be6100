/* SPF text: whatever passes the grammar can be edited, twice is once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/lint.h"
#include "mail/spf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 64u << 20);
    char *text = arena_strndup(arena, (const char *)data, size);
    struct strv add = { 0 };
    strv_push(arena, &add, "include:_spf.example.net");
    struct spf_edit edit = { .add = add, .all = '-' };
    const char *once, *twice;
    if (spf_edit(text, &edit, arena, &once, NULL) == 0) {
        if (spf_edit(once, &edit, arena, &twice, NULL) != 0 || strcmp(once, twice) != 0)
            abort();
        if (spf_record_check(text, NULL) == 0 && spf_record_check(once, NULL) != 0)
            abort();
    }
    struct findings findings = { 0 };
    struct rrset *set = rrset_new(arena, "a.example", TYPE_TXT, 60);
    rrset_add(arena, set, txt_from_octets(data, size, arena));
    lint_rrset("a.example", NULL, set, arena, &findings);
    return 0;
}
