"""PowerDNS with sqlite: comments survive apply and rollback, and "database is
locked" under parallel writes is waited out."""
import unittest

from harness import SandboxTest

DOMAINS = [f"s{n}.example" for n in range(12)]


class Sqlite(SandboxTest):
    zones = DOMAINS
    backend = "sqlite"

    def test_comments_and_disabled(self):
        box = self.box
        box.patch("s0.example", "s0.example", "MX", ["10 mx1.old.example."],
                  disabled=["99 spare.old.example."], comments=[("ask Ann first", "ann")])
        before = box.dump()
        ticket = box.propose("s0.example", "set @ MX 10 mx.new.example.")
        self.ok(box.dc("apply", ticket))
        now = box.zone("s0.example")[("s0.example.", "MX")]
        self.assertEqual(now[2], [("ask Ann first", "ann")])
        self.assertIn(("99 spare.old.example.", True), now[1])
        self.ok(box.dc("rollback", ticket))
        self.assertEqual(self.diff(before, box.dump()), {})

    def test_parallel_writes(self):
        box = self.box
        before = box.dump()
        ticket = box.propose("all", "add @ TXT many=1")
        run = self.ok(box.dc("--json", "apply", ticket))
        self.assertEqual(run.json["counts"]["changed"], len(DOMAINS))
        self.ok(box.dc("rollback", ticket))
        self.assertEqual(self.diff(before, box.dump()), {})


if __name__ == "__main__":
    unittest.main(verbosity=2)
