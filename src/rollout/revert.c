/* revert: putting back what the ticket wrote, record by record.
 *
 * Every set is read first and put back as inverse.c says; what somebody else
 * changed is left alone and blocks.  The same way serves one failed domain, a
 * whole run, and the rollback command.  Needs the LKG and the provider, nothing
 * else. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "rollout/inverse.h"
#include "rollout/run.h"

enum { READ_TRIES = 6, ROUNDS_MAX = 3, BACKOFF_MS = 500 };

static void back_read(struct job *job, const struct err *err);

/* --- intents ----------------------------------------------------------------- */

static bool item_in(const struct job *job, const struct item *item)
{
    return job->run->rollback || item->maybe_ours;
}

static void job_intents(struct job *job)
{
    for (size_t i = 0; i < job->n; i++)
        if (item_in(job, &job->items[i]))
            event_set(job->run, "revert-intent", job, job->items[i].set);
}

/* Domains that failed in the same turn share one batch. */
void intents_flush(void *arg)
{
    struct run *run = arg;
    struct err err = { 0 };
    for (struct job *job = run->intents; job; job = job->next_intent)
        job_intents(job);
    /* Of a whole revert the records branch knows already: that is its intent. */
    bool durable = event_commit(run, &err) == 0 || run->reverted_all;
    struct job *job = run->intents, *next;
    run->intents = NULL;
    for (; job; job = next) {
        next = job->next_intent;
        job->next_intent = NULL;
        job->intended = durable;
        if (durable)
            read_start(job, back_read);
        else
            job_rest(job, END_STOPPED);
    }
    if (!durable)
        run_stop(run, STOP_BROKEN, &err);
}

static void intent_start(struct job *job)
{
    struct run *run = job->run;
    const struct loop_port *loop = run->outer->loop;
    job->next_intent = run->intents;
    run->intents = job;
    if (!run->intent_timer.set)
        loop->timer_set(loop->ctx, &run->intent_timer, run_now(run));
}

void back_start(struct job *job)
{
    job->stage = STAGE_CHECK;
    if (job->intended || job->run->dry_run)
        read_start(job, back_read);
    else
        intent_start(job);
}

/* --- what to write ----------------------------------------------------------- */

/* Several tickets wrote this set: theirs are taken back one after the other,
 * newest first, on paper. */
static void inverse_chain(struct job *job, struct item *item, bool overwrite, struct inverse *ret)
{
    bool partial = job->account->caps->atomic == ATOMIC_RECORD && item->maybe_ours;
    const struct rrset *value = item->live;
    enum inverse_kind kind = INVERSE_NOTHING;
    for (size_t i = 0; i < item->n_chain; i++) {
        inverse_compute(item->chain[i], value, partial && i == 0, overwrite, job->run->arena, ret);
        bool gone = ret->kind == INVERSE_NOTHING ||
                    (ret->kind == INVERSE_CONFLICT && item->chain[i]->put_back);
        if (gone)
            continue;
        if (ret->kind == INVERSE_CONFLICT)
            return;
        value = ret->to;
        kind = ret->kind;
    }
    *ret = (struct inverse){ .kind = kind, .to = value };
    if (kind != INVERSE_NOTHING && rrset_equal(value, item->live))
        ret->kind = INVERSE_NOTHING;
}

static void inverse_item(struct job *job, struct item *item, bool overwrite, struct inverse *ret)
{
    bool partial = job->account->caps->atomic == ATOMIC_RECORD && item->maybe_ours;
    if (item->n_chain)
        inverse_chain(job, item, overwrite, ret);
    else
        inverse_compute(item->set, item->live, partial, overwrite, job->run->arena, ret);
}

static void conflict_note(struct job *job, struct item *item, const struct inverse *inverse)
{
    struct run *run = job->run;
    const char *type = rtype_text(item->set->type);
    const char *key =
        arena_printf(run->arena, "%s %s %s", job->target->account, item->set->owner, type);
    const char *later =
        claim_later(run->outer->records, run->claim.ticket, run->claim.claimed_s, key, run->arena);
    struct err err;
    bool first = !job->conflict;
    job->conflict = item->blocked = true;
    item->write = false;
    item->set->detail = inverse->detail;
    if (!first)
        return;
    err_set(&err, ERR_HUMAN, "%s %s at %s was changed by somebody else and is left alone\n%s",
            item->set->owner, type, job->target->account, inverse->detail ? inverse->detail : "");
    if (later)
        err_hint(&err, "%s wrote it later: `dnschange rollback %s`, then `dnschange rollback %s`",
                 later, later, run->claim.ticket);
    else
        err_hint(&err, "`dnschange rollback %s --overwrite` writes the last known good value",
                 run->claim.ticket);
    target_fail(job->target, &err, run->arena);
}

