/* host: the helpers that plugins are lent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "provider/host.h"

struct desk {
    struct arena *arena;
    struct host_op *op;
    const struct dc_host *host;
    struct dc_arena *dc;
};

static int desk_set_up(void **state)
{
    static const struct dc_account account = { .size = sizeof account, .name = "x" };
    struct desk *desk = calloc(1, sizeof *desk);
    desk->arena = arena_new("test", 16u << 20);
    desk->op = ARENA_NEW(desk->arena, struct host_op);
    desk->host = host_table();
    host_op_init(desk->op, desk->arena, DC_OP_READ, &account);
    desk->dc = desk->op->op.arena;
    *state = desk;
    return 0;
}

static int desk_tear_down(void **state)
{
    struct desk *desk = *state;
    host_op_end_call(desk->op);
    arena_free(desk->arena);
    free(desk);
    return 0;
}

static void test_text(void **state)
{
    struct desk *desk = *state;
    size_t len = 0;
    struct dc_text *text = desk->host->text_new(desk->dc);
    assert_string_equal(desk->host->text_end(text, NULL), "");
    desk->host->text_add(text, "a=");
    desk->host->text_add_json(text, "q\"\\\n\x01 \xc3\xa4");
    for (int i = 0; i < 1000; i++)
        desk->host->text_add(text, "x");
    const char *end = desk->host->text_end(text, &len);
    assert_int_equal(len, strlen(end));
    json_t *back = json_loadb(end + 2, len - 1002, JSON_DECODE_ANY, NULL);
    assert_string_equal(json_string_value(back), "q\"\\\n\x01 \xc3\xa4");
    json_decref(back);
    assert_string_equal(desk->host->url_encode(desk->dc, "a b/%+~\xff"), "a%20b%2F%25%2B~%FF");
    assert_string_equal(desk->host->print(desk->dc, "%d-%s", 5, "x"), "5-x");
}

static void test_base64(void **state)
{
    struct desk *desk = *state;
    static const struct {
        const char *plain, *coded;
    } table[] = { { "", "" },
                  { "f", "Zg==" },
                  { "fo", "Zm8=" },
                  { "foo", "Zm9v" },
                  { "foob", "Zm9vYg==" }, /* RFC 4648 10 */
                  { "fooba", "Zm9vYmE=" },
                  { "foobar", "Zm9vYmFy" } };
    static const char *const bad[] = { "Z", "Zg=", "Zg", "Z===", "Zm9v!g==", "=Zg=", "Zg==Zg==" };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint8_t *back = NULL;
        size_t n = 99;
        assert_string_equal(desk->host->base64(desk->dc, table[i].plain, strlen(table[i].plain)),
                            table[i].coded);
        assert_int_equal(desk->host->base64_decode(desk->dc, table[i].coded, &back, &n), 0);
        assert_int_equal(n, strlen(table[i].plain));
        assert_memory_equal(back, table[i].plain, n);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t *back;
        size_t n;
        if (desk->host->base64_decode(desk->dc, bad[i], &back, &n) != -1)
            fail_msg("%s", bad[i]);
    }
}

static void test_names_and_data(void **state)
{
    struct desk *desk = *state;
    const struct dc_host *host = desk->host;
    const char *name = NULL, *why = NULL;
    uint16_t type = 0;
    struct dc_rdata a, b;
    assert_int_equal(host->name_parse(desk->dc, "WWW.Example.", &name, &why), 0);
    assert_string_equal(name, "www.example");
    assert_int_equal(host->name_parse(desk->dc, "a..b", &name, &why), -1);
    assert_non_null(why);
    assert_string_equal(host->name_dotted(desk->dc, "a.example"), "a.example.");
    assert_string_equal(host->name_parent("a.example"), "example");
    assert_true(host->name_within("a.example", "example"));
    assert_false(host->name_within("aexample", "example"));
    assert_int_equal(host->type_parse("TYPE65280", &type), 0);
    assert_int_equal(type, 65280);
    assert_int_equal(host->type_parse("NONSENSE", &type), -1);
    assert_string_equal(host->type_text(desk->dc, 15), "MX");
    assert_int_equal(host->rdata_parse(desk->dc, 15, "10 MX.example.", &a, &why), 0);
    assert_int_equal(host->rdata_parse(desk->dc, 15, "10 mx.example", &b, &why), 0);
    assert_true(host->rdata_same(15, &a, &b));
    assert_string_equal(host->rdata_text(desk->dc, 15, &b), "10 mx.example.");
    assert_int_equal(host->rdata_parse(desk->dc, 15, "70000 mx.example.", &b, &why), -1);
}

