/* verify: asks every server of one target until they agree or time is up.
 *
 * Works in turns: all open questions of a turn are asked at once, the next turn
 * begins when the last of them is answered.  What an answer means is
 * verify_judge.c's; what a verdict leads to is the caller's. */
#include "rollout/verify.h"

#include <string.h>

#include "rollout/verify_judge.h"

enum { SLOW_AFTER_TURNS = 4, SLOWEST = 8 };

struct probe { /* one name and type at one server */
    struct verify *verify;
    const struct target_set *set;
    const char *name; /* the set's owner, or a label made up below a wildcard */
    size_t server;
    uint32_t agreed; /* rounds in a row */
    enum verdict last;
    bool settled, confirming;
    const char *detail;
};

struct verify {
    const struct ports *ports;
    struct arena *arena;
    struct target *target;
    struct verify_options options;
    const struct strv *broken;
    void (*done)(void *arg, enum verdict verdict);
    void *arg;
    struct probe *probes;
    size_t n, in_flight;
    uint32_t turns;
    int64_t until_ms;
    bool last_turn, cancelled;
    struct timer timer;
};

static bool probe_required(const struct probe *probe)
{
    const struct verify *verify = probe->verify;
    return !verify->broken ||
           !strv_has(verify->broken, verify->target->servers[probe->server].text);
}

static uint32_t rounds_wanted(const struct verify *verify)
{
    uint32_t rounds = verify->options.settings->rounds;
    return verify->options.once || !rounds ? 1 : rounds;
}

static void turn_end(struct verify *verify);

/* Text for a mismatch is made once: a server polled for minutes must not fill
 * the arena with the same sentence. */
static void probe_judge(struct probe *probe, const struct dns_reply *reply)
{
    struct verify *verify = probe->verify;
    probe->last = verify_judge(probe->set, verify->options.side, reply, verify->arena, NULL);
    if (probe->last == VERDICT_PASS) {
        if (++probe->agreed >= rounds_wanted(verify) || probe->confirming)
            probe->settled = true;
        return;
    }
    probe->agreed = 0;
    if (!probe->detail || probe->confirming || verify->last_turn)
        verify_judge(probe->set, verify->options.side, reply, verify->arena, &probe->detail);
}

static void probe_answered(void *arg, const struct dns_reply *reply)
{
    struct probe *probe = arg;
    struct verify *verify = probe->verify;
    verify->in_flight--;
    probe_judge(probe, reply);
    if (!verify->in_flight)
        turn_end(verify);
}

static void probe_ask(struct probe *probe, bool tcp)
{
    struct verify *verify = probe->verify;
    struct dns_question question = { .server = verify->target->servers[probe->server],
                                     .name = probe->name,
                                     .type = probe->set->type,
                                     .tcp = tcp };
    probe->confirming = tcp;
    verify->in_flight++;
    verify->ports->dns->query(verify->ports->dns->ctx, &question, probe_answered, probe);
}

static int64_t now_ms(const struct verify *verify)
{
    return verify->ports->loop->now_ms(verify->ports->loop->ctx);
}

/* Servers that were broken before are looked at once, for the report. */
static bool probe_open(const struct probe *probe)
{
    return !probe->settled && (probe->verify->turns == 0 || probe_required(probe));
}

static void turn_begin(void *arg)
{
    struct verify *verify = arg;
    if (verify->cancelled) {
        turn_end(verify);
        return;
    }
    verify->last_turn = verify->options.once || now_ms(verify) >= verify->until_ms;
    for (size_t i = 0; i < verify->n; i++)
        if (probe_open(&verify->probes[i]))
            probe_ask(&verify->probes[i], false);
    verify->turns++;
    if (!verify->in_flight)
        turn_end(verify);
}

static bool required_settled(const struct verify *verify)
{
    bool any = false;
    for (size_t i = 0; i < verify->n; i++) {
        if (!probe_required(&verify->probes[i]))
            continue;
        any = true;
        if (!verify->probes[i].settled)
            return false;
    }
    return any;
}

/* Answers over UDP can be forged or come from a middle box: before a mismatch
 * becomes a fail it is asked once over TCP. */
static bool confirm(struct verify *verify)
{
    for (size_t i = 0; i < verify->n; i++) {
        struct probe *probe = &verify->probes[i];
        if (!probe->settled && !probe->confirming && probe->last == VERDICT_FAIL)
            probe_ask(probe, true);
    }
    return verify->in_flight > 0;
}

static int worse(enum verdict a)
{
    return a == VERDICT_FAIL ? 2 : a == VERDICT_UNKNOWN ? 1 : 0;
}

/* One line a server: its worst probe. */
static enum verdict server_check(struct verify *verify, size_t server, bool *ret_required)
{
    const struct probe *worst = NULL;
    enum verdict verdict = VERDICT_PASS;
    for (size_t i = 0; i < verify->n; i++) {
        const struct probe *probe = &verify->probes[i];
        enum verdict mine = probe->settled ? VERDICT_PASS : probe->last;
        if (probe->server != server)
            continue;
        /* Agreed in its last round but not in enough of them: no verdict yet. */
        if (!probe->settled && mine == VERDICT_PASS)
            mine = VERDICT_UNKNOWN;
        if (!worst || worse(mine) > worse(verdict)) {
            worst = probe;
            verdict = mine;
        }
    }
    *ret_required = worst && probe_required(worst);
    const char *detail = NULL;
    if (worst && verdict != VERDICT_PASS) {
        detail = worst->detail ? worst->detail : "not asked to the end";
        if (!*ret_required)
            detail = arena_printf(verify->arena, "%s (was so before the change)", detail);
    }
    struct check *check = vec_push(verify->arena, &verify->target->checks);
    *check = (struct check){ "dns", verify->target->servers[server].text, verdict, detail };
    return verdict;
}

