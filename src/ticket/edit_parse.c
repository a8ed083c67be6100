/* edit_parse: edits as people write them on the command line, both ways. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ticket/edit_parts.h"

#define BLANKS "\t "

static const char *const forms[] = {
    [EDIT_SET] = "set OWNER [TTL] TYPE RDATA",
    [EDIT_ADD] = "add OWNER [TTL] TYPE RDATA",
    [EDIT_REMOVE] = "remove OWNER TYPE [RDATA]",
    [EDIT_TTL] = "ttl OWNER TYPE TTL",
    [EDIT_SPF] = "spf [OWNER] add|remove TERM...  or  spf [OWNER] all -|~|?",
    [EDIT_DMARC] = "dmarc [OWNER] TAG=VALUE...  (TAG= removes the tag)",
};

struct line { /* one edit on its way in */
    const char *at;
    struct arena *arena;
    struct edit edit;
};

/* The next word, or NULL at the end. */
static const char *word(struct line *line)
{
    line->at += strspn(line->at, BLANKS);
    size_t n = strcspn(line->at, BLANKS);
    if (n == 0)
        return NULL;
    const char *text = arena_strndup(line->arena, line->at, n);
    line->at += n;
    return text;
}

static const char *peek(struct line *line)
{
    struct line copy = *line;
    return word(&copy);
}

static int form_error(const struct line *line, struct err *err, const char *what)
{
    err_set(err, ERR_INVALID, "%s %s", edit_action_text(line->edit.action), what);
    return err_hint(err, "the form is: %s", forms[line->edit.action]);
}

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static int parse_ttl(struct line *line, const char *text, struct err *err)
{
    if (!text || !is_number(text) || strlen(text) > 19) {
        err_set(err, ERR_INVALID, "\"%s\" is no TTL: a number of seconds is wanted",
                text ? text : "");
        return err_hint(err, "the form is: %s", forms[line->edit.action]);
    }
    uint64_t ttl_s = strtoull(text, NULL, 10);
    if (edit_ttl_check(ttl_s, err) != 0)
        return -1;
    line->edit.has_ttl = true;
    line->edit.ttl_s = (uint32_t)ttl_s;
    return 0;
}

static int parse_owner(struct line *line, struct err *err)
{
    const char *owner = word(line);
    if (!owner)
        return form_error(line, err, "wants an owner (\"@\" is the domain itself)");
    line->edit.owner = owner;
    return edit_owner_check(owner, err);
}

static int parse_type(struct line *line, struct err *err)
{
    const char *type = word(line);
    if (!type)
        return form_error(line, err, "wants a record type");
    if (edit_type_parse(type, &line->edit.type, err) == 0)
        return 0;
    if (strcasecmp(type, "IN") == 0)
        return err_hint(err, "leave out the class");
    return err_hint(err, "the form is: %s", forms[line->edit.action]);
}

/* --- TXT ------------------------------------------------------------------ */

/* One octet in contract text. */
static void put_octet(struct buf *out, unsigned char c)
{
    if (c == '\\')
        buf_adds(out, "\\\\");
    else if (c < 0x20 || c > 0x7e)
        buf_addf(out, "\\%03u", c);
    else
        buf_addc(out, (char)c);
}

/* One escape of a zone file (RFC 1035 5.1) at the backslash; "\DDD" stays written
 * so, which keeps \123 from opening a variable.  Returns its length, 0 if broken. */
static size_t put_escape(struct buf *out, const char *at)
{
    if (!isdigit((unsigned char)at[1])) {
        if (at[1])
            put_octet(out, (unsigned char)at[1]);
        return at[1] ? 2 : 0;
    }
    if (!isdigit((unsigned char)at[2]) || !isdigit((unsigned char)at[3]) ||
        (at[1] - '0') * 100 + (at[2] - '0') * 10 + at[3] - '0' > 255)
        return 0;
    buf_add(out, at, 4);
    return 4;
}

/* "one" "two" to contract text; the strings are joined. */
static int parse_quoted(const char *text, struct buf *out, struct err *err)
{
    while (*(text += strspn(text, BLANKS))) {
        if (*text++ != '"')
            return err_set(err, ERR_INVALID, "quoted strings are wanted, \"%s\" is none", text - 1);
        while (*text && *text != '"') {
            size_t n = 1;
            if (*text != '\\')
                put_octet(out, (unsigned char)*text);
            else if ((n = put_escape(out, text)) == 0)
                return err_set(err, ERR_INVALID,
                               "a backslash wants three digits up to 255 or a character");
            text += n;
        }
        if (!*text++)
            return err_set(err, ERR_INVALID, "a quote opens and does not close");
    }
    return 0;
}

static int parse_text(struct line *line, const char *text, struct err *err)
{
    BUF_SCOPED out = BUF(1u << 20);
    bool quoted = *text == '"';
    if (quoted && parse_quoted(text, &out, err) != 0)
        return -1;
    for (; !quoted && *text; text++)
        put_octet(&out, (unsigned char)*text);
    if (buf_full(&out))
        return err_set(err, ERR_INVALID, "a TXT value is too long");
    strv_push(line->arena, &line->edit.values, arena_strdup(line->arena, buf_text(&out)));
    return 0;
}

