/* rtype: record types between numbers and words. */
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdata.h"

/* QTYPEs and meta types never are records of a zone (RFC 6895 3.1). */
static bool type_is_meta(unsigned long type)
{
    return type == 0 || type == LDNS_RR_TYPE_OPT || (type >= 128 && type <= 255);
}

/* "TYPE65280" (RFC 3597 5): digits only, no sign, no leading zero. */
static unsigned long number_parse(const char *text)
{
    if (strncasecmp(text, "TYPE", 4) != 0 || text[4] < '1' || text[4] > '9')
        return 0;
    char *end;
    unsigned long n = strtoul(text + 4, &end, 10);
    return *end || end - text > 9 || n > UINT16_MAX ? 0 : n;
}

/* ldns also knows words by prefix and case; the word must be the one it prints. */
static unsigned long word_parse(const char *text)
{
    unsigned long type = (unsigned long)ldns_get_rr_type_by_name(text);
    if (type > UINT16_MAX)
        return 0;
    const ldns_rr_descriptor *known = ldns_rr_descript((uint16_t)type);
    return known && known->_name && strcasecmp(known->_name, text) == 0 ? type : 0;
}

int rtype_parse(const char *text, uint16_t *ret, struct err *err)
{
    unsigned long type = number_parse(text);
    if (type == 0)
        type = word_parse(text);
    if (type_is_meta(type)) {
        err_set(err, ERR_INVALID, "\"%.40s\" is not a record type", text);
        return err_hint(err, "write a type as MX, TXT, CNAME ... or, for others, TYPE65280");
    }
    *ret = (uint16_t)type;
    return 0;
}

const char *rtype_text(uint16_t type)
{
    /* Enough for the types of one message line. */
    static _Thread_local char ring[8][sizeof "TYPE65535"];
    static _Thread_local unsigned next;
    const ldns_rr_descriptor *known = ldns_rr_descript(type);
    if (known && known->_name && strcasecmp(known->_name, "NULL") != 0 && type != 0)
        return known->_name;
    char *text = ring[next++ % 8];
    snprintf(text, sizeof ring[0], "TYPE%u", type);
    return text;
}

bool rtype_is_dnssec(uint16_t type)
{
    switch (type) {
    case TYPE_RRSIG:
    case TYPE_NSEC:
    case TYPE_NSEC3:
    case TYPE_NSEC3PARAM:
    case TYPE_DNSKEY:
    case TYPE_CDS:
    case TYPE_CDNSKEY:
        return true;
    default:
        return false;
    }
}
