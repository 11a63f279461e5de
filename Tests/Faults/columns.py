#!/usr/bin/env python3
"""Puts wrong values into every column of a ledger, and looks whether each command says so or has the right figures.

  Tests/Faults/columns.py PROGRAM [SECONDS] [SEED] [TABLE.COLUMN]

A program that was optimized, and a core more, are twice as many values each: as many are tried side by side as there are
cores. Zero seconds try all values with all commands; else each value meets `report`, `ledger check` and four others, and
every column has its turn before one has its second.

SQLite stores any value in any column, and other programs write to ledgers. One column of all rows gets one wrong value;
then every command has to end by itself, with 0 or 1 and the figures of the sound ledger, or with 2 and its own sentence.
A value of another kind never passes in silence: a report that differs from the sound one names the column, or fails.
"""
import concurrent.futures, datetime, os, random, re, shutil, sqlite3, subprocess, sys, tempfile, time

PROGRAM = os.path.abspath(sys.argv[1])
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 60
RANDOM = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
ONLY = sys.argv[4] if len(sys.argv) > 4 else ""
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# Small, and of many sources: a trial runs a dozen commands.
LOGS = [ROOT + "/fixtures/" + place for place in ("cases", "claude-code-otel/a")]
BILL = ROOT + "/fixtures/bills/anthropic-cost.csv"
# What no column of that kind ever holds; the others are of the right kind and beyond every bound.
FOREIGN = {"INTEGER": ["'zz'", "x'FF00'", "1.5e300", "'7x'"], "TEXT": ["x'FF00FE'", "CAST(x'FF41FE' AS TEXT)"],
           "BLOB": ["'zz'", "42", "x''", "x'FF'"]}
EXTREME = {"INTEGER": ["NULL", "9223372036854775807", "-9223372036854775808", "-1", "281474976710656000"],
           "TEXT": ["NULL", "''", "'9999-12-31'", "printf('%.*c', 100000, 'x')"], "BLOB": ["NULL"]}
READERS = {
    "report": ["report", "--all", "--scope", "all", "--format", "json"], "days": ["report", "--all", "--by", "day", "--format", "csv"],
    "history": ["history"], "check": ["check"], "doctor": ["doctor"], "export": ["export", "--format", "focus", "--all"],
    "status": ["status", "--line"], "push": ["push", "--dry-run"], "alerts": ["alert", "list"], "whole": ["ledger", "check"],
    "advise": ["advise"],
}
WRITERS = {"ingest": ["ingest", *LOGS], "run": [], "prune": ["ledger", "prune", "--days", "1"], "rebuild": ["ledger", "rebuild"]}
ROOM = tempfile.mkdtemp(prefix="ccr-audit-columns")
FIRST = ROOM + "/first"
DATA = "/.local/share/ccr-audit"


