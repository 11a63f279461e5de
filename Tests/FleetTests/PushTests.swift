import ArgumentParser
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// What a push stores, whatever breaks on the way. The clock stands at 2026-06-25T00:05Z unless a test moves it.
struct PushTests {
  /// 2026-06-23T12:00Z.
  private static let start: Int64 = 1_782_216_000_000
  static let environment = [
    "CCR_AUDIT_FLEET_URL": "http://127.0.0.1:8123/fleet_test", "CCR_AUDIT_FLEET_USER": "pusher",
    "CCR_AUDIT_FLEET_PASSWORD": "CANARY-PASSWORD", "CCR_AUDIT_FLEET_SALT": "0123456789abcdef-salt",
  ]

  /// The lines of one request in a log of claude-code-router 1.x, with things that must not leave the machine.
  private static func call(_ number: Int, minutes: Int, answered: Bool = true) -> String {
    let time = start + Int64(minutes) * 60_000
    let request = #""pid":7,"hostname":"CANARY-HOST","reqId":"req-\#(number)""#
    let head = #"{"level":30,"time":\#(time),\#(request),"#
    let begin =
      head + #""req":{"method":"POST","url":"/v1/messages?beta=true","host":"x"},"msg":"incoming request"}"# + "\n"
      + head + #""data":{"model":"minimax,MiniMax-M2.7","messages":[{"role":"user","content":"CANARY-PROMPT"}],"#
      + #""metadata":{"user_id":"user_CANARY-USER_account__session_CANARY-SESSION"},"stream":false},"type":"request body"}"#
      + "\n"
    guard answered else { return begin }
    return begin
      + #"{"level":20,"time":\#(time + 400),\#(request),"response":{"choices":[],"usage":{"prompt_tokens":1000,"#
      + #""completion_tokens":10}},"msg":"Original OpenAI response"}"# + "\n"
      + #"{"level":30,"time":\#(time + 500),\#(request),"res":{"statusCode":200},"responseTime":500.1,"#
      + #""msg":"request completed"}"# + "\n"
  }

  private func ingest(_ test: TestContext, _ lines: String) throws {
    let path = "\(test.home)/.claude-code-router/logs/a.log"
    let before = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
    try test.write(before + lines, to: ".claude-code-router/logs/a.log")
    let outcome = test.run("ingest")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
  }

