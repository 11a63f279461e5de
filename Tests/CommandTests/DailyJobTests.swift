import Commands
import Foundation
import GRDB
import TestSupport
import Testing

/// The daily job with a real server for the messages.
struct DailyJobTests {
  /// A place where MiniMax is dear, and what the clients wrote down is at hand.
  struct Day {
    let place: AuditTests.Place
    let server: LoopbackServer
    let pricing: String

    init(_ server: LoopbackServer) throws {
      place = try AuditTests.Place()
      self.server = server
      pricing = "\(place.path)/pricing"
      let file = URL(filePath: "\(pricing)/minimax.yaml")
      try FileManager.default.createDirectory(atPath: pricing, withIntermediateDirectories: true)
      try Data(Self.dearPrices().utf8).write(to: file)
    }

    /// Only this provider's file: what it does not name has the price within the program.
    static func dearPrices() throws -> String {
      try String(contentsOf: Fixtures.package.appending(path: "pricing/minimax.yaml"), encoding: .utf8)
        .replacing("\"0.24\"", with: "\"24\"").replacing("\"0.30\"", with: "\"30\"")
    }

    var environment: [String: String] {
      [
        "CCR_AUDIT_SLACK_WEBHOOK_URL": server.address, "CCR_AUDIT_PRICING": pricing, "CCR_AUDIT_ORIGIN": "tests",
        "NO_PROXY": "*",
      ]
    }

    func run(_ date: String, shell: String? = nil) throws -> Outcome {
      try place.run(
        ["run", "--date", date, Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")], shell: shell,
        environment: environment)
    }

    func command(_ arguments: String...) throws -> Outcome { try place.run(arguments, environment: environment) }
  }

  @Test func aDearModelIsToldOnceADay() throws {
    let day = try Day(LoopbackServer(.status(200)))
    defer { day.place.remove() }
    let first = try day.run("2026-06-24")
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(first.errors.contains("1 delivered"))
    #expect(try day.run("2026-06-24").errors.contains("0 delivered"))
    #expect(day.server.received.count == 1)
    let message = try #require(day.server.received.first).body
    let json = try #require(try JSONSerialization.jsonObject(with: Data(message.utf8)) as? [String: Any])
    let text = try #require(json["text"] as? String)
    #expect(text.contains("MiniMax-M2.7"))
    #expect(!message.contains("CANARY"))
    #expect(!text.contains("glm-5.2"))
    // Another day is another message.
    _ = try day.run("2026-06-25")
    #expect(day.server.received.count == 2)
    #expect(try day.command("alert", "list").output.split(separator: "\n").count == 2)
  }

  @Test func aServerThatIsDownLosesNothing() throws {
    let day = try Day(LoopbackServer(.status(500), .status(200)))
    defer { day.place.remove() }
    let first = try day.run("2026-06-24")
    #expect(first.exitCode == 2)
    #expect(first.output.contains("MiniMax-M2.7"))
    #expect(first.errors.contains("alerts failed"))
    #expect(first.errors.contains("HTTP 500"))
    #expect(first.errors.contains(#/1 waiting until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(HTTP 500/#))
    let history = try String(contentsOfFile: day.place.history, encoding: .utf8)
    #expect(history.contains("2026-06-24"))
    let elsewhere = try day.place.run(["ingest", Fixtures.path("ccr-v1/logs")])
    #expect(elsewhere.errors.contains("1 message waiting after a failed attempt, and no webhook is configured"))
    // Not due yet: the next attempt waits its time, unless somebody asks for it.
    let ingest = try day.command("ingest", Fixtures.path("ccr-v1/logs"))
    #expect(day.server.received.count == 1)
    #expect(ingest.errors.contains(#/alerts: 0 delivered, 1 not due before \d{4}-\S+Z \(HTTP 500/#), "\(ingest.errors)")
    #expect(try day.command("alert", "flush").exitCode == 0)
    #expect(day.server.received.count == 2)
  }

