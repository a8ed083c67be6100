/* rollback: putting whole attempts back, from the LKG and the provider alone: no
 * ticket, no portfolio, no approval, no remote.  Several attempts go back to the
 * oldest LKG of each RRset.  How one set goes back is revert.c's. */
#include <inttypes.h>
#include <string.h>

#include "base/map.h"
#include "rollout/outcome_kept.h"

struct chain { /* one set in every attempt that wrote it, newest first */
    struct {
        const struct target_set **v;
        size_t n, cap;
    } sets;
    struct target_set *merged;
};

struct merge {
    struct run *run;
    struct map *domains; /* NULL: all */
    struct map *chains;  /* "account owner TYPE" */
    struct map *targets; /* "domain account" -> index + 1 */
    const char *reason;  /* of the rollback; NULL: each ticket keeps its own */
    uint32_t wave;
};

struct rolled { /* one attempt that takes part */
    struct claim claim;
    struct lkg lkg;
    struct kept *kept; /* its outcome before */
    /* Rolled back before: a newer ticket's LKG may still hold what it wrote. */
    bool put_back;
};

static bool wrote(const struct claim *claim)
{
    return claim->state != TICKET_PROPOSED && claim->state != TICKET_APPROVED &&
           claim->state != TICKET_CLAIMED;
}

/* --- merging ----------------------------------------------------------------- */

static struct target *target_for(struct merge *merge, const struct target *from)
{
    struct run *run = merge->run;
    const char *key = arena_printf(run->arena, "%s %s", from->domain, from->account);
    const size_t *known = map_get(merge->targets, key);
    if (known)
        return &run->lkg.targets.v[*known];
    size_t *index = ARENA_NEW(run->arena, size_t);
    *index = run->lkg.targets.n;
    map_put(merge->targets, key, index);
    struct target *target = vec_push(run->arena, &run->lkg.targets);
    *target = *from;
    target->sets = NULL;
    target->n = 0;
    target->state = DOMAIN_PENDING;
    return target;
}

static struct chain *chain_of(const struct merge *merge, const struct target *target,
                              const struct target_set *set)
{
    return map_get(merge->chains, arena_printf(merge->run->arena, "%s %s %s", target->account,
                                               set->owner, rtype_text(set->type)));
}

static void set_merge(struct merge *merge, const struct target *from, struct target *to,
                      const struct target_set *set)
{
    struct run *run = merge->run;
    const char *key =
        arena_printf(run->arena, "%s %s %s", from->account, set->owner, rtype_text(set->type));
    struct chain *chain = chain_of(merge, from, set);
    if (!chain) {
        chain = ARENA_NEW(run->arena, struct chain);
        map_put(merge->chains, key, chain);
        chain->merged = &to->sets[to->n++];
        *chain->merged = *set;
    }
    chain->merged->before = set->before; /* of the oldest, as they come newest first */
    chain->merged->synthesised = set->synthesised;
    *vec_push(run->arena, &chain->sets) = set;
}

static struct map *names_map(struct arena *arena, const struct strv *names)
{
    struct map *map = map_new(arena);
    for (size_t i = 0; i < names->n; i++)
        map_put(map, names->v[i], map);
    return map;
}

static bool wanted(const struct merge *merge, const struct target *target)
{
    return !merge->domains || map_get(merge->domains, target->domain);
}

/* Room for the sets of this attempt behind those that are there; the addresses
 * that the chains hold move along. */
static void room_make(struct merge *merge, struct target *to, size_t more)
{
    struct run *run = merge->run;
    struct target_set *sets = ARENA_ARRAY(run->arena, struct target_set, to->n + more);
    for (size_t i = 0; i < to->n; i++) {
        sets[i] = to->sets[i];
        struct chain *chain = chain_of(merge, to, &sets[i]);
        if (chain)
            chain->merged = &sets[i];
    }
    to->sets = sets;
}

