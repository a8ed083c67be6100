/* propose_write: a ticket's files into git, exactly those. */
#include <string.h>

#include "cli/propose.h"
#include "store/commit.h"

enum { SUBJECT_MAX = 72 };

static const char *commit_message(struct session *s, const struct ticket *ticket)
{
    const char *subject = arena_printf(s->arena, "%s: %s", ticket->id, ticket->reason);
    const char *line = arena_strndup(s->arena, subject, strcspn(subject, "\r\n"));
    size_t cut = SUBJECT_MAX;
    if (strlen(line) > SUBJECT_MAX) {
        while (cut && ((unsigned char)line[cut] & 0xc0) == 0x80)
            cut--;
        line = arena_strndup(s->arena, line, cut);
    }
    return arena_printf(s->arena, "%s\n\nRequested by %s; %zu domain%s.\n", line,
                        ticket->requested_by, ticket->domains.n, ticket->domains.n == 1 ? "" : "s");
}

/* Where a ticket that must be reviewed starts from: never from local commits. */
static const char *review_base(struct session *s)
{
    const struct git_settings *git = &s->settings.git;
    return git->remote ? arena_printf(s->arena, "%s/%s", git->remote, git->branch) : git->branch;
}

static int commit(struct session *s, const struct ticket *ticket, const struct repo_file *files,
                  size_t n, struct commit_made *ret, struct err *err)
{
    struct identity who;
    if (repo_identity(s->repo, s->arena, &who, err))
        return -1;
    const char *message = commit_message(s, ticket);
    if (s->settings.policy.review == REVIEW_NONE)
        return commit_files(s->repo, files, n, message, &who, s->arena, ret, err);
    return commit_files_on_branch(s->repo, ticket_branch(s->arena, ticket->id), review_base(s),
                                  files, n, message, &who, s->arena, ret, err);
}

int propose_write(struct session *s, struct ticket *ticket, bool no_commit,
                  struct propose_made *ret, struct err *err)
{
    const char *text, *rollback;
    struct commit_made made;
    if (ticket_format(ticket, s->arena, &text, &rollback, err))
        return -1;
    struct repo_file files[2] = { { ticket_path(s->arena, ticket->id), text, strlen(text) } };
    size_t n = 1;
    if (rollback)
        files[n++] =
            (struct repo_file){ arena_printf(s->arena, "tickets/%s.rollback.jsonl", ticket->id),
                                rollback, strlen(rollback) };
    *ret = (struct propose_made){ .path = files[0].path };
    repo_blob_of(text, strlen(text), ret->blob);
    if (no_commit)
        return commit_write_only(s->repo, files, n, err);
    if (commit(s, ticket, files, n, &made, err))
        return -1;
    ret->branch = made.branch;
    ret->commit = arena_strdup(s->arena, made.commit);
    return 0;
}
