/* paste: the rollback as text for people and for other tools.  Which sets are
 * in it and in what order is decided here; the curl form is paste_curl.c. */
#include "rollout/paste.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "dns/zonefile.h"
#include "rollout/paste_curl.h"

#define X(id, text) text,
static const char *const form_texts[] = { PASTE_FORMS(X) };
#undef X
#define FORM_COUNT (sizeof form_texts / sizeof *form_texts)

/* Scratch for one target: a handful of sets, each as large as DNS allows. */
#define SCRATCH_LIMIT (256u << 20)

bool paste_form_parse(const char *text, enum paste_form *ret)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (strcmp(form_texts[i], text) == 0) {
            *ret = (enum paste_form)i;
            return true;
        }
    }
    return false;
}

/* Only what the ticket writes is to be put back. */
static bool set_listed(const struct target_set *set)
{
    return set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED;
}

static bool has_records(const struct rrset *set)
{
    return set && set->n > 0;
}

/* --- sheet ------------------------------------------------------------------- */

static void txt_write(struct rdata rdata, uint16_t type, struct arena *arena, struct buf *out)
{
    size_t n;
    const char *octets = txt_octets(rdata, arena, &n);
    /* Web forms want one of the two: most take the text, some the strings. */
    buf_addf(out, "    text:   %s\n", txt_text(octets, n, arena));
    buf_addf(out, "    quoted: %s\n", rdata_zonefile_text(type, rdata, arena));
}

static void value_write(struct rdata rdata, uint16_t type, struct arena *arena, struct buf *out)
{
    if (type == TYPE_TXT || type == TYPE_SPF)
        txt_write(rdata, type, arena, out);
    else
        buf_addf(out, "    %s\n", rdata_text(type, rdata, arena));
}

static void sheet_set(const struct target *target, const struct target_set *set,
                      struct arena *arena, struct buf *out)
{
    const char *name = name_relative(set->owner, target->zone, arena);
    const char *type = rtype_text(set->type);
    if (!has_records(set->before)) {
        buf_addf(out, "\n[ ] %s  %s\n    DELETE all %s records of this name. They were:\n", name,
                 type, type);
        for (size_t i = 0; set->after && i < set->after->n; i++)
            value_write(set->after->rr[i], set->type, arena, out);
    } else {
        buf_addf(out, "\n[ ] %s  %s\n    TTL %" PRIu32 ", exactly %s:\n", name, type,
                 set->before->ttl, set->before->n == 1 ? "this value" : "these values");
        for (size_t i = 0; i < set->before->n; i++)
            value_write(set->before->rr[i], set->type, arena, out);
    }
    if (set->before && set->before->extra)
        buf_addf(out, "    also kept by the provider: %s\n", paste_line(set->before->extra, arena));
}

static void sheet_target(const struct target *target, struct arena *arena, struct buf *out)
{
    buf_addf(out, "\n=== %s\naccount %s, zone %s\n", target->domain,
             paste_line(target->account, arena), target->zone);
    for (size_t i = 0; i < target->n; i++)
        if (set_listed(&target->sets[i]))
            sheet_set(target, &target->sets[i], arena, out);
}

static void sheet_head(const struct lkg *lkg, struct arena *arena, struct buf *out)
{
    buf_addf(out, "PUT BACK %s (attempt %" PRIu32 ")\nas it was at %s\n", lkg->ticket, lkg->attempt,
             time_format_utc(arena, lkg->captured_s));
    if (lkg->actor)
        buf_addf(out, "applied by %s\n", paste_line(lkg->actor, arena));
    if (lkg->reason)
        buf_addf(out, "for: %s\n", paste_line(lkg->reason, arena));
    buf_addf(out,
             "\nFor each line with a box: open the zone at the provider, find the\n"
             "name and type, and make it exactly what stands here. \"@\" is the zone\n"
             "itself; names are without the zone's name behind them. If a value there\n"
             "is neither this one nor the ticket's, somebody changed it: ask first.\n"
             "Or, where the program runs:\n  dnschange rollback %s\n",
             lkg->ticket);
}

/* --- zone and nsupdate ------------------------------------------------------- */

