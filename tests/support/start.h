/* start: runs a program beside a test, and ends it by its pid. */
#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct started {
    pid_t pid;
    char port[16];    /* the line it printed */
    char address[32]; /* "127.0.0.1:PORT" */
};

/* argv[0] is a path; waits for the first line of output. */
static inline struct started start(const char *const *argv)
{
    struct started s = { 0 };
    int fds[2];
    if (pipe(fds) < 0)
        abort();
    s.pid = fork();
    if (s.pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        perror(argv[0]);
        _exit(127);
    }
    close(fds[1]);
    FILE *out = fdopen(fds[0], "r");
    if (!out || !fgets(s.port, sizeof s.port, out)) {
        fprintf(stderr, "%s did not start\n", argv[0]);
        abort();
    }
    fclose(out);
    s.port[strcspn(s.port, "\n")] = '\0';
    snprintf(s.address, sizeof s.address, "127.0.0.1:%s", s.port);
    return s;
}

static inline void stop(struct started *s)
{
    if (s->pid > 0) {
        kill(s->pid, SIGTERM);
        waitpid(s->pid, NULL, 0);
    }
    s->pid = 0;
}

/* A temporary folder; remove with folder_remove. */
static inline void folder_new(char path[64])
{
    snprintf(path, 64, "/tmp/dnschange-test-XXXXXX");
    if (!mkdtemp(path))
        abort();
}

static inline void folder_remove(const char *path)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf -- '%s'", path);
    if (system(command) != 0)
        perror(path);
}

static inline void text_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}
