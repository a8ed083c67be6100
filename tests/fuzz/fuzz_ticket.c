/* Tickets out of anything: what is read is written so that it reads the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ticket/ticket.h"
#include "ticket/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *arena, const struct ticket *ticket)
{
    static const char settings_text[] = "{\"version\":1,\"providers\":{\"p\":{\"plugin\":\"x\"}}}";
    static const char domains_text[] =
        "{\"client\":\"a\",\"provider\":\"p\",\"domains\":{\"a.example\":{},\"b.example\":{}}}";
    struct portfolio_file file = { "domains/a.json", domains_text };
    struct settings settings;
    struct portfolio portfolio;
    if (settings_parse("s", settings_text, false, arena, NULL, &settings, NULL) != 0 ||
        portfolio_parse(&file, 1, &settings, false, arena, NULL, &portfolio, NULL) != 0)
        abort();
    if (ticket_check(ticket, &settings, &portfolio, arena, NULL) != 0)
        return;
    for (size_t i = 0; i < ticket->change.n; i++) {
        struct edits edits = { 0 };
        struct strv lines = { 0 };
        edit_format(&ticket->change.v[i], arena, &lines);
        for (size_t k = 0; k < lines.n; k++)
            if (edit_parse(lines.v[k], arena, &edits, NULL) != 0)
                abort(); /* what passed every rule can be said on the command line */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 512u << 20);
    char *text = arena_strndup(arena, (const char *)data, size);
    struct ticket ticket, back;
    struct domain_vars *vars;
    size_t n;
    const char *first, *second, *rollback;
    if (values_parse("v.csv", text, arena, &vars, &n, NULL) == 0 && n && !vars[0].domain)
        abort();
    if (ticket_parse("draft", text, false, arena, NULL, &ticket, NULL) != 0)
        return 0;
    check(arena, &ticket);
    if (ticket_format(&ticket, arena, &first, &rollback, NULL) != 0)
        return 0;
    struct err err;
    if (ticket_parse("draft", first, false, arena, NULL, &back, &err) != 0)
        abort();
    if (rollback && ticket_read_rollback(&back, "r", rollback, arena, &err) != 0)
        abort();
    if (ticket_format(&back, arena, &second, &rollback, &err) != 0 || strcmp(first, second) != 0)
        abort();
    return 0;
}