  @Test func aWebhookThatIsGoneIsFinalKeptAndShown() throws {
    let day = try Day(LoopbackServer(.status(404, body: "no_service"), .status(200)))
    defer { day.place.remove() }
    #expect(try day.run("2026-06-24").exitCode == 2)
    let list = try day.command("alert", "list")
    #expect(list.exitCode == 2)
    #expect(list.output.contains("failed, 1 attempt: HTTP 404"))
    #expect(list.output.contains("no_service"))
    #expect(!list.output.contains("SECRET"))
    let flush = try day.command("alert", "flush")
    #expect(flush.exitCode == 2 && flush.errors.contains("1 message could not be delivered"), "\(flush.errors)")
    #expect(day.server.received.count == 1)
    #expect(try day.command("alert", "flush", "--retry-failed").exitCode == 0)
    #expect(day.server.received.count == 2)
    #expect(try day.command("alert", "list").exitCode == 0)
  }

  @Test func whatWasRefusedForGoodIsSaidByEachIngestUntilItIsOld() throws {
    try TestContext.with(environment: ["CCR_AUDIT_SLACK_WEBHOOK_URL": "https://hooks.example/x"]) { test in
      test.context.transport = NoSuchWebhook()
      try test.write(Day.dearPrices(), to: "pricing/minimax.yaml")
      let records = [Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")]
      #expect(test.run(["run", "--pricing", "\(test.home)/pricing"] + records).exitCode == 2)
      func ingest() -> Outcome { test.run("ingest", Fixtures.path("ccr-v1/logs")) }
      let said = "alerts: 1 message of the last week refused before; `ccr-audit alert list` says why"
      #expect(ingest().errors.contains(said), "\(ingest().errors)")
      #expect(ingest().exitCode == 0)
      test.context.now = { TestContext.now + 8 * 86_400_000 }
      #expect(!ingest().errors.contains("alerts"))
    }
  }

  /// Whatever else of a run failed: what it read is read.
  @Test func whatWasReadIsReadWhereAnotherStepFailed() throws {
    try TestContext.with(environment: ["CCR_AUDIT_SLACK_WEBHOOK_URL": "https://hooks.example/x"]) { test in
      test.context.transport = NoSuchWebhook()
      try test.write(Day.dearPrices(), to: "pricing/minimax.yaml")
      try test.write("models: [", to: "broken/minimax.yaml")
      let records = [Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")]
      let nights = [("pricing", "alerts failed"), ("pricing", "alerts failed"), ("broken", "no day is audited")]
      for (day, (prices, failure)) in nights.enumerated() {
        test.context.now = { TestContext.now + Int64(day) * 86_400_000 }
        let run = test.run(["run", "--pricing", "\(test.home)/\(prices)"] + records)
        #expect(run.exitCode == 2 && run.errors.contains(failure), "\(run.errors)")
        let status = test.run("status").output
        #expect(status.contains(#/\nlast read +0 minutes ago\n/#), "\(status)")
      }
      test.context.now = { TestContext.now + 4 * 86_400_000 }
      for prices in ["pricing", "broken"] {
        let run = test.run(["run", "--pricing", "\(test.home)/\(prices)"] + records + ["\(test.home)/not-there.log"])
        #expect(run.exitCode == 2 && run.errors.contains("not-there.log does not exist"), "\(run.errors)")
        #expect(test.run("status").output.contains(#/\nlast read +2 days ago\n/#))
      }
    }
  }

  @Test func aReadingThatFailedIsNoNever() throws {
    try TestContext.with { test in
      func status() -> String { test.run("status").output + test.run("status", "--line").output }
      #expect(test.run("ingest", Fixtures.path("ccr-v1/logs"), "\(test.home)/not-there.log").exitCode == 2)
      // A month without requests leaves room in the line.
      test.context.now = { TestContext.now + 60 * 86_400_000 }
      #expect(status().contains("no reading ended without an error yet"), "\(status())")
      #expect(status().contains("| not all read") && !status().contains("never"), "\(status())")
    }
  }

  @Test func theURLIsNeverPrinted() throws {
    let day = try Day(LoopbackServer(.status(403)))
    defer { day.place.remove() }
    var said = ""
    for outcome in [
      try day.run("2026-06-24"), try day.command("alert", "list"), try day.command("alert", "test", "--verbose"),
      try day.command("config", "show"),
      try day.place.run(["alert", "test"], environment: ["CCR_AUDIT_SLACK_WEBHOOK_URL": "http://example.com/SECRET"]),
    ] {
      said += outcome.output + outcome.errors
    }
    #expect(!said.contains("SECRET"))
    #expect(said.contains("403"))
  }

  @Test func killedAtAnyMomentTheDayIsThereOnceAndTheMessageArrives() throws {
    let reference = try Day(LoopbackServer(.status(200)))
    defer { reference.place.remove() }
    _ = try reference.run("2026-06-24")
    func records(_ path: String) throws -> [String] {
      try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        .map { String($0).replacing(/"recorded_at": "[^"]*"/, with: "") }.sorted()
    }
    let day = try Day(LoopbackServer(.status(200)))
    defer { day.place.remove() }
    var kills = 0
    for step in 0..<80 {
      let delay = String(format: "%.3f", Double(step) * (Thoroughness.isFull ? 0.006 : 0.02))
      let outcome = try day.run(
        "2026-06-24", shell: #""$@" & child=$!; sleep \#(delay); kill -KILL $child 2>/dev/null; wait $child"#)
      if outcome.exitCode == 0 { break }
      kills += 1
    }
    #expect(kills > 0)
    _ = try day.run("2026-06-24")
    #expect(try records(day.place.history) == records(reference.place.history))
    // A kill between the sending and the note of it may repeat the message; nothing else may, and none is lost.
    #expect((1...2).contains(day.server.received.count))
    #expect(try day.command("alert", "list").output.contains("delivered"))
  }

  @Test func missedDaysAreCaughtUpOldestFirst() throws {
    try TestContext.with { test in
      let logs = Fixtures.path("ccr-v1/logs")
      func at(_ date: String) throws -> Outcome {
        let noon = try Date.ISO8601FormatStyle().parse("\(date)T12:00:00Z")
        test.context.now = { Int64(noon.timeIntervalSince1970 * 1000) }
        return test.run("run", logs, "--timezone", "UTC")
      }
      #expect(try at("2026-06-23").errors.contains("audit of 2026-06-22"))
      // Two days off.
      let late = try at("2026-06-26")
      #expect(late.exitCode == 0, "\(late.errors)")
      let audited = late.errors.split(separator: "\n").filter { $0.hasPrefix("audit of") }.map { $0.prefix(19) }
      #expect(audited == ["audit of 2026-06-23", "audit of 2026-06-24", "audit of 2026-06-25"])
      // The same day again, and the clock set back: nothing is doubled.
      _ = try at("2026-06-26")
      _ = try at("2026-06-24")
      let text = try String(contentsOfFile: "\(test.home)/.local/share/ccr-audit/history.jsonl", encoding: .utf8)
      let keys = text.split(separator: "\n").compactMap { line in
        line.firstMatch(of: /"day": "([^"]+)".*"provider": "([^"]+)", "model": "([^"]+)", "billing"/).map {
          "\($0.1) \($0.2) \($0.3)"
        }
      }
      #expect(!keys.isEmpty)
      #expect(Set(keys).count == keys.count)
    }
  }

  @Test func aWeekDayByDay() throws {
    let day = try Day(LoopbackServer(.status(200)))
    defer { day.place.remove() }
    try TestContext.with(environment: day.environment) { test in
      test.context.transport = liveTransport
      let logs = "\(test.home)/logs"
      try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: Fixtures.path("claude-code/projects"), toPath: "\(logs)/projects")
      // The day after each log was written, by the clock of the router (Asia/Seoul).
      let arrivals = [
        "2026-06-23": ["ccr-20260622091000.log"], "2026-06-24": ["ccr-20260623211500.log"],
        "2026-06-25": ["ccr-20260625000000_1.log"], "2026-06-26": ["ccr-20260624235956.log", "ccr-20260625140000.log"],
        "2026-06-27": [], "2026-06-28": [],
      ]
      for (morning, names) in arrivals.sorted(by: { $0.key < $1.key }) {
        for name in names {
          try FileManager.default.copyItem(
            atPath: Fixtures.path("ccr-v1/logs/\(name)"), toPath: "\(logs)/\(name)")
        }
        let time = try Date.ISO8601FormatStyle().parse("\(morning)T00:05:00+09:00")
        test.context.now = { Int64(time.timeIntervalSince1970 * 1000) }
        let outcome = test.run("run", logs, "--timezone", "Asia/Seoul", "--history", day.place.history)
        #expect(outcome.exitCode == 0, "\(morning): \(outcome.errors)")
      }
      let text = try String(contentsOfFile: day.place.history, encoding: .utf8)
      let days = text.split(separator: "\n").compactMap { line in
        line.firstMatch(of: /"day": "([^"]+)".*"scope": "([^"]+)"/).map { (day: String($0.1), scope: String($0.2)) }
      }
      // A record for each day, scope and model, each once, and none for the days without traffic.
      #expect(Set(days.map(\.day)) == ["2026-06-22", "2026-06-23", "2026-06-24", "2026-06-25"])
      #expect(days.map(\.day) == days.map(\.day).sorted())
      #expect(days.count { $0.scope == "routed" } == 4 + 4 + 2 + 4)
      #expect(days.count { $0.scope == "direct" } == 2 + 2)
      // One message for each day on which MiniMax was called and measured, and each about its own day.
      let told = day.server.received.compactMap { $0.body.firstMatch(of: /2026-06-\d\d/).map { String($0.0) } }
      #expect(told == ["2026-06-22", "2026-06-23", "2026-06-24", "2026-06-25"])
    }
  }

  @Test func aFailureInOneStepDoesNotStopTheOthers() throws {
    let day = try Day(LoopbackServer(.status(200)))
    defer { day.place.remove() }
    try Data().write(to: URL(filePath: "\(day.place.path)/file"))
    let outcome = try day.place.run(
      [
        "run", "--json", "--date", "2026-06-24", "--history", "\(day.place.path)/file/h.jsonl",
        Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects"),
      ], environment: day.environment)
    #expect(outcome.exitCode == 2)
    #expect(day.server.received.count == 1)
    #expect(outcome.errors.contains("error: run: history of 2026-06-24 failed; everything else was done"))
    let summary = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(summary["ok"] as? Bool == false)
    // The day is not done: the next run, with a history that can be written, appends it and tells nobody again.
    let again = try day.run("2026-06-24")
    #expect(again.exitCode == 0)
    #expect(again.errors.contains("records appended"))
    #expect(day.server.received.count == 1)
  }

  /// No figure of the night comes from what is damaged; it is said the same night.
  @Test(arguments: [true, false]) func aDamagedLedgerIsSaidTheSameNight(isPage: Bool) throws {
    let day = try Day(LoopbackServer(.status(200)))
    defer { day.place.remove() }
    #expect(try day.run("2026-06-24").exitCode == 0)
    let ledger = URL(filePath: day.place.ledger)
    if isPage {
      let start = try DatabaseQueue(path: day.place.ledger).read { database in
        try Int.fetchOne(
          database,
          sql: """
            SELECT (rootpage - 1) * page_size FROM sqlite_master, pragma_page_size
            WHERE name = 'sqlite_autoindex_word_1'
            """)
      }
      let handle = try FileHandle(forWritingTo: ledger)
      try handle.seek(toOffset: UInt64(#require(start)))
      try handle.write(contentsOf: Data(count: 512))
      try handle.close()
    } else {
      let sql = "UPDATE hour_rollup SET output = output + 1"
      try DatabaseQueue(path: day.place.ledger).write { try $0.execute(sql: sql) }
    }
    let outcome = try day.run("2026-06-25")
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("run: check of the ledger failed; everything else was done"), "\(outcome.errors)")
    #expect(outcome.errors.contains(isPage ? "is damaged; put a copy" : "`ccr-audit ledger rebuild` corrects them"))
    guard !isPage else { return }
    // The day is done when the sums are right.
    #expect(try day.command("ledger", "rebuild").exitCode == 0)
    #expect(try day.run("2026-06-25").exitCode == 0)
  }

  @Test func metricsAndHeartbeat() throws {
    let day = try Day(LoopbackServer(.status(200)))
    defer { day.place.remove() }
    let secret = "\(day.place.path)/heartbeat"
    try Data((day.server.address + "\n").utf8).write(to: URL(filePath: secret))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
    let metrics = "\(day.place.path)/ccr.prom"
    let outcome = try day.place.run(
      ["run", "--date", "2026-06-24", Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")],
      environment: day.environment.merging(
        ["CCR_AUDIT_HEARTBEAT_URL_FILE": secret, "CCR_AUDIT_PROMETHEUS_TEXTFILE": metrics]) { $1 })
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(day.server.received.map { $0.head.prefix(4) } == ["POST", "GET "])
    let text = try String(contentsOfFile: metrics, encoding: .utf8)
    #expect(text.contains("ccr_audit_ratio{"))
    #expect(text.contains("ccr_audit_last_success_timestamp_seconds"))
  }
}

private struct NoSuchWebhook: HTTPTransport {
  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse { HTTPResponse(status: 404) }
}
