/* net: what a run uses to reach the world: the loop, HTTP, DNS, hooks and the
 * providers over them.  Opening asks nobody anything. */
#pragma once
#include "cli/command.h"
#include "portfolio/settings.h"
#include "rollout/ports.h"

struct net;      /* opaque */
struct provider; /* provider/provider.h */

struct net_options { /* all borrowed for as long as the net lives */
    const struct common *common;
    const struct settings *settings;
    const char *repository; /* root of the change repository: where hooks run */
    struct strv *warnings;  /* a provider that cannot be used is one; NULL: is an error */
};

/* Plugins are looked for in --plugins, else beside the program and in the install's
 * folder, as far as these exist. */
int net_open(const struct net_options *options, struct arena *arena, struct net **ret,
             struct err *err) WARN_UNUSED;
void net_free(struct net *net); /* NULL is fine */
/* Fills loop, provider, dns and check of the bundle. */
void net_ports(struct net *net, struct ports *ports);
void net_wake(void *net); /* async-signal-safe */
struct provider *net_provider(struct net *net);
/* Folders that plugins are looked for in, absolute. */
const struct strv *net_plugin_folders(const struct net *net);
