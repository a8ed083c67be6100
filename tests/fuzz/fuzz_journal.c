/* Any octets as a journal: reported as damage, or cut to something that opens
 * again to the same events and goes on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rollout/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
    char data[1u << 17];
    size_t n;
};

static int memory_append(void *ctx, const void *octets, size_t n, struct err *err)
{
    struct memory *memory = ctx;
    if (n > sizeof memory->data - memory->n)
        return err_set(err, ERR_FAILED, "full");
    memcpy(memory->data + memory->n, octets, n);
    memory->n += n;
    return 0;
}

static int memory_sync(void *ctx, struct err *err)
{
    (void)ctx;
    (void)err;
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
    memory->n = n;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory memory;
    if (size > sizeof memory.data / 2)
        return 0;
    memcpy(memory.data, data, size);
    memory.n = size;
    ARENA_SCOPED arena = arena_new("fuzz", 1u << 26);
    struct journal_port port = { &memory, memory_append, memory_sync, memory_load, memory_cut };
    struct journal *journal, *again;
    struct err err;
    if (journal_open(&port, arena, &journal, &err))
        return 0;
    journal_add(journal, &(struct journal_event){ .event = "note", .detail = "behind" });
    if (journal_commit(journal, &err) || journal_open(&port, arena, &again, &err))
        abort();
    /* What was there at opening, cut to its whole batches, and the note. */
    if (journal_count(again) != journal_count(journal) + 1)
        abort();
    return 0;
}
