/* lkg_parse: reading lkg.json.  In the layout that lkg.c writes, one domain is
 * taken at a time, so that memory does not grow with a document tree; any other
 * layout of the same JSON is read as a whole.  Unknown keys are let pass: a
 * rollback must work with the records of a later version. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "rollout/lkg.h"

#define DOMAINS_MARK  "\"domains\":[\n"
#define SCRATCH_LIMIT (512u << 20)

struct server_list {
    struct server *v;
    size_t n;
};

struct lkg_reader {
    const char *file;
    struct arena *arena; /* what is kept */
    struct lkg *lkg;
    VEC(struct server_list) servers;
};

/* Strings of the table readers live in scratch memory; these are kept. */
static const char *keep(const struct lkg_reader *reader, const char *text)
{
    return text ? arena_strdup(reader->arena, text) : NULL;
}

/* --- one set ----------------------------------------------------------------- */

struct raw_rrset {
    uint32_t ttl_s;
    struct strv wire;
    const char *extra, *token, *unmanaged;
    bool present;
};

struct raw_synthesised {
    const char *owner, *type;
    struct raw_rrset set;
};

struct raw_set {
    const char *owner, *type, *cls, *detail;
    struct raw_rrset before, after;
    struct raw_synthesised synthesised;
};

static int raw_rrset_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                          struct err *err)
{
    static const struct field table[] = {
        { "ttl", FIELD_U32, offsetof(struct raw_rrset, ttl_s), FIELD_REQUIRED, NULL },
        { "wire", FIELD_STRV, offsetof(struct raw_rrset, wire), FIELD_REQUIRED, NULL },
        { "extra", FIELD_STR, offsetof(struct raw_rrset, extra), 0, NULL },
        { "token", FIELD_STR, offsetof(struct raw_rrset, token), 0, NULL },
        { "unmanaged", FIELD_STR, offsetof(struct raw_rrset, unmanaged), 0, NULL },
        FIELDS_END
    };
    struct raw_rrset *set = ret;
    *set = (struct raw_rrset){ 0 };
    if (json_is_null(value))
        return 0;
    set->present = true;
    return fields_read(in, value, path, table, set, err);
}
static const struct field_call raw_rrset_call = { raw_rrset_read };

static const struct field synthesised_table[] = {
    { "owner", FIELD_STR, offsetof(struct raw_synthesised, owner), FIELD_REQUIRED, NULL },
    { "type", FIELD_STR, offsetof(struct raw_synthesised, type), FIELD_REQUIRED, NULL },
    { "set", FIELD_CALL, offsetof(struct raw_synthesised, set), FIELD_REQUIRED, &raw_rrset_call },
    FIELDS_END
};

static const struct field set_table[] = {
    { "owner", FIELD_STR, offsetof(struct raw_set, owner), FIELD_REQUIRED, NULL },
    { "type", FIELD_STR, offsetof(struct raw_set, type), FIELD_REQUIRED, NULL },
    { "class", FIELD_STR, offsetof(struct raw_set, cls), FIELD_REQUIRED, NULL },
    { "before", FIELD_CALL, offsetof(struct raw_set, before), FIELD_REQUIRED, &raw_rrset_call },
    { "after", FIELD_CALL, offsetof(struct raw_set, after), FIELD_REQUIRED, &raw_rrset_call },
    { "synthesised", FIELD_OBJECT, offsetof(struct raw_set, synthesised), 0, synthesised_table },
    { "detail", FIELD_STR, offsetof(struct raw_set, detail), 0, NULL },
    FIELDS_END
};

/* A name as this program writes them: anything else was not written by it. */
static int name_take(const struct lkg_reader *reader, const struct json_file *in, const char *path,
                     const char *text, const char **ret, struct err *err)
{
    const char *name;
    struct err why;
    if (name_parse(text, in->arena, &name, &why) || strcmp(name, text) != 0)
        return fields_error(in, path, err, "\"%s\" is not a name in canonical form", text);
    *ret = keep(reader, name);
    return 0;
}

static int rrset_take(const struct lkg_reader *reader, const struct json_file *in, const char *path,
                      const struct raw_rrset *raw, const char *owner, uint16_t type,
                      const struct rrset **ret, struct err *err)
{
    *ret = NULL;
    if (!raw->present)
        return 0;
    struct rrset *set = rrset_new(reader->arena, owner, type, raw->ttl_s);
    for (size_t i = 0; i < raw->wire.n; i++) {
        struct rdata rdata;
        struct err why;
        if (rdata_from_hex(raw->wire.v[i], reader->arena, &rdata, &why))
            return fields_error(in, path, err, "wire: %s", why.message);
        rrset_add(reader->arena, set, rdata);
    }
    set->extra = keep(reader, raw->extra);
    set->token = keep(reader, raw->token);
    set->unmanaged = keep(reader, raw->unmanaged);
    *ret = set;
    return 0;
}

