/* Commits of exactly the given files, in every state a user's repository is in. */
#include "store_box.h"

#include "store/commit.h"

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

static const struct identity ann = { .name = "Ann Lee", .email = "ann@acme.example" };
static const struct repo_file one_file[] = { { "tickets/new.json", "{\"new\": 1}\n", 11 } };

struct commit_row {
    const char *what, *make;
    const char *dir;
    enum err_code code;
    const char *words; /* error text; or, when it works, what `look` prints */
    const char *look;
};

/* Every look goes through git itself. */
static const struct commit_row commit_rows[] = {
    { "clean", "true", "work", ERR_NONE, "tickets/new.json",
      "cd work && git show --format= --name-only HEAD" },
    { "clean afterwards", "true", "work", ERR_NONE, "0", "cd work && git status --short | wc -l" },
    { "staged files stay staged", "cd work && echo s >staged && git add staged", "work", ERR_NONE,
      "A  staged", "cd work && git status --short" },
    { "they do not ride along", "cd work && echo s >staged && git add staged", "work", ERR_NONE,
      "tickets/new.json", "cd work && git show --format= --name-only HEAD" },
    { "unstaged changes stay", "cd work && echo s >dnschange.json", "work", ERR_NONE,
      " M dnschange.json", "cd work && git status --short" },
    { "detached", "git -C work checkout -q --detach", "work", ERR_CONFLICT, "detached", NULL },
    { "merge in progress", "cd work && git rev-parse HEAD >.git/MERGE_HEAD", "work", ERR_CONFLICT,
      "a merge is in progress", NULL },
    { "rebase in progress", "mkdir work/.git/rebase-merge", "work", ERR_CONFLICT, "rebase", NULL },
    { "unborn", "git init -q empty", "empty", ERR_NONE, "1", "git -C empty rev-list --count HEAD" },
    { "unborn with staged", "git init -q empty && cd empty && echo s >s && git add s", "empty",
      ERR_NONE, "A  s", "git -C empty status --short" },
    { "untracked in the way", "echo other >work/tickets/new.json", "work", ERR_CONFLICT,
      "not under version control", NULL },
    { "untracked, same text", "echo '{\"new\": 1}' >work/tickets/new.json", "work", ERR_NONE, "0",
      "cd work && git status --short | wc -l" },
    { "staged, same text", "cd work && echo '{\"new\": 1}' >tickets/new.json && git add tickets",
      "work", ERR_NONE, "0", "cd work && git status --short | wc -l" },
    { "staged, other text",
      "cd work && echo other >tickets/new.json && git add tickets && rm tickets/new.json", "work",
      ERR_CONFLICT, "staged changes", NULL },
    { "modified",
      "cd work && echo x >tickets/new.json && git add . && git commit -qm x &&"
      "echo y >tickets/new.json",
      "work", ERR_CONFLICT, "not committed", NULL },
    { "rewritten", "cd work && echo x >tickets/new.json && git add . && git commit -qm x", "work",
      ERR_NONE, "M\ttickets/new.json", "cd work && git show --format= --name-status HEAD" },
    { "removed, not committed",
      "cd work && echo x >tickets/new.json && git add . && git commit -qm x && rm tickets/new.json",
      "work", ERR_CONFLICT, "removed", NULL },
    { "a folder in the way", "mkdir work/tickets/new.json", "work", ERR_CONFLICT,
      "not a regular file", NULL },
    { "a link out in the way", "rm -r work/tickets && mkdir out && ln -s ../out work/tickets",
      "work", ERR_CONFLICT, "in the way", NULL },
    { "linked work tree", "git -C work worktree add -q ../linked", "linked", ERR_NONE, "0",
      "cd linked && git status --short | wc -l" },
    { "linked, right branch", "git -C work worktree add -q ../linked", "linked", ERR_NONE, "2",
      "git -C work rev-list --count linked" },
    { "sparse, inside", "cd work && git sparse-checkout set tickets", "work", ERR_NONE, "0",
      "cd work && git status --short | wc -l" },
    { "sparse, outside",
      "cd work && echo x >tickets/new.json && mkdir d && echo d >d/d && git add . &&"
      "git commit -qm x && git sparse-checkout set d",
      "work", ERR_NONE, "0", "cd work && git status --short | wc -l" },
    { "sparse index",
      "cd work && mkdir -p d/e && echo d >d/e/d && git add . && git commit -qm x &&"
      "git sparse-checkout set --sparse-index tickets",
      "work", ERR_FAILED, "--no-sparse-index", NULL },
    { "shallow", "git clone -q --depth 1 file://$PWD/work shallow", "shallow", ERR_NONE, "0",
      "cd shallow && git status --short | wc -l" },
    { "stale index lock", ": >work/.git/index.lock", "work", ERR_CONFLICT, "work/.git/index.lock",
      NULL },
    { "stale branch lock", ": >work/.git/refs/heads/main.lock", "work", ERR_CONFLICT,
      "refs/heads/main.lock", NULL },
    { "corrupt object",
      "cd work && f=.git/objects/$(git rev-parse HEAD^{tree} | sed 's|..|&/|') && chmod u+w $f &&"
      "echo junk >$f",
      "work", ERR_FAILED, "git fsck", NULL },
    { "sha-1 of another branch", "git -C work branch other", "work", ERR_NONE, "1",
      "git -C work rev-list --count other" },
    { "signing that fails",
      "git -C work config commit.gpgsign true &&"
      "git -C work config gpg.program /bin/false",
      "work", ERR_FAILED, "commit.gpgsign", NULL },
};

