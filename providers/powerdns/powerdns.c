/* powerdns: the plugin for the HTTP API of PowerDNS Authoritative 4.x: which
 * request each operation makes.  Zones as read are read.c's, changes write.c's. */
#include "powerdns.h"

#include <string.h>

static const struct dc_caps CAPS = {
    .size = sizeof(struct dc_caps),
    .model = DC_MODEL_RRSET,
    .atomic = DC_ATOMIC_ZONE, /* a PATCH is one transaction of the backend */
    .guard = DC_GUARD_NONE,   /* If-Match is ignored, the API has no condition */
    .settle = DC_SETTLE_IMMEDIATE,
    .publish_ms = 5000, /* SETTLE sends the NOTIFY, and a secondary follows in about 1 s */
    .ttl_min_s = 0,
    .ttl_max_s = 2147483647, /* RFC 2181 8; the server itself takes more */
    .ttl_default_s = 3600,
    .max_inflight = 1,
    .max_requests = 130, /* a name has at most 127 labels to climb */
    .concurrent = 8,     /* its listen backlog is 10 */
};

static const char *const SECRETS[] = { "secret", NULL };
static const struct dc_header HEADERS[] = {
    { "X-API-Key", "{{secret}}" },
    { "Accept", "application/json" },
    { "Content-Type", "application/json" },
};

/* PowerDNS' zone id: octets outside A-Za-z0-9.- as =XX, final dot, "=2E" for the
 * root (apiZoneNameToId() in ws-api.cc). */
static const char *zone_id(const struct dc_host *host, struct dc_arena *arena, const char *zone)
{
    static const char hex[] = "0123456789ABCDEF";
    if (strcmp(zone, ".") == 0)
        return "=2E";
    const char *from = host->name_dotted(arena, zone);
    char *id = host->alloc(arena, strlen(from) * 3 + 1), *to = id;
    for (; *from; from++) {
        unsigned char c = (unsigned char)*from;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '.' || c == '-') {
            *to++ = (char)c;
            continue;
        }
        *to++ = '=';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    return id;
}

static int pdns_begin(const struct dc_host *host, struct dc_op *op)
{
    struct pdns_op *state = host->alloc(op->arena, sizeof *state);
    op->state = state;
    state->zone = op->zone ? op->zone : op->name;
    switch (op->kind) {
    case DC_OP_APPLY:
        if (op->n_changes == 0)
            return DC_DONE;
        if (pdns_kind_is_secondary(pdns_cookie_kind(host, op)))
            return host->fail(op, DC_ERR_REFUSED,
                              "this server is only a secondary of the zone: write at its primary");
        return DC_SEND;
    case DC_OP_SETTLE:
        /* Other kinds have nobody to notify. */
        return pdns_kind_is_primary(pdns_cookie_kind(host, op)) ? DC_SEND : DC_DONE;
    case DC_OP_LIST_ZONES:
    case DC_OP_FIND_ZONE:
    case DC_OP_READ:
    case DC_OP_CHECK:
        return DC_SEND;
    default:
        return host->fail(op, DC_ERR_FAILED, "an operation that this plugin does not know");
    }
}

static int pdns_produce(const struct dc_host *host, struct dc_op *op, struct dc_request *ret)
{
    const struct pdns_op *state = op->state;
    const char *id = state->zone ? zone_id(host, op->arena, state->zone) : "";
    ret->method = "GET";
    ret->effect = DC_EFFECT_NONE;
    ret->headers = HEADERS;
    ret->n_headers = 2;
    switch (op->kind) {
    case DC_OP_LIST_ZONES:
        ret->path = "/zones?dnssec=false"; /* without it every zone's keys are looked up */
        return DC_SEND;
    case DC_OP_CHECK:
        ret->path = "";
        return DC_SEND;
    case DC_OP_FIND_ZONE:
        ret->path = host->print(op->arena, "/zones/%s?rrsets=false", id);
        return DC_SEND;
    case DC_OP_READ:
        /* The whole zone: a filtered GET leaves out disabled records. */
        ret->path = host->print(op->arena, "/zones/%s", id);
        return DC_SEND;
    case DC_OP_SETTLE:
        ret->method = "PUT";
        ret->effect = DC_EFFECT_GUARDED; /* a second NOTIFY does no harm */
        ret->path = host->print(op->arena, "/zones/%s/notify", id);
        return DC_SEND;
    default:
        break;
    }
    ret->path = host->print(op->arena, "/zones/%s", id);
    if (state->reading_back)
        return DC_SEND;
    ret->method = "PATCH";
    ret->effect = DC_EFFECT_BLIND;
    ret->n_headers = 3;
    ret->body = pdns_patch_body(host, op, &ret->body_len);
    return ret->body ? DC_SEND : DC_FAIL;
}

/* ---- replies ---- */

static const struct dc_json *reply_json(const struct dc_host *host, struct dc_op *op,
                                        const struct dc_reply *reply, int array)
{
    const char *why = NULL;
    const struct dc_json *root = host->json_parse(op, reply->body, reply->body_len, &why);
    if (!root)
        host->fail(op, DC_ERR_FAILED, "the answer is %s", why);
    else if (array ? host->json_is_array(root) : host->json_is_object(root))
        return root;
    else
        host->fail(op, DC_ERR_FAILED, "the answer is not the JSON that was expected");
    return NULL;
}

