/* provider: the port's functions.  See provider.h; turns are lane.c's, talking to
 * the plugin exchange.c's, what comes back answer.c's. */
#include "provider/provider.h"

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "provider/job.h"
#include "provider/open.h"

#define PROVIDER_BYTES (64u << 20)

struct provider {
    struct arena *arena;
    struct loop_port loop;
    struct transport_port transport;
    struct registry *registry;
    const char *repository;
    struct lanes lanes;
    struct map *slots;
    struct job *jobs;
    uint32_t random;
};

/* ---- life ---- */

struct provider *provider_new(const struct loop_port *loop, const struct transport_port *transport,
                              const struct provider_options *options)
{
    struct arena *arena = arena_new("providers", PROVIDER_BYTES);
    struct provider *provider = ARENA_NEW(arena, struct provider);
    provider->arena = arena;
    provider->loop = *loop;
    provider->transport = *transport;
    provider->repository = options->repository;
    provider->registry = registry_new(arena, options->plugin_folders, options->n_plugin_folders);
    provider->lanes = (struct lanes){ .loop = *loop, .arena = arena };
    provider->slots = map_new(arena);
    provider->random = (uint32_t)loop->wall_s(loop->ctx) | 1;
    for (size_t i = 0; i < options->n_accounts; i++) {
        struct slot *slot = ARENA_NEW(arena, struct slot);
        slot->provider = provider;
        slot->settings = &options->accounts[i];
        map_put(provider->slots, slot->settings->name, slot);
    }
    return provider;
}

static void job_finish(struct job *job, struct exchange *exchange);

static struct err *job_err(struct job *job)
{
    if (!job->err)
        job->err = calloc(1, sizeof *job->err);
    if (!job->err)
        abort();
    return job->err;
}

static void job_fail(struct job *job, enum err_code code, const char *why)
{
    err_set(job_err(job), code, "%s", why);
}

static void slot_close(struct slot *slot)
{
    struct account *account = &slot->account;
    if (!slot->open)
        return;
    if (account->lane.timer.set)
        slot->provider->loop.timer_clear(slot->provider->loop.ctx, &account->lane.timer);
    if (account->read != account->write)
        secrets_free(account->read);
    secrets_free(account->write);
}

void provider_free(struct provider *provider)
{
    if (!provider)
        return;
    while (provider->jobs) {
        struct job *job = provider->jobs;
        if (job->timer.set)
            provider->loop.timer_clear(provider->loop.ctx, &job->timer);
        if (job->exchange) {
            exchange_cancel(job->exchange); /* finishes the job */
            if (provider->jobs != job)
                continue;
            job_fail(job, ERR_LOST, "stopped while a request was on its way");
        }
        if (!job->err)
            job_fail(job, ERR_INTERRUPTED, "stopped before it was begun");
        job_finish(job, NULL);
    }
    for (size_t i = 0; i < map_count(provider->slots); i++)
        slot_close(map_value_at(provider->slots, i));
    arena_free(provider->arena);
}

void provider_freep(struct provider **provider)
{
    provider_free(*provider);
    *provider = NULL;
}

/* ---- accounts ---- */

static struct secrets *secrets_of(struct provider *provider, const struct secret_sources *sources)
{
    return secrets_new(sources, &provider->loop, provider->repository, SECRET_COMMAND_MS);
}

static void secrets_ready(void *arg)
{
    struct slot *slot = arg;
    lane_wake(&slot->account.lane);
}

/* Secrets are fetched when the first operation that needs them has its turn. */
static bool slot_ready(void *arg, bool write)
{
    struct slot *slot = arg;
    struct secrets *secrets = write ? slot->account.write : slot->account.read;
    if (secrets_state(secrets) == SECRETS_NEW)
        secrets_fetch(secrets, secrets_ready, slot);
    return secrets_state(secrets) != SECRETS_BUSY;
}

static void slot_begin(void *arg, struct lane_item *item);

static void slot_send(void *arg, struct lane_call *call)
{
    (void)arg;
    exchange_send(call);
}

