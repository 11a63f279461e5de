#!/usr/bin/env python3
"""Changes one rule at a time, and looks whether a test notices.

  Tests/Mutations/mutate.py [--check] [--note] [NUMBER…]

A mutation is a place of the sources, with the expression that changes in [[ ]] (text inside a literal in {{ }}), what it
becomes, and the tests that have to fail then. All of them are built into one test program, in a copy of the project; a
variable of its environment says which is in force. So the whole takes one build and the named tests of each: half an hour.
`--check` only looks whether each place is there exactly once; `--note` writes what was seen to docs/mutations.md.
"""
import os, re, subprocess, sys, tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
POLICY = "Commands/Delivery/Outbox/DeliveryPolicy.swift"
ATTEMPTS = "Commands/Delivery/Outbox/OutboxRecord+Attempts.swift"
MATCH = "Ledger/Joins/TranscriptMatch.swift"
BORDERS = "LedgerTests.MatchBorderTests"
MUTATIONS = [
    # Money.
    ("Pricing/Money.swift", "[[left.picodollars - right.picodollars]])", "left.picodollars + right.picodollars", "PricingTests.MoneyTests"),
    ("Pricing/FixedPoint.swift", "remainder == rest && [[!quotient.isMultiple(of: 2)]]", "true", "PricingTests.MoneyTests"),
    ("Audit/Ratio.swift", "guard [[baseline.picodollars > 0]] else", "baseline.picodollars >= 0", "AuditTests"),
    ("Audit/Totals.swift", "covered: Int { [[counts.measured - unpriced]] }", "counts.measured", "AuditTests"),
    ("Audit/Totals.swift", "answered: Int { [[counts.requests - counts.failed]] }", "counts.requests", "AuditTests"),
    # Gate and alerts.
    ("Audit/Gate/Gate.swift", "return [[(left.high, left.low) > (right.high, right.low)]]", "(left.high, left.low) >= (right.high, right.low)", "AuditTests.GateTests"),
    ("Audit/Gate/Gate.swift", "[[row.counts.measured >= minRequests]]", "row.counts.measured > minRequests", "AuditTests.GateTests"),
    ("Audit/Gate/Gate.swift", "[[row.counts.measured >= minRequests]]", "row.counts.requests >= minRequests", "AuditTests.GateTests"),
    ("Audit/Gate/Gate.swift", "[[(row.cost ?? row.range?.cost?.lowerBound ?? .zero) >= minCost]]", "(row.cost ?? row.range?.cost?.lowerBound ?? .zero) > minCost", "AuditTests.GateTests"),
    ("Audit/Gate/Gate.swift", "[[row.key.billing == .perToken]] && row.ends(by: kind).allSatisfy(isAbove)", "true", "AuditTests.GateTests"),
    # Days.
    ("Audit/AuditDays.swift", "alertDays = [[7]]", "8", "AuditTests.AuditDaysTests"),
    ("Audit/AuditDays.swift", "[[day < today]] && day >= today.advanced(by: -alertDays)", "day <= today", "AuditTests.AuditDaysTests"),
    ("Audit/AuditDays.swift", "let past = audited.filter { [[$0.key < today]] }", "$0.key <= today", "AuditTests.AuditDaysTests"),
    ("Audit/AuditDays.swift", "due = window.filter { $0 == yesterday || [[past[$0] != true]] }", "past[$0] == nil", "AuditTests.AuditDaysTests"),
    ("Model/CivilDay.swift", "day >= 1, [[day <= Self.length(year: year, month: month)]]", "day <= 31", "ModelTests"),
    # History.
    ("Audit/History/HistoryLog.swift", "[[$0.recordedAt <= record.recordedAt]]", "$0.recordedAt < record.recordedAt", "AuditTests.History"),
    ("Audit/History/HistoryLog.swift", "return [[old == record]] ? nil : record", "false", "AuditTests.History"),
    ("Audit/History/HistoryLog.swift", "newest.values.filter { [[$0.counts.requests > 0]] }", "true", "AuditTests"),
    # Delivery.
    (POLICY, "[[age > lifetime]] ||", "age >= lifetime", "DeliveryTests.PolicyTests"),
    (POLICY, "guard [[attempts >= leastAttempts]],", "attempts > leastAttempts", "DeliveryTests.PolicyTests"),
    (POLICY, "([[attempts >= maximumAttempts]] &&", "attempts > maximumAttempts", "DeliveryTests.PolicyTests"),
    (POLICY, "patience: Int64 = [[3]] * 86_400_000", "4", "DeliveryTests.PolicyTests"),
    (ATTEMPTS, "[[day >= today.advanced(by: -7)]]", "day > today.advanced(by: -7)", "DeliveryTests.PolicyTests"),
    (ATTEMPTS, "([[nextAttempt <= now]] ||", "nextAttempt < now", "DeliveryTests"),
    # Joins.
    (MATCH, "static let late: Int64 = [[15_000]]", "15_001", BORDERS),
    (MATCH, "static let early: Int64 = [[10_000]]", "9_999", BORDERS),
    (MATCH, "static let open: Int64 = [[1_800_000]]", "1_799_999", BORDERS),
    (MATCH, "guard [[abs(offset) >= 60_000]],", "abs(offset) > 60_000", BORDERS),
    (MATCH, "answers.filter { [[!taken.contains($0.id)]] }", "true", "LedgerTests"),
    (MATCH, "while [[next < answers.count]], answers[next].time < request.window.lowerBound", "false", BORDERS),
    ("Ledger/Requests/RouterRequests.swift", "[[head - tail.start <= Self.longestSetBack]] else", "head <= tail.start", "LedgerTests.SetBackClockTests"),
    ("Ledger/Requests/RouterRequests.swift", "return [[hasRestarted == true]] ? nil : head", "false", "LedgerTests.SetBackClockTests"),
    # The ledger.
    ("Ledger/Schema/BoundedName.swift", "guard [[utf8.count > Self.longestName]] else", "utf8.count > 1_000_000", "LedgerTests.BoundedNameTests"),
    ("Model/CivilDay.swift", "case 2: [[(year % 4 == 0 && year % 100 != 0) || year % 400 == 0]] ?", "year % 4 == 0", "ModelTests"),
    ("Ledger/Jobs/Retention.swift", "guard try [[instant > Archive.keptFrom(database) ?? .min]] else", "true", "LedgerTests.RetentionTests"),
    ("Ledger/Jobs/Retention.swift", "SELECT count(*) FROM request WHERE id {{<}} ?", "<=", "LedgerTests.RetentionTests"),
    ("Ledger/Reading/RangeReader.swift", "if let wanted = [[log.file]],", "nil", "LedgerTests.RotationTests"),
    ("Ledger/Reading/RangeReader.swift", "if let fingerprint = [[log.fingerprint]],", "nil", "LedgerTests.RotationTests"),
    ("Ledger/Reading/KnownFiles.swift", "foreign[facts.identity].map { [[$0 == (facts.size, facts.modified)]] }", "$0.0 == facts.size", "LedgerTests.ForeignFileTests"),
    ("Ledger/Jobs/Outbox.swift", "complete = {{max(complete, excluded.complete)}}", "excluded.complete", "LedgerTests.AuditedDayTests"),
    ("Ledger/Schema/Schema.swift", "UPDATE file SET path = {{''}};", "path", "LedgerTests"),
    # The fleet.
    ("Fleet/FleetState.swift", "isNone: Bool { [[machines == 0]] }", "requests == ofRequests", "FleetTests"),
    ("Fleet/FleetState.swift", "|| [[there?.digest ?? 0 != holding.digest]]", "false", "FleetTests"),
    ("Fleet/FleetGroup.swift", "[[first <= last]], EpochTime", "true", "FleetTests"),
    ("Fleet/RowEncoder.swift", "hour.digest &+= [[key]]", "key &- hour.digest", "FleetTests"),
    ("Ledger/Fleet/LedgerFile+Push.swift", "version: [[max(version, last.map { $0 &+ 1 } ?? version)]])", "version", "LedgerTests.PushQueueTests"),
    ("Fleet/FleetSQL.swift", "toInt64(\\(([[first - EpochTime.day]]) / unit))", "first", "FleetTests.EdgeRunTests"),
    ("Commands/Fleet/FleetServer.swift", "guard [[answer.body.isEmpty]] else", "true", "FleetTests.PushTests"),
]

