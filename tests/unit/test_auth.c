/* auth: secrets from variables, files and commands, and where they must not show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provider/auth.h"
#include "provider_world.h"

struct box {
    struct world world;
    struct loop_port loop;
    char folder[64], file[128];
};

static int box_set_up(void **state)
{
    struct box *box = calloc(1, sizeof *box);
    box->loop = world_loop(&box->world);
    strcpy(box->folder, "/tmp/dnschange-auth-XXXXXX");
    assert_non_null(mkdtemp(box->folder));
    snprintf(box->file, sizeof box->file, "%s/key", box->folder);
    *state = box;
    return 0;
}

static int box_tear_down(void **state)
{
    struct box *box = *state;
    unlink(box->file);
    rmdir(box->folder);
    free(box);
    return 0;
}

static void file_put(const struct box *box, const char *text, mode_t mode)
{
    FILE *f = fopen(box->file, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(box->file, mode), 0);
}

static void on_done(void *arg)
{
    ++*(int *)arg;
}

/* Fetches one source and fills "k={{secret}}." with it; NULL: `ret` says why not. */
static const char *fetch(struct box *box, struct secret_source source, const char *repository,
                         struct err *ret)
{
    static char text[4096];
    struct secret_sources sources = { .v = &source, .n = 1 };
    struct secrets *secrets = secrets_new(&sources, &box->loop, repository, 200);
    int done = 0;
    source.part = "secret";
    assert_int_equal(secrets_state(secrets), SECRETS_NEW);
    secrets_fetch(secrets, on_done, &done);
    assert_int_equal(done, 0); /* only from the loop */
    world_drain(&box->world);
    assert_int_equal(done, 1);
    text[0] = '\0';
    if (secrets_state(secrets) == SECRETS_READY) {
        BUF_SCOPED out = BUF(4000);
        *ret = (struct err){ 0 };
        if (secrets_fill(secrets, "k={{secret}}.", &out, ret) == 0)
            snprintf(text, sizeof text, "%s", buf_text(&out));
    } else {
        *ret = *secrets_err(secrets);
        /* A file that breaks a rule is the settings' fault, the rest is a failure. */
        bool rule = strstr(ret->message, "can be ") || strstr(ret->message, "regular file");
        assert_int_equal(ret->code, rule ? ERR_INVALID : ERR_AUTH);
        assert_int_equal(ret->scope, ERR_SCOPE_PROVIDER);
    }
    secrets_free(secrets);
    return text[0] ? text : NULL;
}

static const char *command(struct box *box, const char *script, struct err *ret)
{
    const char *argv[] = { "sh", "-c", script };
    return fetch(
        box,
        (struct secret_source){ .kind = SECRET_COMMAND, .argv = { argv, 3, 3 }, .part = "secret" },
        NULL, ret);
}

static void test_variable(void **state)
{
    struct err err;
    struct secret_source source = { .part = "secret", .kind = SECRET_ENV, .text = "AUTH_TEST_KEY" };
    unsetenv("AUTH_TEST_KEY");
    assert_null(fetch(*state, source, NULL, &err));
    assert_string_equal(err.message, "secret from environment variable AUTH_TEST_KEY: is not set");
    setenv("AUTH_TEST_KEY", "", 1);
    assert_null(fetch(*state, source, NULL, &err));
    assert_non_null(strstr(err.message, "is empty"));
    setenv("AUTH_TEST_KEY", "hunter2\n", 1);
    assert_string_equal(fetch(*state, source, NULL, &err), "k=hunter2.");
    setenv("AUTH_TEST_KEY", "hunter2\nX-Evil: 1", 1);
    assert_null(fetch(*state, source, NULL, &err));
    assert_string_equal(err.message, "the secret holds a control character");
}

static void test_file_permissions(void **state)
{
    struct box *box = *state;
    static const struct {
        mode_t mode;
        bool in_repository;
        const char *words; /* NULL: fine */
    } table[] = {
        { 0600, true, NULL },
        { 0600, false, NULL },
        { 0640, true, NULL },
        { 0644, false, NULL },
        { 0644, true, "can be read by everybody" },
        { 0620, false, "can be written by others" },
        { 0602, false, "can be written by others" },
        { 0666, true, "can be written by others" },
    };
    setenv("HOME", "/nonexistent", 1);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err;
        struct secret_source source = { .part = "secret", .kind = SECRET_FILE, .text = box->file };
        file_put(box, "hunter2\r\n", table[i].mode);
        const char *text = fetch(box, source, table[i].in_repository ? box->folder : NULL, &err);
        if (table[i].words ? text != NULL || !strstr(err.message, table[i].words)
                           : !text || strcmp(text, "k=hunter2.") != 0)
            fail_msg("row %zu: %s", i, err.message);
    }
    setenv("HOME", box->folder, 1);
    file_put(box, "x", 0644);
    struct err err;
    assert_null(fetch(
        box, (struct secret_source){ .part = "secret", .kind = SECRET_FILE, .text = box->file },
        NULL, &err));
    assert_non_null(strstr(err.message, "can be read by everybody"));
}

