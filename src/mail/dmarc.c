/* dmarc: edits and grammar of one DMARC record (RFC 9989 4.7 and 4.8; what older
 * receivers want more, RFC 7489 6.3).  No policy is looked up or judged here. */
#include "mail/dmarc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/tags.h"

#define RECORD_LIMIT 65535

/* "v" may have blanks around its '='; DMARC1 is exact (RFC 9989 4.7). */
static bool text_is_record(const char *text, size_t n)
{
    const char *end = text + n;
    if (n == 0 || (*text != 'v' && *text != 'V'))
        return false;
    for (text++; text < end && (*text == ' ' || *text == '\t'); text++)
        ;
    if (text == end || *text++ != '=')
        return false;
    for (; text < end && (*text == ' ' || *text == '\t'); text++)
        ;
    if (end - text < 6 || memcmp(text, "DMARC1", 6) != 0)
        return false;
    for (text += 6; text < end && (*text == ' ' || *text == '\t'); text++)
        ;
    return text == end || *text == ';';
}

bool dmarc_is_record(struct rdata txt, struct arena *arena)
{
    size_t n;
    const char *octets = txt_octets(txt, arena, &n);
    return text_is_record(octets, n);
}

/* --- values --------------------------------------------------------------- */

static bool one_of(const char *value, const char *words)
{
    size_t n = strlen(value);
    for (const char *word = words; *word; word += strcspn(word, " "), word += *word == ' ')
        if (strcspn(word, " ") == n && strncmp(word, value, n) == 0)
            return true;
    return false;
}

static bool number_within(const char *value, size_t digits, unsigned long max)
{
    size_t n = strlen(value);
    return n > 0 && n <= digits && strspn(value, "0123456789") == n &&
           strtoul(value, NULL, 10) <= max;
}

static const char *wrong_policy(const char *value)
{
    return one_of(value, "none quarantine reject") ? NULL : "wants none, quarantine or reject";
}

static const char *wrong_alignment(const char *value)
{
    return one_of(value, "r s") ? NULL : "wants r or s";
}

static const char *wrong_psd(const char *value)
{
    return one_of(value, "y n u") ? NULL : "wants y, n or u";
}

static const char *wrong_test(const char *value)
{
    return one_of(value, "y n") ? NULL : "wants y or n";
}

static const char *wrong_pct(const char *value)
{
    return number_within(value, 3, 100) ? NULL : "wants a number from 0 to 100";
}

static const char *wrong_interval(const char *value)
{
    return number_within(value, 10, 4294967295ul) ? NULL : "wants a number of seconds";
}

static const char *wrong_format(const char *value)
{
    return one_of(value, "afrf iodef afrf:iodef iodef:afrf") ? NULL : "wants afrf";
}

/* Colon list of 0, 1, d, s; 0 and 1 exclude each other (RFC 9989 4.7). */
static const char *wrong_failure(const char *value)
{
    bool all = false, any = false;
    for (const char *at = value;; at++) {
        if (!*at || !strchr("01ds", *at))
            return "wants 0, 1, d or s, with colons between them";
        all = all || *at == '0';
        any = any || *at == '1';
        if (!*++at)
            break;
        if (*at != ':')
            return "wants 0, 1, d or s, with colons between them";
    }
    return all && any ? "cannot hold both 0 and 1" : NULL;
}

/* "!10m" after an address was a size limit (RFC 7489 6.2), now ignored. */
static bool size_valid(const char *size, size_t n)
{
    if (n && strchr("kmgtKMGT", size[n - 1]))
        n--;
    return n > 0 && strspn(size, "0123456789") >= n;
}

