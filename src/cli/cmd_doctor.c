/* cmd_doctor: everything a change depends on, looked at, in one table. */
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "base/clock.h"
#include "cli/net.h"
#include "cli/session.h"
#include "cli/versions.h"
#include "provider/provider.h"
#include "store/push.h"
#include "survey/servers.h"

enum { FETCH_MS = 3000, PUSH_MS = 5000 };

enum health { HEALTH_OK, HEALTH_WARNING, HEALTH_BAD };
static const char *const health_words[] = { "ok", "warning", "bad" };
static const enum colour health_colours[] = { COLOUR_GREEN, COLOUR_YELLOW, COLOUR_RED };

struct row {
    const char *what, *detail;
    enum health health;
};
struct doctor {
    struct session *s;
    VEC(struct row) rows;
};

static void row_add(struct doctor *d, enum health health, const char *what, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static void row_add(struct doctor *d, enum health health, const char *what, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    *vec_push(d->s->arena, &d->rows) =
        (struct row){ what, arena_vprintf(d->s->arena, fmt, args), health };
    va_end(args);
}

static void row_err(struct doctor *d, enum health health, const char *what, const struct err *err)
{
    row_add(d, health, what, "%s%s%s", err->message, err->hint[0] ? "; " : "", err->hint);
}

static void look_repository(struct doctor *d)
{
    struct session *s = d->s;
    struct repo_head head;
    struct err err;
    if (repo_head(s->repo, s->arena, &head, &err))
        row_err(d, HEALTH_BAD, "repository", &err);
    else if (head.detached || head.busy)
        row_add(d, HEALTH_WARNING, "repository", "%s: %s; propose cannot commit here",
                repo_root(s->repo), head.busy ? head.busy : "detached HEAD");
    else
        row_add(d, HEALTH_OK, "repository", "%s on %s%s", repo_root(s->repo), head.branch,
                head.commit ? "" : " (no commit yet)");
    row_add(d, s->settings_ok ? HEALTH_OK : HEALTH_BAD, "settings", "%s%s%s", REPO_SETTINGS,
            s->settings_from ? " from " : "", s->settings_from ? s->settings_from : "");
    row_add(d, s->portfolio.n ? HEALTH_OK : HEALTH_WARNING, "portfolio",
            "%zu domains of %zu clients", s->portfolio.n, s->portfolio.n_clients);
}

static void look_identity(struct doctor *d)
{
    struct identity who;
    struct err err;
    if (repo_identity(d->s->repo, d->s->arena, &who, &err))
        row_err(d, HEALTH_BAD, "identity", &err);
    else
        row_add(d, HEALTH_OK, "identity", "%s <%s>", who.name, who.email);
}

static void look_git(struct doctor *d)
{
    struct session *s = d->s;
    const char *version;
    struct err err;
    bool needed = s->settings_ok && s->settings.git.remote;
    if (push_git_version(s->repo, s->arena, &version, &err))
        row_err(d, needed ? HEALTH_BAD : HEALTH_WARNING, "git", &err);
    else
        row_add(d, HEALTH_OK, "git", "%s", version);
}

/* Writes nothing: a rule for single branches shows only at a real push. */
static void look_right(struct doctor *d)
{
    struct session *s = d->s;
    const struct git_settings *git = &s->settings.git;
    struct err err;
    if (!push_allowed(s->repo, git->remote, git->records, PUSH_MS, &err))
        row_add(d, HEALTH_OK, "remote", "%s takes pushes (tried without writing)", git->remote);
    else
        row_err(d, err.code == ERR_NOT_FOUND ? HEALTH_WARNING : HEALTH_BAD, "remote", &err);
}

static void look_remote(struct doctor *d)
{
    struct session *s = d->s;
    const struct git_settings *git = &s->settings.git;
    struct err err;
    if (!s->settings_ok || !git->remote) {
        row_add(d, HEALTH_OK, "remote", "none: this clone is the truth");
        return;
    }
    const char *url = repo_remote_url(s->repo, s->arena, git->remote);
    if (fetch_branch(s->repo, git->remote, git->branch, FETCH_MS, &err) &&
        err.code != ERR_NOT_FOUND)
        row_err(d, HEALTH_BAD, "remote", &err);
    else {
        row_add(d, HEALTH_OK, "remote", "%s at %s answers", git->remote, url ? url : "?");
        look_right(d);
    }
    session_fetch(s, FETCH_MS);
    if (s->fetched && records_unpublished(s->records, git->remote))
        row_add(d, HEALTH_WARNING, "records", "not all published yet; the next run tries again");
}

static void look_records(struct doctor *d)
{
    row_add(d, HEALTH_OK, "records", "%s", session_records_line(d->s));
}

static void look_clock(struct doctor *d)
{
    struct timex state = { .modes = 0 };
    if (adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC))
        row_add(d, HEALTH_WARNING, "clock", "%s; the kernel does not know it to be synchronised",
                time_format_local(d->s->arena, session_wall_s(d->s)));
    else
        row_add(d, HEALTH_OK, "clock", "%s, synchronised to %ld ms",
                time_format_local(d->s->arena, session_wall_s(d->s)), state.maxerror / 1000);
}

