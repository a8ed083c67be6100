"""Malformed settings, portfolios, tickets, edits, secrets and plugins: the exit
code of the contract, a message that names file, key or domain, and no write."""
import json
import os
import pathlib
import shutil
import unittest

from harness import BUILD, SandboxTest


class BadInput(SandboxTest):
    zones = ["x.example", "y.example"]

    def setUp(self):
        self.refs = self.box.git("for-each-ref")
        self.before = self.box.dump()
        self.saved = {p: p.read_bytes() for p in (self.box.repo / "dnschange.json",
                                                  self.box.repo / "domains/acme.json")}

    def tearDown(self):
        for path, content in self.saved.items():
            path.write_bytes(content)
        self.assertEqual(self.box.git("for-each-ref"), self.refs)
        self.assertEqual(self.box.dump(), self.before)

    def change_settings(self, change):
        settings = self.box.settings()
        change(settings)
        (self.box.repo / "dnschange.json").write_text(json.dumps(settings, indent=1))

    def test_settings(self):
        pdns = lambda s: s["providers"]["pdns"]
        rows = [
            (lambda s: s.update(frobnicate=1), "frobnicate"),
            (lambda s: s["rollout"].update(canarry=2), "canarry"),
            (lambda s: s["rollout"].update(canary=9), "canary"),
            (lambda s: s["rollout"].update(waves=["50%", "10%"]), "waves"),
            (lambda s: s["rollout"].update(bake="soon"), "bake"),
            (lambda s: s["verify"].update(rounds="2"), "rounds"),
            (lambda s: s.update(policy={"review": "maybe"}), "review"),
            (lambda s: pdns(s).update(secret="hunter2"), "secret"),
            (lambda s: pdns(s).update(plugin="../../evil"), "plugin"),
            (lambda s: pdns(s).update(plugin="nosuch"), "nosuch"),
            (lambda s: pdns(s).update(url="gopher://x/"), "url"),
            (lambda s: pdns(s).update(nameservers=["not an address"]), "nameservers"),
        ]
        for change, word in rows:
            with self.subTest(word):
                self.change_settings(change)
                run = self.box.dc("--json", "propose", "all", "--change", "add @ TXT x",
                                  "--reason", "r")
                self.assertEqual(run.code, 5, repr(run))
                self.assertIn(word, run.json["error"]["message"])
                self.assertNotIn("hunter2", run.out + run.err)
        (self.box.repo / "dnschange.json").write_text('{"version": 1,\n "providers": {,}}')
        run = self.box.dc("propose", "all", "--change", "add @ TXT x", "--reason", "r")
        self.assertEqual(run.code, 5)
        self.assertIn("dnschange.json:2", run.err)

    def test_line_of_an_unknown_key(self):
        path = self.box.repo / "domains/acme.json"
        path.write_text('{ "client": "acme",\n  "provider": "pdns",\n'
                        '  "domains": {\n    "x.example": { "zoone": "x.example" } } }\n')
        run = self.box.dc("propose", "all", "--change", "add @ TXT x", "--reason", "r")
        self.assertEqual(run.code, 5, repr(run))
        self.assertIn("domains/acme.json:4", run.err)
        self.assertIn("zoone", run.err)

    def test_portfolio(self):
        path = self.box.repo / "domains/acme.json"
        rows = [
            ({"client": "acme", "provider": "nosuch", "domains": {"x.example": {}}}, "nosuch"),
            ({"client": "acme", "domains": {"x.example": {}}}, "provider"),
            ({"client": "acme", "provider": "pdns", "domains": {"x..example": {}}}, "x..example"),
            ({"client": "acme", "provider": "pdns",
              "domains": {"x.example": {}, "X.example.": {}}}, "x.example"),
        ]
        for content, word in rows:
            with self.subTest(word):
                path.write_text(json.dumps(content))
                run = self.box.dc("propose", "all", "--change", "add @ TXT x", "--reason", "r")
                self.assertEqual(run.code, 5, repr(run))
                self.assertIn(word, run.err)
                self.assertIn("acme.json", run.err)

    def test_tickets(self):
        box = self.box
        good = json.loads(box.dc("--json", "propose", "x.example", "--change", "add @ TXT t",
                                 "--reason", "r", "--no-commit").out)
        path = box.repo / good["path"]
        text = path.read_text()
        try:
            for change, word in (
                    (lambda t: t.update(colour="red"), "colour"),
                    (lambda t: t["change"][0].update(action="explode"), "explode"),
                    (lambda t: t["change"][0].update(values=[7]), "values"),
                    (lambda t: t["change"][0].update(values=["bad \\x escape"]), "escape"),
                    (lambda t: t["scope"].update(domains=["stranger.example"]), "stranger.example"),
                    (lambda t: t.update(verification=["dns", "crystal-ball"]), "crystal-ball"),
                    (lambda t: t.update(verification=["dns", "hook:nosuch"]), "nosuch"),
                    (lambda t: t.update(allow=["everything"]), "everything"),
                    (lambda t: t.update(risk="none"), "risk"),
                    (lambda t: t.pop("reason"), "reason"),
                    (lambda t: t.update(id="DNS-2020-01-01-001"), "DNS-2020-01-01-001")):
                with self.subTest(word):
                    ticket = json.loads(text)
                    change(ticket)
                    path.write_text(json.dumps(ticket, indent=1))
                    for command in ("plan", "apply"):
                        run = box.dc("--json", command, good["ticket"])
                        self.assertEqual(run.code, 5, repr(run))
                        self.assertIn(word, run.json["error"]["message"])
            path.write_text(text[:len(text) // 2])
            self.ok(box.dc("apply", good["ticket"]), 5)
            self.ok(box.dc("apply", "DNS-1999-01-01-001"), 5)
        finally:
            path.unlink()

    def test_window_and_limits(self):
        box = self.box
        args = ["--json", "propose", "x.example", "--change", "add @ TXT w", "--reason", "r",
                "--no-commit"]
        run = self.ok(box.dc(*args, "--window", "2020-01-01T00:00:00Z/2020-01-01T01:00:00Z"), 5)
        self.assertIn("window is over", run.err)
        self.assertEqual(box.git("status", "--porcelain"), "")
        made = self.ok(box.dc(*args, "--window", "2090-01-01T00:00:00Z/2090-01-02T00:00:00Z")).json
        path = box.repo / made["path"]
        for year in ("2090", "2020"):  # not open yet; closed since
            path.write_text(path.read_text().replace("2090-", year + "-"))
            run = box.dc("apply", made["ticket"])
            self.assertEqual(run.code, 3, repr(run))
            self.assertIn("window", run.err)
        path.unlink()

    def test_secrets(self):
        box = self.box
        ticket = json.loads(box.dc("--json", "propose", "x.example", "--change", "add @ TXT s",
                                   "--reason", "r", "--no-commit").out)
        secret = box.dir / "secret"
        secret.write_text(box.env["PDNS_API_KEY"] + "\n")
        try:
            for source, mode, code in (
                    ({"file": str(secret)}, 0o600, 0), ({"file": str(secret)}, 0o666, 5),
                    ({"file": str(box.dir / "nofile")}, None, (1, 5)),
                    ({"env": "NO_SUCH_VARIABLE"}, None, (1, 5)),
                    ({"command": ["sh", "-c", f"cat {secret}"]}, 0o600, 0),
                    ({"command": ["false"]}, None, (1, 5)),
                    ({"file": "x", "env": "y"}, None, 5)):
                with self.subTest(source):
                    if mode is not None:
                        secret.chmod(mode)
                    self.change_settings(lambda s: s["providers"]["pdns"].update(secret=source))
                    run = box.dc("apply", ticket["ticket"], "--dry-run")
                    self.assertIn(run.code, code if isinstance(code, tuple) else (code,), repr(run))
                    self.assertNotIn(box.env["PDNS_API_KEY"], run.out + run.err)
            self.change_settings(lambda s: s["providers"]["pdns"].update(
                secret={"env": "WRONG_KEY"}))
            run = box.dc("apply", ticket["ticket"], env={"WRONG_KEY": "marked-wrong-secret"})
            self.assertEqual(run.code, 1, repr(run))
            self.assertNotIn("marked-wrong-secret", run.out + run.err)
            # The claim and its release are on record; nothing was captured or written.
            self.refs = box.git("for-each-ref")
            self.assertNotIn("lkg.json", box.git("ls-tree", "-r", "dnschange-records"))
        finally:
            (box.repo / ticket["path"]).unlink()

    def test_plugins(self):
        box = self.box
        folder = box.dir / "plugins"
        folder.mkdir()
        plugin = folder / "powerdns.so"
        self.addCleanup(shutil.rmtree, folder)

        def run(path=folder):
            return box.dc("--plugins", path, "providers", "test", "pdns")
        shutil.copy(BUILD / "providers/powerdns.so", plugin)
        self.ok(run())
        plugin.chmod(0o666)
        self.assertIn("written by anybody", self.ok(run(), 5).err)
        plugin.write_bytes(b"not an object")
        plugin.chmod(0o644)
        self.ok(run(), 5)
        plugin.unlink()
        self.ok(run(), 5)
        self.assertEqual(run("relative/folder").code, 2)

    def test_usage(self):
        for args in (["frobnicate"], ["plan"], ["apply"], ["apply", "--frobnicate", "x"],
                     ["rollback"], ["propose"], ["rollback", "--since", "yesterdayish"]):
            with self.subTest(args):
                self.ok(self.box.dc(*args), 2)
        # Off a terminal, what asks needs --yes.
        run = self.box.dc("rollback", "--last")
        self.assertIn(run.code, (2, 5), repr(run))


if __name__ == "__main__":
    unittest.main(verbosity=2)
