/* repo_head: who commits, what is checked out, which remotes and branch names
 * there are. */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/internal.h"

const char *repo_config(struct repo *repo, struct arena *arena, const char *key)
{
    GIT_SCOPED(config) now = NULL;
    const char *value = NULL;
    if (git_repository_config_snapshot(&now, repo->git) < 0 ||
        git_config_get_string(&value, now, key) < 0)
        return NULL;
    return arena_strdup(arena, value);
}

/* Not empty once what git strips is stripped (ident.c of git: "crud"). */
static const char *identity_part(struct arena *arena, const char *text)
{
    if (!text)
        return NULL;
    char *part = arena_alloc(arena, strlen(text) + 1);
    size_t n = 0;
    for (const char *c = text; *c; c++)
        if (*c != '<' && *c != '>' && *c != '\n' && (n > 0 || *c != ' '))
            part[n++] = *c;
    while (n > 0 && strchr(" .,:;\"'\\", part[n - 1]))
        n--;
    part[n] = '\0';
    return n > 0 ? part : NULL;
}

static const char *identity_find(struct repo *repo, struct arena *arena, const char *const *env,
                                 const char *const *keys)
{
    const char *found = NULL;
    for (size_t i = 0; !found && env[i]; i++)
        found = identity_part(arena, getenv(env[i]));
    for (size_t i = 0; !found && keys[i]; i++)
        found = identity_part(arena, repo_config(repo, arena, keys[i]));
    return found;
}

static void identity_look(struct repo *repo, struct arena *arena, struct identity *ret)
{
    static const char *const name_env[] = { "GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", NULL };
    static const char *const email_env[] = { "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", NULL };
    static const char *const name_keys[] = { "author.name", "user.name", NULL };
    static const char *const email_keys[] = { "author.email", "user.email", NULL };
    ret->name = identity_find(repo, arena, name_env, name_keys);
    ret->email = identity_find(repo, arena, email_env, email_keys);
    if (!ret->email)
        ret->email = identity_part(arena, getenv("EMAIL"));
}

int repo_identity(struct repo *repo, struct arena *arena, struct identity *ret, struct err *err)
{
    struct identity who = { 0 };
    identity_look(repo, arena, &who);
    if (!who.name || !who.email) {
        err_set(err, ERR_INVALID, "git does not know who you are: no %s%s%s is configured",
                who.name ? "" : "user.name", !who.name && !who.email ? " and no " : "",
                who.email ? "" : "user.email");
        return err_hint(err, "git config --global user.name \"Your Name\"; "
                             "git config --global user.email you@example.com");
    }
    *ret = who;
    return 0;
}

static const char *user_name(struct arena *arena)
{
    struct passwd entry, *found = NULL;
    char space[4096];
    if (getpwuid_r(geteuid(), &entry, space, sizeof space, &found) == 0 && found && *found->pw_name)
        return arena_strdup(arena, found->pw_name);
    return arena_printf(arena, "uid-%lu", (unsigned long)geteuid());
}

char *repo_user_at_host(struct arena *arena)
{
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) < 0 || !*host)
        strcpy(host, "localhost");
    return arena_printf(arena, "%s@%s", user_name(arena), host);
}

void repo_identity_any(struct repo *repo, struct arena *arena, struct identity *ret)
{
    struct identity who = { 0 };
    identity_look(repo, arena, &who);
    who.assumed = !who.name || !who.email;
    if (!who.name)
        who.name = user_name(arena);
    if (!who.email)
        who.email = repo_user_at_host(arena);
    *ret = who;
}

int identity_sign(const struct identity *who, git_signature **ret, struct err *err)
{
    int rc = git_signature_now(ret, who->name, who->email);
    return rc < 0 ? git_fail(NULL, rc, err, "cannot sign a commit as %s", who->name) : 0;
}

static const char *busy_with(int state)
{
    static const char *const names[] = {
        [GIT_REPOSITORY_STATE_MERGE] = "merge",
        [GIT_REPOSITORY_STATE_REVERT] = "revert",
        [GIT_REPOSITORY_STATE_REVERT_SEQUENCE] = "revert",
        [GIT_REPOSITORY_STATE_CHERRYPICK] = "cherry-pick",
        [GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE] = "cherry-pick",
        [GIT_REPOSITORY_STATE_BISECT] = "bisect",
        [GIT_REPOSITORY_STATE_REBASE] = "rebase",
        [GIT_REPOSITORY_STATE_REBASE_INTERACTIVE] = "rebase",
        [GIT_REPOSITORY_STATE_REBASE_MERGE] = "rebase",
        [GIT_REPOSITORY_STATE_APPLY_MAILBOX] = "am",
        [GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE] = "am or rebase",
    };
    return state > 0 && (size_t)state < sizeof names / sizeof *names ? names[state] : NULL;
}

