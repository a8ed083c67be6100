/* reading_internal: one zone on its way, shared by the files of reading. */
#pragma once
#include "base/map.h"
#include "rollout/reading.h"

struct server_list {
    struct server *v;
    size_t n;
};

struct reading_run { /* lives as long as the call */
    const struct reading_input *in;
    struct reading *reading;
    struct arena *scratch;
    size_t pending;
    bool done;
};

struct reading_group { /* the items that one read serves */
    struct reading_run *run;
    const char *account, *name; /* name: of its first domain */
    const char *zone;           /* asked for by the portfolio, or NULL */
    const struct provider_settings *settings;
    const struct provider_caps *caps;
    struct {
        size_t *v;
        size_t n, cap;
    } items;
};

/* Hands a zone, or an error, to every item of the group. */
void group_deliver(struct reading_group *group, const struct zone *zone, const char *source,
                   const struct err *err);
/* Keeps servers for a zone; equal lists are kept once. */
void servers_keep(struct reading *reading, const char *account, const char *zone,
                  const struct server *servers, size_t n, const struct provider_settings *settings);
bool servers_known(const struct reading *reading, const char *account, const char *zone);
void reading_begin(struct reading_run *run);
void reading_end(struct reading_run *run);

/* reading_dns.c: asks the authoritative servers instead of the provider. */
void group_read_dns(struct reading_group *group);
