/* Any text as a name, any octets as its wire form: canonical text is stable, and
 * every form of a name leads back to it. */
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

static void must(int condition)
{
    if (!condition)
        abort();
}

/* All that is promised for a canonical name. */
static void check_name(const char *name, struct arena *arena)
{
    const char *again, *domain = "a.example";
    uint8_t wire[NAME_WIRE_MAX];
    size_t n, used;
    must(name_parse(name, arena, &again, NULL) == 0 && strcmp(again, name) == 0);
    must(name_parse(name_dotted(name, arena), arena, &again, NULL) == 0 &&
         strcmp(again, name) == 0);
    must(name_parse(name_display(name, arena), arena, &again, NULL) == 0 &&
         strcmp(again, name) == 0);
    must(name_to_wire(name, wire, &n, NULL) == 0);
    must(name_from_wire(wire, n, arena, &again, &used, NULL) == 0 && used == n &&
         strcmp(again, name) == 0);
    must(name_target(name_dotted(name, arena), domain, arena, &again, NULL) == 0 &&
         strcmp(again, name) == 0);
    for (const char *above = name; above; above = name_parent(above)) {
        must(name_within(name, above));
        must((name_order(name, above) > 0) == (above != name));
        must(name_owner(name_relative(name, above, arena), above, arena, &again, NULL) == 0 &&
             strcmp(again, name) == 0);
    }
}

static void check_text(const char *text, struct arena *arena)
{
    const char *name;
    struct err err = { 0 };
    if (name_parse(text, arena, &name, &err) == 0)
        check_name(name, arena);
    else
        must(err.code == ERR_INVALID);
    if (name_owner(text, "a.example", arena, &name, NULL) == 0) {
        must(name_within(name, "a.example"));
        check_name(name, arena);
    }
    if (name_target(text, "a.example", arena, &name, NULL) == 0)
        check_name(name, arena);
}

static void check_wire(const uint8_t *wire, size_t n, struct arena *arena)
{
    const char *name;
    size_t used;
    if (name_from_wire(wire, n, arena, &name, &used, NULL) == 0) {
        must(used <= n && used <= NAME_WIRE_MAX);
        check_name(name, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2000)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 256u << 20);
    check_text(arena_strndup(arena, (const char *)data, size), arena);
    check_wire(data, size, arena);
    return 0;
}
