/* exchange: plays text files of exchanges against a plugin.
 *
 *   exchange PLUGIN_FOLDER FILE...
 *
 * A file holds cases.  Lines are
 *
 *   CASE title                 a new case
 *   ACCOUNT {json}             the provider's settings (the last one stays)
 *   READ name | READ-ZONE zone | FIND name | LIST | CHECK | APPLY zone | SETTLE zone
 *   COOKIE text                the zone cookie of APPLY and SETTLE
 *   CHANGE owner TYPE          a change of APPLY, followed by what was and shall be:
 *   - TTL value | value        -x extra    -u why it is unmanaged
 *   + TTL value | value        +x extra
 *   > METHOD /path             the next request that must come
 *   >h Name: value             a header it must have
 *   >> body                    its exact body; none without such a line
 *   < 200                      the reply; also "< lost" and "< not-sent"
 *   <h Name: value
 *   << line of its body        several are joined by line ends
 *   = ok | = error CODE words  how it ends
 *   = zone name | = cookie text | = detail text | = list name name
 *   = set owner TTL TYPE value | value     all sets of the zone, and no others
 *   = extra owner TYPE json | = unmanaged owner TYPE words
 *   = fate owner TYPE applied|refused|conflict|unknown|not-tried
 *   = after MS                 at least so much time has passed
 *
 * Empty lines and lines with # in front are skipped.  Secrets are "s3cret". */
#include <stdio.h>

#include "base/file.h"
#include "dns/name.h"
#include "provider/provider.h"
#include "provider_world.h"

#define STEPS_MAX 64

struct step { /* a request that must come and the reply it gets */
    char *method, *path, *body;
    struct http_header headers[8];
    size_t n_headers;
    struct world_reply reply;
};

struct play {
    struct arena *arena;
    const char *folder, *file, *title, *account;
    int line;
    char *op, *subject, *cookie;
    struct step steps[STEPS_MAX];
    size_t n_steps, at;
    struct {
        struct rrset *before, *after;
        const char *owner;
        uint16_t type;
    } changes[STEPS_MAX];
    struct change apply[STEPS_MAX];
    size_t n_changes;
    struct strv expect;
    int expect_line;
    int faults, cases;
    /* what came out */
    bool over;
    struct err err;
    const char *zone, *zone_cookie, *detail;
    struct rrset *sets;
    size_t n_sets;
    struct strv zones;
    int64_t took_ms;
};

static void fault(struct play *play, const char *what, const char *detail)
{
    printf("%s:%d: %s: %s: %s\n", play->file, play->line, play->title ? play->title : "", what,
           detail ? detail : "(none)");
    play->faults++;
}

/* ---- the provider's side ---- */

static void step_check(struct play *play, const struct step *step,
                       const struct http_request *request)
{
    const char *base = "http://api.test/api/v1/servers/localhost";
    size_t n = strlen(base);
    const char *body = request->body ? request->body : "";
    if (strcmp(step->method, request->method) != 0)
        fault(play, "other method", request->method);
    if (strncmp(request->url, base, n) != 0 || strcmp(request->url + n, step->path) != 0)
        fault(play, "other path", request->url);
    if (request->body_len != strlen(step->body) || memcmp(body, step->body, request->body_len) != 0)
        fault(play, "other body", arena_strndup(play->arena, body, request->body_len));
    for (size_t i = 0; i < step->n_headers; i++) {
        const char *value = world_header(request, step->headers[i].name);
        if (!value || strcmp(value, step->headers[i].value) != 0)
            fault(play, "other header", step->headers[i].name);
    }
}

static void play_answer(void *arg, const struct http_request *request, struct world_reply *ret)
{
    struct play *play = arg;
    if (play->at >= play->n_steps) {
        fault(play, "unexpected request",
              arena_printf(play->arena, "%s %s", request->method, request->url));
        ret->status = 599;
        return;
    }
    const struct step *step = &play->steps[play->at++];
    step_check(play, step, request);
    *ret = step->reply;
}

/* ---- results ---- */

static void on_read(void *arg, const struct provider_zone *result)
{
    struct play *play = arg;
    play->over = true;
    play->err = result->err;
    if (result->err.code)
        return;
    play->zone = arena_strdup(play->arena, result->zone->name);
    play->zone_cookie =
        result->zone->cookie ? arena_strdup(play->arena, result->zone->cookie) : NULL;
    play->n_sets = result->zone->n;
    play->sets = ARENA_ARRAY(play->arena, struct rrset, play->n_sets);
    for (size_t i = 0; i < play->n_sets; i++)
        play->sets[i] = *rrset_copy(play->arena, &result->zone->sets[i]);
}

static void on_write(void *arg, const struct provider_write *result)
{
    struct play *play = arg;
    play->over = true;
    play->err = result->err;
}

