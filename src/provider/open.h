/* open: an account's settings and its plugin brought together. */
#pragma once
#include "provider/exchange.h"
#include "provider/provider.h"
#include "provider/registry.h"

/* Judges the settings by what the plugin asks for and fills everything of `ret`
 * but its lane and secrets.  ERR_INVALID names provider and key. */
int account_open(const struct provider_account *settings, const struct dc_plugin *plugin,
                 struct arena *arena, struct account *ret, struct err *err) WARN_UNUSED;

/* The plugin's limits and those of the settings, which replace the plugin's of the
 * same scope and kind. */
void account_limits(const struct provider_account *settings, const struct dc_caps *caps,
                    struct arena *arena, struct provider_limits *ret);
/* The rules that hold. */
void account_rules(const struct provider_account *settings, const struct dc_caps *caps,
                   struct arena *arena, struct budget_rule **ret, size_t *ret_n);

/* "127.0.0.1:8081" of a url, with the scheme's port where none is given. */
const char *url_host(const char *url, struct arena *arena);
