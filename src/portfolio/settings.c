/* settings: reads dnschange.json by tables, section by section.  It opens no
 * file and asks nobody; provider objects are settings_provider's. */
#include "portfolio/settings.h"

#include <stdlib.h>
#include <string.h>

#include "portfolio/settings_provider.h"

#define MINUTE_MS 60000
#define HOUR_MS   3600000

static int share_parse(const char *text, struct share *ret)
{
    char *end;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9)
        return -1;
    unsigned long n = strtoul(text, &end, 10);
    bool percent = strcmp(end, "%") == 0;
    if ((!percent && *end) || n == 0 || (percent && n > 100))
        return -1;
    *ret = (struct share){ .percent = percent, .n = (uint32_t)n };
    return 0;
}

static int read_share(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    json_int_t n = json_integer_value(value);
    if (json_is_integer(value) && n > 0 && n <= 999999999) {
        *(struct share *)ret = (struct share){ .n = (uint32_t)n };
        return 0;
    }
    if (!json_is_string(value) || share_parse(json_string_value(value), ret) != 0)
        return fields_error(in, path, err, "wants a share (\"10%%\") or a count (\"25\")");
    return 0;
}

/* Shares and counts are cumulative, so each kind has to rise along the list. */
static int read_waves(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    struct rollout_settings *rollout = ret;
    size_t n = json_array_size(value);
    if (!json_is_array(value) || n == 0)
        return fields_error(in, path, err, "wants a list of shares, like [\"10%%\", \"100%%\"]");
    struct share *waves = ARENA_ARRAY(in->arena, struct share, n);
    uint32_t last[2] = { 0, 0 };
    for (size_t i = 0; i < n; i++) {
        const char *at = path_index(in->arena, path, i);
        if (read_share(in, json_array_get(value, i), at, &waves[i], err) != 0)
            return -1;
        uint32_t *before = &last[waves[i].percent];
        if (waves[i].n <= *before)
            return fields_error(in, at, err,
                                "is not more than the wave before it "
                                "(waves are cumulative)");
        *before = waves[i].n;
    }
    rollout->waves = waves;
    rollout->n_waves = n;
    return 0;
}

static int read_bake(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    struct rollout_settings *rollout = ret;
    const char *text = json_string_value(value);
    if (text && strcmp(text, "ttl") == 0) {
        rollout->bake_ttl = true;
        return 0;
    }
    int64_t ms;
    if (!text || duration_parse(text, &ms, NULL) != 0)
        return fields_error(in, path, err, "wants \"ttl\" or a duration like \"10m\"");
    rollout->bake_ttl = false;
    rollout->bake_ms = ms;
    return 0;
}

/* One word out of a list; its place in the list is the answer. */
static int word_read(const struct json_file *in, json_t *value, const char *path,
                     const char *const *words, size_t *ret, struct err *err)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret = i;
            return 0;
        }
    char *list = arena_strdup(in->arena, words[0]);
    for (size_t i = 1; words[i]; i++)
        list = arena_printf(in->arena, "%s%s%s", list, words[i + 1] ? ", " : " or ", words[i]);
    return fields_error(in, path, err, "wants %s", list);
}

static int read_on_unknown(const struct json_file *in, json_t *value, const char *path, void *ret,
                           struct err *err)
{
    static const char *const words[] = { "revert", "hold", NULL };
    size_t i;
    if (word_read(in, value, path, words, &i, err) != 0)
        return -1;
    *(bool *)ret = i == 1;
    return 0;
}

static int read_review(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    static const char *const words[] = { "none", "branch", "signed", NULL };
    static const enum review reviews[] = { REVIEW_NONE, REVIEW_BRANCH, REVIEW_SIGNED };
    size_t i;
    if (word_read(in, value, path, words, &i, err) != 0)
        return -1;
    *(enum review *)ret = reviews[i];
    return 0;
}

static int read_clients(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    static const char *const words[] = { "open", "separate", "operator", NULL };
    size_t i;
    if (word_read(in, value, path, words, &i, err) != 0)
        return -1;
    *(const char **)ret = words[i];
    return 0;
}

static int read_resolver(const struct json_file *in, json_t *value, const char *path, void *ret,
                         struct err *err)
{
    const char *text = json_string_value(value);
    if (!text || (strcmp(text, "system") != 0 && !address_valid(text)))
        return fields_error(in, path, err, "wants \"system\" or an address[:port]");
    *(const char **)ret = arena_strdup(in->arena, text);
    return 0;
}