int repo_head(struct repo *repo, struct arena *arena, struct repo_head *ret, struct err *err)
{
    GIT_SCOPED(reference) head = NULL;
    struct repo_head found = { .busy = busy_with(git_repository_state(repo->git)) };
    int rc = git_reference_lookup(&head, repo->git, "HEAD");
    if (rc < 0)
        return git_fail(repo, rc, err, "cannot read HEAD of %s", repo->root);
    const char *target = git_reference_symbolic_target(head);
    git_oid id;
    if (target && strncmp(target, "refs/heads/", 11) == 0)
        found.branch = arena_strdup(arena, target + 11);
    found.detached = !found.branch;
    rc = git_reference_name_to_id(&id, repo->git, "HEAD");
    if (rc == 0)
        found.commit = arena_strdup(arena, git_oid_tostr_s(&id));
    else if (rc != GIT_ENOTFOUND)
        return git_fail(repo, rc, err, "cannot read HEAD of %s", repo->root);
    *ret = found;
    return 0;
}

/* Not git_remote_lookup or git_remote_list: they go by patterns, see
 * has_promisor in repo.c. */
bool repo_has_remote(struct repo *repo, const char *remote)
{
    ARENA_SCOPED arena = arena_new("remote", (size_t)1 << 20);
    return repo_config(repo, arena, arena_printf(arena, "remote.%s.url", remote)) != NULL;
}

const char *repo_any_remote(struct repo *repo, struct arena *arena)
{
    GIT_SCOPED(config) now = NULL;
    GIT_SCOPED(config_iterator) all = NULL;
    git_config_entry *entry = NULL;
    if (repo_has_remote(repo, "origin"))
        return "origin";
    if (git_repository_config_snapshot(&now, repo->git) < 0 ||
        git_config_iterator_new(&all, now) < 0)
        return NULL;
    while (git_config_next(&entry, all) == 0) {
        size_t n = strlen(entry->name);
        if (n > 11 && strncmp(entry->name, "remote.", 7) == 0 &&
            strcmp(entry->name + n - 4, ".url") == 0)
            return arena_strndup(arena, entry->name + 7, n - 11);
    }
    return NULL;
}

const char *repo_remote_url(struct repo *repo, struct arena *arena, const char *remote)
{
    const char *url = repo_config(repo, arena, arena_printf(arena, "remote.%s.url", remote));
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host)
        return url;
    host += 3;
    const char *slash = host + strcspn(host, "/"), *at = NULL;
    for (const char *c = host; c < slash; c++)
        if (*c == '@')
            at = c;
    return arena_printf(arena, "%.*s%s", (int)(host - url), url, at ? at + 1 : host);
}

static int name_taken(const char *other, const char *name, struct err *err)
{
    err_set(err, ERR_CONFLICT, "the branch \"%s\" makes a branch \"%s\" impossible", other, name);
    return err_hint(err, "rename it: git branch -m %s NEW-NAME", other);
}

/* A ref is a file in folders named by its parts (git-check-ref-format(1)). */
int branch_name_free(struct repo *repo, const char *name, struct err *err)
{
    GIT_SCOPED(reference_iterator) below = NULL;
    const char *ref = arena_printf(repo->arena, "refs/heads/%s", name);
    int valid = 0;
    if (git_branch_name_is_valid(&valid, name) < 0 || !valid)
        return err_set(err, ERR_INVALID, "\"%s\" cannot be the name of a branch", name);
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        GIT_SCOPED(reference) above = NULL;
        const char *part = arena_strndup(repo->arena, name, (size_t)(slash - name));
        if (git_reference_lookup(&above, repo->git,
                                 arena_printf(repo->arena, "refs/heads/%s", part)) == 0)
            return name_taken(part, name, err);
    }
    const char *first = NULL;
    if (git_reference_iterator_glob_new(&below, repo->git,
                                        arena_printf(repo->arena, "%s/*", ref)) == 0 &&
        git_reference_next_name(&first, below) == 0)
        return name_taken(first + strlen("refs/heads/"), name, err);
    return 0;
}
