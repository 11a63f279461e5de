"""The ways to a server: TLS through a proxy, servers that lack something, users without rights, and the daily job."""

import os
import re
import time

import cluster as clusters
import proxy as proxies
from world import World, expect


def secure(options):
    """TLS with a root of one's own, a proxy of a company, bodies by gzip."""
    with World(options.binary, 1, secure=True) as world:
        world.grow(2, 1500, options.days)
        tunnel = proxies.Tunnel(world.cluster.nodes[0].https)
        proxy = {"https_proxy": f"http://127.0.0.1:{tunnel.port}"}
        root = {"SSL_CERT_FILE": os.path.join(world.cluster.folder, "root.pem")}
        url = "https://ch.example:8443/ccr_audit"
        first, second = world.machines
        done = first.push(url=url, **proxy)
        expect(
            done.returncode == 2 and "no secure connection" in done.stderr, f"an unknown root: {done.stderr[-300:]}")
        print("  said:", done.stderr.strip().splitlines()[0])
        done = first.push(url="https://other.example:8443/ccr_audit", **proxy, **root)
        expect(done.returncode == 2 and "no secure connection" in done.stderr, f"another name: {done.stderr[-300:]}")
        before = tunnel.bytes
        done = first.push(url=url, **proxy, **root)
        expect(done.returncode == 0, f"push over TLS: {done.stderr[-300:]}")
        packed = tunnel.bytes - before
        rows = first.run("push", "--all", "--dry-run", url=url).stdout
        expect(packed * 4 < len(rows), f"gzip: {packed} bytes of {len(rows)} as text")
        print(f"  1,500 requests in {packed:,} bytes over TLS")
        done = second.push(url=url, **proxy, **root)
        expect(done.returncode == 0, f"push over TLS: {done.stderr[-300:]}")
        expect(tunnel.names == {"ch.example:8443", "other.example:8443"}, f"{tunnel.names}")
        report = world.run("report", "--all", "--from", "fleet", "--format", "json", url=url, **proxy, **root)
        expect(report.returncode == 0, f"report over TLS: {report.stderr[-300:]}")
        world.compare("after pushes over TLS", nodes=[0])
        done = world.run("fleet", "check", url="http://ch.example:8123/ccr_audit", **proxy)
        expect(done.returncode == 2 and "not https" in done.stderr, f"no TLS: {done.stderr[-300:]}")


def lacking(options):
    """What a server lacks has a sentence of its own each, and exit code 2; a fresh fleet lacks nothing."""
    with World(options.binary, 1, schema=False) as world:
        world.grow(1, 20, 2)
        machine, node = world.machines[0], world.cluster.nodes[0]
        url = node.url

        def refused(name, done, sentence):
            text = re.sub(r"\s+", " ", done.stderr)
            expect(done.returncode == 2 and sentence in text, f"{name}: {done.returncode} {done.stdout[:100]} {text[-400:]}")
            expect("secret" not in text and "DB::Exception" not in text, f"{name} tells: {text[-400:]}")

        def report(user="reader"):
            return world.run("report", "--all", "--from", "fleet", url=url, user=user)

        refused("no database", report("admin"), "there is no such database")
        refused("push without a database", machine.push(url=url), "there is no such database")
        statements = world.ddl()
        node.query(statements[0])
        refused("no tables", report(), "a table of the fleet is missing")
        for statement in statements[1:]:
            node.query(statement)
        done = report()
        expect(done.returncode == 0 and "no machine has pushed any" in done.stderr, f"a fresh fleet: {done.stderr[-300:]}")
        done = world.run("fleet", "check", url=url)
        expect(done.returncode == 0 and "no machine has pushed yet" in done.stdout, f"a fresh fleet: {done.stderr[-300:]}")
        done = world.run("fleet", "clean", "--cluster", "fleet", url=url, user="admin")
        expect(done.returncode == 0, f"clean of a fresh fleet: {done.stderr[-300:]}")
        refused("another password", world.run(
            "report", "--from", "fleet", url=url, CCR_AUDIT_FLEET_PASSWORD="wrong-secret"), "password is wrong")
        refused("an unknown user", world.run(
            "report", "--from", "fleet", url=url, CCR_AUDIT_FLEET_USER="nobody"), "does not know this user")
        refused("readonly of 1", report("watcher"), "`readonly` is 2")
        refused("another database's user", report("stranger"), "no right to read")
        refused("a reader who pushes", machine.run("push", url=url, user="reader"), "may only read")
        refused("another port", world.run("report", "--from", "fleet", url=f"http://127.0.0.1:{node.tcp}/ccr_audit"), "error:")
        done = machine.push(url=url)
        expect(done.returncode == 0, f"push to a whole server: {done.stderr[-300:]}")
        node.query("DROP TABLE ccr_audit.machine ON CLUSTER fleet")
        refused("a table dropped", report(), "a table of the fleet is missing")
        refused("push without a table", machine.push("--all", url=url), "a table of the fleet is missing")


