/* dnschange/provider.h: the plugin interface, the only header a plugin includes.
 *
 * A provider plugin is a codec without I/O: it turns operations on zones into
 * HTTP requests and replies into RRsets.  It opens no socket, starts no thread,
 * reads no file, prints nothing and never holds a secret.  The program owns the
 * connections, TLS, secrets, timeouts, repeats, Retry-After, rate limits,
 * concurrency, tracing and redaction.
 *
 * A plugin is one shared object NAME.so with one exported symbol:
 *
 *     DC_EXPORT const struct dc_plugin dnschange_plugin = { DC_ABI_MAJOR, ... };
 *
 * It links nothing of the program: helpers come through `struct dc_host`.
 *
 * One operation
 *
 *     begin ──SEND──> produce ──SEND (request filled)──> ... reply ──> consume
 *                        ^                                               │
 *                        └───────────────── SEND ────────────────────────┘
 *
 * begin() is called once, then produce() whenever the plugin has something to
 * send and there is room (max_inflight), and consume() once for each request,
 * in any order, with the reply or with the news that none came.  The operation
 * ends with DC_DONE or DC_FAIL; calls still in flight are then waited for and
 * their replies dropped.  Several operations run interleaved: everything an
 * operation remembers lives in op->state, everything it allocates in op->arena,
 * and nothing outlives the operation but what the program copies out of it.
 *
 * Compatibility: same major number, and a minor number not above the program's.
 * Structs with a `size` member first may grow at their end within one major
 * number; whoever reads a member beyond its own idea of the struct looks at
 * `size` before. */
#ifndef DNSCHANGE_PROVIDER_H
#define DNSCHANGE_PROVIDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DC_ABI_MAJOR     1
#define DC_ABI_MINOR     0
#define DC_PLUGIN_SYMBOL "dnschange_plugin"
/* C++ gives constants internal linkage unless they are declared extern. */
#ifdef __cplusplus
#define DC_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define DC_EXPORT __attribute__((visibility("default")))
#endif
#define DC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* ---- Data ----------------------------------------------------------------
 *
 * Names are lower-case A-labels, absolute, without the final dot; the root is
 * "."; octets that are not printable, and dots and backslashes inside a label,
 * are "\DDD".  Equal names are equal strings.
 *
 * RDATA crosses in wire form: names uncompressed, TXT with its strings as they
 * are.  host->rdata_text and host->rdata_parse give the zone file form. */

struct dc_rdata {
    const uint8_t *wire;
    size_t len;
};

struct dc_rrset { /* made by host->rrset_new; never an array element */
    size_t size;
    const char *owner;
    uint16_t type;
    uint32_t ttl; /* seconds */
    const struct dc_rdata *rr;
    size_t n;
    /* What the provider keeps beside the served values (disabled records,
     * comments, proxied, labels ...), as compact JSON text in one fixed order,
     * so that equal extras are equal strings; NULL: nothing.  Kept, restored
     * and compared.  A set may have n == 0 and an extra. */
    const char *extra;
    /* Etag, record ids: refreshed by every reply, never restored or compared. */
    const char *token;
    /* Why the program must not write this set; NULL: it may. */
    const char *unmanaged;
};

enum dc_fate {
    DC_FATE_NOT_TRIED = 0, /* certainly not changed                            */
    DC_FATE_APPLIED = 1,   /* certainly changed                                */
    DC_FATE_CONFLICT = 2,  /* refused: the set is not `before` any more        */
    DC_FATE_REFUSED = 3,   /* refused: against a rule of the provider          */
    DC_FATE_UNKNOWN = 4    /* nobody knows: the program will read back         */
};

struct dc_change { /* never both NULL */
    size_t size;
    const struct dc_rrset *before; /* as last read; NULL: did not exist */
    const struct dc_rrset *after;  /* NULL: delete                      */
    /* Out: */
    uint32_t fate;              /* enum dc_fate                         */
    const char *reason;         /* of a conflict or refusal, or NULL    */
    const struct dc_rrset *now; /* as it now stands, if known           */
};

/* ---- What a plugin declares ----------------------------------------------*/

enum dc_model { DC_MODEL_RRSET = 0, DC_MODEL_RECORD = 1 };
/* What one write changes all at once. */
enum dc_atomic { DC_ATOMIC_RECORD = 0, DC_ATOMIC_RRSET = 1, DC_ATOMIC_ZONE = 2 };
/* Does the provider refuse a write when the set is not what we last read? */
enum dc_guard {
    DC_GUARD_NONE = 0,
    DC_GUARD_CREATE_ONLY = 1,
    DC_GUARD_ETAG = 2,
    DC_GUARD_EXACT = 3
};
/* When is an acknowledged write public? */
enum dc_settle {
    DC_SETTLE_IMMEDIATE = 0, /* the provider's own primary serves it at once */
    DC_SETTLE_SIGNAL = 1,    /* the operation SETTLE ends when it is public  */
    DC_SETTLE_SILENT = 2     /* later; the provider does not say when        */
};

