/* Journal octets on a disk that works, that is full, and that fails. */
#include "store_box.h"

#include <errno.h>

#include "base/buf.h"
#include "store/attempt.h"

/* The linker sends the room's calls here first (tests/store.cmake). */
static struct {
    int writes_before_full; /* -1: never full */
    int full_times;         /* that many writes then fail; -1: all */
    int short_by;           /* every write is that much shorter */
    int sync_errno;         /* 0: works */
    int syncs;
} disk;

ssize_t __real_pwrite(int fd, const void *bytes, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t n, off_t at);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    if (disk.writes_before_full == 0 && disk.full_times != 0) {
        disk.full_times -= disk.full_times > 0;
        errno = ENOSPC;
        return -1;
    }
    if (disk.writes_before_full > 0)
        disk.writes_before_full--;
    size_t less = (size_t)disk.short_by < n ? (size_t)disk.short_by : n - 1;
    return __real_pwrite(fd, bytes, n - less, at);
}

int __wrap_fdatasync(int fd)
{
    disk.syncs++;
    if (disk.sync_errno) {
        errno = disk.sync_errno;
        return -1;
    }
    return __real_fdatasync(fd);
}

static int setup(void **state)
{
    static struct box box;
    box_begin(&box);
    memset(&disk, 0, sizeof disk);
    disk.writes_before_full = disk.full_times = -1;
    *state = &box;
    return 0;
}

static int teardown(void **state)
{
    box_end(*state);
    return 0;
}

static const char *load(struct box *box, struct journal_port port)
{
    const char *text = NULL;
    size_t n = 0;
    if (port.load(port.ctx, box->arena, &text, &n, &box->err) < 0)
        return "(failed)";
    assert_int_equal(strlen(text), n);
    return text;
}

static void test_write_and_load(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    {
        ATTEMPT_SCOPED attempt = NULL;
        assert_int_equal(attempt_open(repo, "A-1", 1, false, &attempt, &box->err), -1);
        assert_int_equal(box->err.code, ERR_NOT_FOUND);
        assert_int_equal(attempt_open(repo, "A-1", 1, true, &attempt, &box->err), 0);
        struct journal_port port = attempt_journal(attempt);
        assert_string_equal(load(box, port), "");
        assert_int_equal(port.append(port.ctx, "one\n", 4, &box->err), 0);
        assert_int_equal(port.append(port.ctx, "two\n", 4, &box->err), 0);
        assert_string_equal(box_out(box, "cat work/.git/dnschange/A-1/1/journal | wc -c"), "0");
        assert_int_equal(disk.syncs, 0);
        assert_int_equal(port.sync(port.ctx, &box->err), 0);
        assert_int_equal(disk.syncs, 1);
        assert_string_equal(box_out(box, "cat work/.git/dnschange/A-1/1/journal | wc -c"), "8");
        assert_int_equal(port.append(port.ctx, "lost\n", 5, &box->err), 0);
    }
    ATTEMPT_SCOPED again = NULL;
    assert_int_equal(attempt_open(repo, "A-1", 1, false, &again, &box->err), 0);
    struct journal_port port = attempt_journal(again);
    assert_string_equal(load(box, port), "one\ntwo\n");
    assert_int_equal(port.append(port.ctx, "three\n", 6, &box->err), 0);
    assert_string_equal(load(box, port), "one\ntwo\nthree\n");
    assert_int_equal(port.cut(port.ctx, 4, &box->err), 0);
    assert_int_equal(port.append(port.ctx, "2\n", 2, &box->err), 0);
    assert_int_equal(port.sync(port.ctx, &box->err), 0);
    assert_string_equal(load(box, port), "one\n2\n");
    assert_int_equal(port.cut(port.ctx, 400, &box->err), -1);
    assert_string_equal(load(box, port), "one\n2\n");
}

static void test_large(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    ATTEMPT_SCOPED attempt = NULL;
    enum { PIECE = 1000, PIECES = 3000, HUGE = 600000 };
    static char octets[HUGE];
    memset(octets, 'x', sizeof octets);
    disk.short_by = 7;
    assert_int_equal(attempt_open(repo, "A-1", 1, true, &attempt, &box->err), 0);
    struct journal_port port = attempt_journal(attempt);
    for (int i = 0; i < PIECES; i++)
        assert_int_equal(port.append(port.ctx, octets, PIECE, &box->err), 0);
    octets[0] = 'y';
    assert_int_equal(port.append(port.ctx, octets, HUGE, &box->err), 0);
    assert_int_equal(port.append(port.ctx, "z", 1, &box->err), 0);
    assert_int_equal(port.sync(port.ctx, &box->err), 0);
    assert_int_equal(disk.syncs, 1);
    const char *text = load(box, port);
    assert_int_equal(strlen(text), PIECE * PIECES + HUGE + 1);
    assert_int_equal(text[PIECE * PIECES], 'y');
    assert_int_equal(text[PIECE * PIECES + HUGE], 'z');
}

