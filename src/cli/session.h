/* session: the rooms of one run put together: repository, settings, portfolio,
 * records, network, and the bundle of ports.  Only the command line knows all
 * rooms; a command opens what it needs and nothing else. */
#pragma once
#include "cli/command.h"
#include "cli/control.h"
#include "cli/progress.h"
#include "portfolio/scope.h"
#include "rollout/rollout.h"
#include "store/attempt.h"
#include "store/lock.h"
#include "store/records.h"

enum session_need {
    NEED_SETTINGS = 1,
    NEED_PORTFOLIO = 2, /* and settings */
    NEED_RECORDS = 4,
    NEED_NET = 8,     /* providers, DNS, hooks: nothing is asked yet */
    NEED_LENIENT = 16 /* incident commands: what is broken becomes a warning */
};

struct net; /* net.c: loop, HTTP, DNS, hooks, providers */

struct session {
    struct cli *cli;
    struct arena *arena;
    struct repo *repo;
    struct settings settings;
    bool settings_ok;          /* false only under NEED_LENIENT */
    const char *settings_from; /* "origin/main" when the reviewed copy was used, else NULL */
    struct portfolio portfolio;
    struct portfolio_file *portfolio_files;
    size_t n_portfolio_files;
    struct strv warnings; /* shown by session_open */
    struct records *records;
    struct records_port records_port;
    const char *remote; /* where the records are shared; NULL: nowhere */
    bool fetched;       /* the records branch, in this run */
    struct err fetch_err;
    struct net *net;
    struct controller *control;
    struct progress_view *progress;
    VEC(struct attempt *) attempts;
    bool writes; /* session_enter() was called: journals may be made */
    struct ports ports;
};

int session_open(struct session *session, struct cli *cli, unsigned need,
                 struct err *err) WARN_UNUSED;
void session_done(struct session *session);
#define SESSION_SCOPED CLEANUP(session_done) struct session

/* Settings and providers given instead of the repository's (rollback with broken
 * settings): opens the network anew over them. */
int session_use_settings(struct session *session, const struct settings *settings,
                         struct err *err) WARN_UNUSED;

/* Fetches the records branch (best effort, at most budget_ms, never an error). */
void session_fetch(struct session *session, int64_t budget_ms);
/* Publishes it, best effort; a failure is a note. */
void session_publish(struct session *session);
/* "records as of T (fetched now | NOT fetched: 19 days old)" */
const char *session_records_line(struct session *session);
/* The same as members "records_as_of" and "fetched". */
void session_records_json(struct session *session);
/* Seconds since 1970 of the newest record; -1: none. */
int64_t session_records_as_of(struct session *session);
int64_t session_wall_s(const struct session *session);

/* From here on this run may write about ticket `id`: takes its lock, catches
 * signals, watches for requests. */
int session_enter(struct session *session, const char *id, const char *doing, struct lock **ret,
                  struct err *err) WARN_UNUSED;
/* The run about `id` is over: its requests are done with, the records published. */
void session_leave(struct session *session, const char *id);
