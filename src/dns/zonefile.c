/* zonefile: sets as zone file lines and as nsupdate(1) commands.  See
 * zonefile.h; what surrounds them (zone, server, send) is the caller's. */
#include "dns/zonefile.h"

#include <stdint.h>

/* As large as the set makes it, which was bounded where it was read. */
#define SCRATCH_BYTES SIZE_MAX

void zonefile_write(struct buf *out, const struct rrset *set)
{
    ARENA_SCOPED arena = arena_new("zone file text", SCRATCH_BYTES);
    const char *owner = name_dotted(set->owner, arena), *type = rtype_text(set->type);
    for (size_t i = 0; i < set->n; i++)
        buf_addf(out, "%s %u IN %s %s\n", owner, set->ttl, type,
                 rdata_zonefile_text(set->type, set->rr[i], arena));
}

/* "PREFIX owner. [TTL] TYPE rdata" for each record. */
static void command_write(struct buf *out, const char *prefix, const struct rrset *set,
                          bool with_ttl, struct arena *arena)
{
    const char *owner = name_dotted(set->owner, arena);
    const char *ttl = with_ttl ? arena_printf(arena, "%u ", set->ttl) : "";
    for (size_t i = 0; i < set->n; i++)
        buf_addf(out, "%s %s %s%s %s\n", prefix, owner, ttl, rtype_text(set->type),
                 rdata_zonefile_text(set->type, set->rr[i], arena));
}

static bool has_records(const struct rrset *set)
{
    return set && set->n > 0;
}

/* Servers keep an apex's NS when the whole set is deleted (RFC 2136 3.4.2.3),
 * and never lose the last one: new ones come first, then the old ones go. */
static void ns_write(struct buf *out, const struct rrset *from, const struct rrset *to,
                     struct arena *arena)
{
    command_write(out, "update add", to, true, arena);
    if (has_records(from))
        command_write(out, "update delete", rrset_minus(arena, from, to), false, arena);
}

void nsupdate_write(struct buf *out, const struct rrset *from, const struct rrset *to)
{
    const struct rrset *any = from ? from : to;
    if (!any)
        return;
    ARENA_SCOPED arena = arena_new("nsupdate text", SCRATCH_BYTES);
    const char *owner = name_dotted(any->owner, arena), *type = rtype_text(any->type);
    if (has_records(from))
        command_write(out, "prereq yxrrset", from, false, arena);
    else
        buf_addf(out, "prereq nxrrset %s %s\n", owner, type);
    if (any->type == TYPE_NS && has_records(to)) {
        ns_write(out, from, to, arena);
        return;
    }
    if (has_records(from))
        buf_addf(out, "update delete %s %s\n", owner, type);
    if (has_records(to))
        command_write(out, "update add", to, true, arena);
}
