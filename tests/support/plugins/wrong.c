/* wrong: plugins that must be refused or survived, one for each WRONG_... given by
 * the build.  What is right about them is the least that a plugin needs. */
#include <dnschange/provider.h>

static const struct dc_caps caps = {
#ifdef WRONG_CAPS
    .size = sizeof(struct dc_caps) / 2,
#else
    .size = sizeof(struct dc_caps),
#endif
    .atomic = DC_ATOMIC_RRSET,
    .guard = DC_GUARD_ETAG,
    .ttl_min_s = 60,
    .ttl_max_s = 86400,
    .ttl_default_s = 300,
    .max_inflight = 2,
    .max_requests = 5,
    .concurrent = 2,
};

static int wrong_begin(const struct dc_host *host, struct dc_op *op)
{
    (void)host;
#if defined(WRONG_ANSWER)
    (void)op;
    return 77;
#elif defined(WRONG_SILENT)
    (void)op;
    return DC_FAIL; /* without a reason */
#elif defined(WRONG_IDLE)
    (void)op;
    return DC_MORE; /* waits for a reply to no request */
#elif defined(WRONG_SLEEPY)
    op->wait_ms = 0;
    return DC_WAIT;
#else
    (void)op;
    return DC_SEND;
#endif
}

static int wrong_produce(const struct dc_host *host, struct dc_op *op, struct dc_request *ret)
{
    (void)host;
    (void)op;
#ifdef WRONG_SLEEPY
    return DC_WAIT;
#endif
    ret->method = "GET";
    ret->path = "/x";
#ifdef WRONG_PATH
    ret->path = "http://elsewhere.test/";
#endif
#ifdef WRONG_WRITER
    ret->effect = DC_EFFECT_BLIND;
#endif
#ifdef WRONG_SLOT
    static const struct dc_header header = { "X-Key", "{{other}}" };
    ret->headers = &header;
    ret->n_headers = 1;
#endif
    return DC_SEND;
}

static int wrong_consume(const struct dc_host *host, struct dc_op *op, const struct dc_reply *reply)
{
    (void)host;
    (void)op;
    (void)reply;
#ifdef WRONG_WRITER
    return DC_DONE; /* says nothing about its changes */
#endif
    return DC_SEND; /* for ever */
}

#ifndef WRONG_SYMBOL
DC_EXPORT const struct dc_plugin dnschange_plugin = {
#ifdef WRONG_MAJOR
    .abi_major = DC_ABI_MAJOR + 1,
#else
    .abi_major = DC_ABI_MAJOR,
#endif
#ifdef WRONG_MINOR
    .abi_minor = DC_ABI_MINOR + 1,
#endif
#ifdef WRONG_SIZE
    .size = sizeof(struct dc_plugin) - 8,
#else
    .size = sizeof(struct dc_plugin),
#endif
#ifdef WRONG_NAME
    .name = "somebody-else",
#else
    .name = PLUGIN_NAME,
#endif
    .version = "1",
    .caps = &caps,
    .begin = wrong_begin,
#ifndef WRONG_FUNCTION
    .produce = wrong_produce,
#endif
    .consume = wrong_consume,
};
#endif
