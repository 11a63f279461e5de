import Model
import Reading
import Testing

@testable import Ledger

/// CC Switch in front of another router: both write the same call down, and it is one.
struct FrontRouterTests {
  private static let start: Int64 = 1_780_300_000_000
  private static let tokens = TokenUsage(input: 800, cacheRead: 200, output: 50)
  private static let session = "s"

  /// Who writes a call down.
  enum Record: CaseIterable {
    case front, router, proxy, client
  }

  private func request(_ record: Record, _ usage: TokenUsage?, status: Int = 200) -> RoutedRequest {
    let provider = [Record.front: "My Router", .router: "zai", .proxy: "openai"][record] ?? ""
    // CC Switch knows the second only in which an answer ended.
    let started = Self.start + (record == .front ? -470 : 0)
    var request = RoutedRequest(
      model: ModelID(provider: provider, model: "glm-5.2"), started: started,
      ended: started + (record == .front ? 530 : 500), session: Self.session,
      route: record == .router ? .background : .unknown, status: status,
      failure: status < 400 ? nil : .upstreamHTTP, usage: usage, usageSource: usage == nil ? .unknown : .upstream)
    request.variant.host = record == .router ? "api.z.ai" : nil
    if record == .front { request.keys.responseID = "msg_front" }
    return request
  }

  private func write(
    _ record: Record, _ usage: TokenUsage?, status: Int = 200, to bench: Workbench
  ) throws {
    try bench.ledger.write { database in
      if record == .client {
        var messages = try ClientMessages(database)
        try messages.add([
          TranscriptMessage(
            session: Self.session, messageID: "msg_front", requestID: nil, model: "glm-5.2", time: Self.start + 520,
            usage: Self.tokens)
        ])
        return
      }
      let sources = [Record.front: SourceName.ccSwitch, .router: .claudeCodeRouter, .proxy: .liteLLM]
      var (rows, names) = (try RequestRows(database), InternedNames(database))
      try rows.insert(
        request(record, usage, status: status), writer: rows.id(of: sources[record] ?? .ccSwitch), number: 1,
        replacing: true,
        extras: RequestRows.Extras(asked: try names.id(of: record == .proxy ? "glm-5.2" : "claude")))
      try rows.finish()
    }
    try bench.join()
  }

  private static let orders: [[Record]] = [
    [.front, .router], [.router, .front], [.front, .router, .client], [.client, .router, .front],
    [.router, .client, .front], [.front, .client, .router], [.front, .router, .front], [.router, .front, .router],
    [.client, .front, .router, .client],
  ]

  @Test(arguments: orders, [true, false])
  func theRouterBehindNamesTheProvider(order: [Record], isMeasured: Bool) throws {
    let bench = try Workbench()
    for record in order { try write(record, record == .front || isMeasured ? Self.tokens : nil, to: bench) }
    if order.last == .client { try bench.join() }
    let rows = try bench.rows()
    #expect(rows.map(\.model.provider) == ["zai"])
    #expect(rows.map(\.route) == [.background])
    // What the router behind does not know, the one in front tells.
    let totals = try bench.totals().values
    #expect(totals.map(\.tokens) == [Self.tokens])
    #expect(totals.map(\.counts.upstream) == [1])
    #expect(try bench.ledger.check() == [])
  }

  /// An answer that turns out to be another's takes the tokens back.
  @Test func whatIsLentIsTakenBack() throws {
    let bench = try Workbench()
    try write(.front, Self.tokens, to: bench)
    try write(.router, nil, to: bench)
    try write(.router, nil, status: 500, to: bench)
    let rows = try bench.rows()
    #expect(Set(rows.map(\.model.provider)) == ["zai", "My Router"])
    #expect(try bench.totals().values.map(\.tokens).reduce(.zero, +) == Self.tokens)
    #expect(try bench.ledger.check() == [])
  }

  @Test(arguments: [
    [Record.front, .router, .proxy], [.proxy, .router, .front], [.router, .front, .proxy], [.router, .proxy, .front],
    [.front, .proxy, .router], [.proxy, .front, .router], [.front, .router, .proxy, .client, .router],
  ])
  func threeRoutersAreOneRequest(order: [Record]) throws {
    let bench = try Workbench()
    for record in order { try write(record, record == .router ? nil : Self.tokens, to: bench) }
    try bench.join()
    #expect(try bench.rows().map(\.model.provider) == ["openai"])
    #expect(try bench.totals().values.map(\.tokens) == [Self.tokens])
    #expect(try bench.ledger.check() == [])
  }

