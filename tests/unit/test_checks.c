/* checks: the words of a ticket beyond "dns". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rollout/checks.h"

static struct world {
    enum verdict answer;
    bool later; /* keep the question instead of answering at once */
    unsigned asked;
    const char *json;
    void (*done)(void *arg, const struct check_result *result);
    void *arg;
    struct arena *arena;
} world;

static bool known(void *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "smoke") == 0;
}

static void ask(void *ctx, const char *name, const char *json,
                void (*done)(void *arg, const struct check_result *result), void *arg)
{
    const struct check_result result = { world.answer, "said" };
    (void)ctx;
    assert_string_equal(name, "smoke");
    world.asked++;
    world.json = arena_strdup(world.arena, json);
    world.done = done;
    world.arg = arg;
    if (!world.later)
        done(arg, &result);
}

static const struct check_port port = { .known = known, .run = ask };
static const struct ports ports = { .check = &port };

struct verdicts {
    unsigned n;
    enum verdict last;
};

static void on_done(void *arg, enum verdict verdict)
{
    struct verdicts *verdicts = arg;
    verdicts->n++;
    verdicts->last = verdict;
}

static struct rrset *spf(struct arena *arena, const char *text)
{
    struct rrset *set = rrset_new(arena, "a.example", TYPE_TXT, 60);
    rrset_add(arena, set, txt_from_octets(text, strlen(text), arena));
    return set;
}

struct row {
    const char *name;
    const char *words[3];
    const char *after;
    enum verify_side side;
    enum verdict answer, verdict;
    unsigned asked;
    size_t lines;
};

#define GOOD "v=spf1 -all"
#define BAD  "v=spf1 nonsense:x -all"

static const struct row rows[] = {
    { "dns alone is no matter here", { "dns" }, GOOD, VERIFY_AFTER, 0, VERDICT_PASS, 0, 0 },
    { "good mail records", { "dns", "mail-records" }, GOOD, VERIFY_AFTER, 0, VERDICT_PASS, 0, 1 },
    { "bad mail records", { "mail-records" }, BAD, VERIFY_AFTER, 0, VERDICT_FAIL, 0, 1 },
    { "bad ones that are not to be live",
      { "mail-records" },
      BAD,
      VERIFY_BEFORE,
      0,
      VERDICT_PASS,
      0,
      1 },
    { "a hook passes", { "hook:smoke" }, GOOD, VERIFY_AFTER, VERDICT_PASS, VERDICT_PASS, 1, 1 },
    { "a hook fails", { "hook:smoke" }, GOOD, VERIFY_AFTER, VERDICT_FAIL, VERDICT_FAIL, 1, 1 },
    { "a hook does not know",
      { "hook:smoke" },
      GOOD,
      VERIFY_AFTER,
      VERDICT_UNKNOWN,
      VERDICT_UNKNOWN,
      1,
      1 },
    { "two hooks",
      { "hook:smoke", "hook:smoke", "mail-records" },
      GOOD,
      VERIFY_AFTER,
      VERDICT_PASS,
      VERDICT_PASS,
      2,
      3 },
    { "no hook after bad records",
      { "hook:smoke", "mail-records" },
      BAD,
      VERIFY_AFTER,
      VERDICT_PASS,
      VERDICT_FAIL,
      0,
      1 },
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        ARENA_SCOPED arena = arena_new("test", 1 << 20);
        struct strv words = { 0 };
        struct verdicts verdicts = { 0 };
        for (size_t w = 0; w < 3 && row->words[w]; w++)
            strv_push(arena, &words, row->words[w]);
        struct target_set sets[] = {
            { .owner = "a.example",
              .type = TYPE_TXT,
              .cls = CLASS_CHANGE,
              .before = spf(arena, "v=spf1 ~all"),
              .after = spf(arena, row->after) },
            { .owner = "b.a.example", .type = TYPE_TXT, .cls = CLASS_ALREADY },
        };
        struct target target = { .domain = "a.example", .zone = "a.example", .sets = sets, .n = 2 };
        const struct checks_options options = { "DNS-2026-11-24-001", 1, &words, row->side };
        world = (struct world){ .answer = row->answer, .arena = arena };
        checks_start(&ports, arena, &target, &options, on_done, &verdicts);
        print_message("%s\n", row->name);
        assert_int_equal(verdicts.n, 1);
        assert_int_equal(verdicts.last, row->verdict);
        assert_int_equal(world.asked, row->asked);
        assert_int_equal(target.checks.n, row->lines);
        assert_int_equal(checks_wanted(&words), row->lines > 0);
    }
}

static void test_hook_later(void **state)
{
    struct verdicts verdicts = { 0 };
    struct strv words = { 0 };
    const struct check_result result = { VERDICT_FAIL, "broken pipe" };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    strv_push(arena, &words, "hook:smoke");
    struct target_set set = {
        .owner = "a.example", .type = TYPE_TXT, .cls = CLASS_CHANGE, .before = spf(arena, GOOD)
    };
    struct target target = { .domain = "a.example", .zone = "z.example", .sets = &set, .n = 1 };
    const struct checks_options options = { "DNS-2026-11-24-001", 2, &words, VERIFY_AFTER };
    world = (struct world){ .later = true, .arena = arena };
    checks_start(&ports, arena, &target, &options, on_done, &verdicts);
    assert_int_equal(verdicts.n, 0);
    assert_string_equal(world.json,
                        "{\"format\":1,\"ticket\":\"DNS-2026-11-24-001\",\"attempt\":2,"
                        "\"domain\":\"a.example\",\"zone\":\"z.example\",\"sets\":[{\"owner\":"
                        "\"a.example\",\"type\":\"TXT\",\"before\":{\"ttl\":60,\"values\":["
                        "\"v=spf1 -all\"]},\"after\":null}]}\n");
    world.done(world.arg, &result);
    assert_int_equal(verdicts.n, 1);
    assert_int_equal(verdicts.last, VERDICT_FAIL);
    assert_string_equal(target.checks.v[0].check, "hook:smoke");
    assert_string_equal(target.checks.v[0].detail, "broken pipe");
}

static void test_unknown_hook(void **state)
{
    struct strv words = { 0 };
    struct err err = { 0 };
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1 << 20);
    strv_push(arena, &words, "hook:smoke");
    assert_int_equal(checks_known(&port, "T", &words, &err), 0);
    strv_push(arena, &words, "hook:other");
    assert_int_equal(checks_known(&port, "T", &words, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "hook:other"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_hook_later),
        cmocka_unit_test(test_unknown_hook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
