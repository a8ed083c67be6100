/* cmd_propose: reads what is live, writes a ticket, commits it, prints its id. */
#include <string.h>

#include "base/map.h"
#include "cli/propose.h"
#include "store/push.h"
#include "ticket/policy.h"

enum { PUSH_MS = 30000 };

static const struct opt opts[] = {
    { "change", 'c', OPT_LIST, offsetof(struct propose_options, change), "EDIT",
      "an edit; several times (set, add, remove, ttl, spf, dmarc)" },
    { "changes", 0, OPT_TEXT, offsetof(struct propose_options, changes), "FILE",
      "edits from a file, one a line; - is standard input" },
    { "ticket", 0, OPT_TEXT, offsetof(struct propose_options, ticket), "FILE",
      "a ticket as JSON instead of scope and edits; - is standard input" },
    { "values", 0, OPT_TEXT, offsetof(struct propose_options, values), "CSV",
      "variables by domain: a column domain, one for each variable" },
    { "reason", 'r', OPT_TEXT, offsetof(struct propose_options, reason), "TEXT", "why; required" },
    { "risk", 0, OPT_CHOICE, offsetof(struct propose_options, risk), "low|med|high",
      "how risky it is" },
    { "window", 0, OPT_TEXT, offsetof(struct propose_options, window), "FROM/TO",
      "when it may be applied" },
    { "requested-by", 0, OPT_TEXT, offsetof(struct propose_options, requested_by), "WHO",
      "who wants it; your git identity by default" },
    { "verify", 0, OPT_COMMAS, offsetof(struct propose_options, verify), "CHECK,...",
      "checks: dns (always), mail-records, hook:NAME" },
    { "canary", 0, OPT_COMMAS, offsetof(struct propose_options, canary), "DOMAIN,...",
      "domains to begin with" },
    { "allow", 0, OPT_COMMAS, offsetof(struct propose_options, allow), "WORD,...",
      "what else is meant: empty-rrset, root-ns, over-limit, swap" },
    { "cross-client", 0, OPT_FLAG, offsetof(struct propose_options, cross_client), NULL,
      "domains of several clients are meant" },
    { "skip-unfit", 0, OPT_FLAG, offsetof(struct propose_options, skip_unfit), NULL,
      "leave out domains an edit does not fit" },
    { "revert", 0, OPT_TEXT, offsetof(struct propose_options, revert), "ID",
      "the inverse of an applied ticket" },
    { "apply", 0, OPT_FLAG, offsetof(struct propose_options, apply), NULL,
      "apply it at once (where no review is needed)" },
    { "push", 0, OPT_FLAG, offsetof(struct propose_options, push), NULL,
      "push the branch it is on" },
    { "no-commit", 0, OPT_FLAG, offsetof(struct propose_options, no_commit), NULL,
      "write the files, commit nothing" },
    { "dry-run", 'n', OPT_FLAG, offsetof(struct propose_options, dry_run), NULL,
      "show the ticket's effect, write nothing" },
    { "yes", 'y', OPT_FLAG, offsetof(struct propose_options, yes), NULL, "ask no question" },
    OPTS_END
};

static void drop_skipped(const struct plan *plan, struct arena *arena, struct ticket *ticket)
{
    struct strv kept = { 0 };
    struct map *skipped = map_new(arena);
    for (size_t i = 0; i < plan->n_skipped; i++)
        map_put(skipped, plan->skipped[i].domain, ticket);
    for (size_t i = 0; i < ticket->domains.n; i++) {
        if (!map_get(skipped, ticket->domains.v[i]))
            strv_push(arena, &kept, ticket->domains.v[i]);
    }
    ticket->domains = kept;
}

/* Reads what is live and fills the rollback values. */
static int plan_make(struct session *s, const struct propose_options *o, struct ticket *ticket,
                     struct plan *plan, struct err *err)
{
    const struct plan_input in = { .ticket = ticket,
                                   .settings = &s->settings,
                                   .portfolio = &s->portfolio,
                                   .record = true,
                                   .skip_unfit = o->skip_unfit };
    if (ticket_check(ticket, &s->settings, &s->portfolio, s->arena, err) ||
        policy_limits(ticket, &s->settings.policy, &s->portfolio, err) ||
        plan_build(&in, &s->ports, s->arena, plan, err))
        return -1;
    if (plan->n_skipped) {
        drop_skipped(plan, s->arena, ticket);
        plan_digest(ticket, &plan->targets, plan->digest);
        if (!ticket->domains.n)
            return err_set(err, ERR_INVALID, "the edits fit no domain of the scope");
    }
    plan_record(plan, ticket, s->arena);
    return 0;
}

static void preview(struct session *s, const struct ticket *ticket, const struct plan *plan,
                    bool whole)
{
    struct out shown = s->cli->out;
    shown.to = stderr;
    shown.colour_out = shown.colour_err;
    if (shown.quiet)
        return;
    if (whole) {
        text_plan(&shown, ticket, plan);
        return;
    }
    if (strcmp(plan->source, "api") != 0)
        out_note(&shown,
                 "values read from %s: without a secret to read with, what only the "
                 "provider keeps (disabled records, comments) is not seen",
                 plan->source);
    text_skipped(stderr, plan);
    text_findings(&shown, stderr, &plan->findings);
}

