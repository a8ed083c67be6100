/* auth: the secrets of one account, from where the settings say, into the slots
 * of request headers.  They are fetched at most once a run, live in memory of
 * their own, are zeroed, and appear in no message. */
#pragma once
#include <stdbool.h>

#include "base/buf.h"
#include "ports/loop.h"
#include "provider/account.h"

#define SECRET_COMMAND_MS 10000
#define SECRET_MAX        65536

struct secrets; /* opaque */

/* `repository`: folder below which a secret file must not be readable by others;
 * relative paths start there.  NULL: none.  `sources` and `loop` are borrowed. */
struct secrets *secrets_new(const struct secret_sources *sources, const struct loop_port *loop,
                            const char *repository, int64_t command_ms);
/* Zeroes everything; a command that still runs is killed.  NULL is fine. */
void secrets_free(struct secrets *secrets);

enum secrets_state { SECRETS_NEW, SECRETS_BUSY, SECRETS_READY, SECRETS_FAILED };
enum secrets_state secrets_state(const struct secrets *secrets);
const struct err *secrets_err(const struct secrets *secrets); /* when SECRETS_FAILED */

/* From SECRETS_NEW only; done(arg) comes from the loop once it is READY or FAILED
 * (ERR_AUTH, scope provider). */
void secrets_fetch(struct secrets *secrets, void (*done)(void *arg), void *arg);

/* `value` with every "{{part}}" replaced.  ERR_FAILED: no such part, or a secret
 * that cannot stand in a header. */
int secrets_fill(const struct secrets *secrets, const char *value, struct buf *out,
                 struct err *err) WARN_UNUSED;
/* Overwrites every secret that `text` repeats with asterisks. */
void secrets_redact(const struct secrets *secrets, char *text);
