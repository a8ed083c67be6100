/* Arenas: alignment, zeroed memory, lists, the hard cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

static void pieces_are_zeroed_and_aligned(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 22);
    size_t sum = 0;
    for (size_t n = 0; n < 3000; n += 7) {
        unsigned char *piece = arena_alloc(arena, n);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xff, n);
        sum += n;
    }
    assert_int_equal(arena_used(arena), sum);
}

static void size_zero_is_unique(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 64);
    void *a = arena_alloc(arena, 0), *b = arena_alloc(arena, 0);
    assert_non_null(a);
    assert_ptr_not_equal(a, b);
}

static void large_pieces_keep_the_small_ones(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 24);
    char *small = arena_strdup(arena, "small");
    char *large = arena_alloc(arena, 1 << 20);
    memset(large, 'x', 1 << 20);
    char *next = arena_strdup(arena, "next");
    assert_string_equal(small, "small");
    assert_string_equal(next, "next");
}

static void texts(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(arena, "ab", 9), "ab");
    assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
    char *wide = arena_printf(arena, "%0500d", 5);
    assert_int_equal(strlen(wide), 500);
    assert_int_equal(wide[499], '5');
    assert_memory_equal(arena_memdup(arena, "a\0b", 3), "a\0b", 3);
}

static void lists_grow_and_clear_their_elements(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    VEC(int) list = { 0 };
    for (int i = 0; i < 1000; i++)
        *vec_push(arena, &list) = i;
    assert_int_equal(list.n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(list.v[i], i);
    list.n = 3;
    assert_int_equal(*vec_push(arena, &list), 0);
}

static void string_lists(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct strv list = { 0 };
    assert_string_equal(strv_join(arena, &list, ", "), "");
    strv_push(arena, &list, "a");
    strv_push(arena, &list, "");
    strv_push(arena, &list, "c");
    assert_string_equal(strv_join(arena, &list, ", "), "a, , c");
    assert_true(strv_has(&list, "c"));
    assert_false(strv_has(&list, "d"));
}

/* What the child says before it ends; *ret_exit is its exit code. */
static void run_to_death(size_t n, size_t size, char *said, size_t cap, int *ret_exit)
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        struct arena *arena = arena_new("ticket DNS-1", 4096);
        arena_calloc(arena, n, size);
        _exit(77);
    }
    close(ends[1]);
    size_t len = 0;
    ssize_t got;
    while (len < cap - 1 && (got = read(ends[0], said + len, cap - 1 - len)) > 0)
        len += (size_t)got;
    said[len] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    *ret_exit = WEXITSTATUS(status);
}

static void the_cap_ends_the_process(void **state)
{
    (void)state;
    static const struct {
        size_t n, size;
        int exit_code;
    } cases[] = { { 1, 4096, 77 }, { 1, 4097, 1 }, { SIZE_MAX / 2, 3, 1 }, { SIZE_MAX, 1, 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char said[256];
        int code;
        run_to_death(cases[i].n, cases[i].size, said, sizeof said, &code);
        assert_int_equal(code, cases[i].exit_code);
        if (code == 1) {
            assert_non_null(strstr(said, "ticket DNS-1"));
            assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_and_aligned),
        cmocka_unit_test(size_zero_is_unique),
        cmocka_unit_test(large_pieces_keep_the_small_ones),
        cmocka_unit_test(texts),
        cmocka_unit_test(lists_grow_and_clear_their_elements),
        cmocka_unit_test(string_lists),
        cmocka_unit_test(the_cap_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
