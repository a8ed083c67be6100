/* cmd_complete: candidates for the shells' completion, from the tables and from
 * the repository.  Silent whatever happens: a completion that complains is worse
 * than none. */
#include <string.h>
#include <unistd.h>

#include "cli/tickets.h"

static void say(const char *prefix, const char *word)
{
    if (!strncmp(prefix, word, strlen(prefix)))
        printf("%s\n", word);
}

static void options_say(const struct opt *opts, const char *prefix)
{
    for (; opts && opts->name; opts++) {
        char word[64];
        snprintf(word, sizeof word, "--%s", opts->name);
        say(prefix, word);
    }
}

static void all_options_say(const struct command *command, const char *prefix)
{
    options_say(command ? command->opts : NULL, prefix);
    options_say(common_opts, prefix);
}

static void commands_say(const char *prefix)
{
    for (const struct command *const *row = command_table; *row; row++) {
        if ((*row)->group != GROUP_HIDDEN)
            say(prefix, (*row)->name);
    }
}

static const struct opt *option_named(const struct opt *opts, const char *word)
{
    for (; opts && opts->name; opts++) {
        if (word[0] == '-' && word[1] == '-' && !strcmp(word + 2, opts->name))
            return opts;
        if (word[0] == '-' && word[1] && !word[2] && word[1] == opts->letter)
            return opts;
    }
    return NULL;
}

static void choices_say(const char *choices, const char *prefix)
{
    while (*choices) {
        char word[32];
        size_t n = strcspn(choices, "|");
        snprintf(word, sizeof word, "%.*s", (int)n, choices);
        say(prefix, word);
        choices += n + (choices[n] == '|');
    }
}

static void ids_say(struct session *s, const char *prefix)
{
    struct strv ids = { 0 };
    struct err err;
    if (tickets_ids(s, true, &ids, &err))
        return;
    for (size_t i = ids.n; i-- > 0;) {
        say(prefix, ids.v[i]);
        /* Any unique end of an id works: "001" finds DNS-2026-11-23-001. */
        if (*prefix && strncmp(prefix, "DNS", strlen(prefix)) && strstr(ids.v[i], prefix))
            printf("%s\n", ids.v[i]);
    }
}

static void tags_say(const struct portfolio *portfolio, const char *prefix, struct arena *arena)
{
    struct strv seen = { 0 };
    for (size_t i = 0; i < portfolio->n; i++) {
        for (size_t k = 0; k < portfolio->domains[i].tags.n; k++) {
            const char *tag = portfolio->domains[i].tags.v[k];
            if (strv_has(&seen, tag))
                continue;
            strv_push(arena, &seen, tag);
            say(prefix, arena_printf(arena, "tag:%s", tag));
        }
    }
}

static void scopes_say(struct session *s, const char *prefix)
{
    const struct portfolio *portfolio = &s->portfolio;
    say(prefix, "all");
    tags_say(portfolio, prefix, s->arena);
    for (size_t i = 0; i < portfolio->n_clients; i++)
        say(prefix, arena_printf(s->arena, "client:%s", portfolio->clients[i].name));
    for (size_t i = 0; i < s->settings.n_providers; i++)
        say(prefix, arena_printf(s->arena, "provider:%s", s->settings.providers[i].name));
    for (size_t i = 0; i < portfolio->n; i++)
        say(prefix, portfolio->domains[i].name);
}

static void words_say(struct cli *cli, const char *kinds, const char *prefix)
{
    struct session s = { 0 };
    struct err err;
    if (!freopen("/dev/null", "w", stderr))
        return;
    if (!session_open(&s, cli, NEED_PORTFOLIO | NEED_RECORDS | NEED_LENIENT, &err)) {
        if (strstr(kinds, "ids"))
            ids_say(&s, prefix);
        if (strstr(kinds, "scopes"))
            scopes_say(&s, prefix);
        for (size_t i = 0; !strcmp(kinds, "providers") && i < s.settings.n_providers; i++)
            say(prefix, s.settings.providers[i].name);
    }
    session_done(&s);
}

static const char *kinds_after(const struct command *command, const char *previous,
                               const char *prefix)
{
    if (!strcmp(command->completes, "domains-command")) {
        choices_say("list|import", prefix);
        return "";
    }
    if (!strcmp(command->completes, "providers-command")) {
        if (!strcmp(previous, "test"))
            return "providers";
        choices_say("test", prefix);
        return "";
    }
    if (!strcmp(command->completes, "commands")) {
        commands_say(prefix);
        say(prefix, "states");
        return "";
    }
    return command->completes;
}

/* The command among the finished words, NULL before there is one. */
static const struct command *command_typed(const struct strv *words)
{
    const struct command *command = NULL;
    for (size_t i = 0; i + 1 < words->n && !command; i++) {
        struct err none;
        const struct opt *common = option_named(common_opts, words->v[i]);
        if (common && common->kind != OPT_FLAG) {
            if (!strcmp(words->v[i], "-C") || !strcmp(words->v[i], "--directory"))
                (void)!chdir(words->v[i + 1]);
            i++;
        } else if (words->v[i][0] != '-') {
            command = command_find(words->v[i], &none);
        }
    }
    return command;
}

static void value_say(struct cli *cli, const struct opt *opt, const char *prefix)
{
    if (opt->kind == OPT_CHOICE)
        choices_say(opt->arg, prefix);
    else if (!strcmp(opt->name, "revert"))
        words_say(cli, "ids", prefix);
    else if (!strcmp(opt->name, "from"))
        words_say(cli, "providers", prefix);
}

/* words: what was typed behind "dnschange", the last one being completed. */
static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    const struct command *command = command_typed(words);
    const struct opt *previous = NULL;
    const char *prefix = words->n ? words->v[words->n - 1] : "";
    const char *before = words->n > 1 ? words->v[words->n - 2] : "";
    (void)options;
    (void)err;
    if (command)
        previous = option_named(command->opts, before);
    if (!previous)
        previous = option_named(common_opts, before);
    if (previous && previous->kind != OPT_FLAG)
        value_say(cli, previous, prefix);
    else if (prefix[0] == '-')
        all_options_say(command, prefix);
    else if (!command)
        commands_say(prefix);
    else
        words_say(cli, kinds_after(command, before, prefix), prefix);
    return 0;
}

const struct command cmd_complete = {
    .name = "__complete",
    .words = "-- WORD...",
    .help = "Candidates for the shells' completion",
    .group = GROUP_HIDDEN,
    .fn = run,
    .max_words = WORDS_ANY,
    .completes = "",
};
