/* journal: frames, batches and the chain of hashes over the octets of a journal
 * port.  What an event means is the business of the steps. */
#include "rollout/journal.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/map.h"

#define PAYLOAD_MAX (256u << 10) /* of one frame; an event is a few hundred octets */
#define DIGITS_MAX  20
#define COMMIT      "{\"commit\":true}"

struct frame {
    uint64_t batch;
    const char *payload;
    size_t len;       /* of the payload */
    size_t size;      /* of the whole line */
    const char *hash; /* DIGEST_HEX_LEN octets in the text */
};

struct journal {
    struct journal_port port;
    struct arena *arena;
    struct map *strings; /* the few names that come again and again */
    VEC(struct journal_event) events;
    uint64_t batch; /* the one being written */
    bool open;      /* it has frames already */
    char hash[DIGEST_HEX_LEN + 1];
    bool failed;
    struct err err; /* the first failure: final */
};

/* --- frames ------------------------------------------------------------------ */

static void frame_hash(const char *previous, uint64_t batch, const char *payload, size_t len,
                       char ret_hex[DIGEST_HEX_LEN + 1])
{
    BUF_SCOPED text = BUF(PAYLOAD_MAX + 256);
    buf_add(&text, previous, DIGEST_HEX_LEN);
    buf_addf(&text, " %" PRIu64 " ", batch);
    buf_add(&text, payload, len);
    digest_hex(text.data, text.len, ret_hex);
}

/* A number as it is written: digits without leading zero, then a space. */
static const char *number_read(const char *at, const char *end, uint64_t *ret)
{
    const char *start = at;
    uint64_t n = 0;
    for (; at < end && *at >= '0' && *at <= '9' && at - start < DIGITS_MAX - 1; at++)
        n = n * 10 + (uint64_t)(*at - '0');
    if (at == start || (*start == '0' && at - start > 1) || at == end || *at != ' ')
        return NULL;
    *ret = n;
    return at + 1;
}

