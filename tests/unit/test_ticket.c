/* Tickets: every field, what is refused and where, text both ways, the review
 * copy, the rules between ticket, settings and portfolio. */
#include "portfolio_box.h"
#include "ticket/ticket.h"
#include "ticket/ticket_parts.h"

#define FILE_NAME "tickets/DNS-2026-11-23-001.json"

static struct ticket parsed(struct arena *arena, const char *file, const char *text)
{
    struct ticket ticket;
    struct err err;
    if (ticket_parse(file, text, false, arena, NULL, &ticket, &err) != 0)
        fail_msg("%s", err.message);
    return ticket;
}

static const char *formatted(struct arena *arena, struct ticket *ticket, const char **ret_rollback)
{
    const char *text, *rollback;
    struct err err;
    if (ticket_format(ticket, arena, &text, &rollback, &err) != 0)
        fail_msg("%s", err.message);
    if (ret_rollback)
        *ret_rollback = rollback;
    return text;
}

static void contract_example(void **state)
{
    const char *text = box_file(*state, "tickets/examples/" FILE_NAME);
    struct ticket t = parsed(*state, FILE_NAME, text);
    assert_string_equal(t.id, "DNS-2026-11-23-001");
    assert_string_equal(t.requested_by, "Ann Lee <ann@acme.example>");
    assert_string_equal(t.select.v[0], "tag:mail");
    assert_string_equal(strv_join(*state, &t.domains, " "), "a.example b.example");
    assert_int_equal(t.change.n, 6);
    static const enum edit_action actions[] = { EDIT_SET, EDIT_ADD, EDIT_REMOVE,
                                                EDIT_TTL, EDIT_SPF, EDIT_DMARC };
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(t.change.v[i].action, actions[i]);
    assert_int_equal(t.change.v[0].values.n, 2);
    assert_int_equal(t.change.v[0].ttl_s, 300);
    assert_false(t.change.v[1].has_ttl);
    assert_int_equal(t.change.v[4].spf.all, '-');
    assert_string_equal(t.change.v[4].spf.add.v[0], "include:_spf.example.net");
    assert_string_equal(t.change.v[5].dmarc.set[0].value, "quarantine");
    assert_string_equal(t.change.v[5].dmarc.unset.v[0], "pct");
    assert_string_equal(vars_get(ticket_vars(&t, "b.example"), "token"), "x2");
    assert_null(ticket_vars(&t, "c.example"));
    assert_int_equal(t.risk, RISK_LOW);
    assert_int_equal(t.n_rollback, 2);
    assert_true(t.has_window);
    assert_int_equal(t.window.to_s - t.window.from_s, 7200);
    assert_string_equal(t.canary.v[0], "a.example");
    assert_null(t.rollout_json);
    assert_false(t.cross_client);
    assert_null(t.after_ticket);
    assert_null(t.group);
}

/* What is written reads back to what is written; the canonical file is itself. */
static void text_both_ways(void **state)
{
    static const char *const names[] = { "DNS-2026-11-23-001", "DNS-2026-11-24-002" };
    for (size_t i = 0; i < 2; i++) {
        const char *file = arena_printf(*state, "tickets/%s.json", names[i]);
        const char *text = box_file(*state, arena_printf(*state, "tickets/examples/%s", file));
        struct ticket once = parsed(*state, file, text);
        const char *first = formatted(*state, &once, NULL);
        struct ticket twice = parsed(*state, file, first);
        assert_string_equal(formatted(*state, &twice, NULL), first);
        if (i == 1)
            assert_string_equal(first, text);
        json_t *a = json_loads(text, 0, NULL), *b = json_loads(first, 0, NULL);
        assert_true(json_equal(a, b)); /* field for field */
        json_decref(a);
        json_decref(b);
    }
}

