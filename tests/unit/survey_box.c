/* survey_box: writes attempts with the program's own lkg_write. */
#include "survey_box.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static int records_read(void *ctx, const char *path, struct arena *arena, const char **ret_text,
                        size_t *ret_len, struct err *err)
{
    const struct box *box = ctx;
    const char *text = map_get(box->files, path);
    if (!text)
        return err_set(err, ERR_NOT_FOUND, "%s: not there", path);
    *ret_text = arena_strdup(arena, text);
    *ret_len = strlen(text);
    return 0;
}

static int name_compare(const void *va, const void *vb)
{
    const char *const *a = va, *const *b = vb;
    return strcmp(*a, *b);
}

static int records_list(void *ctx, const char *folder, struct arena *arena, struct strv *ret,
                        struct err *err)
{
    const struct box *box = ctx;
    size_t len = strlen(folder);
    (void)err;
    for (size_t i = 0; i < map_count(box->files); i++) {
        const char *path = map_key_at(box->files, i);
        if (len && (strncmp(path, folder, len) || path[len] != '/'))
            continue;
        const char *below = path + len + (len ? 1 : 0);
        const char *name = arena_strndup(arena, below, strcspn(below, "/"));
        if (!strv_has(ret, name))
            strv_push(arena, ret, name);
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, name_compare);
    return 0;
}

static int64_t loop_now(void *ctx)
{
    const struct box *box = ctx;
    return box->now_ms;
}

static int64_t loop_wall(void *ctx)
{
    const struct box *box = ctx;
    return box->fake->wall_s + box->now_ms / 1000;
}

static void timer_clear(void *ctx, struct timer *timer)
{
    struct box *box = ctx;
    for (struct timer **at = &box->timers; *at; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            break;
        }
    }
    timer->set = false;
}

static void timer_set(void *ctx, struct timer *timer, int64_t at_ms)
{
    struct box *box = ctx;
    struct timer **at = &box->timers;
    timer_clear(ctx, timer);
    timer->at_ms = at_ms;
    timer->set = true;
    while (*at && (*at)->at_ms <= at_ms)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

/* The fake's loop stops when nothing is under way: then time jumps. */
static int loop_run(void *ctx, const bool *done, struct err *err)
{
    struct box *box = ctx;
    while (box->fake->loop.run(box->fake->loop.ctx, done, err)) {
        struct timer *timer = box->timers;
        if (!timer)
            return -1;
        timer_clear(box, timer);
        if (timer->at_ms > box->now_ms)
            box->now_ms = timer->at_ms;
        timer->fire(timer->arg);
    }
    return 0;
}

void box_init(struct box *box, struct arena *arena)
{
    *box = (struct box){ .arena = arena, .fake = fake_new(arena), .files = map_new(arena) };
    box->ports = fake_ports(box->fake);
    box->records = (struct records_port){ .ctx = box, .read = records_read, .list = records_list };
    box->loop = (struct loop_port){ .ctx = box,
                                    .now_ms = loop_now,
                                    .wall_s = loop_wall,
                                    .timer_set = timer_set,
                                    .timer_clear = timer_clear,
                                    .run = loop_run };
    box->ports.loop = &box->loop;
    box->ports.records = &box->records;
    box->ports.actor = "Test <test@test.example>";
    box->ports.holder = "test@host 1";
}

void box_file(struct box *box, const char *path, const char *text)
{
    map_put(box->files, path, arena_strdup(box->arena, text));
}

struct rrset *box_rrset(struct arena *arena, const char *owner, const char *type,
                        const char *values)
{
    struct err err;
    uint16_t number;
    if (!values)
        return NULL;
    assert_int_equal(rtype_parse(type, &number, &err), 0);
    struct rrset *set = rrset_new(arena, owner, number, 300);
    char *copy = arena_strdup(arena, values), *rest = NULL;
    for (char *value = strtok_r(copy, "|", &rest); value; value = strtok_r(NULL, "|", &rest)) {
        struct rdata rdata;
        assert_int_equal(rdata_parse(number, value, owner, RDATA_TICKET, arena, &rdata, &err), 0);
        rrset_add(arena, set, rdata);
    }
    return set;
}

static void target_add(struct box *box, struct lkg *lkg, const struct box_set *row)
{
    struct err err;
    struct target *target = vec_push(box->arena, &lkg->targets);
    target->domain = target->zone = row->domain;
    target->account = "pdns";
    target->n = target->n_servers = 1;
    target->servers = ARENA_NEW(box->arena, struct server);
    strcpy(target->servers[0].text, "192.0.2.1:53");
    target->sets = ARENA_NEW(box->arena, struct target_set);
    target->sets[0].owner = row->owner;
    assert_int_equal(rtype_parse(row->type, &target->sets[0].type, &err), 0);
    target->sets[0].before = box_rrset(box->arena, row->owner, row->type, row->before);
    target->sets[0].after = box_rrset(box->arena, row->owner, row->type, row->after);
}

static void outcome_add(struct box *box, const char *folder, const char *domain_state,
                        const struct box_set *sets, size_t n)
{
    BUF_SCOPED text = BUF(1 << 20);
    buf_adds(&text, "{\"format\":1,\"domains\":[");
    for (size_t i = 0; i < n; i++)
        buf_addf(&text, "%s{\"domain\":\"%s\",\"state\":\"%s\"}", i ? "," : "", sets[i].domain,
                 domain_state);
    buf_adds(&text, "]}");
    box_file(box, arena_printf(box->arena, "%s/outcome.json", folder), buf_text(&text));
}

void box_changed(struct box *box, const char *id, uint32_t attempt, const char *state,
                 int64_t claimed_s, int64_t changed_s)
{
    struct arena *arena = box->arena;
    box_file(box, arena_printf(arena, "%s/%u/claim.json", id, attempt),
             arena_printf(arena,
                          "{\"version\":1,\"ticket\":\"%s\",\"attempt\":%u,\"state\":\"%s\","
                          "\"actor\":\"Ann <ann@acme.example>\",\"reason\":\"r\","
                          "\"holder\":\"ann@host 7\",\"claimed\":\"%s\",\"changed\":\"%s\"}",
                          id, attempt, state, time_format_utc(arena, claimed_s),
                          time_format_utc(arena, changed_s)));
}

void box_attempt(struct box *box, const char *id, uint32_t attempt, const char *state,
                 const char *domain_state, int64_t wall_s, const struct box_set *sets, size_t n)
{
    struct arena *arena = box->arena;
    const char *folder = arena_printf(arena, "%s/%u", id, attempt);
    BUF_SCOPED text = BUF(1 << 20);
    struct lkg lkg = { .ticket = id, .attempt = attempt, .captured_s = wall_s };
    for (size_t i = 0; i < n; i++)
        target_add(box, &lkg, &sets[i]);
    lkg_write(&lkg, &text);
    box_file(box, arena_printf(arena, "%s/lkg.json", folder), buf_text(&text));
    box_changed(box, id, attempt, state, wall_s, wall_s);
    if (domain_state)
        outcome_add(box, folder, domain_state, sets, n);
}
