/* DMARC records: which they are, values of tags, edits that keep the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mail/dmarc.h"

static int setup(void **state)
{
    *state = arena_new("test", 16u << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void is_record(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        { "v=DMARC1", true },
        { "v=DMARC1; p=none", true },
        { "v=DMARC1;p=none", true },
        { "v = DMARC1 ; p=none", true },
        { "v=DMARC1 p=none", false },
        { "v=dmarc1; p=none", false },
        { "v=DMARC10; p=none", false },
        { " v=DMARC1; p=none", false },
        { "p=none; v=DMARC1", false },
        { "", false },
        { "v", false },
        { "v=DMARC", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rdata txt = txt_from_octets(rows[i].text, strlen(rows[i].text), *state);
        if (dmarc_is_record(txt, *state) != rows[i].is)
            fail_msg("%s", rows[i].text);
    }
}

static void tag_values(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool good;
    } rows[] = {
        { "p", "none", true },
        { "p", "quarantine", true },
        { "p", "reject", true },
        { "p", "Reject", false },
        { "p", "rejected", false },
        { "p", "", false },
        { "sp", "none", true },
        { "np", "reject", true },
        { "adkim", "r", true },
        { "aspf", "s", true },
        { "aspf", "strict", false },
        { "fo", "1:d:s", true },
        { "fo", "0:1", false },
        { "fo", "1:", false },
        { "fo", "2", false },
        { "psd", "u", true },
        { "psd", "x", false },
        { "t", "y", true },
        { "t", "yes", false },
        { "pct", "100", true },
        { "pct", "101", false },
        { "pct", "-1", false },
        { "ri", "86400", true },
        { "ri", "1d", false },
        { "rf", "afrf", true },
        { "rua", "mailto:a@b.example", true },
        { "rua", "mailto:a@b.example,mailto:c@d.example!10m", true },
        { "rua", "mailto:a@b.example!", false },
        { "rua", "https://r.example/dmarc", true },
        { "rua", "a@b.example", false },
        { "rua", "mailto:a", false },
        { "rua", "mailto:@b.example", false },
        { "rua", "mailto:a@", false },
        { "rua", "mailto:a@b.example,", false },
        { "rua", "mailto:a@b.example, mailto:c@d.example", false },
        { "ruf", "mailto:a@b.example;", false },
        { "v", "DMARC1", false },
        { "policy", "none", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };
        bool good = dmarc_tag_check(rows[i].name, rows[i].value, &err) == 0;
        if (good != rows[i].good)
            fail_msg("%s=%s: %s", rows[i].name, rows[i].value, err.message);
    }
}

static void records(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wrong;
    } rows[] = {
        { "v=DMARC1; p=none", NULL },
        { "v=DMARC1; p=none;", NULL },
        { "v=DMARC1;p=none;x=y; rua=mailto:a@b.example, mailto:c@d.example", NULL },
        { "v=DMARC1; p=none; p=reject", "p stands twice" },
        { "v=DMARC1; p", "\"p\" is no tag=value" },
        { "v=DMARC1; p=quarentine", "p=quarentine" },
        { "v=DMARC1; p=none; rua=a@b.example", "mailto:" },
        { "p=none", "does not start" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = { 0 };
        int rc = dmarc_record_check(rows[i].text, &err);
        if ((rc == 0) != !rows[i].wrong || (rows[i].wrong && !strstr(err.message, rows[i].wrong)))
            fail_msg("%s: %s", rows[i].text, err.message);
    }
}

/* "p=none pct=" */
static struct dmarc_edit edit_of(struct arena *arena, const char *words)
{
    struct dmarc_edit edit = { .set = ARENA_ARRAY(arena, struct dmarc_tag, 8) };
    char *save, *copy = arena_strdup(arena, words);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        if (*value)
            edit.set[edit.n_set++] = (struct dmarc_tag){ word, value };
        else
            strv_push(arena, &edit.unset, word);
    }
    return edit;
}

static void edits(void **state)
{
    static const struct {
        const char *text, *edit, *want;
    } rows[] = {
        { "v=DMARC1; p=none", "p=reject", "v=DMARC1; p=reject" },
        { "v=DMARC1;p=none;", "p=reject", "v=DMARC1;p=reject;" },
        { "v=DMARC1 ;  p = none ; x=Y", "p=reject", "v=DMARC1 ;  p = reject ; x=Y" },
        { "v=DMARC1; p=none; pct=50; rua=mailto:a@b.example",
          "pct=", "v=DMARC1; p=none; rua=mailto:a@b.example" },
        { "v=DMARC1; p=none; pct=50;", "pct=", "v=DMARC1; p=none;" },
        { "v=DMARC1; p=none", "pct=", "v=DMARC1; p=none" },
        { "v=DMARC1; p=none", "adkim=s fo=1", "v=DMARC1; p=none; adkim=s; fo=1" },
        { "v=DMARC1; p=none; ", "adkim=s", "v=DMARC1; p=none; adkim=s; " },
        { "v=DMARC1; rua=mailto:a@b.example", "p=none sp=none",
          "v=DMARC1; p=none; rua=mailto:a@b.example; sp=none" },
        { "v=DMARC1; p=none;; x=y", "p=none", "v=DMARC1; p=none;; x=y" },
        { "v=DMARC1; p=none", "p=", NULL },
        { "v=DMARC1; p=none", "v=", NULL },
        { "v=DMARC1; p=none; p=none", "p=reject", NULL },
        { "v=DMARC1; p=none", "p=x", NULL },
        { "v=DMARC1; p=none", "pct=50 pct=", NULL },
        { "v=spf1 -all", "p=none", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dmarc_edit edit = edit_of(*state, rows[i].edit);
        const char *got = NULL, *again = NULL;
        struct err err = { 0 };
        int rc = dmarc_edit(rows[i].text, &edit, *state, &got, &err);
        if ((rc == 0) != (rows[i].want != NULL) || (got && strcmp(got, rows[i].want) != 0))
            fail_msg("row %zu, %s: \"%s\" %s", i, rows[i].text, got ? got : "", err.message);
        if (got && (dmarc_edit(got, &edit, *state, &again, &err) != 0 || strcmp(got, again) != 0))
            fail_msg("row %zu again: \"%s\" %s", i, again ? again : "", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_record),
        cmocka_unit_test(tag_values),
        cmocka_unit_test(records),
        cmocka_unit_test(edits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
