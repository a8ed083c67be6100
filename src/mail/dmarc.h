/* dmarc: the DMARC record as an ordered tag list (RFC 9989 4.7, RFC 7489 6.3). */
#pragma once
#include "base/arena.h"
#include "dns/rrset.h"

bool dmarc_is_record(struct rdata txt, struct arena *arena); /* v=DMARC1 first, exactly */

struct dmarc_tag {
    const char *name, *value;
};
struct dmarc_edit {
    struct dmarc_tag *set;
    size_t n_set;
    struct strv unset;
};

/* Sets and removes tags, keeps order, spacing and unknown tags of the rest; new
 * tags go to the end, `p` right after `v`.  Values are checked per tag. */
int dmarc_edit(const char *text, const struct dmarc_edit *edit, struct arena *arena,
               const char **ret, struct err *err) WARN_UNUSED;
int dmarc_tag_check(const char *name, const char *value, struct err *err) WARN_UNUSED;
int dmarc_record_check(const char *text, struct err *err) WARN_UNUSED;