static int array_text(const struct json_file *in, json_t *value, const char *path, const char **ret,
                      struct err *err)
{
    if (!json_is_array(value))
        return fields_error(in, path, err, "wants a list");
    char *text = json_dumps(value, JSON_COMPACT);
    if (!text)
        return fields_error(in, path, err, "cannot be written as JSON");
    *ret = arena_strdup(in->arena, text);
    free(text);
    return 0;
}

/* A window that is written down but not kept would be worse than none. */
static int read_calendar(const struct json_file *in, json_t *value, const char *path, void *ret,
                         struct err *err)
{
    if (array_text(in, value, path, ret, err) != 0)
        return -1;
    if (json_array_size(value) == 0)
        return 0;
    fields_error(in, path, err,
                 "recurring windows and blackouts are not supported by this version");
    return err_hint(err, "leave the list empty; a ticket's own \"window\" is kept");
}

static const struct field_call call_waves = { read_waves }, call_bake = { read_bake },
                               call_on_unknown = { read_on_unknown }, call_review = { read_review },
                               call_clients = { read_clients }, call_share = { read_share },
                               call_resolver = { read_resolver },
                               call_resolvers = { addresses_read },
                               call_calendar = { read_calendar };

#define AT(member) offsetof(struct rollout_settings, member)
static const struct field rollout_fields[] = {
    { "canary", FIELD_U32, AT(canary), 0, NULL },
    { "waves", FIELD_CALL, 0, 0, &call_waves },
    { "bake", FIELD_CALL, 0, 0, &call_bake },
    { "max_bake", FIELD_DURATION, AT(max_bake_ms), 0, NULL },
    { "wave_bake", FIELD_DURATION, AT(wave_bake_ms), 0, NULL },
    { "max_failures", FIELD_U32, AT(max_failures), 0, NULL },
    { "deadline", FIELD_DURATION, AT(deadline_ms), 0, NULL },
    { "on_unknown", FIELD_CALL, AT(hold_on_unknown), 0, &call_on_unknown },
    FIELDS_END,
};
const struct field rollout_override_fields[] = {
    { "waves", FIELD_CALL, 0, 0, &call_waves },
    { "bake", FIELD_CALL, 0, 0, &call_bake },
    { "wave_bake", FIELD_DURATION, AT(wave_bake_ms), 0, NULL },
    { "max_failures", FIELD_U32, AT(max_failures), 0, NULL },
    { "deadline", FIELD_DURATION, AT(deadline_ms), 0, NULL },
    { "on_unknown", FIELD_CALL, AT(hold_on_unknown), 0, &call_on_unknown },
    FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct verify_settings, member)
static const struct field verify_fields[] = {
    { "timeout", FIELD_DURATION, AT(timeout_ms), 0, NULL },
    { "interval", FIELD_DURATION, AT(interval_ms), 0, NULL },
    { "bake_interval", FIELD_DURATION, AT(bake_interval_ms), 0, NULL },
    { "rounds", FIELD_U32, AT(rounds), 0, NULL },
    { "resolvers", FIELD_CALL, AT(resolvers), 0, &call_resolvers },
    FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct policy_settings, member)
static const struct field policy_fields[] = {
    { "review", FIELD_CALL, AT(review), 0, &call_review },
    { "approvals", FIELD_U32, AT(approvals), 0, NULL },
    { "clients", FIELD_CALL, AT(clients), 0, &call_clients },
    { "operators", FIELD_STRV, AT(operators), 0, NULL },
    { "emergency", FIELD_STRV, AT(emergency), 0, NULL },
    { "max_domains", FIELD_U32, AT(max_domains), 0, NULL },
    { "max_share", FIELD_CALL, AT(max_share), 0, &call_share },
    { "timezone", FIELD_STR, AT(timezone), 0, NULL },
    { "windows", FIELD_CALL, AT(windows_json), 0, &call_calendar },
    { "blackouts", FIELD_CALL, AT(blackouts_json), 0, &call_calendar },
    { "rollback_budget", FIELD_DURATION, AT(rollback_budget_ms), 0, NULL },
    { "max_hold", FIELD_DURATION, AT(max_hold_ms), 0, NULL },
    FIELDS_END,
};
#undef AT

#define AT(member) offsetof(struct git_settings, member)
static const struct field git_fields[] = {
    { "remote", FIELD_STR, AT(remote), FIELD_NULLABLE, NULL },
    { "branch", FIELD_STR, AT(branch), 0, NULL },
    { "records", FIELD_STR, AT(records), 0, NULL },
    { "freshness", FIELD_DURATION, AT(freshness_ms), 0, NULL },
    FIELDS_END,
};
#undef AT

