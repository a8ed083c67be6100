/* Edits: text both ways, variables, joins, and what becomes of a set. */
#include "portfolio_box.h"
#include "ticket/edit.h"
#include "ticket/edit_parts.h"

static struct client client = { .name = "a" };
static struct var domain_var[] = { { "sel", "s1" }, { "both", "domain" } };
static struct var ticket_var[] = { { "token", "x1" }, { "both", "ticket" }, { "host", "mx" } };
static const struct vars ticket_variables = { ticket_var, 3, 3 };

static struct edit_place place_of(struct arena *arena)
{
    struct domain *domain = ARENA_NEW(arena, struct domain);
    domain->name = "a.example";
    domain->client = &client;
    domain->vars = (struct vars){ domain_var, 2, 2 };
    return (struct edit_place){ domain, "example", &ticket_variables, 3600 };
}

/* --- text ----------------------------------------------------------------- */

static int parse_all(struct arena *arena, const char *lines, struct edits *ret, struct err *err)
{
    char *save, *copy = arena_strdup(arena, lines);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (edit_parse(line, arena, ret, err) != 0)
            return -1;
    return 0;
}

static char *format_all(struct arena *arena, const struct edits *edits)
{
    struct strv lines = { 0 };
    for (size_t i = 0; i < edits->n; i++)
        edit_format(&edits->v[i], arena, &lines);
    return strv_join(arena, &lines, "\n");
}

/* What is printed reads back to the same edits. */
static void text_both_ways(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        /* want NULL: as it was */
        { "set @ MX 10 mx1.example.net.", NULL },
        { "set @ 300 MX 10 mx1.example.net.", NULL },
        { "  set\t@   300 mx 10   mx1.example.net.  ", "set @ 300 MX 10   mx1.example.net." },
        { "set @ 300 MX 10 a.x.\nset @ MX 20 b.x.", "set @ 300 MX 10 a.x.\nset @ 300 MX 20 b.x." },
        { "set @ MX 10 a.x.\nset www A 192.0.2.1\nset @ MX 20 b.x.",
          "set @ MX 10 a.x.\nset @ MX 20 b.x.\nset www A 192.0.2.1" },
        { "set @ MX 10 a.x.\nset @ MX 10 a.x.", "set @ MX 10 a.x." },
        { "set 300 300 A 192.0.2.1", NULL },
        { "add @ TXT verify={token}", NULL },
        { "add @ TXT a\nadd @ TXT b\nadd @ A 192.0.2.1", NULL },
        { "set x TYPE65280 \\# 2 0102", NULL },
        { "remove old CNAME", NULL },
        { "remove @ TXT v=spf1 -all", NULL },
        { "remove @ TXT a\nremove @ TXT b", NULL },
        { "ttl @ MX 60", NULL },
        { "spf add include:_spf.example.net", "spf @ add include:_spf.example.net" },
        { "spf mail remove a mx", NULL },
        { "spf all ~", "spf @ all ~" },
        { "spf @ add mx\nspf all -\nspf @ remove a", "spf @ add mx\nspf @ remove a\nspf @ all -" },
        { "spf add add mx", NULL }, /* a name that is a verb, too */
        { "dmarc p=quarantine rua=mailto:d@a.example", NULL },
        { "dmarc pct= sp=none", "dmarc sp=none pct=" },
        { "dmarc _dmarc.mail p=none", NULL },
        { "dmarc a\\061b p=none", NULL },
        { "dmarc p=none\ndmarc sp=none pct=", "dmarc p=none sp=none pct=" },
        /* TXT: raw, or quoted strings */
        { "set @ TXT one  two", NULL },
        { "set @ TXT say \"hello\"; it's a\\b", NULL },
        { "set @ TXT \"one\" \"two\"", "set @ TXT onetwo" },
        { "set @ TXT \"q \\\" b \\\\ c \\;\"", "set @ TXT q \" b \\ c ;" },
        { "set @ TXT \"\\\"quoted\\\"\"", NULL },
        { "set @ TXT \" led\"", NULL },
        { "set @ TXT ends  ", "set @ TXT \"ends  \"" },
        { "set @ TXT \"\"", NULL },
        { "set @ TXT \"\\123token}\"", NULL },
        { "set @ TXT m\xc3\xbcll", "set @ TXT \"m\\195\\188ll\"" },
        { "set @ TXT \"tab\\009\"", NULL },
        { "set @ TXT \\100", NULL },
        { "set @ CAA 0 issue \"ca.example\"", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct edits once = { 0 }, twice = { 0 };
        struct err err = { 0 };
        if (parse_all(*state, rows[i].text, &once, &err) != 0)
            fail_msg("%s: %s", rows[i].text, err.message);
        const char *want = rows[i].want ? rows[i].want : rows[i].text;
        char *got = format_all(*state, &once);
        if (strcmp(got, want) != 0)
            fail_msg("%s: \"%s\"", rows[i].text, got);
        if (parse_all(*state, got, &twice, &err) != 0 ||
            strcmp(format_all(*state, &twice), got) != 0)
            fail_msg("again: %s: %s", got, err.message);
    }
}