static int slot_load(struct slot *slot, struct err *err)
{
    struct provider *provider = slot->provider;
    struct account *account = &slot->account;
    const struct dc_plugin *plugin = registry_load(provider->registry, slot->settings->plugin, err);
    if (!plugin) {
        err_wrap(err, "providers.%s: plugin", slot->settings->name);
        return err_class(err, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER, 0);
    }
    if (account_open(slot->settings, plugin, provider->arena, account, err))
        return err_class(err, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER, 0);
    struct budget_rule *rules;
    size_t n;
    account_rules(slot->settings, plugin->caps, provider->arena, &rules, &n);
    lane_init(&account->lane, &provider->lanes, url_host(account->dc.url, provider->arena), rules,
              n,
              slot->settings->concurrent ? slot->settings->concurrent : plugin->caps->concurrent);
    account->lane.ready = slot_ready;
    account->lane.begin = slot_begin;
    account->lane.send = slot_send;
    account->lane.arg = slot;
    account->transport = &provider->transport;
    account->random = &provider->random;
    account->write = secrets_of(provider, &slot->settings->write);
    account->read =
        slot->settings->read.n ? secrets_of(provider, &slot->settings->read) : account->write;
    return 0;
}

/* NULL: no such account, or its plugin is missing or refused (found out once). */
static struct slot *slot_open(struct provider *provider, const char *name, struct err *err)
{
    struct slot *slot = map_get(provider->slots, name);
    if (!slot) {
        err_set(err, ERR_NOT_FOUND, "no provider \"%s\" in dnschange.json", name);
        return NULL;
    }
    if (!slot->open && !slot->failed) {
        slot->failed = slot_load(slot, &slot->err) != 0;
        slot->open = !slot->failed;
    }
    if (slot->open)
        return slot;
    if (err)
        *err = slot->err;
    return NULL;
}

/* ---- jobs ---- */

static char *text_keep(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

static struct job *job_new(struct provider *provider, const char *account, enum dc_op_kind kind,
                           const char *name, const char *zone)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->provider = provider;
    job->kind = kind;
    job->item.write = kind == DC_OP_APPLY || kind == DC_OP_SETTLE;
    job->name = text_keep(name);
    job->zone = text_keep(zone);
    job->next = provider->jobs;
    job->link = &provider->jobs;
    if (job->next)
        job->next->link = &job->next;
    provider->jobs = job;
    struct err err;
    job->slot = slot_open(provider, account, &err);
    if (!job->slot)
        *job_err(job) = err;
    return job;
}

static void job_fail_later(void *arg)
{
    job_finish(arg, NULL);
}

static void job_add(struct job *job)
{
    struct provider *provider = job->provider;
    if (job->slot && job->kind != DC_OP_APPLY) {
        lane_op_add(&job->slot->account.lane, &job->item, NULL);
        return;
    }
    if (job->slot) {
        lane_op_add(&job->slot->account.lane, &job->item, job->zone);
        return;
    }
    job->timer = (struct timer){ .fire = job_fail_later, .arg = job };
    provider->loop.timer_set(provider->loop.ctx, &job->timer,
                             provider->loop.now_ms(provider->loop.ctx));
}

static void changes_convert(const struct job *job, struct exchange *exchange)
{
    struct dc_change **list = ARENA_ARRAY(exchange->arena, struct dc_change *, job->n_changes);
    struct dc_change *changes = ARENA_ARRAY(exchange->arena, struct dc_change, job->n_changes);
    size_t n = 0;
    for (size_t i = 0; i < job->n_changes; i++) {
        if (change_is_void(&job->changes[i]))
            continue;
        changes[i].size = sizeof *changes;
        changes[i].before = host_rrset(exchange->arena, job->changes[i].before);
        changes[i].after = host_rrset(exchange->arena, job->changes[i].after);
        list[n++] = &changes[i];
    }
    exchange->host.op.changes = list;
    exchange->host.op.n_changes = n;
}

static void job_over(void *arg, struct exchange *exchange)
{
    job_finish(arg, exchange);
}

static void slot_begin(void *arg, struct lane_item *item)
{
    struct slot *slot = arg;
    struct job *job = (struct job *)item;
    struct exchange *exchange =
        exchange_new(&slot->account, job->kind, job->name ? job->name : job->zone);
    struct dc_op *op = &exchange->host.op;
    op->name = job->name;
    op->zone = job->zone;
    op->zone_cookie = job->base ? job->base->cookie : NULL;
    op->cookie = job->cookie;
    if (job->kind == DC_OP_APPLY)
        changes_convert(job, exchange);
    job->exchange = exchange;
    exchange_run(exchange, job_over, job);
}

/* ---- the end of a job ---- */

