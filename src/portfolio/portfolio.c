/* portfolio: reads the client files into one sorted list of domains.  It does
 * not know zones at the provider, templates' contents or live values. */
#include "portfolio/portfolio.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "dns/name.h"
#include "portfolio/near.h"

/* Keys that a file gives for all its domains and a domain may override. */
struct common {
    const char *provider, *template, *zone;
    struct strv providers, tags;
    struct vars vars;
};

struct reader { /* one portfolio on its way in */
    const struct settings *settings;
    struct portfolio *portfolio;
    struct map *seen; /* canonical name to the struct domain's file */
    VEC(struct domain) list;
    struct strv *warnings;
    bool lenient;
};

struct file_fields {
    const char *client;
    struct strv approvers;
    struct common common;
    json_t *domains; /* borrowed */
};

struct domain_fields {
    struct common common;
    bool canary;
    struct exception *exceptions;
    size_t n_exceptions;
};

static int read_vars(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    return vars_read(in, value, path, ret, err);
}

static int read_zone(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    const char *text = json_string_value(value);
    struct err why = { 0 };
    if (!text)
        return fields_error(in, path, err, "wants a zone name");
    if (name_parse(text, in->arena, ret, &why) != 0)
        return fields_error(in, path, err, "%s", why.message);
    return 0;
}

static bool word_valid(const char *text)
{
    return text[0] && strlen(text) <= 128 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+@/") ==
               strlen(text);
}

static int read_tags(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    struct strv tags = { 0 };
    if (fields_strv(in, value, path, &tags, err) != 0)
        return -1;
    for (size_t i = 0; i < tags.n; i++)
        if (!word_valid(tags.v[i]))
            return fields_error(in, path_index(in->arena, path, i), err,
                                "\"%s\" is no tag (letters, digits and ._-+@/)", tags.v[i]);
    *(struct strv *)ret = tags;
    return 0;
}

static int read_object(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object of domains");
    *(json_t **)ret = value;
    return 0;
}

static bool date_valid(const char *text)
{
    int64_t s;
    char full[32];
    if (strlen(text) != 10 || strspn(text, "0123456789-") != 10)
        return time_parse(text, &s, NULL) == 0;
    memcpy(full, text, 10);
    memcpy(full + 10, "T00:00:00Z", 11);
    return time_parse(full, &s, NULL) == 0;
}

static int read_exceptions(const struct json_file *in, json_t *value, const char *path, void *ret,
                           struct err *err)
{
    static const struct field table[] = {
        { "rule", FIELD_STR, offsetof(struct exception, rule), FIELD_REQUIRED, NULL },
        { "reason", FIELD_STR, offsetof(struct exception, reason), FIELD_REQUIRED, NULL },
        { "owner", FIELD_STR, offsetof(struct exception, owner), FIELD_REQUIRED, NULL },
        { "expires", FIELD_STR, offsetof(struct exception, expires), FIELD_REQUIRED, NULL },
        FIELDS_END,
    };
    struct domain_fields *domain = ret;
    if (!json_is_array(value))
        return fields_error(in, path, err, "wants a list");
    size_t n = json_array_size(value);
    struct exception *list = ARENA_ARRAY(in->arena, struct exception, n);
    for (size_t i = 0; i < n; i++) {
        const char *at = path_index(in->arena, path, i);
        if (fields_read(in, json_array_get(value, i), at, table, &list[i], err) != 0)
            return -1;
        if (!date_valid(list[i].expires))
            return fields_error(in, path_join(in->arena, at, "expires"), err,
                                "\"%s\" is no date like \"2027-01-31\"", list[i].expires);
    }
    domain->exceptions = list;
    domain->n_exceptions = n;
    return 0;
}

static const struct field_call call_vars = { read_vars }, call_zone = { read_zone },
                               call_tags = { read_tags }, call_object = { read_object },
                               call_exceptions = { read_exceptions };

#define COMMON(member)                                                                             \
    { "provider", FIELD_STR, offsetof(member, common.provider), 0, NULL },                         \
        { "providers", FIELD_STRV, offsetof(member, common.providers), 0, NULL },                  \
        { "template", FIELD_STR, offsetof(member, common.template), FIELD_NULLABLE, NULL },        \
        { "zone", FIELD_CALL, offsetof(member, common.zone), FIELD_NULLABLE, &call_zone },         \
        { "tags", FIELD_CALL, offsetof(member, common.tags), 0, &call_tags },                      \
    {                                                                                              \
        "vars", FIELD_CALL, offsetof(member, common.vars), 0, &call_vars                           \
    }

static const struct field file_table[] = {
    { "client", FIELD_STR, offsetof(struct file_fields, client), FIELD_REQUIRED, NULL },
    { "approvers", FIELD_STRV, offsetof(struct file_fields, approvers), 0, NULL },
    COMMON(struct file_fields),
    { "domains", FIELD_CALL, offsetof(struct file_fields, domains), FIELD_REQUIRED, &call_object },
    FIELDS_END,
};

