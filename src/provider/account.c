/* account: reads one provider object.  See account.h. */
#include "provider/account.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/fields.h"

/* What the tables below fill; `account` is where it ends up. */
struct account_read {
    const char *plugin, *url;
    struct secret_sources write, read;
    const char *nameservers, *ignore_ns, *primary; /* other rooms read them */
    uint32_t concurrent;
    VEC(struct budget_rule) rules;
};

/* ---- secrets ---- */

static const char SECRET_FORMS[] = "use {\"env\": NAME}, {\"file\": PATH} or {\"command\": [ARGV]}";

static int source_read(const struct json_file *in, json_t *value, const char *path,
                       struct secret_source *ret, struct err *err)
{
    if (!json_is_object(value) || json_object_size(value) != 1) {
        fields_error(in, path, err, "%s",
                     json_is_string(value) ? "a literal secret is refused"
                                           : "must be an object with one key");
        return err_hint(err, "%s", SECRET_FORMS);
    }
    const char *key = json_object_iter_key(json_object_iter(value));
    json_t *what = json_object_iter_value(json_object_iter(value));
    const char *text = json_string_value(what);
    if (strcmp(key, "command") == 0) {
        ret->kind = SECRET_COMMAND;
        if (fields_strv(in, what, path_join(in->arena, path, key), &ret->argv, err))
            return -1;
        if (ret->argv.n == 0 || !*ret->argv.v[0])
            return fields_error(in, path, err, "command names no program");
        return 0;
    }
    ret->kind = strcmp(key, "env") == 0 ? SECRET_ENV : SECRET_FILE;
    if (ret->kind == SECRET_FILE && strcmp(key, "file") != 0) {
        fields_error(in, path, err, "no such kind of secret source");
        return err_hint(err, "%s", SECRET_FORMS);
    }
    if (!text || !*text || (ret->kind == SECRET_ENV && strchr(text, '=')))
        return fields_error(in, path, err, "%s must be %s", key,
                            ret->kind == SECRET_ENV ? "the name of a variable" : "a path");
    ret->text = arena_strdup(in->arena, text);
    return 0;
}

static int single_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    struct secret_sources *sources = ret;
    if (sources->n)
        return fields_error(in, path, err, "give the single secret or its parts, not both");
    struct secret_source source = { .part = "secret" };
    if (source_read(in, value, path, &source, err))
        return -1;
    *vec_push(in->arena, sources) = source;
    return 0;
}

static int parts_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    struct secret_sources *sources = ret;
    if (sources->n)
        return fields_error(in, path, err, "give the single secret or its parts, not both");
    if (!json_is_object(value) || json_object_size(value) == 0)
        return fields_error(in, path, err, "must be an object of named secret sources");
    const char *part;
    json_t *one;
    json_object_foreach(value, part, one)
    {
        struct secret_source source = { .part = arena_strdup(in->arena, part) };
        if (source_read(in, one, path_join(in->arena, path, part), &source, err))
            return -1;
        *vec_push(in->arena, sources) = source;
    }
    return 0;
}

const char *secret_source_text(const struct secret_source *source, struct arena *arena)
{
    switch (source->kind) {
    case SECRET_ENV:
        return arena_printf(arena, "environment variable %s", source->text);
    case SECRET_FILE:
        return arena_printf(arena, "file %s", source->text);
    case SECRET_COMMAND:
        break;
    }
    return arena_printf(arena, "command %s", source->argv.v[0]);
}

/* ---- limits ---- */

struct rule_read {
    const char *scope, *kind;
    uint32_t n;
    int64_t per_ms;
};

static const struct field RULE_FIELDS[] = {
    { "scope", FIELD_STR, offsetof(struct rule_read, scope), FIELD_REQUIRED, NULL },
    { "kind", FIELD_STR, offsetof(struct rule_read, kind), 0, NULL },
    { "n", FIELD_U32, offsetof(struct rule_read, n), FIELD_REQUIRED, NULL },
    { "per", FIELD_DURATION, offsetof(struct rule_read, per_ms), FIELD_REQUIRED, NULL },
    FIELDS_END,
};