static enum verdict verdict_of(struct verify *verify)
{
    size_t fails = 0, silent = 0, passes = 0;
    for (size_t i = 0; i < verify->target->n_servers; i++) {
        bool required;
        enum verdict verdict = server_check(verify, i, &required);
        if (!required)
            continue;
        fails += verdict == VERDICT_FAIL;
        silent += verdict == VERDICT_UNKNOWN;
        passes += verdict == VERDICT_PASS;
    }
    if (fails)
        return VERDICT_FAIL;
    /* All silent: nothing is known.  Some silent among others that answer, and
     * not so before: a missing verdict is a fail. */
    if (silent)
        return passes ? VERDICT_FAIL : VERDICT_UNKNOWN;
    return passes ? VERDICT_PASS : VERDICT_UNKNOWN;
}

static void finish(struct verify *verify)
{
    if (verify->cancelled) {
        verify->done(verify->arg, VERDICT_UNKNOWN);
        return;
    }
    if (!verify->n) {
        struct check *check = vec_push(verify->arena, &verify->target->checks);
        *check = (struct check){ "dns", verify->target->zone, VERDICT_UNKNOWN,
                                 "no nameserver of the zone is known" };
    }
    verify->done(verify->arg, verify->n ? verdict_of(verify) : VERDICT_UNKNOWN);
}

static void turn_wait(struct verify *verify)
{
    int64_t wait = verify->options.settings->interval_ms;
    if (wait < 1)
        wait = 1;
    /* What is late for long is late for longer: ask less often. */
    if (verify->turns > SLOW_AFTER_TURNS) {
        uint32_t factor = verify->turns - SLOW_AFTER_TURNS;
        wait *= factor < SLOWEST ? factor : SLOWEST;
    }
    int64_t at = now_ms(verify) + wait;
    if (at > verify->until_ms)
        at = verify->until_ms;
    verify->ports->loop->timer_set(verify->ports->loop->ctx, &verify->timer, at);
}

static void turn_end(struct verify *verify)
{
    if (verify->cancelled || required_settled(verify)) {
        finish(verify);
        return;
    }
    if (!verify->last_turn && verify->n) {
        turn_wait(verify);
        return;
    }
    if (!confirm(verify))
        finish(verify);
}

/* A label that nobody has, so that only the wildcard can answer for it. */
static const char *below_wildcard(const char *owner, struct arena *arena)
{
    return arena_printf(arena, "dnschange-probe-%zu%s", strlen(owner) * 7919u, owner + 1);
}

static void probe_add(struct verify *verify, const struct target_set *set, const char *name,
                      size_t server)
{
    struct probe *probe = &verify->probes[verify->n++];
    *probe = (struct probe){
        .verify = verify, .set = set, .name = name, .server = server, .last = VERDICT_UNKNOWN
    };
}

static void probes_make(struct verify *verify)
{
    const struct target *target = verify->target;
    verify->probes = ARENA_ARRAY(verify->arena, struct probe, target->n * target->n_servers * 2);
    for (size_t s = 0; s < target->n; s++) {
        const struct target_set *set = &target->sets[s];
        bool wildcard = strncmp(set->owner, "*.", 2) == 0;
        const char *made = wildcard ? below_wildcard(set->owner, verify->arena) : NULL;
        for (size_t i = 0; verify_asks(set) && i < target->n_servers; i++) {
            probe_add(verify, set, set->owner, i);
            if (wildcard && verify_wanted(set, verify->options.side))
                probe_add(verify, set, made, i);
        }
    }
}

struct verify *verify_start(const struct ports *ports, struct arena *arena, struct target *target,
                            const struct verify_options *options, const struct strv *broken,
                            void (*done)(void *arg, enum verdict verdict), void *arg)
{
    struct verify *verify = ARENA_NEW(arena, struct verify);
    *verify = (struct verify){ .ports = ports,
                               .arena = arena,
                               .target = target,
                               .options = *options,
                               .broken = broken,
                               .done = done,
                               .arg = arg };
    verify->until_ms = now_ms(verify) + options->timeout_ms;
    verify->timer = (struct timer){ .fire = turn_begin, .arg = verify };
    probes_make(verify);
    if (verify->n)
        turn_begin(verify);
    else {
        verify->last_turn = true;
        ports->loop->timer_set(ports->loop->ctx, &verify->timer, now_ms(verify));
    }
    return verify;
}

void verify_cancel(struct verify *verify)
{
    if (verify->cancelled)
        return;
    verify->cancelled = true;
    /* Questions in flight come back first: their answers need this memory. */
    if (!verify->in_flight)
        verify->ports->loop->timer_set(verify->ports->loop->ctx, &verify->timer, now_ms(verify));
}
