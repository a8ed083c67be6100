/* Whole files: limits, kinds, durable writes without leftovers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder[64];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/dnschange-file-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -r %s", folder, folder);
    return system(command);
}

static const char *in_folder(struct arena *arena, const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name);
}

static int entries(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    int n = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void writes_and_reads(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    const char *path = in_folder(arena, "a.json");
    char *text;
    size_t n;
    assert_int_equal(file_write_durable(path, "one\0two", 7, NULL), 0);
    assert_int_equal(file_write_durable(path, "three", 5, NULL), 0);
    assert_int_equal(file_read(path, 5, arena, &text, &n, NULL), 0);
    assert_int_equal(n, 5);
    assert_string_equal(text, "three");
    assert_int_equal(file_write_durable(path, "", 0, NULL), 0);
    assert_int_equal(file_read(path, 0, arena, &text, NULL, NULL), 0);
    assert_string_equal(text, "");
    assert_int_equal(entries(folder), 1); /* no temporary file is left */
}

static void relative_paths(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    FD_SCOPED before = open(".", O_RDONLY | O_DIRECTORY);
    char *text;
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(file_write_durable("here", "x", 1, NULL), 0);
    assert_int_equal(file_make_dirs("sub/below", NULL), 0);
    assert_int_equal(fchdir(before), 0);
    assert_int_equal(file_read(in_folder(arena, "here"), 1, arena, &text, NULL, NULL), 0);
    assert_int_equal(entries(in_folder(arena, "sub")), 1);
}

static void keeps_the_mode(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    const char *path = in_folder(arena, "mode");
    struct stat st;
    mode_t old = umask(027);
    assert_int_equal(file_write_durable(path, "x", 1, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(chmod(path, 0604), 0);
    assert_int_equal(file_write_durable(path, "y", 1, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0604);
    umask(old);
}

static void refuses_what_is_no_usable_file(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    const char *fifo = in_folder(arena, "fifo"), *big = in_folder(arena, "big");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(file_write_durable(big, "123456", 6, NULL), 0);
    const struct {
        const char *path;
        enum err_code code;
    } cases[] = {
        { in_folder(arena, "missing"), ERR_NOT_FOUND },
        { in_folder(arena, "big/below"), ERR_NOT_FOUND },
        { folder, ERR_INVALID },
        { fifo, ERR_INVALID },
        { big, ERR_INVALID },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err;
        char *text;
        assert_int_equal(file_read(cases[i].path, 5, arena, &text, NULL, &err), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_non_null(strstr(err.message, cases[i].path));
    }
}

static void a_failed_write_changes_nothing(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct err err;
    assert_int_equal(file_write_durable(in_folder(arena, "no/such"), "x", 1, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    const char *taken = in_folder(arena, "taken");
    assert_int_equal(mkdir(taken, 0700), 0);
    int before = entries(folder);
    assert_int_equal(file_write_durable(taken, "x", 1, &err), -1); /* a folder is there */
    assert_int_equal(entries(folder), before);
}

static void makes_folders(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct stat st;
    struct err err;
    const char *deep = in_folder(arena, "x/y//z/");
    mode_t old = umask(0);
    assert_int_equal(file_make_dirs(deep, NULL), 0);
    umask(old);
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(file_make_dirs(deep, NULL), 0); /* again is fine */
    const char *file = in_folder(arena, "plain");
    assert_int_equal(file_write_durable(file, "x", 1, NULL), 0);
    assert_int_equal(file_make_dirs(in_folder(arena, "plain/below"), &err), -1);
    assert_int_equal(file_make_dirs(file, &err), -1);
    assert_non_null(strstr(err.message, "not a folder"));
    assert_int_equal(file_make_dirs("", &err), -1);
}

static void descriptors_close_themselves(void **state)
{
    (void)state;
    int kept;
    {
        FD_SCOPED fd = open("/dev/null", O_RDONLY);
        kept = fd;
        assert_true(fcntl(kept, F_GETFD) >= 0);
    }
    assert_int_equal(fcntl(kept, F_GETFD), -1);
    int none = -1;
    fd_closep(&none);
    assert_int_equal(none, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_and_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(relative_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_the_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_usable_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_write_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(makes_folders, setup, teardown),
        cmocka_unit_test(descriptors_close_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
