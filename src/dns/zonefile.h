/* zonefile: RRsets written for people and other tools.  Pure text. */
#pragma once
#include "base/buf.h"
#include "dns/rrset.h"

/* "owner. TTL IN TYPE rdata" a line per record (RFC 1035 5.1). */
void zonefile_write(struct buf *out, const struct rrset *set);
/* nsupdate(1) commands that turn `from` into `to`, either may be NULL; values
 * only, with a value prerequisite on `from` (RFC 2136 2.4).  NS records are added
 * before old ones go, because servers never give up the last one. */
void nsupdate_write(struct buf *out, const struct rrset *from, const struct rrset *to);
