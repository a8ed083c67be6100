/* ticket_text: rollback values as text; computes nothing but whether they agree. */
#include "cli/ticket_text.h"

#include <string.h>

#include "base/map.h"
#include "cli/render.h"
#include "dns/name.h"

struct line {                   /* one set of one domain in both copies */
    const char *domain, *owner; /* owner canonical */
    uint16_t type;
    bool in_review, in_lkg;
    const struct rrset *review, *lkg; /* NULL: absent */
};
struct lines {
    struct line *v;
    size_t n, cap;
    struct map *by_key;
};

static struct line *line_of(struct lines *lines, const char *domain, const char *owner,
                            uint16_t type, struct arena *arena)
{
    const char *key = arena_printf(arena, "%s %s %u", domain, owner, type);
    size_t *at = map_get(lines->by_key, key);
    if (!at) {
        at = ARENA_NEW(arena, size_t);
        *at = lines->n;
        map_put(lines->by_key, key, at);
        *vec_push(arena, lines) = (struct line){ .domain = domain, .owner = owner, .type = type };
    }
    return &lines->v[*at];
}

static void review_collect(const struct ticket *ticket, struct arena *arena, struct lines *lines)
{
    for (size_t i = 0; i < ticket->n_rollback; i++) {
        const struct rollback_domain *domain = &ticket->rollback[i];
        const struct domain named = { .name = domain->domain };
        for (size_t k = 0; k < domain->n; k++) {
            const char *owner;
            struct rrset *set;
            struct err err;
            uint16_t type = domain->sets[k].type;
            /* What cannot be read is a warning of the lenient reading already. */
            if (name_owner(domain->sets[k].owner, domain->domain, arena, &owner, &err) ||
                ticket_recorded(ticket, &named, owner, type, arena, &set, &err))
                continue;
            struct line *line = line_of(lines, domain->domain, owner, type, arena);
            line->in_review = true;
            line->review = set;
        }
    }
}

static void lkg_collect(const struct lkg *lkg, struct arena *arena, struct lines *lines)
{
    for (size_t i = 0; i < lkg->targets.n; i++) {
        const struct target *target = &lkg->targets.v[i];
        for (size_t k = 0; k < target->n; k++) {
            const struct target_set *set = &target->sets[k];
            struct line *line = line_of(lines, target->domain, set->owner, set->type, arena);
            line->in_lkg = true;
            line->lkg = set->before;
        }
    }
}

static void collect(const struct ticket *ticket, const struct lkg *lkg, struct arena *arena,
                    struct lines *ret)
{
    *ret = (struct lines){ .by_key = map_new(arena) };
    if (ticket)
        review_collect(ticket, arena, ret);
    if (lkg)
        lkg_collect(lkg, arena, ret);
}

static bool differs(const struct line *line)
{
    if (!line->in_lkg || !line->in_review)
        return false;
    if (rrset_absent(line->lkg) || rrset_absent(line->review))
        return rrset_absent(line->lkg) != rrset_absent(line->review);
    return line->lkg->ttl != line->review->ttl || !rrset_same_values(line->lkg, line->review);
}

/* The values as edits: what `propose --change` reads. */
static void edits_print(const struct out *out, const struct line *line, const struct rrset *set,
                        const char *mark)
{
    const char *owner = name_relative(line->owner, line->domain, out->arena);
    struct edit edit = { .owner = owner, .type = line->type };
    struct strv texts = { 0 };
    if (rrset_absent(set)) {
        edit.action = EDIT_REMOVE;
    } else {
        edit.action = EDIT_SET;
        edit.has_ttl = true;
        edit.ttl_s = set->ttl;
        for (size_t i = 0; i < set->n; i++)
            strv_push(out->arena, &edit.values, rdata_text(set->type, set->rr[i], out->arena));
    }
    edit_format(&edit, out->arena, &texts);
    for (size_t i = 0; i < texts.n; i++)
        fprintf(out->to, "    %s%s\n", texts.v[i], mark);
}

static void line_print(const struct out *out, const struct line *line)
{
    if (!differs(line)) {
        edits_print(out, line, line->in_lkg ? line->lkg : line->review, "");
        return;
    }
    edits_print(out, line, line->lkg,
                out_paint(out, COLOUR_YELLOW, "   # LKG: this is what counts"));
    edits_print(out, line, line->review, out_paint(out, COLOUR_DIM, "   # review copy: differs"));
}

void ticket_rollback_text(const struct out *out, const struct ticket *ticket, const struct lkg *lkg)
{
    struct lines lines;
    const char *domain = "";
    collect(ticket, lkg, out->arena, &lines);
    fprintf(out->to, "\nRollback (%s):\n",
            lkg ? "last known good, as captured" : "review copy, as proposed");
    for (size_t i = 0; i < lines.n; i++) {
        if (strcmp(domain, lines.v[i].domain))
            fprintf(out->to, "  %s\n", lines.v[i].domain);
        domain = lines.v[i].domain;
        line_print(out, &lines.v[i]);
    }
}

void ticket_rollback_json(struct jsonw *w, const struct ticket *ticket, const struct lkg *lkg,
                          struct arena *arena)
{
    struct lines lines;
    collect(ticket, lkg, arena, &lines);
    jsonw_open_array(w, "rollback");
    for (size_t i = 0; i < lines.n; i++) {
        const struct line *line = &lines.v[i];
        jsonw_open(w, NULL);
        jsonw_str(w, "domain", line->domain);
        jsonw_str(w, "owner", line->owner);
        jsonw_str(w, "type", rtype_text(line->type));
        if (line->in_review)
            json_set(w, "review", line->review, arena);
        if (line->in_lkg)
            json_set(w, "lkg", line->lkg, arena);
        jsonw_bool(w, "differs", differs(line));
        jsonw_close(w);
    }
    jsonw_close_array(w);
}
