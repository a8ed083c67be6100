/* Finding, refusing, making and reading repositories. */
#include "store_box.h"

#include <git2.h>

/* git_repository_open of libgit2 1.5.1 loses a few hundred octets of libpcre2's
 * for every configuration with extensions. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpcre2-8.so\n";
}

static int setup(void **state)
{
    static struct box box;
    box_begin(&box);
    *state = &box;
    return 0;
}

static int teardown(void **state)
{
    box_end(*state);
    return 0;
}

struct open_row {
    const char *what, *make, *dir;
    enum err_code code; /* ERR_NONE: opens, and root is `words` below the box */
    const char *words;
};

static const struct open_row open_rows[] = {
    { "the root", "true", "work", ERR_NONE, "work" },
    { "a sub folder", "true", "work/tickets", ERR_NONE, "work" },
    { "no repository", "mkdir none", "none", ERR_NOT_FOUND, "dnschange init" },
    { "no folder", "true", "gone", ERR_NOT_FOUND, "dnschange init" },
    { "bare", "git init -q --bare bare", "bare", ERR_INVALID, "git clone" },
    { "sparse checkout", "cd work && git sparse-checkout set tickets", "work", ERR_NONE, "work" },
    { "partial clone",
      "git -C work config uploadpack.allowFilter true &&"
      "git clone -q --filter=blob:none file://$PWD/work partial",
      "partial", ERR_INVALID, "without --filter" },
    { "sha256", "git init -q --object-format=sha256 sha256", "sha256", ERR_INVALID, "SHA-256" },
    { "reftable",
      "git init -q reftable && cd reftable && git config core.repositoryFormatVersion 1 &&"
      "git config extensions.refStorage reftable",
      "reftable", ERR_INVALID, "--ref-format=files" },
    { "an extension of tomorrow",
      "git init -q odd && cd odd && git config core.repositoryFormatVersion 1 &&"
      "git config extensions.tomorrow x",
      "odd", ERR_FAILED, "tomorrow" },
    { "linked work tree", "git -C work worktree add -q ../linked", "linked", ERR_NONE, "linked" },
    { "shallow", "git clone -q --depth 1 file://$PWD/work shallow", "shallow", ERR_NONE,
      "shallow" },
    { "empty", "git init -q empty", "empty", ERR_NONE, "empty" },
};

static void test_open(void **state)
{
    struct box *box = *state;
    for (size_t i = 0; i < sizeof open_rows / sizeof *open_rows; i++) {
        const struct open_row *row = &open_rows[i];
        print_message("  %s\n", row->what);
        box_ok(box, "%s", row->make);
        REPO_SCOPED repo = repo_open(box_path(box, row->dir), box->arena, &box->err);
        if (row->code == ERR_NONE) {
            assert_non_null(repo);
            assert_string_equal(repo_root(repo), box_path(box, row->words));
            continue;
        }
        assert_null(repo);
        assert_int_equal(box->err.code, row->code);
        box_says(box, row->words);
    }
}

static void test_common_dir(void **state)
{
    struct box *box = *state;
    box_ok(box,
           "git -C work worktree add -q ../linked && git clone -q --depth 1 file://$PWD/work s");
    REPO_SCOPED work = box_open(box, "work");
    REPO_SCOPED linked = box_open(box, "linked");
    REPO_SCOPED shallow = box_open(box, "s");
    assert_string_equal(repo_common_dir(work), box_path(box, "work/.git"));
    assert_string_equal(repo_common_dir(linked), box_path(box, "work/.git"));
    assert_false(repo_is_shallow(work));
    assert_true(repo_is_shallow(shallow));
}

