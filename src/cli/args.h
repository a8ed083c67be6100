/* args: command line options by table.  Knows no command; prints nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum opt_kind {
    OPT_FLAG,     /* bool                                               */
    OPT_TEXT,     /* const char *                                       */
    OPT_LIST,     /* struct strv, one entry per use                     */
    OPT_COMMAS,   /* struct strv, "a,b" and several uses                */
    OPT_DURATION, /* int64_t milliseconds                               */
    OPT_TIME,     /* int64_t seconds since 1970                         */
    OPT_CHOICE    /* const char *, one of `arg` separated by '|'        */
};

struct opt {
    const char *name; /* without dashes; NULL ends the table */
    char letter;      /* or 0 */
    enum opt_kind kind;
    size_t offset;    /* in the command's options struct */
    const char *arg;  /* how help names the value: "FILE"; choices for OPT_CHOICE */
    const char *help; /* one line, no full stop */
};
#define OPTS_END                                                                                   \
    {                                                                                              \
        NULL, 0, OPT_FLAG, 0, NULL, NULL                                                           \
    }

/* Which options and where their values go; `common` are those of every command. */
struct args_in {
    const struct opt *opts, *common;
    void *ret_opts, *ret_common;
    bool stop_at_word; /* the first word ends the options (before the command) */
};

/* Reads argv[0..argc): no program name in front.  Words go to *ret_words, in
 * order; with stop_at_word, *ret_used says how many arguments were read.  Values
 * are borrowed from argv.  ERR_USAGE names the option, with the nearest spelling
 * as hint. */
int args_parse(const struct args_in *in, int argc, char **argv, struct arena *arena,
               struct strv *ret_words, int *ret_used, struct err *err) WARN_UNUSED;

/* The candidate nearest to `word`, NULL when none is near.  Also for commands. */
const char *args_nearest(const char *word, const struct strv *candidates);
