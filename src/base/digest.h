/* digest: SHA-256 (FIPS 180-4, through libcrypto) as lower-case hex. */
#pragma once
#include <stddef.h>

#define DIGEST_HEX_LEN 64
void digest_hex(const void *bytes, size_t n, char ret_hex[DIGEST_HEX_LEN + 1]);
