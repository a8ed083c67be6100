/* commands: the tables are sound, and the manual knows every command and option
 * and none that does not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/map.h"
#include "cli/command.h"

static const char *manual(struct arena *arena)
{
    char *text;
    size_t len;
    struct err err;
    assert_int_equal(
        file_read(TEST_SOURCE_DIR "/docs/man/dnschange.1", 1 << 20, arena, &text, &len, &err), 0);
    return text;
}

static void opts_check(const struct opt *opts, const char *text, struct map *known,
                       struct arena *arena)
{
    for (; opts && opts->name; opts++) {
        assert_non_null(opts->help);
        assert_true((opts->kind == OPT_FLAG) == (opts->arg == NULL));
        const char *macro = arena_printf(arena, "Fl -%s", opts->name);
        if (!strstr(text, macro))
            fail_msg("the manual has no --%s", opts->name);
        map_put(known, opts->name, known);
    }
}

static void test_manual_knows_all(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 8 << 20);
    const char *text = manual(arena);
    struct map *known = map_new(arena);
    opts_check(common_opts, text, known, arena);
    for (const struct command *const *row = command_table; *row; row++) {
        if ((*row)->group == GROUP_HIDDEN)
            continue;
        if (!strstr(text, arena_printf(arena, ".It Ic %s", (*row)->name)))
            fail_msg("the manual has no %s", (*row)->name);
        opts_check((*row)->opts, text, known, arena);
    }
    /* And the other way round. */
    for (const char *at = text; (at = strstr(at, "Fl -")); at += 4) {
        const char *name = arena_strndup(arena, at + 4, strcspn(at + 4, " \n,"));
        if (!map_get(known, name))
            fail_msg("the manual has --%s, the program has not", name);
    }
}

static void test_table_is_sound(void **state)
{
    (void)state;
    for (const struct command *const *row = command_table; *row; row++) {
        const struct command *c = *row;
        struct err err;
        assert_non_null(c->fn);
        assert_non_null(c->completes);
        assert_true(c->min_words <= c->max_words);
        assert_true(!c->opts || c->options_size > 0);
        assert_ptr_equal(command_find(c->name, &err), c);
    }
}

static void test_letters_are_free(void **state)
{
    (void)state;
    for (const struct command *const *row = command_table; *row; row++) {
        for (const struct opt *own = (*row)->opts; own && own->name; own++) {
            for (const struct opt *other = common_opts; other->name; other++) {
                assert_string_not_equal(own->name, other->name);
                assert_true(!own->letter || own->letter != other->letter);
            }
        }
    }
}

static void test_unknown(void **state)
{
    struct err err;
    (void)state;
    assert_null(command_find("rolback", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.hint, "rollback"));
    assert_null(command_find("complete", &err));
    assert_null(strstr(err.hint, "__complete"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manual_knows_all),
        cmocka_unit_test(test_table_is_sound),
        cmocka_unit_test(test_letters_are_free),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
