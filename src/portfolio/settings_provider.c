/* settings_provider: checks what every provider object has in common.  It never
 * reads a secret, only where it is said to lie. */
#include "portfolio/settings_provider.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

#define CONCURRENT_MAX 256
#define PER_SECOND_MAX 1000000

static bool port_valid(const char *text)
{
    if (!isdigit((unsigned char)text[0]) || strlen(text) > 5)
        return false;
    char *end;
    long port = strtol(text, &end, 10);
    return *end == '\0' && port >= 1 && port <= 65535;
}

/* Is the first `n` characters an address of this family? */
static bool address_is(int family, const char *text, size_t n)
{
    char copy[INET6_ADDRSTRLEN], octets[16];
    if (n == 0 || n >= sizeof copy)
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return inet_pton(family, copy, octets) == 1;
}

bool address_valid(const char *text)
{
    if (text[0] == '[') {
        const char *close = strchr(text, ']');
        return close && address_is(AF_INET6, text + 1, (size_t)(close - text - 1)) &&
               (close[1] == '\0' || (close[1] == ':' && port_valid(close + 2)));
    }
    if (address_is(AF_INET6, text, strlen(text)))
        return true;
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    return address_is(AF_INET, text, n) && (!colon || port_valid(colon + 1));
}

/* One secret source: {"env": NAME}, {"file": PATH} or {"command": [ARGV]}, with
 * "field" when the source is a JSON text. */
static int source_check(const struct json_file *in, json_t *value, const char *path,
                        struct err *err)
{
    if (json_is_string(value)) {
        fields_error(in, path, err, "a literal secret is refused");
        return err_hint(err, "name a source: {\"env\": NAME}, {\"file\": PATH} or "
                             "{\"command\": [ARGV]}, and change the secret that was written here");
    }
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object that names a source of the secret");
    struct source {
        const char *env, *file, *field;
        struct strv command;
    } source = { 0 };
    static const struct field table[] = {
        { "env", FIELD_STR, offsetof(struct source, env), 0, NULL },
        { "file", FIELD_STR, offsetof(struct source, file), 0, NULL },
        { "command", FIELD_STRV, offsetof(struct source, command), 0, NULL },
        { "field", FIELD_STR, offsetof(struct source, field), 0, NULL },
        FIELDS_END,
    };
    if (fields_read(in, value, path, table, &source, err) != 0)
        return -1;
    if (!!source.env + !!source.file + (source.command.v != NULL) != 1)
        return fields_error(in, path, err,
                            "wants exactly one of \"env\", \"file\" and \"command\"");
    if ((source.env && !source.env[0]) || (source.file && !source.file[0]) ||
        (source.command.v && (source.command.n == 0 || !source.command.v[0][0])))
        return fields_error(in, path, err, "names an empty source");
    return 0;
}

static int read_secret(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    (void)ret;
    return source_check(in, value, path, err);
}

static int read_secrets(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    (void)ret;
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object of the parts the plugin names");
    const char *key;
    json_t *part;
    json_object_foreach(value, key, part)
    {
        if (source_check(in, part, path_join(in->arena, path, key), err) != 0)
            return -1;
    }
    return 0;
}

static int read_url(const struct json_file *in, json_t *value, const char *path, void *ret,
                    struct err *err)
{
    const char *url = json_string_value(value);
    if (!url || !strstr(url, "://") || strpbrk(url, " \t\r\n"))
        return fields_error(in, path, err, "wants an URL");
    const char *host = strstr(url, "://") + 3;
    if (memchr(host, '@', strcspn(host, "/?#"))) {
        fields_error(in, path, err, "carries a user name or password, a literal secret is refused");
        return err_hint(err, "give it as \"secret\": {\"env\": NAME}");
    }
    *(const char **)ret = arena_strdup(in->arena, url);
    return 0;
}

