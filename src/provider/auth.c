/* auth: fetching secrets and filling slots.  See auth.h. */
#include "provider/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

#define SLICE_MS 5 /* how long a turn of the loop may look at a running command */

struct part {
    const char *name;
    char *value; /* malloc'd, NUL-terminated */
    size_t len;
};

struct secrets {
    const struct secret_sources *sources;
    const struct loop_port *loop;
    const char *repository;
    int64_t command_ms;
    enum secrets_state state;
    struct err err;
    struct part *parts; /* parallel to sources */
    size_t have;        /* parts fetched */
    void (*done)(void *arg);
    void *arg;
    struct timer timer;
    /* A running command: */
    pid_t pid; /* 0: none */
    int out;
    char *text;
    size_t len;
    int64_t deadline_ms;
};

struct secrets *secrets_new(const struct secret_sources *sources, const struct loop_port *loop,
                            const char *repository, int64_t command_ms)
{
    struct secrets *secrets = calloc(1, sizeof *secrets);
    if (!secrets)
        abort();
    secrets->sources = sources;
    secrets->loop = loop;
    secrets->repository = repository;
    secrets->command_ms = command_ms;
    secrets->out = -1;
    secrets->parts = calloc(sources->n ? sources->n : 1, sizeof *secrets->parts);
    if (!secrets->parts)
        abort();
    for (size_t i = 0; i < sources->n; i++)
        secrets->parts[i].name = sources->v[i].part;
    return secrets;
}

static void secret_wipe(char *text, size_t cap)
{
    if (text)
        explicit_bzero(text, cap);
    free(text);
}

static void command_end(struct secrets *secrets, int *ret_status)
{
    fd_closep(&secrets->out);
    *ret_status = -1;
    while (waitpid(secrets->pid, ret_status, 0) < 0 && errno == EINTR)
        continue;
    secrets->pid = 0;
}

static void command_kill(struct secrets *secrets)
{
    int status;
    kill(-secrets->pid, SIGKILL); /* its process group */
    kill(secrets->pid, SIGKILL);
    command_end(secrets, &status);
}

void secrets_free(struct secrets *secrets)
{
    if (!secrets)
        return;
    if (secrets->timer.set)
        secrets->loop->timer_clear(secrets->loop->ctx, &secrets->timer);
    if (secrets->pid)
        command_kill(secrets);
    secret_wipe(secrets->text, SECRET_MAX + 1);
    for (size_t i = 0; i < secrets->sources->n; i++)
        secret_wipe(secrets->parts[i].value, secrets->parts[i].len);
    free(secrets->parts);
    free(secrets);
}

enum secrets_state secrets_state(const struct secrets *secrets)
{
    return secrets->state;
}

const struct err *secrets_err(const struct secrets *secrets)
{
    return &secrets->err;
}

/* ---- one value ---- */

/* Keeps `text` without its final line ends. */
static int part_keep(struct part *part, const char *text, size_t len, struct err *err)
{
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (len == 0)
        return err_set(err, ERR_AUTH, "is empty");
    if (memchr(text, '\0', len))
        return err_set(err, ERR_AUTH, "holds a NUL");
    part->value = malloc(len + 1);
    if (!part->value)
        abort();
    memcpy(part->value, text, len);
    part->value[len] = '\0';
    part->len = len;
    return 0;
}

static int env_fetch(const struct secret_source *source, struct part *part, struct err *err)
{
    const char *text = getenv(source->text);
    if (!text) {
        err_set(err, ERR_AUTH, "is not set");
        return err_hint(err, "export %s=...", source->text);
    }
    return part_keep(part, text, strlen(text), err);
}

static bool path_below(const char *path, const char *folder)
{
    char real[PATH_MAX];
    if (!folder || !realpath(folder, real))
        return false;
    size_t n = strlen(real);
    return strncmp(path, real, n) == 0 && (path[n] == '/' || path[n] == '\0' || n == 1);
}

