/* lint: runs the tables over one RRset and holds the rules that are not SPF's.
 * Rules that need look-ups get a table of their own with a look-up port. */
#include "mail/lint.h"

#include <arpa/inet.h>
#include <string.h>

#include "mail/dkim.h"
#include "mail/dmarc.h"
#include "mail/lint_rules.h"
#include "mail/tags.h"

const char *severity_text(enum severity severity)
{
    static const char *const texts[] = { "error", "warning", "note" };
    return texts[severity];
}

void finding_add(struct arena *arena, struct findings *findings, enum severity severity,
                 const char *rule, const char *domain, const char *owner, const char *reference,
                 const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *message = arena_vprintf(arena, fmt, args);
    va_end(args);
    struct finding *finding = vec_push(arena, findings);
    *finding = (struct finding){ .severity = severity,
                                 .rule = rule,
                                 .domain = arena_strdup(arena, domain),
                                 .owner = arena_strdup(arena, owner),
                                 .message = message,
                                 .reference = reference };
}

/* --- DMARC ---------------------------------------------------------------- */

static bool is_dmarc(const struct lint_set *in, size_t i)
{
    return dmarc_is_record(in->set->rr[i], in->arena);
}

static bool owner_dmarc(const struct lint_set *in)
{
    return in->set->type == TYPE_TXT && strncmp(in->set->owner, "_dmarc.", 7) == 0;
}

static const char *wrong_dmarc_multi(const struct lint_set *in)
{
    size_t n = 0;
    for (size_t i = 0; owner_dmarc(in) && i < in->set->n; i++)
        n += is_dmarc(in, i);
    return n > 1 ? arena_printf(in->arena, "%zu DMARC records at one name: receivers drop them all",
                                n)
                 : NULL;
}

static const char *wrong_dmarc_syntax(const struct lint_set *in)
{
    for (size_t i = 0; owner_dmarc(in) && i < in->set->n; i++) {
        struct err err;
        if (is_dmarc(in, i) && dmarc_record_check(in->texts[i], &err) != 0)
            return arena_strdup(in->arena, err.message);
    }
    return NULL;
}

/* Newer receivers take a missing p for none when there is a rua; older ones drop
 * the record. */
static const char *wrong_dmarc_policy(const struct lint_set *in)
{
    for (size_t i = 0; owner_dmarc(in) && i < in->set->n; i++) {
        struct tags tags;
        if (!is_dmarc(in, i))
            continue;
        tags_find(in->texts[i], in->arena, &tags);
        if (!tags_get(&tags, "p"))
            return "no p= tag: older receivers ignore the record";
    }
    return NULL;
}

static const char *wrong_dmarc_removed(const struct lint_set *in)
{
    static const char *const removed[] = { "pct", "rf", "ri" };
    for (size_t i = 0; owner_dmarc(in) && i < in->set->n; i++) {
        struct tags tags;
        if (!is_dmarc(in, i))
            continue;
        tags_find(in->texts[i], in->arena, &tags);
        for (size_t k = 0; k < sizeof removed / sizeof removed[0]; k++)
            if (tags_get(&tags, removed[k]))
                return arena_printf(in->arena,
                                    "tag %s is ignored by receivers of RFC 9989, honoured "
                                    "by older ones",
                                    removed[k]);
    }
    return NULL;
}

static const char *wrong_dmarc_place(const struct lint_set *in)
{
    if (in->set->type != TYPE_TXT || owner_dmarc(in) || strstr(in->set->owner, "._dmarc."))
        return NULL;
    for (size_t i = 0; i < in->set->n; i++)
        if (is_dmarc(in, i))
            return "a DMARC record is read only at _dmarc.<domain>";
    return NULL;
}

/* --- DKIM ----------------------------------------------------------------- */

static bool owner_dkim(const struct lint_set *in)
{
    return in->set->type == TYPE_TXT && dkim_owner(in->set->owner);
}

static const char *wrong_dkim_multi(const struct lint_set *in)
{
    return owner_dkim(in) && in->set->n > 1 ? "more than one record at a selector: which one is "
                                              "used is undefined"
                                            : NULL;
}

