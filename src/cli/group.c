/* group: identical changes together.  Two changes are alike when the lines that
 * describe them are, after names and variables were put in for their values. */
#include "cli/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "dns/name.h"

enum { LINE_MAX_OCTETS = 1 << 18 };

struct builder {
    const struct ticket *ticket;
    struct arena *arena;
    struct map *by_key;
    struct change_groups *groups;
};

const char *text_replace(struct arena *arena, const char *text, const char *what, const char *with)
{
    size_t len = strlen(what);
    const char *at = len ? strstr(text, what) : NULL;
    if (!at)
        return text;
    BUF_SCOPED out = BUF(LINE_MAX_OCTETS);
    while (at) {
        buf_add(&out, text, (size_t)(at - text));
        buf_adds(&out, with);
        text = at + len;
        at = strstr(text, what);
    }
    buf_adds(&out, text);
    return buf_take(&out, arena);
}

/* Short values ("1", "a") would be found by accident in everything. */
static const char *variables_hide(const struct builder *b, const char *domain, const char *text)
{
    enum { SHORTEST = 4 };
    const struct vars *vars = b->ticket ? ticket_vars(b->ticket, domain) : NULL;
    for (size_t i = 0; vars && i < vars->n; i++) {
        if (strlen(vars->v[i].value) >= SHORTEST)
            text = text_replace(b->arena, text, vars->v[i].value,
                                arena_printf(b->arena, "{%s}", vars->v[i].name));
    }
    return text_replace(b->arena, text, domain, "{domain}");
}

static void line_push(const struct builder *b, struct strv *lines, const char *domain,
                      const char *sign, const struct rrset *set, size_t i)
{
    const char *value = rdata_text(set->type, set->rr[i], b->arena);
    const char *text = arena_printf(b->arena, "%s %u %s", sign, set->ttl, value);
    strv_push(b->arena, lines, variables_hide(b, domain, text));
}

static void words_split(struct arena *arena, const char *text, struct strv *ret)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        if (n)
            strv_push(arena, ret, arena_strndup(arena, text, n));
        text += n + (text[n] == ' ');
    }
}

static void words_minus(const char *sign, const struct strv *a, const struct strv *b,
                        struct buf *out)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!strv_has(b, a->v[i]))
            buf_addf(out, " %s%s", sign, a->v[i]);
    }
}

/* The words that are in both, in their order: "all" before "mx" is another record
 * than "mx" before "all", and two blanks are more than one. */
static const char *words_kept(struct arena *arena, const struct strv *a, const struct strv *b)
{
    struct strv kept = { 0 };
    for (size_t i = 0; i < a->n; i++) {
        if (strv_has(b, a->v[i]))
            strv_push(arena, &kept, a->v[i]);
    }
    return strv_join(arena, &kept, " ");
}

/* Whether the words that came and went are the whole difference. */
static bool words_tell(struct arena *arena, const struct strv *old, const struct strv *new)
{
    const char *kept = words_kept(arena, old, new);
    return !strcmp(kept, words_kept(arena, new, old)) &&
           (strcmp(kept, strv_join(arena, old, " ")) || strcmp(kept, strv_join(arena, new, " ")));
}

static void split(struct arena *arena, const struct rrset *set, size_t i, struct strv *ret)
{
    words_split(arena, rdata_text(set->type, set->rr[i], arena), ret);
}

/* One text record that was edited among its words (SPF, DMARC): the words that
 * came and went say more than two long lines, and are alike over domains whose
 * records differ elsewhere.  Finds the record of `come` that `gone` became;
 * false when there is none. */
static bool words_line(const struct builder *b, const char *domain, const struct rrset *gone,
                       const struct rrset *come, struct strv *lines, size_t *ret_come)
{
    struct strv old = { 0 };
    if (!gone || !come || gone->n != 1 || gone->type != TYPE_TXT || gone->ttl != come->ttl)
        return false;
    split(b->arena, gone, 0, &old);
    for (size_t i = 0; old.n > 1 && i < come->n; i++) {
        struct strv new = { 0 };
        split(b->arena, come, i, &new);
        if (new.n < 2 || strcmp(old.v[0], new.v[0]) || !words_tell(b->arena, &old, &new))
            continue;
        BUF_SCOPED out = BUF(LINE_MAX_OCTETS);
        buf_addf(&out, "~ %s", new.v[0]);
        words_minus("-", &old, &new, &out);
        words_minus("+", &new, &old, &out);
        strv_push(b->arena, lines, variables_hide(b, domain, buf_take(&out, b->arena)));
        *ret_come = i;
        return true;
    }
    return false;
}

static void lines_of(const struct builder *b, const char *domain, const struct target_set *set,
                     struct strv *lines)
{
    const struct rrset *gone = set->before ? rrset_minus(b->arena, set->before, set->after) : NULL;
    const struct rrset *come = set->after ? rrset_minus(b->arena, set->after, set->before) : NULL;
    size_t stay = set->after ? set->after->n - (come ? come->n : 0) : 0;
    size_t edited = SIZE_MAX;
    bool words = words_line(b, domain, gone, come, lines, &edited);
    for (size_t i = 0; !words && gone && i < gone->n; i++)
        line_push(b, lines, domain, "-", gone, i);
    for (size_t i = 0; come && i < come->n; i++) {
        if (i != edited)
            line_push(b, lines, domain, "+", come, i);
    }
    if (stay && set->before && set->before->ttl != set->after->ttl)
        strv_push(b->arena, lines,
                  arena_printf(b->arena, "~ TTL %u to %u", set->before->ttl, set->after->ttl));
}