/* Lenient reading keeps the defaults of a section that cannot be read. */
static int section_end(const struct json_file *in, int rc, void *section, const void *defaults,
                       size_t size, const struct err *got, struct err *err)
{
    if (rc == 0)
        return 0;
    if (!in->lenient) {
        if (err)
            *err = *got;
        return -1;
    }
    memcpy(section, defaults, size);
    if (in->warnings)
        strv_push(in->arena, in->warnings,
                  arena_printf(in->arena, "%s (defaults are used)", got->message));
    return 0;
}

static int read_rollout(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    struct rollout_settings *rollout = ret, defaults = *rollout;
    struct err got;
    int rc = fields_read(in, value, path, rollout_fields, rollout, &got);
    if (rc == 0 && (rollout->canary < 1 || rollout->canary > 3))
        rc = fields_error(in, path_join(in->arena, path, "canary"), &got, "wants 1, 2 or 3");
    if (rc == 0 && rollout->deadline_ms <= 0)
        rc = fields_error(in, path_join(in->arena, path, "deadline"), &got, "wants more than 0s");
    return section_end(in, rc, rollout, &defaults, sizeof defaults, &got, err);
}

static int read_verify(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    struct verify_settings *verify = ret, defaults = *verify;
    struct err got;
    int rc = fields_read(in, value, path, verify_fields, verify, &got);
    const struct {
        const char *key;
        int64_t n;
    } positive[] = {
        { "timeout", verify->timeout_ms },
        { "interval", verify->interval_ms },
        { "bake_interval", verify->bake_interval_ms },
        { "rounds", verify->rounds },
    };
    for (size_t i = 0; rc == 0 && i < sizeof positive / sizeof positive[0]; i++)
        if (positive[i].n <= 0)
            rc = fields_error(in, path_join(in->arena, path, positive[i].key), &got,
                              "wants more than zero");
    return section_end(in, rc, verify, &defaults, sizeof defaults, &got, err);
}

static int read_lint(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    struct settings *settings = ret, defaults = *settings;
    static const struct field table[] = {
        { "resolver", FIELD_CALL, offsetof(struct settings, lint_resolver), 0, &call_resolver },
        { "budget", FIELD_DURATION, offsetof(struct settings, lint_budget_ms), 0, NULL },
        FIELDS_END,
    };
    struct err got;
    int rc = fields_read(in, value, path, table, settings, &got);
    return section_end(in, rc, settings, &defaults, sizeof defaults, &got, err);
}

static bool timezone_valid(const char *name)
{
    return name[0] && name[0] != '/' && !strstr(name, "..") &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/+-") ==
               strlen(name);
}

static int read_policy(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    struct policy_settings *policy = ret, defaults = *policy;
    struct err got;
    int rc = fields_read(in, value, path, policy_fields, policy, &got);
    if (rc == 0 && policy->approvals == 0)
        rc = fields_error(in, path_join(in->arena, path, "approvals"), &got, "wants at least 1");
    if (rc == 0 && policy->max_domains == 0)
        rc = fields_error(in, path_join(in->arena, path, "max_domains"), &got,
                          "0 would refuse every ticket");
    if (rc == 0 && !timezone_valid(policy->timezone))
        rc = fields_error(in, path_join(in->arena, path, "timezone"), &got,
                          "\"%s\" is no time zone name like \"Europe/Berlin\"", policy->timezone);
    return section_end(in, rc, policy, &defaults, sizeof defaults, &got, err);
}

/* The parts of git's ref name rules that a typing error meets. */
static bool branch_valid(const char *name)
{
    return name[0] && name[0] != '-' && name[0] != '/' && name[strlen(name) - 1] != '/' &&
           !strpbrk(name, " ~^:?*[\\\t\r\n") && !strstr(name, "..");
}

static int read_git(const struct json_file *in, json_t *value, const char *path, void *ret,
                    struct err *err)
{
    struct git_settings *git = ret, defaults = *git;
    struct err got;
    int rc = fields_read(in, value, path, git_fields, git, &got);
    if (rc == 0 && (!branch_valid(git->branch) || !branch_valid(git->records)))
        rc = fields_error(in, path, &got, "\"branch\" and \"records\" want branch names");
    if (rc == 0 && strcmp(git->branch, git->records) == 0)
        rc = fields_error(in, path_join(in->arena, path, "records"), &got,
                          "is the reviewed branch itself: records need one of their own");
    if (rc == 0 && git->remote && (!git->remote[0] || git->remote[0] == '-'))
        rc = fields_error(in, path_join(in->arena, path, "remote"), &got,
                          "wants the name of a remote or null");
    if (rc == 0 && git->freshness_ms <= 0)
        rc = fields_error(in, path_join(in->arena, path, "freshness"), &got, "wants more than 0s");
    return section_end(in, rc, git, &defaults, sizeof defaults, &got, err);
}

