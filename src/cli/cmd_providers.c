/* cmd_providers: accounts, plugins, levels and limits; and whether one works. */
#include <string.h>

#include "base/clock.h"
#include "cli/net.h"
#include "cli/probe.h"
#include "provider/provider.h"

struct options {
    const char *zone;
    bool write, yes, dry_run;
};

static const struct opt opts[] = {
    { "write", 0, OPT_FLAG, offsetof(struct options, write), NULL,
      "test: also write, read back and remove a TXT _dnschange-test" },
    { "zone", 0, OPT_TEXT, offsetof(struct options, zone), "ZONE",
      "test: in this zone instead of the portfolio's first" },
    { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run), NULL,
      "test --write: say what would be written, write nothing" },
    { "yes", 'y', OPT_FLAG, offsetof(struct options, yes), NULL, "ask no question" },
    OPTS_END
};

static const char *const guards[] = { "none", "create-only", "etag", "exact" };
static const char *const atomics[] = { "record", "rrset", "zone" };

static const char *const scopes[] = { "account", "zone", "address" };
static const char *const kinds[] = { "any", "read", "write" };

static void limits_json(struct session *s, const struct provider_limits *limits)
{
    struct jsonw *w = &s->cli->out.json;
    jsonw_open(w, "limits");
    jsonw_int(w, "concurrent", limits->concurrent);
    jsonw_int(w, "concurrent_published", limits->concurrent_published);
    jsonw_open_array(w, "rules");
    for (size_t i = 0; i < limits->n; i++) {
        const struct provider_limit *limit = &limits->v[i];
        jsonw_open(w, NULL);
        jsonw_str(w, "scope", scopes[limit->rule.scope]);
        jsonw_str(w, "kind", kinds[limit->rule.kind]);
        jsonw_int(w, "n", limit->rule.n);
        jsonw_int(w, "per_ms", limit->rule.per_ms);
        jsonw_str(w, "from", limit->configured ? "settings" : "plugin");
        jsonw_bool(w, "replaced", limit->replaced);
        jsonw_close(w);
    }
    jsonw_close_array(w);
    jsonw_close(w);
}

static void limits_text(struct session *s, const struct provider_limits *limits, int64_t eta_ms)
{
    static const char *const nouns[] = { "requests", "reads", "writes" };
    printf("  limits: %u requests at once", limits->concurrent);
    if (limits->concurrent != limits->concurrent_published)
        printf(" (settings; the plugin says %u)", limits->concurrent_published);
    for (size_t i = 0; i < limits->n; i++) {
        const struct provider_limit *limit = &limits->v[i];
        printf("\n    %u %s in %s for each %s (%s)", limit->rule.n, nouns[limit->rule.kind],
               duration_human(s->arena, limit->rule.per_ms), scopes[limit->rule.scope],
               limit->configured ? "settings"
               : limit->replaced ? "published; replaced by the settings"
                                 : "published");
    }
    if (eta_ms)
        printf("\n    1000 writes take about %s", duration_human(s->arena, eta_ms));
    printf("\n");
}

static void account_json(struct session *s, const struct provider_settings *account,
                         const struct provider_caps *caps, const struct err *err)
{
    struct jsonw *w = &s->cli->out.json;
    const struct provider_port *port = s->ports.provider;
    jsonw_open(w, NULL);
    jsonw_str(w, "provider", account->name);
    jsonw_str(w, "plugin", account->plugin);
    jsonw_opt(w, "url", account->url);
    if (caps) {
        const char level[2] = { caps->level, '\0' };
        jsonw_str(w, "plugin_version", caps->version);
        jsonw_str(w, "level", level);
        jsonw_str(w, "atomic", atomics[caps->atomic]);
        jsonw_str(w, "guard", guards[caps->guard]);
        jsonw_int(w, "ttl_min", caps->ttl_min_s);
        jsonw_int(w, "ttl_max", caps->ttl_max_s);
        jsonw_int(w, "ttl_default", caps->ttl_default_s);
        jsonw_int(w, "publish_ms", caps->publish_ms);
        jsonw_bool(w, "can_read", port->can_read(port->ctx, account->name));
        jsonw_bool(w, "can_write", port->can_write(port->ctx, account->name));
        jsonw_int(w, "thousand_writes_ms", port->eta_ms(port->ctx, account->name, 0, 1000));
        struct provider_limits limits;
        if (!provider_limits(net_provider(s->net), account->name, s->arena, &limits, NULL))
            limits_json(s, &limits);
    } else {
        jsonw_open(w, "error");
        jsonw_str(w, "code", err_code_text(err->code));
        jsonw_str(w, "message", err->message);
        jsonw_close(w);
    }
    jsonw_close(w);
}

