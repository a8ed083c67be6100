/* name: domain names as text.
 *
 * Inside the program a name is *canonical text*: lower-case A-labels, absolute,
 * no final dot, the root is ".".  Octets that are not printable, dots and
 * backslashes inside a label, and what zone files give a meaning (" ( ) ; @ $)
 * are "\DDD" (RFC 1035 5.1, RFC 4343), so that a name is safe in any text.  A wildcard
 * label is "*".  Two names are equal when strcmp says so. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

#define NAME_WIRE_MAX 255

/* Any spelling of an absolute name (final dot or not, U-labels or A-labels,
 * upper case) to canonical text.  ERR_INVALID: empty label, label over 63
 * octets, name over 255 (RFC 1035 2.3.4), label that IDNA 2008 refuses.
 * Underscores survive (label by label; see RFC 8552). */
int name_parse(const char *text, struct arena *arena, const char **ret,
               struct err *err) WARN_UNUSED;

/* Owner of an edit, relative to `domain` (canonical): "@" is the domain itself,
 * "x.y" is x.y below it, a final dot makes it absolute and then it must be the
 * domain or below it.  Wildcards allowed.  A relative owner that ends in the
 * domain already ("www.a.example" in a.example) is an ERR_INVALID. */
int name_owner(const char *text, const char *domain, struct arena *arena, const char **ret,
               struct err *err) WARN_UNUSED;

/* Target in RDATA (contract "Values"): a final dot is absolute; "@" or a single
 * label is relative to `domain`; several labels without a final dot are an
 * ERR_INVALID whose hint offers both readings. */
int name_target(const char *text, const char *domain, struct arena *arena, const char **ret,
                struct err *err) WARN_UNUSED;

/* What name_owner() reads back as `name`: "@" or the labels before `domain`; a
 * name outside it, or one that bears it twice, comes back with a final dot. */
const char *name_relative(const char *name, const char *domain, struct arena *arena);
/* Canonical text with a final dot ("." for the root). */
const char *name_dotted(const char *name, struct arena *arena);
/* U-labels for display; the input where there is nothing to convert. */
const char *name_display(const char *name, struct arena *arena);

bool name_within(const char *name, const char *ancestor); /* equal or below */
const char *name_parent(const char *name);                /* inside `name`; NULL at the root */
size_t name_labels(const char *name);                     /* root: 0 */
/* <0, 0, >0 in the order of RFC 4034 6.1: a name is followed by all below it. */
int name_order(const char *a, const char *b);

/* Uncompressed wire form; at most NAME_WIRE_MAX octets. */
int name_to_wire(const char *name, uint8_t ret_wire[NAME_WIRE_MAX], size_t *ret_len,
                 struct err *err) WARN_UNUSED;
/* One uncompressed name at wire[0..len); *ret_used octets were read. */
int name_from_wire(const uint8_t *wire, size_t len, struct arena *arena, const char **ret,
                   size_t *ret_used, struct err *err) WARN_UNUSED;
