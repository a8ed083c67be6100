/* recorded: the review copy of what was live when a ticket was proposed, inside
 * the ticket or in the file beside it, and as RRsets. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "dns/name.h"
#include "ticket/edit_json.h"
#include "ticket/edit_parts.h"
#include "ticket/ticket_parts.h"

int rollback_compare(const void *a, const void *b)
{
    return strcmp(((const struct rollback_domain *)a)->domain,
                  ((const struct rollback_domain *)b)->domain);
}

const char *rollback_path(const char *id, struct arena *arena)
{
    return arena_printf(arena, "tickets/%s.rollback.jsonl", id);
}

/* --- reading -------------------------------------------------------------- */

struct set_fields { /* a set with what tells presence apart */
    struct rollback_set set;
    bool has_ttl;
    size_t n_strings;
};

static int read_type(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    struct err why = { 0 };
    if (!json_is_string(value))
        return fields_error(in, path, err, "wants a record type");
    if (rtype_parse(json_string_value(value), ret, &why) != 0)
        return fields_error(in, path, err, "%s", why.message);
    return 0;
}

static int read_ttl(const struct json_file *in, json_t *value, const char *path, void *ret,
                    struct err *err)
{
    struct set_fields *fields = ret;
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0 || edit_ttl_check((uint64_t)n, NULL) != 0)
        return fields_error(in, path, err, "wants a number of seconds");
    fields->set.ttl_s = (uint32_t)n;
    fields->has_ttl = true;
    return 0;
}

static int read_strings(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    struct set_fields *fields = ret;
    if (!json_is_array(value))
        return fields_error(in, path, err, "wants a list of lists, one a value");
    fields->n_strings = json_array_size(value);
    fields->set.strings = ARENA_ARRAY(in->arena, struct strv, fields->n_strings);
    for (size_t i = 0; i < fields->n_strings; i++)
        if (fields_strv(in, json_array_get(value, i), path_index(in->arena, path, i),
                        &fields->set.strings[i], err) != 0)
            return -1;
        else if (fields->set.strings[i].n == 0)
            return fields_error(in, path_index(in->arena, path, i), err, "holds no string");
    return 0;
}

static const struct field_call call_type = { read_type }, call_ttl = { read_ttl },
                               call_strings = { read_strings };

#define AT(member) offsetof(struct set_fields, set.member)
static const struct field set_table[] = {
    { "owner", FIELD_STR, AT(owner), FIELD_REQUIRED, NULL },
    { "type", FIELD_CALL, AT(type), FIELD_REQUIRED, &call_type },
    { "absent", FIELD_BOOL, AT(absent), 0, NULL },
    { "ttl", FIELD_CALL, 0, 0, &call_ttl },
    { "values", FIELD_STRV, AT(values), 0, NULL },
    { "strings", FIELD_CALL, 0, 0, &call_strings },
    FIELDS_END,
};
#undef AT

static int set_read(const struct json_file *in, json_t *value, const char *path,
                    struct rollback_set *ret, struct err *err)
{
    struct set_fields fields = { 0 };
    if (fields_read(in, value, path, set_table, &fields, err) != 0)
        return -1;
    const struct rollback_set *set = &fields.set;
    if (!*set->owner || strpbrk(set->owner, " \t\r\n"))
        return fields_error(in, path_join(in->arena, path, "owner"), err, "\"%s\" is no owner",
                            set->owner);
    if (set->absent ? fields.has_ttl || set->values.n || set->strings
                    : !fields.has_ttl || !set->values.n)
        return fields_error(in, path, err,
                            "wants either \"absent\": true or \"ttl\" and \"values\"");
    if (set->strings && (fields.n_strings != set->values.n || !edit_type_is_text(set->type)))
        return fields_error(in, path_join(in->arena, path, "strings"), err,
                            "wants one list for each value of a TXT set");
    *ret = *set;
    return 0;
}

int rollback_sets_read(const struct json_file *in, json_t *value, const char *path,
                       struct rollback_domain *ret, struct err *err)
{
    if (!json_is_array(value))
        return fields_error(in, path, err, "wants a list of sets");
    size_t n = json_array_size(value);
    ret->sets = ARENA_ARRAY(in->arena, struct rollback_set, n);
    ret->n = ret->cap = n;
    for (size_t i = 0; i < n; i++)
        if (set_read(in, json_array_get(value, i), path_index(in->arena, path, i), &ret->sets[i],
                     err) != 0)
            return -1;
    return 0;
}

static int read_sets(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    return rollback_sets_read(in, value, path, ret, err);
}

static int line_read(const char *file, int number, const char *line, struct arena *arena,
                     struct rollback_domain *ret, struct err *err)
{
    static const struct field_call call_sets = { read_sets };
    static const struct field table[] = {
        { "domain", FIELD_STR, offsetof(struct rollback_domain, domain), FIELD_REQUIRED, NULL },
        { "sets", FIELD_CALL, 0, FIELD_REQUIRED, &call_sets },
        FIELDS_END,
    };
    JSON_FILE_SCOPED in = { 0 };
    struct rollback_domain domain = { 0 };
    if (json_file_parse(file, line, arena, false, NULL, &in, err) != 0 ||
        fields_read(&in, in.root, "", table, &domain, err) != 0 ||
        name_parse(domain.domain, arena, &domain.domain, err) != 0)
        return err_wrap(err, "line %d", number);
    *ret = domain;
    return 0;
}

