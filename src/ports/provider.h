/* provider port: zones at DNS providers, by account name of the settings.
 * Limits, concurrency, retries and secrets are behind this port: callers submit
 * everything they have and get each answer when its turn has come. */
#pragma once
#include "dns/rrset.h"

enum provider_guard { GUARD_NONE, GUARD_CREATE_ONLY, GUARD_ETAG, GUARD_EXACT };
enum provider_atomic { ATOMIC_RECORD, ATOMIC_RRSET, ATOMIC_ZONE };

struct provider_caps {
    const char *plugin; /* "powerdns" */
    const char *version;
    enum provider_guard guard;
    enum provider_atomic atomic; /* what one write changes all at once */
    bool settle_immediate; /* the provider's own primary serves a write as soon as it is acked */
    bool per_record;       /* record model: ids per record */
    uint32_t ttl_min_s, ttl_max_s, ttl_default_s;
    int64_t publish_ms; /* how long publication is declared to take at most */
    size_t max_batch;   /* RRset changes per write, 0: no bound */
    char level;         /* 'A' .. 'E' of the safety levels (README "Safety levels") */
};

struct provider_zone {       /* valid during the callback only: copy what is kept */
    struct err err;          /* code ERR_NONE: `zone` is there */
    const struct zone *zone; /* whole; zone->cookie to hand back */
};

/* What became of one RRset change. */
enum fate { FATE_NOT_TRIED, FATE_APPLIED, FATE_CONFLICT, FATE_REFUSED, FATE_UNKNOWN };

struct change {
    const struct rrset *before; /* as captured; NULL or absent: did not exist */
    const struct rrset *after;  /* NULL or absent: delete */
    enum fate fate;             /* out */
};

struct provider_write {    /* result of an apply */
    struct err err;        /* worst one; ERR_LOST: outcome unknown, read back */
    struct change *change; /* the caller's own array with its fates */
    size_t n;
    const char *cookie; /* for settle; during the callback only; may be NULL */
};

struct provider_zones { /* result of list */
    struct err err;
    const char *const *v; /* canonical zone names */
    size_t n;
};

/* Requests made so far in this process. */
struct provider_counts {
    uint64_t read, write;
};

struct provider_port {
    void *ctx;
    /* Starts nothing; loads the plugin on first use.  NULL with err filled:
     * no such account, plugin missing or refused. */
    const struct provider_caps *(*caps)(void *ctx, const char *account, struct err *err);
    /* Is there a secret for reading / for writing?  Runs no secret command. */
    bool (*can_read)(void *ctx, const char *account);
    bool (*can_write)(void *ctx, const char *account);
    /* Reads the whole zone.  `zone` NULL: the longest zone of the account that
     * contains `name`.  Not there: ERR_NOT_FOUND. */
    void (*read)(void *ctx, const char *account, const char *name, const char *zone,
                 void (*done)(void *arg, const struct provider_zone *result), void *arg);
    /* Pure: the value the provider will keep for this set (TTL floor, splitting),
     * copied into arena, or ERR_INVALID with the provider's rule. */
    int (*keeps)(void *ctx, const char *account, const struct rrset *set, struct arena *arena,
                 struct rrset **ret, struct err *err);
    /* Writes the changes of one zone.  One write per zone at a time; a second one
     * waits.  `zone` carries name and cookie; both and the array are borrowed
     * until the callback. */
    void (*apply)(void *ctx, const char *account, const struct zone *zone, struct change *changes,
                  size_t n, void (*done)(void *arg, const struct provider_write *result),
                  void *arg);
    /* Publishes what is staged, notifies secondaries, waits for the provider's
     * own signal.  An error here is a warning: verification decides. */
    void (*settle)(void *ctx, const char *account, const struct zone *zone, const char *cookie,
                   void (*done)(void *arg, const struct err *err), void *arg);
    /* Names of all zones of the account (import). */
    void (*list)(void *ctx, const char *account,
                 void (*done)(void *arg, const struct provider_zones *result), void *arg);
    /* Milliseconds that `reads` and `writes` more requests take under the limits
     * when nothing else runs; measured latency counts once there is some. */
    int64_t (*eta_ms)(void *ctx, const char *account, size_t reads, size_t writes);
    /* Write requests left in the tightest long-term budget (day, hour); -1: no such. */
    int64_t (*budget)(void *ctx, const char *account);
    struct provider_counts (*counts)(void *ctx);
    /* Requests that make one read, one write of a whole zone, one settle. */
};
