import Commands
import Fleet
import Foundation
import Synchronization
import TestSupport
import Testing

/// What a report from a fleet says when the server's answers add up, and when they do not. The clock stands at
/// 2026-06-25T00:05Z.
struct FleetReportTests {
  /// One machine's request of 2026-06-23T12:00Z, whose key is 77; what is not set here adds up.
  private struct Answers: Sendable {
    var layout = "1\t1\t\(TestContext.now / 1000)"
    /// Rows, requests, digest, fingerprint, layout.
    var state = "1\t1\t77\t5\t1"
    /// Which state each further question gets.
    var laterStates: [String] = []
    var stored = "9\t1\t1\t77"
    var groupStatus = 200
    var seen = TestContext.now
    var rows = "1\t77"
    /// Hours with their quarters.
    var quarters = "495060\t1\t0"
    var input = "10000"
    var times = "1782216000000\t1782216000000"
    /// How many first requests find nobody.
    var refusals = 0
    /// Of a server with replicas: whether its keeper answers it, and whether it then has all that was committed.
    var replica: String?
    /// How often it is behind before it has caught up.
    var turnsBehind = 0
    /// Whether the user may not see whether the server is behind.
    var hidesReplicas = false
  }

  private final class Server: HTTPTransport {
    let answers: Mutex<Answers>
    let questions = Mutex<[String]>([])

    init(_ answers: Answers) { self.answers = Mutex(answers) }

