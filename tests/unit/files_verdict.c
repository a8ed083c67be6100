/* files_verdict: reads lines {"kind": ..., "text": ...} and answers each with "ok" or
 * the program's error, so that the schemas can be held against the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ticket/ticket.h"

static int read_one(struct arena *arena, const char *kind, const char *text, struct err *err)
{
    struct settings settings;
    struct portfolio portfolio;
    struct ticket ticket = { 0 };
    if (strcmp(kind, "settings") == 0)
        return settings_parse("dnschange.json", text, false, arena, NULL, &settings, err);
    if (strcmp(kind, "ticket") == 0)
        return ticket_parse("tickets/DNS-2026-11-23-001.json", text, false, arena, NULL, &ticket,
                            err);
    if (strcmp(kind, "rollback-line") == 0)
        return ticket_read_rollback(&ticket, "r.jsonl", text, arena, err);
    static const char accounts[] = "{\"version\": 1, \"providers\": {\"pdns\": {\"plugin\": \"x\"},"
                                   " \"r53\": {\"plugin\": \"x\"}}}";
    struct portfolio_file file = { "domains/acme.json", text };
    if (settings_parse("s", accounts, false, arena, NULL, &settings, err) != 0)
        return -1;
    return portfolio_parse(&file, 1, &settings, false, arena, NULL, &portfolio, err);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) > 0) {
        ARENA_SCOPED arena = arena_new("verdict", 64u << 20);
        json_t *row = json_loads(line, 0, NULL);
        const char *kind = json_string_value(json_object_get(row, "kind"));
        const char *text = json_string_value(json_object_get(row, "text"));
        struct err err = { 0 };
        if (!kind || !text)
            abort();
        puts(read_one(arena, kind, text, &err) == 0 ? "ok" : err.message);
        json_decref(row);
    }
    free(line);
    return 0;
}
