/* spf: edits of one SPF record.  Nothing is evaluated or looked up. */
#include "mail/spf.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "mail/spf_terms.h"

#define RECORD_LIMIT 65535

/* The version is an ABNF literal and so case-blind (RFC 5234 2.3); it ends at a
 * space or with the record (4.5). */
bool spf_text_is_record(const char *text, size_t n)
{
    return n >= 6 && strncasecmp(text, "v=spf1", 6) == 0 && (n == 6 || text[6] == ' ');
}

bool spf_is_record(struct rdata txt, struct arena *arena)
{
    size_t n;
    const char *octets = txt_octets(txt, arena, &n);
    return spf_text_is_record(octets, n);
}

bool spf_address_valid(int family, const char *text, size_t n)
{
    char copy[INET6_ADDRSTRLEN], octets[16];
    if (n == 0 || n >= sizeof copy)
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return inet_pton(family == 4 ? AF_INET : AF_INET6, copy, octets) == 1;
}

void spf_terms_find(const char *text, struct arena *arena, struct spf_terms *ret)
{
    struct spf_terms terms = { 0 };
    const char *at = text + (strlen(text) < 6 ? strlen(text) : 6);
    for (at += strspn(at, " "); *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        *(struct spf_term *)vec_push(arena, &terms) = (struct spf_term){ at, n };
        at += n;
    }
    *ret = terms;
}

static size_t qualifier_length(struct spf_term term)
{
    return term.len > 0 && strchr("+-~?", term.at[0]) != NULL;
}

bool spf_term_is(struct spf_term term, const char *mechanism)
{
    size_t skip = qualifier_length(term), n = strlen(mechanism);
    if (term.len < skip + n || strncasecmp(term.at + skip, mechanism, n) != 0)
        return false;
    return term.len == skip + n || term.at[skip + n] == ':' || term.at[skip + n] == '/';
}

bool spf_term_is_modifier(struct spf_term term, const char *name)
{
    size_t n = strlen(name);
    return term.len > n && term.at[n] == '=' && strncasecmp(term.at, name, n) == 0;
}

/* Names of mechanisms and hosts are case-blind; in macros an upper case letter
 * means URL escaping (7.3), so terms with macros only fold what precedes them. */
static bool term_same(struct spf_term a, struct spf_term b)
{
    if (a.len && a.at[0] == '+')
        a.at++, a.len--;
    if (b.len && b.at[0] == '+')
        b.at++, b.len--;
    if (a.len != b.len)
        return false;
    const char *macro = memchr(a.at, '%', a.len);
    size_t fold = macro ? (size_t)(macro - a.at) : a.len;
    return strncasecmp(a.at, b.at, fold) == 0 &&
           memcmp(a.at + fold, b.at + fold, a.len - fold) == 0;
}

static struct spf_term term_of(const char *text)
{
    return (struct spf_term){ text, strlen(text) };
}

static bool terms_have(const struct spf_terms *terms, const char *text)
{
    for (size_t i = 0; i < terms->n; i++)
        if (term_same(terms->v[i], term_of(text)))
            return true;
    return false;
}

static size_t terms_first(const struct spf_terms *terms,
                          bool (*is)(struct spf_term term, const char *name), const char *name)
{
    size_t i = 0;
    while (i < terms->n && !is(terms->v[i], name))
        i++;
    return i; /* terms->n: none */
}

static int edit_check(const struct spf_edit *edit, struct err *err)
{
    for (size_t i = 0; i < edit->add.n; i++) {
        if (spf_term_check(edit->add.v[i], err) != 0)
            return -1;
        if (spf_term_is(term_of(edit->add.v[i]), "all")) {
            err_set(err, ERR_INVALID, "\"%s\" cannot be added as a term", edit->add.v[i]);
            return err_hint(err, "say: spf all -");
        }
        for (size_t j = 0; j < edit->remove.n; j++)
            if (term_same(term_of(edit->add.v[i]), term_of(edit->remove.v[j])))
                return err_set(err, ERR_INVALID, "\"%s\" is to be added and removed",
                               edit->add.v[i]);
    }
    for (size_t i = 0; i < edit->remove.n; i++)
        if (!*edit->remove.v[i] || strchr(edit->remove.v[i], ' '))
            return err_set(err, ERR_INVALID, "\"%s\" is no SPF term", edit->remove.v[i]);
        else if (edit->all && spf_term_is(term_of(edit->remove.v[i]), "all"))
            return err_set(err, ERR_INVALID, "\"%s\" is to be removed and \"all\" to be set",
                           edit->remove.v[i]);
    return 0;
}

static char all_qualifier(const struct spf_terms *terms)
{
    size_t i = terms_first(terms, spf_term_is, "all");
    if (i == terms->n)
        return 0;
    return qualifier_length(terms->v[i]) ? terms->v[i].at[0] : '+';
}

/* Does the record already say all that the edit wants? */
static bool edit_done(const struct spf_edit *edit, const struct spf_terms *terms)
{
    for (size_t i = 0; i < edit->add.n; i++)
        if (!terms_have(terms, edit->add.v[i]))
            return false;
    for (size_t i = 0; i < edit->remove.n; i++)
        if (terms_have(terms, edit->remove.v[i]))
            return false;
    return !edit->all || all_qualifier(terms) == edit->all;
}

