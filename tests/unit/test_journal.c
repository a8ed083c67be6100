/* journal: framing, recovery at every octet, every bit, and with lost blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "rollout/journal.h"

/* A journal port over memory. */
struct memory {
    char data[1 << 17];
    size_t n;
    size_t synced;
    unsigned syncs;
    int fail_append, fail_sync; /* the nth from now on, 0: never */
    size_t cut;                 /* octets left by the last cut, SIZE_MAX: none */
};

static int memory_append(void *ctx, const void *octets, size_t n, struct err *err)
{
    struct memory *memory = ctx;
    if (memory->fail_append && --memory->fail_append == 0)
        return err_set(err, ERR_FAILED, "no space left");
    assert_true(memory->n + n <= sizeof memory->data);
    memcpy(memory->data + memory->n, octets, n);
    memory->n += n;
    return 0;
}

static int memory_sync(void *ctx, struct err *err)
{
    struct memory *memory = ctx;
    if (memory->fail_sync && --memory->fail_sync == 0)
        return err_set(err, ERR_FAILED, "input/output error");
    memory->synced = memory->n;
    memory->syncs++;
    return 0;
}

static int memory_load(void *ctx, struct arena *arena, const char **ret, size_t *ret_n,
                       struct err *err)
{
    struct memory *memory = ctx;
    (void)err;
    *ret = arena_memdup(arena, memory->data, memory->n);
    *ret_n = memory->n;
    return 0;
}

static int memory_cut(void *ctx, size_t n, struct err *err)
{
    struct memory *memory = ctx;
    (void)err;
    memory->n = memory->cut = n;
    return 0;
}

static struct journal_port memory_port(struct memory *memory)
{
    return (struct journal_port){ memory, memory_append, memory_sync, memory_load, memory_cut };
}

static struct memory *memory_new(void)
{
    struct memory *memory = test_calloc(1, sizeof *memory);
    memory->cut = SIZE_MAX;
    return memory;
}

static void open_fine(struct memory *memory, struct arena *arena, struct journal **ret)
{
    struct err err = { 0 };
    struct journal_port port = memory_port(memory);
    if (journal_open(&port, arena, ret, &err))
        fail_msg("%s", err.message);
}

static void event_write(struct journal *journal, const char *event, const char *domain,
                        int64_t wall_s)
{
    struct journal_event one = { .event = event,
                                 .domain = domain,
                                 .account = "pdns",
                                 .owner = domain,
                                 .type = "MX",
                                 .wall_s = wall_s };
    journal_add(journal, &one);
}

static void commit_fine(struct journal *journal)
{
    struct err err = { 0 };
    if (journal_commit(journal, &err))
        fail_msg("%s", err.message);
}

/* Three batches of one, three and two events; end[i] is where batch i ends. */
static void sample_write(struct memory *memory, size_t end[3])
{
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    struct journal *journal;
    open_fine(memory, arena, &journal);
    event_write(journal, "state", NULL, 1700000000);
    commit_fine(journal);
    end[0] = memory->n;
    event_write(journal, "intent", "a.example", 1700000001);
    event_write(journal, "intent", "b.example", 1700000001);
    event_write(journal, "intent", "c.example", 1700000001);
    commit_fine(journal);
    end[1] = memory->n;
    event_write(journal, "ack", "a.example", 1700000002);
    event_write(journal, "ack", "b.example", 1700000002);
    commit_fine(journal);
    end[2] = memory->n;
}
#define SAMPLE_EVENTS 6

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    struct journal *journal;
    open_fine(memory, arena, &journal);
    assert_int_equal(journal_count(journal), 0);
    const struct journal_event full = { .event = "verdict",
                                        .domain = "a.example",
                                        .account = "pdns",
                                        .owner = "www.a.example",
                                        .type = "TXT",
                                        .state = "written",
                                        .detail = "\"quoted\"\nline \xff \xc3\xa4",
                                        .wall_s = INT64_C(1) << 40,
                                        .ms = -5,
                                        .step = UINT32_MAX };
    journal_add(journal, &full);
    journal_add(journal, &(struct journal_event){ .event = "note" });
    commit_fine(journal);
    assert_int_equal(journal_count(journal), 0); /* what was there when it was opened */

    open_fine(memory, arena, &journal);
    assert_int_equal(journal_count(journal), 2);
    const struct journal_event *got = journal_at(journal, 0);
    assert_string_equal(got->event, "verdict");
    assert_string_equal(got->domain, "a.example");
    assert_string_equal(got->account, "pdns");
    assert_string_equal(got->owner, "www.a.example");
    assert_string_equal(got->type, "TXT");
    assert_string_equal(got->state, "written");
    assert_string_equal(got->detail, "\"quoted\"\nline \xef\xbf\xbd \xc3\xa4");
    assert_int_equal(got->wall_s, INT64_C(1) << 40);
    assert_int_equal(got->ms, -5);
    assert_int_equal(got->step, UINT32_MAX);
    got = journal_at(journal, 1);
    assert_null(got->domain);
    assert_null(got->detail);
    assert_int_equal(got->wall_s, 0);
    test_free(memory);
}

