/* Maps: many keys, replacement, order of insertion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"

static void keeps_many_keys_in_order(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 64 << 20);
    struct map *map = map_new(arena);
    static int values[20000];
    assert_null(map_get(map, "d0.example"));
    for (int i = 0; i < 20000; i++)
        map_put(map, arena_printf(arena, "d%d.example", i), &values[i]);
    assert_int_equal(map_count(map), 20000);
    for (int i = 0; i < 20000; i++) {
        const char *key = arena_printf(arena, "d%d.example", i);
        assert_ptr_equal(map_get(map, key), &values[i]);
        assert_string_equal(map_key_at(map, (size_t)i), key);
        assert_ptr_equal(map_value_at(map, (size_t)i), &values[i]);
    }
    assert_null(map_get(map, "d20000.example"));
}

static void put_replaces(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    struct map *map = map_new(arena);
    int one = 1, two = 2;
    map_put(map, "", &one);
    map_put(map, "A", &one);
    map_put(map, "a", &one);
    map_put(map, "A", &two);
    assert_int_equal(map_count(map), 3);
    assert_ptr_equal(map_get(map, "A"), &two);
    assert_ptr_equal(map_get(map, "a"), &one);
    assert_string_equal(map_key_at(map, 1), "A");
    map_put(map, "a", NULL);
    assert_null(map_get(map, "a"));
    assert_int_equal(map_count(map), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(keeps_many_keys_in_order),
                                        cmocka_unit_test(put_replaces) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
