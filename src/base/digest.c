/* digest: SHA-256 as hex.  See digest.h. */
#include "base/digest.h"

#include <openssl/sha.h>

void digest_hex(const void *bytes, size_t n, char ret_hex[DIGEST_HEX_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char octets[SHA256_DIGEST_LENGTH];
    SHA256(n ? bytes : "", n, octets);
    for (size_t i = 0; i < sizeof octets; i++) {
        ret_hex[2 * i] = hex[octets[i] >> 4];
        ret_hex[2 * i + 1] = hex[octets[i] & 15];
    }
    ret_hex[DIGEST_HEX_LEN] = '\0';
}