  /// Records that name no session, as those of free-claude-code, one of which counts tokens: they are one call where the
  /// one lies within the other and lasted as long.
  @Test(
    arguments: [(longer: Int64(6), requests: 1), (longer: 240, requests: 1), (longer: 900, requests: 2)],
    [
      (front: 200, behind: 200), (front: 500, behind: 500),
      // What failed in front had begun behind: nobody knows what it took.
      (front: 500, behind: 0),
    ])
  func bothEndsTellACallWithoutASession(
    _ length: (longer: Int64, requests: Int), _ status: (front: Int, behind: Int)
  ) throws {
    let bench = try Workbench()
    let ended = Self.start + 7_412
    func write(_ source: SourceName, _ request: RoutedRequest) throws {
      try bench.ledger.write { database in
        var rows = try RequestRows(database)
        try rows.insert(request, writer: rows.id(of: source), number: 1, replacing: true)
        try rows.finish()
      }
      try bench.join()
    }
    func request(_ provider: String, _ times: ClosedRange<Int64>, _ status: Int) -> RoutedRequest {
      RoutedRequest(
        model: ModelID(provider: provider, model: "m"), started: times.lowerBound, ended: times.upperBound,
        status: status == 0 ? nil : status, failure: [0: .interrupted, 500: .upstreamHTTP][status])
    }
    let second = ended / 1000 * 1000
    var front = request("Mine", second - 3000 - length.longer...second, status.front)
    if status.front == 200 { (front.usage, front.usageSource) = (Self.tokens, .upstream) }
    front.session = Self.session
    var behind = request("lmstudio", ended - 3000...ended, status.behind)
    if status.behind == 200 { behind.reason = .proxyLog(.logLevel) }
    try write(.ccSwitch, front)
    try write(.freeClaudeCode, behind)
    #expect(try bench.rows().count == length.requests)
    // What the proxy told its caller is known, and not that the provider said so.
    if status.front == 200, length.requests == 1 {
      #expect(try bench.totals().values.map(\.tokens) == [Self.tokens])
      #expect(try bench.totals().values.map(\.counts.router) == [1])
    }
    #expect(try bench.rows().contains { $0.model.provider == "lmstudio" })
    #expect(try bench.ledger.check() == [])
  }

  /// An answer in one piece keeps the provider's id on its way through claude-code-router: both records have it, and
  /// which of them is nearer the provider only the address tells that was called.
  @Test(arguments: [("api.z.ai", "zai"), ("127.0.0.1:15721", "Mine")])
  func aSharedKeyDoesNotTellWhoIsInFront(host: String, provider: String) throws {
    let bench = try Workbench()
    try bench.ledger.write { database in
      var rows = try RequestRows(database)
      let isFront = provider == "zai"
      let (wide, narrow) = (Self.start...Self.start + 900, Self.start + 100...Self.start + 800)
      for (source, name) in [(SourceName.ccSwitch, "Mine"), (.claudeCodeRouter, "zai")] {
        let times = (source == .ccSwitch) == isFront ? wide : narrow
        var request = RoutedRequest(
          model: ModelID(provider: name, model: "glm-5.2"), started: times.lowerBound, ended: times.upperBound,
          status: 200, usage: Self.tokens, usageSource: .upstream)
        request.keys.responseID = "chatcmpl-9c559f6d8fd7"
        if source == .claudeCodeRouter { request.variant.host = host }
        try rows.insert(request, writer: rows.id(of: source), number: 1, replacing: true)
      }
      try rows.finish()
    }
    try bench.join()
    #expect(try bench.rows().map(\.model.provider) == [provider])
    #expect(try bench.ledger.check() == [])
  }

  /// A record of one of two routers that name no session.
  struct Half: Sendable {
    var source: SourceName
    var status = 200
    /// Tokens of the answer, where it counts them.
    var output: Int64?
    var host: String?
    var later: Int64 = 0
  }

  /// Two records that are one call as far as names and times tell.
  private func requests(_ outer: Half, _ inner: Half, isOuterFirst: Bool) throws -> Int {
    let bench = try Workbench()
    let asked: String? = inner.source == .liteLLM ? "cheap" : nil
    for half in isOuterFirst ? [outer, inner] : [inner, outer] {
      let isOuter = half.source == outer.source
      let started = Self.start + half.later + (isOuter ? 0 : 20)
      var request = RoutedRequest(
        model: ModelID(provider: isOuter ? "gateway" : "maker", model: isOuter ? "cheap" : "glm-5.2-2026"),
        started: started, ended: started + (isOuter ? 3000 : 2970),
        status: half.status,
        failure: half.status < 400 ? nil : .upstreamHTTP)
      if let output = half.output {
        (request.usage, request.usageSource) = (TokenUsage(input: 1000, output: output), .upstream)
      }
      request.variant.host = half.host
      try bench.ledger.write { database in
        var (rows, names) = (try RequestRows(database), InternedNames(database))
        try rows.insert(
          request, writer: rows.id(of: half.source), number: 1, replacing: true,
          extras: RequestRows.Extras(asked: isOuter ? nil : asked.map { try names.id(of: $0) }))
        try rows.finish()
      }
      try bench.join()
    }
    #expect(try bench.ledger.check() == [])
    return try bench.rows().count
  }

