/* known: walks the attempts, newest first, and keeps the first word on each set. */
#include "survey/known.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "survey/attempts.h"
#include "survey/servers.h"

enum { LKG_ARENA_CAP = 1 << 29 };

struct walk {
    const struct ports *ports;
    const struct strv *domains;
    struct map *wanted; /* the same as a map; NULL: all */
    struct arena *arena;
    struct known *known;
};

static const char *key_of(struct arena *arena, const char *account, const char *owner,
                          uint16_t type)
{
    return arena_printf(arena, "%s %s %u", account, owner, type);
}

/* What should be live: a domain's own state tells, where an outcome has it. */
static bool should_be_after(enum ticket_state state, const char *domain_state)
{
    enum domain_state own;
    if (domain_state && domain_state_parse(domain_state, &own))
        return own == DOMAIN_HELD || own == DOMAIN_VERIFIED;
    return state == TICKET_DONE;
}

static bool is_certain(enum ticket_state state)
{
    return ticket_state_final(state) && state != TICKET_REVERT_BLOCKED;
}

/* The newer ticket is back at what it found.  When this older one was put back
 * after that, what was live goes back one step more. */
static void set_older(const struct walk *walk, const struct attempt_info *info,
                      struct known_set *kept, const struct target_set *set)
{
    if (kept->back_to_s < 0 || info->changed_s < kept->back_to_s)
        return;
    kept->lkg = kept->expected = rrset_copy(walk->arena, set->before);
    kept->back_to_s = info->claimed_s;
}

static void set_keep(struct walk *walk, const struct attempt_info *info,
                     const struct target *target, const struct target_set *set, bool after)
{
    struct arena *arena = walk->arena;
    const char *key = key_of(arena, target->account, set->owner, set->type);
    const size_t *newer = map_get(walk->known->by_key, key);
    if (newer) {
        if (!after)
            set_older(walk, info, &walk->known->v[*newer - 1], set);
        return;
    }
    struct known_set *kept = vec_push(arena, walk->known);
    *kept = (struct known_set){
        .domain = arena_strdup(arena, target->domain),
        .account = arena_strdup(arena, target->account),
        .zone = target->zone ? arena_strdup(arena, target->zone) : NULL,
        .owner = arena_strdup(arena, set->owner),
        .type = set->type,
        .lkg = rrset_copy(arena, set->before),
        .after = rrset_copy(arena, set->after),
        .synthesised = rrset_copy(arena, set->synthesised),
        .certain = is_certain(info->state),
        .ticket = info->id,
        .attempt = info->attempt,
        .state = info->state,
        .back_to_s = after ? -1 : info->claimed_s,
        .servers = servers_copy(arena, target->servers, target->n_servers),
        .n_servers = target->n_servers,
    };
    kept->expected = after ? kept->after : kept->lkg;
    /* By position: the list moves when it grows. */
    size_t *at = ARENA_NEW(arena, size_t);
    *at = walk->known->n;
    map_put(walk->known->by_key, key, at);
}

static void target_keep(struct walk *walk, const struct attempt_info *info, struct map *outcome,
                        const struct target *target)
{
    const char *state = outcome_state(outcome, info, target->domain);
    if (walk->wanted && !map_get(walk->wanted, target->domain))
        return;
    /* Nothing was ever written there: an older ticket has the word. */
    if (state && (!strcmp(state, "untouched") || !strcmp(state, "skipped")))
        return;
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED || set->cls == CLASS_ALREADY)
            set_keep(walk, info, target, set, should_be_after(info->state, state));
    }
}

static int attempt_keep(struct walk *walk, const struct attempt_info *info, struct err *err)
{
    struct lkg lkg;
    ARENA_SCOPED scratch = arena_new("records", LKG_ARENA_CAP);
    if (attempt_lkg(walk->ports, info->id, info->attempt, scratch, &lkg, err))
        return -1;
    struct map *outcome = attempt_outcome(walk->ports->records, info->id, info->attempt, scratch);
    for (size_t i = 0; i < lkg.targets.n; i++)
        target_keep(walk, info, outcome, &lkg.targets.v[i]);
    return 0;
}

int known_read(const struct ports *ports, const struct strv *domains, struct arena *arena,
               struct known *ret, struct strv *warnings, struct err *err)
{
    struct strv ids = { 0 };
    struct attempt_infos infos = { 0 };
    *ret = (struct known){ .by_key = map_new(arena) };
    struct walk walk = { ports, domains, domains ? map_new(arena) : NULL, arena, ret };
    for (size_t i = 0; domains && i < domains->n; i++)
        map_put(walk.wanted, domains->v[i], &walk);
    if (attempts_ids(ports->records, arena, &ids, err))
        return -1;
    attempts_read(ports, &ids, arena, &infos, warnings);
    attempts_sort(&infos);
    for (size_t i = 0; i < infos.n; i++) {
        struct err one;
        if (attempt_keep(&walk, &infos.v[i], &one) && one.code != ERR_NOT_FOUND)
            strv_push(arena, warnings, arena_printf(arena, "%s: %s", infos.v[i].id, one.message));
    }
    return 0;
}

const struct known_set *known_find(const struct known *known, const char *account,
                                   const char *owner, uint16_t type, struct arena *arena)
{
    if (account) {
        const size_t *at = map_get(known->by_key, key_of(arena, account, owner, type));
        return at ? &known->v[*at - 1] : NULL;
    }
    for (size_t i = 0; i < known->n; i++) {
        if (known->v[i].type == type && !strcmp(known->v[i].owner, owner))
            return &known->v[i];
    }
    return NULL;
}
