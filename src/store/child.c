/* child: runs the user's git and watches it.  What the arguments mean is the
 * caller's business. */
#include "store/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/internal.h"

#define OUT_LIMIT    ((size_t)1 << 20)
#define ERRORS_LIMIT ((size_t)64 << 10)
#define GRACE_MS     500 /* between SIGTERM (git removes its lock files) and SIGKILL */

int64_t child_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Variables that would point git elsewhere, change its words, or make it ask. */
static const char *const env_dropped[] = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_TERMINAL_PROMPT",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SSH_COMMAND",
    "LC_ALL",
    "LANGUAGE",
    "GIT_EDITOR",
    "SSH_ASKPASS_REQUIRE",
    NULL,
};
/* Running as somebody else: nothing of ours (secrets) but these. */
static const char *const env_shared[] = {
    "PATH",        "TZ",       "TMPDIR",   "http_proxy", "https_proxy",
    "HTTPS_PROXY", "no_proxy", "NO_PROXY", NULL,
};

static bool env_is(const char *entry, const char *const *names)
{
    size_t n = strcspn(entry, "=");
    for (size_t i = 0; names[i]; i++)
        if (strlen(names[i]) == n && strncmp(entry, names[i], n) == 0)
            return true;
    return false;
}

/* The user's ssh command, told not to ask; a command that is not OpenSSH's is
 * left as it is (it has no terminal to ask on either). */
static const char *ssh_command(const struct repo *repo, struct arena *arena)
{
    const char *mine = getenv("GIT_SSH_COMMAND");
    if ((!mine || !*mine) && !getenv("GIT_SSH")) {
        mine = repo_config((struct repo *)(uintptr_t)repo, arena, "core.sshcommand");
        mine = mine && *mine ? mine : "ssh";
    }
    if (!mine)
        return NULL;
    size_t n = strcspn(mine, " ");
    bool open_ssh =
        n >= 3 && strncmp(mine + n - 3, "ssh", 3) == 0 && (n == 3 || mine[n - 4] == '/');
    return open_ssh ? arena_printf(arena, "%s -oBatchMode=yes", mine) : mine;
}

static void env_owner(const struct repo *repo, struct arena *arena, struct strv *env)
{
    struct passwd entry, *found = NULL;
    char space[4096];
    getpwuid_r(repo->uid, &entry, space, sizeof space, &found);
    strv_push(arena, env, arena_printf(arena, "HOME=%s", found ? found->pw_dir : "/nonexistent"));
    strv_push(arena, env, arena_printf(arena, "USER=%s", found ? found->pw_name : "nobody"));
    strv_push(arena, env, arena_printf(arena, "LOGNAME=%s", found ? found->pw_name : "nobody"));
}

static struct strv env_make(const struct repo *repo, struct arena *arena)
{
    struct strv env = { 0 };
    for (char **entry = environ; *entry; entry++)
        if (repo->foreign ? env_is(*entry, env_shared) : !env_is(*entry, env_dropped))
            strv_push(arena, &env, *entry);
    if (repo->foreign)
        env_owner(repo, arena, &env);
    strv_push(arena, &env, "LC_ALL=C");
    strv_push(arena, &env, "GIT_TERMINAL_PROMPT=0");
    strv_push(arena, &env, "SSH_ASKPASS_REQUIRE=never");
    strv_push(arena, &env, "GIT_EDITOR=false");
    const char *ssh = ssh_command(repo, arena);
    if (ssh)
        strv_push(arena, &env, arena_printf(arena, "GIT_SSH_COMMAND=%s", ssh));
    strv_push(arena, &env, NULL);
    return env;
}

struct running {
    pid_t pid;
    int pid_fd, in, out, errors; /* our ends; -1: closed */
    const char *input;
    size_t input_left;
    struct buf out_text, errors_text;
    bool exited;
    int wait_status;
};

static void running_done(struct running *run)
{
    fd_closep(&run->pid_fd);
    fd_closep(&run->in);
    fd_closep(&run->out);
    fd_closep(&run->errors);
    buf_done(&run->out_text);
    buf_done(&run->errors_text);
}