static void zone_target(const struct target *target, struct arena *arena, struct buf *out)
{
    buf_addf(out, "\n; %s, account %s, zone %s\n", target->domain,
             paste_line(target->account, arena), target->zone);
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (!set_listed(set))
            continue;
        if (has_records(set->before))
            zonefile_write(out, set->before);
        else
            buf_addf(out, "; delete: %s %s\n", name_dotted(set->owner, arena),
                     rtype_text(set->type));
    }
}

static void nsupdate_target(const struct target *target, struct arena *arena, struct buf *out)
{
    buf_addf(out, "\n; %s, account %s\nzone %s\n", target->domain,
             paste_line(target->account, arena), name_dotted(target->zone, arena));
    for (size_t i = 0; i < target->n; i++)
        if (set_listed(&target->sets[i]))
            nsupdate_write(out, target->sets[i].after, target->sets[i].before);
    buf_adds(out, "send\n");
}

static void comment_head(const struct lkg *lkg, const char *mark, const char *text,
                         struct arena *arena, struct buf *out)
{
    buf_addf(out, "%s puts back %s (attempt %" PRIu32 ") as it was at %s\n%s %s\n", mark,
             paste_line(lkg->ticket, arena), lkg->attempt, time_format_utc(arena, lkg->captured_s),
             mark, text);
}

static void head_write(const struct lkg *lkg, enum paste_form form, struct arena *arena,
                       struct buf *out)
{
    switch (form) {
    case PASTE_SHEET:
        sheet_head(lkg, arena, out);
        break;
    case PASTE_ZONE:
        comment_head(lkg, ";", "each name and type listed has exactly these records", arena, out);
        break;
    case PASTE_NSUPDATE:
        comment_head(lkg, ";",
                     "for nsupdate(1): add \"server ADDRESS PORT\" and a key; each zone is\n"
                     "; changed only where the ticket's values are still there",
                     arena, out);
        break;
    case PASTE_CURL:
        paste_curl_head(lkg, out);
        break;
    }
}

static int target_write(const struct lkg *lkg, const struct target *target, enum paste_form form,
                        struct arena *arena, struct buf *out, struct err *err)
{
    switch (form) {
    case PASTE_SHEET:
        sheet_target(target, arena, out);
        return 0;
    case PASTE_ZONE:
        zone_target(target, arena, out);
        return 0;
    case PASTE_NSUPDATE:
        nsupdate_target(target, arena, out);
        return 0;
    case PASTE_CURL:
        return paste_curl_target(lkg, target, arena, out, err);
    }
    return err_set(err, ERR_INVALID, "no such form of a rollback");
}

static struct map *wanted_map(const struct strv *only, struct arena *arena)
{
    struct map *wanted = map_new(arena);
    for (size_t i = 0; i < only->n; i++)
        map_put(wanted, only->v[i], wanted);
    return wanted;
}

int paste_write(const struct lkg *lkg, enum paste_form form, const struct strv *only,
                struct buf *out, struct err *err)
{
    ARENA_SCOPED arena = arena_new("rollback text", SCRATCH_LIMIT);
    const struct map *wanted = only ? wanted_map(only, arena) : NULL;
    size_t n = 0;
    head_write(lkg, form, arena, out);
    for (size_t i = 0; i < lkg->targets.n; i++) {
        const struct target *target = &lkg->targets.v[i];
        if (!target_writes(target) || (wanted && !map_get(wanted, target->domain)))
            continue;
        ARENA_SCOPED scratch = arena_new("rollback text of a domain", SCRATCH_LIMIT);
        if (target_write(lkg, target, form, scratch, out, err))
            return -1;
        n++;
    }
    if (n == 0)
        buf_adds(out, form == PASTE_SHEET  ? "\nNothing was written: nothing to put back.\n"
                      : form == PASTE_CURL ? "# nothing was written: nothing to put back\n"
                                           : "; nothing was written: nothing to put back\n");
    if (buf_full(out))
        return err_set(err, ERR_FAILED, "%s: the rollback text is larger than %zu octets",
                       lkg->ticket, out->limit);
    return 0;
}