/* --- actions -------------------------------------------------------------- */

/* The rest of the line is the value. */
static int parse_value(struct line *line, struct err *err)
{
    const char *text = line->at + strspn(line->at, BLANKS);
    line->at = text + strlen(text);
    if (edit_type_is_text(line->edit.type))
        return parse_text(line, text, err);
    size_t n = strlen(text);
    while (n && strchr(BLANKS, text[n - 1]))
        n--;
    strv_push(line->arena, &line->edit.values, arena_strndup(line->arena, text, n));
    return 0;
}

static bool at_end(const struct line *line)
{
    return line->at[strspn(line->at, BLANKS)] == '\0';
}

static int parse_set(struct line *line, struct err *err)
{
    if (parse_owner(line, err) != 0)
        return -1;
    const char *next = peek(line);
    if (next && is_number(next) && parse_ttl(line, word(line), err) != 0)
        return -1;
    if (parse_type(line, err) != 0)
        return -1;
    if (at_end(line))
        return form_error(line, err, "wants a value after the type");
    return parse_value(line, err);
}

static int parse_remove(struct line *line, struct err *err)
{
    if (parse_owner(line, err) != 0 || parse_type(line, err) != 0)
        return -1;
    return at_end(line) ? 0 : parse_value(line, err);
}

static int parse_ttl_edit(struct line *line, struct err *err)
{
    if (parse_owner(line, err) != 0 || parse_type(line, err) != 0 ||
        parse_ttl(line, word(line), err) != 0)
        return -1;
    return at_end(line) ? 0 : form_error(line, err, "has words after the TTL");
}

static bool is_spf_verb(const char *text)
{
    return text &&
           (strcmp(text, "add") == 0 || strcmp(text, "remove") == 0 || strcmp(text, "all") == 0);
}

static int parse_spf_all(struct line *line, struct err *err)
{
    const char *all = word(line);
    if (!all || strlen(all) != 1 || !strchr("-~?", *all) || !at_end(line))
        return form_error(line, err, "all wants one of - ~ ?");
    line->edit.spf.all = *all;
    return 0;
}

static int parse_spf(struct line *line, struct err *err)
{
    line->edit.type = TYPE_TXT;
    line->edit.owner = "@";
    struct line ahead = *line;
    const char *first = word(&ahead), *second = word(&ahead);
    if (first && (!is_spf_verb(first) || is_spf_verb(second)) && parse_owner(line, err) != 0)
        return -1;
    const char *verb = word(line);
    if (!is_spf_verb(verb))
        return form_error(line, err, "wants add, remove or all");
    if (strcmp(verb, "all") == 0)
        return parse_spf_all(line, err);
    struct strv *terms = strcmp(verb, "add") == 0 ? &line->edit.spf.add : &line->edit.spf.remove;
    for (const char *term; (term = word(line));) {
        if (terms == &line->edit.spf.add && !edit_has_variable(term) &&
            spf_term_check(term, err) != 0)
            return -1;
        strv_push(line->arena, terms, term);
    }
    return terms->n ? 0 : form_error(line, err, "wants a term");
}

static int parse_dmarc_tag(struct line *line, const char *text, struct err *err)
{
    struct dmarc_edit *dmarc = &line->edit.dmarc;
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return form_error(line, err, "wants TAG=VALUE");
    const char *name = arena_strndup(line->arena, text, (size_t)(equals - text));
    if (!equals[1]) {
        strv_push(line->arena, &dmarc->unset, name);
        return 0;
    }
    if (!edit_has_variable(equals + 1) && dmarc_tag_check(name, equals + 1, err) != 0)
        return -1;
    struct dmarc_tag *set = ARENA_ARRAY(line->arena, struct dmarc_tag, dmarc->n_set + 1);
    for (size_t i = 0; i < dmarc->n_set; i++) {
        if (strcmp(dmarc->set[i].name, name) == 0)
            return err_set(err, ERR_INVALID, "DMARC tag %s is given twice", name);
        set[i] = dmarc->set[i];
    }
    set[dmarc->n_set++] = (struct dmarc_tag){ name, equals + 1 };
    dmarc->set = set;
    return 0;
}

static int parse_dmarc(struct line *line, struct err *err)
{
    line->edit.type = TYPE_TXT;
    line->edit.owner = "_dmarc";
    const char *first = peek(line);
    if (first && !strchr(first, '=') && parse_owner(line, err) != 0)
        return -1;
    for (const char *tag; (tag = word(line));)
        if (parse_dmarc_tag(line, tag, err) != 0)
            return -1;
    return line->edit.dmarc.n_set || line->edit.dmarc.unset.n
               ? 0
               : form_error(line, err, "wants TAG=VALUE");
}

