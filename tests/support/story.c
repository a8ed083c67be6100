/* story: reads a story and lets it happen in the simulated world. */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

#define FIRST_ID "DNS-2026-11-23-001"
#define WORDS    64

struct words {
    const char *v[WORDS];
    size_t n;
    const char *rest[WORDS];
};

static int wrong(struct story *story, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int wrong(struct story *story, const char *fmt, ...)
{
    va_list args;
    fprintf(stderr, "%s:%zu: ", story->file, story->line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\n");
    if (story->ret < 0 || story->err.message[0])
        fprintf(stderr, "    last command: returned %d, exit %d, %s: %s (%s)\n", story->ret,
                story->result.exit_code, err_code_text(story->err.code), story->err.message,
                story->err.hint);
    for (size_t i = 0; i < story->sim->states.n; i++)
        fprintf(stderr, "%s%s", i ? " " : "    states: ", story->sim->states.v[i]);
    fprintf(stderr, "\n");
    for (size_t i = 0; story->ret == 0 && i < story->result.targets.n; i++) {
        const struct target *target = &story->result.targets.v[i];
        fprintf(stderr, "    %s %s step %u verified %s: %s\n", target->domain,
                domain_state_text(target->state), target->step,
                target->verified ? target->verified : "-", target->err ? target->err->message : "");
        for (size_t c = 0; c < target->checks.n; c++)
            fprintf(stderr, "        %s %s %d %s\n", target->checks.v[c].check,
                    target->checks.v[c].target, (int)target->checks.v[c].verdict,
                    target->checks.v[c].detail ? target->checks.v[c].detail : "");
    }
    return -1;
}

static bool is(const char *word, const char *what)
{
    return word && strcmp(word, what) == 0;
}

static void split(struct arena *arena, const char *line, struct words *ret)
{
    *ret = (struct words){ 0 };
    const char *at = line + strspn(line, " \t");
    while (*at && *at != '#' && ret->n < WORDS) {
        size_t n = strcspn(at, " \t");
        ret->rest[ret->n] = at;
        ret->v[ret->n++] = arena_strndup(arena, at, n);
        at += n;
        at += strspn(at, " \t");
    }
}

static const char *word(const struct words *words, size_t i)
{
    return i < words->n ? words->v[i] : "";
}

/* The word behind `key`, or NULL. */
static const char *value_of(const struct words *words, const char *key)
{
    for (size_t i = 0; i + 1 < words->n; i++)
        if (is(words->v[i], key))
            return words->v[i + 1];
    return NULL;
}

static bool has(const struct words *words, const char *key)
{
    for (size_t i = 0; i < words->n; i++)
        if (is(words->v[i], key))
            return true;
    return false;
}

static int64_t duration(const char *text)
{
    int64_t ms = 0;
    struct err err;
    if (!text || duration_parse(text, &ms, &err) < 0) {
        fprintf(stderr, "no duration: %s\n", text ? text : "(none)");
        abort();
    }
    return ms;
}

static uint16_t rtype(const char *text)
{
    uint16_t type = 0;
    struct err err;
    if (rtype_parse(text, &type, &err) < 0) {
        fprintf(stderr, "no type: %s\n", text);
        abort();
    }
    return type;
}

/* --- the world ----------------------------------------------------------------- */

static const char *account_of(struct story *story, const char *zone)
{
    for (size_t i = 0; i < story->sim->zones.n; i++)
        if (is(story->sim->zones.v[i]->name, zone))
            return story->sim->zones.v[i]->account;
    return "pdns";
}

/* "@" and relative names are the zone's. */
static const char *owner_in(struct story *story, const char *owner, const char *zone)
{
    if (is(owner, "@"))
        return zone;
    size_t n = strlen(owner);
    if (n && owner[n - 1] == '.')
        return arena_strndup(story->arena, owner, n - 1);
    return arena_printf(story->arena, "%s.%s", owner, zone);
}

static int values_read(struct story *story, const char *text, uint16_t type, struct rrset *set)
{
    struct strv parts = { 0 };
    char *copy = arena_strdup(story->arena, text), *save = NULL;
    for (char *part = strtok_r(copy, "|", &save); part; part = strtok_r(NULL, "|", &save)) {
        part += strspn(part, " ");
        for (size_t n = strlen(part); n && part[n - 1] == ' ';)
            part[--n] = '\0';
        strv_push(story->arena, &parts, part);
    }
    for (size_t i = 0; i < parts.n; i++) {
        struct rdata rdata;
        struct err err;
        if (rdata_parse(type, parts.v[i], "example", RDATA_ZONEFILE, story->arena, &rdata, &err) <
            0)
            return wrong(story, "%s", err.message);
        rrset_add(story->arena, set, rdata);
    }
    return 0;
}

/* ZONE OWNER TTL TYPE VALUE | VALUE ... */
static int record(struct story *story, const struct words *words, size_t at, const char *account)
{
    const char *zone = word(words, at), *owner = owner_in(story, word(words, at + 1), zone);
    uint16_t type = rtype(word(words, at + 3));
    struct rrset *set =
        rrset_new(story->arena, owner, type, (uint32_t)strtoul(word(words, at + 2), NULL, 10));
    if (words->n > at + 4 && values_read(story, words->rest[at + 4], type, set) < 0)
        return -1;
    sim_edit(story->sim, sim_zone(story->sim, account ? account : account_of(story, zone), zone),
             owner, type, set);
    return 0;
}

static int tell_line(struct story *story, const char *line);

static int domain(struct story *story, const struct words *words)
{
    const char *providers = value_of(words, "at"), *name = word(words, 1);
    struct arena *arena = story->arena;
    char *list = arena_strdup(arena, providers ? providers : "pdns"), *save = NULL;
    struct strv quoted = { 0 };
    for (char *one = strtok_r(list, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
        struct words soa, ns, mx;
        strv_push(arena, &quoted, arena_printf(arena, "\"%s\"", one));
        sim_zone(story->sim, one, name);
        split(arena,
              arena_printf(arena,
                           "%s @ 3600 SOA ns1.example.net. h.example.net. 1 3600 600 "
                           "86400 300",
                           name),
              &soa);
        split(arena, arena_printf(arena, "%s @ 3600 NS ns1.example.net.", name), &ns);
        split(arena, arena_printf(arena, "%s @ 60 MX 10 old.example.net.", name), &mx);
        if (record(story, &soa, 0, one) < 0 || record(story, &ns, 0, one) < 0 ||
            record(story, &mx, 0, one) < 0)
            return -1;
    }
    strv_push(arena, &story->domains_json,
              arena_printf(arena, "\"%s\": {\"providers\": [%s]%s}", name,
                           strv_join(arena, &quoted, ","),
                           has(words, "canary") ? ", \"canary\": true" : ""));
    return 0;
}

static int provider(struct story *story, const struct words *words)
{
    struct sim_account *account = sim_account(story->sim, word(words, 1));
    const char *guard = value_of(words, "guard"), *atomic = value_of(words, "atomic");
    const char *publish = value_of(words, "publish"), *budget = value_of(words, "budget");
    if (guard)
        account->caps.guard = is(guard, "exact")  ? GUARD_EXACT
                              : is(guard, "etag") ? GUARD_ETAG
                                                  : GUARD_NONE;
    if (atomic)
        account->caps.atomic = is(atomic, "record") ? ATOMIC_RECORD
                               : is(atomic, "zone") ? ATOMIC_ZONE
                                                    : ATOMIC_RRSET;
    if (publish)
        account->caps.publish_ms = duration(publish);
    if (budget)
        account->budget = strtol(budget, NULL, 10);
    if (value_of(words, "primary"))
        story->primary = value_of(words, "primary");
    return 0;
}

static int server(struct story *story, const struct words *words)
{
    const char *lag = value_of(words, "lag");
    sim_server(story->sim, word(words, 1),
               arena_printf(story->arena, "192.0.2.%zu:53", story->sim->servers.n + 1),
               lag ? duration(lag) : 0);
    return 0;
}

static int share_read(const char *text, struct share *ret)
{
    char *end;
    ret->n = (uint32_t)strtoul(text, &end, 10);
    ret->percent = *end == '%';
    return 0;
}

static int build(struct story *story);

static int rollout_words(struct story *story, const struct words *words)
{
    struct rollout_settings *rollout = &story->settings.rollout;
    if (build(story) < 0)
        return -1;
    for (size_t i = 1; i + 1 < words->n; i += 2) {
        const char *key = words->v[i], *value = words->v[i + 1];
        if (is(key, "canary"))
            rollout->canary = (uint32_t)strtoul(value, NULL, 10);
        else if (is(key, "bake")) {
            rollout->bake_ttl = is(value, "ttl");
            rollout->bake_ms = rollout->bake_ttl ? 0 : duration(value);
        } else if (is(key, "max_bake"))
            rollout->max_bake_ms = duration(value);
        else if (is(key, "wave_bake"))
            rollout->wave_bake_ms = duration(value);
        else if (is(key, "deadline"))
            rollout->deadline_ms = duration(value);
        else if (is(key, "max_failures"))
            rollout->max_failures = (uint32_t)strtoul(value, NULL, 10);
        else if (is(key, "on_unknown"))
            rollout->hold_on_unknown = is(value, "hold");
        else if (is(key, "waves")) {
            char *copy = arena_strdup(story->arena, value), *save = NULL;
            rollout->waves = ARENA_ARRAY(story->arena, struct share, 16);
            rollout->n_waves = 0;
            for (char *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save))
                share_read(one, &rollout->waves[rollout->n_waves++]);
        } else
            return wrong(story, "no such rollout setting: %s", key);
    }
    return 0;
}

static int verify_words(struct story *story, const struct words *words)
{
    struct verify_settings *verify = &story->settings.verify;
    if (build(story) < 0)
        return -1;
    for (size_t i = 1; i + 1 < words->n; i += 2) {
        const char *key = words->v[i], *value = words->v[i + 1];
        if (is(key, "timeout"))
            verify->timeout_ms = duration(value);
        else if (is(key, "interval"))
            verify->interval_ms = duration(value);
        else if (is(key, "bake_interval"))
            verify->bake_interval_ms = duration(value);
        else if (is(key, "rounds"))
            verify->rounds = (uint32_t)strtoul(value, NULL, 10);
        else
            return wrong(story, "no such verify setting: %s", key);
    }
    return 0;
}

static const char *providers_json(struct story *story)
{
    struct strv parts = { 0 };
    struct arena *arena = story->arena;
    const char *primary =
        story->primary ? arena_printf(arena, ", \"primary\": \"%s\"", story->primary) : "";
    sim_account(story->sim, "pdns");
    for (size_t i = 0; i < story->sim->accounts.n; i++)
        strv_push(
            arena, &parts,
            arena_printf(arena,
                         "\"%s\": {\"plugin\": \"powerdns\", \"url\": \"http://127.0.0.1:1\", "
                         "\"secret\": {\"env\": \"KEY\"}%s}",
                         story->sim->accounts.v[i].name, primary));
    return strv_join(arena, &parts, ", ");
}

/* Settings and portfolio, once the world is described. */
static int build(struct story *story)
{
    struct strv warnings = { 0 };
    struct err err;
    if (story->built)
        return 0;
    story->built = true;
    if (!story->sim->servers.n)
        sim_server(story->sim, "ns1.example.net", "192.0.2.1:53", 0);
    const char *settings =
        arena_printf(story->arena, "{\"version\": 1, \"providers\": {%s}}", providers_json(story));
    if (settings_parse("dnschange.json", settings, false, story->arena, &warnings, &story->settings,
                       &err) < 0)
        return wrong(story, "%s", err.message);
    story->settings.rollout.canary = 1;
    struct portfolio_file file = {
        "domains/acme.json",
        arena_printf(story->arena,
                     "{\"client\": \"acme\", \"approvers\": [\"ann@acme.example\"], \"provider\": "
                     "\"pdns\", \"domains\": {%s}}",
                     strv_join(story->arena, &story->domains_json, ", "))
    };
    if (portfolio_parse(&file, 1, &story->settings, false, story->arena, &warnings,
                        &story->portfolio, &err) < 0)
        return wrong(story, "%s", err.message);
    return 0;
}

static int hook(struct story *story, const struct words *words)
{
    int *verdict = ARENA_NEW(story->arena, int);
    *verdict = is(word(words, 2), "passes")  ? VERDICT_PASS
               : is(word(words, 2), "fails") ? VERDICT_FAIL
                                             : VERDICT_UNKNOWN;
    map_put(story->sim->hooks, word(words, 1), verdict);
    return 0;
}

/* --- tickets ------------------------------------------------------------------- */

static struct story_ticket *ticket_now(struct story *story)
{
    if (story->tickets.n)
        return story->tickets.v[story->tickets.n - 1];
    struct story_ticket *ticket = ARENA_NEW(story->arena, struct story_ticket);
    *vec_push(story->arena, &story->tickets) = ticket;
    ticket->ticket.id = FIRST_ID;
    return ticket;
}

static struct story_ticket *ticket_named(struct story *story, const char *id)
{
    for (size_t i = 0; i < story->tickets.n; i++)
        if (is(story->tickets.v[i]->ticket.id, id))
            return story->tickets.v[i];
    return NULL;
}

static int ticket_words(struct story *story, const struct words *words)
{
    struct story_ticket *ticket = ARENA_NEW(story->arena, struct story_ticket);
    *vec_push(story->arena, &story->tickets) = ticket;
    ticket->ticket.id = word(words, 1);
    for (size_t i = 2; i < words->n; i++)
        strv_push(story->arena, &ticket->domains, words->v[i]);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The world is some minutes old when the first ticket is made, so that servers
 * that lag have what the story began with. */
static void age(struct story *story)
{
    if (!story->aged)
        sim_pass(story->sim, 600000);
    story->aged = true;
}

static int propose(struct story *story, struct story_ticket *ticket)
{
    struct ticket *to = &ticket->ticket;
    struct plan plan;
    struct err err;
    age(story);
    if (ticket->recorded)
        return 0;
    ticket->recorded = true;
    to->requested_by = "Ann Lee <ann@acme.example>";
    to->reason = "move inbound";
    to->domains = ticket->domains;
    for (size_t i = 0; !ticket->domains.n && i < story->portfolio.n; i++)
        strv_push(story->arena, &to->domains, story->portfolio.domains[i].name);
    qsort(to->domains.v, to->domains.n, sizeof *to->domains.v, by_name);
    to->select = to->domains;
    struct plan_input in = {
        .ticket = to, .settings = &story->settings, .portfolio = &story->portfolio, .record = true
    };
    if (plan_build(&in, &story->sim->ports, story->arena, &plan, &err) < 0)
        return wrong(story, "propose: %s", err.message);
    plan_record(&plan, to, story->arena);
    return 0;
}

static int change(struct story *story, const struct words *words)
{
    struct story_ticket *ticket = ticket_now(story);
    struct err err;
    if (edit_parse(words->rest[1], story->arena, &ticket->ticket.change, &err) < 0)
        return wrong(story, "%s", err.message);
    return 0;
}

static int checks(struct story *story, const struct words *words)
{
    struct story_ticket *ticket = ticket_now(story);
    for (size_t i = 1; i < words->n; i++)
        strv_push(story->arena, &ticket->ticket.verification, words->v[i]);
    return 0;
}

static int window(struct story *story, const struct words *words)
{
    struct story_ticket *ticket = ticket_now(story);
    age(story);
    int64_t now_s = story->sim->wall_s + story->sim->now_ms / 1000;
    ticket->ticket.has_window = true;
    ticket->ticket.window.from_s = now_s - 60;
    ticket->ticket.window.to_s = now_s + duration(value_of(words, "after")) / 1000;
    return 0;
}

/* --- faults -------------------------------------------------------------------- */

struct soon {
    struct story *story;
    const char *text;
};

static void soon_fire(void *arg)
{
    struct soon *soon = arg;
    if (tell_line(soon->story, soon->text) < 0)
        sim_violate(soon->story->sim, "could not: %s", soon->text);
}

static int at_time(struct story *story, const struct words *words)
{
    story->soon[story->n_soon].delay_ms = duration(word(words, 1));
    story->soon[story->n_soon++].text = arena_strdup(story->arena, words->rest[2]);
    return 0;
}

static void soon_begin(struct story *story)
{
    for (size_t i = 0; i < story->n_soon; i++) {
        struct soon *soon = ARENA_NEW(story->arena, struct soon);
        *soon = (struct soon){ story, story->soon[i].text };
        sim_post(story->sim, story->soon[i].delay_ms, true, soon_fire, soon);
    }
    story->n_soon = 0;
}

static int answers(struct story *story, const struct words *words)
{
    static const struct {
        const char *word;
        enum sim_answer answer;
    } table[] = {
        { "current", SIM_CURRENT },   { "old", SIM_OLD },           { "nothing", SIM_SILENT },
        { "servfail", SIM_SERVFAIL }, { "refused", SIM_REFUSED },   { "lame", SIM_LAME },
        { "deaf", SIM_DEAF },         { "flapping", SIM_FLAPPING }, { "old-over-udp", SIM_OLD_UDP },
    };
    age(story);
    for (size_t s = 0; s < story->sim->servers.n; s++) {
        struct sim_server *to = &story->sim->servers.v[s];
        if (!is(to->name, words->v[0]))
            continue;
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
            if (is(word(words, 2), table[i].word)) {
                *vec_push(story->sim->arena, &to->phases) =
                    (struct sim_phase){ story->sim->now_ms, table[i].answer };
                return 0;
            }
    }
    return wrong(story, "no such server or answer");
}

static int someone(struct story *story, const struct words *words)
{
    if (is(word(words, 1), "sets"))
        return record(story, words, 2, NULL);
    const char *zone = word(words, 2);
    sim_edit(story->sim, sim_zone(story->sim, account_of(story, zone), zone),
             owner_in(story, word(words, 3), zone), rtype(word(words, 4)), NULL);
    return 0;
}

/* EXTRA ZONE OWNER TYPE JSON: what the provider keeps beside the values. */
static int extra(struct story *story, const struct words *words)
{
    const char *zone = word(words, 1), *owner = owner_in(story, word(words, 2), zone);
    uint16_t type = rtype(word(words, 3));
    const struct rrset *live = sim_live(story->sim, account_of(story, zone), zone, owner, type);
    struct rrset *set =
        live ? rrset_copy(story->arena, live) : rrset_new(story->arena, owner, type, 60);
    set->extra = words->rest[4];
    sim_edit(story->sim, sim_zone(story->sim, account_of(story, zone), zone), owner, type, set);
    return 0;
}

static int unmanaged(struct story *story, const struct words *words)
{
    const char *zone = word(words, 1), *owner = owner_in(story, word(words, 2), zone);
    uint16_t type = rtype(word(words, 3));
    struct rrset *set =
        rrset_copy(story->arena, sim_live(story->sim, account_of(story, zone), zone, owner, type));
    if (!set)
        return wrong(story, "no such set");
    set->unmanaged = "proxied";
    sim_edit(story->sim, sim_zone(story->sim, account_of(story, zone), zone), owner, type, set);
    return 0;
}

static int operator_does(struct story *story, const struct words *words)
{
    enum control what = is(word(words, 1), "parks")    ? CONTROL_PARK
                        : is(word(words, 1), "pauses") ? CONTROL_PAUSE
                                                       : CONTROL_ABORT;
    *vec_push(story->sim->arena, &story->sim->asks) =
        (struct sim_ask){ story->sim->now_ms, what, "asked for by Ann" };
    return 0;
}

static int fault(struct story *story, const struct words *words, bool write)
{
    static const struct {
        const char *word;
        enum sim_fault fault;
    } table[] = {
        { "loses-reply", SIM_LOSES_REPLY },      { "loses-request", SIM_LOSES_REQUEST },
        { "breaks-half", SIM_BREAKS_HALF },      { "is-refused", SIM_REFUSED_BY_PROVIDER },
        { "is-unauthorized", SIM_UNAUTHORIZED }, { "is-down", SIM_DOWN },
        { "conflicts", SIM_CONFLICTS },
    };
    const char *times = value_of(words, "times"), *skip = value_of(words, "after");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (is(word(words, 2), table[i].word)) {
            sim_rule(story->sim, word(words, 1), write, table[i].fault,
                     skip ? (unsigned)strtoul(skip, NULL, 10) : 0,
                     times ? (unsigned)strtoul(times, NULL, 10) : 1);
            return 0;
        }
    return wrong(story, "no such fault: %s", word(words, 2));
}

/* --- commands ------------------------------------------------------------------ */

static void begin(struct story *story)
{
    struct sim *sim = story->sim;
    sim_start(sim);
    sim->kill_at = story->kill_at;
    story->kill_at = 0;
    soon_begin(story);
    arena_free(story->process);
    story->process = arena_new("the process", (size_t)2 << 30);
    story->calls = sim->calls;
    story->took_ms = sim->now_ms;
    story->err = (struct err){ 0 };
    story->result = (struct rollout_result){ 0 };
    if (!story->as_before)
        story->as_before = sim_dump(sim, story->arena);
}

static int end(struct story *story)
{
    struct sim *sim = story->sim;
    sim->asks.n = 0;
    story->took_ms = sim->now_ms - story->took_ms;
    story->calls.read = sim->calls.read - story->calls.read;
    story->calls.write = sim->calls.write - story->calls.write;
    if (story->ret < 0)
        story->result.exit_code = err_exit_code(story->err.code);
    if (sim->violation[0])
        return wrong(story, "%s", sim->violation);
    return 0;
}

static int input(struct story *story, const struct words *words, struct rollout_input *ret,
                 struct story_ticket **ret_ticket)
{
    struct story_ticket *ticket = ticket_now(story);
    for (size_t i = 1; i < words->n; i++)
        if (ticket_named(story, words->v[i]))
            ticket = ticket_named(story, words->v[i]);
    const char *bake = value_of(words, "bake");
    *ret = (struct rollout_input){ .ticket = has(words, "without-ticket") ? NULL : &ticket->ticket,
                                   .blob = "b10b",
                                   .settings = &story->settings,
                                   .portfolio = &story->portfolio,
                                   .options = { .bake_ms = bake ? duration(bake) : -1,
                                                .no_wait = has(words, "no-wait"),
                                                .skip_conflicts = has(words, "skip-conflicts"),
                                                .skip_unfit = has(words, "skip-unfit"),
                                                .digest = value_of(words, "digest"),
                                                .again = has(words, "again"),
                                                .dry_run = has(words, "dry-run") } };
    *ret_ticket = ticket;
    return 0;
}

static int command(struct story *story, const struct words *words)
{
    struct rollout_input in;
    struct story_ticket *ticket;
    input(story, words, &in, &ticket);
    if (build(story) < 0 || propose(story, ticket) < 0)
        return -1;
    begin(story);
    const struct ports *ports = &story->sim->ports;
    if (is(words->v[0], "APPLY"))
        story->ret = rollout_apply(&in, ports, story->process, &story->result, &story->err);
    else if (is(words->v[0], "RESUME"))
        story->ret = rollout_resume(&in, ticket->ticket.id, ports, story->process, &story->result,
                                    &story->err);
    else
        story->ret = rollout_abort(&in, ticket->ticket.id, "not wanted any more", ports,
                                   story->process, &story->result, &story->err);
    return end(story);
}

static int rollback(struct story *story, const struct words *words)
{
    struct rollback_input in = { .settings = &story->settings,
                                 .items = story->items,
                                 .overwrite = has(words, "overwrite"),
                                 .dry_run = has(words, "dry-run"),
                                 .reason = "incident" };
    struct strv *domains = ARENA_NEW(story->arena, struct strv);
    if (build(story) < 0)
        return -1;
    for (size_t i = 1; i < words->n; i++) {
        const char *one = words->v[i];
        if (portfolio_find(&story->portfolio, one))
            strv_push(story->arena, domains, one);
        else if (ticket_named(story, one) && in.n < 8)
            story->items[in.n++] = (struct rollback_item){ one, 1 };
    }
    if (!in.n)
        story->items[in.n++] = (struct rollback_item){ ticket_now(story)->ticket.id, 1 };
    for (size_t i = 0; i < in.n; i++) {
        struct attempt_info info;
        struct err err;
        if (attempt_read(&story->sim->ports, story->items[i].id, story->arena, &info, &err) == 0)
            story->items[i].attempt = info.attempt;
    }
    in.domains = domains->n ? domains : NULL;
    begin(story);
    story->ret =
        rollout_rollback(&in, &story->sim->ports, story->process, &story->result, &story->err);
    return end(story);
}

/* --- expectations -------------------------------------------------------------- */

static int expect_counts(struct story *story, const struct words *words)
{
    const struct rollout_counts *counts = &story->result.counts;
    const struct {
        const char *name;
        size_t n;
    } table[] = {
        { "changed", counts->changed },     { "already", counts->already },
        { "failed", counts->failed },       { "reverted", counts->reverted },
        { "blocked", counts->blocked },     { "skipped", counts->skipped },
        { "untouched", counts->untouched },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *value = value_of(words, table[i].name);
        size_t want = value ? strtoul(value, NULL, 10) : 0;
        if (want != table[i].n)
            return wrong(story, "%s: wanted %zu, got %zu", table[i].name, want, table[i].n);
    }
    return 0;
}

static const struct target *target_named(struct story *story, const char *name)
{
    for (size_t i = 0; i < story->result.targets.n; i++)
        if (is(story->result.targets.v[i].domain, name))
            return &story->result.targets.v[i];
    return NULL;
}

/* EXPECT domain NAME STATE [by dns|api] */
static int expect_domain(struct story *story, const struct words *words)
{
    const struct target *target = target_named(story, word(words, 2));
    const char *by = value_of(words, "by");
    if (!target)
        return wrong(story, "%s is not in the result", word(words, 2));
    if (!is(word(words, 3), domain_state_text(target->state)))
        return wrong(story, "%s is %s", target->domain, domain_state_text(target->state));
    if (by && !is(target->verified, by))
        return wrong(story, "%s was verified by %s", target->domain,
                     target->verified ? target->verified : "nobody");
    return 0;
}

/* EXPECT live ZONE OWNER [TTL] TYPE is VALUE | VALUE, or: is absent */
static int expect_live(struct story *story, const struct words *words)
{
    const char *zone = word(words, 2), *account = account_of(story, zone);
    size_t at = 4;
    char *digits;
    unsigned long ttl = strtoul(word(words, at), &digits, 10);
    bool has_ttl = digits != word(words, at) && !*digits;
    at += has_ttl;
    uint16_t type = rtype(word(words, at));
    const char *owner = owner_in(story, word(words, 3), zone);
    const struct rrset *live = sim_live(story->sim, account, zone, owner, type);
    if (is(word(words, at + 2), "absent"))
        return rrset_absent(live) ? 0 : wrong(story, "%s is there", owner);
    struct rrset *want = rrset_new(story->arena, owner, type, (uint32_t)ttl);
    if (values_read(story, words->rest[at + 2], type, want) < 0)
        return -1;
    if (rrset_absent(live) || !rrset_same_values(want, live))
        return wrong(story, "%s %s is %s", owner, rtype_text(type),
                     live && live->n ? rdata_text(type, live->rr[0], story->arena) : "absent");
    if (has_ttl && live->ttl != want->ttl)
        return wrong(story, "TTL is %u", live->ttl);
    return 0;
}

/* EXPECT through A B C: in this order, perhaps with others between. */
static int expect_through(struct story *story, const struct words *words)
{
    size_t at = 2;
    for (size_t i = 0; i < story->sim->states.n && at < words->n; i++)
        at += is(story->sim->states.v[i], words->v[at]);
    return at == words->n ? 0 : wrong(story, "never came to %s", words->v[at]);
}

static int expect_number(struct story *story, const char *what, uint64_t got, const char *want)
{
    uint64_t n = strtoull(want, NULL, 10);
    return n == got ? 0
                    : wrong(story, "%s: wanted %s, got %llu", what, want, (unsigned long long)got);
}

static int expect_finding(struct story *story, const char *rule)
{
    for (size_t i = 0; i < story->result.findings.n; i++)
        if (is(story->result.findings.v[i].rule, rule))
            return 0;
    return wrong(story, "no finding %s", rule);
}

static int expect_world(struct story *story)
{
    if (strcmp(sim_dump(story->sim, story->arena), story->as_before) == 0)
        return 0;
    fprintf(stderr, "--- before\n%s--- now\n%s", story->as_before,
            sim_dump(story->sim, story->arena));
    return wrong(story, "the zones are not as before");
}

static int expect_took(struct story *story, const struct words *words)
{
    int64_t want = duration(word(words, 4));
    bool least = is(word(words, 3), "least");
    if (least ? story->took_ms < want : story->took_ms > want)
        return wrong(story, "took %lld ms", (long long)story->took_ms);
    return 0;
}

static int expect_recorded(struct story *story, const char *name)
{
    for (size_t i = 0; i < map_count(story->sim->files); i++)
        if (strstr(map_key_at(story->sim->files, i), name))
            return 0;
    return wrong(story, "no %s on the records branch", name);
}

static int expect_attempt(struct story *story, const struct words *words)
{
    struct attempt_info info;
    struct err err;
    if (story->sim->dead)
        sim_start(story->sim);
    const char *id = words->n > 3 ? word(words, 2) : ticket_now(story)->ticket.id;
    if (attempt_read(&story->sim->ports, id, story->arena, &info, &err) < 0)
        return wrong(story, "%s", err.message);
    const char *want = word(words, words->n - 1);
    return is(want, ticket_state_text(info.state))
               ? 0
               : wrong(story, "%s stands at %s", id, ticket_state_text(info.state));
}

static int expect(struct story *story, const struct words *words)
{
    const char *what = word(words, 1);
    if (is(what, "exit"))
        return expect_number(story, "exit", (uint64_t)story->result.exit_code, word(words, 2));
    if (is(what, "state"))
        return story->ret == 0 && is(word(words, 2), ticket_state_text(story->result.state))
                   ? 0
                   : wrong(story, "the state is %s", ticket_state_text(story->result.state));
    if (is(what, "counts"))
        return expect_counts(story, words);
    if (is(what, "domain"))
        return expect_domain(story, words);
    if (is(what, "live"))
        return expect_live(story, words);
    if (is(what, "through"))
        return expect_through(story, words);
    if (is(what, "writes"))
        return expect_number(story, what, story->calls.write, word(words, 2));
    if (is(what, "reads"))
        return expect_number(story, what, story->calls.read, word(words, 2));
    if (is(what, "finding"))
        return expect_finding(story, word(words, 2));
    if (is(what, "message"))
        return strstr(story->err.message, words->rest[2]) || strstr(story->err.hint, words->rest[2])
                   ? 0
                   : wrong(story, "no such message");
    if (is(what, "next"))
        return story->result.next && strstr(story->result.next, words->rest[2])
                   ? 0
                   : wrong(story, "next is %s",
                           story->result.next ? story->result.next : "nothing");
    if (is(what, "zones"))
        return expect_world(story);
    if (is(what, "took"))
        return expect_took(story, words);
    if (is(what, "recorded"))
        return expect_recorded(story, word(words, 2));
    if (is(what, "ticket"))
        return expect_attempt(story, words);
    return wrong(story, "no such expectation: %s", what);
}

/* --- lines --------------------------------------------------------------------- */

static int pass(struct story *story, const struct words *words)
{
    sim_pass(story->sim, duration(word(words, 1)));
    return 0;
}

static int clock_step(struct story *story, const struct words *words)
{
    const char *by = word(words, 1);
    int64_t s = duration(by + 1) / 1000;
    story->sim->wall_s += *by == '-' ? -s : s;
    return 0;
}

static int kill_words(struct story *story, const struct words *words)
{
    story->kill_at = strtoull(word(words, 3), NULL, 10);
    return 0;
}

static int killed_words(struct story *story, const struct words *words)
{
    (void)words;
    story->sim->dead = true;
    return 0;
}

static int journal_words(struct story *story, const struct words *words)
{
    story->sim->journal_breaks = is(word(words, 1), "breaks");
    return 0;
}

static int elsewhere(struct story *story, const struct words *words)
{
    (void)words;
    story->sim->ports.holder = "bob@laptop 99";
    story->sim->journals.n = 0;
    return 0;
}

static int record_words(struct story *story, const struct words *words)
{
    return record(story, words, 1, NULL);
}

static int read_fault(struct story *story, const struct words *words)
{
    return fault(story, words, false);
}

static int write_fault(struct story *story, const struct words *words)
{
    return fault(story, words, true);
}

static int propose_words(struct story *story, const struct words *words)
{
    struct story_ticket *ticket = ticket_named(story, word(words, 1));
    return build(story) < 0 ? -1 : propose(story, ticket ? ticket : ticket_now(story));
}

static const struct {
    const char *word;
    int (*tell)(struct story *, const struct words *);
} verbs[] = {
    { "DOMAIN", domain },
    { "RECORD", record_words },
    { "PROVIDER", provider },
    { "SERVER", server },
    { "ROLLOUT", rollout_words },
    { "VERIFY", verify_words },
    { "HOOK", hook },
    { "TICKET", ticket_words },
    { "CHANGE", change },
    { "CHECKS", checks },
    { "WINDOW", window },
    { "PROPOSE", propose_words },
    { "AT", at_time },
    { "SOMEONE", someone },
    { "OPERATOR", operator_does },
    { "WRITE", write_fault },
    { "READ", read_fault },
    { "EXTRA", extra },
    { "UNMANAGED", unmanaged },
    { "APPLY", command },
    { "RESUME", command },
    { "ABORT", command },
    { "ROLLBACK", rollback },
    { "EXPECT", expect },
    { "PASS", pass },
    { "CLOCK", clock_step },
    { "KILL", kill_words },
    { "JOURNAL", journal_words },
    { "KILLED", killed_words },
    { "ELSEWHERE", elsewhere },
};

static int tell_line(struct story *story, const char *line)
{
    struct words words;
    split(story->arena, line, &words);
    if (!words.n)
        return 0;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (is(words.v[0], verbs[i].word))
            return verbs[i].tell(story, &words);
    if (is(word(&words, 1), "ANSWERS"))
        return build(story) < 0 ? -1 : answers(story, &words);
    return wrong(story, "what is %s?", words.v[0]);
}

int story_tell(struct story *story, const char *text)
{
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\n");
        story->line++;
        if (tell_line(story, arena_strndup(story->arena, at, n)) < 0)
            return -1;
        at += n + (at[n] == '\n');
    }
    return 0;
}

void story_init(struct story *story, const char *file)
{
    *story =
        (struct story){ .sim = sim_new(), .arena = arena_new("a story", 1u << 30), .file = file };
    story->soon = arena_alloc(story->arena, 64 * sizeof *story->soon);
}

void story_done(struct story *story)
{
    arena_free(story->process);
    arena_free(story->arena);
    sim_free(story->sim);
}

/* --- edges --------------------------------------------------------------------- */

static bool event_read(const char *line, enum ticket_state *ret_to, enum ticket_event *ret_event)
{
    char state[64], event[128];
    const char *at = strstr(line, "\"state\":\"");
    if (!at || sscanf(at, "\"state\":\"%63[^\"]\",\"event\":\"", state) != 1 ||
        !ticket_state_parse(state, ret_to))
        return false;
    at = strstr(line, "\"event\":\"") + strlen("\"event\":\"");
    for (int i = 0; i < TICKET_EVENT_COUNT; i++) {
        /* Texts with quotes are escaped in JSON; their beginning is enough. */
        snprintf(event, sizeof event, "%.12s", ticket_event_text((enum ticket_event)i));
        if (strncmp(at, event, strlen(event)) == 0) {
            *ret_event = (enum ticket_event)i;
            return true;
        }
    }
    return false;
}

/* How the attempt before "<id>/<n>/events.jsonl" ended. */
static enum ticket_state attempt_before(const struct sim *sim, const char *path)
{
    char id[64], claim[128], *state;
    unsigned n;
    const struct sim_file *file = NULL;
    if (sscanf(path, "%63[^/]/%u/", id, &n) == 2) {
        snprintf(claim, sizeof claim, "%s/%u/claim.json", id, n - 1);
        file = map_get(sim->files, claim);
    }
    state = file ? strstr(file->text, "\"state\": \"partly_reverted\"") : NULL;
    return state ? TICKET_PARTLY_REVERTED : TICKET_REVERTED;
}

static enum ticket_state came_from(const struct sim *sim, const char *path, enum ticket_state from,
                                   enum ticket_event event)
{
    enum ticket_state to;
    if (event == EVENT_AGAIN)
        return attempt_before(sim, path);
    /* What was parked before it was captured goes on from there. */
    return ticket_next(from, event, &to) ? from : TICKET_PARKED;
}

static void edges_note(const struct sim *sim, struct story_edges *edges)
{
    for (size_t i = 0; i < map_count(sim->files); i++) {
        const struct sim_file *file = map_value_at(sim->files, i);
        enum ticket_state from = TICKET_APPROVED, to;
        enum ticket_event event;
        if (!strstr(map_key_at(sim->files, i), "events.jsonl"))
            continue;
        for (const char *line = file->text; line && *line; line = strchr(line, '\n')) {
            line += *line == '\n';
            if (!*line || !event_read(line, &to, &event))
                continue;
            edges->seen[came_from(sim, map_key_at(sim->files, i), from, event)][event] = true;
            from = to;
        }
    }
}

int story_run(const char *file, struct story_edges *edges)
{
    struct story story;
    char *text;
    size_t len;
    struct err err;
    story_init(&story, file);
    int failed = file_read(file, 1u << 20, story.arena, &text, &len, &err);
    if (failed < 0)
        fprintf(stderr, "%s\n", err.message);
    else
        failed = story_tell(&story, text);
    edges_note(story.sim, edges);
    story_done(&story);
    return failed;
}
