/* triage: asks all servers at once, then judges each row. */
#include "survey/triage.h"

#include <string.h>

#include "base/map.h"
#include "mail/dmarc.h"
#include "mail/spf.h"

struct asking {
    const struct ports *ports;
    struct arena *arena;
    size_t running;
    bool done;
};

struct question {
    struct asking *asking;
    size_t row, answer;
    struct triage *triage;
};

/* Of a TXT set only the records in question: the others are not the mail's. */
static const struct rrset *relevant(const struct triage_row *row, const struct rrset *set,
                                    struct arena *arena)
{
    bool spf = !strcmp(row->what, "SPF"), dmarc = !strcmp(row->what, "DMARC");
    if (rrset_absent(set))
        return NULL;
    if (!spf && !dmarc)
        return rrset_copy(arena, set);
    struct rrset *part = rrset_new(arena, set->owner, set->type, set->ttl);
    for (size_t i = 0; i < set->n; i++) {
        if (spf ? spf_is_record(set->rr[i], arena) : dmarc_is_record(set->rr[i], arena))
            rrset_add(arena, part, set->rr[i]);
    }
    return part->n ? rrset_copy(arena, part) : NULL;
}

static bool same(const struct rrset *a, const struct rrset *b)
{
    if (rrset_absent(a) || rrset_absent(b))
        return rrset_absent(a) && rrset_absent(b);
    return rrset_same_values(a, b);
}

static const char *const rcodes[] = { "NOERROR",  "FORMERR", "SERVFAIL",
                                      "NXDOMAIN", "NOTIMP",  "REFUSED" };

static const char *silence(const struct dns_reply *reply, struct arena *arena)
{
    const struct answer *answer = &reply->answer;
    if (reply->status == DNS_TIMEOUT)
        return "no answer";
    if (reply->status == DNS_BROKEN)
        return arena_strdup(arena, reply->err.message);
    if (answer->rcode != 0 && answer->rcode != 3)
        return answer->rcode < sizeof rcodes / sizeof *rcodes
                   ? rcodes[answer->rcode]
                   : arena_printf(arena, "rcode %u", answer->rcode);
    if (answer->referral)
        return "refers elsewhere: does not have this zone";
    return answer->aa ? NULL : "not authoritative";
}

static void on_reply(void *arg, const struct dns_reply *reply)
{
    struct question *question = arg;
    struct asking *asking = question->asking;
    struct triage_row *row = &question->triage->v[question->row];
    struct triage_answer *answer = &row->answers[question->answer];
    answer->detail = silence(reply, asking->arena);
    answer->mark = answer->detail ? TRIAGE_SILENT : TRIAGE_EXPECTED;
    if (!answer->detail)
        answer->set = relevant(row, reply->answer.set ? reply->answer.set : reply->answer.synonym,
                               asking->arena);
    asking->running--;
    asking->done = !asking->running;
}

/* A recorded set of each domain whose servers were captured with it. */
static struct map *captured(const struct known *known, struct arena *arena)
{
    struct map *sets = map_new(arena);
    for (size_t i = 0; i < known->n; i++) {
        if (known->v[i].n_servers)
            map_put(sets, known->v[i].domain, &known->v[i]);
    }
    return sets;
}

/* Where the servers cannot be found now, those captured with the records do. */
static void servers_fall_back(const struct map *sets, const char *domain, struct arena *arena,
                              struct zone_servers *found)
{
    const struct known_set *set = found->n ? NULL : map_get(sets, domain);
    if (!set)
        return;
    found->v = servers_copy(arena, set->servers, set->n_servers);
    found->n = set->n_servers;
}