static int list_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    const struct dc_json *root = reply_json(host, op, reply, 1);
    for (size_t i = 0; root && i < host->json_count(root); i++) {
        const char *name = host->json_string(host->json_get(host->json_at(root, i), "name"));
        const char *why = "no name", *zone = NULL;
        if (!name || host->name_parse(op->arena, name, &zone, &why))
            return host->fail(op, DC_ERR_FAILED, "zone %zu of the answer: %s", i + 1, why);
        host->zone_found(op, zone);
    }
    return root ? DC_DONE : DC_FAIL;
}

static int check_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    const struct dc_json *root = reply_json(host, op, reply, 0);
    if (!root)
        return DC_FAIL;
    const char *type = host->json_string(host->json_get(root, "type"));
    const char *version = host->json_string(host->json_get(root, "version"));
    const char *daemon = host->json_string(host->json_get(root, "daemon_type"));
    if (!type || strcmp(type, "Server") != 0)
        return host->fail(op, DC_ERR_FAILED,
                          "this is not a server: the url ends in /api/v1/servers/localhost");
    if (daemon && strcmp(daemon, "authoritative") != 0)
        return host->fail(op, DC_ERR_FAILED, "this PowerDNS is not an authoritative server");
    op->detail = host->print(op->arena, "PowerDNS %s", version ? version : "");
    return DC_DONE;
}

/* No such zone: the one above may be.  Old versions say 422 instead of 404. */
static int zone_climb(const struct dc_host *host, struct dc_op *op)
{
    struct pdns_op *state = op->state;
    const char *parent = op->zone ? NULL : host->name_parent(state->zone);
    if (!parent || strcmp(parent, ".") == 0)
        return host->fail(op, DC_ERR_NOT_FOUND,
                          op->zone ? "the server has no such zone"
                                   : "the server has no zone that contains this name");
    state->zone = parent;
    return DC_SEND;
}

static int zone_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    const struct pdns_op *state = op->state;
    if (op->kind == DC_OP_READ)
        return pdns_zone_read(host, op, reply, state->zone);
    const struct dc_json *root = reply_json(host, op, reply, 0);
    if (!root)
        return DC_FAIL;
    if (!host->json_string(host->json_get(root, "name")))
        return host->fail(op, DC_ERR_FAILED, "the answer is not a zone");
    op->ret_zone = state->zone;
    host->zone_found(op, state->zone);
    return DC_DONE;
}

static int pdns_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    if (op->kind == DC_OP_APPLY)
        return pdns_patch_consume(host, op, reply);
    enum dc_effect effect = op->kind == DC_OP_SETTLE ? DC_EFFECT_GUARDED : DC_EFFECT_NONE;
    if (reply->outcome != DC_REPLIED)
        return host->fail_reply(op, reply, effect, NULL);
    int of_zone = op->kind == DC_OP_READ || op->kind == DC_OP_FIND_ZONE;
    if (of_zone && (reply->status == 404 || reply->status == 422))
        return zone_climb(host, op);
    if (reply->status != 200)
        return host->fail_reply(op, reply, effect, pdns_reply_said(host, op, reply));
    switch (op->kind) {
    case DC_OP_LIST_ZONES:
        return list_consume(host, op, reply);
    case DC_OP_CHECK:
        return check_consume(host, op, reply);
    case DC_OP_SETTLE:
        return DC_DONE;
    default:
        return zone_consume(host, op, reply);
    }
}

/* ---- what it will keep ---- */

const char *pdns_type_refusal(uint16_t type)
{
    switch (type) {
    case 6: /* SOA */
        return "the server itself keeps the SOA record";
    case 46: /* RRSIG NSEC DNSKEY NSEC3 NSEC3PARAM CDS CDNSKEY */
    case 47:
    case 48:
    case 50:
    case 51:
    case 59:
    case 60:
        return "the server itself keeps DNSSEC records";
    case 29:
        return "PowerDNS takes LOC only in its own spelling";
    case PDNS_TYPE_ALIAS:
        return "ALIAS is resolved by the server when it is asked";
    case PDNS_TYPE_LUA:
        return "LUA is a program that the server runs when it is asked";
    case PDNS_TYPE_OTHER:
        return "a record type that is not known here";
    default:
        return NULL;
    }
}

static int pdns_keeps(const struct dc_host *host, const struct dc_account *account,
                      struct dc_arena *arena, const struct dc_rrset *set,
                      const struct dc_rrset **ret, const char **ret_why)
{
    (void)account;
    const char *refusal = pdns_type_refusal(set->type);
    const char *owner = strncmp(set->owner, "*.", 2) == 0 ? set->owner + 2 : set->owner;
    if (refusal) {
        *ret_why = refusal;
        return -1;
    }
    if (set->ttl > CAPS.ttl_max_s) {
        *ret_why = host->print(arena, "TTL %lu is over %lu", (unsigned long)set->ttl,
                               (unsigned long)CAPS.ttl_max_s);
        return -1;
    }
    /* apiCheckQNameAllowedCharacters() in ws-api.cc */
    if (strcmp(owner, ".") != 0 &&
        owner[strspn(owner, "abcdefghijklmnopqrstuvwxyz0123456789_/.-")]) {
        *ret_why = "PowerDNS takes only letters, digits and _ / - in names";
        return -1;
    }
    *ret = set;
    return 0;
}

DC_EXPORT const struct dc_plugin dnschange_plugin = {
    .abi_major = DC_ABI_MAJOR,
    .abi_minor = DC_ABI_MINOR,
    .size = sizeof(struct dc_plugin),
    .name = "powerdns",
    .version = "0.1.0",
    .caps = &CAPS,
    .secrets = SECRETS,
    .url_required = 1,
    .begin = pdns_begin,
    .produce = pdns_produce,
    .consume = pdns_consume,
    .keeps = pdns_keeps,
};
