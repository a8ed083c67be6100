/* The records branch on one machine: reading, committing, racing. */
#include "store_box.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "store/records.h"

static int setup(void **state)
{
    static struct box box;
    box_begin(&box);
    *state = &box;
    return 0;
}

static int teardown(void **state)
{
    box_end(*state);
    return 0;
}

static struct record_file file_of(const char *path, const char *text)
{
    return (struct record_file){ path, text, strlen(text) };
}

static void put(struct box *box, struct records *records, const char *path, const char *text)
{
    struct records_port port = records_port(records);
    struct record_file file = file_of(path, text);
    if (port.commit(port.ctx, &file, 1, "put", &box->err) < 0)
        fail_msg("%s (%s)", box->err.message, box->err.hint);
}

static const char *get(struct box *box, struct records *records, const char *path)
{
    struct records_port port = records_port(records);
    const char *text = NULL;
    size_t len = 0;
    if (port.read(port.ctx, path, box->arena, &text, &len, &box->err) < 0)
        return box->err.code == ERR_NOT_FOUND ? "(none)" : "(damaged)";
    assert_int_equal(strlen(text), len);
    return text;
}

static const char *names(struct box *box, struct records *records, const char *folder)
{
    struct records_port port = records_port(records);
    struct strv list;
    if (port.list(port.ctx, folder, box->arena, &list, &box->err) < 0)
        return "(damaged)";
    return strv_join(box->arena, &list, " ");
}

