"""The command line around the main job: JSON of the small commands, --events, questions
on a terminal, tickets from files, inverse tickets, completion, the remote's records."""
import json
import os
import pty
import select
import subprocess
import time
import unittest

import jsonschema

from harness import PROGRAM, SCHEMAS, SandboxTest


def schema(name):
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


class CommandLine(SandboxTest):
    zones = ["c1.example", "c2.example", "c3.example"]

    def valid(self, name, run, code=0):
        self.assertEqual(run.code, code, repr(run))
        jsonschema.validate(run.json, schema(f"output-{name}"))
        if code not in (0, 8, 9):
            jsonschema.validate(run.json, schema("output-error"))
        return run.json

    def on_terminal(self, answers, *args):
        """The program on a pseudo terminal; answers[i] goes to the i-th question."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(PROGRAM, [str(PROGRAM), "-C", str(self.box.repo), *args], self.box.env)
        seen, answered, end = b"", 0, time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([fd], [], [], 0.2)[0]:
                try:
                    part = os.read(fd, 65536)
                except OSError:
                    break
                if not part:
                    break
                seen += part
            if seen.count(b"[y/N]") > answered and answered < len(answers):
                os.write(fd, answers[answered].encode() + b"\n")
                answered += 1
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()

    def test_small_commands(self):
        box = self.box
        self.valid("overview", box.dc("--json"))
        self.valid("help", box.dc("--json", "help"))
        self.valid("help", box.dc("--json", "help", "states"))
        self.valid("version", box.dc("version", "--json"))
        new = box.dir / "new"
        self.assertEqual(set(self.valid("init", box.dc("init", "--json", str(new)))["kept"]), set())
        self.assertEqual(self.valid("init", box.dc("--json", "init", str(new)))["made"], [])
        self.assertIsNone(json.loads((new / "dnschange.json").read_text())["git"]["remote"])
        self.valid("pause", box.dc("--json", "pause", "DNS-1999-01-01-001"), 5)
        self.valid("overview", box.dc("--json", "nonsense"), 2)
        self.valid("verify", box.dc("--json", "verify", "all"))
        self.assertEqual(box.dc().code, 0)
        outside = box.dc(cwd=box.dir)
        self.assertIn("dnschange help COMMAND", self.ok(outside).out)

    def test_verify_runs_every_check(self):
        """verify of a ticket: its hooks and mail records as well as DNS."""
        box, kept = self.box, (self.box.repo / "dnschange.json").read_text()
        flag, seen = box.dir / "broken", box.dir / "seen.json"
        hook = box.dir / "hook.sh"
        hook.write_text(f"#!/bin/sh\ncat > {seen}\n"
                        f"[ ! -e {flag} ] || {{ echo no login >&2; exit 1; }}\n")
        hook.chmod(0o755)
        try:
            box.write_settings(box.settings() | {"hooks": {"smoke": {"argv": [str(hook)]}}})
            ticket = box.propose("c1.example", "set _v TXT x=1",
                                 extra=["--verify", "mail-records,hook:smoke"])
            self.ok(box.dc("verify", ticket))
            self.assertIsNone(json.loads(seen.read_text())["sets"][0]["after"])
            self.ok(box.dc("apply", ticket))
            run = self.ok(box.dc("--json", "verify", ticket))
            self.assertLessEqual({"dns", "mail-records", "hook:smoke"},
                                 {c["check"] for c in run.json["domains"][0]["checks"]})
            self.assertEqual(json.loads(seen.read_text())["sets"][0]["after"]["values"], ["x=1"])
            flag.touch()
            run = self.ok(box.dc("verify", ticket), 9)
            self.assertIn("fail hook:smoke c1.example: no login", run.out)
            self.ok(box.dc("verify", "c1.example"))
            box.write_settings(box.settings())
            self.assertIn("hook:smoke", self.ok(box.dc("verify", ticket), 5).err)
        finally:
            (box.repo / "dnschange.json").write_text(kept)
            box.git("commit", "-q", "-am", "settings", check=False)

    def test_limits_are_shown(self):
        box, kept = self.box, (self.box.repo / "dnschange.json").read_text()
        try:
            settings = box.settings()
            settings["providers"]["pdns"]["limits"] = {"concurrent": 3, "rules": [
                {"scope": "zone", "kind": "write", "n": 90, "per": "5m"}]}
            box.write_settings(settings)
            limits = self.valid("providers", box.dc("--json", "providers"))["providers"][0]["limits"]
            self.assertEqual(limits, {
                "concurrent": 3, "concurrent_published": 8, "rules": [
                    {"scope": "zone", "kind": "write", "n": 90, "per_ms": 300000,
                     "from": "settings", "replaced": False}]})
            text = self.ok(box.dc("providers")).out
            self.assertIn("3 requests at once (settings; the plugin says 8)", text)
            self.assertIn("90 writes in 5 min for each zone (settings)", text)
        finally:
            (box.repo / "dnschange.json").write_text(kept)
            box.git("commit", "-q", "-am", "settings", check=False)

    def test_events(self):
        box = self.box
        ticket = box.propose("all", "add _ev TXT x=1")
        run = self.ok(box.dc("--events", "--json", "apply", ticket))
        states = set()
        for line in run.err.splitlines():
            event = json.loads(line)
            jsonschema.validate(event, schema("output-events"))
            states.add(event.get("state"))
        self.assertLessEqual({"canary", "wave", "done"}, states)
        self.ok(box.dc("rollback", ticket))

    def test_probe_leaves_nothing(self):
        before = self.box.dump()
        out = self.valid("providers", self.box.dc("--json", "providers", "test", "pdns", "--write",
                                                  "--yes"))
        self.assertTrue(out["wrote"])
        self.assertEqual(self.diff(before, self.box.dump()), {})
        self.ok(self.box.dc("providers", "test", "pdns", "--write"), 2)

    def test_questions(self):
        box = self.box
        before = box.dump()
        ticket = box.propose("all", "add _q TXT x=1")
        code, text = self.on_terminal(["n"], "apply", ticket)
        self.assertEqual(code, 130, text)
        self.assertIn("+ 3600 x=1", text)
        self.assertEqual(self.diff(before, box.dump()), {})
        code, text = self.on_terminal(["y"], "apply", ticket)
        self.assertEqual(code, 0, text)
        code, text = self.on_terminal(["n"], "rollback", "--last")
        self.assertEqual(code, 130, text)
        code, text = self.on_terminal(["y"], "rollback", "--last")
        self.assertEqual(code, 0, text)
        self.assertEqual(self.diff(before, box.dump()), {})

    def test_ticket_from_file_and_its_inverse(self):
        box = self.box
        before = box.dump()
        ticket = {"scope": {"select": ["all"]}, "reason": "from a file", "risk": "high",
                  "verification": ["dns"],
                  "change": [{"action": "set", "owner": "@", "type": "MX", "ttl": 60,
                              "values": ["10 mx.{domain}."]},
                             {"action": "remove", "owner": "old", "type": "CNAME"},
                             {"action": "add", "owner": "_f", "type": "TXT", "values": ["{domain}"]}]}
        run = self.ok(box.dc("propose", "--ticket", "-", stdin=json.dumps(ticket)))
        self.ok(box.dc("apply", run.out.strip()))
        wrong = json.dumps(ticket, indent=1).replace('"risk"', '"riks"')
        refused = self.ok(box.dc("propose", "--ticket", "-", stdin=wrong), 5)
        line = wrong.splitlines().index(' "riks": "high",') + 1
        self.assertIn(f":{line}: riks", refused.err)
        inverse = self.valid("propose", box.dc("--json", "propose", "--revert", run.out.strip(),
                                               "--apply"))
        self.assertEqual(inverse["apply"]["state"], "done")
        self.assertEqual(self.diff(before, box.dump()), {})

    def test_rollback_since_goes_to_the_oldest(self):
        box = self.box
        before = box.dump()
        for value in ("one", "two"):
            self.ok(box.dc("apply", box.propose("c1.example", f"set _s TXT {value}")))
        self.ok(box.dc("rollback", "--since", "1h"), 2)
        out = self.valid("rollback", box.dc("--json", "rollback", "--since", "1h", "--yes"))
        self.assertEqual(out["state"], "reverted")
        self.assertEqual(self.diff(before, box.dump()), {})

    def test_check_as_pull_request_job(self):
        box = self.box
        base = box.git("rev-parse", "HEAD")
        ticket = box.propose("all", "add @ TXT `c=1` <b>")
        out = self.valid("check", box.dc("--json", "check", "--base", base))
        self.assertEqual([t["ticket"] for t in out["tickets"]], [ticket])
        comment = self.ok(box.dc("check", "--base", base, "--format", "markdown")).out
        self.assertLess(len(comment), 60000)
        self.assertEqual(comment.count("```"), 2)
        self.assertIn("3 domains", comment)
        self.assertEqual(box.dc("check", "--format", "json", ticket).json["tickets"][0]["ticket"],
                         ticket)

    def test_completion(self):
        box = self.box
        ticket = box.propose("c1.example", "add _k TXT x=1")
        say = lambda *words: self.ok(box.dc("__complete", "--", *words)).out.split()
        self.assertIn("rollback", say("ro"))
        self.assertIn(ticket, say("apply", ""))
        self.assertEqual(say("rollback", "--print", ""), ["paste", "zone", "nsupdate", "curl"])
        self.assertEqual(say("propose", "tag:"), ["tag:mail"])
        self.assertIn("client:acme", say("triage", ""))
        self.assertIn("c2.example", say("triage", "c2"))
        self.assertEqual(say("providers", "test", ""), ["pdns"])
        self.assertIn("--since", say("changed", "--s"))
        for script, shell in (("dnschange.bash", "bash"), ("dnschange.fish", "fish"),
                              ("_dnschange", "zsh")):
            path = SCHEMAS.parents[1] / "completions" / script
            done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{script}: {done.stderr}")

    def test_settings_and_portfolio_broken(self):
        """Conflict markers everywhere: the values and settings captured are enough."""
        box = self.box
        before = box.dump()
        ticket = box.propose("all", "add _b TXT x=1")
        self.ok(box.dc("apply", ticket))
        files = [box.repo / name for name in
                 ("dnschange.json", "domains/acme.json", f"tickets/{ticket}.json")]
        kept = [path.read_text() for path in files]
        try:
            files[0].write_text("<<<<<<< HEAD\n" + kept[0])
            files[1].write_text('{"clie')
            files[2].unlink()
            self.assertIn(box.env["PDNS_URL"], self.ok(box.dc("rollback", ticket), 2).err)
            self.ok(box.dc("rollback", ticket, "c1.example", "--yes"))
            self.ok(box.dc("verify", "c1.example"))
            self.ok(box.dc("triage", "c1.example"))
            self.assertIn("_b.c1.example", box.dc("changed", "c1.example").out)
            self.assertIn("remove _b TXT", self.ok(box.dc("show", ticket)).out)
            self.ok(box.dc("rollback", ticket, "--yes"))
            self.assertEqual(self.diff(before, box.dump()), {})
        finally:
            for path, text in zip(files, kept):
                path.write_text(text)

    def test_records_travel(self):
        """With a remote, records are published after a run and fetched before an answer."""
        box = self.box
        remote, clone = box.dir / "remote.git", box.dir / "clone"
        box.git("init", "-q", "--bare", "-b", "main", str(remote))
        box.git("remote", "add", "origin", str(remote))
        settings = box.settings()
        settings["git"] = {"remote": "origin"}
        box.write_settings(settings)
        box.git("push", "-q", "origin", "main")
        ticket = box.propose("c2.example", "add _r TXT x=1", extra=["--push"])
        self.ok(box.dc("apply", ticket))
        refs = box.git("ls-remote", "origin")
        self.assertIn("refs/heads/dnschange-records", refs)
        checks = self.valid("doctor", box.dc("--json", "doctor"))["checks"]
        remote_rows = [c["detail"] for c in checks if c["what"] == "remote"]
        self.assertIn("origin takes pushes (tried without writing)", remote_rows)
        self.assertIn(box.git("version").split()[2],
                      [c["detail"] for c in checks if c["what"] == "git"])
        self.assertEqual(box.git("ls-remote", "origin"), refs)
        box.git("clone", "-q", "--depth", "1", f"file://{remote}", str(clone), cwd=box.dir)
        changed = self.valid("changed", box.dc("--json", "changed", "--since", "1h", cwd=clone))
        self.assertTrue(changed["fetched"])
        self.assertIn(ticket, {c["ticket"] for c in changed["changes"]})
        self.ok(box.dc("rollback", ticket, cwd=clone))
        here = self.valid("status", box.dc("--json", "status", ticket))
        self.assertEqual(here["attempts"][0]["state"], "reverted")
        remote.rename(box.dir / "gone.git")
        late = self.ok(box.dc("changed", "--since", "1h"))
        self.assertIn("NOT fetched", late.out)
        self.ok(box.dc("rollback", "--last", "--yes"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
