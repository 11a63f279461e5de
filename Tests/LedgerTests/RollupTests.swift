import Foundation
import GRDB
import Reading
import TestSupport
import Testing
import Model

@testable import Ledger

/// What a report reads of rollups is what the requests themselves sum up to, however they came into the ledger.
struct RollupTests {
  private static let sources = ["ccr-v1/logs", "claude-code/projects", "ccr-v3/closed", "free-claude-code"].map {
    Fixture.root.appending(path: $0).path
  }

  /// Each request as a slice of its own, with caches that were worked out for its session alone.
  private func singles(_ ledger: LedgerFile, _ query: TrafficQuery) throws -> [TrafficSlice] {
    try ledger.read { database in
      let models = try ledger.modelNames(database).mapValues(\.model)
      var caches: [Int64: SessionCache] = [:]
      return try Row.fetchAll(database, sql: "SELECT * FROM request ORDER BY started, \(Workbench.number), attempt")
        .compactMap {
          row in
          let started: Int64 = row["started"]
          let source = Codes.word(row["source"], in: Codes.sources, or: UsageSource.unknown)
          let failure: Int? = row["failure"]
          var slice = TrafficSlice(
            model: try #require(models[row["model"]]), time: started, prompt: 0,
            day: CivilDay(milliseconds: started, in: query.timeZone),
            route: Codes.word(row["route"], in: Codes.routes, or: .unknown), counts: .zero, tokens: .zero,
            caching: .zero)
          switch source {
          case .upstream: slice.counts.upstream = 1
          case .router: slice.counts.router = 1
          case .client: slice.counts.client = 1
          default: if failure == 1 || failure == 2 { slice.counts.failed = 1 } else { slice.counts.unknown = 1 }
          }
          if source.isMeasured {
            slice.tokens = TokenUsage(
              input: row["input"], cacheRead: row["cache_read"], cacheWrite5m: row["cache_write_5m"],
              cacheWrite1h: row["cache_write_1h"], output: row["output"], reasoning: row["reasoning"] ?? 0)
            slice.prompt = slice.tokens.prompt
            if let session: Int64 = row["session"] {
              let reads = caches[session, default: SessionCache()].read(
                CachedRequest(
                  started: started, ended: (row["duration"] as Int64?).map { started + $0 }, prompt: slice.prompt,
                  output: slice.tokens.output))
              slice.caching =
                reads.map {
                  PromptCaching(cacheable: slice.prompt, read5m: $0.within5m, read1h: $0.within1h)
                } ?? .zero
            }
          }
          guard query.span.contains(started), !(query.scope == .routed && slice.route == .direct) else { return nil }
          return slice
        }
    }
  }

  /// Requests without tokens by what their record shows, told from each row.
  private func traces(_ ledger: LedgerFile, _ span: Range<Int64>) throws -> [String: Int] {
    try ledger.read { database in
      let models = try ledger.modelNames(database)
      return try Row.fetchAll(
        database,
        sql:
          "SELECT * FROM request WHERE source = 0 AND coalesce(failure, 0) NOT IN (1, 2) AND started >= ? AND started < ?",
        arguments: [span.lowerBound, span.upperBound]
      ).reduce(into: [:]) { sums, row in
        let isCut = row["duration"] == nil || (row["failure"] as Int? ?? 0) == 3
        let trace = isCut ? "cut" : row["first_token"] == nil ? "nothing" : "streamWithoutUsage"
        let model = try #require(models[row["model"]]).model
        let reason = (row["reason"] as Int64?).flatMap(Codes.reason)?.word ?? "none"
        sums["\(model) \(row["route"] as Int64) \(trace) \(reason)", default: 0] += 1
      }
    }
  }

  private func unmeasured(_ ledger: LedgerFile, _ span: Range<Int64>) throws -> [String: Int] {
    try ledger.unmeasured(in: span).reduce(into: [:]) { sums, entry in
      let reason = entry.reason?.word ?? "none"
      sums["\(entry.model) \(Codes.code(entry.route)) \(entry.trace) \(reason)", default: 0] += entry.requests
    }
  }

