/* tickets: finds and reads ticket files; changes none. */
#include "cli/tickets.h"

#include <stdlib.h>
#include <string.h>

#include "survey/attempts.h"

const char *ticket_branch(struct arena *arena, const char *id)
{
    return arena_printf(arena, "dns/%s", id);
}

const char *ticket_path(struct arena *arena, const char *id)
{
    return arena_printf(arena, "tickets/%s.json", id);
}

static int compare(const void *va, const void *vb)
{
    const char *const *a = va, *const *b = vb;
    return strcmp(*a, *b);
}

static void sort_unique(struct strv *list)
{
    size_t n = 0;
    if (!list->n)
        return;
    qsort(list->v, list->n, sizeof *list->v, compare);
    for (size_t i = 0; i < list->n; i++) {
        if (!n || strcmp(list->v[n - 1], list->v[i]))
            list->v[n++] = list->v[i];
    }
    list->n = n;
}

/* A ticket under review is on its branch only. */
static int ids_of_branches(struct session *s, const char *where, struct strv *ret, struct err *err)
{
    struct strv refs = { 0 };
    const char *prefix = arena_printf(s->arena, "refs/%s/dns/", where);
    if (repo_refs(s->repo, arena_printf(s->arena, "%s*", prefix), s->arena, &refs, err))
        return -1;
    for (size_t i = 0; i < refs.n; i++) {
        const char *id = refs.v[i] + strlen(prefix);
        if (id_valid(id))
            strv_push(s->arena, ret, id);
    }
    return 0;
}

static int ids_under_review(struct session *s, struct strv *ret, struct err *err)
{
    const char *remote = s->settings_ok ? s->settings.git.remote : NULL;
    if (ids_of_branches(s, "heads", ret, err))
        return -1;
    return remote ? ids_of_branches(s, arena_printf(s->arena, "remotes/%s", remote), ret, err) : 0;
}

int tickets_ids(struct session *s, bool with_records, struct strv *ret, struct err *err)
{
    struct strv names = { 0 };
    if (repo_list(s->repo, "tickets", ".json", s->arena, &names, err))
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        const char *id = arena_strndup(s->arena, names.v[i], strlen(names.v[i]) - strlen(".json"));
        if (id_valid(id))
            strv_push(s->arena, ret, id);
    }
    if (with_records && ids_under_review(s, ret, err))
        return -1;
    if (with_records && s->records && attempts_ids(&s->records_port, s->arena, ret, err))
        return -1;
    sort_unique(ret);
    return 0;
}

int tickets_id(struct session *s, const char *word, const char **ret, struct err *err)
{
    struct strv ids = { 0 };
    if (id_valid(word)) {
        *ret = arena_strdup(s->arena, word);
        return 0;
    }
    if (tickets_ids(s, true, &ids, err))
        return -1;
    return id_match(&ids, word, s->arena, ret, err);
}

/* In the order in which a ticket travels: here, proposed, reviewed. */
static int text_find(struct session *s, struct ticket_file *file, struct err *err)
{
    const char *remote = s->settings_ok ? s->settings.git.remote : NULL;
    const char *own = ticket_branch(s->arena, file->id);
    const char *refs[3] = { own, NULL, NULL };
    if (!repo_read(s->repo, file->path, s->arena, &file->text, &file->len, err))
        return 0;
    if (err->code != ERR_NOT_FOUND)
        return -1;
    if (remote) {
        refs[1] = arena_printf(s->arena, "%s/%s", remote, own);
        refs[2] = arena_printf(s->arena, "%s/%s", remote, s->settings.git.branch);
    }
    for (size_t i = 0; i < 3 && refs[i]; i++) {
        struct err none;
        if (!repo_read_at(s->repo, refs[i], file->path, s->arena, &file->text, &file->len, &none)) {
            file->ref = refs[i];
            return 0;
        }
    }
    err_set(err, ERR_NOT_FOUND, "there is no ticket %s", file->id);
    return err_hint(err, "dnschange list shows them");
}

static int rollback_read(struct session *s, struct ticket_file *file, struct err *err)
{
    const char *path = file->ticket.rollback_file;
    const char *text;
    size_t len;
    if (!path)
        return 0;
    /* Named relative to the ticket. */
    if (!strchr(path, '/'))
        path = arena_printf(s->arena, "tickets/%s", path);
    int rc = file->ref ? repo_read_at(s->repo, file->ref, path, s->arena, &text, &len, err)
                       : repo_read(s->repo, path, s->arena, &text, &len, err);
    if (rc)
        return err_wrap(err, "%s: rollback values", file->id);
    return ticket_read_rollback(&file->ticket, path, text, s->arena, err);
}

int tickets_read(struct session *s, const char *id, bool lenient, struct ticket_file *ret,
                 struct err *err)
{
    struct strv warnings = { 0 };
    *ret = (struct ticket_file){ .id = id, .path = ticket_path(s->arena, id) };
    if (text_find(s, ret, err))
        return -1;
    if (ticket_parse(ret->path, ret->text, lenient, s->arena, &warnings, &ret->ticket, err))
        return -1;
    repo_blob_of(ret->text, ret->len, ret->blob);
    ret->rollback_read = !rollback_read(s, ret, err);
    if (!ret->rollback_read && !lenient)
        return -1;
    if (!ret->rollback_read)
        strv_push(s->arena, &warnings, arena_strdup(s->arena, err->message));
    out_warnings(&s->cli->out, &warnings);
    return 0;
}

int tickets_load(struct session *s, const char *word, bool lenient, struct ticket_file *ret,
                 struct err *err)
{
    const char *id;
    if (tickets_id(s, word, &id, err))
        return -1;
    return tickets_read(s, id, lenient, ret, err);
}