static int synthesised_take(const struct lkg_reader *reader, const struct json_file *in,
                            const char *path, const struct raw_synthesised *raw,
                            const struct rrset **ret, struct err *err)
{
    const char *owner = NULL;
    uint16_t type;
    if (!raw->owner)
        return 0;
    struct err why;
    if (rtype_parse(raw->type, &type, &why))
        return fields_error(in, path, err, "%s", why.message);
    if (name_take(reader, in, path, raw->owner, &owner, err))
        return -1;
    return rrset_take(reader, in, path, &raw->set, owner, type, ret, err);
}

static int class_parse(const char *text, enum set_class *ret)
{
    for (int i = 0; i < SET_CLASS_COUNT; i++) {
        if (strcmp(set_class_text((enum set_class)i), text) == 0) {
            *ret = (enum set_class)i;
            return 0;
        }
    }
    return -1;
}

static int set_take(const struct lkg_reader *reader, const struct json_file *in, json_t *value,
                    const char *path, const char *zone, struct target_set *ret, struct err *err)
{
    struct raw_set raw = { 0 };
    struct err why;
    if (fields_read(in, value, path, set_table, &raw, err) ||
        name_take(reader, in, path, raw.owner, &ret->owner, err))
        return -1;
    if (!name_within(ret->owner, zone))
        return fields_error(in, path, err, "%s is not in the zone %s", ret->owner, zone);
    if (rtype_parse(raw.type, &ret->type, &why))
        return fields_error(in, path, err, "%s", why.message);
    if (class_parse(raw.cls, &ret->cls))
        return fields_error(in, path, err, "unknown class \"%s\"", raw.cls);
    ret->detail = keep(reader, raw.detail);
    if (rrset_take(reader, in, path, &raw.before, ret->owner, ret->type, &ret->before, err) ||
        rrset_take(reader, in, path, &raw.after, ret->owner, ret->type, &ret->after, err))
        return -1;
    return synthesised_take(reader, in, path, &raw.synthesised, &ret->synthesised, err);
}

/* --- one domain -------------------------------------------------------------- */

struct raw_target {
    const char *domain, *client, *account, *zone, *cookie;
    uint32_t servers, negative_ttl_s, step;
    bool canary;
};

static const struct field target_table[] = {
    { "domain", FIELD_STR, offsetof(struct raw_target, domain), FIELD_REQUIRED, NULL },
    { "client", FIELD_STR, offsetof(struct raw_target, client), 0, NULL },
    { "account", FIELD_STR, offsetof(struct raw_target, account), FIELD_REQUIRED, NULL },
    { "zone", FIELD_STR, offsetof(struct raw_target, zone), FIELD_REQUIRED, NULL },
    { "cookie", FIELD_STR, offsetof(struct raw_target, cookie), 0, NULL },
    { "servers", FIELD_U32, offsetof(struct raw_target, servers), FIELD_REQUIRED, NULL },
    { "negative_ttl", FIELD_U32, offsetof(struct raw_target, negative_ttl_s), 0, NULL },
    { "canary", FIELD_BOOL, offsetof(struct raw_target, canary), 0, NULL },
    { "step", FIELD_U32, offsetof(struct raw_target, step), 0, NULL },
    FIELDS_END
};

static int sets_take(const struct lkg_reader *reader, const struct json_file *in, json_t *value,
                     const char *path, struct target *target, struct err *err)
{
    json_t *sets = json_object_get(value, "sets");
    const char *place = path_join(in->arena, path, "sets");
    if (!json_is_array(sets))
        return fields_error(in, path, err, "the key \"sets\" must be an array");
    target->sets = ARENA_ARRAY(reader->arena, struct target_set, json_array_size(sets) + 1);
    for (size_t i = 0; i < json_array_size(sets); i++) {
        if (set_take(reader, in, json_array_get(sets, i), path_index(in->arena, place, i),
                     target->zone, &target->sets[target->n], err))
            return -1;
        target->n++;
    }
    return 0;
}

