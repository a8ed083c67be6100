/* checks: the verification words of a ticket beyond "dns", for one target:
 * mail-records (lint of what is to be live) and hook:NAME (a program's verdict). */
#pragma once
#include "rollout/verify.h"

struct checks_options {
    const char *ticket; /* these two are for hooks */
    uint32_t attempt;
    const struct strv *words; /* the ticket's verification; "dns" is passed over */
    enum verify_side side;    /* VERIFY_BEFORE: what stood before is to be live */
};

/* Any word here that is more than "dns"? */
bool checks_wanted(const struct strv *words);
/* ERR_INVALID: a hook that is not configured. */
int checks_known(const struct check_port *port, const char *ticket, const struct strv *words,
                 struct err *err) WARN_UNUSED;
/* Adds a line to target->checks for every word.  `done` is called once with the
 * worst verdict, before this returns when no hook has to be waited for.  Hooks run
 * only while nothing failed.  The options are copied, what they point to is not. */
void checks_start(const struct ports *ports, struct arena *arena, struct target *target,
                  const struct checks_options *options,
                  void (*done)(void *arg, enum verdict verdict), void *arg);