/* The permission rules of the contract. */
static int file_judge(const char *path, int fd, const char *repository, struct err *err)
{
    struct stat st;
    char real[PATH_MAX];
    if (fstat(fd, &st) || !realpath(path, real))
        return err_errno(err, ERR_AUTH, errno, "cannot be examined");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "is not a regular file");
    if (st.st_uid != 0 && st.st_uid != geteuid() && geteuid() != 0)
        return err_set(err, ERR_INVALID, "belongs to another user");
    if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        err_set(err, ERR_INVALID, "can be written by others");
        return err_hint(err, "chmod 600 %s", path);
    }
    if ((st.st_mode & S_IROTH) &&
        (path_below(real, repository) || path_below(real, getenv("HOME")))) {
        err_set(err, ERR_INVALID, "can be read by everybody");
        return err_hint(err, "chmod 600 %s", path);
    }
    return 0;
}

static int file_fetch(const struct secret_source *source, const char *repository, struct part *part,
                      struct err *err)
{
    char path[PATH_MAX];
    bool relative = source->text[0] != '/' && repository;
    int n = snprintf(path, sizeof path, "%s%s%s", relative ? repository : "", relative ? "/" : "",
                     source->text);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(err, ERR_AUTH, "has too long a path");
    FD_SCOPED fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_errno(err, ERR_AUTH, errno, "cannot be opened");
    if (file_judge(path, fd, repository, err))
        return -1;
    char *text = malloc(SECRET_MAX + 1);
    if (!text)
        abort();
    ssize_t len = fd_read_full(fd, text, SECRET_MAX + 1);
    int failed = len < 0            ? err_errno(err, ERR_AUTH, errno, "cannot be read")
                 : len > SECRET_MAX ? err_set(err, ERR_AUTH, "is larger than %d octets", SECRET_MAX)
                                    : part_keep(part, text, (size_t)len, err);
    secret_wipe(text, SECRET_MAX + 1);
    return failed;
}

/* ---- commands ---- */

static int command_spawn(const struct secret_source *source, int out, pid_t *ret_pid)
{
    VEC(char *) argv = { 0 };
    ARENA_SCOPED arena = arena_new("command of a secret", 1u << 20);
    for (size_t i = 0; i < source->argv.n; i++)
        *vec_push(arena, &argv) = arena_strdup(arena, source->argv.v[i]);
    *vec_push(arena, &argv) = NULL;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    /* What it says besides may hold the secret as well. */
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
    int errnum = posix_spawnp(ret_pid, argv.v[0], &files, &attr, argv.v, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return errnum;
}

static int command_start(struct secrets *secrets, const struct secret_source *source,
                         struct err *err)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC))
        return err_errno(err, ERR_AUTH, errno, "cannot be run");
    FD_SCOPED in = pipes[1];
    secrets->out = pipes[0];
    int errnum = command_spawn(source, in, &secrets->pid);
    if (errnum) {
        secrets->pid = 0;
        fd_closep(&secrets->out);
        return err_errno(err, ERR_AUTH, errnum, "cannot be run");
    }
    secrets->text = malloc(SECRET_MAX + 1);
    if (!secrets->text)
        abort();
    secrets->len = 0;
    secrets->deadline_ms = secrets->loop->now_ms(secrets->loop->ctx) + secrets->command_ms;
    return 0;
}

/* The command closed its output, or wrote too much. */
static int command_finish(struct secrets *secrets, struct part *part, struct err *err)
{
    int status;
    if (secrets->len > SECRET_MAX) {
        command_kill(secrets);
        return err_set(err, ERR_AUTH, "wrote more than %d octets", SECRET_MAX);
    }
    command_end(secrets, &status);
    int failed = WIFEXITED(status) && WEXITSTATUS(status) == 0
                     ? part_keep(part, secrets->text, secrets->len, err)
                 : WIFEXITED(status)
                     ? err_set(err, ERR_AUTH, "ended with status %d", WEXITSTATUS(status))
                     : err_set(err, ERR_AUTH, "was killed");
    secret_wipe(secrets->text, SECRET_MAX + 1);
    secrets->text = NULL;
    return failed;
}

