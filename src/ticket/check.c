/* check: the rules of a ticket that need no live value. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "dns/name.h"
#include "ticket/edit_parts.h"
#include "ticket/ticket_parts.h"

struct check {
    const struct ticket *ticket;
    const struct settings *settings;
    const struct portfolio *portfolio;
    struct arena *arena;
    struct map *written; /* "account owner type" to the domain that writes it */
};

static int named(const struct ticket *ticket, struct err *err)
{
    if (!ticket->id || !id_valid(ticket->id))
        return err_set(err, ERR_INVALID, "the ticket has no valid id");
    if (!ticket->requested_by || !*ticket->requested_by)
        return err_set(err, ERR_INVALID, "requested_by is empty");
    if (!ticket->reason || !ticket->reason[strspn(ticket->reason, " \t\r\n")])
        return err_set(err, ERR_INVALID, "the reason is empty");
    if (ticket->change.n == 0)
        return err_set(err, ERR_INVALID, "the ticket changes nothing");
    if (ticket->has_window && ticket->window.from_s >= ticket->window.to_s)
        return err_set(err, ERR_INVALID, "the window ends before it begins");
    if (ticket->after_ticket && strcmp(ticket->after_ticket, ticket->id) == 0)
        return err_set(err, ERR_INVALID, "the ticket waits for itself");
    return 0;
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool in_scope(const struct ticket *ticket, const char *domain)
{
    return ticket->domains.n && bsearch(&domain, ticket->domains.v, ticket->domains.n,
                                        sizeof *ticket->domains.v, text_compare);
}

static int scope_check(const struct check *check, struct err *err)
{
    const struct ticket *ticket = check->ticket;
    if (ticket->domains.n == 0)
        return err_set(err, ERR_INVALID, "scope.domains is empty");
    for (size_t i = 0; i < ticket->domains.n; i++)
        if (!portfolio_find(check->portfolio, ticket->domains.v[i]))
            return err_set(err, ERR_INVALID, "scope.domains: %s is not in the portfolio",
                           ticket->domains.v[i]);
    for (size_t i = 0; i < ticket->canary.n; i++)
        if (!in_scope(ticket, ticket->canary.v[i]))
            return err_set(err, ERR_INVALID, "rollout.canary: %s is not in the scope",
                           ticket->canary.v[i]);
    for (size_t i = 0; i < ticket->n_vars; i++)
        if (!in_scope(ticket, ticket->vars[i].domain))
            return err_set(err, ERR_INVALID, "vars: %s is not in the scope",
                           ticket->vars[i].domain);
    return 0;
}

static int clients_check(const struct check *check, struct err *err)
{
    const struct ticket *ticket = check->ticket;
    if (strcmp(check->settings->policy.clients, "separate") != 0 || ticket->cross_client)
        return 0;
    const struct client *first = NULL;
    for (size_t i = 0; i < ticket->domains.n; i++) {
        const struct domain *domain = portfolio_find(check->portfolio, ticket->domains.v[i]);
        if (!first)
            first = domain->client;
        if (domain->client == first)
            continue;
        err_set(err, ERR_INVALID, "the scope holds domains of clients %s and %s", first->name,
                domain->client->name);
        return err_hint(err, "one ticket a client, or \"cross_client\": true and the approval of "
                             "each");
    }
    return 0;
}

static bool hook_known(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->n_hooks; i++)
        if (strcmp(settings->hooks[i].name, name) == 0)
            return true;
    return false;
}

static int words_check(const struct check *check, struct err *err)
{
    const struct ticket *ticket = check->ticket;
    for (size_t i = 0; i < ticket->allow.n; i++)
        if (!allow_known(ticket->allow.v[i])) {
            err_set(err, ERR_INVALID, "allow: \"%s\" is no word for this", ticket->allow.v[i]);
            return err_hint(err, ALLOW_WORDS);
        }
    for (size_t i = 0; i < ticket->verification.n; i++) {
        const char *name = ticket->verification.v[i];
        bool known = strcmp(name, "dns") == 0 || strcmp(name, "mail-records") == 0;
        if (strncmp(name, "hook:", 5) == 0)
            known = hook_known(check->settings, name + 5);
        if (!known) {
            err_set(err, ERR_INVALID, "verification: \"%s\" is not configured", name);
            return err_hint(err, "checks: dns, mail-records, and hook:NAME for \"hooks\" of the "
                                 "settings");
        }
    }
    return 0;
}

/* --- edits on one domain -------------------------------------------------- */

struct touch { /* what one edit writes at one domain */
    const struct edit *edit;
    const char *owner;
    struct rdata *values;
};

static bool takes_all(const struct edit *edit)
{
    return edit->action == EDIT_SET || (edit->action == EDIT_REMOVE && edit->values.n == 0);
}

/* Two edits of one set go together when the order between them does not matter. */
static const char *clash(const struct touch *a, const struct touch *b)
{
    if (takes_all(a->edit) || takes_all(b->edit))
        return "write the whole set";
    if (a->edit->action == b->edit->action &&
        (a->edit->action == EDIT_TTL || a->edit->action == EDIT_SPF ||
         a->edit->action == EDIT_DMARC))
        return "write the same thing";
    for (size_t i = 0; i < a->edit->values.n; i++)
        for (size_t k = 0; k < b->edit->values.n; k++)
            if (rdata_equal(a->edit->type, a->values[i], b->values[k]))
                return "name the same record";
    return NULL;
}

