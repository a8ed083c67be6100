/* render_markdown: plans as one pull-request comment.  Values are data of others:
 * they go into fenced blocks, never into running text. */
#include <string.h>

#include "base/clock.h"
#include "cli/group.h"
#include "cli/render.h"

enum { NAMES_SHOWN = 10, LINE_SHOWN = 300, FINDINGS_SHOWN = 30, TAIL_KEPT = 2000 };

struct markdown {
    struct arena *arena;
    struct buf out;
    size_t tickets_left; /* left out for want of room */
};

struct markdown *markdown_new(struct arena *arena)
{
    struct markdown *md = ARENA_NEW(arena, struct markdown);
    md->arena = arena;
    return md;
}

/* Characters, not octets: what the forges count. */
static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool room_for(const struct markdown *md, const char *text)
{
    return characters(buf_text(&md->out)) + characters(text) + TAIL_KEPT < MARKDOWN_MAX;
}

static void text_clean(struct buf *out, const char *text)
{
    for (size_t n = 0; *text; text++, n++) {
        if (n >= LINE_SHOWN && ((unsigned char)*text & 0xc0) != 0x80) {
            buf_adds(out, " ...");
            return;
        }
        /* A fence inside a value would end the block. */
        if (*text == '`')
            buf_adds(out, "\\096");
        else if (*text != '\n' && *text != '\r')
            buf_addc(out, *text);
        else
            buf_addc(out, ' ');
    }
}

/* A short text of somebody's in running text: nothing that Markdown or HTML reads. */
static void text_inline(struct buf *out, const char *text)
{
    for (; text && *text; text++) {
        if (strchr("\\`*_[]<>|#@!&", *text))
            buf_addf(out, "&#%d;", *text);
        else
            buf_addc(out, *text == '\n' || *text == '\r' ? ' ' : *text);
    }
}

static const char *group_text(const struct markdown *md, const struct change_group *group)
{
    BUF_SCOPED out = BUF(MARKDOWN_MAX);
    buf_addf(&out, "\n**%s** `%s %s`: %zu domain%s\n", set_class_text(group->cls), group->owner,
             rtype_text(group->type), group->domains.n, group->domains.n == 1 ? "" : "s");
    buf_addf(&out, "\n%s\n", group_names(&group->domains, NAMES_SHOWN, md->arena));
    if (group->lines.n)
        buf_adds(&out, "\n```diff\n");
    for (size_t i = 0; i < group->lines.n; i++) {
        text_clean(&out, group->lines.v[i]);
        buf_addc(&out, '\n');
    }
    if (group->lines.n)
        buf_adds(&out, "```\n");
    if (group->detail) {
        buf_adds(&out, "\n");
        text_inline(&out, group->detail);
        buf_adds(&out, "\n");
    }
    return buf_take(&out, md->arena);
}

static void finding_add_row(struct markdown *md, const struct finding_group *group, struct buf *out)
{
    const struct finding *f = group->like;
    buf_addf(out, "| %s | %s | ", severity_text(f->severity), f->rule);
    if (group->domains.n > 1)
        buf_addf(out, "%zu: ", group->domains.n);
    buf_adds(out, group_names(&group->domains, NAMES_SHOWN, md->arena));
    buf_adds(out, " | ");
    if (*group->owner && strcmp(group->owner, "@")) {
        text_inline(out, group->owner);
        buf_adds(out, ": ");
    }
    text_inline(out, group->message);
    buf_addf(out, " %s |\n", f->reference ? f->reference : "");
}

