/* inverse: the table of what putting back means, and its property over every
 * order of two tickets (rollout rule: per record, whoever the other writer was). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rollout/inverse.h"

/* A set in short: "ab@300#x" has the TXT records "a" and "b", TTL 300 and the
 * extra "x"; "-" is absent. */
static struct rrset *set_make(struct arena *arena, const char *text)
{
    if (!text || strcmp(text, "-") == 0)
        return NULL;
    struct rrset *set = rrset_new(arena, "t.example", TYPE_TXT, 300);
    for (; *text && *text != '@' && *text != '#'; text++)
        rrset_add(arena, set, txt_from_octets(text, 1, arena));
    if (*text == '@')
        set->ttl = (uint32_t)strtoul(text + 1, NULL, 10);
    const char *extra = strchr(text, '#');
    set->extra = extra ? extra + 1 : NULL;
    return set;
}

static int letter_order(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

/* The same in short again, letters sorted. */
static const char *set_show(struct arena *arena, const struct rrset *set)
{
    char letters[64] = "";
    if (rrset_absent(set))
        return "-";
    for (size_t i = 0; i < set->n; i++)
        letters[i] = (char)set->rr[i].wire[1];
    qsort(letters, set->n, 1, letter_order);
    return arena_printf(arena, "%s@%u%s%s", letters, set->ttl, set->extra ? "#" : "",
                        set->extra ? set->extra : "");
}

enum { ATOMIC, PARTIAL, OVERWRITE };

struct inverse_case {
    const char *before, *after, *live;
    int how;
    enum inverse_kind kind;
    const char *to;
};

static const struct inverse_case cases[] = {
    /* nothing moved */
    { "a@300", "b@300", "b@300", ATOMIC, INVERSE_RESTORE, "a@300" },
    { "a@300", "b@300", "a@300", ATOMIC, INVERSE_NOTHING, "-" },
    { "a@300", "b@60", "b@60", ATOMIC, INVERSE_RESTORE, "a@300" },
    { "-", "b@300", "b@300", ATOMIC, INVERSE_RESTORE, "-" },
    { "-", "b@300", "-", ATOMIC, INVERSE_NOTHING, "-" },
    { "a@300", "-", "-", ATOMIC, INVERSE_RESTORE, "a@300" },
    { "a@300", "-", "a@300", ATOMIC, INVERSE_NOTHING, "-" },
    { "ab@300", "ba@60", "ab@60", ATOMIC, INVERSE_RESTORE, "ab@300" },
    { "a@300#x", "b@300#x", "b@300#x", ATOMIC, INVERSE_RESTORE, "a@300#x" },
    { "@300#x", "b@300#x", "b@300#x", ATOMIC, INVERSE_RESTORE, "@300#x" },
    /* nothing was ours to begin with */
    { "a@300", "a@300", "zy@7", ATOMIC, INVERSE_NOTHING, "-" },
    /* neighbours moved, ours is there */
    { "a@300", "ab@300", "abc@300", ATOMIC, INVERSE_DELTA, "ac@300" },
    { "a@300", "b@300", "bc@300", ATOMIC, INVERSE_DELTA, "ac@300" },
    { "ax@300", "bx@300", "b@300", ATOMIC, INVERSE_DELTA, "a@300" },
    { "ab@300", "b@300", "bc@300", ATOMIC, INVERSE_DELTA, "abc@300" },
    { "-", "b@300", "bc@300", ATOMIC, INVERSE_DELTA, "c@300" },
    { "-", "b@300", "bc@60", ATOMIC, INVERSE_DELTA, "c@60" },
    { "-", "b@300", "b@60", ATOMIC, INVERSE_DELTA, "-" },
    { "-", "b@300", "b@300#x", ATOMIC, INVERSE_DELTA, "@300#x" },
    { "a@300", "b@300", "b@300#x", ATOMIC, INVERSE_DELTA, "a@300#x" },
    { "a@300", "ab@60", "abc@60", ATOMIC, INVERSE_DELTA, "ac@300" },
    { "a@300", "a@60", "ac@60", ATOMIC, INVERSE_DELTA, "ac@300" },
    { "a@300", "b@300", "b@60", ATOMIC, INVERSE_DELTA, "a@60" },
    { "a@300#x", "-", "-", ATOMIC, INVERSE_RESTORE, "a@300#x" },
    /* ours is gone already: rolling back twice is rolling back once */
    { "a@300", "ab@300", "ac@300", ATOMIC, INVERSE_NOTHING, "-" },
    { "a@300", "b@300", "ac@300", ATOMIC, INVERSE_NOTHING, "-" },
    { "ab@300", "b@300", "abc@300", ATOMIC, INVERSE_NOTHING, "-" },
    { "-", "b@300", "c@300", ATOMIC, INVERSE_NOTHING, "-" },
    { "a@300", "a@60", "ac@300", ATOMIC, INVERSE_NOTHING, "-" },
    /* ours was changed */
    { "a@300", "b@300", "c@300", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300", "b@300", "-", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300", "bc@300", "b@300", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300", "bc@300", "bd@300", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300", "-", "c@300", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300", "b@60", "b@900", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300", "a@60", "a@900", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300#x", "b@300", "b@300#y", ATOMIC, INVERSE_CONFLICT, "-" },
    { "a@300", "b@300", "c@300", OVERWRITE, INVERSE_RESTORE, "a@300" },
    { "a@300", "-", "c@300", OVERWRITE, INVERSE_RESTORE, "a@300" },
    { "-", "bc@300", "b@300", OVERWRITE, INVERSE_RESTORE, "-" },
    /* our own half write, only where a write may be cut in half */
    { "ax@300", "bx@300", "x@300", PARTIAL, INVERSE_RESTORE, "ax@300" },
    { "ax@300", "bx@300", "abx@300", PARTIAL, INVERSE_RESTORE, "ax@300" },
    { "a@300", "b@60", "b@300", PARTIAL, INVERSE_RESTORE, "a@300" },
    { "a@300", "b@60", "a@60", PARTIAL, INVERSE_RESTORE, "a@300" },
    { "ab@300", "cd@300", "-", PARTIAL, INVERSE_RESTORE, "ab@300" },
    { "-", "bc@300", "c@300", PARTIAL, INVERSE_RESTORE, "-" },
    { "ax@300", "bx@300", "-", PARTIAL, INVERSE_CONFLICT, "-" },
    { "ax@300", "bx@300", "x@900", PARTIAL, INVERSE_CONFLICT, "-" },
    { "ax@300", "bx@300", "xz@300", PARTIAL, INVERSE_CONFLICT, "-" },
    { "ax@300", "bx@300", "x@300", ATOMIC, INVERSE_CONFLICT, "-" },
    { "ab@300", "cd@300", "-", ATOMIC, INVERSE_CONFLICT, "-" },
};

static void table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct inverse_case *c = &cases[i];
        ARENA_SCOPED arena = arena_new("test", 1u << 20);
        struct target_set set = { .owner = "t.example",
                                  .type = TYPE_TXT,
                                  .before = set_make(arena, c->before),
                                  .after = set_make(arena, c->after) };
        struct inverse got;
        inverse_compute(&set, set_make(arena, c->live), c->how == PARTIAL, c->how == OVERWRITE,
                        arena, &got);
        const char *to = set_show(arena, got.to);
        if (got.kind != c->kind || strcmp(to, c->to) != 0)
            fail_msg("case %zu: %s -> %s, live %s: kind %d to %s", i, c->before, c->after, c->live,
                     got.kind, to);
        assert_int_equal(got.detail != NULL, got.kind == INVERSE_CONFLICT || c->how == OVERWRITE);
    }
}

