#!/usr/bin/env python3
"""Breaks the program at system calls of its own, and looks whether the next run mends everything.

  Tests/Faults/campaign.py PROGRAM [SECONDS] [SEED]

A trial has one command killed, or has one of its system calls fail, at a place of the run. Then the same command runs
undisturbed. Report and history must be those of a world without faults; each alert has arrived; the data folder holds
nothing but the ledger, its companions and the history, and no canary of a prompt or a key. Places are drawn evenly over
all the calls that a whole run makes. Between them: eight ingests at once into a ledger that is not there yet, and daily
runs while the clock jumps. Needs strace; jumps of the clock need a C compiler, and are left out without one.
"""
import calendar, collections, http.server, json, os, random, re, shutil, subprocess, sys, tempfile, threading, time

PROGRAM = os.path.abspath(sys.argv[1])
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 150
RANDOM = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
LOGS = [ROOT + "/fixtures/ccr-v1/logs", ROOT + "/fixtures/claude-code/projects"]
DAY = "2026-06-24"
# What is done first, undisturbed, and what is broken.
COMMANDS = {
    "ingest": ([], ["ingest", *LOGS]),
    "run": ([], ["run", "--date", DAY, *LOGS]),
    "prune": ([["ingest", *LOGS]], ["ledger", "prune", "--days", "1"]),
    "rebuild": ([["ingest", *LOGS]], ["ledger", "rebuild"]),
}
ERRORS = {
    "openat": ["EMFILE", "EACCES", "ENOSPC", "EIO"], "read": ["EIO"], "pread64": ["EIO"], "write": ["ENOSPC", "EIO"],
    "pwrite64": ["ENOSPC", "EIO"], "fsync": ["EIO", "ENOSPC"], "fdatasync": ["EIO", "ENOSPC"], "ftruncate": ["EIO"],
    "rename": ["EIO", "ENOSPC", "EACCES"], "unlink": ["EIO", "EACCES"],
}
FAULTS = [(call, "error=" + name) for call, names in ERRORS.items() for name in names]
FAULTS += [(call, "signal=KILL") for call in [*ERRORS, "fcntl", "flock"]]
# What the dynamic linker ends with, before there is a program.
LOADER = 127
KEPT = re.compile(r"^(ledger\.sqlite(-wal|-shm|\.lock)?|history\.jsonl)$")
CLOCK = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Moves the clock that people read by CLOCK_OFFSET seconds; what measures durations goes on as it was. */
static long offset(void) {
  const char *text = getenv("CLOCK_OFFSET");
  return text ? atol(text) : 0;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  long result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
  return (int)result;
}
int gettimeofday(struct timeval *now, void *zone) {
  struct timespec exact;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *seconds) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (seconds) *seconds = exact.tv_sec;
  return exact.tv_sec;
}
"""


class Webhook(http.server.ThreadingHTTPServer):
    """Counts the messages that arrive, by the path that each world has of its own."""

    def __init__(self):
        self.arrived = collections.Counter()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.arrived[self.path] += 1
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


WEBHOOK = Webhook()


class World:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="ccr-audit-faults-")
        self.data = self.home + "/.local/share/ccr-audit"
        self.path = "/" + os.path.basename(self.home)
        os.makedirs(self.home + "/pricing")
        with open(self.home + "/pricing/dear.yaml", "w") as file:
            file.write(
                "provider: minimax\nmodels:\n  - model: MiniMax-M2.7\n    prices: [{from: 2025-01-01, input: \"100\", "
                "output: \"400\", source: \"https://prices.example\", verified: 2026-01-01}]\n")

    def run(self, words, before=(), **more):
        environment = {
            "PATH": os.environ["PATH"], "HOME": self.home, "TZ": "UTC", "SWIFT_BACKTRACE": "enable=no", "NO_PROXY": "*",
            "CCR_AUDIT_PRICING": self.home + "/pricing",
            "CCR_AUDIT_SLACK_WEBHOOK_URL": "http://127.0.0.1:%d%s" % (WEBHOOK.server_port, self.path), **more}
        ended = subprocess.run(
            [*before, PROGRAM, *words], env=environment, cwd=self.home, capture_output=True, timeout=120)
        return ended.returncode, ended.stdout.decode("utf8", "replace"), ended.stderr.decode("utf8", "replace")

    def history(self):
        """The newest record of each day and model, without the time at which it was made."""
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
        return sorted(json.dumps(record, sort_keys=True) for record in newest.values() if record["requests"] > 0)

    def state(self):
        """What people see."""
        code, report, errors = self.run(["report", "--all", "--by", "day", "--format", "csv"])
        return {"exit code": code, "report": report, "history": self.history()}, errors

    def arrived(self):
        return WEBHOOK.arrived[self.path]

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


def prepared(name):
    world = World()
    for words in COMMANDS[name][0]:
        code, _, errors = world.run(words)
        if code != 0:
            sys.exit("without any fault %s ends with %d: %s" % (words[0], code, errors))
    return world


def reference(name):
    """What a world without faults looks like, and how many calls of each kind the command makes in it."""
    world = prepared(name)
    counts = world.home + "/counts"
    calls = ",".join(sorted({call for call, _ in FAULTS}))
    code, _, errors = world.run(
        COMMANDS[name][1], ["strace", "-f", "-qq", "-c", "-U", "name,calls", "-e", "trace=" + calls, "-o", counts])
    if code != 0:
        sys.exit("without any fault %s ends with %d: %s" % (name, code, errors))
    found = {}
    for line in open(counts):
        fields = line.split()
        if len(fields) == 2 and fields[1].isdigit():
            found[fields[0]] = int(fields[1])
    state, _ = world.state()
    arrived = world.arrived()
    world.remove()
    return state, found, arrived


def differences(world, wanted):
    state, _ = world.state()
    for what, value in wanted.items():
        if state[what] != value:
            return "the %s differs after the next run" % what
    left = world.leftovers()
    return "left behind: " + ", ".join(left) if left else None


struck = collections.Counter()
twice = [0]


def trial(name, call, fault, place, wanted):
    world = prepared(name)
    words = COMMANDS[name][1]
    try:
        before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call]
        code, _, errors = world.run(words, before + ["-e", "inject=%s:%s:when=%d" % (call, fault, place)])
        struck[fault] += code != 0
        if fault.startswith("error") and code not in (0, 1, 2, 64, LOADER):
            return "ends with %d: %s" % (code, errors[-300:])
        code, _, errors = world.run(words)
        if code != 0:
            return "the run after it ends with %d: %s" % (code, errors[-300:])
        state, _, arrived = wanted
        if world.arrived() < arrived:
            return "%d of %d alerts arrived" % (world.arrived(), arrived)
        # A message whose delivery could not be noted is sent again, once.
        if world.arrived() > arrived + 1:
            return "%d alerts arrived where there was one to tell" % world.arrived()
        twice[0] += world.arrived() > arrived
        return differences(world, state)
    except subprocess.TimeoutExpired:
        return "does not end in two minutes"
    finally:
        world.remove()


def eight(wanted):
    """Eight at once, under two names of one ledger that is not there yet."""
    world = World()
    try:
        os.makedirs(world.data)
        os.symlink(world.data, world.home + "/link")
        ended = []

        def one(number):
            folder = world.data if number % 2 else world.home + "/link"
            ended.append(world.run(["ingest", "--ledger", folder + "/ledger.sqlite", *LOGS]))

        threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for code, _, errors in ended:
            if code != 0:
                return "one of eight ends with %d: %s" % (code, errors[-300:])
        return differences(world, wanted[0])
    finally:
        world.remove()


def clock():
    """The library that moves the clock; `None` where it cannot be made."""
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if not compiler:
        return None
    folder = tempfile.mkdtemp(prefix="ccr-audit-clock-")
    with open(folder + "/clock.c", "w") as file:
        file.write(CLOCK)
    made = subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", folder + "/clock.so", folder + "/clock.c"], capture_output=True)
    return folder + "/clock.so" if made.returncode == 0 else None


def days(library, dates):
    world = World()
    try:
        for date in dates:
            there = calendar.timegm(time.strptime(date + " 00:05", "%Y-%m-%d %H:%M"))
            code, _, errors = world.run(
                ["run", *LOGS], LD_PRELOAD=library, CLOCK_OFFSET=str(int(there - time.time())))
            if code != 0:
                return None, "on %s it ends with %d: %s" % (date, code, errors[-300:])
        # A run whose clock was ahead may have gone on to days that the others never saw.
        return [record for record in world.history() if json.loads(record)["day"] < HONEST[-1]], None
    finally:
        world.remove()


def jumps(library, wanted):
    """Daily runs; before some of them the clock is years ahead or behind."""
    dates = []
    for date in HONEST:
        dates += RANDOM.sample(["2031-01-01", "2020-02-29", "2026-06-23"], RANDOM.randint(0, 2)) + [date]
    history, problem = days(library, dates)
    if problem is None and history != wanted:
        problem = "the history differs"
    return problem and "%s, with runs on %s" % (problem, ", ".join(dates))


HONEST = ["2026-06-23", "2026-06-24", "2026-06-25", "2026-06-26"]


def main():
    if not shutil.which("strace"):
        sys.exit("strace is missing; install it (Debian: apt-get install strace)")
    end = time.time() + SECONDS
    wanted = {name: reference(name) for name in COMMANDS}
    library = clock()
    honest = days(library, HONEST)[0] if library else None
    trials, failures = collections.Counter(), []

    def note(kind, what, problem):
        trials[kind] += 1
        if problem:
            failures.append(what)
            print("%s: %s" % (what, problem), flush=True)

    places = []
    for name, (_, counts, _) in wanted.items():
        for call, fault in FAULTS:
            if counts.get(call, 0) > 0:
                places.append((name, call, fault, counts[call]))
    RANDOM.shuffle(places)
    turn = 0
    while time.time() < end:
        name, call, fault, count = places[turn % len(places)]
        turn += 1
        place = RANDOM.randint(1, count)
        kind = fault.split("=")[1]
        note(kind, "%s with %s:%s:when=%d" % (name, call, fault, place), trial(name, call, fault, place, wanted[name]))
        if turn % 25 == 1:
            note("eight at once", "eight at once", eight(wanted["ingest"]))
        if turn % 25 == 13 and library:
            note("clock", "jumps of the clock", jumps(library, honest))
    for kind in sorted(trials):
        print("%-14s %4d trials" % (kind, trials[kind]))
    print("%d trials, of which %d were cut short by their fault; %d messages arrived twice; %d failures" % (
        sum(trials.values()), sum(struck.values()), twice[0], len(failures)))
    sys.exit(1 if failures else 0)


main()
