/* inverse: what putting one RRset back means when others may have written too.
 *
 * Everything follows from three values: before (LKG), after (what the ticket
 * wrote) and live.  Ours is what before and after do not share: records added,
 * records removed, a TTL, the extra.  What is ours is taken back where it is
 * still there, and nothing else moves.  No history is looked at, so the result
 * is the same whoever the other writer was.  Nothing is written here. */
#include "rollout/inverse.h"

#include <string.h>

static bool text_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool present(const struct rrset *set)
{
    return !rrset_absent(set);
}

/* Providers split TXT strings as they like, so the split does not count, unless
 * the split is all that the ticket changed. */
static bool set_same(const struct target_set *set, const struct rrset *a, const struct rrset *b)
{
    bool split_counts = rrset_equivalent(set->before, set->after);
    return split_counts ? rrset_equal(a, b) : rrset_equivalent(a, b);
}

/* (before and after) within live within (before or after), each TTL one of the
 * two: what a provider that needs several calls leaves behind when it is cut
 * short.  Multisets: a record both hold once may be live once. */
static bool ours_partial(const struct target_set *set, const struct rrset *live,
                         struct arena *arena)
{
    const struct rrset *before = set->before, *after = set->after;
    const struct rrset *only_before = rrset_minus(arena, before, after);
    const struct rrset *both = rrset_minus(arena, before, only_before);
    const struct rrset *either = rrset_union(arena, after, only_before);
    if (!present(live))
        return !both || both->n == 0;
    if (both && both->n > 0 && !rrset_contains(live, both))
        return false;
    if (live->n > 0 && (!either || !rrset_contains(either, live)))
        return false;
    bool ttl = (present(before) && live->ttl == before->ttl) ||
               (present(after) && live->ttl == after->ttl);
    bool extra = text_same(live->extra, before ? before->extra : NULL) ||
                 text_same(live->extra, after ? after->extra : NULL);
    return ttl && extra;
}

enum place place_of(const struct target_set *set, const struct rrset *live, bool partial_possible)
{
    if (set_same(set, live, set->after))
        return PLACE_AFTER;
    if (set_same(set, live, set->before))
        return PLACE_BEFORE;
    if (!partial_possible)
        return PLACE_FOREIGN;
    ARENA_SCOPED arena = arena_new("place of a set", 64u << 20);
    return ours_partial(set, live, arena) ? PLACE_PARTIAL : PLACE_FOREIGN;
}

/* --- the inverse delta ------------------------------------------------------ */

enum part { PART_OURS /* take it back */, PART_GONE /* nothing of ours left */, PART_CHANGED };

struct delta {
    const struct target_set *set;
    const struct rrset *live;
    struct rrset *added, *removed; /* records: after - before, before - after */
    struct arena *arena;
};

static size_t count(const struct rrset *set)
{
    return set ? set->n : 0;
}

static size_t missing(const struct delta *delta, const struct rrset *part)
{
    return part ? count(rrset_minus(delta->arena, part, delta->live)) : 0;
}

static enum part records_part(const struct delta *delta)
{
    size_t added = count(delta->added), removed = count(delta->removed);
    size_t added_gone = missing(delta, delta->added);
    size_t removed_gone = missing(delta, delta->removed);
    if (!present(delta->set->after) && present(delta->live))
        return PART_CHANGED; /* we wrote "no such set", and somebody made one */
    if (added_gone == added && removed_gone == 0)
        return PART_GONE;
    if (added_gone == 0)
        return added || removed ? PART_OURS : PART_GONE;
    return PART_CHANGED;
}

/* A set that we created has no TTL to go back to: what is left of it is not ours. */
static enum part ttl_part(const struct delta *delta)
{
    const struct rrset *before = delta->set->before, *after = delta->set->after;
    if (!present(before) || !present(after) || !present(delta->live))
        return PART_GONE;
    if (before->ttl == after->ttl || delta->live->ttl == before->ttl)
        return PART_GONE;
    return delta->live->ttl == after->ttl ? PART_OURS : PART_CHANGED;
}

static enum part extra_part(const struct delta *delta)
{
    const char *before = delta->set->before ? delta->set->before->extra : NULL;
    const char *after = delta->set->after ? delta->set->after->extra : NULL;
    const char *live = delta->live ? delta->live->extra : NULL;
    if (text_same(before, after) || text_same(live, before))
        return PART_GONE;
    return text_same(live, after) ? PART_OURS : PART_CHANGED;
}