static void on_settle(void *arg, const struct err *err)
{
    struct play *play = arg;
    play->over = true;
    play->err = *err;
}

static void on_list(void *arg, const struct provider_zones *result)
{
    struct play *play = arg;
    play->over = true;
    play->err = result->err;
    for (size_t i = 0; i < result->n; i++)
        strv_push(play->arena, &play->zones, arena_strdup(play->arena, result->v[i]));
}

static void on_check(void *arg, const struct provider_checked *result)
{
    struct play *play = arg;
    play->over = true;
    play->err = result->err;
    play->detail = result->detail ? arena_strdup(play->arena, result->detail) : NULL;
}

static void on_find(void *arg, const struct provider_found *result)
{
    struct play *play = arg;
    play->over = true;
    play->err = result->err;
    play->zone = result->zone ? arena_strdup(play->arena, result->zone) : NULL;
}

/* ---- running a case ---- */

static void case_start(struct play *play, struct provider *provider, struct zone *zone)
{
    struct provider_port port = provider_port(provider);
    zone->name = play->subject;
    zone->cookie = play->cookie;
    for (size_t i = 0; i < play->n_changes; i++)
        play->apply[i] =
            (struct change){ .before = play->changes[i].before, .after = play->changes[i].after };
    if (strcmp(play->op, "READ") == 0)
        port.read(port.ctx, "test", play->subject, NULL, on_read, play);
    else if (strcmp(play->op, "READ-ZONE") == 0)
        port.read(port.ctx, "test", NULL, play->subject, on_read, play);
    else if (strcmp(play->op, "APPLY") == 0)
        port.apply(port.ctx, "test", zone, play->apply, play->n_changes, on_write, play);
    else if (strcmp(play->op, "SETTLE") == 0)
        port.settle(port.ctx, "test", zone, NULL, on_settle, play);
    else if (strcmp(play->op, "LIST") == 0)
        port.list(port.ctx, "test", on_list, play);
    else if (strcmp(play->op, "FIND") == 0)
        provider_find(provider, "test", play->subject, on_find, play);
    else
        provider_check(provider, "test", on_check, play);
}

static const struct rrset *set_find(const struct play *play, const char *owner, const char *type)
{
    for (size_t i = 0; i < play->n_sets; i++)
        if (strcmp(play->sets[i].owner, owner) == 0 &&
            strcmp(rtype_text(play->sets[i].type), type) == 0)
            return &play->sets[i];
    return NULL;
}

static const char *set_text(struct play *play, const struct rrset *set)
{
    const char *text =
        arena_printf(play->arena, "%s %u %s", set->owner, set->ttl, rtype_text(set->type));
    for (size_t i = 0; i < set->n; i++)
        text = arena_printf(play->arena, "%s%s%s", text, i ? " | " : " ",
                            rdata_zonefile_text(set->type, set->rr[i], play->arena));
    return text;
}

static void expect_set(struct play *play, const char *want)
{
    for (size_t i = 0; i < play->n_sets; i++)
        if (strcmp(set_text(play, &play->sets[i]), want) == 0)
            return;
    fault(play, "no such set", want);
    for (size_t i = 0; i < play->n_sets; i++)
        printf("    there is %s\n", set_text(play, &play->sets[i]));
}

static void expect_fate(struct play *play, const char *owner, const char *type, const char *want)
{
    static const char *const fates[] = { "not-tried", "applied", "conflict", "refused", "unknown" };
    for (size_t i = 0; i < play->n_changes; i++)
        if (strcmp(play->changes[i].owner, owner) == 0 &&
            strcmp(rtype_text(play->changes[i].type), type) == 0) {
            if (strcmp(fates[play->apply[i].fate], want) != 0)
                fault(play, "other fate", fates[play->apply[i].fate]);
            return;
        }
    fault(play, "no such change", owner);
}

static void expect_text(struct play *play, const char *have, const char *want)
{
    if (!have || strcmp(have, want) != 0)
        fault(play, "other text", have);
}

static void expect_error(struct play *play, const char *want)
{
    const char *code = err_code_text(play->err.code);
    size_t n = strlen(code);
    const char *words = want[n] ? want + n + 1 : "";
    if (strncmp(want, code, n) != 0 || (want[n] && want[n] != ' ') || play->err.code == ERR_NONE)
        fault(play, "other error", code);
    if (!strstr(play->err.message, words))
        fault(play, "other message", play->err.message);
    if (strstr(play->err.message, "s3cret"))
        fault(play, "the message holds the secret", play->err.message);
}

