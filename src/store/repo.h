/* repo: the user's git repository: find it, say why it cannot be used, read
 * from its work tree and from its commits.
 *
 * It hands out paths, text and ids; what is in a ticket or in the settings is
 * the caller's business.  It writes only in repo_init; commits are commit.h's,
 * the records branch is records.h's.
 *
 * Root on somebody else's checkout works: files are created as the owner of
 * the repository and git runs as that owner. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define REPO_SETTINGS "dnschange.json"

struct repo; /* opaque */

/* Opens the repository that holds `dir` (NULL: the current folder) or a folder
 * above it.  `arena` must outlive the handle and keeps its strings.  NULL on
 * failure: ERR_NOT_FOUND without a repository (hint: dnschange init),
 * ERR_INVALID for a bare one, for one of another user (not as root; git's
 * safe.directory is honoured) and for a partial clone, reftable or sha256
 * (hint: what to clone instead).  dnschange.json need not exist: commands that
 * need it call repo_need_settings, incident commands do not. */
struct repo *repo_open(const char *dir, struct arena *arena, struct err *err) WARN_UNUSED;
void repo_free(struct repo *repo); /* NULL is fine */
void repo_freep(struct repo **repo);
#define REPO_SCOPED CLEANUP(repo_freep) struct repo *

/* ERR_NOT_FOUND with the hint `dnschange init` when the work tree has no dnschange.json. */
int repo_need_settings(const struct repo *repo, struct err *err) WARN_UNUSED;

const char *repo_root(const struct repo *repo); /* work tree, absolute, no final slash */
/* The git folder shared by all linked work trees, absolute, no final slash. */
const char *repo_common_dir(const struct repo *repo);
bool repo_is_shallow(const struct repo *repo);

struct repo_file { /* one file to write; path relative to the root, '/' between */
    const char *path;
    const char *text; /* commit.h: NULL removes the file */
    size_t len;
};

struct repo_made {
    bool repository;  /* git init was needed (first branch: main) */
    const char *root; /* absolute */
    struct strv made; /* paths written by this call */
    struct strv kept; /* paths that existed and were left alone */
};

/* Makes `dir` (created when missing) a change repository and writes the given
 * files without overwriting any; commits nothing.  ERR_CONFLICT when `dir`
 * lies inside another repository, or when a branch named RECORDS/... stands in
 * the way of the records branch (`records`: its name, NULL: not checked). */
int repo_init(const char *dir, const struct repo_file *files, size_t n, const char *records,
              struct arena *arena, struct repo_made *ret, struct err *err) WARN_UNUSED;

/* ---- who and where ---- */

struct identity {
    const char *name;
    const char *email;
    bool assumed; /* made up from user and host: no identity is configured */
};

/* As git finds it: GIT_AUTHOR_NAME/EMAIL, GIT_COMMITTER_NAME/EMAIL, EMAIL,
 * user.name/user.email.  ERR_INVALID with the two `git config` commands when
 * there is none. */
int repo_identity(struct repo *repo, struct arena *arena, struct identity *ret,
                  struct err *err) WARN_UNUSED;
/* The same, but "user" <user@host> instead of failing. */
void repo_identity_any(struct repo *repo, struct arena *arena, struct identity *ret);
/* "user@host" of this process, for claims and lock files; never fails. */
char *repo_user_at_host(struct arena *arena);

struct repo_head {
    const char *branch; /* short name, also of an unborn one; NULL when detached */
    const char *commit; /* 40 hex digits; NULL when unborn */
    bool detached;
    const char *busy; /* "merge", "rebase", "cherry-pick", ...; NULL when idle */
};
int repo_head(struct repo *repo, struct arena *arena, struct repo_head *ret,
              struct err *err) WARN_UNUSED;

/* A remote of this name is configured. */
bool repo_has_remote(struct repo *repo, const char *remote);
/* "origin" if there is one, else the first one; NULL without any. */
const char *repo_any_remote(struct repo *repo, struct arena *arena);
/* The remote's URL, as configured, without user name and password; NULL when not there. */
const char *repo_remote_url(struct repo *repo, struct arena *arena, const char *remote);
/* Text of a git configuration value, repository and user level; NULL when not set. */
const char *repo_config(struct repo *repo, struct arena *arena, const char *key);

/* ---- reading ---- */

/* A file of the work tree, at most 64 MiB; symbolic links may not lead out of
 * it.  ERR_NOT_FOUND when it is not there.  Text is NUL-terminated. */
int repo_read(struct repo *repo, const char *path, struct arena *arena, const char **ret_text,
              size_t *ret_len, struct err *err) WARN_UNUSED;
/* The same at a branch, tag or commit ("HEAD", "origin/main", hex).
 * ERR_NOT_FOUND when the ref or the file does not exist. */
int repo_read_at(struct repo *repo, const char *ref, const char *path, struct arena *arena,
                 const char **ret_text, size_t *ret_len, struct err *err) WARN_UNUSED;
/* Names of regular files directly in `folder` that end in `suffix` (NULL: all),
 * sorted; empty when the folder does not exist. */
int repo_list(struct repo *repo, const char *folder, const char *suffix, struct arena *arena,
              struct strv *ret, struct err *err) WARN_UNUSED;
int repo_list_at(struct repo *repo, const char *ref, const char *folder, const char *suffix,
                 struct arena *arena, struct strv *ret, struct err *err) WARN_UNUSED;
/* Names (not paths) of files in `folder` of the work tree that the merge base of
 * `base` and HEAD does not have in this form, sorted; removed files are not
 * listed.  ERR_INVALID when there is no merge base (hint for shallow clones). */
int repo_changed_since(struct repo *repo, const char *base, const char *folder, const char *suffix,
                       struct arena *arena, struct strv *ret, struct err *err) WARN_UNUSED;

#define REPO_HEX_LEN 40
/* Commit id of a branch, tag or id.  ERR_NOT_FOUND when it does not exist. */
int repo_resolve(struct repo *repo, const char *ref, char ret_hex[REPO_HEX_LEN + 1],
                 struct err *err) WARN_UNUSED;
/* Full names of the refs that match, "refs/heads/dns/" + "*"; sorted. */
int repo_refs(struct repo *repo, const char *glob, struct arena *arena, struct strv *ret,
              struct err *err) WARN_UNUSED;
/* Blob id that git would give this text. */
void repo_blob_of(const char *text, size_t len, char ret_hex[REPO_HEX_LEN + 1]);
/* Blob id of a path at a ref.  ERR_NOT_FOUND. */
int repo_blob_at(struct repo *repo, const char *ref, const char *path,
                 char ret_hex[REPO_HEX_LEN + 1], struct err *err) WARN_UNUSED;

/* The commit that gave `path` the form it has at `ref`: who and when.
 * ERR_NOT_FOUND when it is not there. */
struct repo_touch {
    const char *commit, *author_name, *author_email;
    int64_t wall_s;
};
int repo_last_touch(struct repo *repo, const char *ref, const char *path, struct arena *arena,
                    struct repo_touch *ret, struct err *err) WARN_UNUSED;