static void test_first_commits(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    int64_t as_of = 0;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    assert_string_equal(get(box, records, "A-1/1/lkg.json"), "(none)");
    assert_string_equal(names(box, records, ""), "");
    assert_int_equal(records_as_of(records, &as_of, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    struct records_port port = records_port(records);
    const struct record_file files[] = { file_of("A-1/1/lkg.json", "lkg\n"),
                                         file_of("A-1/1/claim.json", "claim\n"),
                                         file_of("A-1/1/empty", ""),
                                         file_of("freeze.json", "{}\n") };
    assert_int_equal(port.commit(port.ctx, files, 4, "claim A-1", &box->err), 0);
    put(box, records, "A-2/1/lkg.json", "two\n");
    put(box, records, "A-1/1/claim.json", "released\n");
    assert_string_equal(get(box, records, "A-1/1/lkg.json"), "lkg\n");
    assert_string_equal(get(box, records, "A-1/1/claim.json"), "released\n");
    assert_string_equal(get(box, records, "A-1/1/empty"), "");
    assert_string_equal(get(box, records, "A-1/1"), "(none)");
    assert_string_equal(get(box, records, "A-1/2/lkg.json"), "(none)");
    assert_string_equal(names(box, records, ""), "A-1 A-2 freeze.json");
    assert_string_equal(names(box, records, "A-1/1"), "claim.json empty lkg.json");
    assert_string_equal(names(box, records, "A-9"), "");
    assert_string_equal(names(box, records, "freeze.json"), "");
    assert_int_equal(records_as_of(records, &as_of, &box->err), 0);
    assert_true(llabs(as_of - (int64_t)time(NULL)) < 60);
    /* From outside: an orphan of three commits, none of the reviewed files. */
    assert_string_equal(box_out(box, "git -C work rev-list --count dnschange-records"), "3");
    assert_string_equal(box_out(box, "git -C work merge-base main dnschange-records; echo $?"),
                        "1");
    assert_string_equal(box_out(box, "git -C work log --reverse --format=%%B dnschange-records"),
                        "claim A-1 [skip ci]");
    assert_string_equal(box_out(box, "git -C work status --short | wc -l"), "0");
    assert_string_equal(box_out(box, "git -C work show dnschange-records:A-1/1/lkg.json"), "lkg");
    box_ok(box, "git -C work fsck --strict");
}

static void test_same_again(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    char first[REPO_HEX_LEN + 1], second[REPO_HEX_LEN + 1];
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    put(box, records, "A-1/1/x", "x");
    assert_int_equal(records_tip(records, first, &box->err), 0);
    put(box, records, "A-1/1/x", "x");
    assert_int_equal(records_tip(records, second, &box->err), 0);
    assert_string_equal(first, second);
}

struct refuse_row {
    const char *make, *branch, *path;
    enum err_code code;
    const char *words;
};

static const struct refuse_row refuse_rows[] = {
    { "true", NULL, "../x", ERR_INVALID, "not a path" },
    { "true", NULL, "/x", ERR_INVALID, "not a path" },
    { "true", NULL, "a//b", ERR_INVALID, "not a path" },
    { "true", NULL, ".git/x", ERR_INVALID, "not a path" },
    { "true", NULL, "", ERR_INVALID, "not a path" },
    { "true", "a..b", "x", ERR_INVALID, "cannot be the name" },
    { "git -C work branch dnschange-records/x", NULL, "x", ERR_CONFLICT, "git branch -m" },
};

static void test_refusals(void **state)
{
    struct box *box = *state;
    for (size_t i = 0; i < sizeof refuse_rows / sizeof *refuse_rows; i++) {
        const struct refuse_row *row = &refuse_rows[i];
        struct records *records = NULL;
        box_ok(box, "%s", row->make);
        REPO_SCOPED repo = box_open(box, "work");
        int rc = records_open(repo, row->branch, &records, &box->err);
        if (rc == 0) {
            struct records_port port = records_port(records);
            struct record_file file = file_of(row->path, "x");
            rc = port.commit(port.ctx, &file, 1, "x", &box->err);
        }
        assert_int_equal(rc, -1);
        assert_int_equal(box->err.code, row->code);
        box_says(box, row->words);
        assert_string_equal(
            box_out(box, "git -C work branch --list dnschange-records rec a..b | wc -l"), "0");
    }
}

/* Whatever the user's state: the records branch does not care. */
static const char *const shapes[] = {
    "true",
    "git -C work checkout -q --detach",
    "cd work && echo s >staged && git add staged",
    "cd work && git rev-parse HEAD >.git/MERGE_HEAD",
    ": >home/.gitconfig",
    ": >work/.git/index.lock",
    "rm work/.git/index.lock && cd work && rm .git/MERGE_HEAD && git sparse-checkout set tickets",
    "cd work && git config commit.gpgsign true && git config gpg.program /bin/false",
    "cd work && git config core.hooksPath /bin",
    "cd work && git pack-refs --all",
};

static void test_shapes(void **state)
{
    struct box *box = *state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct records *records = NULL;
        box_ok(box, "%s", shapes[i]);
        const char *before = box_out(box, "cd work && GIT_OPTIONAL_LOCKS=0 git status --porcelain"
                                          " | sha1sum");
        REPO_SCOPED repo = box_open(box, "work");
        assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
        const char *path = arena_printf(box->arena, "A-%zu/1/x", i);
        put(box, records, path, "x\n");
        assert_string_equal(get(box, records, path), "x\n");
        assert_string_equal(before, box_out(box, "cd work && GIT_OPTIONAL_LOCKS=0 git status"
                                                 " --porcelain | sha1sum"));
    }
    assert_string_equal(box_out(box, "git -C work ls-tree dnschange-records | wc -l"), "10");
}

static void test_linked_and_unborn(void **state)
{
    struct box *box = *state;
    struct records *a = NULL, *b = NULL, *c = NULL;
    box_ok(box, "git -C work worktree add -q ../linked && git init -q empty");
    REPO_SCOPED work = box_open(box, "work");
    REPO_SCOPED linked = box_open(box, "linked");
    REPO_SCOPED empty = box_open(box, "empty");
    assert_int_equal(records_open(work, NULL, &a, &box->err), 0);
    assert_int_equal(records_open(linked, NULL, &b, &box->err), 0);
    assert_int_equal(records_open(empty, NULL, &c, &box->err), 0);
    put(box, a, "A/1/x", "a");
    put(box, b, "B/1/x", "b");
    put(box, c, "C/1/x", "c");
    assert_string_equal(names(box, a, ""), "A B");
    assert_string_equal(get(box, b, "A/1/x"), "a");
    assert_string_equal(box_out(box, "git -C empty ls-tree -r --name-only dnschange-records"),
                        "C/1/x");
}

/* A clone that has the branch only as a remote's copy. */
static void test_remote_copy(void **state)
{
    struct box *box = *state;
    struct records *records = NULL, *clone = NULL, *shallow = NULL;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    put(box, records, "A/1/x", "a");
    put(box, records, "A/1/x", "a2");
    box_ok(box, "git clone -q work clone &&"
                "git clone -q --depth 1 --no-single-branch file://$PWD/work shallow");
    REPO_SCOPED other = box_open(box, "clone");
    assert_int_equal(records_open(other, NULL, &clone, &box->err), 0);
    assert_string_equal(get(box, clone, "A/1/x"), "a2");
    box_ok(box, "test -z \"$(git -C clone branch --list 'dns*')\"");
    put(box, clone, "B/1/x", "b");
    assert_string_equal(names(box, clone, ""), "A B");
    assert_string_equal(
        box_out(box, "git -C clone rev-list --count origin/dnschange-records..dnschange-records"),
        "1");
    /* The user fetches by hand: reading follows, and so does the next write. */
    box_ok(box, "git -C clone push -q origin dnschange-records");
    put(box, records, "C/1/x", "c");
    box_ok(box, "git -C clone fetch -q");
    assert_string_equal(names(box, clone, ""), "A B C");
    put(box, clone, "D/1/x", "d");
    assert_string_equal(names(box, clone, ""), "A B C D");
    assert_string_equal(
        box_out(box, "git -C clone rev-list --count dnschange-records..origin/dnschange-records"),
        "0");
    REPO_SCOPED edge = box_open(box, "shallow");
    assert_int_equal(records_open(edge, NULL, &shallow, &box->err), 0);
    assert_string_equal(get(box, shallow, "A/1/x"), "a2");
    put(box, shallow, "E/1/x", "e");
    put(box, shallow, "E/1/y", "e");
    assert_string_equal(names(box, shallow, ""), "A E");
}

static void test_damage(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    put(box, records, "A/1/x", "some text\n");
    box_ok(box,
           "cd work && f=.git/objects/$(git rev-parse dnschange-records:A/1/x | sed 's|..|&/|')"
           " && chmod u+w $f && echo junk >$f");
    REPO_SCOPED again = box_open(box, "work");
    struct records *fresh = NULL;
    assert_int_equal(records_open(again, NULL, &fresh, &box->err), 0);
    assert_string_equal(get(box, fresh, "A/1/x"), "(damaged)");
    box_says(box, "git fsck");
    box_ok(box, "cd work && f=.git/objects/$(git rev-parse dnschange-records:A | sed 's|..|&/|')"
                " && rm -f $f");
    REPO_SCOPED third = box_open(box, "work");
    assert_int_equal(records_open(third, NULL, &fresh, &box->err), 0);
    assert_string_equal(get(box, fresh, "A/1/x"), "(damaged)");
    assert_string_equal(names(box, fresh, "A"), "(damaged)");
    box_ok(box, "echo 0123456789012345678901234567890123456789"
                " >work/.git/refs/heads/dnschange-records");
    REPO_SCOPED fourth = box_open(box, "work");
    assert_int_equal(records_open(fourth, NULL, &fresh, &box->err), 0);
    assert_string_equal(get(box, fresh, "A/1/x"), "(damaged)");
}

/* Several processes at once, from nothing: every commit is kept. */
static void test_race(void **state)
{
    struct box *box = *state;
    enum { WRITERS = 4, EACH = 25 };
    pid_t pids[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        if (pids[w] != 0)
            continue;
        ARENA_SCOPED arena = arena_new("race", (size_t)64 << 20);
        struct records *records = NULL;
        struct err err = { 0 };
        REPO_SCOPED repo = repo_open(box_path(box, "work"), arena, &err);
        if (!repo || records_open(repo, NULL, &records, &err) < 0)
            _exit(98);
        struct records_port port = records_port(records);
        for (int i = 0; i < EACH; i++) {
            struct record_file file = file_of(arena_printf(arena, "W-%d/%d/x", w, i), "x\n");
            if (port.commit(port.ctx, &file, 1, "race", &err) < 0) {
                print_error("%s (%s)\n", err.message, err.hint);
                _exit(99);
            }
        }
        repo_free(repo);
        _exit(0);
    }
    box_wait(pids, WRITERS);
    assert_string_equal(
        box_out(box, "git -C work ls-tree -r --name-only dnschange-records | wc -l"), "100");
    assert_string_equal(box_out(box, "git -C work rev-list --count dnschange-records"), "100");
    box_ok(box, "git -C work fsck --strict");
}

static void test_many(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    struct timespec from, to;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < 200; i++)
        put(box, records, arena_printf(box->arena, "T-%03d/%d/events.jsonl", i % 50, i / 50 + 1),
            arena_printf(box->arena, "{\"n\": %d}\n", i));
    clock_gettime(CLOCK_MONOTONIC, &to);
    print_message("  %.2f ms a commit\n", ((double)(to.tv_sec - from.tv_sec) * 1e3 +
                                           (double)(to.tv_nsec - from.tv_nsec) / 1e6) /
                                              200);
    assert_string_equal(
        box_out(box, "git -C work ls-tree -r --name-only dnschange-records | wc -l"), "200");
    assert_string_equal(box_out(box, "git -C work fsck --strict 2>&1 | grep -cv dangling"), "0");
}

