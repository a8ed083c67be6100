/* lane: whose turn it is.  One lane for each account: operations wait in it to be
 * begun, their requests to be sent, under the account's concurrency and limits,
 * the pace of new connections to its address and the memory for replies.  First
 * come, first served, reads and writes apart, so that a used-up write budget does
 * not stop reading.  It sends nothing itself. */
#pragma once
#include "base/map.h"
#include "ports/loop.h"
#include "provider/budget.h"

/* Octets of reply bodies that may be on their way at a time, all accounts together. */
#define LANE_REPLY_BYTES (24u << 20)

struct lane;

struct lane_item { /* embedded in what waits; the lane's while it waits */
    struct lane_item *next;
    uint64_t number; /* in order of arrival */
    bool write;
};

struct lane_queue {
    struct lane_item *head, **tail;
    size_t n;
};

/* A request that waits to be sent. */
struct lane_call {
    struct lane_item item; /* first */
    uint32_t cost;
    size_t reply_bytes; /* reserved while it is in flight */
    const char *zone;   /* for limits of zone scope; NULL: none */
    struct timer timer; /* while a zone's limit or a pause holds it */
    struct lane *lane;
};

struct lane_zone {                 /* what is remembered of a zone */
    struct budget_window *windows; /* parallel to the rules; NULL until needed */
    bool writing;                  /* an operation that writes is between begin and end */
    struct lane_queue waiting;     /* the next ones */
};

struct lane_address { /* shared by the accounts of one host and port */
    const char *text;
    struct pace pace;
    struct lane_address *next;
    VEC(struct {
        struct budget_rule rule;
        struct budget_window window;
    })
    limits;
};

/* Shared by all lanes. */
struct lanes {
    struct loop_port loop;
    struct arena *arena;
    struct lane_address *addresses;
    size_t reply_bytes;   /* reserved */
    struct lane *starved; /* lanes that wait for reply memory */
    uint64_t number;
};

struct lane {
    struct lanes *lanes;
    struct lane_address *address;
    uint32_t concurrent, in_flight;
    uint32_t writers, writing; /* most writes at a time, and how many there are */
    const struct budget_rule *rules;
    size_t n_rules;
    struct budget_window *windows;      /* account scope, parallel to rules */
    struct map *zones;                  /* name -> struct lane_zone */
    struct lane_queue ops[2], calls[2]; /* [0] reads, [1] writes */
    int64_t hold_until_ms;              /* Retry-After */
    struct timer timer;
    bool is_starved;
    struct lane *next_starved;
    /* May operations of this kind begin?  If not, lane_wake() once they may. */
    bool (*ready)(void *arg, bool write);
    void (*begin)(void *arg, struct lane_item *op);
    void (*send)(void *arg, struct lane_call *call);
    void *arg;
};

/* `host` is "name:port" of the account's url. */
void lane_init(struct lane *lane, struct lanes *lanes, const char *host,
               const struct budget_rule *rules, size_t n_rules, uint32_t concurrent);
/* From now on at most so many writes at a time (never more than before). */
void lane_limit_writers(struct lane *lane, uint32_t writers);
void lane_wake(struct lane *lane); /* takes its turn from the loop, soon */

/* An operation; `zone` is given for one that writes: it waits for the one before. */
void lane_op_add(struct lane *lane, struct lane_item *op, const char *zone);
void lane_op_end(struct lane *lane, const char *zone); /* a writing one is over */

void lane_call_add(struct lane *lane, struct lane_call *call, int64_t pause_ms);
void lane_call_end(struct lane *lane, struct lane_call *call); /* it is no longer in flight */
/* Stops a call that waits; false: it was not waiting. */
bool lane_call_drop(struct lane *lane, struct lane_call *call);

/* Milliseconds that so many more requests take when nothing else runs. */
int64_t lane_eta_ms(const struct lane *lane, size_t reads, size_t writes, int64_t latency_ms);
/* Writes left in the tightest budget of an hour or more; -1: no such. */
int64_t lane_budget(const struct lane *lane);