int edit_parse(const char *text, struct arena *arena, struct edits *edits, struct err *err)
{
    struct line line = { .at = text, .arena = arena };
    static int (*const parsers[])(struct line *, struct err *) = {
        [EDIT_SET] = parse_set,      [EDIT_ADD] = parse_set, [EDIT_REMOVE] = parse_remove,
        [EDIT_TTL] = parse_ttl_edit, [EDIT_SPF] = parse_spf, [EDIT_DMARC] = parse_dmarc,
    };
    if (text[strcspn(text, "\r\n")])
        return err_set(err, ERR_INVALID, "an edit is one line");
    const char *action = word(&line);
    if (!action)
        return err_set(err, ERR_INVALID, "an edit is empty");
    if (edit_action_parse(action, &line.edit.action, err) != 0 ||
        parsers[line.edit.action](&line, err) != 0)
        return -1;
    return edits_join(arena, edits, &line.edit, err);
}

/* --- formatting ----------------------------------------------------------- */

/* Can the text stand on the line as it is, seen by every eye and read back? */
static bool raw_safe(const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || strchr("\" \t", text[0]) || text[n - 1] == ' ')
        return false;
    for (const char *p = text; *p; p++) {
        if (*p < 0x20 || *p > 0x7e)
            return false;
        if (*p == '\\' && *++p != '\\')
            return false;
    }
    return true;
}

static void put_text(struct buf *out, const char *text)
{
    bool raw = raw_safe(text);
    if (!raw)
        buf_addc(out, '"');
    for (; *text; text++) {
        if (raw && *text == '\\')
            text++; /* the first of two */
        if (!raw && *text == '"')
            buf_addc(out, '\\');
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c > 0x7e)
            buf_addf(out, "\\%03u", c);
        else
            buf_addc(out, *text);
        if (!raw && *text == '\\' && text[1])
            buf_addc(out, *++text);
    }
    if (!raw)
        buf_addc(out, '"');
}

static void line_end(struct buf *out, struct arena *arena, struct strv *ret)
{
    strv_push(arena, ret, arena_strdup(arena, buf_text(out)));
    buf_reset(out);
}

static void format_record(const struct edit *edit, struct buf *out, const char *value)
{
    buf_addf(out, "%s %s", edit_action_text(edit->action), edit->owner);
    if (edit->has_ttl && edit->action != EDIT_TTL)
        buf_addf(out, " %u", edit->ttl_s);
    buf_addf(out, " %s", rtype_text(edit->type));
    if (edit->action == EDIT_TTL)
        buf_addf(out, " %u", edit->ttl_s);
    if (!value)
        return;
    buf_addc(out, ' ');
    if (edit_type_is_text(edit->type))
        put_text(out, value);
    else
        buf_adds(out, value);
}

static void format_spf(const struct edit *edit, struct buf *out, struct arena *arena,
                       struct strv *ret)
{
    const struct {
        const char *verb;
        const struct strv *terms;
    } parts[] = {
        { "add", &edit->spf.add },
        { "remove", &edit->spf.remove },
    };
    for (size_t i = 0; i < 2; i++) {
        if (parts[i].terms->n == 0)
            continue;
        buf_addf(out, "spf %s %s", edit->owner, parts[i].verb);
        for (size_t k = 0; k < parts[i].terms->n; k++)
            buf_addf(out, " %s", parts[i].terms->v[k]);
        line_end(out, arena, ret);
    }
    if (edit->spf.all) {
        buf_addf(out, "spf %s all %c", edit->owner, edit->spf.all);
        line_end(out, arena, ret);
    }
}

/* An owner with a '=' would read back as a tag. */
static void put_dmarc_owner(struct buf *out, const char *owner)
{
    buf_addc(out, ' ');
    for (; *owner; owner++)
        if (*owner == '=')
            buf_adds(out, "\\061");
        else
            buf_addc(out, *owner);
}

static void format_dmarc(const struct edit *edit, struct buf *out, struct arena *arena,
                         struct strv *ret)
{
    buf_adds(out, "dmarc");
    if (strcmp(edit->owner, "_dmarc") != 0)
        put_dmarc_owner(out, edit->owner);
    for (size_t i = 0; i < edit->dmarc.n_set; i++)
        buf_addf(out, " %s=%s", edit->dmarc.set[i].name, edit->dmarc.set[i].value);
    for (size_t i = 0; i < edit->dmarc.unset.n; i++)
        buf_addf(out, " %s=", edit->dmarc.unset.v[i]);
    line_end(out, arena, ret);
}

void edit_format(const struct edit *edit, struct arena *arena, struct strv *ret)
{
    BUF_SCOPED out = BUF(4u << 20);
    if (edit->action == EDIT_SPF) {
        format_spf(edit, &out, arena, ret);
        return;
    }
    if (edit->action == EDIT_DMARC) {
        format_dmarc(edit, &out, arena, ret);
        return;
    }
    for (size_t i = 0; i < edit->values.n; i++) {
        format_record(edit, &out, edit->values.v[i]);
        line_end(&out, arena, ret);
    }
    if (edit->values.n == 0) {
        format_record(edit, &out, NULL);
        line_end(&out, arena, ret);
    }
}
