/* lkg: what is written is read back octet for octet; anything else is refused
 * with a place; the cost grows with the domains and no faster. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "rollout/lkg.h"

static struct rdata wire(struct arena *arena, const char *octets, size_t n)
{
    return (struct rdata){ arena_memdup(arena, octets, n), n };
}

static struct rrset *txt_set(struct arena *arena, const char *owner, uint32_t ttl)
{
    struct rrset *set = rrset_new(arena, owner, TYPE_TXT, ttl);
    rrset_add(arena, set,
              wire(arena,
                   "\x01"
                   "a\x02"
                   "\"\\",
                   5)); /* two strings */
    rrset_add(arena, set, wire(arena, "\x04\xff\x00;\n", 5));
    return set;
}

static struct target sample_target(struct arena *arena)
{
    struct target target = { .domain = "a.example",
                             .client = "acme",
                             .account = "pdns",
                             .zone = "a.example",
                             .cookie = "{\"id\":\"7\"}",
                             .negative_ttl_s = 300,
                             .canary = true,
                             .n = 3 };
    target.servers = ARENA_ARRAY(arena, struct server, 2);
    target.n_servers = 2;
    strcpy(target.servers[0].text, "192.0.2.1:53");
    strcpy(target.servers[1].text, "[2001:db8::1]:5301");
    target.servers[0].name = "ns1.example.net";
    target.sets = ARENA_ARRAY(arena, struct target_set, 3);
    struct rrset *before = txt_set(arena, "a.example", 3600);
    before->extra = "{\"comments\":[{\"content\":\"x \\\"y\\\"\",\"t\":1.50}]}";
    before->token = "W/\"etag\"";
    target.sets[0] = (struct target_set){ .owner = "a.example",
                                          .type = TYPE_TXT,
                                          .cls = CLASS_MOVED,
                                          .before = before,
                                          .after = txt_set(arena, "a.example", 60),
                                          .detail = "a neighbour moved" };
    struct rrset *wild = rrset_new(arena, "*.a.example", TYPE_CNAME, 120);
    rrset_add(arena, wild,
              wire(arena,
                   "\x01"
                   "b\x07"
                   "example\x00",
                   11));
    target.sets[1] = (struct target_set){ .owner = "www.a.example",
                                          .type = TYPE_TXT,
                                          .cls = CLASS_CHANGE,
                                          .after = txt_set(arena, "www.a.example", 60),
                                          .synthesised = wild };
    struct rrset *alias = rrset_new(arena, "x.a.example", 65280, 5);
    alias->unmanaged = "alias";
    rrset_add(arena, alias, wire(arena, "\x00\x01", 2));
    target.sets[2] = (struct target_set){ .owner = "x.a.example",
                                          .type = 65280,
                                          .cls = CLASS_UNMANAGED,
                                          .before = alias,
                                          .after = alias,
                                          .detail = "alias" };
    return target;
}

static struct lkg sample(struct arena *arena)
{
    struct lkg lkg = { .ticket = "DNS-2026-11-23-001",
                       .digest = "abc",
                       .actor = "Ann <a@b>",
                       .reason = "why \"not\"",
                       .risk = "low",
                       .attempt = 2,
                       .captured_s = 1764000000 };
    lkg.providers = ARENA_ARRAY(arena, struct lkg_provider, 2);
    lkg.providers[0] =
        (struct lkg_provider){ "pdns", "{\"plugin\":\"powerdns\",\"secret\":{\"env\":\"KEY\"}}" };
    lkg.providers[1] = (struct lkg_provider){ "other", "{\"plugin\":\"x\"}" };
    lkg.n_providers = 2;
    *vec_push(arena, &lkg.targets) = sample_target(arena);
    struct target second = sample_target(arena);
    second.domain = second.zone = "b.example";
    second.client = second.cookie = NULL;
    second.servers = NULL;
    second.n_servers = 0;
    second.n = 0;
    second.step = 3;
    second.canary = false;
    *vec_push(arena, &lkg.targets) = second;
    return lkg;
}

static void rrsets_same(const struct rrset *a, const struct rrset *b)
{
    assert_int_equal(a != NULL, b != NULL);
    if (!a)
        return;
    assert_true(rrset_equal(a, b));
    assert_string_equal(a->owner, b->owner);
    assert_int_equal(a->type, b->type);
    for (size_t i = 0; i < a->n; i++)
        assert_true(rdata_same_wire(a->rr[i], b->rr[i]));
    assert_string_equal(a->token ? a->token : "", b->token ? b->token : "");
    assert_string_equal(a->unmanaged ? a->unmanaged : "", b->unmanaged ? b->unmanaged : "");
}

