/* spf_grammar: one SPF term against RFC 7208 section 12.  It does not know
 * records, limits or what a term means. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/spf.h"
#include "mail/spf_terms.h"

#define TERM_MAX 512 /* longer than any domain-spec with its macros */

/* One macro-expand at `at` ("%{...}" "%%" "%_" "%-"); returns its length or 0.
 * c, r and t stand only in explanations (7.2). */
static size_t macro_length(const char *at)
{
    if (at[1] == '%' || at[1] == '_' || at[1] == '-')
        return 2;
    if (at[1] != '{' || !at[2] || !strchr("slodiphvSLODIPHV", at[2]))
        return 0;
    const char *p = at + 3;
    size_t digits = strspn(p, "0123456789");
    if (digits && strspn(p, "0") == digits) /* the number must not be zero (7.3) */
        return 0;
    p += digits;
    p += *p == 'r' || *p == 'R';
    p += strspn(p, ".-+,/_=");
    return *p == '}' ? (size_t)(p + 1 - at) : 0;
}

/* macro-string over the first n characters.  *ret_macro_end: the last thing in it
 * is a macro; *ret_tail: the literal text after the last macro. */
static bool macro_string(const char *text, size_t n, bool *ret_macro_end, const char **ret_tail)
{
    const char *end = text + n, *tail = text;
    for (const char *p = text; p < end;) {
        if (*p != '%') {
            if (*p < 0x21 || *p > 0x7e)
                return false;
            p++;
            continue;
        }
        size_t used = macro_length(p);
        if (used == 0 || used > (size_t)(end - p))
            return false;
        p += used;
        tail = p;
    }
    *ret_macro_end = tail == end && n > 0;
    *ret_tail = tail;
    return true;
}

/* toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool toplabel(const char *label, size_t n)
{
    bool letter = false;
    if (n == 0 || label[0] == '-' || label[n - 1] == '-')
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)label[i]) && label[i] != '-')
            return false;
        letter = letter || !isdigit((unsigned char)label[i]);
    }
    return letter;
}

/* domain-spec = macro-string domain-end */
static const char *domain_wrong(const char *text, size_t n)
{
    bool macro_end;
    const char *tail, *end = text + n;
    if (n == 0)
        return "names no domain";
    if (!macro_string(text, n, &macro_end, &tail))
        return "has a character or a macro that is not allowed";
    if (macro_end)
        return NULL;
    if (end[-1] == '.')
        end--;
    const char *dot = end;
    while (dot > tail && dot[-1] != '.')
        dot--;
    if (dot == tail)
        return "needs a domain of at least two labels";
    return toplabel(dot, (size_t)(end - dot)) ? NULL : "does not end in a top-level domain";
}

/* "/" number without leading zero, at most max; returns its length, 0 if absent. */
static bool prefix_valid(const char *digits, size_t n, unsigned long max)
{
    return n > 0 && n <= 3 && (digits[0] != '0' || n == 1) && strspn(digits, "0123456789") >= n &&
           strtoul(digits, NULL, 10) <= max;
}

/* Cuts "/24", "//64" or "/24//64" off the end of text[0..*n); what does not look
 * like digits stays and fails as a domain. */
static const char *dual_cidr_cut(const char *text, size_t *n)
{
    size_t digits = 0, len = *n;
    while (digits < len && isdigit((unsigned char)text[len - 1 - digits]))
        digits++;
    if (digits == len || text[len - 1 - digits] != '/')
        return NULL;
    size_t slash = len - 1 - digits;
    bool v6 = slash > 0 && text[slash - 1] == '/';
    if (!prefix_valid(text + slash + 1, digits, v6 ? 128 : 32))
        return "has a prefix length that is not allowed";
    *n = v6 ? slash - 1 : slash;
    if (!v6)
        return NULL;
    digits = 0;
    while (digits < *n && isdigit((unsigned char)text[*n - 1 - digits]))
        digits++;
    if (digits == *n || text[*n - 1 - digits] != '/')
        return NULL;
    slash = *n - 1 - digits;
    if (!prefix_valid(text + slash + 1, digits, 32))
        return "has a prefix length that is not allowed";
    *n = slash;
    return NULL;
}

static const char *no_argument(const char *rest)
{
    return *rest ? "takes no argument" : NULL;
}

static const char *colon_domain(const char *rest)
{
    return *rest == ':' ? domain_wrong(rest + 1, strlen(rest + 1)) : "wants a ':' and a domain";
}

static const char *optional_domain(const char *rest)
{
    return *rest ? colon_domain(rest) : NULL;
}

static const char *domain_and_cidr(const char *rest)
{
    size_t n = strlen(rest);
    const char *wrong = dual_cidr_cut(rest, &n);
    if (wrong || n == 0)
        return wrong;
    return *rest == ':' ? domain_wrong(rest + 1, n - 1) : "wants ':' or '/' after its name";
}

static const char *network(const char *rest, int family)
{
    if (*rest != ':')
        return "wants a ':' and an address";
    const char *slash = strchr(rest, '/');
    if (slash && !(strlen(slash + 1) == strspn(slash + 1, "0123456789") &&
                   prefix_valid(slash + 1, strlen(slash + 1), family == 4 ? 32 : 128)))
        return "has a prefix length that is not allowed";
    size_t n = slash ? (size_t)(slash - rest - 1) : strlen(rest + 1);
    return spf_address_valid(family, rest + 1, n) ? NULL : "wants an address of its family";
}

static const char *network4(const char *rest)
{
    return network(rest, 4);
}

static const char *network6(const char *rest)
{
    return network(rest, 6);
}

static const struct mechanism {
    const char *name;
    const char *(*wrong)(const char *rest);
} mechanisms[] = {
    { "all", no_argument },    { "include", colon_domain }, { "a", domain_and_cidr },
    { "mx", domain_and_cidr }, { "ptr", optional_domain },  { "ip4", network4 },
    { "ip6", network6 },       { "exists", colon_domain },
};

static const char *modifier_wrong(const char *term, size_t name)
{
    const char *value = term + name + 1, *tail;
    bool macro_end;
    if ((name == 8 && strncasecmp(term, "redirect", 8) == 0) ||
        (name == 3 && strncasecmp(term, "exp", 3) == 0))
        return domain_wrong(value, strlen(value));
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
        if (strlen(mechanisms[i].name) == name && strncasecmp(mechanisms[i].name, term, name) == 0)
            return "is a mechanism: ':' belongs where '=' stands";
    if (!isalpha((unsigned char)term[0]))
        return "is no modifier";
    return macro_string(value, strlen(value), &macro_end, &tail)
               ? NULL
               : "has a character or a macro that is not allowed";
}

static const char *mechanism_wrong(const char *term)
{
    size_t name = strcspn(term, ":/");
    for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
        if (strlen(mechanisms[i].name) == name && strncasecmp(mechanisms[i].name, term, name) == 0)
            return mechanisms[i].wrong(term + name);
    return "is no mechanism of SPF";
}

int spf_term_check(const char *term, struct err *err)
{
    if (strlen(term) > TERM_MAX)
        return err_set(err, ERR_INVALID, "SPF term \"%.40s...\" is too long", term);
    if (!*term)
        return err_set(err, ERR_INVALID, "an SPF term is empty");
    size_t name = strspn(term, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    const char *wrong = term[name] == '=' && name > 0
                            ? modifier_wrong(term, name)
                            : mechanism_wrong(term + (strchr("+-~?", *term) != NULL));
    if (wrong)
        return err_set(err, ERR_INVALID, "SPF term \"%s\" %s (RFC 7208 12)", term, wrong);
    return 0;
}
