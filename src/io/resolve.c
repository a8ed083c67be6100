/* resolve: puts the two halves of the dns port together. */
#include "io/resolve.h"

#include <ares.h>
#include <stdlib.h>

#include "io/dnspool.h"
#include "io/memory.h"
#include "io/nameservers.h"

struct resolve {
    struct dnspool *pool;
    struct nameservers *nameservers;
};

static void port_query(void *ctx, const struct dns_question *question,
                       void (*done)(void *arg, const struct dns_reply *reply), void *arg)
{
    struct resolve *resolve = ctx;
    dnspool_query(resolve->pool, question, done, arg);
}

static void port_servers(void *ctx, const char *zone,
                         void (*done)(void *arg, const struct dns_servers *servers), void *arg)
{
    struct resolve *resolve = ctx;
    nameservers_find(resolve->nameservers, zone, done, arg);
}

struct dns_port resolve_port(struct resolve *resolve)
{
    return (struct dns_port){ .ctx = resolve, .query = port_query, .servers = port_servers };
}

void resolve_polite(struct resolve *resolve, unsigned per_second)
{
    dnspool_polite(resolve->pool, per_second);
}

uint64_t resolve_counts(const struct resolve *resolve)
{
    return dnspool_count(resolve->pool) + nameservers_count(resolve->nameservers);
}

int resolve_new(struct loop *loop, const struct resolve_options *options, struct resolve **ret,
                struct err *err)
{
    struct resolve_options o = options ? *options : (struct resolve_options){ 0 };
    struct dnspool_options pool = { .try_ms = o.try_ms, .tries = o.tries };
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    if (status != ARES_SUCCESS)
        return err_set(err, ERR_FAILED, "cannot set up c-ares: %s", ares_strerror(status));
    struct resolve *resolve = mem_new(sizeof *resolve);
    resolve->pool = dnspool_new(loop, &pool);
    resolve->nameservers = nameservers_new(loop, o.resolver);
    dnspool_polite(resolve->pool, RESOLVE_PER_SECOND);
    *ret = resolve;
    return 0;
}

void resolve_free(struct resolve *resolve)
{
    if (!resolve)
        return;
    dnspool_free(resolve->pool);
    nameservers_free(resolve->nameservers);
    ares_library_cleanup();
    free(resolve);
}
