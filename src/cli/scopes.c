/* scopes: resolves leniently; the portfolio room does the strict work. */
#include "cli/scopes.h"

#include <string.h>

#include "dns/name.h"

/* What is in the portfolio stays what it is there. */
static int plain_add(struct session *s, const char *word, struct domains *ret, struct err *err)
{
    const char *name;
    if (name_parse(word, s->arena, &name, err))
        return -1;
    const struct domain *known = portfolio_find(&s->portfolio, name);
    if (!known) {
        static const struct client nobody = { .name = "", .file = "" };
        struct domain *made = ARENA_NEW(s->arena, struct domain);
        made->name = name;
        made->client = &nobody;
        known = made;
        out_warn(&s->cli->out, "%s is not in the portfolio as it can be read now", name);
    }
    *vec_push(s->arena, ret) = known;
    return 0;
}

static bool is_plain(const char *word)
{
    return !strpbrk(word, ":*") && strchr(word, '.');
}

int scopes_resolve(struct session *s, const struct strv *words, struct domains *ret,
                   struct err *err)
{
    struct err none;
    *ret = (struct domains){ 0 };
    if (!scope_resolve(&s->portfolio, words, s->arena, ret, err))
        return 0;
    for (size_t i = 0; i < words->n; i++) {
        if (!is_plain(words->v[i]))
            return -1;
    }
    *ret = (struct domains){ 0 };
    for (size_t i = 0; i < words->n; i++) {
        if (plain_add(s, words->v[i], ret, &none))
            return -1;
    }
    *err = (struct err){ 0 };
    return 0;
}

int scopes_names(struct session *s, const struct strv *words, struct strv *ret, struct err *err)
{
    struct domains domains;
    if (scopes_resolve(s, words, &domains, err))
        return -1;
    for (size_t i = 0; i < domains.n; i++)
        strv_push(s->arena, ret, domains.v[i]->name);
    return 0;
}
