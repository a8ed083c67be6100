/* progress: what a rollout reports, for people and programs that watch, on
 * stderr.  On a terminal one line per step that is drawn over; in a file one
 * plain line per step; with --events one JSON object per report. */
#pragma once
#include "cli/out.h"
#include "ports/loop.h"
#include "ports/progress.h"

struct progress_view; /* opaque, in the arena */
/* `loop` (borrowed) tells the time; `events`: NDJSON; `to`: stderr but in tests. */
struct progress_view *progress_new(const struct out *out, bool events, FILE *to, bool terminal,
                                   const struct loop_port *loop, struct arena *arena);
struct progress_port progress_port(struct progress_view *view);
/* Ends a line that is being drawn over; idempotent. */
void progress_end(struct progress_view *view);