int ticket_read_rollback(struct ticket *ticket, const char *file, const char *text,
                         struct arena *arena, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(text, strlen(text), hex);
    if (ticket->rollback_sha256 && strcmp(hex, ticket->rollback_sha256) != 0) {
        err_set(err, ERR_INVALID, "%s is not the file that the ticket names: its digest is %s",
                file, hex);
        return err_hint(err, "\"dnschange refresh %s\" reads the live values again", ticket->id);
    }
    VEC(struct rollback_domain) domains = { 0 };
    for (int number = 1; *text; number++) {
        size_t n = strcspn(text, "\n");
        const char *line = arena_strndup(arena, text, n);
        text += n + (text[n] == '\n');
        if (line_read(file, number, line, arena, vec_push(arena, &domains), err) != 0)
            return -1;
    }
    if (domains.n)
        qsort(domains.v, domains.n, sizeof *domains.v, rollback_compare);
    for (size_t i = 1; i < domains.n; i++)
        if (rollback_compare(&domains.v[i - 1], &domains.v[i]) == 0)
            return err_set(err, ERR_INVALID, "%s: %s stands twice", file, domains.v[i].domain);
    ticket->rollback = domains.v;
    ticket->n_rollback = domains.n;
    return 0;
}

/* --- writing -------------------------------------------------------------- */

void rollback_set_write(struct buf *out, const struct rollback_set *set)
{
    buf_adds(out, "{\"owner\": ");
    buf_json_string(out, set->owner);
    buf_addf(out, ", \"type\": \"%s\"", rtype_text(set->type));
    if (set->absent) {
        buf_adds(out, ", \"absent\": true}");
        return;
    }
    buf_addf(out, ", \"ttl\": %u, \"values\": ", set->ttl_s);
    json_put_strv(out, &set->values);
    if (set->strings) {
        buf_adds(out, ", \"strings\": [");
        for (size_t i = 0; i < set->values.n; i++) {
            buf_adds(out, i ? ", " : "");
            json_put_strv(out, &set->strings[i]);
        }
        buf_addc(out, ']');
    }
    buf_addc(out, '}');
}

/* --- as RRsets -------------------------------------------------------------- */

void rollback_set_of(const struct rrset *set, const char *owner, uint16_t type, const char *domain,
                     struct arena *arena, struct rollback_set *ret)
{
    struct rollback_set copy = { .owner = name_relative(owner, domain, arena),
                                 .type = type,
                                 .absent = !set || set->n == 0 };
    bool split = false;
    for (size_t i = 0; !copy.absent && i < set->n; i++) {
        strv_push(arena, &copy.values, rdata_text(type, set->rr[i], arena));
        split = split || (edit_type_is_text(type) && !txt_default_split(set->rr[i]));
    }
    copy.ttl_s = copy.absent ? 0 : set->ttl;
    if (split) {
        copy.strings = ARENA_ARRAY(arena, struct strv, set->n);
        for (size_t i = 0; i < set->n; i++)
            txt_strings(set->rr[i], arena, &copy.strings[i]);
    }
    *ret = copy;
}

static int recorded_rdata(const struct rollback_set *set, size_t i, const char *domain,
                          struct arena *arena, struct rdata *ret, struct err *err)
{
    struct rdata rdata, joined;
    if (rdata_parse(set->type, set->values.v[i], domain, RDATA_TICKET, arena, &joined, err) != 0)
        return -1;
    rdata = joined;
    if (set->strings) {
        if (txt_from_strings(&set->strings[i], arena, &rdata, err) != 0)
            return -1;
        if (!rdata_equal(set->type, rdata, joined))
            return err_set(err, ERR_INVALID, "\"strings\" do not join to the value \"%.60s\"",
                           set->values.v[i]);
    }
    *ret = rdata;
    return 0;
}

static int set_make(const struct rollback_set *set, const char *domain, const char *owner,
                    struct arena *arena, struct rrset **ret, struct err *err)
{
    if (set->absent) {
        *ret = NULL;
        return 0;
    }
    struct rrset *rrset = rrset_new(arena, owner, set->type, set->ttl_s);
    for (size_t i = 0; i < set->values.n; i++) {
        struct rdata rdata;
        if (recorded_rdata(set, i, domain, arena, &rdata, err) != 0)
            return err_wrap(err, "rollback of %s, %s %s", domain, set->owner,
                            rtype_text(set->type));
        rrset_add(arena, rrset, rdata);
    }
    *ret = rrset;
    return 0;
}

int ticket_recorded(const struct ticket *ticket, const struct domain *domain, const char *owner,
                    uint16_t type, struct arena *arena, struct rrset **ret, struct err *err)
{
    struct rollback_domain key = { .domain = domain->name };
    const struct rollback_domain *found = ticket->n_rollback
                                              ? bsearch(&key, ticket->rollback, ticket->n_rollback,
                                                        sizeof *ticket->rollback, rollback_compare)
                                              : NULL;
    for (size_t i = 0; found && i < found->n; i++) {
        const struct rollback_set *set = &found->sets[i];
        const char *name;
        if (set->type != type)
            continue;
        if (name_owner(set->owner, domain->name, arena, &name, err) != 0)
            return err_wrap(err, "rollback of %s", domain->name);
        if (strcmp(name, owner) == 0)
            return set_make(set, domain->name, owner, arena, ret, err);
    }
    return err_set(err, ERR_NOT_FOUND, "the ticket records no value of %s %s", owner,
                   rtype_text(type));
}
