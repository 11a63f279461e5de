#!/usr/bin/env python3
"""Changes one rule at a time, and looks whether a test notices.

  Tests/Mutations/mutate.py [--check] [NUMBER…]

Each mutation is a line of the sources, what it becomes, and the tests that have to fail then. `--check` only looks whether
each line is there exactly once. A mutation takes an incremental debug build and the named tests alone, by the built test
program: an hour or two for all of them. The sources are put back after each, also where the run is stopped. What was seen
is noted in docs/mutations.md.
"""
import os, re, subprocess, sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MUTATIONS = [
    # Money.
    ("Pricing/Money.swift", "Money(picodollars: left.picodollars - right.picodollars)", "Money(picodollars: left.picodollars + right.picodollars)", "PricingTests.MoneyTests"),
    ("Pricing/Money.swift", "if fraction == unit { whole += 1 }", "if fraction == unit { whole += 0 }", "PricingTests.MoneyTests"),
    ("Audit/Ratio.swift", "guard baseline.picodollars > 0 else { return nil }", "guard baseline.picodollars >= 0 else { return nil }", "AuditTests"),
    ("Audit/AuditReport.swift", "package var covered: Int { counts.measured - unpriced }", "package var covered: Int { counts.measured }", "AuditTests"),
    ("Audit/AuditReport.swift", "package var answered: Int { counts.requests - counts.failed }", "package var answered: Int { counts.requests }", "AuditTests"),
    # Gate and alerts.
    ("Audit/Gate.swift", "return (left.high, left.low) > (right.high, right.low)", "return (left.high, left.low) >= (right.high, right.low)", "AuditTests.GateTests"),
    ("Audit/Gate.swift", "row.counts.measured >= minRequests", "row.counts.measured > minRequests", "AuditTests.GateTests"),
    ("Audit/Gate.swift", "row.counts.measured >= minRequests", "row.counts.requests >= minRequests", "AuditTests.GateTests"),
    ("Audit/Gate.swift", "?? .zero) >= minCost", "?? .zero) > minCost", "AuditTests.GateTests"),
    ("Commands/Alert/AlertJob.swift", "row.key.billing == .perToken && rules.judges(row)", "rules.judges(row)", "CommandTests.DailyJobTests"),
    # Days.
    ("Audit/AuditDays.swift", "package static let alertDays = 7", "package static let alertDays = 8", "AuditTests.AuditDaysTests"),
    ("Audit/AuditDays.swift", "day < today && day >= today.advanced(by: -alertDays)", "day <= today && day >= today.advanced(by: -alertDays)", "AuditTests.AuditDaysTests"),
    ("Audit/AuditDays.swift", "let past = audited.filter { $0.key < today }", "let past = audited", "AuditTests.AuditDaysTests"),
    ("Audit/AuditDays.swift", "due = window.filter { $0 == yesterday || past[$0] != true }", "due = window.filter { $0 == yesterday || past[$0] == nil }", "AuditTests.AuditDaysTests"),
    ("Model/CivilDay.swift", "guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.length(year: year, month: month)", "guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= 31", "ModelTests"),
    # History.
    ("Audit/HistoryLog.swift", "$0.recordedAt <= record.recordedAt", "$0.recordedAt < record.recordedAt", "AuditTests.HistoryTests"),
    ("Audit/HistoryLog.swift", "return old == record ? nil : record", "return record", "AuditTests.HistoryTests"),
    ("Audit/HistoryLog.swift", "newest.values.filter { $0.counts.requests > 0 }", "newest.values.filter { $0.counts.requests >= 0 }", "AuditTests"),
    # Delivery.
    ("Commands/Delivery/Outbox/DeliveryPolicy.swift", "age > lifetime ||", "age >= lifetime ||", "DeliveryTests.PolicyTests"),
    ("Commands/Delivery/Outbox/DeliveryPolicy.swift", "attempts >= leastAttempts", "attempts > leastAttempts", "DeliveryTests.PolicyTests"),
    ("Commands/Delivery/Outbox/DeliveryPolicy.swift", "attempts >= maximumAttempts", "attempts > maximumAttempts", "DeliveryTests.PolicyTests"),
    ("Commands/Delivery/Outbox/DeliveryPolicy.swift", "package static let patience: Int64 = 3 * 86_400_000", "package static let patience: Int64 = 4 * 86_400_000", "DeliveryTests.PolicyTests"),
    ("Commands/Delivery/Outbox/OutboxRecord+Attempts.swift", "day >= today.advanced(by: -7)", "day > today.advanced(by: -7)", "DeliveryTests.PolicyTests"),
    ("Commands/Delivery/Outbox/OutboxRecord+Attempts.swift", "nextAttempt <= now ||", "nextAttempt < now ||", "DeliveryTests"),
    # Joins.
    ("Ledger/Joins/TranscriptMatch.swift", "static let late: Int64 = 15_000", "static let late: Int64 = 15_001", "LedgerTests.MatchBorderTests"),
    ("Ledger/Joins/TranscriptMatch.swift", "static let early: Int64 = 10_000", "static let early: Int64 = 9_999", "LedgerTests.MatchBorderTests"),
    ("Ledger/Joins/TranscriptMatch.swift", "static let open: Int64 = 1_800_000", "static let open: Int64 = 1_799_999", "LedgerTests.MatchBorderTests"),
    ("Ledger/Joins/TranscriptMatch.swift", "abs(offset) >= 60_000", "abs(offset) > 60_000", "LedgerTests.MatchBorderTests"),
    ("Ledger/Joins/TranscriptMatch.swift", "answers.filter { !taken.contains($0.id) }", "answers", "LedgerTests"),
    ("Ledger/Joins/TranscriptMatch.swift", "while next < answers.count, answers[next].time < request.window.lowerBound { next += 1 }", "", "LedgerTests.MatchBorderTests"),
    ("Ledger/RouterRequests.swift", "guard let head = before?.head, head - tail.start <= Self.longestSetBack else", "guard let head = before?.head, head - tail.start <= 0 else", "LedgerTests.SetBackClockTests"),
    ("Ledger/RouterRequests.swift", "return isAnew == true ? nil : head", "return head", "LedgerTests.SetBackClockTests"),
    # The ledger.
    ("Ledger/BoundedName.swift", "guard utf8.count > Self.longestName else", "guard utf8.count > 1_000_000 else", "LedgerTests.BoundedNameTests"),
    ("Model/CivilDay.swift", "(year % 4 == 0 && year % 100 != 0) || year % 400 == 0", "year % 4 == 0", "ModelTests"),
    ("Ledger/Retention.swift", "guard try instant > Archive.keptFrom(database) ?? .min else { return 0 }", "guard try instant >= Archive.keptFrom(database) ?? .min else { return 0 }", "LedgerTests.RetentionTests"),
    ("Ledger/Retention.swift", "SELECT count(*) FROM request WHERE id < ?", "SELECT count(*) FROM request WHERE id <= ?", "LedgerTests.RetentionTests"),
    ("Ledger/Reading/RangeReader.swift", "if let wanted = log.file, wanted !=", "if let wanted = log.file, log.size < 0, wanted !=", "LedgerTests.RotationTests"),
    ("Ledger/Reading/RangeReader.swift", "if let fingerprint = log.fingerprint, try !fingerprint.fits", "if let fingerprint = log.fingerprint, log.size < 0, try !fingerprint.fits", "LedgerTests.RotationTests"),
    ("Ledger/Reading/KnownFiles.swift", "$0 == (facts.size, facts.modified)", "$0.size == facts.size", "LedgerTests.ForeignFileTests"),
    ("Ledger/Outbox.swift", "complete = max(complete, excluded.complete)", "complete = excluded.complete", "CommandTests.DailyJobTests"),
    ("Ledger/Schema.swift", "UPDATE file SET path = '';", "UPDATE file SET path = path;", "LedgerTests"),
    # The fleet.
    ("Fleet/FleetState.swift", "package var isNone: Bool { machines == 0 && requests == ofRequests }", "package var isNone: Bool { requests == ofRequests }", "FleetTests"),
    ("Fleet/FleetState.swift", "if there != Array(row[1...]) { machines += 1 }", "if there[1] != row[2] { machines += 1 }", "FleetTests"),
    ("Fleet/FleetGroup.swift", "first <= last, let requests", "let requests", "FleetTests"),
    ("Fleet/RowEncoder.swift", "hour.digest &+= key", "hour.digest = key", "FleetTests"),
]