static void live_add(struct buf *out, const struct job *job, const struct item *item)
{
    const struct rrset *live = item->live;
    buf_adds(out, out->len > 1 ? ",\n{\"account\":" : "{\"account\":");
    buf_json_string(out, job->target->account);
    buf_adds(out, ",\"owner\":");
    buf_json_string(out, item->set->owner);
    buf_addf(out, ",\"type\":\"%s\",\"live\":", rtype_text(item->set->type));
    if (rrset_absent(live)) {
        buf_adds(out, "null}");
        return;
    }
    buf_addf(out, "{\"ttl\":%" PRIu32 ",\"wire\":[", live->ttl);
    for (size_t i = 0; i < live->n; i++)
        buf_addf(out, "%s\"%s\"", i ? "," : "", rdata_hex(live->rr[i], job->run->arena));
    buf_adds(out, "],\"extra\":");
    if (live->extra)
        buf_json_string(out, live->extra);
    else
        buf_adds(out, "null");
    buf_adds(out, "}}");
}

/* What --overwrite is about to lose is stored first. */
static int overwritten_store(struct job *job, struct err *err)
{
    struct run *run = job->run;
    BUF_SCOPED out = BUF(16u << 20);
    buf_addc(&out, '[');
    for (size_t i = 0; i < job->n; i++)
        if (job->items[i].doubt)
            live_add(&out, job, &job->items[i]);
    buf_adds(&out, "]\n");
    const char *name =
        arena_printf(run->arena, "overwritten-%s-%s.json",
                     time_format_utc(run->arena, run_wall(run)), job->target->domain);
    struct record_file file = { attempt_path(run->arena, run->claim.ticket, run->claim.attempt,
                                             name),
                                buf_text(&out), out.len };
    const char *subject =
        arena_printf(run->arena, "%s: overwrite %s", run->claim.ticket, job->target->domain);
    return run->outer->records->commit(run->outer->records->ctx, &file, 1, subject, err);
}

static bool items_decide(struct job *job)
{
    bool overwrites = false;
    for (size_t i = 0; i < job->n; i++) {
        struct item *item = &job->items[i];
        struct inverse inverse;
        item->write = item->doubt = item->blocked = false;
        if (!item_in(job, item))
            continue;
        inverse_item(job, item, false, &inverse);
        if (inverse.kind == INVERSE_CONFLICT && job->run->overwrite) {
            inverse_item(job, item, true, &inverse);
            overwrites |= item->doubt = inverse.kind != INVERSE_CONFLICT;
        }
        if (inverse.kind == INVERSE_CONFLICT) {
            conflict_note(job, item, &inverse);
            continue;
        }
        item->write = inverse.kind != INVERSE_NOTHING;
        item->want = item->write ? inverse.to : item->live;
    }
    return overwrites;
}

/* --- after the write --------------------------------------------------------- */

static void back_end(struct job *job, const char *verified)
{
    job->target->verified = verified;
    if (!job->conflict)
        for (size_t i = 0; i < job->n; i++)
            job->items[i].maybe_ours = false;
    job_rest(job, job->conflict ? END_BLOCKED : END_GOOD);
}

static void back_confirmed(struct job *job, const struct err *err)
{
    struct err why = *err;
    for (size_t i = 0; why.code == ERR_NONE && i < job->n; i++) {
        const struct item *item = &job->items[i];
        if (item_in(job, item) && !item->blocked && !rrset_equivalent(item->live, item->want))
            err_set(&why, ERR_HUMAN, "%s %s was put back at %s and reads otherwise now",
                    item->set->owner, rtype_text(item->set->type), job->target->account);
    }
    if (why.code == ERR_NONE) {
        back_end(job, "api");
        return;
    }
    *job_err(job) = why;
    job_rest(job, END_BLOCKED);
}