static void text_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "", "empty" },
        { "   ", "empty" },
        { "put @ MX 10 a.", "\"put\" is no edit" },
        { "SET @ MX 10 a.", "\"SET\" is no edit" },
        { "baseline", "no edit" },
        { "set", "wants an owner" },
        { "set @", "wants a record type" },
        { "set @ MX", "wants a value" },
        { "set @ 300 MX", "wants a value" },
        { "set @ 5x MX 10 a.", "5x" },
        { "set @ IN MX 10 a.", "IN" },
        { "set @ 4294967296 MX 10 a.", "TTL goes from 0" },
        { "set @ 2147483648 MX 10 a.", "TTL goes from 0" },
        { "set @ 99999999999999999999 MX 10 a.", "no TTL" },
        { "set a..b A 192.0.2.1", "a..b" },
        { "set @ ANY x", "ANY" },
        { "set @ SOA x", "cannot be edited" },
        { "set @ RRSIG x", "cannot be edited" },
        { "set @ 60 MX 10 a.x.\nset @ 70 MX 20 b.x.", "two TTLs" },
        { "set @ TXT \"open", "does not close" },
        { "set @ TXT \"a\" b", "\"b\" is none" },
        { "set @ TXT \"\\256\"", "backslash" },
        { "set @ TXT \"\\12\"", "backslash" },
        { "remove @", "wants a record type" },
        { "ttl @ MX", "no TTL" },
        { "ttl @ MX 60s", "60s" },
        { "ttl @ MX 60 70", "after the TTL" },
        { "spf", "wants add, remove or all" },
        { "spf include:x.example", "include:x.example" },
        { "spf add", "wants a term" },
        { "spf add ip4:mail", "ip4:mail" },
        { "spf all +", "one of" },
        { "spf all -all", "one of" },
        { "spf all", "one of" },
        { "spf all -\nspf all ~", "two qualifiers" },
        { "dmarc", "TAG=VALUE" },
        { "dmarc _dmarc", "TAG=VALUE" },
        { "dmarc p=x", "p=x" },
        { "dmarc q=1", "no DMARC tag" },
        { "dmarc p=none p=reject", "twice" },
        { "dmarc p=none\ndmarc p=reject", "two values" },
        { "dmarc pct=5\ndmarc pct=", "set and removed" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct edits edits = { 0 };
        struct err err = { 0 };
        int rc = *rows[i].text ? parse_all(*state, rows[i].text, &edits, &err)
                               : edit_parse("", *state, &edits, &err);
        if (rc == 0)
            fail_msg("taken: %s", rows[i].text);
        if (err.code != ERR_INVALID || !strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].text, err.message);
    }
    struct edits edits = { 0 };
    struct err err;
    assert_int_equal(edit_parse("set @ TXT a\nb", *state, &edits, &err), -1);
}

static void owner_like_a_tag(void **state)
{
    struct dmarc_tag tag = { "p", "none" };
    struct edit edit = {
        .action = EDIT_DMARC, .owner = "a=b", .type = TYPE_TXT, .dmarc = { .set = &tag, .n_set = 1 }
    };
    struct strv lines = { 0 };
    edit_format(&edit, *state, &lines);
    assert_string_equal(lines.v[0], "dmarc a\\061b p=none");
}

