/* child: posix_spawn, a pidfd and two pipes in the loop.  stdin is a sealed
 * memory file, so nothing has to be fed and no SIGPIPE can come. */
#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "io/memory.h"

enum { OUTPUT_MAX = 1 << 20, GRACE_MS = 2000, CHUNK = 16384 };

struct stream { /* one of stdout, stderr */
    struct child *child;
    struct watch watch;
    int fd;
    struct buf text;
    bool keep_end; /* past the limit the beginning goes, not the end */
    bool cut;
};

struct child {
    struct loop *loop;
    pid_t pid;
    int pidfd;
    struct watch exit;
    struct stream out, errors;
    struct timer deadline;
    bool timed_out;
    void (*done)(void *arg, const struct child_result *result);
    void *arg;
};

static void stream_close(struct stream *stream)
{
    loop_unwatch(stream->child->loop, &stream->watch);
    fd_closep(&stream->fd);
    stream->fd = -1;
}

/* Makes room for n octets more by dropping from the front. */
static void stream_drop(struct buf *text, size_t n)
{
    size_t keep = n < text->limit ? (text->limit - n) / 2 : 0; /* half, so that this is rare */
    if (text->limit - text->len >= n)
        return;
    if (keep > text->len)
        keep = text->len;
    memmove(text->data, text->data + text->len - keep, keep);
    text->len = keep;
}

static void stream_add(struct stream *stream, const char *bytes, size_t n)
{
    struct buf *text = &stream->text;
    if (stream->keep_end) {
        if (n > text->limit) {
            bytes += n - text->limit;
            n = text->limit;
        }
        stream_drop(text, n);
    }
    size_t room = text->limit - text->len;
    if (n > room) {
        stream->cut = true;
        n = room;
    }
    if (n)
        buf_add(text, bytes, n);
}

/* Reads what is there; false at the end of the stream. */
static bool stream_read(struct stream *stream)
{
    char chunk[CHUNK];
    for (;;) {
        ssize_t n = read(stream->fd, chunk, sizeof chunk);
        if (n > 0)
            stream_add(stream, chunk, (size_t)n);
        else if (n < 0 && errno == EINTR)
            continue;
        else
            return n < 0 && errno == EAGAIN;
    }
}

static void on_output(void *arg, uint32_t events)
{
    (void)events;
    struct stream *stream = arg;
    if (!stream_read(stream))
        stream_close(stream);
}

static void child_free(struct child *child)
{
    stream_close(&child->out);
    stream_close(&child->errors);
    loop_unwatch(child->loop, &child->exit);
    loop_timer_clear(child->loop, &child->deadline);
    fd_closep(&child->pidfd);
    buf_done(&child->out.text);
    buf_done(&child->errors.text);
    free(child);
}

static void result_fill(const struct child *child, const siginfo_t *info, struct child_result *ret)
{
    bool exited = info->si_code == CLD_EXITED;
    *ret = (struct child_result){ .exit_code = exited ? info->si_status : -1,
                                  .signal = exited ? 0 : info->si_status,
                                  .timed_out = child->timed_out,
                                  .output = buf_text(&child->out.text),
                                  .output_len = child->out.text.len,
                                  .output_cut = child->out.cut,
                                  .errors = buf_text(&child->errors.text) };
}

/* What the child itself wrote is in the pipes by now.  Their end is not waited
 * for: something it left behind may hold them open. */
static void on_exit_of_child(void *arg, uint32_t events)
{
    (void)events;
    struct child *child = arg;
    siginfo_t info = { 0 };
    if (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG) < 0 || !info.si_pid)
        return;
    if (child->out.fd >= 0)
        stream_read(&child->out);
    if (child->errors.fd >= 0)
        stream_read(&child->errors);
    struct child_result result;
    result_fill(child, &info, &result);
    child->done(child->arg, &result);
    child_free(child);
}

static void on_deadline(void *arg)
{
    struct child *child = arg;
    kill(-child->pid, child->timed_out ? SIGKILL : SIGTERM);
    if (!child->timed_out)
        loop_timer_set(child->loop, &child->deadline, loop_now_ms(child->loop) + GRACE_MS);
    child->timed_out = true;
}

void child_kill(struct child *child)
{
    siginfo_t info;
    kill(-child->pid, SIGKILL);
    while (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED) < 0 && errno == EINTR)
        ;
    child_free(child);
}

/* Starting. */

static bool env_has(const char *const *env, size_t n, const char *entry)
{
    size_t name = strcspn(entry, "=") + 1;
    for (size_t i = 0; i < n; i++)
        if (!strncmp(env[i], entry, name))
            return true;
    return false;
}

static size_t env_add(const char **env, size_t n, const char *const *from)
{
    size_t fixed = n; /* what came before wins */
    for (; from && *from; from++)
        if (!env_has(env, fixed, *from))
            env[n++] = *from;
    return n;
}

