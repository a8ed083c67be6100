/* edit_json: edits as JSON, by one table an action. */
#include "ticket/edit_json.h"

#include <string.h>

#include "ticket/edit_parts.h"

static int read_type(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    struct err why = { 0 };
    if (!json_is_string(value))
        return fields_error(in, path, err, "wants a record type");
    if (edit_type_parse(json_string_value(value), ret, &why) != 0)
        return fields_error(in, path, err, "%s", why.message);
    return 0;
}

static int read_owner(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    struct err why = { 0 };
    if (!json_is_string(value))
        return fields_error(in, path, err, "wants an owner (\"@\" is the domain itself)");
    if (edit_owner_check(json_string_value(value), &why) != 0)
        return fields_error(in, path, err, "%s", why.message);
    *(const char **)ret = arena_strdup(in->arena, json_string_value(value));
    return 0;
}

static int read_ttl(const struct json_file *in, json_t *value, const char *path, void *ret,
                    struct err *err)
{
    struct edit *edit = ret;
    struct err why = { 0 };
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return fields_error(in, path, err, "wants a number of seconds");
    if (edit_ttl_check((uint64_t)json_integer_value(value), &why) != 0)
        return fields_error(in, path, err, "%s", why.message);
    edit->has_ttl = true;
    edit->ttl_s = (uint32_t)json_integer_value(value);
    return 0;
}

static int read_action(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    struct err why = { 0 };
    const char *text = json_string_value(value);
    if (text && edit_action_parse(text, ret, &why) == 0)
        return 0;
    fields_error(in, path, err, "%s", text ? why.message : "wants the name of an edit");
    return err_hint(err, "edits: set, add, remove, ttl, spf, dmarc");
}

/* Texts of one line: what holds a line end cannot be shown, compared or pasted. */
static int read_values(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    struct strv list = { 0 };
    if (fields_strv(in, value, path, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.n; i++)
        for (const char *p = list.v[i]; *p; p++)
            if ((unsigned char)*p < 0x20 || *p == 0x7f)
                return fields_error(in, path_index(in->arena, path, i), err,
                                    "holds a control character, write it \\\\%03u",
                                    (unsigned char)*p);
    *(struct strv *)ret = list;
    return 0;
}

static int read_terms(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    struct strv list = { 0 };
    if (fields_strv(in, value, path, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.n; i++)
        if (!*list.v[i] || strpbrk(list.v[i], " \t\r\n"))
            return fields_error(in, path_index(in->arena, path, i), err, "is no SPF term");
    *(struct strv *)ret = list;
    return 0;
}

static int read_add(const struct json_file *in, json_t *value, const char *path, void *ret,
                    struct err *err)
{
    struct strv list = { 0 };
    struct err why = { 0 };
    if (read_terms(in, value, path, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.n; i++)
        if (!edit_has_variable(list.v[i]) && spf_term_check(list.v[i], &why) != 0)
            return fields_error(in, path_index(in->arena, path, i), err, "%s", why.message);
    *(struct strv *)ret = list;
    return 0;
}

static int read_all(const struct json_file *in, json_t *value, const char *path, void *ret,
                    struct err *err)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) != 1 || !strchr("-~?", *text))
        return fields_error(in, path, err, "wants \"-\", \"~\" or \"?\"");
    *(char *)ret = *text;
    return 0;
}

static int read_set_tags(const struct json_file *in, json_t *value, const char *path, void *ret,
                         struct err *err)
{
    struct dmarc_edit *dmarc = ret;
    const char *key;
    json_t *member;
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object of DMARC tags");
    dmarc->set = ARENA_ARRAY(in->arena, struct dmarc_tag, json_object_size(value));
    json_object_foreach(value, key, member)
    {
        struct err why = { 0 };
        const char *text = json_string_value(member), *at = path_join(in->arena, path, key);
        if (!text || !*text || strpbrk(text, " \t\r\n;"))
            return fields_error(in, at, err, "wants a text without blanks and ';'");
        if (!edit_has_variable(text) && dmarc_tag_check(key, text, &why) != 0)
            return fields_error(in, at, err, "%s", why.message);
        dmarc->set[dmarc->n_set++] =
            (struct dmarc_tag){ arena_strdup(in->arena, key), arena_strdup(in->arena, text) };
    }
    return 0;
}