struct asked {
    struct err err;
    bool done, answered;
};

static void on_reply(void *arg, const struct dns_reply *reply)
{
    struct asked *asked = arg;
    asked->answered = reply->status == DNS_ANSWERED;
    asked->err = reply->err;
    if (reply->status == DNS_TIMEOUT)
        err_set(&asked->err, ERR_FAILED, "no answer");
    asked->done = true;
}

static void look_server(struct doctor *d, const char *zone, const struct server *server, bool tcp)
{
    struct session *s = d->s;
    struct asked asked = { 0 };
    struct err err;
    const struct dns_question question = {
        .server = *server, .name = zone, .type = TYPE_SOA, .tcp = tcp
    };
    s->ports.dns->query(s->ports.dns->ctx, &question, on_reply, &asked);
    if (s->ports.loop->run(s->ports.loop->ctx, &asked.done, &err))
        row_err(d, HEALTH_BAD, "port 53", &err);
    else if (!asked.answered)
        row_add(d, HEALTH_BAD, "port 53", "%s over %s: %s", server->text, tcp ? "TCP" : "UDP",
                asked.err.message);
    else
        row_add(d, HEALTH_OK, "port 53", "%s over %s answers", server->text, tcp ? "TCP" : "UDP");
}

/* The first domain's first server stands for the way out of this machine. */
static void look_dns(struct doctor *d)
{
    struct session *s = d->s;
    struct zone_servers *servers;
    struct err err;
    if (!s->portfolio.n) {
        row_add(d, HEALTH_WARNING, "port 53", "not tried: the portfolio is empty");
        return;
    }
    struct domains first = { 0 };
    *vec_push(s->arena, &first) = &s->portfolio.domains[0];
    if (servers_find(&s->ports, &s->settings, &first, s->arena, &servers, &err)) {
        row_err(d, HEALTH_BAD, "port 53", &err);
    } else if (!servers[0].n) {
        row_err(d, HEALTH_BAD, "port 53", &servers[0].err);
    } else {
        const char *zone = first.v[0]->zone ? first.v[0]->zone : first.v[0]->name;
        look_server(d, zone, &servers[0].v[0], false);
        look_server(d, zone, &servers[0].v[0], true);
    }
}

static void look_plugins(struct doctor *d)
{
    struct session *s = d->s;
    struct strv plugins = { 0 };
    provider_plugins(net_provider(s->net), s->arena, &plugins);
    row_add(d, plugins.n ? HEALTH_OK : HEALTH_BAD, "plugins", "%s (in %s)",
            plugins.n ? strv_join(s->arena, &plugins, " ") : "none found",
            strv_join(s->arena, net_plugin_folders(s->net), ", "));
}

