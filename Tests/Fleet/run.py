#!/usr/bin/env python3
"""Pushes of many machines to real ClickHouse servers, and reports from them, held against the machines' own ledgers.

  Tests/Fleet/run.py .build/debug/ccr-audit [--machines N] [--days N] [--seeds N] [--replicas 1|2] [--only NAME]
  Tests/Fleet/run.py .build/debug/ccr-audit --engine chdb     # today's dialect, in process

Exits with 0 where all held, 1 where something did not, and 0 with the reason where no server is installed.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chdb_server  # noqa: E402
import cluster as clusters  # noqa: E402
import proxy as proxies  # noqa: E402

START = 1_782_172_800_000  # 2026-06-23T00:00Z
HOUR = 3_600_000
MODELS = [
    "minimax,MiniMax-M2.7", "deepseek,deepseek-v4-flash", "openrouter,z-ai/glm-5.2", "ollama,glm-5.2",
    "nobody,unpriced-1"]
failures = []


def expect(condition, message):
    if not condition:
        failures.append(message)
        print("FAILED", message, flush=True)


def request(number, time, model, rng, answered=True, pid=7, host="CANARY-HOST"):
    """The lines of a request in a log of claude-code-router 1.x."""
    head = '{"level":30,"time":%d,"pid":%d,"hostname":"%s","reqId":"req-%d",' % (time, pid, host, number)
    session = "user_CANARY-USER_account__session_00000000-0000-4000-8000-%012d" % (number % 7)
    lines = head + '"req":{"method":"POST","url":"/v1/messages?beta=true","host":"x"},"msg":"incoming request"}\n'
    lines += head + (
        '"data":{"model":"%s","messages":[{"role":"user","content":"CANARY-PROMPT"}],"metadata":{"user_id":"%s"},'
        '"stream":false},"type":"request body"}\n' % (model, session))
    if not answered:
        return lines
    prompt, cached = rng.choice([300, 5_000, 150_000, 260_000]), 0
    if rng.random() < 0.5:
        cached = rng.randrange(prompt)
    usage = '{"prompt_tokens":%d,"completion_tokens":%d,"prompt_tokens_details":{"cached_tokens":%d}}' % (
        prompt, rng.randrange(3000), cached)
    later = head.replace('"time":%d' % time, '"time":%d' % (time + 900))
    lines += later + '"response":{"choices":[],"usage":%s},"msg":"Original OpenAI response"}\n' % usage
    status = 500 if rng.random() < 0.05 else 200
    return lines + later + '"res":{"statusCode":%d},"responseTime":900.1,"msg":"request completed"}\n' % status


class Machine:
    def __init__(self, world, number):
        self.world, self.number = world, number
        self.home = os.path.join(world.folder, f"machine{number}")
        self.log = os.path.join(self.home, "logs", "ccr.log")
        os.makedirs(os.path.dirname(self.log))
        self.ledger = os.path.join(self.home, "ledger.sqlite")
        self.rng = random.Random(number)
        self.count = 0

    def grow(self, requests, days, first=0):
        times = sorted(
            START + (first + self.rng.randrange(days)) * 24 * HOUR + self.rng.randrange(24 * HOUR)
            for _ in range(requests))
        with open(self.log, "a") as file:
            for at in times:
                self.count += 1
                file.write(request(
                    self.count, at, self.rng.choice(MODELS), self.rng, self.rng.random() > 0.1, 7 + self.number))
        done = self.run("ingest", self.log)
        expect(done.returncode == 0, f"ingest of {self.number}: {done.stderr[-300:]}")

    def run(self, *words, url=None, timeout=300):
        return self.world.run(*words, "--ledger", self.ledger, url=url, user="pusher", home=self.home, timeout=timeout)

    def push(self, *words, url=None):
        return self.run("push", *words, url=url or self.world.url(self.number))


class World:
    """Servers with the program's own tables, and machines that push to them."""

    def __init__(self, binary, replicas, engine="servers"):
        self.binary = os.path.abspath(binary)
        self.folder = tempfile.mkdtemp(prefix="ccr-audit-fleet-")
        self.engine = engine
        self.cluster = chdb_server.Chdb() if engine == "chdb" else clusters.Cluster(replicas=replicas)
        self.machines = []
        self.replicas = replicas

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        self.cluster.start()
        cluster = ("--cluster", "fleet", "--replicas", str(self.replicas)) if self.engine == "servers" else ()
        ddl = self.run("fleet", "schema", *cluster).stdout
        for statement in ddl.split(";\n"):
            if statement.strip():
                self.cluster.nodes[0].query(statement)

    def __exit__(self, *_):
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, number):
        return self.cluster.nodes[number % len(self.cluster.nodes)].url

    def environment(self, url=None, user="reader", home=None):
        environment = {
            "PATH": os.environ["PATH"], "HOME": home or self.folder, "TZ": "UTC",
            "CCR_AUDIT_FLEET_SALT": "a salt of the team's own",
            "CCR_AUDIT_FLEET_USER": user,
            "CCR_AUDIT_FLEET_PASSWORD": {"pusher": "push-secret", "reader": "read-secret", "admin": "admin-secret"}[user],
        }
        if url:
            environment["CCR_AUDIT_FLEET_URL"] = url
        return environment

    def run(self, *words, url=None, user="reader", home=None, timeout=300):
        return subprocess.run(
            [self.binary, *words], env=self.environment(url, user, home), capture_output=True, text=True,
            timeout=timeout, cwd=self.folder)

    def grow(self, machines, requests, days):
        for number in range(machines):
            machine = Machine(self, number)
            machine.grow(requests, days)
            self.machines.append(machine)

    def grow_once(self, options):
        """Machines as the options have them, unless an earlier part made them."""
        if not self.machines:
            self.grow(options.machines, options.requests, options.days)

    def push(self, *words):
        for machine in self.machines:
            machine.push(*words)

    def ledgers(self):
        return [word for machine in self.machines for word in ("--ledger", machine.ledger)]

    def compare(self, name, nodes=None):
        """Whether what servers add up is what the ledgers hold, to the last digit."""
        forms = [
            ("report", "--all", "--format", "json"),
            ("report", "--all", "--format", "json", "--by", "day", "--scope", "all"),
            ("report", "--all", "--format", "json", "--by", "route", "--timezone", "Asia/Kolkata"),
            ("report", "--all", "--format", "json", "--by", "source", "--timezone", "America/New_York"),
            ("report", "--since", "2026-06-24", "--until", "2026-06-25", "--format", "json", "--by", "program"),
            ("simulate", "--all", "--all-to", "anthropic/claude-sonnet-5", "--format", "json"),
        ]
        for form in forms:
            local = self.run(*form, *self.ledgers())
            expect(local.returncode == 0, f"{name}: {form} of the ledgers: {local.stderr[-300:]}")
            for node in nodes or range(len(self.cluster.nodes)):
                remote = self.run(*form, "--from", "fleet", url=self.url(node))
                if remote.returncode != 0:
                    expect(False, f"{name}: {form} of node {node}: {remote.stderr[-400:]}")
                    continue
                one, other = json.loads(local.stdout), json.loads(remote.stdout)
                for report in (one, other):
                    report.pop("generated_at", None)
                    report.pop("corrections", None)
                if one != other:
                    keys = [key for key in one if one[key] != other.get(key)]
                    expect(False, f"{name}: {form} of node {node} differs in {keys}: "
                           f"{json.dumps([one.get(keys[0]), other.get(keys[0])])[:600]}")


