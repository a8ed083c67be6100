/* child: a program run beside the loop: text on its stdin, what it prints
 * captured up to a limit, a deadline for its whole process group. */
#pragma once
#include "base/buf.h"
#include "io/loop.h"

struct child; /* opaque */

struct child_options {       /* all borrowed until child_start returned */
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *env;  /* NULL-terminated "NAME=VALUE", over the program's own; or NULL */
    const char *folder;      /* working directory; NULL: the program's own */
    const char *input;       /* on stdin; NULL: nothing */
    int64_t timeout_ms;      /* then SIGTERM, two seconds later SIGKILL; 0: none */
    size_t output_max;       /* of each stream; 0: 1 MiB.  More is read and dropped:
                                of stdout the end, of stderr the beginning */
};

struct child_result {   /* valid during the callback only */
    int exit_code;      /* -1: ended by a signal */
    int signal;         /* 0: it exited */
    bool timed_out;     /* the deadline passed, whatever the rest says */
    const char *output; /* NUL-terminated */
    size_t output_len;
    bool output_cut;    /* there was more than output_max */
    const char *errors; /* stderr, its last output_max octets, NUL-terminated */
};

/* Runs with LC_ALL=C, default signals and its own process group.  done() is
 * called once from the loop; *ret (may be NULL) is valid until then.  ERR_FAILED
 * names the program: not found, not executable, no descriptors left. */
int child_start(struct loop *loop, const struct child_options *options,
                void (*done)(void *arg, const struct child_result *result), void *arg,
                struct child **ret, struct err *err) WARN_UNUSED;
/* Kills the process group and waits for it; done() is not called. */
void child_kill(struct child *child);
/* The last line with something on it, without its end, in `buf`. */
void child_last_line(const char *text, struct buf *buf);
