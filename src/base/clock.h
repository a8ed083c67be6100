/* clock: time as numbers and text.  Time itself comes in as a parameter (the
 * clock port); nothing in this file asks the system what time it is. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* "2026-11-23T20:00:00Z" (seconds optional fraction refused; offsets "+01:00"
 * accepted) to seconds since 1970 UTC. */
int time_parse(const char *text, int64_t *ret_wall_s, struct err *err) WARN_UNUSED;
char *time_format_utc(struct arena *arena, int64_t wall_s);
/* "2026-11-23 21:00:00 +01:00" in the process's time zone, for people. */
char *time_format_local(struct arena *arena, int64_t wall_s);
/* "2026-11-23", the UTC day. */
char *time_format_day(struct arena *arena, int64_t wall_s);

/* Durations of the contract: "500ms" "30s" "10m" "2h" "7d" (also "0s"). */
int duration_parse(const char *text, int64_t *ret_ms, struct err *err) WARN_UNUSED;
/* The shortest exact spelling: 90000 -> "90s", 7200000 -> "2h". */
char *duration_format(struct arena *arena, int64_t ms);
/* For people: 90000 -> "1 min 30 s". */
char *duration_human(struct arena *arena, int64_t ms);
