/* host: helpers for plugins, over base and dns.  See host.h; what each one
 * promises is written in dnschange/provider.h. */
#include "provider/host.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "dns/name.h"
#include "provider/retry.h"

#define JSON_DEPTH_MAX 64

static struct arena *arena_of(struct dc_arena *arena)
{
    return (struct arena *)arena;
}

static struct host_op *host_of(struct dc_op *op)
{
    return (struct host_op *)op;
}

void host_op_init(struct host_op *op, struct arena *arena, enum dc_op_kind kind,
                  const struct dc_account *account)
{
    op->op.size = sizeof op->op;
    op->op.kind = kind;
    op->op.arena = (struct dc_arena *)arena;
    op->op.account = account;
}

void host_op_end_call(struct host_op *op)
{
    for (size_t i = 0; i < op->documents.n; i++)
        json_decref(op->documents.v[i]);
    op->documents.n = 0;
}

/* ---- memory, text ---- */

static void *host_alloc(struct dc_arena *arena, size_t bytes)
{
    return arena_alloc(arena_of(arena), bytes);
}

static char *host_print(struct dc_arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
static char *host_print(struct dc_arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(arena_of(arena), fmt, args);
    va_end(args);
    return text;
}

struct dc_text {
    struct arena *arena;
    char *v;
    size_t n, cap;
};

static struct dc_text *host_text_new(struct dc_arena *arena)
{
    struct dc_text *text = ARENA_NEW(arena_of(arena), struct dc_text);
    text->arena = arena_of(arena);
    return text;
}

static void host_text_add(struct dc_text *text, const char *part)
{
    size_t n = strlen(part);
    if (text->n + n + 1 > text->cap) {
        size_t cap = (text->n + n + 1) * 2;
        char *v = arena_alloc(text->arena, cap);
        if (text->n)
            memcpy(v, text->v, text->n);
        text->v = v;
        text->cap = cap;
    }
    memcpy(text->v + text->n, part, n + 1);
    text->n += n;
}

static void host_text_add_json(struct dc_text *text, const char *part)
{
    BUF_SCOPED quoted = BUF(SIZE_MAX);
    buf_json_string(&quoted, part);
    host_text_add(text, buf_text(&quoted));
}

static const char *host_text_end(struct dc_text *text, size_t *ret_len)
{
    if (ret_len)
        *ret_len = text->n;
    return text->v ? text->v : "";
}

static const char *host_url_encode(struct dc_arena *arena, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena_of(arena), strlen(text) * 3 + 1), *to = out;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    *to = '\0';
    return out;
}

/* RFC 4648 4 */
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const char *host_base64(struct dc_arena *arena, const void *octets, size_t n)
{
    const uint8_t *in = octets;
    char *out = arena_alloc(arena_of(arena), (n + 2) / 3 * 4 + 1), *to = out;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) |
                     (i + 2 < n ? in[i + 2] : 0);
        *to++ = BASE64[v >> 18];
        *to++ = BASE64[v >> 12 & 63];
        *to++ = i + 1 < n ? BASE64[v >> 6 & 63] : '=';
        *to++ = i + 2 < n ? BASE64[v & 63] : '=';
    }
    *to = '\0';
    return out;
}

static int host_base64_decode(struct dc_arena *arena, const char *text, uint8_t **ret,
                              size_t *ret_n)
{
    size_t len = strlen(text), n = 0, pad = 0;
    if (len % 4)
        return -1;
    while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
        pad++;
    uint8_t *out = arena_alloc(arena_of(arena), len / 4 * 3 + 1);
    uint32_t v = 0;
    for (size_t i = 0; i < len; i++) {
        const char *at = i < len - pad ? memchr(BASE64, text[i], 64) : BASE64;
        if (!at)
            return -1;
        v = v << 6 | (uint32_t)(at - BASE64);
        if (i % 4 != 3)
            continue;
        out[n++] = (uint8_t)(v >> 16);
        out[n++] = (uint8_t)(v >> 8);
        out[n++] = (uint8_t)v;
    }
    *ret = out;
    *ret_n = n - pad;
    return 0;
}

/* ---- names, types, data ---- */

static int host_name_parse(struct dc_arena *arena, const char *text, const char **ret,
                           const char **ret_why)
{
    struct err err;
    if (name_parse(text, arena_of(arena), ret, &err) == 0)
        return 0;
    *ret_why = arena_strdup(arena_of(arena), err.message);
    return -1;
}

static const char *host_name_dotted(struct dc_arena *arena, const char *name)
{
    return name_dotted(name, arena_of(arena));
}

static int host_name_within(const char *name, const char *ancestor)
{
    return name_within(name, ancestor);
}

static int host_type_parse(const char *text, uint16_t *ret)
{
    struct err err;
    return rtype_parse(text, ret, &err);
}

static const char *host_type_text(struct dc_arena *arena, uint16_t type)
{
    return arena_strdup(arena_of(arena), rtype_text(type));
}

