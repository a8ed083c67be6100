/* ticket: tickets/<id>.json as a struct and back, field for field. */
#pragma once
#include "ticket/edit.h"

struct rollback_set {  /* review copy: what was live when proposed */
    const char *owner; /* relative to the domain, as written */
    uint16_t type;
    bool absent;
    uint32_t ttl_s;
    struct strv values;
    struct strv *strings; /* per value, when the TXT split is not the default; or NULL */
};
struct rollback_domain {
    const char *domain;
    struct rollback_set *sets;
    size_t n, cap;
};
struct domain_vars {
    const char *domain;
    struct vars vars;
};

enum risk { RISK_LOW, RISK_MED, RISK_HIGH };

struct ticket {
    const char *id;
    const char *requested_by;
    struct strv select, domains; /* as written; resolved, canonical, sorted */
    struct edits change;
    struct domain_vars *vars;
    size_t n_vars;
    const char *reason;
    enum risk risk;
    struct rollback_domain *rollback; /* sorted by domain */
    size_t n_rollback;
    const char *rollback_file, *rollback_sha256; /* when kept beside the ticket */
    struct strv verification;
    bool has_window;
    struct change_window window;
    /* rollout overrides; unset ones take the settings' */
    struct strv canary;
    const char *rollout_json; /* other overrides as written, or NULL */
    struct strv allow;
    bool cross_client;
    const char *after_ticket;
    int64_t after_wait_ms;
    const char *group;
};

/* Strict unless lenient.  The id must fit the file name when `file` ends in
 * "<id>.json", and then id, requested_by, reason, scope.domains and rollback must be
 * there; under any other name (a draft for `propose --ticket`) they may be missing
 * and are NULL or empty.  Lenient: unknown keys are warnings.  Rollback values kept in a file are
 * not there yet: see ticket_read_rollback. */
int ticket_parse(const char *file, const char *text, bool lenient, struct arena *arena,
                 struct strv *warnings, struct ticket *ret, struct err *err) WARN_UNUSED;
/* One JSON object per line: {"domain": ..., "sets": [...]}; checks the digest. */
int ticket_read_rollback(struct ticket *ticket, const char *file, const char *text,
                         struct arena *arena, struct err *err) WARN_UNUSED;

/* Pretty JSON in the contract's key order.  Over 20 domains the rollback values go
 * to *ret_rollback (else NULL) and the ticket names file and digest. */
int ticket_format(struct ticket *ticket, struct arena *arena, const char **ret_text,
                  const char **ret_rollback, struct err *err) WARN_UNUSED;

/* Rules that need no live values: names in the portfolio, id form, allow words,
 * verification words known (`dns`, `mail-records`, `hook:<name>` of the settings;
 * anything else ERR_INVALID), one client unless allowed, window the right way
 * round, variables defined for every domain, scope not empty.  Of several edits of
 * one set at one domain: they may stand beside each other when their order does not
 * matter (add, spf, ttl, remove with a value: the planner applies them one after the
 * other to the same set), else they are refused; so is one set written through two
 * domains, and a name that another client's domain covers.  `ticket->domains` is
 * sorted. */
int ticket_check(const struct ticket *ticket, const struct settings *settings,
                 const struct portfolio *portfolio, struct arena *arena,
                 struct err *err) WARN_UNUSED;

/* "DNS-2026-11-23-001".  id_valid; id_next picks the next free number of the day
 * among `taken`. */
bool id_valid(const char *id);
const char *id_next(const struct strv *taken, int64_t wall_s, struct arena *arena);
/* Any unique suffix.  ERR_NOT_FOUND, or ERR_USAGE listing the matches. */
int id_match(const struct strv *ids, const char *suffix, struct arena *arena, const char **ret,
             struct err *err) WARN_UNUSED;

/* The recorded set of a domain, in wire form; *ret NULL: recorded as absent.
 * ERR_NOT_FOUND: the ticket says nothing about it. */
int ticket_recorded(const struct ticket *ticket, const struct domain *domain, const char *owner,
                    uint16_t type, struct arena *arena, struct rrset **ret,
                    struct err *err) WARN_UNUSED;
/* The review copy of a live set; NULL or empty: absent.  `owner` canonical. */
void rollback_set_of(const struct rrset *set, const char *owner, uint16_t type, const char *domain,
                     struct arena *arena, struct rollback_set *ret);
/* NULL: none are given for this domain (canonical). */
const struct vars *ticket_vars(const struct ticket *ticket, const char *domain);
/* Rollout settings with the ticket's overrides laid over; ERR_INVALID names the key. */
int ticket_rollout(const struct ticket *ticket, const struct rollout_settings *base,
                   struct arena *arena, struct rollout_settings *ret, struct err *err) WARN_UNUSED;
bool ticket_allows(const struct ticket *ticket, const char *word);
