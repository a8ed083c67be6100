/* registry: finds, judges and loads provider plugins.  Runs none of their
 * functions (a constructor of a shared object runs before anything can be
 * judged: that is why owner and permissions of the file come first). */
#pragma once
#include <dnschange/provider.h>

#include "base/arena.h"

struct registry; /* opaque, in the arena it was made in; plugins stay loaded for ever */

/* `folders`: where plugins may lie, absolute, in the order of search. */
struct registry *registry_new(struct arena *arena, const char *const *folders, size_t n);

/* The plugin NAME, from FOLDER/NAME.so; loaded once.  NULL with a reason of its
 * own for each: not found, folder relative, file or a folder above it writable by
 * others, wrong owner, not loadable, no symbol, other ABI, wrong size, other name,
 * incomplete.  The first folder that has the name decides, also when its file is
 * refused; a different file of that name in a later one is passed over with a line
 * in the log. */
const struct dc_plugin *registry_load(struct registry *registry, const char *name,
                                      struct err *err) WARN_UNUSED;

/* Names that the folders hold, for people; nothing is loaded or judged. */
void registry_names(const struct registry *registry, struct arena *arena, struct strv *ret);

/* Is what the symbol says usable by this program?  0, or -1 with the reason. */
int plugin_judge(const struct dc_plugin *plugin, const char *name, struct err *err) WARN_UNUSED;
