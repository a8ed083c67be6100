/* internal: what the files of this room share and nobody else includes:
 * the handle's insides, cleanup of libgit2 handles, one way to report its
 * failures, and the guard that makes root create files as the owner. */
#pragma once
#include <git2.h>
#include <git2/sys/repository.h>
#include <sys/types.h>

#include "base/file.h"
#include "store/repo.h"

struct repo {
    git_repository *git;
    struct arena *arena;
    const char *root, *common, *git_dir;
    uid_t uid; /* owner of the common git folder */
    gid_t gid;
    bool foreign; /* we are root and the owner is somebody else */
};

#define STORE_READ_LIMIT ((size_t)64 << 20)

#define GIT_FREEP(name)                                                                            \
    static inline void name##_freep(git_##name **handle)                                           \
    {                                                                                              \
        git_##name##_free(*handle);                                                                \
    }
GIT_FREEP(repository)
GIT_FREEP(reference)
GIT_FREEP(commit)
GIT_FREEP(tree)
GIT_FREEP(tree_entry)
GIT_FREEP(blob)
GIT_FREEP(object)
GIT_FREEP(index)
GIT_FREEP(config)
GIT_FREEP(config_iterator)
GIT_FREEP(signature)
GIT_FREEP(diff)
GIT_FREEP(reference_iterator)
#undef GIT_FREEP
#define GIT_SCOPED(name) CLEANUP(name##_freep) git_##name *

/* ERR_NOT_FOUND, ERR_CONFLICT or ERR_FAILED with libgit2's own words after the
 * given ones.  `repo` may be NULL; with it a lock file or a folder that cannot
 * be written is named.  Always -1. */
int git_fail(const struct repo *repo, int rc, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Files are created as the owner of the repository while the guard lives.
 * OWNER_GUARD(repo); at the top of a block. */
struct owner_guard {
    bool active;
    uid_t uid;
    gid_t gid;
};
struct owner_guard owner_enter(uid_t uid, gid_t gid, bool foreign);
void owner_leave(struct owner_guard *guard);
#define OWNER_GUARD(repo)                                                                          \
    __attribute__((unused)) CLEANUP(owner_leave) struct owner_guard owner_guard_ =                 \
        owner_enter((repo)->uid, (repo)->gid, (repo)->foreign)

/* mkdir -p of the folder part of `path` (mode 0777 and the umask). */
int dirs_make_for(const char *path, struct err *err) WARN_UNUSED;
/* Refuses absolute paths, empty components, "." and ".." and anything under .git. */
int path_check(const char *path, struct err *err) WARN_UNUSED;
/* Opens a file below the work tree; links must not lead out of it.  -1 and errno. */
int path_open_beneath(const char *root, const char *path, int flags);

/* The identity as a signature of this moment. */
int identity_sign(const struct identity *who, git_signature **ret, struct err *err) WARN_UNUSED;

/* ERR_CONFLICT when branch `name` cannot exist because of its neighbours. */
int branch_name_free(struct repo *repo, const char *name, struct err *err) WARN_UNUSED;

/* 1: *ret is a merge base, 0: there is none here, -1: git could not say. */
int merge_base_of(struct repo *repo, const git_oid *one, const git_oid *other, git_oid *ret,
                  struct err *err) WARN_UNUSED;
int commit_of(struct repo *repo, const char *ref, git_commit **ret, struct err *err) WARN_UNUSED;
int blob_text(struct repo *repo, const git_oid *id, const char *path, struct arena *arena,
              const char **ret_text, size_t *ret_len, struct err *err) WARN_UNUSED;
void strv_sort(struct strv *list);

/* Local files: <common>/dnschange/NAME in the arena; ids become file names. */
char *local_path(const struct repo *repo, struct arena *arena, const char *name);
int local_id_check(const char *id, struct err *err) WARN_UNUSED;
