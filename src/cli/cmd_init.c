/* cmd_init: a new change repository. */
#include <string.h>
#include <unistd.h>

#include "cli/session.h"

struct options {
    bool dry_run;
};

static const struct opt opts[] = { { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run),
                                     NULL, "say what would be made, make nothing" },
                                   OPTS_END };

static const char readme[] =
    "Change tickets of this repository. Written by `dnschange propose`, read in review,\n"
    "never rewritten by a rollout.\n";

/* What repo_init would find: files that are there stay. */
static void dry_run(const char *dir, const struct repo_file *files, size_t n, struct arena *arena,
                    struct repo_made *ret)
{
    *ret =
        (struct repo_made){ .root = dir,
                            .repository = access(arena_printf(arena, "%s/.git", dir), F_OK) != 0 };
    for (size_t i = 0; i < n; i++) {
        bool there = !access(arena_printf(arena, "%s/%s", dir, files[i].path), F_OK);
        strv_push(arena, there ? &ret->kept : &ret->made, files[i].path);
    }
}

static void show(struct cli *cli, const struct repo_made *made, bool dry)
{
    struct jsonw *w = &cli->out.json;
    if (cli->common.json) {
        jsonw_str(w, "root", made->root);
        jsonw_bool(w, "repository", made->repository);
        jsonw_strv(w, "made", &made->made);
        jsonw_strv(w, "kept", &made->kept);
        jsonw_bool(w, "dry_run", dry);
        return;
    }
    printf("%s\n", made->root);
    for (size_t i = 0; i < made->made.n; i++)
        printf("  %s %s\n", dry ? "would make" : "made", made->made.v[i]);
    for (size_t i = 0; i < made->kept.n; i++)
        printf("  kept %s\n", made->kept.v[i]);
    if (!dry)
        out_note(&cli->out,
                 "Next: providers in %s, domains by `dnschange domains import FILE`, then "
                 "commit both and `dnschange doctor`.",
                 REPO_SETTINGS);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    const char *dir = words->n ? words->v[0] : ".";
    struct repo_made made;
    struct err none;
    /* An existing clone has a remote already, and then the settings name it. */
    REPO_SCOPED repo = repo_open(dir, cli->arena, &none);
    const char *remote = repo ? repo_any_remote(repo, cli->arena) : NULL;
    const char *settings = settings_example(cli->arena, remote);
    const struct repo_file files[] = {
        { REPO_SETTINGS, settings, strlen(settings) },
        { "domains/.gitkeep", "", 0 },
        { "templates/.gitkeep", "", 0 },
        { "tickets/README", readme, sizeof readme - 1 },
    };
    size_t n = sizeof files / sizeof *files;
    if (o->dry_run)
        dry_run(dir, files, n, cli->arena, &made);
    else if (repo_init(dir, files, n, RECORDS_BRANCH, cli->arena, &made, err))
        return -1;
    show(cli, &made, o->dry_run);
    return 0;
}

const struct command cmd_init = {
    .name = "init",
    .words = "[DIR]",
    .help = "Make a new change repository; no file is overwritten",
    .group = GROUP_SETUP,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .max_words = 1,
    .completes = "files",
};
