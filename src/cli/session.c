/* session: opens what a command needs, in order, and closes it in reverse. */
#include "cli/session.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/net.h"
#include "store/push.h"

enum { DISK_RESERVE = 1 << 20 };

static const char *message_of(struct session *s, const struct err *err)
{
    return arena_strdup(s->arena, err->message);
}

/* With a remote and a review, what is trusted comes from the reviewed branch:
 * a pull request must not choose where the secrets go. */
static const char *reviewed_ref(struct session *s)
{
    const char *remote = s->settings_ok ? s->settings.git.remote : NULL;
    const char *branch = s->settings_ok ? s->settings.git.branch : "main";
    if (!remote)
        remote = repo_any_remote(s->repo, s->arena);
    return remote ? arena_printf(s->arena, "%s/%s", remote, branch) : NULL;
}

static void settings_trust(struct session *s, const char *own_text, bool lenient)
{
    struct settings reviewed;
    struct err err;
    const char *text;
    size_t len;
    const char *ref = reviewed_ref(s);
    if (!ref || repo_read_at(s->repo, ref, REPO_SETTINGS, s->arena, &text, &len, &err))
        return;
    const char *file = arena_printf(s->arena, "%s:%s", ref, REPO_SETTINGS);
    if (settings_parse(file, text, lenient, s->arena, &s->warnings, &reviewed, &err)) {
        strv_push(s->arena, &s->warnings, message_of(s, &err));
        return;
    }
    if (!reviewed.git.remote || reviewed.policy.review == REVIEW_NONE)
        return;
    if (!own_text || strcmp(own_text, text))
        strv_push(s->arena, &s->warnings,
                  arena_printf(s->arena, "%s differs from the reviewed one on %s, which is used",
                               REPO_SETTINGS, ref));
    s->settings = reviewed;
    s->settings_from = ref;
    s->settings_ok = true;
}

static int settings_load(struct session *s, unsigned need, struct err *err)
{
    bool lenient = need & NEED_LENIENT;
    const char *text = NULL;
    size_t len;
    int rc = repo_read(s->repo, REPO_SETTINGS, s->arena, &text, &len, err);
    if (rc && err->code == ERR_NOT_FOUND && !lenient)
        return repo_need_settings(s->repo, err);
    if (!rc)
        rc =
            settings_parse(REPO_SETTINGS, text, lenient, s->arena, &s->warnings, &s->settings, err);
    s->settings_ok = !rc;
    if (rc)
        strv_push(s->arena, &s->warnings, message_of(s, err));
    settings_trust(s, text, lenient);
    if (!s->settings_ok && !lenient)
        return -1;
    return 0;
}

static int remote_check(struct session *s, struct err *err)
{
    const char *remote = s->settings.git.remote;
    if (!s->settings_ok || !remote || repo_has_remote(s->repo, remote))
        return 0;
    err_set(err, ERR_INVALID, "%s: git.remote: this repository has no remote \"%s\"", REPO_SETTINGS,
            remote);
    return err_hint(err, "git remote add %s URL, or \"remote\": null", remote);
}

static int portfolio_files_load(struct session *s, struct err *err)
{
    struct strv names = { 0 };
    if (repo_list(s->repo, "domains", ".json", s->arena, &names, err))
        return -1;
    s->portfolio_files = ARENA_ARRAY(s->arena, struct portfolio_file, names.n + 1);
    for (size_t i = 0; i < names.n; i++) {
        struct portfolio_file *file = &s->portfolio_files[i];
        size_t len;
        file->file = arena_printf(s->arena, "domains/%s", names.v[i]);
        if (repo_read(s->repo, file->file, s->arena, &file->text, &len, err))
            return -1;
        s->n_portfolio_files = i + 1;
    }
    return 0;
}

static int portfolio_load(struct session *s, unsigned need, struct err *err)
{
    bool lenient = need & NEED_LENIENT;
    int rc = portfolio_files_load(s, err);
    if (!rc && s->settings_ok)
        rc = portfolio_parse(s->portfolio_files, s->n_portfolio_files, &s->settings, lenient,
                             s->arena, &s->warnings, &s->portfolio, err);
    if (!rc || !lenient)
        return rc;
    strv_push(s->arena, &s->warnings, message_of(s, err));
    s->portfolio = (struct portfolio){ 0 };
    return 0;
}