static const char *wrong_dkim_syntax(const struct lint_set *in)
{
    for (size_t i = 0; owner_dkim(in) && i < in->set->n; i++) {
        const char *wrong = dkim_wrong(in->texts[i], in->arena);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static const char *wrong_dkim_test(const struct lint_set *in)
{
    for (size_t i = 0; owner_dkim(in) && i < in->set->n; i++)
        if (dkim_testing(in->texts[i], in->arena))
            return "t=y: receivers treat signatures as if there were none";
    return NULL;
}

static const char *wrong_dkim_revoked(const struct lint_set *in)
{
    for (size_t i = 0; owner_dkim(in) && i < in->set->n; i++)
        if (dkim_revoked(in->texts[i], in->arena))
            return "p= is empty: the key is revoked";
    return NULL;
}

/* _domainkey twice, or the domain twice behind it: a final dot was missing. */
static const char *wrong_dkim_place(const struct lint_set *in)
{
    const char *first = strstr(in->set->owner, "._domainkey.");
    if (in->set->type != TYPE_TXT && in->set->type != TYPE_CNAME)
        return NULL;
    if (first && strstr(first + 1, "._domainkey."))
        return "_domainkey stands twice in the name";
    const char *domain = first ? first + strlen("._domainkey.") : "";
    size_t half = strlen(domain) / 2;
    return *domain && strlen(domain) % 2 == 1 && domain[half] == '.' &&
                   strncmp(domain, domain + half + 1, half) == 0
               ? "the domain stands twice in the name"
               : NULL;
}

/* --- all TXT -------------------------------------------------------------- */

static const char *wrong_secret(const struct lint_set *in)
{
    for (size_t i = 0; in->set->type == TYPE_TXT && i < in->set->n; i++)
        if (strstr(in->texts[i], "PRIVATE KEY-----") || dkim_private(in->texts[i], in->arena))
            return "a private key: once published it is worthless";
    return NULL;
}

/* --- MX ------------------------------------------------------------------- */

static const char *mx_target(const struct lint_set *in, size_t i)
{
    return rdata_target(TYPE_MX, in->set->rr[i], in->arena);
}

static bool is_mx(const struct lint_set *in)
{
    return in->set->type == TYPE_MX;
}

static bool null_mx(const struct lint_set *in, size_t i)
{
    const char *target = mx_target(in, i);
    return target && strcmp(target, ".") == 0;
}

static const char *wrong_mx_null(const struct lint_set *in)
{
    for (size_t i = 0; is_mx(in) && i < in->set->n; i++)
        if (null_mx(in, i) && in->set->n > 1)
            return "a null MX stands beside other MX records";
    return NULL;
}

static const char *wrong_mx_null_preference(const struct lint_set *in)
{
    for (size_t i = 0; is_mx(in) && i < in->set->n; i++)
        if (null_mx(in, i) && (in->set->rr[i].wire[0] || in->set->rr[i].wire[1]))
            return "a null MX has preference 0";
    return NULL;
}

static const char *wrong_mx_ip(const struct lint_set *in)
{
    char octets[16];
    for (size_t i = 0; is_mx(in) && i < in->set->n; i++) {
        const char *target = mx_target(in, i);
        if (target && inet_pton(AF_INET, target, octets) == 1)
            return arena_printf(in->arena, "target %s is an address: MX wants a host name", target);
    }
    return NULL;
}

static const char *wrong_mx_twice(const struct lint_set *in)
{
    for (size_t i = 0; is_mx(in) && i < in->set->n; i++)
        for (size_t j = 0; j < i; j++) {
            const char *a = mx_target(in, i), *b = mx_target(in, j);
            if (a && b && strcmp(a, b) == 0)
                return arena_printf(in->arena, "target %s stands twice", a);
        }
    return NULL;
}

static const struct lint_rule rules[] = {
    { "dmarc.multi", SEVERITY_ERROR, "RFC 9989 4.10", wrong_dmarc_multi },
    { "dmarc.syntax", SEVERITY_ERROR, "RFC 9989 4.7", wrong_dmarc_syntax },
    { "dmarc-policy", SEVERITY_ERROR, "RFC 7489 6.3", wrong_dmarc_policy },
    { "dmarc.removed", SEVERITY_WARNING, "RFC 9989 A.6", wrong_dmarc_removed },
    { "dmarc.place", SEVERITY_WARNING, "RFC 9989 4.7", wrong_dmarc_place },
    { "dkim.multi", SEVERITY_ERROR, "RFC 6376 3.6.2.2", wrong_dkim_multi },
    { "dkim.syntax", SEVERITY_ERROR, "RFC 6376 3.6.1", wrong_dkim_syntax },
    { "dkim.place", SEVERITY_ERROR, "RFC 6376 3.6.2.1", wrong_dkim_place },
    { "dkim.test", SEVERITY_WARNING, "RFC 6376 3.6.1", wrong_dkim_test },
    { "dkim.revoked", SEVERITY_NOTE, "RFC 6376 3.6.1", wrong_dkim_revoked },
    { "txt.secret", SEVERITY_ERROR, "RFC 6376 3.6.1", wrong_secret },
    { "mx.null", SEVERITY_ERROR, "RFC 7505 3", wrong_mx_null },
    { "mx.null", SEVERITY_WARNING, "RFC 7505 3", wrong_mx_null_preference },
    { "mx.ip", SEVERITY_ERROR, "RFC 5321 5.1", wrong_mx_ip },
    { "mx.twice", SEVERITY_WARNING, "RFC 5321 5.1", wrong_mx_twice },
    { NULL, SEVERITY_NOTE, NULL, NULL },
};

static const struct lint_rule *const tables[] = { lint_spf_rules, rules };

/* --- the run -------------------------------------------------------------- */

static struct lint_set set_of(const struct rrset *set, struct arena *arena)
{
    struct lint_set in = { .set = set, .arena = arena };
    if (set->type != TYPE_TXT && set->type != TYPE_SPF)
        return in;
    in.texts = ARENA_ARRAY(arena, const char *, set->n);
    for (size_t i = 0; i < set->n; i++) {
        size_t n;
        const char *octets = txt_octets(set->rr[i], arena, &n);
        in.texts[i] = arena_strndup(arena, octets, n);
    }
    return in;
}

void lint_rrset(const char *domain, const struct rrset *before, const struct rrset *after,
                struct arena *arena, struct findings *findings)
{
    if (!after || after->n == 0)
        return;
    ARENA_SCOPED scratch = arena_new("lint", 64u << 20);
    struct lint_set now = set_of(after, scratch), was = { 0 };
    if (before && before->n)
        was = set_of(before, scratch);
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct lint_rule *rule = tables[t]; rule->id; rule++) {
            const char *message = rule->wrong(&now);
            if (!message)
                continue;
            const char *old = was.set ? rule->wrong(&was) : NULL;
            bool same = old && strcmp(old, message) == 0;
            finding_add(arena, findings, same ? SEVERITY_NOTE : rule->severity, rule->id, domain,
                        after->owner, rule->reference, "%s%s", message,
                        same ? " (was so before)" : "");
        }
}
