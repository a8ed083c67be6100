/* spf: the SPF record as a list of terms, for edits that keep everything else
 * byte for byte (RFC 7208 3, 4.6.1, 12).  No evaluation here. */
#pragma once
#include <stdbool.h>

#include "base/arena.h"
#include "dns/rrset.h"

/* Is this TXT an SPF record: starts exactly "v=spf1", then space or end (4.5)? */
bool spf_is_record(struct rdata txt, struct arena *arena);

struct spf_edit {
    struct strv add, remove;
    char all; /* '-', '~', '?', or 0: left alone */
};
/* The edited text of one record.  New terms go before `all`, else before
 * `redirect=`, else to the end; a term that is there already (case-blind names)
 * is left where it is; terms to remove must be there (ERR_INVALID unless the
 * record already has everything the edit wants).  Terms are checked against the
 * grammar of section 12. */
int spf_edit(const char *text, const struct spf_edit *edit, struct arena *arena, const char **ret,
             struct err *err) WARN_UNUSED;
int spf_term_check(const char *term, struct err *err) WARN_UNUSED;
/* Whole record against the grammar; ERR_INVALID names the term. */
int spf_record_check(const char *text, struct err *err) WARN_UNUSED;
