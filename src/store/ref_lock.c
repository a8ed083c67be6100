/* ref_lock: see ref_lock.h.  Git itself never removes such a file, since it cannot
 * know who is alive; a rollback must not end there. */
#include "store/ref_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum { STEP_MS = 2 };

int ref_turn_take(struct repo *repo, int wait_ms)
{
    struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
    const char *path = local_path(repo, repo->arena, "records.turn");
    struct err err;
    if (file_make_dirs(local_path(repo, repo->arena, ""), &err) < 0)
        return -1;
    FD_SCOPED fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (int waited_ms = 0; fd >= 0; waited_ms += STEP_MS) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            break;
        if (waited_ms >= wait_ms)
            return -1;
        nanosleep(&step, NULL);
    }
    int taken = fd;
    fd = -1;
    return taken;
}

void ref_lock_look(const struct repo *repo, struct arena *arena, const char *ref,
                   struct ref_lock *ret)
{
    ret->path = arena_printf(arena, "%s/%s.lock", repo->common, ref);
    ret->there = lstat(ret->path, &ret->seen) == 0;
}

bool ref_lock_break(const struct ref_lock *lock)
{
    struct stat now;
    if (!lock->there || lstat(lock->path, &now) < 0 || now.st_dev != lock->seen.st_dev ||
        now.st_ino != lock->seen.st_ino || now.st_mtim.tv_sec != lock->seen.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != lock->seen.st_mtim.tv_nsec || unlink(lock->path) < 0)
        return false;
    log_line(LOG_WARNING, "removed %s, which a killed process left behind", lock->path);
    return true;
}