static const struct field domain_table[] = {
    COMMON(struct domain_fields),
    { "canary", FIELD_BOOL, offsetof(struct domain_fields, canary), 0, NULL },
    { "exceptions", FIELD_CALL, 0, 0, &call_exceptions },
    FIELDS_END,
};

/* "provider" or "providers", each account known and named once. */
static int providers_check(struct reader *reader, const struct json_file *in, const char *path,
                           struct common *common, struct err *err)
{
    if (common->provider && common->providers.n)
        return fields_error(in, path, err, "has both \"provider\" and \"providers\"");
    if (common->provider)
        strv_push(in->arena, &common->providers, common->provider);
    for (size_t i = 0; i < common->providers.n; i++) {
        const char *name = common->providers.v[i];
        for (size_t j = 0; j < i; j++)
            if (strcmp(common->providers.v[j], name) == 0)
                return fields_error(in, path, err, "names provider \"%s\" twice", name);
        if (settings_provider(reader->settings, name))
            continue;
        if (!reader->lenient) {
            struct strv known = { 0 };
            for (size_t k = 0; k < reader->settings->n_providers; k++)
                strv_push(in->arena, &known, reader->settings->providers[k].name);
            fields_error(in, path, err, "provider \"%s\" is not in the settings", name);
            const char *near = near_hint(name, &known, in->arena);
            return err_hint(err, "%s", *near ? near : "add it to \"providers\" of dnschange.json");
        }
        if (reader->warnings)
            strv_push(in->arena, reader->warnings,
                      arena_printf(in->arena, "%s: provider \"%s\" is not in the settings",
                                   in->file, name));
    }
    return 0;
}

static struct strv tags_merge(struct arena *arena, const struct strv *file,
                              const struct strv *domain)
{
    struct strv tags = { 0 };
    const struct strv *const parts[] = { file, domain };
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < parts[p]->n; i++)
            if (!strv_has(&tags, parts[p]->v[i]))
                strv_push(arena, &tags, parts[p]->v[i]);
    return tags;
}

static struct vars vars_merge(struct arena *arena, const struct vars *file,
                              const struct vars *domain)
{
    struct vars vars = { 0 };
    for (size_t i = 0; i < file->n; i++)
        vars_set(arena, &vars, file->v[i].name, file->v[i].value);
    for (size_t i = 0; i < domain->n; i++)
        vars_set(arena, &vars, domain->v[i].name, domain->v[i].value);
    return vars;
}

static struct domain domain_make(struct arena *arena, const char *name, const struct client *client,
                                 const struct common *file, const struct domain_fields *own)
{
    const struct common *c = &own->common;
    return (struct domain){
        .name = name,
        .client = client,
        .zone = c->zone ? c->zone : file->zone,
        .template = c->template ? c->template : file->template,
        .providers = c->providers.n ? c->providers : file->providers,
        .tags = c->tags.n ? tags_merge(arena, &file->tags, &c->tags) : file->tags,
        .vars = c->vars.n ? vars_merge(arena, &file->vars, &c->vars) : file->vars,
        .canary = own->canary,
        .exceptions = own->exceptions,
        .n_exceptions = own->n_exceptions,
    };
}

static int domain_check(const struct json_file *in, const char *path, const struct domain *domain,
                        struct err *err)
{
    if (domain->providers.n == 0) {
        fields_error(in, path, err, "has no provider");
        return err_hint(err, "give the file or the domain a \"provider\"");
    }
    if (domain->zone && !name_within(domain->name, domain->zone))
        return fields_error(in, path, err, "is not inside its zone \"%s\"", domain->zone);
    return 0;
}

static int domain_read(struct reader *reader, const struct json_file *in, const char *key,
                       json_t *value, const struct client *client, const struct common *file,
                       struct err *err)
{
    const char *path = path_join(in->arena, "domains", key), *name;
    struct err why = { 0 };
    struct domain_fields own = { 0 };
    if (name_parse(key, in->arena, &name, &why) != 0 || strcmp(name, ".") == 0)
        return fields_error(in, path, err, "is no domain name: %s",
                            why.code ? why.message : "the root");
    if (fields_read(in, value, path, domain_table, &own, err) != 0 ||
        providers_check(reader, in, path, &own.common, err) != 0)
        return -1;
    const char *other = map_get(reader->seen, name);
    if (other && !reader->lenient) {
        fields_error(in, path, err, "%s is in %s already", name,
                     strcmp(other, in->file) == 0 ? "this file" : other);
        return err_hint(err, "a domain belongs to one client and has one entry");
    }
    if (other) {
        if (reader->warnings)
            strv_push(in->arena, reader->warnings,
                      arena_printf(in->arena, "%s: %s is in %s already, this entry is ignored",
                                   in->file, name, other));
        return 0;
    }
    struct domain domain = domain_make(in->arena, name, client, file, &own);
    if (domain_check(in, path, &domain, err) != 0)
        return -1;
    map_put(reader->seen, name, arena_strdup(in->arena, in->file));
    *(struct domain *)vec_push(in->arena, &reader->list) = domain;
    return 0;
}