static void row_run(const struct commit_row *row)
{
    struct box box;
    struct commit_made made = { 0 };
    box_begin(&box);
    print_message("  %s\n", row->what);
    box_ok(&box, "%s", row->make);
    const char *before = box_out(&box, "cd %s && git for-each-ref | sha1sum", row->dir);
    const char *status = box_out(&box, "cd %s && git status --porcelain | sha1sum", row->dir);
    struct repo *repo = box_open(&box, row->dir);
    int rc = commit_files(repo, one_file, 1, "add the ticket\n", &ann, box.arena, &made, &box.err);
    repo_free(repo);
    if (row->code == ERR_NONE && rc < 0)
        print_error("%s (%s)\n", box.err.message, box.err.hint);
    assert_int_equal(rc, row->code == ERR_NONE ? 0 : -1);
    if (rc < 0) {
        assert_int_equal(box.err.code, row->code);
        box_says(&box, row->words);
        assert_string_equal(before, box_out(&box, "cd %s && git for-each-ref | sha1sum", row->dir));
        assert_string_equal(status,
                            box_out(&box, "cd %s && git status --porcelain | sha1sum", row->dir));
    } else {
        assert_string_equal(box_out(&box, "%s", row->look), row->words);
        assert_string_equal(made.commit, box_out(&box, "git -C %s rev-parse HEAD", row->dir));
        box_ok(&box, "git -C %s fsck --strict", row->dir);
    }
    box_end(&box);
}

static void test_commit_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commit_rows / sizeof *commit_rows; i++)
        row_run(&commit_rows[i]);
}

static void test_message_and_author(void **state)
{
    struct box *box = *state;
    struct commit_made made;
    REPO_SCOPED repo = box_open(box, "work");
    const struct identity bob = { .name = "Bob", .email = "bob@b.example" };
    assert_int_equal(
        commit_files(repo, one_file, 1, "subject\n\nbody\n", &bob, box->arena, &made, &box->err),
        0);
    assert_string_equal(made.branch, "main");
    assert_false(made.nothing);
    assert_string_equal(box_out(box, "git -C work log -1 --format='%%an <%%ae> %%cn %%s|%%b'"),
                        "Bob <bob@b.example> Bob subject|body");
    assert_string_equal(box_out(box, "git -C work reflog -1 --format=%%gs"), "commit: subject");
    char first[REPO_HEX_LEN + 1];
    memcpy(first, made.commit, sizeof first);
    assert_int_equal(commit_files(repo, one_file, 1, "again\n", &bob, box->arena, &made, &box->err),
                     0);
    assert_true(made.nothing);
    assert_string_equal(made.commit, first);
}

