/* job: something that was asked of the port, until it is answered. */
#pragma once
#include "provider/exchange.h"
#include "provider/provider.h"

struct slot { /* an account of the settings, opened on first use */
    struct provider *provider;
    const struct provider_account *settings;
    bool open, failed;
    struct account account;
    struct provider_caps caps; /* of the plugin, as the port says them */
    struct err err;            /* when it failed */
};

/* Something that was asked of the port and not answered yet. */
struct job {
    struct lane_item item;    /* first */
    struct job *next, **link; /* in provider->jobs */
    struct provider *provider;
    struct slot *slot;
    enum dc_op_kind kind;
    char *name, *zone;
    const struct zone *base; /* apply, settle: borrowed from the caller */
    struct change *changes;
    size_t n_changes;
    char *cookie;
    struct exchange *exchange; /* while it runs */
    struct timer timer;        /* for those that fail before they begin */
    struct err *err;           /* why; jobs wait by the thousand, so not in here */
    union {
        void (*read)(void *arg, const struct provider_zone *result);
        void (*apply)(void *arg, const struct provider_write *result);
        void (*settle)(void *arg, const struct err *err);
        void (*list)(void *arg, const struct provider_zones *result);
        void (*check)(void *arg, const struct provider_checked *result);
        void (*find)(void *arg, const struct provider_found *result);
    } done;
    void *arg;
};

/* Nothing was there and nothing shall be: no plugin is asked. */
static inline bool change_is_void(const struct change *change)
{
    return rrset_absent(change->before) && rrset_absent(change->after);
}

/* Calls the caller back with what `exchange` collected, or, when it is NULL or
 * failed, with `err`. */
void job_answer(struct job *job, struct exchange *exchange, struct err err);
