/* Selectors: kinds, union, subtraction, and the answer when nothing fits. */
#include "portfolio/scope.h"
#include "portfolio_box.h"

static struct portfolio sample(struct arena *arena)
{
    static struct settings settings;
    settings = box_settings(arena);
    static const struct portfolio_file files[] = {
        { "domains/acme.json",
          "{\"client\": \"acme\", \"provider\": \"pdns\", \"template\": \"base\", \"domains\": {"
          "\"acme.example\": {\"tags\": [\"mail\"]}, \"a.acme.example\": {},"
          "\"b.a.acme.example\": {\"tags\": [\"bulk\"]}, \"acme-shop.example\": {}}}" },
        { "domains/beta.json",
          "{\"client\": \"beta\", \"provider\": \"r53\", \"domains\": {"
          "\"beta.example\": {\"tags\": [\"mail\"]}, \"xn--mnchen-3ya.example\": {}}}" },
    };
    return box_portfolio(arena, &settings, files, 2);
}

static struct strv words(struct arena *arena, const char *text)
{
    struct strv list = { 0 };
    char *save, *copy = arena_strdup(arena, text);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        strv_push(arena, &list, word);
    return list;
}

static void resolved(void **state)
{
    static const struct {
        const char *scope, *want;
    } rows[] = {
        { "acme.example", "acme.example" },
        { "ACME.Example.", "acme.example" },
        { "m\xc3\xbcnchen.example", "xn--mnchen-3ya.example" },
        { "*.acme.example", "a.acme.example b.a.acme.example" },
        { "*.ACME.example", "a.acme.example b.a.acme.example" },
        { "acme*", "acme-shop.example acme.example" },
        { "*m*", "a.acme.example acme-shop.example acme.example b.a.acme.example beta.example "
                 "xn--mnchen-3ya.example" },
        { "tag:mail", "acme.example beta.example" },
        { "client:beta", "beta.example xn--mnchen-3ya.example" },
        { "provider:pdns", "a.acme.example acme-shop.example acme.example b.a.acme.example" },
        { "template:base not:tag:mail", "a.acme.example acme-shop.example b.a.acme.example" },
        { "not:client:acme", "beta.example xn--mnchen-3ya.example" },
        { "all not:*.example", "" },
        { "tag:mail tag:bulk acme.example", "acme.example b.a.acme.example beta.example" },
        { "not:beta.example tag:mail", "acme.example" },
    };
    struct portfolio p = sample(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct strv selectors = words(*state, rows[i].scope), names = { 0 };
        struct domains domains = { 0 };
        struct err err = { 0 };
        int rc = scope_resolve(&p, &selectors, *state, &domains, &err);
        if ((rc == 0) != (*rows[i].want != '\0'))
            fail_msg("%s: %s", rows[i].scope, err.message);
        for (size_t k = 0; k < domains.n; k++)
            strv_push(*state, &names, domains.v[k]->name);
        if (strcmp(strv_join(*state, &names, " "), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].scope, strv_join(*state, &names, " "));
    }
}

static void refused(void **state)
{
    static const struct {
        const char *scope, *message, *hint;
    } rows[] = {
        { "", "empty", "" },
        { "acme.exampel", "matches no domain", "did you mean acme.example?" },
        { "tag:mial", "matches no domain", "did you mean mail?" },
        { "client:acm", "matches no domain", "did you mean acme?" },
        { "provider:pdsn", "matches no domain", "did you mean pdns?" },
        { "template:nothing", "matches no domain", "domains list" },
        { "*.other.example", "matches no domain", "domains list" },
        { "tags:mail", "is no scope", "scopes: NAME" },
        { "all not:tag:mial", "tag:mial", "did you mean mail?" },
        { "not:all", "nothing is left", "" },
        { "not:not:all", "is no scope", "scopes: NAME" },
    };
    struct portfolio p = sample(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct strv selectors = words(*state, rows[i].scope);
        struct domains domains;
        struct err err = { 0 };
        if (scope_resolve(&p, &selectors, *state, &domains, &err) == 0)
            fail_msg("taken: %s", rows[i].scope);
        if (err.code != ERR_INVALID || !strstr(err.message, rows[i].message) ||
            !strstr(err.hint, rows[i].hint))
            fail_msg("%s: %s; %s", rows[i].scope, err.message, err.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(resolved), cmocka_unit_test(refused) };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
