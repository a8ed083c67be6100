/* paste: the rollback written for people and other tools, before the first write:
 * rollback.txt (a sheet to follow on a phone, in any provider's web form),
 * rollback.zone, rollback.nsupdate, and curl commands (secret as a shell variable,
 * never its value).  Pure. */
#pragma once
#include "rollout/lkg.h"

#define PASTE_FORMS(X)                                                                             \
    X(PASTE_SHEET, "paste")                                                                        \
    X(PASTE_ZONE, "zone") X(PASTE_NSUPDATE, "nsupdate") X(PASTE_CURL, "curl")
enum paste_form {
#define X(id, text) id,
    PASTE_FORMS(X)
#undef X
};
bool paste_form_parse(const char *text, enum paste_form *ret);
/* `only`: canonical domains to print, NULL for all.  ERR_INVALID: no such form for
 * a provider (curl exists where the plugin's API is known: powerdns). */
int paste_write(const struct lkg *lkg, enum paste_form form, const struct strv *only,
                struct buf *out, struct err *err) WARN_UNUSED;
