/* import: domains in bulk from CSV into domains/<client>.json texts; all or nothing. */
#pragma once
#include "portfolio/portfolio.h"

/* csv: header in any order (domain,client,provider,zone,tags,template,vars.NAME),
 * comma or semicolon, quotes, BOM and CRLF accepted.  Returns the new text of
 * every file that changes (existing content kept, keys in order).  ERR_INVALID
 * names file and line of the first wrong row and counts the others; a domain that
 * is in the portfolio already under another client is one. */
int import_csv(const char *file, const char *csv, const struct portfolio_file *existing, size_t n,
               const struct settings *settings, struct arena *arena,
               struct portfolio_file **ret_files, size_t *ret_n, size_t *ret_domains,
               struct err *err) WARN_UNUSED;
/* The same for bare zone names of one provider account and one client. */
int import_zones(const char *const *zones, size_t n_zones, const char *provider, const char *client,
                 const struct portfolio_file *existing, size_t n, const struct settings *settings,
                 struct arena *arena, struct portfolio_file **ret_files, size_t *ret_n,
                 size_t *ret_domains, struct err *err) WARN_UNUSED;
