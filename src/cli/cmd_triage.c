/* cmd_triage: the mail records of domains as every nameserver answers them. */
#include "cli/run.h"
#include "cli/scopes.h"
#include "survey/triage.h"

enum { FETCH_MS = 3000 };

static const char *const marks[] = { "expected", "lkg", "differs", "silent" };

static void answer_json(struct jsonw *w, const struct triage_answer *answer, struct arena *arena)
{
    jsonw_open(w, NULL);
    jsonw_str(w, "server", *answer->server.text ? answer->server.text : NULL);
    jsonw_opt(w, "name", answer->server.name);
    jsonw_str(w, "mark", marks[answer->mark]);
    if (answer->mark != TRIAGE_SILENT)
        json_set(w, "live", answer->set, arena);
    jsonw_opt(w, "detail", answer->detail);
    jsonw_close(w);
}

static void row_json(struct session *s, const struct triage_row *row)
{
    struct jsonw *w = &s->cli->out.json;
    jsonw_open(w, NULL);
    jsonw_str(w, "domain", row->domain);
    jsonw_str(w, "what", row->what);
    jsonw_str(w, "owner", row->owner);
    jsonw_bool(w, "differs", row->differs);
    if (row->known) {
        jsonw_str(w, "ticket", row->known->ticket);
        jsonw_str(w, "state", ticket_state_text(row->known->state));
        json_set(w, "lkg", row->known->lkg, s->arena);
        json_set(w, "expected", row->known->expected, s->arena);
    }
    jsonw_open_array(w, "answers");
    for (size_t i = 0; i < row->n; i++)
        answer_json(w, &row->answers[i], s->arena);
    jsonw_close_array(w);
    jsonw_close(w);
}

static const char *mark_text(const struct out *out, const struct triage_row *row,
                             const struct triage_answer *answer)
{
    switch (answer->mark) {
    case TRIAGE_EXPECTED:
        return row->known ? out_paint(out, COLOUR_GREEN, "as recorded") : "";
    case TRIAGE_LKG:
        return out_paint(out, COLOUR_YELLOW, "AS BEFORE THE TICKET");
    case TRIAGE_DIFFERS:
        return out_paint(out, COLOUR_RED, row->known ? "NOT AS RECORDED" : "SERVERS DIFFER");
    case TRIAGE_SILENT:
        break;
    }
    return out_paint(out, COLOUR_RED, "NO USABLE ANSWER");
}

static void row_text(struct session *s, const struct triage_row *row)
{
    const struct out *out = &s->cli->out;
    printf("  %s\n", out_paint(out, COLOUR_BOLD, row->what));
    for (size_t i = 0; i < row->n; i++) {
        const struct triage_answer *answer = &row->answers[i];
        const char *live =
            answer->mark == TRIAGE_SILENT ? answer->detail : text_set_line(answer->set, s->arena);
        printf("    %-22s %s  %s\n", answer->server.text, live, mark_text(out, row, answer));
    }
    if (!row->known)
        return;
    printf("    %-22s %s  before %s (%s)\n", "LKG", text_set_line(row->known->lkg, s->arena),
           row->known->ticket, ticket_state_text(row->known->state));
    if (row->differs)
        printf("    %-22s %s\n", "expected", text_set_line(row->known->expected, s->arena));
}

static void show(struct session *s, const struct triage *triage)
{
    struct jsonw *w = &s->cli->out.json;
    const char *domain = NULL;
    if (s->cli->common.json) {
        session_records_json(s);
        jsonw_open_array(w, "rows");
    } else {
        printf("%s\n", session_records_line(s));
    }
    for (size_t i = 0; i < triage->n; i++) {
        const struct triage_row *row = &triage->v[i];
        if (s->cli->common.json) {
            row_json(s, row);
            continue;
        }
        if (row->domain != domain)
            printf("\n%s\n", row->domain);
        domain = row->domain;
        row_text(s, row);
    }
    if (s->cli->common.json)
        jsonw_close_array(w);
}

static int scope_read(struct session *s, const struct strv *words, struct domains *domains,
                      struct known *known, struct err *err)
{
    struct strv names = { 0 }, warnings = { 0 };
    if (scopes_resolve(s, words, domains, err))
        return -1;
    for (size_t i = 0; i < domains->n; i++)
        strv_push(s->arena, &names, domains->v[i]->name);
    if (known_read(&s->ports, &names, s->arena, known, &warnings, err))
        return -1;
    out_warnings(&s->cli->out, &warnings);
    return 0;
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    struct domains domains = { 0 };
    struct known known;
    struct triage triage;
    size_t differ = 0;
    SESSION_SCOPED s = { 0 };
    (void)options;
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET | NEED_LENIENT, err))
        return -1;
    session_fetch(&s, FETCH_MS);
    if (scope_read(&s, words, &domains, &known, err) ||
        triage_read(&s.ports, &s.settings, &domains, &known, s.arena, &triage, err))
        return -1;
    show(&s, &triage);
    for (size_t i = 0; i < triage.n; i++)
        differ += triage.v[i].differs;
    if (differ)
        cli->exit_code = err_exit_code(ERR_FOUND);
    return 0;
}

const struct command cmd_triage = {
    .name = "triage",
    .words = "SCOPE...",
    .help = "MX, SPF and DMARC as every nameserver answers them, beside what was before",
    .more = "Exit 9: a server does not answer, differs from the others, or from the records.",
    .group = GROUP_INCIDENT,
    .fn = run,
    .min_words = 1,
    .max_words = WORDS_ANY,
    .completes = "scopes",
};
