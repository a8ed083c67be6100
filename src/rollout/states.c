/* states: names and edges.  One table holds every edge there is; nothing else in
 * the program decides where a ticket may go.  What happens on an edge is the
 * business of the steps. */
#include "rollout/states.h"

#include <string.h>

#define X(id, text) text,
static const char *const ticket_texts[] = { TICKET_STATES(X) };
static const char *const domain_texts[] = { DOMAIN_STATES(X) };
static const char *const class_texts[] = { SET_CLASSES(X) };
static const char *const event_texts[] = { TICKET_EVENTS(X) };
#undef X

struct edge {
    enum ticket_state from;
    enum ticket_event event;
    enum ticket_state to;
};

static const struct edge edges[] = {
    { TICKET_PROPOSED, EVENT_APPROVE, TICKET_APPROVED },
    { TICKET_PROPOSED, EVENT_EDIT, TICKET_PROPOSED },
    { TICKET_APPROVED, EVENT_EDIT, TICKET_PROPOSED },
    { TICKET_APPROVED, EVENT_CLAIM, TICKET_CLAIMED },
    /* Nothing was written: the ticket is as it was before the claim. */
    { TICKET_CLAIMED, EVENT_RELEASE, TICKET_APPROVED },
    { TICKET_CLAIMED, EVENT_CAPTURED, TICKET_CANARY },
    { TICKET_CLAIMED, EVENT_NOTHING_LEFT, TICKET_DONE },
    /* After a kill nobody parked it: resume reads everything back first. */
    { TICKET_CLAIMED, EVENT_RESUME, TICKET_CLAIMED },
    { TICKET_CLAIMED, EVENT_PARK, TICKET_PARKED },
    { TICKET_CLAIMED, EVENT_PAUSE, TICKET_PAUSED },
    { TICKET_CLAIMED, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_CLAIMED, EVENT_ROLLBACK, TICKET_REVERTING },

    { TICKET_CANARY, EVENT_PASS, TICKET_BAKING },
    { TICKET_CANARY, EVENT_NOTHING_LEFT, TICKET_DONE },
    { TICKET_CANARY, EVENT_FAIL, TICKET_REVERTING },
    { TICKET_CANARY, EVENT_UNKNOWN_HOLD, TICKET_HALTED },
    { TICKET_CANARY, EVENT_PAUSE, TICKET_PAUSED },
    { TICKET_CANARY, EVENT_PARK, TICKET_PARKED },
    { TICKET_CANARY, EVENT_RESUME, TICKET_CANARY },
    { TICKET_CANARY, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_CANARY, EVENT_ROLLBACK, TICKET_REVERTING },

    { TICKET_BAKING, EVENT_BAKED, TICKET_WAVE },
    { TICKET_BAKING, EVENT_NOTHING_LEFT, TICKET_DONE },
    { TICKET_BAKING, EVENT_FAIL, TICKET_REVERTING },
    { TICKET_BAKING, EVENT_UNKNOWN_HOLD, TICKET_HALTED },
    { TICKET_BAKING, EVENT_PAUSE, TICKET_PAUSED },
    { TICKET_BAKING, EVENT_PARK, TICKET_PARKED },
    { TICKET_BAKING, EVENT_RESUME, TICKET_BAKING },
    { TICKET_BAKING, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_BAKING, EVENT_ROLLBACK, TICKET_REVERTING },

    { TICKET_WAVE, EVENT_PASS, TICKET_WAVE },
    { TICKET_WAVE, EVENT_NOTHING_LEFT, TICKET_DONE },
    { TICKET_WAVE, EVENT_FAIL, TICKET_REVERTING },
    { TICKET_WAVE, EVENT_UNKNOWN_HOLD, TICKET_HALTED },
    { TICKET_WAVE, EVENT_PAUSE, TICKET_PAUSED },
    { TICKET_WAVE, EVENT_PARK, TICKET_PARKED },
    { TICKET_WAVE, EVENT_RESUME, TICKET_WAVE },
    { TICKET_WAVE, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_WAVE, EVENT_ROLLBACK, TICKET_REVERTING },

    { TICKET_DONE, EVENT_ROLLBACK, TICKET_REVERTING },

    { TICKET_REVERTING, EVENT_ALL_BACK, TICKET_REVERTED },
    { TICKET_REVERTING, EVENT_SOME_BACK, TICKET_PARTLY_REVERTED },
    { TICKET_REVERTING, EVENT_BLOCKED, TICKET_REVERT_BLOCKED },
    /* A revert never parks: interrupted it stays what it is, and may be asked for
     * again. */
    { TICKET_REVERTING, EVENT_RESUME, TICKET_REVERTING },
    { TICKET_REVERTING, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_REVERTING, EVENT_ROLLBACK, TICKET_REVERTING },

    { TICKET_REVERTED, EVENT_AGAIN, TICKET_CLAIMED },
    /* Rolling back twice is rolling back once; it is looked at all the same. */
    { TICKET_REVERTED, EVENT_ROLLBACK, TICKET_REVERTING },
    { TICKET_PARTLY_REVERTED, EVENT_ROLLBACK, TICKET_REVERTING },
    { TICKET_PARTLY_REVERTED, EVENT_AGAIN, TICKET_CLAIMED },
    { TICKET_REVERT_BLOCKED, EVENT_ROLLBACK, TICKET_REVERTING },
    { TICKET_REVERT_BLOCKED, EVENT_ABORT, TICKET_REVERTING },

    /* Waiting ones go back through a read of every set; the journal says where. */
    { TICKET_HALTED, EVENT_RESUME, TICKET_CANARY },
    { TICKET_HALTED, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_HALTED, EVENT_ROLLBACK, TICKET_REVERTING },
    { TICKET_PAUSED, EVENT_RESUME, TICKET_CANARY },
    { TICKET_PAUSED, EVENT_PARK, TICKET_PARKED },
    { TICKET_PAUSED, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_PAUSED, EVENT_ROLLBACK, TICKET_REVERTING },
    { TICKET_PARKED, EVENT_RESUME, TICKET_CANARY },
    { TICKET_PARKED, EVENT_PAUSE, TICKET_PAUSED },
    { TICKET_PARKED, EVENT_ABORT, TICKET_REVERTING },
    { TICKET_PARKED, EVENT_ROLLBACK, TICKET_REVERTING },
};

