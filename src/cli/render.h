/* render: results as text, JSON and Markdown.  Each function writes a result
 * that is complete; what it means for the exit code is the command's business. */
#pragma once
#include "cli/command.h"
#include "rollout/rollout.h"

/* ---- JSON members, inside the object that is open ---- */
void json_set(struct jsonw *w, const char *key, const struct rrset *set, struct arena *arena);
void json_findings(struct jsonw *w, const struct findings *findings);
void json_skipped(struct jsonw *w, const struct plan *plan); /* the member "skipped" */
void json_plan(struct jsonw *w, const struct ticket *ticket, const struct plan *plan,
               struct arena *arena);
void json_checks(struct jsonw *w, const struct checks *checks); /* the member "checks" */
void json_result(struct jsonw *w, const struct rollout_result *result, struct arena *arena);
void json_attempt(struct jsonw *w, const struct attempt_info *info, bool running, int64_t now_s,
                  struct arena *arena);
void json_ticket(struct jsonw *w, const struct ticket *ticket, struct arena *arena);

/* ---- text ---- */
const char *text_verdict(enum verdict verdict); /* "pass", "fail", "unknown" */
void text_plan(const struct out *out, const struct ticket *ticket, const struct plan *plan);
/* ", no bake", ", bake 10 min" or ", bake 1 h (cut from 1 d)". */
const char *text_bake(const struct plan *plan, struct arena *arena);
/* An estimate: whole seconds, rounded up, once it is over one. */
const char *text_about(int64_t ms, struct arena *arena);
/* Identical ones together, errors first. */
void text_findings(const struct out *out, FILE *to, const struct findings *findings);
void text_skipped(FILE *to, const struct plan *plan); /* --skip-... */
void text_result(const struct out *out, const struct rollout_result *result);
/* "300 10 mx1.example.net. | 20 mx2.example.net.", sorted; "(absent)". */
const char *text_set_line(const struct rrset *set, struct arena *arena);
/* The attempt's state and where it stands, one line. */
const char *text_attempt(const struct attempt_info *info, bool running, int64_t now_s,
                         struct arena *arena);

/* ---- Markdown: a pull-request comment ---- */
enum { MARKDOWN_MAX = 60000 }; /* characters, over all tickets of one comment */
struct markdown;               /* opaque, in the arena */
struct markdown *markdown_new(struct arena *arena);
void markdown_plan(struct markdown *md, const struct ticket *ticket, const struct plan *plan);
/* A ticket whose plan failed. */
void markdown_error(struct markdown *md, const char *id, const struct err *err);
/* The comment; stays below MARKDOWN_MAX by leaving out what is alike, and says so. */
const char *markdown_text(struct markdown *md);
