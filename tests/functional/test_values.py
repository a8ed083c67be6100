"""Values that other tools damage: TXT of every awkward length and octet, null MX,
disabled records, comments, IDN, wildcards: there after apply, gone after rollback."""
import unittest

from harness import SandboxTest

LENGTHS = [1, 254, 255, 256, 509, 510, 511, 764, 765, 766]


class Values(SandboxTest):
    zones = ["v.example"]

    def round_trip(self, *edits, expect=None, extra=()):
        box = self.box
        before = box.dump()
        ticket = box.propose("v.example", *edits, extra=extra)
        self.ok(box.dc("apply", ticket))
        after = box.zone("v.example")
        if expect:
            expect(after)
        again = self.ok(box.dc("--json", "plan", ticket)).json
        self.assertEqual({c["class"] for c in again["changes"]}, {"already"}, again)
        self.ok(box.dc("rollback", ticket))
        self.assertEqual(self.diff(before, box.dump()), {})

    def joined(self, zone, owner):
        """Octets of the one TXT at owner, as the primary serves it, strings joined."""
        content = zone[(owner + ".", "TXT")][1][0][0]
        out, i = bytearray(), 0
        while i < len(content):
            if content[i] == '"':
                out += b"\0" if content[i:i + 3] == '" "' else b""
                i += 3 if content[i:i + 3] == '" "' else 1
            elif content[i] == "\\":
                if content[i + 1].isdigit():
                    out.append(int(content[i + 1:i + 4]))
                    i += 4
                else:
                    out += content[i + 1].encode()
                    i += 2
            else:
                out += content[i].encode()
                i += 1
        return bytes(out)

    def test_lengths(self):
        for n in LENGTHS:
            with self.subTest(n):
                text = ("0123456789" * 80)[:n]

                def expect(zone):
                    strings = self.joined(zone, "t.v.example").split(b"\0")
                    self.assertEqual([len(s) for s in strings],
                                     [255] * (n // 255) + ([n % 255] if n % 255 else []))
                    self.assertEqual(b"".join(strings).decode(), text)
                self.round_trip(f"add t TXT {text}", expect=expect)

    def test_characters(self):
        for text in ['say "hi"', 'back\\slash', 'a;b;c', 'tail ', "tick`s'", 'ünïcødé ✓',
                     'k={brace', '  lead', 'tab\there', '\\100', '%{i}._spf.{domain}']:
            with self.subTest(text):
                edit = f"add t TXT {text}" if not text.startswith(" ") else \
                    'add t TXT "%s"' % text
                # What follows `TXT ` is the raw text; a leading space needs quotes.
                want = text.replace("{domain}", "v.example").encode()
                self.round_trip(edit, expect=lambda z, want=want: self.assertEqual(
                    self.joined(z, "t.v.example"), want))

    def test_null_mx(self):
        box = self.box
        self.round_trip("set @ MX 0 .", expect=lambda z: self.assertEqual(
            z[("v.example.", "MX")][1], [("0 .", False)]))
        first = box.propose("v.example", "set @ MX 0 .")
        self.ok(box.dc("apply", first))
        self.round_trip("set @ MX 10 mx.new.example.")
        self.ok(box.dc("rollback", first))

    def test_disabled_records_survive(self):
        box = self.box
        box.patch("v.example", "v.example", "MX", ["10 mx1.old.example."],
                  disabled=["99 spare.old.example."])

        def expect(zone):
            self.assertIn(("99 spare.old.example.", True), zone[("v.example.", "MX")][1])
        self.round_trip("set @ MX 10 mx1.new.example.", expect=expect)
        box.patch("v.example", "v.example", "MX", ["10 mx1.old.example.", "20 mx2.old.example."])
        box.patch("v.example", "off.v.example", "A", [], disabled=["192.0.2.55"])
        self.round_trip("set off A 192.0.2.56", expect=lambda z: self.assertEqual(
            z[("off.v.example.", "A")][1], [("192.0.2.55", True), ("192.0.2.56", False)]))

    def test_split_is_restored(self):
        # The strings of a record that is not split at 255 come back as they were.
        self.box.patch("v.example", "s.v.example", "TXT", ['"v=spf1 a" " -all"'])
        self.round_trip("set s TXT something else")

    def test_wildcard(self):
        box = self.box
        box.patch("v.example", "*.w.v.example", "A", ["192.0.2.99"])
        box.patch("v.example", "x.w.v.example", "A", ["192.0.2.1"])
        self.round_trip("remove x.w A", expect=lambda z: self.assertNotIn(
            ("x.w.v.example.", "A"), z))
        self.round_trip("set *.w A 192.0.2.98")
        self.round_trip("set new.w A 192.0.2.97")

    def test_swap_and_idn(self):
        self.round_trip("remove old CNAME", "set old A 192.0.2.44")
        self.round_trip("set münchen A 192.0.2.45", expect=lambda z: self.assertIn(
            ("xn--mnchen-3ya.v.example.", "A"), z))
        self.round_trip("set alias CNAME bücher.example.", expect=lambda z: self.assertEqual(
            z[("alias.v.example.", "CNAME")][1][0][0], "xn--bcher-kva.example."))

    def test_ttl(self):
        self.round_trip("ttl @ MX 77", expect=lambda z: self.assertEqual(
            z[("v.example.", "MX")][0], 77))


if __name__ == "__main__":
    unittest.main(verbosity=2)