/* --- variables ------------------------------------------------------------ */

static void variables(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "plain", "plain" },
        { "{token}", "x1" },
        { "a{token}b{sel}c", "ax1bs1c" },
        { "{both}", "ticket" },
        { "{domain} {domain_dashed} {zone}", "a.example a-example example" },
        { "exists:%{ir}.{sel}.%{d}", "exists:%{ir}.s1.%{d}" },
        { "%{token}", "%{token}" },
        { "%%{token}", "%%x1" },
        { "{\"json\": 1}", "{\"json\": 1}" },
        { "{1} {} {a b} {token", "{1} {} {a b} {token" },
        { "\\123token}", "\\123token}" },
        { "{none}", NULL },
        { "{Token}", NULL },
    };
    struct edit_place place = place_of(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = NULL;
        struct err err = { 0 };
        int rc = edit_expand(rows[i].text, &place, *state, &got, &err);
        if ((rc == 0) != (rows[i].want != NULL) || (got && strcmp(got, rows[i].want) != 0))
            fail_msg("%s: %s %s", rows[i].text, got ? got : "", err.message);
        if (rc != 0)
            assert_non_null(strstr(err.message, "a.example"));
    }
}

/* --- sets ----------------------------------------------------------------- */

/* "300 value|value"; "-" is absent.  TXT values in contract text. */
static struct rrset *set_of(struct arena *arena, const char *owner, uint16_t type, const char *text)
{
    if (strcmp(text, "-") == 0)
        return NULL;
    char *rest, *save, *copy = arena_strdup(arena, text);
    struct rrset *set = rrset_new(arena, owner, type, (uint32_t)strtoul(copy, &rest, 10));
    for (char *value = strtok_r(rest + 1, "|", &save); value; value = strtok_r(NULL, "|", &save)) {
        struct rdata rdata;
        struct err err;
        if (rdata_parse(type, value, "a.example", RDATA_TICKET, arena, &rdata, &err) != 0)
            fail_msg("%s: %s", value, err.message);
        rrset_add(arena, set, rdata);
    }
    return set;
}

static const char *text_of(struct arena *arena, const struct rrset *set)
{
    if (!set)
        return "-";
    char *text = arena_printf(arena, "%u ", set->ttl);
    for (size_t i = 0; i < set->n; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? "|" : "",
                            rdata_text(set->type, set->rr[i], arena));
    return text;
}

static struct edit one_edit(struct arena *arena, const char *lines)
{
    struct edits edits = { 0 };
    struct err err = { 0 };
    if (parse_all(arena, lines, &edits, &err) != 0 || edits.n != 1)
        fail_msg("%s: %s", lines, err.message);
    return edits.v[0];
}