def equal(world, options):
    world.grow(options.machines, options.requests, options.days)
    order = list(world.machines)
    random.Random(1).shuffle(order)
    for machine in order:
        done = machine.push()
        expect(done.returncode == 0, f"push of {machine.number}: {done.stderr[-400:]}")
    world.compare("first push")
    for machine in order[::2]:
        done = machine.push("--all")
        expect(done.returncode == 0, f"push --all of {machine.number}: {done.stderr[-400:]}")
    world.compare("pushed twice", nodes=[0])
    for machine in order[::3]:
        machine.grow(options.requests // 5 + 1, options.days)
        done = machine.push()
        expect(done.returncode == 0, f"late push of {machine.number}: {done.stderr[-400:]}")
    world.compare("late records")
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


def faults(world, options):
    """Kills, cuts, lost and wrong answers: never silently less, and nothing lost."""
    world.grow_once(options)
    door = proxies.Proxy(world.cluster.nodes[0].http)
    url = f"http://127.0.0.1:{door.port}/ccr_audit"
    for seed in range(options.seeds):
        rng = random.Random(seed)
        machine = rng.choice(world.machines)
        machine.grow(rng.randrange(1, 30), options.days)
        kind = rng.choice(["kill", "cut", "lose", "500"])
        if kind == "kill":
            running = subprocess.Popen(
                [world.binary, "push", "--all", "--ledger", machine.ledger],
                env=world.environment(url, "pusher", machine.home), cwd=world.folder, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            time.sleep(rng.random() * 0.4)
            running.kill()
            running.wait()
        else:
            door.break_next(kind, rng.randrange(200, 60_000))
            machine.push(url=url)
            door.fault = None
        # What is committed proves itself, whatever is still to come.
        report = world.run("report", "--all", "--from", "fleet", "--format", "json", url=world.url(seed))
        expect(report.returncode == 0, f"seed {seed} ({kind}): {report.stderr[-300:]}")
        done = machine.push()
        expect(done.returncode == 0, f"seed {seed} ({kind}), then push: {done.stderr[-300:]}")
        if seed % 10 == 9:
            world.compare(f"after {seed + 1} faults", nodes=[seed % 3])
    world.push()
    world.compare("after all faults", nodes=[0])


def tampered(world, options):
    """Rows that are not what was committed: the proof fails, and `push --verify` mends it."""
    world.grow_once(options)
    world.push()
    node = world.cluster.nodes[0]
    columns = [row.split("\t")[0] for row in node.query("DESCRIBE TABLE ccr_audit.request").splitlines()]

    def copy(table, change, newest="DESC"):
        names = columns if table == "request" else [
            row.split("\t")[0] for row in node.query(f"DESCRIBE TABLE ccr_audit.{table}").splitlines()]
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
    world.grow_once(options)
    world.push()
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
    if world.replicas > 1:
        # No replica knows now whether it has all that was committed.
        expect(report.returncode == 2 and "keeper" in report.stderr, f"a report without a keeper: {report.stderr[-300:]}")
        report = world.run("report", "--all", "--from", "fleet", "--allow-partial", url=world.url(0))
        expect("may be older" in report.stderr, f"partly, without a keeper: {report.stderr[-300:]}")
    expect(report.returncode == 0, f"a report without a keeper: {report.stderr[-300:]}")
    world.cluster.start_keeper()
    end = time.time() + 90
    while time.time() < end and world.machines[0].push().returncode != 0:
        time.sleep(3)
    world.compare("after the keeper is back", nodes=[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--machines", type=int, default=6)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--engine", choices=["servers", "chdb"], default="servers")
    parser.add_argument("--only", choices=["equal", "faults", "tampered", "lost"])
    options = parser.parse_args()
    reason = (chdb_server if options.engine == "chdb" else clusters).missing()
    if reason:
        print(f"skipped: {reason}")
        return 0
    with World(options.binary, options.replicas, options.engine) as world:
        for part in (equal, faults, tampered, lost) if options.engine == "servers" else (equal,):
            if options.only in (None, part.__name__):
                begin = time.time()
                part(world, options)
                print(f"{part.__name__}: {time.time() - begin:.1f} s", flush=True)
    print(f"{len(failures)} failed" if failures else "all held")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
