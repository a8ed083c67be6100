/* header: dnschange/provider.h and nothing else; compiled as C and as C++ with every
 * warning an error.  A plugin as somebody else would write it. */
#include <dnschange/provider.h>

static const struct dc_caps caps = { sizeof(struct dc_caps),
                                     DC_MODEL_RRSET,
                                     DC_ATOMIC_ZONE,
                                     DC_GUARD_NONE,
                                     DC_SETTLE_IMMEDIATE,
                                     0,
                                     0,
                                     86400,
                                     300,
                                     0,
                                     1,
                                     1,
                                     1,
                                     NULL,
                                     0 };

static int header_begin(const struct dc_host *host, struct dc_op *op)
{
    return host->fail(op, DC_ERR_FAILED, "%s", "nothing to do");
}

static int header_produce(const struct dc_host *host, struct dc_op *op, struct dc_request *ret)
{
    (void)ret;
    return header_begin(host, op);
}

static int header_consume(const struct dc_host *host, struct dc_op *op,
                          const struct dc_reply *reply)
{
    return host->fail_reply(op, reply, DC_EFFECT_NONE, NULL);
}

DC_EXPORT const struct dc_plugin dnschange_plugin = {
    DC_ABI_MAJOR, DC_ABI_MINOR,   sizeof(struct dc_plugin), "header", "1", &caps, NULL, 0, NULL, 0,
    header_begin, header_produce, header_consume,           NULL
};
