/* control: what people ask of this process: signals, and requests that another
 * process wrote (pause, abort), as the control port. */
#pragma once
#include "ports/control.h"
#include "store/repo.h"
#include "store/request.h"

struct controller; /* opaque, in the arena */
struct controller *control_new(struct arena *arena);
/* SIGINT, SIGTERM and SIGHUP park from now on; a second SIGINT within two seconds
 * ends the process as by default.  `wake` is called from the handler. */
void control_catch(struct controller *control, void (*wake)(void *arg), void *arg);
void control_release(struct controller *control); /* signals as before */
/* Requests about ticket `id` count from now on. */
void control_watch(struct controller *control, struct repo *repo, const char *id,
                   struct arena *arena);
struct control_port control_port(struct controller *control);
bool control_signalled(const struct controller *control);