static void findings_add(struct markdown *md, const struct findings *findings)
{
    struct finding_groups groups;
    BUF_SCOPED out = BUF(MARKDOWN_MAX);
    if (!findings->n)
        return;
    findings_group(findings, md->arena, &groups);
    buf_adds(&out, "\n| finding | rule | domain | what |\n|---|---|---|---|\n");
    for (size_t i = 0; i < groups.n && i < FINDINGS_SHOWN; i++)
        finding_add_row(md, &groups.v[i], &out);
    if (groups.n > FINDINGS_SHOWN)
        buf_addf(&out, "\n... and %zu more kinds of finding\n", groups.n - FINDINGS_SHOWN);
    if (room_for(md, buf_text(&out)))
        buf_adds(&md->out, buf_text(&out));
    else
        buf_addf(&md->out, "\n%zu findings: no room for them here\n", findings->n);
}

/* Room for one more ticket's heading; counts it when there is none. */
static bool ticket_fits(struct markdown *md)
{
    md->out.limit = MARKDOWN_MAX * 4; /* octets; characters are counted apart */
    if (characters(buf_text(&md->out)) + 2 * TAIL_KEPT < MARKDOWN_MAX)
        return true;
    md->tickets_left++;
    return false;
}

static void header_add(struct markdown *md, const struct ticket *ticket, const struct plan *plan)
{
    struct buf *out = &md->out;
    buf_addf(out, "### %s: ", ticket->id);
    text_inline(out, ticket->reason);
    buf_addf(out,
             "\n\n%zu domain%s. %zu change, %zu already, %zu moved, %zu conflict, "
             "%zu unmanaged. ",
             ticket->domains.n, ticket->domains.n == 1 ? "" : "s", plan->n_class[CLASS_CHANGE],
             plan->n_class[CLASS_ALREADY], plan->n_class[CLASS_MOVED],
             plan->n_class[CLASS_CONFLICT], plan->n_class[CLASS_UNMANAGED]);
    buf_addf(out, "Apply about %s%s, full rollback about %s, caches empty %s after it. ",
             text_about(plan->estimate_ms, md->arena), text_bake(plan, md->arena),
             text_about(plan->rollback_ms, md->arena),
             duration_human(md->arena, plan->rollback_horizon_s * 1000));
    buf_addf(out, "Values read from %s", plan->source);
    if (plan->level)
        buf_addf(out, ", safety level %c", plan->level);
    buf_addf(out, ".\n\nDigest `%s`\n", plan->digest);
}

void markdown_plan(struct markdown *md, const struct ticket *ticket, const struct plan *plan)
{
    struct change_groups groups;
    if (!ticket_fits(md))
        return;
    header_add(md, ticket, plan);
    findings_add(md, &plan->findings);
    groups_build(&plan->targets, ticket, md->arena, &groups);
    size_t i = 0;
    for (; i < groups.n; i++) {
        const char *text = group_text(md, &groups.v[i]);
        if (!room_for(md, text))
            break;
        buf_adds(&md->out, text);
    }
    if (i < groups.n)
        buf_addf(&md->out, "\n... and %zu more kinds of change: `dnschange plan %s -v`\n",
                 groups.n - i, ticket->id);
    for (size_t k = 0; k < plan->n_skipped && k < FINDINGS_SHOWN; k++) {
        buf_addf(&md->out, "\nLeft out `%s`: ", plan->skipped[k].domain);
        text_inline(&md->out, plan->skipped[k].why);
        buf_addc(&md->out, '\n');
    }
    buf_addc(&md->out, '\n');
}

void markdown_error(struct markdown *md, const char *id, const struct err *err)
{
    if (!ticket_fits(md))
        return;
    buf_addf(&md->out, "### %s cannot be applied\n\n", id);
    text_inline(&md->out, err->message);
    if (err->hint[0]) {
        buf_adds(&md->out, ". ");
        text_inline(&md->out, err->hint);
    }
    buf_adds(&md->out, "\n\n");
}

const char *markdown_text(struct markdown *md)
{
    if (md->tickets_left)
        buf_addf(&md->out, "... and %zu more tickets: `dnschange check`\n", md->tickets_left);
    const char *text = buf_take(&md->out, md->arena);
    buf_done(&md->out);
    return text;
}
