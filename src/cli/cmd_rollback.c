/* cmd_rollback: the incident command: puts back what tickets wrote, everywhere at
 * once.  Needs no ticket file, approval, window, remote, or valid unrelated
 * settings. */
#include <string.h>

#include "base/clock.h"
#include "cli/incident.h"
#include "cli/run.h"
#include "cli/scopes.h"
#include "rollout/paste.h"
#include "store/request.h"
#include "survey/attempts.h"

struct options {
    int64_t since_ms;
    const char *print, *reason;
    bool last, overwrite, old, yes, dry_run;
};

static const struct opt opts[] = {
    { "last", 0, OPT_FLAG, offsetof(struct options, last), NULL,
      "the newest ticket that wrote something" },
    { "since", 0, OPT_DURATION, offsetof(struct options, since_ms), "DURATION",
      "every ticket of that time, each set to its oldest value" },
    { "overwrite", 0, OPT_FLAG, offsetof(struct options, overwrite), NULL,
      "also where others changed the ticket's records since; their values are stored first" },
    { "print", 0, OPT_CHOICE, offsetof(struct options, print), "paste|zone|nsupdate|curl",
      "write nothing: print the rollback for a person or another tool" },
    { "old", 0, OPT_FLAG, offsetof(struct options, old), NULL,
      "also a ticket that was finished over seven days ago" },
    { "reason", 'r', OPT_TEXT, offsetof(struct options, reason), "TEXT", "why, for the record" },
    { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run), NULL,
      "show what would be written, write nothing" },
    { "yes", 'y', OPT_FLAG, offsetof(struct options, yes), NULL, "ask no question" },
    OPTS_END
};

enum { FETCH_MS = 3000, OLD_S = 7 * 86400 };

struct rolling {
    struct session *s;
    const struct options *o;
    struct attempt_infos attempts; /* newest first */
    struct strv domains;           /* empty: all */
};

static bool was_begun(const struct attempt_info *info)
{
    return info->state != TICKET_CLAIMED && info->state != TICKET_PROPOSED &&
           info->state != TICKET_APPROVED;
}

static bool wrote_something(const struct attempt_info *info)
{
    return was_begun(info) && info->state != TICKET_REVERTED;
}

static bool still_to_do(const struct attempt_info *info)
{
    return info->state != TICKET_REVERTED;
}

/* --last and --since: from the records, since tickets may be gone. */
static int attempts_pick(struct rolling *r, struct err *err)
{
    struct session *s = r->s;
    struct strv ids = { 0 }, warnings = { 0 };
    struct attempt_infos all = { 0 };
    int64_t from_s = session_wall_s(s) - r->o->since_ms / 1000;
    if (attempts_ids(&s->records_port, s->arena, &ids, err))
        return -1;
    attempts_read(&s->ports, &ids, s->arena, &all, &warnings);
    out_warnings(&s->cli->out, &warnings);
    attempts_sort(&all);
    for (size_t i = 0; i < all.n; i++) {
        /* By time those that were put back count too: a newer ticket's last-known-good
         * values may hold what they wrote. */
        bool counts = r->o->last ? wrote_something(&all.v[i])
                                 : all.v[i].claimed_s >= from_s && was_begun(&all.v[i]);
        if (!counts)
            continue;
        *vec_push(s->arena, &r->attempts) = all.v[i];
        if (r->o->last)
            break;
    }
    return 0;
}

/* Never applied is nothing to put back, if the records are known to be complete. */
static bool never_applied(struct session *s, const char *id)
{
    struct ticket_file file;
    struct err err;
    return (s->fetched || !s->remote) && !tickets_read(s, id, true, &file, &err);
}

static int attempt_named(struct rolling *r, const char *word, struct err *err)
{
    struct attempt_info info;
    const char *id;
    if (tickets_id(r->s, word, &id, err))
        return -1;
    if (attempt_read(&r->s->ports, id, r->s->arena, &info, err)) {
        if (err->code != ERR_NOT_FOUND || !never_applied(r->s, id))
            return -1;
        *err = (struct err){ 0 };
        return 0;
    }
    *vec_push(r->s->arena, &r->attempts) = info;
    return 0;
}

