/* One octet of rules, a type word, a space, then text or (rule 3) wire form:
 * what is accepted comes back from every form of it. */
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "dns/name.h"
#include "dns/rdata.h"

static void must(int condition)
{
    if (!condition)
        abort();
}

static bool type_is_common(uint16_t type)
{
    static const uint16_t types[] = { TYPE_A,   TYPE_NS,   TYPE_CNAME, TYPE_SOA,  TYPE_PTR,
                                      TYPE_MX,  TYPE_TXT,  TYPE_SRV,   TYPE_AAAA, TYPE_DNAME,
                                      TYPE_CAA, TYPE_TLSA, TYPE_DS };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i] == type)
            return true;
    return false;
}

/* Another reader of zone files gets the same octets out of ours. */
static void check_zonefile(uint16_t type, struct rdata rdata, struct arena *arena)
{
    const char *text = rdata_zonefile_text(type, rdata, arena);
    if (!type_is_common(type))
        return;
    ldns_rr *rr = NULL;
    ldns_buffer *wire = ldns_buffer_new(512);
    const char *line = arena_printf(arena, "x. 60 IN %s %s", rtype_text(type), text);
    must(wire && ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) == LDNS_STATUS_OK);
    must(ldns_rr_rdata2buffer_wire(wire, rr) == LDNS_STATUS_OK);
    must(rdata_same_wire(rdata,
                         (struct rdata){ ldns_buffer_begin(wire), ldns_buffer_position(wire) }));
    ldns_rr_free(rr);
    ldns_buffer_free(wire);
}

/* All that is promised for data of a type. */
static void check_rdata(uint16_t type, struct rdata rdata, struct arena *arena)
{
    struct rdata back;
    must(rdata_parse(type, rdata_text(type, rdata, arena), "o.example", RDATA_TICKET, arena, &back,
                     NULL) == 0);
    must(rdata_equal(type, rdata, back) && rdata_equal(type, back, rdata));
    must(rdata_parse(type, rdata_zonefile_text(type, rdata, arena), NULL, RDATA_ZONEFILE, arena,
                     &back, NULL) == 0);
    must(rdata_same_wire(rdata, back));
    must(rdata_from_hex(rdata_hex(rdata, arena), arena, &back, NULL) == 0);
    must(rdata_same_wire(rdata, back));
    check_zonefile(type, rdata, arena);
    const char *target = rdata_target(type, rdata, arena), *again;
    if (target)
        must(name_parse(target, arena, &again, NULL) == 0 && strcmp(target, again) == 0);
}

static void check_strings(struct rdata rdata, struct arena *arena)
{
    size_t n;
    struct rdata back;
    struct strv strings = { 0 };
    const char *octets = txt_octets(rdata, arena, &n);
    back = txt_from_octets(octets, n, arena);
    must(rdata_equal(TYPE_TXT, rdata, back));
    must(txt_default_split(rdata) == rdata_same_wire(rdata, back));
    txt_strings(rdata, arena, &strings);
    must(txt_from_strings(&strings, arena, &back, NULL) == 0 && rdata_same_wire(rdata, back));
}

/* Octets from a server: printed always, and read back if they make sense. */
static void check_wire(uint16_t type, struct rdata rdata, struct arena *arena)
{
    struct rdata back;
    must(rdata_equal(type, rdata, rdata));
    rdata_target(type, rdata, arena);
    rdata_text(type, rdata, arena);
    const char *text = rdata_zonefile_text(type, rdata, arena);
    int failed = rdata_parse(type, text, NULL, RDATA_ZONEFILE, arena, &back, NULL);
    must(!failed || strncmp(text, "\\#", 2) == 0);
    must(failed || rdata_same_wire(rdata, back));
    if (!failed)
        check_rdata(type, rdata, arena);
    if (!failed && type == TYPE_TXT)
        check_strings(rdata, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *space = size > 1 ? memchr(data + 1, ' ', size - 1) : NULL;
    if (!space || size > 3000)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 256u << 20);
    uint16_t type;
    struct err err = { 0 };
    struct rdata rdata;
    const uint8_t *rest = space + 1;
    size_t n = size - (size_t)(rest - data);
    if (rtype_parse(arena_strndup(arena, (const char *)data + 1, (size_t)(space - data) - 1), &type,
                    &err) < 0)
        return 0;
    if (data[0] % 4 == 3) {
        check_wire(type, (struct rdata){ arena_memdup(arena, rest, n), n }, arena);
        return 0;
    }
    enum rdata_rules rules = (enum rdata_rules)(data[0] % 4);
    if (rdata_parse(type, arena_strndup(arena, (const char *)rest, n), "d.example", rules, arena,
                    &rdata, &err) == 0)
        check_rdata(type, rdata, arena);
    else
        must(err.code == ERR_INVALID);
    return 0;
}