static void classes_that_were_not_written_are_left(void **state)
{
    (void)state;
    static const enum set_class classes[] = { CLASS_ALREADY, CLASS_CONFLICT, CLASS_UNMANAGED };
    ARENA_SCOPED arena = arena_new("test", 1u << 20);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct target_set set = { .owner = "t.example",
                                  .type = TYPE_TXT,
                                  .cls = classes[i],
                                  .before = set_make(arena, "a"),
                                  .after = set_make(arena, "b") };
        struct inverse got;
        inverse_compute(&set, set_make(arena, "b"), true, true, arena, &got);
        assert_int_equal(got.kind, INVERSE_NOTHING);
    }
}

static void unmanaged_now_is_a_conflict_even_on_demand(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 20);
    struct target_set set = { .owner = "t.example",
                              .type = TYPE_TXT,
                              .before = set_make(arena, "a"),
                              .after = set_make(arena, "b") };
    struct rrset *live = set_make(arena, "b");
    live->unmanaged = "proxied";
    struct inverse got;
    inverse_compute(&set, live, false, true, arena, &got);
    assert_int_equal(got.kind, INVERSE_CONFLICT);
    assert_non_null(strstr(got.detail, "proxied"));
}

static void conflicts_show_all_three_values(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 20);
    struct target_set set = { .owner = "t.example",
                              .type = TYPE_TXT,
                              .before = set_make(arena, "a@3600"),
                              .after = set_make(arena, "b") };
    struct inverse got;
    inverse_compute(&set, set_make(arena, "c"), false, false, arena, &got);
    assert_string_equal(got.detail, "last known good: TTL 3600: a\n"
                                    "ticket wrote:    TTL 300: b\n"
                                    "live now:        TTL 300: c");
}

