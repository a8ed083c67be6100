/* plan_internal: what the files of plan share with each other and nobody else. */
#pragma once
#include "rollout/plan.h"

/* Everything one target is computed from. */
struct plan_place {
    const struct plan_input *in;
    const struct domain *domain;
    const char *account;
    const struct provider_caps *caps;
    const struct zone *zone;
    struct edit_place place;
    struct arena *arena;
};

/* All edits of one owner and type, in ticket order. */
struct plan_key {
    const char *owner;
    uint16_t type;
    VEC(const struct edit *) edits;
};
struct plan_keys {
    struct plan_key *v;
    size_t n, cap;
};

/* plan_class.c: the numbered table for one key. */
int plan_classify(const struct plan_place *at, const struct plan_key *key, struct target_set *ret,
                  struct err *err) WARN_UNUSED;
/* Same TTL and records; what the provider keeps beside is not in a ticket. */
bool plan_same(const struct rrset *recorded, const struct rrset *live);
bool plan_set_writes(const struct target_set *set);

/* plan_rules.c: may the sets of one target stand together in its zone? */
int plan_rules(const struct plan_place *at, const struct plan_keys *keys,
               const struct target *target, struct err *err) WARN_UNUSED;

/* plan_answers.c: what servers answer where a set is absent. */
void plan_answers(const struct plan_place *at, struct target *target);
/* Negative TTL (RFC 2308 5): the lower of the SOA's TTL and its minimum; 0: unknown. */
uint32_t plan_negative_ttl(const struct zone *zone);

/* plan_shared.c: two domains of one ticket in one zone. */
int plan_shared(const struct targets *targets, struct err *err) WARN_UNUSED;

/* estimate.c: times and counts of an apply and of a full rollback, bake, horizon. */
void plan_estimate(struct plan *plan, const struct plan_input *in,
                   const struct rollout_settings *rollout, const struct ports *ports,
                   const char *const *accounts, size_t n_accounts, struct arena *arena);
