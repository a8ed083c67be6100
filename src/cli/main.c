/* main: the beginning and the end of every run.  Knows no command's work; opens
 * nothing. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"

enum { ARENA_CAP = 1 << 30 };

/* Secrets may be in memory: no core file, and no other process may look. */
static void process_harden(void)
{
    const struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void log_print(void *ctx, enum log_level level, const char *line)
{
    const struct out *out = ctx;
    if (level == LOG_WARNING)
        out_warn(out, "%s", line);
    else if (out->verbose)
        fprintf(stderr, "%s\n", line);
}

static int words_check(const struct command *command, const struct strv *words, struct err *err)
{
    if (words->n >= command->min_words && words->n <= command->max_words)
        return 0;
    if (words->n < command->min_words)
        err_set(err, ERR_USAGE, "%s needs %s", command->name, command->words);
    else
        err_set(err, ERR_USAGE, "%s does not take \"%s\"", command->name,
                words->v[command->max_words]);
    return err_hint(err, "dnschange help %s", command->name);
}

/* -C: as if started there, so that file names are relative to it, too. */
static int folder_enter(const char *dir, struct err *err)
{
    if (!dir || !chdir(dir))
        return 0;
    return err_errno(err, ERR_NOT_FOUND, errno, "-C %s", dir);
}

static void *options_new(struct arena *arena, const struct command *command)
{
    if (command->defaults)
        return arena_memdup(arena, command->defaults, command->options_size);
    return arena_alloc(arena, command->options_size ? command->options_size : 1);
}

/* Everything between the options and the end of the run. */
static int command_run(struct cli *cli, int argc, char **argv, struct err *err)
{
    const struct command *command = cli->command;
    struct strv words = { 0 };
    void *options = options_new(cli->arena, command);
    const struct args_in in = { command->opts, common_opts, options, &cli->common, false };
    int rc = args_parse(&in, argc, argv, cli->arena, &words, NULL, err);
    out_init(&cli->out, cli->common.color, cli->common.json, cli->arena);
    cli->out.quiet = cli->common.quiet;
    cli->out.verbose = cli->common.verbose;
    if (cli->common.json)
        cli_json_begin(cli);
    if (rc)
        return -1;
    if (cli->common.help) {
        if (cli->common.json)
            help_json(&cli->out.json, command);
        else
            help_command(stdout, command);
        return 0;
    }
    if (words_check(command, &words, err) || folder_enter(cli->common.dir, err))
        return -1;
    return command->fn(cli, options, &words, err);
}

static void json_end(struct cli *cli, int rc, int exit_code, const struct err *err)
{
    struct jsonw *w = &cli->out.json;
    if (rc) {
        jsonw_open(w, "error");
        jsonw_str(w, "code", err_code_text(err->code));
        jsonw_str(w, "message", err->message);
        jsonw_opt(w, "hint", err->hint[0] ? err->hint : NULL);
        jsonw_close(w);
    }
    jsonw_int(w, "exit", exit_code);
    jsonw_close(w);
    fputc('\n', w->to);
}

/* A result that could not be written was not delivered. */
static int finish(struct cli *cli, int rc, const struct err *err)
{
    int exit_code = rc && !cli->exit_code ? err_exit_code(err->code) : cli->exit_code;
    if (rc)
        out_error(&cli->out, err);
    if (cli->common.json && cli->command)
        json_end(cli, rc, exit_code, err);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "dnschange: the result could not be written to stdout\n");
        return exit_code ? exit_code : 1;
    }
    return exit_code;
}

/* A command that does not exist has no options, but its caller wants JSON. */
static bool asks_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json"))
            return true;
    }
    return false;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct err err = { 0 };
    int used = 0;
    const struct args_in in = { NULL, common_opts, NULL, &cli->common, true };
    int rc = args_parse(&in, argc - 1, argv + 1, cli->arena, NULL, &used, &err);
    out_init(&cli->out, cli->common.color, false, cli->arena);
    if (rc) {
        cli->command = &cmd_overview;
        if (cli->common.json)
            cli_json_begin(cli);
        return finish(cli, rc, &err);
    }
    char **rest = argv + 1 + used;
    int left = argc - 1 - used;
    if (left > 0)
        cli->command = command_find(rest[0], &err);
    else
        cli->command = cli->common.help ? &cmd_help : &cmd_overview;
    if (!cli->command) {
        rc = -1;
        cli->command = &cmd_overview;
        if (cli->common.json || asks_json(left, rest))
            cli_json_begin(cli);
    } else {
        rc = command_run(cli, left > 0 ? left - 1 : 0, rest + 1, &err);
    }
    return finish(cli, rc, &err);
}

int main(int argc, char **argv)
{
    process_harden();
    signal(SIGPIPE, SIG_IGN);
    ARENA_SCOPED arena = arena_new("command", ARENA_CAP);
    struct cli cli = { .arena = arena };
    log_to(log_print, &cli.out);
    int exit_code = run(&cli, argc, argv);
    log_to(NULL, NULL);
    return exit_code;
}
