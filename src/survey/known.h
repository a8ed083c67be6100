/* known: what the records say about RRsets of some domains: the value before the
 * newest ticket that touched it, the value after, and which of them should be
 * live now.  Reads the records branch only. */
#pragma once
#include "rollout/rollout.h"

struct known_set {
    const char *domain, *account, *zone, *owner;
    uint16_t type;
    const struct rrset *lkg;   /* before that ticket; NULL: absent */
    const struct rrset *after; /* as the ticket wanted it; NULL: absent */
    const struct rrset *synthesised;
    const struct rrset *expected; /* one of both; NULL: absent */
    bool certain;                 /* false: the rollout is under way or blocked */
    const char *ticket;
    uint32_t attempt;
    enum ticket_state state;
    int64_t back_to_s;            /* when what is expected was live, if it was put back; else -1 */
    const struct server *servers; /* as captured */
    size_t n_servers;
};
struct known {
    struct known_set *v;
    size_t n, cap;
    struct map *by_key;
};

/* `domains`: canonical names to look for; NULL: all.  A record that cannot be
 * read is named in `warnings` and left out. */
int known_read(const struct ports *ports, const struct strv *domains, struct arena *arena,
               struct known *ret, struct strv *warnings, struct err *err) WARN_UNUSED;
/* `account` NULL: the first account that has it.  NULL: no ticket touched it. */
const struct known_set *known_find(const struct known *known, const char *account,
                                   const char *owner, uint16_t type, struct arena *arena);
