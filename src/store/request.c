/* request: the file by which one process asks another one to pause or abort.
 * "pause|abort TIME WHO\nREASON\n" */
#include "store/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

#define REQUEST_LIMIT 4096

struct request_watch {
    const char *path;
    struct arena *arena;
    struct timespec changed; /* of the file as it was read */
    ino_t inode;
    bool there;
    struct request seen;
};

static const char *request_path(struct repo *repo, struct arena *arena, const char *id)
{
    return local_path(repo, arena, arena_printf(arena, "%s.request", id));
}

int request_write(struct repo *repo, const char *id, const struct request *request, struct err *err)
{
    OWNER_GUARD(repo);
    ARENA_SCOPED arena = arena_new("request", 1 << 20);
    char *reason = arena_strndup(arena, request->reason, strnlen(request->reason, 2000));
    for (char *c = reason; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    const char *text = arena_printf(arena, "%s %" PRId64 " %.255s\n%s\n",
                                    request->what == CONTROL_ABORT ? "abort" : "pause",
                                    request->wall_s, request->who, reason);
    if (local_id_check(id, err) < 0 || file_make_dirs(local_path(repo, arena, ""), err) < 0)
        return -1;
    return file_write_durable(request_path(repo, arena, id), text, strlen(text), err);
}

void request_clear(struct repo *repo, const char *id)
{
    ARENA_SCOPED arena = arena_new("request", 1 << 20);
    if (local_id_check(id, NULL) == 0)
        unlink(request_path(repo, arena, id));
}

struct request_watch *request_watch_new(struct repo *repo, const char *id, struct arena *arena)
{
    struct request_watch *watch = ARENA_NEW(arena, struct request_watch);
    watch->path = request_path(repo, arena, id);
    watch->arena = arena;
    watch->seen = (struct request){ .what = CONTROL_NONE, .who = "", .reason = "" };
    return watch;
}

static struct request request_parse(struct arena *arena, const char *text)
{
    char word[16] = "", who[256] = "";
    struct request request = { .what = CONTROL_PAUSE, .who = "", .reason = "" };
    int at = 0;
    if (sscanf(text, "%15s %" SCNd64 " %255s%n", word, &request.wall_s, who, &at) != 3)
        return request;
    if (strcmp(word, "abort") == 0)
        request.what = CONTROL_ABORT;
    const char *reason = text + at + (text[at] == '\n');
    request.who = arena_strdup(arena, who);
    request.reason = arena_strndup(arena, reason, strcspn(reason, "\n"));
    return request;
}

enum control request_poll(struct request_watch *watch)
{
    struct stat st;
    char *text = NULL;
    if (stat(watch->path, &st) < 0) {
        watch->there = false;
        watch->seen = (struct request){ .what = CONTROL_NONE, .who = "", .reason = "" };
        return CONTROL_NONE;
    }
    if (watch->there && st.st_ino == watch->inode && st.st_mtim.tv_sec == watch->changed.tv_sec &&
        st.st_mtim.tv_nsec == watch->changed.tv_nsec)
        return watch->seen.what;
    if (file_read(watch->path, REQUEST_LIMIT, watch->arena, &text, NULL, NULL) < 0)
        text = NULL;
    watch->seen = request_parse(watch->arena, text ? text : "");
    watch->there = true;
    watch->inode = st.st_ino;
    watch->changed = st.st_mtim;
    return watch->seen.what;
}

const struct request *request_seen(const struct request_watch *watch)
{
    return &watch->seen;
}