static void row_add(struct triage *triage, const struct domain *domain, const char *what,
                    const struct zone_servers *servers, const struct known *known,
                    struct arena *arena)
{
    struct triage_row *row = vec_push(arena, triage);
    bool dmarc = !strcmp(what, "DMARC");
    row->domain = domain->name;
    row->what = what;
    row->owner = dmarc ? arena_printf(arena, "_dmarc.%s", domain->name) : domain->name;
    row->type = !strcmp(what, "MX") ? TYPE_MX : TYPE_TXT;
    row->known = known_find(known, NULL, row->owner, row->type, arena);
    row->n = servers->n ? servers->n : 1;
    row->answers = ARENA_ARRAY(arena, struct triage_answer, row->n);
    for (size_t i = 0; i < servers->n; i++)
        row->answers[i].server = servers->v[i];
    if (!servers->n) {
        row->answers[0].mark = TRIAGE_SILENT;
        row->answers[0].detail = arena_strdup(arena, servers->err.message);
    }
}

static void row_ask(struct asking *asking, struct triage *triage, size_t i)
{
    const struct dns_port *dns = asking->ports->dns;
    struct triage_row *row = &triage->v[i];
    for (size_t k = 0; k < row->n; k++) {
        if (row->answers[k].mark == TRIAGE_SILENT)
            continue;
        struct question *question = ARENA_NEW(asking->arena, struct question);
        *question = (struct question){ asking, i, k, triage };
        const struct dns_question ask = { .server = row->answers[k].server,
                                          .name = row->owner,
                                          .type = row->type };
        asking->running++;
        dns->query(dns->ctx, &ask, on_reply, question);
    }
}

/* What the known set says of the records in question, or NULL. */
static void known_sides(const struct triage_row *row, struct arena *arena,
                        const struct rrset **ret_expected, const struct rrset **ret_lkg)
{
    *ret_expected = *ret_lkg = NULL;
    if (!row->known)
        return;
    const struct rrset *expected =
        row->known->expected ? row->known->expected : row->known->synthesised;
    *ret_expected = relevant(row, expected, arena);
    *ret_lkg = relevant(row, row->known->lkg, arena);
}

static const struct rrset *first_answer(const struct triage_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        if (row->answers[i].mark != TRIAGE_SILENT)
            return row->answers[i].set;
    }
    return NULL;
}

void triage_judge(struct triage_row *row, struct arena *arena)
{
    const struct rrset *expected, *lkg;
    known_sides(row, arena, &expected, &lkg);
    /* Nothing recorded: the servers can only be held against each other. */
    if (!row->known)
        expected = lkg = first_answer(row);
    row->differs = false;
    for (size_t i = 0; i < row->n; i++) {
        struct triage_answer *answer = &row->answers[i];
        if (answer->mark != TRIAGE_SILENT) {
            answer->mark = same(answer->set, expected) ? TRIAGE_EXPECTED
                           : same(answer->set, lkg)    ? TRIAGE_LKG
                                                       : TRIAGE_DIFFERS;
        }
        row->differs = row->differs || answer->mark != TRIAGE_EXPECTED;
    }
}

int triage_read(const struct ports *ports, const struct settings *settings,
                const struct domains *domains, const struct known *known, struct arena *arena,
                struct triage *ret, struct err *err)
{
    static const char *const whats[] = { "MX", "SPF", "DMARC" };
    struct zone_servers *servers;
    struct asking asking = { .ports = ports, .arena = arena };
    *ret = (struct triage){ 0 };
    if (servers_find(ports, settings, domains, arena, &servers, err))
        return -1;
    const struct map *sets = captured(known, arena);
    for (size_t i = 0; i < domains->n; i++) {
        servers_fall_back(sets, domains->v[i]->name, arena, &servers[i]);
        for (size_t k = 0; k < sizeof whats / sizeof *whats; k++)
            row_add(ret, domains->v[i], whats[k], &servers[i], known, arena);
    }
    for (size_t i = 0; i < ret->n; i++)
        row_ask(&asking, ret, i);
    if (asking.running && ports->loop->run(ports->loop->ctx, &asking.done, err))
        return -1;
    for (size_t i = 0; i < ret->n; i++)
        triage_judge(&ret->v[i], arena);
    return 0;
}
