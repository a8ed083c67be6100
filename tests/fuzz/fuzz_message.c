/* Packets as a stranger may send them.  The first octet picks the question and
 * whether header and question are put before the rest as they should be. */
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"

#define ID 0x1234

static void must(int condition)
{
    if (!condition)
        abort();
}

static void check_set(const struct rrset *set, const char *owner, uint16_t type,
                      struct arena *arena)
{
    if (!set)
        return;
    must(set->n > 0 && set->type == type && set->ttl <= INT32_MAX);
    must(!owner || strcmp(set->owner, owner) == 0);
    for (size_t i = 0; i < set->n; i++) {
        must(set->rr[i].len > 0 && set->rr[i].len <= UINT16_MAX);
        rdata_text(type, set->rr[i], arena);
        rdata_target(type, set->rr[i], arena);
    }
}

/* The input behind a header (flags and counts from the input) and the question. */
static size_t framed(const uint8_t *data, size_t size, const char *name, uint16_t type,
                     uint8_t *packet)
{
    size_t n = message_query(name, type, ID, false, false, packet, 512);
    must(n > 0);
    if (size < 8)
        return n;
    packet[2] = data[0] | 0x80;
    packet[3] = data[1];
    memcpy(packet + 6, data + 2, 6);
    memcpy(packet + n, data + 8, size - 8);
    return n + size - 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = { TYPE_A,   TYPE_MX,  TYPE_TXT,   TYPE_CNAME,
                                      TYPE_SOA, TYPE_CAA, TYPE_HTTPS, TYPE_NAPTR };
    if (size < 1 || size > 2000)
        return 0;
    ARENA_SCOPED arena = arena_new("fuzz", 256u << 20);
    const char *name = "a.example";
    uint16_t type = types[data[0] % 8];
    uint8_t room[4096];
    size_t n = data[0] & 8 ? framed(data + 1, size - 1, name, type, room) : size - 1;
    uint8_t *packet = malloc(n ? n : 1); /* exact, for the sanitizer */
    if (!packet)
        return 0;
    memcpy(packet, data[0] & 8 ? room : data + 1, n);
    struct answer answer;
    struct err err = { 0 };
    if (message_answer(packet, n, ID, name, type, arena, &answer, &err) == 0) {
        check_set(answer.set, name, type, arena);
        check_set(answer.cname, name, TYPE_CNAME, arena);
        check_set(answer.synonym, NULL, type, arena);
        must(!answer.set || (!answer.cname && !answer.synonym));
        must(!answer.synonym || answer.cname);
        must(answer.negative_ttl_s >= -1 && answer.negative_ttl_s <= INT32_MAX);
    } else {
        must(err.code == ERR_FAILED);
    }
    free(packet);
    return 0;
}