static void expect_about_set(struct play *play, const char *what, const char *rest)
{
    char owner[300] = "", type[40] = "";
    int used = 0;
    sscanf(rest, "%299s %39s %n", owner, type, &used);
    const struct rrset *set = set_find(play, owner, type);
    if (strcmp(what, "fate") == 0)
        expect_fate(play, owner, type, rest + used);
    else if (!set)
        fault(play, "no such set", rest);
    else if (strcmp(what, "extra") == 0)
        expect_text(play, set->extra, rest + used);
    else if (!set->unmanaged || !strstr(set->unmanaged, rest + used))
        fault(play, "other reason", set->unmanaged);
}

static void expect_one(struct play *play, const char *line, size_t *sets)
{
    char what[20] = "";
    int used = 0;
    sscanf(line, "%19s %n", what, &used);
    const char *rest = line + used;
    if (strcmp(what, "ok") == 0) {
        if (play->err.code != ERR_NONE)
            fault(play, "failed", play->err.message);
    } else if (strcmp(what, "error") == 0) {
        expect_error(play, rest);
    } else if (strcmp(what, "set") == 0) {
        (*sets)++;
        expect_set(play, rest);
    } else if (strcmp(what, "zone") == 0) {
        expect_text(play, play->zone, rest);
    } else if (strcmp(what, "cookie") == 0) {
        expect_text(play, play->zone_cookie, rest);
    } else if (strcmp(what, "detail") == 0) {
        expect_text(play, play->detail, rest);
    } else if (strcmp(what, "list") == 0) {
        expect_text(play, strv_join(play->arena, &play->zones, " "), rest);
    } else if (strcmp(what, "after") == 0) {
        if (play->took_ms < atoll(rest))
            fault(play, "too early",
                  arena_printf(play->arena, "%lld ms", (long long)play->took_ms));
    } else {
        expect_about_set(play, what, rest);
    }
}

static void case_judge(struct play *play)
{
    size_t sets = 0;
    if (!play->over)
        fault(play, "never ended", play->op);
    if (play->at < play->n_steps)
        fault(play, "request that never came", play->steps[play->at].path);
    for (size_t i = 0; i < play->expect.n; i++)
        expect_one(play, play->expect.v[i], &sets);
    if (play->expect.n == 0)
        fault(play, "expects nothing", play->op);
    if (sets && sets != play->n_sets)
        fault(play, "sets that were not expected",
              arena_printf(play->arena, "%zu instead of %zu", play->n_sets, sets));
}

static void case_run(struct play *play)
{
    struct err err;
    struct provider_account account;
    struct world world = { .answer = play_answer, .arg = play };
    struct loop_port loop = world_loop(&world);
    struct transport_port transport = world_transport(&world);
    if (!play->op)
        return;
    play->cases++;
    if (provider_account_parse("test", play->account, play->arena, &account, &err)) {
        fault(play, "settings", err.message);
        return;
    }
    struct provider_options options = { .accounts = &account,
                                        .n_accounts = 1,
                                        .plugin_folders = &play->folder,
                                        .n_plugin_folders = 1 };
    PROVIDER_SCOPED provider = provider_new(&loop, &transport, &options);
    struct zone zone = { 0 };
    case_start(play, provider, &zone);
    world_drain(&world);
    play->took_ms = world.now_ms;
    case_judge(play);
}

/* ---- reading ---- */

static void case_reset(struct play *play, const char *title)
{
    struct play kept = *play;
    memset(play, 0, sizeof *play);
    play->arena = kept.arena;
    play->folder = kept.folder;
    play->file = kept.file;
    play->account = kept.account;
    play->line = kept.line;
    play->faults = kept.faults;
    play->cases = kept.cases;
    play->title = title;
}

static struct rrset *set_read(struct play *play, const char *rest, const char *owner, uint16_t type)
{
    char *end;
    struct err err;
    struct rrset *set = rrset_new(play->arena, owner, type, (uint32_t)strtoul(rest, &end, 10));
    char *values = arena_strdup(play->arena, end), *save = NULL;
    while (*values == ' ')
        values++;
    for (char *value = *values ? values : NULL, *bar; value; value = bar ? bar + 3 : NULL) {
        struct rdata rdata;
        bar = strstr(value, " | ");
        if (bar)
            *bar = '\0';
        if (rdata_parse(type, value, ".", RDATA_ZONEFILE, play->arena, &rdata, &err))
            fault(play, "value", err.message);
        else
            rrset_add(play->arena, set, rdata);
    }
    (void)save;
    return set;
}

