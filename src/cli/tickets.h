/* tickets: ticket files of the change repository, found by any unique end of an
 * id.  Reads only. */
#pragma once
#include "cli/session.h"

struct ticket_file {
    struct ticket ticket;
    const char *id, *path; /* "tickets/<id>.json" */
    const char *ref;       /* where it was found: NULL work tree, else "dns/<id>" ... */
    const char *text;
    size_t len;
    char blob[REPO_HEX_LEN + 1];
    bool rollback_read; /* the review copy is in ticket.rollback */
};

/* Ids of the work tree's tickets, sorted; with_records: and those of the records
 * branch, and of the branches dns/<id>, here and of the remote. */
int tickets_ids(struct session *session, bool with_records, struct strv *ret,
                struct err *err) WARN_UNUSED;
/* The id that ends in `word`.  A whole id is taken as it is, known or not. */
int tickets_id(struct session *session, const char *word, const char **ret,
               struct err *err) WARN_UNUSED;
/* Reads ticket `id` from the work tree, else from branch dns/<id>, else from the
 * remote's copies.  Lenient: unknown keys are warnings, and a broken review copy
 * is one. */
int tickets_read(struct session *session, const char *id, bool lenient, struct ticket_file *ret,
                 struct err *err) WARN_UNUSED;
/* Both steps for an argument. */
int tickets_load(struct session *session, const char *word, bool lenient, struct ticket_file *ret,
                 struct err *err) WARN_UNUSED;
/* Branch that `propose` makes for a ticket under review. */
const char *ticket_branch(struct arena *arena, const char *id);
const char *ticket_path(struct arena *arena, const char *id);
