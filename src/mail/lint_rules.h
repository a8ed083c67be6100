/* lint_rules: what the files of lint share. */
#pragma once
#include "mail/lint.h"

/* One RRset as the rules look at it. */
struct lint_set {
    const struct rrset *set;
    struct arena *arena;
    const char **texts; /* TXT and SPF: joined octets of each record, NUL-terminated */
};

/* What is wrong with the set, or NULL. */
typedef const char *lint_fn(const struct lint_set *in);

struct lint_rule {
    const char *id;
    enum severity severity;
    const char *reference;
    lint_fn *wrong;
};

extern const struct lint_rule lint_spf_rules[]; /* ends with id NULL */
