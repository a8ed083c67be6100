/* target: one domain at one provider account: what is read, written, verified and
 * put back as a unit.  Its sets are the LKG once captured. */
#pragma once
#include "base/verdict.h"
#include "dns/rrset.h"
#include "ports/dns.h"
#include "rollout/states.h"

struct target_base { /* what the ticket recorded, and its edits computed on that */
    const struct rrset *before, *after;
};

struct target_set {
    const char *owner; /* canonical */
    uint16_t type;
    enum set_class cls;
    const struct rrset *before; /* LKG; NULL: absent */
    const struct rrset *after;  /* what the ticket wants; NULL: absent */
    /* What the servers answer at this name when the set is absent (wildcard,
     * captured zone); NULL: nothing. */
    const struct rrset *synthesised;
    const char *detail; /* why conflict or unmanaged; or NULL */
    /* Plan only, for the digest, which must not move with the neighbours of what an
     * edit touches.  NULL: the same as before and after. */
    const struct target_base *base;
    /* run time, not part of the LKG */
    bool intended; /* a durable write intent exists (from the journal when resumed) */
    bool put_back; /* in a rollback of several: its attempt was rolled back before */
};

/* What makes one domain behave unlike another (plan only, not part of the LKG). */
#define TARGET_FEATURES(X)                                                                         \
    X(FEATURE_NEW, "a new name")                                                                   \
    X(FEATURE_REMOVED, "a removed set")                                                            \
    X(FEATURE_TTL_SHORT, "TTLs up to 5 minutes")                                                   \
    X(FEATURE_TTL_MIDDLE, "TTLs up to 1 hour")                                                     \
    X(FEATURE_TTL_LONG, "TTLs over 1 hour")                                                        \
    X(FEATURE_WILDCARD, "a wildcard")                                                              \
    X(FEATURE_CNAME, "a CNAME")                                                                    \
    X(FEATURE_DNSSEC, "a signed zone")                                                             \
    X(FEATURE_MOVED, "neighbours that moved")

enum target_feature {
#define X(id, text) id,
    TARGET_FEATURES(X)
#undef X
        TARGET_FEATURE_COUNT
};

struct check {          /* one line of "checks" in the output */
    const char *check;  /* "dns", "api", "mail-records", "hook:x" */
    const char *target; /* server, account, hook */
    enum verdict verdict;
    const char *detail;
};
struct checks {
    struct check *v;
    size_t n, cap;
};

struct target {
    const char *domain, *client; /* canonical; client may be NULL when only LKG is left */
    const char *account;
    const char *zone, *cookie; /* as captured */
    struct server *servers;    /* authoritative addresses at capture */
    size_t n_servers;
    struct target_set *sets;
    size_t n;
    uint32_t negative_ttl_s; /* SOA minimum at capture; 0: unknown */
    bool canary;
    uint32_t step;     /* 0 canary, 1.. the wave it is in */
    unsigned features; /* what a canary should share with the rest */
    /* run time */
    enum domain_state state;
    struct checks checks;
    const char *verified;  /* "dns", "api" or NULL */
    const struct err *err; /* NULL: none; large and rare, so not in here */
};
struct targets {
    struct target *v;
    size_t n, cap;
};

bool target_writes(const struct target *target); /* any set of class change or moved */
/* Keeps a copy of `err`. */
void target_fail(struct target *target, const struct err *err, struct arena *arena);