static int read_unset_tags(const struct json_file *in, json_t *value, const char *path, void *ret,
                           struct err *err)
{
    struct strv list = { 0 };
    if (fields_strv(in, value, path, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.n; i++)
        if (!*list.v[i] || strpbrk(list.v[i], " \t\r\n;=") || strcmp(list.v[i], "v") == 0 ||
            strcmp(list.v[i], "p") == 0)
            return fields_error(in, path_index(in->arena, path, i), err,
                                "\"%s\" is no DMARC tag that can be removed", list.v[i]);
    *(struct strv *)ret = list;
    return 0;
}

static const struct field_call call_action = { read_action }, call_owner = { read_owner },
                               call_type = { read_type }, call_ttl = { read_ttl },
                               call_values = { read_values }, call_terms = { read_terms },
                               call_add = { read_add }, call_all = { read_all },
                               call_set_tags = { read_set_tags },
                               call_unset_tags = { read_unset_tags };

#define AT(member) offsetof(struct edit, member)
#define ACTION                                                                                     \
    {                                                                                              \
        "action", FIELD_CALL, AT(action), FIELD_REQUIRED, &call_action                             \
    }
#define OWNER                                                                                      \
    {                                                                                              \
        "owner", FIELD_CALL, AT(owner), FIELD_REQUIRED, &call_owner                                \
    }
#define TYPE                                                                                       \
    {                                                                                              \
        "type", FIELD_CALL, AT(type), FIELD_REQUIRED, &call_type                                   \
    }

static const struct field action_fields[] = { ACTION, FIELDS_END };
static const struct field set_fields[] = {
    ACTION,
    OWNER,
    TYPE,
    { "ttl", FIELD_CALL, 0, FIELD_NULLABLE, &call_ttl },
    { "values", FIELD_CALL, AT(values), FIELD_REQUIRED, &call_values },
    FIELDS_END,
};
static const struct field remove_fields[] = {
    ACTION, OWNER, TYPE, { "values", FIELD_CALL, AT(values), 0, &call_values }, FIELDS_END,
};
static const struct field ttl_fields[] = {
    ACTION, OWNER, TYPE, { "ttl", FIELD_CALL, 0, FIELD_REQUIRED, &call_ttl }, FIELDS_END,
};
static const struct field spf_fields[] = {
    ACTION,
    { "owner", FIELD_CALL, AT(owner), 0, &call_owner },
    { "add", FIELD_CALL, AT(spf.add), 0, &call_add },
    { "remove", FIELD_CALL, AT(spf.remove), 0, &call_terms },
    { "all", FIELD_CALL, AT(spf.all), FIELD_NULLABLE, &call_all },
    FIELDS_END,
};
static const struct field dmarc_fields[] = {
    ACTION,
    { "owner", FIELD_CALL, AT(owner), 0, &call_owner },
    { "set", FIELD_CALL, AT(dmarc), 0, &call_set_tags },
    { "unset", FIELD_CALL, AT(dmarc.unset), 0, &call_unset_tags },
    FIELDS_END,
};
static const struct field *const tables[] = {
    [EDIT_SET] = set_fields, [EDIT_ADD] = set_fields, [EDIT_REMOVE] = remove_fields,
    [EDIT_TTL] = ttl_fields, [EDIT_SPF] = spf_fields, [EDIT_DMARC] = dmarc_fields,
};

/* What the tables cannot say. */
static int edit_shape(const struct json_file *in, json_t *value, const char *path,
                      const struct edit *edit, struct err *err)
{
    const char *list = path_join(in->arena, path, "values");
    if ((edit->action == EDIT_SET || edit->action == EDIT_ADD) && edit->values.n == 0) {
        fields_error(in, list, err, "is empty");
        return err_hint(err, "to delete a set say \"action\": \"remove\"");
    }
    if (edit->action == EDIT_REMOVE && edit->values.n == 0 && json_object_get(value, "values")) {
        fields_error(in, list, err, "is empty");
        return err_hint(err, "leave \"values\" out to delete the whole set");
    }
    if (edit->action == EDIT_SPF && !edit->spf.all && !edit->spf.add.n && !edit->spf.remove.n)
        return fields_error(in, path, err, "wants \"add\", \"remove\" or \"all\"");
    if (edit->action == EDIT_DMARC && !edit->dmarc.n_set && !edit->dmarc.unset.n)
        return fields_error(in, path, err, "wants \"set\" or \"unset\"");
    return 0;
}

static int edit_read(const struct json_file *in, json_t *value, const char *path, struct edit *ret,
                     struct err *err)
{
    struct edit edit = { 0 };
    struct json_file quiet = *in; /* the action first, whatever else is there */
    quiet.lenient = true;
    quiet.warnings = NULL;
    if (fields_read(&quiet, value, path, action_fields, &edit, err) != 0)
        return -1;
    if (edit.action == EDIT_SPF || edit.action == EDIT_DMARC) {
        edit.owner = edit.action == EDIT_SPF ? "@" : "_dmarc";
        edit.type = TYPE_TXT;
    }
    if (fields_read(in, value, path, tables[edit.action], &edit, err) != 0 ||
        edit_shape(in, value, path, &edit, err) != 0)
        return -1;
    *ret = edit;
    return 0;
}

int edits_read(const struct json_file *in, json_t *value, const char *path, struct edits *ret,
               struct err *err)
{
    if (!json_is_array(value) || json_array_size(value) == 0)
        return fields_error(in, path, err, "wants a list of edits");
    struct edits edits = { 0 };
    for (size_t i = 0; i < json_array_size(value); i++)
        if (edit_read(in, json_array_get(value, i), path_index(in->arena, path, i),
                      vec_push(in->arena, &edits), err) != 0)
            return -1;
    *ret = edits;
    return 0;
}

/* --- writing -------------------------------------------------------------- */

void json_put_strv(struct buf *out, const struct strv *list)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        buf_adds(out, i ? ", " : "");
        buf_json_string(out, list->v[i]);
    }
    buf_addc(out, ']');
}