/* "domains/acme.json" holds client "acme": one file a client, named after it. */
static int client_check(const struct json_file *in, const char *client, struct err *err)
{
    if (!word_valid(client) || strpbrk(client, "/@+") || client[0] == '.' || client[0] == '-')
        return fields_error(in, "client", err, "\"%s\" is no client name (letters, digits, . _ -)",
                            client);
    const char *base = strrchr(in->file, '/');
    base = base ? base + 1 : in->file;
    size_t n = strlen(base), stem = n > 5 && strcmp(base + n - 5, ".json") == 0 ? n - 5 : n;
    if (stem != strlen(client) || strncmp(base, client, stem) != 0) {
        fields_error(in, "client", err, "is \"%s\" in a file named %s", client, base);
        return err_hint(err, "one file a client: call it domains/%s.json", client);
    }
    return 0;
}

static int file_read_domains(struct reader *reader, const struct json_file *in,
                             struct client *client, struct err *err)
{
    struct file_fields fields = { 0 };
    if (fields_read(in, in->root, "", file_table, &fields, err) != 0 ||
        client_check(in, fields.client, err) != 0 ||
        providers_check(reader, in, "", &fields.common, err) != 0)
        return -1;
    *client = (struct client){ .name = fields.client,
                               .file = arena_strdup(in->arena, in->file),
                               .approvers = fields.approvers };
    const char *key;
    json_t *value;
    json_object_foreach(fields.domains, key, value)
    {
        if (domain_read(reader, in, key, value, client, &fields.common, err) != 0)
            return -1;
    }
    return 0;
}

static int file_parse(struct reader *reader, const struct portfolio_file *file, struct arena *arena,
                      struct client *client, struct err *err)
{
    JSON_FILE_SCOPED in = { 0 };
    if (json_file_parse(file->file, file->text, arena, reader->lenient, reader->warnings, &in,
                        err) != 0)
        return -1;
    return file_read_domains(reader, &in, client, err);
}

static int domain_compare(const void *a, const void *b)
{
    return strcmp(((const struct domain *)a)->name, ((const struct domain *)b)->name);
}

int portfolio_parse(const struct portfolio_file *files, size_t n, const struct settings *settings,
                    bool lenient, struct arena *arena, struct strv *warnings, struct portfolio *ret,
                    struct err *err)
{
    struct portfolio portfolio = { .clients = ARENA_ARRAY(arena, struct client, n) };
    struct reader reader = { .settings = settings,
                             .portfolio = &portfolio,
                             .seen = map_new(arena),
                             .warnings = warnings,
                             .lenient = lenient };
    for (size_t i = 0; i < n; i++) {
        size_t before = reader.list.n;
        struct err got = { 0 };
        struct client *client = &portfolio.clients[portfolio.n_clients];
        if (file_parse(&reader, &files[i], arena, client, &got) == 0) {
            portfolio.n_clients++;
            continue;
        }
        if (!lenient) {
            if (err)
                *err = got;
            return -1;
        }
        /* What was read of it before the error stays when its client is known. */
        if (reader.list.n > before)
            portfolio.n_clients++;
        if (warnings)
            strv_push(arena, warnings,
                      arena_printf(arena, "%s (the rest of this file is left out)", got.message));
    }
    portfolio.domains = reader.list.v;
    portfolio.n = reader.list.n;
    if (portfolio.n)
        qsort(portfolio.domains, portfolio.n, sizeof *portfolio.domains, domain_compare);
    *ret = portfolio;
    return 0;
}

static const struct domain *find_canonical(const struct portfolio *portfolio, const char *name)
{
    struct domain key = { .name = name };
    return portfolio->n ? bsearch(&key, portfolio->domains, portfolio->n,
                                  sizeof *portfolio->domains, domain_compare)
                        : NULL;
}

const struct domain *portfolio_find(const struct portfolio *portfolio, const char *name)
{
    const struct domain *found = find_canonical(portfolio, name);
    if (found)
        return found;
    ARENA_SCOPED arena = arena_new("name look-up", 1u << 20);
    const char *canonical;
    if (strlen(name) > 4096 || name_parse(name, arena, &canonical, NULL) != 0)
        return NULL;
    return find_canonical(portfolio, canonical);
}

bool domain_has_tag(const struct domain *domain, const char *tag)
{
    return strv_has(&domain->tags, tag);
}
