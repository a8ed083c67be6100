/* edit: one change of a ticket, as text, as JSON, and computed against what is
 * live (contract "Edits").  Pure. */
#pragma once
#include "dns/rrset.h"
#include "mail/dmarc.h"
#include "mail/lint.h"
#include "mail/spf.h"
#include "portfolio/portfolio.h"

#define EDIT_ACTIONS(X)                                                                            \
    X(EDIT_SET, "set")                                                                             \
    X(EDIT_ADD, "add")                                                                             \
    X(EDIT_REMOVE, "remove")                                                                       \
    X(EDIT_TTL, "ttl")                                                                             \
    X(EDIT_SPF, "spf")                                                                             \
    X(EDIT_DMARC, "dmarc")

enum edit_action {
#define X(id, text) id,
    EDIT_ACTIONS(X)
#undef X
};

struct edit { /* with variables still in owner, values, terms and tags */
    enum edit_action action;
    const char *owner; /* as written: "@", "www", "_dmarc" */
    uint16_t type;     /* TXT for spf and dmarc */
    bool has_ttl;
    uint32_t ttl_s;
    struct strv values; /* contract text (RDATA_TICKET spelling) */
    struct spf_edit spf;
    struct dmarc_edit dmarc;
};
struct edits {
    struct edit *v;
    size_t n, cap;
};

/* Text forms are the contract's, and: `dmarc [OWNER] TAG=VALUE...` takes an owner too,
 * and `TAG=` without a value removes the tag.  Several edits of one owner, type and
 * action become one: values of `set`, `add` and `remove`, terms of `spf`, tags of
 * `dmarc`.  A word of digits after the owner is the TTL.  A raw TXT value keeps all
 * after the blanks behind its type, trailing blanks too.  `{name}` is a variable in
 * either spelling of TXT; for a brace as text write the quoted form with \123.
 * One --change argument; several `set` of one owner and type become one edit with
 * several values.  ERR_INVALID shows the offending word and the form. */
int edit_parse(const char *text, struct arena *arena, struct edits *edits,
               struct err *err) WARN_UNUSED;
/* A text that edit_parse reads back to the same edit (`show` prints it); several
 * values give several lines. */
void edit_format(const struct edit *edit, struct arena *arena, struct strv *ret);

/* What an edit needs to know of the domain it is computed for. */
struct edit_place {
    const struct domain *domain;
    const char *zone;               /* canonical name of the provider's zone */
    const struct vars *ticket_vars; /* of this domain; may be NULL */
    uint32_t ttl_default_s;         /* provider's default for new sets */
};

/* Owner and values with variables filled in; ERR_INVALID names an undefined one. */
int edit_owner(const struct edit *edit, const struct edit_place *place, struct arena *arena,
               const char **ret_owner, struct err *err) WARN_UNUSED;

/* The set after the edit, given the set before (NULL: absent).  For "is live already
 * the target?" compute from the recorded set and ask edit_touches_same() of the result
 * and live: computing from live fails when what is to be removed is gone.
 * `*ret` NULL: the
 * set is to be absent.  Neighbour records, their order and extra stay as they are.
 * ERR_INVALID: a record the edit needs is missing or there twice. */
int edit_compute(const struct edit *edit, const struct edit_place *place,
                 const struct rrset *before, struct arena *arena, struct rrset **ret,
                 struct err *err) WARN_UNUSED;

/* Is what this edit touches the same in both sets (its values, its SPF record,
 * its TTL, the whole set)? */
bool edit_touches_same(const struct edit *edit, const struct edit_place *place,
                       const struct rrset *recorded, const struct rrset *live, struct arena *arena);