#define EDGES (sizeof edges / sizeof *edges)

const char *ticket_state_text(enum ticket_state state)
{
    return state < TICKET_STATE_COUNT ? ticket_texts[state] : "?";
}

const char *domain_state_text(enum domain_state state)
{
    return state < DOMAIN_STATE_COUNT ? domain_texts[state] : "?";
}

const char *set_class_text(enum set_class cls)
{
    return cls < SET_CLASS_COUNT ? class_texts[cls] : "?";
}

const char *ticket_event_text(enum ticket_event event)
{
    return event < TICKET_EVENT_COUNT ? event_texts[event] : "?";
}

static bool text_find(const char *const *texts, int n, const char *text, int *ret)
{
    for (int i = 0; text && i < n; i++) {
        if (strcmp(texts[i], text) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

bool ticket_state_parse(const char *text, enum ticket_state *ret)
{
    int i;
    if (!text_find(ticket_texts, TICKET_STATE_COUNT, text, &i))
        return false;
    *ret = (enum ticket_state)i;
    return true;
}

bool domain_state_parse(const char *text, enum domain_state *ret)
{
    int i;
    if (!text_find(domain_texts, DOMAIN_STATE_COUNT, text, &i))
        return false;
    *ret = (enum domain_state)i;
    return true;
}

bool ticket_next(enum ticket_state from, enum ticket_event event, enum ticket_state *ret)
{
    for (size_t i = 0; i < EDGES; i++) {
        if (edges[i].from == from && edges[i].event == event) {
            *ret = edges[i].to;
            return true;
        }
    }
    return false;
}

bool ticket_state_final(enum ticket_state state)
{
    switch (state) {
    case TICKET_PROPOSED:
    case TICKET_APPROVED:
    case TICKET_DONE:
    case TICKET_REVERTED:
    case TICKET_PARTLY_REVERTED:
    case TICKET_REVERT_BLOCKED:
    case TICKET_SUPERSEDED:
        return true;
    case TICKET_CLAIMED:
    case TICKET_CANARY:
    case TICKET_BAKING:
    case TICKET_WAVE:
    case TICKET_REVERTING:
    case TICKET_HALTED:
    case TICKET_PAUSED:
    case TICKET_PARKED:
    case TICKET_STATE_COUNT:
        break;
    }
    return false;
}

bool ticket_state_active(enum ticket_state state)
{
    return state < TICKET_STATE_COUNT && !ticket_state_final(state);
}

void states_print(struct buf *out)
{
    buf_adds(out, "| state | leaves by | to |\n|---|---|---|\n");
    for (int from = 0; from < TICKET_STATE_COUNT; from++) {
        bool named = false;
        for (size_t i = 0; i < EDGES; i++) {
            if ((int)edges[i].from != from)
                continue;
            buf_addf(out, "| %s | %s | %s |\n", named ? "" : ticket_texts[from],
                     event_texts[edges[i].event], ticket_texts[edges[i].to]);
            named = true;
        }
        if (!named)
            buf_addf(out, "| %s | nothing: final | |\n", ticket_texts[from]);
    }
}
