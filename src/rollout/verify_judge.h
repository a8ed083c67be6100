/* verify_judge: what verify.c asks besides the judgement itself.  Private to the room. */
#pragma once
#include "rollout/verify.h"

/* What the servers are to answer for this set; NULL: no record of its own. */
const struct rrset *verify_wanted(const struct target_set *set, enum verify_side side);
/* The set was (or is to be) written, so that it is asked for. */
bool verify_asks(const struct target_set *set);
