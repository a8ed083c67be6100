/* help: what `dnschange help` prints, from the table of commands. */
#include <string.h>

#include "cli/command.h"
#include "rollout/states.h"

static const struct {
    enum command_group group;
    const char *title;
} groups[] = {
    { GROUP_INCIDENT, "In an incident" },
    { GROUP_CHANGE, "Changing DNS" },
    { GROUP_LOOK, "Looking" },
    { GROUP_SETUP, "Setting up" },
};

static void group_print(FILE *to, enum command_group group, const char *title)
{
    fprintf(to, "\n%s\n", title);
    for (const struct command *const *row = command_table; *row; row++) {
        if ((*row)->group == group)
            fprintf(to, "  %-10s %s\n", (*row)->name, (*row)->help);
    }
}

void help_overview(FILE *to)
{
    fputs("dnschange [-C DIR] [--json] [-q|-v] [--color auto|always|never] COMMAND [ARGS]\n", to);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        group_print(to, groups[i].group, groups[i].title);
    fputs("\ndnschange help COMMAND shows its options; dnschange help states the states of a "
          "ticket.\nThe manual is dnschange(1), the files are in dnschange-files(5).\n",
          to);
}

static void opts_print(FILE *to, const struct opt *opts)
{
    for (; opts && opts->name; opts++) {
        char left[64];
        int n = opts->letter ? snprintf(left, sizeof left, "-%c, --%s", opts->letter, opts->name)
                             : snprintf(left, sizeof left, "    --%s", opts->name);
        if (opts->arg && n > 0 && (size_t)n < sizeof left)
            snprintf(left + n, sizeof left - (size_t)n, " %s", opts->arg);
        fprintf(to, "  %-30s %s\n", left, opts->help);
    }
}

void help_command(FILE *to, const struct command *command)
{
    fprintf(to, "dnschange %s%s%s%s\n\n%s.\n", command->name, *command->words ? " " : "",
            command->words, command->opts && command->opts->name ? " [OPTIONS]" : "",
            command->help);
    if (command->more)
        fprintf(to, "\n%s\n", command->more);
    if (command->opts && command->opts->name) {
        fputs("\nOptions\n", to);
        opts_print(to, command->opts);
    }
    fputs("\nOptions of every command\n", to);
    opts_print(to, common_opts);
}

static int states_help(FILE *to)
{
    BUF_SCOPED text = BUF(1 << 16);
    states_print(&text);
    fputs(buf_text(&text), to);
    return 0;
}

static void states_json(struct jsonw *w)
{
    jsonw_open_array(w, "states");
    for (int i = 0; i < TICKET_STATE_COUNT; i++)
        jsonw_str(w, NULL, ticket_state_text((enum ticket_state)i));
    jsonw_close_array(w);
}

void help_json(struct jsonw *w, const struct command *only)
{
    jsonw_open_array(w, "commands");
    for (const struct command *const *row = command_table; *row; row++) {
        if ((*row)->group == GROUP_HIDDEN || (only && only != *row))
            continue;
        jsonw_open(w, NULL);
        jsonw_str(w, "name", (*row)->name);
        jsonw_str(w, "words", (*row)->words);
        jsonw_str(w, "help", (*row)->help);
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

static int help_run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    (void)options;
    bool states = words->n && !strcmp(words->v[0], "states");
    const struct command *command = NULL;
    if (words->n && !states) {
        command = command_find(words->v[0], err);
        if (!command)
            return -1;
    }
    if (cli->common.json && states)
        states_json(&cli->out.json);
    else if (cli->common.json)
        help_json(&cli->out.json, command);
    else if (states)
        return states_help(stdout);
    else if (command)
        help_command(stdout, command);
    else
        help_overview(stdout);
    return 0;
}

const struct command cmd_help = {
    .name = "help",
    .words = "[COMMAND | states]",
    .help = "This list, one command, or the states",
    .group = GROUP_LOOK,
    .fn = help_run,
    .max_words = 1,
    .completes = "commands",
};
