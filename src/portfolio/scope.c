/* scope: turns selectors into domains of the portfolio.  It reads nothing but
 * the portfolio and knows nothing of tickets. */
#include "portfolio/scope.h"

#include <ctype.h>
#include <string.h>

#include "dns/name.h"
#include "portfolio/near.h"

/* `*` stands for any characters, dots included. */
static bool glob_match(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

typedef bool selects_fn(const struct domain *domain, const char *what);

static bool selects_all(const struct domain *domain, const char *what)
{
    (void)domain, (void)what;
    return true;
}

static bool selects_client(const struct domain *domain, const char *what)
{
    return strcmp(domain->client->name, what) == 0;
}

static bool selects_provider(const struct domain *domain, const char *what)
{
    return strv_has(&domain->providers, what);
}

static bool selects_template(const struct domain *domain, const char *what)
{
    return domain->template && strcmp(domain->template, what) == 0;
}

static bool selects_glob(const struct domain *domain, const char *what)
{
    return glob_match(what, domain->name);
}

static void add_name(struct arena *arena, struct strv *names, const char *name)
{
    if (name && (names->n == 0 || strcmp(names->v[names->n - 1], name) != 0))
        strv_push(arena, names, name);
}

static void names_tags(const struct domain *domain, struct arena *arena, struct strv *names)
{
    for (size_t i = 0; i < domain->tags.n; i++)
        add_name(arena, names, domain->tags.v[i]);
}

static void names_client(const struct domain *domain, struct arena *arena, struct strv *names)
{
    add_name(arena, names, domain->client->name);
}

static void names_providers(const struct domain *domain, struct arena *arena, struct strv *names)
{
    for (size_t i = 0; i < domain->providers.n; i++)
        add_name(arena, names, domain->providers.v[i]);
}

static void names_template(const struct domain *domain, struct arena *arena, struct strv *names)
{
    add_name(arena, names, domain->template);
}

static void names_domain(const struct domain *domain, struct arena *arena, struct strv *names)
{
    add_name(arena, names, domain->name);
}

struct kind {
    const char *prefix;
    selects_fn *selects;
    void (*names)(const struct domain *domain, struct arena *arena, struct strv *names);
};
static const struct kind kinds[] = {
    { "tag:", domain_has_tag, names_tags },
    { "client:", selects_client, names_client },
    { "provider:", selects_provider, names_providers },
    { "template:", selects_template, names_template },
};
static const struct kind kind_all = { "all", selects_all, names_domain };
static const struct kind kind_glob = { "*", selects_glob, names_domain };

/* A pattern in lower case; "*.name" in either spelling of the name. */
static const char *glob_canonical(const char *text, struct arena *arena)
{
    const char *name;
    if (strncmp(text, "*.", 2) == 0 && !strchr(text + 1, '*') &&
        name_parse(text + 2, arena, &name, NULL) == 0)
        return arena_printf(arena, "*.%s", name);
    char *copy = arena_strdup(arena, text);
    for (char *p = copy; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

static int nothing_matches(const struct portfolio *portfolio, const char *selector,
                           const struct kind *kind, const char *what, struct arena *arena,
                           struct err *err)
{
    struct strv names = { 0 };
    err_set(err, ERR_INVALID, "scope \"%s\" matches no domain of the portfolio", selector);
    for (size_t i = 0; i < portfolio->n; i++)
        kind->names(&portfolio->domains[i], arena, &names);
    const char *near = near_hint(what, &names, arena);
    if (*near)
        return err_hint(err, "%s", near);
    return err_hint(err, "\"dnschange domains list\" shows what there is");
}

static int mark_matching(const struct portfolio *portfolio, const char *selector,
                         const struct kind *kind, const char *what, bool value, bool *marks,
                         struct arena *arena, struct err *err)
{
    bool any = false;
    for (size_t i = 0; i < portfolio->n; i++)
        if (kind->selects(&portfolio->domains[i], what)) {
            marks[i] = value;
            any = true;
        }
    return any ? 0 : nothing_matches(portfolio, selector, kind, what, arena, err);
}

static int mark_name(const struct portfolio *portfolio, const char *selector, bool value,
                     bool *marks, struct arena *arena, struct err *err)
{
    const struct domain *domain = portfolio_find(portfolio, selector);
    if (domain) {
        marks[domain - portfolio->domains] = value;
        return 0;
    }
    if (strchr(selector, ':')) {
        err_set(err, ERR_INVALID, "\"%s\" is no scope", selector);
        return err_hint(err, "scopes: NAME, *.NAME, tag:T, client:C, provider:P, template:T, all, "
                             "each also with not: before it");
    }
    const char *name = selector;
    if (name_parse(selector, arena, &name, NULL) != 0)
        name = selector;
    return nothing_matches(portfolio, selector, &kind_all, name, arena, err);
}

/* Marks or unmarks what one selector (without "not:") names. */
static int mark(const struct portfolio *portfolio, const char *selector, bool value, bool *marks,
                struct arena *arena, struct err *err)
{
    if (strcmp(selector, "all") == 0)
        return mark_matching(portfolio, selector, &kind_all, "", value, marks, arena, err);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = strlen(kinds[i].prefix);
        if (strncmp(selector, kinds[i].prefix, n) == 0)
            return mark_matching(portfolio, selector, &kinds[i], selector + n, value, marks, arena,
                                 err);
    }
    if (strchr(selector, '*'))
        return mark_matching(portfolio, selector, &kind_glob, glob_canonical(selector, arena),
                             value, marks, arena, err);
    return mark_name(portfolio, selector, value, marks, arena, err);
}

static const char *not_part(const char *selector)
{
    return strncmp(selector, "not:", 4) == 0 ? selector + 4 : NULL;
}

int scope_resolve(const struct portfolio *portfolio, const struct strv *selectors,
                  struct arena *arena, struct domains *ret, struct err *err)
{
    if (selectors->n == 0)
        return err_set(err, ERR_INVALID, "the scope is empty");
    bool *marks = ARENA_ARRAY(arena, bool, portfolio->n), positive = false;
    for (size_t i = 0; i < selectors->n; i++) {
        if (not_part(selectors->v[i]))
            continue;
        positive = true;
        if (mark(portfolio, selectors->v[i], true, marks, arena, err) != 0)
            return -1;
    }
    if (!positive && portfolio->n)
        memset(marks, true, portfolio->n * sizeof *marks);
    for (size_t i = 0; i < selectors->n; i++) {
        const char *rest = not_part(selectors->v[i]);
        if (rest && mark(portfolio, rest, false, marks, arena, err) != 0)
            return -1;
    }
    struct domains domains = { 0 };
    for (size_t i = 0; i < portfolio->n; i++)
        if (marks[i])
            *(const struct domain **)vec_push(arena, &domains) = &portfolio->domains[i];
    if (domains.n == 0)
        return err_set(err, ERR_INVALID, "nothing is left of the scope");
    *ret = domains;
    return 0;
}
