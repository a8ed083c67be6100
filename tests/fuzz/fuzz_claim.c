/* Any text as claim.json, which others push: refused, or read to something that is
 * written so that it reads the same, and that a ticket can be held against. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rollout/attempt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int text_read(void *ctx, const char *path, struct arena *arena, const char **ret,
                     size_t *ret_len, struct err *err)
{
    const char *text = ctx;
    (void)err;
    if (!strstr(path, "/claim.json"))
        return err_set(err, ERR_NOT_FOUND, "%s", path);
    *ret = arena_strdup(arena, text);
    *ret_len = strlen(text);
    return 0;
}

static int one_list(void *ctx, const char *path, struct arena *arena, struct strv *ret,
                    struct err *err)
{
    (void)ctx, (void)err;
    strv_push(arena, ret, *path ? "1" : "DNS-2026-11-23-001");
    return 0;
}

static void held_against(const struct records_port *records, struct arena *arena)
{
    struct strv keys = { 0 };
    struct err err = { 0 };
    strv_push(arena, &keys, "p a.example MX");
    strv_push(arena, &keys, "p b.a.example CNAME");
    strv_push(arena, &keys, "p a.example NS");
    if (claim_refuse_taken(records, "DNS-2026-11-23-002", &keys, arena, &err) && !*err.message)
        abort();
    claim_later(records, "DNS-2026-11-23-002", 0, keys.v[0], arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 256u << 20);
    struct records_port records = { .ctx = arena_strndup(arena, (const char *)data, size),
                                    .read = text_read,
                                    .list = one_list };
    struct claim claim, again;
    struct err err = { 0 };
    held_against(&records, arena);
    if (claim_read(&records, "DNS-2026-11-23-001", 1, arena, &claim, &err)) {
        if (err.code != ERR_INVALID)
            abort();
        return 0;
    }
    BUF_SCOPED once = BUF(1u << 24), twice = BUF(1u << 24);
    claim_write(&claim, &once);
    records.ctx = arena_strdup(arena, buf_text(&once));
    if (claim_read(&records, "DNS-2026-11-23-001", 1, arena, &again, &err))
        abort();
    claim_write(&again, &twice);
    if (strcmp(buf_text(&once), buf_text(&twice)) != 0)
        abort();
    return 0;
}
