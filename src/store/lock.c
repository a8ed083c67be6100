/* lock: flock on one file a ticket.  The text in it is only for people: what
 * counts is whether the lock is held. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "store/internal.h"

#define TRIES   5 /* somebody who only looks holds it for an instant */
#define STEP_NS 5000000L

struct lock {
    int fd;
};

static const char *lock_path(struct repo *repo, struct arena *arena, const char *id)
{
    return local_path(repo, arena, arena_printf(arena, "%s.lock", id));
}

/* "PID WHO SINCE DOING\n" */
static void holder_read(int fd, struct arena *arena, struct lock_holder *ret)
{
    char text[512] = "", who[256] = "", doing[128] = "";
    *ret = (struct lock_holder){ .who = "", .doing = "" };
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0 || sscanf(text, "%" SCNu32 " %255s %" SCNd64 " %127[^\n]", &ret->pid, who,
                         &ret->since_wall_s, doing) < 3)
        return;
    ret->who = arena_strdup(arena, who);
    ret->doing = arena_strdup(arena, doing);
}

static int lock_held(int fd, const char *id, struct arena *arena, struct err *err)
{
    struct lock_holder holder;
    holder_read(fd, arena, &holder);
    if (holder.pid == 0)
        return err_set(err, ERR_CONFLICT, "another process works on %s", id);
    err_set(err, ERR_CONFLICT, "%s is being worked on: %s by %s, process %" PRIu32, id,
            *holder.doing ? holder.doing : "a command", holder.who, holder.pid);
    return err_hint(err, "dnschange status %s; dnschange pause or abort %s --reason ...", id, id);
}

static bool flock_try(int fd, int how)
{
    struct timespec step = { .tv_nsec = STEP_NS };
    for (int i = 0; i < TRIES; i++) {
        if (flock(fd, how | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        nanosleep(&step, NULL);
    }
    errno = EWOULDBLOCK;
    return false;
}

int lock_take(struct repo *repo, const char *id, const char *doing, int64_t now_wall_s,
              struct lock **ret, struct err *err)
{
    OWNER_GUARD(repo);
    if (local_id_check(id, err) < 0 || file_make_dirs(local_path(repo, repo->arena, ""), err) < 0)
        return -1;
    const char *path = lock_path(repo, repo->arena, id);
    FD_SCOPED fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot open %s", path);
    if (!flock_try(fd, LOCK_EX)) {
        if (errno == EWOULDBLOCK)
            return lock_held(fd, id, repo->arena, err);
        return err_errno(err, ERR_FAILED, errno, "cannot lock %s", path);
    }
    const char *text = arena_printf(repo->arena, "%ld %s %" PRId64 " %s\n", (long)getpid(),
                                    repo_user_at_host(repo->arena), now_wall_s, doing);
    /* A full disk must not stop a rollback: without the text it only says less. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) < 0)
        errno = 0;
    struct lock *lock = ARENA_NEW(repo->arena, struct lock);
    lock->fd = fd;
    fd = -1;
    *ret = lock;
    return 0;
}

/* The file stays: removing it would let two processes hold "the" lock. */
void lock_free(struct lock *lock)
{
    if (!lock || lock->fd < 0)
        return;
    if (ftruncate(lock->fd, 0) < 0)
        errno = 0;
    fd_closep(&lock->fd);
}

void lock_freep(struct lock **lock)
{
    lock_free(*lock);
    *lock = NULL;
}

bool lock_is_held(struct repo *repo, const char *id, struct arena *arena, struct lock_holder *ret)
{
    struct lock_holder holder;
    if (local_id_check(id, NULL) < 0)
        return false;
    FD_SCOPED fd = open(lock_path(repo, arena, id), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return false;
    holder_read(fd, arena, &holder);
    if (ret)
        *ret = holder;
    return true;
}
