"""harness: the real program against a real PowerDNS, Knot and git, for the
functional tests.  A Sandbox is started by scripts/sandbox in a temporary folder
on ports of its own and ended by process id."""
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DNSCHANGE_BUILD", ROOT / "build"))
PROGRAM = BUILD / "dnschange"
SCHEMAS = ROOT / "tickets" / "schema"

# What an operator's environment may hold and a test must not depend on.
CLEAN_ENV = {k: v for k, v in os.environ.items()
             if not k.startswith(("GIT_", "DNSCHANGE_", "PDNS_"))}
CLEAN_ENV.update({"GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"})


class Run:
    """One run of the program."""

    def __init__(self, done, argv):
        self.argv, self.code = argv, done.returncode
        self.out, self.err = done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return (f"exit {self.code}: dnschange {' '.join(map(str, self.argv))}\n"
                f"--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}")


class Sandbox:
    """PowerDNS (LMDB) and Knot with some zones, and a change repository."""

    def __init__(self, zones=None, backend="lmdb"):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dnschange-test-"))
        self.dir.chmod(0o755)  # a checkout that another user owns must be reachable for them
        self.home = self.dir / "home"
        self.home.mkdir()
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = Test Operator\n\temail = operator@test.example\n")
        self.env = dict(CLEAN_ENV, HOME=str(self.home), XDG_CONFIG_HOME=str(self.home / "xdg"),
                        DNSCHANGE_PROGRAM=str(PROGRAM),
                        SANDBOX_PORT=str(10000 + os.getpid() % 440 * 50))
        self.zones = zones
        extra = ["--backend", backend]
        if zones is not None:
            (self.dir / "zones.txt").write_text("".join(z + "\n" for z in zones))
            extra += ["--zones", str(self.dir / "zones.txt")]
        try:
            self.script("start", *extra)
        except Exception:
            self.stop()
            raise
        for line in self.script("env").stdout.splitlines():
            name, _, value = line.partition("=")
            if value:
                self.env[name] = value.strip("'")
        self.repo = self.dir / "box" / "repo"
        if zones is not None:
            self.make_repo(zones)
        else:
            self.zones = (self.dir / "box" / "zones").read_text().split()

    def script(self, command, *args):
        done = subprocess.run([ROOT / "scripts/sandbox", command, "--dir", self.dir / "box", *args],
                              env=self.env, capture_output=True, text=True, timeout=180)
        if done.returncode:
            raise RuntimeError(f"sandbox {command}: {done.stdout}{done.stderr}")
        return done

    def stop(self):
        self.script("stop")
        if run := self.env.get("RUN_DIR"):
            shutil.rmtree(run, ignore_errors=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    # --- the change repository ---------------------------------------------
    def settings(self):
        return {
            "version": 1,
            "providers": {"pdns": {
                "plugin": "powerdns", "url": self.env["PDNS_URL"],
                "secret": {"env": "PDNS_API_KEY"},
                "nameservers": [f"127.0.0.1:{self.env['PRIMARY_PORT']}",
                                f"127.0.0.1:{self.env['SECONDARY_PORT']}"]}},
            "rollout": {"canary": 2, "waves": ["50%", "100%"], "bake": "0s", "deadline": "2m"},
            "verify": {"timeout": "15s", "interval": "100ms", "bake_interval": "500ms",
                       "rounds": 1}}

    def write_settings(self, settings, commit=True):
        (self.repo / "dnschange.json").write_text(json.dumps(settings, indent=1))
        if commit and self.git("status", "--porcelain", "--untracked-files=no"):
            self.git("commit", "-q", "-am", "settings")

    def make_repo(self, zones):
        self.repo.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        (self.repo / "domains").mkdir()
        (self.repo / "domains/acme.json").write_text(json.dumps(
            {"client": "acme", "approvers": ["ann@acme.example"], "provider": "pdns",
             "tags": ["mail"], "domains": {z: {} for z in zones}}, indent=1))
        (self.repo / "dnschange.json").write_text(json.dumps(self.settings(), indent=1))
        self.git("add", ".")
        self.git("commit", "-q", "-m", "portfolio")

    def git(self, *args, cwd=None, check=True):
        done = subprocess.run(["git", *args], cwd=cwd or self.repo, env=self.env,
                              capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"git {args}: {done.stderr}")
        return done.stdout.strip()

    # --- the program ---------------------------------------------------------
    def dc(self, *args, cwd=None, env=None, stdin=None, timeout=120):
        argv = [str(a) for a in args]
        done = subprocess.run([PROGRAM, "-C", cwd or self.repo, *argv], text=True,
                              env=dict(self.env, **(env or {})), capture_output=True,
                              input=stdin if stdin is not None else "", timeout=timeout)
        return Run(done, argv)

    def start(self, *args, env=None):
        """The program in the background."""
        return subprocess.Popen([PROGRAM, "-C", self.repo, *map(str, args)], text=True,
                                env=dict(self.env, **(env or {})), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def propose(self, scope, *changes, reason="test", extra=()):
        args = ["propose", *([scope] if isinstance(scope, str) else scope)]
        for change in changes:
            args += ["--change", change]
        run = self.dc(*args, "--reason", reason, *extra)
        if run.code:
            raise AssertionError(repr(run))
        return run.out.strip()

    # --- the servers -----------------------------------------------------------
    def api(self, method, path, body=None):
        url = urllib.parse.urlsplit(self.env["PDNS_URL"])
        conn = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
        conn.request(method, url.path + path, None if body is None else json.dumps(body),
                     {"X-API-Key": self.env["PDNS_API_KEY"], "Content-Type": "application/json"})
        reply = conn.getresponse()
        text = reply.read()
        if reply.status >= 300:
            raise RuntimeError(f"{method} {path}: {reply.status} {text!r}")
        return json.loads(text) if text else None

    def zone(self, name):
        """Everything the provider keeps of a zone but the SOA: {(owner, type): set}."""
        sets = self.api("GET", f"/zones/{name}.")["rrsets"]
        return {(s["name"], s["type"]): (
            s["ttl"], sorted((r["content"], r["disabled"]) for r in s["records"]),
            [(c["content"], c["account"]) for c in s["comments"]])
            for s in sets if s["type"] != "SOA"}

    def dump(self):
        return {z: self.zone(z) for z in self.zones}

    def patch(self, zone, owner, rtype, contents, ttl=60, notify=True, disabled=(), comments=None):
        """A change past the program, as somebody in a portal makes it."""
        rrset = {"name": owner + ".", "type": rtype, "ttl": ttl,
                 "changetype": "REPLACE" if contents or disabled else "DELETE",
                 "records": [{"content": c, "disabled": False} for c in contents]
                 + [{"content": c, "disabled": True} for c in disabled]}
        if comments is not None:
            rrset["comments"] = [{"content": c, "account": a} for c, a in comments]
        self.api("PATCH", f"/zones/{zone}.", {"rrsets": [rrset]})
        if notify:
            self.api("PUT", f"/zones/{zone}./notify")

    def dig(self, name, rtype, port=None):
        port = port or self.env["PRIMARY_PORT"]
        done = subprocess.run(["kdig", "+short", "+time=2", "-p", port, "@127.0.0.1", name, rtype],
                              capture_output=True, text=True, timeout=20)
        return sorted(done.stdout.split("\n")[:-1])


class SandboxTest(unittest.TestCase):
    """One sandbox for all tests of a class; class attribute `zones` names its zones."""
    zones = None
    backend = "lmdb"

    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox(cls.zones, cls.backend)
        cls.addClassCleanup(cls.box.stop)

    def ok(self, run, code=0):
        self.assertEqual(run.code, code, repr(run))
        return run

    def diff(self, before, after):
        """{(zone, owner, type): (before, after)} of what differs."""
        out = {}
        for zone in before:
            for key in set(before[zone]) | set(after[zone]):
                pair = before[zone].get(key), after[zone].get(key)
                if pair[0] != pair[1]:
                    out[(zone, *key)] = pair
        return out
