/* store_box: a temporary folder with a home of its own for tests that need real
 * git repositories, and `git` and the shell to look at them from outside. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/repo.h"

struct box {
    char dir[64];
    struct arena *arena;
    struct err err;
};

/* Runs a shell command in the box; its exit status. */
PRINTF_LIKE(2, 3) static inline int box_sh(struct box *box, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *command = arena_vprintf(box->arena, fmt, args);
    va_end(args);
    int status = system(
        arena_printf(box->arena, "cd %s && { %s\n} >>%s/sh.log 2>&1", box->dir, command, box->dir));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* First line that a shell command prints in the box. */
PRINTF_LIKE(2, 3) static inline const char *box_out(struct box *box, const char *fmt, ...)
{
    char line[4096] = "";
    va_list args;
    va_start(args, fmt);
    const char *command = arena_vprintf(box->arena, fmt, args);
    va_end(args);
    FILE *pipe =
        popen(arena_printf(box->arena, "cd %s && { %s\n} 2>/dev/null", box->dir, command), "r");
    assert_non_null(pipe);
    if (!fgets(line, sizeof line, pipe))
        line[0] = '\0';
    pclose(pipe);
    line[strcspn(line, "\n")] = '\0';
    return arena_strdup(box->arena, line);
}

#define box_ok(box, ...) assert_int_equal(box_sh((box), __VA_ARGS__), 0)

static inline const char *box_path(struct box *box, const char *name)
{
    return arena_printf(box->arena, "%s/%s", box->dir, name);
}

/* A repository "work" with one commit on main: dnschange.json and tickets/a.json. */
static inline void box_begin(struct box *box)
{
    *box = (struct box){ .dir = "/tmp/store-box-XXXXXX" };
    assert_non_null(mkdtemp(box->dir));
    box->arena = arena_new("test", (size_t)256 << 20);
    static const char *const gone[] = {
        "XDG_CONFIG_HOME",     "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL", "EMAIL",           "GIT_DIR",          "GIT_SSH_COMMAND"
    };
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        unsetenv(gone[i]);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("HOME", box_path(box, "home"), 1);
    box_ok(box, "mkdir home && git config --global user.name 'Ann Lee' &&"
                "git config --global user.email ann@acme.example &&"
                "git config --global init.defaultBranch main &&"
                "git config --global protocol.file.allow always");
    box_ok(box,
           "git init -q work && cd work && mkdir tickets &&"
           "echo '{\"version\": 1}' >dnschange.json && echo '{\"id\": \"a\"}' >tickets/a.json &&"
           "git add . && git commit -qm first");
}

static inline void box_end(struct box *box)
{
    int rc = box_sh(box, "chmod -R u+rwX . ; rm -rf %s", box->dir);
    arena_free(box->arena);
    assert_int_equal(rc, 0);
}

static inline struct repo *box_open(struct box *box, const char *name)
{
    struct repo *repo = repo_open(box_path(box, name), box->arena, &box->err);
    if (!repo)
        print_error("repo_open: %s\n", box->err.message);
    assert_non_null(repo);
    return repo;
}

/* The error of the box says all of this (message or hint). */
static inline void box_says(struct box *box, const char *words)
{
    if (words && !strstr(box->err.message, words) && !strstr(box->err.hint, words)) {
        print_error("message \"%s\" hint \"%s\" lack \"%s\"\n", box->err.message, box->err.hint,
                    words);
        fail();
    }
}

/* All of them ended, and each one well. */
static inline void box_wait(const pid_t *pids, int n)
{
    int bad = 0;
    for (int i = 0; i < n; i++) {
        int status = -1;
        if (waitpid(pids[i], &status, 0) != pids[i] || status != 0)
            bad++;
    }
    assert_int_equal(bad, 0);
}

/* A check that needs root is shown as skipped, never as passed. */
#define BOX_NEEDS_ROOT()                                                                           \
    do {                                                                                           \
        if (geteuid() != 0) {                                                                      \
            print_message("[  SKIPPED ] needs root to make another user's files\n");               \
            skip();                                                                                \
        }                                                                                          \
    } while (0)
