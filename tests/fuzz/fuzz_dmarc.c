/* DMARC and DKIM text: edits hold, rules look at anything. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/dmarc.h"
#include "mail/lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 64u << 20);
    char *text = arena_strndup(arena, (const char *)data, size);
    struct dmarc_tag set_tags[] = { { "p", "reject" }, { "adkim", "s" } };
    struct dmarc_edit edit = { .set = set_tags, .n_set = 2 };
    strv_push(arena, &edit.unset, "pct");
    const char *once, *twice;
    if (dmarc_edit(text, &edit, arena, &once, NULL) == 0) {
        if (dmarc_edit(once, &edit, arena, &twice, NULL) != 0 || strcmp(once, twice) != 0)
            abort();
        if (dmarc_record_check(text, NULL) == 0 && dmarc_record_check(once, NULL) != 0)
            abort();
    }
    static const char *const owners[] = { "_dmarc.a.example", "s._domainkey.a.example" };
    for (size_t i = 0; i < 2; i++) {
        struct findings findings = { 0 };
        struct rrset *set = rrset_new(arena, owners[i], TYPE_TXT, 60);
        rrset_add(arena, set, txt_from_octets(data, size, arena));
        lint_rrset("a.example", NULL, set, arena, &findings);
    }
    return 0;
}
