/* textfile: a file named on the command line, "-" being standard input. */
#pragma once
#include "base/arena.h"

/* At most 64 MiB of UTF-8 or plain text without NUL; copy in the arena. */
int textfile_read(const char *path, struct arena *arena, char **ret, struct err *err) WARN_UNUSED;