/* Answers the caller and forgets the job. */
static void job_finish(struct job *job, struct exchange *exchange)
{
    struct err none = { .code = ERR_NONE };
    *job->link = job->next;
    if (job->next)
        job->next->link = job->link;
    /* Before the answer: the caller may ask for more, and it is their turn then. */
    if (exchange && job->kind == DC_OP_APPLY)
        lane_op_end(&job->slot->account.lane, job->zone);
    job_answer(job, exchange,
               !exchange          ? *job_err(job)
               : exchange->failed ? exchange->host.err
                                  : none);
    free(job->err);
    free(job->name);
    free(job->zone);
    free(job->cookie);
    free(job);
}

/* ---- the port ---- */

static char level_of(const struct dc_caps *caps)
{
    if (caps->guard == DC_GUARD_EXACT && caps->atomic == DC_ATOMIC_ZONE)
        return 'A';
    if (caps->guard >= DC_GUARD_ETAG)
        return 'B';
    return caps->atomic == DC_ATOMIC_ZONE ? 'C' : caps->atomic == DC_ATOMIC_RRSET ? 'D' : 'E';
}

static void caps_fill(const struct dc_plugin *plugin, struct provider_caps *ret)
{
    *ret = (struct provider_caps){
        .plugin = plugin->name,
        .version = plugin->version,
        .guard = (enum provider_guard)plugin->caps->guard,
        .atomic = (enum provider_atomic)plugin->caps->atomic,
        .settle_immediate = plugin->caps->settle == DC_SETTLE_IMMEDIATE,
        .per_record = plugin->caps->model == DC_MODEL_RECORD,
        .ttl_min_s = plugin->caps->ttl_min_s,
        .ttl_max_s = plugin->caps->ttl_max_s,
        .ttl_default_s = plugin->caps->ttl_default_s,
        .publish_ms = plugin->caps->publish_ms,
        .max_batch = plugin->caps->max_batch,
        .level = level_of(plugin->caps),
    };
}

static const struct provider_caps *port_caps(void *ctx, const char *account, struct err *err)
{
    struct slot *slot = slot_open(ctx, account, err);
    if (slot && !slot->caps.plugin)
        caps_fill(slot->account.plugin, &slot->caps);
    return slot ? &slot->caps : NULL;
}

static bool port_can_write(void *ctx, const char *account)
{
    const struct slot *slot = map_get(((struct provider *)ctx)->slots, account);
    return slot && slot->settings->write.n > 0;
}

static bool port_can_read(void *ctx, const char *account)
{
    const struct slot *slot = map_get(((struct provider *)ctx)->slots, account);
    return slot && (slot->settings->read.n > 0 || slot->settings->write.n > 0);
}

static void port_read(void *ctx, const char *account, const char *name, const char *zone,
                      void (*done)(void *arg, const struct provider_zone *result), void *arg)
{
    struct job *job = job_new(ctx, account, DC_OP_READ, name, zone);
    job->done.read = done;
    job->arg = arg;
    job_add(job);
}

static void port_apply(void *ctx, const char *account, const struct zone *zone,
                       struct change *changes, size_t n,
                       void (*done)(void *arg, const struct provider_write *result), void *arg)
{
    struct job *job = job_new(ctx, account, DC_OP_APPLY, NULL, zone->name);
    job->base = zone;
    job->changes = changes;
    job->n_changes = n;
    job->done.apply = done;
    job->arg = arg;
    job_add(job);
}

static void port_settle(void *ctx, const char *account, const struct zone *zone, const char *cookie,
                        void (*done)(void *arg, const struct err *err), void *arg)
{
    struct job *job = job_new(ctx, account, DC_OP_SETTLE, NULL, zone->name);
    job->base = zone;
    job->cookie = text_keep(cookie);
    job->done.settle = done;
    job->arg = arg;
    job_add(job);
}

static void port_list(void *ctx, const char *account,
                      void (*done)(void *arg, const struct provider_zones *result), void *arg)
{
    struct job *job = job_new(ctx, account, DC_OP_LIST_ZONES, NULL, NULL);
    job->done.list = done;
    job->arg = arg;
    job_add(job);
}

static struct rrset *ttl_fit(const struct dc_caps *caps, const struct rrset *set,
                             struct arena *arena)
{
    struct rrset *kept = rrset_copy(arena, set);
    if (kept->ttl < caps->ttl_min_s)
        kept->ttl = caps->ttl_min_s;
    if (kept->ttl > caps->ttl_max_s)
        kept->ttl = caps->ttl_max_s;
    return kept;
}

