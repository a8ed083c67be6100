/* lock: which process of this machine works on a ticket.
 *
 * flock on <common git dir>/dnschange/<id>.lock, held for as long as the
 * holder lives: a free lock means that the holder is dead or done, whatever
 * the file says.  Nothing here reaches other machines. */
#pragma once
#include <stdint.h>

#include "store/repo.h"

struct lock; /* opaque */

struct lock_holder {
    uint32_t pid;
    const char *who; /* "user@host" */
    int64_t since_wall_s;
    const char *doing; /* "apply", "rollback", ... as given to lock_take */
};

/* Never waits.  ERR_CONFLICT names the holder and his pid. */
int lock_take(struct repo *repo, const char *id, const char *doing, int64_t now_wall_s,
              struct lock **ret, struct err *err) WARN_UNUSED;
void lock_free(struct lock *lock); /* releases; NULL is fine */
void lock_freep(struct lock **lock);
#define LOCK_SCOPED CLEANUP(lock_freep) struct lock *

/* Somebody alive holds it; then *ret (may be NULL) is filled as far as the file
 * says (pid 0 when it says nothing). */
bool lock_is_held(struct repo *repo, const char *id, struct arena *arena, struct lock_holder *ret);