static int journal_open_attempt(void *ctx, const char *id, uint32_t n, struct journal_port *ret,
                                struct err *err)
{
    struct session *s = ctx;
    struct attempt *attempt;
    if (attempt_open(s->repo, id, n, s->writes, &attempt, err))
        return -1;
    *vec_push(s->arena, &s->attempts) = attempt;
    if (s->writes && attempt_reserve(attempt, DISK_RESERVE, err))
        return -1;
    *ret = attempt_journal(attempt);
    return 0;
}

static void reserve_release_all(void *ctx)
{
    struct session *s = ctx;
    for (size_t i = 0; i < s->attempts.n; i++)
        attempt_release(s->attempts.v[i]);
}

static void actor_fill(struct session *s)
{
    struct identity who;
    repo_identity_any(s->repo, s->arena, &who);
    s->ports.actor = arena_printf(s->arena, "%s <%s>", who.name, who.email);
    s->ports.holder = arena_printf(s->arena, "%s %ld", repo_user_at_host(s->arena), (long)getpid());
}

static void ports_fill(struct session *s)
{
    struct common *common = &s->cli->common;
    struct control_port *control = ARENA_NEW(s->arena, struct control_port);
    struct progress_port *progress = ARENA_NEW(s->arena, struct progress_port);
    net_ports(s->net, &s->ports);
    s->control = control_new(s->arena);
    *control = control_port(s->control);
    s->progress = progress_new(&s->cli->out, common->events, stderr, s->cli->out.colour_err,
                               s->ports.loop, s->arena);
    *progress = progress_port(s->progress);
    s->ports.control = control;
    s->ports.progress = progress;
    s->ports.records = &s->records_port;
    s->ports.attempt_ctx = s;
    s->ports.journal_open = journal_open_attempt;
    s->ports.reserve_release = reserve_release_all;
}

static int net_load(struct session *s, bool lenient, struct err *err)
{
    const struct net_options options = {
        .common = &s->cli->common,
        .settings = &s->settings,
        .repository = repo_root(s->repo),
        .warnings = lenient ? &s->warnings : NULL,
    };
    if (net_open(&options, s->arena, &s->net, err))
        return -1;
    ports_fill(s);
    return 0;
}

int session_use_settings(struct session *s, const struct settings *settings, struct err *err)
{
    if (s->control)
        control_release(s->control);
    net_free(s->net);
    s->net = NULL;
    s->settings = *settings;
    return net_load(s, true, err);
}

/* In an incident, a clone whose settings name no remote, and that has no records
 * of its own, shares those of the repository it was cloned from. */
static const char *records_remote(struct session *s, unsigned need)
{
    char hex[REPO_HEX_LEN + 1];
    struct err none;
    const char *branch = s->settings_ok ? s->settings.git.records : RECORDS_BRANCH;
    if (s->settings_ok && s->settings.git.remote)
        return s->settings.git.remote;
    if (!(need & NEED_LENIENT) ||
        !repo_resolve(s->repo, arena_printf(s->arena, "refs/heads/%s", branch), hex, &none))
        return NULL;
    return repo_any_remote(s->repo, s->arena);
}

static int records_load(struct session *s, unsigned need, struct err *err)
{
    const char *branch = s->settings_ok ? s->settings.git.records : NULL;
    if (records_open(s->repo, branch, &s->records, err)) {
        if (!(need & NEED_LENIENT))
            return -1;
        strv_push(s->arena, &s->warnings, message_of(s, err));
        if (records_open(s->repo, NULL, &s->records, err))
            return -1;
    }
    s->records_port = records_port(s->records);
    s->remote = records_remote(s, need);
    return 0;
}