static int hook_read(const struct json_file *in, json_t *value, const char *path,
                     struct hook_settings *ret, struct err *err)
{
    static const struct field table[] = {
        { "argv", FIELD_STRV, offsetof(struct hook_settings, argv), FIELD_REQUIRED, NULL },
        { "timeout", FIELD_DURATION, offsetof(struct hook_settings, timeout_ms), 0, NULL },
        FIELDS_END,
    };
    ret->timeout_ms = MINUTE_MS;
    if (fields_read(in, value, path, table, ret, err) != 0)
        return -1;
    if (ret->argv.n == 0 || !ret->argv.v[0][0])
        return fields_error(in, path, err, "\"argv\" names no program");
    if (ret->timeout_ms <= 0)
        return fields_error(in, path, err, "\"timeout\" wants more than 0s");
    return 0;
}

static int read_hooks(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    struct settings *settings = ret, defaults = *settings;
    if (!json_is_object(value)) {
        struct err got;
        int rc = fields_error(in, path, &got, "wants an object");
        return section_end(in, rc, settings, &defaults, sizeof defaults, &got, err);
    }
    settings->hooks = ARENA_ARRAY(in->arena, struct hook_settings, json_object_size(value));
    settings->n_hooks = 0;
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        struct hook_settings *hook = &settings->hooks[settings->n_hooks];
        struct err got;
        hook->name = arena_strdup(in->arena, key);
        int rc = hook_read(in, member, path_join(in->arena, path, key), hook, &got);
        if (section_end(in, rc, settings, &defaults, sizeof defaults, &got, err) != 0)
            return -1;
        if (rc != 0)
            return 0;
        settings->n_hooks++;
    }
    return 0;
}

static int read_notify(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    const char **text = ret, *defaults = *text;
    struct err got;
    int rc = array_text(in, value, path, text, &got);
    return section_end(in, rc, text, &defaults, sizeof defaults, &got, err);
}

/* Lenient reading leaves a broken account out: its values of the last capture
 * may still serve a rollback, and the others are untouched by it. */
static int read_providers(const struct json_file *in, json_t *value, const char *path, void *ret,
                          struct err *err)
{
    struct settings *settings = ret;
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object");
    settings->providers = ARENA_ARRAY(in->arena, struct provider_settings, json_object_size(value));
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        struct provider_settings *provider = &settings->providers[settings->n_providers];
        struct err got;
        if (provider_settings_read(in, member, path_join(in->arena, path, key), key, provider,
                                   &got) == 0) {
            settings->n_providers++;
            continue;
        }
        if (!in->lenient) {
            if (err)
                *err = got;
            return -1;
        }
        if (in->warnings)
            strv_push(in->arena, in->warnings,
                      arena_printf(in->arena, "%s (this provider is left out)", got.message));
    }
    return 0;
}

static int read_version(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    (void)ret;
    if (json_is_integer(value) && json_integer_value(value) == 1)
        return 0;
    if (in->lenient)
        return 0;
    return fields_error(in, path, err, "this program reads version 1");
}

static const struct field_call call_version = { read_version }, call_providers = { read_providers },
                               call_rollout = { read_rollout }, call_verify = { read_verify },
                               call_lint = { read_lint }, call_policy = { read_policy },
                               call_git = { read_git }, call_hooks = { read_hooks },
                               call_notify = { read_notify };

#define AT(member) offsetof(struct settings, member)
static const struct field settings_fields[] = {
    { "version", FIELD_CALL, 0, 0, &call_version },
    { "providers", FIELD_CALL, 0, 0, &call_providers },
    { "rollout", FIELD_CALL, AT(rollout), 0, &call_rollout },
    { "verify", FIELD_CALL, AT(verify), 0, &call_verify },
    { "lint", FIELD_CALL, 0, 0, &call_lint },
    { "policy", FIELD_CALL, AT(policy), 0, &call_policy },
    { "git", FIELD_CALL, AT(git), 0, &call_git },
    { "hooks", FIELD_CALL, 0, 0, &call_hooks },
    { "notify", FIELD_CALL, AT(notify_json), 0, &call_notify },
    FIELDS_END,
};
#undef AT

