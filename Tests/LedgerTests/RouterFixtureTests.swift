import Foundation
import GRDB
import Model
import TestSupport
import Testing

@testable import Ledger
@testable import Reading

/// Records that the real programs wrote, against what their upstream knew.
struct RouterFixtureTests {
  private static let liteLLM = ["litellm/a/standard_logging.jsonl.gz", "litellm/b/standard_logging.jsonl.gz"]
  private static let spendRows = ["litellm/spendlogs.jsonl.gz"]
  private static let freeClaudeCode = [
    "free-claude-code-6/info/server.log.gz", "free-claude-code-6/debug/server.log.gz",
  ]
  private static let telemetry = ["claude-code-otel/a/otlp-logs.jsonl", "claude-code-otel/b/otlp-logs.jsonl"]

  struct House: Sendable {
    var router: [String]
    var clients: [String]
    var requests: Int
  }

  static let houses = [
    House(router: liteLLM, clients: ["litellm/a/claude-code", "litellm/b/claude-code"], requests: 158),
    House(router: spendRows, clients: ["litellm/a/claude-code", "litellm/b/claude-code"], requests: 159),
    House(
      router: freeClaudeCode,
      clients: [
        "free-claude-code-6/info/projects", "free-claude-code-6/info/otlp-logs.jsonl",
        "free-claude-code-6/debug/projects", "free-claude-code-6/debug/otlp-logs.jsonl",
      ], requests: 120),
  ]

  private func paths(_ names: [String]) -> [String] { names.map { Fixture.root.appending(path: $0).path } }