static void checks_keep(struct job *job)
{
    const struct checks *checks = &job->shown->checks;
    for (size_t i = 0; i < checks->n; i++)
        if (checks->v[i].verdict != VERDICT_PASS)
            *vec_push(job->run->arena, &job->target->checks) = checks->v[i];
}

static void back_verified(struct job *job, enum verdict verdict)
{
    if (verdict == VERDICT_PASS) {
        back_end(job, "dns");
        return;
    }
    if (run_stopping(job)) {
        job_rest(job, END_STOPPED);
        return;
    }
    /* Where DNS cannot tell, what the provider holds decides. */
    checks_keep(job);
    read_start(job, back_confirmed);
}

/* The target as it is to look when all is back: sets that block are not asked. */
static struct target *shown_make(struct job *job)
{
    struct run *run = job->run;
    struct target *shown = ARENA_NEW(run->arena, struct target);
    *shown = *job->target;
    shown->checks = (struct checks){ 0 };
    shown->n = 0;
    shown->sets = ARENA_ARRAY(run->arena, struct target_set, job->n);
    for (size_t i = 0; i < job->n; i++) {
        const struct item *item = &job->items[i];
        if (!item_in(job, item) || item->blocked)
            continue;
        shown->sets[shown->n] = *item->set;
        shown->sets[shown->n].cls = CLASS_CHANGE;
        shown->sets[shown->n++].before = item->want;
    }
    return shown;
}

static void back_verify(struct job *job)
{
    struct run *run = job->run;
    struct verify_options options = { .settings = &run->settings->verify,
                                      .timeout_ms = job->acked ? verify_timeout(job) : 0,
                                      .side = VERIFY_BEFORE,
                                      .once = !job->acked };
    job->shown = shown_make(job);
    if (!job->shown->n) {
        back_end(job, job->target->verified);
        return;
    }
    verify_job(job, job->shown, &options, back_verified);
}

static void blocked_by(struct job *job)
{
    if (!job_has_err(job))
        err_set(job_err(job), ERR_FAILED, "the provider did not write it");
    err_wrap(job_err(job), "%s could not be put back", job->target->domain);
    err_hint(job_err(job),
             "`dnschange rollback %s` tries again; `dnschange rollback %s --print paste` "
             "prints what to enter by hand",
             job->run->claim.ticket, job->run->claim.ticket);
    job_rest(job, END_BLOCKED);
}

static void back_written(struct job *job, enum write_end end)
{
    if (end == WRITE_DONE) {
        job_err_clear(job);
        job->unit->touched = true;
        job->run->acked_ms = run_now(job->run);
        event_domain(job->run, "revert-ack", job, NULL, NULL);
        job_sent(job);
        if (run_stopping(job))
            job_rest(job, END_STOPPED);
        else
            settle_start(job, back_verify);
    } else if (run_stopping(job)) {
        job_rest(job, END_STOPPED);
    } else if (end == WRITE_FOREIGN && ++job->rounds < ROUNDS_MAX) {
        read_start(job, back_read);
    } else {
        blocked_by(job);
    }
}

static void back_begin(struct job *job, bool overwrites)
{
    bool write = false;
    for (size_t i = 0; i < job->n; i++)
        write |= job->items[i].write;
    if (job->run->dry_run) {
        job->unit->touched |= write;
        job_rest(job, job->conflict ? END_BLOCKED : END_GOOD);
    } else if (!write) {
        job_sent(job);
        back_verify(job);
    } else if (overwrites && overwritten_store(job, job_err(job)) < 0) {
        blocked_by(job);
    } else {
        write_start(job, back_written);
    }
}

static void read_again(void *arg)
{
    read_start(arg, back_read);
}

static void back_read(struct job *job, const struct err *err)
{
    const struct loop_port *loop = job->run->outer->loop;
    if (err->code != ERR_NONE) {
        *job_err(job) = *err;
        if (run_stopping(job)) {
            job_rest(job, END_STOPPED);
        } else if (++job->tries >= READ_TRIES || err->retry == ERR_RETRY_NEVER) {
            blocked_by(job);
        } else {
            job->timer = (struct timer){ .fire = read_again, .arg = job };
            loop->timer_set(loop->ctx, &job->timer,
                            run_now(job->run) + ((int64_t)BACKOFF_MS << job->tries));
        }
        return;
    }
    job_err_clear(job);
    job->conflict = false;
    bool overwrites = items_decide(job);
    if (run_stopping(job))
        job_rest(job, END_STOPPED);
    else
        back_begin(job, overwrites);
}