/* In the child, between fork and exec: system calls only. */
static void child_become(const struct repo *repo, int in, int out, int errors,
                         const char *const *argv, const char *const *env)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int sig = 1; sig < NSIG; sig++)
        if (sig != SIGKILL && sig != SIGSTOP)
            signal(sig, SIG_DFL);
    setsid();
    if (chdir(repo->root) < 0 && !repo->foreign)
        _exit(126);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(errors, 2) < 0)
        _exit(126);
    close_range(3, ~0U, 0);
    if (repo->foreign &&
        (setgroups(0, NULL) < 0 || setresgid(repo->gid, repo->gid, repo->gid) < 0 ||
         setresuid(repo->uid, repo->uid, repo->uid) < 0))
        _exit(126);
    execvpe("git", (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
    _exit(127);
}

static int running_start(const struct repo *repo, const char *const *argv, const char *const *env,
                         struct running *run, struct err *err)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 }, errors[2] = { -1, -1 };
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0) {
        int errnum = errno;
        for (int i = 0; i < 2; i++) {
            fd_closep(&in[i]);
            fd_closep(&out[i]);
        }
        return err_errno(err, ERR_FAILED, errnum, "cannot run git");
    }
    run->pid = fork();
    if (run->pid == 0)
        child_become(repo, in[0], out[1], errors[1], argv, env);
    int errnum = errno;
    close(in[0]);
    close(out[1]);
    close(errors[1]);
    run->in = in[1];
    run->out = out[0];
    run->errors = errors[0];
    if (run->pid < 0)
        return err_errno(err, ERR_FAILED, errnum, "cannot run git");
    fcntl(run->in, F_SETFL, O_NONBLOCK);
    fcntl(run->out, F_SETFL, O_NONBLOCK);
    fcntl(run->errors, F_SETFL, O_NONBLOCK);
    run->pid_fd = pidfd_open(run->pid, 0);
    return 0;
}

static void drain(int *fd, struct buf *into)
{
    char piece[8192];
    ssize_t n = 1;
    while (*fd >= 0 && (n = read(*fd, piece, sizeof piece)) > 0)
        buf_add(into, piece, (size_t)n);
    if (*fd >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR)))
        fd_closep(fd);
}

static void feed(struct running *run)
{
    ssize_t n = 0;
    while (run->in >= 0 && run->input_left > 0 &&
           (n = write(run->in, run->input, run->input_left)) > 0) {
        run->input += n;
        run->input_left -= (size_t)n;
    }
    if (run->in >= 0 && (run->input_left == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)))
        fd_closep(&run->in);
}

static bool reap(struct running *run)
{
    pid_t pid = run->exited ? 0 : waitpid(run->pid, &run->wait_status, WNOHANG);
    if (pid < 0 && errno == ECHILD)
        run->wait_status = SIGKILL; /* somebody else reaped it: how it ended is lost */
    if (pid == run->pid || (pid < 0 && errno == ECHILD))
        run->exited = true;
    return run->exited;
}

/* Until it has exited or until_ms; its own children may outlive it and keep the
 * pipes open (a shared ssh connection), so the end of the pipes is not awaited. */
static void running_watch(struct running *run, int64_t until_ms)
{
    for (int64_t now = child_now_ms(); !reap(run) && now < until_ms; now = child_now_ms()) {
        struct pollfd fds[] = {
            { .fd = run->out, .events = POLLIN },
            { .fd = run->errors, .events = POLLIN },
            { .fd = run->in, .events = POLLOUT },
            { .fd = run->pid_fd, .events = POLLIN },
        };
        int64_t wait_ms = until_ms - now;
        if (run->pid_fd < 0 && wait_ms > 20)
            wait_ms = 20; /* a kernel without pidfd_open */
        poll(fds, 4, wait_ms > 60000 ? 60000 : (int)wait_ms);
        feed(run);
        drain(&run->out, &run->out_text);
        drain(&run->errors, &run->errors_text);
    }
    drain(&run->out, &run->out_text);
    drain(&run->errors, &run->errors_text);
}

static void running_end(struct running *run)
{
    kill(-run->pid, SIGTERM);
    running_watch(run, child_now_ms() + GRACE_MS);
    kill(-run->pid, SIGKILL);
    while (!run->exited && waitpid(run->pid, &run->wait_status, 0) < 0 && errno == EINTR)
        ;
    run->exited = true;
}

int child_git(const struct repo *repo, const char *const *args, const char *input,
              int64_t budget_ms, struct arena *arena, struct child_done *ret, struct err *err)
{
    struct strv argv = { 0 };
    strv_push(arena, &argv, "git");
    strv_push(arena, &argv, "-C");
    strv_push(arena, &argv, repo->root);
    for (size_t i = 0; args[i]; i++)
        strv_push(arena, &argv, args[i]);
    strv_push(arena, &argv, NULL);
    struct strv env = env_make(repo, arena);
    CLEANUP(running_done)
    struct running run = {
        .pid_fd = -1,
        .in = -1,
        .out = -1,
        .errors = -1,
        .input = input ? input : "",
        .input_left = input ? strlen(input) : 0,
        .out_text = BUF(OUT_LIMIT),
        .errors_text = BUF(ERRORS_LIMIT),
    };
    /* A child that does not read all of its input is no reason to die. */
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int rc = running_start(repo, argv.v, env.v, &run, err);
    if (rc == 0) {
        running_watch(&run, child_now_ms() + budget_ms);
        ret->late = !run.exited;
        if (ret->late)
            running_end(&run);
    }
    signal(SIGPIPE, before);
    if (rc < 0)
        return -1;
    ret->status = !ret->late && WIFEXITED(run.wait_status) ? WEXITSTATUS(run.wait_status) : -1;
    ret->out = arena_strdup(arena, buf_text(&run.out_text));
    ret->errors = arena_strdup(arena, buf_text(&run.errors_text));
    if (ret->status == 127) {
        err_set(err, ERR_FAILED, "the program git was not found");
        return err_hint(err, "install git");
    }
    return 0;
}