  /// What a router counted in front is an answer of the same length behind.
  @Test(
    arguments: [
      (SourceName.claudeCodeRouter, "127.0.0.1:4000"), (.claudeCodeRouterStore, nil), (.freeClaudeCode, nil),
      (.ccSwitch, nil),
    ] as [(SourceName, String?)], [true, false])
  func anAnswerThatWasCountedInFrontIsOneOfThatLength(_ front: (SourceName, String?), isOuterFirst: Bool) throws {
    for (output, status, count) in [(50, 200, 1), (60, 200, 2), (nil, 500, 2)] as [(Int64?, Int, Int)] {
      let found = try requests(
        Half(source: front.0, output: 50, host: front.1),
        Half(source: .liteLLM, status: status, output: output, host: "api.maker.example"), isOuterFirst: isOuterFirst)
      #expect(found == count, "\(front.0) \(output ?? 0)")
    }
  }

  /// What failed in a router that does not say whom it called can have failed elsewhere.
  @Test(arguments: [SourceName.claudeCodeRouterStore, .freeClaudeCode, .ccSwitch], [true, false])
  func aCallThatFailedInFrontIsNoneThatWasAnsweredBehind(source: SourceName, isOuterFirst: Bool) throws {
    for (output, status, count) in [(50, 200, 2), (nil, 500, 1)] as [(Int64?, Int, Int)] {
      let found = try requests(
        Half(source: source, status: 500),
        Half(source: .liteLLM, status: status, output: output, host: "api.maker.example"), isOuterFirst: isOuterFirst)
      #expect(found == count, "\(output ?? 0)")
    }
  }

  /// free-claude-code names neither an address nor a session: one call through it and LiteLLM has the name that was
  /// asked for, and ends at the same time in both records.
  @Test(arguments: [(Int64(0), 1), (200, 1), (-900, 2), (1500, 2)], [true, false])
  func freeClaudeCodeInFrontOfLiteLLM(_ apart: (later: Int64, requests: Int), isOuterFirst: Bool) throws {
    let found = try requests(
      Half(source: .freeClaudeCode), Half(source: .liteLLM, output: 50, host: "api.maker.example", later: apart.later),
      isOuterFirst: isOuterFirst)
    #expect(found == apart.requests)
  }

  /// The client knows the id that free-claude-code gave the answer, and another model's name; LiteLLM knows neither.
  @Test(
    arguments: [
      [Record.front, .proxy, .client], [.front, .client, .proxy], [.proxy, .front, .client], [.proxy, .client, .front],
      [.client, .front, .proxy], [.client, .proxy, .front], [.front, .proxy, .client, .front],
      [.front, .client, .proxy, .proxy],
    ], [true, false])
  func theClientsAnswerIsOfTheCallBehind(order: [Record], isMeasured: Bool) throws {
    let bench = try Workbench()
    for record in order {
      try bench.ledger.write { database in
        if record == .client {
          var messages = try ClientMessages(database)
          try messages.add([
            TranscriptMessage(
              session: Self.session, messageID: "msg_1", requestID: "req_1", model: "claude-opus-4-8",
              time: Self.start + 3010, usage: Self.tokens)
          ])
          return
        }
        let isFront = record == .front
        var request = RoutedRequest(
          model: ModelID(provider: isFront ? "custom" : "maker", model: isFront ? "cheap" : "glm-5.2-2026"),
          started: Self.start + (isFront ? 0 : 20), ended: Self.start + 3000, status: 200)
        if isFront { request.keys.requestIDHeader = "req_1" }
        if !isFront, isMeasured { (request.usage, request.usageSource) = (Self.tokens, .upstream) }
        var (rows, names) = (try RequestRows(database), InternedNames(database))
        try rows.insert(
          request, writer: rows.id(of: isFront ? .freeClaudeCode : .liteLLM), number: 1, replacing: true,
          extras: RequestRows.Extras(asked: isFront ? nil : try names.id(of: "cheap")))
        try rows.finish()
      }
      try bench.join()
    }
    #expect(try bench.rows().map(\.model.provider) == ["maker"])
    let totals = try bench.totals().values
    #expect(totals.map(\.tokens) == [Self.tokens])
    #expect(totals.map(\.counts.measured) == [1])
    #expect(try bench.ledger.check() == [])
  }
}