static void test_settings(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(repo_need_settings(repo, &box->err), 0);
    box_ok(box, "rm work/dnschange.json");
    assert_int_equal(repo_need_settings(repo, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    box_says(box, "dnschange init");
}

struct identity_row {
    const char *name, *email, *env_name, *env_email;
    const char *want_name, *want_email; /* NULL: refused */
};

static const struct identity_row identity_rows[] = {
    { "Ann Lee", "ann@acme.example", NULL, NULL, "Ann Lee", "ann@acme.example" },
    { "Ann Lee", "ann@acme.example", "Bob", NULL, "Bob", "ann@acme.example" },
    { "Ann", "a@b", NULL, "bob@b.example", "Ann", "bob@b.example" },
    { " <Ann>. ", "<a@b>", NULL, NULL, "Ann", "a@b" },
    { "Ann Lee", NULL, NULL, NULL, NULL, NULL },
    { NULL, "ann@acme.example", NULL, NULL, NULL, NULL },
    { " ", "ann@acme.example", NULL, NULL, NULL, NULL },
    { NULL, NULL, "Bob", "bob@b.example", "Bob", "bob@b.example" },
};

static void set_or_unset(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void test_identity(void **state)
{
    struct box *box = *state;
    for (size_t i = 0; i < sizeof identity_rows / sizeof *identity_rows; i++) {
        const struct identity_row *row = &identity_rows[i];
        struct identity who = { 0 };
        box_ok(box, ": >home/.gitconfig");
        if (row->name)
            box_ok(box, "git config --global user.name '%s'", row->name);
        if (row->email)
            box_ok(box, "git config --global user.email '%s'", row->email);
        set_or_unset("GIT_AUTHOR_NAME", row->env_name);
        set_or_unset("GIT_AUTHOR_EMAIL", row->env_email);
        REPO_SCOPED repo = box_open(box, "work");
        int rc = repo_identity(repo, box->arena, &who, &box->err);
        assert_int_equal(rc, row->want_name ? 0 : -1);
        if (row->want_name) {
            assert_string_equal(who.name, row->want_name);
            assert_string_equal(who.email, row->want_email);
        } else {
            assert_int_equal(box->err.code, ERR_INVALID);
            box_says(box, "git config --global user.email");
            repo_identity_any(repo, box->arena, &who);
            assert_true(who.assumed);
            assert_true(strlen(who.name) > 0 && strchr(who.email, '@'));
        }
    }
    set_or_unset("GIT_AUTHOR_NAME", NULL);
    set_or_unset("GIT_AUTHOR_EMAIL", NULL);
}

struct head_row {
    const char *make, *branch, *busy;
    bool detached, commit;
};

static const struct head_row head_rows[] = {
    { "true", "main", NULL, false, true },
    { "git -C work switch -q -c dns/x", "dns/x", NULL, false, true },
    { "git -C work checkout -q --detach", NULL, NULL, true, true },
    { "git -C work checkout -q --orphan fresh", "fresh", NULL, false, false },
    { "git -C work checkout -qf main && git -C work rev-parse HEAD >work/.git/MERGE_HEAD", "main",
      "merge", false, true },
    { "rm work/.git/MERGE_HEAD && mkdir work/.git/rebase-merge", "main", "rebase", false, true },
};

static void test_head(void **state)
{
    struct box *box = *state;
    for (size_t i = 0; i < sizeof head_rows / sizeof *head_rows; i++) {
        const struct head_row *row = &head_rows[i];
        struct repo_head head;
        box_ok(box, "%s", row->make);
        REPO_SCOPED repo = box_open(box, "work");
        assert_int_equal(repo_head(repo, box->arena, &head, &box->err), 0);
        assert_int_equal(head.detached, row->detached);
        assert_int_equal(head.commit != NULL, row->commit);
        assert_string_equal(head.branch ? head.branch : "-", row->branch ? row->branch : "-");
        assert_string_equal(head.busy ? head.busy : "-", row->busy ? row->busy : "-");
    }
}

struct read_row {
    const char *path;
    enum err_code code;
    const char *text;
};

static const struct read_row read_rows[] = {
    { "tickets/a.json", ERR_NONE, "{\"id\": \"a\"}\n" },
    { "tickets/none.json", ERR_NOT_FOUND, "none.json" },
    { "none/a.json", ERR_NOT_FOUND, NULL },
    { "tickets", ERR_INVALID, "not a regular file" },
    { "../work/dnschange.json", ERR_INVALID, "not a path" },
    { "/etc/passwd", ERR_INVALID, "not a path" },
    { "tickets/../dnschange.json", ERR_INVALID, "not a path" },
    { ".git/config", ERR_INVALID, "not a path" },
    { "", ERR_INVALID, "not a path" },
    { "tickets/out.json", ERR_INVALID, "leads out" },
    { "tickets/in.json", ERR_NONE, "{\"version\": 1}\n" },
    { "tickets/fifo", ERR_INVALID, "not a regular file" },
    { "tickets/empty", ERR_NONE, "" },
};

static void test_read(void **state)
{
    struct box *box = *state;
    box_ok(box,
           "cd work/tickets && ln -s /etc/passwd out.json && ln -s ../dnschange.json in.json &&"
           "mkfifo fifo && : >empty");
    REPO_SCOPED repo = box_open(box, "work");
    for (size_t i = 0; i < sizeof read_rows / sizeof *read_rows; i++) {
        const struct read_row *row = &read_rows[i];
        const char *text = NULL;
        size_t len = 0;
        int rc = repo_read(repo, row->path, box->arena, &text, &len, &box->err);
        assert_int_equal(rc, row->code == ERR_NONE ? 0 : -1);
        if (rc == 0) {
            assert_string_equal(text, row->text);
            assert_int_equal(len, strlen(row->text));
            continue;
        }
        assert_int_equal(box->err.code, row->code);
        box_says(box, row->text);
    }
}

static void test_read_at(void **state)
{
    struct box *box = *state;
    const char *text = NULL;
    char hex[REPO_HEX_LEN + 1], same[REPO_HEX_LEN + 1];
    box_ok(box, "cd work && git branch old && echo new >tickets/a.json && git commit -qam two");
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(
        repo_read_at(repo, "old", "tickets/a.json", box->arena, &text, NULL, &box->err), 0);
    assert_string_equal(text, "{\"id\": \"a\"}\n");
    assert_int_equal(
        repo_read_at(repo, "HEAD", "tickets/a.json", box->arena, &text, NULL, &box->err), 0);
    assert_string_equal(text, "new\n");
    assert_int_equal(repo_read_at(repo, "gone", "x", box->arena, &text, NULL, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    assert_int_equal(repo_read_at(repo, "old", "x", box->arena, &text, NULL, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    assert_int_equal(repo_read_at(repo, "old", "tickets", box->arena, &text, NULL, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    assert_int_equal(repo_blob_at(repo, "HEAD", "tickets/a.json", hex, &box->err), 0);
    repo_blob_of("new\n", 4, same);
    assert_string_equal(hex, same);
    assert_string_equal(hex, box_out(box, "git -C work rev-parse HEAD:tickets/a.json"));
    assert_int_equal(repo_resolve(repo, "old", hex, &box->err), 0);
    assert_string_equal(hex, box_out(box, "git -C work rev-parse old"));
}

static void test_list(void **state)
{
    struct box *box = *state;
    struct strv names;
    box_ok(box, "cd work/tickets && echo b >b.json && echo r >b.rollback.jsonl && mkdir sub.json &&"
                "echo x >.a.json.1.tmp && git add b.json && git commit -qm b && echo c >c.json");
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(repo_list(repo, "tickets", ".json", box->arena, &names, &box->err), 0);
    assert_string_equal(strv_join(box->arena, &names, " "), "a.json b.json c.json");
    assert_int_equal(repo_list_at(repo, "HEAD", "tickets", ".json", box->arena, &names, &box->err),
                     0);
    assert_string_equal(strv_join(box->arena, &names, " "), "a.json b.json");
    assert_int_equal(repo_list(repo, "nothing", NULL, box->arena, &names, &box->err), 0);
    assert_int_equal(names.n, 0);
    assert_int_equal(repo_list_at(repo, "HEAD", "nothing", NULL, box->arena, &names, &box->err), 0);
    assert_int_equal(names.n, 0);
    assert_int_equal(repo_list_at(repo, "gone", "tickets", NULL, box->arena, &names, &box->err),
                     -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
}

static void test_refs(void **state)
{
    struct box *box = *state;
    struct strv refs = { 0 };
    box_ok(box, "cd work && git branch dns/B && git branch dns/A && git branch dnsx");
    REPO_SCOPED repo = repo_open(box_path(box, "work"), box->arena, &box->err);
    assert_non_null(repo);
    assert_int_equal(repo_refs(repo, "refs/heads/dns/*", box->arena, &refs, &box->err), 0);
    assert_string_equal(strv_join(box->arena, &refs, " "), "refs/heads/dns/A refs/heads/dns/B");
    assert_int_equal(repo_refs(repo, "refs/remotes/none/*", box->arena, &refs, &box->err), 0);
    assert_int_equal(refs.n, 0);
}

static void test_changed_since(void **state)
{
    struct box *box = *state;
    struct strv names;
    box_ok(box,
           "cd work && echo k >tickets/k.json && git add . && git commit -qm k &&"
           "git branch base && git switch -q -c pr && echo b >tickets/b.json &&"
           "git add . && git commit -qm b && git switch -q base && echo z >tickets/z.json &&"
           "git add . && git commit -qm z && git switch -q pr && echo changed >tickets/k.json &&"
           "rm tickets/a.json && echo c >tickets/c.json");
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(
        repo_changed_since(repo, "base", "tickets", ".json", box->arena, &names, &box->err), 0);
    assert_string_equal(strv_join(box->arena, &names, " "), "b.json c.json k.json");
    assert_int_equal(
        repo_changed_since(repo, "gone", "tickets", ".json", box->arena, &names, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
    box_ok(box, "git clone -q --depth 1 --no-single-branch file://$PWD/work shallow");
    REPO_SCOPED shallow = box_open(box, "shallow");
    assert_int_equal(repo_changed_since(shallow, "origin/base", "tickets", ".json", box->arena,
                                        &names, &box->err),
                     -1);
    assert_int_equal(box->err.code, ERR_INVALID);
    box_says(box, "--unshallow");
}

static void test_last_touch(void **state)
{
    struct box *box = *state;
    struct repo_touch touch;
    box_ok(box, "cd work && echo 2 >tickets/a.json &&"
                "git -c user.name=Bob -c user.email=bob@b.example commit -qam bob &&"
                "echo x >other && git add other && git commit -qm other");
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(repo_last_touch(repo, "HEAD", "tickets/a.json", box->arena, &touch, &box->err),
                     0);
    assert_string_equal(touch.author_name, "Bob");
    assert_string_equal(touch.author_email, "bob@b.example");
    assert_string_equal(touch.commit, box_out(box, "git -C work rev-parse HEAD~1"));
    assert_int_equal(repo_last_touch(repo, "HEAD", "dnschange.json", box->arena, &touch, &box->err),
                     0);
    assert_string_equal(touch.commit, box_out(box, "git -C work rev-parse HEAD~2"));
    assert_int_equal(repo_last_touch(repo, "HEAD", "gone", box->arena, &touch, &box->err), -1);
    assert_int_equal(box->err.code, ERR_NOT_FOUND);
}

static const struct repo_file init_files[] = {
    { "dnschange.json", "{}\n", 3 },
    { "domains/acme.json", "{}\n", 3 },
};

struct init_row {
    const char *what, *make, *dir, *records;
    enum err_code code;
    const char *words; /* error, or the files made */
    bool repository;
};

static const struct init_row init_rows[] = {
    { "new folder", "true", "fresh/deep", NULL, ERR_NONE, "dnschange.json domains/acme.json",
      true },
    { "again", "true", "fresh/deep", NULL, ERR_NONE, "", false },
    { "git init was done", "git init -q bare0", "bare0", "dnschange-records", ERR_NONE,
      "dnschange.json domains/acme.json", false },
    { "settings there", "true", "work", NULL, ERR_NONE, "domains/acme.json", false },
    { "inside another", "true", "work/tickets", NULL, ERR_CONFLICT, "lies inside", false },
    { "branch in the way", "git -C work branch dnschange-records/x", "work", "dnschange-records",
      ERR_CONFLICT, "git branch -m", false },
    { "the other way round", "git -C work branch dns", "work", "dns/records", ERR_CONFLICT,
      "git branch -m", false },
    { "no branch name", "true", "work", "a..b", ERR_INVALID, "cannot be the name", false },
    { "a file in the way", ": >plain", "plain/x", NULL, ERR_FAILED, "plain", false },
};

static void test_init(void **state)
{
    struct box *box = *state;
    for (size_t i = 0; i < sizeof init_rows / sizeof *init_rows; i++) {
        const struct init_row *row = &init_rows[i];
        struct repo_made made = { 0 };
        print_message("  %s\n", row->what);
        box_ok(box, "%s", row->make);
        int rc = repo_init(box_path(box, row->dir), init_files, 2, row->records, box->arena, &made,
                           &box->err);
        assert_int_equal(rc, row->code == ERR_NONE ? 0 : -1);
        if (rc < 0) {
            assert_int_equal(box->err.code, row->code);
            box_says(box, row->words);
            continue;
        }
        assert_int_equal(made.repository, row->repository);
        assert_string_equal(strv_join(box->arena, &made.made, " "), row->words);
        assert_int_equal(made.made.n + made.kept.n, 2);
    }
    assert_string_equal(box_out(box, "git -C fresh/deep symbolic-ref HEAD"), "refs/heads/main");
    assert_string_equal(box_out(box, "cat work/dnschange.json"), "{\"version\": 1}");
}

static void test_remotes(void **state)
{
    struct box *box = *state;
    REPO_SCOPED alone = box_open(box, "work");
    assert_null(repo_any_remote(alone, box->arena));
    assert_false(repo_has_remote(alone, "origin"));
    box_ok(box, "cd work && git remote add second https://ann:secret@host.example/x@y.git");
    REPO_SCOPED one = box_open(box, "work");
    assert_string_equal(repo_any_remote(one, box->arena), "second");
    assert_string_equal(repo_remote_url(one, box->arena, "second"), "https://host.example/x@y.git");
    box_ok(box, "cd work && git remote add origin git@host.example:x.git");
    REPO_SCOPED two = box_open(box, "work");
    assert_string_equal(repo_any_remote(two, box->arena), "origin");
    assert_string_equal(repo_remote_url(two, box->arena, "origin"), "git@host.example:x.git");
    assert_null(repo_remote_url(two, box->arena, "third"));
    assert_string_equal(repo_config(two, box->arena, "user.name"), "Ann Lee");
    assert_null(repo_config(two, box->arena, "no.such"));
}

/* Another user's checkout: not ours to open, unless told so. */
static void test_other_users(void **state)
{
    struct box *box = *state;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . home && chmod 644 home/.gitconfig && chown -R 65534:65534 work");
    REPO_SCOPED as_root = box_open(box, "work");
    assert_string_equal(repo_root(as_root), box_path(box, "work"));
    assert_int_equal(seteuid(65533), 0);
    struct repo *stranger = repo_open(box_path(box, "work"), box->arena, &box->err);
    assert_int_equal(seteuid(0), 0);
    assert_null(stranger);
    assert_int_equal(box->err.code, ERR_INVALID);
    box_says(box, "safe.directory");
    box_ok(box, "git config --global --add safe.directory '%s'; chmod 644 home/.gitconfig",
           box_path(box, "work"));
    assert_int_equal(seteuid(65533), 0);
    stranger = repo_open(box_path(box, "work"), box->arena, &box->err);
    assert_int_equal(seteuid(0), 0);
    assert_non_null(stranger);
    repo_free(stranger);
}

/* What root makes in somebody's folder belongs to that somebody. */
static void test_init_as_root(void **state)
{
    struct box *box = *state;
    struct repo_made made;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . && mkdir theirs && chown 65534:65534 theirs");
    assert_int_equal(
        repo_init(box_path(box, "theirs"), init_files, 2, NULL, box->arena, &made, &box->err), 0);
    assert_string_equal(box_out(box, "find theirs ! -user 65534 | wc -l"), "0");
    assert_string_equal(box_out(box, "find theirs ! -group 65534 | wc -l"), "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(open),       TEST(common_dir), TEST(settings), TEST(identity),    TEST(head),
        TEST(read),       TEST(read_at),    TEST(list),     TEST(refs),        TEST(changed_since),
        TEST(last_touch), TEST(init),       TEST(remotes),  TEST(other_users), TEST(init_as_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
