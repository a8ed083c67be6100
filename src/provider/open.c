/* open: see open.h. */
#include "provider/open.h"

#include <string.h>

static int invalid(const struct provider_account *settings, const char *key, const char *what,
                   struct err *err)
{
    return err_set(err, ERR_INVALID, "providers.%s: %s: %s", settings->name, key, what);
}

static const char *own_find(const struct provider_account *settings, const char *key)
{
    for (size_t i = 0; i < settings->n_own; i++)
        if (strcmp(settings->own[i].key, key) == 0)
            return settings->own[i].text;
    return NULL;
}

static bool plugin_knows(const struct dc_plugin *plugin, const char *key)
{
    for (size_t i = 0; i < plugin->n_settings; i++)
        if (strcmp(plugin->settings[i].key, key) == 0)
            return true;
    return false;
}

static int own_open(const struct provider_account *settings, const struct dc_plugin *plugin,
                    struct arena *arena, const char *const **ret, struct err *err)
{
    for (size_t i = 0; i < settings->n_own; i++)
        if (!plugin_knows(plugin, settings->own[i].key))
            return invalid(settings, settings->own[i].key, "unknown key", err);
    const char **values = ARENA_ARRAY(arena, const char *, plugin->n_settings);
    for (size_t i = 0; i < plugin->n_settings; i++) {
        const struct dc_setting *setting = &plugin->settings[i];
        values[i] = own_find(settings, setting->key);
        if (!values[i] && (setting->flags & DC_SETTING_REQUIRED))
            return invalid(settings, setting->key, "is missing", err);
        if (!values[i])
            values[i] = setting->fallback;
    }
    *ret = values;
    return 0;
}

static bool sources_have(const struct secret_sources *sources, const char *part)
{
    for (size_t i = 0; i < sources->n; i++)
        if (strcmp(sources->v[i].part, part) == 0)
            return true;
    return false;
}

/* All parts the plugin names, and none besides. */
static int secrets_open(const struct provider_account *settings, const struct dc_plugin *plugin,
                        const struct secret_sources *sources, const char *key, struct err *err)
{
    size_t wanted = 0;
    if (sources->n == 0)
        return 0; /* no secret at all is a way to work: reading over DNS */
    for (; plugin->secrets && plugin->secrets[wanted]; wanted++)
        if (!sources_have(sources, plugin->secrets[wanted])) {
            invalid(settings, key, "a part is missing", err);
            return err_hint(err, "plugin %s needs the secret \"%s\"", plugin->name,
                            plugin->secrets[wanted]);
        }
    if (sources->n > wanted)
        return invalid(settings, key, "has a part that the plugin does not use", err);
    return 0;
}

int account_open(const struct provider_account *settings, const struct dc_plugin *plugin,
                 struct arena *arena, struct account *ret, struct err *err)
{
    const char *const *values = NULL;
    if (plugin->url_required && !settings->url)
        return invalid(settings, "url", "is missing", err);
    if (own_open(settings, plugin, arena, &values, err) ||
        secrets_open(settings, plugin, &settings->write, "secret", err) ||
        secrets_open(settings, plugin, &settings->read, "read_secret", err))
        return -1;
    *ret = (struct account){ .settings = settings,
                             .plugin = plugin,
                             .dc = { .size = sizeof ret->dc,
                                     .name = settings->name,
                                     .url = settings->url ? settings->url : "",
                                     .values = values } };
    return 0;
}

static bool rule_replaced(const struct provider_account *settings, const struct dc_limit *limit)
{
    for (size_t i = 0; i < settings->n_rules; i++)
        if ((uint32_t)settings->rules[i].scope == limit->scope &&
            (uint32_t)settings->rules[i].kind == limit->kind)
            return true;
    return false;
}

void account_limits(const struct provider_account *settings, const struct dc_caps *caps,
                    struct arena *arena, struct provider_limits *ret)
{
    struct provider_limit *limits =
        ARENA_ARRAY(arena, struct provider_limit, settings->n_rules + caps->n_limits);
    size_t n = 0;
    for (size_t i = 0; i < settings->n_rules; i++)
        limits[n++] = (struct provider_limit){ .rule = settings->rules[i], .configured = true };
    for (size_t i = 0; i < caps->n_limits; i++) {
        const struct dc_limit *limit = &caps->limits[i];
        limits[n++] = (struct provider_limit){
            .rule = { (enum budget_scope)limit->scope, (enum budget_kind)limit->kind, limit->n,
                      limit->per_ms },
            .replaced = rule_replaced(settings, limit),
        };
    }
    *ret = (struct provider_limits){
        .concurrent = settings->concurrent ? settings->concurrent : caps->concurrent,
        .concurrent_published = caps->concurrent,
        .v = limits,
        .n = n,
    };
}

void account_rules(const struct provider_account *settings, const struct dc_caps *caps,
                   struct arena *arena, struct budget_rule **ret, size_t *ret_n)
{
    struct provider_limits limits;
    account_limits(settings, caps, arena, &limits);
    struct budget_rule *rules = ARENA_ARRAY(arena, struct budget_rule, limits.n);
    size_t n = 0;
    for (size_t i = 0; i < limits.n; i++)
        if (!limits.v[i].replaced)
            rules[n++] = limits.v[i].rule;
    *ret = rules;
    *ret_n = n;
}

const char *url_host(const char *url, struct arena *arena)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t n = strcspn(host, "/");
    const char *end = memchr(host, ']', n); /* [2001:db8::1]:8081 */
    const char *colon = memchr(end ? end : host, ':', n - (size_t)((end ? end : host) - host));
    return arena_printf(arena, "%.*s%s", (int)n, host,
                        colon                              ? ""
                        : strncmp(url, "https://", 8) == 0 ? ":443"
                                                           : ":80");
}
