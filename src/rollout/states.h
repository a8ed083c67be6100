/* states: the names and edges of tickets, domains and RRsets, each from one list.
 * The table printed by `dnschange help states` and shown in ARCHITECTURE.md is
 * this one. */
#pragma once
#include <stdbool.h>

#include "base/buf.h"

#define TICKET_STATES(X)                                                                           \
    X(TICKET_PROPOSED, "proposed")                                                                 \
    X(TICKET_APPROVED, "approved")                                                                 \
    X(TICKET_CLAIMED, "claimed")                                                                   \
    X(TICKET_CANARY, "canary")                                                                     \
    X(TICKET_BAKING, "baking")                                                                     \
    X(TICKET_WAVE, "wave")                                                                         \
    X(TICKET_DONE, "done")                                                                         \
    X(TICKET_REVERTING, "reverting")                                                               \
    X(TICKET_REVERTED, "reverted")                                                                 \
    X(TICKET_PARTLY_REVERTED, "partly_reverted")                                                   \
    X(TICKET_HALTED, "halted")                                                                     \
    X(TICKET_PAUSED, "paused")                                                                     \
    X(TICKET_PARKED, "parked")                                                                     \
    X(TICKET_REVERT_BLOCKED, "revert_blocked")                                                     \
    X(TICKET_SUPERSEDED, "superseded")

#define DOMAIN_STATES(X)                                                                           \
    X(DOMAIN_PENDING, "pending")                                                                   \
    X(DOMAIN_CAPTURED, "captured")                                                                 \
    X(DOMAIN_WRITTEN, "written")                                                                   \
    X(DOMAIN_VERIFIED, "verified")                                                                 \
    X(DOMAIN_HELD, "held")                                                                         \
    X(DOMAIN_FAILED, "failed")                                                                     \
    X(DOMAIN_REVERTED, "reverted")                                                                 \
    X(DOMAIN_BLOCKED, "blocked")                                                                   \
    X(DOMAIN_SKIPPED, "skipped")                                                                   \
    X(DOMAIN_UNTOUCHED, "untouched")

/* Class of each touched thing at plan and at apply (contract "Edits"). */
#define SET_CLASSES(X)                                                                             \
    X(CLASS_CHANGE, "change")                                                                      \
    X(CLASS_ALREADY, "already")                                                                    \
    X(CLASS_MOVED, "moved")                                                                        \
    X(CLASS_CONFLICT, "conflict")                                                                  \
    X(CLASS_UNMANAGED, "unmanaged")

/* What makes a ticket leave a state. */
#define TICKET_EVENTS(X)                                                                           \
    X(EVENT_APPROVE, "approved")                                                                   \
    X(EVENT_EDIT, "edited")                                                                        \
    X(EVENT_CLAIM, "claim taken")                                                                  \
    X(EVENT_RELEASE, "nothing written: capture failed, conflict, lost claim")                      \
    X(EVENT_CAPTURED, "LKG durable and committed")                                                 \
    X(EVENT_PASS, "every verdict passes")                                                          \
    X(EVENT_NOTHING_LEFT, "nothing left to write")                                                 \
    X(EVENT_BAKED, "time up and verified again")                                                   \
    X(EVENT_FAIL, "failures over the limit")                                                       \
    X(EVENT_UNKNOWN_HOLD, "unknown past the deadline, on_unknown: hold")                           \
    X(EVENT_PAUSE, "a person pauses, or the window closed")                                        \
    X(EVENT_PARK, "a wait without a watcher")                                                      \
    X(EVENT_RESUME, "resume")                                                                      \
    X(EVENT_ABORT, "abort")                                                                        \
    X(EVENT_ROLLBACK, "rollback")                                                                  \
    X(EVENT_ALL_BACK, "every set back")                                                            \
    X(EVENT_SOME_BACK, "rolled back for some domains")                                             \
    X(EVENT_BLOCKED, "some sets blocked")                                                          \
    X(EVENT_AGAIN, "apply --again: next attempt")

#define X(id, text) id,
enum ticket_state { TICKET_STATES(X) TICKET_STATE_COUNT };
enum domain_state { DOMAIN_STATES(X) DOMAIN_STATE_COUNT };
enum set_class { SET_CLASSES(X) SET_CLASS_COUNT };
enum ticket_event { TICKET_EVENTS(X) TICKET_EVENT_COUNT };
#undef X

const char *ticket_state_text(enum ticket_state state);
const char *domain_state_text(enum domain_state state);
const char *set_class_text(enum set_class cls);
const char *ticket_event_text(enum ticket_event event);
bool ticket_state_parse(const char *text, enum ticket_state *ret);
bool domain_state_parse(const char *text, enum domain_state *ret);

/* The only edges there are.  False: no such edge, nothing set. */
bool ticket_next(enum ticket_state from, enum ticket_event event, enum ticket_state *ret);
bool ticket_state_final(enum ticket_state state); /* nothing runs and nothing waits */
/* May provider writes of this ticket be outstanding (claims count against others)? */
bool ticket_state_active(enum ticket_state state);
/* The table as Markdown: | state | leaves by | to |. */
void states_print(struct buf *out);