/* How many octets from `at` on may be part of a hash. */
static size_t hash_run(const char *at, const char *end)
{
    const char *start = at;
    while (at < end && ((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f')))
        at++;
    return (size_t)(at - start);
}

/* The form of a frame only; whether its hash fits is asked apart. */
static bool frame_read(const char *at, const char *end, struct frame *ret)
{
    uint64_t len, batch;
    const char *start = at;
    if (!(at = number_read(at, end, &len)) || len > PAYLOAD_MAX ||
        !(at = number_read(at, end, &batch)) ||
        (uint64_t)(end - at) < DIGEST_HEX_LEN + 1 + len + 1 || at[DIGEST_HEX_LEN] != ' ')
        return false;
    const char *payload = at + DIGEST_HEX_LEN + 1;
    if (payload[len] != '\n')
        return false;
    *ret = (struct frame){ .batch = batch, .payload = payload, .len = (size_t)len, .hash = at };
    ret->size = (size_t)(payload + len + 1 - start);
    return true;
}

static bool frame_fits(const struct frame *frame, const char *previous)
{
    char hash[DIGEST_HEX_LEN + 1];
    frame_hash(previous, frame->batch, frame->payload, frame->len, hash);
    return memcmp(hash, frame->hash, DIGEST_HEX_LEN) == 0;
}

static bool frame_commits(const struct frame *frame)
{
    return frame->len == strlen(COMMIT) && memcmp(frame->payload, COMMIT, frame->len) == 0;
}

/* Something like a hash in damaged text; a digit may have joined it. */
struct seen {
    const char *at;
    size_t n;
};

static bool frame_fits_seen(const struct frame *frame, const struct seen *seen)
{
    for (size_t i = 0; i + DIGEST_HEX_LEN <= seen->n && i < DIGITS_MAX; i++)
        if (frame_fits(frame, seen->at + i))
            return true;
    return false;
}

/* Is there, behind a bad frame of batch `batch`, a good one of a later batch?  A
 * frame is good if it fits the hash that stands before it in the file, which may
 * belong to a damaged frame, or the hash that the frames before it come to. */
static bool later_batch(const char *at, const char *end, uint64_t batch, const char *chain)
{
    struct seen seen = { chain, DIGEST_HEX_LEN };
    char computed[DIGEST_HEX_LEN + 1];
    memcpy(computed, chain, DIGEST_HEX_LEN);
    while (at < end) {
        struct frame frame;
        if (!frame_read(at, end, &frame)) {
            size_t run = hash_run(at, end);
            if (run >= DIGEST_HEX_LEN)
                seen = (struct seen){ at, run };
            at += run >= DIGEST_HEX_LEN ? run : 1;
            continue;
        }
        if (frame.batch > batch && (frame_fits_seen(&frame, &seen) || frame_fits(&frame, computed)))
            return true;
        char next[DIGEST_HEX_LEN + 1];
        frame_hash(computed, frame.batch, frame.payload, frame.len, next);
        memcpy(computed, next, sizeof next);
        seen = (struct seen){ frame.hash, DIGEST_HEX_LEN };
        at += frame.size;
    }
    return false;
}

/* --- payloads ---------------------------------------------------------------- */

static void payload_text(struct buf *out, const char *key, const char *value)
{
    if (!value)
        return;
    buf_addf(out, "%s\"%s\":", out->len > 1 ? "," : "", key);
    buf_json_string(out, value);
}

static void payload_number(struct buf *out, const char *key, int64_t value)
{
    if (value)
        buf_addf(out, "%s\"%s\":%" PRId64, out->len > 1 ? "," : "", key, value);
}

static void payload_write(struct buf *out, const struct journal_event *event)
{
    buf_addc(out, '{');
    payload_text(out, "event", event->event);
    payload_text(out, "domain", event->domain);
    payload_text(out, "account", event->account);
    payload_text(out, "owner", event->owner);
    payload_text(out, "type", event->type);
    payload_text(out, "state", event->state);
    payload_text(out, "detail", event->detail);
    payload_number(out, "at", event->wall_s);
    payload_number(out, "ms", event->ms);
    payload_number(out, "step", event->step);
    buf_addc(out, '}');
}

static const char *intern(struct journal *journal, const char *text)
{
    if (!text)
        return NULL;
    char *known = map_get(journal->strings, text);
    if (known)
        return known;
    known = arena_strdup(journal->arena, text);
    map_put(journal->strings, known, known);
    return known;
}

static const char *member(struct journal *journal, json_t *object, const char *key)
{
    return intern(journal, json_string_value(json_object_get(object, key)));
}

/* Details are each their own: kept, not looked for. */
static const char *detail_copy(struct journal *journal, const char *detail)
{
    return detail ? arena_strdup(journal->arena, detail) : NULL;
}

static void event_read(struct journal *journal, json_t *object)
{
    struct journal_event *event = vec_push(journal->arena, &journal->events);
    event->event = member(journal, object, "event");
    event->domain = member(journal, object, "domain");
    event->account = member(journal, object, "account");
    event->owner = member(journal, object, "owner");
    event->type = member(journal, object, "type");
    event->state = member(journal, object, "state");
    event->detail = detail_copy(journal, json_string_value(json_object_get(object, "detail")));
    event->wall_s = json_integer_value(json_object_get(object, "at"));
    event->ms = json_integer_value(json_object_get(object, "ms"));
    event->step = (uint32_t)json_integer_value(json_object_get(object, "step"));
}

/* --- reading ----------------------------------------------------------------- */

/* Takes a frame whose hash fits.  False: its payload or batch number is nothing
 * that this file writes. */
static bool frame_take(struct journal *journal, const struct frame *frame)
{
    if (frame->batch != journal->batch)
        return false;
    if (frame_commits(frame)) {
        journal->batch++;
        journal->open = false;
    } else {
        json_t *object = json_loadb(frame->payload, frame->len, 0, NULL);
        bool fine = json_is_object(object) && json_is_string(json_object_get(object, "event"));
        if (fine)
            event_read(journal, object);
        json_decref(object);
        if (!fine)
            return false;
        journal->open = true;
    }
    memcpy(journal->hash, frame->hash, DIGEST_HEX_LEN);
    return true;
}

/* Octets of `text` that are good. */
static size_t journal_scan(struct journal *journal, const char *text, size_t n)
{
    const char *at = text, *end = text + n;
    struct frame frame;
    while (at < end && frame_read(at, end, &frame) && frame_fits(&frame, journal->hash) &&
           frame_take(journal, &frame))
        at += frame.size;
    return (size_t)(at - text);
}

static int damage(const struct journal *journal, size_t offset, struct err *err)
{
    err_set(err, ERR_FAILED,
            "the local journal is damaged behind event %zu (octet %zu): later events are there",
            journal->events.n, offset);
    return err_hint(err, "`dnschange rollback ID` needs no journal: it reads every set back and "
                         "uses the values on the records branch");
}

static int journal_load(struct journal *journal, struct err *err)
{
    ARENA_SCOPED scratch = arena_new("text of a journal", SIZE_MAX);
    const char *text = NULL;
    size_t n = 0;
    if (journal->port.load(journal->port.ctx, scratch, &text, &n, err))
        return err_wrap(err, "local journal");
    size_t good = journal_scan(journal, text, n);
    if (good == n)
        return 0;
    if (later_batch(text + good, text + n, journal->batch, journal->hash))
        return damage(journal, good, err);
    if (journal->port.cut(journal->port.ctx, good, err))
        return err_wrap(err, "local journal: cutting an unfinished batch");
    return 0;
}

int journal_open(const struct journal_port *port, struct arena *arena, struct journal **ret,
                 struct err *err)
{
    struct journal *journal = ARENA_NEW(arena, struct journal);
    journal->port = *port;
    journal->arena = arena;
    journal->strings = map_new(arena);
    journal->batch = 1;
    memset(journal->hash, '0', DIGEST_HEX_LEN);
    if (journal_load(journal, err))
        return -1;
    *ret = journal;
    return 0;
}

size_t journal_count(const struct journal *journal)
{
    return journal->events.n;
}

const struct journal_event *journal_at(const struct journal *journal, size_t i)
{
    return &journal->events.v[i];
}

/* --- writing ----------------------------------------------------------------- */

static void frame_add(struct journal *journal, const char *payload, size_t len)
{
    BUF_SCOPED line = BUF(PAYLOAD_MAX + 256);
    char hash[DIGEST_HEX_LEN + 1];
    frame_hash(journal->hash, journal->batch, payload, len, hash);
    buf_addf(&line, "%zu %" PRIu64 " %s ", len, journal->batch, hash);
    buf_add(&line, payload, len);
    buf_addc(&line, '\n');
    if (journal->port.append(journal->port.ctx, line.data, line.len, &journal->err)) {
        journal->failed = true;
        return;
    }
    memcpy(journal->hash, hash, sizeof hash);
    journal->open = true;
}

void journal_add(struct journal *journal, const struct journal_event *event)
{
    if (journal->failed)
        return;
    BUF_SCOPED payload = BUF(PAYLOAD_MAX);
    payload_write(&payload, event);
    if (buf_full(&payload)) {
        err_set(&journal->err, ERR_FAILED, "local journal: an event of more than %u octets",
                PAYLOAD_MAX);
        journal->failed = true;
        return;
    }
    frame_add(journal, payload.data, payload.len);
}

int journal_commit(struct journal *journal, struct err *err)
{
    /* Nothing new is nothing to wait for. */
    if (!journal->failed && !journal->open)
        return 0;
    if (!journal->failed)
        frame_add(journal, COMMIT, strlen(COMMIT));
    if (!journal->failed && journal->port.sync(journal->port.ctx, &journal->err))
        journal->failed = true;
    if (journal->failed) {
        if (err)
            *err = journal->err;
        return err_wrap(err, "local journal");
    }
    journal->batch++;
    journal->open = false;
    return 0;
}
