/* dkim: a DKIM key record as text (RFC 6376 3.6.1).  Keys are looked at only as
 * far as their outside shows; no cryptography. */
#pragma once
#include <stdbool.h>

#include "base/arena.h"

bool dkim_owner(const char *owner); /* <selector>._domainkey.<domain> */
/* What makes verifiers discard the record, or NULL. */
const char *dkim_wrong(const char *text, struct arena *arena);
bool dkim_revoked(const char *text, struct arena *arena); /* p= is empty */
bool dkim_testing(const char *text, struct arena *arena); /* t= holds y */
bool dkim_private(const char *text, struct arena *arena); /* p= is a private key */