static void test_remove(void **state)
{
    struct box *box = *state;
    struct commit_made made;
    REPO_SCOPED repo = box_open(box, "work");
    const struct repo_file files[] = { { "tickets/a.json", NULL, 0 },
                                       { "tickets/gone.json", NULL, 0 },
                                       { "tickets/b.json", "b\n", 2 } };
    assert_int_equal(commit_files(repo, files, 3, "rename\n", &ann, box->arena, &made, &box->err),
                     0);
    assert_string_equal(box_out(box, "git -C work ls-tree -r --name-only HEAD tickets"),
                        "tickets/b.json");
    assert_string_equal(box_out(box, "git -C work status --short | wc -l"), "0");
    assert_int_not_equal(access(box_path(box, "work/tickets/a.json"), F_OK), 0);
}

struct branch_row {
    const char *what, *make, *branch, *base;
    enum err_code code;
    const char *words;
};

static const struct branch_row branch_rows[] = {
    { "from main", "true", "dns/A-1", "main", ERR_NONE, NULL },
    { "again", "true", "dns/A-1", "main", ERR_CONFLICT, "exists already" },
    { "dirty tree and index", "cd work && echo x >dnschange.json && echo y >y && git add y",
      "dns/A-2", "HEAD", ERR_NONE, NULL },
    { "detached", "git -C work checkout -q --detach", "dns/A-3", "main", ERR_NONE, NULL },
    { "no base", "true", "dns/A-4", "origin/main", ERR_NOT_FOUND, "origin/main" },
    { "branch named dns", "cd work && git branch -D dns/A-1 dns/A-2 dns/A-3 && git branch dns",
      "dns/A-5", "main", ERR_CONFLICT, "git branch -m dns" },
    { "bad name", "true", "a..b", "main", ERR_INVALID, "cannot be the name" },
    { "stale lock",
      "cd work && git branch -D dns && mkdir -p .git/refs/heads/dns &&"
      ": >.git/refs/heads/dns/A-6.lock",
      "dns/A-6", "main", ERR_CONFLICT, "A-6.lock" },
};

static void test_branch(void **state)
{
    struct box *box = *state;
    for (size_t i = 0; i < sizeof branch_rows / sizeof *branch_rows; i++) {
        const struct branch_row *row = &branch_rows[i];
        struct commit_made made = { 0 };
        print_message("  %s\n", row->what);
        box_ok(box, "%s", row->make);
        const char *before = box_out(box, "cd work && (git status --porcelain=2 --branch;"
                                          " find . -path ./.git -prune -o -print) | sha1sum");
        REPO_SCOPED repo = box_open(box, "work");
        int rc = commit_files_on_branch(repo, row->branch, row->base, one_file, 1, "ticket\n", &ann,
                                        box->arena, &made, &box->err);
        assert_int_equal(rc, row->code == ERR_NONE ? 0 : -1);
        assert_string_equal(before,
                            box_out(box, "cd work && (git status --porcelain=2 --branch;"
                                         " find . -path ./.git -prune -o -print) | sha1sum"));
        if (rc < 0) {
            assert_int_equal(box->err.code, row->code);
            box_says(box, row->words);
            continue;
        }
        assert_string_equal(made.branch, row->branch);
        assert_string_equal(box_out(box, "git -C work rev-parse %s", row->branch), made.commit);
        assert_string_equal(box_out(box, "git -C work diff --name-only main %s", row->branch),
                            "tickets/new.json");
    }
}

static void test_write_only(void **state)
{
    struct box *box = *state;
    REPO_SCOPED repo = box_open(box, "work");
    assert_int_equal(commit_write_only(repo, one_file, 1, &box->err), 0);
    assert_string_equal(box_out(box, "git -C work status --short"), "?? tickets/new.json");
    const struct repo_file other[] = { { "tickets/c.json", "c\n", 2 },
                                       { "tickets/new.json", "x\n", 2 } };
    assert_int_equal(commit_write_only(repo, other, 2, &box->err), -1);
    assert_int_equal(box->err.code, ERR_CONFLICT);
    assert_int_not_equal(access(box_path(box, "work/tickets/c.json"), F_OK), 0);
    box_ok(box, "git -C work checkout -q --detach");
    assert_int_equal(commit_write_only(repo, other, 1, &box->err), 0);
}