static void test_tidy(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    box_ok(box, "cd work && git config gc.autoPackLimit 2 && git config gc.autoDetach false");
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    for (int i = 0; i < 4; i++) {
        put(box, records, arena_printf(box->arena, "A-%d/1/x", i), "x");
        box_ok(box, "git -C work repack -q");
    }
    assert_string_equal(box_out(box, "ls work/.git/objects/pack/*.pack | wc -l"), "4");
    records_tidy(records);
    assert_string_equal(box_out(box, "ls work/.git/objects/pack/*.pack | wc -l"), "1");
    put(box, records, "B/1/x", "b");
    assert_string_equal(get(box, records, "A-2/1/x"), "x");
    assert_string_equal(get(box, records, "B/1/x"), "b");
}

static void test_as_root(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . && chown -R 65534:65534 work");
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    put(box, records, "A/1/x", "x");
    assert_string_equal(box_out(box, "find work ! -user 65534 | wc -l"), "0");
    assert_string_equal(box_out(box, "find work ! -group 65534 | wc -l"), "0");
}

/* What a process leaves that was killed while it moved the ref. */
static void test_lock_left_behind(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    put(box, records, "A/1/x", "x");
    box_ok(box, "touch work/.git/refs/heads/dnschange-records.lock");
    put(box, records, "A/1/y", "y");
    assert_string_equal(get(box, records, "A/1/y"), "y");
    box_ok(box, "test ! -e work/.git/refs/heads/dnschange-records.lock");
}