/* fsync(2): a second fdatasync after a failed one proves nothing. */
static void test_failed_sync_is_final(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    ATTEMPT_SCOPED attempt = NULL;
    assert_int_equal(attempt_open(repo, "A-1", 1, true, &attempt, &box->err), 0);
    struct journal_port port = attempt_journal(attempt);
    assert_int_equal(port.append(port.ctx, "one\n", 4, &box->err), 0);
    disk.sync_errno = EIO;
    assert_int_equal(port.sync(port.ctx, &box->err), -1);
    box_says(box, "journal");
    disk.sync_errno = 0;
    assert_int_equal(port.sync(port.ctx, &box->err), -1);
    assert_int_equal(port.append(port.ctx, "two\n", 4, &box->err), -1);
    assert_int_equal(port.cut(port.ctx, 0, &box->err), -1);
    box_says(box, "failed before");
    assert_int_equal(disk.syncs, 1);
}

static void test_full_without_reserve(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    ATTEMPT_SCOPED attempt = NULL;
    assert_int_equal(attempt_open(repo, "A-1", 1, true, &attempt, &box->err), 0);
    struct journal_port port = attempt_journal(attempt);
    assert_int_equal(port.append(port.ctx, "one\n", 4, &box->err), 0);
    assert_int_equal(port.sync(port.ctx, &box->err), 0);
    disk.writes_before_full = 1;
    disk.short_by = 2; /* the first half still fits */
    assert_int_equal(port.append(port.ctx, "two\n", 4, &box->err), 0);
    assert_int_equal(port.sync(port.ctx, &box->err), -1);
    box_says(box, "No space");
    /* Nothing half-written stays, and it does not come back to life. */
    assert_string_equal(box_out(box, "cat work/.git/dnschange/A-1/1/journal | tail -1"), "one");
    disk.writes_before_full = -1;
    assert_int_equal(port.append(port.ctx, "two\n", 4, &box->err), -1);
}

static void test_full_with_reserve(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    ATTEMPT_SCOPED attempt = NULL;
    assert_int_equal(attempt_open(repo, "A-1", 1, true, &attempt, &box->err), 0);
    assert_int_equal(attempt_reserve(attempt, 1 << 20, &box->err), 0);
    assert_string_equal(box_out(box, "stat -c %%s work/.git/dnschange/A-1/1/reserve"), "1048576");
    assert_true(atoi(box_out(box, "du -k work/.git/dnschange/A-1/1/reserve")) >= 1024);
    struct journal_port port = attempt_journal(attempt);
    assert_int_equal(port.append(port.ctx, "one\n", 4, &box->err), 0);
    assert_int_equal(port.sync(port.ctx, &box->err), 0);
    assert_false(attempt_disk_full(attempt));
    assert_int_equal(port.append(port.ctx, "two\n", 4, &box->err), 0);
    disk.writes_before_full = 0;
    disk.full_times = 1; /* with the reserve gone there is room */
    assert_int_equal(port.sync(port.ctx, &box->err), 0);
    assert_true(attempt_disk_full(attempt));
    assert_int_not_equal(access(box_path(box, "work/.git/dnschange/A-1/1/reserve"), F_OK), 0);
    assert_string_equal(load(box, port), "one\ntwo\n");
    disk.full_times = -1; /* and now there is none at all */
    assert_int_equal(port.append(port.ctx, "three\n", 6, &box->err), 0);
    assert_int_equal(port.sync(port.ctx, &box->err), -1);
    box_says(box, "No space");
    assert_string_equal(box_out(box, "tail -1 work/.git/dnschange/A-1/1/journal"), "two");
}

