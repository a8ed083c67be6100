/* sim: a world of paper for the engine: a clock that jumps, a provider with zones
 * in memory, nameservers that lag and lie, records and journals that a kill cuts
 * short.  Nothing waits and nothing is random, so a test says all there is to say.
 *
 * The world outlives the process: sim_kill ends the process under test at a
 * chosen point, sim_start begins the next one with what was durable. */
#pragma once
#include "base/map.h"
#include "rollout/lkg.h"
#include "rollout/ports.h"

enum sim_answer { /* how a nameserver answers from some time on */
                  SIM_CURRENT,
                  SIM_OLD, /* what it had when this began */
                  SIM_SILENT,
                  SIM_SERVFAIL,
                  SIM_REFUSED,
                  SIM_LAME,     /* without AA */
                  SIM_FLAPPING, /* old and current in turn */
                  SIM_DEAF,     /* misses the first notify of each zone: old until the second */
                  SIM_OLD_UDP   /* old over UDP, current over TCP */
};

enum sim_fault { /* what becomes of a call */
                 SIM_FINE,
                 SIM_LOSES_REPLY,   /* done, and nobody hears of it */
                 SIM_LOSES_REQUEST, /* not done, and nobody hears of it */
                 SIM_BREAKS_HALF,   /* the first part is done, then silence */
                 SIM_REFUSED_BY_PROVIDER,
                 SIM_UNAUTHORIZED,
                 SIM_DOWN,
                 SIM_CONFLICTS
};

struct sim_content { /* a zone from `at_ms` on */
    int64_t at_ms;
    struct zone zone;
};

struct sim_zone {
    const char *account, *name;
    struct {
        struct sim_content *v;
        size_t n, cap;
    } history;
    unsigned settles;
    bool busy; /* one write at a time */
    struct sim_op *waiting;
};

struct sim_phase {
    int64_t at_ms;
    enum sim_answer answer;
};
struct sim_server {
    const char *name, *text;
    int64_t lag_ms;
    struct {
        struct sim_phase *v;
        size_t n, cap;
    } phases;
    unsigned asked;
};

struct sim_account {
    const char *name;
    struct provider_caps caps;
    int64_t budget;
};

struct sim_rule { /* a fault for the next calls of a zone */
    const char *zone;
    bool write;
    enum sim_fault fault;
    unsigned skip, times;
};

struct sim_journal {
    const char *id;
    uint32_t attempt;
    char *octets;
    size_t len, cap, synced;
};

struct sim_file {
    const char *text;
    size_t len;
};

struct sim_entry {
    int64_t at_ms;
    uint64_t order;
    struct timer *timer;
    bool world;
};

struct sim_ask {
    int64_t at_ms;
    enum control what;
    const char *reason;
};

struct sim {
    struct arena *arena; /* of the world */
    struct ports ports;

    int64_t now_ms, wall_s; /* wall clock when now_ms was 0 */
    struct sim_entry *heap;
    size_t n_heap, cap_heap;
    uint64_t order;

    struct {
        struct sim_zone **v;
        size_t n, cap;
    } zones;
    struct {
        struct sim_server *v;
        size_t n, cap;
    } servers;
    struct {
        struct sim_account *v;
        size_t n, cap;
    } accounts;
    struct {
        struct sim_rule *v;
        size_t n, cap;
    } rules;
    struct {
        struct sim_journal **v;
        size_t n, cap;
    } journals;
    struct {
        struct sim_ask *v;
        size_t n, cap;
    } asks;
    struct map *by_account, *by_name; /* zones; a name at several accounts: the first */
    struct map *files;                /* path -> sim_file */
    struct map *hooks;                /* name -> enum verdict + 1 */
    struct map *lkgs;                 /* path -> struct lkg, of lkg.json files */
    struct strv states;               /* ticket states as reported */
    struct provider_counts calls;
    uint64_t queries, commits, syncs;

    /* Kill: at the nth point (1-based); 0 never.  Points are before each journal
     * append, before and after each sync and each commit, and around each write. */
    uint64_t points, kill_at;
    bool dead;
    unsigned lives;
    bool keep_unsynced;  /* a kill loses nothing but the process, else unsynced octets too */
    bool journal_breaks; /* fdatasync fails from now on */
    bool unchecked;      /* large worlds: no invariants at each write */
    char violation[512]; /* the first broken invariant; "" */
};

struct sim *sim_new(void);
void sim_free(struct sim *sim);
/* The process ends where it is: its timers and calls are gone. */
void sim_start(struct sim *sim);
void sim_post(struct sim *sim, int64_t delay_ms, bool world, void (*fire)(void *arg), void *arg);
/* Lets time pass with nobody running. */
void sim_pass(struct sim *sim, int64_t ms);
bool sim_point(struct sim *sim); /* true: the process is dead */
void sim_violate(struct sim *sim, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct sim_account *sim_account(struct sim *sim, const char *name); /* made when new */
struct sim_zone *sim_zone(struct sim *sim, const char *account, const char *name);
struct sim_server *sim_server(struct sim *sim, const char *name, const char *text, int64_t lag_ms);
/* Somebody changes a set behind everybody's back; NULL set: removes it. */
void sim_edit(struct sim *sim, struct sim_zone *zone, const char *owner, uint16_t type,
              const struct rrset *set);
const struct zone *sim_content(const struct sim_zone *zone, int64_t at_ms);
const struct rrset *sim_live(struct sim *sim, const char *account, const char *zone,
                             const char *owner, uint16_t type);
/* Text of every set of every zone, sorted: for comparing worlds. */
char *sim_dump(struct sim *sim, struct arena *arena);
void sim_rule(struct sim *sim, const char *zone, bool write, enum sim_fault fault, unsigned skip,
              unsigned times);

/* The parts, each filling its ports. */
void sim_loop_ports(struct sim *sim);
void sim_store_ports(struct sim *sim);
void sim_provider_ports(struct sim *sim);
void sim_dns_ports(struct sim *sim);
void sim_journals_crash(struct sim *sim);
bool sim_intended(const struct sim *sim, const char *owner, const char *type);
const struct target_set *sim_lkg_set(struct sim *sim, const char *account, const char *owner,
                                     uint16_t type);