static void recorded(void **state)
{
    struct ticket t = parsed(*state, "tickets/DNS-2026-11-24-002.json",
                             box_file(*state, "tickets/examples/tickets/DNS-2026-11-24-002.json"));
    struct domain acme = { .name = "acme.example" }, other = { .name = "other.example" };
    struct rrset *set;
    struct err err;
    assert_int_equal(ticket_recorded(&t, &acme, "acme.example", TYPE_TXT, *state, &set, &err), 0);
    assert_int_equal(set->n, 2);
    assert_int_equal(set->ttl, 300);
    static const uint8_t wire[] = "\x0eold \"quoted\"; \x0btext\\ and \x00";
    assert_int_equal(set->rr[0].len, sizeof wire - 1);
    assert_memory_equal(set->rr[0].wire, wire, sizeof wire - 1);
    assert_int_equal(
        ticket_recorded(&t, &acme, "s1._domainkey.acme.example", TYPE_TXT, *state, &set, &err), 0);
    assert_null(set);
    assert_int_equal(ticket_recorded(&t, &acme, "acme.example", TYPE_MX, *state, &set, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_int_equal(ticket_recorded(&t, &other, "other.example", TYPE_TXT, *state, &set, &err),
                     -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

/* A live set, its review copy, JSON, and back: the same octets. */
static void review_copy_is_exact(void **state)
{
    struct domain domain = { .name = "a.example" };
    struct rrset *live = rrset_new(*state, "x.a.example", TYPE_TXT, 77);
    char octets[766];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(uint8_t)i;
    struct strv halves = { 0 };
    struct rdata odd;
    strv_push(*state, &halves, "{a}");
    strv_push(*state, &halves, "");
    strv_push(*state, &halves, "\\255\\\\");
    assert_int_equal(txt_from_strings(&halves, *state, &odd, NULL), 0);
    rrset_add(*state, live, txt_from_octets(octets, sizeof octets, *state));
    rrset_add(*state, live, odd);
    rrset_add(*state, live, txt_from_octets("", 0, *state));

    struct ticket t = { .id = "DNS-2026-11-23-001", .requested_by = "x", .reason = "y" };
    struct edits edits = { 0 };
    assert_int_equal(edit_parse("remove x TXT", *state, &edits, NULL), 0);
    t.change = edits;
    strv_push(*state, &t.domains, "a.example");
    struct rollback_set set;
    rollback_set_of(live, "x.a.example", TYPE_TXT, "a.example", *state, &set);
    struct rollback_domain rollback = { "a.example", &set, 1, 1 };
    t.rollback = &rollback;
    t.n_rollback = 1;
    struct ticket back = parsed(*state, FILE_NAME, formatted(*state, &t, NULL));
    struct rrset *got;
    struct err err = { 0 };
    if (ticket_recorded(&back, &domain, "x.a.example", TYPE_TXT, *state, &got, &err) != 0)
        fail_msg("%s", err.message);
    assert_true(rrset_equal(live, got));
}

static void rollback_beside(void **state)
{
    struct ticket t = { .id = "DNS-2026-11-23-001", .requested_by = "x", .reason = "y" };
    assert_int_equal(edit_parse("ttl @ MX 60", *state, &t.change, NULL), 0);
    enum { N = 21 };
    t.rollback = ARENA_ARRAY(*state, struct rollback_domain, N);
    struct rollback_set *set = ARENA_NEW(*state, struct rollback_set);
    *set = (struct rollback_set){ .owner = "@", .type = TYPE_MX, .ttl_s = 300 };
    strv_push(*state, &set->values, "10 mx.example.net.");
    for (size_t i = 0; i < N; i++) {
        const char *name = arena_printf(*state, "d%02zu.example", i);
        strv_push(*state, &t.domains, name);
        t.rollback[i] = (struct rollback_domain){ name, set, 1, 1 };
    }
    t.n_rollback = N - 1;
    const char *lines;
    assert_null(strstr(formatted(*state, &t, &lines), "sha256"));
    assert_null(lines);
    t.n_rollback = N;
    const char *text = formatted(*state, &t, &lines);
    assert_non_null(lines);
    assert_non_null(strstr(text, "\"file\": \"tickets/DNS-2026-11-23-001.rollback.jsonl\""));
    assert_int_equal(
        strncmp(lines,
                "{\"domain\": \"d00.example\", \"sets\": [{\"owner\": \"@\", "
                "\"type\": \"MX\", \"ttl\": 300, \"values\": [\"10 mx.example.net.\"]}]}\n",
                60),
        0);
    struct ticket back = parsed(*state, FILE_NAME, text);
    struct domain domain = { .name = "d20.example" };
    struct rrset *got;
    struct err err;
    assert_int_equal(back.n_rollback, 0);
    assert_int_equal(ticket_recorded(&back, &domain, "d20.example", TYPE_MX, *state, &got, &err),
                     -1);
    assert_string_equal(formatted(*state, &back, NULL), text); /* without reading the lines */
    assert_int_equal(ticket_read_rollback(&back, "x.jsonl", lines, *state, &err), 0);
    assert_int_equal(back.n_rollback, N);
    assert_int_equal(ticket_recorded(&back, &domain, "d20.example", TYPE_MX, *state, &got, &err),
                     0);
    assert_string_equal(formatted(*state, &back, NULL), text);

    char *changed = arena_strdup(*state, lines);
    changed[strlen(changed) - 4] ^= 1;
    assert_int_equal(ticket_read_rollback(&back, "x.jsonl", changed, *state, &err), -1);
    assert_non_null(strstr(err.message, "is not the file that the ticket names"));
    assert_non_null(strstr(err.hint, "refresh"));
}

static void rollback_lines_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "{}\n", "line 1" },
        { "{\"domain\": \"a.example\", \"sets\": []}\n{\"domain\": \"A.example\", \"sets\": []}\n",
          "a.example stands twice" },
        { "{\"domain\": \"a.example\", \"sets\": []}\nx", "line 2" },
        { "{\"domain\": \"a.example\", \"sets\": [], \"x\": 1}\n", "unknown key" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ticket t = { .id = "DNS-2026-11-23-001" };
        struct err err = { 0 };
        if (ticket_read_rollback(&t, "r.jsonl", rows[i].text, *state, &err) == 0 ||
            !strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].text, err.message);
    }
}

/* --- refusals ------------------------------------------------------------- */

/* A whole ticket around `change` and `more` keys. */
static char *whole(struct arena *arena, const char *change, const char *more)
{
    return arena_printf(arena,
                        "{\"version\": 1, \"id\": \"DNS-2026-11-23-001\", \"requested_by\": \"x\","
                        " \"scope\": {\"select\": [], \"domains\": [\"a.example\"]},\n"
                        "\"change\": [%s],\n\"reason\": \"y\", \"rollback\": {}%s%s}",
                        change, *more ? ",\n" : "", more);
}

#define SET "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"A\", \"values\": [\"192.0.2.1\"]}"

static void edits_refused(void **state)
{
    static const struct {
        const char *edit, *message;
    } rows[] = {
        { "", "change: wants a list of edits" },
        { "1", "change[0]" },
        { "{}", "\"action\" is missing" },
        { "{\"action\": \"put\"}",
          "DNS-2026-11-23-001.json:2: change[0].action: \"put\" is no edit" },
        { "{\"action\": \"baseline\", \"name\": \"x\"}", "is no edit" },
        { "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"A\"}", "\"values\" is missing" },
        { "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"A\", \"values\": []}", "is empty" },
        { "{\"action\": \"set\", \"owner\": \"\", \"type\": \"A\", \"values\": [\"x\"]}", "owner" },
        { "{\"action\": \"set\", \"type\": \"A\", \"values\": [\"x\"]}", "\"owner\" is missing" },
        { "{\"action\": \"ttl\", \"owner\": \"{v} x\", \"type\": \"A\", \"ttl\": 1}", "blanks" },
        { "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"ANY\", \"values\": [\"x\"]}",
          "type" },
        { "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"SOA\", \"values\": [\"x\"]}",
          "type" },
        { "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"A\", \"ttl\": -1, \"values\": "
          "[\"x\"]}",
          "change[0].ttl" },
        { "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"A\", \"ttl\": \"60\", \"values\": "
          "[\"x\"]}",
          "change[0].ttl" },
        { "{\"action\": \"set\", \"owner\": \"@\", \"type\": \"A\", \"values\": [\"a\\nb\"]}",
          "control character" },
        { "{\"action\": \"add\", \"owner\": \"@\", \"type\": \"A\", \"value\": \"x\"}",
          "change[0].value: unknown key" },
        { "{\"action\": \"remove\", \"owner\": \"@\", \"type\": \"A\", \"ttl\": 1}",
          "change[0].ttl: unknown key" },
        { "{\"action\": \"remove\", \"owner\": \"@\", \"type\": \"A\", \"values\": []}",
          "is empty" },
        { "{\"action\": \"ttl\", \"owner\": \"@\", \"type\": \"A\"}", "\"ttl\" is missing" },
        { "{\"action\": \"ttl\", \"owner\": \"@\", \"type\": \"A\", \"ttl\": 60, \"values\": []}",
          "unknown key" },
        { "{\"action\": \"spf\"}", "wants \"add\", \"remove\" or \"all\"" },
        { "{\"action\": \"spf\", \"type\": \"TXT\", \"all\": \"-\"}", "unknown key" },
        { "{\"action\": \"spf\", \"add\": [\"ip4:x\"]}", "change[0].add[0]" },
        { "{\"action\": \"spf\", \"add\": [\"a b\"]}", "no SPF term" },
        { "{\"action\": \"spf\", \"all\": \"+\"}", "change[0].all" },
        { "{\"action\": \"dmarc\"}", "wants \"set\" or \"unset\"" },
        { "{\"action\": \"dmarc\", \"set\": {\"p\": \"x\"}}", "change[0].set.p" },
        { "{\"action\": \"dmarc\", \"set\": {\"q\": \"x\"}}", "no DMARC tag" },
        { "{\"action\": \"dmarc\", \"unset\": [\"p\"]}", "change[0].unset[0]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ticket t;
        struct err err = { 0 };
        if (ticket_parse(FILE_NAME, whole(*state, rows[i].edit, ""), false, *state, NULL, &t,
                         &err) == 0)
            fail_msg("taken: %s", rows[i].edit);
        if (err.code != ERR_INVALID || !strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].edit, err.message);
    }
}

static void fields_refused(void **state)
{
    static const struct {
        const char *more, *message;
    } rows[] = {
        { "\"rolback\": 1", "DNS-2026-11-23-001.json:4: rolback: unknown key" },
        { "\"risk\": \"medium\"", "low, med or high" },
        { "\"vars\": {\"a..b\": {}}", "vars.a..b" },
        { "\"vars\": {\"a.example\": {\"zone\": \"x\"}}", "built-in" },
        { "\"vars\": {\"a.example\": {}, \"A.example\": {}}", "stands twice" },
        { "\"window\": {\"from\": \"2026-11-23T20:00:00Z\"}", "\"to\" is missing" },
        { "\"window\": {\"from\": \"2026-11-23T20:00:00Z\", \"to\": \"2026-11-23T20:00:00Z\"}",
          "ends before it begins" },
        { "\"window\": {\"from\": \"tonight\", \"to\": \"x\"}", "window.from" },
        { "\"rollout\": {\"canary\": \"a.example\"}", "rollout.canary" },
        { "\"rollout\": {\"max_bake\": \"1h\"}", "rollout.max_bake: unknown key" },
        { "\"rollout\": {\"waves\": [\"x\"]}", "rollout.waves[0]" },
        { "\"rollout\": []", "rollout" },
        { "\"verification\": \"dns\"", "verification" },
        { "\"after\": {\"wait\": \"7d\"}", "\"ticket\" is missing" },
        { "\"after\": {\"ticket\": \"001\"}", "after.ticket" },
        { "\"after\": {\"ticket\": \"DNS-2026-11-22-001\", \"wait\": \"7 d\"}", "after.wait" },
        { "\"cross_client\": \"yes\"", "cross_client" },
        { "\"group\": 1", "group" },
        { "\"allow\": [\"swap\", \"all\"]", "allow[1]: \"all\" is no word" },
        { "\"verification\": [\"dsn\"]", "verification[0]: \"dsn\" is no word" },
        { "\"verification\": [\"hook:\"]", "verification[0]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ticket t;
        struct err err = { 0 };
        if (ticket_parse(FILE_NAME, whole(*state, SET, rows[i].more), false, *state, NULL, &t,
                         &err) == 0)
            fail_msg("taken: %s", rows[i].more);
        if (err.code != ERR_INVALID || !strstr(err.message, rows[i].message))
            fail_msg("%s: %s", rows[i].more, err.message);
    }
}

static void files_refused(void **state)
{
    static const char *const sets[] = {
        "{\"owner\": \"@\", \"type\": \"A\"}",
        "{\"owner\": \"@\", \"type\": \"A\", \"absent\": false}",
        "{\"owner\": \"@\", \"type\": \"A\", \"absent\": true, \"ttl\": 1}",
        "{\"owner\": \"@\", \"type\": \"A\", \"ttl\": 1, \"values\": []}",
        "{\"owner\": \"@\", \"type\": \"A\", \"ttl\": 4294967296, \"values\": [\"1\"]}",
        ("{\"owner\": \"@\", \"type\": \"A\", \"ttl\": 1, \"values\": [\"192.0.2.1\"], "
         "\"strings\": [[\"x\"]]}"),
        "{\"owner\": \"@\", \"type\": \"TXT\", \"ttl\": 1, \"values\": [\"a\"], \"strings\": []}",
        "{\"owner\": \"@\", \"type\": \"TXT\", \"ttl\": 1, \"values\": [\"a\"], \"string\": []}",
    };
    static const char *const texts[] = {
        "{\"version\": 2}",
        "{\"version\": 1, \"id\": \"DNS-2026-11-23-002\"}",
    };
    struct ticket t;
    struct err err;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        char *text = arena_printf(*state,
                                  "{\"version\": 1, \"id\": \"DNS-2026-11-23-001\","
                                  " \"requested_by\": \"x\", \"reason\": \"y\", \"scope\":"
                                  " {\"domains\": [\"a.example\"]}, \"change\": [" SET "],"
                                  " \"rollback\": {\"a.example\": [%s]}}",
                                  sets[i]);
        if (ticket_parse(FILE_NAME, text, false, *state, NULL, &t, &err) == 0)
            fail_msg("taken: %s", sets[i]);
        if (!strstr(err.message, "rollback.a.example[0]"))
            fail_msg("%s: %s", sets[i], err.message);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(ticket_parse(FILE_NAME, texts[i], false, *state, NULL, &t, &err), -1);
    /* under a ticket's name everything has to be there */
    const char *draft =
        "{\"version\": 1, \"scope\": {\"select\": [\"all\"]}, \"change\": [" SET "]}";
    assert_int_equal(ticket_parse("draft.json", draft, false, *state, NULL, &t, &err), 0);
    assert_null(t.id);
    assert_int_equal(ticket_parse(FILE_NAME, draft, false, *state, NULL, &t, &err), -1);
    const char *other = whole(*state, SET, "");
    assert_int_equal(
        ticket_parse("tickets/DNS-2026-11-23-002.json", other, false, *state, NULL, &t, &err), -1);
    assert_non_null(strstr(err.message, "is DNS-2026-11-23-001 in a file named"));
    /* and the file beside it is its own */
    char *beside = arena_printf(*state,
                                "{\"version\": 1, \"id\": \"DNS-2026-11-23-001\", \"requested_by\":"
                                " \"x\", \"reason\": \"y\", \"scope\": {\"domains\": [\"a.b\"]},"
                                " \"change\": [" SET "], \"rollback\": {\"file\": \"../x\","
                                " \"sha256\": \"%064d\"}}",
                                0);
    assert_int_equal(ticket_parse(FILE_NAME, beside, false, *state, NULL, &t, &err), -1);
    assert_non_null(strstr(err.message, "tickets/DNS-2026-11-23-001.rollback.jsonl"));
}

static void lenient(void **state)
{
    struct ticket t;
    struct strv warnings = { 0 };
    char *text = whole(*state, SET, "\"colour\": \"red\"");
    assert_int_equal(ticket_parse(FILE_NAME, text, true, *state, &warnings, &t, NULL), 0);
    assert_int_equal(warnings.n, 1);
    assert_non_null(strstr(warnings.v[0], "colour"));
}

static void rollout_overrides(void **state)
{
    struct settings settings;
    struct rollout_settings got;
    struct err err;
    assert_int_equal(settings_parse("s", "{\"version\": 1}", false, *state, NULL, &settings, &err),
                     0);
    struct ticket t = parsed(*state, FILE_NAME, whole(*state, SET, ""));
    assert_int_equal(ticket_rollout(&t, &settings.rollout, *state, &got, &err), 0);
    assert_memory_equal(&got, &settings.rollout, sizeof got);
    t = parsed(*state, FILE_NAME,
               whole(*state, SET,
                     "\"rollout\": {\"waves\": [1, \"100%\"], \"bake\": \"5s\", \"max_failures\":"
                     " 2, \"deadline\": \"1m\", \"wave_bake\": \"1s\", \"on_unknown\": \"hold\"}"));
    assert_int_equal(ticket_rollout(&t, &settings.rollout, *state, &got, &err), 0);
    assert_int_equal(got.n_waves, 2);
    assert_false(got.bake_ttl);
    assert_int_equal(got.bake_ms, 5000);
    assert_int_equal(got.max_failures, 2);
    assert_int_equal(got.deadline_ms, 60000);
    assert_int_equal(got.wave_bake_ms, 1000);
    assert_true(got.hold_on_unknown);
    assert_int_equal(got.canary, 2);
    assert_int_equal(got.max_bake_ms, 3600000);
    t.rollout_json = "{\"deadline\": \"0s\"}";
    assert_int_equal(ticket_rollout(&t, &settings.rollout, *state, &got, &err), -1);
    assert_non_null(strstr(err.message, "rollout.deadline"));
}

/* --- rules between the files ------------------------------------------------- */

static const struct portfolio_file files[] = {
    { "domains/a.json",
      "{\"client\": \"a\", \"provider\": \"pdns\", \"vars\": {\"sel\": \"s1\"}, \"domains\": {"
      "\"a.example\": {}, \"sub.a.example\": {\"zone\": \"a.example\"}, \"c.example\": {}}}" },
    { "domains/b.json", "{\"client\": \"b\", \"provider\": \"pdns\", \"domains\": {"
                        "\"b.example\": {}, \"b.a.example\": {}}}" },
};

struct rule {
    const char *domains, *edits, *message; /* message NULL: fine */
    const char *verification, *allow, *canary, *clients;
    bool cross_client;
};

#define RULE(d, e, m, ...)                                                                         \
    {                                                                                              \
        .domains = d, .edits = e, .message = m, __VA_ARGS__                                        \
    }

static void check_rule(struct arena *arena, const struct portfolio *portfolio,
                       struct settings *settings, const struct rule *rule)
{
    struct ticket t = { .id = "DNS-2026-11-23-001",
                        .requested_by = "x",
                        .reason = "y",
                        .cross_client = rule->cross_client };
    struct {
        const char *words;
        struct strv *list;
    } lists[] = {
        { rule->domains, &t.domains },
        { rule->verification, &t.verification },
        { rule->allow, &t.allow },
        { rule->canary, &t.canary },
    };
    char *save;
    for (size_t i = 0; i < 4; i++) {
        char *copy = arena_strdup(arena, lists[i].words ? lists[i].words : "");
        for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
            strv_push(arena, lists[i].list, w);
    }
    struct err err = { 0 };
    char *copy = arena_strdup(arena, rule->edits);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (edit_parse(line, arena, &t.change, &err) != 0)
            fail_msg("%s: %s", line, err.message);
    settings->policy.clients = rule->clients ? rule->clients : "open";
    int rc = ticket_check(&t, settings, portfolio, arena, &err);
    if ((rc == 0) != !rule->message || (rule->message && !strstr(err.message, rule->message)))
        fail_msg("%s | %s: %s", rule->domains, rule->edits, err.message);
}

static void rules(void **state)
{
    static const struct rule rows[] = {
        RULE("a.example c.example", "set @ MX 10 mx.x.", NULL),
        RULE("", "set @ MX 10 mx.x.", "scope.domains is empty"),
        RULE("z.example", "set @ MX 10 mx.x.", "z.example is not in the portfolio"),
        RULE("a.example", "", "changes nothing"),
        RULE("a.example", "set @ MX 10 mx.example.net", "a.example, change 1"),
        RULE("a.example", "set @ MX 65536 mx", "a.example, change 1"),
        RULE("a.example", "set @ A 192.0.2.256", "change 1"),
        RULE("a.example", "set www CNAME x.y.\nset www CNAME x.z.", "change 1"),
        RULE("a.example", "set @ MX 0 .\nset @ MX 5 x.", "change 1"),
        RULE("a.example", "set {sel}._domainkey TXT x", NULL),
        RULE("b.example", "set {sel}._domainkey TXT x", "{sel} is not defined for b.example"),
        RULE("a.example", "set x.b.example. TXT x", "change 1"),
        RULE("a.example", "spf add {sel}", "s1"),
        RULE("a.example", "dmarc rua={sel}", "rua=s1"),
        /* several edits of one set */
        RULE("a.example", "add @ TXT x\nspf add mx\nttl @ TXT 60\nremove @ TXT y", NULL),
        RULE("a.example", "set @ TXT x\nadd @ TXT y", "both write the whole set"),
        RULE("a.example", "add @ TXT y\nset @ TXT x", "both write the whole set"),
        RULE("a.example", "remove @ TXT\nspf add mx", "both write the whole set"),
        RULE("a.example", "remove @ TXT\nremove @ TXT x", "both write the whole set"),
        RULE("a.example", "ttl @ TXT 60\nttl @ TXT 70", "both write the same thing"),
        RULE("a.example", "add @ TXT s1\nremove @ TXT {sel}", "both name the same record"),
        RULE("a.example", "add @ TXT x\nadd a.example. TXT x", "both name the same record"),
        RULE("a.example", "set www A 192.0.2.1\nset www AAAA 2001:db8::1", NULL),
        RULE("a.example", "spf mail add mx\nspf mail.a.example. add a", "the same thing"),
        /* one set through two domains; another client's name */
        RULE("a.example sub.a.example", "set @ MX 10 x.y.", NULL),
        RULE("a.example sub.a.example", "set sub MX 10 x.y.", NULL),
        RULE("a.example sub.a.example", "set sub MX 1 x.\nset @ MX 2 x.",
             "sub.a.example MX is written through a.example and through sub.a.example"),
        RULE("a.example", "set b MX 1 x.", "b.a.example belongs to client b"),
        RULE("a.example", "set www.b A 192.0.2.1", "belongs to client b"),
        RULE("a.example", "set bb A 192.0.2.1", NULL),
        /* clients */
        RULE("a.example b.example", "set @ MX 10 mx.x.", NULL, .clients = "open"),
        RULE("a.example b.example", "set @ MX 10 mx.x.", "clients a and b", .clients = "separate"),
        RULE("a.example c.example", "set @ MX 10 mx.x.", NULL, .clients = "separate"),
        RULE("a.example b.example", "set @ MX 10 mx.x.", NULL, .clients = "separate",
             .cross_client = true),
        RULE("a.example b.example", "set @ MX 10 mx.x.", NULL, .clients = "operator"),
        /* words */
        RULE("a.example", "set @ MX 10 mx.x.", NULL, .verification = "dns mail-records hook:smoke"),
        RULE("a.example", "set @ MX 10 mx.x.", "\"hook:other\" is not configured",
             .verification = "hook:other"),
        RULE("a.example", "set @ MX 10 mx.x.", "\"smtp-inbound\" is not configured",
             .verification = "smtp-inbound"),
        RULE("a.example", "set @ MX 10 mx.x.", NULL,
             .allow = "empty-rrset root-ns over-limit swap"),
        RULE("a.example", "set @ MX 10 mx.x.", "\"everything\" is no word for this",
             .allow = "everything"),
        RULE("a.example c.example", "set @ MX 10 mx.x.", NULL, .canary = "c.example"),
        RULE("a.example", "set @ MX 10 mx.x.", "c.example is not in the scope",
             .canary = "c.example"),
    };
    struct settings settings;
    struct err err;
    assert_int_equal(settings_parse("s",
                                    "{\"version\": 1, \"providers\": {\"pdns\": {\"plugin\":"
                                    " \"powerdns\"}}, \"hooks\": {\"smoke\": {\"argv\": [\"x\"]}}}",
                                    false, *state, NULL, &settings, &err),
                     0);
    struct portfolio portfolio = box_portfolio(*state, &settings, files, 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_rule(*state, &portfolio, &settings, &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contract_example),  cmocka_unit_test(text_both_ways),
        cmocka_unit_test(recorded),          cmocka_unit_test(review_copy_is_exact),
        cmocka_unit_test(rollback_beside),   cmocka_unit_test(rollback_lines_refused),
        cmocka_unit_test(edits_refused),     cmocka_unit_test(fields_refused),
        cmocka_unit_test(files_refused),     cmocka_unit_test(lenient),
        cmocka_unit_test(rollout_overrides), cmocka_unit_test(rules),
    };
    return cmocka_run_group_tests(tests, box_setup, box_teardown);
}
