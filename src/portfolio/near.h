/* near: what was probably meant.  Names within two typing errors, nearest first. */
#pragma once
#include "base/arena.h"

/* "did you mean a, b?" or "" when nothing is near. */
const char *near_hint(const char *text, const struct strv *names, struct arena *arena);
