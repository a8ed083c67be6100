/* progress port: what happens, for people who watch.  Never fails. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *event;  /* "state", "domain", "wave", "note" */
    const char *state;  /* ticket or domain state, as in the contract */
    const char *domain; /* or NULL */
    const char *detail; /* or NULL */
    size_t wave, waves; /* 1-based; 0: none */
    size_t done, total; /* domains of this step */
    int64_t until_ms;   /* end of a wait on the loop's clock; 0: none */
};

struct progress_port {
    void *ctx;
    void (*report)(void *ctx, const struct progress *progress);
};