int addresses_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                   struct err *err)
{
    struct strv list = { 0 };
    if (fields_strv(in, value, path, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.n; i++)
        if (!address_valid(list.v[i]))
            return fields_error(in, path_index(in->arena, path, i), err,
                                "\"%s\" is no address[:port]", list.v[i]);
    *(struct strv *)ret = list;
    return 0;
}

static int read_ignored(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    struct strv list = { 0 };
    if (fields_strv(in, value, path, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.n; i++) {
        const char *name;
        if (address_valid(list.v[i]))
            continue;
        if (name_parse(list.v[i], in->arena, &name, NULL) != 0)
            return fields_error(in, path_index(in->arena, path, i), err,
                                "\"%s\" is neither an address[:port] nor a server name", list.v[i]);
        list.v[i] = name;
    }
    *(struct strv *)ret = list;
    return 0;
}

static int read_address(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    const char *text = json_string_value(value);
    if (!text || !address_valid(text))
        return fields_error(in, path, err, "wants an address[:port]");
    *(const char **)ret = arena_strdup(in->arena, text);
    return 0;
}

static int read_rule(const struct json_file *in, json_t *value, const char *path, struct err *err)
{
    struct rule {
        const char *scope, *kind;
        uint32_t n;
        int64_t per_ms;
    } rule = { 0 };
    static const struct field table[] = {
        { "scope", FIELD_STR, offsetof(struct rule, scope), FIELD_REQUIRED, NULL },
        { "kind", FIELD_STR, offsetof(struct rule, kind), FIELD_REQUIRED, NULL },
        { "n", FIELD_U32, offsetof(struct rule, n), FIELD_REQUIRED, NULL },
        { "per", FIELD_DURATION, offsetof(struct rule, per_ms), FIELD_REQUIRED, NULL },
        FIELDS_END,
    };
    if (fields_read(in, value, path, table, &rule, err) != 0)
        return -1;
    static const char *const scopes[] = { "account", "zone", "address" };
    bool known = false;
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++)
        known = known || strcmp(rule.scope, scopes[i]) == 0;
    if (!known)
        return fields_error(in, path_join(in->arena, path, "scope"), err,
                            "wants account, zone or address");
    if (strcmp(rule.kind, "read") != 0 && strcmp(rule.kind, "write") != 0)
        return fields_error(in, path_join(in->arena, path, "kind"), err, "wants read or write");
    if (rule.n == 0 || rule.per_ms <= 0)
        return fields_error(in, path, err, "wants \"n\" and \"per\" over zero");
    return 0;
}

static int read_rules(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    (void)ret;
    if (!json_is_array(value))
        return fields_error(in, path, err, "wants a list");
    for (size_t i = 0; i < json_array_size(value); i++)
        if (read_rule(in, json_array_get(value, i), path_index(in->arena, path, i), err) != 0)
            return -1;
    return 0;
}

static int read_limits(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    (void)ret;
    struct limits {
        uint32_t concurrent, per_second;
        char none;
    } limits = { .concurrent = 1, .per_second = 1 };
    static const struct field_call call_rules = { read_rules };
    static const struct field table[] = {
        { "concurrent", FIELD_U32, offsetof(struct limits, concurrent), 0, NULL },
        { "per_second", FIELD_U32, offsetof(struct limits, per_second), 0, NULL },
        { "rules", FIELD_CALL, offsetof(struct limits, none), 0, &call_rules },
        FIELDS_END,
    };
    if (fields_read(in, value, path, table, &limits, err) != 0)
        return -1;
    if (limits.concurrent == 0 || limits.per_second == 0)
        return fields_error(in, path, err, "a limit of 0 would never send anything");
    if (limits.concurrent > CONCURRENT_MAX || limits.per_second > PER_SECOND_MAX)
        return fields_error(in, path, err, "goes up to %d in flight and %d a second",
                            CONCURRENT_MAX, PER_SECOND_MAX);
    return 0;
}

static bool plugin_name_valid(const char *name)
{
    return islower((unsigned char)name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name);
}

static const struct field_call call_secret = { read_secret }, call_secrets = { read_secrets },
                               call_url = { read_url }, call_addresses = { addresses_read },
                               call_ignored = { read_ignored }, call_address = { read_address },
                               call_limits = { read_limits };

#define AT(member) offsetof(struct provider_settings, member)
static const struct field provider_fields[] = {
    { "plugin", FIELD_STR, AT(plugin), FIELD_REQUIRED, NULL },
    { "url", FIELD_CALL, AT(url), 0, &call_url },
    { "secret", FIELD_CALL, 0, 0, &call_secret },
    { "secrets", FIELD_CALL, 0, 0, &call_secrets },
    { "read_secret", FIELD_CALL, 0, 0, &call_secret },
    { "read_secrets", FIELD_CALL, 0, 0, &call_secrets },
    { "nameservers", FIELD_CALL, AT(nameservers), 0, &call_addresses },
    { "ignore_ns", FIELD_CALL, AT(ignore_ns), 0, &call_ignored },
    { "primary", FIELD_CALL, AT(primary), FIELD_NULLABLE, &call_address },
    { "limits", FIELD_CALL, 0, 0, &call_limits },
    FIELDS_END,
};
#undef AT

/* The object without the keys that only its plugin knows: those are checked
 * against the plugin's own list when it is loaded. */
static json_t *common_part(json_t *value)
{
    json_t *part = json_object();
    for (const struct field *field = provider_fields; part && field->key; field++) {
        json_t *member = json_object_get(value, field->key);
        if (member)
            json_object_set(part, field->key, member);
    }
    return part;
}

int provider_settings_read(const struct json_file *in, json_t *value, const char *path,
                           const char *name, struct provider_settings *ret, struct err *err)
{
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object");
    struct provider_settings got = { .name = arena_strdup(in->arena, name) };
    json_t *part = common_part(value);
    int rc = fields_read(in, part, path, provider_fields, &got, err);
    json_decref(part);
    if (rc != 0)
        return -1;
    if (!plugin_name_valid(got.plugin))
        return fields_error(in, path_join(in->arena, path, "plugin"), err,
                            "\"%s\" is no plugin name (lower-case letters, digits, - and _)",
                            got.plugin);
    const char *const pairs[][2] = { { "secret", "secrets" }, { "read_secret", "read_secrets" } };
    for (size_t i = 0; i < 2; i++)
        if (json_object_get(value, pairs[i][0]) && json_object_get(value, pairs[i][1]))
            return fields_error(in, path, err, "has both \"%s\" and \"%s\"", pairs[i][0],
                                pairs[i][1]);
    char *text = json_dumps(value, JSON_COMPACT);
    if (!text)
        return fields_error(in, path, err, "cannot be written as JSON");
    got.json = arena_strdup(in->arena, text);
    free(text);
    *ret = got;
    return 0;
}