def run(words, limit=30, home=FIRST):
    """The exit code (`None`: it had to be stopped), the output and the errors."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": home, "TZ": "UTC", "SWIFT_BACKTRACE": "enable=no"}
    if words[0] == "push":  # A daily run would try for a minute to reach it.
        environment |= {"CCR_AUDIT_FLEET_URL": "http://127.0.0.1:9", "CCR_AUDIT_FLEET_SALT": "0123456789abcdef0123456789abcdef"}
    try:
        done = subprocess.run([PROGRAM, *words], env=environment, cwd=home, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None, "", ""
    return done.returncode, done.stdout.decode("utf8", "replace"), done.stderr.decode("utf8", "replace")


def stable(text):
    """An output without what time does to it."""
    return re.sub(r'"(generated_at|plans_offered)": ("[^"]*"|\[[^]]*\])', "", text)


def world():
    """A ledger that has rows in every table."""
    LEDGER = FIRST + DATA + "/ledger.sqlite"
    os.makedirs(FIRST)
    run(["ingest", *LOGS], 120)
    database = sqlite3.connect(LEDGER)
    times = [row[0] for row in database.execute("SELECT id >> 15 FROM request ORDER BY id")]
    database.close()
    # Days by their dates: by their hours, all requests would be pruned in one half of the day.
    middle = datetime.datetime.fromtimestamp(times[len(times) // 2] / 1000, datetime.UTC).date()
    day = time.strftime("%Y-%m-%d", time.gmtime(times[-1] / 1000))
    WRITERS["run"] = ["run", "--date", day, *LOGS]
    run([*WRITERS["run"], "--quiet"], 120)
    run(["reconcile", "--record", BILL], 120)
    run(["ledger", "prune", "--days", str((datetime.datetime.now(datetime.UTC).date() - middle).days)], 120)
    database = sqlite3.connect(LEDGER)
    columns = "day, kind, payload, state, attempts, next_attempt, created"
    database.executescript(f"""
        INSERT INTO outbox ({columns}) VALUES ('2026-06-24', 'alert', '{{"text": "a"}}', 'pending', 1, 1782300000000, 1782300000000);
        INSERT INTO outbox_model SELECT '2026-06-24', 'alert', 'ollama', 'glm-5.2', id FROM outbox;
        INSERT OR IGNORE INTO push_hour SELECT DISTINCT bucket, 1, 1, 1, 1, 1, 1 FROM hour_rollup LIMIT 3;
        INSERT OR IGNORE INTO push_target VALUES (1, 2, 1);
        INSERT OR IGNORE INTO setting VALUES ('push_version', 1);
        INSERT OR IGNORE INTO push_stale SELECT DISTINCT bucket FROM hour_rollup;
    """)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    columns = []
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table.startswith("sqlite_") or table == "grdb_migrations" or not database.execute(f"SELECT 1 FROM {table}").fetchone():
            continue
        columns += [(table, row[1], row[2].upper()) for row in database.execute(f"PRAGMA table_info({table})")]
    database.close()
    return columns


def spoil(home, table, column, value):
    database = sqlite3.connect(home + DATA + "/ledger.sqlite")
    try:
        database.execute(f"UPDATE OR IGNORE {table} SET {column} = {value}")
        if not database.total_changes:
            return False
        database.commit()
        return True
    except sqlite3.Error:
        return False  # The table itself does not take it.
    finally:
        database.close()


def judge(name, outcome, sound, isForeign, table, column, value):
    code, output, errors = outcome
    if code is None:
        return "does not end"
    if code not in (0, 1, 2):
        return f"ends with {code}: {errors[-200:]}"
    if code == 2 and not re.search(r"^error: ", errors, re.M) and sound[0] != 2 and name != "whole":
        return f"ends with 2 without a reason: {errors[-200:]}"
    # What a row is found by is looked at by `ledger check` alone: the other commands would have to read every row.
    isKey = table.endswith("_rollup") and column in ("bucket", "route", "prompt_class")
    if isForeign and not isKey and name in ("report", "days", "history", "export", "status") and code != 2:
        if stable(output) != stable(sound[1]):
            return "other figures without a word"
    if isForeign and name == "whole" and code != 2 and "CAST" not in value and value != "x'FF'" and column not in output + errors:
        return "finds nothing"
    return None


def attempt(number, sound, table, column, value, isForeign):
    """What went wrong with one wrong value; `None` where the table does not take it."""
    home = f"{ROOM}/{number}"
    shutil.copytree(FIRST + DATA, home + DATA)
    try:
        if not spoil(home, table, column, value):
            return None
        failures = []
        chance = random.Random(number)
        others = [name for name in READERS if name not in ("report", "whole")]
        for name in READERS if SECONDS == 0 else ["report", "whole", *chance.sample(others, 3)]:
            words = READERS[name]
            why = judge(name, run(words, home=home), sound[name], isForeign, table, column, value)
            failures += [f"{name} {why}"] if why else []
        name = chance.choice(list(WRITERS))
        why = judge(name, run(WRITERS[name], 60, home), (0, ""), False, table, column, value)
        failures += [f"{name} {why}"] if why else []
        return [f"{table}.{column} = {value}: {failure}".replace("\n", " | ").replace(home, "~") for failure in failures]
    finally:
        shutil.rmtree(home)


def main():
    columns = world()
    sound = {name: run(words, 120) for name, words in READERS.items()}
    for name, (code, _, errors) in sound.items():
        if code not in (0, 1, 2):
            sys.exit(f"{name} of the sound ledger ends with {code}: {errors[-300:]}")
    tables = sorted({table for table, _, _ in columns})
    print("tables:", ", ".join(tables), flush=True)
    for needed in ("request", "archive"):
        if needed not in tables:
            sys.exit(f"the ledger to break has nothing in its table {needed}")
    trials = [(t, c, v, v in FOREIGN[k]) for t, c, k in columns for v in FOREIGN[k] + EXTREME[k]]
    RANDOM.shuffle(trials)
    turns = {}
    for trial in trials:
        turns.setdefault(trial[:2], []).append(trial)
    trials.sort(key=lambda trial: turns[trial[:2]].index(trial))
    if ONLY:
        trials = [t for t in trials if f"{t[0]}.{t[1]}".startswith(ONLY)]
    end, done, failures, seen = time.time() + SECONDS, 0, 0, set()

    def one(number):
        table, column, value, isForeign = trials[number]
        if 0 < SECONDS and end < time.time():
            return None, None
        return (table, column), attempt(number, sound, table, column, value, isForeign)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for place, found in pool.map(one, range(len(trials))):
            if found is None:
                continue
            done += 1
            seen.add(place)
            failures += len(found)
            for failure in found:
                print(failure, flush=True)
    print(f"{done} of {len(trials)} wrong values in {len(seen)} of {len(columns)} columns, {failures} failures")
    shutil.rmtree(ROOM, ignore_errors=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