static bool removed(const struct spf_edit *edit, struct spf_term term)
{
    for (size_t i = 0; i < edit->remove.n; i++)
        if (term_same(term, term_of(edit->remove.v[i])))
            return true;
    return false;
}

static int edit_fits(const struct spf_edit *edit, const struct spf_terms *terms, struct err *err)
{
    for (size_t i = 0; i < edit->remove.n; i++)
        if (!terms_have(terms, edit->remove.v[i]))
            return err_set(err, ERR_INVALID, "the SPF record has no term \"%s\" to remove",
                           edit->remove.v[i]);
    size_t redirect = terms_first(terms, spf_term_is_modifier, "redirect");
    if (edit->all && all_qualifier(terms) == 0 && redirect < terms->n &&
        !removed(edit, terms->v[redirect])) {
        err_set(err, ERR_INVALID,
                "the SPF record ends in redirect=, which an \"all\" would "
                "switch off (RFC 7208 6.1)");
        return err_hint(err, "remove the redirect= term in the same edit");
    }
    return 0;
}

struct writer { /* the record on its way out */
    const struct spf_edit *edit;
    const struct spf_terms *terms;
    struct buf *out;
    const char *from; /* what is copied up to here */
};

/* The new terms, each with a space on the side the record continues. */
static void put_new(struct writer *writer, const char *before, const char *after)
{
    for (size_t i = 0; i < writer->edit->add.n; i++) {
        const char *term = writer->edit->add.v[i];
        bool twice = false;
        for (size_t j = 0; j < i; j++)
            twice = twice || term_same(term_of(term), term_of(writer->edit->add.v[j]));
        if (!twice && !terms_have(writer->terms, term))
            buf_addf(writer->out, "%s%s%s", before, term, after);
    }
}

static void copy_to(struct writer *writer, const char *to)
{
    buf_add(writer->out, writer->from, (size_t)(to - writer->from));
    writer->from = to;
}

/* Leaves out term i and the spaces before it. */
static void put_removed(struct writer *writer, struct spf_term term)
{
    const char *start = term.at;
    while (start > writer->from && start[-1] == ' ')
        start--;
    copy_to(writer, start);
    writer->from = term.at + term.len;
}

static void write_record(struct writer *writer, const char *text)
{
    const struct spf_terms *terms = writer->terms;
    size_t all = terms_first(terms, spf_term_is, "all");
    size_t place = all < terms->n ? all : terms_first(terms, spf_term_is_modifier, "redirect");
    const char *last = text + 6;
    for (size_t i = 0; i < terms->n; i++) {
        struct spf_term term = terms->v[i];
        last = term.at + term.len;
        bool gone = removed(writer->edit, term);
        if (gone) {
            put_removed(writer, term);
            if (i == place)
                put_new(writer, " ", "");
            continue;
        }
        if (i == place) {
            copy_to(writer, term.at);
            put_new(writer, "", " ");
        }
        if (i == all && writer->edit->all && all_qualifier(terms) != writer->edit->all) {
            copy_to(writer, term.at);
            buf_addc(writer->out, writer->edit->all);
            writer->from = term.at + qualifier_length(term);
        }
    }
    copy_to(writer, last > writer->from ? last : writer->from);
    if (place == terms->n)
        put_new(writer, " ", "");
    if (writer->edit->all && all == terms->n)
        buf_addf(writer->out, " %call", writer->edit->all);
    copy_to(writer, text + strlen(text));
}

int spf_edit(const char *text, const struct spf_edit *edit, struct arena *arena, const char **ret,
             struct err *err)
{
    if (!spf_text_is_record(text, strlen(text)))
        return err_set(err, ERR_INVALID, "is no SPF record");
    if (edit_check(edit, err) != 0)
        return -1;
    struct spf_terms terms;
    spf_terms_find(text, arena, &terms);
    if (edit_done(edit, &terms)) {
        *ret = arena_strdup(arena, text);
        return 0;
    }
    if (edit_fits(edit, &terms, err) != 0)
        return -1;
    BUF_SCOPED out = BUF(RECORD_LIMIT);
    struct writer writer = { edit, &terms, &out, text };
    write_record(&writer, text);
    if (buf_full(&out))
        return err_set(err, ERR_INVALID, "the SPF record would be longer than %d octets",
                       RECORD_LIMIT);
    *ret = buf_take(&out, arena);
    return 0;
}

int spf_record_check(const char *text, struct err *err)
{
    if (!spf_text_is_record(text, strlen(text)))
        return err_set(err, ERR_INVALID, "does not start with \"v=spf1\" (RFC 7208 4.5)");
    ARENA_SCOPED arena = arena_new("SPF record", 8u << 20);
    struct spf_terms terms;
    spf_terms_find(text, arena, &terms);
    size_t redirects = 0, explanations = 0;
    for (size_t i = 0; i < terms.n; i++) {
        const char *term = arena_strndup(arena, terms.v[i].at, terms.v[i].len);
        if (spf_term_check(term, err) != 0)
            return -1;
        redirects += spf_term_is_modifier(terms.v[i], "redirect");
        explanations += spf_term_is_modifier(terms.v[i], "exp");
    }
    if (redirects > 1 || explanations > 1)
        return err_set(err, ERR_INVALID, "%s= stands twice (RFC 7208 6)",
                       redirects > 1 ? "redirect" : "exp");
    return 0;
}