/* --- units ------------------------------------------------------------------- */

void back_unit_rest(struct unit *unit)
{
    struct run *run = unit->run;
    enum end end = END_GOOD;
    for (size_t i = 0; i < unit->n; i++)
        if (unit->jobs[i].end != END_GOOD && end != END_BLOCKED)
            end = unit->jobs[i].end;
    if (end == END_STOPPED)
        return;
    enum domain_state state = end == END_GOOD ? DOMAIN_REVERTED : DOMAIN_BLOCKED;
    /* Put back alone while the others go on: what it is called is failed. */
    enum domain_state rests = run->reverted_all ? DOMAIN_REVERTED : DOMAIN_FAILED;
    run->blocked += end == END_BLOCKED;
    unit->good = false;
    for (size_t i = 0; i < unit->n; i++) {
        struct job *job = &unit->jobs[i];
        job->target->state = job->end == END_BLOCKED ? DOMAIN_BLOCKED : rests;
        /* Was as it should be: a rollback that is run again has nothing to do. */
        if (run->rollback && end == END_GOOD && !unit->touched)
            job->target->state = DOMAIN_UNTOUCHED;
        if (job_has_err(job))
            target_fail(job->target, job->err, run->arena);
    }
    if (!run->dry_run)
        event_domain(run, end == END_GOOD ? "verdict" : "blocked", &unit->jobs[0],
                     domain_state_text(state), NULL);
    run_progress(run, "domain", unit->jobs[0].target->domain, domain_state_text(state), NULL);
}

static bool unit_blocked(const struct unit *unit)
{
    for (size_t i = 0; i < unit->n; i++)
        if (unit->jobs[i].target->state == DOMAIN_BLOCKED && unit->jobs[i].way == WAY_BACK)
            return true;
    return false;
}

static bool unit_in(const struct unit *unit)
{
    if (unit_blocked(unit))
        return false; /* tried already in this run */
    for (size_t i = 0; i < unit->n; i++)
        for (size_t k = 0; k < unit->jobs[i].n; k++)
            if (item_in(&unit->jobs[i], &unit->jobs[i].items[k]))
                return true;
    return false;
}

static void intents_all(struct run *run)
{
    struct err err;
    for (size_t i = 0; i < run->n_units; i++)
        for (size_t k = 0; unit_in(&run->units[i]) && k < run->units[i].n; k++) {
            job_intents(&run->units[i].jobs[k]);
            run->units[i].jobs[k].intended = true;
        }
    if (event_commit(run, &err) < 0)
        finding_add(run->arena, &run->findings, SEVERITY_WARNING, "journal.broken", "", "", NULL,
                    "%s; the records branch carries the intent", err.message);
}

/* An interrupted revert stays in its state: resume, or the same rollback again,
 * goes on with it. */
static int back_transition(struct run *run, struct err *err)
{
    enum ticket_event event = run->blocked        ? EVENT_BLOCKED
                              : run->claim.back.n ? EVENT_SOME_BACK
                                                  : EVENT_ALL_BACK;
    if (run->stop == STOP_PARK)
        return 0;
    return run_transition(run, event, NULL, false, err);
}

/* Puts back everything that may stand by this ticket's hand. */
int revert_all(struct run *run, enum ticket_event event, struct err *err)
{
    int64_t began_ms = run_now(run);
    run->cause = run->stop;
    run->cause_err = run->stop_err;
    run->stop = STOP_NONE;
    run->reverted_all = true;
    run->deadline_ms = 0;
    if (!run->dry_run) {
        run->outer->reserve_release(run->outer->attempt_ctx);
        if (run_transition(run, event, run->cause_err.message[0] ? run->cause_err.message : NULL,
                           true, err) < 0)
            return -1;
        intents_all(run);
    }
    phase_begin(run);
    for (size_t i = 0; i < run->n_units; i++)
        if (unit_in(&run->units[i]))
            phase_unit(run, &run->units[i], WAY_BACK);
    run->acked_ms = 0;
    int failed = phase_run(run, err);
    run->ms.verify += run->acked_ms ? run_now(run) - run->acked_ms : 0;
    run->ms.revert += run_now(run) - began_ms;
    if (failed < 0)
        return -1;
    return run->dry_run ? 0 : back_transition(run, err);
}