struct checked {
    struct err err;
    char detail[256];
    bool done;
};

static void on_checked(void *arg, const struct provider_checked *result)
{
    struct checked *checked = arg;
    checked->err = result->err;
    snprintf(checked->detail, sizeof checked->detail, "%s", result->detail ? result->detail : "");
    checked->done = true;
}

static void look_account(struct doctor *d, const struct provider_settings *account)
{
    struct session *s = d->s;
    const struct provider_port *port = s->ports.provider;
    const char *what = arena_printf(s->arena, "provider %s", account->name);
    struct checked checked = { 0 };
    struct err err = { 0 };
    if (!port->caps(port->ctx, account->name, &err)) {
        row_err(d, HEALTH_BAD, what, &err);
        return;
    }
    bool can_read = port->can_read(port->ctx, account->name);
    bool can_write = port->can_write(port->ctx, account->name);
    if (!can_read) {
        row_add(d, HEALTH_WARNING, what, "no secret: reads from DNS, cannot write");
        return;
    }
    provider_check(net_provider(s->net), account->name, on_checked, &checked);
    if (s->ports.loop->run(s->ports.loop->ctx, &checked.done, &err))
        row_err(d, HEALTH_BAD, what, &err);
    else if (checked.err.code != ERR_NONE)
        row_err(d, HEALTH_BAD, what, &checked.err);
    else
        row_add(d, can_write ? HEALTH_OK : HEALTH_WARNING, what, "%s%s%s", checked.detail,
                *checked.detail ? ", " : "",
                can_write ? "secret found" : "secret for reading only");
}

static void look_versions(struct doctor *d)
{
    struct library list[LIBRARY_COUNT];
    struct strv words = { 0 };
    versions_read(list);
    for (size_t i = 0; i < LIBRARY_COUNT; i++)
        strv_push(d->s->arena, &words,
                  arena_printf(d->s->arena, "%s %s", list[i].name, list[i].version));
    row_add(d, HEALTH_OK, "versions", "dnschange " DNSCHANGE_VERSION ", %s",
            strv_join(d->s->arena, &words, ", "));
}

static void show(struct doctor *d)
{
    struct cli *cli = d->s->cli;
    struct jsonw *w = &cli->out.json;
    struct table table = { .columns = 3, .arena = d->s->arena };
    if (cli->common.json)
        jsonw_open_array(w, "checks");
    for (size_t i = 0; i < d->rows.n; i++) {
        const struct row *row = &d->rows.v[i];
        if (cli->common.json) {
            jsonw_open(w, NULL);
            jsonw_str(w, "what", row->what);
            jsonw_str(w, "health", health_words[row->health]);
            jsonw_str(w, "detail", row->detail);
            jsonw_close(w);
        } else {
            table_row(&table, row->what,
                      out_paint(&cli->out, health_colours[row->health], health_words[row->health]),
                      row->detail);
        }
        if (row->health == HEALTH_BAD)
            cli->exit_code = err_exit_code(ERR_FOUND);
    }
    if (cli->common.json)
        jsonw_close_array(w);
    else
        table_print(&table, stdout, "");
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    SESSION_SCOPED s = { 0 };
    struct doctor d = { .s = &s };
    (void)options;
    (void)words;
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET | NEED_LENIENT, err))
        return -1;
    look_repository(&d);
    look_identity(&d);
    look_git(&d);
    look_remote(&d);
    look_records(&d);
    look_clock(&d);
    look_dns(&d);
    look_plugins(&d);
    for (size_t i = 0; i < s.settings.n_providers; i++)
        look_account(&d, &s.settings.providers[i]);
    look_versions(&d);
    show(&d);
    return 0;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .words = "",
    .help = "Everything a change depends on in one table; exit 9 when something is bad",
    .group = GROUP_SETUP,
    .fn = run,
    .completes = "",
};
