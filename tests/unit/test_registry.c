/* registry: every way in which a plugin file can be wrong has its own reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "provider/registry.h"

struct place { /* a folder with one copied plugin in it */
    struct arena *arena;
    char folder[64], file[128];
};

static void copy(struct place *place, const char *from, const char *to)
{
    struct err err;
    char *bytes;
    size_t n;
    assert_int_equal(file_read(from, 16u << 20, place->arena, &bytes, &n, &err), 0);
    assert_int_equal(file_write_durable(to, bytes, n, &err), 0);
    assert_int_equal(chmod(to, 0644), 0);
}

static int place_set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    place->arena = arena_new("test", 64u << 20);
    strcpy(place->folder, "/tmp/dnschange-registry-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->file, sizeof place->file, "%s/powerdns.so", place->folder);
    copy(place, PLUGIN_FOLDER "/powerdns.so", place->file);
    *state = place;
    return 0;
}

static int place_tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    rmdir(place->folder);
    arena_free(place->arena);
    free(place);
    return 0;
}

static const struct dc_plugin *load(struct place *place, const char *folder, const char *name,
                                    struct err *err)
{
    *err = (struct err){ 0 };
    struct registry *registry = registry_new(place->arena, &folder, 1);
    return registry_load(registry, name, err);
}

static void test_loads_once(void **state)
{
    struct place *place = *state;
    struct err err;
    const char *folder = place->folder;
    struct registry *registry = registry_new(place->arena, &folder, 1);
    const struct dc_plugin *plugin = registry_load(registry, "powerdns", &err);
    assert_non_null(plugin);
    assert_string_equal(plugin->name, "powerdns");
    assert_ptr_equal(registry_load(registry, "powerdns", &err), plugin);
}

/* The loader knows objects by path, and all of ours are /proc/self/fd/N. */
static void test_two_plugins_are_two(void **state)
{
    struct place *place = *state;
    struct err err;
    const char *folders[] = { place->folder, WRONG_FOLDER };
    struct registry *registry = registry_new(place->arena, folders, 2);
    const struct dc_plugin *powerdns = registry_load(registry, "powerdns", &err);
    assert_null(registry_load(registry, "symbol", &err));
    const struct dc_plugin *good = registry_load(registry, "good", &err);
    assert_non_null(powerdns);
    assert_non_null(good);
    assert_string_equal(powerdns->name, "powerdns");
    assert_string_equal(good->name, "good");
}

static void test_wrong_plugins(void **state)
{
    static const struct {
        const char *name, *reason;
    } table[] = {
        { "symbol", "has no symbol dnschange_plugin" },
        { "major", "was made for ABI 2" },
        { "minor", "needs ABI 1.1" },
        { "size", "has a description of" },
        { "name", "calls itself \"somebody-else\"" },
        { "caps", "declares no abilities or half of them" },
        { "function", "lacks a version or a function" },
        { "missing", "no plugin \"missing\"" },
        { "../powerdns", "is not the name of a plugin" },
        { "", "is not the name of a plugin" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err;
        assert_null(load(*state, WRONG_FOLDER, table[i].name, &err));
        if (!strstr(err.message, table[i].reason))
            fail_msg("%s: %s", table[i].name, err.message);
    }
}

static void expect_refusal(struct place *place, const char *folder, const char *reason)
{
    struct err err;
    assert_null(load(place, folder, "powerdns", &err));
    if (!strstr(err.message, reason))
        fail_msg("expected \"%s\": %s", reason, err.message);
}

static void test_permissions(void **state)
{
    struct place *place = *state;
    chmod(place->file, 0666);
    expect_refusal(place, place->folder, "can be written by anybody");
    chmod(place->file, 0644);
    chmod(place->folder, 0777);
    expect_refusal(place, place->folder, "the folder /tmp/dnschange-registry-");
    chmod(place->folder, 01777); /* sticky: others cannot replace ours */
    struct err err;
    assert_non_null(load(place, place->folder, "powerdns", &err));
}

static void test_parent_of_the_real_place(void **state)
{
    struct place *place = *state;
    char link_path[160];
    snprintf(link_path, sizeof link_path, "%s-link", place->folder);
    chmod(place->folder, 0777);
    assert_int_equal(symlink(place->folder, link_path), 0);
    expect_refusal(place, link_path, "can be written by anybody");
    unlink(link_path);
}

static void test_owner(void **state)
{
    struct place *place = *state;
    if (geteuid() != 0)
        skip(); /* only root can give files away */
    assert_int_equal(chown(place->file, 12345, (gid_t)-1), 0);
    expect_refusal(place, place->folder, "belongs to user 12345");
}

static void test_kind_and_content(void **state)
{
    struct place *place = *state;
    struct err err;
    expect_refusal(place, "relative/folder", "is not absolute");
    assert_int_equal(file_write_durable(place->file, "not an object", 13, &err), 0);
    chmod(place->file, 0644);
    expect_refusal(place, place->folder, "powerdns.so: ");
    unlink(place->file);
    assert_int_equal(mkdir(place->file, 0755), 0);
    expect_refusal(place, place->folder, "is not a regular file");
    rmdir(place->file);
    assert_int_equal(mkfifo(place->file, 0644), 0);
    expect_refusal(place, place->folder, "is not a regular file");
}

static char warned[1000];
static void log_keep(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    if (level == LOG_WARNING)
        snprintf(warned, sizeof warned, "%s", line);
}

static void test_two_of_one_name(void **state)
{
    struct place *place = *state;
    struct err err;
    const char *folders[] = { place->folder, PLUGIN_FOLDER };
    log_to(log_keep, NULL);
    assert_non_null(registry_load(registry_new(place->arena, folders, 2), "powerdns", &err));
    assert_non_null(strstr(warned, "two different plugins \"powerdns\""));
    assert_non_null(strstr(warned, place->file));
    warned[0] = '\0';
    const char *same[] = { PLUGIN_FOLDER, PLUGIN_FOLDER };
    assert_non_null(registry_load(registry_new(place->arena, same, 2), "powerdns", &err));
    assert_string_equal(warned, "");
    /* A refused file does not make way for one further on. */
    chmod(place->file, 0666);
    assert_null(registry_load(registry_new(place->arena, folders, 2), "powerdns", &err));
    log_to(NULL, NULL);
}

static void test_names(void **state)
{
    struct place *place = *state;
    const char *folder = place->folder;
    struct strv names = { 0 };
    registry_names(registry_new(place->arena, &folder, 1), place->arena, &names);
    assert_int_equal(names.n, 1);
    assert_string_equal(names.v[0], "powerdns");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_loads_once),       TEST(test_two_plugins_are_two),      TEST(test_wrong_plugins),
        TEST(test_permissions),      TEST(test_parent_of_the_real_place), TEST(test_owner),
        TEST(test_kind_and_content), TEST(test_two_of_one_name),          TEST(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
