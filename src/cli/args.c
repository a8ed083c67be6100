/* args: reads options by table with getopt_long; says nothing, decides nothing. */
#include "cli/args.h"

#include <getopt.h>
#include <string.h>

#include "base/clock.h"

struct reader {
    const struct args_in *in;
    struct option *longs; /* for getopt_long, NULL-terminated */
    char *shorts;
    const struct opt **opts; /* the row of longs[i] */
    size_t n;
    struct arena *arena;
};

enum { LONG_BASE = 1000 }; /* getopt's val of row i is LONG_BASE + i */

static size_t table_count(const struct opt *table)
{
    size_t n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

static void reader_add(struct reader *reader, const struct opt *table, size_t *letters)
{
    for (; table && table->name; table++) {
        size_t i = reader->n++;
        reader->opts[i] = table;
        reader->longs[i] = (struct option){
            .name = table->name,
            .has_arg = table->kind == OPT_FLAG ? no_argument : required_argument,
            .val = LONG_BASE + (int)i,
        };
        if (table->letter) {
            reader->shorts[(*letters)++] = table->letter;
            if (table->kind != OPT_FLAG)
                reader->shorts[(*letters)++] = ':';
        }
    }
}

/* ":" first makes getopt tell a missing value from an unknown option; "+" stops
 * it at the first word. */
static void reader_init(struct reader *reader, const struct args_in *in, struct arena *arena)
{
    size_t n = table_count(in->opts) + table_count(in->common);
    size_t letters = 0;
    *reader = (struct reader){ .in = in, .arena = arena };
    reader->longs = ARENA_ARRAY(arena, struct option, n + 1);
    reader->opts = ARENA_ARRAY(arena, const struct opt *, n + 1);
    reader->shorts = ARENA_ARRAY(arena, char, 2 * n + 3);
    if (in->stop_at_word)
        reader->shorts[letters++] = '+';
    reader->shorts[letters++] = ':';
    reader_add(reader, in->opts, &letters);
    reader_add(reader, in->common, &letters);
}

static bool choice_has(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = choices; at && *at;) {
        size_t n = strcspn(at, "|");
        if (n == len && !strncmp(at, word, n))
            return true;
        at += n + (at[n] == '|');
    }
    return false;
}

static void push_commas(struct arena *arena, struct strv *list, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, ",");
        if (n)
            strv_push(arena, list, arena_strndup(arena, text, n));
        text += n + (text[n] == ',');
    }
}

static int value_store(const struct opt *opt, const char *value, char *at, struct arena *arena,
                       struct err *err)
{
    switch (opt->kind) {
    case OPT_FLAG:
        *(bool *)(void *)at = true;
        return 0;
    case OPT_TEXT:
        *(const char **)(void *)at = value;
        return 0;
    case OPT_LIST:
        strv_push(arena, (struct strv *)(void *)at, value);
        return 0;
    case OPT_COMMAS:
        push_commas(arena, (struct strv *)(void *)at, value);
        return 0;
    case OPT_DURATION:
        return duration_parse(value, (int64_t *)(void *)at, err);
    case OPT_TIME:
        return time_parse(value, (int64_t *)(void *)at, err);
    case OPT_CHOICE:
        if (!choice_has(opt->arg, value))
            return err_set(err, ERR_USAGE, "\"%s\" is none of %s", value, opt->arg);
        *(const char **)(void *)at = value;
        return 0;
    }
    return err_set(err, ERR_USAGE, "option table row %s has no kind", opt->name);
}

static bool row_is_common(const struct args_in *in, const struct opt *opt)
{
    for (const struct opt *row = in->common; row && row->name; row++) {
        if (row == opt)
            return true;
    }
    return false;
}

static int reader_take(struct reader *reader, size_t i, const char *value, struct err *err)
{
    const struct opt *opt = reader->opts[i];
    char *base = row_is_common(reader->in, opt) ? reader->in->ret_common : reader->in->ret_opts;
    if (value_store(opt, value, base + opt->offset, reader->arena, err)) {
        err->code = ERR_USAGE;
        return err_wrap(err, "--%s", opt->name);
    }
    return 0;
}

