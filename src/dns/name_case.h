/* name_case: inside the room: names with their letters' case kept, as records
 * in a zone bear them.  The rest of the program speaks canonical text only. */
#pragma once
#include "dns/name.h"

enum name_case { NAME_FOLD_CASE, NAME_KEEP_CASE };

/* As name_parse() and name_to_wire() in one step. */
int name_text_to_wire(const char *text, enum name_case keep, uint8_t ret_wire[NAME_WIRE_MAX],
                      size_t *ret_len, struct err *err) WARN_UNUSED;
/* As name_from_wire(). */
int name_wire_to_text(const uint8_t *wire, size_t len, enum name_case keep, struct arena *arena,
                      const char **ret, size_t *ret_used, struct err *err) WARN_UNUSED;