enum dc_scope { DC_SCOPE_ACCOUNT = 0, DC_SCOPE_ZONE = 1, DC_SCOPE_ADDRESS = 2 };
enum dc_kind { DC_KIND_ANY = 0, DC_KIND_READ = 1, DC_KIND_WRITE = 2 };

struct dc_limit {   /* at most n requests (by cost) in any per_ms milliseconds */
    uint32_t scope; /* enum dc_scope */
    uint32_t kind;  /* enum dc_kind: effect none is a read, the rest are writes */
    uint32_t n;
    uint32_t per_ms;
};

struct dc_caps {
    size_t size;
    uint32_t model;      /* enum dc_model  */
    uint32_t atomic;     /* enum dc_atomic */
    uint32_t guard;      /* enum dc_guard  */
    uint32_t settle;     /* enum dc_settle */
    uint32_t publish_ms; /* an acknowledged write is public after this, at the latest */
    uint32_t ttl_min_s, ttl_max_s, ttl_default_s;
    uint32_t max_batch;            /* changes in one request; 0: no bound; the plugin splits */
    uint32_t max_inflight;         /* requests of one operation at a time, at least 1  */
    uint32_t max_requests;         /* of one operation, repeats not counted            */
    uint32_t concurrent;           /* requests of one account at a time                */
    const struct dc_limit *limits; /* published limits; settings may change them */
    size_t n_limits;
};

enum dc_setting_flag { DC_SETTING_REQUIRED = 1 };

/* A key of the provider's object in dnschange.json beside those the program
 * knows (plugin url secret secrets read_secret read_secrets nameservers primary
 * ignore_ns limits).  Its value is a string, a number or a boolean and reaches
 * the plugin as text. */
struct dc_setting {
    const char *key;
    uint32_t flags;
    const char *fallback; /* value when absent, or NULL */
    const char *help;     /* one line */
};

struct dc_account { /* one provider of the settings */
    size_t size;
    const char *name;          /* as the settings call it */
    const char *url;           /* base of every request, no final slash; may be NULL */
    const char *const *values; /* one for each dc_setting, NULL: absent */
};

/* ---- Requests and replies ------------------------------------------------*/

enum dc_effect {
    DC_EFFECT_NONE = 0,    /* changes nothing: may be repeated                            */
    DC_EFFECT_GUARDED = 1, /* a second try does no harm: it is refused or does nothing    */
    DC_EFFECT_BLIND = 2    /* never sent again when its outcome is unknown                */
};

/* A header value may hold slots "{{name}}", `name` being one of the plugin's
 * secrets.  The program fills them after tracing and redaction. */
struct dc_header {
    const char *name, *value;
};

struct dc_request { /* zeroed by the program, filled by produce() in op->arena */
    size_t size;
    uint32_t tag;    /* the plugin's own; comes back with the reply */
    uint32_t effect; /* enum dc_effect */
    uint32_t cost;   /* against the limits; 0 counts as 1 */
    const char *method;
    const char *path; /* appended to the account's url: "" or "/..." with its query */
    const struct dc_header *headers;
    size_t n_headers;
    const void *body;
    size_t body_len;
    uint32_t timeout_ms; /* 0: the program's */
    uint32_t max_reply;  /* octets that can be expected; 0: the program's choice */
};

enum dc_outcome {
    DC_REPLIED = 0,  /* a whole reply                                            */
    DC_NOT_SENT = 1, /* certainly nothing was sent                               */
    DC_LOST = 2      /* sent, at least partly, and no whole reply came           */
};

struct dc_reply { /* valid during consume() only */
    size_t size;
    uint32_t tag;
    uint32_t outcome; /* enum dc_outcome; everything below only when DC_REPLIED */
    int status;
    const struct dc_header *headers;
    size_t n_headers;
    const char *body; /* NUL-terminated; may hold anything */
    size_t body_len;
    int last_try;        /* DC_AGAIN will not be granted any more */
    const char *problem; /* why there is no reply, for people; when not DC_REPLIED */
};

/* ---- Operations ----------------------------------------------------------*/

