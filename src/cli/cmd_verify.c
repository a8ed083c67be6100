/* cmd_verify: the checks alone: do the servers answer what they should? */
#include <string.h>

#include "cli/run.h"
#include "cli/scopes.h"
#include "dns/name.h"
#include "survey/expect.h"

enum { FETCH_MS = 3000 };

struct verifying {
    struct session *s;
    struct targets targets;
    enum verify_side side;
    const char *ticket; /* NULL: a scope */
    uint32_t attempt;   /* 0: never applied */
    struct strv words;  /* the ticket's verification */
    const char *wanted; /* for people: what is expected */
};

/* A ticket that was never applied: what it recorded should still be there. */
static int targets_proposed(struct verifying *v, const struct ticket *ticket, struct err *err)
{
    struct session *s = v->s;
    struct domains domains = { 0 };
    struct zone_servers *servers;
    for (size_t i = 0; i < ticket->domains.n; i++) {
        const struct domain *domain = portfolio_find(&s->portfolio, ticket->domains.v[i]);
        if (domain)
            *vec_push(s->arena, &domains) = domain;
    }
    if (servers_find(&s->ports, &s->settings, &domains, s->arena, &servers, err))
        return -1;
    expect_recorded(ticket, &domains, servers, s->arena, &v->targets);
    v->side = VERIFY_BEFORE;
    v->wanted = "as proposed (never applied)";
    return 0;
}

static int targets_of_ticket(struct verifying *v, const char *word, struct err *err)
{
    struct session *s = v->s;
    struct attempt_info info;
    struct ticket_file file;
    struct lkg lkg;
    if (tickets_id(s, word, &v->ticket, err))
        return -1;
    if (attempt_read(&s->ports, v->ticket, s->arena, &info, err)) {
        if (err->code != ERR_NOT_FOUND || tickets_read(s, v->ticket, true, &file, err))
            return -1;
        v->words = file.ticket.verification;
        return targets_proposed(v, &file.ticket, err);
    }
    if (attempt_lkg(&s->ports, v->ticket, info.attempt, s->arena, &lkg, err))
        return -1;
    v->targets = lkg.targets;
    v->attempt = info.attempt;
    v->words = info.verification;
    bool back = info.state == TICKET_REVERTED || info.state == TICKET_CLAIMED;
    v->side = back ? VERIFY_BEFORE : VERIFY_AFTER;
    v->wanted = back ? "as before the ticket" : "as the ticket wants it";
    return 0;
}

static int targets_of_scope(struct verifying *v, const struct strv *words, struct err *err)
{
    struct session *s = v->s;
    struct domains domains = { 0 };
    struct known known;
    struct strv names = { 0 }, warnings = { 0 };
    if (scopes_resolve(s, words, &domains, err))
        return -1;
    for (size_t i = 0; i < domains.n; i++)
        strv_push(s->arena, &names, domains.v[i]->name);
    if (known_read(&s->ports, &names, s->arena, &known, &warnings, err))
        return -1;
    out_warnings(&s->cli->out, &warnings);
    expect_targets(&domains, &known, s->arena, &v->targets);
    v->side = VERIFY_AFTER;
    v->wanted = "as recorded";
    return 0;
}

/* An id, or the end of one; a domain name is never an id. */
static bool is_ticket(struct session *s, const struct strv *words)
{
    const char *id;
    struct err err;
    if (words->n != 1 || portfolio_find(&s->portfolio, words->v[0]) ||
        strpbrk(words->v[0], ":.*") || !strcmp(words->v[0], "all"))
        return false;
    return !tickets_id(s, words->v[0], &id, &err) || err.code != ERR_NOT_FOUND;
}

static const char *state_word(const struct target *target)
{
    if (!target->n)
        return "nothing recorded";
    switch (target->state) {
    case DOMAIN_VERIFIED:
        return "pass";
    case DOMAIN_FAILED:
        return "fail";
    default:
        return "unknown";
    }
}

static void target_json(struct jsonw *w, const struct target *target)
{
    jsonw_open(w, NULL);
    jsonw_str(w, "domain", target->domain);
    jsonw_str(w, "provider", target->account);
    jsonw_str(w, "verdict",
              target->n && target->state == DOMAIN_VERIFIED ? "pass"
              : target->n && target->state == DOMAIN_FAILED ? "fail"
                                                            : "unknown");
    jsonw_int(w, "sets", (int64_t)target->n);
    json_checks(w, &target->checks);
    jsonw_close(w);
}

static void target_text(const struct out *out, const struct target *target)
{
    bool good = target->state == DOMAIN_VERIFIED || !target->n;
    printf("%s  %s\n", out_paint(out, good ? COLOUR_GREEN : COLOUR_RED, state_word(target)),
           target->domain);
    for (size_t i = 0; i < target->checks.n; i++) {
        const struct check *check = &target->checks.v[i];
        if (check->verdict != VERDICT_PASS || out->verbose)
            printf("    %s %s %s: %s\n", text_verdict(check->verdict), check->check, check->target,
                   check->detail ? check->detail : "");
    }
}

static void show(struct verifying *v)
{
    struct cli *cli = v->s->cli;
    size_t bad = 0, good = 0;
    if (cli->common.json) {
        jsonw_str(&cli->out.json, "ticket", v->ticket);
        jsonw_open_array(&cli->out.json, "domains");
    }
    for (size_t i = 0; i < v->targets.n; i++) {
        const struct target *target = &v->targets.v[i];
        bool wrong = target->n && target->state != DOMAIN_VERIFIED;
        bad += wrong;
        good += target->n && !wrong;
        if (cli->common.json)
            target_json(&cli->out.json, target);
        else if (wrong || cli->out.verbose || v->targets.n <= 20)
            target_text(&cli->out, target);
    }
    if (cli->common.json)
        jsonw_close_array(&cli->out.json);
    else
        printf("%zu of %zu domains %s\n", good, v->targets.n, v->wanted);
    if (bad)
        cli->exit_code = err_exit_code(ERR_FOUND);
}

static int look(struct verifying *v, struct err *err)
{
    struct session *s = v->s;
    const struct checks_options options = {
        .ticket = v->ticket, .attempt = v->attempt, .words = &v->words, .side = v->side
    };
    if (expect_run(&s->ports, &s->settings.verify, v->side, &v->targets, s->arena, err))
        return -1;
    return expect_checks(&s->ports, &options, &v->targets, s->arena, err);
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    SESSION_SCOPED s = { 0 };
    struct verifying v = { .s = &s };
    (void)options;
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET | NEED_LENIENT, err))
        return -1;
    session_fetch(&s, FETCH_MS);
    int rc = is_ticket(&s, words) ? targets_of_ticket(&v, words->v[0], err)
                                  : targets_of_scope(&v, words, err);
    if (rc || look(&v, err))
        return -1;
    show(&v);
    return 0;
}

const struct command cmd_verify = {
    .name = "verify",
    .words = "ID | SCOPE...",
    .help = "The checks alone: do all servers answer what they should?",
    .more = "A ticket's other checks (mail-records, hook:NAME) run too, at every domain.\n"
            "Exit 9: some do not.  A scope is held against what the records say.",
    .group = GROUP_LOOK,
    .fn = run,
    .min_words = 1,
    .max_words = WORDS_ANY,
    .completes = "ids-and-scopes",
};
