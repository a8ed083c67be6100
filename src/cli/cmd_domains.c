/* cmd_domains: the portfolio as a list, and domains in bulk into it. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/session.h"
#include "cli/textfile.h"
#include "dns/name.h"
#include "portfolio/import.h"
#include "store/commit.h"

struct options {
    const char *from, *client;
    bool yes, dry_run;
};

static const struct opt opts[] = {
    { "from", 0, OPT_TEXT, offsetof(struct options, from), "PROVIDER",
      "import: every zone of this provider instead of a CSV file" },
    { "client", 0, OPT_TEXT, offsetof(struct options, client), "CLIENT",
      "with --from: whose domains they are" },
    { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run), NULL,
      "import: check everything, write nothing" },
    { "yes", 'y', OPT_FLAG, offsetof(struct options, yes), NULL, "ask no question" },
    OPTS_END
};

static void domain_json(struct jsonw *w, const struct domain *domain)
{
    jsonw_open(w, NULL);
    jsonw_str(w, "domain", domain->name);
    jsonw_str(w, "client", domain->client->name);
    jsonw_strv(w, "providers", &domain->providers);
    jsonw_opt(w, "zone", domain->zone);
    jsonw_opt(w, "template", domain->template);
    jsonw_strv(w, "tags", &domain->tags);
    jsonw_bool(w, "canary", domain->canary);
    jsonw_close(w);
}

static int list_run(struct session *s, const struct strv *words, struct err *err)
{
    struct domains domains = { 0 };
    struct strv scope = { 0 };
    struct cli *cli = s->cli;
    for (size_t i = 1; i < words->n; i++)
        strv_push(s->arena, &scope, words->v[i]);
    if (!scope.n)
        strv_push(s->arena, &scope, "all");
    if (s->portfolio.n && scope_resolve(&s->portfolio, &scope, s->arena, &domains, err))
        return -1;
    if (cli->common.json)
        jsonw_open_array(&cli->out.json, "domains");
    struct table table = { .columns = 4, .arena = s->arena };
    for (size_t i = 0; i < domains.n; i++) {
        const struct domain *domain = domains.v[i];
        if (cli->common.json)
            domain_json(&cli->out.json, domain);
        else
            table_row(&table, name_display(domain->name, s->arena), domain->client->name,
                      strv_join(s->arena, &domain->providers, ","),
                      strv_join(s->arena, &domain->tags, " "));
    }
    if (cli->common.json)
        jsonw_close_array(&cli->out.json);
    else
        table_print(&table, stdout, "");
    return 0;
}

struct zones { /* of one provider account */
    struct arena *arena;
    struct strv names;
    struct err err;
    bool done;
};

static void on_zones(void *arg, const struct provider_zones *result)
{
    struct zones *zones = arg;
    zones->err = result->err;
    for (size_t i = 0; result->err.code == ERR_NONE && i < result->n; i++)
        strv_push(zones->arena, &zones->names, arena_strdup(zones->arena, result->v[i]));
    zones->done = true;
}

static int zones_list(struct session *s, const char *account, struct strv *ret, struct err *err)
{
    struct zones zones = { .arena = s->arena };
    s->ports.provider->list(s->ports.provider->ctx, account, on_zones, &zones);
    if (s->ports.loop->run(s->ports.loop->ctx, &zones.done, err))
        return -1;
    if (zones.err.code != ERR_NONE) {
        *err = zones.err;
        return -1;
    }
    *ret = zones.names;
    return 0;
}

struct imported {
    struct portfolio_file *files;
    size_t n, domains, known; /* known: zones of a provider that were there before */
};

/* Zones that no client has yet: the same import later brings what is new. */
static struct strv zones_new(struct session *s, const struct strv *zones)
{
    struct strv fresh = { 0 };
    for (size_t i = 0; i < zones->n; i++) {
        if (!portfolio_find(&s->portfolio, zones->v[i]))
            strv_push(s->arena, &fresh, zones->v[i]);
    }
    return fresh;
}

