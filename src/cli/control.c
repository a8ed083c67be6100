/* control: signals and request files as one port.  Decides nothing. */
#include "cli/control.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

struct controller {
    struct request_watch *watch;
    char reason[256];
    bool caught;
    struct sigaction before[3]; /* of `signals` */
};

/* A handler has no argument: these three are what it may touch. */
static volatile sig_atomic_t signal_seen;
static void (*signal_wake)(void *arg);
static void *signal_wake_arg;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static void on_signal(int number)
{
    /* Asked twice: somebody does not want to wait for the request in flight. */
    if (signal_seen == SIGINT && number == SIGINT) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    signal_seen = number;
    if (signal_wake)
        signal_wake(signal_wake_arg);
}

struct controller *control_new(struct arena *arena)
{
    return ARENA_NEW(arena, struct controller);
}

void control_catch(struct controller *control, void (*wake)(void *arg), void *arg)
{
    struct sigaction action = { .sa_handler = on_signal };
    if (control->caught)
        return;
    sigemptyset(&action.sa_mask);
    signal_wake_arg = arg;
    signal_wake = wake;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        sigaction(signals[i], NULL, &control->before[i]);
        /* nohup and CI runners ignore SIGHUP on purpose: leave it so. */
        if (control->before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
    control->caught = true;
}

void control_release(struct controller *control)
{
    if (!control->caught)
        return;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &control->before[i], NULL);
    signal_wake = NULL;
    control->caught = false;
}

void control_watch(struct controller *control, struct repo *repo, const char *id,
                   struct arena *arena)
{
    control->watch = request_watch_new(repo, id, arena);
}

bool control_signalled(const struct controller *control)
{
    (void)control;
    return signal_seen != 0;
}

static enum control poll_now(void *ctx)
{
    struct controller *control = ctx;
    if (signal_seen)
        return CONTROL_PARK;
    return control->watch ? request_poll(control->watch) : CONTROL_NONE;
}

static const char *reason_now(void *ctx)
{
    struct controller *control = ctx;
    int number = signal_seen;
    if (number) {
        snprintf(control->reason, sizeof control->reason, "signal %s", sigabbrev_np(number));
        return control->reason;
    }
    const struct request *request = control->watch ? request_seen(control->watch) : NULL;
    if (!request)
        return "";
    snprintf(control->reason, sizeof control->reason, "%s: %s",
             request->who ? request->who : "somebody", request->reason ? request->reason : "");
    return control->reason;
}

struct control_port control_port(struct controller *control)
{
    return (struct control_port){ .ctx = control, .poll = poll_now, .reason = reason_now };
}
