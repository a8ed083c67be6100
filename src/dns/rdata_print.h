/* rdata_print: inside the room: what a kind of field is, and wire to text. */
#pragma once
#include <ldns/ldns.h>

#include "dns/name_case.h"
#include "dns/rdata.h"

/* Octets of a plain number of this kind; 0: it is not one. */
size_t kind_number_size(ldns_rdf_type kind);
/* The types' fields as ldns knows them; NULL: it does not know the type. */
const ldns_rr_descriptor *type_fields(uint16_t type);
/* ldns's text of one field without trailing spaces, or NULL. */
const char *rdf_text(const ldns_rdf *rdf, struct arena *arena);
/* Is the wire a record of this known type? */
bool rdata_valid(uint16_t type, struct rdata rdata, struct arena *arena);
/* All fields as text, or NULL when it is not, or cannot be told so that it is
 * read back alike. */
const char *rdata_print(uint16_t type, struct rdata rdata, enum name_case keep,
                        struct arena *arena);
