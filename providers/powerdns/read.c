/* read: zones as PowerDNS gives them, as RRsets.  What is not understood does not
 * fail the zone: the set becomes one that the program leaves alone. */
#include "powerdns.h"

#include <string.h>
#include <strings.h>

int pdns_kind_is_secondary(const char *kind)
{
    return strcasecmp(kind, "Slave") == 0 || strcasecmp(kind, "Secondary") == 0 ||
           strcasecmp(kind, "Consumer") == 0;
}

int pdns_kind_is_primary(const char *kind)
{
    return strcasecmp(kind, "Master") == 0 || strcasecmp(kind, "Primary") == 0 ||
           strcasecmp(kind, "Producer") == 0;
}

const char *pdns_cookie_kind(const struct dc_host *host, struct dc_op *op)
{
    const char *why;
    const struct dc_json *root =
        op->zone_cookie ? host->json_parse(op, op->zone_cookie, strlen(op->zone_cookie), &why)
                        : NULL;
    const char *kind = host->json_string(host->json_get(root, "kind"));
    return kind ? host->print(op->arena, "%s", kind) : "";
}

const char *pdns_reply_said(const struct dc_host *host, struct dc_op *op,
                            const struct dc_reply *reply)
{
    const char *why;
    const struct dc_json *root = host->json_parse(op, reply->body, reply->body_len, &why);
    const char *error = host->json_string(host->json_get(root, "error"));
    if (error)
        return host->print(op->arena, "%s", error);
    return reply->body_len ? reply->body : NULL;
}

int pdns_reply_is_own(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    const char *why;
    const struct dc_json *root = host->json_parse(op, reply->body, reply->body_len, &why);
    return host->json_string(host->json_get(root, "error")) != NULL;
}

/* Type by name, with PowerDNS' own ones, and why a set of it is not to be written. */
static uint16_t type_read(const struct dc_host *host, struct dc_op *op, const char *text,
                          const char **ret_unmanaged)
{
    uint16_t type;
    if (strcmp(text, "ALIAS") == 0)
        type = PDNS_TYPE_ALIAS;
    else if (strcmp(text, "LUA") == 0)
        type = PDNS_TYPE_LUA;
    else if (host->type_parse(text, &type)) {
        *ret_unmanaged = host->print(op->arena, "record type %s is not known here", text);
        return PDNS_TYPE_OTHER;
    }
    *ret_unmanaged = pdns_type_refusal(type);
    return type;
}

/* The contents of records that stand for no wire form, kept as they are written. */
static struct dc_rdata content_raw(const struct dc_host *host, struct dc_op *op,
                                   const char *content)
{
    size_t len = strlen(content);
    uint8_t *wire = host->alloc(op->arena, len + 1);
    memcpy(wire, content, len);
    struct dc_rdata rdata = { wire, len > 65535 ? 65535 : len };
    return rdata;
}

static void record_add(const struct dc_host *host, struct dc_op *op, struct dc_rrset *set,
                       const char *content)
{
    struct dc_rdata rdata;
    const char *why = NULL;
    if (set->type >= PDNS_TYPE_ALIAS && set->unmanaged)
        host->rrset_add(op->arena, set, content_raw(host, op, content));
    else if (host->rdata_parse(op->arena, set->type, content, &rdata, &why) == 0)
        host->rrset_add(op->arena, set, rdata);
    else
        set->unmanaged =
            host->print(op->arena, "the value %.100s is not understood: %s", content, why);
}

/* Served records go into the set, disabled ones into `ret`. */
static int records_read(const struct dc_host *host, struct dc_op *op, struct dc_rrset *set,
                        const struct dc_json *records, struct pdns_extra *ret)
{
    size_t n = host->json_count(records);
    const char **disabled = host->alloc(op->arena, (n + 1) * sizeof *disabled);
    if (!host->json_is_array(records))
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct dc_json *record = host->json_at(records, i);
        const char *content = host->json_string(host->json_get(record, "content"));
        if (!content)
            return -1;
        if (host->json_bool(host->json_get(record, "disabled"), 0))
            disabled[ret->n_disabled++] = host->print(op->arena, "%s", content);
        else
            record_add(host, op, set, content);
    }
    pdns_strings_sort(disabled, ret->n_disabled);
    ret->disabled = disabled;
    return 0;
}

