/* triage: the mail records of each domain as every nameserver answers them now,
 * beside what the records say should be there.  Reads DNS and records only. */
#pragma once
#include "survey/known.h"
#include "survey/servers.h"

enum triage_mark {
    TRIAGE_EXPECTED, /* as the records say, or (nothing recorded) as all others say */
    TRIAGE_LKG,      /* as it was before the newest ticket, which should have changed it */
    TRIAGE_DIFFERS,  /* something else */
    TRIAGE_SILENT    /* no usable answer */
};

struct triage_answer {
    struct server server;
    enum triage_mark mark;
    const struct rrset *set; /* NULL: absent */
    const char *detail;      /* when silent */
};

struct triage_row {
    const char *domain;
    const char *what; /* "MX", "SPF", "DMARC" */
    const char *owner;
    uint16_t type;
    const struct known_set *known; /* NULL: no ticket touched it */
    struct triage_answer *answers;
    size_t n;
    bool differs; /* from the records, or between servers, or somebody is silent */
};
struct triage {
    struct triage_row *v;
    size_t n, cap;
};

/* Three rows a domain, in the order of `domains`.  A domain whose servers cannot
 * be found has rows with one silent answer. */
int triage_read(const struct ports *ports, const struct settings *settings,
                const struct domains *domains, const struct known *known, struct arena *arena,
                struct triage *ret, struct err *err) WARN_UNUSED;

/* Pure: marks the answers of one row. */
void triage_judge(struct triage_row *row, struct arena *arena);
