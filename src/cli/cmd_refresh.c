/* cmd_refresh: reads what is live again and rewrites a ticket's review copy. */
#include <string.h>

#include "cli/propose.h"
#include "store/commit.h"
#include "survey/attempts.h"

struct options {
    bool no_commit, yes, dry_run;
};

static const struct opt opts[] = { { "no-commit", 0, OPT_FLAG, offsetof(struct options, no_commit),
                                     NULL, "write the files, commit nothing" },
                                   { "dry-run", 'n', OPT_FLAG, offsetof(struct options, dry_run),
                                     NULL, "show what would be recorded, write nothing" },
                                   { "yes", 'y', OPT_FLAG, offsetof(struct options, yes), NULL,
                                     "ask no question" },
                                   OPTS_END };

/* A ticket that wrote something is history: its LKG counts, not the review copy. */
static int may_refresh(struct session *s, const struct ticket_file *file, struct err *err)
{
    struct attempt_info info;
    if (file->ref) {
        err_set(err, ERR_CONFLICT, "%s is on %s, not in this work tree", file->id, file->ref);
        return err_hint(err, "git switch %s, then refresh", ticket_branch(s->arena, file->id));
    }
    if (attempt_read(&s->ports, file->id, s->arena, &info, err))
        return err->code == ERR_NOT_FOUND ? 0 : -1;
    if (info.state == TICKET_REVERTED || info.state == TICKET_PROPOSED ||
        info.state == TICKET_APPROVED)
        return 0;
    return err_set(err, ERR_CONFLICT, "%s is %s: what it found is in its records", file->id,
                   ticket_state_text(info.state));
}

static int write_files(struct session *s, struct ticket *ticket, const struct options *o,
                       struct commit_made *ret, struct err *err)
{
    const char *text, *rollback;
    struct identity who;
    if (ticket_format(ticket, s->arena, &text, &rollback, err))
        return -1;
    const char *beside = arena_printf(s->arena, "tickets/%s.rollback.jsonl", ticket->id);
    const struct repo_file files[2] = {
        { ticket_path(s->arena, ticket->id), text, strlen(text) },
        { beside, rollback, rollback ? strlen(rollback) : 0 },
    };
    size_t n = rollback ? 2 : 1;
    if (o->no_commit)
        return commit_write_only(s->repo, files, n, err);
    if (repo_identity(s->repo, s->arena, &who, err))
        return -1;
    return commit_files(s->repo, files, n,
                        arena_printf(s->arena, "%s: refresh the rollback values\n", ticket->id),
                        &who, s->arena, ret, err);
}

static void show(struct session *s, const struct ticket *ticket, const struct plan *plan,
                 const struct commit_made *made)
{
    struct jsonw *w = &s->cli->out.json;
    if (!s->cli->common.json) {
        text_plan(&s->cli->out, ticket, plan);
        if (made && made->nothing)
            printf("nothing moved since it was proposed\n");
        else if (made && made->branch)
            printf("committed on %s\n", made->branch);
        return;
    }
    json_plan(w, ticket, plan, s->arena);
    jsonw_str(w, "branch", made ? made->branch : NULL);
    jsonw_str(w, "commit", made && made->branch ? made->commit : NULL);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    struct ticket_file file;
    struct plan plan;
    struct commit_made made = { 0 };
    SESSION_SCOPED s = { 0 };
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET, err) ||
        tickets_load(&s, words->v[0], false, &file, err) || may_refresh(&s, &file, err) ||
        ticket_check(&file.ticket, &s.settings, &s.portfolio, s.arena, err))
        return -1;
    const struct plan_input in = {
        .ticket = &file.ticket, .settings = &s.settings, .portfolio = &s.portfolio, .record = true
    };
    if (plan_build(&in, &s.ports, s.arena, &plan, err))
        return -1;
    plan_record(&plan, &file.ticket, s.arena);
    if (plan_refuse_errors(&plan, err))
        return -1;
    if (!o->dry_run) {
        if (!out_ask(&cli->out, o->yes, "Rewrite the rollback values of %s?", file.id))
            return err_set(err, ERR_INTERRUPTED, "not agreed: nothing was written");
        if (write_files(&s, &file.ticket, o, &made, err))
            return -1;
    }
    show(&s, &file.ticket, &plan, o->dry_run ? NULL : &made);
    return 0;
}

const struct command cmd_refresh = {
    .name = "refresh",
    .words = "ID",
    .help = "Read what is live again and rewrite a ticket's rollback values",
    .group = GROUP_CHANGE,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .min_words = 1,
    .max_words = 1,
    .completes = "ids",
};