static void test_signed(void **state)
{
    struct box *box = *state;
    struct commit_made made;
    box_ok(box, "ssh-keygen -q -t ed25519 -N '' -f key && cd work &&"
                "git config commit.gpgsign true && git config gpg.format ssh &&"
                "git config user.signingkey $PWD/../key.pub");
    REPO_SCOPED repo = box_open(box, "work");
    int rc = commit_files(repo, one_file, 1, "signed\n", &ann, box->arena, &made, &box->err);
    assert_int_equal(rc, 0);
    assert_string_equal(box_out(box, "git -C work cat-file commit HEAD | grep -c SIGNATURE"), "2");
    assert_string_equal(box_out(box, "git -C work log -1 --format='%%an|%%ae|%%s|%%P'"),
                        arena_printf(box->arena, "Ann Lee|ann@acme.example|signed|%s",
                                     box_out(box, "git -C work rev-parse HEAD~1")));
    assert_string_equal(box_out(box, "git -C work status --short | wc -l"), "0");
}

/* The branch moves between our look and our swap: nothing of ours remains. */
static void test_race(void **state)
{
    struct box *box = *state;
    enum { WRITERS = 4, EACH = 10 };
    pid_t pids[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        if (pids[w] != 0)
            continue;
        int lost = 0;
        for (int i = 0; i < EACH; i++) {
            ARENA_SCOPED arena = arena_new("race", (size_t)64 << 20);
            const char *path = arena_printf(arena, "tickets/%d-%d.json", w, i);
            const struct repo_file file[] = { { path, path, strlen(path) } };
            struct commit_made made;
            struct err err = { 0 };
            struct repo *repo = repo_open(box_path(box, "work"), arena, &err);
            while (repo && commit_files(repo, file, 1, "race\n", &ann, arena, &made, &err) < 0)
                if (err.code != ERR_CONFLICT || ++lost > 20000) {
                    print_error("%s (%s)\n", err.message, err.hint);
                    _exit(99);
                }
            repo_free(repo);
        }
        _exit(0);
    }
    box_wait(pids, WRITERS);
    assert_string_equal(box_out(box, "git -C work ls-tree -r --name-only HEAD tickets | wc -l"),
                        "41");
    assert_string_equal(box_out(box, "git -C work rev-list --count HEAD"), "41");
    box_ok(box, "git -C work fsck --strict");
}

static void test_read_only(void **state)
{
    struct box *box = *state;
    struct commit_made made;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 755 . home && chmod 644 home/.gitconfig && chown -R 65534:65534 work home &&"
                "chmod -R a-w work/.git");
    assert_int_equal(seteuid(65534), 0);
    struct repo *repo = repo_open(box_path(box, "work"), box->arena, &box->err);
    int rc = repo ? commit_files(repo, one_file, 1, "x\n", &ann, box->arena, &made, &box->err) : 1;
    repo_free(repo);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(box->err.code, ERR_FAILED);
    box_says(box, "written by this user");
    assert_string_equal(box_out(box, "ls work/tickets"), "a.json");
}

/* Root commits in somebody's checkout; everything new is the owner's. */
static void test_as_root(void **state)
{
    struct box *box = *state;
    struct commit_made made;
    BOX_NEEDS_ROOT();
    box_ok(box, "chmod 700 home && chmod 755 . && chown -R 65534:65534 work");
    REPO_SCOPED repo = box_open(box, "work");
    struct identity who;
    assert_int_equal(repo_identity(repo, box->arena, &who, &box->err), 0);
    assert_string_equal(who.name, "Ann Lee");
    const struct repo_file files[] = { { "tickets/deep/x.json", "x\n", 2 } };
    if (commit_files(repo, files, 1, "x\n", &who, box->arena, &made, &box->err) < 0)
        fail_msg("%s", box->err.message);
    assert_int_equal(commit_files_on_branch(repo, "dns/x", "main", one_file, 1, "x\n", &who,
                                            box->arena, &made, &box->err),
                     0);
    assert_string_equal(box_out(box, "find work ! -user 65534 | wc -l"), "0");
    assert_string_equal(box_out(box, "find work ! -group 65534 | wc -l"), "0");
    assert_string_equal(box_out(box, "git -C work -c safe.directory='*' log -1 --format=%%an"),
                        "Ann Lee");
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commit_rows), TEST(message_and_author), TEST(remove),
        TEST(branch),      TEST(write_only),         TEST(signed),
        TEST(race),        TEST(read_only),          TEST(as_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