/* Other string boundaries are the same value, unless they are the change. */
static void txt_splits(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 20);
    static const uint8_t one[] = { 2, 'a', 'b' }, two[] = { 1, 'a', 1, 'b' }, c[] = { 1, 'c' };
    struct rrset *whole = rrset_new(arena, "t.example", TYPE_TXT, 300);
    struct rrset *split = rrset_new(arena, "t.example", TYPE_TXT, 300);
    struct rrset *other = rrset_new(arena, "t.example", TYPE_TXT, 300);
    rrset_add(arena, whole, (struct rdata){ one, sizeof one });
    rrset_add(arena, split, (struct rdata){ two, sizeof two });
    rrset_add(arena, other, (struct rdata){ c, sizeof c });
    struct target_set set = {
        .owner = "t.example", .type = TYPE_TXT, .before = split, .after = other
    };
    struct inverse got;
    inverse_compute(&set, whole, false, false, arena, &got);
    assert_int_equal(got.kind, INVERSE_NOTHING);
    assert_int_equal(place_of(&set, whole, false), PLACE_BEFORE);
    inverse_compute(&set, other, false, false, arena, &got);
    assert_int_equal(got.kind, INVERSE_RESTORE);
    assert_true(rdata_same_wire(got.to->rr[0], split->rr[0])); /* boundaries come back */
    set.after = whole;
    assert_int_equal(place_of(&set, whole, false), PLACE_AFTER);
    assert_int_equal(place_of(&set, split, false), PLACE_BEFORE);
    inverse_compute(&set, whole, false, false, arena, &got);
    assert_int_equal(got.kind, INVERSE_RESTORE);
}

struct place_case {
    const char *before, *after, *live;
    bool partial;
    enum place place;
};

static void places(void **state)
{
    (void)state;
    static const struct place_case table_of[] = {
        { "a@300", "b@300", "a@300", false, PLACE_BEFORE },
        { "a@300", "b@300", "b@300", false, PLACE_AFTER },
        { "a@300", "b@300", "b@60", false, PLACE_FOREIGN },
        { "a@300", "b@300", "ab@300", false, PLACE_FOREIGN },
        { "a@300", "b@300", "ab@300", true, PLACE_PARTIAL },
        { "a@300", "b@300", "-", true, PLACE_PARTIAL },
        { "a@300", "b@60", "b@300", true, PLACE_PARTIAL },
        { "a@300", "b@60", "b@61", true, PLACE_FOREIGN },
        { "ax@300", "bx@300", "ab@300", true, PLACE_FOREIGN },
        { "a@300", "b@300", "abc@300", true, PLACE_FOREIGN },
        { "a@300", "b@300", "aab@300", true, PLACE_FOREIGN },
        { "-", "b@300", "-", false, PLACE_BEFORE },
        { "-", "b@300", "b@300", false, PLACE_AFTER },
        { "a@300", "-", "-", false, PLACE_AFTER },
        { "a@300", "b@300", "b@300#x", true, PLACE_FOREIGN },
    };
    for (size_t i = 0; i < sizeof table_of / sizeof *table_of; i++) {
        const struct place_case *c = &table_of[i];
        ARENA_SCOPED arena = arena_new("test", 1u << 20);
        struct target_set set = { .owner = "t.example",
                                  .type = TYPE_TXT,
                                  .before = set_make(arena, c->before),
                                  .after = set_make(arena, c->after) };
        enum place got = place_of(&set, set_make(arena, c->live), c->partial);
        if (got != c->place)
            fail_msg("case %zu: %s -> %s, live %s: %d", i, c->before, c->after, c->live, got);
    }
}

