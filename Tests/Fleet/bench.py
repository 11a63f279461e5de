#!/usr/bin/env python3
"""Times a push of many requests and reports over many rows, on three real servers.

  Tests/Fleet/bench.py .build/release/ccr-audit [--requests 1000000] [--copies 49]

The first ledger is made of a small log whose rows are multiplied in the file; more machines are copies of its rows on the
servers, with commits of their own, so that reports prove themselves over all of them. Prints what was measured.
"""

import argparse
import os
import platform
import resource
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cluster as clusters  # noqa: E402
import world as worlds  # noqa: E402


def multiply(ledger, requests, days=60):
    """Fills a ledger up to so many requests, evenly over days."""
    with sqlite3.connect(ledger) as database:
        columns = [
            row[1] for row in database.execute("PRAGMA table_info(request)")
            if row[1] not in ("id", "number", "started")]
        have = database.execute("SELECT count(*), max(number) FROM request").fetchone()
        names = ", ".join(columns)
        database.execute("CREATE TEMP TABLE model AS SELECT row_number() OVER () - 1 AS n, * FROM request")
        database.execute(
            f"""WITH RECURSIVE count(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM count WHERE i + 1 < ?)
            INSERT OR IGNORE INTO request (id, number, {names})
            SELECT (({worlds.START} + i * {days * 86_400_000} / ?) << 15) + 1 + i % 1000, ? + i + 1, {names}
            FROM count JOIN temp.model ON model.n = i % ?""",
            (requests - have[0], requests, have[1] or 0, have[0]))
        database.execute("INSERT OR IGNORE INTO push_stale SELECT DISTINCT (id >> 15) / 3600000 FROM request")
        return database.execute("SELECT count(*) FROM request").fetchone()[0]


def timed(name, action):
    begin, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = action()
    wall, after = time.time() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name}: {wall:.2f} s, of these {cpu:.2f} s of the client's processor; exit {done.returncode}", flush=True)
    if done.returncode != 0:
        print(done.stderr[-400:])
    return done


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--copies", type=int, default=49)
    options = parser.parse_args()
    reason = clusters.missing()
    if reason:
        print(f"skipped: {reason}")
        return 0
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with worlds.World(options.binary, 1) as world:
        print("ClickHouse", world.cluster.nodes[0].query("SELECT version()").strip(), "on 3 servers")
        world.grow(1, 400, 60)
        machine = world.machines[0]
        count = multiply(machine.ledger, options.requests)
        rebuilt = machine.run("ledger", "rebuild")
        assert rebuilt.returncode == 0, rebuilt.stderr
        print(f"{count} requests in the ledger, {os.path.getsize(machine.ledger) >> 20} MB")
        timed("push", lambda: machine.push())
        node = world.cluster.nodes[0]
        for copy in range(1, options.copies + 1):
            for table in ("request", "commits", "machine"):
                columns = node.columns(table)
                chosen = ", ".join(f"machine + {copy}" if name == "machine" else name for name in columns)
                source = f"(SELECT * FROM ccr_audit.{table} WHERE machine IN (SELECT min(machine) FROM ccr_audit.machine))"
                node.query(
                    f"INSERT INTO ccr_audit.{table} ({', '.join(columns)}) SELECT {chosen} FROM {source}", timeout=600,
                    insert_distributed_sync=1)
        rows = node.query("SELECT count() FROM ccr_audit.request").strip()
        size = sum(
            int(one.query("SELECT sum(bytes) FROM system.parts WHERE active AND database = 'ccr_audit'").strip() or 0)
            for one in world.cluster.nodes)
        print(f"{rows} rows of {options.copies + 1} machines, {size >> 20} MiB on the servers")
        for words in (("--all",), ("--all", "--by", "day"), ("--since", "2026-07-01", "--until", "2026-07-01")):
            timed("report " + " ".join(words), lambda: world.run(
                "report", *words, "--from", "fleet", "--format", "json", url=world.url(0), timeout=900))
    return 0


if __name__ == "__main__":
    sys.exit(main())