static void show(struct session *s, const struct ticket *ticket, const struct plan *plan,
                 const struct propose_made *made)
{
    struct jsonw *w = &s->cli->out.json;
    if (!s->cli->common.json) {
        if (made)
            printf("%s\n", ticket->id);
        return;
    }
    jsonw_str(w, "ticket", ticket->id);
    jsonw_str(w, "path", made ? made->path : NULL);
    jsonw_str(w, "branch", made ? made->branch : NULL);
    jsonw_str(w, "commit", made ? made->commit : NULL);
    jsonw_str(w, "blob", made ? made->blob : NULL);
    jsonw_str(w, "digest", plan->digest);
    jsonw_str(w, "source", plan->source);
    jsonw_strv(w, "domains", &ticket->domains);
    json_findings(w, &plan->findings);
    json_skipped(w, plan);
}

static int push(struct session *s, const struct propose_made *made, struct err *err)
{
    const char *remote = s->settings.git.remote;
    if (push_branch(s->repo, remote, made->branch, PUSH_MS, err))
        return err_wrap(err, "committed on %s, but not pushed", made->branch);
    out_note(&s->cli->out, "pushed %s to %s", made->branch, remote);
    return 0;
}

static int apply_now(struct session *s, const char *id, bool yes, struct err *err)
{
    const struct apply_options options = { .bake_ms = -1, .yes = yes };
    struct ticket_file file;
    struct jsonw *w = &s->cli->out.json;
    if (tickets_read(s, id, false, &file, err))
        return -1;
    if (s->cli->common.json)
        jsonw_open(w, "apply");
    int rc = run_apply(s, &file, &options, err);
    if (s->cli->common.json)
        jsonw_close(w);
    return rc;
}

static int options_check(struct session *s, const struct propose_options *o, struct err *err)
{
    if (o->apply && s->settings.policy.review != REVIEW_NONE) {
        err_set(err, ERR_POLICY, "--apply: policy.review wants the ticket reviewed first");
        return err_hint(err, "propose it with --push, and apply it when it is merged");
    }
    if (o->push && !s->settings.git.remote) {
        err_set(err, ERR_INVALID, "--push: git.remote names no remote");
        return err_hint(err, "name one in dnschange.json, or leave --push out");
    }
    if (o->no_commit && (o->push || o->apply))
        return err_set(err, ERR_USAGE, "--no-commit does not go with --push or --apply");
    return 0;
}

static int write_and_go(struct session *s, const struct propose_options *o, struct ticket *ticket,
                        const struct plan *plan, struct err *err)
{
    struct propose_made made;
    if (!out_ask(&s->cli->out, o->yes, "Write ticket %s?", ticket->id))
        return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was written");
    if (propose_write(s, ticket, o->no_commit, &made, err))
        return -1;
    show(s, ticket, plan, &made);
    if (o->push && push(s, &made, err))
        return -1;
    if (o->apply)
        return apply_now(s, ticket->id, o->yes || s->cli->out.can_ask, err);
    if (made.branch && s->settings.policy.review != REVIEW_NONE && !o->push)
        out_note(&s->cli->out, "on branch %s; push it for review", made.branch);
    return 0;
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct propose_options *o = options;
    struct ticket ticket;
    struct plan plan;
    SESSION_SCOPED s = { 0 };
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET, err) ||
        options_check(&s, o, err) || propose_build(&s, o, words, &ticket, err) ||
        plan_make(&s, o, &ticket, &plan, err))
        return -1;
    bool whole = o->dry_run || (cli->out.can_ask && !o->yes);
    if (!cli->common.json)
        preview(&s, &ticket, &plan, whole);
    if (plan_refuse_errors(&plan, err)) {
        show(&s, &ticket, &plan, NULL);
        return -1;
    }
    if (!o->dry_run)
        return write_and_go(&s, o, &ticket, &plan, err);
    show(&s, &ticket, &plan, NULL);
    return 0;
}

const struct command cmd_propose = {
    .name = "propose",
    .words = "SCOPE...",
    .help = "Read what is live, write a change ticket and commit it; prints its id",
    .more =
        "Edits:\n"
        "  set OWNER [TTL] TYPE RDATA      the whole set; repeat for more values\n"
        "  add OWNER [TTL] TYPE RDATA      one more value\n"
        "  remove OWNER TYPE [RDATA]       one value, or the set\n"
        "  ttl OWNER TYPE TTL\n"
        "  spf [OWNER] add|remove TERM...\n"
        "  spf [OWNER] all -|~|?\n"
        "  dmarc TAG=VALUE...\n"
        "Scopes: a domain, *.DOMAIN, tag:NAME, client:NAME, provider:NAME, template:NAME, all;\n"
        "not:SCOPE takes away.  With policy.review \"none\" the ticket is committed on the "
        "current\n"
        "branch, else on a new branch dns/ID.",
    .group = GROUP_CHANGE,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct propose_options),
    .max_words = WORDS_ANY,
    .completes = "scopes",
};
