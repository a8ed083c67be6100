/* paste_curl: PATCH requests to PowerDNS (doc.powerdns.com/authoritative/http-api/
 * zone.html, PATCH /servers/{id}/zones/{id}).  Runs nothing. */
#include "rollout/paste_curl.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

struct account {
    const char *plugin, *url, *variable;
};

/* Names that a shell takes as a variable; anything else would be a command. */
static bool variable_valid(const char *name)
{
    if (!name || !(isalpha((unsigned char)*name) || *name == '_'))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    return true;
}

static const char *copy(struct arena *arena, const json_t *value)
{
    const char *text = json_string_value(value);
    return text ? arena_strdup(arena, text) : NULL;
}

static struct account account_read(const struct lkg *lkg, const char *name, struct arena *arena)
{
    struct account account = { .variable = "API_KEY" };
    for (size_t i = 0; i < lkg->n_providers; i++) {
        if (strcmp(lkg->providers[i].name, name) != 0)
            continue;
        json_t *root = json_loads(lkg->providers[i].json, 0, NULL);
        account.plugin = copy(arena, json_object_get(root, "plugin"));
        account.url = copy(arena, json_object_get(root, "url"));
        const char *env = copy(arena, json_object_get(json_object_get(root, "secret"), "env"));
        if (variable_valid(env))
            account.variable = env;
        json_decref(root);
    }
    return account;
}

const char *paste_line(const char *text, struct arena *arena)
{
    char *line = arena_strdup(arena, text);
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    return line;
}

void paste_curl_head(const struct lkg *lkg, struct buf *out)
{
    ARENA_SCOPED head = arena_new("rollback text", 1u << 20);
    buf_addf(out, "#!/bin/sh\n# puts back %s (attempt %" PRIu32 ")\n",
             paste_line(lkg->ticket, head), lkg->attempt);
    for (size_t i = 0; i < lkg->n_providers; i++) {
        ARENA_SCOPED arena = arena_new("rollback text", 1u << 20);
        struct account account = account_read(lkg, lkg->providers[i].name, arena);
        if (account.plugin && strcmp(account.plugin, "powerdns") == 0)
            buf_addf(out, "# needs the key of account %s in $%s\n: \"${%s:?}\"\n",
                     paste_line(lkg->providers[i].name, arena), account.variable, account.variable);
    }
}

/* Inside single quotes nothing is special but the quote. */
static void shell_quoted(struct buf *out, const char *text)
{
    buf_addc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *text);
    }
    buf_addc(out, '\'');
}

/* A zone's id is its name with a final dot, octets that a URL path cannot hold
 * as =XX. */
static void zone_id_write(struct buf *out, const char *zone)
{
    for (; *zone; zone++) {
        if (isalnum((unsigned char)*zone) || strchr("-._", *zone))
            buf_addc(out, *zone);
        else
            buf_addf(out, "=%02X", (unsigned char)*zone);
    }
    buf_addc(out, '.');
}

static void rrset_json(struct buf *out, const struct target_set *set, struct arena *arena)
{
    const struct rrset *to = set->before;
    bool present = to && to->n > 0;
    buf_adds(out, "{\"name\":");
    buf_json_string(out, name_dotted(set->owner, arena));
    buf_addf(out, ",\"type\":\"%s\",\"changetype\":\"%s\"", rtype_text(set->type),
             present ? "REPLACE" : "DELETE");
    if (present)
        buf_addf(out, ",\"ttl\":%" PRIu32 ",\"records\":[", to->ttl);
    for (size_t i = 0; present && i < to->n; i++) {
        buf_adds(out, i ? ",{\"content\":" : "{\"content\":");
        buf_json_string(out, rdata_zonefile_text(to->type, to->rr[i], arena));
        buf_adds(out, ",\"disabled\":false}");
    }
    buf_adds(out, present ? "]}" : "}");
}

static void body_write(struct buf *body, const struct target *target, struct arena *arena)
{
    bool first = true;
    buf_adds(body, "{\"rrsets\":[");
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (set->cls != CLASS_CHANGE && set->cls != CLASS_MOVED)
            continue;
        buf_adds(body, first ? "" : ",");
        rrset_json(body, set, arena);
        first = false;
    }
    buf_adds(body, "]}");
}

/* What the values alone do not restore is said, not guessed. */
static void extra_note(struct buf *out, const struct target *target, struct arena *arena)
{
    for (size_t i = 0; i < target->n; i++) {
        const struct target_set *set = &target->sets[i];
        if (set->before && set->before->extra)
            buf_addf(out, "# not in this command, kept beside %s %s: %s\n", set->owner,
                     rtype_text(set->type), paste_line(set->before->extra, arena));
    }
}

int paste_curl_target(const struct lkg *lkg, const struct target *target, struct arena *arena,
                      struct buf *out, struct err *err)
{
    struct account account = account_read(lkg, target->account, arena);
    if (!account.plugin || strcmp(account.plugin, "powerdns") != 0 || !account.url) {
        err_set(err, ERR_INVALID, "%s: there is no curl form for account %s (%s)", target->domain,
                target->account, account.plugin ? account.plugin : "unknown plugin");
        return err_hint(err, "use --print paste, zone or nsupdate");
    }
    BUF_SCOPED body = BUF(16u << 20), url = BUF(16u << 10);
    body_write(&body, target, arena);
    buf_addf(&url, "%s/zones/", account.url);
    zone_id_write(&url, target->zone);
    buf_addf(out, "\n# %s\n", target->domain);
    extra_note(out, target, arena);
    buf_addf(out,
             "curl -fsS -X PATCH -H \"X-API-Key: $%s\" -H 'Content-Type: application/json' \\\n"
             "  --data ",
             account.variable);
    shell_quoted(out, buf_text(&body));
    buf_adds(out, " \\\n  ");
    shell_quoted(out, buf_text(&url));
    buf_addc(out, '\n');
    if (buf_full(&body) || buf_full(&url))
        return err_set(err, ERR_FAILED, "%s: too much for one command", target->domain);
    return 0;
}