static int port_keeps(void *ctx, const char *account, const struct rrset *set, struct arena *arena,
                      struct rrset **ret, struct err *err)
{
    struct slot *slot = slot_open(ctx, account, err);
    if (!slot)
        return -1;
    const struct dc_plugin *plugin = slot->account.plugin;
    if (!plugin->keeps || rrset_absent(set)) {
        *ret = rrset_absent(set) ? NULL : ttl_fit(plugin->caps, set, arena);
        return 0;
    }
    const struct dc_rrset *kept = NULL;
    const char *why = "refused";
    struct dc_rrset *asked = host_rrset(arena, set);
    if (plugin->keeps(host_table(), &slot->account.dc, (struct dc_arena *)arena, asked, &kept,
                      &why)) {
        err_set(err, ERR_INVALID, "%s: %s %s: %s", account, set->owner, rtype_text(set->type), why);
        return err_class(err, ERR_RETRY_NEVER, ERR_SCOPE_RRSET, 0);
    }
    struct rrset *back = ARENA_NEW(arena, struct rrset);
    host_rrset_back(arena, kept ? kept : asked, back);
    *ret = rrset_copy(arena, back);
    return 0;
}

static int64_t port_eta_ms(void *ctx, const char *account, size_t reads, size_t writes)
{
    struct err err;
    const struct slot *slot = slot_open(ctx, account, &err);
    return slot ? lane_eta_ms(&slot->account.lane, reads, writes, slot->account.latency_ms) : 0;
}

static int64_t port_budget(void *ctx, const char *account)
{
    struct err err;
    const struct slot *slot = slot_open(ctx, account, &err);
    return slot ? lane_budget(&slot->account.lane) : -1;
}

static struct provider_counts port_counts(void *ctx)
{
    const struct provider *provider = ctx;
    struct provider_counts counts = { 0 };
    for (size_t i = 0; i < map_count(provider->slots); i++) {
        const struct slot *slot = map_value_at(provider->slots, i);
        counts.read += slot->account.n_reads;
        counts.write += slot->account.n_writes;
    }
    return counts;
}

struct provider_port provider_port(struct provider *provider)
{
    return (struct provider_port){ .ctx = provider,
                                   .caps = port_caps,
                                   .can_read = port_can_read,
                                   .can_write = port_can_write,
                                   .read = port_read,
                                   .keeps = port_keeps,
                                   .apply = port_apply,
                                   .settle = port_settle,
                                   .list = port_list,
                                   .eta_ms = port_eta_ms,
                                   .budget = port_budget,
                                   .counts = port_counts };
}

/* ---- beside the port ---- */

void provider_check(struct provider *provider, const char *account,
                    void (*done)(void *arg, const struct provider_checked *result), void *arg)
{
    struct job *job = job_new(provider, account, DC_OP_CHECK, NULL, NULL);
    job->done.check = done;
    job->arg = arg;
    job_add(job);
}

void provider_find(struct provider *provider, const char *account, const char *name,
                   void (*done)(void *arg, const struct provider_found *result), void *arg)
{
    struct job *job = job_new(provider, account, DC_OP_FIND_ZONE, name, NULL);
    job->done.find = done;
    job->arg = arg;
    job_add(job);
}

void provider_plugins(const struct provider *provider, struct arena *arena, struct strv *ret)
{
    registry_names(provider->registry, arena, ret);
}

int provider_limits(struct provider *provider, const char *account, struct arena *arena,
                    struct provider_limits *ret, struct err *err)
{
    const struct slot *slot = slot_open(provider, account, err);
    if (!slot)
        return -1;
    account_limits(slot->settings, slot->account.plugin->caps, arena, ret);
    return 0;
}

int provider_settings_check(const char *name, const char *json, const char *const *plugin_folders,
                            size_t n_plugin_folders, struct err *err)
{
    ARENA_SCOPED arena = arena_new("settings of a provider", PROVIDER_BYTES);
    struct provider_account settings;
    struct account account;
    if (provider_account_parse(name, json, arena, &settings, err))
        return -1;
    if (n_plugin_folders == 0)
        return 0;
    struct registry *registry = registry_new(arena, plugin_folders, n_plugin_folders);
    const struct dc_plugin *plugin = registry_load(registry, settings.plugin, err);
    if (!plugin)
        return err_wrap(err, "providers.%s: plugin", name);
    return account_open(&settings, plugin, arena, &account, err);
}