static const struct opt *row_by_letter(const struct reader *reader, int letter, size_t *ret_i)
{
    for (size_t i = 0; i < reader->n; i++) {
        if (reader->opts[i]->letter && reader->opts[i]->letter == letter) {
            *ret_i = i;
            return reader->opts[i];
        }
    }
    return NULL;
}

/* getopt accepts an unambiguous beginning of a long option; `optopt` tells
 * nothing about a long one, so the message quotes the argument itself. */
static int reader_unknown(const struct reader *reader, const char *word, struct err *err)
{
    struct strv names = { 0 };
    const char *bare = word + strspn(word, "-");
    size_t len = strcspn(bare, "=");
    const char *name = arena_strndup(reader->arena, bare, len);
    for (size_t i = 0; i < reader->n; i++)
        strv_push(reader->arena, &names, reader->opts[i]->name);
    err_set(err, ERR_USAGE, "unknown option %.*s", (int)(len + (size_t)(bare - word)), word);
    const char *near = args_nearest(name, &names);
    if (near)
        err_hint(err, "did you mean --%s?", near);
    return -1;
}

static int reader_next(struct reader *reader, int argc, char **argv, struct err *err)
{
    size_t i = 0;
    int c = getopt_long(argc, argv, reader->shorts, reader->longs, NULL);
    if (c == -1)
        return 1;
    if (c == ':')
        return err_set(err, ERR_USAGE, "%s needs a value", argv[optind - 1]);
    if (c == '?' && optopt >= LONG_BASE)
        return err_set(err, ERR_USAGE, "--%s takes no value",
                       reader->opts[optopt - LONG_BASE]->name);
    if (c == '?' && optopt)
        return err_set(err, ERR_USAGE, "unknown option -%c", optopt);
    if (c == '?')
        return reader_unknown(reader, argv[optind - 1], err);
    if (c >= LONG_BASE)
        i = (size_t)(c - LONG_BASE);
    else if (!row_by_letter(reader, c, &i))
        return err_set(err, ERR_USAGE, "unknown option -%c", c);
    return reader_take(reader, i, optarg, err);
}

int args_parse(const struct args_in *in, int argc, char **argv, struct arena *arena,
               struct strv *ret_words, int *ret_used, struct err *err)
{
    struct reader reader;
    reader_init(&reader, in, arena);
    /* getopt skips argv[0] and sorts its array: it gets a copy with a name in front. */
    char **copy = ARENA_ARRAY(arena, char *, (size_t)argc + 2);
    copy[0] = arena_strdup(arena, "dnschange");
    for (int i = 0; i < argc; i++)
        copy[i + 1] = argv[i];
    optind = 0; /* 0, not 1: glibc then starts afresh */
    opterr = 0;
    for (;;) {
        optopt = 0;
        int rc = reader_next(&reader, argc + 1, copy, err);
        if (rc < 0)
            return -1;
        if (rc > 0)
            break;
    }
    if (ret_used)
        *ret_used = optind - 1;
    for (int i = optind; i < argc + 1 && !in->stop_at_word; i++)
        strv_push(arena, ret_words, copy[i]);
    return 0;
}

/* Edit distance with a small bound; enough for typing errors. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t la = strlen(a), lb = strlen(b);
    if (la >= 64 || lb >= 64)
        return 64;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t up = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (up + 1 < best)
                best = up + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[lb];
}

const char *args_nearest(const char *word, const struct strv *candidates)
{
    const char *best = NULL;
    size_t best_distance = strlen(word) / 3 + 2; /* further away is another word */
    for (size_t i = 0; i < candidates->n; i++) {
        size_t d = distance(word, candidates->v[i]);
        if (d < best_distance) {
            best = candidates->v[i];
            best_distance = d;
        }
    }
    return best;
}
