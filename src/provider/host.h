/* host: the helper table that plugins get, and what one operation collects
 * through it.  Sends nothing and decides nothing. */
#pragma once
#include <dnschange/provider.h>
#include <jansson.h>

#include "dns/rrset.h"

struct host_op {
    struct dc_op op; /* first: the helpers get its address */
    struct err err;  /* filled by fail() and fail_reply() */
    VEC(struct dc_rrset *) sets;
    struct strv zones;
    VEC(json_t *) documents; /* parsed in the present call of the plugin */
};

const struct dc_host *host_table(void);

/* `arena` holds everything of the operation. */
void host_op_init(struct host_op *op, struct arena *arena, enum dc_op_kind kind,
                  const struct dc_account *account);
/* After every call of a plugin function: drops the JSON it parsed. */
void host_op_end_call(struct host_op *op);

/* Between the program's sets and the plugin's; pointers inside are shared. */
struct dc_rrset *host_rrset(struct arena *arena, const struct rrset *set); /* NULL if absent */
void host_rrset_back(struct arena *arena, const struct dc_rrset *from, struct rrset *ret);
