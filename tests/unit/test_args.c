/* args: every kind of option, in every place, and a message for every mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/args.h"

struct own {
    bool flag;
    const char *text, *choice;
    struct strv list, commas;
    int64_t wait_ms, at_s;
};
struct shared {
    bool json;
    const char *dir;
};

static const struct opt own_opts[] = {
    { "flag", 'f', OPT_FLAG, offsetof(struct own, flag), NULL, "a flag" },
    { "text", 't', OPT_TEXT, offsetof(struct own, text), "TEXT", "a text" },
    { "choice", 0, OPT_CHOICE, offsetof(struct own, choice), "low|med|high", "one of three" },
    { "list", 0, OPT_LIST, offsetof(struct own, list), "ITEM", "several" },
    { "commas", 0, OPT_COMMAS, offsetof(struct own, commas), "A,B", "several at once" },
    { "wait", 0, OPT_DURATION, offsetof(struct own, wait_ms), "D", "a duration" },
    { "at", 0, OPT_TIME, offsetof(struct own, at_s), "TIME", "a time" },
    OPTS_END
};
static const struct opt shared_opts[] = {
    { "json", 0, OPT_FLAG, offsetof(struct shared, json), NULL, "JSON" },
    { "dir", 'C', OPT_TEXT, offsetof(struct shared, dir), "DIR", "a folder" },
    OPTS_END
};

struct world {
    struct arena *arena;
    struct own own;
    struct shared shared;
    struct strv words;
    struct err err;
    int used;
};

static int parse(struct world *world, bool stop, const char *line)
{
    char *argv[32];
    int argc = 0;
    char *copy = arena_strdup(world->arena, line), *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    const struct args_in in = { own_opts, shared_opts, &world->own, &world->shared, stop };
    return args_parse(&in, argc, argv, world->arena, &world->words, &world->used, &world->err);
}

static void test_kinds(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct world w = { .arena = arena };
    assert_int_equal(parse(&w, false,
                           "one --flag -t hello --choice=med two --list a --list=b,c --commas x,y "
                           "--commas z --wait 90s --at 1970-01-02T00:00:00Z --json -C/tmp three"),
                     0);
    assert_true(w.own.flag && w.shared.json);
    assert_string_equal(w.own.text, "hello");
    assert_string_equal(w.own.choice, "med");
    assert_string_equal(strv_join(arena, &w.own.list, "|"), "a|b,c");
    assert_string_equal(strv_join(arena, &w.own.commas, "|"), "x|y|z");
    assert_int_equal(w.own.wait_ms, 90000);
    assert_int_equal(w.own.at_s, 86400);
    assert_string_equal(w.shared.dir, "/tmp");
    assert_string_equal(strv_join(arena, &w.words, "|"), "one|two|three");
}

static void test_places(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct world w = { .arena = arena };
    assert_int_equal(parse(&w, true, "--json apply --flag"), 0);
    assert_int_equal(w.used, 1);
    assert_true(w.shared.json && !w.own.flag);
    assert_int_equal(w.words.n, 0);
    struct world dashes = { .arena = arena };
    assert_int_equal(parse(&dashes, false, "--flag -- --text -x"), 0);
    assert_string_equal(strv_join(arena, &dashes.words, "|"), "--text|-x");
    struct world none = { .arena = arena };
    assert_int_equal(parse(&none, false, ""), 0);
    assert_int_equal(none.words.n, 0);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *line, *message, *hint;
    } rows[] = {
        { "--flga", "unknown option --flga", "did you mean --flag?" },
        { "x --nothing-like-it y", "unknown option --nothing-like-it", "" },
        { "--text", "--text needs a value", "" },
        { "--flag=yes", "--flag takes no value", "" },
        { "-z", "unknown option -z", "" },
        { "--choice medium", "--choice: \"medium\" is none of low|med|high", "" },
        { "--wait soon", "--wait:", "" },
        { "--at yesterday", "--at:", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct world w = { .arena = arena };
        assert_int_equal(parse(&w, false, rows[i].line), -1);
        assert_int_equal(w.err.code, ERR_USAGE);
        if (!strstr(w.err.message, rows[i].message))
            assert_string_equal(w.err.message, rows[i].message);
        if (*rows[i].hint)
            assert_string_equal(w.err.hint, rows[i].hint);
    }
}

static void test_nearest(void **state)
{
    static const char *const names[] = { "propose", "apply", "rollback" };
    const struct strv list = { .v = (const char **)(uintptr_t)names, .n = 3 };
    (void)state;
    assert_string_equal(args_nearest("rolback", &list), "rollback");
    assert_string_equal(args_nearest("aply", &list), "apply");
    assert_null(args_nearest("zzzzzz", &list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
