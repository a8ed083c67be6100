/* checks: what a ticket wants verified beyond DNS.  Decides nothing about the
 * rollout: a canary and the verify command ask alike. */
#include "rollout/checks.h"

#include <string.h>

#include "mail/lint.h"
#include "rollout/verify_judge.h"

#define HOOK "hook:"

enum { HOOK_JSON_MAX = 4 << 20 };

struct checking {
    const struct ports *ports;
    struct arena *arena;
    struct target *target;
    struct checks_options options;
    size_t left;
    enum verdict worst;
    void (*done)(void *arg, enum verdict verdict);
    void *arg;
};

struct hook {
    struct checking *checking;
    const char *word;
};

static bool is_hook(const char *word)
{
    return strncmp(word, HOOK, strlen(HOOK)) == 0;
}

bool checks_wanted(const struct strv *words)
{
    for (size_t i = 0; i < words->n; i++)
        if (strcmp(words->v[i], "mail-records") == 0 || is_hook(words->v[i]))
            return true;
    return false;
}

int checks_known(const struct check_port *port, const char *ticket, const struct strv *words,
                 struct err *err)
{
    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->v[i];
        if (is_hook(word) && !port->known(port->ctx, word + strlen(HOOK))) {
            err_set(err, ERR_INVALID, "%s asks for %s, and no such hook is configured", ticket,
                    word);
            return err_hint(err, "add it under \"hooks\" in dnschange.json");
        }
    }
    return 0;
}

static void line_add(struct checking *checking, const char *check, enum verdict verdict,
                     const char *detail)
{
    struct target *target = checking->target;
    struct check *line = vec_push(checking->arena, &target->checks);
    *line = (struct check){ check, target->domain, verdict,
                            detail ? arena_strdup(checking->arena, detail) : NULL };
    if (verdict == VERDICT_FAIL || checking->worst == VERDICT_PASS)
        checking->worst = verdict;
}

static const struct rrset *expected(const struct checking *checking, const struct target_set *set)
{
    return checking->options.side == VERIFY_BEFORE ? set->before : set->after;
}

static void mail_records(struct checking *checking)
{
    const struct target *target = checking->target;
    struct findings findings = { 0 };
    const char *wrong = NULL;
    for (size_t i = 0; i < target->n; i++)
        if (verify_asks(&target->sets[i]))
            lint_rrset(target->domain, target->sets[i].before, expected(checking, &target->sets[i]),
                       checking->arena, &findings);
    for (size_t i = 0; i < findings.n && !wrong; i++)
        if (findings.v[i].severity == SEVERITY_ERROR)
            wrong = findings.v[i].message;
    line_add(checking, "mail-records", wrong ? VERDICT_FAIL : VERDICT_PASS, wrong);
}

static void json_set(struct buf *out, const char *key, const struct rrset *set, struct arena *arena)
{
    buf_addf(out, ",\"%s\":", key);
    if (rrset_absent(set)) {
        buf_adds(out, "null");
        return;
    }
    buf_addf(out, "{\"ttl\":%u,\"values\":[", set->ttl);
    for (size_t i = 0; i < set->n; i++) {
        buf_adds(out, i ? "," : "");
        buf_json_string(out, rdata_text(set->type, set->rr[i], arena));
    }
    buf_adds(out, "]}");
}

static void json_sets(struct buf *out, const struct checking *checking)
{
    const char *before = "";
    for (size_t i = 0; i < checking->target->n; i++) {
        const struct target_set *set = &checking->target->sets[i];
        if (!verify_asks(set))
            continue;
        buf_addf(out, "%s{\"owner\":", before);
        buf_json_string(out, set->owner);
        buf_addf(out, ",\"type\":\"%s\"", rtype_text(set->type));
        json_set(out, "before", set->before, checking->arena);
        json_set(out, "after", expected(checking, set), checking->arena);
        buf_addc(out, '}');
        before = ",";
    }
}

static const char *hook_json(const struct checking *checking)
{
    BUF_SCOPED out = BUF(HOOK_JSON_MAX);
    buf_adds(&out, "{\"format\":1,\"ticket\":");
    buf_json_string(&out, checking->options.ticket);
    buf_addf(&out, ",\"attempt\":%u,\"domain\":", checking->options.attempt);
    buf_json_string(&out, checking->target->domain);
    buf_adds(&out, ",\"zone\":");
    buf_json_string(&out, checking->target->zone ? checking->target->zone : "");
    buf_adds(&out, ",\"sets\":[");
    json_sets(&out, checking);
    buf_adds(&out, "]}\n");
    return buf_take(&out, checking->arena);
}

static void hook_done(void *arg, const struct check_result *result)
{
    struct hook *hook = arg;
    struct checking *checking = hook->checking;
    line_add(checking, hook->word, result->verdict, result->detail);
    if (--checking->left == 0)
        checking->done(checking->arg, checking->worst);
}

static void hook_start(struct checking *checking, const char *word)
{
    const struct check_port *port = checking->ports->check;
    struct hook *hook = ARENA_NEW(checking->arena, struct hook);
    *hook = (struct hook){ checking, word };
    port->run(port->ctx, word + strlen(HOOK), hook_json(checking), hook_done, hook);
}

void checks_start(const struct ports *ports, struct arena *arena, struct target *target,
                  const struct checks_options *options,
                  void (*done)(void *arg, enum verdict verdict), void *arg)
{
    const struct strv *words = options->words;
    struct checking *checking = ARENA_NEW(arena, struct checking);
    *checking = (struct checking){ .ports = ports,
                                   .arena = arena,
                                   .target = target,
                                   .options = *options,
                                   .worst = VERDICT_PASS,
                                   .done = done,
                                   .arg = arg };
    for (size_t i = 0; i < words->n; i++)
        if (strcmp(words->v[i], "mail-records") == 0)
            mail_records(checking);
    bool hooks = checking->worst == VERDICT_PASS;
    /* Counted before the first one starts: a hook may answer at once. */
    for (size_t i = 0; i < words->n; i++)
        checking->left += hooks && is_hook(words->v[i]) ? 1 : 0;
    if (!checking->left)
        done(arg, checking->worst);
    else
        for (size_t i = 0; i < words->n; i++)
            if (is_hook(words->v[i]))
                hook_start(checking, words->v[i]);
}
