/* budget: sliding windows and the pace of new connections.  See budget.h. */
#include "provider/budget.h"

#include <string.h>

bool budget_applies(const struct budget_rule *rule, bool write)
{
    return rule->kind == BUDGET_ANY || (rule->kind == BUDGET_WRITE) == write;
}

/* A slot is a sixteenth of the window, rounded up: the window is never shorter
 * than the rule says. */
static int64_t slot_ms(const struct budget_rule *rule)
{
    int64_t ms = (rule->per_ms + BUDGET_SLOTS - 1) / BUDGET_SLOTS;
    return ms > 0 ? ms : 1;
}

/* What slot number `slot` holds; slots outside the window hold nothing. */
static uint32_t slot_sent(const struct budget_window *window, int64_t slot)
{
    if (slot < 0 || slot > window->slot || slot < window->slot - BUDGET_SLOTS)
        return 0;
    return window->sent[slot % (BUDGET_SLOTS + 1)];
}

/* Everything that still counts at slot `now`: the slot itself and the sixteen
 * before it, because the oldest may have been filled at its very end. */
static uint64_t window_sum(const struct budget_window *window, int64_t now)
{
    uint64_t sum = 0;
    for (int64_t slot = now - BUDGET_SLOTS; slot <= now; slot++)
        sum += slot_sent(window, slot);
    return sum;
}

int64_t budget_wait_ms(const struct budget_rule *rule, const struct budget_window *window,
                       int64_t now_ms, uint32_t cost)
{
    int64_t step = slot_ms(rule), now = now_ms / step;
    if (cost > rule->n)
        cost = rule->n;
    uint64_t sum = window_sum(window, now);
    for (int64_t ahead = 0; ahead <= BUDGET_SLOTS; ahead++) {
        if (sum + cost <= rule->n)
            return ahead ? (now + ahead) * step - now_ms : 0;
        sum -= slot_sent(window, now + ahead - BUDGET_SLOTS);
    }
    return (now + BUDGET_SLOTS + 1) * step - now_ms;
}

void budget_spend(const struct budget_rule *rule, struct budget_window *window, int64_t now_ms,
                  uint32_t cost)
{
    int64_t now = now_ms / slot_ms(rule);
    if (now - window->slot > BUDGET_SLOTS)
        memset(window->sent, 0, sizeof window->sent);
    else
        for (int64_t slot = window->slot + 1; slot <= now; slot++)
            window->sent[slot % (BUDGET_SLOTS + 1)] = 0;
    if (now > window->slot)
        window->slot = now;
    window->sent[window->slot % (BUDGET_SLOTS + 1)] += cost < rule->n ? cost : rule->n;
}

uint32_t budget_left(const struct budget_rule *rule, const struct budget_window *window,
                     int64_t now_ms)
{
    uint64_t sum = window_sum(window, now_ms / slot_ms(rule));
    return sum < rule->n ? rule->n - (uint32_t)sum : 0;
}

int64_t budget_eta_ms(const struct budget_rule *rule, const struct budget_window *window,
                      int64_t now_ms, size_t requests)
{
    uint32_t left = budget_left(rule, window, now_ms);
    if (requests <= left || rule->n == 0)
        return 0;
    size_t windows = (requests - left + rule->n - 1) / rule->n;
    return (int64_t)windows * (rule->per_ms + slot_ms(rule));
}

int64_t pace_wait_ms(const struct pace *pace, int64_t now_ms)
{
    if (pace->in_flight < PACE_FREE || pace->filled < PACE_FREE)
        return 0;
    int64_t free_at = pace->started[pace->next] + PACE_MS;
    return free_at > now_ms ? free_at - now_ms : 0;
}

void pace_start(struct pace *pace, int64_t now_ms)
{
    pace->in_flight++;
    pace->started[pace->next] = now_ms;
    pace->next = (pace->next + 1) % PACE_FREE;
    if (pace->filled < PACE_FREE)
        pace->filled++;
}

void pace_end(struct pace *pace)
{
    if (pace->in_flight)
        pace->in_flight--;
}
