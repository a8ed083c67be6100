/* The records branch and other branches at a remote: over a path, over git
 * daemon, in races, with a remote that does not answer. */
#include "store_box.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "store/push.h"
#include "store/records.h"

#define BUDGET_MS 60000

static int setup(void **state)
{
    static struct box box;
    box_begin(&box);
    box_ok(&box, "git init -q --bare hub.git && git -C work remote add origin $PWD/hub.git &&"
                 "git -C work push -q origin main && git clone -q hub.git other");
    *state = &box;
    return 0;
}

static int teardown(void **state)
{
    box_end(*state);
    return 0;
}

static struct records *records_of(struct box *box, struct repo *repo)
{
    struct records *records = NULL;
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    return records;
}

static void put(struct box *box, struct records *records, const char *path, const char *text)
{
    struct records_port port = records_port(records);
    struct record_file file = { path, text, strlen(text) };
    if (port.commit(port.ctx, &file, 1, "put", &box->err) < 0)
        fail_msg("%s (%s)", box->err.message, box->err.hint);
}

static const char *get(struct box *box, struct records *records, const char *path)
{
    struct records_port port = records_port(records);
    const char *text = "(none)";
    return port.read(port.ctx, path, box->arena, &text, NULL, &box->err) < 0 ? "(none)" : text;
}

static const char *names(struct box *box, struct records *records)
{
    struct records_port port = records_port(records);
    struct strv list;
    assert_int_equal(port.list(port.ctx, "", box->arena, &list, &box->err), 0);
    return strv_join(box->arena, &list, " ");
}

#define ok(box, call)                                                                              \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            fail_msg("%s (%s)", (box)->err.message, (box)->err.hint);                              \
    } while (0)