static int domains_pick(struct rolling *r, const struct strv *words, size_t first, struct err *err)
{
    struct strv scope = { 0 };
    for (size_t i = first; i < words->n; i++)
        strv_push(r->s->arena, &scope, words->v[i]);
    return scope.n ? scopes_names(r->s, &scope, &r->domains, err) : 0;
}

static const struct strv *only(const struct rolling *r)
{
    return r->domains.n ? &r->domains : NULL;
}

static int print_forms(struct rolling *r, struct err *err)
{
    struct session *s = r->s;
    struct cli *cli = s->cli;
    enum paste_form form;
    BUF_SCOPED all = BUF((size_t)1 << 30);
    if (!paste_form_parse(r->o->print, &form))
        return err_set(err, ERR_USAGE, "--print %s: no such form", r->o->print);
    for (size_t i = 0; i < r->attempts.n; i++) {
        struct lkg lkg;
        const struct attempt_info *info = &r->attempts.v[i];
        if (attempt_lkg(&s->ports, info->id, info->attempt, s->arena, &lkg, err) ||
            paste_write(&lkg, form, only(r), &all, err))
            return -1;
    }
    if (!cli->common.json) {
        fputs(buf_text(&all), stdout);
        return 0;
    }
    jsonw_open_array(&cli->out.json, "tickets");
    for (size_t i = 0; i < r->attempts.n; i++)
        jsonw_str(&cli->out.json, NULL, r->attempts.v[i].id);
    jsonw_close_array(&cli->out.json);
    jsonw_str(&cli->out.json, "form", r->o->print);
    jsonw_str(&cli->out.json, "text", buf_text(&all));
    return 0;
}

static const char *attempts_text(const struct rolling *r)
{
    struct strv lines = { 0 };
    struct session *s = r->s;
    for (size_t i = 0; i < r->attempts.n; i++) {
        const struct attempt_info *info = &r->attempts.v[i];
        bool running = lock_is_held(s->repo, info->id, s->arena, NULL);
        strv_push(s->arena, &lines,
                  arena_printf(s->arena, "%s  %s  %s", info->id,
                               text_attempt(info, running, session_wall_s(s), s->arena),
                               info->reason ? info->reason : ""));
    }
    return strv_join(s->arena, &lines, "\n");
}

static int agree(struct rolling *r, struct err *err)
{
    struct session *s = r->s;
    const struct out *out = &s->cli->out;
    int64_t now_s = session_wall_s(s);
    for (size_t i = 0; i < r->attempts.n; i++) {
        const struct attempt_info *info = &r->attempts.v[i];
        if (!info->changed_s || now_s - info->changed_s < OLD_S || !still_to_do(info))
            continue;
        if (out_confirm(out, r->o->old, err, "%s ended %s, over seven days ago. Roll it back?",
                        info->id, time_format_local(s->arena, info->changed_s)))
            return err->code == ERR_USAGE ? err_hint(err, "add --old") : -1;
    }
    if (r->o->last || r->o->since_ms)
        return out_confirm(out, r->o->yes, err, "%s\nRoll back %s?", attempts_text(r),
                           r->attempts.n == 1 ? "this ticket" : "these tickets");
    if (out_ask(out, r->o->yes, "%s\nRoll back?", attempts_text(r)))
        return 0;
    return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was written");
}

static int enter_one(struct session *s, const char *id, struct lock **ret, struct err *err)
{
    if (!session_enter(s, id, "rollback", ret, err))
        return 0;
    if (err->code == ERR_FAILED && !err->hint[0])
        err_hint(err, "without writing here: dnschange rollback %s --print paste", id);
    return -1;
}

/* All tickets' locks, so that nobody writes while we put back. */
static int enter_all(struct rolling *r, struct lock **locks, struct err *err)
{
    for (size_t i = 0; i < r->attempts.n; i++) {
        const char *id = r->attempts.v[i].id;
        if (incident_preempt(r->s, id, "rollback", r->o->reason, err) ||
            enter_one(r->s, id, &locks[i], err))
            return -1;
        request_clear(r->s->repo, id);
    }
    return 0;
}

/* The values that would be written, domain by domain. */
static void dry_run_show(struct session *s, int rc, const struct rollout_result *result)
{
    if (rc || s->cli->common.json)
        return;
    printf("dry run: nothing was written\n");
    for (size_t i = 0; i < result->targets.n; i++) {
        const struct target *target = &result->targets.v[i];
        for (size_t k = 0; target->state == DOMAIN_REVERTED && k < target->n; k++) {
            const struct target_set *set = &target->sets[k];
            if (set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED)
                printf("  %s %s\n    + %s\n", set->owner, rtype_text(set->type),
                       text_set_line(set->before, s->arena));
        }
    }
}