static void comments_read(const struct dc_host *host, struct dc_op *op,
                          const struct dc_json *comments, struct pdns_extra *ret)
{
    size_t n = host->json_count(comments);
    const char **v = host->alloc(op->arena, (n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = host->json_dump(op->arena, host->json_at(comments, i));
    pdns_strings_sort(v, n);
    ret->comments = v;
    ret->n_comments = n;
}

static struct dc_rrset *set_read(const struct dc_host *host, struct dc_op *op,
                                 const struct dc_json *from, const char *zone,
                                 const char *secondary)
{
    const char *name = host->json_string(host->json_get(from, "name"));
    const char *type = host->json_string(host->json_get(from, "type"));
    const char *owner = NULL, *why = NULL, *unmanaged = NULL;
    int64_t ttl = -1;
    if (!name || !type || host->name_parse(op->arena, name, &owner, &why) ||
        !host->name_within(owner, zone) || host->json_integer(host->json_get(from, "ttl"), &ttl) ||
        ttl < 0 || ttl > UINT32_MAX)
        return NULL;
    uint16_t number = type_read(host, op, type, &unmanaged);
    struct dc_rrset *set = host->rrset_new(op->arena, owner, number, (uint32_t)ttl);
    struct pdns_extra extra = { NULL, 0, NULL, 0 };
    set->unmanaged = unmanaged;
    if (records_read(host, op, set, host->json_get(from, "records"), &extra))
        return NULL;
    comments_read(host, op, host->json_get(from, "comments"), &extra);
    set->extra = pdns_extra_format(host, op->arena, &extra);
    if (secondary)
        set->unmanaged = secondary;
    return set;
}

/* {"kind":"Master"}: whom to notify, and whether it may be written at all. */
static const char *cookie_format(const struct dc_host *host, struct dc_op *op, const char *kind)
{
    struct dc_text *text = host->text_new(op->arena);
    host->text_add(text, "{\"kind\":");
    host->text_add_json(text, kind);
    host->text_add(text, "}");
    return host->text_end(text, NULL);
}

/* The zone's object, if the reply is that zone. */
static const struct dc_json *zone_json(const struct dc_host *host, struct dc_op *op,
                                       const struct dc_reply *reply, const char *zone)
{
    const char *why = "not a zone", *name = NULL;
    const struct dc_json *root = host->json_parse(op, reply->body, reply->body_len, &why);
    const char *given = host->json_string(host->json_get(root, "name"));
    if (!root || !given || !host->json_is_array(host->json_get(root, "rrsets")) ||
        host->name_parse(op->arena, given, &name, &why))
        host->fail(op, DC_ERR_FAILED, "the answer is %s", why);
    else if (strcmp(name, zone) != 0)
        host->fail(op, DC_ERR_FAILED, "the server answered with the zone %.200s", name);
    else
        return root;
    return NULL;
}

int pdns_zone_read(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply,
                   const char *zone)
{
    const struct dc_json *root = zone_json(host, op, reply, zone);
    const struct dc_json *sets = host->json_get(root, "rrsets");
    const char *kind = host->json_string(host->json_get(root, "kind"));
    const char *secondary =
        kind && pdns_kind_is_secondary(kind) ? "this server is only a secondary of the zone" : NULL;
    if (!root)
        return DC_FAIL;
    for (size_t i = 0; i < host->json_count(sets); i++) {
        struct dc_rrset *set = set_read(host, op, host->json_at(sets, i), zone, secondary);
        if (!set)
            return host->fail(op, DC_ERR_FAILED, "RRset %zu of the answer is not understood",
                              i + 1);
        host->rrset_found(op, set);
    }
    op->ret_zone = zone;
    op->ret_zone_cookie = cookie_format(host, op, kind ? kind : "");
    return DC_DONE;
}

int pdns_zone_read_back(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    struct pdns_op *state = op->state;
    const struct dc_json *root = zone_json(host, op, reply, op->zone);
    const struct dc_json *sets = host->json_get(root, "rrsets");
    size_t n = host->json_count(sets);
    if (!root)
        return -1;
    state->live = host->alloc(op->arena, (n + 1) * sizeof *state->live);
    state->n_live = 0;
    for (size_t i = 0; i < n; i++) {
        const struct dc_rrset *set = set_read(host, op, host->json_at(sets, i), op->zone, NULL);
        if (!set)
            return -1;
        state->live[state->n_live++] = set;
    }
    return 0;
}
