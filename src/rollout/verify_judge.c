/* verify_judge: one answer against one set.  Pure: asks nobody, counts nothing. */
#include "rollout/verify_judge.h"

#include <string.h>

const struct rrset *verify_wanted(const struct target_set *set, enum verify_side side)
{
    const struct rrset *want = side == VERIFY_AFTER ? set->after : set->before;
    /* Disabled records are kept beside the served ones: nothing of them is answered. */
    return want && want->n ? want : NULL;
}

bool verify_asks(const struct target_set *set)
{
    return set->cls == CLASS_CHANGE || set->cls == CLASS_MOVED;
}

static const char *rcode_text(uint8_t rcode)
{
    static const char *const texts[] = { "NOERROR",  "FORMERR", "SERVFAIL",
                                         "NXDOMAIN", "NOTIMP",  "REFUSED" };
    return rcode < sizeof texts / sizeof *texts ? texts[rcode] : "an error";
}

static void tell_set(const struct rrset *set, struct arena *arena, struct buf *out)
{
    if (!set || !set->n) {
        buf_adds(out, "nothing");
        return;
    }
    buf_addf(out, "%u %s", set->ttl, rtype_text(set->type));
    for (size_t i = 0; i < set->n; i++)
        buf_addf(out, "%s %s", i ? "," : "", rdata_text(set->type, set->rr[i], arena));
}

static enum verdict differ(const struct target_set *set, const struct rrset *want,
                           const struct rrset *got, struct arena *arena, const char **ret_detail)
{
    if (!ret_detail)
        return VERDICT_FAIL;
    BUF_SCOPED out = BUF(1200);
    buf_addf(&out, "%s %s answers ", set->owner, rtype_text(set->type));
    tell_set(got, arena, &out);
    buf_adds(&out, ", wanted ");
    tell_set(want, arena, &out);
    *ret_detail = buf_take(&out, arena);
    return VERDICT_FAIL;
}

/* The set is to be absent.  Below a wildcard the server answers with the
 * wildcard's records (RFC 4592 3.3); nothing at all is as good. */
static enum verdict judge_absent(const struct target_set *set, const struct answer *answer,
                                 struct arena *arena, const char **ret_detail)
{
    const struct rrset *made = set->synthesised;
    if (!answer->set || !answer->set->n)
        return VERDICT_PASS;
    if (made && made->type == set->type && made->n && rrset_same_values(made, answer->set))
        return VERDICT_PASS;
    return differ(set, NULL, answer->set, arena, ret_detail);
}

static enum verdict judge_answer(const struct target_set *set, const struct rrset *want,
                                 const struct answer *answer, struct arena *arena,
                                 const char **ret_detail)
{
    if (!want)
        return judge_absent(set, answer, arena, ret_detail);
    const struct rrset *got = answer->set ? answer->set : answer->cname;
    if (!got || got->type != want->type || !rrset_same_values(want, got) || got->ttl != want->ttl)
        return differ(set, want, got, arena, ret_detail);
    return VERDICT_PASS;
}

static enum verdict judge_lame(const struct answer *answer, struct arena *arena,
                               const char **ret_detail)
{
    if (!ret_detail)
        return VERDICT_FAIL;
    if (answer->rcode != 0 && answer->rcode != 3)
        *ret_detail = arena_printf(arena, "answers %s (rcode %u)", rcode_text(answer->rcode),
                                   (unsigned)answer->rcode);
    else
        *ret_detail = "is not authoritative for the zone";
    return VERDICT_FAIL;
}

enum verdict verify_judge(const struct target_set *set, enum verify_side side,
                          const struct dns_reply *reply, struct arena *arena,
                          const char **ret_detail)
{
    const struct answer *answer = &reply->answer;
    if (reply->status != DNS_ANSWERED) {
        if (ret_detail)
            *ret_detail = reply->status == DNS_TIMEOUT ? "no answer in time"
                          : reply->err.message[0]      ? arena_strdup(arena, reply->err.message)
                                                       : "no usable answer";
        return VERDICT_UNKNOWN;
    }
    /* AA is clear in a referral and in what a resolver answers (RFC 1035 4.1.1). */
    if ((answer->rcode != 0 && answer->rcode != 3) || answer->referral || !answer->aa)
        return judge_lame(answer, arena, ret_detail);
    return judge_answer(set, verify_wanted(set, side), answer, arena, ret_detail);
}
