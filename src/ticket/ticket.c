/* ticket: tickets/<id>.json into a struct.  Rules between the fields and with the
 * rest of the repository are check's, writing is ticket_format's. */
#include "ticket/ticket.h"

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "ticket/edit_json.h"
#include "ticket/ticket_parts.h"

static const char *const risk_texts[] = { "low", "med", "high" };

const char *risk_text(enum risk risk)
{
    return risk_texts[risk];
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int domain_vars_compare(const void *a, const void *b)
{
    return strcmp(((const struct domain_vars *)a)->domain, ((const struct domain_vars *)b)->domain);
}

static bool word_in(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

bool allow_known(const char *word)
{
    static const char *const words[] = { "empty-rrset", "root-ns", "over-limit", "swap" };
    return word_in(word, words, sizeof words / sizeof words[0]);
}

bool verification_known(const char *name)
{
    static const char *const words[] = { "dns", "mail-records", "smtp-inbound", "smtp-outbound",
                                         "alignment" };
    return word_in(name, words, sizeof words / sizeof words[0]) ||
           (strncmp(name, "hook:", 5) == 0 && name[5]);
}

static int words_read(const struct json_file *in, json_t *value, const char *path,
                      bool (*known)(const char *word), const char *hint, struct strv *ret,
                      struct err *err)
{
    struct strv list = { 0 };
    if (fields_strv(in, value, path, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < list.n; i++)
        if (!known(list.v[i])) {
            fields_error(in, path_index(in->arena, path, i), err, "\"%s\" is no word for this",
                         list.v[i]);
            return err_hint(err, "%s", hint);
        }
    *ret = list;
    return 0;
}

static int read_allow(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    return words_read(in, value, path, allow_known, ALLOW_WORDS, ret, err);
}

static int read_verification(const struct json_file *in, json_t *value, const char *path, void *ret,
                             struct err *err)
{
    return words_read(in, value, path, verification_known, VERIFY_WORDS, ret, err);
}

static int read_version(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    (void)ret;
    if (json_is_integer(value) && json_integer_value(value) == 1)
        return 0;
    return fields_error(in, path, err, "this program reads version 1");
}

static int read_id(const struct json_file *in, json_t *value, const char *path, void *ret,
                   struct err *err)
{
    const char *id = json_string_value(value);
    if (!id || !id_valid(id))
        return fields_error(in, path, err, "wants an id like \"DNS-2026-11-23-001\"");
    *(const char **)ret = arena_strdup(in->arena, id);
    return 0;
}

/* A name of a domain, canonical. */
static int name_read(const struct json_file *in, const char *text, const char *path,
                     const char **ret, struct err *err)
{
    struct err why = { 0 };
    if (name_parse(text, in->arena, ret, &why) != 0)
        return fields_error(in, path, err, "%s", why.message);
    return 0;
}

static int names_read(const struct json_file *in, json_t *value, const char *path, struct strv *ret,
                      struct err *err)
{
    struct strv names = { 0 };
    if (fields_strv(in, value, path, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.n; i++)
        if (name_read(in, names.v[i], path_index(in->arena, path, i), &names.v[i], err) != 0)
            return -1;
    *ret = names;
    return 0;
}

static int read_domains(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    struct strv names = { 0 };
    if (names_read(in, value, path, &names, err) != 0)
        return -1;
    if (names.n)
        qsort(names.v, names.n, sizeof *names.v, text_compare);
    for (size_t i = 1; i < names.n; i++)
        if (strcmp(names.v[i - 1], names.v[i]) == 0)
            return fields_error(in, path, err, "%s stands twice", names.v[i]);
    *(struct strv *)ret = names;
    return 0;
}

static int read_change(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    return edits_read(in, value, path, ret, err);
}

static int read_vars(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    struct ticket *ticket = ret;
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object of domains");
    struct domain_vars *vars = ARENA_ARRAY(in->arena, struct domain_vars, json_object_size(value));
    size_t n = 0;
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        const char *at = path_join(in->arena, path, key);
        if (name_read(in, key, at, &vars[n].domain, err) != 0 ||
            vars_read(in, member, at, &vars[n].vars, err) != 0)
            return -1;
        n++;
    }
    if (n)
        qsort(vars, n, sizeof *vars, domain_vars_compare);
    for (size_t i = 1; i < n; i++)
        if (strcmp(vars[i - 1].domain, vars[i].domain) == 0)
            return fields_error(in, path, err, "%s stands twice", vars[i].domain);
    ticket->vars = vars;
    ticket->n_vars = n;
    return 0;
}

static int read_risk(const struct json_file *in, json_t *value, const char *path, void *ret,
                     struct err *err)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < sizeof risk_texts / sizeof risk_texts[0]; i++)
        if (strcmp(text, risk_texts[i]) == 0) {
            *(enum risk *)ret = (enum risk)i;
            return 0;
        }
    return fields_error(in, path, err, "wants low, med or high");
}

static int read_rollback_file(const struct json_file *in, json_t *value, const char *path,
                              struct ticket *ticket, struct err *err)
{
    static const struct field table[] = {
        { "file", FIELD_STR, offsetof(struct ticket, rollback_file), FIELD_REQUIRED, NULL },
        { "sha256", FIELD_STR, offsetof(struct ticket, rollback_sha256), FIELD_REQUIRED, NULL },
        FIELDS_END,
    };
    if (fields_read(in, value, path, table, ticket, err) != 0)
        return -1;
    if (strlen(ticket->rollback_sha256) != 64 ||
        strspn(ticket->rollback_sha256, "0123456789abcdef") != 64)
        return fields_error(in, path_join(in->arena, path, "sha256"), err,
                            "wants 64 lower-case hex digits");
    return 0;
}

static int read_rollback(const struct json_file *in, json_t *value, const char *path, void *ret,
                         struct err *err)
{
    struct ticket *ticket = ret;
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object of domains");
    if (json_is_string(json_object_get(value, "file")))
        return read_rollback_file(in, value, path, ticket, err);
    size_t n = json_object_size(value), i = 0;
    struct rollback_domain *domains = ARENA_ARRAY(in->arena, struct rollback_domain, n);
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        const char *at = path_join(in->arena, path, key);
        if (name_read(in, key, at, &domains[i].domain, err) != 0 ||
            rollback_sets_read(in, member, at, &domains[i], err) != 0)
            return -1;
        i++;
    }
    if (n)
        qsort(domains, n, sizeof *domains, rollback_compare);
    for (i = 1; i < n; i++)
        if (strcmp(domains[i - 1].domain, domains[i].domain) == 0)
            return fields_error(in, path, err, "%s stands twice", domains[i].domain);
    ticket->rollback = domains;
    ticket->n_rollback = n;
    return 0;
}