static void attempt_merge(struct merge *merge, const struct lkg *lkg)
{
    for (size_t i = 0; i < lkg->targets.n; i++) {
        const struct target *from = &lkg->targets.v[i];
        if (!target_writes(from))
            continue;
        if (!wanted(merge, from))
            continue;
        struct target *to = target_for(merge, from);
        room_make(merge, to, from->n);
        for (size_t s = 0; s < from->n; s++)
            if (verify_asks(&from->sets[s]))
                set_merge(merge, from, to, &from->sets[s]);
    }
}

/* What was rolled back before counts only below a newer attempt of this rollback. */
static void put_back_merge(struct merge *merge, const struct lkg *lkg)
{
    for (size_t i = 0; i < lkg->targets.n; i++) {
        const struct target *from = &lkg->targets.v[i];
        for (size_t s = 0; s < from->n; s++) {
            struct target_set *set = &from->sets[s];
            struct chain *chain = chain_of(merge, from, set);
            if (!chain || !verify_asks(set))
                continue;
            set->put_back = true;
            set_merge(merge, from, NULL, set);
        }
    }
}

static int by_domain(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    int order = strcmp(x->domain, y->domain);
    return order ? order : strcmp(x->account, y->account);
}

/* After sorting only the sets stay where they are. */
static void chains_attach(struct merge *merge)
{
    struct run *run = merge->run;
    for (size_t i = 0; i < run->n_jobs; i++) {
        struct job *job = &run->jobs[i];
        for (size_t k = 0; k < job->n; k++) {
            struct item *item = &job->items[k];
            const struct chain *chain = chain_of(merge, job->target, item->set);
            item->maybe_ours = true;
            if (chain && chain->sets.n > 1) {
                item->chain = chain->sets.v;
                item->n_chain = chain->sets.n;
            }
        }
    }
}

/* --- the attempts ------------------------------------------------------------ */

static int attempts_read(struct run *run, const struct rollback_input *in, struct rolled *rolled,
                         size_t *ret_n, struct err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        const struct rollback_item *item = &in->items[i];
        struct rolled *next = &rolled[n];
        *next = (struct rolled){ 0 };
        if (claim_read(run->outer->records, item->id, item->attempt, run->arena, &next->claim,
                       err) < 0)
            return err_wrap(err, "records of %s", item->id);
        if (!wrote(&next->claim))
            continue;
        /* Alone it is looked at again: rolling back twice is rolling back once. */
        next->put_back = in->n > 1 && next->claim.state == TICKET_REVERTED;
        if (next->put_back && n == 0)
            continue; /* nothing newer can hold what it wrote */
        if (attempt_lkg(run->outer, item->id, item->attempt, run->arena, &next->lkg, err) == 0) {
            next->kept = kept_read(run->outer->records, &next->claim, &next->lkg, run->arena);
            n++;
        } else if (err->code != ERR_NOT_FOUND || next->claim.state == TICKET_DONE)
            return -1; /* else it was stopped before anything was captured */
    }
    *ret_n = n;
    return 0;
}

static void events_continue(struct run *run);

/* An attempt that holds its sets and wrote nothing lets them go. */
static int unwritten_release(struct run *run, struct err *err)
{
    if (!claim_open(&run->claim) || run->dry_run)
        return 0;
    events_continue(run);
    if (run_transition(run, EVENT_ROLLBACK, NULL, false, err) < 0)
        return -1;
    return run_transition(run, EVENT_ALL_BACK, NULL, true, err);
}

static int nothing(struct run *run, const struct rollback_input *in, struct rollout_result *ret,
                   struct err *err)
{
    run->claim.state = TICKET_APPROVED;
    if (in->n && (claim_read(run->outer->records, in->items[0].id, in->items[0].attempt, run->arena,
                             &run->claim, err) < 0 ||
                  unwritten_release(run, err) < 0))
        return -1;
    *ret = (struct rollout_result){ .ticket = in->n ? in->items[0].id : NULL,
                                    .attempt = in->n ? in->items[0].attempt : 0,
                                    .state = run->claim.state };
    ret->ms.total = run_now(run) - run->started_ms;
    return 0;
}

