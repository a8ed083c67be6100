/* memory: small handles that live on the heap.  As with arenas, an allocation
 * never fails: without memory the process ends with exit code 1, as if killed. */
#pragma once
#include <stddef.h>

void *mem_new(size_t bytes) __attribute__((malloc, returns_nonnull)); /* zeroed; free() */
char *mem_strdup(const char *text) __attribute__((malloc, returns_nonnull));
void *mem_array(void *old, size_t n, size_t size) __attribute__((returns_nonnull)); /* realloc */
