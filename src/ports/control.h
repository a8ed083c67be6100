/* control port: what people ask of a running rollout (signals, pause, abort). */
#pragma once
#include "base/arena.h"

enum control { CONTROL_NONE, CONTROL_PARK /* signal, --no-wait */, CONTROL_PAUSE, CONTROL_ABORT };

struct control_port {
    void *ctx;
    /* Cheap: asked before every write and every turn. */
    enum control (*poll)(void *ctx);
    /* Who and why, for the record; "" when unknown.  Borrowed. */
    const char *(*reason)(void *ctx);
};