static void lkgs_same(const struct lkg *a, const struct lkg *b)
{
    assert_string_equal(a->ticket, b->ticket);
    assert_string_equal(a->digest, b->digest);
    assert_null(b->blob);
    assert_string_equal(a->actor, b->actor);
    assert_string_equal(a->reason, b->reason);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->captured_s, b->captured_s);
    assert_int_equal(a->n_providers, b->n_providers);
    for (size_t i = 0; i < a->n_providers; i++) {
        assert_string_equal(a->providers[i].name, b->providers[i].name);
        assert_string_equal(a->providers[i].json, b->providers[i].json);
    }
    assert_int_equal(a->targets.n, b->targets.n);
    for (size_t i = 0; i < a->targets.n; i++) {
        const struct target *x = &a->targets.v[i], *y = &b->targets.v[i];
        assert_string_equal(x->domain, y->domain);
        assert_string_equal(x->client ? x->client : "", y->client ? y->client : "");
        assert_string_equal(x->cookie ? x->cookie : "", y->cookie ? y->cookie : "");
        assert_string_equal(x->account, y->account);
        assert_int_equal(x->negative_ttl_s, y->negative_ttl_s);
        assert_int_equal(x->canary, y->canary);
        assert_int_equal(x->step, y->step);
        assert_int_equal(y->state, DOMAIN_CAPTURED);
        assert_int_equal(x->n_servers, y->n_servers);
        for (size_t k = 0; k < x->n_servers; k++) {
            assert_string_equal(x->servers[k].text, y->servers[k].text);
            assert_int_equal(x->servers[k].name != NULL, y->servers[k].name != NULL);
        }
        assert_int_equal(x->n, y->n);
        for (size_t k = 0; k < x->n; k++) {
            assert_string_equal(x->sets[k].owner, y->sets[k].owner);
            assert_int_equal(x->sets[k].type, y->sets[k].type);
            assert_int_equal(x->sets[k].cls, y->sets[k].cls);
            rrsets_same(x->sets[k].before, y->sets[k].before);
            rrsets_same(x->sets[k].after, y->sets[k].after);
            rrsets_same(x->sets[k].synthesised, y->sets[k].synthesised);
            assert_string_equal(x->sets[k].detail ? x->sets[k].detail : "",
                                y->sets[k].detail ? y->sets[k].detail : "");
        }
    }
}

static void parse_fine(const char *text, struct arena *arena, struct lkg *ret)
{
    struct err err = { 0 };
    if (lkg_parse("lkg.json", text, arena, ret, &err))
        fail_msg("%s", err.message);
}

static void written_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    BUF_SCOPED text = BUF(1u << 20), again = BUF(1u << 20);
    struct lkg lkg = sample(arena), got;
    lkg_write(&lkg, &text);
    parse_fine(buf_text(&text), arena, &got);
    lkgs_same(&lkg, &got);
    lkg_write(&got, &again);
    assert_string_equal(buf_text(&text), buf_text(&again));
    /* One domain a line. */
    assert_non_null(strstr(buf_text(&text), "\n{\"domain\":\"a.example\","));
    assert_non_null(strstr(buf_text(&text), "\n{\"domain\":\"b.example\","));
}

/* Another program may lay out the same JSON otherwise. */
static void other_layouts_are_read(void **state)
{
    (void)state;
    static const size_t flags[] = { JSON_COMPACT, JSON_INDENT(2), JSON_INDENT(1) | JSON_SORT_KEYS };
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    BUF_SCOPED text = BUF(1u << 20);
    struct lkg lkg = sample(arena), got;
    lkg_write(&lkg, &text);
    json_t *root = json_loads(buf_text(&text), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        char *other = json_dumps(root, flags[i]);
        parse_fine(other, arena, &got);
        free(other);
        if (!(flags[i] & JSON_SORT_KEYS)) /* the order of providers is theirs */
            lkgs_same(&lkg, &got);
    }
    json_decref(root);
}

static void no_domain_is_fine(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    BUF_SCOPED text = BUF(1u << 20);
    struct lkg lkg = sample(arena), got;
    lkg.targets.n = 0;
    lkg_write(&lkg, &text);
    parse_fine(buf_text(&text), arena, &got);
    assert_int_equal(got.targets.n, 0);
}

struct broken {
    const char *from, *to, *says;
};

