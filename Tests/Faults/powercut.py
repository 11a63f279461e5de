#!/usr/bin/env python3
"""Cuts the power at every write of a first `ingest`, and sees that the next one makes the ledger whole.

  Tests/Faults/powercut.py PROGRAM [CUTS]

What the program writes to the ledger's files is taken down by strace. Of each moment it is known then what a disk must
hold: what was synced; of what was written since, blocks of 512 bytes that a seed draws, and of files made, cut short or
removed since, either. From such a disk `ledger check` and a second `ingest` have to go on, and its report has to be that
of a ledger that nothing happened to.
"""
import os, random, re, shutil, subprocess, sys, tempfile

PROGRAM = os.path.abspath(sys.argv[1])
CUTS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
LOGS = ROOT + "/fixtures/cases"
DATA = ".local/share/ccr-audit"
BLOCK = 512


def run(home, *words, trace=None):
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": home, "TZ": "UTC"}
    calls = "openat,open,creat,write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,close"
    command = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", "trace=" + calls, "-o", trace] if trace else []
    done = subprocess.run([*command, PROGRAM, *words], env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def joined(lines):
    """Calls that other threads interrupted are put together again, where they ended."""
    begun = {}
    for line in lines:
        pid, rest = line.rstrip("\n").split(None, 1)
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest[: -len("<unfinished ...>")]
        elif rest.startswith("<... ") and pid in begun:
            yield begun.pop(pid) + rest.split("resumed>", 1)[1]
        else:
            yield rest


def events(trace, folder):
    """(kind, file's name, offset or length, bytes) of each successful call on a file of the folder."""
    for line in joined(open(trace)):
        call = re.match(r"(\w+)\((.*)\)\s+= (\d+)", line)
        if not call:
            continue
        name, words, result = call[1], call[2], int(call[3])
        if name in ("openat", "open", "creat"):
            place = unhex(re.search(r'"((?:\\x..)*)"', words)[1]).decode()
            if os.path.dirname(place) == folder and "O_CREAT" in words:
                yield "make", os.path.basename(place), 0, b""
        elif name in ("unlink", "unlinkat"):
            place = unhex(re.search(r'"((?:\\x..)*)"', words)[1]).decode()
            if os.path.dirname(place) == folder:
                yield "unlink", os.path.basename(place), 0, b""
        elif name.startswith("rename"):
            places = [unhex(found).decode() for found in re.findall(r'"((?:\\x..)*)"', words)]
            if os.path.dirname(places[-1]) == folder:
                raise SystemExit(f"this does not know renames: {places}")
        else:
            place = re.match(r"\d+<((?:\\x..)*)>", words)
            place = unhex(place[1]).decode() if place else ""
            if place == folder and name in ("fsync", "fdatasync"):
                yield "folder", "", 0, b""
            if os.path.dirname(place) != folder:
                continue
            file = os.path.basename(place)
            if name == "pwrite64":
                content = unhex(re.search(r'"((?:\\x..)*)"', words)[1])[:result]
                yield "write", file, int(words.rsplit(", ", 1)[1]), content
            elif name in ("fsync", "fdatasync"):
                yield "sync", file, 0, b""
            elif name == "ftruncate":
                yield "truncate", file, int(words.rsplit(", ", 1)[1]), b""
            elif name in ("write", "writev", "pwritev") and file.startswith("ledger.sqlite") and "lock" not in file:
                raise SystemExit(f"this does not know {name} to {file}")


class Disk:
    """What a disk holds: what is sure, and what came since."""

    def __init__(self):
        self.sure, self.since = {}, []

    def add(self, event):
        kind, file, _, _ = event
        if kind == "sync":
            mine = [other for other in self.since if other[1] == file]
            self.since = [other for other in self.since if other[1] != file]
            for other in mine:
                self.apply(self.sure, other)
        elif kind == "folder":
            for other in [other for other in self.since if other[0] in ("make", "unlink")]:
                self.since.remove(other)
                self.apply(self.sure, other)
        else:
            self.since.append(event)

    @staticmethod
    def apply(files, event, kept=lambda: True):
        kind, file, place, content = event
        if kind == "make":
            files.setdefault(file, bytearray())
        elif kind == "unlink":
            files.pop(file, None)
        elif kind == "truncate":
            held = files.setdefault(file, bytearray())
            del held[place:]
            held.extend(bytes(place - len(held)))
        elif kind == "write":
            held = files.setdefault(file, bytearray())
            held.extend(bytes(max(0, place + len(content) - len(held))))
            at = 0
            while at < len(content):
                end = min(len(content), (place + at) // BLOCK * BLOCK + BLOCK - place)
                if kept():
                    held[place + at : place + end] = content[at:end]
                at = end

    def after_a_cut(self, chance):
        """In order, as journals of file systems have it for names; any blocks of what was written."""
        files = {name: bytearray(content) for name, content in self.sure.items()}
        share = chance.choice([0, 0.1, 0.5, 0.9, 1])
        kept = lambda: chance.random() < share
        lost = chance.random() < 0.5
        for event in self.since:
            if event[0] in ("make", "unlink", "truncate"):
                if kept() or not lost:
                    self.apply(files, event)
            elif event[1] in files or kept():
                self.apply(files, event, kept)
        return files


def figures(home):
    code, output, errors = run(home, "report", "--all", "--scope", "all", "--format", "json")
    return re.sub(r'"generated_at": "[^"]*"', "", output) if code == 0 else f"{code} {errors}"


def main():
    if not shutil.which("strace"):
        sys.exit("strace is missing; install it (Debian: apt-get install strace)")
    room = tempfile.mkdtemp(prefix="ccr-audit-powercut")
    failures = 0
    try:
        home, trace = room + "/first", room + "/trace"
        os.makedirs(home)
        code, _, errors = run(home, "ingest", LOGS, trace=trace)
        if code != 0:
            sys.exit(errors)
        expected = figures(home)
        all_events = list(events(trace, f"{home}/{DATA}"))
        counts = {}
        for kind, file, _, _ in all_events:
            counts[kind, file] = counts.get((kind, file), 0) + 1
        print(", ".join(f"{kind} {file} {count}" for (kind, file), count in counts.items()))
        chance = random.Random(1)
        begun = 0
        for number in range(CUTS):
            # Half of the cuts fall into the making of the tables.
            cut = chance.randrange(len(all_events) + 1) if number % 2 else chance.randrange(min(150, len(all_events)))
            disk = Disk()
            for event in all_events[:cut]:
                disk.add(event)
            place = f"{room}/{number}"
            os.makedirs(f"{place}/{DATA}", mode=0o700)
            files = disk.after_a_cut(random.Random(number))
            for name, content in files.items():
                if not name.endswith("-shm"):
                    with open(f"{place}/{DATA}/{name}", "wb") as file:
                        file.write(content)
            begun += bool(files.get("ledger.sqlite"))
            code, output, errors = run(place, "ingest", LOGS)
            said = f"cut {cut}, seed {number}"
            if code != 0:
                failures += 1
                print(f"{said}: ingest ends with {code}: {errors[-300:]}")
                continue
            checked, output, errors = run(place, "ledger", "check")
            if checked != 0:
                failures += 1
                print(f"{said}: ledger check: {output[-200:]} {errors[-200:]}")
            if figures(place) != expected:
                failures += 1
                print(f"{said}: another report: {figures(place)[:200]}")
            shutil.rmtree(place)
        print(f"{CUTS} power cuts of {len(all_events)} writes and syncs, {begun} of them with a ledger begun, {failures} failures")
    finally:
        shutil.rmtree(room, ignore_errors=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
