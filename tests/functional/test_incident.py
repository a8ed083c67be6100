"""What must work when things are broken: kill -9 and resume, signals that park,
pause and abort, a fresh clone, a missing ticket, broken settings."""
import json
import shutil
import signal
import socket
import subprocess
import time
import unittest

from harness import SandboxTest

DOMAINS = [f"i{n}.example" for n in range(6)]


class Incident(SandboxTest):
    zones = DOMAINS

    def slow_settings(self, bake="30s"):
        settings = self.box.settings()
        settings["rollout"].update(bake=bake, canary=1)
        self.box.write_settings(settings)

    def setUp(self):
        self.before = self.box.dump()

    def tearDown(self):
        self.box.write_settings(self.box.settings())
        self.assertEqual(self.diff(self.before, self.box.dump()), {})

    def wait_state(self, ticket, state, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            run = self.box.dc("--json", "status", ticket)
            if f'"state":"{state}"' in run.out.replace(" ", ""):
                return run
            time.sleep(0.2)
        self.fail(f"{ticket} never became {state}: {run}")

    def start_baking(self):
        self.slow_settings()
        ticket = self.box.propose("all", f"add @ TXT n={time.time_ns()}")
        child = self.box.start("--json", "apply", ticket)
        self.wait_state(ticket, "baking")
        return ticket, child

    def test_signals_park(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(number):
                ticket, child = self.start_baking()
                child.send_signal(number)
                out, err = child.communicate(timeout=30)
                self.assertEqual(child.returncode, 8, out + err)
                self.assertEqual(json.loads(out)["state"], "parked")
                self.assertIn(f"dnschange resume {ticket}", err)
                self.ok(self.box.dc("rollback", ticket))

    def test_kill_and_resume(self):
        ticket, child = self.start_baking()
        child.kill()
        child.communicate()
        self.slow_settings(bake="0s")
        run = self.ok(self.box.dc("--json", "resume", ticket))
        self.assertEqual(run.json["state"], "done")
        self.assertEqual(run.json["counts"]["changed"], len(DOMAINS))
        self.ok(self.box.dc("rollback", ticket))

    def test_kill_and_rollback_elsewhere(self):
        ticket, child = self.start_baking()
        child.kill()
        child.communicate()
        clone = self.box.dir / "clone"
        self.box.git("clone", "-q", str(self.box.repo), str(clone), cwd=self.box.dir)
        run = self.ok(self.box.dc("--json", "rollback", ticket, cwd=clone))
        self.assertEqual(run.json["state"], "reverted")
        shutil.rmtree(clone)
        # The records of the clone are not here (no remote): the claim still stands.
        run = self.ok(self.box.dc("--json", "rollback", ticket))
        self.assertEqual(run.json["requests"]["write"], 0)

    def test_killed_before_anything_was_captured(self):
        ticket = self.box.propose("all", "add @ TXT early=1")
        for command in (("abort", ticket, "--reason", "x"), ("rollback", ticket)):
            with self.subTest(command), socket.create_server(("127.0.0.1", 0)) as silent:
                settings = self.box.settings()
                settings["providers"]["pdns"]["url"] = (
                    f"http://127.0.0.1:{silent.getsockname()[1]}/api/v1/servers/localhost")
                self.box.write_settings(settings)
                child = self.box.start("--json", "apply", ticket)
                self.wait_state(ticket, "claimed")
                child.kill()
                child.communicate()
                self.box.write_settings(self.box.settings())
                run = self.ok(self.box.dc("--json", *command))
                self.assertEqual(run.json["requests"]["write"], 0)
        self.ok(self.box.dc("apply", ticket, "--again"))
        self.ok(self.box.dc("rollback", ticket))

    def outcome(self, ticket):
        """What outcome.json says: state, counts that are not 0, state of each domain."""
        text = self.box.git("show", f"dnschange-records:{ticket}/1/outcome.json")
        outcome = json.loads(text)
        claim = json.loads(self.box.git("show", f"dnschange-records:{ticket}/1/claim.json"))
        self.assertEqual(claim["counts"], outcome["counts"])
        self.assertEqual(claim["state"], outcome["state"])
        return (outcome["state"], {k: n for k, n in outcome["counts"].items() if n},
                {d["domain"]: d["state"] for d in outcome["domains"]})

    def test_outcome_over_rollbacks(self):
        one, rest = DOMAINS[0], DOMAINS[1:]
        ticket = self.box.propose("all", "add @ TXT outcome=1")
        self.ok(self.box.dc("apply", ticket))
        self.ok(self.box.dc("rollback", ticket, one))
        partly = ("partly_reverted", {"changed": len(rest), "reverted": 1},
                  {one: "reverted", **{d: "held" for d in rest}})
        self.assertEqual(self.outcome(ticket), partly)
        self.ok(self.box.dc("rollback", ticket, one))
        self.assertEqual(self.outcome(ticket), partly)
        back = ("reverted", {"reverted": len(DOMAINS)}, {d: "reverted" for d in DOMAINS})
        for _ in range(2):
            self.ok(self.box.dc("rollback", ticket))
            self.assertEqual(self.outcome(ticket), back)

    def test_outcome_of_older_tickets(self):
        two = DOMAINS[:2]
        older = self.box.propose("all", "add @ TXT older=1")
        self.ok(self.box.dc("apply", older))
        newer = self.box.propose(two, "add @ TXT newer=1")
        self.ok(self.box.dc("apply", newer))
        since = ("rollback", "--since", "1h", "--yes")
        self.ok(self.box.dc(*since, *two))
        self.assertEqual(self.outcome(newer),
                         ("reverted", {"reverted": 2}, {d: "reverted" for d in two}))
        self.assertEqual(self.outcome(older), (
            "partly_reverted", {"changed": 4, "reverted": 2},
            {d: "reverted" if d in two else "held" for d in DOMAINS}))
        for _ in range(2):
            self.ok(self.box.dc(*since))
            self.assertEqual(self.outcome(older), (
                "reverted", {"reverted": 6}, {d: "reverted" for d in DOMAINS}))

    def test_what_blocks_is_shown(self):
        ticket = self.box.propose("all", "set @ 60 MX 10 ours.example.net.")
        self.ok(self.box.dc("apply", ticket))
        zone = DOMAINS[0]
        self.box.patch(zone, zone, "MX", ["10 theirs.example.net."])
        self.ok(self.box.dc("rollback", ticket), 7)
        self.assertEqual(self.outcome(ticket)[:2], (
            "revert_blocked", {"reverted": len(DOMAINS) - 1, "blocked": 1}))
        for command in ("status",), ():
            self.assertIn(f"{ticket}  revert_blocked", self.ok(self.box.dc(*command)).out)
        self.ok(self.box.dc("rollback", ticket, "--overwrite"))
        self.assertIn("nothing runs", self.ok(self.box.dc("status")).out)

    def test_hooks_are_named(self):
        settings = self.box.settings()
        settings["hooks"] = {"no": {"argv": ["/bin/false"]}, "gone": {"argv": ["/nonexistent"]}}
        self.box.write_settings(settings)
        for hook, says in ("no", "hook:no says no"), ("gone", "hook:gone gives no verdict: "):
            ticket = self.box.propose("all", f"add @ TXT hook={hook}",
                                      extra=["--verify", f"hook:{hook}"])
            run = self.ok(self.box.dc("--json", "apply", ticket), 4)
            self.assertIn(says, run.json["error"]["message"])

    def test_pause_and_abort(self):
        ticket, child = self.start_baking()
        self.ok(self.box.dc("pause", ticket))
        out, err = child.communicate(timeout=30)
        self.assertEqual(child.returncode, 8, out + err)
        self.ok(self.box.dc("abort", ticket, "--reason", "changed our minds"))
        show = self.ok(self.box.dc("--json", "status", ticket))
        self.assertIn('"reverted"', show.out)

    def test_abort_running(self):
        ticket, child = self.start_baking()
        self.box.dc("abort", ticket, "--reason", "stop")
        out, err = child.communicate(timeout=60)
        self.assertEqual(json.loads(out)["state"], "reverted", out + err)

    def test_no_wait_and_due(self):
        self.slow_settings(bake="2s")
        ticket = self.box.propose("all", f"add @ TXT n={time.time_ns()}")
        run = self.ok(self.box.dc("--json", "apply", ticket, "--no-wait"), 8)
        self.assertEqual(run.json["state"], "parked")
        self.assertIn("resume_after", run.json)
        time.sleep(2.5)
        run = self.box.dc("--json", "resume", "--due")
        end = time.monotonic() + 30
        while run.code == 8 and time.monotonic() < end:
            time.sleep(0.5)
            run = self.box.dc("--json", "resume", ticket)
        self.ok(run)
        self.ok(self.box.dc("rollback", ticket))

    def test_fresh_clone_without_ticket_and_with_broken_settings(self):
        box = self.box
        ticket = box.propose("all", f"add @ TXT n={time.time_ns()}")
        self.ok(box.dc("apply", ticket))
        clone = box.dir / "clone"
        box.git("clone", "-q", "--depth", "1", f"file://{box.repo}", str(clone), cwd=box.dir)
        (clone / "tickets" / f"{ticket}.json").unlink()
        settings = json.loads((clone / "dnschange.json").read_text())
        settings["policy"] = {"no such key": 1}
        (clone / "dnschange.json").write_text(json.dumps(settings))
        (clone / "domains/acme.json").write_text("<<<<<<< HEAD\n")
        dry = self.ok(box.dc("rollback", ticket, "--dry-run", cwd=clone))
        for form in ("paste", "zone", "nsupdate", "curl"):
            shown = self.ok(box.dc("rollback", ticket, "--print", form, cwd=clone,
                                   env={"PDNS_API_KEY": ""}))
            self.assertIn("i3.example", shown.out)
        run = self.ok(box.dc("--json", "rollback", ticket, cwd=clone))
        self.assertEqual(run.json["counts"]["reverted"], len(DOMAINS), repr(dry))
        self.ok(box.dc("changed", "--since", "1h", cwd=clone))
        shutil.rmtree(clone)

    def test_rollback_by_paste(self):
        """The nsupdate and zone forms are what they say: kdig-able names and values."""
        box = self.box
        ticket = box.propose("i0.example", "set @ MX 10 mx.elsewhere.example.")
        self.ok(box.dc("apply", ticket))
        listing = box.git("ls-tree", "-r", "--name-only", "dnschange-records").split()
        for name in ("claim.json", "lkg.json", "rollback.txt", "rollback.zone",
                     "rollback.nsupdate", "events.jsonl", "outcome.json"):
            self.assertIn(f"{ticket}/1/{name}", listing)
        zone = box.git("show", f"dnschange-records:{ticket}/1/rollback.zone")
        self.assertIn("10 mx1.old.example.", zone)
        curl = box.dc("rollback", ticket, "--print", "curl").out
        self.assertNotIn(box.env["PDNS_API_KEY"], curl)
        script = "\n".join(line for line in curl.splitlines())
        done = subprocess.run(["bash", "-eu"], input=script, text=True, env=box.env,
                              capture_output=True)
        self.assertEqual(done.returncode, 0, script + done.stderr)
        self.assertEqual(self.diff(self.before, box.dump()), {})
        run = self.ok(box.dc("--json", "rollback", ticket))
        self.assertEqual(run.json["requests"]["write"], 0)

    def test_conflict_at_apply(self):
        box = self.box
        ticket = box.propose("i1.example", "set @ MX 10 mx.new.example.")
        box.patch("i1.example", "i1.example", "MX", ["10 somebody.else.example."], ttl=60)
        try:
            run = self.ok(box.dc("apply", ticket), 6)
            self.assertIn("somebody.else.example", run.err + run.out)
            self.assertEqual(box.zone("i1.example")[("i1.example.", "MX")][1],
                             [("10 somebody.else.example.", False)])
            self.ok(box.dc("refresh", ticket))
            self.ok(box.dc("apply", ticket))
            self.ok(box.dc("rollback", ticket))
        finally:
            box.patch("i1.example", "i1.example", "MX",
                      ["10 mx1.old.example.", "20 mx2.old.example."])


if __name__ == "__main__":
    unittest.main(verbosity=2)