static void a_batch_is_one_sync(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    size_t end[3];
    sample_write(memory, end);
    assert_int_equal(memory->syncs, 3);
    assert_int_equal(memory->synced, memory->n);
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    struct journal *journal;
    open_fine(memory, arena, &journal);
    commit_fine(journal); /* nothing new: nothing to wait for */
    assert_int_equal(memory->syncs, 3);
    assert_int_equal(memory->n, end[2]);
    test_free(memory);
}

static size_t events_before(const struct memory *memory, size_t n)
{
    size_t events = 0;
    for (const char *at = memory->data; at < memory->data + n;) {
        const char *line = memchr(at, '\n', (size_t)(memory->data + n - at));
        if (!line)
            break;
        events += !strstr(at, "{\"commit\":true}\n") || strstr(at, "{\"commit\":true}\n") > line;
        at = line + 1;
    }
    return events;
}

/* Every prefix opens, holds the events of its whole lines, and goes on. */
static void every_prefix_opens(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    size_t end[3];
    sample_write(memory, end);
    struct memory *prefix = memory_new();
    for (size_t n = 0; n <= end[2]; n++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 22);
        struct journal *journal;
        memcpy(prefix, memory, sizeof *prefix);
        prefix->n = n;
        open_fine(prefix, arena, &journal);
        assert_int_equal(journal_count(journal), events_before(memory, n));
        event_write(journal, "note", "z.example", 3);
        commit_fine(journal);
        size_t count = journal_count(journal) + 1;
        open_fine(prefix, arena, &journal);
        assert_int_equal(journal_count(journal), count);
        assert_string_equal(journal_at(journal, count - 1)->domain, "z.example");
    }
    test_free(prefix);
    test_free(memory);
}

static int open_damaged(struct memory *memory, struct arena *arena, size_t *ret_events)
{
    struct journal *journal;
    struct err err = { 0 };
    struct journal_port port = memory_port(memory);
    if (journal_open(&port, arena, &journal, &err)) {
        assert_int_equal(err.code, ERR_FAILED);
        assert_true(err.hint[0] != '\0');
        return -1;
    }
    *ret_events = journal_count(journal);
    return 0;
}

/* A changed bit is noticed, or it lies in the last batch, which is then cut. */
static void every_bit_counts(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    size_t end[3];
    sample_write(memory, end);
    struct memory *copy = memory_new();
    for (size_t bit = 0; bit < end[2] * 8; bit++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 22);
        size_t events;
        memcpy(copy, memory, sizeof *copy);
        copy->data[bit / 8] = (char)(copy->data[bit / 8] ^ (1 << (bit % 8)));
        int status = open_damaged(copy, arena, &events);
        if (bit / 8 < end[1] && status == 0)
            fail_msg("bit %zu of octet %zu was not noticed", bit % 8, bit / 8);
        if (bit / 8 >= end[1]) {
            assert_int_equal(status, 0);
            assert_true(copy->cut >= end[1] && copy->cut <= bit / 8);
            assert_true(events >= 4 && events < SAMPLE_EVENTS + (copy->cut > end[1]));
        }
    }
    test_free(copy);
    test_free(memory);
}

/* The same when the last batch was never finished: one event behind two batches. */
static void bits_before_an_unfinished_batch_count(void **state)
{
    (void)state;
    struct memory *memory = memory_new(), *copy = memory_new();
    size_t end[3];
    sample_write(memory, end);
    const char *line = memchr(memory->data + end[1], '\n', memory->n - end[1]);
    memory->n = (size_t)(line + 1 - memory->data);
    for (size_t bit = 0; bit < end[1] * 8; bit++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 22);
        size_t events;
        memcpy(copy, memory, sizeof *copy);
        copy->data[bit / 8] = (char)(copy->data[bit / 8] ^ (1 << (bit % 8)));
        if (open_damaged(copy, arena, &events) == 0)
            fail_msg("bit %zu of octet %zu was not noticed", bit % 8, bit / 8);
    }
    test_free(copy);
    test_free(memory);
}

#define BLOCK 512

