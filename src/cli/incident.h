/* incident: what rollback and abort do so that they work when other things do
 * not: settings as they were captured, and a running writer out of the way. */
#pragma once
#include "cli/session.h"

/* When the present settings have not every provider of the ticket's newest
 * attempt, those of lkg.json are used: shows their URLs and asks (`yes`: agreed). */
int incident_settings(struct session *session, const char *id, bool yes,
                      struct err *err) WARN_UNUSED;

/* A process of this machine that works on the ticket is asked to abort and waited
 * for, at most a minute; one that does not go is named, and its lock is not ours:
 * ERR_CONFLICT. */
int incident_preempt(struct session *session, const char *id, const char *doing, const char *reason,
                     struct err *err) WARN_UNUSED;
