/* portfolio: domains/<client>.json as structs; who owns which domain. */
#pragma once
#include "portfolio/settings.h"

struct var {
    const char *name, *value;
};
struct vars {
    struct var *v;
    size_t n, cap;
};

struct exception {
    const char *rule, *reason, *owner, *expires;
};

struct client {
    const char *name, *file; /* "domains/acme.json" */
    struct strv approvers;
};

struct domain {
    const char *name; /* canonical */
    const struct client *client;
    const char *zone;      /* canonical, or NULL: the provider's longest */
    const char *template;  /* or NULL */
    struct strv providers; /* one or more account names */
    struct strv tags;      /* file's and domain's, merged */
    struct vars vars;      /* merged, the domain's win */
    bool canary;
    struct exception *exceptions;
    size_t n_exceptions;
};

struct portfolio {
    struct domain *domains; /* sorted by name */
    size_t n;
    struct client *clients;
    size_t n_clients;
};

struct portfolio_file {
    const char *file, *text;
};

/* Two entries that can meet in one RRset key: the same name twice, in whatever
 * spelling, is refused here; one name below another of the same zone is legal, and
 * ticket_check() refuses a ticket that would write one set through both.
 * ERR_INVALID: a domain in two files or twice, unknown provider, bad name, unknown
 * key, no provider, expiry that is no date, a client that is not its file's name.
 * Lenient: a broken file is a warning and left out, so is the second of two entries
 * of one name; an unknown provider is a warning. */
int portfolio_parse(const struct portfolio_file *files, size_t n, const struct settings *settings,
                    bool lenient, struct arena *arena, struct strv *warnings, struct portfolio *ret,
                    struct err *err) WARN_UNUSED;
/* Any spelling; NULL: not in the portfolio. */
const struct domain *portfolio_find(const struct portfolio *portfolio, const char *name);
bool domain_has_tag(const struct domain *domain, const char *tag);
const char *vars_get(const struct vars *vars, const char *name); /* NULL: undefined */
/* Keeps both pointers; a later value replaces an earlier one. */
void vars_set(struct arena *arena, struct vars *vars, const char *name, const char *value);
bool var_name_valid(const char *name);   /* letters, digits, - and _; no digit first */
bool var_name_builtin(const char *name); /* domain domain_dashed zone */
/* Reads a JSON object of strings over what is in `ret`. */
int vars_read(const struct json_file *in, json_t *value, const char *path, struct vars *ret,
              struct err *err) WARN_UNUSED;