/* --- every order of two tickets ----------------------------------------------- */

enum action { ACT_SET, ACT_ADD, ACT_REMOVE, ACT_DELETE, ACT_TTL, ACTIONS };

struct ticket_sim { /* one ticket with one edit of one set */
    enum action action;
    char values[3];
    uint32_t ttl;
    struct target_set set;
    bool applied, conflicted;
};

/* The edit on what is live; absent sets take the ticket's TTL. */
static const struct rrset *edit_apply(const struct ticket_sim *ticket, const struct rrset *live,
                                      struct arena *arena)
{
    struct rrset *values = set_make(arena, ticket->values);
    struct rrset *set = live ? rrset_copy(arena, live) : NULL;
    switch (ticket->action) {
    case ACT_SET:
        values->ttl = ticket->ttl;
        values->extra = live ? live->extra : NULL;
        return values;
    case ACT_ADD:
        values->ttl = ticket->ttl;
        return set ? rrset_union(arena, set, values) : values;
    case ACT_REMOVE:
        set = set ? rrset_minus(arena, set, values) : NULL;
        return rrset_absent(set) ? NULL : set;
    case ACT_DELETE:
        return NULL;
    case ACT_TTL:
        if (set)
            set->ttl = ticket->ttl;
        return set;
    case ACTIONS:
        break;
    }
    return set;
}

static void ticket_apply(struct ticket_sim *ticket, const struct rrset **live, struct arena *arena)
{
    ticket->set.before = rrset_copy(arena, *live);
    ticket->set.after = edit_apply(ticket, *live, arena);
    bool same = rrset_equal(ticket->set.before, ticket->set.after);
    ticket->set.cls = same ? CLASS_ALREADY : CLASS_CHANGE;
    ticket->applied = true;
    *live = ticket->set.after;
}

static void ticket_rollback(struct ticket_sim *ticket, const struct rrset **live,
                            struct arena *arena)
{
    struct inverse inverse, again;
    if (!ticket->applied)
        return; /* of a never-applied ticket: nothing */
    inverse_compute(&ticket->set, *live, false, false, arena, &inverse);
    ticket->conflicted = inverse.kind == INVERSE_CONFLICT;
    if (inverse.kind == INVERSE_RESTORE || inverse.kind == INVERSE_DELTA)
        *live = inverse.to;
    if (ticket->conflicted)
        return;
    inverse_compute(&ticket->set, *live, false, false, arena, &again);
    assert_int_equal(again.kind, INVERSE_NOTHING); /* twice is once */
}

static bool shares_record(const struct rrset *a, const struct rrset *b)
{
    for (size_t i = 0; a && b && i < a->n; i++)
        if (rrset_has(b, a->rr[i]))
            return true;
    return false;
}

/* Do both tickets move the same record, the TTL, or the set as such? */
static bool tickets_meet(const struct ticket_sim *a, const struct ticket_sim *b,
                         struct arena *arena)
{
    const struct target_set *x = &a->set, *y = &b->set;
    const struct rrset *xd[] = { rrset_minus(arena, x->after, x->before),
                                 rrset_minus(arena, x->before, x->after) };
    const struct rrset *yd[] = { rrset_minus(arena, y->after, y->before),
                                 rrset_minus(arena, y->before, y->after) };
    for (int i = 0; i < 4; i++)
        if (shares_record(xd[i / 2], yd[i % 2]))
            return true;
    bool x_exists = !rrset_absent(x->before) == !rrset_absent(x->after);
    bool y_exists = !rrset_absent(y->before) == !rrset_absent(y->after);
    bool x_ttl = !x_exists || (x->before && x->before->ttl != x->after->ttl);
    bool y_ttl = !y_exists || (y->before && y->before->ttl != y->after->ttl);
    return x_ttl && y_ttl;
}

static bool known_value(const struct rrset *live, const struct rrset *const *sets, size_t n,
                        struct arena *arena)
{
    const struct rrset *all = NULL;
    bool ttl = rrset_absent(live);
    for (size_t i = 0; i < n; i++) {
        all = rrset_union(arena, all, sets[i]);
        ttl = ttl || (sets[i] && live->ttl == sets[i]->ttl);
    }
    return ttl && (rrset_absent(live) || rrset_contains(all, live));
}