static int target_take(struct lkg_reader *reader, const struct json_file *in, json_t *value,
                       const char *path, struct err *err)
{
    struct raw_target raw = { 0 };
    struct target target = { .state = DOMAIN_CAPTURED };
    if (fields_read(in, value, path, target_table, &raw, err) ||
        name_take(reader, in, path, raw.domain, &target.domain, err) ||
        name_take(reader, in, path, raw.zone, &target.zone, err))
        return -1;
    if (raw.servers >= reader->servers.n)
        return fields_error(in, path, err, "there is no list %u of servers", raw.servers);
    target.client = keep(reader, raw.client);
    target.account = keep(reader, raw.account);
    target.cookie = keep(reader, raw.cookie);
    target.servers = reader->servers.v[raw.servers].v;
    target.n_servers = reader->servers.v[raw.servers].n;
    target.negative_ttl_s = raw.negative_ttl_s;
    target.canary = raw.canary;
    target.step = raw.step;
    if (sets_take(reader, in, value, path, &target, err))
        return -1;
    *vec_push(reader->arena, &reader->lkg->targets) = target;
    return 0;
}

/* --- head -------------------------------------------------------------------- */

struct raw_server {
    const char *address, *name;
};

static int server_take(const struct lkg_reader *reader, const struct json_file *in, json_t *value,
                       const char *path, struct server *ret, struct err *err)
{
    static const struct field table[] = {
        { "address", FIELD_STR, offsetof(struct raw_server, address), FIELD_REQUIRED, NULL },
        { "name", FIELD_STR, offsetof(struct raw_server, name), 0, NULL },
        FIELDS_END
    };
    struct raw_server raw = { 0 };
    if (fields_read(in, value, path, table, &raw, err))
        return -1;
    size_t n = strlen(raw.address);
    if (n == 0 || n >= sizeof ret->text)
        return fields_error(in, path, err, "\"%s\" is not an address with port", raw.address);
    memcpy(ret->text, raw.address, n + 1);
    ret->name = keep(reader, raw.name);
    return 0;
}

static int servers_take(struct lkg_reader *reader, const struct json_file *in, json_t *lists,
                        struct err *err)
{
    if (!json_is_array(lists))
        return fields_error(in, "", err, "the key \"servers\" must be an array");
    for (size_t i = 0; i < json_array_size(lists); i++) {
        json_t *list = json_array_get(lists, i);
        const char *path = path_index(in->arena, "servers", i);
        if (!json_is_array(list))
            return fields_error(in, path, err, "must be an array");
        struct server_list *servers = vec_push(reader->arena, &reader->servers);
        servers->n = json_array_size(list);
        servers->v = ARENA_ARRAY(reader->arena, struct server, servers->n + 1);
        for (size_t k = 0; k < servers->n; k++)
            if (server_take(reader, in, json_array_get(list, k), path_index(in->arena, path, k),
                            &servers->v[k], err))
                return -1;
    }
    return 0;
}

static int providers_take(struct lkg_reader *reader, const struct json_file *in, json_t *object,
                          struct err *err)
{
    if (!json_is_object(object))
        return fields_error(in, "", err, "the key \"providers\" must be an object");
    struct lkg *lkg = reader->lkg;
    lkg->providers = ARENA_ARRAY(reader->arena, struct lkg_provider, json_object_size(object) + 1);
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        char *text = json_dumps(value, JSON_COMPACT);
        if (!text)
            return fields_error(in, path_join(in->arena, "providers", name), err,
                                "must be an object");
        lkg->providers[lkg->n_providers++] =
            (struct lkg_provider){ arena_strdup(reader->arena, name),
                                   arena_strdup(reader->arena, text) };
        free(text);
    }
    return 0;
}

static int head_take(struct lkg_reader *reader, const struct json_file *in, struct err *err)
{
    static const struct field table[] = {
        { "ticket", FIELD_STR, offsetof(struct lkg, ticket), FIELD_REQUIRED, NULL },
        { "attempt", FIELD_U32, offsetof(struct lkg, attempt), FIELD_REQUIRED, NULL },
        { "captured", FIELD_TIME, offsetof(struct lkg, captured_s), FIELD_REQUIRED, NULL },
        { "digest", FIELD_STR, offsetof(struct lkg, digest), 0, NULL },
        { "blob", FIELD_STR, offsetof(struct lkg, blob), 0, NULL },
        { "actor", FIELD_STR, offsetof(struct lkg, actor), 0, NULL },
        { "reason", FIELD_STR, offsetof(struct lkg, reason), 0, NULL },
        { "risk", FIELD_STR, offsetof(struct lkg, risk), 0, NULL },
        FIELDS_END
    };
    struct lkg *lkg = reader->lkg;
    json_int_t version = json_integer_value(json_object_get(in->root, "version"));
    if (version != 1)
        return fields_error(in, "version", err, "only version 1 is known here");
    if (fields_read(in, in->root, "", table, lkg, err))
        return -1;
    lkg->ticket = keep(reader, lkg->ticket);
    lkg->digest = keep(reader, lkg->digest);
    lkg->blob = keep(reader, lkg->blob);
    lkg->actor = keep(reader, lkg->actor);
    lkg->reason = keep(reader, lkg->reason);
    lkg->risk = keep(reader, lkg->risk);
    if (servers_take(reader, in, json_object_get(in->root, "servers"), err))
        return -1;
    return providers_take(reader, in, json_object_get(in->root, "providers"), err);
}

