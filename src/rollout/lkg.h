/* lkg: last-known-good values of an attempt, as lkg.json and as targets.  All a
 * rollback needs: values before and after in wire form, extras, zones, servers,
 * and the provider settings as used (secret references, never secrets). */
#pragma once
#include "rollout/target.h"

struct lkg_provider {
    const char *name, *json;
};

struct lkg {
    const char *ticket, *digest, *blob, *actor, *reason, *risk;
    uint32_t attempt;
    int64_t captured_s; /* wall clock */
    struct lkg_provider *providers;
    size_t n_providers;
    struct targets targets;
};

/* Compact JSON, one domain a line, written without a document tree in memory. */
void lkg_write(const struct lkg *lkg, struct buf *out);
int lkg_parse(const char *file, const char *text, struct arena *arena, struct lkg *ret,
              struct err *err) WARN_UNUSED;
