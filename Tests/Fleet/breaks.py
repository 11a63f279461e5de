"""What breaks while machines push and reports are read: never silently less, and nothing lost."""

import contextlib
import os
import random
import subprocess
import time

import bench
import proxy as proxies
from world import World, expect, within


def push_through(world, machine, door, kind, rng):
    """A push that something happens to. What it is happens at any byte of what goes to one of the three tables."""
    table = rng.choice(["request", "request", "commits", "machine"])
    url = f"http://127.0.0.1:{door.port}/ccr_audit"
    after = rng.randrange(1, 12_000 if table == "request" else 1500)
    if kind in ("cut", "lose", "500"):
        door.break_next(kind, after, table=table)
        machine.push(url=url)
    else:
        running = subprocess.Popen(
            [world.binary, "push", *rng.choice([(), ("--all",)]), "--ledger", machine.ledger],
            env=world.environment(url, "pusher", machine.home), cwd=world.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        node = world.cluster.nodes[0]
        action = {
            "kill": running.kill, "server": lambda: node.stop(kill=True),
            "keeper": world.cluster.stop_keeper}[kind]
        door.break_next("act", after, action, table=table)
        if kind != "kill":
            # As long as it takes until the first attempt has failed.
            try:
                running.wait(4)
            except subprocess.TimeoutExpired:
                running.kill()
        running.wait()
    door.fault = None


def batches(options):
    """Pushes in several parts, of which the next one is read while one is under way: nothing twice, and nothing lost."""
    with World(options.binary, 1) as world:
        world.grow(1, 400, 60)
        machine = world.machines[0]
        machine.count = bench.multiply(machine.ledger, 250_000)
        rebuilt = machine.run("ledger", "rebuild")
        expect(rebuilt.returncode == 0, f"rebuild: {rebuilt.stderr[-300:]}")
        door = proxies.Proxy(world.cluster.nodes[0].http)
        before = 0
        for seed in range(options.first, options.first + min(options.seeds, 12)):
            rng = random.Random(seed)
            kind = rng.choice(["kill", "kill", "cut", "lose", "500"])
            running = subprocess.Popen(
                [world.binary, "push", *([] if before < machine.count else ["--all"]), "--ledger", machine.ledger],
                env=world.environment(f"http://127.0.0.1:{door.port}/ccr_audit", "pusher", machine.home),
                cwd=world.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            door.break_next(
                "act" if kind == "kill" else kind, rng.randrange(1, 16 << 20), running.kill,
                table=rng.choice(["request", "request", "commits"]), skipped=rng.randrange(3))
            # What is left to send may have fewer parts than the one that something happens to.
            expect(running.wait() in (0, -9 if kind == "kill" else 0), f"seed {seed} ({kind}): {running.returncode}")
            door.fault = None
            seen, why = world.reported(1)
            expect(
                seen is not None and before <= seen <= machine.count,
                f"seed {seed} ({kind}): {seen} of {before} to {machine.count} {why[-300:]}")
            before = seen or before
        done = machine.push()
        expect(done.returncode == 0, f"the last push: {done.stderr[-300:]}")
        world.compare("after broken pushes in parts", nodes=[0])


def push_to_full(world, machine):
    """A push to a server whose disk is full."""
    with full_disk(world.cluster.small):
        done = machine.push(url=world.cluster.nodes[0].url)
    # Its rows may have gone to another server, and the commits had room.
    expect(done.returncode == 0 or "wait to be sent" in done.stderr, f"a full disk: {done.stderr[-300:]}")


def report_through(world, door, kind, rng):
    """A report that something happens to, at any byte of one of its questions or of the answer.
    Returns how many requests it counts; None where it was refused, and why."""
    skipped = rng.randrange(14)
    if kind == "read cut":
        door.break_next(rng.choice(["cut", "lose", "500", "cut answer"]), rng.randrange(1, 2000), skipped=skipped)
    else:
        node = rng.choice(world.cluster.nodes)
        action = world.cluster.stop_keeper if kind == "read keeper" else lambda: node.stop(kill=True)
        door.break_next("act", rng.randrange(1, 2000), action, skipped=skipped)
    seen, why = world.reported(0, f"http://127.0.0.1:{door.port}/ccr_audit")
    door.fault = None
    return seen, why


# What happens, and how often among others. Servers and keepers take long to come back.
FAULTS = {
    "kill": 16, "cut": 10, "lose": 8, "500": 8, "server": 1, "keeper": 1, "read cut": 6, "read server": 1, "read keeper": 1}


def faults(world, options):
    """Kills of the client at any byte, cuts, lost and wrong answers, a server or the keeper gone in a push or a report, a
    full disk."""
    world.grow_once(options, push=True)
    door = proxies.Proxy(world.cluster.nodes[0].http)
    kinds = {**FAULTS, **({"disk": 2} if world.cluster.disk else {})}
    counts, begin = {}, time.time()
    try:
        each_fault(world, options, door, kinds, counts, begin)
    finally:
        print(f"  {sum(counts.values())} faults; what the next report counted:")
        for (kind, outcome), count in sorted(counts.items()):
            print(f"  {kind}: {outcome} {count}", flush=True)
    world.push()
    world.compare("after all faults", nodes=[0])


def each_fault(world, options, door, kinds, counts, begin):
    """`counts`: by kind and by what the next report counted."""
    for seed in range(options.first, options.first + options.seeds):
        if options.seconds and time.time() - begin > options.seconds:
            print(f"  stopped for its time before seed {seed}")
            break
        rng = random.Random(seed)
        kind = rng.choices(list(kinds), kinds.values())[0]
        slow = kind.split()[-1] in ("server", "keeper")
        machine = rng.choice(world.machines)
        before = world.requests()
        machine.grow(rng.randrange(1, 30), options.days)
        asked = rng.randrange(len(world.cluster.nodes))
        if kind.startswith("read"):
            done = machine.push()
            expect(done.returncode == 0, f"seed {seed} ({kind}), push before: {done.stderr[-300:]}")
            before = world.requests()
            seen, why = report_through(world, door, kind, rng)
        else:
            if kind == "disk":
                push_to_full(world, machine)
            else:
                push_through(world, machine, door, kind, rng)
            if kind == "server" and asked == 0:
                asked = 1
            seen, why = world.reported(asked)
        # What was committed before is there, or the report says what it lacks.
        if seen is None:
            outcome = "refused"
            expect(slow or kind in ("read cut", "disk"), f"seed {seed} ({kind}): {why[-300:]}")
            expect("error: " in why and " 0 requests" not in why, f"seed {seed} ({kind}): {why[-300:]}")
        else:
            outcome = "all" if seen == world.requests() else "as before"
            expect(before <= seen <= world.requests(), f"seed {seed} ({kind}): {seen} of {before} to {world.requests()}")
        counts[kind, outcome] = counts.get((kind, outcome), 0) + 1
        restore(world)
        end = time.time() + (180 if slow else 0)
        done = machine.push()
        while done.returncode != 0 and time.time() < end:
            time.sleep(1)
            done = machine.push()
        expect(done.returncode == 0, f"seed {seed} ({kind}), then push: {done.stderr[-300:]}")
        if seed % 10 == 9:
            seen, why = world.reported(asked)
            expect(seen == world.requests(), f"after {seed + 1} faults: {seen} of {world.requests()} {why[-300:]}")
        if seed % 100 == 99:
            world.compare(f"after {seed + 1} faults", nodes=[seed // 100 % len(world.cluster.nodes)])
            print(f"  {seed + 1 - options.first} seeds, {time.time() - begin:.0f} s", flush=True)


def restore(world):
    """Servers and the keeper that are gone are started again."""
    if world.cluster.keeper is None:
        world.cluster.start_keeper()
    gone = [node for node in world.cluster.nodes if node.process is None]
    for node in gone:
        node.start()
    for node in gone:
        node.wait()


@contextlib.contextmanager
def full_disk(folder):
    """A disk that has no room."""
    filler = os.path.join(folder, "filler")
    with open(filler, "wb", buffering=0) as file:
        try:
            for size in (1 << 20, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))
            yield
        finally:
            os.unlink(filler)


def disk(options):
    """A server whose disk is full takes nothing in, says so, and nothing is lost."""
    if os.geteuid() != 0:
        print("  skipped: only root mounts a small disk")
        return
    try:
        with World(options.binary, 1, disk=48) as world:
            full(world, options)
    except subprocess.CalledProcessError as error:
        print(f"  skipped: no small disk can be mounted ({error})")


def full(world, options):
    world.grow(3, options.requests, options.days)
    world.push()
    world.compare("before the disk is full", nodes=[0])
    node = world.cluster.nodes[0]
    before = world.requests()
    with full_disk(world.cluster.small):
        beside_full(world, options, node, before)
    for machine in world.machines:
        done = machine.push()
        expect(done.returncode == 0, f"push when there is room again: {done.stderr[-300:]}")
    world.compare("after the disk has room", nodes=[0, 1])


def beside_full(world, options, node, before):
    for machine in world.machines:
        machine.grow(options.requests, options.days)
        done = machine.push(url=node.url)
        if done.returncode == 2:
            expect("wait to be sent" in done.stderr, f"a full disk: {done.stderr[-300:]}")
            print("  said:", done.stderr.strip().splitlines()[0])
        else:
            # Its rows went to another server, and the commits had room.
            expect(done.returncode == 0, f"a full disk: {done.returncode} {done.stderr[-300:]}")
    for asked in (1, 2):
        seen, why = world.reported(asked)
        expect(
            seen is not None and before <= seen <= world.requests() or seen is None and "error: " in why,
            f"a report beside a full disk: {seen} of {before} {why[-300:]}")


def lag(options):
    """Replicas that are behind, with tables that wait for none: each report is whole, or says what it lacks."""
    with World(options.binary, 2, quorum=1) as world:
        world.grow(3, options.requests, options.days)
        world.push()
        behind = [node for node in world.cluster.nodes if node.number >= world.cluster.shards]

        def caught_up():
            return all(world.reported(node.number)[0] == world.requests() for node in world.cluster.nodes)

        if not within(60, caught_up):
            return expect(False, "replicas do not catch up")
        tables = ["request_local", "commits"] if options.lagging == "all" else ["request_local"]
        for node in behind:
            for table in tables:
                node.query(f"SYSTEM STOP FETCHES ccr_audit.{table}")
        for machine in world.machines:
            machine.grow(options.requests, options.days)
            done = machine.push(url=world.cluster.nodes[0].url)
            expect(done.returncode == 0, f"push beside replicas that are behind: {done.stderr[-300:]}")
        answers = {"whole": 0, "refused": 0}
        for turn in range(4):
            for node in world.cluster.nodes:
                seen, why = world.reported(node.number)
                if seen is None:
                    answers["refused"] += 1
                    expect(
                        "would lack requests" in why or "is behind the others" in why, f"behind: {why[-300:]}")
                    said = why.strip().splitlines()[0]
                else:
                    answers["whole"] += 1
                    expect(seen == world.requests(), f"behind: node {node.number} says {seen} of {world.requests()}")
        print(f"  {answers}")
        if answers["refused"]:
            print("  said:", said)
        for node in behind:
            for table in tables:
                node.query(f"SYSTEM START FETCHES ccr_audit.{table}")
        within(60, caught_up)
        world.compare("after replicas caught up")


def behind(options):
    """A server without a second replica that has not fetched the newest commits: it refuses, and removes nothing."""
    with World(options.binary, 1) as world:
        world.grow(3, options.requests, options.days)
        world.push()
        world.compare("before a server is behind", nodes=[0])
        late = world.cluster.nodes[1]
        for order in ("FETCHES", "REPLICATION QUEUES"):
            late.query(f"SYSTEM STOP {order} ccr_audit.commits")
            for machine in world.machines:
                machine.grow(options.requests, options.days)
                done = machine.push(url=world.url(0))
                expect(done.returncode == 0, f"a push beside a server that is behind: {done.stderr[-300:]}")
            for words in (["report", "--all"], ["check", "--window", "all"], ["fleet", "check"]):
                fleet = [] if words[0] == "fleet" else ["--from", "fleet"]
                done = world.run(*words, *fleet, url=late.url)
                expect(
                    done.returncode == 2 and "is behind the others" in done.stderr and not done.stdout,
                    f"{words} without {order}: {done.returncode} {done.stdout[:100]} {done.stderr[-300:]}")
            done = world.run("fleet", "clean", "--dry-run", "--cluster", "fleet", url=late.url, user="admin")
            expect(done.returncode == 2, f"clean without {order}: {done.stderr[-300:]}")
            done = world.run("report", "--all", "--from", "fleet", "--allow-partial", url=late.url)
            expect(done.returncode == 0 and "may be older" in done.stderr, f"partly: {done.stderr[-300:]}")
            late.query(f"SYSTEM START {order} ccr_audit.commits")
            expect(within(60, lambda: world.reported(1)[0] == world.requests()), f"{order} go on: {world.reported(1)}")
        world.compare("after it has caught up")


def slow(options):
    """A replica that takes nothing in while two are wanted: the push says so within minutes, and mends itself later."""
    with World(options.binary, 2) as world:
        world.grow(1, options.requests, options.days)
        world.push()
        behind = [node for node in world.cluster.nodes if node.number >= world.cluster.shards]
        for node in behind:
            node.query("SYSTEM STOP FETCHES ccr_audit.request_local")
        before = world.requests()
        world.machines[0].grow(5, options.days)
        begin = time.time()
        done = world.machines[0].push(url=world.cluster.nodes[0].url, timeout=600)
        print(f"  refused after {time.time() - begin:.0f} s:", done.stderr.strip().splitlines()[0])
        expect(done.returncode == 2 and "wait to be sent" in done.stderr, f"quorum: {done.stderr[-300:]}")
        seen, why = world.reported(0)
        expect(seen in (before, None), f"quorum: a report says {seen} of {before}: {why[-300:]}")
        for node in behind:
            node.query("SYSTEM START FETCHES ccr_audit.request_local")
        within(120, lambda: world.machines[0].push().returncode == 0, pause=3)
        world.compare("after the quorum is back", nodes=[0])
