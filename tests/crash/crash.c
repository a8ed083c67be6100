/* crash: the process dies at every point of a rollout where something becomes
 * durable or goes out; then it is resumed, or rolled back, and must end with all
 * new values, all old values, or a list of what is blocked, and nothing else.
 * Then it dies during that, too. */
#include <stdio.h>
#include <string.h>

#include "story.h"

enum { POINTS_MAX = 2000, SECOND_STEP = 7 };

struct drama {
    const char *name;
    const char *world;   /* told first */
    const char *command; /* killed */
};

#define DOMAINS                                                                                    \
    "DOMAIN a.example\nDOMAIN b.example\nDOMAIN c.example\nSERVER ns1\nSERVER ns2 lag 1s\n"        \
    "RECORD a.example old 60 CNAME x.example.net.\nRECORD b.example old 60 CNAME x.example.net.\n" \
    "RECORD c.example old 60 CNAME x.example.net.\n"
#define TICKET                                                                                     \
    "VERIFY timeout 10s\nCHANGE set @ 60 MX 10 new.example.net.\nCHANGE add @ TXT seen=1\n"        \
    "CHANGE remove old CNAME\nPROPOSE\n"

static const struct drama dramas[] = {
    { "canary and waves", DOMAINS "ROLLOUT canary 1 waves 50%,100% bake 12s\n" TICKET, "APPLY" },
    { "a provider of records",
      "PROVIDER pdns atomic record\n" DOMAINS "ROLLOUT canary 1 waves 100% bake 0s\n" TICKET
      "WRITE a.example breaks-half\nWRITE b.example loses-reply\nWRITE c.example loses-request",
      "APPLY" },
    { "a canary that fails",
      DOMAINS "ROLLOUT canary 1 waves 100% bake 0s\n" TICKET "ns2 ANSWERS old", "APPLY" },
    { "a wave that fails",
      DOMAINS "ROLLOUT canary 1 waves 100% bake 0s\n" TICKET "WRITE c.example is-refused times 99",
      "APPLY" },
    { "one domain fails alone",
      DOMAINS "ROLLOUT canary 1 waves 100% bake 0s max_failures 1\n" TICKET
              "WRITE c.example is-refused times 99",
      "APPLY" },
    { "a resume", DOMAINS "ROLLOUT canary 1 waves 100% bake 10m\n" TICKET "APPLY no-wait\nPASS 11m",
      "RESUME" },
    { "an abort", DOMAINS "ROLLOUT canary 1 waves 100% bake 10m\n" TICKET "APPLY no-wait",
      "ABORT" },
    { "a rollback", DOMAINS "ROLLOUT canary 1 waves 100% bake 0s\n" TICKET "APPLY", "ROLLBACK" },
    { "a rollback of a provider of records",
      "PROVIDER pdns atomic record\n" DOMAINS "ROLLOUT canary 1 waves 100% bake 0s\n" TICKET
      "APPLY\nWRITE a.example breaks-half\nWRITE b.example loses-request",
      "ROLLBACK" },
};

static const struct drama *playing;
static uint64_t first_kill, second_kill;
static bool keep_unsynced;
static size_t endings, kills;

static int complain(struct story *story, const char *what)
{
    fprintf(stderr, "%s: killed at %llu, then at %llu%s: %s\n", playing->name,
            (unsigned long long)first_kill, (unsigned long long)second_kill,
            keep_unsynced ? " (nothing unsynced lost)" : "", what);
    if (story->sim->violation[0])
        fprintf(stderr, "    %s\n", story->sim->violation);
    fprintf(stderr, "    exit %d: %s\n%s", story->result.exit_code, story->err.message,
            sim_dump(story->sim, story->arena));
    return -1;
}

