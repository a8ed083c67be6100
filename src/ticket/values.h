/* values: the CSV of `propose --values`: a column "domain" and one per variable. */
#pragma once
#include "ticket/ticket.h"

int values_parse(const char *file, const char *csv, struct arena *arena, struct domain_vars **ret,
                 size_t *ret_n, struct err *err) WARN_UNUSED;