/* Domains put back by parts of a scope add up to the whole. */
static void parts_add(struct run *run, const struct merge *merge, const struct rolled *rolled,
                      struct claim *claim)
{
    struct strv back = { 0 };
    bool all = true;
    struct map *have = names_map(run->arena, &rolled->claim.back);
    for (size_t i = 0; i < rolled->lkg.targets.n; i++) {
        const struct target *target = &rolled->lkg.targets.v[i];
        if (target_writes(target) && wanted(merge, target))
            map_put(have, target->domain, run);
    }
    for (size_t i = 0; i < map_count(have); i++)
        strv_push(run->arena, &back, map_key_at(have, i));
    for (size_t i = 0; i < rolled->lkg.targets.n && all; i++)
        all = !target_writes(&rolled->lkg.targets.v[i]) ||
              map_get(have, rolled->lkg.targets.v[i].domain);
    claim->back = all ? (struct strv){ 0 } : back;
}

static struct record_file file_of(struct run *run, const struct claim *claim, const char *name,
                                  struct buf *text)
{
    size_t len = text->len;
    const char *path = attempt_path(run->arena, claim->ticket, claim->attempt, name);
    return (struct record_file){ path, buf_take(text, run->arena), len };
}

static struct record_file claim_rest(struct run *run, const struct merge *merge,
                                     struct claim *claim)
{
    BUF_SCOPED text = BUF(256u << 20);
    claim->state = claim->counts.blocked ? TICKET_REVERT_BLOCKED
                   : claim->back.n       ? TICKET_PARTLY_REVERTED
                                         : TICKET_REVERTED;
    claim->phase = claim->state;
    claim->changed_s = run_wall(run);
    if (merge->reason)
        claim->reason = merge->reason;
    claim_write(claim, &text);
    return file_of(run, claim, "claim.json", &text);
}

static struct record_file outcome_rest(struct run *run, const struct claim *claim,
                                       const struct targets *targets)
{
    BUF_SCOPED text = BUF(256u << 20);
    const struct rollout_result result = { .ticket = claim->ticket,
                                           .attempt = claim->attempt,
                                           .state = claim->state,
                                           .counts = claim->counts,
                                           .targets = *targets,
                                           .exit_code = claim->counts.blocked ? 7 : 0,
                                           .ms = run->ms };
    outcome_write(run, &result, &text);
    return file_of(run, claim, "outcome.json", &text);
}

/* The older attempts rest with the newest: one commit for all of them. */
static int others_commit(struct run *run, const struct merge *merge, struct rolled *rolled,
                         size_t n, struct err *err)
{
    struct record_file *files = ARENA_ARRAY(run->arena, struct record_file, 2 * n);
    size_t n_files = 0;
    if (run->claim.state == TICKET_REVERTING)
        return 0;
    outcome_untouched(run);
    run->ms.total = run_now(run) - run->started_ms;
    for (size_t i = 1; i < n; i++) {
        struct claim *claim = &rolled[i].claim;
        if (rolled[i].put_back)
            continue;
        const struct targets *targets =
            kept_update(rolled[i].kept, &run->lkg.targets, &claim->counts);
        parts_add(run, merge, &rolled[i], claim);
        files[n_files++] = claim_rest(run, merge, claim);
        files[n_files++] = outcome_rest(run, claim, targets);
    }
    if (n_files == 0)
        return 0;
    return run->outer->records->commit(
        run->outer->records->ctx, files, n_files,
        arena_printf(run->arena, "%s: rolled back with %zu more", run->claim.ticket, n_files / 2),
        err);
}

/* --- the way ----------------------------------------------------------------- */

static void lkg_head(struct run *run, const struct rolled *rolled, size_t n)
{
    size_t cap = 0;
    for (size_t i = 0; i < n; i++)
        cap += rolled[i].put_back ? 0 : rolled[i].lkg.targets.n;
    run->lkg = rolled[0].lkg;
    /* At once: a list that grows leaves its smaller selves behind. */
    run->lkg.targets =
        (struct targets){ .v = ARENA_ARRAY(run->arena, struct target, cap + 1), .cap = cap + 1 };
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < rolled[i].claim.broken.n; k++)
            if (!strv_has(&run->claim.broken, rolled[i].claim.broken.v[k]))
                strv_push(run->arena, &run->claim.broken, rolled[i].claim.broken.v[k]);
}