/* Live with ours taken back: the records we added leave, those we removed come
 * again, the rest stays in its order. */
static const struct rrset *delta_apply(const struct delta *delta, enum part records, enum part ttl,
                                       enum part extra)
{
    const struct rrset *before = delta->set->before;
    struct rrset *to = rrset_copy(delta->arena, delta->live);
    if (!to)
        to = rrset_new(delta->arena, delta->set->owner, delta->set->type, before ? before->ttl : 0);
    if (records == PART_OURS) {
        to = rrset_minus(delta->arena, to, delta->added);
        to = rrset_union(delta->arena, to, delta->removed);
    }
    if (ttl == PART_OURS && before)
        to->ttl = before->ttl;
    if (extra == PART_OURS)
        to->extra = before ? before->extra : NULL;
    return rrset_absent(to) ? NULL : to;
}

static void value_add(struct arena *arena, struct strv *lines, const char *label,
                      const struct rrset *set)
{
    if (!present(set)) {
        strv_push(arena, lines, arena_printf(arena, "%s absent", label));
        return;
    }
    struct strv values = { 0 };
    for (size_t i = 0; i < set->n; i++)
        strv_push(arena, &values, rdata_text(set->type, set->rr[i], arena));
    strv_push(arena, lines,
              arena_printf(arena, "%s TTL %u: %s%s%s", label, set->ttl,
                           values.n ? strv_join(arena, &values, " | ") : "no served value",
                           set->extra ? " and kept beside: " : "", set->extra ? set->extra : ""));
}

static const char *conflict_detail(const struct target_set *set, const struct rrset *live,
                                   struct arena *arena)
{
    struct strv lines = { 0 };
    value_add(arena, &lines, "last known good:", set->before);
    value_add(arena, &lines, "ticket wrote:   ", set->after);
    value_add(arena, &lines, "live now:       ", live);
    if (live && live->unmanaged)
        strv_push(arena, &lines, arena_printf(arena, "not writable:    %s", live->unmanaged));
    return strv_join(arena, &lines, "\n");
}

static void delta_compute(const struct target_set *set, const struct rrset *live,
                          struct arena *arena, struct inverse *ret)
{
    struct delta delta = { .set = set, .live = live, .arena = arena };
    delta.added = rrset_minus(arena, set->after, set->before);
    delta.removed = rrset_minus(arena, set->before, set->after);
    enum part records = records_part(&delta);
    enum part ttl = ttl_part(&delta), extra = extra_part(&delta);
    if (records == PART_CHANGED || ttl == PART_CHANGED || extra == PART_CHANGED) {
        ret->kind = INVERSE_CONFLICT;
    } else if (records == PART_GONE && ttl == PART_GONE && extra == PART_GONE) {
        ret->kind = INVERSE_NOTHING;
    } else {
        ret->kind = INVERSE_DELTA;
        ret->to = delta_apply(&delta, records, ttl, extra);
        if (rrset_equal(ret->to, live))
            *ret = (struct inverse){ .kind = INVERSE_NOTHING };
    }
}

static bool set_written(const struct target_set *set)
{
    return set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED;
}

void inverse_compute(const struct target_set *set, const struct rrset *live, bool partial_possible,
                     bool overwrite, struct arena *arena, struct inverse *ret)
{
    const struct rrset *lkg = rrset_absent(set->before) ? NULL : set->before;
    *ret = (struct inverse){ .kind = INVERSE_NOTHING };
    if (!set_written(set) || rrset_equal(set->before, set->after) ||
        set_same(set, live, set->before))
        return;
    if (live && live->unmanaged) {
        /* A plugin cannot restore what it may not write, not even on demand. */
        *ret = (struct inverse){ .kind = INVERSE_CONFLICT,
                                 .detail = conflict_detail(set, live, arena) };
        return;
    }
    if (set_same(set, live, set->after) || (partial_possible && ours_partial(set, live, arena))) {
        *ret = (struct inverse){ .kind = INVERSE_RESTORE, .to = lkg };
        return;
    }
    delta_compute(set, live, arena, ret);
    if (ret->kind != INVERSE_CONFLICT)
        return;
    ret->detail = conflict_detail(set, live, arena);
    if (overwrite) {
        ret->kind = INVERSE_RESTORE;
        ret->to = lkg;
    }
}
