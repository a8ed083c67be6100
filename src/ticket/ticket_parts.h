/* ticket_parts: what the files of `ticket` share.  Not for other rooms. */
#pragma once
#include "base/buf.h"
#include "base/fields.h"
#include "ticket/ticket.h"

#define ROLLBACK_INLINE_MAX 20 /* domains; more go to a file beside the ticket */

/* {"owner": ..., "type": ..., ...} lists of one domain. */
int rollback_sets_read(const struct json_file *in, json_t *value, const char *path,
                       struct rollback_domain *ret, struct err *err) WARN_UNUSED;
void rollback_set_write(struct buf *out, const struct rollback_set *set);
/* "tickets/<id>.rollback.jsonl" */
const char *rollback_path(const char *id, struct arena *arena);
int rollback_compare(const void *a, const void *b); /* struct rollback_domain by name */
int domain_vars_compare(const void *a, const void *b);
const char *risk_text(enum risk risk);
bool allow_known(const char *word);
/* One of the contract's checks, configured here or not. */
bool verification_known(const char *name);
#define ALLOW_WORDS  "words: empty-rrset, root-ns, over-limit, swap"
#define VERIFY_WORDS "checks: dns, mail-records, smtp-inbound, smtp-outbound, alignment, hook:NAME"