static int host_rdata_parse(struct dc_arena *arena, uint16_t type, const char *text,
                            struct dc_rdata *ret, const char **ret_why)
{
    struct err err;
    struct rdata rdata;
    if (rdata_parse(type, text, ".", RDATA_ZONEFILE, arena_of(arena), &rdata, &err)) {
        *ret_why = arena_strdup(arena_of(arena), err.message);
        return -1;
    }
    *ret = (struct dc_rdata){ rdata.wire, rdata.len };
    return 0;
}

static struct rdata rdata_of(const struct dc_rdata *rdata)
{
    return (struct rdata){ rdata->wire, rdata->len };
}

static const char *host_rdata_text(struct dc_arena *arena, uint16_t type,
                                   const struct dc_rdata *rdata)
{
    return rdata_zonefile_text(type, rdata_of(rdata), arena_of(arena));
}

static int host_rdata_same(uint16_t type, const struct dc_rdata *a, const struct dc_rdata *b)
{
    return rdata_equal(type, rdata_of(a), rdata_of(b));
}

/* ---- JSON ---- */

static const json_t *json_of(const struct dc_json *value)
{
    return (const json_t *)value;
}

static const struct dc_json *json_out(const json_t *value)
{
    return (const struct dc_json *)value;
}

/* Deeper nesting costs stack in whoever walks the tree. */
static bool json_is_deep(const char *text, size_t len)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (quoted) {
            i += text[i] == '\\';
            quoted = i < len && text[i] != '"';
            continue;
        }
        quoted = text[i] == '"';
        depth += (text[i] == '{' || text[i] == '[') - (text[i] == '}' || text[i] == ']');
        if (depth > JSON_DEPTH_MAX)
            return true;
    }
    return false;
}

static const struct dc_json *host_json_parse(struct dc_op *op, const char *text, size_t len,
                                             const char **ret_why)
{
    struct host_op *host = host_of(op);
    struct arena *arena = arena_of(op->arena);
    json_error_t error;
    if (json_is_deep(text, len)) {
        *ret_why = "nested too deeply";
        return NULL;
    }
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        *ret_why = arena_printf(arena, "not valid JSON at octet %d", error.position);
        return NULL;
    }
    *vec_push(arena, &host->documents) = root;
    return json_out(root);
}

static const struct dc_json *host_json_get(const struct dc_json *object, const char *key)
{
    return json_out(json_object_get(json_of(object), key));
}

static const struct dc_json *host_json_at(const struct dc_json *array, size_t i)
{
    return json_out(json_array_get(json_of(array), i));
}

static size_t host_json_count(const struct dc_json *array)
{
    return json_array_size(json_of(array));
}

static int host_json_is_array(const struct dc_json *value)
{
    return json_is_array(json_of(value));
}

static int host_json_is_object(const struct dc_json *value)
{
    return json_is_object(json_of(value));
}

static const char *host_json_string(const struct dc_json *value)
{
    return json_string_value(json_of(value));
}

static int host_json_integer(const struct dc_json *value, int64_t *ret)
{
    if (!json_is_integer(json_of(value)))
        return -1;
    *ret = json_integer_value(json_of(value));
    return 0;
}

static int host_json_bool(const struct dc_json *value, int otherwise)
{
    return json_is_boolean(json_of(value)) ? json_is_true(json_of(value)) : otherwise;
}

