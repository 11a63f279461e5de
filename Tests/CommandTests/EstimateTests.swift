import Foundation
import TestSupport
import Testing

/// Estimates, coverage and sources through the built program.
struct EstimateTests {
  typealias Place = AuditTests.Place

  /// A log of claude-code-router 1.x: streams of a model, each with a prompt of some length and an answer of chunks of
  /// the same length, a token each; `usage` says whether the upstream reported it.
  static func log(_ requests: [(prompt: Int, answer: Int, usage: Bool)], model: String = "minimax,MiniMax-M2.7")
    -> String
  {
    var (lines, time) = ([String](), 1_782_259_200_000)
    for (index, request) in requests.enumerated() {
      let id = "req-" + String(index + 1, radix: 36)
      func line(_ level: Int, _ rest: String) {
        time += 1
        lines.append(#"{"level":\#(level),"time":\#(time),"pid":7,"hostname":"h","reqId":"\#(id)",\#(rest)}"#)
      }
      func chunk(_ json: String) {
        line(20, #""type":"recieved data","data":"\#(json.replacing("\"", with: "\\\""))""#)
      }
      line(30, #""req":{"method":"POST","url":"/v1/messages","hostname":"h"},"msg":"incoming request""#)
      let text = String(repeating: "word", count: request.prompt)
      line(
        30,
        #""data":{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}],"stream":true},"#
          + #""type":"request body""#)
      line(
        20, #""request":{"method":"POST","headers":{},"body":"{}"},"headers":{},"requestUrl":"u","msg":"final request""#
      )
      for _ in 0..<request.answer {
        chunk(#"{"id":"c","choices":[{"index":0,"delta":{"content":"word"},"finish_reason":null}]}"#)
      }
      if request.usage {
        chunk(
          #"{"id":"c","choices":[],"usage":{"prompt_tokens":\#(request.prompt),"completion_tokens":\#(request.answer)}}"#
        )
      }
      line(30, #""res":{"statusCode":200},"responseTime":5.1,"msg":"request completed""#)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  static func requests(measured: Int, unknown: Int) -> [(prompt: Int, answer: Int, usage: Bool)] {
    (0..<measured).map { (3000 + 37 * $0, 100 + 7 * $0, true) } + (0..<unknown).map { (3500 + 50 * $0, 200, false) }
  }

  static func place(_ text: String) throws -> Place {
    let place = try Place()
    let path = "\(place.path)/ccr-20260624000000.log"
    try Data(text.utf8).write(to: URL(filePath: path))
    let read = try place.run(["ingest", path])
    #expect(read.exitCode == 0, "\(read.errors)")
    return place
  }

  /// What no estimate may change.
  static func measured(_ report: [String: Any]) throws -> Data {
    var report = report
    let models = (report["models"] as? [[String: Any]] ?? []).filter {
      !["estimated", "unknown"].contains($0["source"] as? String)
    }.map { row in
      var row = row
      for name in ["estimated", "unknown", "usage_sources"] { row[name] = nil }
      return row
    }
    let share = (report["coverage"] as? [String: Any])?["share"]
    for name in ["coverage", "estimate", "generated_at"] { report[name] = nil }
    report["models"] = models
    report["share"] = share
    return try JSONSerialization.data(withJSONObject: report, options: .sortedKeys)
  }

  @Test func unknownStreamsAreEstimatedApart() throws {
    let place = try Self.place(Self.log(Self.requests(measured: 30, unknown: 5)))
    defer { place.remove() }
    let plain = try place.report("--all")
    let report = try place.report("--all", "--estimate")
    #expect(try Self.measured(plain) == Self.measured(report))
    let row = try #require((report["models"] as? [[String: Any]])?.first)
    #expect(row["unknown"] as? Int == 0)
    #expect(row["measured"] as? Int == 30)
    let estimated = try #require(row["estimated"] as? [String: Any])
    #expect(estimated["requests"] as? Int == 5)
    #expect(estimated["method"] as? String == "bytes")
    let tokens = try #require(estimated["tokens"] as? [String: Int])
    // The log's own truth, which nobody told: 5 prompts of 18,000 words and 5 answers of 200 chunks.
    #expect(abs(Double(tokens["input"] ?? 0) / 18_000 - 1) < 0.02)
    #expect(abs(Double(tokens["output"] ?? 0) / 1000 - 1) < 0.02)
    let error = try #require(estimated["error"] as? [String: String])
    #expect(error["median"].flatMap(Double.init).map { $0 < 0.02 } == true)
    let coverage = try #require(report["coverage"] as? [String: Any])
    #expect(coverage["estimated"] as? Int == 5)
    #expect(coverage["unknown"] as? Int == 0)
    #expect((plain["coverage"] as? [String: Any])?["unknown"] as? Int == 5)
    #expect((plain["coverage"] as? [String: Any])?["estimated"] as? Int == 0)
    #expect((plain["models"] as? [[String: Any]])?.first?["estimated"] is NSNull)
    #expect(plain["estimate"] is NSNull)

    for format in ["table", "markdown"] {
      let text = try place.run(["report", "--all", "--estimate", "--format", format]).output
      // Markdown has its dollars escaped.
      let plain = text.replacing("\\$", with: "$")
      let line = try #require(plain.split(separator: "\n").first { $0.contains("By the token: measured $") })
      #expect(line.contains(" + estimated $"))
      #expect(line.contains(#/estimated \$[0-9.]+ \(\$[0-9.]+(?: to \$[0-9.]+)? at 90% confidence\)/#))
      #expect(text.contains("measured 30: 30 by the provider"))
      #expect(try !place.run(["report", "--all", "--format", format]).output.contains("stimated"))
    }
    let csv = try place.run(["report", "--all", "--estimate", "--format", "csv"]).output
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(csv.count == 2 && csv[0].count == csv[1].count)
    let column = try #require(csv[0].firstIndex(of: "estimated_cost_usd"))
    #expect(String(csv[1][column]) == estimated["cost_usd"] as? String)
  }

  @Test func twentyNineMeasuredRequestsAreTooFew() throws {
    let place = try Self.place(Self.log(Self.requests(measured: 29, unknown: 5)))
    defer { place.remove() }
    let report = try place.report("--all", "--estimate")
    #expect((report["coverage"] as? [String: Any])?["unknown"] as? Int == 5)
    #expect((report["models"] as? [[String: Any]])?.first?["estimated"] is NSNull)
    let table = try place.run(["report", "--all", "--estimate"], shell: nil).output
    #expect(table.contains("5 requests not estimated: 29 measured requests with input bytes, 30 are needed"))
  }

  @Test func theFixturesMeasuredFiguresStayTheSame() throws {
    let place = try Place()
    defer { place.remove() }
    _ = try place.run(["ingest", Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code")])
    for grouping in ["model", "day", "route", "session", "source"] {
      let plain = try place.report("--all", "--by", grouping)
      let report = try place.report("--all", "--by", grouping, "--estimate")
      #expect(try Self.measured(plain) == Self.measured(report))
    }
    // What the mock upstream counted has nothing to do with the bytes it sent, and that is found.
    let table = try place.run(["report", "--all", "--estimate"]).output
    #expect(table.contains("ollama/glm-5.2: 26 requests not estimated: the input estimate would be off by"))
    #expect(table.contains("ollama/glm-5.2: 8 requests not estimated: the input estimate would be off by"))
    #expect(table.contains("minimax/MiniMax-M2.7: 6 requests cannot be estimated"))
    #expect(table.contains("measured 160: 100 by the provider, 60 by the client"))
  }

  @Test func aProxysOwnCountIsUnknownUntilEstimatesAreWanted() throws {
    let place = try Place()
    defer { place.remove() }
    _ = try place.run(["ingest", Fixtures.path("free-claude-code/server.log")])
    func counts(_ report: [String: Any]) -> [Int] {
      let coverage = report["coverage"] as? [String: Any] ?? [:]
      return ["measured", "estimated", "unknown"].map { coverage[$0] as? Int ?? -1 }
    }
    let plain = try place.report("--all")
    let report = try place.report("--all", "--estimate")
    #expect(counts(plain) == [33, 0, 24])
    #expect(counts(report) == [33, 9, 15])
    #expect(try Self.measured(plain) == Self.measured(report))
    let rows = try #require(report["models"] as? [[String: Any]])
    let estimates = rows.compactMap { $0["estimated"] as? [String: Any] }
    #expect(estimates.map { $0["requests"] as? Int } == [7, 2])
    #expect(estimates.allSatisfy { $0["method"] as? String == "proxy" && $0["error"] is NSNull })
    #expect(try place.run(["report", "--all", "--estimate"]).output.contains("as the proxy itself counted"))
  }

  @Test func minimalCoverageDecidesTheExitCodeAfterTheReport() throws {
    let place = try Self.place(Self.log(Self.requests(measured: 30, unknown: 10)))
    defer { place.remove() }
    for limit in ["0.75", "75%", "0"] {
      #expect(try place.run(["report", "--all", "--min-coverage", limit]).exitCode == 0, "\(limit)")
    }
    let plain = try place.run(["report", "--all"])
    // What is estimated covers nothing.
    for arguments in [["--min-coverage", "0.7500001"], ["--min-coverage", "76%"]] {
      let outcome = try place.run(["report", "--all"] + arguments)
      #expect(outcome.exitCode == 2)
      #expect(outcome.output == plain.output)
      #expect(outcome.errors.contains("the coverage is 75% (30 of 40 answered requests"))
    }
    #expect(try place.run(["report", "--all", "--estimate", "--min-coverage", "76%"]).exitCode == 2)
    #expect(try place.run(["report", "--all", "--min-coverage", "2"]).exitCode == 64)
    #expect(
      try place.run(["report", "--since", "2020-01-01", "--until", "2020-01-02", "--min-coverage", "1"]).exitCode == 0)

    let config = "\(place.path)/config.yaml"
    try Data("thresholds:\n  min_coverage: \"0.9\"\n".utf8).write(to: URL(filePath: config))
    let configured = try place.run(["report", "--all", "--config", config])
    #expect(configured.exitCode == 2)
    #expect(configured.errors.contains("below the limit of 90%"))
    #expect(try place.run(["report", "--all", "--config", config, "--min-coverage", "0.5"]).exitCode == 0)
  }

  @Test func runAppendsTheHistoryBelowTheCoverageToo() throws {
    let place = try Place()
    defer { place.remove() }
    let path = "\(place.path)/ccr-20260624000000.log"
    try Data(Self.log(Self.requests(measured: 30, unknown: 10)).utf8).write(to: URL(filePath: path))
    let outcome = try place.run(["run", "--date", "2026-06-24", "--min-coverage", "0.9", "--estimate", path])
    #expect(outcome.exitCode == 2)
    #expect(outcome.output.contains("estimated from bytes"))
    let history = try String(contentsOfFile: place.history, encoding: .utf8)
    // No estimate reaches it.
    #expect(history.contains(#""estimated": 0, "unknown": 10}"#))
    #expect(try place.run(["run", "--date", "2026-06-24", path]).exitCode == 0)
    #expect(try String(contentsOfFile: place.history, encoding: .utf8) == history)
  }

  @Test(arguments: [["ccr-v1/logs", "claude-code"], ["ccr-v3/closed"], ["free-claude-code/server.log"]])
  func bySourceIsTheSameTrafficInOtherRows(sources: [String]) throws {
    let place = try Place()
    defer { place.remove() }
    _ = try place.run(["ingest"] + sources.map(Fixtures.path))
    let (whole, split) = (try place.report("--all"), try place.report("--all", "--by", "source"))
    for name in ["coverage", "totals"] {
      #expect(whole[name] as? NSDictionary == split[name] as? NSDictionary)
    }
    func sums(_ report: [String: Any]) throws -> [String: [Decimal]] {
      try #require(report["models"] as? [[String: Any]]).reduce(into: [:]) { sums, row in
        let tokens = row["tokens"] as? [String: Int] ?? [:]
        let counts = ["requests", "measured", "failed", "unknown", "unpriced"].map { Decimal(row[$0] as? Int ?? -1) }
        // Where the split of some is not known the whole has no single figure, and the parts may have one.
        let money = Decimal(string: row["baseline_cost_usd_high"] as? String ?? "0") ?? -1
        let figures = counts + tokens.sorted { $0.key < $1.key }.map { Decimal($0.value) } + [money]
        let key = "\(row["provider"] ?? "")/\(row["model"] ?? "") \(row["billing"] ?? "")"
        sums[key] = sums[key].map { zip($0, figures).map(+) } ?? figures
      }
    }
    #expect(try sums(whole) == sums(split))
    for row in split["models"] as? [[String: Any]] ?? [] {
      let source = try #require(row["source"] as? String)
      let counts = try #require(row["usage_sources"] as? [String: Int])
      #expect(counts.allSatisfy { $0.value == 0 || $0.key == source })
    }
    if sources == ["ccr-v3/closed"] {
      let claims = (split["models"] as? [[String: Any]] ?? []).compactMap { $0["claimed"] as? [String: Any] }
      #expect(claims.map { $0["requests"] as? Int } == [164, 3])
      let text = try place.run(["report", "--all", "--by", "source"]).output
      // The router's price is not the table's.
      #expect(text.contains("minimax/MiniMax-M2.7, 164 requests: list price claimed $1.71, audited $2.28"))
    }
  }
}
