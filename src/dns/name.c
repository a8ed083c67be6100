/* name: domain names between text, canonical text and wire form.  See name.h;
 * who owns a name and what is published there is not known here. */
#include "dns/name.h"

#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name_case.h"

#define LABEL_MAX 63

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- text to wire ---------------------------------------------------------- */

struct scan {
    const char *text; /* the whole name, for messages */
    const char *at;
    enum name_case keep;
    uint8_t label[LABEL_MAX + 1];
    size_t len;
    bool foreign; /* the label holds raw octets over 127: a U-label in UTF-8 */
    bool escaped; /* the label holds an escape */
    struct err *err;
};

static int refuse(const struct scan *scan, const char *why)
{
    return err_set(scan->err, ERR_INVALID, "\"%.255s\" is no domain name: %s", scan->text, why);
}

/* "\DDD" or "\X" (RFC 1035 5.1); moves past it. */
static int escape_read(struct scan *scan, uint8_t *ret)
{
    const char *at = scan->at + 1;
    if (is_digit(at[0])) {
        if (!is_digit(at[1]) || !is_digit(at[2]))
            return refuse(scan, "an escape is \\ and three digits");
        int value = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
        if (value > 255)
            return refuse(scan, "an escape stands for an octet, 000 to 255");
        *ret = (uint8_t)value;
        scan->at = at + 3;
        return 0;
    }
    if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
        return refuse(scan, "a backslash stands before nothing");
    *ret = (uint8_t)*at;
    scan->at = at + 1;
    return 0;
}

/* One octet of a label.  Characters that are special in zone files, and white
 * space, are no part of a name that a person meant, unless escaped. */
static int octet_read(struct scan *scan, uint8_t *ret)
{
    unsigned char c = (unsigned char)*scan->at;
    if (c == '\\') {
        scan->escaped = true;
        return escape_read(scan, ret);
    }
    if (c <= ' ' || c == 0x7f)
        return refuse(scan, "white space or a control character in it");
    if (strchr("\"();@", c))
        return refuse(scan, "one of \" ( ) ; @ in it");
    scan->foreign = scan->foreign || c >= 0x80;
    *ret = c;
    scan->at++;
    return 0;
}

/* The A-label of the U-label text[0..n).  Label by label, and never with
 * IDN2_USE_STD3_ASCII_RULES, which would delete underscores silently. */
static int label_to_ascii(struct scan *scan, const char *text, size_t n)
{
    if (scan->escaped)
        return refuse(scan, "an escape beside a letter outside ASCII");
    if (n > 4 * LABEL_MAX)
        return refuse(scan, "a label is longer than 63 octets");
    char u[4 * LABEL_MAX + 1];
    memcpy(u, text, n);
    u[n] = '\0';
    uint8_t *a = NULL;
    int code = idn2_lookup_u8((const uint8_t *)u, &a, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (code != IDN2_OK) {
        refuse(scan, idn2_strerror(code));
        return err_hint(scan->err, "if this name is meant, write the label \"%.63s\" as xn--...",
                        u);
    }
    size_t len = strlen((const char *)a);
    /* The mapping may produce what splits or ends a name: a full-width dot. */
    bool plain = len > 0 && len <= LABEL_MAX && !strpbrk((const char *)a, ".\\\"();@ /");
    if (plain)
        memcpy(scan->label, a, len);
    idn2_free(a);
    if (!plain)
        return refuse(scan, "a label that IDNA 2008 does not allow");
    scan->len = len;
    return 0;
}

static int label_read(struct scan *scan)
{
    const char *start = scan->at;
    size_t n = 0;
    scan->len = 0;
    scan->foreign = scan->escaped = false;
    while (*scan->at && *scan->at != '.') {
        uint8_t octet = 0;
        if (octet_read(scan, &octet) < 0)
            return -1;
        if (n < sizeof scan->label)
            scan->label[n] = scan->keep == NAME_KEEP_CASE ? octet : lower(octet);
        n++;
    }
    if (scan->foreign)
        return label_to_ascii(scan, start, (size_t)(scan->at - start));
    if (n == 0)
        return refuse(scan, "an empty label");
    if (n > LABEL_MAX)
        return refuse(scan, "a label is longer than 63 octets");
    scan->len = n;
    return 0;
}

int name_text_to_wire(const char *text, enum name_case keep, uint8_t ret_wire[NAME_WIRE_MAX],
                      size_t *ret_len, struct err *err)
{
    struct scan scan = { .text = text, .at = text, .keep = keep, .err = err };
    size_t used = 0;
    if (strcmp(text, ".") == 0)
        scan.at++;
    else if (!*text)
        return refuse(&scan, "it is empty");
    while (*scan.at) {
        if (label_read(&scan) < 0)
            return -1;
        if (used + 1 + scan.len + 1 > NAME_WIRE_MAX) /* and the root label */
            return refuse(&scan, "it is longer than 255 octets");
        ret_wire[used++] = (uint8_t)scan.len;
        memcpy(ret_wire + used, scan.label, scan.len);
        used += scan.len;
        scan.at += *scan.at == '.';
    }
    ret_wire[used++] = 0;
    *ret_len = used;
    return 0;
}

int name_to_wire(const char *name, uint8_t ret_wire[NAME_WIRE_MAX], size_t *ret_len,
                 struct err *err)
{
    return name_text_to_wire(name, NAME_FOLD_CASE, ret_wire, ret_len, err);
}

/* --- wire to text ---------------------------------------------------------- */

/* Printed as they are: graphic ASCII without what zone files give a meaning. */
static bool octet_is_plain(uint8_t c)
{
    return c > ' ' && c < 0x7f && !strchr(".\\\"();@$", c);
}

static char *label_print(char *to, const uint8_t *label, size_t len, enum name_case keep)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t c = keep == NAME_KEEP_CASE ? label[i] : lower(label[i]);
        if (octet_is_plain(c)) {
            *to++ = (char)c;
        } else {
            *to++ = '\\';
            *to++ = (char)('0' + c / 100);
            *to++ = (char)('0' + c / 10 % 10);
            *to++ = (char)('0' + c % 10);
        }
    }
    return to;
}