# What changes of a place, and what changes of a literal there.
CHANGES = re.compile(r"\[\[(.*)\]\]|\{\{(.*)\}\}")

# The variable that says which mutation is in force, read once by the test program of the copy.
SWITCH = """
import Foundation

package func mutant(_ number: Int) -> Bool { number == inForce }
private let inForce = Int(ProcessInfo.processInfo.environment["MUTANT"] ?? "") ?? 0
"""


def plain(place):
    return CHANGES.sub(lambda found: found.group(1) or found.group(2), place)


def path(name, root=ROOT):
    return os.path.join(root, "Sources", name)


def read(name, root=ROOT):
    return open(path(name, root), encoding="utf8").read()


def switched(place, changes):
    """The place with a choice between what stands there and each mutation of it: [(number, after)]."""
    def choice(found):
        before, isText = (found.group(1), False) if found.group(1) else (found.group(2), True)
        quoted = (lambda text: '"%s"' % text) if isText else (lambda text: text)
        chosen = quoted(before)
        for number, after in changes:
            chosen = "mutant(%d) ? %s : %s" % (number, quoted(after), chosen)
        return "\\(%s)" % chosen if isText else "(%s)" % chosen
    return CHANGES.sub(choice, place)


def mutated(root):
    """Writes every mutation into the sources below `root`."""
    by_place = {}
    for number, (name, place, after, _) in enumerate(MUTATIONS, 1):
        by_place.setdefault((name, place), []).append((number, after))
    for (name, place), changes in by_place.items():
        text = read(name, root).replace(plain(place), switched(place, changes), 1)
        if not name.startswith("Model/") and not re.search(r"^(package |internal )?import Model$", text, re.M):
            text = "import Model\n" + text
        open(path(name, root), "w", encoding="utf8").write(text)
    open(path("Model/Mutant.swift", root), "w", encoding="utf8").write(SWITCH)


