/* group: the changes of a plan with identical ones put together, the odd ones
 * first, so that a change of 400 domains reads like a change of one.  Pure. */
#pragma once
#include "rollout/plan.h"

struct change_group {
    enum set_class cls;
    const char *owner; /* relative to the domain: "@", "_dmarc" */
    uint16_t type;
    struct strv lines;   /* "- 300 10 old.", "+ 300 10 new.", "  2 more values stay" */
    struct strv domains; /* in plan order */
    const char *detail;  /* why, with names hidden as in the lines; or NULL */
};
struct change_groups {
    struct change_group *v;
    size_t n, cap;
};

/* `ticket` gives the variables, whose values are shown by name when that makes
 * changes alike; may be NULL.  Conflicts and unmanaged sets first, then small
 * groups before large ones; sets that are `already` as wanted last. */
void groups_build(const struct targets *targets, const struct ticket *ticket, struct arena *arena,
                  struct change_groups *ret);

/* One finding of many domains. */
struct finding_group {
    const struct finding *like; /* one of them */
    const char *owner;          /* relative to the domain; "" when there is none */
    const char *message;        /* of several domains: the name hidden as {domain} */
    struct strv domains;        /* sorted; empty: the finding is of no domain */
};
struct finding_groups {
    struct finding_group *v;
    size_t n, cap;
};
/* Errors before warnings before notes, and the odd ones first. */
void findings_group(const struct findings *findings, struct arena *arena,
                    struct finding_groups *ret);

/* "a.example, b.example and 398 more", at most `most` names. */
const char *group_names(const struct strv *domains, size_t most, struct arena *arena);
/* `text` with every `what` made `with`. */
const char *text_replace(struct arena *arena, const char *text, const char *what, const char *with);
