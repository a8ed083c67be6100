/* story: a text of what an operator, a provider, some nameservers and other people
 * do, and what must come of it; read line by line (tests/scenario/README). */
#pragma once
#include "sim.h"

#include "rollout/rollout.h"

struct story_ticket {
    struct ticket ticket;
    struct strv domains; /* empty: all */
    bool recorded;
};

struct story {
    struct sim *sim;
    struct arena *arena; /* of the story; results of the last command live in `process` */
    struct arena *process;
    const char *file;
    size_t line;
    struct settings settings;
    struct portfolio portfolio;
    struct {
        struct story_ticket **v;
        size_t n, cap;
    } tickets;
    struct strv domains_json;
    struct strv changes; /* of the present ticket, until it is proposed */
    bool built, aged;
    struct {
        int64_t delay_ms;
        const char *text;
    } * soon;
    size_t n_soon;
    const char *primary;
    const char *as_before; /* dump of the world when the first command began */
    struct rollback_item items[8];

    /* of the last command */
    int ret;
    struct err err;
    struct rollout_result result;
    struct provider_counts calls;
    int64_t took_ms;
    uint64_t kill_at; /* of the next command */
};

/* Edges of the state table that stories went along. */
struct story_edges {
    bool seen[TICKET_STATE_COUNT][TICKET_EVENT_COUNT];
};

/* 0, or -1 with a message on stderr that names file and line. */
int story_run(const char *file, struct story_edges *edges);
/* The pieces, for the crash tests: a story told up to its first command. */
void story_init(struct story *story, const char *file);
void story_done(struct story *story);
int story_tell(struct story *story, const char *text);
