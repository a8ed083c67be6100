/* dependents: looks the targets of all records up among the changed names. */
#include "survey/dependents.h"

#include <string.h>

#include "base/map.h"
#include "dns/name.h"
#include "mail/spf.h"

struct search {
    struct map *changed;
    struct arena *arena;
    struct dependents *found;
    const struct target *target;
    const struct target_set *set;
};

static bool is_written(const struct target_set *set)
{
    return set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED;
}

static void name_try(struct search *s, const char *name)
{
    if (!map_get(s->changed, name) || !strcmp(name, s->set->owner))
        return;
    *vec_push(s->arena, s->found) =
        (struct dependent){ map_get(s->changed, name), s->target->domain, s->set->owner,
                            s->set->type };
}

/* The domain of one SPF term (RFC 7208 5, 6), without qualifier and prefix length;
 * NULL when it has none or a macro decides. */
static const char *term_domain(struct arena *arena, const char *term)
{
    static const char *const kinds[] = { "include:", "redirect=", "a:", "mx:", "exists:" };
    struct err err;
    const char *name;
    term += strspn(term, "+-~?");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i]);
        if (strncasecmp(term, kinds[i], len))
            continue;
        const char *text = arena_strndup(arena, term + len, strcspn(term + len, "/"));
        return strchr(text, '%') || name_parse(text, arena, &name, &err) ? NULL : name;
    }
    return NULL;
}

static void spf_try(struct search *s, struct rdata txt)
{
    size_t n;
    if (!spf_is_record(txt, s->arena))
        return;
    const char *octets = txt_octets(txt, s->arena, &n);
    char *text = arena_strndup(s->arena, octets, n);
    char *rest = NULL;
    for (char *term = strtok_r(text, " ", &rest); term; term = strtok_r(NULL, " ", &rest)) {
        const char *name = term_domain(s->arena, term);
        if (name)
            name_try(s, name);
    }
}

static void set_try(struct search *s)
{
    const struct rrset *after = s->set->after;
    for (size_t i = 0; after && i < after->n; i++) {
        const char *name = rdata_target(after->type, after->rr[i], s->arena);
        if (name)
            name_try(s, name);
        if (after->type == TYPE_TXT)
            spf_try(s, after->rr[i]);
    }
}

void dependents_find(const struct targets *targets, struct arena *arena, struct dependents *ret)
{
    struct search s = { .changed = map_new(arena), .arena = arena, .found = ret };
    *ret = (struct dependents){ 0 };
    for (size_t i = 0; i < targets->n; i++) {
        for (size_t k = 0; k < targets->v[i].n; k++) {
            const struct target_set *set = &targets->v[i].sets[k];
            if (is_written(set))
                map_put(s.changed, set->owner, (void *)(uintptr_t)set->owner);
        }
    }
    for (size_t i = 0; i < targets->n; i++) {
        s.target = &targets->v[i];
        for (size_t k = 0; k < s.target->n; k++) {
            s.set = &s.target->sets[k];
            set_try(&s);
        }
    }
}