static const char *host_json_dump(struct dc_arena *arena, const struct dc_json *value)
{
    if (!value)
        return NULL;
    char *text = json_dumps(json_of(value), JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *kept = arena_strdup(arena_of(arena), text ? text : "null");
    free(text);
    return kept;
}

/* ---- results ---- */

/* A dc_rrset with the room its list grows into. */
struct grown_rrset {
    struct dc_rrset set; /* first */
    struct dc_rdata *rr;
    size_t cap;
};

static struct dc_rrset *host_rrset_new(struct dc_arena *arena, const char *owner, uint16_t type,
                                       uint32_t ttl)
{
    struct grown_rrset *grown = ARENA_NEW(arena_of(arena), struct grown_rrset);
    grown->set =
        (struct dc_rrset){ .size = sizeof grown->set, .owner = owner, .type = type, .ttl = ttl };
    return &grown->set;
}

static void host_rrset_add(struct dc_arena *arena, struct dc_rrset *set, struct dc_rdata rdata)
{
    struct grown_rrset *grown = (struct grown_rrset *)set;
    grown->rr = vec_grow(arena_of(arena), grown->rr, set->n, &grown->cap, sizeof *grown->rr);
    grown->rr[set->n++] = rdata;
    set->rr = grown->rr;
}

static void host_rrset_found(struct dc_op *op, struct dc_rrset *set)
{
    *vec_push(arena_of(op->arena), &host_of(op)->sets) = set;
}

static void host_zone_found(struct dc_op *op, const char *name)
{
    strv_push(arena_of(op->arena), &host_of(op)->zones, name);
}

struct dc_rrset *host_rrset(struct arena *arena, const struct rrset *set)
{
    if (rrset_absent(set))
        return NULL;
    struct dc_arena *out = (struct dc_arena *)arena;
    struct dc_rrset *to = host_rrset_new(out, set->owner, set->type, set->ttl);
    for (size_t i = 0; i < set->n; i++)
        host_rrset_add(out, to, (struct dc_rdata){ set->rr[i].wire, set->rr[i].len });
    to->extra = set->extra;
    to->token = set->token;
    to->unmanaged = set->unmanaged;
    return to;
}

void host_rrset_back(struct arena *arena, const struct dc_rrset *from, struct rrset *ret)
{
    *ret = (struct rrset){ .owner = from->owner,
                           .type = from->type,
                           .ttl = from->ttl,
                           .rr = ARENA_ARRAY(arena, struct rdata, from->n),
                           .n = from->n,
                           .extra = from->extra,
                           .token = from->token,
                           .unmanaged = from->unmanaged };
    for (size_t i = 0; i < from->n; i++)
        ret->rr[i] = (struct rdata){ from->rr[i].wire, from->rr[i].len };
}

/* ---- replies and failures ---- */

static const char *host_header(const struct dc_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->n_headers; i++)
        if (strcasecmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    return NULL;
}

static int host_fail(struct dc_op *op, enum dc_error error, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int host_fail(struct dc_op *op, enum dc_error error, const char *fmt, ...)
{
    static const struct {
        enum err_code code;
        enum err_retry retry;
        enum err_scope scope;
    } classes[] = {
        [0] = { ERR_FAILED, ERR_RETRY_NEVER, ERR_SCOPE_ZONE },
        [DC_ERR_FAILED] = { ERR_FAILED, ERR_RETRY_NEVER, ERR_SCOPE_ZONE },
        [DC_ERR_NOT_FOUND] = { ERR_NOT_FOUND, ERR_RETRY_NEVER, ERR_SCOPE_ZONE },
        [DC_ERR_AUTH] = { ERR_AUTH, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER },
        [DC_ERR_LIMIT] = { ERR_LIMIT, ERR_RETRY_LATER, ERR_SCOPE_PROVIDER },
        [DC_ERR_REFUSED] = { ERR_FAILED, ERR_RETRY_NEVER, ERR_SCOPE_RRSET },
        [DC_ERR_CONFLICT] = { ERR_CONFLICT, ERR_RETRY_NEVER, ERR_SCOPE_RRSET },
        [DC_ERR_LOST] = { ERR_LOST, ERR_RETRY_LATER, ERR_SCOPE_ZONE },
    };
    size_t i = (size_t)error < sizeof classes / sizeof *classes ? (size_t)error : 0;
    va_list args;
    va_start(args, fmt);
    const char *text = arena_vprintf(arena_of(op->arena), fmt, args);
    va_end(args);
    err_set(&host_of(op)->err, classes[i].code, "%s", text);
    err_class(&host_of(op)->err, classes[i].retry, classes[i].scope, op->wait_ms);
    return DC_FAIL;
}

static int host_fail_reply(struct dc_op *op, const struct dc_reply *reply, enum dc_effect effect,
                           const char *said)
{
    reply_error(reply, effect, said, &host_of(op)->err);
    return DC_FAIL;
}

const struct dc_host *host_table(void)
{
    static const struct dc_host table = {
        .size = sizeof table,
        .abi_major = DC_ABI_MAJOR,
        .abi_minor = DC_ABI_MINOR,
        .alloc = host_alloc,
        .print = host_print,
        .text_new = host_text_new,
        .text_add = host_text_add,
        .text_add_json = host_text_add_json,
        .text_end = host_text_end,
        .url_encode = host_url_encode,
        .base64 = host_base64,
        .base64_decode = host_base64_decode,
        .name_parse = host_name_parse,
        .name_dotted = host_name_dotted,
        .name_parent = name_parent,
        .name_within = host_name_within,
        .type_parse = host_type_parse,
        .type_text = host_type_text,
        .rdata_parse = host_rdata_parse,
        .rdata_text = host_rdata_text,
        .rdata_same = host_rdata_same,
        .json_parse = host_json_parse,
        .json_get = host_json_get,
        .json_at = host_json_at,
        .json_count = host_json_count,
        .json_is_array = host_json_is_array,
        .json_is_object = host_json_is_object,
        .json_string = host_json_string,
        .json_integer = host_json_integer,
        .json_bool = host_json_bool,
        .json_dump = host_json_dump,
        .rrset_new = host_rrset_new,
        .rrset_add = host_rrset_add,
        .rrset_found = host_rrset_found,
        .zone_found = host_zone_found,
        .header = host_header,
        .fail = host_fail,
        .fail_reply = host_fail_reply,
    };
    return &table;
}
