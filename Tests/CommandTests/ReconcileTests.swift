import Foundation
import Model
import TestSupport
import Testing

/// Bills made from what the fixtures' upstream counted, against a ledger that has only the router's logs.
@Suite struct ReconcileTests {
  /// What the upstream knows of a MiniMax call that it answered.
  private struct Call {
    var started: Date
    var tokens: [String: Int64]
  }

  private static func calls() throws -> [Call] {
    try String(contentsOfFile: Fixtures.path("ccr-v1/truth.jsonl"), encoding: .utf8).split(separator: "\n").compactMap {
      guard let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any],
        line["model"] as? String == "MiniMax-M2.7", line["http_status"] as? Int == 200,
        let usage = line["usage"] as? [String: Any], let time = line["ts"] as? Double
      else { return nil }
      func count(_ key: String) -> Int64 { (usage[key] as? NSNumber)?.int64Value ?? 0 }
      return Call(
        started: Date(timeIntervalSince1970: time / 1000),
        tokens: [
          "input": count("input_tokens") + count("cache_creation_input_tokens"),
          "cache_read": count("cache_read_input_tokens"), "output": count("output_tokens"),
        ])
    }
  }

  /// Dollars, at rates that the test alone knows.
  private static func cost(_ call: Call) -> Double {
    Double(call.tokens["input"] ?? 0) * 0.3e-6 + Double(call.tokens["cache_read"] ?? 0) * 0.06e-6
      + Double(call.tokens["output"] ?? 0) * 1.2e-6
  }

  private static func export(_ calls: [Call], _ file: String) throws {
    var text = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug\r\n"
    let format = ISO8601DateFormatter()
    for (number, call) in calls.enumerated() {
      let prompt = (call.tokens["input"] ?? 0) + (call.tokens["cache_read"] ?? 0)
      let cost = String(format: "%.9f", Self.cost(call))
      text += "gen-\(number),\(format.string(from: call.started)),\(cost),\(prompt),\(call.tokens["output"] ?? 0),"
      text += "\(call.tokens["cache_read"] ?? 0),minimax/minimax-m2.7\r\n"
    }
    try text.write(toFile: file, atomically: true, encoding: .utf8)
  }

  private func place() throws -> AuditTests.Place {
    let place = try AuditTests.Place()
    try place.ingest(fixtures: "ccr-v1/logs")
    return place
  }

  private func rows(_ place: AuditTests.Place, _ file: String, _ more: String...) throws -> [[String: Any]] {
    let outcome = try place.run(["reconcile", file, "--provider", "minimax", "--format", "json"] + more)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let bill = try #require((json?["bills"] as? [[String: Any]])?.first)
    return try #require(bill["rows"] as? [[String: Any]])
  }

  private func sum(_ rows: [[String: Any]], _ key: String) -> Decimal {
    rows.reduce(0) { $0 + (Decimal(string: $1[key] as? String ?? "") ?? 0) }
  }

  private func beyond(_ rows: [[String: Any]]) -> [String: Int64] {
    rows.reduce(into: [:]) { sums, row in
      for (key, value) in row["tokens_beyond_measured"] as? [String: Any] ?? [:] {
        sums[key, default: 0] += (value as? NSNumber)?.int64Value ?? 0
      }
    }.filter { $0.value != 0 }
  }

  @Test func aBillMeasuresWhatTheLogCouldNot() throws {
    let place = try place()
    defer { place.remove() }
    let calls = try Self.calls()
    let file = "\(place.path)/logs.csv"
    try Self.export(calls, file)
    let rows = try rows(place, file, "--record")
    #expect(sum(rows, "unmeasured_usd") == sum(rows, "billed_usd"))
    #expect(sum(rows, "unexplained_usd") == 0 && sum(rows, "others_usd") == 0)
    let truth = calls.reduce(into: [String: Int64]()) { $0.merge($1.tokens, uniquingKeysWith: +) }
    #expect(beyond(rows) == truth.filter { $0.value != 0 })

    // It counts once.
    let again = try place.run(["reconcile", file, "--provider", "minimax", "--record"])
    #expect(again.errors.contains("kept before"))
  }

  @Test func requestsOfAnotherMachineAreTheirOwnAmount() throws {
    let place = try place()
    defer { place.remove() }
    var calls = try Self.calls()
    let own = calls.count
    let foreign = calls.prefix(3).map { Call(started: $0.started + 7 * 3600, tokens: $0.tokens) }
    calls += foreign
    let file = "\(place.path)/logs.csv"
    try Self.export(calls, file)
    let rows = try rows(place, file)
    #expect(rows.reduce(0) { $0 + ((($1["matched"] as? [String: Any])?["others"] as? Int) ?? 0) } == 3)
    let expected = foreign.reduce(0) { $0 + Self.cost($1) }
    #expect(abs((sum(rows, "others_usd") as NSDecimalNumber).doubleValue - expected) < 1e-6)
    #expect(own > 40)
  }

  @Test func sumsOfDaysTellTheSameWhereTheNumbersOfRequestsAgree() throws {
    let place = try place()
    defer { place.remove() }
    let calls = try Self.calls()
    let day = ISO8601DateFormatter()
    day.formatOptions = [.withFullDate]
    var text = "Date,Model,Requests,Total,In,Cached,Out\n"
    for (date, calls) in Dictionary(grouping: calls, by: { day.string(from: $0.started) }).sorted(by: {
      $0.key < $1.key
    }) {
      func tokens(_ key: String) -> Int64 { calls.reduce(0) { $0 + ($1.tokens[key] ?? 0) } }
      let cost = String(format: "%.9f", calls.reduce(0) { $0 + Self.cost($1) })
      text +=
        "\(date),MiniMax-M2.7,\(calls.count),\(cost),\(tokens("input")),\(tokens("cache_read")),\(tokens("output"))\n"
    }
    let file = "\(place.path)/table.csv"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    let columns = "day=Date,model=Model,requests=Requests,cost=Total,input=In,cache_read=Cached,output=Out"
    let rows = try rows(place, file, "--columns", columns)
    #expect(sum(rows, "unmeasured_usd") == sum(rows, "billed_usd"))
    let truth = calls.reduce(into: [String: Int64]()) { $0.merge($1.tokens, uniquingKeysWith: +) }
    #expect(beyond(rows) == truth.filter { $0.value != 0 })
  }

  @Test func whatIsNoBillIsNamedAndNothingIsKept() throws {
    let place = try place()
    defer { place.remove() }
    let file = "\(place.path)/x.csv"
    try "a,b\n1,2\n".write(toFile: file, atomically: true, encoding: .utf8)
    let outcome = try place.run(["reconcile", file, "--record"])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("--columns day=a"))
    #expect(try place.run(["reconcile", "\(place.path)/none.csv"]).exitCode == 2)
  }
}
