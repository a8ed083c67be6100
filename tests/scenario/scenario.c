/* scenario: tells every story it is given; all of them must come true.  With
 * --edges they must also go along every edge of the state table that a rollout
 * can take. */
#include <stdio.h>
#include <string.h>

#include "story.h"

/* Before the claim a ticket is a file under review: no rollout moves it. */
static bool of_review(enum ticket_event event)
{
    return event == EVENT_APPROVE || event == EVENT_EDIT;
}

static int edges_check(const struct story_edges *edges)
{
    int missing = 0;
    for (int from = 0; from < TICKET_STATE_COUNT; from++) {
        for (int event = 0; event < TICKET_EVENT_COUNT; event++) {
            enum ticket_state to;
            if (of_review((enum ticket_event)event) || edges->seen[from][event] ||
                !ticket_next((enum ticket_state)from, (enum ticket_event)event, &to))
                continue;
            fprintf(stderr, "no story goes from %s by \"%s\"\n",
                    ticket_state_text((enum ticket_state)from),
                    ticket_event_text((enum ticket_event)event));
            missing++;
        }
    }
    return missing;
}

int main(int argc, char **argv)
{
    struct story_edges edges = { 0 };
    bool want_edges = argc > 1 && strcmp(argv[1], "--edges") == 0;
    int failed = 0;
    for (int i = want_edges ? 2 : 1; i < argc; i++)
        failed |= story_run(argv[i], &edges) < 0;
    if (argc < 2)
        fprintf(stderr, "usage: scenario [--edges] STORY...\n");
    if (want_edges)
        failed |= edges_check(&edges) > 0;
    return argc < 2 || failed;
}
