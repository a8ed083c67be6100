/* Who works on a ticket, and what others ask of him. */
#include "store_box.h"

#include <signal.h>

#include "store/lock.h"
#include "store/request.h"

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

static void test_take_and_free(void **state)
{
    struct box *box = *state;
    struct lock_holder holder = { 0 };
    REPO_SCOPED repo = box_open(box, "work");
    assert_false(lock_is_held(repo, "A-1", box->arena, &holder));
    {
        LOCK_SCOPED lock = NULL;
        LOCK_SCOPED second = NULL;
        LOCK_SCOPED other = NULL;
        assert_int_equal(lock_take(repo, "A-1", "apply", 1700000000, &lock, &box->err), 0);
        assert_true(lock_is_held(repo, "A-1", box->arena, &holder));
        assert_int_equal(holder.pid, getpid());
        assert_int_equal(holder.since_wall_s, 1700000000);
        assert_string_equal(holder.doing, "apply");
        assert_string_equal(holder.who, repo_user_at_host(box->arena));
        assert_int_equal(lock_take(repo, "A-1", "rollback", 1, &second, &box->err), -1);
        assert_int_equal(box->err.code, ERR_CONFLICT);
        box_says(box, arena_printf(box->arena, "process %d", getpid()));
        assert_int_equal(lock_take(repo, "A-2", "apply", 1, &other, &box->err), 0);
    }
    assert_false(lock_is_held(repo, "A-1", box->arena, &holder));
    LOCK_SCOPED again = NULL;
    assert_int_equal(lock_take(repo, "A-1", "apply", 2, &again, &box->err), 0);
}

static const char *const bad_ids[] = { "", ".", "../x", "a/b", "-x", "a b", "a\nb" };

static void test_bad_ids(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    for (size_t i = 0; i < sizeof bad_ids / sizeof *bad_ids; i++) {
        struct lock *lock = NULL;
        assert_int_equal(lock_take(repo, bad_ids[i], "apply", 1, &lock, &box->err), -1);
        assert_int_equal(box->err.code, ERR_INVALID);
        assert_false(lock_is_held(repo, bad_ids[i], box->arena, NULL));
    }
}

