/* settings: dnschange.json as a struct (contract "Settings").  Reads text, not
 * files; provider objects stay JSON text for the provider room. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fields.h"

struct provider_settings {
    const char *name; /* key under "providers" */
    const char *plugin;
    const char *url;         /* may be NULL */
    const char *json;        /* the whole object, compact */
    struct strv nameservers; /* "address[:port]"; empty: NS discovery */
    struct strv ignore_ns;   /* addresses or NS names not to ask */
    const char *primary;     /* "address[:port]" of the provider's own primary, or NULL:
                                lets the last look before a write be a DNS question */
};

/* A share or a count: "10%" or "25" (waves, max_share). */
struct share {
    bool percent;
    uint32_t n;
};

struct rollout_settings {
    uint32_t canary;     /* 1..3 */
    struct share *waves; /* cumulative */
    size_t n_waves;
    bool bake_ttl;   /* bake: "ttl" */
    int64_t bake_ms; /* else this */
    int64_t max_bake_ms, wave_bake_ms, deadline_ms;
    uint32_t max_failures;
    bool hold_on_unknown; /* on_unknown: hold */
};

struct verify_settings {
    int64_t timeout_ms, interval_ms, bake_interval_ms;
    uint32_t rounds;
    struct strv resolvers;
};

enum review { REVIEW_NONE, REVIEW_BRANCH, REVIEW_SIGNED };

struct change_window { /* a ticket's own */
    int64_t from_s, to_s;
};

struct policy_settings {
    enum review review;
    uint32_t approvals;
    const char *clients; /* open separate operator */
    struct strv operators, emergency;
    uint32_t max_domains;
    struct share max_share;
    const char *timezone;
    /* Arrays as JSON text.  Recurring windows and blackouts cannot be kept yet: a list that
     * is not empty is refused, so that nobody relies on it. */
    const char *windows_json, *blackouts_json;
    int64_t rollback_budget_ms, max_hold_ms;
};

struct git_settings {
    const char *remote; /* NULL: none */
    const char *branch, *records;
    int64_t freshness_ms;
};

struct hook_settings {
    const char *name;
    struct strv argv;
    int64_t timeout_ms;
};

struct settings {
    struct provider_settings *providers;
    size_t n_providers;
    struct rollout_settings rollout;
    struct verify_settings verify;
    const char *lint_resolver; /* "system" or address[:port] */
    int64_t lint_budget_ms;
    struct policy_settings policy;
    struct git_settings git;
    struct hook_settings *hooks;
    size_t n_hooks;
    const char *notify_json;
};

/* Everything left out takes the contract's default.  ERR_INVALID names file, line
 * and key.  A literal secret is refused.
 * Lenient reading always succeeds: unknown keys are warnings, a broken section is a
 * warning and takes its defaults, a broken provider is a warning and left out, and of
 * a text that is no JSON at all nothing is used. */
int settings_parse(const char *file, const char *text, bool lenient, struct arena *arena,
                   struct strv *warnings, struct settings *ret, struct err *err) WARN_UNUSED;
/* What a ticket may override of struct rollout_settings: waves, bake, wave_bake,
 * max_failures, deadline, on_unknown. */
extern const struct field rollout_override_fields[];

/* The contract's example, as `init` writes it. */
char *settings_example(struct arena *arena, const char *remote);
const struct provider_settings *settings_provider(const struct settings *settings,
                                                  const char *name);