def seen(program, number, tests):
    """What the named tests say of a mutation."""
    try:
        ended = subprocess.run(
            [program, "--testing-library", "swift-testing", "--filter", "^" + tests.replace(".", r"\.") + r"(\.|/|$)"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=600, env={**os.environ, "MUTANT": str(number)},
            cwd=os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(program)))))
    except subprocess.TimeoutExpired:
        return "killed by a test that does not end"
    failed = sorted(set(re.findall(r"✘(?:\x1b\[0m)? Test \"?([^\"(\n]+)\(", ended.stdout)))
    if ended.returncode < 0:
        return "killed by a trap"
    if "with 0 tests" in ended.stdout:
        return "NO TESTS of that name"
    return "killed by " + ", ".join(failed[:3]) if ended.returncode != 0 and failed else "SURVIVED"


def note(lines):
    """Puts what was seen into the table of docs/mutations.md."""
    page = os.path.join(ROOT, "docs", "mutations.md")
    text = open(page, encoding="utf8").read()
    head = text[: text.index("| ---:")] + "| ---: | --- | --- | --- | --- |\n"
    for number, (name, place, after, tests) in enumerate(MUTATIONS, 1):
        cells = [str(number), name, "`%s` → `%s`" % (plain(place), after), tests, lines.get(number, "not tried yet")]
        head += "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
    open(page, "w", encoding="utf8").write(head)


def main():
    wanted = [int(word) for word in sys.argv[1:] if word.isdigit()] or list(range(1, len(MUTATIONS) + 1))
    lost = [(n, m) for n, m in enumerate(MUTATIONS, 1) if read(m[0]).count(plain(m[1])) != 1]
    for number, (name, place, _, _) in lost:
        print("%2d: stands %d times in %s: %s" % (number, read(name).count(plain(place)), name, plain(place)))
    if "--check" in sys.argv or lost:
        print("%d mutations, %d of them do not stand once in the sources" % (len(MUTATIONS), len(lost)))
        sys.exit(1 if lost else 0)
    lines = {}
    with tempfile.TemporaryDirectory() as folder:
        root = os.path.join(folder, "main")
        subprocess.run(["git", "clone", "-q", ROOT, root], check=True)
        mutated(root)
        built = subprocess.run(["swift", "build", "--build-tests"], cwd=root)
        if built.returncode != 0:
            sys.exit("the mutated sources do not build")
        program = os.path.join(os.path.realpath(os.path.join(root, ".build", "debug")), "ccr-auditPackageTests.xctest")
        for number in wanted:
            lines[number] = seen(program, number, MUTATIONS[number - 1][3])
            name, place, after, _ = MUTATIONS[number - 1]
            print("%2d %s: `%s` → `%s`: %s" % (number, name, plain(place), after, lines[number]), flush=True)
    if "--note" in sys.argv:
        note(lines)
    bad = [number for number, line in lines.items() if not line.startswith("killed")]
    print("%d mutations, %d of them are not killed%s" % (len(lines), len(bad), ": %s" % bad if bad else ""))
    sys.exit(1 if bad else 0)


main()
