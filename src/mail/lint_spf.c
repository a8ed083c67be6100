/* lint_spf: rules about SPF records that need no look-up.  Counts through
 * includes, void look-ups and targets belong to the rules with look-ups. */
#include <string.h>
#include <strings.h>

#include "mail/lint_rules.h"
#include "mail/spf.h"
#include "mail/spf_terms.h"

#define LOOKUPS_MAX 10  /* RFC 7208 4.6.4 */
#define ANSWER_MAX  450 /* RFC 7208 3.4: name and all TXT text below this fit 512 octets */

static bool is_text(const struct lint_set *in)
{
    return in->set->type == TYPE_TXT;
}

static const char *record(const struct lint_set *in, size_t i)
{
    const char *text = in->texts[i];
    return spf_text_is_record(text, strlen(text)) ? text : NULL;
}

/* The first record for which `wrong` has something to say. */
static const char *each_record(const struct lint_set *in,
                               const char *(*wrong)(const struct lint_set *in, const char *text,
                                                    const struct spf_terms *terms))
{
    for (size_t i = 0; is_text(in) && i < in->set->n; i++) {
        const char *text = record(in, i), *message;
        struct spf_terms terms;
        if (!text)
            continue;
        spf_terms_find(text, in->arena, &terms);
        message = wrong(in, text, &terms);
        if (message)
            return message;
    }
    return NULL;
}

static const char *wrong_multi(const struct lint_set *in)
{
    size_t n = 0;
    for (size_t i = 0; is_text(in) && i < in->set->n; i++)
        n += record(in, i) != NULL;
    return n > 1 ? arena_printf(in->arena,
                                "%zu SPF records at one name: receivers report permerror", n)
                 : NULL;
}

static const char *record_syntax(const struct lint_set *in, const char *text,
                                 const struct spf_terms *terms)
{
    struct err err;
    (void)terms;
    return spf_record_check(text, &err) != 0 ? arena_strdup(in->arena, err.message) : NULL;
}

static const char *wrong_syntax(const struct lint_set *in)
{
    return each_record(in, record_syntax);
}

static const struct spf_term *find(const struct spf_terms *terms, const char *mechanism)
{
    for (size_t i = 0; i < terms->n; i++)
        if (spf_term_is(terms->v[i], mechanism))
            return &terms->v[i];
    return NULL;
}

static bool has_redirect(const struct spf_terms *terms)
{
    for (size_t i = 0; i < terms->n; i++)
        if (spf_term_is_modifier(terms->v[i], "redirect"))
            return true;
    return false;
}

static const char *record_all_pass(const struct lint_set *in, const char *text,
                                   const struct spf_terms *terms)
{
    (void)in, (void)text;
    const struct spf_term *all = find(terms, "all");
    return all && !strchr("-~?", all->at[0]) ? "\"+all\" lets the whole world send" : NULL;
}

static const char *wrong_all_pass(const struct lint_set *in)
{
    return each_record(in, record_all_pass);
}

static const char *record_all_neutral(const struct lint_set *in, const char *text,
                                      const struct spf_terms *terms)
{
    (void)in, (void)text;
    const struct spf_term *all = find(terms, "all");
    return all && all->at[0] == '?' ? "\"?all\" states no policy" : NULL;
}

static const char *wrong_all_neutral(const struct lint_set *in)
{
    return each_record(in, record_all_neutral);
}

static const char *record_all_last(const struct lint_set *in, const char *text,
                                   const struct spf_terms *terms)
{
    (void)in, (void)text;
    const struct spf_term *all = find(terms, "all");
    for (const struct spf_term *term = all; term && ++term < terms->v + terms->n;)
        if (!memchr(term->at, '=', term->len))
            return "terms after \"all\" are ignored";
    return NULL;
}

static const char *wrong_all_last(const struct lint_set *in)
{
    return each_record(in, record_all_last);
}

static const char *record_noall(const struct lint_set *in, const char *text,
                                const struct spf_terms *terms)
{
    (void)in, (void)text;
    return !find(terms, "all") && !has_redirect(terms)
               ? "neither \"all\" nor redirect=: everything not listed is neutral"
               : NULL;
}

static const char *wrong_noall(const struct lint_set *in)
{
    return each_record(in, record_noall);
}

static const char *record_redirect(const struct lint_set *in, const char *text,
                                   const struct spf_terms *terms)
{
    (void)in, (void)text;
    return find(terms, "all") && has_redirect(terms) ? "redirect= is ignored beside \"all\"" : NULL;
}

static const char *wrong_redirect(const struct lint_set *in)
{
    return each_record(in, record_redirect);
}