def daily(options):
    """`run` pushes as a step of its own; without the server everything else is done, and it ends with 2."""
    with World(options.binary, 1) as world:
        world.grow(1, 30, 2)
        machine = world.machines[0]
        history = os.path.join(machine.home, "history.jsonl")
        words = ("run", machine.log, "--date", "2026-06-23", "--history", history)
        done = machine.run(*words, url=world.url(0))
        expect(done.returncode == 0 and "push: " in done.stderr and " sent" in done.stderr, f"run: {done.stderr[-500:]}")
        print("  said:", [line for line in done.stderr.splitlines() if line.startswith("push")])
        world.compare("after run", nodes=[0])
        done = machine.run(*words, url=world.url(0))
        expect("push: nothing new" in done.stderr, f"run twice: {done.stderr[-500:]}")
        size = os.path.getsize(history)
        machine.grow(5, 1)
        port = clusters.free_ports(1)[0]
        begin = time.time()
        done = machine.run(*words, url=f"http://127.0.0.1:{port}/ccr_audit")
        expect(
            done.returncode == 2 and "push failed" in done.stderr and "everything else was done" in done.stderr,
            f"run without a server: {done.returncode} {done.stderr[-500:]}")
        print(f"  without a server it ends after {time.time() - begin:.0f} s")
        expect(os.path.getsize(history) > size, "the history did not grow without a server")
        pruned = machine.run("ledger", "prune", "--days", "1", url=world.url(0))
        expect(pruned.returncode == 2 and "not on the fleet's server yet" in pruned.stderr, f"prune: {pruned.stderr[-300:]}")
        done = machine.run(*words, url=world.url(0))
        expect(done.returncode == 0 and " sent" in done.stderr, f"run with the server again: {done.stderr[-500:]}")
        world.compare("after the server is back", nodes=[0])


def salt(options):
    """Another salt, another server, a server set up anew: nothing counts twice, and nothing is missing."""
    with World(options.binary, 1) as world:
        world.grow(2, options.requests, options.days)
        world.push()
        for machine in world.machines:
            done = machine.push(CCR_AUDIT_FLEET_SALT="another salt of the team")
            expect(done.returncode == 0 and "everything is sent again" in done.stderr, f"another salt: {done.stderr[-300:]}")
            seen, why = world.reported(0)
            expect(seen == world.requests(), f"another salt: {seen} of {world.requests()} {why[-300:]}")
        world.compare("after another salt")
        check = world.run("fleet", "check", url=world.url(1))
        expect(check.returncode == 0 and "of 2 machines are all there" in check.stdout, f"{check.stdout} {check.stderr[-300:]}")
        world.push()
        world.compare("after the first salt again", nodes=[1])
        clean = world.run(
            "fleet", "clean", "--cluster", "fleet", url=world.url(0), user="admin", CCR_AUDIT_FLEET_SALT="x" * 20)
        expect(clean.returncode == 0, f"clean: {clean.stderr[-300:]}")
        for table in ("request", "request_local", "commits", "machine"):
            world.cluster.nodes[0].query(f"DROP TABLE ccr_audit.{table} ON CLUSTER fleet")
        for statement in world.ddl():
            world.cluster.nodes[0].query(statement)
        world.push()
        world.compare("after the server was emptied", nodes=[0, 1])
