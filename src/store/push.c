/* push: one reviewed-side branch to or from a remote, through the user's git. */
#include "store/push.h"

#include <string.h>

#include "store/child.h"
#include "store/internal.h"

enum { VERSION_MS = 5000 };

/* One push of SOURCE to BRANCH; `dry` asks the remote and writes nothing. */
static int push_run(struct repo *repo, const char *remote, const char *source, const char *branch,
                    bool dry, int64_t budget_ms, struct arena *arena, struct err *err)
{
    struct child_done done = { 0 };
    const char *args[] = {
        "push",
        "--porcelain",
        dry ? "--dry-run" : "--no-dry-run",
        "--no-verify",
        "--no-follow-tags",
        "--recurse-submodules=no",
        "--",
        remote,
        arena_printf(arena, "%s:refs/heads/%s", source, branch),
        NULL,
    };
    if (remote_check(repo, remote, err) < 0 ||
        child_git(repo, args, NULL, budget_ms, arena, &done, err) < 0)
        return -1;
    return done.status == 0 ? 0 : child_push_failed(&done, remote, branch, budget_ms, err);
}

int push_branch(struct repo *repo, const char *remote, const char *branch, int64_t budget_ms,
                struct err *err)
{
    ARENA_SCOPED arena = arena_new("git push", (size_t)8 << 20);
    const char *source = arena_printf(arena, "refs/heads/%s", branch);
    return push_run(repo, remote, source, branch, false, budget_ms, arena, err);
}

/* Our own BRANCH, else what is checked out: any commit will do. */
static const char *source_of(struct repo *repo, const char *branch, struct arena *arena)
{
    git_oid id;
    const char *ref = arena_printf(arena, "refs/heads/%s", branch);
    if (git_reference_name_to_id(&id, repo->git, ref) == 0)
        return ref;
    return git_reference_name_to_id(&id, repo->git, "HEAD") == 0 ? "HEAD" : NULL;
}

int push_allowed(struct repo *repo, const char *remote, const char *branch, int64_t budget_ms,
                 struct err *err)
{
    struct err why;
    ARENA_SCOPED arena = arena_new("git push", (size_t)8 << 20);
    const char *source = source_of(repo, branch, arena);
    if (!source)
        return err_set(err, ERR_NOT_FOUND, "no commit here that could be pushed");
    if (push_run(repo, remote, source, branch, true, budget_ms, arena, &why) == 0)
        return 0;
    /* Refused for its history alone, by our own git: the remote let us that far. */
    if (why.code == ERR_CONFLICT)
        return 0;
    *err = why;
    return -1;
}

int push_git_version(struct repo *repo, struct arena *arena, const char **ret, struct err *err)
{
    struct child_done done = { 0 };
    const char *args[] = { "version", NULL };
    static const char head[] = "git version ";
    if (child_git(repo, args, NULL, VERSION_MS, arena, &done, err) < 0)
        return -1;
    if (done.status || strncmp(done.out, head, strlen(head)))
        return err_set(err, ERR_FAILED, "git does not say its version");
    const char *version = done.out + strlen(head);
    *ret = arena_strndup(arena, version, strcspn(version, " \n"));
    return 0;
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