static size_t env_count(const char *const *env)
{
    size_t n = 0;
    while (env && env[n])
        n++;
    return n;
}

/* LC_ALL=C, then `over`, then the program's own environment; free() it. */
static const char **environment(const char *const *over)
{
    const char *const *own = (const char *const *)environ;
    const char **env = mem_new((env_count(own) + env_count(over) + 2) * sizeof *env);
    env[0] = "LC_ALL=C";
    size_t n = env_add(env, 1, over);
    env_add(env, n, own);
    return env;
}

static int input_open(const char *input)
{
    if (!input)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    int fd = memfd_create("stdin", MFD_CLOEXEC);
    size_t len = strlen(input), done = 0;
    while (fd >= 0 && done < len) {
        ssize_t n = write(fd, input + done, len - done);
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            fd_closep(&fd), fd = -1;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

struct child_fds {
    int in, out, errors; /* the child's ends */
};

static void attributes(posix_spawnattr_t *attr)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(attr);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(attr, 0);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setsigmask(attr, &none);
}

static int spawn(const struct child_options *options, const struct child_fds *fds, pid_t *ret_pid)
{
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t actions;
    attributes(&attr);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds->in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fds->out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fds->errors, STDERR_FILENO);
    if (options->folder)
        posix_spawn_file_actions_addchdir_np(&actions, options->folder);
    const char **env = environment(options->env);
    /* posix_spawn takes char *const[] for history's sake and changes nothing. */
    int errnum =
        posix_spawnp(ret_pid, options->argv[0], &actions, &attr,
                     (char *const *)(uintptr_t)options->argv, (char *const *)(uintptr_t)env);
    free(env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return errnum;
}

static int stream_open(struct stream *stream, struct child *child, int *ret_far)
{
    int fds[2];
    stream->child = child;
    stream->watch = (struct watch){ .ready = on_output, .arg = stream };
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    stream->fd = fds[0];
    *ret_far = fds[1];
    return fcntl(fds[0], F_SETFL, O_NONBLOCK);
}

static int child_spawn(struct child *child, const struct child_options *options, struct err *err)
{
    FD_SCOPED in = input_open(options->input);
    FD_SCOPED out = -1;
    FD_SCOPED errors = -1;
    if (in < 0 || stream_open(&child->out, child, &out) < 0 ||
        stream_open(&child->errors, child, &errors) < 0)
        return err_errno(err, ERR_FAILED, errno, "cannot run %s", options->argv[0]);
    struct child_fds fds = { in, out, errors };
    int errnum = spawn(options, &fds, &child->pid);
    if (errnum)
        return err_errno(err, ERR_FAILED, errnum, "cannot run %s", options->argv[0]);
    child->pidfd = pidfd_open(child->pid, 0);
    if (child->pidfd < 0) {
        errnum = errno;
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        return err_errno(err, ERR_FAILED, errnum, "cannot watch %s", options->argv[0]);
    }
    return 0;
}

static int child_watch(struct child *child, int64_t timeout_ms, struct err *err)
{
    struct loop *loop = child->loop;
    child->exit = (struct watch){ .ready = on_exit_of_child, .arg = child };
    if (loop_watch(loop, &child->exit, child->pidfd, EPOLLIN, err) < 0 ||
        loop_watch(loop, &child->out.watch, child->out.fd, EPOLLIN, err) < 0 ||
        loop_watch(loop, &child->errors.watch, child->errors.fd, EPOLLIN, err) < 0)
        return -1;
    child->deadline = (struct timer){ .fire = on_deadline, .arg = child };
    if (timeout_ms > 0)
        loop_timer_set(loop, &child->deadline, loop_now_ms(loop) + timeout_ms);
    return 0;
}

int child_start(struct loop *loop, const struct child_options *options,
                void (*done)(void *arg, const struct child_result *result), void *arg,
                struct child **ret, struct err *err)
{
    struct child *child = mem_new(sizeof *child);
    size_t limit = options->output_max ? options->output_max : OUTPUT_MAX;
    child->loop = loop;
    child->done = done;
    child->arg = arg;
    child->pidfd = child->out.fd = child->errors.fd = -1;
    child->out.child = child->errors.child = child;
    child->out.text = BUF(limit);
    child->errors.text = BUF(limit);
    child->errors.keep_end = true;
    if (child_spawn(child, options, err) < 0) {
        child_free(child);
        return -1;
    }
    if (child_watch(child, options->timeout_ms, err) < 0) {
        child_kill(child);
        return -1;
    }
    if (ret)
        *ret = child;
    return 0;
}

void child_last_line(const char *text, struct buf *buf)
{
    size_t end = strlen(text);
    while (end && strchr("\r\n \t", text[end - 1]))
        end--;
    size_t start = end;
    while (start && text[start - 1] != '\n')
        start--;
    if (end > start)
        buf_add(buf, text + start, end - start);
}