int name_wire_to_text(const uint8_t *wire, size_t len, enum name_case keep, struct arena *arena,
                      const char **ret, size_t *ret_used, struct err *err)
{
    char text[4 * NAME_WIRE_MAX + 2], *to = text;
    size_t at = 0;
    while (at < len && wire[at] != 0) {
        size_t n = wire[at];
        /* 192 and up would be compression (RFC 1035 4.1.4): not in here. */
        if (n > LABEL_MAX || at + 1 + n >= len || at + 1 + n + 1 > NAME_WIRE_MAX)
            return err_set(err, ERR_INVALID, "not a domain name in wire form");
        if (at > 0)
            *to++ = '.';
        to = label_print(to, wire + at + 1, n, keep);
        at += 1 + n;
    }
    if (at >= len)
        return err_set(err, ERR_INVALID, "not a domain name in wire form");
    if (at == 0)
        *to++ = '.';
    *ret = arena_strndup(arena, text, (size_t)(to - text));
    *ret_used = at + 1;
    return 0;
}

int name_from_wire(const uint8_t *wire, size_t len, struct arena *arena, const char **ret,
                   size_t *ret_used, struct err *err)
{
    return name_wire_to_text(wire, len, NAME_FOLD_CASE, arena, ret, ret_used, err);
}

/* --- spellings ------------------------------------------------------------- */

int name_parse(const char *text, struct arena *arena, const char **ret, struct err *err)
{
    uint8_t wire[NAME_WIRE_MAX];
    size_t len, used;
    if (name_text_to_wire(text, NAME_FOLD_CASE, wire, &len, err) < 0)
        return -1;
    return name_from_wire(wire, len, arena, ret, &used, err);
}

/* Labels of a spelling: dots that are not escaped, and whether one ends it. */
static size_t text_labels(const char *text, bool *ret_dotted)
{
    size_t labels = 1;
    *ret_dotted = false;
    for (; *text; text++) {
        if (*text == '\\' && text[1]) {
            text++;
        } else if (*text == '.') {
            *ret_dotted = !text[1];
            labels += text[1] != '\0';
        }
    }
    return labels;
}

static int relative_parse(const char *text, const char *domain, struct arena *arena,
                          const char **ret, struct err *err)
{
    if (strcmp(domain, ".") == 0)
        return name_parse(text, arena, ret, err);
    return name_parse(arena_printf(arena, "%s.%s", text, domain), arena, ret, err);
}

static int owner_absolute(const char *text, const char *domain, struct arena *arena,
                          const char **ret, struct err *err)
{
    const char *name;
    if (name_parse(text, arena, &name, err) < 0)
        return -1;
    if (!name_within(name, domain)) {
        err_set(err, ERR_INVALID, "the owner %s is not in %s", text, domain);
        return err_hint(err, "write owners relative to the domain: \"@\" is %s itself", domain);
    }
    *ret = name;
    return 0;
}

