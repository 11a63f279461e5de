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

  private static func calls() throws -> [Call] {
    var source = GzipSource(try FileSource(path: path(gateway)), path: gateway)
    var (bytes, buffer) = (Data(), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = try source.read(into: &buffer, from: 0)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return try bytes.split(separator: 10).compactMap { line in
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
    var text = ""
    for (index, call) in calls.enumerated() {
      func line(_ level: Int, _ time: Int64, _ rest: String) {
        text +=
          #"{"level":\#(level),"time":\#(time),"pid":7,"hostname":"h","reqId":"req-\#(String(index + 1, radix: 36))","#
          + rest + "\n"
      }
      let user = #"{"user_id":"user_a_account__session_\#(call.session)"}"#
      line(30, call.started - 8, #""req":{"method":"POST","url":"/v1/messages?beta=true"},"msg":"incoming request"}"#)
      line(30, call.started - 7, #""msg":"Using background model for claude-haiku"}"#)
      line(
        30, call.started - 6,
        #""data":{"model":"gateway,\#(call.group)","messages":[],"metadata":\#(user),"stream":true},"#
          + #""type":"request body"}"#)
      line(
        20, call.started - 5,
        #""request":{"method":"POST","headers":{},"body":"{\"model\":\"\#(call.group)\"}"},"headers":{},"#
          + #""requestUrl":"http://127.0.0.1:4000/v1/messages","msg":"final request"}"#)
      line(30, call.ended + 9, #""res":{"statusCode":200},"responseTime":51.2,"msg":"request completed"}"#)
    }
    return Data(text.utf8)
  }

  /// Requests, and their sums by model, whatever the route.
  private static func figures(_ bench: Workbench) throws -> [String: String] {
    try bench.totals().reduce(into: [:]) { sums, total in
      sums[total.key.description] = "\(total.value.counts) \(total.value.tokens)"
    }
  }

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1], [0, 2, 1], [1, 2, 0]])
  func aCallThroughTwoRoutersIsOneRequestInAnyOrder(order: [Int]) throws {
    let calls = try Self.calls()
    #expect(calls.count > 20)
    let alone = try Workbench()
    try alone.ingest([Self.path(Self.gateway), Self.path(Self.clients)])
    let expected = try Self.figures(alone)

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
}