int session_open(struct session *s, struct cli *cli, unsigned need, struct err *err)
{
    *s = (struct session){ .cli = cli, .arena = cli->arena };
    if (need & NEED_PORTFOLIO)
        need |= NEED_SETTINGS;
    s->repo = repo_open(NULL, s->arena, err);
    if (!s->repo)
        return -1;
    if ((need & NEED_SETTINGS) && settings_load(s, need, err))
        return -1;
    if (!(need & NEED_LENIENT) && remote_check(s, err))
        return -1;
    if ((need & NEED_PORTFOLIO) && portfolio_load(s, need, err))
        return -1;
    if ((need & NEED_RECORDS) && records_load(s, need, err))
        return -1;
    s->ports.records = &s->records_port;
    actor_fill(s);
    if ((need & NEED_NET) && net_load(s, need & NEED_LENIENT, err))
        return -1;
    out_warnings(&cli->out, &s->warnings);
    return 0;
}

void session_done(struct session *s)
{
    if (s->control)
        control_release(s->control);
    if (s->progress)
        progress_end(s->progress);
    for (size_t i = 0; i < s->attempts.n; i++)
        attempt_free(s->attempts.v[i]);
    net_free(s->net);
    records_free(s->records);
    repo_free(s->repo);
}

void session_fetch(struct session *s, int64_t budget_ms)
{
    struct records_news news;
    if (!s->remote || s->fetched)
        return;
    s->fetched = !records_fetch(s->records, s->remote, budget_ms, &news, &s->fetch_err);
    if (!s->fetched)
        out_note(&s->cli->out, "records not fetched: %s", s->fetch_err.message);
    else if (news.rewritten)
        out_warn(&s->cli->out,
                 "the records branch at %s was rewritten: it no longer holds what "
                 "it held before",
                 s->remote);
}

void session_publish(struct session *s)
{
    enum { PUBLISH_MS = 10000 };
    struct err err;
    if (!s->remote || !records_unpublished(s->records, s->remote))
        return;
    if (records_publish(s->records, s->remote, PUBLISH_MS, &err))
        out_warn(&s->cli->out, "records are kept here but not yet at %s: %s", s->remote,
                 err.message);
}

int64_t session_records_as_of(struct session *s)
{
    struct err err;
    int64_t wall_s;
    return records_as_of(s->records, &wall_s, &err) ? -1 : wall_s;
}

void session_records_json(struct session *s)
{
    struct jsonw *w = &s->cli->out.json;
    int64_t as_of_s = session_records_as_of(s);
    if (as_of_s < 0)
        jsonw_null(w, "records_as_of");
    else
        jsonw_time(w, "records_as_of", as_of_s, s->arena);
    jsonw_bool(w, "fetched", s->fetched);
}

int64_t session_wall_s(const struct session *s)
{
    return s->ports.loop ? s->ports.loop->wall_s(s->ports.loop->ctx) : (int64_t)time(NULL);
}

const char *session_records_line(struct session *s)
{
    int64_t as_of_s = session_records_as_of(s);
    if (as_of_s < 0)
        return "no records yet";
    const char *as_of = time_format_local(s->arena, as_of_s);
    if (s->fetched)
        return arena_printf(s->arena, "records as of %s (fetched now)", as_of);
    if (!s->remote)
        return arena_printf(s->arena, "records as of %s (kept here only)", as_of);
    int64_t age_s = session_wall_s(s) - as_of_s;
    return arena_printf(s->arena, "records as of %s (NOT fetched: %s old)", as_of,
                        age_s >= 172800
                            ? arena_printf(s->arena, "%lld days", (long long)age_s / 86400)
                            : duration_human(s->arena, age_s * 1000));
}

int session_enter(struct session *s, const char *id, const char *doing, struct lock **ret,
                  struct err *err)
{
    if (lock_take(s->repo, id, doing, session_wall_s(s), ret, err))
        return -1;
    s->writes = true;
    control_watch(s->control, s->repo, id, s->arena);
    control_catch(s->control, net_wake, s->net);
    return 0;
}

void session_leave(struct session *s, const char *id)
{
    request_clear(s->repo, id);
    progress_end(s->progress);
    session_publish(s);
}
