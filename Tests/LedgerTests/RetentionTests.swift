import Foundation
import GRDB
import Reading
import TestSupport
import Testing
import Model

@testable import Ledger

/// Rows that give way to their sums: reports of days must not notice.
struct RetentionTests {
  private static let logs = Fixture.root.appending(path: "ccr-v1/logs").path
  private static let transcripts = Fixture.root.appending(path: "claude-code/projects").path
  private static let stores = Fixture.root.appending(path: "ccr-v3/closed").path
  private static let proxy = Fixture.root.appending(path: "free-claude-code").path
  private static let zones = ["Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]

  /// Prices that change inside quarters of an hour, with the length of prompts, and by the minute of the week.
  private func grain(_ span: ClosedRange<Int64>, _ chance: inout SeededGenerator) -> PriceGrain {
    PriceGrain(
      cuts: (0..<6).map { _ in Int64.random(in: span, using: &chance) }.sorted(),
      promptLimits: [5000, 24_000, 200_000], weeklyCuts: [605, 3000, 5407, 7777, 9001].sorted())
  }

  /// What every report of days is made of: sums by day, model, route and price.
  private func figures(
    _ ledger: LedgerFile, _ span: ClosedRange<Int64>, _ grain: PriceGrain, zone: String, scope: TrafficScope = .all,
    byRoute: Bool = true
  ) throws -> [String] {
    let zone = try #require(TimeZone(identifier: zone))
    let slices = try ledger.traffic(
      TrafficQuery(
        span: span.lowerBound..<(span.upperBound + 1), grain: grain, timeZone: zone, byRoute: byRoute, scope: scope))
    return SlicePart.sums(slices, grain).map { "\($0.key) \($0.value.counts) \($0.value.tokens)" }.sorted()
  }

  private func forgetFiles(_ bench: Workbench) throws {
    try bench.ledger.write { try $0.execute(sql: "DELETE FROM file; DELETE FROM store") }
  }

  private func count(_ bench: Workbench, _ table: String) throws -> Int {
    try bench.ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
  }

  @Test(arguments: Thoroughness.seeds(5))
  func noReportOfDaysNoticesAndReadingAgainAddsNothing(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 900)
    let sources = [Self.logs, Self.transcripts, Self.stores, Self.proxy]
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try bench.ingest(sources, batchBytes: Int64.random(in: 20_000...400_000, using: &chance))
    let span = try #require(try bench.ledger.span())
    let grain = grain(span, &chance)
    func all() throws -> [[String]] {
      try Self.zones.map { try figures(bench.ledger, span, grain, zone: $0) } + [
        figures(bench.ledger, span, grain, zone: "UTC", scope: .routed, byRoute: false),
        figures(bench.ledger, span, grain, zone: "UTC", scope: .direct),
      ]
    }
    let before = try all()
    let rows = try count(bench, "request")

    // Right before, at and after a request's start as well as anywhere.
    let starts = try bench.ledger.read { try Int64.fetchAll($0, sql: "SELECT started FROM request ORDER BY started") }
    let first = try #require(starts.randomElement(using: &chance)) + Int64.random(in: -1...4000, using: &chance)
    let second = Int64.random(in: first + 1...max(first, span.upperBound) + 2, using: &chance)
    for start in starts { #expect(try bench.ledger.requests(before: start) == starts.count { $0 < start }) }
    for instant in [first, second] {
      let expected = try bench.ledger.requests(before: instant)
      #expect(try bench.ledger.prune(before: instant, grain: grain) == expected)
      #expect(try all() == before)
      #expect(try bench.ledger.check() == [])
      #expect(try bench.ledger.prune(before: instant - 1, grain: grain) == 0)
      #expect(try bench.ledger.keptFrom() == instant)

      try forgetFiles(bench)
      try bench.ingest(sources.shuffled(using: &chance), batchBytes: Int64.random(in: 2000...400_000, using: &chance))
      #expect(try all() == before, "pruned before \(instant)")
      #expect(try bench.ledger.check() == [])
    }
    #expect(try count(bench, "request") == starts.count { $0 >= second })
    #expect(starts.count == rows)
    let held = try #require(try bench.ledger.span())
    #expect(held.lowerBound == span.lowerBound)
    #expect(held.upperBound / 900_000 == span.upperBound / 900_000)
  }

  /// Requests of every kind, many to a quarter.
  @Test(arguments: Thoroughness.seeds(8, few: 2))
  func sumsOfAnyRequestsStayWhatTheyWere(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 40)
    let bench = try Workbench()
    let start: Int64 = 1_782_172_800_000
    let span = start...start + 3 * 86_400_000
    let grain = grain(span, &chance)
    let requests = (0..<2000).map { _ in request(in: span, &chance) }
    func insert(_ requests: [RoutedRequest]) throws {
      try bench.ledger.write { database in
        var rows = try RequestRows(database)
        let writer = try rows.id(of: .claudeCodeRouter)
        for request in requests {
          try rows.insert(request, writer: writer, number: request.started, replacing: false)
        }
        try rows.finish()
      }
    }
    try insert(requests)
    let before = try Self.zones.map { try figures(bench.ledger, span, grain, zone: $0) }
    func extras() throws -> [CallExtras] {
      try bench.ledger.extras(in: span.lowerBound..<(span.upperBound + 1), scope: .routed)
    }
    let extrasBefore = try extras()
    let zones = try Self.zones.map { try #require(TimeZone(identifier: $0)) }
    func searches() throws -> [[CivilDay: [ModelID: Int64]]] {
      try zones.map {
        try bench.ledger.webSearches(in: span.lowerBound..<(span.upperBound + 1), scope: .routed, timeZone: $0)
      }
    }
    let searched = zones.map { zone in
      requests.filter { $0.route != .direct }.reduce(into: [CivilDay: [ModelID: Int64]]()) { sums, request in
        guard let count = request.webSearches else { return }
        sums[CivilDay(milliseconds: request.started, in: zone), default: [:]][request.model, default: 0] += count
      }
    }
    #expect(try searches() == searched)
    #expect(extrasBefore.contains { $0.webSearches > 0 && $0.variant.speed == "fast" })
    #expect(before[0].contains { $0.contains("failed: ") && !$0.contains("failed: 0") })
    for instant in (0..<3).map({ _ in Int64.random(in: span, using: &chance) }).sorted() + [span.upperBound + 1] {
      let kept = requests.count { $0.started >= instant }
      _ = try bench.ledger.prune(before: instant, grain: grain)
      try insert(requests)
      #expect(try Self.zones.map { try figures(bench.ledger, span, grain, zone: $0) } == before)
      #expect(try extras() == extrasBefore)
      #expect(try searches() == searched)
      #expect(try count(bench, "request") <= kept)
    }
    #expect(try count(bench, "request") == 0)
    #expect(try bench.ledger.check() == [])
    #expect(try bench.ledger.span().map { span.contains($0.lowerBound) && span.contains($0.upperBound) } == true)
  }

  private func request(in span: ClosedRange<Int64>, _ chance: inout SeededGenerator) -> RoutedRequest {
    let source = UsageSource.allCases.filter { $0 != .estimated }.randomElement(using: &chance) ?? .unknown
    func tokens(_ limit: Int64) -> Int64 { Int64.random(in: 0...limit, using: &chance) }
    var request = RoutedRequest(
      model: ModelID(provider: "p", model: Bool.random(using: &chance) ? "one" : "two"),
      started: Int64.random(in: span, using: &chance),
      route: [Route.default, .background, .direct].randomElement(using: &chance) ?? .default,
      failure: source == .unknown ? FailureKind.allCases.randomElement(using: &chance) : nil,
      usage: source == .unknown
        ? nil
        : TokenUsage(
          input: tokens(30_000), cacheRead: tokens(250_000), cacheWrite5m: tokens(10), cacheWrite1h: tokens(10),
          output: tokens(3000), reasoning: tokens(100)),
      usageSource: source, variant: CallVariant(speed: Int.random(in: 0..<5, using: &chance) == 0 ? "fast" : nil))
    if Int.random(in: 0..<5, using: &chance) == 0 { request.webSearches = Int64.random(in: 1...9, using: &chance) }
    return request
  }

  /// A call before the instant whose client wrote its end down after it, and the other way round.
  @Test func anAnswerGoesWithItsRequest() throws {
    let bench = try Workbench()
    let start: Int64 = 1_782_172_800_000
    func ingest() throws {
      try bench.ledger.write { database in
        var rows = try RequestRows(database)
        let writer = try rows.id(of: .claudeCodeRouter)
        for (number, times) in [(1, (0, 60_000)), (2, (70_000, 75_000))] as [(Int64, (Int64, Int64))] {
          try rows.insert(
            RoutedRequest(
              model: ModelID(provider: "minimax", model: "m"), started: start + times.0, ended: start + times.1,
              session: "s"), writer: writer, number: number, replacing: false)
        }
        try rows.finish()
        var messages = try ClientMessages(database)
        try messages.add(
          [(1, 61_000), (2, 68_000)].map { number, time in
            TranscriptMessage(
              session: "s", messageID: "msg_0\(number)", requestID: "r\(number)", model: "m", time: start + time,
              usage: TokenUsage(input: 10, output: Int64(number)), isSidechain: false, agentID: nil, complete: true)
          })
        var join = try CallJoins(database) { _ in nil }
        try join.run()
      }
    }
    try ingest()
    let span = start...start + 100_000
    let before = try figures(bench.ledger, span, PriceGrain(), zone: "UTC")
    #expect(before.count == 1 && before[0].contains("client: 2"))
    // Both answers lie between the two starts, one on either side of the instant.
    #expect(try bench.ledger.prune(before: start + 69_000, grain: PriceGrain()) == 1)
    #expect(try figures(bench.ledger, span, PriceGrain(), zone: "UTC") == before)
    try ingest()
    #expect(try figures(bench.ledger, span, PriceGrain(), zone: "UTC") == before)
  }

  @Test func nothingOfAnOldRequestIsLeft() throws {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try bench.ingest([Self.logs, Self.transcripts, Self.stores, Self.proxy], batchBytes: 20_000)
    let last = try #require(try bench.ledger.span()).upperBound
    #expect(try count(bench, "fragment") > 0)
    let unmeasured = Set(try bench.ledger.unmeasured(in: 0..<Int64.max))
    _ = try bench.ledger.prune(before: last + 2 * 86_400_000, grain: PriceGrain())
    for table in ["request", "message", "fragment", "session"] { #expect(try count(bench, table) == 0, "\(table)") }
    // The sums still tell why tokens are missing.
    #expect(unmeasured.contains { $0.reason != nil })
    #expect(Set(try bench.ledger.unmeasured(in: 0..<Int64.max)) == unmeasured)
    try forgetFiles(bench)
    #expect(try bench.ingest([Self.logs, Self.transcripts, Self.stores, Self.proxy]).requestsAdded == 0)
    for table in ["request", "message", "fragment", "session"] { #expect(try count(bench, table) == 0, "\(table)") }
  }
}

/// Copying, checking and shrinking the ledger.
struct HousekeepingTests {
  private static func one(of rollup: String) -> String {
    let key = "bucket, model, route, prompt_class"
    return "(\(key)) = (SELECT \(key) FROM \(rollup) LIMIT 1)"
  }

  private func filled() throws -> Workbench {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try bench.ingest([Fixture.root.appending(path: "ccr-v1/logs").path])
    return bench
  }

  @Test func aCopyIsWholeAndPrivateAndOneFile() throws {
    let bench = try filled()
    let target = bench.folder.appending(path: "copy.sqlite").path
    try bench.ledger.backup(to: target, replacing: false)
    let attributes = try FileManager.default.attributesOfItem(atPath: target)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted() == [
        "copy.sqlite", "logs", "state",
      ])
    let copy = try LedgerFile(existing: target)
    #expect(try copy.check() == [])
    let select = "SELECT * FROM request ORDER BY id"
    #expect(
      try copy.read { try Row.fetchAll($0, sql: select) } == bench.ledger.read { try Row.fetchAll($0, sql: select) })
  }

  @Test func aCopyReplacesOnlyWhenTold() throws {
    let bench = try filled()
    let target = bench.folder.appending(path: "copy.sqlite").path
    try Data("mine".utf8).write(to: URL(filePath: target))
    #expect(throws: LedgerError.backup(path: target, reason: "there is a file already")) {
      try bench.ledger.backup(to: target, replacing: false)
    }
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "mine")
    try bench.ledger.backup(to: target, replacing: true)
    #expect(try LedgerFile(existing: target).check() == [])
    // The copy is open as a database now.
    #expect(throws: LedgerError.backup(path: bench.ledger.path, reason: "it is the ledger itself")) {
      try bench.ledger.backup(to: bench.ledger.path, replacing: true)
    }
    let missing = bench.folder.appending(path: "none/copy.sqlite").path
    #expect(throws: LedgerError.backup(path: missing, reason: "no such file or directory")) {
      try bench.ledger.backup(to: missing, replacing: false)
    }
  }

  @Test(arguments: [
    (
      "UPDATE request SET input = -1 WHERE id = (SELECT min(id) FROM request WHERE source = 1)",
      "request: 1 row with negative tokens"
    ),
    (
      "UPDATE request SET output = NULL WHERE source = 1 AND id = (SELECT min(id) FROM request WHERE source = 1)",
      "request: 1 row that are measured, but have no tokens"
    ),
    (
      "UPDATE request SET source = 77 WHERE id = (SELECT min(id) FROM request WHERE source = 1)",
      "request: 1 row with words that do not exist"
    ),
    (
      "INSERT INTO setting SELECT 'kept_from', min(started) + 1 FROM request",
      "request: 1 row that should be in the archive"
    ),
    (
      "PRAGMA foreign_keys = 0; UPDATE request SET model = 999 WHERE id = (SELECT min(id) FROM request)",
      "request: 1 row without their model"
    ),
    (
      "UPDATE hour_rollup SET output = output + 1 WHERE \(Self.one(of: "hour_rollup"))",
      "hour_rollup: 2 sums are not those of the requests; `ccr-audit ledger rebuild` corrects them"
    ),
    (
      "DELETE FROM day_rollup WHERE \(Self.one(of: "day_rollup"))",
      "day_rollup: 1 sums are not those of the requests; `ccr-audit ledger rebuild` corrects them"
    ),
    (
      "UPDATE request SET output = output + 1 WHERE id = (SELECT min(id) FROM request WHERE source = 1)",
      "rollup_stale: hours that are not summed: 1; `ledger rebuild` does it"
    ),
  ]) func damageIsFound(sql: String, finding: String) throws {
    let bench = try filled()
    try bench.ledger.queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    #expect(try bench.ledger.check().contains(finding))
  }

  /// Each report compares all days with all hours, where these are few enough.
  @Test(arguments: [("day_rollup", 1), ("hour_rollup", 1), ("day_rollup", 20_000)])
  func daysThatAreNotTheirHoursAreSeen(table: String, hours: Int) throws {
    let bench = try filled()
    try bench.ledger.demandPlausibility()
    try bench.ledger.write { database in
      // Sums of nothing, of so many hours.
      try database.execute(
        sql: """
          WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < \(hours))
          INSERT INTO hour_rollup SELECT 24 * n, model, route, prompt_class, first, shortest, longest,
            \(Array(repeating: "0", count: RollupColumns.sums.count).joined(separator: ", ")) FROM n,
            (SELECT * FROM hour_rollup LIMIT 1)
          """)
    }
    try bench.ledger.demandPlausibility()
    try bench.ledger.write {
      try $0.execute(sql: "DELETE FROM \(table) WHERE bucket = (SELECT max(bucket) FROM \(table))")
    }
    #expect(throws: LedgerError.self, "the nightly check looks at all") { try bench.ledger.demandSoundness(newest: 1) }
    guard hours < 10_000 else { return try bench.ledger.demandPlausibility() }
    #expect(throws: LedgerError.self) { try bench.ledger.demandPlausibility() }
  }

  /// A bit that a disk turns in a name makes another model of it; the index has it still.
  @Test(arguments: ["model", "variant"]) func aNameThatItsIndexDoesNotHaveIsSeen(table: String) throws {
    let bench = try filled()
    if table == "variant" {
      try bench.ledger.write {
        try $0.execute(sql: "INSERT INTO variant VALUES (99, 'MiniMax-host', '', '', '', 0)")
        try $0.execute(
          sql: "UPDATE model SET provider = provider || 'x', variant = 99 WHERE id = (SELECT min(id) FROM model)")
      }
    }
    try bench.ledger.demandPlausibility()
    try bench.ledger.queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    var bytes = try Data(contentsOf: URL(filePath: bench.ledger.path))
    let name = Data((table == "model" ? "MiniMax-M2.7" : "MiniMax-host").utf8)
    // The table's own copy: the index has its rows after its marks of the same length.
    let root = try bench.ledger.read {
      try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_master WHERE name = '\(table)'")
    }
    let page = try bench.ledger.read { try Int.fetchOne($0, sql: "PRAGMA page_size") } ?? 0
    let start = (try #require(root) - 1) * page
    let place = try #require(bytes.range(of: name, in: start..<start + page))
    bytes[place.lowerBound] ^= 0x20
    let copy = bench.folder.appending(path: "turned.sqlite")
    try bytes.write(to: copy)
    let turned = try LedgerFile(existing: copy.path)
    let damaged = LedgerError.damaged(path: copy.path, part: nil)
    #expect(throws: damaged) { try turned.demandPlausibility() }
    #expect(throws: damaged) { try turned.demandSoundness(newest: 1) }
    // Nor does a copy of it take a sound one's place.
    let kept = bench.folder.appending(path: "kept.sqlite").path
    try bench.ledger.backup(to: kept, replacing: false)
    #expect(throws: damaged) { try turned.backup(to: kept, replacing: true) }
  }

  @Test func sumsAreMadeAnew() throws {
    let bench = try filled()
    try bench.ledger.write { try $0.execute(sql: "UPDATE day_rollup SET output = output + 1; DELETE FROM hour_rollup") }
    #expect(try !bench.ledger.check().isEmpty)
    #expect(try bench.ledger.rebuild() > 0)
    #expect(try bench.ledger.check() == [])
    #expect(try !bench.ledger.keepsApart(promptLimits: [128_000, 200_000]))
    try bench.ledger.rebuild(promptLimits: [128_000])
    #expect(try bench.ledger.keepsApart(promptLimits: [128_000, 200_000]))
    #expect(try bench.ledger.check() == [])
  }

  @Test func aDamagedFileIsFound() throws {
    let bench = try filled()
    try bench.ledger.vacuum()
    try bench.ledger.queue.close()
    let handle = try FileHandle(forUpdating: URL(filePath: bench.ledger.path))
    let size = try handle.seekToEnd()
    for page in stride(from: 3, to: Int(size / 4096), by: 2) {
      try handle.seek(toOffset: UInt64(page) * 4096 + 200)
      try handle.write(contentsOf: Data(repeating: 0xA5, count: 900))
    }
    try handle.close()
    var findings: [String] = []
    do {
      findings = try LedgerFile(existing: bench.ledger.path).check()
    } catch {
      findings = [error.description]
    }
    #expect(!findings.isEmpty)
  }

  @Test func vacuumGivesSpaceBack() throws {
    let bench = try filled()
    func size() throws -> Int {
      try FileManager.default.attributesOfItem(atPath: bench.ledger.path)[.size] as? Int ?? 0
    }
    try bench.ledger.vacuum()
    let before = try size()
    _ = try bench.ledger.prune(before: .max, grain: PriceGrain())
    try bench.ledger.vacuum()
    #expect(try size() < before)
    #expect(try bench.ledger.check() == [])
  }
}