static const char *wrong_uri(const char *uri, size_t n)
{
    static const char *const mail = "mailto:";
    const char *colon = memchr(uri, ':', n), *at = memchr(uri, '@', n);
    for (size_t i = 0; i < n; i++)
        if (uri[i] <= ' ' || uri[i] > '~' || strchr("\"<>\\^`{|}", uri[i]))
            return "has a character that an URI cannot hold";
    if (!colon)
        return at ? "wants \"mailto:\" before each address" : "wants URIs, like mailto:a@b.example";
    if (n < 7 || strncmp(uri, mail, 7) != 0)
        return strncmp(uri, "https:", 6) == 0 || strncmp(uri, "http:", 5) == 0
                   ? NULL
                   : "wants URIs, like mailto:a@b.example";
    const char *bang = memchr(uri, '!', n);
    if (bang && !size_valid(bang + 1, n - (size_t)(bang + 1 - uri)))
        return "has a '!' that must be written %21";
    size_t end = bang ? (size_t)(bang - uri) : n;
    if (!at || at == uri + 7 || (size_t)(at - uri) + 1 >= end)
        return "wants an address after mailto:";
    return NULL;
}

static const char *wrong_uris(const char *value)
{
    for (const char *at = value;; at++) {
        size_t n = strcspn(at, ",");
        const char *uri = at;
        at += n;
        while (n && (*uri == ' ' || *uri == '\t'))
            uri++, n--;
        while (n && (uri[n - 1] == ' ' || uri[n - 1] == '\t'))
            n--;
        const char *wrong = n ? wrong_uri(uri, n) : "has an empty place in its list";
        if (wrong || !*at)
            return wrong;
    }
}

static const struct known {
    const char *name;
    const char *(*wrong)(const char *value);
} known_tags[] = {
    { "p", wrong_policy },        { "sp", wrong_policy },      { "np", wrong_policy },
    { "adkim", wrong_alignment }, { "aspf", wrong_alignment }, { "fo", wrong_failure },
    { "rua", wrong_uris },        { "ruf", wrong_uris },       { "psd", wrong_psd },
    { "t", wrong_test },          { "pct", wrong_pct },        { "rf", wrong_format },
    { "ri", wrong_interval },
};

static const struct known *known_find(const char *name)
{
    for (size_t i = 0; i < sizeof known_tags / sizeof known_tags[0]; i++)
        if (strcmp(known_tags[i].name, name) == 0)
            return &known_tags[i];
    return NULL;
}

int dmarc_tag_check(const char *name, const char *value, struct err *err)
{
    const struct known *known = known_find(name);
    if (strcmp(name, "v") == 0)
        return err_set(err, ERR_INVALID, "DMARC tag v cannot be edited");
    if (!known) {
        err_set(err, ERR_INVALID, "\"%s\" is no DMARC tag (RFC 9989 4.7)", name);
        return err_hint(err, "tags: p sp np adkim aspf fo rua ruf psd t, and of older receivers "
                             "pct rf ri");
    }
    const char *wrong =
        strpbrk(value, " \t\r\n;") ? "cannot hold blanks or ';'" : known->wrong(value);
    if (wrong)
        return err_set(err, ERR_INVALID, "DMARC tag %s=%s %s (RFC 9989 4.7)", name, value, wrong);
    return 0;
}

int dmarc_record_check(const char *text, struct err *err)
{
    if (!text_is_record(text, strlen(text)))
        return err_set(err, ERR_INVALID, "does not start with \"v=DMARC1\" (RFC 9989 4.7)");
    ARENA_SCOPED arena = arena_new("DMARC record", 8u << 20);
    struct tags tags;
    tags_find(text, arena, &tags);
    const char *broken = tags_broken(&tags, arena), *twice = tags_twice(&tags);
    if (broken)
        return err_set(err, ERR_INVALID, "\"%s\" is no tag=value (RFC 9989 4.8)", broken);
    if (twice)
        return err_set(err, ERR_INVALID, "tag %s stands twice (RFC 9989 4.7)", twice);
    for (size_t i = 0; i < tags.n; i++) {
        const struct known *known = known_find(tags.v[i].name);
        const char *wrong = known ? known->wrong(tags.v[i].value) : NULL;
        if (wrong)
            return err_set(err, ERR_INVALID, "tag %s=%s %s (RFC 9989 4.7)", known->name,
                           tags.v[i].value, wrong);
    }
    return 0;
}

/* --- edits ---------------------------------------------------------------- */

