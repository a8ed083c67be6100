/* reading_dns: what the authoritative servers say where there is no secret for
 * reading: the sets a ticket's edits touch, the CNAME at their names and the SOA.
 * Such a zone is not whole, and records that are kept but not served are not
 * seen. */
#include <string.h>

#include "rollout/reading_internal.h"

#define LABELS_MIN 2 /* a top level domain is nobody's zone here */

enum { RCODE_NOERROR = 0, RCODE_NXDOMAIN = 3 };

struct question;

struct dns_read {
    struct reading_group *group;
    const char *candidate; /* may be the zone */
    struct server *servers;
    size_t n_servers;
    struct {
        struct question **v;
        size_t n, cap;
    } questions;
    size_t pending;
    struct err err; /* the first that stayed without an answer */
};

struct question {
    struct dns_read *read;
    const char *owner;
    uint16_t type;
    size_t server; /* the one being asked */
    struct rrset *set;
};

static void servers_find(struct dns_read *read);

static void read_finish(struct dns_read *read, const struct zone *zone, const struct err *err)
{
    struct reading_group *group = read->group;
    if (zone)
        servers_keep(group->run->reading, group->account, zone->name, read->servers,
                     read->n_servers, group->settings);
    group_deliver(group, zone, "dns", err);
    reading_end(group->run);
}

/* --- questions --------------------------------------------------------------- */

static void question_ask(struct question *question);

static void questions_done(struct dns_read *read);

static bool reply_good(const struct dns_reply *reply)
{
    return reply->status == DNS_ANSWERED && reply->answer.aa &&
           (reply->answer.rcode == RCODE_NOERROR || reply->answer.rcode == RCODE_NXDOMAIN);
}

static void answer_came(void *arg, const struct dns_reply *reply)
{
    struct question *question = arg;
    struct dns_read *read = question->read;
    if (!reply_good(reply) && ++question->server < read->n_servers) {
        question_ask(question);
        return;
    }
    if (reply_good(reply))
        question->set = rrset_copy(read->group->run->scratch, reply->answer.set);
    else if (read->err.code == ERR_NONE)
        err_set(&read->err, ERR_FAILED, "no nameserver of %s answers for %s %s: %s",
                read->candidate, question->owner, rtype_text(question->type),
                reply->status == DNS_ANSWERED ? "not authoritative" : reply->err.message);
    if (--read->pending == 0)
        questions_done(read);
}

static void question_ask(struct question *question)
{
    const struct dns_port *dns = question->read->group->run->in->ports->dns;
    struct dns_question asked = { .server = question->read->servers[question->server],
                                  .name = question->owner,
                                  .type = question->type };
    dns->query(dns->ctx, &asked, answer_came, question);
}

static void question_add(struct dns_read *read, const char *owner, uint16_t type)
{
    struct arena *scratch = read->group->run->scratch;
    for (size_t i = 0; i < read->questions.n; i++)
        if (read->questions.v[i]->type == type && strcmp(read->questions.v[i]->owner, owner) == 0)
            return;
    struct question *question = ARENA_NEW(scratch, struct question);
    *question = (struct question){ .read = read, .owner = owner, .type = type };
    *vec_push(scratch, &read->questions) = question;
}

static void questions_ask(struct dns_read *read, size_t from)
{
    read->pending = read->questions.n - from;
    for (size_t i = from; i < read->questions.n; i++)
        question_ask(read->questions.v[i]);
}

/* --- which zone -------------------------------------------------------------- */

/* Up one name, unless the portfolio says which zone it is. */
static void candidate_next(struct dns_read *read, const struct err *why)
{
    const char *parent = name_parent(read->candidate);
    if (read->group->zone || !parent || name_labels(parent) < LABELS_MIN) {
        read_finish(read, NULL, why);
        return;
    }
    read->candidate = parent;
    read->questions.n = 0;
    read->err.code = ERR_NONE;
    servers_find(read);
}