/* A killed holder leaves the file, but not the lock. */
static void test_dead_holder(void **state)
{
    struct box *box = *state;
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        ARENA_SCOPED arena = arena_new("holder", (size_t)1 << 20);
        struct err err = { 0 };
        struct lock *lock = NULL;
        struct repo *repo = repo_open(box_path(box, "work"), arena, &err);
        if (!repo || lock_take(repo, "A-1", "apply", 7, &lock, &err) < 0 ||
            write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    REPO_SCOPED repo = box_open(box, "work");
    struct lock_holder holder;
    LOCK_SCOPED lock = NULL;
    assert_true(lock_is_held(repo, "A-1", box->arena, &holder));
    assert_int_equal(holder.pid, pid);
    assert_int_equal(lock_take(repo, "A-1", "resume", 8, &lock, &box->err), -1);
    box_says(box, arena_printf(box->arena, "%d", pid));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_string_equal(box_out(box, "cut -d' ' -f1 work/.git/dnschange/A-1.lock"),
                        arena_printf(box->arena, "%d", pid));
    assert_false(lock_is_held(repo, "A-1", box->arena, &holder));
    assert_int_equal(lock_take(repo, "A-1", "resume", 8, &lock, &box->err), 0);
    close(ready[0]);
    close(ready[1]);
}

/* Many who want it at the same instant: exactly one gets it. */
static void test_one_winner(void **state)
{
    struct box *box = *state;
    enum { WANT = 8 };
    int go[2], done[2], won = 0;
    char byte;
    pid_t pids[WANT];
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(done), 0);
    for (int i = 0; i < WANT; i++) {
        pids[i] = fork();
        if (pids[i] != 0)
            continue;
        ARENA_SCOPED arena = arena_new("racer", (size_t)1 << 20);
        struct err err = { 0 };
        struct lock *lock = NULL;
        close(go[1]);
        struct repo *repo = repo_open(box_path(box, "work"), arena, &err);
        int rc = repo ? lock_take(repo, "A-1", "apply", 1, &lock, &err) : -2;
        if (rc == -2 || (rc < 0 && err.code != ERR_CONFLICT) ||
            write(done[1], rc == 0 ? "1" : "0", 1) != 1)
            _exit(1);
        /* Held until everybody has tried. */
        if (read(go[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    for (int i = 0; i < WANT; i++) {
        assert_int_equal(read(done[0], &byte, 1), 1);
        won += byte == '1';
    }
    close(go[1]);
    box_wait(pids, WANT);
    assert_int_equal(won, 1);
    close(go[0]);
    close(done[0]);
    close(done[1]);
}

static void test_linked_work_trees_share(void **state)
{
    struct box *box = *state;
    box_ok(box, "git -C work worktree add -q ../linked");
    REPO_SCOPED work = box_open(box, "work");
    REPO_SCOPED linked = box_open(box, "linked");
    LOCK_SCOPED one = NULL;
    LOCK_SCOPED two = NULL;
    assert_int_equal(lock_take(work, "A-1", "apply", 1, &one, &box->err), 0);
    assert_int_equal(lock_take(linked, "A-1", "apply", 1, &two, &box->err), -1);
    assert_int_equal(box->err.code, ERR_CONFLICT);
}

static void test_requests(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    struct request_watch *watch = request_watch_new(repo, "A-1", box->arena);
    assert_int_equal(request_poll(watch), CONTROL_NONE);
    const struct request pause = { CONTROL_PAUSE, "ann@desk", "wait\nfor Bob", 1700000000 };
    assert_int_equal(request_write(repo, "A-1", &pause, &box->err), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(request_poll(watch), CONTROL_PAUSE);
    assert_string_equal(request_seen(watch)->who, "ann@desk");
    assert_string_equal(request_seen(watch)->reason, "wait for Bob");
    assert_int_equal(request_seen(watch)->wall_s, 1700000000);
    const struct request stop = { CONTROL_ABORT, "bob@desk", "", 1700000001 };
    assert_int_equal(request_write(repo, "A-1", &stop, &box->err), 0);
    assert_int_equal(request_poll(watch), CONTROL_ABORT);
    assert_string_equal(request_seen(watch)->reason, "");
    assert_int_equal(request_poll(request_watch_new(repo, "A-2", box->arena)), CONTROL_NONE);
    assert_int_equal(request_poll(request_watch_new(repo, "A-1", box->arena)), CONTROL_ABORT);
    request_clear(repo, "A-1");
    request_clear(repo, "A-1");
    assert_int_equal(request_poll(watch), CONTROL_NONE);
    assert_string_equal(request_seen(watch)->who, "");
}

static const char *const garbage[] = { "", "nonsense", "abort", "abort x y\nz\n", "\n\n\n" };

static void test_garbled_request_stops(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    box_ok(box, "mkdir -p work/.git/dnschange");
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        FILE *file = fopen(box_path(box, "work/.git/dnschange/A-1.request"), "w");
        assert_non_null(file);
        fputs(garbage[i], file);
        fclose(file);
        struct request_watch *watch = request_watch_new(repo, "A-1", box->arena);
        assert_int_equal(request_poll(watch), CONTROL_PAUSE);
        assert_non_null(request_seen(watch)->reason);
    }
}

static void test_as_root(void **state)
{
    struct box *box = *state;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . && chown -R 65534:65534 work");
    REPO_SCOPED repo = box_open(box, "work");
    LOCK_SCOPED lock = NULL;
    assert_int_equal(lock_take(repo, "A-1", "apply", 1, &lock, &box->err), 0);
    const struct request pause = { CONTROL_PAUSE, "ann@desk", "x", 1 };
    assert_int_equal(request_write(repo, "A-1", &pause, &box->err), 0);
    assert_string_equal(box_out(box, "find work ! -user 65534 | wc -l"), "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(take_and_free),
        TEST(bad_ids),
        TEST(dead_holder),
        TEST(one_winner),
        TEST(linked_work_trees_share),
        TEST(requests),
        TEST(garbled_request_stops),
        TEST(as_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
