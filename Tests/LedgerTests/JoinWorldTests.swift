import Foundation
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// Calls, and what three routers, transcripts, a fork and telemetry write of them: the calls are the truth.
private struct JoinWorld {
  /// Who writes records.
  enum Source: CaseIterable {
    case front, router, gateway, transcripts, fork, telemetry
  }

  /// How a call goes. A session's calls all enter at the same place.
  private enum Path {
    /// Past all routers.
    case direct
    /// Through the router nearest the client, whose log holds nothing of the answer.
    case passedThrough
    /// The same, and its log holds the tokens.
    case translated
    /// Through the gateway alone.
    case gateway
    /// Through both, by a protocol that carries the session.
    case chain
    /// Through both, by one that does not; the answer's id stands in both records.
    case translatedChain

    static let routed = [passedThrough, translated, chain, translatedChain]
    static let unrouted = [direct, gateway]
  }

  enum Content {
    case front(RoutedRequest, number: Int64)
    case routed(RoutedRequest, number: Int64)
    case gateway(RoutedRequest, number: Int64, asked: String)
    case answer(TranscriptMessage)
  }

  struct Record {
    var source: Source
    var content: Content
  }

  private(set) var records: [Record] = []
  private(set) var calls = 0
  private(set) var failed = 0
  private(set) var tokens = TokenUsage.zero

  private static let start: Int64 = 1_780_300_000_000
  private static let sessions = ["1a", "1b", "1c"].map { "\($0)111111-1111-4111-8111-111111111111" }
  private static let fork = "00000000-1111-4111-8111-111111111111"

  /// - Parameter isDense: whether calls of one session overlap.
  init(_ chance: inout SeededGenerator, isDense: Bool) {
    var time = Self.start + Int64.random(in: 0..<7_200_000, using: &chance)
    for number in 0..<Int.random(in: 4...24, using: &chance) {
      let length = Int64.random(in: 300...15_000, using: &chance)
      time += isDense ? Int64.random(in: 50...6000, using: &chance) : Int64.random(in: 40_000...900_000, using: &chance)
      add(number, time..<time + length, &chance)
    }
  }

  private mutating func add(_ number: Int, _ time: Range<Int64>, _ chance: inout SeededGenerator) {
    guard let session = Self.sessions.randomElement(using: &chance),
      let path = (session == Self.sessions[2] ? Path.unrouted : Path.routed).randomElement(using: &chance)
    else { return }
    calls += 1
    let usage = TokenUsage(input: 1000 + 13 * Int64(number), output: 10 + Int64(number))
    let name = path == .direct ? "claude-sonnet-4-6" : ["glm-5.2", "kimi-k2.7"].randomElement(using: &chance) ?? ""
    let isFailed = path != .direct && Int.random(in: 0..<8, using: &chance) == 0
    if isFailed { failed += 1 } else { tokens += usage }
    let isTranslated = path == .translated || path == .translatedChain
    // The router nearest the client gives answers that it translates an id of its own.
    let id = isTranslated ? "msg_\(time.upperBound)" : "msg_01Answer\(number)"
    let upstreamID = isTranslated ? "gen-abc\(number)xyz" : id
    let header = isTranslated ? nil : "req_\(number)"

    if path != .direct, Bool.random(using: &chance) {
      // CC Switch knows how long a call took, and the second in which it ended.
      let ended = (time.upperBound + 3) / 1000 * 1000
      var request = RoutedRequest(
        model: ModelID(provider: "Mine", model: name), started: ended - (time.upperBound - time.lowerBound + 6),
        ended: ended, session: session, status: isFailed ? 500 : 200, failure: isFailed ? .upstreamHTTP : nil)
      if !isFailed {
        (request.usage, request.usageSource) = (usage, .upstream)
        request.keys.responseID = id
      }
      records.append(Record(source: .front, content: .front(request, number: Int64(number))))
    }
    if Path.routed.contains(path) {
      var request = RoutedRequest(
        model: ModelID(provider: "relay", model: name), started: time.lowerBound, ended: time.upperBound,
        session: session, route: .background, stream: true, status: isFailed ? 500 : 200,
        failure: isFailed ? .upstreamHTTP : nil)
      request.variant.host = "127.0.0.1:4000"
      if isTranslated, !isFailed {
        (request.usage, request.usageSource) = (usage, .upstream)
        request.keys.responseID = upstreamID
      }
      records.append(Record(source: .router, content: .routed(request, number: Int64(number))))
    }
    if [.gateway, .chain, .translatedChain].contains(path) {
      var request = RoutedRequest(
        model: ModelID(provider: "maker", model: name + "-2026"), started: time.lowerBound + 9,
        ended: time.upperBound - 9, session: path == .translatedChain ? nil : session, status: isFailed ? 500 : 200,
        failure: isFailed ? .upstreamHTTP : nil)
      request.variant.host = "api.maker.test"
      request.keys.routerCallID = "litellm:\(number)"
      if !isFailed {
        (request.usage, request.usageSource) = (usage, .upstream)
        request.keys.responseID = upstreamID
        request.keys.requestIDHeader = header
      }
      records.append(Record(source: .gateway, content: .gateway(request, number: Int64(number), asked: name)))
    }
    guard !isFailed else { return }
    var answer = TranscriptMessage(
      session: session, messageID: id, requestID: header, model: name, time: time.upperBound - 2, usage: usage)
    records.append(Record(source: .transcripts, content: .answer(answer)))
    if session == Self.sessions[0] {
      answer.session = Self.fork
      records.append(Record(source: .fork, content: .answer(answer)))
    }
    var event = TranscriptMessage(
      session: session, messageID: nil, requestID: header, model: name, time: time.upperBound + 3, usage: usage)
    event.isTelemetry = true
    records.append(Record(source: .telemetry, content: .answer(event)))
  }