def place(name):
    return os.path.join(ROOT, "Sources", name)


def run(*words):
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True)


def built_tests():
    """The test program: on Linux a program, on macOS what swift-testing's helper loads."""
    folder = run("swift", "build", "--show-bin-path").stdout.strip()
    return os.path.join(folder, "ccr-auditPackageTests.xctest")


def tried(name, before, after, tests):
    path = place(name)
    text = open(path, encoding="utf8").read()
    try:
        with open(path, "w", encoding="utf8") as file:
            file.write(text.replace(before, after, 1))
        built = run("swift", "build", "--build-tests", "--quiet")
        if built.returncode != 0:
            return "does not build"
        try:
            ended = subprocess.run(
                [built_tests(), "--testing-library", "swift-testing", "--filter", "^" + tests.replace(".", r"\.") + r"(\.|/|$)"],
                cwd=ROOT, capture_output=True, text=True, errors="replace", timeout=600)
        except subprocess.TimeoutExpired:
            return "killed by a test that does not end"
        failed = sorted(set(re.findall(r"✘ Test \"?([^\"(\n]+)\(", ended.stdout)))
        if ended.returncode < 0:
            return "killed by a trap"
        if "with 0 tests" in ended.stdout:
            return "NO TESTS of that name"
        return "killed by " + ", ".join(failed[:3]) if ended.returncode != 0 and failed else "SURVIVED"
    finally:
        with open(path, "w", encoding="utf8") as file:
            file.write(text)


def main():
    wanted = [int(word) for word in sys.argv[1:] if word.isdigit()]
    bad = 0
    for number, (name, before, after, tests) in enumerate(MUTATIONS, 1):
        if wanted and number not in wanted:
            continue
        count = open(place(name), encoding="utf8").read().count(before)
        if count != 1:
            said = "stands %d times in %s" % (count, name)
            bad += 1
        elif "--check" in sys.argv:
            continue
        else:
            said = tried(name, before, after, tests)
            bad += not said.startswith("killed")
        print("%2d %s: `%s` → `%s`: %s" % (number, name, before, after, said), flush=True)
    said = "do not stand once in the sources" if "--check" in sys.argv else "are not killed"
    print("%d mutations, %d of them %s" % (len(wanted) or len(MUTATIONS), bad, said))
    sys.exit(1 if bad else 0)


main()