static void computed(void **state)
{
    static const struct {
        const char *edit, *before, *after;
    } rows[] = {
        /* NULL: refused */
        { "set @ MX 10 mx1.x.", "-", "3600 10 mx1.x." },
        { "set @ 60 MX 10 mx1.x.", "300 10 old.x.", "60 10 mx1.x." },
        { "set @ MX 10 mx1.x.", "300 10 old.x.", "300 10 mx1.x." },
        { "set @ MX 10 b.x.\nset @ MX 10 a.x.", "300 10 a.x.|10 b.x.", "300 10 a.x.|10 b.x." },
        { "set @ MX 0 .", "300 10 a.x.", "300 0 ." },
        { "set @ MX 0 .\nset @ MX 10 a.x.", "-", NULL },
        { "set @ MX 10 mx", "-", "3600 10 mx.a.example." },
        { "set @ MX 10 {host}", "-", "3600 10 mx.a.example." },
        { "set @ MX 10 mx1.example.net", "-", NULL },
        { "set @ MX 10 @", "-", "3600 10 a.example." },
        { "set @ MX 10 {none}.", "-", NULL },
        { "set www CNAME a.x.\nset www CNAME b.x.", "-", NULL },
        { "add @ TXT new", "300 old|v=spf1 -all", "300 old|v=spf1 -all|new" },
        { "add @ 60 TXT new", "300 old", "300 old|new" },
        { "add @ 60 TXT new", "-", "60 new" },
        { "add @ TXT new", "-", "3600 new" },
        { "add @ TXT old", "300 old", "300 old" },
        { "add @ TXT {token}\nadd @ TXT {sel}", "300 old", "300 old|x1|s1" },
        { "add www CNAME b.x.", "300 a.x.", NULL },
        { "remove old CNAME", "300 a.x.", "-" },
        { "remove old CNAME", "-", NULL },
        { "remove @ TXT one", "300 one|two", "300 two" },
        { "remove @ TXT one\nremove @ TXT two", "300 one|two", "-" },
        { "remove @ TXT three", "300 one|two", NULL },
        { "remove @ TXT one", "-", NULL },
        { "remove @ MX 10 A.X.", "300 10 a.x.|20 b.x.", "300 20 b.x." },
        { "ttl @ MX 60", "300 10 a.x.", "60 10 a.x." },
        { "ttl @ MX 60", "-", NULL },
        { "spf add include:_spf.example.net", "300 a|v=spf1 mx -all|b",
          "300 a|v=spf1 mx include:_spf.example.net -all|b" },
        { "spf add include:{sel}.%{d}", "300 v=spf1 -all", "300 v=spf1 include:s1.%{d} -all" },
        { "spf add include:{none}", "300 v=spf1 -all", NULL },
        { "spf all -", "300 v=spf1 mx ~all", "300 v=spf1 mx -all" },
        { "spf remove mx", "300 v=spf1 a -all", "300 v=spf1 a -all" },
        { "spf remove mx b:c", "300 v=spf1 mx -all", NULL },
        { "spf add mx", "-", NULL },
        { "spf add mx", "300 not spf", NULL },
        { "spf add mx", "300 v=spf1 -all|v=spf1 a -all", NULL },
        { "spf add mx", "300 v=spf1 \\000 -all", NULL },
        { "dmarc p=reject", "300 v=DMARC1; p=none; x=y", "300 v=DMARC1; p=reject; x=y" },
        { "dmarc p=reject pct=", "300 v=DMARC1; p=none; pct=5", "300 v=DMARC1; p=reject" },
        { "dmarc rua=mailto:{sel}@{domain}", "300 v=DMARC1; p=none",
          "300 v=DMARC1; p=none; rua=mailto:s1@a.example" },
        { "dmarc rua={sel}", "300 v=DMARC1; p=none", NULL },
        { "dmarc p=reject", "-", NULL },
        { "dmarc p=reject", "300 v=DMARC1; p=none|v=DMARC1; p=none; a=b", NULL },
    };
    struct edit_place place = place_of(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct edit edit = one_edit(*state, rows[i].edit);
        struct err err = { 0 };
        const char *owner;
        if (edit_owner(&edit, &place, *state, &owner, &err) != 0)
            fail_msg("%s: %s", rows[i].edit, err.message);
        struct rrset *before = set_of(*state, owner, edit.type, rows[i].before), *after = NULL;
        int rc = edit_compute(&edit, &place, before, *state, &after, &err);
        if ((rc == 0) != (rows[i].after != NULL))
            fail_msg("%s on %s: %s", rows[i].edit, rows[i].before, err.message);
        if (rc != 0) {
            assert_int_equal(err.code, ERR_INVALID);
            continue;
        }
        if (strcmp(text_of(*state, after), rows[i].after) != 0)
            fail_msg("%s on %s: %s", rows[i].edit, rows[i].before, text_of(*state, after));
        if (after)
            assert_string_equal(after->owner, owner);
        if (strcmp(rows[i].before, "-") != 0) /* the input is never touched */
            assert_string_equal(text_of(*state, before), rows[i].before);
    }
}

