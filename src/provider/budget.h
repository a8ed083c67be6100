/* budget: how many requests a provider allows in a time.  Pure counting; time is
 * a parameter and nothing waits here.
 *
 * A rule is exact in the provider's favour: in no window of per_ms are there more
 * than n.  The window slides over BUDGET_SLOTS slots, so memory stays the same for
 * two a second and for twelve hundred in five minutes. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum budget_scope { BUDGET_ACCOUNT, BUDGET_ZONE, BUDGET_ADDRESS };
enum budget_kind { BUDGET_ANY, BUDGET_READ, BUDGET_WRITE };

struct budget_rule {
    enum budget_scope scope;
    enum budget_kind kind;
    uint32_t n;
    int64_t per_ms;
};

#define BUDGET_SLOTS 16

struct budget_window { /* what was sent under one rule; zero-initialised */
    int64_t slot;      /* number of the newest slot */
    uint32_t sent[BUDGET_SLOTS + 1];
};

bool budget_applies(const struct budget_rule *rule, bool write);
/* Milliseconds until `cost` more may be sent; 0: now.  A cost over n counts as n. */
int64_t budget_wait_ms(const struct budget_rule *rule, const struct budget_window *window,
                       int64_t now_ms, uint32_t cost);
void budget_spend(const struct budget_rule *rule, struct budget_window *window, int64_t now_ms,
                  uint32_t cost);
/* How many more may be sent before the window lets the first one go. */
uint32_t budget_left(const struct budget_rule *rule, const struct budget_window *window,
                     int64_t now_ms);
/* Milliseconds that `requests` more take under this rule alone. */
int64_t budget_eta_ms(const struct budget_rule *rule, const struct budget_window *window,
                      int64_t now_ms, size_t requests);

/* New connections to one address: more than PACE_FREE at a time are spread, at
 * most PACE_FREE in PACE_MS, because listen backlogs are short (PowerDNS: 10)
 * and a dropped SYN costs a second. */
#define PACE_FREE 8
#define PACE_MS   10

struct pace { /* zero-initialised */
    uint32_t in_flight;
    int64_t started[PACE_FREE]; /* ring of the last ones */
    uint32_t next;
    uint32_t filled;
};
int64_t pace_wait_ms(const struct pace *pace, int64_t now_ms);
void pace_start(struct pace *pace, int64_t now_ms);
void pace_end(struct pace *pace);
