/* provider: the provider port, assembled from accounts, plugins and a transport. */
#pragma once
#include "ports/loop.h"
#include "ports/provider.h"
#include "ports/transport.h"
#include "provider/account.h"

struct provider; /* opaque */

struct provider_options {
    const struct provider_account *accounts; /* from provider_account_parse() */
    size_t n_accounts;
    const char *const *plugin_folders; /* absolute */
    size_t n_plugin_folders;
    const char *repository; /* for the rules about secret files; NULL: none */
};

/* Loads nothing and asks nobody.  Everything handed in must outlive it; `loop` and
 * `transport` are copied. */
struct provider *provider_new(const struct loop_port *loop, const struct transport_port *transport,
                              const struct provider_options *options);
/* The transport must be gone or idle; what still waits completes with
 * ERR_INTERRUPTED.  Zeroes secrets.  NULL is fine. */
void provider_free(struct provider *provider);
void provider_freep(struct provider **provider);
#define PROVIDER_SCOPED CLEANUP(provider_freep) struct provider *

struct provider_port provider_port(struct provider *provider);

/* Everything that is wrong with one provider object of dnschange.json: ERR_INVALID
 * naming provider and key.  With folders the plugin is loaded, so that its own
 * settings and the parts of its secret are judged as well (ERR_NOT_FOUND: no such
 * plugin); without, only what every provider has. */
int provider_settings_check(const char *name, const char *json, const char *const *plugin_folders,
                            size_t n_plugin_folders, struct err *err) WARN_UNUSED;

struct provider_limit {
    struct budget_rule rule;
    bool configured; /* from dnschange.json; else the plugin publishes it */
    bool replaced;   /* published, and the settings have one of this scope and kind */
};
struct provider_limits {
    uint32_t concurrent, concurrent_published;
    const struct provider_limit *v;
    size_t n;
};
/* What holds an account back, in arena; loads the plugin. */
int provider_limits(struct provider *provider, const char *account, struct arena *arena,
                    struct provider_limits *ret, struct err *err) WARN_UNUSED;

struct provider_checked { /* valid during the callback only */
    struct err err;       /* code ERR_NONE: address and secret work */
    const char *detail;   /* who answered, "PowerDNS 4.7.3"; may be NULL */
};
/* Does the account work?  Reads only. */
void provider_check(struct provider *provider, const char *account,
                    void (*done)(void *arg, const struct provider_checked *result), void *arg);

struct provider_found { /* valid during the callback only */
    struct err err;
    const char *zone; /* canonical */
};
/* The longest zone of the account that contains `name`. */
void provider_find(struct provider *provider, const char *account, const char *name,
                   void (*done)(void *arg, const struct provider_found *result), void *arg);

/* Plugins in the folders, for people; nothing is loaded. */
void provider_plugins(const struct provider *provider, struct arena *arena, struct strv *ret);