/* Neighbours keep order, string boundaries, extra and token. */
static void neighbours_untouched(void **state)
{
    struct edit_place place = place_of(*state);
    struct rrset *before = rrset_new(*state, "a.example", TYPE_TXT, 300);
    static const char *const texts[] = { "\"odd\" \"split\"", "\"v=spf1 a\" \" -all\"", "\"z\"" };
    for (size_t i = 0; i < 3; i++) {
        struct rdata rdata;
        assert_int_equal(
            rdata_parse(TYPE_TXT, texts[i], "a.example", RDATA_ZONEFILE, *state, &rdata, NULL), 0);
        rrset_add(*state, before, rdata);
    }
    before->extra = "{\"disabled\":1}";
    before->token = "etag";
    static const char *const lines[] = { "spf add mx", "add @ TXT new", "remove @ TXT z",
                                         "set @ TXT new\nset @ TXT oddsplit", "ttl @ TXT 5" };
    for (size_t i = 0; i < 5; i++) {
        struct edit edit = one_edit(*state, lines[i]);
        struct rrset *after;
        assert_int_equal(edit_compute(&edit, &place, before, *state, &after, NULL), 0);
        assert_string_equal(after->extra, before->extra);
        assert_string_equal(after->token, before->token);
        bool kept = false; /* the odd one, byte for byte */
        for (size_t k = 0; k < after->n; k++)
            kept = kept || rdata_same_wire(after->rr[k], before->rr[0]);
        assert_true(kept);
        if (i == 0) { /* only the record in question */
            assert_true(rdata_same_wire(after->rr[2], before->rr[2]));
            assert_string_equal(rdata_text(TYPE_TXT, after->rr[1], *state), "v=spf1 a mx -all");
        }
    }
    struct edit last = one_edit(*state, "remove @ TXT oddsplit\nremove @ TXT v=spf1 a -all\n"
                                        "remove @ TXT z");
    struct rrset *bare;
    assert_int_equal(edit_compute(&last, &place, before, *state, &bare, NULL), 0);
    assert_non_null(bare); /* disabled records stay, the set is not deleted */
    assert_int_equal(bare->n, 0);
    assert_string_equal(bare->extra, before->extra);
    struct edit whole = one_edit(*state, "remove @ TXT");
    assert_int_equal(edit_compute(&whole, &place, before, *state, &bare, NULL), 0);
    assert_null(bare);
    struct edit nothing = one_edit(*state, "spf add a"); /* no change, no new split */
    struct rrset *after;
    assert_int_equal(edit_compute(&nothing, &place, before, *state, &after, NULL), 0);
    assert_true(rrset_equal(before, after));
}

/* Every octet, and every length around the split, survives text both ways. */
static void txt_octets_survive(void **state)
{
    static const size_t lengths[] = { 1, 254, 255, 256, 509, 510, 511, 764, 765, 766 };
    struct edit_place place = place_of(*state);
    for (size_t shift = 0; shift < 256; shift++)
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l += shift ? 9 : 1) {
            ARENA_SCOPED arena = arena_new("octets", 8u << 20);
            char octets[766];
            for (size_t i = 0; i < lengths[l]; i++)
                octets[i] = (char)(uint8_t)(i * 7 + shift);
            struct edit edit = { .action = EDIT_SET, .owner = "@", .type = TYPE_TXT };
            strv_push(arena, &edit.values, txt_text(octets, lengths[l], arena));
            struct strv lines = { 0 };
            edit_format(&edit, arena, &lines);
            struct edits back = { 0 };
            struct err err = { 0 };
            struct rrset *set = NULL;
            if (edit_has_variable(edit.values.v[0]))
                continue;
            if (edit_parse(lines.v[0], arena, &back, &err) != 0 ||
                edit_compute(&back.v[0], &place, NULL, arena, &set, &err) != 0)
                fail_msg("%s: %s", lines.v[0], err.message);
            size_t n;
            const char *got = txt_octets(set->rr[0], arena, &n);
            assert_int_equal(n, lengths[l]);
            assert_memory_equal(got, octets, n);
            assert_true(txt_default_split(set->rr[0]));
        }
}

/* --- did it move? ----------------------------------------------------------- */

