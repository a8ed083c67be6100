/* ref_lock: one process of this machine at a time moves the records branch; so a
 * lock file that git finds beside the ref, while we may move it, was left by a
 * process that was killed.  Private to the room. */
#pragma once
#include <sys/stat.h>

#include "store/internal.h"

/* Waits for its turn, at most wait_ms.  A file descriptor to close when done; -1: no
 * turn (somebody else has it, or the folder cannot be written): go on with care. */
int ref_turn_take(struct repo *repo, int wait_ms);

struct ref_lock { /* REF.lock as it was first seen */
    const char *path;
    struct stat seen;
    bool there;
};
void ref_lock_look(const struct repo *repo, struct arena *arena, const char *ref,
                   struct ref_lock *ret);
/* Removes it if it is the very file that was seen.  Only with the turn held, and
 * after a time in which every living git would have been done. */
bool ref_lock_break(const struct ref_lock *lock);
