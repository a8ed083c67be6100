/* inverse: what putting one RRset back means when others may have written too
 * (record by record, whoever the other writer was).  Pure. */
#pragma once
#include "rollout/target.h"

enum inverse_kind {
    INVERSE_NOTHING, /* live is LKG already                                              */
    INVERSE_RESTORE, /* live is what the ticket wrote (or our own partial write): to LKG */
    INVERSE_DELTA,   /* ours is still there among records that moved: take back only ours */
    INVERSE_CONFLICT /* what we wrote was changed by someone else: no write              */
};

struct inverse {
    enum inverse_kind kind;
    const struct rrset *to; /* what to write for RESTORE and DELTA; NULL: absent */
    const char *detail;     /* for CONFLICT: LKG, ticket's and live value, one line each */
};

/* `partial_possible`: the provider is not atomic per RRset and a durable intent
 * exists.  `overwrite`: CONFLICT becomes RESTORE (the caller stores `live` first). */
void inverse_compute(const struct target_set *set, const struct rrset *live, bool partial_possible,
                     bool overwrite, struct arena *arena, struct inverse *ret);

/* Where is a set between before and after?  For resume and read-back. */
enum place { PLACE_BEFORE, PLACE_AFTER, PLACE_PARTIAL, PLACE_FOREIGN };
enum place place_of(const struct target_set *set, const struct rrset *live, bool partial_possible);
