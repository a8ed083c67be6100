/* attempt: the local files of one attempt of a ticket, under
 * <common git dir>/dnschange/<id>/<n>/: its journal and its disk reserve.
 *
 * Octets only; framing and meaning are the rollout's.  Who may write is
 * decided by lock.h, not here. */
#pragma once
#include <stdint.h>

#include "ports/journal.h"
#include "store/repo.h"

struct attempt; /* opaque */

/* Opens the journal of attempt n of ticket `id`, creating folder and file when
 * `create` is set; else ERR_NOT_FOUND without a journal.  ERR_INVALID for an id
 * that is no file name.  `repo` must outlive it. */
int attempt_open(struct repo *repo, const char *id, uint32_t n, bool create, struct attempt **ret,
                 struct err *err) WARN_UNUSED;
void attempt_free(struct attempt *attempt); /* NULL is fine; unsynced octets are dropped */
void attempt_freep(struct attempt **attempt);
#define ATTEMPT_SCOPED CLEANUP(attempt_freep) struct attempt *

/* The folder (absolute); it may not exist yet. */
char *attempt_dir(const struct repo *repo, const char *id, uint32_t n, struct arena *arena);

/* The port over it (ctx is `attempt`).  A failed fdatasync is final: every
 * later append and sync fails too.  When the disk is full the reserve is given
 * free and the write is done again, see attempt_disk_full. */
struct journal_port attempt_journal(struct attempt *attempt);

/* Takes `bytes` of disk before the first provider write, to be spent by the
 * revert.  ERR_FAILED when the disk has not that much. */
int attempt_reserve(struct attempt *attempt, size_t bytes, struct err *err) WARN_UNUSED;
/* Gives the reserve free (at the begin of a revert, and at the end). */
void attempt_release(struct attempt *attempt);
/* The disk was full and the reserve is spent: nothing new may be started. */
bool attempt_disk_full(const struct attempt *attempt);

struct attempt_name {
    const char *id;
    uint32_t n;
    uint64_t journal_bytes;
};
struct attempt_names {
    struct attempt_name *v;
    size_t n, cap;
};
/* Every attempt with a journal on this machine, by id, then by number. */
int attempt_list(struct repo *repo, struct arena *arena, struct attempt_names *ret,
                 struct err *err) WARN_UNUSED;
