/* err: the one error value that travels through the program.
 *
 * The caller owns a fixed-size `struct err` and hands it down as last
 * argument; a fallible function returns 0 or -1 and fills it only when it
 * fails.  Code, retry and scope decide what happens next; the text is for
 * people and is never looked at by code.  Nothing here prints. */
#pragma once
#include <stdarg.h>
#include <stdint.h>

#define WARN_UNUSED            __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(fn)            __attribute__((cleanup(fn)))

/* What went wrong.  The numbers in the third column are the exit codes of the
 * command line (contract: "Exit codes"). */
#define ERR_CODES(X)                                                                               \
    X(ERR_NONE, "none", 0)                                                                         \
    X(ERR_FAILED, "failed", 1)       /* tried and did not work: I/O, network, provider */          \
    X(ERR_USAGE, "usage", 2)         /* the command line makes no sense */                         \
    X(ERR_POLICY, "policy", 3)       /* frozen, window, approvals, limit */                        \
    X(ERR_REVERTED, "reverted", 4)   /* rolled out, failed verification, put back */               \
    X(ERR_INVALID, "invalid", 5)     /* ticket, settings, portfolio, edit, lint */                 \
    X(ERR_CONFLICT, "conflict", 6)   /* live values moved, claimed by someone else */              \
    X(ERR_HUMAN, "human", 7)         /* halted, revert blocked */                                  \
    X(ERR_PARKED, "parked", 8)       /* not finished: come back */                                 \
    X(ERR_FOUND, "found", 9)         /* looked and found something */                              \
    X(ERR_NOT_FOUND, "not-found", 5) /* a named ticket, domain, zone or file does not exist */     \
    X(ERR_AUTH, "auth", 1)           /* credentials missing or refused */                          \
    X(ERR_LIMIT, "limit", 1)         /* rate limited */                                            \
    X(ERR_LOST, "lost", 1)           /* sent, outcome unknown: read back before anything else */   \
    X(ERR_INTERRUPTED, "interrupted", 130)

enum err_code {
#define X(id, text, exit) id,
    ERR_CODES(X)
#undef X
};

enum err_retry { ERR_RETRY_NEVER, ERR_RETRY_LATER, ERR_RETRY_NOW };
enum err_scope { ERR_SCOPE_RUN, ERR_SCOPE_PROVIDER, ERR_SCOPE_ZONE, ERR_SCOPE_RRSET };

struct err {
    enum err_code code;
    enum err_retry retry;
    enum err_scope scope;
    uint32_t retry_after_ms; /* 0: nobody said */
    char message[640];       /* one line, no final full stop, UTF-8 */
    char hint[320];          /* what to do about it; may be empty */
};

/* Sets code and message (retry never, scope run, no hint).  Always -1, so that
 * `return err_set(err, ...)` reads well.  `err` may be NULL. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, and appends strerror(errnum) after ": ". */
int err_errno(struct err *err, enum err_code code, int errnum, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Puts "CONTEXT: " before the message, keeps everything else.  Always -1. */
int err_wrap(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds the sentence that says what to do.  Always -1. */
int err_hint(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Sets retry, scope and delay of an error that is set already.  Always -1. */
int err_class(struct err *err, enum err_retry retry, enum err_scope scope, uint32_t after_ms);

/* Exit code of the command line for this error code. */
int err_exit_code(enum err_code code);
const char *err_code_text(enum err_code code);
