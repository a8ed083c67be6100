/* net: opens loop, HTTP, DNS, hooks and providers over one another. */
#include "cli/net.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/hooks.h"
#include "io/http.h"
#include "io/resolve.h"
#include "provider/provider.h"

struct net {
    struct loop *loop;
    struct http *http;
    struct resolve *resolve;
    struct hooks *hooks;
    struct provider *provider;
    struct strv folders;
    struct loop_port loop_port;
    struct transport_port transport;
    struct dns_port dns;
    struct check_port check;
    struct provider_port provider_port;
};

static void folder_try(struct arena *arena, struct strv *folders, const char *folder)
{
    char *real = realpath(folder, NULL);
    if (real && !strv_has(folders, real))
        strv_push(arena, folders, arena_strdup(arena, real));
    free(real);
}

/* Beside the program, where a build leaves its plugins, and where an install has
 * them, seen from the program: the tree may have been moved as a whole. */
static void folders_near(struct arena *arena, struct strv *folders)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return;
    *slash = '\0';
    folder_try(arena, folders, arena_printf(arena, "%s/providers", path));
    folder_try(arena, folders,
               arena_printf(arena, "%s/../" DNSCHANGE_LIBDIR "/dnschange/providers", path));
}

static int folders_find(const struct common *common, struct arena *arena, struct strv *folders,
                        struct err *err)
{
    if (common->plugins && common->plugins[0] != '/') {
        err_set(err, ERR_USAGE, "--plugins %s: the folder must be absolute", common->plugins);
        return -1;
    }
    if (common->plugins) {
        strv_push(arena, folders, common->plugins);
        return 0;
    }
    folders_near(arena, folders);
    folder_try(arena, folders, DNSCHANGE_PLUGIN_DIR);
    return 0;
}

static int accounts_parse(const struct net_options *o, struct arena *arena,
                          struct provider_options *ret, struct err *err)
{
    const struct settings *settings = o->settings;
    struct provider_account *accounts =
        ARENA_ARRAY(arena, struct provider_account, settings->n_providers + 1);
    ret->accounts = accounts;
    for (size_t i = 0; i < settings->n_providers; i++) {
        const struct provider_settings *one = &settings->providers[i];
        if (!provider_account_parse(one->name, one->json, arena, &accounts[ret->n_accounts], err))
            ret->n_accounts++;
        else if (o->warnings)
            strv_push(arena, o->warnings, arena_strdup(arena, err->message));
        else
            return -1;
    }
    return 0;
}

static void hooks_open(struct net *net, const struct net_options *o, struct arena *arena)
{
    const struct settings *settings = o->settings;
    struct hook *table = ARENA_ARRAY(arena, struct hook, settings->n_hooks + 1);
    for (size_t i = 0; i < settings->n_hooks; i++) {
        const struct hook_settings *one = &settings->hooks[i];
        const char **argv = ARENA_ARRAY(arena, const char *, one->argv.n + 1);
        memcpy(argv, one->argv.v, one->argv.n * sizeof *argv);
        table[i] = (struct hook){ one->name, argv, one->timeout_ms };
    }
    net->hooks = hooks_new(net->loop, table, settings->n_hooks, o->repository);
}

static int parts_open(struct net *net, const struct net_options *o, struct arena *arena,
                      struct err *err)
{
    struct provider_options options = { .repository = o->repository };
    const struct http_options http = { .user_agent = "dnschange/" DNSCHANGE_VERSION };
    if (folders_find(o->common, arena, &net->folders, err) ||
        accounts_parse(o, arena, &options, err) || loop_new(&net->loop, err))
        return -1;
    net->loop_port = loop_port(net->loop);
    net->http = http_new(net->loop, &http);
    if (!net->http)
        return err_set(err, ERR_FAILED, "HTTP could not be set up");
    net->transport = http_port(net->http);
    if (resolve_new(net->loop, NULL, &net->resolve, err))
        return -1;
    resolve_polite(net->resolve, RESOLVE_PER_SECOND);
    net->dns = resolve_port(net->resolve);
    hooks_open(net, o, arena);
    net->check = hooks_port(net->hooks);
    options.plugin_folders = net->folders.v;
    options.n_plugin_folders = net->folders.n;
    net->provider = provider_new(&net->loop_port, &net->transport, &options);
    net->provider_port = provider_port(net->provider);
    return 0;
}

int net_open(const struct net_options *options, struct arena *arena, struct net **ret,
             struct err *err)
{
    struct net *net = ARENA_NEW(arena, struct net);
    if (parts_open(net, options, arena, err)) {
        net_free(net);
        return -1;
    }
    *ret = net;
    return 0;
}

/* What is under way calls back into the providers: they go after the transport. */
void net_free(struct net *net)
{
    if (!net)
        return;
    http_free(net->http);
    provider_free(net->provider);
    hooks_free(net->hooks);
    resolve_free(net->resolve);
    loop_free(net->loop);
}

void net_ports(struct net *net, struct ports *ports)
{
    ports->loop = &net->loop_port;
    ports->provider = &net->provider_port;
    ports->dns = &net->dns;
    ports->check = &net->check;
}

void net_wake(void *arg)
{
    const struct net *net = arg;
    loop_wake(net->loop);
}

struct provider *net_provider(struct net *net)
{
    return net->provider;
}

const struct strv *net_plugin_folders(const struct net *net)
{
    return &net->folders;
}
