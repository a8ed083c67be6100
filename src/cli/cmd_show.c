/* cmd_show: one ticket as text, with its rollback values ready to paste, and what
 * became of it.  Works with whatever is left: file, records, or both. */
#include <string.h>

#include "base/clock.h"
#include "cli/render.h"
#include "cli/run.h"
#include "cli/ticket_text.h"
#include "survey/attempts.h"

static const char *const risks[] = { "low", "med", "high" };

struct shown {
    const char *id;
    struct ticket_file file;
    bool has_file, has_lkg;
    struct attempt_infos attempts;
    struct lkg lkg;
};

static void list_print(FILE *to, const char *title, const struct strv *list, struct arena *arena)
{
    if (list->n)
        fprintf(to, "%-13s %s\n", title, strv_join(arena, list, ", "));
}

static void head_print(const struct out *out, const struct ticket_file *file)
{
    const struct ticket *t = &file->ticket;
    FILE *to = out->to;
    struct arena *arena = out->arena;
    fprintf(to, "%-13s %s%s%s\n", "Ticket:", out_paint(out, COLOUR_BOLD, t->id),
            file->ref ? "  on " : "", file->ref ? file->ref : "");
    fprintf(to, "%-13s %s\n", "Requested by:", t->requested_by);
    list_print(to, "Scope:", &t->select, arena);
    fprintf(to, "%-13s %zu: ", "Domains:", t->domains.n);
    for (size_t i = 0; i < t->domains.n; i++)
        fprintf(to, "%s%s", i ? ", " : "", t->domains.v[i]);
    fprintf(to, "\n%-13s %s\n", "Reason:", t->reason);
    fprintf(to, "%-13s %s\n", "Risk:", risks[t->risk]);
    list_print(to, "Verification:", &t->verification, arena);
    if (t->has_window)
        fprintf(to, "%-13s %s to %s\n", "Window:", time_format_local(arena, t->window.from_s),
                time_format_local(arena, t->window.to_s));
    list_print(to, "Canary:", &t->canary, arena);
    list_print(to, "Allow:", &t->allow, arena);
    if (t->after_ticket)
        fprintf(to, "%-13s %s, %s later\n", "After:", t->after_ticket,
                duration_human(arena, t->after_wait_ms));
}

static void change_print(const struct out *out, const struct ticket *t)
{
    fprintf(out->to, "\nChange:\n");
    for (size_t i = 0; i < t->change.n; i++) {
        struct strv lines = { 0 };
        edit_format(&t->change.v[i], out->arena, &lines);
        for (size_t k = 0; k < lines.n; k++)
            fprintf(out->to, "  %s\n", lines.v[k]);
    }
    for (size_t i = 0; i < t->n_vars; i++) {
        fprintf(out->to, "  # %s:", t->vars[i].domain);
        for (size_t k = 0; k < t->vars[i].vars.n; k++)
            fprintf(out->to, " %s=%s", t->vars[i].vars.v[k].name, t->vars[i].vars.v[k].value);
        fputc('\n', out->to);
    }
}

static void attempts_print(struct session *s, const struct shown *shown)
{
    for (size_t i = 0; i < shown->attempts.n; i++) {
        const struct attempt_info *info = &shown->attempts.v[i];
        bool running = !i && lock_is_held(s->repo, info->id, s->arena, NULL);
        printf("%-13s %s\n",
               i ? "" : "Status:", text_attempt(info, running, session_wall_s(s), s->arena));
    }
    if (!shown->attempts.n)
        printf("%-13s proposed, never applied\n", "Status:");
}

static void show_text(struct session *s, const struct shown *shown)
{
    const struct out *out = &s->cli->out;
    if (shown->has_file)
        head_print(out, &shown->file);
    else
        printf("%-13s %s  (the ticket file is gone; this is from the records)\n",
               "Ticket:", shown->id);
    attempts_print(s, shown);
    if (shown->has_file)
        change_print(out, &shown->file.ticket);
    ticket_rollback_text(out, shown->has_file ? &shown->file.ticket : NULL,
                         shown->has_lkg ? &shown->lkg : NULL);
}

static void show_json(struct session *s, const struct shown *shown)
{
    struct jsonw *w = &s->cli->out.json;
    int64_t now_s = session_wall_s(s);
    if (shown->has_file) {
        json_ticket(w, &shown->file.ticket, s->arena);
        jsonw_str(w, "path", shown->file.path);
        jsonw_str(w, "ref", shown->file.ref);
        jsonw_str(w, "blob", shown->file.blob);
    } else {
        jsonw_str(w, "ticket", shown->id);
    }
    ticket_rollback_json(w, shown->has_file ? &shown->file.ticket : NULL,
                         shown->has_lkg ? &shown->lkg : NULL, s->arena);
    jsonw_open_array(w, "attempts");
    for (size_t i = 0; i < shown->attempts.n; i++) {
        bool running = !i && lock_is_held(s->repo, shown->id, s->arena, NULL);
        jsonw_open(w, NULL);
        json_attempt(w, &shown->attempts.v[i], running, now_s, s->arena);
        jsonw_close(w);
    }
    jsonw_close_array(w);
}

static int shown_read(struct session *s, const char *word, struct shown *ret, struct err *err)
{
    struct err other = { 0 };
    *ret = (struct shown){ 0 };
    if (tickets_id(s, word, &ret->id, err))
        return -1;
    ret->has_file = !tickets_read(s, ret->id, true, &ret->file, err);
    if (attempts_of(&s->ports, ret->id, s->arena, &ret->attempts, &other) &&
        other.code != ERR_NOT_FOUND)
        out_warn(&s->cli->out, "%s", other.message);
    if (!ret->has_file && !ret->attempts.n)
        return -1;
    if (!ret->has_file && err->code != ERR_NOT_FOUND)
        out_warn(&s->cli->out, "%s", err->message);
    if (ret->attempts.n)
        ret->has_lkg = !attempt_lkg(&s->ports, ret->id, ret->attempts.v[0].attempt, s->arena,
                                    &ret->lkg, &other);
    if (ret->attempts.n && !ret->has_lkg && other.code != ERR_NOT_FOUND)
        out_warn(&s->cli->out, "%s", other.message);
    *err = (struct err){ 0 };
    return 0;
}

static int run(struct cli *cli, void *options, const struct strv *words, struct err *err)
{
    struct shown *shown = ARENA_NEW(cli->arena, struct shown);
    SESSION_SCOPED s = { 0 };
    (void)options;
    if (session_open(&s, cli, NEED_SETTINGS | NEED_RECORDS | NEED_LENIENT, err) ||
        shown_read(&s, words->v[0], shown, err))
        return -1;
    if (cli->common.json)
        show_json(&s, shown);
    else
        show_text(&s, shown);
    return 0;
}

const struct command cmd_show = {
    .name = "show",
    .words = "ID",
    .help = "One ticket: change, reason, status, and its rollback values ready to paste",
    .group = GROUP_LOOK,
    .fn = run,
    .min_words = 1,
    .max_words = 1,
    .completes = "ids",
};
