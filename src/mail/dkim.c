/* dkim: grammar of key records. */
#include "mail/dkim.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "mail/tags.h"

#define ED25519_KEY 32 /* octets, RFC 8463 4.2 */

bool dkim_owner(const char *owner)
{
    const char *label = strstr(owner, "._domainkey.");
    return label && label != owner;
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Octets of a base64 text that may hold blanks (RFC 6376 2.10), or NULL. */
static uint8_t *base64_octets(const char *text, struct arena *arena, size_t *ret_n)
{
    uint8_t *octets = arena_alloc(arena, strlen(text) + 1);
    size_t digits = 0, padding = 0, n = 0;
    uint32_t bits = 0;
    for (; *text; text++) {
        if (isspace((unsigned char)*text))
            continue;
        if (*text == '=') {
            padding++;
            continue;
        }
        int value = base64_value(*text);
        if (value < 0 || padding)
            return NULL;
        bits = bits << 6 | (uint32_t)value;
        if (digits++ % 4 != 0)
            octets[n++] = (uint8_t)(bits >> (6 - 2 * ((digits - 1) % 4)));
    }
    if ((digits + padding) % 4 != 0 || padding > 2 || digits % 4 == 1)
        return NULL;
    *ret_n = n;
    return octets;
}

static const char *tag_value(const struct tags *tags, const char *name)
{
    const struct tag *tag = tags_get(tags, name);
    return tag ? tag->value : NULL;
}

/* Is `word` in a colon list? */
static bool list_has(const char *list, const char *word)
{
    size_t want = strlen(word);
    for (const char *at = list;; at++) {
        at += strspn(at, " \t");
        size_t n = strcspn(at, ":"), trimmed = n;
        while (trimmed && isspace((unsigned char)at[trimmed - 1]))
            trimmed--;
        if (trimmed == want && strncmp(at, word, want) == 0)
            return true;
        at += n;
        if (!*at)
            return false;
    }
}

static const char *key_wrong(const struct tags *tags, struct arena *arena)
{
    const char *key = tag_value(tags, "p"), *kind = tag_value(tags, "k");
    size_t n;
    if (!key)
        return "has no p= (RFC 6376 3.6.1)";
    if (!*key)
        return NULL;
    if (!base64_octets(key, arena, &n))
        return "has a p= that is no base64 (cut off, escaped or quoted?)";
    if (kind && strcmp(kind, "ed25519") == 0 && n != ED25519_KEY)
        return "has a p= that is no Ed25519 key of 32 octets (RFC 8463 4.2)";
    return NULL;
}

const char *dkim_wrong(const char *text, struct arena *arena)
{
    struct tags tags;
    if (strchr(text, '\\'))
        return "holds a backslash (escapes of a zone file kept as text?)";
    if (strchr(text, '"'))
        return "holds a quote (quotes of a zone file kept as text?)";
    tags_find(text, arena, &tags);
    if (tags_broken(&tags, arena))
        return arena_printf(arena, "\"%s\" is no tag=value", tags_broken(&tags, arena));
    if (tags_twice(&tags))
        return arena_printf(arena, "has tag %s twice (RFC 6376 3.2)", tags_twice(&tags));
    const char *version = tag_value(&tags, "v"), *hash = tag_value(&tags, "h"),
               *service = tag_value(&tags, "s");
    if (version && (tags_get(&tags, "v") != tags.v || strcmp(version, "DKIM1") != 0))
        return "has a v= that is not first or not DKIM1 (RFC 6376 3.6.1)";
    if (hash && !list_has(hash, "sha256"))
        return "has an h= without sha256 (RFC 8301 3.1)";
    if (service && !list_has(service, "email") && !list_has(service, "*"))
        return "has an s= without email (RFC 6376 3.6.1)";
    return key_wrong(&tags, arena);
}

bool dkim_revoked(const char *text, struct arena *arena)
{
    struct tags tags;
    tags_find(text, arena, &tags);
    const char *key = tag_value(&tags, "p");
    return key && !*key;
}

bool dkim_testing(const char *text, struct arena *arena)
{
    struct tags tags;
    tags_find(text, arena, &tags);
    const char *flags = tag_value(&tags, "t");
    return flags && list_has(flags, "y");
}

/* Private keys, PKCS#1 and PKCS#8, are a SEQUENCE that starts with the INTEGER 0 or
 * 1 (their version; RFC 8017 A.1.2, RFC 5958 2); public ones never do. */
bool dkim_private(const char *text, struct arena *arena)
{
    struct tags tags;
    tags_find(text, arena, &tags);
    const char *key = tag_value(&tags, "p");
    size_t n = 0;
    const uint8_t *der = key ? base64_octets(key, arena, &n) : NULL;
    if (!der || n < 8 || der[0] != 0x30)
        return false;
    size_t head = der[1] < 0x80 ? 2 : 2u + (der[1] & 0x7fu);
    return head + 3 <= n && der[head] == 0x02 && der[head + 1] == 0x01 && der[head + 2] <= 1;
}