static void put_record(struct buf *out, const struct edit *edit)
{
    buf_addf(out, ", \"type\": \"%s\"", rtype_text(edit->type));
    if (edit->has_ttl)
        buf_addf(out, ", \"ttl\": %u", edit->ttl_s);
    if (edit->values.n) {
        buf_adds(out, ", \"values\": ");
        json_put_strv(out, &edit->values);
    }
}

static void put_spf(struct buf *out, const struct spf_edit *spf)
{
    buf_adds(out, ", \"add\": ");
    json_put_strv(out, &spf->add);
    buf_adds(out, ", \"remove\": ");
    json_put_strv(out, &spf->remove);
    if (spf->all)
        buf_addf(out, ", \"all\": \"%c\"", spf->all);
}

static void put_dmarc(struct buf *out, const struct dmarc_edit *dmarc)
{
    buf_adds(out, ", \"set\": {");
    for (size_t i = 0; i < dmarc->n_set; i++) {
        buf_adds(out, i ? ", " : "");
        buf_json_string(out, dmarc->set[i].name);
        buf_adds(out, ": ");
        buf_json_string(out, dmarc->set[i].value);
    }
    buf_adds(out, "}, \"unset\": ");
    json_put_strv(out, &dmarc->unset);
}

void edit_write(struct buf *out, const struct edit *edit)
{
    buf_addf(out, "{\"action\": \"%s\", \"owner\": ", edit_action_text(edit->action));
    buf_json_string(out, edit->owner);
    if (edit->action == EDIT_SPF)
        put_spf(out, &edit->spf);
    else if (edit->action == EDIT_DMARC)
        put_dmarc(out, &edit->dmarc);
    else
        put_record(out, edit);
    buf_addc(out, '}');
}
