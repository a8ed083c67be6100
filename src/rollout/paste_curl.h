/* paste_curl: the rollback as curl commands, for provider APIs known here.  A
 * secret is a shell variable, never a value. */
#pragma once
#include "rollout/lkg.h"

/* Text from a file as part of one line: in a comment a line end would begin a
 * command. */
const char *paste_line(const char *text, struct arena *arena);

void paste_curl_head(const struct lkg *lkg, struct buf *out);
/* One command: all sets of a target.  ERR_INVALID: a provider without this form. */
int paste_curl_target(const struct lkg *lkg, const struct target *target, struct arena *arena,
                      struct buf *out, struct err *err) WARN_UNUSED;
