/* sim_store: the records branch and local journals, as far as they are durable. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sim.h"

/* --- records ------------------------------------------------------------------- */

static int killed(struct err *err)
{
    return err_set(err, ERR_FAILED, "killed");
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void lkg_note(struct sim *sim, const char *path, const char *text)
{
    struct lkg *lkg = ARENA_NEW(sim->arena, struct lkg);
    struct err err;
    if (lkg_parse(path, text, sim->arena, lkg, &err) < 0)
        sim_violate(sim, "%s cannot be read back: %s", path, err.message);
    else
        map_put(sim->lkgs, path, lkg);
}

static int records_commit(void *ctx, const struct record_file *files, size_t n, const char *subject,
                          struct err *err)
{
    struct sim *sim = ctx;
    (void)subject;
    if (sim_point(sim))
        return killed(err);
    for (size_t i = 0; i < n; i++) {
        struct sim_file *file = ARENA_NEW(sim->arena, struct sim_file);
        const char *path = arena_strdup(sim->arena, files[i].path);
        *file = (struct sim_file){ arena_strndup(sim->arena, files[i].text, files[i].len),
                                   files[i].len };
        map_put(sim->files, path, file);
        if (ends_with(path, "/lkg.json") && !sim->unchecked)
            lkg_note(sim, path, file->text);
    }
    sim->commits++;
    return sim_point(sim) ? killed(err) : 0;
}

static int records_read(void *ctx, const char *path, struct arena *arena, const char **ret_text,
                        size_t *ret_len, struct err *err)
{
    struct sim *sim = ctx;
    const struct sim_file *file = map_get(sim->files, path);
    if (sim->dead)
        return killed(err);
    if (!file)
        return err_set(err, ERR_NOT_FOUND, "%s is not on the records branch", path);
    *ret_text = arena_strndup(arena, file->text, file->len);
    *ret_len = file->len;
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int records_list(void *ctx, const char *folder, struct arena *arena, struct strv *ret,
                        struct err *err)
{
    struct sim *sim = ctx;
    size_t n = strlen(folder);
    (void)err;
    for (size_t i = 0; i < map_count(sim->files); i++) {
        const char *path = map_key_at(sim->files, i);
        if (n && (strncmp(path, folder, n) != 0 || path[n] != '/'))
            continue;
        const char *name = path + (n ? n + 1 : 0);
        const char *found = arena_strndup(arena, name, strcspn(name, "/"));
        if (!strv_has(ret, found))
            strv_push(arena, ret, found);
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_text);
    return 0;
}

const struct target_set *sim_lkg_set(struct sim *sim, const char *account, const char *owner,
                                     uint16_t type)
{
    for (size_t l = map_count(sim->lkgs); l-- > 0;) {
        const struct lkg *lkg = map_value_at(sim->lkgs, l);
        for (size_t i = 0; i < lkg->targets.n; i++) {
            const struct target *target = &lkg->targets.v[i];
            for (size_t s = 0; strcmp(target->account, account) == 0 && s < target->n; s++)
                if (target->sets[s].type == type && strcmp(target->sets[s].owner, owner) == 0)
                    return &target->sets[s];
        }
    }
    return NULL;
}

/* --- journals ------------------------------------------------------------------ */

struct journal_ctx {
    struct sim *sim;
    struct sim_journal *journal;
};

static int append(void *ctx, const void *octets, size_t n, struct err *err)
{
    struct journal_ctx *at = ctx;
    struct sim_journal *journal = at->journal;
    if (sim_point(at->sim))
        return killed(err);
    if (journal->len + n > journal->cap) {
        size_t cap = (journal->len + n) * 2 + 4096;
        char *more = arena_alloc(at->sim->arena, cap);
        if (journal->len)
            memcpy(more, journal->octets, journal->len);
        journal->octets = more;
        journal->cap = cap;
    }
    memcpy(journal->octets + journal->len, octets, n);
    journal->len += n;
    return 0;
}

static int sync_journal(void *ctx, struct err *err)
{
    struct journal_ctx *at = ctx;
    if (sim_point(at->sim))
        return killed(err);
    if (at->sim->journal_breaks)
        return err_set(err, ERR_FAILED, "fdatasync: Input/output error");
    at->journal->synced = at->journal->len;
    at->sim->syncs++;
    return sim_point(at->sim) ? killed(err) : 0;
}

static int load(void *ctx, struct arena *arena, const char **ret, size_t *ret_n, struct err *err)
{
    struct journal_ctx *at = ctx;
    if (at->sim->dead)
        return killed(err);
    *ret = arena_strndup(arena, at->journal->len ? at->journal->octets : "", at->journal->len);
    *ret_n = at->journal->len;
    return 0;
}

static int cut(void *ctx, size_t n, struct err *err)
{
    struct journal_ctx *at = ctx;
    if (sim_point(at->sim))
        return killed(err);
    at->journal->len = at->journal->synced = n;
    return 0;
}

static int journal_find(void *ctx, const char *id, uint32_t attempt, struct journal_port *ret,
                        struct err *err)
{
    struct sim *sim = ctx;
    struct sim_journal *journal = NULL;
    if (sim->dead)
        return killed(err);
    for (size_t i = 0; i < sim->journals.n; i++)
        if (sim->journals.v[i]->attempt == attempt && strcmp(sim->journals.v[i]->id, id) == 0)
            journal = sim->journals.v[i];
    if (!journal) {
        journal = ARENA_NEW(sim->arena, struct sim_journal);
        journal->id = arena_strdup(sim->arena, id);
        journal->attempt = attempt;
        *vec_push(sim->arena, &sim->journals) = journal;
    }
    struct journal_ctx *at = ARENA_NEW(sim->arena, struct journal_ctx);
    *at = (struct journal_ctx){ sim, journal };
    *ret = (struct journal_port){ at, append, sync_journal, load, cut };
    return 0;
}

void sim_journals_crash(struct sim *sim)
{
    for (size_t i = 0; i < sim->journals.n && !sim->keep_unsynced; i++)
        sim->journals.v[i]->len = sim->journals.v[i]->synced;
}

/* Is there, durable, an intent to write this set (I2)?  Of a whole revert the
 * claim on the records branch is one. */
bool sim_intended(const struct sim *sim, const char *owner, const char *type)
{
    BUF_SCOPED want = BUF(4096);
    buf_addf(&want, "\"owner\":\"%s\",\"type\":\"%s\"", owner, type);
    for (size_t i = 0; i < sim->journals.n; i++) {
        const struct sim_journal *journal = sim->journals.v[i];
        const char *found =
            journal->synced ? memmem(journal->octets, journal->synced, buf_text(&want), want.len)
                            : NULL;
        if (found)
            return true;
    }
    for (size_t i = 0; i < map_count(sim->files); i++) {
        const struct sim_file *file = map_value_at(sim->files, i);
        if (ends_with(map_key_at(sim->files, i), "claim.json") &&
            strstr(file->text, "\"state\": \"reverting\""))
            return true;
    }
    return false;
}

static void reserve_release(void *ctx)
{
    (void)ctx;
}

void sim_store_ports(struct sim *sim)
{
    struct records_port *records = ARENA_NEW(sim->arena, struct records_port);
    *records = (struct records_port){ sim, records_commit, records_read, records_list };
    sim->ports.records = records;
    sim->ports.attempt_ctx = sim;
    sim->ports.journal_open = journal_find;
    sim->ports.reserve_release = reserve_release;
}