enum dc_op_kind {
    DC_OP_LIST_ZONES = 1, /* host->zone_found for every zone of the account            */
    DC_OP_FIND_ZONE = 2,  /* host->zone_found for the longest zone that contains
                             op->name; several of one name: fail and list them         */
    DC_OP_READ = 3,       /* whole op->zone; if that is NULL, the zone of op->name     */
    DC_OP_CHECK = 4,      /* do address and secret work?  op->detail says who answered */
    DC_OP_APPLY = 5,      /* op->changes in op->zone                                   */
    DC_OP_SETTLE = 6      /* publish what is staged, notify, wait for the signal       */
};

enum dc_answer {
    DC_SEND = 1, /* begin, consume: call produce().  produce: the request is filled     */
    DC_MORE = 2, /* nothing to send; go on with the replies in flight                   */
    DC_WAIT = 3, /* call produce() again after op->wait_ms                              */
    DC_DONE = 4, /* results are complete                                                */
    DC_FAIL = 5, /* host->fail() or host->fail_reply() said why                         */
    DC_AGAIN = 6 /* consume only: this reply proves that nothing was done; repeat this
                    request after a pause (at least op->wait_ms).  Not after last_try.   */
};

enum dc_error {
    DC_ERR_FAILED = 1,    /* did not work, or not understood             */
    DC_ERR_NOT_FOUND = 2, /* no such zone                                */
    DC_ERR_AUTH = 3,      /* credentials missing or refused              */
    DC_ERR_LIMIT = 4,     /* rate limited                                */
    DC_ERR_REFUSED = 5,   /* the provider does not take these values     */
    DC_ERR_CONFLICT = 6,  /* the provider's values are not `before`      */
    DC_ERR_LOST = 7       /* sent, outcome unknown                       */
};

struct dc_arena; /* lives as long as the operation */
struct dc_json;  /* a parsed value; lives until the call that parsed it returns */
struct dc_text;  /* text under construction in the arena */

struct dc_op { /* made by the program; the plugin writes below "Out" and to state */
    size_t size;
    uint32_t kind; /* enum dc_op_kind */
    struct dc_arena *arena;
    const struct dc_account *account;
    const char *name;                 /* FIND_ZONE, READ without zone */
    const char *zone;                 /* READ, APPLY, SETTLE          */
    const char *zone_cookie;          /* as READ left it; may be NULL */
    const char *cookie;               /* SETTLE: as APPLY left it, maybe in another process */
    struct dc_change *const *changes; /* APPLY */
    size_t n_changes;
    void *state; /* the plugin's */
    /* Out: */
    uint32_t wait_ms;            /* DC_WAIT, DC_AGAIN                           */
    const char *ret_zone;        /* READ, FIND_ZONE: the zone's name            */
    const char *ret_zone_cookie; /* READ, FIND_ZONE: zone id, kind ...; or NULL */
    const char *ret_cookie;      /* APPLY: change id for SETTLE; or NULL        */
    const char *detail;          /* CHECK: "PowerDNS 4.7.3"                    */
    /* The server showed that it cannot take more writes at a time than this: the
     * account keeps to it from now on.  0: nothing was learnt. */
    uint32_t ret_writers;
};

/* ---- Helpers that the program lends --------------------------------------
 *
 * Allocation never fails (past its cap the program ends).  Functions that
 * return int give 0, or -1 with nothing set; *ret_why is then text in `arena`
 * that says what is wrong, without a final full stop. */

struct dc_host {
    size_t size;
    uint32_t abi_major, abi_minor;

    /* memory, text */
    void *(*alloc)(struct dc_arena *arena, size_t bytes); /* zeroed, aligned for anything */
    char *(*print)(struct dc_arena *arena, const char *fmt, ...)DC_PRINTF(2, 3);
    struct dc_text *(*text_new)(struct dc_arena *arena);
    void (*text_add)(struct dc_text *text, const char *part);
    void (*text_add_json)(struct dc_text *text, const char *part);  /* quoted and escaped */
    const char *(*text_end)(struct dc_text *text, size_t *ret_len); /* ret_len may be NULL */
    /* Percent-encodes all but A-Za-z0-9-._~ (RFC 3986 2.3). */
    const char *(*url_encode)(struct dc_arena *arena, const char *text);
    const char *(*base64)(struct dc_arena *arena, const void *octets, size_t n);
    int (*base64_decode)(struct dc_arena *arena, const char *text, uint8_t **ret, size_t *ret_n);