  private func totals(_ folder: String, _ section: String) throws -> [String: [String: Any]] {
    let data = try Data(contentsOf: Fixture.root.appending(path: "\(folder)/totals.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require(object[section] as? [String: [String: Any]])
  }

  private struct Figures: Equatable {
    var requests, measured, estimated, unknown, failed: Int
    var tokens: [Int64]
  }

  private func figures(_ bench: Workbench) throws -> [String: Figures] {
    try bench.totals().reduce(into: [:]) { figures, total in
      let (counts, tokens) = total.value
      figures["\(total.key.provider)|\(total.key.model)"] = Figures(
        requests: counts.requests, measured: counts.measured, estimated: counts.estimated, unknown: counts.unknown,
        failed: counts.failed,
        tokens: [tokens.input, tokens.cacheRead, tokens.cacheWrite5m, tokens.cacheWrite1h, tokens.output])
    }
  }

  /// What LiteLLM's records must give, by the fixture's own classes.
  private func expected(_ section: String) throws -> [String: Figures] {
    try totals("litellm", section).reduce(into: [:]) { expected, entry in
      func count(_ keys: String...) -> Int { keys.reduce(0) { $0 + (entry.value[$1] as? Int ?? 0) } }
      func tokens(_ key: String) -> Int64 { Int64(count(key)) }
      let name = entry.key.hasPrefix("?|") ? "unknown\(entry.key.dropFirst())" : entry.key
      expected[name] = Figures(
        requests: count("requests"), measured: count("measured"), estimated: count("estimated", "unproven"),
        unknown: count("cut", "left", "broken_off", "unknown"), failed: count("failed"),
        tokens: [
          tokens("input"), tokens("cache_read"), tokens("cache_write_5m"), tokens("cache_write_1h"), tokens("output"),
        ])
    }
  }

  @Test func liteLLMsPayloadsAsItsUpstreamCounted() throws {
    let bench = try Workbench()
    #expect(try bench.ingest(paths(Self.liteLLM)).skippedCount == 0)
    #expect(try figures(bench) == expected("from_standard_logging"))
  }

  @Test func liteLLMsRowsAsItsUpstreamCounted() throws {
    let bench = try Workbench()
    #expect(try bench.ingest(paths(Self.spendRows)).skippedCount == 0)
    #expect(try figures(bench) == expected("from_spendlogs"))
  }

  @Test func bothRecordsOfLiteLLMAreOneInAnyOrder() throws {
    let (first, second) = (try Workbench(), try Workbench())
    try first.ingest(paths(Self.liteLLM))
    try first.ingest(paths(Self.spendRows + ["litellm/api/spend_logs_v2.json"]))
    try second.ingest(paths(["litellm/api/spend_logs_v2.json"] + Self.spendRows))
    try second.ingest(paths(Self.liteLLM))
    #expect(try first.figures() == second.figures())
    // What a payload tells counts: a row knows less of clients that left.
    let payloads = try expected("from_standard_logging")
    for (name, found) in try figures(first) where payloads[name] != nil {
      #expect(found == payloads[name], "\(name)")
    }
    // Two calls of the passthrough have a row only.
    #expect(try figures(first).values.reduce(0) { $0 + $1.requests } == 160)
  }

  @Test func anyShapeOfTheSameRecords() throws {
    let page = try Data(contentsOf: Fixture.root.appending(path: "litellm/api/spend_logs_v2.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: page) as? [String: Any])
    let rows = try #require(object["data"] as? [[String: Any]])
    func json(_ value: Any, _ options: JSONSerialization.WritingOptions = []) throws -> Data {
      try JSONSerialization.data(withJSONObject: value, options: options)
    }
    func joined(_ values: [Any], _ end: String, _ options: JSONSerialization.WritingOptions = []) throws -> Data {
      var text = Data()
      for value in values {
        text += try json(value, options)
        text += Data(end.utf8)
      }
      return text
    }
    let lines = try joined(rows, "\n")
    let halves: [Any] = [Array(rows.prefix(2)), Array(rows.dropFirst(2))]
    let shapes: [Data] = [
      lines, page, try json(rows), try json(rows, .prettyPrinted), try json(object, .prettyPrinted),
      try joined(rows, "\n", .prettyPrinted), try joined(halves, "\n"), try joined(rows, "\r\n"),
    ]
    let bench = try Workbench()
    try lines.write(to: bench.log("rows"))
    try bench.ingest()
    #expect(try bench.totals().values.reduce(0) { $0 + $1.counts.requests } == rows.count)
    for (index, shape) in shapes.enumerated() {
      let other = try Workbench()
      try shape.write(to: other.log("rows"))
      let report = try other.ingest()
      #expect(report.skippedCount == 0, "shape \(index)")
      #expect(try other.figures() == bench.figures(), "shape \(index)")
      #expect(try other.ingest().filesRead == 0)
    }
    // A torn line costs itself, wherever it stands, and no other.
    let torn = Data(#"{"request_id":"x","call_type":"acompletion","metadata":{"a":"b"#.utf8) + Data("\n".utf8)
    for shape in [torn + lines, lines + torn + lines] {
      let other = try Workbench()
      try shape.write(to: other.log("rows"))
      #expect(try other.ingest().skippedCount == 1)
      #expect(try other.figures() == bench.figures())
    }
    // One object a file, as in a bucket: without a line end.
    let bucket = try Workbench()
    for (index, row) in rows.enumerated() { try json(row).write(to: bucket.log("time-\(index).json")) }
    try bucket.ingest()
    #expect(try bucket.figures() == bench.figures())
  }

  @Test func freeClaudeCode6AsItsLogHasIt() throws {
    let bench = try Workbench()
    #expect(try bench.ingest(paths(Self.freeClaudeCode)).skippedCount == 0)
    let figures = try figures(bench)
    for (name, total) in try totals("free-claude-code-6", "from_log") {
      #expect(figures[name]?.requests == total["requests"] as? Int, "\(name)")
    }
    #expect(figures.values.reduce(0) { $0 + $1.requests } == 120)
    // Request by request: measured, estimated or neither, and of what is measured the prompt and the answer.
    var (measured, estimated, prompt, output) = (0, 0, 0, 0)
    for line in try Fixture.lines("free-claude-code-6/expected.jsonl") {
      switch line["class_by_log"] as? String {
      case "measured":
        let truth = try #require(line["truth"] as? [String: Any])
        measured += 1
        prompt += ["inp", "cr", "w5", "w1"].reduce(0) { $0 + (truth[$1] as? Int ?? 0) }
        output += truth["out"] as? Int ?? 0
      case "estimated": estimated += 1
      default: break
      }
    }
    #expect(figures.values.reduce(0) { $0 + $1.measured } == measured)
    #expect(figures.values.reduce(0) { $0 + $1.estimated } == estimated)
    #expect(figures.values.reduce(0) { $0 + $1.tokens.dropLast().reduce(0, +) } == Int64(prompt))
    #expect(figures.values.reduce(0) { $0 + $1.tokens[4] } == Int64(output))
  }

  /// Each request that the fixture's truth names, with its own outcome: 20 were refused before an answer, of 13 a
  /// stream was cut after it had begun, and what the client left, nobody knows.
  /// A stream that breaks off is tried ten times, each of them billed: the least that went into the request is their sum.
  @Test func eachTryOfFreeClaudeCode6IsKnown() throws {
    let bench = try Workbench()
    try bench.ingest(paths(["free-claude-code-6/debug/server.log.gz"]))
    let bounds = try bench.ledger.lowerBounds(in: 0..<4_102_444_800_000, scope: .all)
    let bound = try #require(bounds.first { $0.model.model == "MiniMax-M2.7" })
    #expect(bound.requests == 1)
    #expect(
      bound.tokens
        == TokenUsage(input: 362_437, cacheRead: 130_397, cacheWrite5m: 6143, cacheWrite1h: 12_925, output: 10))
  }

  @Test func eachRequestOfFreeClaudeCode6IsWhatItsUpstreamKnows() throws {
    let bench = try Workbench()
    try bench.ingest(paths(Self.freeClaudeCode))
    let truth = try Fixture.lines("free-claude-code-6/expected.jsonl")
    var expected: [String: Int] = [:]
    for line in truth {
      let model = "\(line["provider_id"] as? String ?? "")/\(line["model"] as? String ?? "")"
      let outcome: String
      switch (line["outcome"] as? String, line["class_by_log"] as? String) {
      case ("failure", _):
        let isCut = ["cut", "err_in_stream"].contains(line["behaviour"] as? String ?? "")
        outcome = isCut ? "unknown" : "failed"
      case ("success", "measured"): outcome = "measured"
      case ("success", "estimated"): outcome = "estimated"
      default: outcome = "unknown"
      }
      expected["\(model) \(line["status"] as? Int ?? 0) \(outcome)", default: 0] += 1
    }
    let found = try bench.ledger.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT provider || '/' || model.model || ' ' || coalesce(status, 0) || ' ' || CASE
            WHEN source = 4 THEN 'estimated' WHEN source > 0 THEN 'measured'
            WHEN \(RequestColumns.failed) THEN 'failed' ELSE 'unknown' END AS what, count(*) AS count
          FROM request JOIN model ON model.id = request.model GROUP BY 1
          """
      ).reduce(into: [String: Int]()) { $0[$1["what"]] = $1["count"] }
    }
    #expect(found == expected)
    #expect(expected.reduce(0) { $0 + ($1.key.hasSuffix("failed") ? $1.value : 0) } == 20)
  }

  /// Each request that LiteLLM wrote down, with its own class and, where that is measured, its upstream's tokens.
  @Test func eachRequestOfLiteLLMIsWhatItsUpstreamKnows() throws {
    let bench = try Workbench()
    try bench.ingest(paths(Self.liteLLM))
    var seen = 0
    for line in try Fixture.lines("litellm/expected.jsonl") where line["superseded"] as? Bool == false {
      guard let record = line["record"] as? [String: Any], let id = record["litellm_call_id"] as? String
      else { continue }
      seen += 1
      let row = try #require(
        try bench.ledger.read { database in
          try Row.fetchOne(
            database,
            sql: """
              SELECT source, \(RequestColumns.failed) AS failed, input, cache_read, cache_write_5m, cache_write_1h,
                output
              FROM call_key JOIN request ON request.id = call_key.request WHERE call_key.key = ?
              """, arguments: [KeyHash.router("litellm:\(id)")])
        }, "\(id)")
      let source: Int = row["source"]
      let (isMeasured, isEstimated) = ((1...3).contains(source), source == 4)
      switch record["class"] as? String {
      case "measured":
        #expect(isMeasured, "\(id)")
        let known = line["verdict"] as? String == "EXACT" ? line["truth"] : record["tokens"]
        let tokens = try #require(known as? [String: Any])
        for (column, key) in [
          ("input", "inp"), ("cache_read", "cr"), ("cache_write_5m", "w5"), ("cache_write_1h", "w1"), ("output", "out"),
        ] {
          #expect(row[column] as Int? == tokens[key] as? Int, "\(id) \(column)")
        }
      case "estimated", "unproven": #expect(isEstimated, "\(id)")
      case "failed": #expect(row["failed"] as Bool && !isMeasured && !isEstimated, "\(id)")
      default: #expect(!isMeasured && !isEstimated && !(row["failed"] as Bool), "\(id)")
      }
    }
    #expect(seen == 157)
  }

  /// Each upstream call of Claude Code: whether an event describes it, and with which tokens.
  @Test func eachEventOfTelemetryIsWhatItsUpstreamKnows() throws {
    let bench = try Workbench()
    try bench.ingest(paths(Self.telemetry))
    for line in try Fixture.lines("claude-code-otel/expected.jsonl") {
      guard let id = line["upstream_request_id"] as? String else { continue }
      let row = try bench.ledger.read { database in
        try Row.fetchOne(
          database,
          sql: "SELECT input, cache_read, cache_write_5m, cache_write_1h, output FROM message WHERE header = ?",
          arguments: [KeyHash.header(id)])
      }
      #expect((row != nil) == (line["api_request_event"] as? Bool == true), "\(id)")
      guard let row else { continue }
      guard line["event_exact"] as? Bool == true else {
        #expect(row["input"] as Int? == nil, "\(id)")
        continue
      }
      let usage = try #require(line["usage"] as? [String: Any])
      func count(_ key: String, in object: [String: Any]) -> Int { object[key] as? Int ?? 0 }
      let long = count("ephemeral_1h_input_tokens", in: usage["cache_creation"] as? [String: Any] ?? [:])
      let expected = [
        count("input_tokens", in: usage), count("cache_read_input_tokens", in: usage),
        count("cache_creation_input_tokens", in: usage) - long, long, count("output_tokens", in: usage),
      ]
      #expect((0..<5).map { row[$0] as Int } == expected, "\(id)")
    }
  }

  /// Rows of earlier versions have no column for the outcome, and a table can be told to leave usage out.
  @Test func rowsThatSayLessAreNotTakenForMore() throws {
    let page = try Data(contentsOf: Fixture.root.appending(path: "litellm/api/spend_logs_v2.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: page) as? [String: Any])
    let rows = try #require(object["data"] as? [[String: Any]])
    func ingested(_ change: (inout [String: Any]) -> Void) throws -> Workbench {
      let bench = try Workbench()
      for (index, row) in rows.enumerated() {
        var row = row
        change(&row)
        try JSONSerialization.data(withJSONObject: row).write(to: bench.log("\(index).json"))
      }
      try bench.ingest()
      return bench
    }
    let whole = try ingested { _ in }
    #expect(try ingested { $0["status"] = nil }.figures() == whole.figures())
    let bare = try ingested { row in
      var metadata = row["metadata"] as? [String: Any] ?? [:]
      metadata["usage_object"] = nil
      row["metadata"] = metadata
    }
    let (before, after) = (try figures(whole).values, try figures(bare).values)
    #expect(after.reduce(0) { $0 + $1.requests } == before.reduce(0) { $0 + $1.requests })
    // All of them are streams, of which nothing else tells whose the counts are.
    #expect(after.allSatisfy { $0.measured == 0 && $0.estimated == $0.requests })
  }

  /// A last object without a line end counts where it is whole: batches are written at once, and end in none.
  @Test func theLastObjectOfABatchNeedsNoLineEnd() throws {
    let bench = try Workbench()
    try bench.ingest(paths(Self.liteLLM))
    let other = try Workbench()
    for (index, name) in Self.liteLLM.enumerated() {
      var bytes = try plain(Fixture.root.appending(path: name).path)
      while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      try Data(bytes).write(to: other.log("batch-\(index).ndjson"))
    }
    try other.ingest()
    #expect(try other.figures() == bench.figures())
  }

  @Test func telemetryAsItsUpstreamCounted() throws {
    let bench = try Workbench()
    let metrics = ["a", "b"].map { "claude-code-otel/\($0)/otlp-metrics.jsonl.gz" }
    #expect(try bench.ingest(paths(Self.telemetry + metrics)).skippedCount == 0)
    let found = try bench.totals().reduce(into: [String: Figures]()) { found, total in
      let tokens = total.value.tokens
      found[total.key.model] = Figures(
        requests: total.value.counts.requests, measured: total.value.counts.measured, estimated: 0,
        unknown: total.value.counts.unknown, failed: 0,
        tokens: [tokens.input, tokens.cacheRead, tokens.cacheWrite5m, tokens.cacheWrite1h, tokens.output])
    }
    for (model, total) in try totals("claude-code-otel", "from_events") {
      func count(_ key: String) -> Int { total[key] as? Int ?? 0 }
      let expected = Figures(
        requests: count("api_request"), measured: count("measured"), estimated: 0,
        unknown: count("unknown (all zero)"), failed: 0,
        tokens: ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"].map { Int64(count($0)) })
      #expect(found[model] == expected, "\(model)")
    }
  }

  @Test func ccSwitchAsItsTruthHasIt() throws {
    let bench = try Workbench()
    let database = bench.log("cc-switch.db")
    try Data(contentsOf: Fixture.root.appending(path: "cc-switch/cc-switch.db")).write(to: database)
    let report = try bench.ingest()
    #expect(report.skippedRows.isEmpty && report.failures.isEmpty)
    let found = try figures(bench)
    var routed = 0
    for (name, total) in try totals("cc-switch", "by_model") where !name.hasPrefix("_session") {
      func count(_ key: String) -> Int { total[key] as? Int ?? 0 }
      routed += count("requests")
      #expect(
        found[name]
          == Figures(
            requests: count("requests"), measured: count("measured"), estimated: 0, unknown: count("unknown"),
            failed: count("failed"),
            tokens: [
              Int64(count("input")), Int64(count("cache_read")), Int64(count("cache_write_5m")), 0,
              Int64(count("output")),
            ]), "\(name)")
    }
    #expect(found.values.reduce(0) { $0 + $1.requests } == routed)
    // Nothing new is nothing read; read again from its start it is the same.
    #expect(try bench.ingest().filesRead == 0)
    let before = try bench.figures()
    try bench.ledger.write { try $0.execute(sql: "DELETE FROM store") }
    try bench.ingest()
    #expect(try bench.figures() == before)
  }

  @Test func ccSwitchWritesOverAFreshRow() throws {
    let bench = try Workbench()
    let database = bench.log("cc-switch.db")
    try Data(contentsOf: Fixture.root.appending(path: "cc-switch/cc-switch.db")).write(to: database)
    let queue = try DatabaseQueue(path: database.path)
    func write(_ sql: String) throws { try queue.write { try $0.execute(sql: sql) } }
    try write(
      """
      UPDATE proxy_request_logs SET output_tokens = 1, total_cost_usd = '0'
      WHERE rowid = (SELECT max(rowid) FROM proxy_request_logs WHERE data_source = 'proxy' AND status_code = 200)
      """)
    try bench.ingest()
    try write("UPDATE proxy_request_logs SET output_tokens = 77777, total_cost_usd = '1' WHERE output_tokens = 1")
    #expect(try bench.ingest().requestsAdded == 0)
    let count = "SELECT count(*) FROM request WHERE output = 77777"
    #expect(try bench.ledger.read { try Int.fetchOne($0, sql: count) } == 1)
    #expect(try bench.ingest().skippedRows.isEmpty)
  }

  /// CC Switch writes the status down that a stream began with, and no output where the client left before its end.
  @Test(arguments: [true, false]) func ccSwitchOfAStreamWithoutItsEnd(isStream: Bool) throws {
    let bench = try Workbench()
    let database = bench.log("cc-switch.db")
    try Data(contentsOf: Fixture.root.appending(path: "cc-switch/cc-switch.db")).write(to: database)
    let queue = try DatabaseQueue(path: database.path)
    try queue.write { database in
      try database.execute(
        sql: """
          UPDATE proxy_request_logs SET input_tokens = 777777, output_tokens = 0, is_streaming = ?
          WHERE rowid = (SELECT max(rowid) FROM proxy_request_logs WHERE data_source = 'proxy' AND output_tokens > 0)
          """, arguments: [isStream])
    }
    try queue.close()
    try bench.ingest()
    let reason = UnmeasuredReason.switchStore(.cut)
    let (cut, bound, measured) = try bench.ledger.read { database in
      try (
        Int.fetchOne(database, sql: "SELECT count(*) FROM request WHERE reason = ?", arguments: [Codes.code(reason)]),
        Int64.fetchOne(database, sql: "SELECT input FROM lower_bound WHERE input = 777777"),
        Int.fetchOne(database, sql: "SELECT count(*) FROM request WHERE input = 777777 AND source = 1")
      )
    }
    #expect(cut == (isStream ? 1 : 0))
    #expect(bound == (isStream ? 777_777 : nil))
    #expect(measured == (isStream ? 0 : 1))
  }

  /// Databases of earlier versions lack columns, and rows of before a column can lack its value.
  @Test(arguments: [
    ["ALTER TABLE proxy_request_logs DROP COLUMN request_model"],
    ["ALTER TABLE proxy_request_logs DROP COLUMN first_token_ms"],
    [
      "CREATE TABLE copy AS SELECT * FROM proxy_request_logs", "DROP TABLE proxy_request_logs",
      "ALTER TABLE copy RENAME TO proxy_request_logs",
      "UPDATE proxy_request_logs SET data_source = NULL WHERE data_source = 'proxy'",
    ],
    [
      """
      UPDATE proxy_request_logs SET input_tokens = input_tokens - cache_creation_tokens
      WHERE input_token_semantics = 1
      """, "UPDATE proxy_request_logs SET input_token_semantics = 0",
    ],
    ["UPDATE proxy_request_logs SET input_tokens = input_tokens, error_message = 'sk-CANARY'"],
  ])
  func ccSwitchOfAnyVersion(changes: [String]) throws {
    let (plain, changed) = (try Workbench(), try Workbench())
    for bench in [plain, changed] {
      try Data(contentsOf: Fixture.root.appending(path: "cc-switch/cc-switch.db")).write(to: bench.log("cc-switch.db"))
    }
    let queue = try DatabaseQueue(path: changed.log("cc-switch.db").path)
    try queue.write { database in for change in changes { try database.execute(sql: change) } }
    try queue.close()
    try plain.ingest()
    #expect(try changed.ingest().skippedRows.isEmpty)
    #expect(try figures(changed) == figures(plain))
  }

  /// The client's own records of the same calls make no request more, whenever they are read.
  @Test(arguments: RouterFixtureTests.houses)
  func clientsRecordsOfTheSameCallsAddNone(house: House) throws {
    let (router, clients, requests) = (house.router, house.clients, house.requests)
    let benches = [try Workbench(), try Workbench(), try Workbench()]
    try benches[0].ingest(paths(router + clients))
    for names in [router, clients, router] { try benches[1].ingest(paths(names)) }
    for name in (router + clients).reversed() { try benches[2].ingest(paths([name])) }
    for bench in benches {
      #expect(try figures(bench).values.reduce(0) { $0 + $1.requests } == requests)
      #expect(try bench.figures() == benches[0].figures())
    }
  }

  @Test func telemetryAndTranscriptsAreOneInAnyOrder() throws {
    let folders = ["claude-code-otel/a", "claude-code-otel/b"]
    let (first, second, transcripts) = (try Workbench(), try Workbench(), try Workbench())
    try first.ingest(paths(Self.telemetry))
    try first.ingest(paths(folders.map { "\($0)/projects" }))
    try second.ingest(paths(folders.map { "\($0)/projects" }))
    try transcripts.ingest(paths(folders.map { "\($0)/projects" }))
    try second.ingest(paths(Self.telemetry))
    #expect(try first.figures() == second.figures())
    #expect(try first.figures().count == transcripts.figures().count)
  }

  @Test(arguments: Thoroughness.seeds(3))
  func aSplitChangesNothing(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let whole = try Workbench()
    try whole.ingest(paths(Self.freeClaudeCode + Self.liteLLM))
    let bench = try Workbench()
    for (index, name) in (Self.freeClaudeCode + Self.liteLLM).enumerated() {
      let plain = try plain(Fixture.root.appending(path: name).path)
      var written = 0
      while written < plain.count {
        written = min(plain.count, written + Int.random(in: 1...600_000, using: &chance))
        try Data(plain[..<written]).write(to: bench.log("log-\(index)"))
        try bench.ingest(batchBytes: Int64.random(in: 5_000...500_000, using: &chance))
      }
    }
    #expect(try bench.figures() == whole.figures())
  }

  private func plain(_ path: String) throws -> [UInt8] {
    var source = GzipSource(try FileSource(path: path), path: path)
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = try source.read(into: &buffer, from: 0)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  @Test func noKeyPromptOrAnswerReachesTheLedger() throws {
    let bench = try Workbench()
    let database = bench.log("cc-switch.db")
    try Data(contentsOf: Fixture.root.appending(path: "cc-switch/cc-switch.db")).write(to: database)
    try bench.ingest(paths(Self.liteLLM + Self.spendRows + Self.freeClaudeCode + Self.telemetry) + [database.path])
    try bench.ledger.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    let folder = URL(filePath: bench.ledger.path).deletingLastPathComponent()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let bytes = try Data(contentsOf: folder.appending(path: name))
      for canary in ["CANARY", "quick brown fox"] {
        #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(name) holds \(canary)")
      }
    }
  }
}