  private func expectAgreement(_ ledger: LedgerFile, _ chance: inout SeededGenerator) throws {
    let held = try #require(try ledger.span())
    for round in 0..<6 {
      let bounds = (0..<2).map { _ in
        Int64.random(in: held.lowerBound - 90_000_000...held.upperBound + 90_000_000, using: &chance)
      }.sorted()
      let span = round == 0 ? 0..<Int64.max : bounds[0]..<bounds[1] + 1
      let zones = ["UTC", "Asia/Seoul", "Asia/Kathmandu", "Australia/Lord_Howe"]
      let query = TrafficQuery(
        span: span,
        grain: PriceGrain(
          cuts: (0..<3).map { _ in Int64.random(in: held, using: &chance) }.sorted() + [
            held.upperBound / 3_600_000 * 3_600_000
          ],
          promptLimits: [[], [200_000], [5000, 24_000]][round % 3],
          weeklyCuts: [[], [60, 240, 1500, 3000], [605, 3000, 5407, 7777]][round % 3]),
        timeZone: try #require(TimeZone(identifier: zones[round % 4])), byRoute: true,
        scope: round % 2 == 0 ? .all : .routed)
      let requests = try singles(ledger, query)
      #expect(SlicePart.sums(try ledger.traffic(query), query.grain) == SlicePart.sums(requests, query.grain))
      #expect(try unmeasured(ledger, span) == traces(ledger, span))
      // With fewer days told apart, the sums over all days are the same.
      var coarse = query
      coarse.days = .at([])
      func whole(_ slices: [TrafficSlice]) -> [SlicePart: SlicePart.Sum] {
        SlicePart.sums(
          slices.map { slice in
            var slice = slice
            slice.day = CivilDay(number: 0)
            return slice
          }, query.grain)
      }
      #expect(whole(try ledger.traffic(coarse)) == whole(requests))
      // Where no price has hours of the day, they need not be told apart.
      coarse.hasWindows = { _, _ in false }
      let tokens = try ledger.traffic(coarse).reduce(TokenUsage.zero) { $0 + $1.tokens }
      #expect(requests.reduce(TokenUsage.zero) { $0 + $1.tokens } == tokens)
      // Nor need cuts at which a model's price stays what it was.
      let cut = query.grain.cuts.randomElement(using: &chance) ?? 0
      coarse.changes = { _, _ in [cut] }
      let joined = try ledger.traffic(coarse)
      for isLater in [false, true] {
        func sum(_ slices: [TrafficSlice]) -> TokenUsage {
          slices.filter { ($0.time >= cut) == isLater }.reduce(.zero) { $0 + $1.tokens }
        }
        #expect(sum(joined) == sum(requests))
      }
      #expect(Set(joined.map(\.day)).count <= 2)
    }
  }