static int read_window(const struct json_file *in, json_t *value, const char *path, void *ret,
                       struct err *err)
{
    static const struct field table[] = {
        { "from", FIELD_TIME, offsetof(struct change_window, from_s), FIELD_REQUIRED, NULL },
        { "to", FIELD_TIME, offsetof(struct change_window, to_s), FIELD_REQUIRED, NULL },
        FIELDS_END,
    };
    struct ticket *ticket = ret;
    if (fields_read(in, value, path, table, &ticket->window, err) != 0)
        return -1;
    if (ticket->window.from_s >= ticket->window.to_s)
        return fields_error(in, path, err, "ends before it begins");
    ticket->has_window = true;
    return 0;
}

/* The ticket's own canaries, and the rest as overrides: read once for its errors,
 * kept as text for ticket_rollout(). */
static int read_rollout(const struct json_file *in, json_t *value, const char *path, void *ret,
                        struct err *err)
{
    struct ticket *ticket = ret;
    struct rollout_settings scratch = { 0 };
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object");
    json_t *canary = json_object_get(value, "canary"), *rest = json_copy(value);
    if (!rest)
        return fields_error(in, path, err, "cannot be copied");
    json_object_del(rest, "canary");
    int rc = fields_read(in, rest, path, rollout_override_fields, &scratch, err);
    if (rc == 0 && json_object_size(rest)) {
        char *text = json_dumps(rest, JSON_COMPACT);
        ticket->rollout_json = arena_strdup(in->arena, text ? text : "{}");
        free(text);
    }
    json_decref(rest);
    if (rc != 0 || !canary)
        return rc;
    return names_read(in, canary, path_join(in->arena, path, "canary"), &ticket->canary, err);
}

static int read_after(const struct json_file *in, json_t *value, const char *path, void *ret,
                      struct err *err)
{
    static const struct field_call call_id = { read_id };
    static const struct field table[] = {
        { "ticket", FIELD_CALL, offsetof(struct ticket, after_ticket), FIELD_REQUIRED, &call_id },
        { "wait", FIELD_DURATION, offsetof(struct ticket, after_wait_ms), 0, NULL },
        FIELDS_END,
    };
    return fields_read(in, value, path, table, ret, err);
}

static const struct field_call call_version = { read_version }, call_id = { read_id },
                               call_domains = { read_domains }, call_change = { read_change },
                               call_vars = { read_vars }, call_risk = { read_risk },
                               call_rollback = { read_rollback }, call_window = { read_window },
                               call_rollout = { read_rollout }, call_after = { read_after },
                               call_allow = { read_allow },
                               call_verification = { read_verification };

