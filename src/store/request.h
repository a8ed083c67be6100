/* request: what another process asks of a running rollout: pause or abort.
 *
 * One small file, <common git dir>/dnschange/<id>.request, replaced as a whole.
 * The running process looks by stat before every write; the command line
 * makes its control port out of this and of signals. */
#pragma once
#include <stdint.h>

#include "ports/control.h"
#include "store/repo.h"

struct request {
    enum control what; /* CONTROL_PAUSE or CONTROL_ABORT */
    const char *who;   /* "user@host" */
    const char *reason;
    int64_t wall_s;
};

/* Durable when it returns; a later request replaces an earlier one. */
int request_write(struct repo *repo, const char *id, const struct request *request,
                  struct err *err) WARN_UNUSED;
/* Done with it, or never mind; no file is fine. */
void request_clear(struct repo *repo, const char *id);

struct request_watch; /* opaque, in the arena */
/* Begins to watch; a request that lies there already counts. */
struct request_watch *request_watch_new(struct repo *repo, const char *id, struct arena *arena);
/* One stat; reads the file only when it changed.  CONTROL_NONE without a
 * request.  A file that cannot be understood counts as CONTROL_PAUSE: somebody
 * wanted it to stop. */
enum control request_poll(struct request_watch *watch);
/* The request that the last poll saw; its strings live in the watch's arena. */
const struct request *request_seen(const struct request_watch *watch);
