/* propose_inverse: the orderly inverse of an applied ticket, as edits that a
 * review can read.  Values that differ between domains become variables. */
#include <string.h>

#include "base/map.h"
#include "cli/group.h"
#include "cli/propose.h"
#include "dns/name.h"
#include "survey/attempts.h"

struct old_set {       /* one set of one domain, as it is to be again */
    const char *owner; /* relative */
    uint16_t type;
    uint32_t ttl_s;
    struct strv values; /* empty: absent */
};
struct old_domain {
    const char *domain;
    struct old_set *v;
    size_t n, cap;
};
struct old_domains {
    struct old_domain *v;
    size_t n, cap;
};

static void target_collect(const struct target *target, struct arena *arena, struct old_domain *ret)
{
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (set->cls != CLASS_CHANGE && set->cls != CLASS_MOVED)
            continue;
        struct old_set *old = vec_push(arena, ret);
        old->owner = name_relative(set->owner, target->domain, arena);
        old->type = set->type;
        old->ttl_s = set->before ? set->before->ttl : 0;
        for (size_t k = 0; set->before && k < set->before->n; k++)
            strv_push(arena, &old->values, rdata_text(set->type, set->before->rr[k], arena));
    }
}

/* A domain at several providers has one target each; the ticket names it once. */
static void collect(const struct lkg *lkg, struct map *wanted, struct arena *arena,
                    struct old_domains *ret)
{
    struct map *seen = map_new(arena);
    for (size_t i = 0; i < lkg->targets.n; i++) {
        const struct target *target = &lkg->targets.v[i];
        if (map_get(seen, target->domain) || (wanted && !map_get(wanted, target->domain)))
            continue;
        map_put(seen, target->domain, ret);
        struct old_domain one = { .domain = target->domain };
        target_collect(target, arena, &one);
        if (one.n)
            *vec_push(arena, ret) = one;
    }
}

static bool shape_same(const struct old_set *a, const struct old_set *b)
{
    return a->type == b->type && a->values.n == b->values.n &&
           (!a->values.n || a->ttl_s == b->ttl_s);
}

static int shapes_check(const struct old_domains *all, const char *id, struct err *err)
{
    for (size_t i = 1; i < all->n; i++) {
        bool same = all->v[i].n == all->v[0].n;
        for (size_t k = 0; same && k < all->v[i].n; k++)
            same = shape_same(&all->v[i].v[k], &all->v[0].v[k]);
        if (same)
            continue;
        err_set(
            err, ERR_INVALID,
            "%s and %s had sets of different size or TTL: one list of edits cannot put back both",
            all->v[0].domain, all->v[i].domain);
        return err_hint(err,
                        "propose --revert %s for some domains at a time, or "
                        "dnschange rollback %s",
                        id, id);
    }
    return 0;
}

/* "{" begins a variable in a ticket, so a literal one is an octet escape; the
 * macros of SPF ("%{i}") stay. */
static const char *literal(struct arena *arena, uint16_t type, const char *text)
{
    BUF_SCOPED out = BUF(1 << 18);
    if (type != TYPE_TXT || !strchr(text, '{'))
        return text;
    for (const char *at = text; *at; at++) {
        if (*at == '{' && (at == text || at[-1] != '%'))
            buf_adds(&out, "\\123");
        else
            buf_addc(&out, *at);
    }
    return buf_take(&out, arena);
}

struct slot {          /* one place of the edits: an owner or one value */
    size_t set, value; /* value == SIZE_MAX: the owner */
    const char *name;  /* of the variable */
};

static const char *slot_text(const struct old_domain *domain, const struct slot *slot)
{
    const struct old_set *set = &domain->v[slot->set];
    return slot->value == SIZE_MAX ? set->owner : set->values.v[slot->value];
}

/* Names of the domain itself as the built-in variable: "www.{domain}." is the
 * same for all. */
static const char *generic(const struct old_domain *domain, const struct slot *slot,
                           struct arena *arena)
{
    uint16_t type = domain->v[slot->set].type;
    const char *text = slot_text(domain, slot);
    if (slot->value == SIZE_MAX)
        return text;
    return text_replace(arena, literal(arena, type, text), domain->domain, "{domain}");
}