/* A disk that really fills up: the revert's octets fit into the reserve. */
static void test_small_disk(void **state)
{
    struct box *box = *state;
    BOX_NEEDS_ROOT();
    box_ok(box, "mkdir -p work/.git/dnschange");
    if (box_sh(box, "mount -t tmpfs -o size=256k tmpfs work/.git/dnschange") != 0) {
        print_message("[  SKIPPED ] may not mount a small disk here\n");
        skip();
    }
    REPO_SCOPED repo = box_open(box, "work");
    struct attempt *attempt = NULL;
    char octets[4096];
    memset(octets, 'x', sizeof octets);
    int rc = attempt_open(repo, "A-1", 1, true, &attempt, &box->err);
    bool refused = rc == 0 && attempt_reserve(attempt, 1 << 20, &box->err) < 0;
    bool reserved = rc == 0 && attempt_reserve(attempt, 128 << 10, &box->err) == 0;
    int before_full = 0, after_full = 0;
    struct journal_port port = attempt_journal(attempt);
    for (; rc == 0 && before_full < 1000 && !attempt_disk_full(attempt); before_full++)
        rc = port.append(port.ctx, octets, sizeof octets, &box->err) < 0 ||
             port.sync(port.ctx, &box->err) < 0;
    for (; rc == 0 && after_full < 16; after_full++)
        rc = port.append(port.ctx, octets, sizeof octets, &box->err) < 0 ||
             port.sync(port.ctx, &box->err) < 0;
    bool full = attempt_disk_full(attempt);
    attempt_free(attempt);
    box_ok(box, "umount work/.git/dnschange");
    assert_true(refused);
    assert_true(reserved);
    assert_true(full);
    assert_int_equal(rc, 0);
    assert_true(before_full < 64);
    assert_int_equal(after_full, 16);
}

static void test_release(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    ATTEMPT_SCOPED attempt = NULL;
    assert_int_equal(attempt_open(repo, "A-1", 1, true, &attempt, &box->err), 0);
    assert_int_equal(attempt_reserve(attempt, 4096, &box->err), 0);
    attempt_release(attempt);
    attempt_release(attempt);
    assert_string_equal(box_out(box, "ls work/.git/dnschange/A-1/1"), "journal");
    assert_false(attempt_disk_full(attempt));
}

static void test_list(void **state)
{
    struct box *box = *state;
    struct attempt_names names = { 0 };
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(attempt_list(repo, box->arena, &names, &box->err), 0);
    assert_int_equal(names.n, 0);
    box_ok(box,
           "cd work/.git && mkdir -p dnschange && cd dnschange && mkdir -p A-1/1 A-1/2 A-1/10"
           " A-1/x A-1/01 B-2/1 C-3/1 D-4 && printf 12345 >A-1/2/journal && : >A-1/1/journal &&"
           ": >A-1/10/journal && : >B-2/1/journal && : >A-1/x/journal && : >A-1/01/journal &&"
           ": >A-1.lock && : >A-1.request");
    assert_int_equal(attempt_list(repo, box->arena, &names, &box->err), 0);
    struct buf text = BUF(1000);
    for (size_t i = 0; i < names.n; i++)
        buf_addf(&text, "%s/%u:%llu ", names.v[i].id, names.v[i].n,
                 (unsigned long long)names.v[i].journal_bytes);
    assert_string_equal(buf_text(&text), "A-1/1:0 A-1/2:5 A-1/10:0 B-2/1:0 ");
    buf_done(&text);
}

static const char *const bad_ids[] = { "", "..", "a/b", "../../x", ".x" };

static void test_places(void **state)
{
    struct box *box = *state;
    box_ok(box, "git -C work worktree add -q ../linked");
    REPO_SCOPED linked = box_open(box, "linked");
    ATTEMPT_SCOPED attempt = NULL;
    assert_string_equal(attempt_dir(linked, "A-1", 2, box->arena),
                        box_path(box, "work/.git/dnschange/A-1/2"));
    assert_int_equal(attempt_open(linked, "A-1", 2, true, &attempt, &box->err), 0);
    assert_int_equal(access(box_path(box, "work/.git/dnschange/A-1/2/journal"), F_OK), 0);
    assert_string_equal(box_out(box, "stat -c %%a work/.git/dnschange/A-1/2/journal"), "600");
    for (size_t i = 0; i < sizeof bad_ids / sizeof *bad_ids; i++) {
        struct attempt *bad = NULL;
        assert_int_equal(attempt_open(linked, bad_ids[i], 1, true, &bad, &box->err), -1);
        assert_int_equal(box->err.code, ERR_INVALID);
    }
}

static void test_as_root(void **state)
{
    struct box *box = *state;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . && chown -R 65534:65534 work");
    REPO_SCOPED repo = box_open(box, "work");
    ATTEMPT_SCOPED attempt = NULL;
    assert_int_equal(attempt_open(repo, "A-1", 1, true, &attempt, &box->err), 0);
    assert_int_equal(attempt_reserve(attempt, 4096, &box->err), 0);
    assert_string_equal(box_out(box, "find work ! -user 65534 | wc -l"), "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(write_and_load),
        TEST(large),
        TEST(failed_sync_is_final),
        TEST(full_without_reserve),
        TEST(full_with_reserve),
        TEST(small_disk),
        TEST(release),
        TEST(list),
        TEST(places),
        TEST(as_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