static const char *edit_value(const struct dmarc_edit *edit, const char *name)
{
    for (size_t i = 0; i < edit->n_set; i++)
        if (strcmp(edit->set[i].name, name) == 0)
            return edit->set[i].value;
    return NULL;
}

static bool edit_done(const struct dmarc_edit *edit, const struct tags *tags)
{
    for (size_t i = 0; i < edit->n_set; i++) {
        const struct tag *tag = tags_get(tags, edit->set[i].name);
        if (!tag || !tag->value || strcmp(tag->value, edit->set[i].value) != 0)
            return false;
    }
    for (size_t i = 0; i < edit->unset.n; i++)
        if (tags_get(tags, edit->unset.v[i]))
            return false;
    return true;
}

static int edit_check(const struct dmarc_edit *edit, struct err *err)
{
    for (size_t i = 0; i < edit->n_set; i++) {
        if (dmarc_tag_check(edit->set[i].name, edit->set[i].value, err) != 0)
            return -1;
        if (strv_has(&edit->unset, edit->set[i].name))
            return err_set(err, ERR_INVALID, "DMARC tag %s is to be set and removed",
                           edit->set[i].name);
    }
    if (strv_has(&edit->unset, "v") || strv_has(&edit->unset, "p"))
        return err_set(err, ERR_INVALID, "DMARC tags v and p cannot be removed (RFC 7489 6.3)");
    return 0;
}

/* A part with its value exchanged and everything around it as it was. */
static void put_part(struct buf *out, const struct tag *tag, const char *value)
{
    if (!value || !tag->value || strcmp(value, tag->value) == 0) {
        buf_add(out, tag->part, tag->part_len);
        return;
    }
    const char *end = tag->part + tag->part_len, *after = tag->value_at + tag->value_len;
    buf_add(out, tag->part, (size_t)(tag->value_at - tag->part));
    buf_adds(out, value);
    buf_add(out, after, (size_t)(end - after));
}

/* `p` right behind `v` (older receivers want it there), the others at the end. */
static void put_new(struct buf *out, const struct tags *tags, const struct dmarc_edit *edit,
                    bool policy)
{
    for (size_t i = 0; i < edit->n_set; i++) {
        const struct dmarc_tag *set = &edit->set[i];
        if ((strcmp(set->name, "p") == 0) == policy && !tags_get(tags, set->name))
            buf_addf(out, "; %s=%s", set->name, set->value);
    }
}

static void write_record(struct buf *out, const char *text, const struct tags *tags,
                         const struct dmarc_edit *edit)
{
    const char *end = text;
    for (size_t i = 0; i < tags->n; i++) {
        const struct tag *tag = &tags->v[i];
        end = tag->part + tag->part_len;
        if (strv_has(&edit->unset, tag->name))
            continue;
        if (i > 0)
            buf_addc(out, ';');
        put_part(out, tag, edit_value(edit, tag->name));
        if (i == 0)
            put_new(out, tags, edit, true);
    }
    put_new(out, tags, edit, false);
    buf_adds(out, end); /* a final ';' and blanks */
}

int dmarc_edit(const char *text, const struct dmarc_edit *edit, struct arena *arena,
               const char **ret, struct err *err)
{
    if (!text_is_record(text, strlen(text)))
        return err_set(err, ERR_INVALID, "is no DMARC record");
    if (edit_check(edit, err) != 0)
        return -1;
    struct tags tags;
    tags_find(text, arena, &tags);
    for (size_t i = 0; i < edit->n_set; i++)
        if (tags_count(&tags, edit->set[i].name) > 1)
            return err_set(err, ERR_INVALID, "DMARC tag %s stands twice in the record",
                           edit->set[i].name);
    if (edit_done(edit, &tags)) {
        *ret = arena_strdup(arena, text);
        return 0;
    }
    BUF_SCOPED out = BUF(RECORD_LIMIT);
    write_record(&out, text, &tags, edit);
    if (buf_full(&out))
        return err_set(err, ERR_INVALID, "the DMARC record would be longer than %d octets",
                       RECORD_LIMIT);
    *ret = buf_take(&out, arena);
    return 0;
}