static void test_json(void **state)
{
    struct desk *desk = *state;
    const struct dc_host *host = desk->host;
    const char *text = "{\"b\":[1,\"x\",true,null],\"a\":{\"z\":1,\"y\":2}}", *why = NULL;
    const struct dc_json *root = host->json_parse(&desk->op->op, text, strlen(text), &why);
    int64_t n = 0;
    assert_non_null(root);
    const struct dc_json *list = host->json_get(root, "b");
    assert_int_equal(host->json_count(list), 4);
    assert_int_equal(host->json_integer(host->json_at(list, 0), &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(host->json_integer(host->json_at(list, 1), &n), -1);
    assert_string_equal(host->json_string(host->json_at(list, 1)), "x");
    assert_true(host->json_bool(host->json_at(list, 2), 0));
    assert_true(host->json_bool(NULL, 1));
    assert_string_equal(host->json_dump(desk->dc, host->json_get(root, "a")), "{\"y\":2,\"z\":1}");
    /* Nothing is asked of what is not there. */
    assert_null(host->json_get(NULL, "x"));
    assert_null(host->json_string(host->json_at(host->json_get(root, "c"), 3)));
    assert_int_equal(host->json_count(host->json_get(root, "a")), 0);
    assert_null(host->json_dump(desk->dc, NULL));
}

static void test_json_refusals(void **state)
{
    struct desk *desk = *state;
    char deep[200];
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    static const char *const bad[] = { "",     "{",   "{\"a\":1,\"a\":2}", "[1] x",
                                       "\xff", "nul", "{\"a\":\"\xff\"}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *why = NULL;
        assert_null(desk->host->json_parse(&desk->op->op, bad[i], strlen(bad[i]), &why));
        assert_non_null(why);
    }
    const char *why = NULL;
    assert_null(desk->host->json_parse(&desk->op->op, deep, sizeof deep, &why));
    assert_string_equal(why, "nested too deeply");
    const char *quoted =
        "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"]";
    assert_non_null(desk->host->json_parse(&desk->op->op, quoted, strlen(quoted), &why));
}

static void test_sets_there_and_back(void **state)
{
    struct desk *desk = *state;
    static const uint8_t wire[] = { 192, 0, 2, 1 };
    struct rrset *set = rrset_new(desk->arena, "a.example", TYPE_A, 300), back;
    for (int i = 0; i < 20; i++)
        rrset_add(desk->arena, set, (struct rdata){ wire, 4 });
    set->extra = "{}";
    set->token = "t";
    set->unmanaged = "u";
    host_rrset_back(desk->arena, host_rrset(desk->arena, set), &back);
    assert_true(rrset_equal(set, &back));
    assert_string_equal(back.token, "t");
    assert_string_equal(back.unmanaged, "u");
    assert_null(host_rrset(desk->arena, NULL));
    assert_null(host_rrset(desk->arena, rrset_new(desk->arena, "a.example", TYPE_A, 1)));
}

static void test_failures(void **state)
{
    struct desk *desk = *state;
    static const struct {
        enum dc_error error;
        enum err_code code;
        enum err_scope scope;
    } table[] = { { DC_ERR_FAILED, ERR_FAILED, ERR_SCOPE_ZONE },
                  { DC_ERR_NOT_FOUND, ERR_NOT_FOUND, ERR_SCOPE_ZONE },
                  { DC_ERR_AUTH, ERR_AUTH, ERR_SCOPE_PROVIDER },
                  { DC_ERR_LIMIT, ERR_LIMIT, ERR_SCOPE_PROVIDER },
                  { DC_ERR_REFUSED, ERR_FAILED, ERR_SCOPE_RRSET },
                  { DC_ERR_CONFLICT, ERR_CONFLICT, ERR_SCOPE_RRSET },
                  { DC_ERR_LOST, ERR_LOST, ERR_SCOPE_ZONE },
                  { (enum dc_error)99, ERR_FAILED, ERR_SCOPE_ZONE } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        /* In brackets, because cmocka has a macro of that name. */
        int answer = (desk->host->fail)(&desk->op->op, table[i].error, "row %zu", i);
        assert_int_equal(answer, DC_FAIL);
        assert_int_equal(desk->op->err.code, table[i].code);
        assert_int_equal(desk->op->err.scope, table[i].scope);
    }
    struct dc_header headers[] = { { "Content-Type", "x" }, { "ETag", "\"1\"" } };
    struct dc_reply reply = { .headers = headers, .n_headers = 2 };
    assert_string_equal(desk->host->header(&reply, "etag"), "\"1\"");
    assert_null(desk->host->header(&reply, "e-tag"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_set_up, desk_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_text),     TEST(test_base64),        TEST(test_names_and_data),
        TEST(test_json),     TEST(test_json_refusals), TEST(test_sets_there_and_back),
        TEST(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