/* A crash before the sync may lose any block of the last batch: 32 intents. */
static void lost_blocks_of_the_last_batch_are_cut(void **state)
{
    (void)state;
    struct memory *memory = memory_new(), *copy = memory_new();
    size_t end[3];
    sample_write(memory, end);
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    struct journal *journal;
    open_fine(memory, arena, &journal);
    for (int i = 0; i < 32; i++)
        event_write(journal, "intent", arena_printf(arena, "d%d.example", i), 5);
    commit_fine(journal);
    unsigned seed = 3;
    for (int round = 0; round < 500; round++) {
        memcpy(copy, memory, sizeof *copy);
        for (size_t at = end[2]; at < copy->n; at += BLOCK - at % BLOCK) {
            size_t n = BLOCK - at % BLOCK;
            if (rand_r(&seed) % 2)
                memset(copy->data + at, 0, at + n > copy->n ? copy->n - at : n);
        }
        ARENA_SCOPED scratch = arena_new("test", 1u << 22);
        size_t events;
        assert_int_equal(open_damaged(copy, scratch, &events), 0);
        assert_true(events >= SAMPLE_EVENTS && events <= SAMPLE_EVENTS + 32);
        assert_true(copy->n >= end[2]);
    }
    test_free(copy);
    test_free(memory);
}

static void lost_blocks_before_it_are_damage(void **state)
{
    (void)state;
    struct memory *memory = memory_new(), *copy = memory_new();
    size_t end[3];
    sample_write(memory, end);
    for (size_t at = 0; at + 40 < end[1]; at += 40) {
        ARENA_SCOPED arena = arena_new("test", 1u << 22);
        size_t events;
        memcpy(copy, memory, sizeof *copy);
        memset(copy->data + at, 0, 40);
        assert_int_equal(open_damaged(copy, arena, &events), -1);
    }
    test_free(copy);
    test_free(memory);
}

static void frames_of_another_journal_do_not_fit(void **state)
{
    (void)state;
    struct memory *memory = memory_new(), *other = memory_new();
    size_t end[3], end_other[3];
    sample_write(memory, end);
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    struct journal *journal;
    open_fine(other, arena, &journal);
    event_write(journal, "note", "elsewhere.example", 9);
    commit_fine(journal);
    end_other[0] = other->n;
    /* Its second batch stands where ours should. */
    memcpy(other->data + end_other[0], memory->data + end[0], end[1] - end[0]);
    other->n = end_other[0] + end[1] - end[0];
    size_t events;
    assert_int_equal(open_damaged(other, arena, &events), 0);
    assert_int_equal(events, 1);
    assert_int_equal(other->cut, end_other[0]);
    test_free(other);
    test_free(memory);
}

/* A frame whose hash fits, but whose batch does not follow. */
static void batches_follow_each_other(void **state)
{
    (void)state;
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const char payload[] = "{\"event\":\"note\"}";
    struct memory *memory = memory_new();
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    char hash[DIGEST_HEX_LEN + 1];
    const char *hashed = arena_printf(arena, "%s 2 %s", zeros, payload);
    digest_hex(hashed, strlen(hashed), hash);
    const char *line = arena_printf(arena, "%zu 2 %s %s\n", strlen(payload), hash, payload);
    memcpy(memory->data, line, strlen(line));
    memory->n = strlen(line);
    size_t events;
    assert_int_equal(open_damaged(memory, arena, &events), -1);
    test_free(memory);
}

static void upper_case_is_not_the_same_octet(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    size_t end[3], events;
    sample_write(memory, end);
    char *hash = memory->data + 5;
    while (!(*hash >= 'a' && *hash <= 'f'))
        hash++;
    *hash = (char)(*hash - 'a' + 'A');
    ARENA_SCOPED arena = arena_new("test", 1u << 22);
    assert_int_equal(open_damaged(memory, arena, &events), -1);
    test_free(memory);
}

static void a_failure_is_final(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct memory *memory = memory_new();
        ARENA_SCOPED arena = arena_new("test", 1u << 22);
        struct journal *journal;
        open_fine(memory, arena, &journal);
        memory->fail_append = kind == 0 ? 1 : 0;
        memory->fail_sync = kind == 1 ? 1 : 0;
        event_write(journal, "intent", "a.example", 1);
        struct err err = { 0 };
        assert_int_equal(journal_commit(journal, &err), -1);
        assert_int_equal(err.code, ERR_FAILED);
        size_t n = memory->n;
        event_write(journal, "intent", "b.example", 1);
        struct err again = { 0 };
        assert_int_equal(journal_commit(journal, &again), -1);
        assert_string_equal(err.message, again.message);
        assert_int_equal(memory->n, n); /* no retry */
        assert_int_equal(memory->syncs, 0);
        test_free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_batch_is_one_sync),
        cmocka_unit_test(every_prefix_opens),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(bits_before_an_unfinished_batch_count),
        cmocka_unit_test(lost_blocks_of_the_last_batch_are_cut),
        cmocka_unit_test(lost_blocks_before_it_are_damage),
        cmocka_unit_test(frames_of_another_journal_do_not_fit),
        cmocka_unit_test(batches_follow_each_other),
        cmocka_unit_test(upper_case_is_not_the_same_octet),
        cmocka_unit_test(a_failure_is_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
