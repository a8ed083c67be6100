/* scope: selectors ("tag:mail", "*.acme.example", "not:client:x") to domains. */
#pragma once
#include "portfolio/portfolio.h"

struct domains {
    const struct domain **v;
    size_t n, cap;
};

/* Union of the positive selectors minus the negative ones, in portfolio order,
 * each once.  A selector that matches nothing, or an unknown kind, is ERR_INVALID
 * with the nearest names as hint; only "not:" selectors count from "all". */
int scope_resolve(const struct portfolio *portfolio, const struct strv *selectors,
                  struct arena *arena, struct domains *ret, struct err *err) WARN_UNUSED;
