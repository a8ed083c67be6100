/* scopes: scopes on the command line of an incident, when the portfolio may be
 * broken or gone: a domain named in full is always understood. */
#pragma once
#include "cli/session.h"

/* As scope_resolve(); but where that fails, and every word is a plain name, those
 * names count, with a warning.  Made-up domains have a name and nothing else. */
int scopes_resolve(struct session *session, const struct strv *words, struct domains *ret,
                   struct err *err) WARN_UNUSED;
/* The same as names. */
int scopes_names(struct session *session, const struct strv *words, struct strv *ret,
                 struct err *err) WARN_UNUSED;
