/* edit_compute: what an edit makes of a set, and whether what it touches has
 * moved.  Neighbours keep their octets, order and extra. */
#include <stdlib.h>
#include <string.h>

#include "ticket/edit_parts.h"

typedef int compute_fn(const struct edit *edit, const struct edit_place *place,
                       const struct rrset *before, struct arena *arena, struct rrset **ret,
                       struct err *err);

static bool is_absent(const struct rrset *set)
{
    return !set || set->n == 0;
}

/* The live record that says the same, with its own string boundaries, else `rdata`. */
static struct rdata live_spelling(const struct rrset *before, struct rdata rdata, uint16_t type)
{
    for (size_t i = 0; before && i < before->n; i++)
        if (rdata_equal(type, before->rr[i], rdata))
            return before->rr[i];
    return rdata;
}

static struct rrset *set_like(const struct edit *edit, const struct edit_place *place,
                              const struct rrset *before, const char *owner, struct arena *arena)
{
    uint32_t ttl_s = place->ttl_default_s;
    if (edit->has_ttl)
        ttl_s = edit->ttl_s;
    else if (!is_absent(before))
        ttl_s = before->ttl;
    struct rrset *set = rrset_new(arena, owner, edit->type, ttl_s);
    if (before) {
        set->extra = before->extra ? arena_strdup(arena, before->extra) : NULL;
        set->token = before->token ? arena_strdup(arena, before->token) : NULL;
        set->unmanaged = before->unmanaged ? arena_strdup(arena, before->unmanaged) : NULL;
    }
    return set;
}

static int compute_set(const struct edit *edit, const struct edit_place *place,
                       const struct rrset *before, struct arena *arena, struct rrset **ret,
                       struct err *err)
{
    const char *owner;
    if (edit_owner(edit, place, arena, &owner, err) != 0)
        return -1;
    struct rrset *set = set_like(edit, place, before, owner, arena);
    for (size_t i = 0; i < edit->values.n; i++) {
        struct rdata rdata;
        if (edit_rdata(edit, place, i, arena, &rdata, err) != 0)
            return -1;
        rrset_add(arena, set, live_spelling(before, rdata, edit->type));
    }
    if (rrset_check(set, err) != 0)
        return -1;
    if (!is_absent(before) && rrset_same_values(before, set)) { /* its order too */
        uint32_t ttl_s = set->ttl;
        set = rrset_copy(arena, before);
        set->ttl = ttl_s;
    }
    *ret = set;
    return 0;
}

static int compute_add(const struct edit *edit, const struct edit_place *place,
                       const struct rrset *before, struct arena *arena, struct rrset **ret,
                       struct err *err)
{
    const char *owner;
    if (edit_owner(edit, place, arena, &owner, err) != 0)
        return -1;
    struct rrset *set =
        is_absent(before) ? set_like(edit, place, before, owner, arena) : rrset_copy(arena, before);
    for (size_t i = 0; i < edit->values.n; i++) {
        struct rdata rdata;
        if (edit_rdata(edit, place, i, arena, &rdata, err) != 0)
            return -1;
        if (!rrset_has(set, rdata))
            rrset_add(arena, set, rdata);
    }
    if (rrset_check(set, err) != 0)
        return -1;
    *ret = set;
    return 0;
}

static int nothing_there(const struct edit *edit, const struct edit_place *place, struct err *err)
{
    return err_set(err, ERR_INVALID, "%s: there is no %s at %s", place->domain->name,
                   rtype_text(edit->type), edit->owner);
}

static struct rrset *without(struct arena *arena, const struct rrset *set, struct rdata rdata)
{
    struct rrset *rest = rrset_copy(arena, set);
    rest->n = 0;
    for (size_t i = 0; i < set->n; i++)
        if (!rdata_equal(set->type, set->rr[i], rdata))
            rest->rr[rest->n++] = set->rr[i];
    return rest;
}

static int compute_remove(const struct edit *edit, const struct edit_place *place,
                          const struct rrset *before, struct arena *arena, struct rrset **ret,
                          struct err *err)
{
    if (is_absent(before))
        return nothing_there(edit, place, err);
    struct rrset *set = rrset_copy(arena, before);
    for (size_t i = 0; i < edit->values.n; i++) {
        struct rdata rdata;
        if (edit_rdata(edit, place, i, arena, &rdata, err) != 0)
            return -1;
        if (!rrset_has(set, rdata)) {
            err_set(err, ERR_INVALID, "%s: %s at %s has no record \"%s\" to remove",
                    place->domain->name, rtype_text(edit->type), edit->owner, edit->values.v[i]);
            return err_hint(err, "see what is there with: dnschange triage %s",
                            place->domain->name);
        }
        set = without(arena, set, rdata);
    }
    /* Taking records away one by one leaves what the provider keeps beside them. */
    *ret = edit->values.n == 0 || rrset_absent(set) ? NULL : set;
    return 0;
}

static int compute_ttl(const struct edit *edit, const struct edit_place *place,
                       const struct rrset *before, struct arena *arena, struct rrset **ret,
                       struct err *err)
{
    if (is_absent(before))
        return nothing_there(edit, place, err);
    struct rrset *set = rrset_copy(arena, before);
    set->ttl = edit->ttl_s;
    *ret = set;
    return 0;
}

/* --- one record among its neighbours ---------------------------------------- */

typedef bool is_record_fn(struct rdata txt, struct arena *arena);