static int prepare(struct run *run, struct merge *merge, const struct rolled *rolled, size_t n,
                   struct err *err)
{
    run->claim = rolled[0].claim;
    lkg_head(run, rolled, n);
    for (size_t i = 0; i < n; i++)
        if (rolled[i].put_back)
            put_back_merge(merge, &rolled[i].lkg);
        else
            attempt_merge(merge, &rolled[i].lkg);
    if (run->lkg.targets.n)
        qsort(run->lkg.targets.v, run->lkg.targets.n, sizeof *run->lkg.targets.v, by_domain);
    if (run_jobs(run, err) < 0)
        return -1;
    chains_attach(merge);
    parts_add(run, merge, &rolled[0], &run->claim);
    run->kept = rolled[0].kept;
    run->claim.holder = run->outer->holder;
    run->claim.actor = run->outer->actor;
    if (merge->reason)
        run->claim.reason = merge->reason;
    return 0;
}

/* A damaged or unwritable journal does not stop a rollback: its intent stands on
 * the records branch. */
static void journal_try(struct run *run)
{
    struct err err;
    if (run_journal_open(run, &err) == 0)
        return;
    run->journal = NULL;
    finding_add(run->arena, &run->findings, SEVERITY_WARNING, "journal.broken", "", "", NULL, "%s",
                err.message);
}

static void events_continue(struct run *run)
{
    const char *text,
        *path = attempt_path(run->arena, run->claim.ticket, run->claim.attempt, "events.jsonl");
    size_t len;
    struct err err;
    if (run->outer->records->read(run->outer->records->ctx, path, run->arena, &text, &len, &err) ==
        0)
        buf_add(&run->events, text, len);
}

static int rollback_dry(struct run *run, struct rollout_result *ret, struct err *err)
{
    if (revert_all(run, EVENT_ROLLBACK, err) < 0)
        return -1;
    *ret = (struct rollout_result){ .ticket = run->claim.ticket,
                                    .attempt = run->claim.attempt,
                                    .state = run->claim.state,
                                    .targets = run->lkg.targets,
                                    .findings = run->findings,
                                    .exit_code = run->blocked ? 7 : 0 };
    struct provider_counts now = run->outer->provider->counts(run->outer->provider->ctx);
    outcome_counts(run, &ret->counts);
    ret->requests_read = now.read - run->counts_before.read;
    ret->ms.total = run_now(run) - run->started_ms;
    if (run->blocked)
        err_set(err, ERR_HUMAN, "%zu domains cannot be put back as they are", run->blocked);
    return 0;
}

int rollout_rollback(const struct rollback_input *in, const struct ports *ports,
                     struct arena *arena, struct rollout_result *ret, struct err *err)
{
    RUN_SCOPED run;
    size_t n = 0;
    run_init(&run, ports, arena, in->settings);
    run.rollback = true;
    run.overwrite = in->overwrite;
    run.dry_run = in->dry_run;
    struct rolled *rolled = ARENA_ARRAY(arena, struct rolled, in->n);
    struct merge merge = { .run = &run,
                           .domains = in->domains ? names_map(arena, in->domains) : NULL,
                           .reason = in->reason && *in->reason ? in->reason : NULL,
                           .chains = map_new(arena),
                           .targets = map_new(arena) };
    if (attempts_read(&run, in, rolled, &n, err) < 0)
        return -1;
    if (!n)
        return nothing(&run, in, ret, err);
    if (prepare(&run, &merge, rolled, n, err) < 0)
        return -1;
    if (in->dry_run)
        return rollback_dry(&run, ret, err);
    events_continue(&run);
    journal_try(&run);
    if (revert_all(&run, EVENT_ROLLBACK, err) < 0) {
        err_hint(err,
                 "run the same rollback again: it reads back what is live and goes on; where this "
                 "repository cannot be written, `dnschange rollback %s --print paste` needs no "
                 "writing",
                 run.claim.ticket);
        return -1;
    }
    if (others_commit(&run, &merge, rolled, n, err) < 0)
        return -1;
    return outcome_fill(&run, ret, err);
}
