/* plan_record: the review copy of a ticket from what a plan read.  Text for
 * people; from capture on only LKG counts. */
#include <stdlib.h>
#include <string.h>

#include "rollout/plan.h"

static bool splits_otherwise(const struct rrset *set)
{
    if (set->type != TYPE_TXT && set->type != TYPE_SPF)
        return false;
    for (size_t i = 0; i < set->n; i++)
        if (!txt_default_split(set->rr[i]))
            return true;
    return false;
}

static struct rollback_set set_record(const struct target_set *from, const char *domain,
                                      struct arena *arena)
{
    const struct rrset *live = from->before;
    struct rollback_set set = { .owner = name_relative(from->owner, domain, arena),
                                .type = from->type,
                                .absent = !live || live->n == 0 };
    if (set.absent)
        return set;
    set.ttl_s = live->ttl;
    if (splits_otherwise(live))
        set.strings = ARENA_ARRAY(arena, struct strv, live->n);
    for (size_t i = 0; i < live->n; i++) {
        strv_push(arena, &set.values, rdata_text(live->type, live->rr[i], arena));
        if (set.strings)
            txt_strings(live->rr[i], arena, &set.strings[i]);
    }
    return set;
}

static int by_domain(const void *a, const void *b)
{
    const struct rollback_domain *left = a, *right = b;
    return strcmp(left->domain, right->domain);
}

void plan_record(const struct plan *plan, struct ticket *ticket, struct arena *arena)
{
    ticket->rollback = ARENA_ARRAY(arena, struct rollback_domain, plan->targets.n + 1);
    ticket->n_rollback = 0;
    ticket->rollback_file = ticket->rollback_sha256 = NULL;
    const char *last = "";
    for (size_t i = 0; i < plan->targets.n; i++) {
        const struct target *target = &plan->targets.v[i];
        if (strcmp(target->domain, last) == 0)
            continue; /* a further account of the same domain */
        last = target->domain;
        struct rollback_domain *domain = &ticket->rollback[ticket->n_rollback++];
        domain->domain = target->domain;
        domain->sets = ARENA_ARRAY(arena, struct rollback_set, target->n + 1);
        domain->cap = target->n + 1;
        for (size_t k = 0; k < target->n; k++)
            domain->sets[domain->n++] = set_record(&target->sets[k], target->domain, arena);
    }
    if (ticket->n_rollback > 1)
        qsort(ticket->rollback, ticket->n_rollback, sizeof *ticket->rollback, by_domain);
}