static int write_back(struct rolling *r, struct err *err)
{
    struct session *s = r->s;
    struct rollout_result result = { 0 };
    struct rollback_item *items = ARENA_ARRAY(s->arena, struct rollback_item, r->attempts.n);
    for (size_t i = 0; i < r->attempts.n; i++)
        items[i] = (struct rollback_item){ r->attempts.v[i].id, r->attempts.v[i].attempt };
    const struct rollback_input in = { .settings = &s->settings,
                                       .items = items,
                                       .n = r->attempts.n,
                                       .domains = only(r),
                                       .overwrite = r->o->overwrite,
                                       .dry_run = r->o->dry_run,
                                       .reason = r->o->reason };
    *err = (struct err){ 0 };
    int rc = rollout_rollback(&in, &s->ports, s->arena, &result, err);
    if (r->o->dry_run)
        dry_run_show(s, rc, &result);
    else
        session_leave(s, r->attempts.v[0].id);
    return run_show(s, rc, &result, err);
}

static int roll_back(struct rolling *r, struct err *err)
{
    struct lock **locks = ARENA_ARRAY(r->s->arena, struct lock *, r->attempts.n);
    int rc = 0;
    for (size_t i = 0; !rc && i < r->attempts.n; i++)
        rc = incident_settings(r->s, r->attempts.v[i].id, r->o->yes, err);
    if (!rc && !r->o->dry_run)
        rc = agree(r, err) || enter_all(r, locks, err) ? -1 : 0;
    if (!rc)
        rc = write_back(r, err);
    for (size_t i = 0; i < r->attempts.n; i++)
        lock_free(locks[i]);
    return rc;
}

static int nothing(struct rolling *r)
{
    struct rollout_result result = { .state = TICKET_REVERTED };
    if (r->s->cli->common.json)
        json_result(&r->s->cli->out.json, &result, r->s->arena);
    else
        printf("nothing to roll back\n");
    return 0;
}

static int usage(const struct options *o, const struct strv *words, bool can_ask, struct err *err)
{
    bool by_time = o->last || o->since_ms;
    if (o->last && o->since_ms)
        return err_set(err, ERR_USAGE, "--last and --since do not go together");
    if (by_time && !o->yes && !o->print && !o->dry_run && !can_ask) {
        err_set(err, ERR_USAGE, "--last and --since choose tickets, and nobody is here to agree");
        return err_hint(err, "add --yes");
    }
    if (by_time || words->n)
        return 0;
    err_set(err, ERR_USAGE, "rollback needs an ID, --last or --since");
    return err_hint(err, "dnschange changed --since 2h shows what changed");
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    bool by_time = o->last || o->since_ms;
    SESSION_SCOPED s = { 0 };
    struct rolling r = { .s = &s, .o = o };
    if (usage(o, words, cli->out.can_ask, err) ||
        session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET | NEED_LENIENT, err))
        return -1;
    session_fetch(&s, FETCH_MS);
    out_note(&cli->out, "%s", session_records_line(&s));
    if (by_time ? attempts_pick(&r, err) : attempt_named(&r, words->v[0], err))
        return -1;
    if (domains_pick(&r, words, by_time ? 0 : 1, err))
        return -1;
    if (!r.attempts.n)
        return nothing(&r);
    return o->print ? print_forms(&r, err) : roll_back(&r, err);
}

const struct command cmd_rollback = {
    .name = "rollback",
    .words = "ID | --last | --since DURATION [SCOPE...]",
    .help = "Put back what a ticket wrote, all domains at once; the incident command",
    .more =
        "Puts back, record by record, what the ticket wrote; what others wrote meanwhile stays.\n"
        "Works without the ticket file, the remote and valid unrelated settings, from any clone.\n"
        "Exit 7: somebody changed what the ticket wrote; all three values are shown, --overwrite\n"
        "writes the old one anyway.  Run twice it does nothing the second time.",
    .group = GROUP_INCIDENT,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .max_words = WORDS_ANY,
    .completes = "ids",
};
