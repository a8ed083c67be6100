/* rrset: multisets of records.  See rrset.h.  Sets are small (a handful of
 * records), so membership is counted in place, without memory of its own. */
#include "dns/rrset.h"

#include <string.h>

#define TTL_MAX INT32_MAX /* RFC 2181 8 */

bool rrset_absent(const struct rrset *set)
{
    return !set || (set->n == 0 && !set->extra);
}

struct rrset *rrset_new(struct arena *arena, const char *owner, uint16_t type, uint32_t ttl)
{
    struct rrset *set = ARENA_NEW(arena, struct rrset);
    set->owner = owner;
    set->type = type;
    set->ttl = ttl;
    return set;
}

void rrset_add(struct arena *arena, struct rrset *set, struct rdata rdata)
{
    if (set->n >= set->cap) {
        size_t cap = set->n ? set->n * 2 : 2;
        struct rdata *grown = ARENA_ARRAY(arena, struct rdata, cap);
        if (set->n)
            memcpy(grown, set->rr, set->n * sizeof *grown);
        set->rr = grown;
        set->cap = cap;
    }
    set->rr[set->n++] = rdata;
}

static const char *text_copy(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

struct rrset *rrset_copy(struct arena *arena, const struct rrset *set)
{
    if (!set)
        return NULL;
    struct rrset *copy = rrset_new(arena, arena_strdup(arena, set->owner), set->type, set->ttl);
    for (size_t i = 0; i < set->n; i++) {
        const struct rdata *from = &set->rr[i];
        rrset_add(arena, copy,
                  (struct rdata){ arena_memdup(arena, from->wire, from->len), from->len });
    }
    copy->extra = text_copy(arena, set->extra);
    copy->token = text_copy(arena, set->token);
    copy->unmanaged = text_copy(arena, set->unmanaged);
    return copy;
}

/* --- multisets ------------------------------------------------------------- */

/* When two records are the same. */
typedef bool same_fn(uint16_t type, struct rdata a, struct rdata b);

/* rdata_equal(), and the strings of a TXT split at the same places. */
static bool same_with_strings(uint16_t type, struct rdata a, struct rdata b)
{
    if (type == TYPE_TXT || type == TYPE_SPF)
        return rdata_same_wire(a, b);
    return rdata_equal(type, a, b);
}

/* How often `rdata` is among the first n records. */
static size_t count_of(const struct rrset *set, size_t n, struct rdata rdata, same_fn *same)
{
    size_t count = 0;
    for (size_t i = 0; set && i < n; i++)
        count += same(set->type, set->rr[i], rdata);
    return count;
}

static size_t size_of(const struct rrset *set)
{
    return set ? set->n : 0;
}

static bool same_records(const struct rrset *a, const struct rrset *b, same_fn *same)
{
    size_t n = size_of(a), i = 0;
    if (n != size_of(b))
        return false;
    if (n == 0)
        return true;
    if (a->type != b->type)
        return false;
    /* Mostly they come in the same order. */
    while (i < n && same(a->type, a->rr[i], b->rr[i]))
        i++;
    for (; i < n; i++)
        if (count_of(a, n, a->rr[i], same) != count_of(b, n, a->rr[i], same))
            return false;
    return true;
}

bool rrset_same_values(const struct rrset *a, const struct rrset *b)
{
    return same_records(a, b, rdata_equal);
}

static bool same_sets(const struct rrset *a, const struct rrset *b, same_fn *same)
{
    if (rrset_absent(a) || rrset_absent(b))
        return rrset_absent(a) && rrset_absent(b);
    if (a->ttl != b->ttl || !a->extra != !b->extra || (a->extra && strcmp(a->extra, b->extra) != 0))
        return false;
    return same_records(a, b, same);
}

bool rrset_equal(const struct rrset *a, const struct rrset *b)
{
    return same_sets(a, b, same_with_strings);
}

bool rrset_equivalent(const struct rrset *a, const struct rrset *b)
{
    return same_sets(a, b, rdata_equal);
}

bool rrset_has(const struct rrset *set, struct rdata rdata)
{
    return count_of(set, size_of(set), rdata, rdata_equal) > 0;
}

bool rrset_contains(const struct rrset *set, const struct rrset *part)
{
    for (size_t i = 0; i < size_of(part); i++)
        if (count_of(part, part->n, part->rr[i], rdata_equal) >
            count_of(set, size_of(set), part->rr[i], rdata_equal))
            return false;
    return true;
}

/* Adds those records of `from` that come oftener in it than in `besides`. */
static void add_besides(struct arena *arena, struct rrset *to, const struct rrset *from,
                        const struct rrset *besides)
{
    for (size_t i = 0; i < size_of(from); i++)
        if (count_of(from, i + 1, from->rr[i], rdata_equal) >
            count_of(besides, size_of(besides), from->rr[i], rdata_equal))
            rrset_add(arena, to, from->rr[i]);
}

/* Owner, type, TTL and extra of `like`, or an empty set when there is none. */
static struct rrset *empty_like(struct arena *arena, const struct rrset *like)
{
    struct rrset *set =
        rrset_new(arena, like ? like->owner : "", like ? like->type : 0, like ? like->ttl : 0);
    set->extra = like ? like->extra : NULL;
    return set;
}

struct rrset *rrset_minus(struct arena *arena, const struct rrset *a, const struct rrset *b)
{
    struct rrset *set = empty_like(arena, a ? a : b);
    if (!a)
        set->extra = NULL;
    add_besides(arena, set, a, b);
    return set;
}

struct rrset *rrset_union(struct arena *arena, const struct rrset *a, const struct rrset *b)
{
    struct rrset *set = empty_like(arena, a ? a : b);
    for (size_t i = 0; i < size_of(a); i++)
        rrset_add(arena, set, a->rr[i]);
    add_besides(arena, set, b, a);
    return set;
}

/* --- rules ----------------------------------------------------------------- */

static int refuse(const struct rrset *set, struct err *err, const char *why, const char *hint)
{
    err_set(err, ERR_INVALID, "%s %s: %s", set->owner, rtype_text(set->type), why);
    return err_hint(err, "%s", hint);
}

/* RFC 7505 3: "MX 0 ." says that the domain takes no mail, and stands alone. */
static bool mx_is_null(struct rdata rdata)
{
    return rdata.len == 3 && rdata.wire[2] == 0;
}

static bool type_is_single(uint16_t type)
{
    return type == TYPE_CNAME || type == TYPE_DNAME || type == TYPE_SOA;
}

int rrset_check(const struct rrset *set, struct err *err)
{
    if (set->n > 0 && set->ttl > TTL_MAX)
        return refuse(set, err, "the TTL is over 2147483647 (RFC 2181 8)", "choose a lower TTL");
    if (set->n > 1 && type_is_single(set->type))
        return refuse(set, err, "there can be only one record of this type at a name",
                      "keep one value");
    for (size_t i = 0; i < set->n; i++) {
        if (count_of(set, i, set->rr[i], rdata_equal) > 0)
            return refuse(set, err, "the same record twice (RFC 2181 5)", "keep it once");
        if (set->type == TYPE_MX && set->n > 1 && mx_is_null(set->rr[i]))
            return refuse(set, err, "a null MX beside other MX records (RFC 7505 3)",
                          "keep either \"0 .\" or the mail servers");
    }
    return 0;
}