/* A target is large, and a list that grows leaves its smaller selves behind. */
static void targets_reserve(struct lkg_reader *reader, size_t n)
{
    reader->lkg->targets.v = ARENA_ARRAY(reader->arena, struct target, n + 1);
    reader->lkg->targets.cap = n + 1;
}

/* --- layouts ----------------------------------------------------------------- */

static int whole_take(struct lkg_reader *reader, const char *text, struct err *err)
{
    ARENA_SCOPED scratch = arena_new("reading LKG", SCRATCH_LIMIT);
    JSON_FILE_SCOPED in = { 0 };
    if (json_file_parse(reader->file, text, scratch, true, NULL, &in, err) ||
        head_take(reader, &in, err))
        return -1;
    json_t *domains = json_object_get(in.root, "domains");
    if (!json_is_array(domains))
        return fields_error(&in, "", err, "the key \"domains\" must be an array");
    targets_reserve(reader, json_array_size(domains));
    for (size_t i = 0; i < json_array_size(domains); i++)
        if (target_take(reader, &in, json_array_get(domains, i), path_index(scratch, "domains", i),
                        err))
            return -1;
    return 0;
}

static int line_take(struct lkg_reader *reader, const char *line, size_t n, int number,
                     struct err *err)
{
    ARENA_SCOPED scratch = arena_new("reading LKG of a domain", SCRATCH_LIMIT);
    const char *text = arena_strndup(scratch, line, n);
    const char *file = arena_printf(scratch, "%s, from line %d on", reader->file, number);
    JSON_FILE_SCOPED in = { 0 };
    if (json_file_parse(file, text, scratch, true, NULL, &in, err))
        return -1;
    return target_take(reader, &in, in.root, "", err);
}

static int lines_before(const char *text, const char *at)
{
    int n = 0;
    for (; text < at; text++)
        n += *text == '\n';
    return n;
}

static int file_end_error(const struct lkg_reader *reader, int number, struct err *err)
{
    return err_set(err, ERR_INVALID, "%s:%d: the file does not end as it should", reader->file,
                   number);
}

/* `rest` begins behind the mark of the domains: one a line, then "]}". */
static int lines_take(struct lkg_reader *reader, const char *rest, int number, struct err *err)
{
    targets_reserve(reader, (size_t)lines_before(rest, rest + strlen(rest)));
    while (*rest && *rest != ']') {
        const char *end = strchr(rest, '\n');
        size_t n = end ? (size_t)(end - rest) : strlen(rest);
        bool more = n > 0 && rest[n - 1] == ',';
        if (line_take(reader, rest, n - more, number++, err))
            return -1;
        rest += n + (end != NULL);
        if (more == (*rest == ']'))
            return file_end_error(reader, number, err);
    }
    return strcmp(rest, "]}\n") == 0 ? 0 : file_end_error(reader, number, err);
}

static int head_text_take(struct lkg_reader *reader, const char *text, size_t n, struct err *err)
{
    ARENA_SCOPED scratch = arena_new("reading the head of LKG", SCRATCH_LIMIT);
    const char *head = arena_printf(scratch, "%.*s]}", (int)n, text);
    JSON_FILE_SCOPED in = { 0 };
    if (json_file_parse(reader->file, head, scratch, true, NULL, &in, err))
        return -1;
    return head_take(reader, &in, err);
}

int lkg_parse(const char *file, const char *text, struct arena *arena, struct lkg *ret,
              struct err *err)
{
    struct lkg lkg = { 0 };
    struct lkg_reader reader = { .file = file, .arena = arena, .lkg = &lkg };
    const char *mark = strstr(text, "\n" DOMAINS_MARK);
    const char *rest = mark ? mark + 1 + strlen(DOMAINS_MARK) : NULL;
    bool by_line = rest && (*rest == '{' || *rest == ']') && rest - text < INT32_MAX;
    int status;
    if (by_line)
        status = head_text_take(&reader, text, (size_t)(rest - text), err) ||
                         lines_take(&reader, rest, lines_before(text, rest) + 1, err)
                     ? -1
                     : 0;
    else
        status = whole_take(&reader, text, err);
    if (status)
        return -1;
    if (lkg.attempt == 0)
        return err_set(err, ERR_INVALID, "%s: attempt 0 is none", file);
    *ret = lkg;
    return 0;
}
