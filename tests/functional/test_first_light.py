"""The main job on twenty domains: exactly the change and nothing else, and
byte-identical after rollback; a stale nameserver makes the canary put itself back."""
import unittest

from harness import SandboxTest

DOMAINS = [f"d{i:02}.example" for i in range(20)]


class FirstLight(SandboxTest):
    zones = DOMAINS

    def test_1_change_and_rollback(self):
        box = self.box
        before = box.dump()
        ticket = box.propose(
            "all", "set @ 120 MX 10 mx1.new.example.", "set @ MX 20 mx2.new.example.",
            "spf add include:_spf.new.example", "add _check TXT token={domain}",
            "remove old CNAME", reason="move to the new cluster")
        plan = self.ok(box.dc("--json", "plan", ticket)).json
        self.assertEqual(len([c for c in plan["changes"] if c["class"] == "change"]), 80)
        run = self.ok(box.dc("--json", "apply", ticket))
        self.assertEqual(run.json["state"], "done")
        self.assertEqual(run.json["counts"]["changed"], 20)
        after = box.dump()
        changed = self.diff(before, after)
        self.assertEqual(len(changed), 80)
        for zone in DOMAINS:
            z = zone + "."
            self.assertEqual(changed[(zone, z, "MX")][1][:2], (
                120, [("10 mx1.new.example.", False), ("20 mx2.new.example.", False)]))
            self.assertEqual(changed[(zone, z, "TXT")][1][1], [
                ('"site-verification=abc123"', False),
                ('"v=spf1 include:_spf.old.example ip4:192.0.2.0/24 include:_spf.new.example ~all"',
                 False)])
            self.assertEqual(changed[(zone, "_check." + z, "TXT")],
                             (None, (changed[(zone, "_check." + z, "TXT")][1][0],
                                     [(f'"token={zone}"', False)], [])))
            self.assertIsNone(changed[(zone, "old." + z, "CNAME")][1])
        # Both servers answer it: apply said so, so it must be true.
        for port in (box.env["PRIMARY_PORT"], box.env["SECONDARY_PORT"]):
            self.assertEqual(box.dig("d19.example", "MX", port),
                             ["10 mx1.new.example.", "20 mx2.new.example."])
        again = self.ok(box.dc("--json", "apply", ticket))
        self.assertEqual(again.json["counts"]["changed"], 0)
        back = self.ok(box.dc("--json", "rollback", ticket))
        self.assertEqual(back.json["state"], "reverted")
        self.assertEqual(back.json["counts"]["reverted"], 20)
        self.assertEqual(self.diff(before, box.dump()), {})
        twice = self.ok(box.dc("--json", "rollback", ticket))
        self.assertEqual(twice.json["requests"]["write"], 0)
        self.ok(box.dc("apply", ticket, "--again"))
        self.assertEqual(self.diff(after, box.dump()), {})
        self.ok(box.dc("rollback", "--last", "--yes"))
        self.assertEqual(self.diff(before, box.dump()), {})

    def test_2_stale_secondary(self):
        box = self.box
        settings = box.settings()
        settings["verify"]["timeout"] = "3s"
        box.write_settings(settings)
        before = box.dump()
        ticket = box.propose("all", "set @ MX 10 mx9.new.example.")
        box.script("stale", "on")
        try:
            run = self.ok(box.dc("--json", "apply", ticket), 4)
        finally:
            box.script("stale", "off")
        self.assertEqual(run.json["state"], "reverted")
        self.assertEqual(run.json["counts"]["reverted"], 2)
        self.assertEqual(run.json["counts"]["untouched"], 18)
        failed = [c for d in run.json["domains"] for c in d["checks"] if c["verdict"] == "fail"]
        self.assertTrue(any(box.env["SECONDARY_PORT"] in c["target"] for c in failed), failed)
        self.assertEqual(self.diff(before, box.dump()), {})

    def test_3_some_domains_and_foreign_edits(self):
        box = self.box
        before = box.dump()
        ticket = box.propose("all", "add @ TXT ours=1")
        self.ok(box.dc("apply", ticket))
        # A neighbour of somebody else stays, ours goes.
        theirs = ['"theirs=2"', '"ours=1"'] + [c for c, _ in before["d00.example"][
            ("d00.example.", "TXT")][1]]
        box.patch("d00.example", "d00.example", "TXT", theirs)
        run = self.ok(box.dc("--json", "rollback", ticket, "d00.example", "d01.example"))
        self.assertEqual(run.json["state"], "partly_reverted")
        now = box.zone("d00.example")[("d00.example.", "TXT")][1]
        self.assertIn(('"theirs=2"', False), now)
        self.assertNotIn(('"ours=1"', False), now)
        self.assertIn(('"ours=1"', False), box.zone("d02.example")[("d02.example.", "TXT")][1])
        self.ok(box.dc("rollback", ticket))
        self.assertEqual(set(self.diff(before, box.dump())), {("d00.example", "d00.example.",
                                                               "TXT")})
        # Our own string changed by somebody else: a person decides.
        ticket = box.propose("d05.example", "spf all -")
        self.ok(box.dc("apply", ticket))
        box.patch("d05.example", "d05.example", "TXT", ['"v=spf1 ip4:198.51.100.1 -all"'])
        blocked = self.ok(box.dc("--json", "rollback", ticket), 7)
        self.assertEqual(blocked.json["state"], "revert_blocked")
        self.assertIn("198.51.100.1", blocked.out)
        self.assertEqual(box.zone("d05.example")[("d05.example.", "TXT")][1],
                         [('"v=spf1 ip4:198.51.100.1 -all"', False)])
        self.ok(box.dc("rollback", ticket, "--overwrite"))
        self.assertEqual(box.zone("d05.example"), before["d05.example"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
