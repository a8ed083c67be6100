/* commands: the table of commands, the options that all of them have, and the
 * head of their JSON. */
#include <string.h>

#include "cli/command.h"

const struct opt common_opts[] = {
    { "directory", 'C', OPT_TEXT, offsetof(struct common, dir), "DIR",
      "work as if started in DIR" },
    { "json", 0, OPT_FLAG, offsetof(struct common, json), NULL, "one JSON object on stdout" },
    { "events", 0, OPT_FLAG, offsetof(struct common, events), NULL,
      "progress on stderr as one JSON object a line" },
    { "quiet", 'q', OPT_FLAG, offsetof(struct common, quiet), NULL, "no progress, no notes" },
    { "verbose", 'v', OPT_FLAG, offsetof(struct common, verbose), NULL,
      "say more: requests, retries, every check" },
    { "color", 0, OPT_CHOICE, offsetof(struct common, color), "auto|always|never",
      "colour; auto: only on a terminal" },
    { "plugins", 0, OPT_TEXT, offsetof(struct common, plugins), "DIR",
      "take provider plugins from this folder only, absolute" },
    { "help", 'h', OPT_FLAG, offsetof(struct common, help), NULL, "help of this command" },
    OPTS_END
};

const struct command *const command_table[] = {
    &cmd_init,  &cmd_domains,  &cmd_providers, &cmd_doctor,   &cmd_propose, &cmd_plan,
    &cmd_check, &cmd_refresh,  &cmd_apply,     &cmd_status,   &cmd_pause,   &cmd_resume,
    &cmd_abort, &cmd_rollback, &cmd_triage,    &cmd_changed,  &cmd_verify,  &cmd_list,
    &cmd_show,  &cmd_help,     &cmd_version,   &cmd_complete, NULL
};

const struct command *command_find(const char *name, struct err *err)
{
    ARENA_SCOPED arena = arena_new("command names", 1 << 16);
    struct strv names = { 0 };
    for (const struct command *const *row = command_table; *row; row++) {
        if (!strcmp((*row)->name, name))
            return *row;
        if ((*row)->group != GROUP_HIDDEN)
            strv_push(arena, &names, (*row)->name);
    }
    err_set(err, ERR_USAGE, "there is no command \"%s\"", name);
    const char *near = args_nearest(name, &names);
    if (near)
        err_hint(err, "did you mean \"%s\"? dnschange help lists them", near);
    else
        err_hint(err, "dnschange help lists them");
    return NULL;
}

void cli_json_begin(struct cli *cli)
{
    struct jsonw *w = &cli->out.json;
    cli->common.json = cli->out.is_json = true;
    cli->out.colour_out = false;
    if (w->depth)
        return;
    jsonw_open(w, NULL);
    jsonw_int(w, "format", 1);
    jsonw_str(w, "command", *cli->command->name ? cli->command->name : "overview");
    jsonw_str(w, "version", DNSCHANGE_VERSION);
}