/* Somebody alive has the turn: his lock stays. */
static void test_lock_of_the_living(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(records_open(repo, NULL, &records, &box->err), 0);
    put(box, records, "A/1/x", "x");
    box_ok(box, "touch work/.git/refs/heads/dnschange-records.lock");
    int turn = open(box_path(box, "work/.git/dnschange/records.turn"), O_RDWR | O_CLOEXEC);
    assert_true(turn >= 0);
    assert_int_equal(flock(turn, LOCK_EX | LOCK_NB), 0);
    struct records_port port = records_port(records);
    struct record_file file = file_of("A/1/y", "y");
    assert_int_equal(port.commit(port.ctx, &file, 1, "y", &box->err), -1);
    assert_int_equal(box->err.code, ERR_CONFLICT);
    box_says(box, "refs/heads/dnschange-records.lock");
    box_ok(box, "test -e work/.git/refs/heads/dnschange-records.lock");
    close(turn);
}

static void test_read_only(void **state)
{
    struct box *box = *state;
    struct records *records = NULL;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . home && chmod 644 home/.gitconfig && chown -R 65534:65534 work &&"
                "chmod -R a-w work/.git");
    assert_int_equal(seteuid(65534), 0);
    struct repo *repo = repo_open(box_path(box, "work"), box->arena, &box->err);
    int rc = 1;
    if (repo && records_open(repo, NULL, &records, &box->err) == 0) {
        struct records_port port = records_port(records);
        struct record_file file = file_of("A/1/x", "x");
        rc = port.commit(port.ctx, &file, 1, "x", &box->err);
    }
    repo_free(repo);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(box->err.code, ERR_FAILED);
    box_says(box, "written by this user");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(first_commits),
        TEST(same_again),
        TEST(refusals),
        TEST(shapes),
        TEST(linked_and_unborn),
        TEST(remote_copy),
        TEST(damage),
        TEST(race),
        TEST(many),
        TEST(tidy),
        TEST(as_root),
        TEST(lock_left_behind),
        TEST(lock_of_the_living),
        TEST(read_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