  @Test func aPushStoresEachRequestOnceAndTheNextOneOnlyWhatChanged() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0) + Self.call(2, minutes: 1) + Self.call(3, minutes: 90))
      let first = test.run("push")
      #expect(first.exitCode == 0, "\(first.errors)")
      #expect(first.errors.contains("3 requests of 2 hours sent"))
      #expect(server.counted.count == 3)
      #expect(server.unproven.isEmpty)
      #expect(test.run("push").errors.contains("nothing new"))
      try ingest(test, Self.call(4, minutes: 91))
      #expect(test.run("push").errors.contains("2 requests of 1 hour sent"))
      #expect(server.counted.count == 4)
      #expect(server.unproven.isEmpty)
      // Read again, the same hours say the same.
      #expect(test.run("push", "--all").errors.contains("4 requests of 2 hours sent"))
      #expect(server.counted.count == 4)
    }
  }

  /// Also where each hour is sent for itself, while the next one is read.
  @Test(arguments: 0..<8 as Range<UInt64>, [100_000, 1])
  func nothingIsSilentlyLessWhateverBreaks(seed: UInt64, rowsAtOnce: Int) throws {
    try TestContext.with(environment: Self.environment) { test in
      let random = Mutex(SeededGenerator(seed: seed))
      let isCalm = Mutex(false)
      let server = PushedServer {
        if isCalm.withLock({ $0 }) { return .stored }
        return random.withLock { PushedServer.Fate.allCases.randomElement(using: &$0) ?? .stored }
      }
      test.context.transport = server
      var number = 0
      for round in 0..<3 {
        let count = random.withLock { Int.random(in: 0...4, using: &$0) } + (round == 0 ? 1 : 0)
        var lines = ""
        for _ in 0..<count {
          number += 1
          let minutes = random.withLock { Int.random(in: 0..<300, using: &$0) }
          lines += Self.call(number, minutes: minutes)
        }
        try ingest(test, lines)
        let workspace = try Workspace(try GlobalOptions.parse([]), in: test.context)
        do {
          _ = try PushJob(workspace, ledger: try workspace.existingLedger(), mostRows: rowsAtOnce).run()
        } catch {
          #expect("\(error)".contains("wait to be sent"), "\(error)")
        }
        #expect(server.unproven.isEmpty, "what was committed is there")
      }
      isCalm.withLock { $0 = true }
      #expect(test.run("push").exitCode == 0)
      #expect(server.counted.count == number)
      #expect(server.unproven.isEmpty)
      let again = PushedServer()
      test.context.transport = again
      #expect(test.run("push", "--all").exitCode == 0)
      #expect(again.counted == server.counted)
    }
  }

  @Test func whatRetentionTakesStaysOnTheServerAsItWasSent() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0))
      #expect(test.run("push").exitCode == 0)
      #expect(test.run("ledger", "prune", "--days", "1").exitCode == 0)
      #expect(test.run("push").errors.contains("nothing new"), "sums say less than what was sent")
      #expect(server.counted.count == 1)
    }
  }

  @Test func pruneRefusesWhatWasNotPushed() throws {
    try TestContext.with(environment: Self.environment) { test in
      test.context.transport = PushedServer()
      try ingest(test, Self.call(1, minutes: 0))
      let refused = test.run("ledger", "prune", "--days", "1")
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("not on the fleet's server yet"))
      #expect(test.run("push").exitCode == 0)
      #expect(test.run("ledger", "prune", "--days", "1").exitCode == 0)
    }
  }

  @Test func whatRetentionLeftIsPushedAsSums() throws {
    try TestContext.with { test in
      try ingest(test, Self.call(1, minutes: 0) + Self.call(2, minutes: 1) + Self.call(3, minutes: 2, answered: false))
      #expect(test.run("ledger", "prune", "--days", "1").exitCode == 0)
      let server = PushedServer()
      test.context.transport = server
      test.context.environment = Self.environment
      let outcome = test.run("push")
      #expect(outcome.errors.contains("3 requests of 1 hour sent"), "\(outcome.errors)")
      // requests
      #expect(server.counted.compactMap { Int($0[5]) }.reduce(0, +) == 3)
    }
  }

  @Test func dryRunPrintsExactlyWhatGoesAndNothingOfItIsPrivate() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0) + Self.call(2, minutes: 90, answered: false))
      let dry = test.run("push", "--dry-run")
      #expect(dry.exitCode == 0, "\(dry.errors)")
      #expect(server.stored.requests.isEmpty)
      #expect(test.run("push").exitCode == 0)
      let lines = Set(dry.output.split(separator: "\n").map(String.init))
      for row in server.stored.requests { #expect(lines.contains(row.joined(separator: "\t"))) }
      for secret in ["CANARY", "0123456789abcdef", test.home, "req-1"] {
        #expect(!dry.output.contains(secret), "\(secret)")
        #expect(!server.stored.requests.joined().contains { $0.contains(secret) }, "\(secret)")
      }
      #expect(dry.output.contains("MiniMax-M2.7"))
      // The password goes in a header, and nowhere else.
      #expect(server.stored.headers.allSatisfy { $0["X-ClickHouse-Key"] == "CANARY-PASSWORD" })
    }
  }

  /// Also of a ledger of an older release, which has drawn no id.
  @Test func dryRunChangesNothingOnTheDisk() throws {
    try TestContext.with(environment: Self.environment) { test in
      try ingest(test, Self.call(1, minutes: 0))
      let path = "\(test.home)/.local/share/ccr-audit/ledger.sqlite"
      try DatabaseQueue(path: path).writeWithoutTransaction { database in
        try database.execute(sql: "DELETE FROM setting WHERE name = 'origin'")
        try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      }
      let before = try Data(contentsOf: URL(filePath: path))
      let outcome = test.run("push", "--dry-run", "--all")
      #expect(outcome.exitCode == 0 && outcome.output.contains("MiniMax-M2.7"), "\(outcome.errors)")
      #expect(outcome.errors.contains("this ledger has no id yet"))
      #expect(try Data(contentsOf: URL(filePath: path)) == before)
      let log = try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
      #expect((log ?? 0) == 0)
    }
  }

  /// Of a salt that was changed nothing counts twice: the commit that counts an hour anew ends its old one.
  @Test func anotherSaltIsAnotherMachineWhoseHoursTakeTheOldOnesPlace() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0) + Self.call(2, minutes: 90))
      #expect(test.run("push").exitCode == 0)
      let before = try #require(server.counted.first?[0])
      test.context.environment["CCR_AUDIT_FLEET_SALT"] = "another-salt-0123456789"
      // It is the dry run's answer too.
      #expect(test.run("push", "--dry-run").output.contains("MiniMax-M2.7"))
      let outcome = test.run("push")
      #expect(outcome.errors.contains("2 requests of 2 hours sent"), "\(outcome.errors)")
      #expect(server.counted.count == 2)
      #expect(!server.counted.contains { $0[0] == before })
      #expect(server.unproven.isEmpty)
      #expect(test.run("push").errors.contains("nothing new"))
      // And back.
      test.context.environment["CCR_AUDIT_FLEET_SALT"] = Self.environment["CCR_AUDIT_FLEET_SALT"]
      #expect(test.run("push").errors.contains("2 requests of 2 hours sent"))
      #expect(server.counted.map { $0[0] } == [before, before])
      #expect(server.unproven.isEmpty)
    }
  }

  /// A server that lost everything, or another one of that name, gets everything.
  @Test func aServerThatWasSetUpAnewGetsEverythingAgain() throws {
    try TestContext.with(environment: Self.environment) { test in
      test.context.transport = PushedServer()
      try ingest(test, Self.call(1, minutes: 0) + Self.call(2, minutes: 90))
      #expect(test.run("push").exitCode == 0)
      let new = PushedServer()
      test.context.transport = new
      let outcome = test.run("push")
      #expect(outcome.errors.contains("2 hours are not on the server as the ledger noted"), "\(outcome.errors)")
      #expect(new.counted.count == 2)
      #expect(new.unproven.isEmpty)
    }
  }

  @Test func anotherAddressGetsEverything() throws {
    try TestContext.with(environment: Self.environment) { test in
      let old = PushedServer()
      test.context.transport = old
      try ingest(test, Self.call(1, minutes: 0))
      #expect(test.run("push").exitCode == 0)
      let new = PushedServer()
      test.context.transport = new
      test.context.environment["CCR_AUDIT_FLEET_URL"] = "http://127.0.0.1:8124/fleet_test"
      let outcome = test.run("push")
      #expect(outcome.errors.contains("everything is sent again"), "\(outcome.errors)")
      #expect(new.counted == old.counted)
    }
  }

  /// Hours that the ledger lost its note of, as a restored one has.
  @Test func verifySendsWhatTheLedgerDoesNotKnowToBeSent() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0) + Self.call(2, minutes: 90))
      #expect(test.run("push").exitCode == 0)
      let ledger = try DatabaseQueue(path: "\(test.home)/.local/share/ccr-audit/ledger.sqlite")
      try ledger.write { try $0.execute(sql: "DELETE FROM push_hour WHERE hour = (SELECT min(hour) FROM push_hour)") }
      let outcome = test.run("push", "--verify")
      #expect(outcome.errors.contains("1 hour is not on the server as the ledger noted"), "\(outcome.errors)")
      #expect(outcome.errors.contains("1 request of 1 hour sent"), "\(outcome.errors)")
      #expect(server.unproven.isEmpty)
      #expect(server.counted.count == 2)
      #expect(test.run("push", "--verify").errors.contains("verified: the server holds 2 hours"))
      // Of an hour that only the server has, nothing is taken away.
      try ledger.write {
        try $0.execute(sql: "DELETE FROM push_hour; DELETE FROM request WHERE id > (SELECT min(id) FROM request)")
        try $0.execute(sql: "DELETE FROM rollup_stale; DELETE FROM hour_rollup WHERE first > \(Self.start + 3_600_000)")
      }
      let restored = test.run("push", "--verify")
      #expect(restored.errors.contains("1 hour of this machine is on the server alone"), "\(restored.errors)")
      #expect(server.counted.count == 2)
    }
  }

  /// A cloned machine pushed as the one that it was cloned from, before it became one of its own.
  @Test func aSeparatedCopyIsAnotherMachineAndNothingCountsTwice() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0))
      #expect(test.run("push").exitCode == 0)
      let copy = "\(test.home)/copy.sqlite"
      #expect(test.run("ledger", "backup", copy).exitCode == 0)
      // Both go on, in an hour that both have and in one that the copy has alone.
      try ingest(test, Self.call(2, minutes: 90))
      let log = try test.write(Self.call(3, minutes: 91) + Self.call(4, minutes: 180), to: "clone/b.log")
      #expect(test.run("ingest", "--ledger", copy, log).exitCode == 0)
      #expect(test.run("push", "--ledger", copy).exitCode == 0)
      let warned = test.run("push")
      #expect(warned.errors.contains("ccr-audit ledger separate"), "\(warned.errors)")

      let separated = test.run("ledger", "separate", "--ledger", copy, "--since", "2026-06-23T13:00Z")
      #expect(separated.exitCode == 0, "\(separated.errors)")
      #expect(separated.errors.contains("2 requests since 2026-06-23T13:00Z"), "\(separated.errors)")
      #expect(test.run("ledger", "check", "--ledger", copy).exitCode == 0)
      #expect(test.run("push", "--ledger", copy).errors.contains("2 requests of 2 hours sent"))
      #expect(test.run("push").exitCode == 0)
      #expect(server.counted.count == 4)
      #expect(Dictionary(grouping: server.counted) { $0[0] }.values.map(\.count) == [2, 2])
      #expect(server.unproven.isEmpty)
      for ledger in [[], ["--ledger", copy]] {
        let again = test.run(["push"] + ledger)
        #expect(again.errors.contains("nothing new") && !again.errors.contains("copy of it"), "\(again.errors)")
      }
      // What was read before the copy adds nothing when it is read again.
      let old = try test.write(Self.call(1, minutes: 0), to: "old/a.log")
      #expect(test.run("ingest", "--again", "--ledger", copy, old).errors.contains("0 new requests"))
      let ledgers = ["--ledger", copy, "--ledger", "\(test.home)/.local/share/ccr-audit/ledger.sqlite"]
      let sum = test.run(["report", "--all", "--format", "json"] + ledgers)
      #expect(sum.exitCode == 0 && sum.output.contains(#""requests": 4"#), "\(sum.errors)")
    }
  }

  /// The server has newer versions than the ledger knows: of a copy of it, or from before it was restored.
  @Test func aRestoredLedgerSendsUnderVersionsThatCount() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0))
      #expect(test.run("push", "--dry-run").exitCode == 0)
      let path = "\(test.home)/.local/share/ccr-audit/ledger.sqlite"
      #expect(test.run("ledger", "backup", "\(test.home)/copy.sqlite").exitCode == 0)
      // A clock that is a year ahead for one push.
      server.clock.withLock { $0 += 31_536_000_000 }
      #expect(test.run("push").exitCode == 0)
      server.clock.withLock { $0 = TestContext.now }
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      try FileManager.default.copyItem(atPath: "\(test.home)/copy.sqlite", toPath: path)
      try ingest(test, Self.call(2, minutes: 1))
      let outcome = test.run("push")
      #expect(outcome.exitCode == 0)
      #expect(outcome.errors.contains("it was restored, or a copy of it pushes, too"), "\(outcome.errors)")
      #expect(server.counted.count == 2)
      #expect(server.unproven.isEmpty)
      #expect(!test.run("push").errors.contains("copy"))
    }
  }

  /// Of two files of one ledger that are both in use, each says so: the other one's part of an hour counts no longer.
  @Test func aCopyThatPushesTooIsSaid() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      try ingest(test, Self.call(1, minutes: 0))
      #expect(!test.run("push").errors.contains("copy"))
      let copy = "\(test.home)/copy.sqlite"
      #expect(test.run("ledger", "backup", copy).exitCode == 0)
      for (number, options) in [[], ["--ledger", copy], []].enumerated() {
        let log = try test.write(Self.call(number + 2, minutes: number + 1), to: "logs/\(number).log")
        #expect(test.run(["ingest", log] + options).exitCode == 0)
        server.clock.withLock { $0 += 1000 }
        let outcome = test.run(["push"] + options)
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors.contains("a copy of it pushes, too") == (number > 0), "\(number): \(outcome.errors)")
      }
    }
  }

  /// A machine whose clock is wrong is seen when the server's clock says, and pushes under versions of that time.
  @Test func theServersClockCounts() throws {
    try TestContext.with(environment: Self.environment) { test in
      let server = PushedServer()
      test.context.transport = server
      test.context.now = { TestContext.now + 31_536_000_000 }
      try ingest(test, Self.call(1, minutes: 0))
      #expect(test.run("push").exitCode == 0)
      #expect(server.stored.machines.map { $0[1] } == ["\(TestContext.now)"])
      #expect(server.stored.commits.map { $0[2] } == ["\(TestContext.now)"])
    }
  }

  /// HTTP 200 from something else than ClickHouse stores nothing.
  @Test func aPageInTheServersPlaceIsNoSuccess() throws {
    try TestContext.with(environment: Self.environment) { test in
      try ingest(test, Self.call(1, minutes: 0))
      for transport in [PushedServer { .signInPage }, SignInPage()] as [any HTTPTransport] {
        test.context.transport = transport
        let outcome = test.run("push")
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("what answered is no ClickHouse"), "\(outcome.errors)")
      }
      #expect(test.run("report", "--from", "fleet").errors.contains("what answered is no ClickHouse"))
      let server = PushedServer()
      test.context.transport = server
      #expect(test.run("push").errors.contains("1 request of 1 hour sent"))
      #expect(server.counted.count == 1)
    }
  }

  @Test func aPasswordThatWouldBeginAnotherHeaderIsRefused() throws {
    var environment = Self.environment
    environment["CCR_AUDIT_FLEET_PASSWORD"] = "a\r\nX-Other: CANARY"
    try TestContext.with(environment: environment) { test in
      test.context.transport = PushedServer()
      try ingest(test, Self.call(1, minutes: 0))
      let outcome = test.run("push")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("line ends or other controls"), "\(outcome.errors)")
      #expect(!outcome.errors.contains("CANARY"))
    }
  }

  @Test func theSameLogReadOnTwoMachinesHasTheSameKeys() throws {
    func keys(_ salt: String) throws -> (machine: Set<String>, keys: Set<String>) {
      var environment = Self.environment
      environment["CCR_AUDIT_FLEET_SALT"] = salt
      return try TestContext.with(environment: environment) { test in
        let server = PushedServer()
        test.context.transport = server
        try ingest(test, Self.call(1, minutes: 0) + Self.call(2, minutes: 90))
        #expect(test.run("push").exitCode == 0)
        return (Set(server.counted.map { $0[0] }), Set(server.counted.map { $0[2] }))
      }
    }
    let (one, other) = (try keys("a-salt-of-the-team"), try keys("a-salt-of-the-team"))
    #expect(one.keys == other.keys)
    #expect(one.machine.isDisjoint(with: other.machine))
    #expect(try keys("a-salt-of-another-team").keys.isDisjoint(with: one.keys))
  }

  @Test func whatIsMissingIsSaidBeforeAnythingIsSent() throws {
    for (lacking, sentence) in [
      ("CCR_AUDIT_FLEET_URL", "no fleet is configured"), ("CCR_AUDIT_FLEET_SALT", "no salt is configured"),
    ] {
      var environment = Self.environment
      environment[lacking] = nil
      try TestContext.with(environment: environment) { test in
        try ingest(test, Self.call(1, minutes: 0))
        let outcome = test.run("push")
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
      }
    }
    var open = Self.environment
    open["CCR_AUDIT_FLEET_URL"] = "http://ch.example:8123/x"
    try TestContext.with(environment: open) { test in
      try ingest(test, Self.call(1, minutes: 0))
      #expect(test.run("push").errors.contains("not https"))
    }
  }
}

/// Something that answers everything with a page.
private struct SignInPage: HTTPTransport {
  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    HTTPResponse(status: 200, body: Array("<html>Welcome</html>".utf8))
  }
}
