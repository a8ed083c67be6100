/* cmd_version: the program's version and those of its libraries. */
#include "cli/command.h"
#include "cli/versions.h"

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    struct library list[LIBRARY_COUNT];
    (void)options;
    (void)words;
    (void)err;
    versions_read(list);
    if (cli->common.json) {
        jsonw_open(&cli->out.json, "libraries");
        for (size_t i = 0; i < LIBRARY_COUNT; i++)
            jsonw_str(&cli->out.json, list[i].name, list[i].version);
        jsonw_close(&cli->out.json);
        return 0;
    }
    printf("dnschange " DNSCHANGE_VERSION "\n");
    for (size_t i = 0; cli->common.verbose && i < LIBRARY_COUNT; i++)
        printf("%s %s\n", list[i].name, list[i].version);
    return 0;
}

const struct command cmd_version = {
    .name = "version",
    .words = "",
    .help = "The version; with -v those of the libraries",
    .group = GROUP_LOOK,
    .fn = run,
    .completes = "",
};
