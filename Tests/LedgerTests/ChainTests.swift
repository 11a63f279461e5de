import Foundation
import GRDB
import Model
import Reading
import Testing

@testable import Ledger

/// A call that went through claude-code-router and LiteLLM is one request: LiteLLM's provider, model and tokens, and
/// the route of claude-code-router.
struct ChainTests {
  /// What LiteLLM wrote of its calls for real clients, with the clients' own records beside it.
  private static let gateway = "litellm/a/standard_logging.jsonl.gz"
  private static let clients = "litellm/a/claude-code"

  private static func path(_ name: String) -> String { Fixture.root.appending(path: name).path }

  /// A call of LiteLLM, as far as the router in front of it knows it.
  private struct Call {
    var started: Int64
    var ended: Int64
    var group: String
    var session: String
  }

  private static func plain(_ name: String) throws -> Data {
    var source = GzipSource(try FileSource(path: path(name)), path: name)
    var (bytes, buffer) = (Data(), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = try source.read(into: &buffer, from: 0)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  private static func calls() throws -> [Call] {
    try plain(gateway).split(separator: 10).compactMap { line in
      let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      guard object["status"] as? String == "success", let session = object["trace_id"] as? String,
        session.split(separator: "-").count == 5, let group = object["model_group"] as? String,
        let start = object["startTime"] as? Double, let end = object["endTime"] as? Double
      else { return nil }
      return Call(started: Int64(start * 1000), ended: Int64(end * 1000), group: group, session: session)
    }
  }

  /// The log of a claude-code-router that passed those calls on.
  private static func log(of calls: [Call]) -> Data {
    RouterLog.bytes(
      of: calls.map {
        RouterLog.Call(started: $0.started, ended: $0.ended, model: $0.group, session: $0.session)
      }, address: "127.0.0.1:4000")
  }

  /// Requests, and their sums by model, whatever the route.
  private static func figures(_ bench: Workbench) throws -> [String: String] {
    try bench.totals().reduce(into: [:]) { sums, total in
      sums[total.key.description] = "\(total.value.counts) \(total.value.tokens)"
    }
  }

  /// What the records of the inner router and of the clients amount to alone.
  private static let alone: Result<[String: String], any Error> = Result {
    let bench = try Workbench()
    try bench.ingest([path(gateway), path(clients)])
    return try figures(bench)
  }

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 2, 1], [1, 2, 0]])
  func aCallThroughTwoRoutersIsOneRequestInAnyOrder(order: [Int]) throws {
    let calls = try Self.calls()
    #expect(calls.count > 20)
    let expected = try Self.alone.get()

    let bench = try Workbench()
    let router = bench.folder.appending(path: "router.log")
    try Self.log(of: calls).write(to: router)
    let sources = [[router.path], [Self.path(Self.gateway)], [Self.path(Self.clients)]]
    for index in order { try bench.ingest(sources[index]) }
    #expect(try Self.figures(bench) == expected)
    let routes = try bench.rows().count { $0.route == .background }
    #expect(routes == calls.count)
    #expect(try bench.ledger.check() == [])

    // Either record read again, under another name, changes nothing.
    let copy = bench.folder.appending(path: "copy.log")
    try Self.log(of: calls).write(to: copy)
    try bench.ingest([copy.path])
    #expect(try Self.figures(bench) == expected)
  }

  @Test func withoutTheClientsRecordsTheIntervalsTell() throws {
    let calls = try Self.calls()
    let alone = try Workbench()
    try alone.ingest([Self.path(Self.gateway)])
    let bench = try Workbench()
    let router = bench.folder.appending(path: "router.log")
    try Self.log(of: calls).write(to: router)
    try bench.ingest([router.path, Self.path(Self.gateway)])
    #expect(try Self.figures(bench) == Self.figures(alone))
  }

  /// Calls of free-claude-code, which at INFO does not say what it was asked for, and never by whom.
  private static func freeClaudeCodeCalls(_ name: String) throws -> [RouterLog.Call] {
    let records = try plain(name).split(separator: 10).compactMap { line in
      (try JSONSerialization.jsonObject(with: line) as? [String: Any])?["record"] as? [String: Any]
    }
    let extras = records.compactMap { record in (record["extra"] as? [String: Any]).map { (record, $0) } }
    let asked = extras.reduce(into: [String: String]()) { asked, entry in
      guard let payload = entry.1["trace_payload"] as? [String: Any], let id = payload["request_id"] as? String,
        let model = payload["gateway_model"] as? String
      else { return }
      asked[id] = model
    }
    return extras.compactMap { record, extra in
      guard extra["event"] as? String == "request.completed", let id = extra["request_id"] as? String,
        let duration = extra["duration_ms"] as? Double, let time = record["time"] as? [String: Any],
        let end = time["timestamp"] as? Double
      else { return nil }
      return RouterLog.Call(
        started: Int64(end * 1000 - duration), ended: Int64(end * 1000), model: asked[id] ?? "claude-opus-4-8",
        session: nil)
    }
  }

  /// Without a transcript nothing but the interval tells that both logs hold the same calls.
  @Test(arguments: ["info", "debug"], [true, false])
  func aRouterInFrontOfFreeClaudeCodeCountsOnce(level: String, isOuterFirst: Bool) throws {
    let inner = "free-claude-code-6/\(level)/server.log.gz"
    let alone = try Workbench()
    try alone.ingest([Self.path(inner)])
    let calls = try Self.freeClaudeCodeCalls(inner)
    #expect(calls.count == (level == "info" ? 86 : 34))
    let bench = try Workbench()
    let outer = bench.folder.appending(path: "router.log")
    try RouterLog.bytes(of: calls, address: "127.0.0.1:8082").write(to: outer)
    for path in isOuterFirst ? [outer.path, Self.path(inner)] : [Self.path(inner), outer.path] {
      try bench.ingest([path])
    }
    #expect(try Self.figures(bench) == Self.figures(alone))
    #expect(try bench.rows().allSatisfy { $0.route == .background })

    // With the clients' own records, it is the same number.
    try bench.ingest(["projects", "otlp-logs.jsonl"].map { Self.path("free-claude-code-6/\(level)/\($0)") })
    #expect(try bench.rows().count == calls.count)
  }

  /// A call of a far provider, and one of a server of local models, are none of the other router's.
  @Test(arguments: ["api.example.com", "127.0.0.1:11434"])
  func callsOfProvidersStayBesideThoseOfAnotherRouter(address: String) throws {
    let inner = "free-claude-code-6/info/server.log.gz"
    let calls = try Self.freeClaudeCodeCalls(inner)
    let bench = try Workbench()
    let outer = bench.folder.appending(path: "router.log")
    try RouterLog.bytes(of: calls, address: address).write(to: outer)
    try bench.ingest([outer.path, Self.path(inner)])
    #expect(try bench.rows().count == 2 * calls.count)
  }
}
