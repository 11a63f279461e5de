#!/usr/bin/env python3
"""Pushes of many machines to real ClickHouse servers, and reports from them, held against the machines' own ledgers.

  Tests/Fleet/run.py .build/debug/ccr-audit [--machines N] [--days N] [--seeds N] [--replicas 1|2] [--only NAME]
  Tests/Fleet/run.py .build/debug/ccr-audit --only faults --seeds 1000 [--first N] [--seconds N]
  Tests/Fleet/run.py .build/debug/ccr-audit --engine chdb     # today's dialect, in process

Exits with 0 where all held, 1 where something did not, and 0 with the reason where no server is installed.
"""

import argparse
import json
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import breaks  # noqa: E402
import chdb_server  # noqa: E402
import cluster as clusters  # noqa: E402
import doors  # noqa: E402
from world import World, expect, failures, within  # noqa: E402


def equal(world, options):
    world.grow(options.machines, options.requests, options.days)
    order = list(world.machines)
    random.Random(1).shuffle(order)
    for machine in order:
        done = machine.push()
        expect(done.returncode == 0, f"push of {machine.number}: {done.stderr[-400:]}")
    world.compare("first push")
    vanished(world, order[0], options)
    for machine in order[::2]:
        done = machine.push("--all")
        expect(done.returncode == 0, f"push --all of {machine.number}: {done.stderr[-400:]}")
    world.compare("pushed twice", nodes=[0])
    for machine in order[::3]:
        machine.grow(options.requests // 5 + 1, options.days)
        done = machine.push()
        expect(done.returncode == 0, f"late push of {machine.number}: {done.stderr[-400:]}")
    world.compare("late records")
    late_versions(world)
    world.compare("every version before", nodes=[1 % len(world.cluster.nodes)])
    done = order[0].push("--verify")
    expect(done.returncode == 0 and "as the ledger noted" in done.stderr, f"verify: {done.stderr[-400:]}")
    check = world.run("fleet", "check", url=world.url(1))
    expect(check.returncode == 0 and "are all there" in check.stdout, f"check: {check.stdout} {check.stderr[-300:]}")
    origins = world.run("report", "--all", "--from", "fleet", "--by", "origin", "--format", "json", url=world.url(0))
    rows = json.loads(origins.stdout)["models"] if origins.returncode == 0 else []
    expect(len({row["origin"] for row in rows}) == len(world.machines), f"by origin: {origins.stderr[-300:]}")
    for command in (["check", "--window", "all", "--max-ratio", "100", "--no-fail-on-unpriced"], ["history"]):
        done = world.run(*command, "--from", "fleet", url=world.url(2))
        expect(done.returncode == 0, f"{command}: {done.stderr[-300:]}")
    page = world.run("report", "--all", "--from", "fleet", "--format", "html", url=world.url(0))
    expect(page.returncode == 0 and "<html" in page.stdout, f"page: {page.stderr[-300:]}")
    cluster = ("--cluster", "fleet") if world.engine == "servers" else ()
    clean = world.run("fleet", "clean", *cluster, url=world.url(0), user="admin")
    expect(clean.returncode == 0, f"clean: {clean.stderr[-300:]}")
    stored = "".join(
        world.cluster.nodes[0].query(f"SELECT * FROM ccr_audit.{table}") for table in ("request", "commits", "machine"))
    expect("CANARY" not in stored and "req-" not in stored, "something private is stored")


def vanished(world, machine, options):
    """Requests that a router's record takes in, and hours that are empty then."""
    machine.grow_transcripts(20, options.days)
    done = machine.push()
    expect(done.returncode == 0, f"push of transcripts: {done.stderr[-400:]}")
    world.compare("requests of clients alone", nodes=[0])
    machine.absorb()
    done = machine.push()
    expect(done.returncode == 0, f"push of what is left: {done.stderr[-400:]}")

    def emptied():
        return int(world.cluster.nodes[0].query(
            "SELECT count() FROM (SELECT argMax(rows, version) AS r FROM ccr_audit.commits GROUP BY machine, hour) "
            "WHERE r = 0"))

    # Commits reach the other servers a moment later.
    expect(within(60, lambda: emptied() == len(machine.told)), f"{emptied()} hours are empty of {len(machine.told)}")
    world.compare("vanished requests")
    seen, why = world.reported(0)
    expect(seen == world.requests(), f"vanished requests: {seen} of {world.requests()} {why[-300:]}")


def late_versions(world):
    """Of every hour arrives the version before, with its commit, after the newer one."""
    node = world.cluster.nodes[0]
    for table, change in (("request", {}), ("commits", {"rows": "toUInt32(rows + 1)"})):
        names = node.columns(table)
        chosen = ", ".join({"version": "version - 1", **change}.get(name, name) for name in names)
        node.query(
            f"INSERT INTO ccr_audit.{table} ({', '.join(names)}) SELECT {chosen} FROM (SELECT * FROM ccr_audit.{table})",
            insert_distributed_sync=1)


def tampered(world, options):
    """Rows that are not what was committed: the proof fails, and `push --verify` mends it."""
    world.grow_once(options, push=True)
    node = world.cluster.nodes[0]

    def copy(table, change, newest="DESC"):
        names = node.columns(table)
        chosen = ", ".join(change.get(name, name) for name in names)
        node.query(
            f"INSERT INTO ccr_audit.{table} ({', '.join(names)}) SELECT {chosen} FROM "
            f"(SELECT * FROM ccr_audit.{table} ORDER BY machine, hour, version {newest} LIMIT 1)", insert_distributed_sync=1)

    # An old version that arrives late counts for nothing.
    copy("request", {"version": "version - 1"})
    copy("commits", {"version": "version - 1", "rows": "toUInt32(1)"})
    world.compare("an old version after a newer one", nodes=[0])
    # A row twice under the committed version.
    copy("request", {})
    report = world.run("report", "--all", "--from", "fleet", url=world.url(1))
    expect(
        report.returncode == 2 and "than machines committed" in report.stderr and not report.stdout,
        f"a row twice: {report.returncode} {report.stdout[:200]} {report.stderr[-300:]}")
    check = world.run("fleet", "check", url=world.url(1))
    expect(check.returncode == 2, f"check of a row twice: {check.stdout} {check.stderr[-300:]}")
    world.push("--verify")
    world.compare("after push --verify", nodes=[2])


def lost(world, options):
    """Servers that do not answer: exit 2 and what is missing, or that as the headline."""
    world.grow_once(options, push=True)
    world.compare("before a server is lost", nodes=[0])
    shards = world.cluster.shards
    # Which shard a machine is on is chance: the one that is lost has some, and another one is asked.
    lost = max(range(shards), key=lambda n: int(
        world.cluster.nodes[n].query("SELECT count() FROM ccr_audit.request_local").strip()))
    asked = (lost + 1) % shards
    down = [node for node in world.cluster.nodes if node.number % shards == lost]
    for node in down:
        node.stop(kill=True)
    report = world.run("report", "--all", "--from", "fleet", url=world.url(asked))
    expect(
        report.returncode == 2 and "on servers that did not answer" in report.stderr,
        f"lost: {report.returncode} {report.stderr[-400:]}")
    print("  said:", report.stderr.strip().splitlines()[0] if report.stderr else "")
    partial = world.run("report", "--all", "--from", "fleet", "--allow-partial", url=world.url(asked))
    expect(
        partial.returncode == 0 and "on servers that did not answer" in partial.stdout.replace("\n", " "),
        f"partial: {partial.returncode} {partial.stdout[:200]} {partial.stderr[-300:]}")
    for node in down:
        node.start()
    for node in down:
        node.wait()
    world.compare("after it is back", nodes=[0, 1])
    if world.replicas > 1:
        world.cluster.nodes[1].stop(kill=True)
        world.compare("with one replica of a shard lost", nodes=[0])
        world.cluster.nodes[1].start()
        world.cluster.nodes[1].wait()
    world.cluster.stop_keeper()
    world.machines[0].grow(3, options.days)
    done = world.machines[0].push()
    expect(done.returncode == 2 and "wait to be sent" in done.stderr, f"no keeper: {done.stderr[-300:]}")
    report = world.run("report", "--all", "--from", "fleet", url=world.url(0))
    # No replica knows now whether it has all that was committed.
    expect(report.returncode == 2 and "keeper" in report.stderr, f"a report without a keeper: {report.stderr[-300:]}")
    report = world.run("report", "--all", "--from", "fleet", "--allow-partial", url=world.url(0))
    expect("may be older" in report.stderr, f"partly, without a keeper: {report.stderr[-300:]}")
    expect(report.returncode == 0, f"a report without a keeper: {report.stderr[-300:]}")
    world.cluster.start_keeper()
    within(90, lambda: world.machines[0].push().returncode == 0, pause=3)
    world.compare("after the keeper is back", nodes=[0])


# Those that share servers, and those that have servers of their own.
SHARED = [equal, breaks.faults, tampered, lost]
ALONE = [breaks.batches, breaks.behind, breaks.disk, breaks.lag, breaks.slow, doors.secure, doors.lacking, doors.daily, doors.salt]


def main():
    # Servers end with this program, also where its time is up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--machines", type=int, default=6)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seconds", type=int, help="how long faults go on at most")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--disk", type=int, help="the first server's disk has so many MB, and is full in some faults")
    parser.add_argument("--lagging", choices=["rows", "all"], default="rows")
    parser.add_argument("--engine", choices=["servers", "chdb"], default="servers")
    parser.add_argument("--only", action="append", choices=[part.__name__ for part in SHARED + ALONE])
    options = parser.parse_args()
    reason = (chdb_server if options.engine == "chdb" else clusters).missing()
    if reason:
        print(f"skipped: {reason}")
        return 0

    def run(part, *arguments):
        begin = time.time()
        part(*arguments, options)
        print(f"{part.__name__}: {time.time() - begin:.1f} s", flush=True)

    def chosen(parts):
        return [part for part in parts if not options.only or part.__name__ in options.only]

    shared = chosen(SHARED) if options.engine == "servers" else [equal]
    if shared:
        with World(options.binary, options.replicas, options.engine, disk=options.disk) as world:
            for part in shared:
                run(part, world)
    # What takes minutes runs where it is named.
    for part in chosen(ALONE) if options.engine == "servers" else []:
        if options.only or part is not breaks.slow:
            run(part)
    print(f"{len(failures)} failed" if failures else "all held")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
