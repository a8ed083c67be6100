/* exchange: one operation from begin() to its result: drives the plugin, sends its
 * requests through the transport port, repeats what may be repeated.  Turns are
 * the lane's, meanings the plugin's. */
#pragma once
#include "ports/transport.h"
#include "provider/auth.h"
#include "provider/host.h"
#include "provider/lane.h"

struct account { /* an account at work */
    const struct provider_account *settings;
    const struct dc_plugin *plugin;
    struct dc_account dc; /* what the plugin sees */
    struct lane lane;
    const struct transport_port *transport;
    struct secrets *write, *read; /* read == write when there is but one */
    uint32_t *random;             /* state of the jitter, shared by all accounts */
    uint64_t n_reads, n_writes;   /* requests sent */
    int64_t latency_ms;           /* moving average of replies; 0: none yet */
};

struct call;

struct exchange {
    struct host_op host; /* what the plugin sees, first */
    struct account *account;
    struct arena *arena; /* everything of the operation, this struct included */
    struct secrets *secrets;
    const char *subject; /* zone or name, for messages; or NULL */
    struct call *calls;  /* made and not answered; repeats are the same call */
    size_t n_calls;
    size_t calls_made, waits;
    struct timer timer; /* DC_WAIT */
    bool over;          /* DC_DONE or DC_FAIL was answered */
    bool failed;        /* then host.err says why */
    bool write_sent;    /* a request that is not of effect none left at least once */
    void (*done)(void *arg, struct exchange *exchange);
    void *arg;
};

/* In an arena of its own.  The caller fills host.op and then runs it. */
struct exchange *exchange_new(struct account *account, enum dc_op_kind kind, const char *subject);
/* From inside the loop.  done(arg) is called once, perhaps before this returns;
 * the exchange is freed after it. */
void exchange_run(struct exchange *exchange, void (*done)(void *arg, struct exchange *exchange),
                  void *arg);
/* For lane.send: `call` is one of an exchange. */
void exchange_send(struct lane_call *call);
/* Ends it at once, at the end of the program: nothing of it is on the wire. */
void exchange_cancel(struct exchange *exchange);