  /// One instant that is millennia away makes no part of each day between.
  @Test(.timeLimit(.minutes(1)), arguments: ["UTC", "Asia/Kathmandu", "America/St_Johns"])
  func aFarInstantCostsNoDayBetween(zone: String) throws {
    let zone = try #require(TimeZone(identifier: zone))
    let bench = try Workbench()
    let begins = [1_782_216_000_000, 1_782_302_400_000, EpochTime.range.upperBound - 1]
    try bench.ledger.write { database in
      var rows = try RequestRows(database)
      let writer = try rows.id(of: .claudeCodeRouter)
      for began in begins {
        let request = RoutedRequest(model: ModelID(provider: "p", model: "m"), started: began)
        try rows.insert(request, writer: writer, number: began, replacing: false)
      }
      try rows.finish()
    }
    let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: zone)
    let days = try bench.ledger.traffic(query).filter { $0.counts.requests > 0 }.map(\.day)
    #expect(Set(days) == Set(begins.map { CivilDay(milliseconds: $0, in: zone) }))
    #expect(days.count == 3)
  }

  /// Any split, any order, files read twice, and a part of the ledger removed by hand and read again.
  @Test(arguments: Thoroughness.seeds(4))
  func anyHistoryOfIngests(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 7000)
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    for source in Self.sources.shuffled(using: &chance) {
      try bench.ingest([source], batchBytes: Int64.random(in: 20_000...400_000, using: &chance))
      try expectAgreement(bench.ledger, &chance)
    }
    try bench.ledger.write { database in
      try database.execute(sql: "DELETE FROM file; DELETE FROM store; DELETE FROM request WHERE id % 3 = 0")
      var rollups = try Rollups(database)
      try rollups.flush()
      try database.execute(sql: "UPDATE session SET recache = 1")
      try SessionRecaching.run(in: database)
      try rollups.flush()
    }
    try expectAgreement(bench.ledger, &chance)
    try bench.ingest(Self.sources.shuffled(using: &chance))
    try expectAgreement(bench.ledger, &chance)
    #expect(try bench.ledger.check() == [])
  }

  /// Requests of few sessions in an order of no kind, in many transactions of one run.
  @Test(arguments: Thoroughness.seeds(6, few: 2))
  func anyOrderOfRequests(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 7100)
    let bench = try Workbench()
    var requests = (0..<600).map { index in
      let started = 1_782_172_800_000 + Int64.random(in: 0...40_000_000, using: &chance)
      return RoutedRequest(
        model: ModelID(provider: "p", model: ["a", "b"][index % 2]), started: started,
        ended: Bool.random(using: &chance) ? started + Int64.random(in: 0...90_000, using: &chance) : nil,
        session: ["s", "t", "u", nil].randomElement(using: &chance) ?? nil,
        usage: index % 7 == 0
          ? nil
          : TokenUsage(
            input: Int64.random(in: 0...300_000, using: &chance), cacheRead: Int64.random(in: 0...900, using: &chance),
            output: Int64.random(in: 0...3000, using: &chance)), usageSource: index % 7 == 0 ? .unknown : .upstream)
    }
    if seed % 2 == 0 { requests.sort { $0.started < $1.started } }
    let caches = SessionCaches()
    var number: Int64 = 0
    for start in stride(from: 0, to: requests.count, by: 50) {
      try bench.ledger.write { database in
        var rows = try RequestRows(database, caches: caches)
        let writer = try rows.id(of: .claudeCodeRouter)
        for request in requests[start..<start + 50] {
          number += 1
          try rows.insert(request, writer: writer, number: number, replacing: false)
          // Now and then one is read again, or written over.
          if number % 11 == 0 { try rows.insert(request, writer: writer, number: number, replacing: number % 2 == 0) }
        }
        try rows.finish()
      }
    }
    try bench.ledger.write { database in
      try SessionRecaching.run(in: database)
      var rollups = try Rollups(database)
      try rollups.flush()
    }
    try expectAgreement(bench.ledger, &chance)
    // Summed anew at other limits, they are the same.
    try bench.ledger.write { try Rollups.rebuild(limits: [5000, 100_000], in: $0) }
    try expectAgreement(bench.ledger, &chance)
  }

  @Test func aSessionThatIsNotWorkedOutHasNoCachedFigure() throws {
    let bench = try Workbench()
    try bench.ingest([Self.sources[0]])
    let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: .gmt)
    #expect(try bench.ledger.traffic(query).allSatisfy { $0.caching != nil })
    try bench.ledger.write { try $0.execute(sql: "UPDATE session SET recache = 1") }
    #expect(try bench.ledger.traffic(query).allSatisfy { $0.caching == nil })
  }

  @Test func requestsOfOneMillisecondAreToldApart() throws {
    let bench = try Workbench()
    func insert(_ count: Int64) throws {
      try bench.ledger.write { database in
        var rows = try RequestRows(database)
        let writer = try rows.id(of: .claudeCodeRouter)
        for number in 0..<count {
          try rows.insert(
            RoutedRequest(model: ModelID(provider: "p", model: "m"), started: 5), writer: writer, number: number,
            replacing: false)
        }
        try rows.finish()
      }
    }
    for _ in 0..<2 { try insert(1000) }
    #expect(try bench.rows().map(\.number) == Array(0..<1000))
    // What does not fit into the instant stands in the next one, and is known there.
    for _ in 0..<2 { try insert(RequestID.slots + 10) }
    #expect(try bench.rows().count == Int(RequestID.slots) + 10)
  }
}