/* One look at a running command: 1 still running, 0 done, -1 failed. */
static int command_turn(struct secrets *secrets, struct part *part, struct err *err)
{
    struct pollfd wait = { .fd = secrets->out, .events = POLLIN };
    if (poll(&wait, 1, SLICE_MS) > 0) {
        ssize_t n = read(secrets->out, secrets->text + secrets->len, SECRET_MAX + 1 - secrets->len);
        if (n > 0)
            secrets->len += (size_t)n;
        if (n == 0 || secrets->len > SECRET_MAX)
            return command_finish(secrets, part, err);
    }
    if (secrets->loop->now_ms(secrets->loop->ctx) < secrets->deadline_ms)
        return 1;
    command_kill(secrets);
    return err_set(err, ERR_AUTH, "gave no answer in %lld ms", (long long)secrets->command_ms);
}

/* ---- all of them ---- */

/* 1: a command runs; 0: the next part is there; -1 failed. */
static int part_turn(struct secrets *secrets, struct err *err)
{
    const struct secret_source *source = &secrets->sources->v[secrets->have];
    struct part *part = &secrets->parts[secrets->have];
    switch (source->kind) {
    case SECRET_ENV:
        return env_fetch(source, part, err);
    case SECRET_FILE:
        return file_fetch(source, secrets->repository, part, err);
    case SECRET_COMMAND:
        break;
    }
    if (!secrets->pid && command_start(secrets, source, err))
        return -1;
    return command_turn(secrets, part, err);
}

static void secrets_fail(struct secrets *secrets)
{
    ARENA_SCOPED arena = arena_new("secret", 1u << 20);
    err_wrap(&secrets->err, "secret from %s",
             secret_source_text(&secrets->sources->v[secrets->have], arena));
    err_class(&secrets->err, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER, 0);
    secrets->state = SECRETS_FAILED;
}

static void secrets_turn(void *arg)
{
    struct secrets *secrets = arg;
    while (secrets->have < secrets->sources->n) {
        int running = part_turn(secrets, &secrets->err);
        if (running > 0) {
            secrets->loop->timer_set(secrets->loop->ctx, &secrets->timer,
                                     secrets->loop->now_ms(secrets->loop->ctx) + SLICE_MS);
            return;
        }
        if (running < 0) {
            secrets_fail(secrets);
            break;
        }
        secrets->have++;
    }
    if (secrets->state != SECRETS_FAILED)
        secrets->state = SECRETS_READY;
    secrets->done(secrets->arg);
}

void secrets_fetch(struct secrets *secrets, void (*done)(void *arg), void *arg)
{
    secrets->state = SECRETS_BUSY;
    secrets->done = done;
    secrets->arg = arg;
    secrets->timer = (struct timer){ .fire = secrets_turn, .arg = secrets };
    secrets->loop->timer_set(secrets->loop->ctx, &secrets->timer,
                             secrets->loop->now_ms(secrets->loop->ctx));
}

/* ---- use ---- */

static const struct part *part_find(const struct secrets *secrets, const char *name, size_t n)
{
    for (size_t i = 0; i < secrets->have; i++)
        if (strlen(secrets->parts[i].name) == n && strncmp(secrets->parts[i].name, name, n) == 0)
            return &secrets->parts[i];
    return NULL;
}

int secrets_fill(const struct secrets *secrets, const char *value, struct buf *out, struct err *err)
{
    for (const char *open; (open = strstr(value, "{{"));) {
        const char *close = strstr(open, "}}");
        if (!close)
            break;
        const struct part *part = part_find(secrets, open + 2, (size_t)(close - open) - 2);
        if (!part)
            return err_set(err, ERR_FAILED, "the plugin asks for a secret that is not there");
        for (const char *p = part->value; *p; p++)
            if ((unsigned char)*p < 0x20 || *p == 0x7f)
                return err_set(err, ERR_AUTH, "the secret holds a control character");
        buf_add(out, value, (size_t)(open - value));
        buf_add(out, part->value, part->len);
        value = close + 2;
    }
    buf_adds(out, value);
    return 0;
}

void secrets_redact(const struct secrets *secrets, char *text)
{
    for (size_t i = 0; i < secrets->have; i++) {
        const struct part *part = &secrets->parts[i];
        for (char *at = text; part->len && (at = strstr(at, part->value)); at += part->len)
            memset(at, '*', part->len);
    }
}