static void test_file_kinds(void **state)
{
    struct box *box = *state;
    struct err err;
    struct secret_source source = { .part = "secret", .kind = SECRET_FILE, .text = box->file };
    assert_null(fetch(box, source, NULL, &err));
    assert_non_null(strstr(err.message, "cannot be opened"));
    assert_int_equal(mkfifo(box->file, 0600), 0);
    assert_null(fetch(box, source, NULL, &err)); /* and does not wait for a writer */
    assert_non_null(strstr(err.message, "is not a regular file"));
    unlink(box->file);
    file_put(box, "rel", 0600);
    source.text = "key"; /* relative to the repository */
    assert_string_equal(fetch(box, source, box->folder, &err), "k=rel.");
}

static void test_command(void **state)
{
    static const struct {
        const char *script, *want, *words;
    } table[] = {
        { "echo hunter2", "k=hunter2.", NULL },
        { "printf 'a b'; echo noise >&2", "k=a b.", NULL },
        { "echo hunter2; exit 3", NULL, "secret from command sh: ended with status 3" },
        { "kill -9 $$", NULL, "was killed" },
        { "true", NULL, "is empty" },
        { "sleep 60; echo late", NULL, "gave no answer in 200 ms" },
        { "head -c 70000 /dev/zero | tr '\\0' x", NULL, "wrote more than" },
        { "read x; echo got$x", "k=got.", NULL }, /* nothing to read: no terminal */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct err err = { 0 };
        const char *text = command(*state, table[i].script, &err);
        if (table[i].want ? !text || strcmp(text, table[i].want) != 0
                          : text != NULL || !strstr(err.message, table[i].words))
            fail_msg("row %zu: %s %s", i, text ? text : "", err.message);
        assert_null(strstr(err.message, "hunter2"));
    }
}

static void test_command_that_is_not_there(void **state)
{
    struct err err;
    const char *argv[] = { "/nonexistent/program" };
    assert_null(fetch(
        *state,
        (struct secret_source){ .part = "secret", .kind = SECRET_COMMAND, .argv = { argv, 1, 1 } },
        NULL, &err));
    assert_non_null(strstr(err.message, "cannot be run"));
}

static void test_free_while_a_command_runs(void **state)
{
    struct box *box = *state;
    const char *argv[] = { "sleep", "1000" };
    struct secret_source source = { .part = "secret",
                                    .kind = SECRET_COMMAND,
                                    .argv = { argv, 2, 2 } };
    struct secret_sources sources = { .v = &source, .n = 1 };
    struct secrets *secrets = secrets_new(&sources, &box->loop, NULL, 10000);
    int done = 0;
    secrets_fetch(secrets, on_done, &done);
    world_turn(&box->world);
    assert_int_equal(secrets_state(secrets), SECRETS_BUSY);
    secrets_free(secrets);
    assert_null(box->world.timers);
    assert_int_equal(done, 0);
}

static void test_slots_and_redaction(void **state)
{
    struct box *box = *state;
    struct secret_source v[] = { { .part = "id", .kind = SECRET_ENV, .text = "AUTH_TEST_ID" },
                                 { .part = "key", .kind = SECRET_ENV, .text = "AUTH_TEST_KEY" } };
    struct secret_sources sources = { .v = v, .n = 2 };
    setenv("AUTH_TEST_ID", "me", 1);
    setenv("AUTH_TEST_KEY", "hunter2", 1);
    struct secrets *secrets = secrets_new(&sources, &box->loop, NULL, 200);
    int done = 0;
    secrets_fetch(secrets, on_done, &done);
    world_drain(&box->world);
    struct err err;
    BUF_SCOPED out = BUF(1000);
    assert_int_equal(secrets_fill(secrets, "{{id}}:{{key}} {{", &out, &err), 0);
    assert_string_equal(buf_text(&out), "me:hunter2 {{");
    assert_int_equal(secrets_fill(secrets, "{{other}}", &out, &err), -1);
    char text[] = "hunter2: no, hunter2hunter";
    secrets_redact(secrets, text);
    assert_string_equal(text, "*******: no, *******hunter");
    secrets_free(secrets);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, box_set_up, box_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_variable),
        TEST(test_file_permissions),
        TEST(test_file_kinds),
        TEST(test_command),
        TEST(test_command_that_is_not_there),
        TEST(test_free_while_a_command_runs),
        TEST(test_slots_and_redaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
