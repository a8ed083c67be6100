"""What goes over the wire: plan, check and every --dry-run make no write; broken
replies get the right class and nothing undefined is left behind."""
import json
import unittest

from harness import SandboxTest
from proxy import Proxy

DOMAINS = [f"r{n}.example" for n in range(6)]
HTML = "<html><body>Service Unavailable</body></html>"


class Requests(SandboxTest):
    zones = DOMAINS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy = Proxy(cls.box.env["PDNS_URL"])
        cls.addClassCleanup(cls.proxy.stop)
        settings = cls.box.settings()
        settings["providers"]["pdns"]["url"] = cls.proxy.url
        settings["rollout"]["canary"] = 1
        cls.box.write_settings(settings)

    def setUp(self):
        self.proxy.fault = lambda method, path: None
        self.before = self.box.dump()

    def test_reading_commands_write_nothing(self):
        box = self.box
        ticket = box.propose("all", "add @ TXT a=1")
        self.proxy.counts.clear()
        head = box.git("for-each-ref")
        for args in (["plan", ticket], ["check"], ["check", ticket, "--format", "markdown"],
                     ["apply", ticket, "--dry-run"], ["show", ticket], ["list"], ["status"], [],
                     ["changed", "--since", "1h"], ["verify", ticket], ["triage", "all"],
                     ["providers"], ["providers", "test", "pdns"], ["doctor"],
                     ["propose", "all", "--change", "add @ TXT b", "--reason", "r", "--dry-run"]):
            with self.subTest(args):
                run = box.dc("--json", *args)
                self.assertIn(run.code, (0, 9), repr(run))
        self.assertEqual(self.proxy.writes(), 0, self.proxy.requests[-20:])
        self.assertGreater(self.proxy.counts["GET"], 0)
        self.assertEqual(box.git("for-each-ref"), head)
        self.assertEqual(self.box.dump(), self.before)

    def faulty(self, status, body, headers=(), only=None, times=10**6):
        left = [times]

        def fault(method, path):
            if method == "PATCH" and (only is None or only in path) and left[0] > 0:
                left[0] -= 1
                if isinstance(status, str):
                    return status
                return status, list(headers), body
            return None
        self.proxy.fault = fault

    def apply_with(self, *fault, code, **kw):
        ticket = self.box.propose("all", "add @ TXT faulty=1")
        self.faulty(*fault, **kw)
        run = self.box.dc("--json", "apply", ticket)
        self.proxy.fault = lambda method, path: None
        self.assertIn(run.code, code if isinstance(code, tuple) else (code,), repr(run))
        return ticket, run

    def put_back(self, ticket):
        self.ok(self.box.dc("rollback", ticket))
        self.assertEqual(self.diff(self.before, self.box.dump()), {})

    def test_passing_faults_are_retried(self):
        for fault in ((429, "{}", [("Retry-After", "1")]), (503, HTML, [("Content-Type", "text/html")]),
                      (500, json.dumps({"error": "database is locked"}))):
            with self.subTest(fault[0]):
                ticket, run = self.apply_with(*fault, code=0, times=2)
                self.assertEqual(run.json["state"], "done")
                self.put_back(ticket)

    def test_lost_replies_are_read_back(self):
        for fault in ("reset-after", "reset-before"):
            with self.subTest(fault):
                ticket, run = self.apply_with(fault, None, code=0, times=2)
                self.assertEqual(run.json["state"], "done")
                self.put_back(ticket)

    def test_refusals(self):
        for status, body in ((401, "Unauthorized"), (404, json.dumps({"error": "Not Found"})),
                             (409, json.dumps({"error": "Conflict"})),
                             (422, json.dumps({"error": "RRset r0.example. IN TXT: nope"})),
                             (400, "bad")):
            with self.subTest(status):
                ticket, run = self.apply_with(status, body, code=(1, 4, 6))
                self.assertIn(".example", run.json["error"]["message"])
                self.assertEqual(self.diff(self.before, self.box.dump()), {})
                self.put_back(ticket)

    def test_one_bad_domain(self):
        """The last domain fails in a wave: with max_failures 1 it alone is put back."""
        settings = json.loads((self.box.repo / "dnschange.json").read_text())
        settings["rollout"]["max_failures"] = 1
        self.box.write_settings(settings)
        ticket, run = self.apply_with(422, json.dumps({"error": "no"}), code=9, only="r5.example")
        states = {d["domain"]: d["state"] for d in run.json["domains"]}
        self.assertNotIn(states.pop("r5.example"), ("verified", "held", "written"))
        self.assertEqual(run.json["state"], "done")
        self.assertEqual(run.json["counts"]["changed"], 5)
        self.put_back(ticket)
        settings["rollout"]["max_failures"] = 0
        self.box.write_settings(settings)
        ticket, run = self.apply_with(422, json.dumps({"error": "no"}), code=4, only="r5.example")
        self.assertEqual(run.json["state"], "reverted")
        self.assertEqual(self.diff(self.before, self.box.dump()), {})

    def test_broken_reads(self):
        box = self.box
        ticket = box.propose("all", "add @ TXT b=1")
        for status, body in ((200, '{"name": "r0.exam'), (200, "[" * 100000), (200, ""),
                             (200, "x" * (40 << 20)), (200, '{"rrsets": 7}'), (503, HTML)):
            with self.subTest((status, body[:20])):
                self.proxy.counts.clear()
                self.proxy.fault = lambda m, p, a=(status, [], body): \
                    a if m == "GET" and "r0.example" in p else None
                run = box.dc("--json", "apply", ticket)
                self.assertIn(run.code, (1, 6), repr(run))
                self.assertIn("r0.example", run.json["error"]["message"])
                self.assertEqual(self.proxy.writes(), 0)
        self.proxy.fault = lambda method, path: None
        self.assertEqual(self.diff(self.before, box.dump()), {})


if __name__ == "__main__":
    unittest.main(verbosity=2)