/* Position of `word` in a list of words, or -1. */
static int word_index(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

static int rule_read_one(const struct json_file *in, json_t *value, const char *path,
                         struct budget_rule *ret, struct err *err)
{
    static const char *const scopes[] = { "account", "zone", "address" };
    static const char *const kinds[] = { "any", "read", "write" };
    struct rule_read raw = { .kind = "any" };
    if (fields_read(in, value, path, RULE_FIELDS, &raw, err))
        return -1;
    int scope = word_index(raw.scope, scopes, 3), kind = word_index(raw.kind, kinds, 3);
    if (scope < 0)
        return fields_error(in, path_join(in->arena, path, "scope"), err,
                            "must be account, zone or address");
    if (kind < 0)
        return fields_error(in, path_join(in->arena, path, "kind"), err, "must be read or write");
    if (raw.n == 0 || raw.per_ms <= 0)
        return fields_error(in, path, err, "n and per must be above zero");
    *ret = (struct budget_rule){ .scope = (enum budget_scope)scope,
                                 .kind = (enum budget_kind)kind,
                                 .n = raw.n,
                                 .per_ms = raw.per_ms };
    return 0;
}

static int rules_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    struct account_read *account = ret;
    if (!json_is_array(value))
        return fields_error(in, path, err, "must be an array of rules");
    size_t i;
    json_t *one;
    json_array_foreach(value, i, one)
    {
        struct budget_rule rule;
        if (rule_read_one(in, one, path_index(in->arena, path, i), &rule, err))
            return -1;
        *vec_push(in->arena, &account->rules) = rule;
    }
    return 0;
}

static int per_second_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                           struct err *err)
{
    struct account_read *account = ret;
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > 1000000)
        return fields_error(in, path, err, "must be a whole number from 1");
    *vec_push(in->arena, &account->rules) = (struct budget_rule){
        .scope = BUDGET_ACCOUNT, .n = (uint32_t)json_integer_value(value), .per_ms = 1000
    };
    return 0;
}

static int concurrent_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                           struct err *err)
{
    struct account_read *account = ret;
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > 256)
        return fields_error(in, path, err, "must be a whole number from 1 to 256");
    account->concurrent = (uint32_t)json_integer_value(value);
    return 0;
}

static const struct field_call RULES_CALL = { rules_read };
static const struct field_call PER_SECOND_CALL = { per_second_read };
static const struct field_call CONCURRENT_CALL = { concurrent_read };
static const struct field LIMIT_FIELDS[] = {
    { "concurrent", FIELD_CALL, 0, 0, &CONCURRENT_CALL },
    { "per_second", FIELD_CALL, 0, 0, &PER_SECOND_CALL },
    { "rules", FIELD_CALL, 0, 0, &RULES_CALL },
    FIELDS_END,
};

static const struct field_call SINGLE_CALL = { single_read };
static const struct field_call PARTS_CALL = { parts_read };
#define AT(member) offsetof(struct account_read, member)
static const struct field ACCOUNT_FIELDS[] = {
    { "plugin", FIELD_STR, AT(plugin), FIELD_REQUIRED, NULL },
    { "url", FIELD_STR, AT(url), FIELD_NULLABLE, NULL },
    { "secret", FIELD_CALL, AT(write), FIELD_NULLABLE, &SINGLE_CALL },
    { "secrets", FIELD_CALL, AT(write), FIELD_NULLABLE, &PARTS_CALL },
    { "read_secret", FIELD_CALL, AT(read), FIELD_NULLABLE, &SINGLE_CALL },
    { "read_secrets", FIELD_CALL, AT(read), FIELD_NULLABLE, &PARTS_CALL },
    { "nameservers", FIELD_JSON, AT(nameservers), 0, NULL },
    { "primary", FIELD_JSON, AT(primary), 0, NULL },
    { "ignore_ns", FIELD_JSON, AT(ignore_ns), 0, NULL },
    { "limits", FIELD_OBJECT, 0, 0, LIMIT_FIELDS },
    FIELDS_END,
};
#undef AT