static struct settings settings_defaults(struct arena *arena)
{
    static const uint32_t shares[] = { 10, 50, 100 };
    struct share *waves = ARENA_ARRAY(arena, struct share, 3);
    for (size_t i = 0; i < 3; i++)
        waves[i] = (struct share){ .percent = true, .n = shares[i] };
    return (struct settings){
        .rollout = { .canary = 2,
                     .waves = waves,
                     .n_waves = 3,
                     .bake_ttl = true,
                     .max_bake_ms = HOUR_MS,
                     .deadline_ms = 10 * MINUTE_MS },
        .verify = { .timeout_ms = 3 * MINUTE_MS,
                    .interval_ms = 500,
                    .bake_interval_ms = MINUTE_MS,
                    .rounds = 2 },
        .lint_resolver = "system",
        .lint_budget_ms = 5000,
        .policy = { .review = REVIEW_NONE,
                    .approvals = 1,
                    .clients = "open",
                    .max_domains = 1000,
                    .max_share = { .percent = true, .n = 100 },
                    .timezone = "UTC",
                    .windows_json = "[]",
                    .blackouts_json = "[]",
                    .rollback_budget_ms = 5 * MINUTE_MS,
                    .max_hold_ms = 24 * HOUR_MS },
        .git = { .branch = "main", .records = "dnschange-records", .freshness_ms = 5000 },
        .notify_json = "[]",
    };
}

int settings_parse(const char *file, const char *text, bool lenient, struct arena *arena,
                   struct strv *warnings, struct settings *ret, struct err *err)
{
    struct settings settings = settings_defaults(arena);
    JSON_FILE_SCOPED in = { 0 };
    struct err got;
    int rc = json_file_parse(file, text, arena, lenient, warnings, &in, &got);
    if (rc == 0)
        rc = fields_read(&in, in.root, "", settings_fields, &settings, &got);
    if (rc == 0 && !lenient && !json_object_get(in.root, "version"))
        rc = fields_error(&in, "version", &got, "is missing");
    if (rc != 0 && !lenient) {
        if (err)
            *err = got;
        return -1;
    }
    if (rc != 0) {
        settings = settings_defaults(arena);
        if (warnings)
            strv_push(arena, warnings,
                      arena_printf(arena, "%s (nothing of this file is used)", got.message));
    }
    *ret = settings;
    return 0;
}

char *settings_example(struct arena *arena, const char *remote)
{
    char *name = remote ? arena_printf(arena, "\"%s\"", remote) : arena_strdup(arena, "null");
    return arena_printf(
        arena,
        "{\n"
        "  \"version\": 1,\n"
        "  \"providers\": {\n"
        "    \"pdns\": {\n"
        "      \"plugin\": \"powerdns\",\n"
        "      \"url\": \"http://127.0.0.1:8081/api/v1/servers/localhost\",\n"
        "      \"secret\": { \"env\": \"PDNS_API_KEY\" },\n"
        "      \"nameservers\": [\"127.0.0.1:5301\", \"127.0.0.1:5302\"],\n"
        "      \"limits\": { \"concurrent\": 8 }\n"
        "    }\n"
        "  },\n"
        "  \"rollout\": { \"canary\": 2, \"waves\": [\"10%%\", \"50%%\", \"100%%\"], "
        "\"bake\": \"ttl\", \"max_bake\": \"1h\", \"wave_bake\": \"0s\", \"max_failures\": 0, "
        "\"deadline\": \"10m\", \"on_unknown\": \"revert\" },\n"
        "  \"verify\": { \"timeout\": \"3m\", \"interval\": \"500ms\", "
        "\"bake_interval\": \"60s\", \"rounds\": 2, \"resolvers\": [] },\n"
        "  \"lint\": { \"resolver\": \"system\", \"budget\": \"5s\" },\n"
        "  \"policy\": { \"review\": \"none\", \"approvals\": 1, \"clients\": \"open\", "
        "\"operators\": [], \"emergency\": [], \"max_domains\": 1000, \"max_share\": \"100%%\", "
        "\"timezone\": \"UTC\", \"windows\": [], \"blackouts\": [], \"rollback_budget\": \"5m\", "
        "\"max_hold\": \"24h\" },\n"
        "  \"git\": { \"remote\": %s, \"branch\": \"main\", \"records\": \"dnschange-records\", "
        "\"freshness\": \"5s\" },\n"
        "  \"hooks\": {},\n"
        "  \"notify\": []\n"
        "}\n",
        name);
}

const struct provider_settings *settings_provider(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->n_providers; i++)
        if (strcmp(settings->providers[i].name, name) == 0)
            return &settings->providers[i];
    return NULL;
}
