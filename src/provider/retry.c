/* retry: classes of replies.  See retry.h. */
#include "provider/retry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

bool retry_is_limit(const struct retry_case *now)
{
    return now->outcome == HTTP_REPLIED && (now->status == 429 || now->status == 503);
}

/* Failures of a gateway or a busy server: the request may or may not have been
 * carried out (RFC 9110 15.6). */
static bool status_is_accident(int status)
{
    return status == 500 || status == 502 || status == 504;
}

enum retry retry_decide(const struct retry_case *now)
{
    if (retry_is_limit(now))
        return now->attempt < RETRY_LIMIT_MAX && now->retry_after_ms <= RETRY_AFTER_MAX_MS
                   ? RETRY_AGAIN
                   : RETRY_HAND_ON;
    if (now->attempt >= RETRY_LOST_MAX)
        return RETRY_HAND_ON;
    if (now->outcome == HTTP_NOT_SENT)
        return RETRY_AGAIN;
    if (now->effect == DC_EFFECT_BLIND)
        return RETRY_HAND_ON;
    return now->outcome == HTTP_LOST || status_is_accident(now->status) ? RETRY_AGAIN
                                                                        : RETRY_HAND_ON;
}

int64_t retry_pause_ms(const struct retry_case *now, uint32_t random)
{
    unsigned doublings = now->attempt > 1 ? now->attempt - 1 : 0;
    int64_t pause = INT64_C(200) << (doublings > 6 ? 6 : doublings);
    pause = pause / 2 + (int64_t)(random % (uint32_t)pause);
    return now->retry_after_ms > pause ? now->retry_after_ms : pause;
}

int64_t retry_after_ms(const struct http_header *headers, size_t n, int64_t wall_s)
{
    const char *value = NULL;
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(headers[i].name, "Retry-After") == 0)
            value = headers[i].value;
    if (!value || !*value)
        return -1;
    if (strspn(value, "0123456789") == strlen(value))
        return strlen(value) > 9 ? INT64_C(1000000000000) : atoll(value) * 1000;
    struct tm tm = { 0 };
    /* "Fri, 31 Dec 1999 23:59:59 GMT"; the old forms are not sent by anybody. */
    const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!end || *end)
        return -1;
    int64_t at_s = (int64_t)timegm(&tm);
    return at_s > wall_s ? (at_s - wall_s) * 1000 : 0;
}

/* ---- messages ---- */

#define SAID_MAX 300

/* A provider's words, safe to show: printable, UTF-8 or '?', no markup, short. */
static void said_clean(const char *said, char ret[SAID_MAX + 4])
{
    size_t n = 0;
    int in_tag = 0;
    for (; *said && n < SAID_MAX; said++) {
        unsigned char c = (unsigned char)*said;
        if (c == '<' || c == '>') {
            in_tag = c == '<';
            c = ' ';
        }
        if (in_tag || ((c <= ' ') && (n == 0 || ret[n - 1] == ' ')))
            continue;
        ret[n++] = c <= ' ' ? ' ' : c < 0x7f ? (char)c : '?';
    }
    while (n && (ret[n - 1] == ' ' || ret[n - 1] == '.'))
        n--;
    memcpy(ret + n, *said ? "..." : "", *said ? 4 : 1);
}

struct reply_class {
    enum err_code code;
    enum err_retry retry;
    enum err_scope scope;
    const char *text;
};

static struct reply_class class_of(int status, enum dc_effect effect)
{
    bool read = effect == DC_EFFECT_NONE;
    switch (status) {
    case 401:
    case 403:
        return (struct reply_class){ ERR_AUTH, ERR_RETRY_NEVER, ERR_SCOPE_PROVIDER,
                                     "the provider refuses the credentials" };
    case 404:
    case 410:
        return (struct reply_class){ ERR_NOT_FOUND, ERR_RETRY_NEVER, ERR_SCOPE_ZONE,
                                     "the provider does not know it" };
    case 409:
    case 412:
        return (struct reply_class){ ERR_CONFLICT, ERR_RETRY_NEVER, ERR_SCOPE_RRSET,
                                     "the provider reports a conflict" };
    case 429:
    case 503:
        return (struct reply_class){ ERR_LIMIT, ERR_RETRY_LATER, ERR_SCOPE_PROVIDER,
                                     status == 429 ? "too many requests"
                                                   : "the provider is not available" };
    default:
        break;
    }
    if (status >= 400 && status < 500)
        return (struct reply_class){ ERR_FAILED, ERR_RETRY_NEVER, ERR_SCOPE_RRSET,
                                     "the provider refuses it" };
    if (status >= 300 && status < 400)
        return (struct reply_class){ read ? ERR_FAILED : ERR_LOST, ERR_RETRY_NEVER,
                                     ERR_SCOPE_PROVIDER, "a redirect, which is never followed" };
    if (status >= 200 && status < 300)
        return (struct reply_class){ read ? ERR_FAILED : ERR_LOST, ERR_RETRY_LATER, ERR_SCOPE_ZONE,
                                     "an answer that was not understood" };
    return (struct reply_class){ read ? ERR_FAILED : ERR_LOST, ERR_RETRY_LATER, ERR_SCOPE_ZONE,
                                 "the provider failed" };
}

static int silence_error(const struct dc_reply *reply, enum dc_effect effect, const char *said,
                         struct err *err)
{
    bool unknown = reply->outcome == DC_LOST && effect != DC_EFFECT_NONE;
    err_set(err, unknown ? ERR_LOST : ERR_FAILED, "%s%s%s",
            reply->outcome == DC_NOT_SENT ? "not sent" : "no answer", said && *said ? ": " : "",
            said ? said : "");
    return err_class(err, ERR_RETRY_LATER, ERR_SCOPE_ZONE, 0);
}

int reply_error(const struct dc_reply *reply, enum dc_effect effect, const char *said,
                struct err *err)
{
    char words[SAID_MAX + 4] = "";
    if (reply->outcome != DC_REPLIED && !said)
        said = reply->problem;
    if (said)
        said_clean(said, words);
    if (reply->outcome != DC_REPLIED)
        return silence_error(reply, effect, words, err);
    struct reply_class class = class_of(reply->status, effect);
    err_set(err, class.code, "HTTP %d: %s%s%s", reply->status, class.text, *words ? ": " : "",
            words);
    if (class.code == ERR_AUTH)
        err_hint(err, "check the secret of this provider in dnschange.json");
    return err_class(err, class.retry, class.scope, 0);
}