static void servers_came(void *arg, const struct dns_servers *servers)
{
    struct dns_read *read = arg;
    struct arena *scratch = read->group->run->scratch;
    if (servers->err.code != ERR_NONE || servers->n == 0) {
        struct err why = servers->err;
        if (why.code == ERR_NONE)
            err_set(&why, ERR_NOT_FOUND, "no nameserver of %s is known", read->candidate);
        candidate_next(read, &why);
        return;
    }
    read->servers = arena_memdup(scratch, servers->v, servers->n * sizeof *servers->v);
    read->n_servers = servers->n;
    for (size_t i = 0; i < servers->n; i++)
        if (servers->v[i].name)
            read->servers[i].name = arena_strdup(scratch, servers->v[i].name);
    question_add(read, read->candidate, TYPE_SOA);
    questions_ask(read, 0);
}

static void servers_find(struct dns_read *read)
{
    struct reading_group *group = read->group;
    const struct dns_port *dns = group->run->in->ports->dns;
    const struct strv *own = group->settings ? &group->settings->nameservers : NULL;
    if (own && own->n > 0 &&
        servers_parse(own, group->run->scratch, &read->servers, &read->n_servers, NULL) == 0) {
        question_add(read, read->candidate, TYPE_SOA);
        questions_ask(read, 0);
        return;
    }
    dns->servers(dns->ctx, read->candidate, servers_came, read);
}

/* --- the sets ---------------------------------------------------------------- */

static int touched_add(struct dns_read *read, const struct domain *domain, struct err *err)
{
    struct reading_group *group = read->group;
    const struct ticket *ticket = group->run->in->ticket;
    struct edit_place place = { .domain = domain,
                                .zone = read->candidate,
                                .ticket_vars = ticket_vars(ticket, domain->name),
                                .ttl_default_s = group->caps->ttl_default_s };
    for (size_t i = 0; i < ticket->change.n; i++) {
        const char *owner;
        if (edit_owner(&ticket->change.v[i], &place, group->run->scratch, &owner, err))
            return -1;
        question_add(read, owner, ticket->change.v[i].type);
        question_add(read, owner, TYPE_CNAME);
    }
    return 0;
}

static void zone_deliver(struct dns_read *read)
{
    struct arena *scratch = read->group->run->scratch;
    struct zone zone = { .name = read->candidate };
    zone.sets = ARENA_ARRAY(scratch, struct rrset, read->questions.n + 1);
    for (size_t i = 0; i < read->questions.n; i++)
        if (read->questions.v[i]->set)
            zone.sets[zone.n++] = *read->questions.v[i]->set;
    zone_sort(&zone);
    read_finish(read, &zone, NULL);
}

static void touched_ask(struct dns_read *read)
{
    const struct reading_group *group = read->group;
    struct err err = { 0 };
    for (size_t i = 0; i < group->items.n; i++) {
        if (touched_add(read, group->run->in->items[group->items.v[i]].domain, &err)) {
            read_finish(read, NULL, &err);
            return;
        }
    }
    if (read->questions.n == 1)
        zone_deliver(read);
    else
        questions_ask(read, 1);
}

/* Called with the SOA alone, then with everything else. */
static void questions_done(struct dns_read *read)
{
    bool first = read->questions.n == 1;
    struct err why = read->err;
    if (first && (why.code != ERR_NONE || !read->questions.v[0]->set)) {
        if (why.code == ERR_NONE)
            err_set(&why, ERR_NOT_FOUND, "%s is no zone at its nameservers", read->candidate);
        candidate_next(read, &why);
    } else if (first) {
        touched_ask(read);
    } else if (why.code != ERR_NONE) {
        read_finish(read, NULL, &why);
    } else {
        zone_deliver(read);
    }
}

void group_read_dns(struct reading_group *group)
{
    struct dns_read *read = ARENA_NEW(group->run->scratch, struct dns_read);
    read->group = group;
    read->candidate = group->zone ? group->zone : group->name;
    servers_find(read);
}