/* Every set is as before or as wanted, and a domain is one or the other. */
static int domains_whole(struct story *story)
{
    static const char *const names[] = { "a.example", "b.example", "c.example" };
    for (size_t i = 0; i < 3; i++) {
        const char *old = arena_printf(story->arena, "old.%s", names[i]);
        const struct rrset *mx = sim_live(story->sim, "pdns", names[i], names[i], TYPE_MX);
        bool txt = sim_live(story->sim, "pdns", names[i], names[i], TYPE_TXT) != NULL;
        bool cname = sim_live(story->sim, "pdns", names[i], old, TYPE_CNAME) != NULL;
        const char *value = mx && mx->n == 1 ? rdata_text(TYPE_MX, mx->rr[0], story->arena) : "";
        bool after = strcmp(value, "10 new.example.net.") == 0;
        if ((!after && strcmp(value, "10 old.example.net.") != 0) || txt != after || cname == after)
            return complain(story, names[i]);
    }
    return 0;
}

static bool as_before(struct story *story)
{
    return strcmp(sim_dump(story->sim, story->arena), story->as_before) == 0;
}

static bool as_wanted(struct story *story)
{
    static const char *const names[] = { "a.example", "b.example", "c.example" };
    for (size_t i = 0; i < 3; i++)
        if (!sim_live(story->sim, "pdns", names[i], names[i], TYPE_TXT))
            return false;
    return true;
}

static int tell(struct story *story, const char *text)
{
    if (story_tell(story, text) < 0)
        return complain(story, text);
    return story->sim->violation[0] ? complain(story, "a broken invariant") : 0;
}

/* Begins the world and kills the command; *ret_died: it did not get through. */
static int play(struct story *story, bool *ret_died)
{
    story_init(story, playing->name);
    story->sim->keep_unsynced = keep_unsynced;
    if (tell(story, playing->world) < 0)
        return -1;
    story->kill_at = first_kill;
    if (tell(story, playing->command) < 0)
        return -1;
    *ret_died = story->sim->dead;
    kills += *ret_died;
    return 0;
}

/* The second command, perhaps killed as well and then given again. */
static int again(struct story *story, const char *command)
{
    story->kill_at = second_kill;
    if (tell(story, command) < 0)
        return -1;
    if (!story->sim->dead)
        return 0;
    kills++;
    return tell(story, command);
}

static int nothing_more(struct story *story, const char *command)
{
    if (tell(story, command) < 0)
        return -1;
    return story->calls.write ? complain(story, "run again, and it wrote once more") : 0;
}

static int ends_resumed(struct story *story)
{
    if (again(story, "RESUME") < 0 || domains_whole(story) < 0)
        return -1;
    bool alone = strstr(playing->name, "alone") != NULL;
    if (!as_before(story) && !as_wanted(story) && !alone)
        return complain(story, "some domains new, some old");
    if (story->result.exit_code == 7)
        return complain(story, "blocked, and nobody else wrote");
    return nothing_more(story, "RESUME");
}

static int ends_rolled_back(struct story *story)
{
    if (again(story, "ROLLBACK") < 0)
        return -1;
    /* Without a claim there is nothing to roll back, and nothing was written. */
    if (!as_before(story))
        return complain(story, "not as before");
    return map_count(story->sim->files) ? nothing_more(story, "ROLLBACK") : 0;
}

static int ending(int (*end)(struct story *story), bool *ret_died)
{
    struct story story;
    int failed = play(&story, ret_died);
    if (failed == 0)
        failed = end(&story);
    story_done(&story);
    endings++;
    return failed;
}

static int every_point(int (*end)(struct story *story), uint64_t step)
{
    bool died = true;
    for (first_kill = 1; died && first_kill < POINTS_MAX; first_kill += step)
        if (ending(end, &died) < 0)
            return -1;
    return first_kill >= POINTS_MAX;
}

static int drama_play(const struct drama *drama)
{
    int failed = 0;
    playing = drama;
    for (int keep = 0; keep < 2 && !failed; keep++) {
        keep_unsynced = keep;
        second_kill = 0;
        failed = every_point(ends_resumed, 1) || every_point(ends_rolled_back, 1);
        for (second_kill = 1; second_kill < 60 && !failed; second_kill += SECOND_STEP)
            failed = every_point(ends_resumed, SECOND_STEP) ||
                     every_point(ends_rolled_back, SECOND_STEP);
    }
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof dramas / sizeof *dramas; i++)
        if (argc < 2 || strstr(dramas[i].name, argv[1]))
            failed |= drama_play(&dramas[i]) != 0;
    printf("%zu endings, %zu kills\n", endings, kills);
    return failed;
}