static void broken_files_are_refused(void **state)
{
    (void)state;
    static const struct broken table[] = {
        { "\"version\":1", "\"version\":2", "version" },
        { "\"attempt\":2", "\"attempt\":0", "attempt" },
        { "\"ticket\":", "\"tocket\":", "ticket" },
        { "\"wire\":[\"0161", "\"wire\":[\"016", "wire" },
        { "\"wire\":[\"0161", "\"wire\":[\"01zz", "wire" },
        { "\"class\":\"moved\"", "\"class\":\"Moved\"", "class" },
        { "\"domain\":\"a.example\"", "\"domain\":\"A.example\"", "canonical" },
        { "\"owner\":\"www.a.example\"", "\"owner\":\"www.c.example\"", "not in the zone" },
        { "\"type\":\"TXT\"", "\"type\":\"TYPE0\"", "TYPE0" },
        { "\"servers\":1,", "\"servers\":9,", "servers" },
        { "\"before\":null", "\"before\":7", "object" },
        { "\"address\":\"192.0.2.1:53\"", "\"address\":\"\"", "address" },
        { "\n]}\n", "\n]\n", "end" },
        { "\n]}\n", "\n]}\nmore", "end" },
        { "\n]}\n", ",\n]}\n", "end" },
        { "\"sets\":[", "\"sats\":[", "sets" },
        { "\"account\":\"pdns\",", "", "account" },
        { "\"zone\":\"a.example\",", "\"zone\":\"a.example\",\"zone\":\"a.example\",",
          "duplicate" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 24);
        BUF_SCOPED text = BUF(1u << 20), bad = BUF(1u << 20);
        struct lkg lkg = sample(arena), got = { .attempt = 77 };
        lkg_write(&lkg, &text);
        const char *at = strstr(buf_text(&text), table[i].from);
        if (!at)
            fail_msg("case %zu: %s is not there", i, table[i].from);
        buf_add(&bad, buf_text(&text), (size_t)(at - buf_text(&text)));
        buf_adds(&bad, table[i].to);
        buf_adds(&bad, at + strlen(table[i].from));
        struct err err = { 0 };
        if (lkg_parse("lkg.json", buf_text(&bad), arena, &got, &err) == 0)
            fail_msg("case %zu (%s) was read", i, table[i].to);
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, "lkg.json"));
        if (!strstr(err.message, table[i].says))
            fail_msg("case %zu: %s", i, err.message);
        assert_int_equal(got.attempt, 77);
    }
}

static void every_prefix_is_refused(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new("test", 1u << 24);
    BUF_SCOPED text = BUF(1u << 20);
    struct lkg lkg = sample(arena), got;
    lkg_write(&lkg, &text);
    for (size_t n = 0; n < text.len; n++) {
        ARENA_SCOPED scratch = arena_new("test", 1u << 24);
        struct err err = { 0 };
        assert_int_equal(
            lkg_parse("lkg.json", arena_strndup(scratch, text.data, n), scratch, &got, &err), -1);
    }
}

static struct lkg many(struct arena *arena, size_t n)
{
    struct lkg lkg = sample(arena);
    struct server *servers = lkg.targets.v[0].servers;
    lkg.targets.n = 0;
    for (size_t i = 0; i < n; i++) {
        struct target target = sample_target(arena);
        target.domain = target.zone = arena_printf(arena, "d%zu.example", i);
        target.servers = servers;
        target.n = 1;
        target.sets[0].owner = target.domain;
        *vec_push(arena, &lkg.targets) = target;
    }
    return lkg;
}

/* Ten times the domains: ten times the text and memory, not more. */
static void cost_grows_with_the_domains(void **state)
{
    (void)state;
    size_t used[2], length[2];
    for (int i = 0; i < 2; i++) {
        ARENA_SCOPED arena = arena_new("test", 1u << 28);
        ARENA_SCOPED kept = arena_new("test", 1u << 28);
        BUF_SCOPED text = BUF(1u << 26);
        struct lkg lkg = many(arena, i ? 10000 : 1000), got;
        lkg_write(&lkg, &text);
        assert_false(buf_full(&text));
        parse_fine(buf_text(&text), kept, &got);
        assert_int_equal(got.targets.n, lkg.targets.n);
        used[i] = arena_used(kept);
        length[i] = text.len;
    }
    assert_true(length[1] < 11 * length[0]);
    assert_true(used[1] < 14 * used[0]); /* lists grow by doubling */
    assert_true(used[1] / 10000 < 8192);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_is_read),         cmocka_unit_test(other_layouts_are_read),
        cmocka_unit_test(no_domain_is_fine),       cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(every_prefix_is_refused), cmocka_unit_test(cost_grows_with_the_domains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