static void change_line(struct play *play, const char *line)
{
    if (play->n_changes == 0) {
        fault(play, "no CHANGE before", line);
        return;
    }
    struct rrset **side = line[0] == '-' ? &play->changes[play->n_changes - 1].before
                                         : &play->changes[play->n_changes - 1].after;
    if (line[1] == 'x' && *side)
        (*side)->extra = arena_strdup(play->arena, line + 3);
    else if (line[1] == 'u' && *side)
        (*side)->unmanaged = arena_strdup(play->arena, line + 3);
    else
        *side = set_read(play, line + 1, play->changes[play->n_changes - 1].owner,
                         play->changes[play->n_changes - 1].type);
}

static struct http_header header_read(struct play *play, const char *line)
{
    char *name = arena_strdup(play->arena, line), *colon = strstr(name, ": ");
    if (!colon)
        return (struct http_header){ name, "" };
    *colon = '\0';
    return (struct http_header){ name, colon + 2 };
}

static void request_line(struct play *play, const char *line)
{
    if (line[1] == ' ') {
        struct step *step = &play->steps[play->n_steps++];
        char *method = arena_strdup(play->arena, line + 2), *space = strchr(method, ' ');
        if (space)
            *space = '\0';
        step->method = method;
        step->path = space ? space + 1 : method + strlen(method);
        step->body = arena_strdup(play->arena, "");
        return;
    }
    struct step *step = &play->steps[play->n_steps ? play->n_steps - 1 : 0];
    if (line[1] == 'h')
        step->headers[step->n_headers++] = header_read(play, line + 3);
    else
        step->body = arena_strdup(play->arena, line + 3);
}

static void reply_line(struct play *play, const char *line)
{
    struct world_reply *reply = &play->steps[play->n_steps ? play->n_steps - 1 : 0].reply;
    if (line[1] == 'h') {
        reply->headers[reply->n_headers++] = header_read(play, line + 3);
    } else if (line[1] == '<') {
        const char *more = line[2] ? line + 3 : "";
        reply->body = reply->body ? arena_printf(play->arena, "%s\n%s", reply->body, more)
                                  : arena_strdup(play->arena, more);
    } else if (strcmp(line, "< lost") == 0) {
        reply->outcome = HTTP_LOST;
    } else if (strcmp(line, "< not-sent") == 0) {
        reply->outcome = HTTP_NOT_SENT;
    } else {
        reply->status = atoi(line + 2);
    }
}

static void change_start(struct play *play, const char *rest)
{
    char *owner = arena_strdup(play->arena, rest), *space = strchr(owner, ' ');
    struct err err;
    if (!space || rtype_parse(space + 1, &play->changes[play->n_changes].type, &err)) {
        fault(play, "change", rest);
        return;
    }
    *space = '\0';
    play->changes[play->n_changes++].owner = owner;
}

static void word_line(struct play *play, const char *line)
{
    char *word = arena_strdup(play->arena, line), *rest = strchr(word, ' ');
    if (rest)
        *rest++ = '\0';
    else
        rest = word + strlen(word);
    if (strcmp(word, "CASE") == 0) {
        case_run(play);
        case_reset(play, rest);
    } else if (strcmp(word, "ACCOUNT") == 0) {
        play->account = rest;
    } else if (strcmp(word, "COOKIE") == 0) {
        play->cookie = rest;
    } else if (strcmp(word, "CHANGE") == 0) {
        change_start(play, rest);
    } else {
        play->op = word;
        play->subject = rest;
    }
}

static void line_play(struct play *play, const char *line)
{
    if (line[0] == '\0' || line[0] == '#')
        return;
    if (line[0] == '>')
        request_line(play, line);
    else if (line[0] == '<')
        reply_line(play, line);
    else if (line[0] == '=')
        strv_push(play->arena, &play->expect, line + 2);
    else if (line[0] == '-' || line[0] == '+')
        change_line(play, line);
    else
        word_line(play, line);
}

static void file_play(struct play *play)
{
    struct err err;
    char *text;
    size_t len;
    if (file_read(play->file, 1u << 20, play->arena, &text, &len, &err)) {
        fault(play, "file", err.message);
        return;
    }
    case_reset(play, NULL);
    play->line = 0;
    for (char *line = text, *end; line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        play->line++;
        line_play(play, line);
    }
    case_run(play);
    play->op = NULL;
}

int main(int argc, char **argv)
{
    ARENA_SCOPED arena = arena_new("exchanges", 1u << 28);
    struct play play = { .arena = arena, .folder = argc > 1 ? argv[1] : "" };
    setenv("TEST_SECRET", "s3cret", 1);
    play.account = "{\"plugin\":\"powerdns\",\"url\":\"http://api.test/api/v1/servers/localhost/\","
                   "\"secret\":{\"env\":\"TEST_SECRET\"}}";
    for (int i = 2; i < argc; i++) {
        play.file = argv[i];
        file_play(&play);
    }
    printf("%d cases, %d faults\n", play.cases, play.faults);
    return play.faults || play.cases == 0;
}
