/* cmd_plan: what a ticket would do now.  Writes nothing anywhere. */
#include <string.h>

#include "cli/run.h"

struct options {
    const char *format;
    bool skip_conflicts, skip_unfit;
};

static const struct opt opts[] = {
    { "format", 0, OPT_CHOICE, offsetof(struct options, format), "text|json|markdown",
      "markdown: a pull-request comment" },
    { "skip-conflicts", 0, OPT_FLAG, offsetof(struct options, skip_conflicts), NULL,
      "leave out domains whose values moved" },
    { "skip-unfit", 0, OPT_FLAG, offsetof(struct options, skip_unfit), NULL,
      "leave out domains an edit does not fit" },
    OPTS_END
};

static void show(struct session *s, const char *format, const struct ticket *ticket,
                 const struct plan *plan)
{
    struct cli *cli = s->cli;
    if (cli->common.json) {
        json_plan(&cli->out.json, ticket, plan, s->arena);
    } else if (format && !strcmp(format, "markdown")) {
        struct markdown *md = markdown_new(s->arena);
        markdown_plan(md, ticket, plan);
        fputs(markdown_text(md), stdout);
    } else {
        text_plan(&cli->out, ticket, plan);
    }
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct options *o = options;
    struct ticket_file file;
    struct plan plan;
    SESSION_SCOPED s = { 0 };
    if (o->format && !strcmp(o->format, "json"))
        cli_json_begin(cli);
    if (session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_NET, err) ||
        tickets_load(&s, words->v[0], false, &file, err) ||
        ticket_check(&file.ticket, &s.settings, &s.portfolio, s.arena, err))
        return -1;
    const struct plan_input in = { .ticket = &file.ticket,
                                   .settings = &s.settings,
                                   .portfolio = &s.portfolio,
                                   .skip_conflicts = o->skip_conflicts,
                                   .skip_unfit = o->skip_unfit };
    if (plan_build(&in, &s.ports, s.arena, &plan, err))
        return -1;
    show(&s, o->format, &file.ticket, &plan);
    if (plan_refuse_errors(&plan, err))
        return -1;
    return plan_refuse_conflicts(&plan, err);
}

const struct command cmd_plan = {
    .name = "plan",
    .words = "ID",
    .help = "What a ticket would change now, with findings, times and digest",
    .more = "Exit 0: it can be applied; 5: findings that are errors; 6: values moved.",
    .group = GROUP_CHANGE,
    .fn = run,
    .opts = opts,
    .options_size = sizeof(struct options),
    .min_words = 1,
    .max_words = 1,
    .completes = "ids",
};