static int import_provider(struct session *s, const struct options *o, struct imported *ret,
                           struct err *err)
{
    struct strv zones = { 0 };
    if (!o->client) {
        err_set(err, ERR_USAGE, "--from needs to know whose domains these are");
        return err_hint(err, "add --client CLIENT");
    }
    if (zones_list(s, o->from, &zones, err))
        return -1;
    struct strv fresh = zones_new(s, &zones);
    ret->known = zones.n - fresh.n;
    return import_zones(fresh.v, fresh.n, o->from, o->client, s->portfolio_files,
                        s->n_portfolio_files, &s->settings, s->arena, &ret->files, &ret->n,
                        &ret->domains, err);
}

static int import_file(struct session *s, const char *file, struct imported *ret, struct err *err)
{
    char *csv;
    if (textfile_read(file, s->arena, &csv, err))
        return -1;
    return import_csv(file, csv, s->portfolio_files, s->n_portfolio_files, &s->settings, s->arena,
                      &ret->files, &ret->n, &ret->domains, err);
}

static int import_write(struct session *s, const struct imported *made, struct err *err)
{
    struct repo_file *files = ARENA_ARRAY(s->arena, struct repo_file, made->n);
    for (size_t i = 0; i < made->n; i++)
        files[i] = (struct repo_file){ made->files[i].file, made->files[i].text,
                                       strlen(made->files[i].text) };
    return commit_write_only(s->repo, files, made->n, err);
}

static void import_show(struct cli *cli, const struct imported *made, bool dry_run)
{
    if (cli->common.json) {
        jsonw_int(&cli->out.json, "domains", (int64_t)made->domains);
        jsonw_open_array(&cli->out.json, "files");
        for (size_t i = 0; i < made->n; i++)
            jsonw_str(&cli->out.json, NULL, made->files[i].file);
        jsonw_close_array(&cli->out.json);
        jsonw_int(&cli->out.json, "known", (int64_t)made->known);
        jsonw_bool(&cli->out.json, "dry_run", dry_run);
        return;
    }
    printf("%zu domain%s %s\n", made->domains, made->domains == 1 ? "" : "s",
           dry_run ? "would be added" : "added");
    if (made->known)
        printf("%zu there before\n", made->known);
    for (size_t i = 0; i < made->n; i++)
        printf("  %s\n", made->files[i].file);
    if (!dry_run && made->n)
        out_note(&cli->out, "Next: git add domains && git commit");
}

static int import_run(struct session *s, const struct options *o, const struct strv *words,
                      struct err *err)
{
    struct imported made = { 0 };
    if (!o->from == (words->n < 2)) {
        err_set(err, ERR_USAGE, "import needs a CSV file or --from PROVIDER%s",
                o->from ? ", not both" : "");
        return err_hint(err, "dnschange help domains");
    }
    int rc = o->from ? import_provider(s, o, &made, err) : import_file(s, words->v[1], &made, err);
    if (rc)
        return -1;
    if (!o->dry_run && made.n &&
        !out_ask(&s->cli->out, o->yes, "Add %zu domains in %zu files?", made.domains, made.n))
        return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was written");
    if (!o->dry_run && made.n && import_write(s, &made, err))
        return -1;
    import_show(s->cli, &made, o->dry_run);
    return 0;
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    bool import = !strcmp(words->v[0], "import");
    SESSION_SCOPED s = { 0 };
    if (!import && strcmp(words->v[0], "list")) {
        err_set(err, ERR_USAGE, "domains: \"%s\" is neither list nor import", words->v[0]);
        return err_hint(err, "dnschange help domains");
    }
    if (session_open(&s, cli, NEED_PORTFOLIO | (o->from ? (unsigned)NEED_NET : 0), err))
        return -1;
    if (import && words->n > 2)
        return err_set(err, ERR_USAGE, "import takes one file");
    return import ? import_run(&s, o, words, err) : list_run(&s, words, err);
}

const struct command cmd_domains = {
    .name = "domains",
    .words = "list [SCOPE...] | import FILE | import --from PROVIDER",
    .help = "List the portfolio, or add domains in bulk: all or nothing",
    .more =
        "The CSV has a header in any order: domain,client,provider,zone,tags,template,vars.NAME;\n"
        "comma or semicolon; tags separated by spaces.  FILE \"-\" is standard input.\n"
        "--from leaves out zones that are in the portfolio.\n"
        "The files are written to the work tree; commit them yourself.",
    .group = GROUP_SETUP,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .min_words = 1,
    .max_words = WORDS_ANY,
    .completes = "domains-command",
};