static is_record_fn *record_kind(const struct edit *edit)
{
    return edit->action == EDIT_SPF ? spf_is_record : dmarc_is_record;
}

static int find_record(const struct edit *edit, const struct edit_place *place,
                       const struct rrset *before, struct arena *arena, size_t *ret,
                       struct err *err)
{
    const char *what = edit->action == EDIT_SPF ? "SPF" : "DMARC";
    size_t found = 0;
    for (size_t i = 0; before && i < before->n; i++)
        if (record_kind(edit)(before->rr[i], arena)) {
            *ret = i;
            found++;
        }
    if (found == 1)
        return 0;
    if (found > 1)
        return err_set(err, ERR_INVALID, "%s: %s has %zu %s records, receivers take none of them",
                       place->domain->name, edit->owner, found, what);
    err_set(err, ERR_INVALID, "%s: %s has no %s record to edit", place->domain->name, edit->owner,
            what);
    return err_hint(err, "publish one with: add %s TXT %s", edit->owner,
                    edit->action == EDIT_SPF ? "v=spf1 ..." : "v=DMARC1; p=none; ...");
}

static int edited_text(const struct edit *edit, const struct edit_place *place, const char *text,
                       struct arena *arena, const char **ret, struct err *err)
{
    struct spf_edit spf;
    struct dmarc_edit dmarc;
    if (edit->action == EDIT_SPF)
        return edit_expand_spf(edit, place, arena, &spf, err) == 0
                   ? spf_edit(text, &spf, arena, ret, err)
                   : -1;
    return edit_expand_dmarc(edit, place, arena, &dmarc, err) == 0
               ? dmarc_edit(text, &dmarc, arena, ret, err)
               : -1;
}

static int compute_record(const struct edit *edit, const struct edit_place *place,
                          const struct rrset *before, struct arena *arena, struct rrset **ret,
                          struct err *err)
{
    size_t at = 0, n;
    const char *text;
    if (find_record(edit, place, before, arena, &at, err) != 0)
        return -1;
    const char *octets = txt_octets(before->rr[at], arena, &n);
    if (memchr(octets, '\0', n))
        return err_set(err, ERR_INVALID, "%s: the record at %s holds a NUL octet",
                       place->domain->name, edit->owner);
    const char *live = arena_strndup(arena, octets, n);
    if (edited_text(edit, place, live, arena, &text, err) != 0)
        return err_wrap(err, "%s", place->domain->name);
    if (strlen(text) > TXT_OCTETS_MAX)
        return err_set(err, ERR_INVALID, "%s: the record at %s would be longer than %d octets",
                       place->domain->name, edit->owner, (int)TXT_OCTETS_MAX);
    struct rrset *set = rrset_copy(arena, before);
    if (strcmp(text, live) != 0)
        set->rr[at] = txt_from_octets(text, strlen(text), arena);
    *ret = set;
    return 0;
}

int edit_compute(const struct edit *edit, const struct edit_place *place,
                 const struct rrset *before, struct arena *arena, struct rrset **ret,
                 struct err *err)
{
    static compute_fn *const computes[] = {
        [EDIT_SET] = compute_set, [EDIT_ADD] = compute_add,    [EDIT_REMOVE] = compute_remove,
        [EDIT_TTL] = compute_ttl, [EDIT_SPF] = compute_record, [EDIT_DMARC] = compute_record,
    };
    return computes[edit->action](edit, place, before, arena, ret, err);
}

/* --- did it move? ------------------------------------------------------------ */

static bool same_set(const struct rrset *a, const struct rrset *b)
{
    if (is_absent(a) || is_absent(b))
        return is_absent(a) && is_absent(b);
    return a->ttl == b->ttl && rrset_same_values(a, b);
}

static bool same_values(const struct edit *edit, const struct edit_place *place,
                        const struct rrset *a, const struct rrset *b, struct arena *arena)
{
    for (size_t i = 0; i < edit->values.n; i++) {
        struct rdata rdata;
        if (edit_rdata(edit, place, i, arena, &rdata, NULL) != 0)
            return false;
        if ((!is_absent(a) && rrset_has(a, rdata)) != (!is_absent(b) && rrset_has(b, rdata)))
            return false;
    }
    return true;
}

static struct rrset *records_of(const struct edit *edit, const struct rrset *set,
                                struct arena *arena)
{
    struct rrset *records = rrset_new(arena, "", TYPE_TXT, 0);
    for (size_t i = 0; set && i < set->n; i++)
        if (record_kind(edit)(set->rr[i], arena))
            rrset_add(arena, records, set->rr[i]);
    return records;
}

bool edit_touches_same(const struct edit *edit, const struct edit_place *place,
                       const struct rrset *recorded, const struct rrset *live, struct arena *arena)
{
    switch (edit->action) {
    case EDIT_SET:
        return same_set(recorded, live);
    case EDIT_ADD:
        return same_values(edit, place, recorded, live, arena);
    case EDIT_REMOVE:
        return edit->values.n ? same_values(edit, place, recorded, live, arena)
                              : same_set(recorded, live);
    case EDIT_TTL:
        if (is_absent(recorded) || is_absent(live))
            return is_absent(recorded) && is_absent(live);
        return recorded->ttl == live->ttl;
    case EDIT_SPF:
    case EDIT_DMARC:
        return rrset_same_values(records_of(edit, recorded, arena), records_of(edit, live, arena));
    }
    return false;
}
