"""propose and git: exactly its files, on the right branch, in every shape a
repository comes in; each refusal has its exit code and writes nothing."""
import json
import os
import pathlib
import shutil
import unittest

from harness import SandboxTest


class Propose(SandboxTest):
    zones = ["a.example", "b.example"]

    def setUp(self):
        self.head = self.box.git("rev-parse", "HEAD")

    def files_of(self, commit):
        return self.box.git("show", "--format=", "--name-only", commit).split()

    def test_commits_exactly_its_file(self):
        box = self.box
        (box.repo / "staged.txt").write_text("mine\n")
        box.git("add", "staged.txt")
        (box.repo / "loose.txt").write_text("mine too\n")
        run = self.ok(box.dc("--json", "propose", "a.example", "--change", "add @ TXT x=1",
                             "--reason", "r")).json
        self.assertEqual(run["path"], f"tickets/{run['ticket']}.json")
        self.assertEqual(run["branch"], "main")
        self.assertEqual(self.files_of("HEAD"), [run["path"]])
        self.assertEqual(box.git("rev-parse", "HEAD"), run["commit"])
        self.assertEqual(box.git("rev-parse", f"HEAD:{run['path']}"), run["blob"])
        self.assertEqual(box.git("status", "--porcelain").splitlines(),
                         ["A  staged.txt", "?? loose.txt"])
        box.git("rm", "-q", "--cached", "staged.txt")
        (box.repo / "staged.txt").unlink()
        (box.repo / "loose.txt").unlink()

    def test_bare_id_and_no_commit(self):
        box = self.box
        run = self.ok(box.dc("propose", "a.example", "--change", "add @ TXT x=2", "--reason", "r",
                             "--no-commit"))
        self.assertRegex(run.out, r"\ADNS-\d{4}-\d\d-\d\d-\d{3,}\n\Z")
        self.assertEqual(box.git("rev-parse", "HEAD"), self.head)
        path = box.repo / "tickets" / (run.out.strip() + ".json")
        ticket = json.loads(path.read_text())
        self.assertEqual(ticket["requested_by"], "Test Operator <operator@test.example>")
        self.assertEqual(ticket["rollback"]["a.example"][0]["type"], "TXT")
        path.unlink()

    def test_push_without_a_remote_writes_nothing(self):
        box = self.box
        self.ok(box.dc("propose", "a.example", "--change", "add @ TXT x=1", "--reason", "r",
                       "--push"), 5)
        self.assertEqual(box.git("rev-parse", "HEAD"), self.head)
        self.assertEqual(box.git("status", "--porcelain"), "")

    def test_what_is_left_out_is_listed(self):
        box = self.box
        box.patch("b.example", "only.b.example", "A", ["192.0.2.9"])
        args = ["propose", "all", "--change", "remove only A", "--reason", "r", "--skip-unfit"]
        run = self.ok(box.dc(*args, "--no-commit"))
        self.assertIn("left out a.example: ", run.err)
        path = box.repo / "tickets" / (run.out.strip() + ".json")
        self.assertEqual(json.loads(path.read_text())["scope"]["domains"], ["b.example"])
        path.unlink()
        run = self.ok(box.dc("--json", *args, "--dry-run")).json
        self.assertEqual([s["domain"] for s in run["skipped"]], ["a.example"])
        self.assertEqual(run["domains"], ["b.example"])

    def test_without_a_secret_the_servers_are_read(self):
        box = self.box
        args = ["propose", "a.example", "--change", "add @ TXT x=1", "--reason", "r"]
        self.assertEqual(self.ok(box.dc("--json", *args, "--dry-run")).json["source"], "api")
        settings = box.settings()
        del settings["providers"]["pdns"]["secret"]
        box.write_settings(settings)
        try:
            run = self.ok(box.dc("--json", *args, "--dry-run")).json
            self.assertEqual(run["source"], "dns")
            run = self.ok(box.dc(*args, "--no-commit"))
            self.assertIn("values read from dns", run.err)
            (box.repo / "tickets" / (run.out.strip() + ".json")).unlink()
        finally:
            box.write_settings(box.settings())

    def test_apply_at_once_tells_every_check(self):
        """The bake looks at DNS again; what the hook and the mail check said stays."""
        box = self.box
        settings = box.settings()
        settings["hooks"] = {"smoke": {"argv": ["/bin/sh", "-c", "cat >/dev/null"]}}
        settings["rollout"]["bake"] = "1s"
        box.write_settings(settings)
        try:
            run = self.ok(box.dc("--json", "propose", "all", "--change", "add _h 1 TXT x=1",
                                 "--reason", "r", "--verify", "hook:smoke,mail-records",
                                 "--canary", "b.example", "--apply")).json["apply"]
        finally:
            box.write_settings(box.settings())
        self.assertGreater(run["ms"]["bake"], 0)
        checks = {d["domain"]: {(c["check"], c["verdict"]) for c in d["checks"]}
                  for d in run["domains"]}
        self.assertEqual(checks["b.example"], {("dns", "pass"), ("mail-records", "pass"),
                                               ("hook:smoke", "pass")})

    def test_dry_run_writes_nothing(self):
        box = self.box
        self.ok(box.dc("propose", "all", "--change", "add @ TXT x=3", "--reason", "r", "--dry-run"))
        self.assertEqual(box.git("rev-parse", "HEAD"), self.head)
        self.assertEqual(box.git("status", "--porcelain"), "")

    def test_detached_head(self):
        box = self.box
        box.git("checkout", "-q", "--detach")
        try:
            run = box.dc("propose", "a.example", "--change", "add @ TXT x=4", "--reason", "r")
            self.assertNotEqual(run.code, 0, repr(run))
            self.assertIn("detached", run.err)
            self.assertEqual(box.git("rev-parse", "HEAD"), self.head)
            self.assertEqual(box.git("status", "--porcelain"), "")
        finally:
            box.git("checkout", "-q", "main")

    def test_no_identity(self):
        box = self.box
        empty = box.dir / "empty-home"
        empty.mkdir(exist_ok=True)
        run = box.dc("propose", "a.example", "--change", "add @ TXT x=5", "--reason", "r",
                     env={"HOME": str(empty), "XDG_CONFIG_HOME": str(empty)})
        self.assertNotEqual(run.code, 0, repr(run))
        self.assertIn("user.email", run.err)
        self.assertEqual(box.git("rev-parse", "HEAD"), self.head)

    def test_branch_review(self):
        box = self.box
        remote = box.dir / "remote.git"
        box.git("init", "-q", "--bare", "-b", "main", str(remote))
        box.git("remote", "add", "origin", str(remote))
        settings = box.settings()
        settings["git"] = {"remote": "origin"}
        settings["policy"] = {"review": "branch"}
        box.write_settings(settings)
        box.git("push", "-q", "origin", "main")
        head = box.git("rev-parse", "HEAD")
        (box.repo / "staged.txt").write_text("mine\n")
        box.git("add", "staged.txt")
        try:
            run = self.ok(box.dc("--json", "propose", "a.example", "--change", "add @ TXT x=6",
                                 "--reason", "r", "--push")).json
            self.assertEqual(run["branch"], f"dns/{run['ticket']}")
            self.assertEqual(box.git("rev-parse", "HEAD"), head)
            self.assertEqual(box.git("status", "--porcelain"), "A  staged.txt")
            self.assertEqual(self.files_of(run["branch"]), [run["path"]])
            self.assertEqual(box.git("rev-parse", run["branch"] + "~1"), head)
            self.assertIn(run["commit"], box.git("ls-remote", "origin"))
            # Not on <remote>/main yet: the forge is the gate.
            self.ok(box.dc("apply", run["ticket"]), 3)
            # Under review it is found by the end of its id, and listed.
            suffix = run["ticket"][-3:]
            self.assertEqual(self.ok(box.dc("--json", "show", suffix)).json["ref"], run["branch"])
            self.ok(box.dc("plan", suffix))
            listed = self.ok(box.dc("--json", "list")).json["tickets"]
            self.assertEqual(listed[0]["ticket"], run["ticket"])
            # Also where only the remote has the branch.
            box.git("branch", "-q", "-D", run["branch"])
            self.assertEqual(self.ok(box.dc("--json", "show", suffix)).json["ref"],
                             "origin/" + run["branch"])
        finally:
            box.git("rm", "-q", "--cached", "staged.txt")
            (box.repo / "staged.txt").unlink()
            box.write_settings(box.settings())
            box.git("remote", "remove", "origin")
            shutil.rmtree(remote)

    @unittest.skipUnless(os.getuid() == 0, "needs root")
    def test_root_on_another_users_checkout(self):
        box = self.box
        for folder, names, files in os.walk(box.repo):
            for name in [folder, *(os.path.join(folder, f) for f in names + files)]:
                os.lchown(name, 65534, 65534)
        try:
            run = box.dc("propose", "a.example", "--change", "add @ TXT x=7", "--reason", "r")
            self.ok(run)
            path = box.repo / "tickets" / (run.out.strip() + ".json")
            self.assertEqual(path.stat().st_uid, 65534)
        finally:
            for folder, names, files in os.walk(box.repo):
                for name in [folder, *(os.path.join(folder, f) for f in names + files)]:
                    os.lchown(name, 0, 0)

    def test_values_and_variables(self):
        box = self.box
        csv = box.dir / "values.csv"
        csv.write_text("\ufeffdomain;token\r\na.example;one\r\nb.example;two\r\n")
        ticket = box.propose("all", "add _t TXT v={token};d={domain_dashed}",
                             extra=["--values", str(csv)])
        plan = self.ok(box.dc("--json", "plan", ticket)).json
        self.assertEqual({c["domain"]: c["after"]["values"] for c in plan["changes"]},
                         {"a.example": ["v=one;d=a-example"], "b.example": ["v=two;d=b-example"]})
        run = box.dc("propose", "all", "--change", "add _t TXT {nope}", "--reason", "r")
        self.ok(run, 5)
        self.assertIn("nope", run.err)

    def test_refusals(self):
        box = self.box
        rows = [  # edits, exit code, word in the message
            (["set @ CNAME x.example."], 5, "CNAME"),
            (["set www CNAME x.example.", "set www A 192.0.2.1"], 5, "CNAME"),
            (["set @ MX 10 mail.other.example"], 5, "mail.other.example."),
            (["set @ MX 10 mx.example.", "set @ MX 0 ."], 5, "MX"),
            (["set @ A 192.0.2.999"], 5, "192.0.2.999"),
            (["set @ MX 65546 mx.example."], 5, "65546"),
            (["set @ 2147483648 TXT x"], 5, "TTL"),
            (["set " + "l" * 64 + " TXT x"], 5, "63"),
            (["set " + ".".join(["a" * 61] * 4) + " TXT x"], 5, "255"),
            (["set a..b TXT x"], 5, "empty label"),
            (["remove nothing TXT"], 5, "nothing"),
            (["dmarc p=maybe"], 5, "maybe"),
            (["frobnicate @ TXT x"], 5, "frobnicate"),
            (["set @ TXT \"unterminated"], 5, "quote"),
        ]
        for edits, code, word in rows:
            with self.subTest(edits):
                args = [a for e in edits for a in ("--change", e)]
                run = box.dc("propose", "a.example", *args, "--reason", "r")
                self.assertIn(run.code, (code, 2), repr(run))
                self.assertIn(word.lower(), run.err.lower())
                self.assertEqual(box.git("rev-parse", "HEAD"), self.head)
                self.assertEqual(box.git("status", "--porcelain"), "")
        self.ok(box.dc("propose", "nowhere.example", "--change", "add @ TXT x", "--reason", "r"), 5)
        self.ok(box.dc("propose", "a.example", "--change", "add @ TXT x"), 2)
        self.ok(box.dc("propose", "a.example", "--reason", "r"), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