    /* names, types, data */
    int (*name_parse)(struct dc_arena *arena, const char *text, const char **ret,
                      const char **ret_why);
    const char *(*name_dotted)(struct dc_arena *arena, const char *name); /* "a.example." */
    const char *(*name_parent)(const char *name); /* inside `name`; NULL at the root */
    int (*name_within)(const char *name, const char *ancestor); /* equal or below: 1 */
    int (*type_parse)(const char *text, uint16_t *ret);         /* "MX", "TYPE65280" */
    const char *(*type_text)(struct dc_arena *arena, uint16_t type);
    /* Zone file form: names absolute, TXT as quoted strings. */
    int (*rdata_parse)(struct dc_arena *arena, uint16_t type, const char *text,
                       struct dc_rdata *ret, const char **ret_why);
    const char *(*rdata_text)(struct dc_arena *arena, uint16_t type, const struct dc_rdata *rdata);
    int (*rdata_same)(uint16_t type, const struct dc_rdata *a, const struct dc_rdata *b);

    /* JSON (RFC 8259): duplicate keys and depth over 64 are errors */
    const struct dc_json *(*json_parse)(struct dc_op *op, const char *text, size_t len,
                                        const char **ret_why); /* NULL: broken */
    const struct dc_json *(*json_get)(const struct dc_json *object, const char *key);
    const struct dc_json *(*json_at)(const struct dc_json *array, size_t i);
    size_t (*json_count)(const struct dc_json *array); /* 0 if it is none */
    int (*json_is_array)(const struct dc_json *value);
    int (*json_is_object)(const struct dc_json *value);
    const char *(*json_string)(const struct dc_json *value); /* NULL: it is none */
    int (*json_integer)(const struct dc_json *value, int64_t *ret);
    int (*json_bool)(const struct dc_json *value, int otherwise);
    /* Compact, keys sorted; NULL for no value. */
    const char *(*json_dump)(struct dc_arena *arena, const struct dc_json *value);

    /* results */
    struct dc_rrset *(*rrset_new)(struct dc_arena *arena, const char *owner, uint16_t type,
                                  uint32_t ttl);
    void (*rrset_add)(struct dc_arena *arena, struct dc_rrset *set, struct dc_rdata rdata);
    void (*rrset_found)(struct dc_op *op, struct dc_rrset *set); /* READ */
    void (*zone_found)(struct dc_op *op, const char *name);      /* LIST_ZONES, FIND_ZONE */

    /* replies and failures */
    const char *(*header)(const struct dc_reply *reply, const char *name); /* case-blind */
    /* Both always return DC_FAIL.  The program puts account and zone before the
     * message; no final full stop. */
    int (*fail)(struct dc_op *op, enum dc_error error, const char *fmt, ...) DC_PRINTF(3, 4);
    /* Classifies a reply (or its absence) by effect and status: nothing sent or
     * a read is FAILED, a write without a trustworthy answer is LOST, 404 NOT_FOUND,
     * 409, 412 CONFLICT, other 4xx REFUSED, 3xx and a success that was not
     * understood on a read FAILED.  `said` is the provider's own
     * message (shortened and cleaned here) or NULL. */
    int (*fail_reply)(struct dc_op *op, const struct dc_reply *reply, enum dc_effect effect,
                      const char *said);
};

/* ---- The plugin ----------------------------------------------------------*/

struct dc_plugin {
    uint32_t abi_major, abi_minor;
    size_t size;      /* sizeof(struct dc_plugin) */
    const char *name; /* as the file is called, without ".so": [a-z0-9-] */
    const char *version;
    const struct dc_caps *caps;
    const struct dc_setting *settings;
    size_t n_settings;
    /* Names of the secrets for slots, NULL-terminated.  { "secret", NULL }: the
     * single one of the setting "secret"; others are the parts of "secrets". */
    const char *const *secrets;
    int url_required;

    /* All return enum dc_answer.  Status is looked at before the body.  The
     * program itself takes 401 and 403 (refused), 429 and 503 (repeated later)
     * and, on requests of effect none, 500, 502, 504 and lost replies
     * (repeated); consume() sees what is left of them once repeats are over. */
    int (*begin)(const struct dc_host *host, struct dc_op *op);
    int (*produce)(const struct dc_host *host, struct dc_op *op, struct dc_request *ret);
    int (*consume)(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply);
    /* Pure: what the provider will keep of this set (TTL range, splitting).
     * 0 with *ret (`set` itself, or a new one in arena), or -1 with the rule in
     * *ret_why.  NULL: everything within the TTL range is kept as it is. */
    int (*keeps)(const struct dc_host *host, const struct dc_account *account,
                 struct dc_arena *arena, const struct dc_rrset *set, const struct dc_rrset **ret,
                 const char **ret_why);
};

#ifdef __cplusplus
}
#endif
#endif
