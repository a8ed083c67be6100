/* command: what every command of the command line has in common: its row in the
 * table, the common options, the arena and the output of one run. */
#pragma once
#include <stdio.h>

#include "cli/args.h"
#include "cli/out.h"

struct common {          /* options of every command */
    const char *dir;     /* -C */
    const char *plugins; /* --plugins */
    const char *color;   /* auto always never */
    bool json, quiet, verbose, events, help, version;
};

struct command;
struct cli { /* one run of the program */
    struct common common;
    const struct command *command;
    struct arena *arena;
    struct out out;
    int exit_code; /* of a result that is not an error; or over the error's own */
};

/* `options` is the command's zeroed options struct, filled.  -1: err is printed
 * (and put into the JSON) by main; 0: the exit code is cli->exit_code. */
typedef int command_fn(struct cli *cli, void *options, const struct strv *words, struct err *err);

enum command_group { GROUP_SETUP, GROUP_CHANGE, GROUP_INCIDENT, GROUP_LOOK, GROUP_HIDDEN };

struct command {
    const char *name;
    const char *words; /* "ID", "SCOPE...": as help shows them */
    const char *help;  /* one line */
    const char *more;  /* paragraphs of `help NAME`; may be NULL */
    enum command_group group;
    command_fn *fn;
    const struct opt *opts;
    size_t options_size;
    const void *defaults; /* options_size octets; NULL: zero */
    size_t min_words, max_words;
    const char *completes; /* kinds of words for the shell: "ids", "scopes", "" */
};
enum { WORDS_ANY = 10000 };

extern const struct opt common_opts[];
extern const struct command *const command_table[]; /* NULL-terminated */
const struct command *command_find(const char *name, struct err *err) WARN_UNUSED;

/* Opens the one JSON object on stdout (main does for --json); idempotent. */
void cli_json_begin(struct cli *cli);

/* help.c */
void help_overview(FILE *to);
void help_command(FILE *to, const struct command *command);
/* Member "commands": all, or one. */
void help_json(struct jsonw *w, const struct command *only);

extern const struct command cmd_overview, cmd_init, cmd_domains, cmd_propose, cmd_plan, cmd_check,
    cmd_refresh, cmd_apply, cmd_status, cmd_pause, cmd_resume, cmd_abort, cmd_rollback, cmd_list,
    cmd_show, cmd_changed, cmd_verify, cmd_triage, cmd_providers, cmd_doctor, cmd_help, cmd_version,
    cmd_complete;
