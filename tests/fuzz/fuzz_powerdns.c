/* fuzz_powerdns: any reply to any operation of the powerdns plugin.  The first octet
 * picks the operation, the second the status; the rest is the body. */
#include <dnschange/provider.h>
#include <stdlib.h>
#include <string.h>

#include "provider/host.h"

extern const struct dc_plugin dnschange_plugin;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int STATUSES[] = { 200, 204, 500, 404, 422, 400, 409, 302, 502, 200, 200, 500 };

static struct rrset *set_make(struct arena *arena, const char *owner, uint16_t type,
                              const char *wire, size_t len)
{
    struct rrset *set = rrset_new(arena, owner, type, 300);
    rrset_add(arena, set, (struct rdata){ arena_memdup(arena, wire, len), len });
    return set;
}

static void changes_make(struct host_op *op, struct arena *arena)
{
    struct dc_change **list = ARENA_ARRAY(arena, struct dc_change *, 2);
    struct dc_change *changes = ARENA_ARRAY(arena, struct dc_change, 2);
    struct rrset *old = set_make(arena, "a.example", TYPE_A, "\300\0\2\1", 4);
    struct rrset *new = set_make(arena, "a.example", TYPE_A, "\300\0\2\2", 4);
    old->extra = "{\"disabled\":[\"192.0.2.9\"]}";
    changes[0].before = host_rrset(arena, old);
    changes[0].after = host_rrset(arena, new);
    changes[1].after = host_rrset(arena, set_make(arena, "t.a.example", TYPE_TXT, "\1x", 2));
    list[0] = &changes[0];
    list[1] = &changes[1];
    op->op.changes = list;
    op->op.n_changes = 2;
    op->op.zone_cookie = "{\"kind\":\"Master\"}";
}

/* What a plugin leaves must be usable as it is: touch all of it. */
static void results_touch(const struct host_op *op, struct arena *arena)
{
    for (size_t i = 0; i < op->sets.n; i++) {
        struct rrset set;
        host_rrset_back(arena, op->sets.v[i], &set);
        for (size_t j = 0; j < set.n && !set.unmanaged; j++)
            if (!rdata_zonefile_text(set.type, set.rr[j], arena))
                abort();
        if (set.extra && strlen(set.extra) < 2)
            abort();
        if (!rrset_copy(arena, &set))
            abort();
    }
    for (size_t i = 0; i < op->zones.n; i++)
        if (!*op->zones.v[i])
            abort();
}

/* Plays the same reply to every request of the operation, a few times. */
static void op_play(struct host_op *op, struct arena *arena, int status, const char *body,
                    size_t len)
{
    const struct dc_plugin *plugin = &dnschange_plugin;
    int answer = plugin->begin(host_table(), &op->op);
    for (int turn = 0; turn < 8; turn++) {
        host_op_end_call(op);
        if (answer != DC_SEND && answer != DC_WAIT && answer != DC_AGAIN)
            break;
        struct dc_request ask = { .size = sizeof ask };
        answer = plugin->produce(host_table(), &op->op, &ask);
        host_op_end_call(op);
        if (answer != DC_SEND)
            break;
        struct dc_reply reply = { .size = sizeof reply,
                                  .tag = ask.tag,
                                  .status = turn % 2 && op->op.kind == DC_OP_APPLY ? 200 : status,
                                  .body = body,
                                  .body_len = len,
                                  .last_try = turn > 3 };
        answer = plugin->consume(host_table(), &op->op, &reply);
    }
    host_op_end_call(op);
    if (answer == DC_FAIL && (op->err.code == ERR_NONE || !*op->err.message))
        abort();
    if (answer == DC_DONE)
        results_touch(op, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dc_account account = { .size = sizeof account, .name = "x", .url = "" };
    if (size < 2)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 512u << 20);
    struct host_op *op = ARENA_NEW(arena, struct host_op);
    enum dc_op_kind kind = (enum dc_op_kind)(data[0] % 6 + 1);
    host_op_init(op, arena, kind, &account);
    op->op.name = kind == DC_OP_FIND_ZONE || data[0] & 0x80 ? "a.b.a.example" : NULL;
    op->op.zone = op->op.name ? NULL : "a.example";
    if (kind == DC_OP_APPLY || kind == DC_OP_SETTLE) {
        op->op.name = NULL;
        op->op.zone = "a.example";
        changes_make(op, arena);
    }
    char *body = malloc(size - 1);
    if (!body)
        return 0;
    memcpy(body, data + 2, size - 2);
    body[size - 2] = '\0';
    op_play(op, arena, STATUSES[data[1] % (sizeof STATUSES / sizeof *STATUSES)], body, size - 2);
    free(body);
    return 0;
}
