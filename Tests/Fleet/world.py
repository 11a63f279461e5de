"""Machines with ledgers of their own, and servers that they push to, for the tests of the fleet."""

import datetime
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


def within(seconds, condition, pause=1):
    """Whether something holds before so many seconds are over. It is asked at least once."""
    end = time.time() + seconds
    while not condition():
        if time.time() >= end:
            return False
        time.sleep(pause)
    return True


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


def transcript(number, time, session):
    """The lines of a client's transcript of a request."""
    def line(at, kind, message):
        return json.dumps({
            "sessionId": session, "cwd": "/home/CANARY-USER/CANARY-PROJECT", "version": "2.1.222", "type": kind,
            "message": message, "uuid": f"00000000-0000-4000-9000-{number:08}{at % 10_000:04}",
            "timestamp": datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc).isoformat(
                timespec="milliseconds").replace("+00:00", "Z")}) + "\n"

    return line(time, "user", {"role": "user", "content": "CANARY-PROMPT"}) + line(time + 500, "assistant", {
        "id": f"msg_{number}", "type": "message", "role": "assistant", "model": "MiniMax-M2.7",
        "content": [{"type": "text", "text": "CANARY-ANSWER"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 400, "output_tokens": 40, "cache_read_input_tokens": 0}})


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

    def session(self, number):
        return f"00000000-0000-4000-8000-{900_000 + number:012}"

    def grow_transcripts(self, count, first):
        """Requests that only a client tells of, each the only one of its hour and session, from some day on."""
        self.told = [
            (number, START + first * 24 * HOUR + number * 2 * HOUR + HOUR - 300) for number in range(count)]
        folder = os.path.join(self.home, "projects", "p")
        os.makedirs(folder)
        for number, at in self.told:
            with open(os.path.join(folder, self.session(number) + ".jsonl"), "w") as file:
                # In the hour after the router's.
                file.write(transcript(number, at + 400, self.session(number)))
        self.count += count
        done = self.run("ingest", os.path.join(self.home, "projects"))
        expect(done.returncode == 0, f"ingest of transcripts of {self.number}: {done.stderr[-300:]}")

    def absorb(self):
        """The router's records of the same requests arrive: each takes a client's in, whose hour is empty then."""
        with open(self.log, "a") as file:
            for number, at in self.told:
                lines = request(10_000 + number, at, MODELS[0], self.rng, False, 7 + self.number)
                file.write(lines.replace("00000000-0000-4000-8000-%012d" % ((10_000 + number) % 7), self.session(number)))
        done = self.run("ingest", self.log)
        expect(done.returncode == 0, f"ingest of {self.number}: {done.stderr[-300:]}")

    def run(self, *words, url=None, user="pusher", timeout=900, **extra):
        return self.world.run(
            *words, "--ledger", self.ledger, url=url, user=user, home=self.home, timeout=timeout, **extra)

    def push(self, *words, url=None, **extra):
        return self.run("push", *words, url=url or self.world.url(self.number), **extra)


class World:
    """Servers with the program's own tables, and machines that push to them."""

    def __init__(self, binary, replicas, engine="servers", quorum=None, schema=True, **cluster):
        """`quorum`: what the tables are made for, where it is not what the servers are."""
        self.binary = os.path.abspath(binary)
        self.folder = tempfile.mkdtemp(prefix="ccr-audit-fleet-")
        self.engine = engine
        self.cluster = chdb_server.Chdb() if engine == "chdb" else clusters.Cluster(
            replicas=replicas, **cluster)
        self.quorum, self.schema = quorum or replicas, schema
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
        if self.schema:
            for statement in self.ddl():
                self.cluster.nodes[0].query(statement)

    def ddl(self):
        """The program's own tables, a statement each."""
        cluster = ("--cluster", "fleet", "--replicas", str(self.quorum)) if self.engine == "servers" else ()
        return [one for one in self.run("fleet", "schema", *cluster).stdout.split(";\n") if one.strip()]

    def __exit__(self, *_):
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, number):
        return self.cluster.nodes[number % len(self.cluster.nodes)].url

    def requests(self):
        """How many there are on all machines."""
        return sum(machine.count for machine in self.machines)

    def environment(self, url=None, user="reader", home=None):
        environment = {
            "PATH": os.environ["PATH"], "HOME": home or self.folder, "TZ": "UTC",
            "CCR_AUDIT_FLEET_SALT": "a salt of the team's own",
            "CCR_AUDIT_FLEET_USER": user,
            "CCR_AUDIT_FLEET_PASSWORD": clusters.PASSWORDS[user],
        }
        if url:
            environment["CCR_AUDIT_FLEET_URL"] = url
        return environment

    def run(self, *words, url=None, user="reader", home=None, timeout=900, **extra):
        """`extra`: more variables."""
        return subprocess.run(
            [self.binary, *words], env={**self.environment(url, user, home), **extra}, capture_output=True, text=True,
            timeout=timeout, cwd=self.folder)

    def reported(self, node, url=None):
        """How many requests a report of everything counts; None where it was refused, and why."""
        done = self.run(
            "report", "--all", "--scope", "all", "--from", "fleet", "--format", "json", url=url or self.url(node))
        if done.returncode != 0:
            expect(done.returncode == 2 and not done.stdout, f"a refused report: {done.returncode} {done.stdout[:200]}")
            return None, done.stderr
        return sum(row["requests"] for row in json.loads(done.stdout)["models"]), ""

    def grow(self, machines, requests, days):
        for number in range(machines):
            machine = Machine(self, number)
            machine.grow(requests, days)
            self.machines.append(machine)

    def grow_once(self, options, push=False):
        """Machines as the options have them, unless an earlier part made them."""
        if not self.machines:
            self.grow(options.machines, options.requests, options.days)
        if push:
            self.push()

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