  /// What of it some sources wrote.
  func records(of sources: Set<Source>) -> [Record] { records.filter { sources.contains($0.source) } }
}

/// Whatever the order in which records of the same calls are read, however they are split, repeated or lost, the ledger
/// says the same of each call, and never of more calls than there were.
struct JoinWorldTests {
  private func write(_ records: some Collection<JoinWorld.Record>, to bench: Workbench) throws {
    try bench.ledger.write { database in
      var rows = try RequestRows(database)
      var words = InternedNames(database)
      let (router, gateway) = (try rows.id(of: .claudeCodeRouter), try rows.id(of: .liteLLM))
      let front = try rows.id(of: .ccSwitch)
      for record in records {
        switch record.content {
        case .front(let request, let number):
          try rows.insert(request, writer: front, number: number, replacing: true)
        case .routed(let request, let number):
          try rows.insert(request, writer: router, number: number, replacing: false)
        case .gateway(let request, let number, let asked):
          let extras = RequestRows.Extras(asked: try words.id(of: asked))
          try rows.insert(request, writer: gateway, number: number, replacing: true, extras: extras)
        case .answer: break
        }
      }
      try rows.finish()
      let answers = records.compactMap { record -> TranscriptMessage? in
        if case .answer(let answer) = record.content { answer } else { nil }
      }
      var messages = try ClientMessages(database)
      try messages.add(answers)
    }
  }

  private func ledger(of records: [JoinWorld.Record]) throws -> Workbench {
    let bench = try Workbench()
    try write(records, to: bench)
    try bench.join()
    return bench
  }

  private func figures(_ bench: Workbench) throws -> (requests: Int, measured: Int, failed: Int, tokens: TokenUsage) {
    let totals = try bench.totals().values
    return (
      totals.reduce(0) { $0 + $1.counts.requests }, totals.reduce(0) { $0 + $1.counts.measured },
      totals.reduce(0) { $0 + $1.counts.failed }, totals.reduce(.zero) { $0 + $1.tokens }
    )
  }

  /// Worlds in which calls of one session end within the same second: their length tells them apart.
  private static let closeCalls = [4, 19, 201, 302, 362]

  @Test(arguments: Thoroughness.seeds(400, few: 2, and: closeCalls), [false, true])
  func everyRecordTogetherIsTheTruth(seed: Int, isDense: Bool) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 2000)
    let world = JoinWorld(&chance, isDense: isDense)
    let bench = try ledger(of: world.records.shuffled(using: &chance))
    let found = try figures(bench)
    #expect(found.requests == world.calls)
    #expect(found.failed == world.failed)
    #expect(found.measured == world.calls - world.failed)
    #expect(found.tokens == world.tokens)
    #expect(try bench.ledger.check() == [])
  }

  @Test(arguments: Thoroughness.seeds(400, few: 2, and: [344]), [false, true])
  func anyOrderSplitAndRepetitionGivesTheSame(seed: Int, isDense: Bool) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 3000)
    let world = JoinWorld(&chance, isDense: isDense)
    // Some sources may be lost.
    var sources = Set(JoinWorld.Source.allCases.filter { _ in Int.random(in: 0..<4, using: &chance) > 0 })
    // A fork alone names another session than the routers do.
    if !sources.contains(.transcripts) { sources.remove(.fork) }
    let records = world.records(of: sources)
    let whole = try ledger(of: records)
    let split = try Workbench()
    var rest = (records + records.filter { _ in Int.random(in: 0..<5, using: &chance) == 0 })
      .shuffled(using: &chance)[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...6, using: &chance)
      try write(rest.prefix(count), to: split)
      rest = rest.dropFirst(count)
      if Bool.random(using: &chance) { try split.join() }
    }
    try split.join()
    let changes = try split.figures().difference(from: whole.figures()).map { "\($0)" }
    #expect(changes == [], "of \(sources)")
    #expect(try split.ledger.check() == [])
  }

  @Test(arguments: Thoroughness.seeds(200, few: 2), [false, true])
  func lossNeverMakesMoreRequestsAndMoreRecordsNeverTellLess(seed: Int, isDense: Bool) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 4000)
    let world = JoinWorld(&chance, isDense: isDense)
    var sources: Set<JoinWorld.Source> = []
    var (requests, measured) = (0, 0)
    for source in JoinWorld.Source.allCases.shuffled(using: &chance)
    where source != .fork || sources.contains(.transcripts) {
      sources.insert(source)
      let found = try figures(ledger(of: world.records(of: sources)))
      #expect(found.requests <= world.calls, "of \(sources)")
      #expect(found.requests >= requests, "of \(sources)")
      #expect(found.measured >= measured, "of \(sources)")
      (requests, measured) = (found.requests, found.measured)
    }
  }
}