static void touched(void **state)
{
    static const struct {
        const char *edit, *recorded, *live;
        bool same;
    } rows[] = {
        { "set @ MX 10 n.x.", "300 10 a.x.", "300 10 a.x.", true },
        { "set @ MX 10 n.x.", "300 10 a.x.|20 b.x.", "300 20 b.x.|10 a.x.", true },
        { "set @ MX 10 n.x.", "300 10 a.x.", "60 10 a.x.", false },
        { "set @ MX 10 n.x.", "300 10 a.x.", "300 10 a.x.|20 b.x.", false },
        { "set @ MX 10 n.x.", "-", "-", true },
        { "set @ MX 10 n.x.", "-", "300 10 a.x.", false },
        { "add @ TXT n", "300 a", "60 b|c", true },
        { "add @ TXT n", "300 a", "300 a|n", false },
        { "add @ TXT n", "-", "300 a", true },
        { "remove @ TXT n", "300 n|a", "60 b|n", true },
        { "remove @ TXT n", "300 n|a", "300 a", false },
        { "remove @ TXT", "300 n|a", "300 n", false },
        { "ttl @ MX 60", "300 10 a.x.", "300 10 b.x.", true },
        { "ttl @ MX 60", "300 10 a.x.", "200 10 a.x.", false },
        { "ttl @ MX 60", "300 10 a.x.", "-", false },
        { "spf add mx", "300 v=spf1 -all|a", "60 b|v=spf1 -all", true },
        { "spf add mx", "300 v=spf1 -all", "300 v=spf1 ~all", false },
        { "spf add mx", "300 v=spf1 -all", "300 v=spf1 -all|v=spf1 ~all", false },
        { "spf add mx", "300 v=spf1 -all", "-", false },
        { "dmarc p=none", "300 v=DMARC1; p=reject|a", "300 v=DMARC1; p=reject", true },
        { "dmarc p=none", "300 v=DMARC1; p=reject", "300 v=DMARC1; p=none", false },
    };
    struct edit_place place = place_of(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct edit edit = one_edit(*state, rows[i].edit);
        struct rrset *recorded = set_of(*state, "a.example", edit.type, rows[i].recorded);
        struct rrset *live = set_of(*state, "a.example", edit.type, rows[i].live);
        if (edit_touches_same(&edit, &place, recorded, live, *state) != rows[i].same)
            fail_msg("%s: %s, %s", rows[i].edit, rows[i].recorded, rows[i].live);
    }
}

/* The header's recipe for "already the target", also where a record is gone. */
static void already(void **state)
{
    static const struct {
        const char *edit, *recorded;
    } rows[] = {
        { "remove @ TXT n", "300 n|a" },
        { "remove @ TXT", "300 n" },
        { "add @ TXT n", "300 a" },
        { "set @ TXT n", "300 a" },
        { "spf remove mx", "300 v=spf1 mx -all" },
        { "ttl @ TXT 60", "300 a" },
        { "dmarc p=reject", "300 v=DMARC1; p=none" },
    };
    struct edit_place place = place_of(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct edit edit = one_edit(*state, rows[i].edit);
        struct rrset *recorded = set_of(*state, "a.example", TYPE_TXT, rows[i].recorded), *target;
        assert_int_equal(edit_compute(&edit, &place, recorded, *state, &target, NULL), 0);
        assert_true(edit_touches_same(&edit, &place, target, target, *state));
        assert_false(edit_touches_same(&edit, &place, target, recorded, *state));
    }
}

static void owners(void **state)
{
    static const struct {
        const char *owner, *want;
    } rows[] = {
        { "@", "a.example" },
        { "www", "www.a.example" },
        { "{sel}._domainkey", "s1._domainkey.a.example" },
        { "x.a.example.", "x.a.example" },
        { "x.b.example.", NULL },
        { "{none}", NULL },
        { "*", "*.a.example" },
    };
    struct edit_place place = place_of(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct edit edit = { .owner = rows[i].owner };
        const char *got = NULL;
        struct err err = { 0 };
        int rc = edit_owner(&edit, &place, *state, &got, &err);
        if ((rc == 0) != (rows[i].want != NULL) || (got && strcmp(got, rows[i].want) != 0))
            fail_msg("%s: %s %s", rows[i].owner, got ? got : "", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_both_ways),
        cmocka_unit_test(text_refused),
        cmocka_unit_test(owner_like_a_tag),
        cmocka_unit_test(variables),
        cmocka_unit_test(computed),
        cmocka_unit_test(neighbours_untouched),
        cmocka_unit_test(txt_octets_survive),
        cmocka_unit_test(touched),
        cmocka_unit_test(already),
        cmocka_unit_test(owners),
    };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