    func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
      guard case .upload(let body, _) = request.method else { throw HTTPFailure(.other, bodySent: false) }
      let question = String(decoding: body, as: UTF8.self)
      questions.withLock { $0.append(question) }
      let isPartial = request.url.url.absoluteString.contains("skip_unavailable_shards=1")
      if answers.withLock({ answers in
        defer { answers.refusals -= 1 }
        return answers.refusals > 0
      }) {
        throw HTTPFailure(.cannotConnect, bodySent: false)
      }
      return answers.withLock { answers in
        func text(_ text: String) -> HTTPResponse { HTTPResponse(status: 200, body: Array((text + "\n").utf8)) }
        if question.contains("system.settings") { return HTTPResponse(status: 200) }
        if question.contains(".fleet") { return text(answers.layout) }
        if question.contains("system.tables") { return text(answers.replica == nil ? "0" : "1") }
        if question.contains("system.replicas") {
          if answers.hidesReplicas {
            return HTTPResponse(status: 403, body: Array("Code: 497. DB::Exception: CANARY".utf8))
          }
          answers.turnsBehind -= 1
          guard answers.turnsBehind < 0 else { return text("1\t0") }
          return answers.replica.map { $0.isEmpty ? HTTPResponse(status: 200) : text($0) } ?? HTTPResponse(status: 200)
        }
        if question.contains("groupBitOr") { return text(answers.quarters) }
        if question.contains("max(seen)") { return text("9\t\(answers.seen)\tbox\tplatform") }
        if question.contains("cityHash64") {
          return text(answers.laterStates.isEmpty ? answers.state : answers.laterStates.removeFirst())
        }
        if question.hasPrefix("SELECT machine, sum(r)") { return text("9\t1\t1\t77") }
        if question.hasPrefix("SELECT machine, count()") { return text(answers.stored) }
        if answers.groupStatus != 200 {
          if isPartial { return HTTPResponse(status: 200) }
          return HTTPResponse(status: answers.groupStatus, body: Array("Code: 279. DB::Exception: CANARY".utf8))
        }
        let price = "minimax\tMiniMax-M2.7\t\t\t\t\t0\t0\t0\tdefault\tupstream\t1\t\t\t0\t\t9\t0\t0\t0\t0"
        let times = "\(answers.times)\t10000"
        let tokens = "\(answers.input)\t0\t0\t0\t1000\t0\t0\t0\t0\t0\t0\t0"
        return text("\(price)\t\(times)\t1\t\(answers.rows)\t\(tokens)")
      }
    }
  }

  private func report(
    _ answers: Answers, _ options: String...
  ) throws -> (outcome: Outcome, questions: [String]) {
    try TestContext.with(environment: PushTests.environment) { test in
      let server = Server(answers)
      test.context.transport = server
      return (test.run(["report", "--all", "--from", "fleet"] + options), server.questions.withLock { $0 })
    }
  }

  @Test func whatAddsUpIsReported() throws {
    let (outcome, questions) = try report(Answers(), "--format", "json")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let model = try #require((json["models"] as? [[String: Any]])?.first)
    #expect(model["requests"] as? Int == 1)
    #expect((model["tokens"] as? [String: Int])?["input"] == 10_000)
    #expect(json["missing"] is NSNull)
    // Prices stay here.
    #expect(!questions.contains { $0.contains("0.3") || $0.contains("USD") })
    let byTeam = try report(Answers(), "--by", "team", "--format", "csv").outcome.output
    #expect(byTeam.contains("platform"))
    #expect(try report(Answers(), "--by", "origin", "--format", "csv").outcome.output.contains("box"))
  }

  @Test(arguments: ["1\t78", "2\t77", "0\t0"]) func aSumThatIsNotWhatWasCommittedIsNoReport(rows: String) throws {
    var answers = Answers()
    answers.rows = rows
    answers.stored = "9\t0\t0\t0"
    let (outcome, _) = try report(answers)
    #expect(outcome.exitCode == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("0 of 1 request; 1 of 1 machine"), "\(outcome.errors)")
    #expect(outcome.errors.contains("has not reached the server that was asked"))
  }

  /// As many requests as were committed, and others: only their digest tells.
  @Test func aMachineOfOtherRequestsIsMissing() throws {
    func holding(_ digest: Int, requests: Int = 3) throws -> FleetHolding {
      try #require(FleetHolding(["9", "3", "\(requests)", "\(digest)"]))
    }
    let other = FleetGap(committed: [try holding(77)], stored: [try holding(78)])
    #expect(!other.isNone && other.machines == 1 && other.surplus == 0)
    #expect(other.requests == 3 && other.ofRequests == 3)
    let same = FleetGap(committed: [try holding(77)], stored: [try holding(77)])
    #expect(same.isNone && same.machines == 0 && same.ofMachines == 1)
    let more = FleetGap(committed: [try holding(77)], stored: [try holding(77, requests: 4)])
    #expect(!more.isNone && more.surplus == 1)
    // A machine that nobody committed for.
    let unknown = FleetGap(committed: [], stored: [try holding(77)])
    #expect(!unknown.isNone && unknown.surplus == 1 && unknown.ofMachines == 1)
  }

  @Test func aServerThatIsLostIsNamedOrIsTheHeadline() throws {
    var answers = Answers()
    answers.groupStatus = 500
    answers.stored = ""
    let (refused, _) = try report(answers)
    #expect(refused.exitCode == 2)
    #expect(refused.errors.contains("1 of 1 machine is on servers that did not answer"), "\(refused.errors)")
    #expect(!refused.errors.contains("CANARY"))
    let (partial, _) = try report(answers, "--allow-partial")
    #expect(partial.exitCode == 0)
    let text = partial.output.replacing("\n", with: " ")
    #expect(text.hasPrefix("0 of 1 request; 1 of 1 machine"), "\(text)")
    let (json, _) = try report(answers, "--allow-partial", "--format", "json")
    #expect(json.output.contains(#""reason": "unanswered""#), "\(json.output.suffix(400))")
  }

  @Test func whatIsPushedMeanwhileIsReadAgain() throws {
    var answers = Answers()
    // The state changes under the first answer, and settles.
    answers.laterStates = ["1\t1\t77\t4\t1", "1\t1\t77\t4\t1", "1\t1\t77\t5\t1"]
    #expect(try report(answers).outcome.exitCode == 0)
    answers.laterStates = (1...200).map { "1\t1\t77\t\($0)\t1" }
    let (outcome, _) = try report(answers)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("changed while they were read"), "\(outcome.errors)")
  }

  /// Replicas take turns: one that lacks rows answers, and when it is asked what is missing another one does.
  @Test(arguments: ["1\t78", "2\t77", "0\t0"]) func replicasThatDifferAreNoChange(rows: String) throws {
    var answers = Answers()
    answers.rows = rows
    for options in [[], ["--allow-partial"]] {
      let outcome = try TestContext.with(environment: PushTests.environment) { test in
        test.context.transport = Server(answers)
        return test.run(["report", "--all", "--from", "fleet"] + options)
      }
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("some replica is behind the others"), "\(outcome.errors)")
    }
  }

  /// What a replica lacks it does not know: it shows an older hour as whole. Where pushes wait for one alone, it is asked.
  @Test(arguments: [
    ("1\t0", "behind the others"), ("0\t0", "lost its keeper"), ("0\t1", "lost its keeper"), ("", "system.replicas"),
  ]) func aReplicaThatMayLackCommitsIsNoReport(replica: String, sentence: String) throws {
    var answers = Answers()
    answers.replica = replica
    let (refused, _) = try report(answers)
    #expect(refused.exitCode == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains(sentence), "\(refused.errors)")
    let (partial, _) = try report(answers, "--allow-partial")
    #expect(partial.exitCode == 0)
    #expect(partial.errors.contains("may be older than what machines have sent"), "\(partial.errors)")
    for words in [["fleet", "check"], ["fleet", "clean"], ["check", "--window", "all", "--from", "fleet"]] {
      try TestContext.with(environment: PushTests.environment) { test in
        let server = Server(answers)
        test.context.transport = server
        let outcome = test.run(words)
        #expect(outcome.exitCode == 2 && outcome.errors.contains(sentence), "\(words): \(outcome.errors)")
        #expect(!server.questions.withLock { $0 }.contains { $0.hasPrefix("ALTER") })
      }
    }
  }

  @Test func aReplicaThatCatchesUpIsAskedAgain() throws {
    var answers = Answers()
    (answers.replica, answers.turnsBehind) = ("1\t1", 2)
    let (outcome, questions) = try report(answers)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let asked = "FROM system.replicas WHERE database = 'fleet_test' AND table = 'commits'"
    #expect(questions.contains { $0.contains(asked) })
  }

  /// A push that waits for two replicas has the server say by itself where it lacks some.
  @Test func aServerWithoutReplicasOrWithAQuorumIsNotAskedWhetherItIsBehind() throws {
    var answers = Answers()
    #expect(!(try report(answers).questions.contains { $0.contains("system.replicas") }))
    (answers.replica, answers.layout) = ("1\t0", "1\t2\t\(TestContext.now / 1000)")
    let (outcome, questions) = try report(answers)
    #expect(outcome.exitCode == 0 && !questions.contains { $0.contains("system.replicas") }, "\(outcome.errors)")
  }

  @Test func aUserWhoMayNotSeeReplicasIsToldWhatToGrant() throws {
    var answers = Answers()
    (answers.replica, answers.hidesReplicas) = ("1\t1", true)
    let (outcome, _) = try report(answers)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("GRANT SELECT ON system.replicas"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("CANARY"))
  }

  @Test func aNewerLayoutIsNotReadByGuess() throws {
    var answers = Answers()
    answers.layout = "99\t1\t0"
    #expect(try report(answers).outcome.errors.contains("newer ccr-audit"))
    answers = Answers()
    answers.state = "1\t1\t77\t5\t99"
    #expect(try report(answers).outcome.errors.contains("newer ccr-audit"))
  }

  /// A server that nobody pushed to yet is like an empty ledger, and says so of itself.
  @Test func aFleetWithoutPushesIsEmptyAndNoError() throws {
    var answers = Answers()
    (answers.state, answers.quarters) = ("0\t0\t0\t0\t0", "")
    let (outcome, _) = try report(answers)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("no machine has pushed any"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("ledger"))
    try TestContext.with(environment: PushTests.environment) { test in
      test.context.transport = Server(answers)
      let history = test.run("history", "--from", "fleet")
      #expect(history.exitCode == 2)
      #expect(history.errors.contains("no machine has pushed any"), "\(history.errors)")
    }
  }

  /// Numbers that no machine sends are no report, and end nothing but the command.
  @Test func whatCannotBeCountedWithIsRefused() throws {
    for input in ["9000000000000000000", "-5", "x", "99999999999999999999999"] {
      var answers = Answers()
      answers.input = input
      let (outcome, _) = try report(answers)
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("none that can be counted with"), "\(outcome.errors)")
    }
    for times in [
      "1782216000000\t9000000000000000000", "-9000000000000000000\t0", "1782216000001\t1782216000000",
    ] {
      var answers = Answers()
      answers.times = times
      #expect(try report(answers, "--by", "session").outcome.errors.contains("none that can be counted with"))
    }
    for quarters in ["9000000000000000000\t1\t0", "-1\t1\t0", "495060\t99\t0", "x\t1\t0"] {
      var answers = Answers()
      answers.quarters = quarters
      #expect(try report(answers).outcome.errors.contains("holds what no ccr-audit writes"), "\(quarters)")
    }
    for state in ["-1\t1\t77\t5\t1", "9223372036854775807\t1\t77\t5\t1", "<html>"] {
      var answers = Answers()
      answers.state = state
      #expect(try report(answers).outcome.exitCode == 2)
    }
  }

  /// More than was committed is refused even where less would do.
  @Test func rowsThatNobodyCommittedAreNoPartOfAReport() throws {
    var answers = Answers()
    (answers.rows, answers.stored) = ("2\t154", "9\t2\t2\t154")
    for options in [[], ["--allow-partial"]] {
      let outcome = try TestContext.with(environment: PushTests.environment) { test in
        test.context.transport = Server(answers)
        return test.run(["report", "--all", "--from", "fleet"] + options)
      }
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("1 of 1 machine has too many"), "\(outcome.errors)")
    }
  }

  @Test func aServerThatIsBusyForAMomentIsAskedAgain() throws {
    var answers = Answers()
    answers.refusals = 2
    #expect(try report(answers).outcome.exitCode == 0)
    answers.refusals = 1000
    let (outcome, _) = try report(answers)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("cannot be reached"), "\(outcome.errors)")
  }

  @Test func machinesThatAreSilentAreSaid() throws {
    var answers = Answers()
    answers.seen -= 3 * 86_400_000
    let (outcome, _) = try report(answers)
    #expect(outcome.errors.contains("1 of 1 machine has not pushed for two days"), "\(outcome.errors)")
  }

  @Test func whatAServerCannotKnowIsRefused() throws {
    for (options, sentence) in [
      (["--by", "project"], "projects never leave their machines"), (["--estimate"], "hands out sums alone"),
    ] {
      try TestContext.with(environment: PushTests.environment) { test in
        let server = Server(Answers())
        test.context.transport = server
        let outcome = test.run(["report", "--from", "fleet"] + options)
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
        #expect(server.questions.withLock { $0 }.isEmpty, "nobody is asked")
      }
    }
    try TestContext.with { test in
      #expect(test.run("report", "--allow-partial").exitCode == 64)
      #expect(test.run("report", "--from", "fleet").errors.contains("no fleet is configured"))
    }
  }
}
