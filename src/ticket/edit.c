/* edit: words, variables and joins.  Reading text and JSON is edit_parse's and
 * edit_json's, the result on a set edit_compute's. */
#include "ticket/edit.h"

#include <ctype.h>
#include <string.h>

#include "dns/name.h"
#include "ticket/edit_parts.h"

#define TTL_MAX    2147483647u
#define TEXT_LIMIT (256u << 10)

static const char *const action_texts[] = {
#define X(id, text) [id] = text,
    EDIT_ACTIONS(X)
#undef X
};

const char *edit_action_text(enum edit_action action)
{
    return action_texts[action];
}

int edit_action_parse(const char *text, enum edit_action *ret, struct err *err)
{
    for (size_t i = 0; i < sizeof action_texts / sizeof action_texts[0]; i++)
        if (strcmp(action_texts[i], text) == 0) {
            *ret = (enum edit_action)i;
            return 0;
        }
    err_set(err, ERR_INVALID, "\"%s\" is no edit", text);
    return err_hint(err, "edits: set, add, remove, ttl, spf, dmarc");
}

int edit_type_parse(const char *text, uint16_t *ret, struct err *err)
{
    uint16_t type;
    if (rtype_parse(text, &type, err) != 0)
        return -1;
    if (type == TYPE_SOA || type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_NSEC3 ||
        type == TYPE_NSEC3PARAM)
        return err_set(err, ERR_INVALID, "%s records are the provider's own and cannot be edited",
                       rtype_text(type));
    *ret = type;
    return 0;
}

int edit_ttl_check(uint64_t ttl_s, struct err *err)
{
    if (ttl_s > TTL_MAX)
        return err_set(err, ERR_INVALID, "a TTL goes from 0 to %u seconds (RFC 2181 8)", TTL_MAX);
    return 0;
}

bool edit_type_is_text(uint16_t type)
{
    return type == TYPE_TXT || type == TYPE_SPF;
}

int edit_owner_check(const char *owner, struct err *err)
{
    size_t n = strlen(owner);
    if (n == 0)
        return err_set(err, ERR_INVALID, "the owner is empty (\"@\" is the domain itself)");
    if (strpbrk(owner, " \t\r\n"))
        return err_set(err, ERR_INVALID, "\"%s\" is no owner: blanks in it", owner);
    if (edit_has_variable(owner) || owner[n - 1] == '.')
        return 0;
    ARENA_SCOPED arena = arena_new("owner", 1u << 20);
    const char *name;
    return name_owner(owner, "example", arena, &name, err);
}

/* --- variables ------------------------------------------------------------ */

/* Length of "{name}" at `at`, or 0. */
static size_t variable_length(const char *at)
{
    if (at[0] != '{' || !(isalpha((unsigned char)at[1]) || at[1] == '_'))
        return 0;
    size_t n = 2;
    while (isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] == '-')
        n++;
    return at[n] == '}' ? n + 1 : 0;
}

/* What is copied as it is at `at`: an SPF macro up to its end, else one character. */
static size_t literal_length(const char *at)
{
    if (at[0] == '%' && at[1] == '{') {
        size_t n = strcspn(at, "}");
        return n + (at[n] == '}');
    }
    return at[0] == '%' && at[1] == '%' ? 2 : 1;
}

bool edit_has_variable(const char *text)
{
    while (*text && !variable_length(text))
        text += literal_length(text);
    return *text != '\0';
}

static const char *dashed(const char *domain, struct arena *arena)
{
    char *text = arena_strdup(arena, domain);
    for (char *p = text; *p; p++)
        if (*p == '.')
            *p = '-';
    return text;
}

static const char *variable_value(const char *name, const struct edit_place *place,
                                  struct arena *arena)
{
    const char *value = NULL;
    if (strcmp(name, "domain") == 0)
        return place->domain->name;
    if (strcmp(name, "domain_dashed") == 0)
        return dashed(place->domain->name, arena);
    if (strcmp(name, "zone") == 0)
        return place->zone;
    if (place->ticket_vars)
        value = vars_get(place->ticket_vars, name);
    return value ? value : vars_get(&place->domain->vars, name);
}

int edit_expand(const char *text, const struct edit_place *place, struct arena *arena,
                const char **ret, struct err *err)
{
    if (!edit_has_variable(text)) {
        *ret = text;
        return 0;
    }
    BUF_SCOPED out = BUF(TEXT_LIMIT);
    while (*text) {
        size_t n = variable_length(text);
        if (n == 0) {
            n = literal_length(text);
            buf_add(&out, text, n);
        } else {
            const char *name = arena_strndup(arena, text + 1, n - 2);
            const char *value = variable_value(name, place, arena);
            if (!value) {
                err_set(err, ERR_INVALID, "variable {%s} is not defined for %s", name,
                        place->domain->name);
                return err_hint(err, "give it in --values, the ticket's \"vars\" or the domain's");
            }
            buf_adds(&out, value);
        }
        text += n;
    }
    if (buf_full(&out))
        return err_set(err, ERR_INVALID, "a value for %s is over %u KiB", place->domain->name,
                       TEXT_LIMIT >> 10);
    *ret = buf_take(&out, arena);
    return 0;
}

static int expand_list(const struct strv *list, const struct edit_place *place, struct arena *arena,
                       struct strv *ret, struct err *err)
{
    struct strv out = { 0 };
    for (size_t i = 0; i < list->n; i++) {
        const char *text;
        if (edit_expand(list->v[i], place, arena, &text, err) != 0)
            return -1;
        strv_push(arena, &out, text);
    }
    *ret = out;
    return 0;
}