static const char *key_of(const struct builder *b, const struct change_group *group)
{
    BUF_SCOPED key = BUF(LINE_MAX_OCTETS * 4);
    buf_addf(&key, "%d %s %u", (int)group->cls, group->owner, group->type);
    for (size_t i = 0; i < group->lines.n; i++)
        buf_addf(&key, "\n%s", group->lines.v[i]);
    if (group->detail)
        buf_addf(&key, "\n= %s", group->detail);
    return buf_take(&key, b->arena);
}

static void set_add(struct builder *b, const struct target *target, const struct target_set *set)
{
    struct change_group made = { .cls = set->cls, .type = set->type };
    if (set->detail)
        made.detail = variables_hide(b, target->domain, set->detail);
    made.owner = name_relative(set->owner, target->domain, b->arena);
    if (set->cls != CLASS_ALREADY)
        lines_of(b, target->domain, set, &made.lines);
    const char *key = key_of(b, &made);
    /* Stored by position: the list moves when it grows. */
    size_t *at = map_get(b->by_key, key);
    if (!at) {
        at = ARENA_NEW(b->arena, size_t);
        *at = b->groups->n;
        map_put(b->by_key, key, at);
        *vec_push(b->arena, b->groups) = made;
    }
    struct change_group *group = &b->groups->v[*at];
    if (!group->domains.n || strcmp(group->domains.v[group->domains.n - 1], target->domain))
        strv_push(b->arena, &group->domains, target->domain);
}

static int class_rank(enum set_class cls)
{
    switch (cls) {
    case CLASS_CONFLICT:
        return 0;
    case CLASS_UNMANAGED:
        return 1;
    case CLASS_ALREADY:
        return 3;
    case CLASS_CHANGE:
    case CLASS_MOVED:
    case SET_CLASS_COUNT:
        break;
    }
    return 2;
}

static int group_compare(const void *va, const void *vb)
{
    const struct change_group *a = va, *b = vb;
    int rank = class_rank(a->cls) - class_rank(b->cls);
    if (rank)
        return rank;
    if (a->domains.n != b->domains.n)
        return a->domains.n < b->domains.n ? -1 : 1;
    int owner = strcmp(a->owner, b->owner);
    return owner ? owner : (int)a->type - (int)b->type;
}

void groups_build(const struct targets *targets, const struct ticket *ticket, struct arena *arena,
                  struct change_groups *ret)
{
    *ret = (struct change_groups){ 0 };
    struct builder b = { ticket, arena, map_new(arena), ret };
    for (size_t i = 0; i < targets->n; i++) {
        for (size_t k = 0; k < targets->v[i].n; k++)
            set_add(&b, &targets->v[i], &targets->v[i].sets[k]);
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, group_compare);
}

const char *group_names(const struct strv *domains, size_t most, struct arena *arena)
{
    struct strv shown = { 0 };
    for (size_t i = 0; i < domains->n && i < most; i++)
        strv_push(arena, &shown, domains->v[i]);
    const char *text = strv_join(arena, &shown, ", ");
    if (domains->n <= most)
        return text;
    return arena_printf(arena, "%s and %zu more", text, domains->n - most);
}

/* --- findings ------------------------------------------------------------------ */

static int finding_group_compare(const void *va, const void *vb)
{
    const struct finding_group *a = va, *b = vb;
    if (a->like->severity != b->like->severity)
        return a->like->severity < b->like->severity ? -1 : 1;
    if (a->domains.n != b->domains.n)
        return a->domains.n < b->domains.n ? -1 : 1;
    int rule = strcmp(a->like->rule, b->like->rule);
    if (rule || !a->domains.n)
        return rule;
    return strverscmp(a->domains.v[0], b->domains.v[0]);
}

static int name_compare(const void *va, const void *vb)
{
    const char *const *a = va, *const *b = vb;
    return strverscmp(*a, *b);
}

static const char *finding_owner(const struct finding *finding, struct arena *arena)
{
    if (!finding->owner || !*finding->owner || !finding->domain || !*finding->domain)
        return finding->owner ? finding->owner : "";
    return name_relative(finding->owner, finding->domain, arena);
}

static struct finding_group *finding_group_of(struct map *by_key, struct finding_groups *groups,
                                              const struct finding *finding, struct arena *arena)
{
    const char *domain = finding->domain ? finding->domain : "";
    const char *owner = finding_owner(finding, arena);
    const char *message = text_replace(arena, finding->message, domain, "{domain}");
    const char *key = arena_printf(arena, "%d %s %s\n%s\n%d", (int)finding->severity, finding->rule,
                                   owner, message, !*domain);
    size_t *at = map_get(by_key, key);
    if (!at) {
        at = ARENA_NEW(arena, size_t);
        *at = groups->n;
        map_put(by_key, key, at);
        *vec_push(arena, groups) =
            (struct finding_group){ .like = finding, .owner = owner, .message = message };
    }
    return &groups->v[*at];
}

void findings_group(const struct findings *findings, struct arena *arena,
                    struct finding_groups *ret)
{
    struct map *by_key = map_new(arena);
    *ret = (struct finding_groups){ 0 };
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *finding = &findings->v[i];
        struct finding_group *group = finding_group_of(by_key, ret, finding, arena);
        if (finding->domain && *finding->domain)
            strv_push(arena, &group->domains, finding->domain);
    }
    /* Replies come in any order; a reader compares. */
    for (size_t i = 0; i < ret->n; i++) {
        struct finding_group *group = &ret->v[i];
        if (group->domains.n)
            qsort(group->domains.v, group->domains.n, sizeof *group->domains.v, name_compare);
        if (group->domains.n == 1)
            group->message = group->like->message;
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, finding_group_compare);
}