int name_owner(const char *text, const char *domain, struct arena *arena, const char **ret,
               struct err *err)
{
    bool dotted;
    if (strcmp(text, "@") == 0) {
        *ret = arena_strdup(arena, domain);
        return 0;
    }
    text_labels(text, &dotted);
    if (dotted)
        return owner_absolute(text, domain, arena, ret, err);
    const char *alone, *below;
    if (name_parse(text, arena, &alone, err) < 0 ||
        relative_parse(text, domain, arena, &below, err) < 0)
        return -1;
    /* www.a.example in a.example: never meant as www.a.example.a.example. */
    if (strcmp(domain, ".") != 0 && name_within(alone, domain)) {
        err_set(err, ERR_INVALID, "the owner %s would be %s", text, below);
        return err_hint(err, "write \"%s\" for %s; a final dot makes a name absolute",
                        name_relative(alone, domain, arena), alone);
    }
    *ret = below;
    return 0;
}

int name_target(const char *text, const char *domain, struct arena *arena, const char **ret,
                struct err *err)
{
    bool dotted;
    if (strcmp(text, "@") == 0) {
        *ret = arena_strdup(arena, domain);
        return 0;
    }
    size_t labels = text_labels(text, &dotted);
    if (dotted)
        return name_parse(text, arena, ret, err);
    const char *below;
    if (relative_parse(text, domain, arena, &below, err) < 0)
        return -1;
    if (labels > 1) {
        err_set(err, ERR_INVALID, "the target %s has no final dot", text);
        return err_hint(err, "write %s. for that name, or %s. for the name in the domain", text,
                        below);
    }
    *ret = below;
    return 0;
}

const char *name_relative(const char *name, const char *domain, struct arena *arena)
{
    if (strcmp(name, domain) == 0)
        return "@";
    if (!name_within(name, domain))
        return name_dotted(name, arena);
    if (strcmp(domain, ".") == 0)
        return arena_strdup(arena, name);
    const char *text = arena_strndup(arena, name, strlen(name) - strlen(domain) - 1);
    /* A name that bears its domain twice is live somewhere: see name_owner(). */
    return name_within(text, domain) ? name_dotted(name, arena) : text;
}

const char *name_dotted(const char *name, struct arena *arena)
{
    return strcmp(name, ".") == 0 ? "." : arena_printf(arena, "%s.", name);
}

/* The U-label of an A-label if it stands for exactly that label, else NULL: a
 * display form that would not be read back as the same name misleads. */
static char *label_display(struct arena *arena, const char *label)
{
    if (strncmp(label, "xn--", 4) != 0)
        return NULL;
    char *u = NULL, *shown = NULL;
    uint8_t *back = NULL;
    if (idn2_to_unicode_8z8z(label, &u, 0) == IDN2_OK &&
        idn2_lookup_u8((const uint8_t *)u, &back, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) ==
            IDN2_OK &&
        strcmp((const char *)back, label) == 0)
        shown = arena_strdup(arena, u);
    idn2_free(u);
    idn2_free(back);
    return shown;
}

const char *name_display(const char *name, struct arena *arena)
{
    if (!strstr(name, "xn--"))
        return name;
    struct strv labels = { 0 };
    for (const char *at = name; *at;) {
        size_t n = strcspn(at, ".");
        const char *label = arena_strndup(arena, at, n), *shown = label_display(arena, label);
        strv_push(arena, &labels, shown ? shown : label);
        at += n + (at[n] == '.');
    }
    return strv_join(arena, &labels, ".");
}

/* --- relations: canonical text holds no dot but those between labels -------- */

bool name_within(const char *name, const char *ancestor)
{
    if (strcmp(ancestor, ".") == 0)
        return true;
    size_t n = strlen(name), m = strlen(ancestor);
    if (n < m || memcmp(name + (n - m), ancestor, m) != 0)
        return false;
    return n == m || name[n - m - 1] == '.';
}

const char *name_parent(const char *name)
{
    if (strcmp(name, ".") == 0)
        return NULL;
    const char *dot = strchr(name, '.');
    return dot ? dot + 1 : ".";
}

size_t name_labels(const char *name)
{
    if (strcmp(name, ".") == 0)
        return 0;
    size_t labels = 1;
    for (; *name; name++)
        labels += *name == '.';
    return labels;
}

/* RFC 4034 6.1, on canonical text. */
int name_order(const char *a, const char *b)
{
    size_t an = strcmp(a, ".") == 0 ? 0 : strlen(a), bn = strcmp(b, ".") == 0 ? 0 : strlen(b);
    while (an > 0 && bn > 0) {
        const char *ad = memrchr(a, '.', an), *bd = memrchr(b, '.', bn);
        size_t as = ad ? (size_t)(ad - a) + 1 : 0, bs = bd ? (size_t)(bd - b) + 1 : 0;
        size_t al = an - as, bl = bn - bs;
        int order = memcmp(a + as, b + bs, al < bl ? al : bl);
        if (order == 0)
            order = (al > bl) - (al < bl);
        if (order != 0)
            return order;
        an = as ? as - 1 : 0;
        bn = bs ? bs - 1 : 0;
    }
    return (an > 0) - (bn > 0);
}