/* The text of a slot in the edit: literal where all domains agree, else the
 * variable, which every domain then gets. */
static const char *slot_fill(const struct old_domains *all, const struct slot *slot,
                             struct arena *arena, struct ticket *ticket)
{
    const char *first = generic(&all->v[0], slot, arena);
    bool same = true;
    for (size_t i = 1; same && i < all->n; i++)
        same = !strcmp(first, generic(&all->v[i], slot, arena));
    if (same && all->n > 1)
        return first;
    if (same)
        return slot->value == SIZE_MAX
                   ? slot_text(&all->v[0], slot)
                   : literal(arena, all->v[0].v[slot->set].type, slot_text(&all->v[0], slot));
    for (size_t i = 0; i < all->n; i++)
        vars_set(arena, &ticket->vars[i].vars, slot->name, slot_text(&all->v[i], slot));
    return arena_printf(arena, "{%s}", slot->name);
}

static void edit_make(const struct old_domains *all, size_t k, struct arena *arena,
                      struct ticket *ticket)
{
    const struct old_set *set = &all->v[0].v[k];
    struct edit *edit = vec_push(arena, &ticket->change);
    struct slot slot = { k, SIZE_MAX, arena_printf(arena, "owner%zu", k + 1) };
    edit->owner = slot_fill(all, &slot, arena, ticket);
    edit->type = set->type;
    edit->action = set->values.n ? EDIT_SET : EDIT_REMOVE;
    edit->has_ttl = set->values.n > 0;
    edit->ttl_s = set->ttl_s;
    for (size_t i = 0; i < set->values.n; i++) {
        slot.value = i;
        slot.name = arena_printf(arena, "old%zu_%zu", k + 1, i + 1);
        strv_push(arena, &edit->values, slot_fill(all, &slot, arena, ticket));
    }
}

static int wanted_find(struct session *s, const struct strv *scope, struct map **ret,
                       struct err *err)
{
    struct domains domains = { 0 };
    *ret = NULL;
    if (!scope->n)
        return 0;
    if (scope_resolve(&s->portfolio, scope, s->arena, &domains, err))
        return -1;
    *ret = map_new(s->arena);
    for (size_t i = 0; i < domains.n; i++)
        map_put(*ret, domains.v[i]->name, s);
    return 0;
}

static void vars_make(const struct old_domains *all, struct arena *arena, struct ticket *ticket)
{
    ticket->vars = ARENA_ARRAY(arena, struct domain_vars, all->n);
    ticket->n_vars = all->n;
    for (size_t i = 0; i < all->n; i++) {
        ticket->vars[i].domain = all->v[i].domain;
        strv_push(arena, &ticket->select, all->v[i].domain);
        strv_push(arena, &ticket->domains, all->v[i].domain);
    }
}

int propose_inverse(struct session *s, const char *word, const struct strv *scope,
                    struct ticket *ret, struct err *err)
{
    struct attempt_info info;
    struct map *wanted;
    struct old_domains all = { 0 };
    struct lkg *lkg = ARENA_NEW(s->arena, struct lkg);
    const char *id;
    if (tickets_id(s, word, &id, err) || attempt_read(&s->ports, id, s->arena, &info, err) ||
        attempt_lkg(&s->ports, id, info.attempt, s->arena, lkg, err) ||
        wanted_find(s, scope, &wanted, err))
        return -1;
    collect(lkg, wanted, s->arena, &all);
    if (!all.n)
        return err_set(err, ERR_INVALID, "%s wrote nothing that could be reverted", id);
    if (shapes_check(&all, id, err))
        return -1;
    vars_make(&all, s->arena, ret);
    for (size_t k = 0; k < all.v[0].n; k++)
        edit_make(&all, k, s->arena, ret);
    if (!ret->vars[0].vars.n)
        ret->n_vars = 0;
    ret->reason = arena_printf(s->arena, "revert %s: %s", id, info.reason ? info.reason : "");
    return 0;
}