static void test_there_and_back(void **state)
{
    struct box *box = *state;
    struct records_news news;
    REPO_SCOPED work = box_open(box, "work");
    REPO_SCOPED other = box_open(box, "other");
    struct records *a = records_of(box, work), *b = records_of(box, other);
    ok(box, records_fetch(b, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.absent);
    assert_false(news.moved);
    assert_false(records_unpublished(a, "origin"));
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err)); /* nothing to publish */
    put(box, a, "A/1/x", "a");
    assert_true(records_unpublished(a, "origin"));
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    assert_false(records_unpublished(a, "origin"));
    assert_string_equal(box_out(box, "git -C hub.git show dnschange-records:A/1/x"), "a");
    ok(box, records_fetch(b, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.moved);
    assert_false(news.merged || news.absent || news.rewritten);
    assert_string_equal(get(box, b, "A/1/x"), "a");
    put(box, b, "B/1/x", "b");
    ok(box, records_publish(b, "origin", BUDGET_MS, &box->err));
    ok(box, records_fetch(a, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.moved);
    assert_false(news.merged);
    assert_string_equal(names(box, a), "A B");
    assert_string_equal(box_out(box, "git -C work rev-list --count dnschange-records"), "2");
    ok(box, records_fetch(a, "origin", BUDGET_MS, &news, &box->err));
    assert_false(news.moved);
}

static void test_both_moved(void **state)
{
    struct box *box = *state;
    struct records_news news;
    REPO_SCOPED work = box_open(box, "work");
    REPO_SCOPED other = box_open(box, "other");
    struct records *a = records_of(box, work), *b = records_of(box, other);
    /* Two branches without a common commit: each clone began its own. */
    put(box, a, "A/1/x", "a");
    put(box, b, "B/1/x", "b");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    ok(box, records_publish(b, "origin", BUDGET_MS, &box->err)); /* lost, fetched, merged */
    assert_string_equal(names(box, b), "A B");
    put(box, a, "A/2/x", "a2");
    ok(box, records_fetch(a, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.merged);
    assert_string_equal(names(box, a), "A B");
    assert_string_equal(get(box, a, "A/2/x"), "a2");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    ok(box, records_fetch(b, "origin", BUDGET_MS, &news, &box->err));
    assert_string_equal(get(box, b, "A/2/x"), "a2");
    assert_string_equal(box_out(box, "git -C hub.git log -1 --format=%%s dnschange-records"),
                        "merge the records of two machines [skip ci]");
    assert_string_equal(box_out(box, "git -C hub.git fsck --strict 2>&1 | grep -cv notice"), "0");
}

/* The same file changed here and there: one whole file wins, the same on both. */
static void test_same_file(void **state)
{
    struct box *box = *state;
    struct records_news news;
    REPO_SCOPED work = box_open(box, "work");
    REPO_SCOPED other = box_open(box, "other");
    struct records *a = records_of(box, work), *b = records_of(box, other);
    put(box, a, "A/1/claim.json", "{\n\"one\": 1\n}\n");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    ok(box, records_fetch(b, "origin", BUDGET_MS, &news, &box->err));
    put(box, a, "A/1/claim.json", "{\n\"one\": 2\n}\n");
    put(box, b, "A/1/claim.json", "{\n\"one\": 1,\n\"two\": 2\n}\n");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    ok(box, records_publish(b, "origin", BUDGET_MS, &box->err));
    ok(box, records_fetch(a, "origin", BUDGET_MS, &news, &box->err));
    const char *text = get(box, a, "A/1/claim.json");
    assert_string_equal(text, get(box, b, "A/1/claim.json"));
    assert_true(strcmp(text, "{\n\"one\": 2\n}\n") == 0 ||
                strcmp(text, "{\n\"one\": 1,\n\"two\": 2\n}\n") == 0);
}

static void test_rewritten(void **state)
{
    struct box *box = *state;
    struct records_news news;
    REPO_SCOPED work = box_open(box, "work");
    struct records *a = records_of(box, work);
    put(box, a, "A/1/x", "a");
    put(box, a, "B/1/x", "b");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    box_ok(box, "cd hub.git && git update-ref refs/heads/dnschange-records dnschange-records~1");
    ok(box, records_fetch(a, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.rewritten);
    assert_string_equal(names(box, a), "A B");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    assert_string_equal(box_out(box, "git -C hub.git rev-list --count dnschange-records"), "2");
    /* Gone altogether: what a clone knows only from there must not be lost. */
    REPO_SCOPED other = box_open(box, "other");
    struct records *b = records_of(box, other);
    ok(box, records_fetch(b, "origin", BUDGET_MS, &news, &box->err));
    box_ok(box, "git -C hub.git update-ref -d refs/heads/dnschange-records");
    ok(box, records_fetch(b, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.absent && news.rewritten);
    assert_string_equal(names(box, b), "A B");
    ok(box, records_publish(b, "origin", BUDGET_MS, &box->err));
    assert_string_equal(box_out(box, "git -C hub.git rev-list --count dnschange-records"), "2");
}

/* The clone of a CI job: one commit of one branch. */
static void test_depth_1(void **state)
{
    struct box *box = *state;
    struct records_news news;
    REPO_SCOPED work = box_open(box, "work");
    struct records *a = records_of(box, work);
    put(box, a, "A/1/lkg.json", "lkg");
    put(box, a, "A/1/events.jsonl", "e");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    box_ok(box, "git clone -q --depth 1 --single-branch file://$PWD/hub.git ci");
    REPO_SCOPED ci = box_open(box, "ci");
    struct records *c = records_of(box, ci);
    assert_string_equal(get(box, c, "A/1/lkg.json"), "(none)");
    assert_string_equal(repo_any_remote(ci, box->arena), "origin");
    ok(box, records_fetch(c, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.moved);
    assert_string_equal(get(box, c, "A/1/lkg.json"), "lkg");
    put(box, c, "A/1/outcome.json", "o");
    ok(box, records_publish(c, "origin", BUDGET_MS, &box->err));
    put(box, a, "B/1/x", "b");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    put(box, c, "C/1/x", "c");
    ok(box, records_fetch(c, "origin", BUDGET_MS, &news, &box->err));
    assert_true(news.merged);
    assert_string_equal(names(box, c), "A B C");
    ok(box, records_publish(c, "origin", BUDGET_MS, &box->err));
    assert_string_equal(box_out(box, "git -C ci rev-parse --is-shallow-repository"), "true");
}

struct fail_row {
    const char *what, *make, *remote;
    int64_t budget_ms;
    enum err_code code;
    const char *words;
};

static const struct fail_row fail_rows[] = {
    { "no such remote", "true", "nowhere", BUDGET_MS, ERR_INVALID, "git remote add nowhere" },
    { "gone", "git -C work remote add gone /nonexistent/x.git", "gone", BUDGET_MS, ERR_FAILED,
      "gone" },
    { "no host", "git -C work remote add nohost git://127.0.0.1:1/x.git", "nohost", BUDGET_MS,
      ERR_FAILED, "127.0.0.1" },
    { "asks for a password",
      "printf '#!/bin/sh\\necho \"fatal: could not read Username for https://h\" >&2; exit 128\\n'"
      " >git-remote-asks && chmod +x git-remote-asks && git -C work remote add asks "
      "asks://u:secret@h/",
      "asks", BUDGET_MS, ERR_AUTH, "by hand" },
    { "never answers",
      "printf '#!/bin/sh\\nsleep 600 & echo $! >../sleeper; wait\\n' >git-remote-stuck && chmod +x "
      "git-remote-stuck &&"
      "git -C work remote add stuck stuck://h/",
      "stuck", 300, ERR_FAILED, "no answer within 300 ms" },
};

static void test_failures(void **state)
{
    struct box *box = *state;
    const char *path = getenv("PATH");
    setenv("PATH", arena_printf(box->arena, "%s:%s", box->dir, path), 1);
    for (size_t i = 0; i < sizeof fail_rows / sizeof *fail_rows; i++) {
        const struct fail_row *row = &fail_rows[i];
        struct records_news news;
        struct timespec from, to;
        print_message("  %s\n", row->what);
        box_ok(box, "%s", row->make);
        REPO_SCOPED work = box_open(box, "work");
        struct records *a = records_of(box, work);
        put(box, a, arena_printf(box->arena, "A/%zu/x", i), "a");
        clock_gettime(CLOCK_MONOTONIC, &from);
        assert_int_equal(records_fetch(a, row->remote, row->budget_ms, &news, &box->err), -1);
        assert_int_equal(box->err.code, row->code);
        box_says(box, row->words);
        assert_null(strstr(box->err.message, "secret"));
        assert_int_equal(records_publish(a, row->remote, row->budget_ms, &box->err), -1);
        assert_int_equal(box->err.code, row->code);
        assert_int_equal(push_branch(work, row->remote, "main", row->budget_ms, &box->err), -1);
        assert_int_equal(box->err.code, row->code);
        clock_gettime(CLOCK_MONOTONIC, &to);
        assert_true(to.tv_sec - from.tv_sec < 20);
        assert_string_equal(get(box, a, arena_printf(box->arena, "A/%zu/x", i)), "a");
    }
    setenv("PATH", path, 1);
    /* What the stuck git had started is gone with it. */
    box_ok(box, "test -s sleeper && ! grep -q sleep /proc/$(cat sleeper)/cmdline");
}

struct env_row {
    const char *what, *set, *value; /* in our own environment */
    const char *config;             /* core.sshCommand */
    const char *look;               /* a line of the child's environment, or not */
    bool there;
};

static const struct env_row env_rows[] = {
    { "asks nothing", "X_NONE", "", NULL, "GIT_TERMINAL_PROMPT=0", true },
    { "not through a window either", "SSH_ASKPASS_REQUIRE", "force", NULL,
      "SSH_ASKPASS_REQUIRE=never", true },
    { "English", "LC_ALL", "de_DE.UTF-8", NULL, "LC_ALL=C", true },
    { "our own repository", "GIT_INDEX_FILE", "/nonexistent", NULL, "GIT_INDEX_FILE=/nonexistent",
      false },
    { "plain ssh", "X_NONE", "", NULL, "GIT_SSH_COMMAND=ssh -oBatchMode=yes", true },
    { "the user's ssh", "GIT_SSH_COMMAND", "/usr/bin/ssh -i key", NULL,
      "GIT_SSH_COMMAND=/usr/bin/ssh -i key -oBatchMode=yes", true },
    { "configured ssh", "X_NONE", "", "ssh -F cfg", "GIT_SSH_COMMAND=ssh -F cfg -oBatchMode=yes",
      true },
    { "another program", "GIT_SSH_COMMAND", "plink -x", NULL, "GIT_SSH_COMMAND=plink -x", true },
    { "an old wrapper", "GIT_SSH", "/opt/wrap", NULL, "GIT_SSH=/opt/wrap", true },
    { "credential helpers see theirs", "MY_TOKEN", "t0ken", NULL, "MY_TOKEN=t0ken", true },
};

/* The remote helper is the user's; it writes down what it was given. */
static void test_environment(void **state)
{
    struct box *box = *state;
    const char *path = getenv("PATH");
    setenv("PATH", arena_printf(box->arena, "%s:%s", box->dir, path), 1);
    box_ok(box,
           "printf '#!/bin/sh\\nenv >%s/dump\\nexit 1\\n' >git-remote-dump &&"
           "chmod +x git-remote-dump && git -C work remote add dump dump://h/",
           box->dir);
    for (size_t i = 0; i < sizeof env_rows / sizeof *env_rows; i++) {
        const struct env_row *row = &env_rows[i];
        print_message("  %s\n", row->what);
        box_sh(box, "rm -f dump; cd work && git config --unset core.sshCommand");
        if (row->config)
            box_ok(box, "git -C work config core.sshCommand '%s'", row->config);
        const char *before = getenv(row->set);
        before = before ? arena_strdup(box->arena, before) : NULL;
        setenv(row->set, row->value, 1);
        REPO_SCOPED work = box_open(box, "work");
        int rc = fetch_branch(work, "dump", "main", BUDGET_MS, &box->err);
        if (before)
            setenv(row->set, before, 1);
        else
            unsetenv(row->set);
        assert_int_equal(rc, -1);
        assert_string_equal(box_out(box, "test -s dump && grep -cxF '%s' dump", row->look),
                            row->there ? "1" : "0");
    }
    setenv("PATH", path, 1);
}

/* Nothing of root's goes to a program that another user may have chosen. */
static void test_environment_of_another(void **state)
{
    struct box *box = *state;
    BOX_NEEDS_ROOT();
    const char *path = getenv("PATH");
    setenv("PATH", arena_printf(box->arena, "%s:%s", box->dir, path), 1);
    setenv("PDNS_API_KEY", "canary-secret", 1);
    box_ok(box,
           "chmod 755 . && mkdir -m 777 drop &&"
           "printf '#!/bin/sh\\nenv >%s/drop/dump; id -u >>%s/drop/dump\\nexit 1\\n'"
           " >git-remote-dump && chmod 755 git-remote-dump &&"
           "git -C work remote add dump dump://h/ && chown -R 65534:65534 work",
           box->dir, box->dir);
    REPO_SCOPED work = box_open(box, "work");
    assert_int_equal(fetch_branch(work, "dump", "main", BUDGET_MS, &box->err), -1);
    unsetenv("PDNS_API_KEY");
    setenv("PATH", path, 1);
    assert_string_equal(box_out(box, "tail -1 drop/dump"), "65534");
    assert_string_equal(box_out(box, "grep -c canary-secret drop/dump"), "0");
    assert_string_equal(box_out(box, "grep -c '^HOME=%s' drop/dump", box->dir), "0");
}

static void test_push_branch(void **state)
{
    struct box *box = *state;
    box_ok(box,
           "cd work && git branch dns/A-1 && printf '#!/bin/sh\\nexit 1\\n' >.git/hooks/pre-push"
           " && chmod +x .git/hooks/pre-push");
    REPO_SCOPED work = box_open(box, "work");
    ok(box, push_branch(work, "origin", "dns/A-1", BUDGET_MS, &box->err));
    ok(box, push_branch(work, "origin", "dns/A-1", BUDGET_MS, &box->err));
    assert_string_equal(box_out(box, "git -C hub.git rev-parse dns/A-1"),
                        box_out(box, "git -C work rev-parse main"));
    REPO_SCOPED other = box_open(box, "other");
    ok(box, fetch_branch(other, "origin", "dns/A-1", BUDGET_MS, &box->err));
    assert_string_equal(box_out(box, "git -C other rev-parse origin/dns/A-1"),
                        box_out(box, "git -C work rev-parse main"));
    assert_int_equal(fetch_branch(other, "origin", "dns/none", BUDGET_MS, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    box_ok(box,
           "cd other && git commit -q --allow-empty -m theirs && git push -q origin HEAD:dns/A-1"
           " && cd ../work && git commit -q --allow-empty -m ours && git branch -f dns/A-1 main");
    assert_int_equal(push_branch(work, "origin", "dns/A-1", BUDGET_MS, &box->err), -1);
    assert_int_equal(box->err.code, ERR_CONFLICT);
    box_says(box, "moved on");
    box_ok(box,
           "printf '#!/bin/sh\\nexit 1\\n' >hub.git/hooks/update && chmod +x hub.git/hooks/update");
    assert_int_equal(push_branch(work, "origin", "main", BUDGET_MS, &box->err), -1);
    assert_int_equal(box->err.code, ERR_POLICY);
    box_says(box, "does not accept");
}

/* What is tried is the right to push; the remote stays as it is. */
static void test_push_allowed(void **state)
{
    struct box *box = *state;
    const char *version = NULL;
    REPO_SCOPED work = box_open(box, "work");
    const char *before = box_out(box, "git -C hub.git for-each-ref");
    ok(box, push_allowed(work, "origin", "dnschange-records", BUDGET_MS, &box->err));
    put(box, records_of(box, work), "A/1/x", "a");
    ok(box, push_allowed(work, "origin", "dnschange-records", BUDGET_MS, &box->err));
    assert_string_equal(box_out(box, "git -C hub.git for-each-ref"), before);
    /* The remote has records of others: still allowed. */
    REPO_SCOPED other = box_open(box, "other");
    struct records *theirs = records_of(box, other);
    put(box, theirs, "B/1/x", "b");
    ok(box, records_publish(theirs, "origin", BUDGET_MS, &box->err));
    ok(box, push_allowed(work, "origin", "dnschange-records", BUDGET_MS, &box->err));
    box_ok(box, "git -C work remote add readonly $PWD/hub.git && git -C work config"
                " remote.readonly.receivepack 'echo read only >&2; exit 1;'");
    assert_int_equal(push_allowed(work, "readonly", "dnschange-records", BUDGET_MS, &box->err), -1);
    box_says(box, "cannot push to");
    assert_int_equal(push_allowed(work, "none", "dnschange-records", BUDGET_MS, &box->err), -1);
    assert_int_equal(box->err.code, ERR_INVALID);
    box_ok(box, "git init -q empty && git -C empty remote add origin $PWD/hub.git");
    REPO_SCOPED empty = box_open(box, "empty");
    assert_int_equal(push_allowed(empty, "origin", "dnschange-records", BUDGET_MS, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    ok(box, push_git_version(work, box->arena, &version, &box->err));
    assert_string_equal(version, box_out(box, "git version | cut -d' ' -f3"));
}

/* A remote that refuses machine commits: reported, and not taken for a race. */
static void test_refused(void **state)
{
    struct box *box = *state;
    REPO_SCOPED work = box_open(box, "work");
    struct records *a = records_of(box, work);
    put(box, a, "A/1/x", "a");
    box_ok(box, "printf '#!/bin/sh\\necho go away >&2; exit 1\\n' >hub.git/hooks/pre-receive &&"
                "chmod +x hub.git/hooks/pre-receive");
    assert_int_equal(records_publish(a, "origin", BUDGET_MS, &box->err), -1);
    assert_int_equal(box->err.code, ERR_POLICY);
    box_says(box, "go away");
    assert_true(records_unpublished(a, "origin"));
}

/* ---- races ---- */

enum { CLONES = 3, ROUNDS = 6 };

/* Each clone writes and publishes; all of it must arrive. */
static void race(struct box *box, const char *url)
{
    pid_t pids[CLONES];
    for (int c = 0; c < CLONES; c++)
        box_ok(box, "rm -rf c%d && git clone -q %s c%d", c, url, c);
    for (int c = 0; c < CLONES; c++) {
        pids[c] = fork();
        if (pids[c] != 0)
            continue;
        ARENA_SCOPED arena = arena_new("race", (size_t)64 << 20);
        struct err err = { 0 };
        struct records *records = NULL;
        struct repo *repo = repo_open(arena_printf(arena, "%s/c%d", box->dir, c), arena, &err);
        if (!repo || records_open(repo, NULL, &records, &err) < 0)
            _exit(98);
        struct records_port port = records_port(records);
        for (int i = 1; i <= ROUNDS; i++) {
            struct record_file file = { arena_printf(arena, "C-%d/%d/x", c, i), "x\n", 2 };
            if (port.commit(port.ctx, &file, 1, "race", &err) < 0)
                _exit(97);
            /* Losing every race of one call is allowed; asking again is the rule. */
            while (records_publish(records, "origin", BUDGET_MS, &err) < 0)
                if (!strstr(err.message, "others were faster")) {
                    print_error("%s (%s)\n", err.message, err.hint);
                    _exit(96);
                }
        }
        repo_free(repo);
        _exit(0);
    }
    box_wait(pids, CLONES);
    assert_string_equal(
        box_out(box, "git -C hub.git ls-tree -r --name-only dnschange-records | wc -l"), "18");
    assert_string_equal(box_out(box, "git -C hub.git fsck --strict 2>&1 | grep -c error"), "0");
}

static void test_race_path(void **state)
{
    struct box *box = *state;
    race(box, box_path(box, "hub.git"));
}

static int free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static bool port_open(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                              .sin_port = htons((uint16_t)port) };
    bool open = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return open;
}

static void test_race_daemon(void **state)
{
    struct box *box = *state;
    int port = free_port();
    const char *port_arg = arena_printf(box->arena, "--port=%d", port);
    const char *base = arena_printf(box->arena, "--base-path=%s", box->dir);
    pid_t daemon = fork();
    if (daemon == 0) {
        setpgid(0, 0);
        execlp("git", "git", "daemon", "--reuseaddr", "--listen=127.0.0.1", "--export-all",
               "--enable=receive-pack", port_arg, base, box->dir, (char *)NULL);
        _exit(127);
    }
    setpgid(daemon, daemon);
    struct timespec step = { .tv_nsec = 20000000 };
    for (int i = 0; i < 500 && !port_open(port); i++)
        nanosleep(&step, NULL);
    assert_true(port_open(port));
    race(box, arena_printf(box->arena, "git://127.0.0.1:%d/hub.git", port));
    kill(-daemon, SIGTERM);
    assert_int_equal(waitpid(daemon, NULL, 0), daemon);
}

/* Root publishes from somebody's checkout: git runs as that somebody. */
static void test_as_root(void **state)
{
    struct box *box = *state;
    struct records_news news;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . && chown -R 65534:65534 work hub.git");
    REPO_SCOPED work = box_open(box, "work");
    struct records *a = records_of(box, work);
    put(box, a, "A/1/x", "a");
    ok(box, records_publish(a, "origin", BUDGET_MS, &box->err));
    ok(box, records_fetch(a, "origin", BUDGET_MS, &news, &box->err));
    assert_string_equal(box_out(box, "find work hub.git ! -user 65534 | wc -l"), "0");
    assert_string_equal(
        box_out(box, "git -c safe.directory='*' -C hub.git show dnschange-records:A/1/x"), "a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(there_and_back), TEST(both_moved),   TEST(same_file),   TEST(rewritten),
        TEST(depth_1),        TEST(failures),     TEST(environment), TEST(environment_of_another),
        TEST(push_branch),    TEST(push_allowed), TEST(refused),     TEST(race_path),
        TEST(race_daemon),    TEST(as_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