static const char *record_ptr(const struct lint_set *in, const char *text,
                              const struct spf_terms *terms)
{
    (void)in, (void)text;
    return find(terms, "ptr") ? "\"ptr\" should not be published" : NULL;
}

static const char *wrong_ptr(const struct lint_set *in)
{
    return each_record(in, record_ptr);
}

/* The record's own terms; what includes add is not known here. */
static const char *record_lookups(const struct lint_set *in, const char *text,
                                  const struct spf_terms *terms)
{
    static const char *const counted[] = { "include", "a", "mx", "ptr", "exists" };
    size_t n = has_redirect(terms);
    (void)text;
    for (size_t i = 0; i < terms->n; i++)
        for (size_t k = 0; k < sizeof counted / sizeof counted[0]; k++)
            n += spf_term_is(terms->v[i], counted[k]);
    return n > LOOKUPS_MAX
               ? arena_printf(in->arena, "%zu terms need a look-up, receivers stop at %d", n,
                              LOOKUPS_MAX)
               : NULL;
}

static const char *wrong_lookups(const struct lint_set *in)
{
    return each_record(in, record_lookups);
}

/* White space or a quote before the version: not an SPF record to anybody. */
static const char *wrong_lead(const struct lint_set *in)
{
    for (size_t i = 0; is_text(in) && i < in->set->n; i++) {
        const char *text = in->texts[i], *start = text + strspn(text, " \t\"'");
        if (start != text && strncasecmp(start, "v=spf1", 6) == 0)
            return "blanks or quotes before \"v=spf1\": no receiver takes it for SPF";
    }
    return NULL;
}

/* Strings are joined without a space (3.3): "ip4:192.0.2.1" "include:x" is one term. */
static const char *wrong_strings(const struct lint_set *in)
{
    for (size_t i = 0; is_text(in) && i < in->set->n; i++) {
        const struct rdata *rdata = &in->set->rr[i];
        if (!record(in, i) || txt_default_split(*rdata) ||
            spf_record_check(in->texts[i], NULL) == 0)
            continue;
        for (size_t at = 0; at + 1u + rdata->wire[at] < rdata->len; at += 1u + rdata->wire[at]) {
            size_t n = rdata->wire[at], next = at + 1 + n;
            if (n > 0 && n < 255 && next + 1 < rdata->len && rdata->wire[next] > 0 &&
                rdata->wire[at + n] != ' ' && rdata->wire[next + 1] != ' ')
                return "two strings join without a space between their terms";
        }
    }
    return NULL;
}

static const char *wrong_size(const struct lint_set *in)
{
    size_t n = strlen(in->set->owner);
    bool any = false;
    for (size_t i = 0; is_text(in) && i < in->set->n; i++) {
        any = any || record(in, i);
        n += in->set->rr[i].len;
    }
    return any && n > ANSWER_MAX
               ? arena_printf(in->arena,
                              "all TXT text of the name is %zu octets: an answer may "
                              "not fit 512",
                              n)
               : NULL;
}

static const char *wrong_type99(const struct lint_set *in)
{
    return in->set->type == TYPE_SPF ? "type SPF (99) is obsolete: receivers read TXT" : NULL;
}

const struct lint_rule lint_spf_rules[] = {
    { "spf.multi", SEVERITY_ERROR, "RFC 7208 3.2", wrong_multi },
    { "spf.syntax", SEVERITY_ERROR, "RFC 7208 4.6", wrong_syntax },
    { "spf.strings", SEVERITY_ERROR, "RFC 7208 3.3", wrong_strings },
    { "spf.lead", SEVERITY_ERROR, "RFC 7208 4.5", wrong_lead },
    { "spf.all", SEVERITY_ERROR, "RFC 7208 5.1", wrong_all_pass },
    { "spf.all", SEVERITY_WARNING, "RFC 7208 5.1", wrong_all_neutral },
    { "spf.all", SEVERITY_WARNING, "RFC 7208 5.1", wrong_all_last },
    { "spf.noall", SEVERITY_WARNING, "RFC 7208 4.7", wrong_noall },
    { "spf.redirect", SEVERITY_WARNING, "RFC 7208 6.1", wrong_redirect },
    { "spf.ptr", SEVERITY_WARNING, "RFC 7208 5.5", wrong_ptr },
    { "spf.lookups", SEVERITY_ERROR, "RFC 7208 4.6.4", wrong_lookups },
    { "spf.size", SEVERITY_WARNING, "RFC 7208 3.4", wrong_size },
    { "spf.type99", SEVERITY_WARNING, "RFC 7208 3.1", wrong_type99 },
    { NULL, SEVERITY_NOTE, NULL, NULL },
};
