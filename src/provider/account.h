/* account: one provider of dnschange.json as a struct.  Reads JSON text; knows
 * nothing of plugins but that they may have settings of their own, and resolves
 * no secret. */
#pragma once
#include "base/arena.h"
#include "provider/budget.h"

enum secret_kind { SECRET_ENV, SECRET_FILE, SECRET_COMMAND };

struct secret_source {
    const char *part; /* "secret" for the single one, else the key in "secrets" */
    enum secret_kind kind;
    const char *text; /* variable or path */
    struct strv argv; /* command */
};

struct secret_sources {
    struct secret_source *v;
    size_t n, cap;
};

struct setting_value {
    const char *key;
    const char *text; /* strings unquoted, numbers and booleans as in JSON */
};

struct provider_account {
    const char *name;
    const char *plugin;
    const char *url;             /* no final slash; NULL: none */
    const char *json;            /* the whole object as given; borrowed */
    struct secret_sources write; /* "secret(s)" */
    struct secret_sources read;  /* "read_secret(s)"; n == 0: `write` serves reading too */
    uint32_t concurrent;         /* 0: as the plugin says */
    struct budget_rule *rules;   /* "per_second" and "rules" */
    size_t n_rules;
    struct setting_value *own; /* keys the program does not know: the plugin's */
    size_t n_own;
};

/* ERR_INVALID names provider and key.  A literal secret is refused without being
 * repeated.  Everything in *ret is copied into arena but `name` and `json`. */
int provider_account_parse(const char *name, const char *json, struct arena *arena,
                           struct provider_account *ret, struct err *err) WARN_UNUSED;

/* Where a secret comes from, for people: "environment variable PDNS_API_KEY". */
const char *secret_source_text(const struct secret_source *source, struct arena *arena);
