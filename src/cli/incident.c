/* incident: settings from the LKG, and the end of a running writer. */
#include "cli/incident.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#include "store/request.h"

enum { WAIT_MS = 60000, LOOK_MS = 100 };

static const char *account_trouble(struct session *s, const char *name)
{
    struct err err;
    const struct provider_settings *present = settings_provider(&s->settings, name);
    if (!present)
        return "is not in the settings";
    if (!s->ports.provider->caps(s->ports.provider->ctx, name, &err))
        return arena_strdup(s->arena, err.message);
    return NULL;
}

static const char *url_of(const struct lkg_provider *provider, struct arena *arena)
{
    json_t *root = json_loads(provider->json, 0, NULL);
    const char *url = json_string_value(json_object_get(root, "url"));
    const char *copy = arena_strdup(arena, url ? url : "(no URL)");
    json_decref(root);
    return copy;
}

/* The present settings with the providers in trouble as they were captured. */
static int settings_merge(struct session *s, const struct lkg *lkg, const struct strv *broken,
                          struct settings *ret, struct err *err)
{
    struct strv warnings = { 0 };
    BUF_SCOPED text = BUF(4 << 20);
    size_t n = 0;
    buf_adds(&text, "{\"version\":1,\"providers\":{");
    for (size_t i = 0; i < s->settings.n_providers; i++) {
        const struct provider_settings *one = &s->settings.providers[i];
        if (strv_has(broken, one->name))
            continue;
        buf_adds(&text, n++ ? "," : "");
        buf_json_string(&text, one->name);
        buf_addf(&text, ":%s", one->json);
    }
    for (size_t i = 0; i < lkg->n_providers; i++) {
        if (!strv_has(broken, lkg->providers[i].name))
            continue;
        buf_adds(&text, n++ ? "," : "");
        buf_json_string(&text, lkg->providers[i].name);
        buf_addf(&text, ":%s", lkg->providers[i].json);
    }
    buf_adds(&text, "}}");
    const char *source = buf_take(&text, s->arena);
    struct settings merged;
    if (settings_parse("lkg.json", source, true, s->arena, &warnings, &merged, err))
        return err_wrap(err, "provider settings as captured");
    if (s->settings_ok) { /* everything but the providers stays */
        struct provider_settings *providers = merged.providers;
        n = merged.n_providers;
        merged = s->settings;
        merged.providers = providers;
        merged.n_providers = n;
    }
    *ret = merged;
    return 0;
}

int incident_settings(struct session *s, const char *id, bool yes, struct err *err)
{
    struct attempt_info info;
    /* Of all the values only the provider settings are looked at. */
    ARENA_SCOPED scratch = arena_new("provider settings of LKG", SIZE_MAX);
    struct lkg lkg;
    struct strv broken = { 0 }, shown = { 0 };
    struct settings merged;
    if (attempt_read(&s->ports, id, s->arena, &info, err))
        return -1;
    if (attempt_lkg(&s->ports, id, info.attempt, scratch, &lkg, err)) {
        if (err->code != ERR_NOT_FOUND || info.state == TICKET_DONE)
            return -1;
        *err = (struct err){ 0 }; /* stopped before the capture: no provider is needed */
        return 0;
    }
    for (size_t i = 0; i < lkg.n_providers; i++) {
        const struct lkg_provider *provider = &lkg.providers[i];
        const char *trouble = account_trouble(s, provider->name);
        if (!trouble)
            continue;
        out_warn(&s->cli->out, "provider %s %s", provider->name, trouble);
        strv_push(scratch, &broken, provider->name);
        strv_push(scratch, &shown,
                  arena_printf(scratch, "%s at %s", provider->name, url_of(provider, scratch)));
    }
    if (!broken.n)
        return 0;
    if (out_confirm(&s->cli->out, yes, err, "Use the provider settings captured with %s (%s)?", id,
                    strv_join(scratch, &shown, ", ")))
        return -1;
    if (settings_merge(s, &lkg, &broken, &merged, err))
        return -1;
    return session_use_settings(s, &merged, err);
}

static void nap(void)
{
    const struct timespec look = { 0, LOOK_MS * 1000000L };
    nanosleep(&look, NULL);
}

int incident_preempt(struct session *s, const char *id, const char *doing, const char *reason,
                     struct err *err)
{
    struct lock_holder holder;
    if (!lock_is_held(s->repo, id, s->arena, &holder))
        return 0;
    const char *who = repo_user_at_host(s->arena);
    const struct request request = {
        .what = CONTROL_ABORT,
        .who = who,
        .reason = arena_printf(s->arena, "%s%s%s", doing, reason ? ": " : "", reason ? reason : ""),
        .wall_s = session_wall_s(s),
    };
    out_note(&s->cli->out, "%s is running here (%s, pid %u): it is asked to stop and put back", id,
             holder.doing ? holder.doing : "?", holder.pid);
    if (request_write(s->repo, id, &request, err))
        return -1;
    for (int waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
        if (!lock_is_held(s->repo, id, s->arena, NULL))
            return 0;
        nap();
    }
    err_set(err, ERR_CONFLICT, "%s: pid %u (%s) may still be writing and did not stop in a minute",
            id, holder.pid, holder.who ? holder.who : "?");
    return err_hint(err, "end that process (kill %u), then try again", holder.pid);
}