static int clashes_check(const struct touch *touches, size_t n, const char *domain, struct err *err)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++) {
            const struct touch *a = &touches[k], *b = &touches[i];
            if (a->edit->type != b->edit->type || strcmp(a->owner, b->owner) != 0)
                continue;
            const char *why = clash(a, b);
            if (!why)
                continue;
            err_set(err, ERR_INVALID, "%s: change %zu and %zu both %s (%s %s)", domain, k + 1,
                    i + 1, why, a->edit->owner, rtype_text(a->edit->type));
            return err_hint(err, "make them one edit");
        }
    return 0;
}

/* Grammar that only shows when variables are filled in. */
static int terms_check(const struct edit *edit, const struct edit_place *place, struct arena *arena,
                       struct err *err)
{
    struct spf_edit spf = { 0 };
    struct dmarc_edit dmarc = { 0 };
    if (edit->action == EDIT_SPF && edit_expand_spf(edit, place, arena, &spf, err) != 0)
        return -1;
    if (edit->action == EDIT_DMARC && edit_expand_dmarc(edit, place, arena, &dmarc, err) != 0)
        return -1;
    for (size_t i = 0; i < spf.add.n; i++)
        if (spf_term_check(spf.add.v[i], err) != 0)
            return -1;
    for (size_t i = 0; i < dmarc.n_set; i++)
        if (dmarc_tag_check(dmarc.set[i].name, dmarc.set[i].value, err) != 0)
            return -1;
    return 0;
}

/* A name that another client's entry covers is that client's to change. */
static int boundary_check(const struct check *check, const struct domain *domain, const char *owner,
                          struct err *err)
{
    for (const char *name = owner; name && strcmp(name, domain->name) != 0;
         name = name_parent(name)) {
        const struct domain *other = portfolio_find(check->portfolio, name);
        if (!other || other->client == domain->client)
            continue;
        for (size_t i = 0; i < other->providers.n; i++)
            if (strv_has(&domain->providers, other->providers.v[i]))
                return err_set(err, ERR_INVALID, "%s belongs to client %s (%s), not to %s", owner,
                               other->client->name, other->name, domain->name);
    }
    return 0;
}

static int touch_make(const struct check *check, const struct edit_place *place,
                      struct touch *touch, struct arena *arena, struct err *err)
{
    const struct edit *edit = touch->edit;
    touch->values = ARENA_ARRAY(arena, struct rdata, edit->values.n);
    if (edit_owner(edit, place, arena, &touch->owner, err) != 0 ||
        boundary_check(check, place->domain, touch->owner, err) != 0 ||
        terms_check(edit, place, arena, err) != 0)
        return -1;
    for (size_t i = 0; i < edit->values.n; i++)
        if (edit_rdata(edit, place, i, arena, &touch->values[i], err) != 0)
            return -1;
    if (edit->action != EDIT_SET)
        return 0;
    struct rrset *set; /* the rules of one set on its own */
    return edit_compute(edit, place, NULL, arena, &set, err);
}

/* No set may be written through two domains of the scope. */
static int written_check(const struct check *check, const struct domain *domain,
                         const struct touch *touch, struct err *err)
{
    for (size_t i = 0; i < domain->providers.n; i++) {
        char *key = arena_printf(check->arena, "%s %s %u", domain->providers.v[i], touch->owner,
                                 touch->edit->type);
        const char *other = map_get(check->written, key);
        if (other && strcmp(other, domain->name) != 0) {
            err_set(err, ERR_INVALID, "%s %s is written through %s and through %s", touch->owner,
                    rtype_text(touch->edit->type), other, domain->name);
            return err_hint(err, "take one of the two out of the scope");
        }
        map_put(check->written, key, arena_strdup(check->arena, domain->name));
    }
    return 0;
}

static int domain_check(const struct check *check, const struct domain *domain, struct err *err)
{
    const struct ticket *ticket = check->ticket;
    const struct edit_place place = { .domain = domain,
                                      .zone = domain->zone ? domain->zone : domain->name,
                                      .ticket_vars = ticket_vars(ticket, domain->name),
                                      .ttl_default_s = 3600 };
    ARENA_SCOPED scratch = arena_new("ticket check", 256u << 20);
    struct touch *touches = ARENA_ARRAY(scratch, struct touch, ticket->change.n);
    for (size_t i = 0; i < ticket->change.n; i++) {
        touches[i].edit = &ticket->change.v[i];
        if (touch_make(check, &place, &touches[i], scratch, err) != 0)
            return err_wrap(err, "%s, change %zu", domain->name, i + 1);
        if (written_check(check, domain, &touches[i], err) != 0)
            return -1;
    }
    return clashes_check(touches, ticket->change.n, domain->name, err);
}

int ticket_check(const struct ticket *ticket, const struct settings *settings,
                 const struct portfolio *portfolio, struct arena *arena, struct err *err)
{
    struct check check = { ticket, settings, portfolio, arena, map_new(arena) };
    struct rollout_settings rollout;
    if (named(ticket, err) != 0 || scope_check(&check, err) != 0 ||
        clients_check(&check, err) != 0 || words_check(&check, err) != 0 ||
        ticket_rollout(ticket, &settings->rollout, arena, &rollout, err) != 0)
        return -1;
    for (size_t i = 0; i < ticket->domains.n; i++)
        if (domain_check(&check, portfolio_find(portfolio, ticket->domains.v[i]), err) != 0)
            return -1;
    return 0;
}