static void account_text(struct session *s, const struct provider_settings *account,
                         const struct provider_caps *caps, const struct err *err)
{
    const struct provider_port *port = s->ports.provider;
    const struct out *out = &s->cli->out;
    printf("%s  plugin %s", out_paint(out, COLOUR_BOLD, account->name), account->plugin);
    if (!caps) {
        printf("\n  %s %s\n", out_paint(out, COLOUR_RED, "unusable:"), err->message);
        return;
    }
    bool can_read = port->can_read(port->ctx, account->name);
    bool can_write = port->can_write(port->ctx, account->name);
    printf(" %s  %s\n", caps->version, account->url ? account->url : "");
    printf("  safety level %c: one write changes a whole %s at once, guard %s\n", caps->level,
           atomics[caps->atomic], guards[caps->guard]);
    printf("  TTL %u to %u, default %u; published within %s\n", caps->ttl_min_s, caps->ttl_max_s,
           caps->ttl_default_s, duration_human(s->arena, caps->publish_ms));
    struct provider_limits limits;
    if (!provider_limits(net_provider(s->net), account->name, s->arena, &limits, NULL))
        limits_text(s, &limits, port->eta_ms(port->ctx, account->name, 0, 1000));
    printf("  secret for reading: %s, for writing: %s\n",
           can_read ? "yes" : out_paint(out, COLOUR_YELLOW, "no (reads from DNS)"),
           can_write ? "yes" : out_paint(out, COLOUR_YELLOW, "no"));
}

static int list_run(struct session *s)
{
    struct jsonw *w = &s->cli->out.json;
    struct strv plugins = { 0 };
    const struct provider_port *port = s->ports.provider;
    provider_plugins(net_provider(s->net), s->arena, &plugins);
    if (s->cli->common.json)
        jsonw_open_array(w, "providers");
    for (size_t i = 0; i < s->settings.n_providers; i++) {
        const struct provider_settings *account = &s->settings.providers[i];
        struct err err = { 0 };
        const struct provider_caps *caps = port->caps(port->ctx, account->name, &err);
        if (s->cli->common.json)
            account_json(s, account, caps, &err);
        else
            account_text(s, account, caps, &err);
    }
    if (s->cli->common.json) {
        jsonw_close_array(w);
        jsonw_strv(w, "plugins", &plugins);
    } else {
        printf("plugins found: %s\n", plugins.n ? strv_join(s->arena, &plugins, " ") : "none");
    }
    return 0;
}

static void probe_show(struct session *s, const struct probe *probe)
{
    struct jsonw *w = &s->cli->out.json;
    if (s->cli->common.json) {
        jsonw_str(w, "provider", probe->account);
        jsonw_str(w, "detail", probe->detail);
        jsonw_str(w, "zone", probe->zone);
        jsonw_int(w, "sets", (int64_t)probe->sets);
        jsonw_int(w, "read_ms", probe->read_ms);
        jsonw_bool(w, "wrote", probe->wrote);
        if (probe->wrote)
            jsonw_int(w, "write_ms", probe->write_ms);
        return;
    }
    printf("%s answers%s%s\n", probe->account, probe->detail ? ": " : "",
           probe->detail ? probe->detail : "");
    if (probe->zone)
        printf("read zone %s: %zu sets in %lld ms\n", probe->zone, probe->sets,
               (long long)probe->read_ms);
    if (probe->wrote)
        printf("wrote, read back and removed %s TXT in %lld ms\n", probe->owner,
               (long long)probe->write_ms);
}

static int test_run(struct session *s, const struct options *o, const char *account,
                    struct err *err)
{
    struct probe probe;
    int rc = probe_read(s, account, o->zone, &probe, err);
    if (!rc && o->write && o->dry_run)
        out_note(&s->cli->out, "dry run: TXT %s would be written and removed",
                 probe.owner ? probe.owner : PROBE_LABEL);
    if (!rc && o->write && !o->dry_run) {
        rc = out_confirm(&s->cli->out, o->yes, err, "Write TXT %s at %s and remove it again?",
                         probe.owner ? probe.owner : PROBE_LABEL, account);
        if (!rc)
            rc = probe_write(s, &probe, err);
    }
    probe_show(s, &probe);
    return rc;
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    SESSION_SCOPED s = { 0 };
    if (words->n && (strcmp(words->v[0], "test") || words->n != 2)) {
        err_set(err, ERR_USAGE, "providers takes nothing, or test NAME");
        return err_hint(err, "dnschange help providers");
    }
    unsigned need = NEED_PORTFOLIO | NEED_NET | (words->n ? 0 : (unsigned)NEED_LENIENT);
    if (session_open(&s, cli, need, err))
        return -1;
    return words->n ? test_run(&s, o, words->v[1], err) : list_run(&s);
}

const struct command cmd_providers = {
    .name = "providers",
    .words = "[test NAME]",
    .help = "Accounts, plugins, safety levels and limits; test whether one works",
    .group = GROUP_SETUP,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .max_words = 2,
    .completes = "providers-command",
};
