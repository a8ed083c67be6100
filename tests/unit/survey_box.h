/* survey_box: a records branch in memory, with attempts as the rollout leaves
 * them, for the tests of room survey. */
#pragma once
#include "base/map.h"
#include "fake_ports.h"
#include "rollout/lkg.h"
#include "rollout/rollout.h"

struct box {
    struct arena *arena;
    struct fake *fake;
    struct ports ports;
    struct map *files; /* path to text */
    struct records_port records;
    struct loop_port loop; /* the fake's, with timers that jump */
    struct timer *timers;
    int64_t now_ms;
};
/* Nothing is in it. */
void box_init(struct box *box, struct arena *arena);
void box_file(struct box *box, const char *path, const char *text);

struct box_set {
    const char *domain, *owner, *type, *before, *after;
}; /* "v|v"; NULL absent */
/* One attempt: claim.json, lkg.json, and outcome.json with the same domain state
 * everywhere (NULL: none).  Its time is claimed = changed = wall_s. */
void box_attempt(struct box *box, const char *id, uint32_t attempt, const char *state,
                 const char *domain_state, int64_t wall_s, const struct box_set *sets, size_t n);
/* Its claim.json again, with another time of change. */
void box_changed(struct box *box, const char *id, uint32_t attempt, const char *state,
                 int64_t claimed_s, int64_t changed_s);
struct rrset *box_rrset(struct arena *arena, const char *owner, const char *type,
                        const char *values);