static void run_order(const char *order, struct ticket_sim *a, struct ticket_sim *b,
                      const char *start, struct arena *arena)
{
    const struct rrset *first = set_make(arena, start), *live = first;
    for (const char *p = order; *p; p++) {
        if (*p == 'A')
            ticket_apply(a, &live, arena);
        else if (*p == 'B')
            ticket_apply(b, &live, arena);
        else
            ticket_rollback(*p == 'a' ? a : b, &live, arena);
    }
    bool blocked = a->conflicted || b->conflicted;
    const char *got = set_show(arena, live), *want = set_show(arena, first);
    /* One inside the other, or one after the other: always back, never blocked. */
    bool nested = strcmp(order, "ABba") == 0 || strcmp(order, "AaBb") == 0;
    if (nested && (blocked || strcmp(got, want) != 0))
        fail_msg("%s: %s became %s%s", order, want, got, blocked ? " (blocked)" : "");
    /* Otherwise back as well, where each moved its own. */
    bool all_back = nested || strcmp(order, "ABab") == 0;
    if (all_back && !blocked && !tickets_meet(a, b, arena) && strcmp(got, want) != 0)
        fail_msg("%s: %s became %s; A %s -> %s, B %s -> %s", order, want, got,
                 set_show(arena, a->set.before), set_show(arena, a->set.after),
                 set_show(arena, b->set.before), set_show(arena, b->set.after));
    /* And never a value that nobody had. */
    const struct rrset *const sets[] = { first, a->set.after, b->set.after };
    if (!known_value(live, sets, 3, arena))
        fail_msg("%s: %s is a third value", order, got);
}

static struct ticket_sim ticket_random(unsigned *seed)
{
    static const char *const values[] = { "a", "b", "c", "d", "ab", "bc", "cd" };
    static const uint32_t ttls[] = { 300, 60, 900 };
    struct ticket_sim ticket = { .action = (enum action)((unsigned)rand_r(seed) % ACTIONS) };
    snprintf(ticket.values, sizeof ticket.values, "%s", values[(unsigned)rand_r(seed) % 7]);
    ticket.ttl = ttls[(unsigned)rand_r(seed) % 3];
    ticket.set.owner = "t.example";
    ticket.set.type = TYPE_TXT;
    return ticket;
}

static void every_order_of_two_tickets(void **state)
{
    (void)state;
    static const char *const orders[] = { "ABab", "ABba", "AaBb", "ABa", "ABb", "AaB", "aABb" };
    static const char *const starts[] = { "-", "a", "ab", "bcz", "z@900", "az@60#x" };
    unsigned seed = 7;
    for (int round = 0; round < 4000; round++) {
        struct ticket_sim a = ticket_random(&seed), b = ticket_random(&seed);
        const char *start = starts[(unsigned)rand_r(&seed) % 6];
        for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
            ARENA_SCOPED arena = arena_new("test", 4u << 20);
            struct ticket_sim x = a, y = b;
            run_order(orders[i], &x, &y, start, arena);
        }
    }
}

/* What B wrote, where A wrote something else, survives A's rollback. */
static void the_other_ticket_keeps_its_records(void **state)
{
    (void)state;
    unsigned seed = 11;
    for (int round = 0; round < 4000; round++) {
        ARENA_SCOPED arena = arena_new("test", 4u << 20);
        struct ticket_sim a = ticket_random(&seed), b = ticket_random(&seed);
        const struct rrset *live = set_make(arena, round % 2 ? "az" : "z@900");
        ticket_apply(&a, &live, arena);
        ticket_apply(&b, &live, arena);
        ticket_rollback(&a, &live, arena);
        struct rrset *added = rrset_minus(arena, b.set.after, b.set.before);
        if (a.conflicted || tickets_meet(&a, &b, arena) || added->n == 0)
            continue;
        assert_true(rrset_contains(live, added));
        ticket_rollback(&b, &live, arena);
        assert_false(b.conflicted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(classes_that_were_not_written_are_left),
        cmocka_unit_test(unmanaged_now_is_a_conflict_even_on_demand),
        cmocka_unit_test(conflicts_show_all_three_values),
        cmocka_unit_test(txt_splits),
        cmocka_unit_test(places),
        cmocka_unit_test(every_order_of_two_tickets),
        cmocka_unit_test(the_other_ticket_keeps_its_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