/* ---- url, plugin name, the plugin's own keys ---- */

static int url_check(const struct json_file *in, const char *url, struct err *err)
{
    const char *rest = strncmp(url, "https://", 8) == 0  ? url + 8
                       : strncmp(url, "http://", 7) == 0 ? url + 7
                                                         : NULL;
    if (!rest || !*rest || *rest == '/')
        return fields_error(in, "url", err, "must start with http:// or https:// and a host");
    for (const char *p = rest; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f)
            return fields_error(in, "url", err, "holds a space or a character outside ASCII");
    /* The message does not repeat the url: what stands before the @ is a secret. */
    if (memchr(rest, '@', strcspn(rest, "/")))
        return fields_error(in, "url", err, "holds a user name or password: use \"secret\"");
    if (strpbrk(rest, "?#"))
        return fields_error(in, "url", err, "must have no query and no fragment");
    return 0;
}

static int plugin_check(const struct json_file *in, const char *plugin, struct err *err)
{
    size_t n = strspn(plugin, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (n == 0 || plugin[n] || n > 64)
        return fields_error(in, "plugin", err,
                            "\"%.64s\" is not the name of a plugin (a-z, 0-9, -)", plugin);
    return 0;
}

static const char *url_trim(const char *url, struct arena *arena)
{
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        n--;
    return arena_strndup(arena, url, n);
}

static bool key_known(const char *key)
{
    for (const struct field *field = ACCOUNT_FIELDS; field->key; field++)
        if (strcmp(field->key, key) == 0)
            return true;
    return false;
}

/* Moves keys that the program does not know out of the object: whether they are
 * right only the plugin can say. */
static int own_take(const struct json_file *in, struct provider_account *ret, struct err *err)
{
    VEC(struct setting_value) own = { 0 };
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(in->root, next, key, value)
    {
        if (key_known(key))
            continue;
        const char *text = json_string_value(value);
        if (json_is_boolean(value))
            text = json_is_true(value) ? "true" : "false";
        else if (json_is_integer(value))
            text = arena_printf(in->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        if (!text)
            return fields_error(in, key, err, "unknown key");
        *vec_push(in->arena, &own) =
            (struct setting_value){ arena_strdup(in->arena, key), arena_strdup(in->arena, text) };
        json_object_del(in->root, key);
    }
    ret->own = own.v;
    ret->n_own = own.n;
    return 0;
}

int provider_account_parse(const char *name, const char *json, struct arena *arena,
                           struct provider_account *ret, struct err *err)
{
    struct provider_account account = { .name = name, .json = json };
    struct account_read raw = { 0 };
    JSON_FILE_SCOPED in = { 0 };
    const char *place = arena_printf(arena, "providers.%s", name);
    if (json_file_parse(place, json, arena, false, NULL, &in, err))
        return -1;
    if (!json_is_object(in.root))
        return fields_error(&in, "", err, "must be an object");
    if (own_take(&in, &account, err) || fields_read(&in, in.root, "", ACCOUNT_FIELDS, &raw, err) ||
        plugin_check(&in, raw.plugin, err) || (raw.url && url_check(&in, raw.url, err)))
        return -1;
    account.plugin = raw.plugin;
    account.url = raw.url ? url_trim(raw.url, arena) : NULL;
    account.write = raw.write;
    account.read = raw.read;
    account.concurrent = raw.concurrent;
    account.rules = raw.rules.v;
    account.n_rules = raw.rules.n;
    *ret = account;
    return 0;
}
