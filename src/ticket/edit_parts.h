/* edit_parts: what the files of `edit` share.  Not for other rooms. */
#pragma once
#include "base/buf.h"
#include "base/fields.h"
#include "ticket/edit.h"

const char *edit_action_text(enum edit_action action);
int edit_action_parse(const char *text, enum edit_action *ret, struct err *err) WARN_UNUSED;
/* SOA and what signers make (RRSIG, NSEC ...) is no business of a ticket. */
int edit_type_parse(const char *text, uint16_t *ret, struct err *err) WARN_UNUSED;
int edit_ttl_check(uint64_t ttl_s, struct err *err) WARN_UNUSED; /* RFC 2181 8 */
/* As far as it can be told without a domain; variables pass. */
int edit_owner_check(const char *owner, struct err *err) WARN_UNUSED;
bool edit_type_is_text(uint16_t type); /* TXT and SPF: values are joined text */
/* Joins with an earlier edit of the same owner, type and action, else appends. */
int edits_join(struct arena *arena, struct edits *edits, const struct edit *edit,
               struct err *err) WARN_UNUSED;

/* `{name}` filled in; "%{...}" and braces around no name stay. */
int edit_expand(const char *text, const struct edit_place *place, struct arena *arena,
                const char **ret, struct err *err) WARN_UNUSED;
bool edit_has_variable(const char *text);
/* Terms or tags with variables filled in. */
int edit_expand_spf(const struct edit *edit, const struct edit_place *place, struct arena *arena,
                    struct spf_edit *ret, struct err *err) WARN_UNUSED;
int edit_expand_dmarc(const struct edit *edit, const struct edit_place *place, struct arena *arena,
                      struct dmarc_edit *ret, struct err *err) WARN_UNUSED;
/* Value i in wire form. */
int edit_rdata(const struct edit *edit, const struct edit_place *place, size_t i,
               struct arena *arena, struct rdata *ret, struct err *err) WARN_UNUSED;