#define AT(member) offsetof(struct ticket, member)
static const struct field scope_fields[] = {
    { "select", FIELD_STRV, AT(select), 0, NULL },
    { "domains", FIELD_CALL, AT(domains), 0, &call_domains },
    FIELDS_END,
};
static const struct field ticket_fields[] = {
    { "version", FIELD_CALL, 0, FIELD_REQUIRED, &call_version },
    { "id", FIELD_CALL, AT(id), 0, &call_id },
    { "requested_by", FIELD_STR, AT(requested_by), 0, NULL },
    { "scope", FIELD_OBJECT, 0, FIELD_REQUIRED, scope_fields },
    { "change", FIELD_CALL, AT(change), FIELD_REQUIRED, &call_change },
    { "vars", FIELD_CALL, 0, 0, &call_vars },
    { "reason", FIELD_STR, AT(reason), 0, NULL },
    { "risk", FIELD_CALL, AT(risk), 0, &call_risk },
    { "rollback", FIELD_CALL, 0, 0, &call_rollback },
    { "verification", FIELD_CALL, AT(verification), 0, &call_verification },
    { "window", FIELD_CALL, 0, FIELD_NULLABLE, &call_window },
    { "rollout", FIELD_CALL, 0, FIELD_NULLABLE, &call_rollout },
    { "allow", FIELD_CALL, AT(allow), 0, &call_allow },
    { "cross_client", FIELD_BOOL, AT(cross_client), 0, NULL },
    { "after", FIELD_CALL, 0, FIELD_NULLABLE, &call_after },
    { "group", FIELD_STR, AT(group), FIELD_NULLABLE, NULL },
    FIELDS_END,
};
#undef AT

/* "tickets/DNS-2026-11-23-001.json" to its id; NULL: the file is called otherwise. */
static const char *id_of_file(const char *file, struct arena *arena)
{
    const char *base = strrchr(file, '/');
    base = base ? base + 1 : file;
    size_t n = strlen(base);
    if (n <= 5 || strcmp(base + n - 5, ".json") != 0)
        return NULL;
    const char *id = arena_strndup(arena, base, n - 5);
    return id_valid(id) ? id : NULL;
}

static int named_file_check(const struct json_file *in, const struct ticket *ticket,
                            struct err *err)
{
    const char *id = id_of_file(in->file, in->arena);
    if (!id)
        return 0;
    if (!ticket->id || strcmp(ticket->id, id) != 0)
        return fields_error(in, "id", err, "is %s in a file named %s.json",
                            ticket->id ? ticket->id : "missing", id);
    const struct {
        const char *key;
        bool there;
    } wanted[] = {
        { "requested_by", ticket->requested_by && *ticket->requested_by },
        { "reason", ticket->reason && *ticket->reason },
        { "rollback", ticket->rollback || ticket->rollback_file },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!wanted[i].there)
            return fields_error(in, "", err, "the key \"%s\" is missing or empty", wanted[i].key);
    if (ticket->domains.n == 0)
        return fields_error(in, "scope", err, "holds no domains");
    return 0;
}

int ticket_parse(const char *file, const char *text, bool lenient, struct arena *arena,
                 struct strv *warnings, struct ticket *ret, struct err *err)
{
    JSON_FILE_SCOPED in = { 0 };
    struct ticket ticket = { 0 };
    if (json_file_parse(file, text, arena, lenient, warnings, &in, err) != 0 ||
        fields_read(&in, in.root, "", ticket_fields, &ticket, err) != 0 ||
        named_file_check(&in, &ticket, err) != 0)
        return -1;
    if (ticket.id && ticket.rollback_file &&
        strcmp(ticket.rollback_file, rollback_path(ticket.id, arena)) != 0)
        return fields_error(&in, "rollback", err, "names \"%s\", the file of this ticket is %s",
                            ticket.rollback_file, rollback_path(ticket.id, arena));
    *ret = ticket;
    return 0;
}

const struct vars *ticket_vars(const struct ticket *ticket, const char *domain)
{
    struct domain_vars key = { .domain = domain };
    const struct domain_vars *found =
        ticket->n_vars
            ? bsearch(&key, ticket->vars, ticket->n_vars, sizeof *ticket->vars, domain_vars_compare)
            : NULL;
    return found ? &found->vars : NULL;
}

int ticket_rollout(const struct ticket *ticket, const struct rollout_settings *base,
                   struct arena *arena, struct rollout_settings *ret, struct err *err)
{
    struct rollout_settings rollout = *base;
    if (ticket->rollout_json) {
        JSON_FILE_SCOPED in = { 0 };
        if (json_file_parse("rollout", ticket->rollout_json, arena, false, NULL, &in, err) != 0 ||
            fields_read(&in, in.root, "", rollout_override_fields, &rollout, err) != 0)
            return err_wrap(err, "ticket %s", ticket->id ? ticket->id : "without id");
        if (rollout.deadline_ms <= 0)
            return err_set(err, ERR_INVALID, "ticket %s: rollout.deadline wants more than 0s",
                           ticket->id ? ticket->id : "without id");
    }
    *ret = rollout;
    return 0;
}

bool ticket_allows(const struct ticket *ticket, const char *word)
{
    return strv_has(&ticket->allow, word);
}
