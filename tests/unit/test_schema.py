"""The schemas of the files: valid themselves, true of the examples, and of one mind
with the program about every small mutation of them."""
import copy
import json
import pathlib
import subprocess
import sys
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERDICT = sys.argv.pop(1)
EXAMPLES = {
    "settings": ["dnschange.json", "dnschange-full.json"],
    "portfolio": ["domains/acme.json"],
    "ticket": ["tickets/DNS-2026-11-23-001.json", "tickets/DNS-2026-11-24-002.json"],
}
LINES = [
    {"domain": "a.example", "sets": [
        {"owner": "@", "type": "TXT", "ttl": 300, "values": ["ab"], "strings": [["a", "b"]]},
        {"owner": "www", "type": "A", "absent": True}]},
]
# Rules between values, which only the program can know.
BEYOND = ["is not in the settings", "has no provider", "is no mechanism of SPF",
          "wants one list for each value"]
WRONG = [None, True, 0, -1, 1.5, "", "x y", [], {}, ["x"], {"x": 1}, [[]]]


def load(kind):
    schema = json.loads((ROOT / "tickets/schema" / (kind + ".schema.json")).read_text())
    return jsonschema.Draft202012Validator(schema)


def example(path):
    text = (ROOT / "tickets/examples" / path).read_text()
    return json.loads(text.replace("DNS-2026-11-24-002", "DNS-2026-11-23-001")
                      if path.startswith("tickets/") else text)


def documents():
    for kind, paths in EXAMPLES.items():
        for path in paths:
            document = example(path)
            if kind == "ticket" and document.get("after"):
                document["after"]["ticket"] = "DNS-2026-11-22-001"
            yield kind, document
    for line in LINES:
        yield "rollback-line", line


def places(node, path=()):
    """Every value of a document by its path."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) \
        if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, path + (key,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def mutations(document):
    """Copies with one thing different: a key more, a key less, another type."""
    for path in places(document):
        node = at(document, path)
        if isinstance(node, dict):
            changed = copy.deepcopy(document)
            at(changed, path)["zzz"] = 1
            yield path + ("zzz",), changed
        if not path:
            continue
        changed = copy.deepcopy(document)
        del at(changed, path[:-1])[path[-1]]
        yield path, changed
        for wrong in WRONG:
            changed = copy.deepcopy(document)
            at(changed, path[:-1])[path[-1]] = wrong
            yield path, changed


def verdicts(rows):
    lines = "".join(json.dumps({"kind": kind, "text": json.dumps(doc)}) + "\n"
                    for kind, _, doc in rows)
    run = subprocess.run([VERDICT], input=lines, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


class Schemas(unittest.TestCase):
    def test_are_valid_and_say_what_they_are(self):
        files = sorted((ROOT / "tickets/schema").glob("*.schema.json"))
        names = {file.name for file in files}
        for kind in ["settings", "portfolio", "ticket", "rollback-line"]:
            self.assertIn(kind + ".schema.json", names)
            schema = load(kind).schema
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertTrue(schema["title"] and schema["description"])
            self.assertFalse(schema["additionalProperties"])
            for key, value in schema["properties"].items():
                self.assertTrue("description" in value or "$ref" in value, key)

    def test_examples(self):
        for kind, document in documents():
            errors = [e.message for e in load(kind).iter_errors(document)]
            self.assertEqual(errors, [], kind)
        for file in (ROOT / "tickets/examples/domains").glob("*.json"):
            load("portfolio").validate(json.loads(file.read_text()))

    def test_contract_example_line_by_line(self):
        """What the program writes beside a ticket is what the schema describes."""
        for kind, document in documents():
            if kind == "ticket" and "file" not in document["rollback"]:
                for domain, sets in document["rollback"].items():
                    load("rollback-line").validate({"domain": domain, "sets": sets})

    def test_of_one_mind_with_the_program(self):
        rows = [(kind, path, doc) for kind, document in documents()
                for path, doc in mutations(document)]
        self.assertGreater(len(rows), 3000)
        validators = {kind: load(kind) for kind in [*EXAMPLES, "rollback-line"]}
        wrong, refused = [], 0
        for (kind, path, doc), verdict in zip(rows, verdicts(rows), strict=True):
            valid = validators[kind].is_valid(doc)
            refused += not valid
            if valid != (verdict == "ok") and \
                    not any(text in verdict for text in BEYOND):
                wrong.append((kind, path, at_or_none(doc, path), valid, verdict))
        self.assertGreater(refused, 1000)
        self.assertEqual(wrong, [], "%d in all" % len(wrong))


def at_or_none(document, path):
    try:
        return at(document, path)
    except (KeyError, IndexError, TypeError):
        return None


if __name__ == "__main__":
    unittest.main()
