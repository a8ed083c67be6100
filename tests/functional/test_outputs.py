"""Every JSON output, on success and on failure, and every file that the program
writes is valid by its schema under tickets/schema."""
import json
import unittest

import jsonschema

from harness import SCHEMAS, SandboxTest


def schema(name):
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


class Outputs(SandboxTest):
    zones = ["o1.example", "o2.example", "o3.example"]

    def check(self, command, run, code=None):
        if code is not None:
            self.assertEqual(run.code, code, repr(run))
        out = run.json
        jsonschema.validate(out, schema(f"output-{command}"))
        self.assertEqual(out["format"], 1)
        self.assertEqual(out["command"], command)
        self.assertEqual(out["exit"], run.code)
        return out

    def test_life_of_a_ticket(self):
        box = self.box
        j = lambda *args, **kw: box.dc("--json", *args, **kw)
        proposed = self.check("propose", j("propose", "all", "--change", "add @ TXT z=1",
                                           "--reason", "r"), 0)
        ticket = proposed["ticket"]
        self.check("plan", j("plan", ticket), 0)
        self.check("check", j("check"), 0)
        self.check("list", j("list"), 0)
        self.check("show", j("show", ticket), 0)
        self.check("apply", j("apply", ticket), 0)
        self.check("status", j("status"), 0)
        self.check("status", j("status", ticket), 0)
        self.check("verify", j("verify", ticket), 0)
        changed = self.check("changed", j("changed", "--since", "1h"), 0)
        self.assertEqual({c["domain"] for c in changed["changes"]}, set(self.zones))
        self.check("triage", j("triage", "all"))
        self.check("rollback", j("rollback", ticket), 0)
        self.check("providers", j("providers"), 0)
        self.check("providers", j("providers", "test", "pdns"), 0)
        self.check("doctor", j("doctor"))
        self.check("domains", j("domains", "list"), 0)
        self.check("apply", j("apply", "DNS-1999-01-01-001"), 5)
        refreshed = self.check("propose", j("propose", "o1.example", "--change", "spf all -",
                                            "--reason", "r"), 0)
        self.check("refresh", j("refresh", refreshed["ticket"]), 0)
        for command in ("resume", "abort"):
            args = [command, ticket] + (["--reason", "r"] if command == "abort" else [])
            run = j(*args)
            self.assertNotEqual(run.code, 0)
            self.check(command, run)
        for path, name in (("dnschange.json", "settings"), ("domains/acme.json", "portfolio"),
                           (proposed["path"], "ticket")):
            jsonschema.validate(json.loads((box.repo / path).read_text()), schema(name))
        for name in ("lkg", "claim", "outcome"):
            jsonschema.validate(json.loads(box.git(
                "show", f"dnschange-records:{ticket}/1/{name}.json")), schema(name))
        for line in box.git("show", f"dnschange-records:{ticket}/1/events.jsonl").splitlines():
            jsonschema.validate(json.loads(line), schema("event"))

    def test_every_schema_is_one(self):
        names = sorted(SCHEMAS.glob("*.schema.json"))
        self.assertGreater(len(names), 10)
        for path in names:
            with self.subTest(path.name):
                jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))

    def test_many_domains_use_a_side_file(self):
        """Over 20 domains the review copy stands beside the ticket (domains by import)."""
        box = self.box
        csv = box.dir / "many.csv"
        names = [f"m{i}.o1.example" for i in range(25)]
        csv.write_text("domain,client,provider,zone\n"
                       + "".join(f"{n},many,pdns,o1.example\n" for n in names))
        self.check("domains", box.dc("--json", "domains", "import", str(csv)), 0)
        # Every zone of the account is some client's already.
        run = box.dc("--json", "domains", "import", "--from", "pdns", "--client", "new")
        self.check("domains", run, 0)
        self.assertEqual((run.json["domains"], run.json["known"]), (0, len(box.zones)))
        box.git("add", "domains")
        box.git("commit", "-qm", "import")
        before = box.dump()
        out = self.check("propose", box.dc("--json", "propose", "client:many", "--change",
                                           "set @ MX 10 mx.new.example.", "--reason", "r"), 0)
        side = box.repo / "tickets" / f"{out['ticket']}.rollback.jsonl"
        lines = side.read_text().splitlines()
        self.assertEqual(len(lines), 25)
        for line in lines:
            jsonschema.validate(json.loads(line), schema("rollback-line"))
        self.assertEqual(len(box.git("show", "--format=", "--name-only", "HEAD").split()), 2)
        # Twenty-five domains in one zone are written by one writer at a time.
        self.check("apply", box.dc("--json", "apply", out["ticket"]), 0)
        self.check("rollback", box.dc("--json", "rollback", out["ticket"]), 0)
        self.assertEqual(self.diff(before, box.dump()), {})


if __name__ == "__main__":
    unittest.main(verbosity=2)
