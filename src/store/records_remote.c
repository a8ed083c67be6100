/* records_remote: the records branch and a remote: fetching, publishing.  The
 * network is the user's git's (child.c); deciding across machines who may work
 * on what is not done here. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "store/child.h"
#include "store/push.h"
#include "store/records_internal.h"

#define PUBLISH_ROUNDS 8     /* lost races in a row before giving up */
#define TIDY_BUDGET_MS 10000 /* what it does before it goes to the background */

static const char *tracking_ref(struct records *records, const char *remote)
{
    return arena_printf(records->arena, "refs/remotes/%s/%s", remote, records->branch);
}

static bool tracking_id(struct records *records, const char *remote, git_oid *ret)
{
    return git_reference_name_to_id(ret, records->repo->git, tracking_ref(records, remote)) == 0;
}

static int tracking_set(struct records *records, const char *remote, const git_oid *id,
                        struct err *err)
{
    OWNER_GUARD(records->repo);
    GIT_SCOPED(reference) ref = NULL;
    int rc = git_reference_create(&ref, records->repo->git, tracking_ref(records, remote), id, 1,
                                  "update by push");
    if (rc < 0)
        return git_fail(records->repo, rc, err, "cannot note what %s holds", remote);
    tracking_find(records);
    return 0;
}

/* The remote has no such branch (any more): what only its copy held becomes
 * ours, so that nothing is lost and a publish knows what to expect. */
static int tracking_drop(struct records *records, const char *remote, struct err *err)
{
    OWNER_GUARD(records->repo);
    struct tips tips;
    git_oid id;
    if (!tracking_id(records, remote, &id))
        return 0;
    if (tips_read(records, &tips, err) < 0)
        return -1;
    if (!tips.has_local && records_swap(records, &tips, &id, "fetch: kept", err) < 0)
        return -1;
    git_reference_remove(records->repo->git, tracking_ref(records, remote));
    tracking_find(records);
    return 0;
}

static int fetch_child(struct records *records, const char *remote, int64_t budget_ms,
                       bool *ret_absent, struct err *err)
{
    *ret_absent = false;
    if (fetch_branch(records->repo, remote, records->branch, budget_ms, err) == 0)
        return 0;
    *ret_absent = err->code == ERR_NOT_FOUND;
    return *ret_absent ? 0 : -1;
}

int records_fetch(struct records *records, const char *remote, int64_t budget_ms,
                  struct records_news *ret, struct err *err)
{
    struct records_news news = { 0 };
    struct tips before, after;
    git_oid was, now;
    if (remote_check(records->repo, remote, err) < 0 || tips_read(records, &before, err) < 0)
        return -1;
    bool had = tracking_id(records, remote, &was);
    if (fetch_child(records, remote, budget_ms, &news.absent, err) < 0)
        return -1;
    tracking_find(records);
    if (news.absent) {
        news.rewritten = had;
        if (tracking_drop(records, remote, err) < 0)
            return -1;
    } else if (tracking_id(records, remote, &now)) {
        news.rewritten = had && !history_contains(records->repo, &now, &was);
        if (records_join(records, &now, &news.merged, err) < 0)
            return -1;
    }
    if (tips_read(records, &after, err) < 0)
        return -1;
    news.moved = after.has_view && (!before.has_view || !git_oid_equal(&before.view, &after.view));
    *ret = news;
    return 0;
}

void records_tidy(struct records *records)
{
    ARENA_SCOPED arena = arena_new("git maintenance", (size_t)8 << 20);
    struct child_done done;
    const char *args[] = { "maintenance", "run", "--auto", "--quiet", NULL };
    if (child_git(records->repo, args, NULL, TIDY_BUDGET_MS, arena, &done, NULL) < 0 ||
        done.status != 0)
        log_line(LOG_INFO, "git maintenance did not run to its end");
}

enum pushed { PUSHED, PUSH_LOST, PUSH_FAILED };

/* What git push and receive-pack say when the ref is not what we expected. */
static bool push_lost(const struct child_done *done)
{
    static const char *const words[] = { "stale info",
                                         "fetch first",
                                         "non-fast-forward",
                                         "cannot lock ref",
                                         "failed to update ref",
                                         "failed to lock",
                                         "incorrect old value provided",
                                         "already exists" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(done->out, words[i]) || strstr(done->errors, words[i]))
            return true;
    return false;
}

static enum pushed push_once(struct records *records, const char *remote, const git_oid *expected,
                             const git_oid *id, int64_t budget_ms, struct err *err)
{
    struct child_done done = { 0 };
    ARENA_SCOPED arena = arena_new("git push", (size_t)8 << 20);
    char old_hex[REPO_HEX_LEN + 1] = "", new_hex[REPO_HEX_LEN + 1];
    if (expected)
        git_oid_tostr(old_hex, sizeof old_hex, expected);
    git_oid_tostr(new_hex, sizeof new_hex, id);
    const char *args[] = {
        "push",
        "--porcelain",
        "--no-verify",
        "--no-follow-tags",
        "--recurse-submodules=no",
        arena_printf(arena, "--force-with-lease=%s:%s", records->ref, old_hex),
        "--",
        remote,
        arena_printf(arena, "%s:%s", new_hex, records->ref),
        NULL,
    };
    if (child_git(records->repo, args, NULL, budget_ms, arena, &done, err) < 0)
        return PUSH_FAILED;
    if (done.status == 0)
        return PUSHED;
    if (!done.late && push_lost(&done))
        return PUSH_LOST;
    child_push_failed(&done, remote, records->branch, budget_ms, err);
    return PUSH_FAILED;
}

bool records_unpublished(struct records *records, const char *remote)
{
    git_oid local, theirs;
    if (git_reference_name_to_id(&local, records->repo->git, records->ref) < 0)
        return false;
    return !tracking_id(records, remote, &theirs) ||
           !history_contains(records->repo, &theirs, &local);
}

/* 1: done; 0: lost a race, go round; -1: failed. */
static int publish_round(struct records *records, const char *remote, int64_t left_ms,
                         struct err *err)
{
    git_oid local, theirs;
    bool merged, has = tracking_id(records, remote, &theirs);
    if (!records_unpublished(records, remote))
        return 1;
    if (has && records_join(records, &theirs, &merged, err) < 0)
        return -1;
    int rc = git_reference_name_to_id(&local, records->repo->git, records->ref);
    if (rc < 0)
        return git_fail(records->repo, rc, err, "cannot read the branch %s", records->branch);
    enum pushed pushed = push_once(records, remote, has ? &theirs : NULL, &local, left_ms, err);
    if (pushed == PUSHED)
        return tracking_set(records, remote, &local, err) < 0 ? -1 : 1;
    return pushed == PUSH_LOST ? 0 : -1;
}

int records_publish(struct records *records, const char *remote, int64_t budget_ms, struct err *err)
{
    int64_t until_ms = child_now_ms() + budget_ms;
    if (remote_check(records->repo, remote, err) < 0)
        return -1;
    for (int round = 0; round < PUBLISH_ROUNDS; round++) {
        struct records_news news;
        int rc = publish_round(records, remote, until_ms - child_now_ms(), err);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
        if (records_fetch(records, remote, until_ms - child_now_ms(), &news, err) < 0)
            return -1;
    }
    err_set(err, ERR_FAILED,
            "cannot publish the records to the remote \"%s\": others were faster "
            "%d times in a row",
            remote, PUBLISH_ROUNDS);
    return err_class(err, ERR_RETRY_LATER, ERR_SCOPE_RUN, 0);
}