/* "https://user:token@host" -> "https://host" */
static void url_scrub(char *line)
{
    for (char *at = line; (at = strstr(at, "://"));) {
        at += 3;
        size_t host = strcspn(at, "/ '\"");
        for (size_t i = host; i > 0; i--) {
            if (at[i - 1] != '@')
                continue;
            memmove(at, at + i, strlen(at + i) + 1);
            break;
        }
    }
}

/* The last line that says what happened, in `line`. */
static void last_words(const char *errors, char *line, size_t cap)
{
    static const char *const starts[] = { "fatal: ", "error: ", "remote: ", "ssh: ", "" };
    snprintf(line, cap, "no reason given");
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        bool found = false;
        for (const char *at = errors; *at; at += strcspn(at, "\n"), at += *at == '\n') {
            size_t n = strlen(starts[i]), len = strcspn(at, "\n");
            if (strncmp(at, starts[i], n) == 0 && len > n) {
                snprintf(line, cap, "%.*s", (int)(len - n < cap ? len - n : cap - 1), at + n);
                found = true;
            }
        }
        if (found)
            break;
    }
    url_scrub(line);
}

int child_remote_failed(const struct child_done *done, const char *doing, const char *remote,
                        int64_t budget_ms, struct err *err)
{
    static const char *const refused[] = {
        "Authentication failed", "could not read Username",   "could not read Password",
        "Permission denied",     "terminal prompts disabled", "Host key verification failed"
    };
    char line[400];
    if (done->late) {
        err_set(err, ERR_FAILED, "%s the remote \"%s\": no answer within %lld ms", doing, remote,
                (long long)budget_ms);
        return err_class(err, ERR_RETRY_LATER, ERR_SCOPE_RUN, 0);
    }
    last_words(done->errors, line, sizeof line);
    err_set(err, ERR_FAILED, "%s the remote \"%s\": %s", doing, remote, line);
    err_class(err, ERR_RETRY_LATER, ERR_SCOPE_RUN, 0);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (!strstr(done->errors, refused[i]))
            continue;
        if (err)
            err->code = ERR_AUTH;
        err_class(err, ERR_RETRY_NEVER, ERR_SCOPE_RUN, 0);
        return err_hint(err, "try the same by hand: git fetch %s (nothing is asked here)", remote);
    }
    return -1;
}

/* What the server's hook or forge said last, in `line`; empty when nothing. */
static void server_words(const char *errors, char *line, size_t cap)
{
    *line = '\0';
    for (const char *at = errors; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        size_t len = strcspn(at, "\n");
        while (len > 0 && at[len - 1] == ' ')
            len--;
        if (strncmp(at, "remote: ", 8) == 0 && len > 8)
            snprintf(line, cap, ": %.*s", (int)(len - 8), at + 8);
    }
    url_scrub(line);
}

/* git-push(1) --porcelain: "!\tFROM:TO\t[rejected] (reason)". */
int child_push_failed(const struct child_done *done, const char *remote, const char *branch,
                      int64_t budget_ms, struct err *err)
{
    char words[300];
    const char *line = strncmp(done->out, "!\t", 2) == 0 ? done->out : strstr(done->out, "\n!\t");
    const char *reason = line ? strchr(line, '[') : NULL;
    if (done->late || !reason)
        return child_remote_failed(done, "cannot push to", remote, budget_ms, err);
    int len = (int)strcspn(reason, "\n");
    server_words(done->errors, words, sizeof words);
    if (strncmp(reason, "[remote rejected]", 17) == 0) {
        err_set(err, ERR_POLICY, "the remote \"%s\" does not accept the branch \"%s\": %.*s%s",
                remote, branch, len, reason, words);
        return err_hint(err, "it may be protected: ask who runs the remote to allow it");
    }
    err_set(err, ERR_CONFLICT, "the branch \"%s\" on \"%s\" has moved on: %.*s", branch, remote,
            len, reason);
    return err_hint(err, "git fetch %s, then rebase or choose another branch", remote);
}

int remote_check(struct repo *repo, const char *remote, struct err *err)
{
    if (repo_has_remote(repo, remote))
        return 0;
    err_set(err, ERR_INVALID, "the git remote \"%s\" is not configured in %s", remote, repo->root);
    return err_hint(
        err, "git remote add %s URL, or correct \"git\": {\"remote\"} in " REPO_SETTINGS, remote);
}
