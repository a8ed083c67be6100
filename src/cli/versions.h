/* versions: of the libraries as loaded, not as built against. */
#pragma once

enum { LIBRARY_COUNT = 5 };
struct library {
    const char *name;
    char version[64];
};
void versions_read(struct library ret[LIBRARY_COUNT]);
