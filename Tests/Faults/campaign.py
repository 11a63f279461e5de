#!/usr/bin/env python3
"""Breaks the program at system calls of its own, and looks whether the next run mends everything.

  Tests/Faults/campaign.py PROGRAM [SECONDS] [SEED]

Each trial has an ingest or a daily run killed, or has one of its system calls fail, at a place drawn at random. Then the
same is run undisturbed. Report and history must be those of a world without faults; the data folder must hold nothing but
the ledger, its companions and the history, and no canary of a prompt or a key. Needs strace.
"""
import json, os, random, re, shutil, subprocess, sys, tempfile, time

PROGRAM = os.path.abspath(sys.argv[1])
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 150
RANDOM = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
LOGS = [ROOT + "/fixtures/ccr-v1/logs", ROOT + "/fixtures/claude-code/projects"]
COMMANDS = {"ingest": ["ingest", *LOGS], "run": ["run", "--date", "2026-06-24", *LOGS]}
CALLS = ["openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "fcntl"]
FAULTS = [(call, "signal=KILL") for call in CALLS] + [
    ("openat", "error=EMFILE"), ("openat", "error=EACCES"), ("read", "error=EIO"), ("pread64", "error=EIO"),
    ("write", "error=ENOSPC"), ("pwrite64", "error=ENOSPC"), ("pwrite64", "error=EIO"), ("fsync", "error=EIO"),
    ("fdatasync", "error=EIO"), ("ftruncate", "error=EIO"),
]
# What the dynamic linker ends with, before there is a program.
LOADER = 127
KEPT = re.compile(r"^(ledger\.sqlite(-wal|-shm|\.lock)?|history\.jsonl)$")


class World:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="ccr-audit-faults-")
        self.data = self.home + "/.local/share/ccr-audit"

    def run(self, words, before=()):
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "TZ": "UTC", "SWIFT_BACKTRACE": "enable=no"}
        ended = subprocess.run(
            [*before, PROGRAM, *words], env=environment, cwd=self.home, capture_output=True, timeout=120)
        return ended.returncode, ended.stdout.decode("utf8", "replace"), ended.stderr.decode("utf8", "replace")

    def state(self):
        """What people see: the report and the history, without the time at which each was made."""
        code, report, errors = self.run(["report", "--all", "--by", "session", "--format", "csv"])
        path = self.data + "/history.jsonl"
        lines = open(path, encoding="utf8").read().splitlines() if os.path.exists(path) else []
        newest = {}
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            for member in ("recorded_at", "origin"):
                record.pop(member, None)
            newest[(record["day"], record["provider"], record["model"], record.get("scope"))] = record
        kept = [record for record in newest.values() if record["requests"] > 0]
        return code, report, sorted(json.dumps(record, sort_keys=True) for record in kept), errors

    def leftovers(self):
        found = []
        for folder, _, names in os.walk(self.data):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    if b"CANARY" in file.read():
                        found.append("a canary in " + os.path.relpath(path, self.data))
                if not KEPT.match(os.path.relpath(path, self.data)):
                    found.append(os.path.relpath(path, self.data))
        return found

    def remove(self):
        shutil.rmtree(self.home, True)


def reference(words):
    world = World()
    code, _, errors = world.run(words)
    if code != 0:
        sys.exit("without any fault %s ends with %d: %s" % (words[0], code, errors))
    state = world.state()
    world.remove()
    return state


# How many runs the fault kept from ending well.
struck = [0]


def trial(name, words, call, fault, place, want):
    world = World()
    try:
        before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call]
        code, _, errors = world.run(words, before + ["-e", "inject=%s:%s:when=%d" % (call, fault, place)])
        struck[0] += code != 0
        if fault.startswith("error") and code not in (0, 1, 2, 64, LOADER):
            return "ends with %d: %s" % (code, errors[-300:])
        code, _, errors = world.run(words)
        if code != 0:
            return "the run after it ends with %d: %s" % (code, errors[-300:])
        state = world.state()
        for what, found, wanted in zip(("exit code", "report", "history"), state, want):
            if found != wanted:
                return "the %s differs after the next run" % what
        left = world.leftovers()
        return "left behind: " + ", ".join(left) if left else None
    except subprocess.TimeoutExpired:
        return "does not end in two minutes"
    finally:
        world.remove()


def main():
    if not shutil.which("strace"):
        sys.exit("strace is missing; install it (Debian: apt-get install strace)")
    end = time.time() + SECONDS
    wanted = {name: reference(words) for name, words in COMMANDS.items()}
    trials, failures = 0, []
    while time.time() < end:
        name = RANDOM.choice(list(COMMANDS))
        call, fault = RANDOM.choice(FAULTS)
        # Most calls of a kind come early; the few late ones are drawn as well.
        place = int(2 ** RANDOM.uniform(0, 9))
        trials += 1
        problem = trial(name, COMMANDS[name], call, fault, place, wanted[name])
        if problem:
            failures.append((name, call, fault, place, problem))
            print("%s with %s:%s:when=%d: %s" % failures[-1], flush=True)
    print("%d trials, of which %d were cut short by their fault; %d failures" % (trials, struck[0], len(failures)))
    sys.exit(1 if failures else 0)


main()