int edit_expand_spf(const struct edit *edit, const struct edit_place *place, struct arena *arena,
                    struct spf_edit *ret, struct err *err)
{
    struct spf_edit out = { .all = edit->spf.all };
    if (expand_list(&edit->spf.add, place, arena, &out.add, err) != 0 ||
        expand_list(&edit->spf.remove, place, arena, &out.remove, err) != 0)
        return -1;
    *ret = out;
    return 0;
}

int edit_expand_dmarc(const struct edit *edit, const struct edit_place *place, struct arena *arena,
                      struct dmarc_edit *ret, struct err *err)
{
    struct dmarc_edit out = { .n_set = edit->dmarc.n_set, .unset = edit->dmarc.unset };
    out.set = ARENA_ARRAY(arena, struct dmarc_tag, out.n_set);
    for (size_t i = 0; i < out.n_set; i++) {
        out.set[i].name = edit->dmarc.set[i].name;
        if (edit_expand(edit->dmarc.set[i].value, place, arena, &out.set[i].value, err) != 0)
            return -1;
    }
    *ret = out;
    return 0;
}

int edit_rdata(const struct edit *edit, const struct edit_place *place, size_t i,
               struct arena *arena, struct rdata *ret, struct err *err)
{
    const char *text;
    if (edit_expand(edit->values.v[i], place, arena, &text, err) != 0)
        return -1;
    return rdata_parse(edit->type, text, place->domain->name, RDATA_TICKET, arena, ret, err);
}

int edit_owner(const struct edit *edit, const struct edit_place *place, struct arena *arena,
               const char **ret_owner, struct err *err)
{
    const char *text;
    if (edit_expand(edit->owner, place, arena, &text, err) != 0)
        return -1;
    return name_owner(text, place->domain->name, arena, ret_owner, err);
}

/* --- joining -------------------------------------------------------------- */

static bool same_place(const struct edit *a, const struct edit *b)
{
    return a->action == b->action && a->type == b->type && strcmp(a->owner, b->owner) == 0;
}

static void list_join(struct arena *arena, struct strv *into, const struct strv *more)
{
    for (size_t i = 0; i < more->n; i++)
        if (!strv_has(into, more->v[i]))
            strv_push(arena, into, more->v[i]);
}

static int join_values(struct arena *arena, struct edit *into, const struct edit *more,
                       struct err *err)
{
    if (into->has_ttl && more->has_ttl && into->ttl_s != more->ttl_s)
        return err_set(err, ERR_INVALID, "%s %s has two TTLs, %u and %u: a set has one",
                       more->owner, rtype_text(more->type), into->ttl_s, more->ttl_s);
    if (more->has_ttl) {
        into->has_ttl = true;
        into->ttl_s = more->ttl_s;
    }
    list_join(arena, &into->values, &more->values);
    return 0;
}

static int join_spf(struct arena *arena, struct edit *into, const struct edit *more,
                    struct err *err)
{
    if (into->spf.all && more->spf.all && into->spf.all != more->spf.all)
        return err_set(err, ERR_INVALID, "spf %s gets two qualifiers of \"all\"", more->owner);
    if (more->spf.all)
        into->spf.all = more->spf.all;
    list_join(arena, &into->spf.add, &more->spf.add);
    list_join(arena, &into->spf.remove, &more->spf.remove);
    return 0;
}

static int join_dmarc(struct arena *arena, struct edit *into, const struct edit *more,
                      struct err *err)
{
    struct dmarc_edit *a = &into->dmarc;
    const struct dmarc_edit *b = &more->dmarc;
    struct dmarc_tag *set = ARENA_ARRAY(arena, struct dmarc_tag, a->n_set + b->n_set);
    memcpy(set, a->set, a->n_set * sizeof *set);
    size_t n = a->n_set;
    for (size_t i = 0; i < b->n_set; i++) {
        size_t k = 0;
        while (k < n && strcmp(set[k].name, b->set[i].name) != 0)
            k++;
        if (k < n && strcmp(set[k].value, b->set[i].value) != 0)
            return err_set(err, ERR_INVALID, "DMARC tag %s gets two values", b->set[i].name);
        set[k] = b->set[i];
        n += k == n;
    }
    a->set = set;
    a->n_set = n;
    list_join(arena, &a->unset, &b->unset);
    for (size_t i = 0; i < n; i++)
        if (strv_has(&a->unset, set[i].name))
            return err_set(err, ERR_INVALID, "DMARC tag %s is to be set and removed", set[i].name);
    return 0;
}

int edits_join(struct arena *arena, struct edits *edits, const struct edit *edit, struct err *err)
{
    for (size_t i = 0; i < edits->n; i++) {
        struct edit *into = &edits->v[i];
        if (!same_place(into, edit))
            continue;
        switch (edit->action) {
        case EDIT_SET:
        case EDIT_ADD:
            return join_values(arena, into, edit, err);
        case EDIT_REMOVE:
            if (into->values.n && edit->values.n)
                return join_values(arena, into, edit, err);
            break; /* one of them takes all: ticket_check() refuses two of a kind */
        case EDIT_TTL:
            break;
        case EDIT_SPF:
            return join_spf(arena, into, edit, err);
        case EDIT_DMARC:
            return join_dmarc(arena, into, edit, err);
        }
    }
    *(struct edit *)vec_push(arena, edits) = *edit;
    return 0;
}
