/* push: one reviewed-side branch to or from a remote, through the user's git. */
#include "store/push.h"

#include <string.h>

#include "store/child.h"
#include "store/internal.h"

int push_branch(struct repo *repo, const char *remote, const char *branch, int64_t budget_ms,
                struct err *err)
{
    struct child_done done = { 0 };
    ARENA_SCOPED arena = arena_new("git push", (size_t)8 << 20);
    const char *args[] = {
        "push",
        "--porcelain",
        "--no-verify",
        "--no-follow-tags",
        "--recurse-submodules=no",
        "--",
        remote,
        arena_printf(arena, "refs/heads/%s:refs/heads/%s", branch, branch),
        NULL,
    };
    if (remote_check(repo, remote, err) < 0 ||
        child_git(repo, args, NULL, budget_ms, arena, &done, err) < 0)
        return -1;
    return done.status == 0 ? 0 : child_push_failed(&done, remote, branch, budget_ms, err);
}

int fetch_branch(struct repo *repo, const char *remote, const char *branch, int64_t budget_ms,
                 struct err *err)
{
    struct child_done done = { 0 };
    ARENA_SCOPED arena = arena_new("git fetch", (size_t)8 << 20);
    const char *args[] = {
        "-c",
        "maintenance.auto=false",
        "-c",
        "gc.auto=0",
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--refmap=",
        "--",
        remote,
        arena_printf(arena, "+refs/heads/%s:refs/remotes/%s/%s", branch, remote, branch),
        NULL,
    };
    if (remote_check(repo, remote, err) < 0 ||
        child_git(repo, args, NULL, budget_ms, arena, &done, err) < 0)
        return -1;
    if (done.status == 0)
        return 0;
    if (strstr(done.errors, "couldn't find remote ref"))
        return err_set(err, ERR_NOT_FOUND, "the remote \"%s\" has no branch \"%s\"", remote,
                       branch);
    return child_remote_failed(&done, "cannot fetch from", remote, budget_ms, err);
}
