/* memory: the allocator of this room's handles; see memory.h. */
#include "io/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *memory)
{
    static const char text[] = "dnschange: out of memory\n";
    if (memory)
        return memory;
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    _exit(1);
}

void *mem_new(size_t bytes)
{
    return checked(calloc(1, bytes ? bytes : 1));
}

char *mem_strdup(const char *text)
{
    return checked(strdup(text));
}

void *mem_array(void *old, size_t n, size_t size)
{
    return checked(reallocarray(old, n ? n : 1, size));
}
