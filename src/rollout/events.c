/* events: what a run leaves behind while it runs: journal events (local, one
 * fdatasync a batch) and commits on the records branch (at transitions). */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "rollout/outcome_kept.h"

int run_journal_open(struct run *run, struct err *err)
{
    const struct ports *ports = run->outer;
    struct journal_port port;
    if (ports->journal_open(ports->attempt_ctx, run->claim.ticket, run->claim.attempt, &port, err) <
        0)
        return err_wrap(err, "local journal of %s", run->claim.ticket);
    return journal_open(&port, run->arena, &run->journal, err);
}

void event_set(struct run *run, const char *event, const struct job *job,
               const struct target_set *set)
{
    if (!run->journal || run->journal_broken)
        return;
    struct journal_event line = { .event = event,
                                  .domain = job->target->domain,
                                  .account = job->target->account,
                                  .owner = set->owner,
                                  .type = rtype_text(set->type),
                                  .wall_s = run_wall(run),
                                  .step = job->target->step };
    journal_add(run->journal, &line);
}

void event_domain(struct run *run, const char *event, const struct job *job, const char *state,
                  const char *detail)
{
    if (!run->journal || run->journal_broken)
        return;
    struct journal_event line = { .event = event,
                                  .domain = job->target->domain,
                                  .account = job->target->account,
                                  .state = state,
                                  .detail = detail,
                                  .wall_s = run_wall(run),
                                  .step = job->target->step };
    journal_add(run->journal, &line);
}

/* `detail` is the clock that never steps: on this machine it tells how much of an
 * unwatched wait really went by. */
void event_bake(struct run *run)
{
    if (!run->journal || run->journal_broken)
        return;
    struct journal_event line = { .event = "bake",
                                  .detail = arena_printf(run->arena, "%" PRId64, run_now(run)),
                                  .wall_s = run_wall(run),
                                  .ms = run->bake_done_ms,
                                  .step = run->bake_step };
    journal_add(run->journal, &line);
}

/* A failed fdatasync is final: what it was to make durable may be lost, and
 * doing it again would say otherwise. */
int event_commit(struct run *run, struct err *err)
{
    if (run->journal_broken)
        return err_set(err, ERR_FAILED, "the local journal broke earlier in this run");
    if (!run->journal)
        return 0;
    if (journal_commit(run->journal, err) < 0) {
        run->journal_broken = true;
        return -1;
    }
    return 0;
}

/* --- records branch ---------------------------------------------------------- */

static void claim_count(struct run *run)
{
    if (run->kept)
        (void)kept_update(run->kept, &run->lkg.targets, &run->claim.counts);
    else
        outcome_counts(run, &run->claim.counts);
}

int run_commit_with(struct run *run, const struct record_file *more, size_t n, const char *subject,
                    struct err *err)
{
    const struct records_port *records = run->outer->records;
    const char *id = run->claim.ticket;
    struct record_file *files = ARENA_ARRAY(run->arena, struct record_file, n + 2);
    BUF_SCOPED claim = BUF(256u << 20);
    run->claim.changed_s = run_wall(run);
    claim_count(run);
    claim_write(&run->claim, &claim);
    files[0] = (struct record_file){ attempt_path(run->arena, id, run->claim.attempt, "claim.json"),
                                     buf_text(&claim), claim.len };
    files[1] =
        (struct record_file){ attempt_path(run->arena, id, run->claim.attempt, "events.jsonl"),
                              buf_text(&run->events), run->events.len };
    for (size_t i = 0; i < n; i++)
        files[i + 2] = more[i];
    if (records->commit(records->ctx, files, n + 2, subject, err) < 0)
        return err_wrap(err, "records branch");
    return 0;
}

int run_commit(struct run *run, const char *subject, struct err *err)
{
    return run_commit_with(run, NULL, 0, subject, err);
}

static void line_member(struct buf *out, const char *key, const char *value)
{
    if (!value)
        return;
    buf_addf(out, ",\"%s\":", key);
    buf_json_string(out, value);
}

static void event_line(struct run *run, enum ticket_event event, const char *detail)
{
    struct buf *out = &run->events;
    buf_addf(out, "{\"time\":\"%s\"", time_format_utc(run->arena, run_wall(run)));
    line_member(out, "state", ticket_state_text(run->claim.state));
    line_member(out, "event", ticket_event_text(event));
    line_member(out, "actor", run->outer->actor);
    line_member(out, "holder", run->outer->holder);
    if (run->claim.state == TICKET_WAVE)
        buf_addf(out, ",\"wave\":%" PRIu32 ",\"waves\":%" PRIu32, run->claim.wave,
                 run->claim.waves);
    line_member(out, "detail", detail);
    buf_adds(out, "}\n");
}

void run_progress(struct run *run, const char *event, const char *domain, const char *state,
                  const char *detail)
{
    struct progress progress = { .event = event,
                                 .state = state,
                                 .domain = domain,
                                 .detail = detail,
                                 .wave = run->claim.wave,
                                 .waves = run->claim.waves,
                                 .done = run->resting,
                                 .total = run->phase_units };
    run->outer->progress->report(run->outer->progress->ctx, &progress);
}

static bool waits(enum ticket_state state)
{
    return state == TICKET_PARKED || state == TICKET_PAUSED || state == TICKET_HALTED;
}

static void state_journal(struct run *run)
{
    if (!run->journal || run->journal_broken)
        return;
    struct journal_event line = { .event = "state",
                                  .state = ticket_state_text(run->claim.state),
                                  .wall_s = run_wall(run),
                                  .step = run->claim.wave };
    journal_add(run->journal, &line);
}

int run_transition(struct run *run, enum ticket_event event, const char *detail, bool commit,
                   struct err *err)
{
    enum ticket_state to;
    if (!ticket_next(run->claim.state, event, &to))
        return err_set(err, ERR_FAILED, "%s cannot go on from state %s by \"%s\"",
                       run->claim.ticket, ticket_state_text(run->claim.state),
                       ticket_event_text(event));
    /* A waiting ticket remembers what it was doing. */
    if (!waits(run->claim.state) && waits(to))
        run->claim.phase = run->claim.state;
    else if (!waits(to))
        run->claim.phase = to;
    run->claim.state = to;
    if (!waits(to))
        run->claim.resume_after_s = 0;
    event_line(run, event, detail);
    state_journal(run);
    run_progress(run, "state", NULL, ticket_state_text(to), detail);
    log_line(LOG_INFO, "%s: %s", run->claim.ticket, ticket_state_text(to));
    if (!commit)
        return 0;
    const char *subject =
        arena_printf(run->arena, "%s: %s", run->claim.ticket, ticket_state_text(to));
    return run_commit(run, subject, err);
}
