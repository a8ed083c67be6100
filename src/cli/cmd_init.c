/* cmd_init: a new change repository. */
#include <string.h>

#include "cli/session.h"

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    (void)options;
    static const char readme[] =
        "Change tickets of this repository. Written by `dnschange propose`, read in review,\n"
        "never rewritten by a rollout.\n";
    const char *dir = words->n ? words->v[0] : ".";
    struct repo_made made;
    const char *settings;
    const char *remote = NULL;
    struct err none;
    /* An existing clone has a remote already, and then the settings name it. */
    REPO_SCOPED repo = repo_open(dir, cli->arena, &none);
    if (repo)
        remote = repo_any_remote(repo, cli->arena);
    settings = settings_example(cli->arena, remote);
    const struct repo_file files[] = {
        { REPO_SETTINGS, settings, strlen(settings) },
        { "domains/.gitkeep", "", 0 },
        { "templates/.gitkeep", "", 0 },
        { "tickets/README", readme, sizeof readme - 1 },
    };
    if (repo_init(dir, files, sizeof files / sizeof *files, RECORDS_BRANCH, cli->arena, &made, err))
        return -1;
    if (cli->common.json) {
        jsonw_str(&cli->out.json, "root", made.root);
        jsonw_bool(&cli->out.json, "repository", made.repository);
        jsonw_strv(&cli->out.json, "made", &made.made);
        jsonw_strv(&cli->out.json, "kept", &made.kept);
        return 0;
    }
    printf("%s\n", made.root);
    for (size_t i = 0; i < made.made.n; i++)
        printf("  made %s\n", made.made.v[i]);
    for (size_t i = 0; i < made.kept.n; i++)
        printf("  kept %s\n", made.kept.v[i]);
    out_note(&cli->out,
             "Next: providers in %s, domains by `dnschange domains import FILE`, then "
             "commit both and `dnschange doctor`.",
             REPO_SETTINGS);
    return 0;
}

const struct command cmd_init = {
    .name = "init",
    .words = "[DIR]",
    .help = "Make a new change repository; no file is overwritten",
    .group = GROUP_SETUP,
    .fn = run,
    .max_words = 1,
    .completes = "files",
};
