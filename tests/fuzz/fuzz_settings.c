/* Settings, client files and tables out of anything. */
#include <stdint.h>
#include <stdlib.h>

#include "portfolio/import.h"
#include "portfolio/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 512u << 20);
    char *text = arena_strndup(arena, (const char *)data, size);
    struct settings strict, lenient;
    struct strv warnings = { 0 };
    int rc = settings_parse("dnschange.json", text, false, arena, NULL, &strict, NULL);
    if (settings_parse("dnschange.json", text, true, arena, &warnings, &lenient, NULL) != 0)
        abort();
    if (rc == 0 && strict.n_providers != lenient.n_providers)
        abort();
    struct portfolio_file file = { "domains/a.json", text }, *files;
    struct portfolio portfolio;
    size_t n, domains;
    if (portfolio_parse(&file, 1, &lenient, true, arena, &warnings, &portfolio, NULL) != 0)
        abort();
    struct strv selectors = { 0 };
    struct domains scope;
    strv_push(arena, &selectors, text);
    if (scope_resolve(&portfolio, &selectors, arena, &scope, NULL) == 0 && scope.n == 0)
        abort();
    if (import_csv("x.csv", text, NULL, 0, &lenient, arena, &files, &n, &domains, NULL) == 0 &&
        domains == 0)
        abort();
    return 0;
}
