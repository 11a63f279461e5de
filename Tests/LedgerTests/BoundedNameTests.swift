import Foundation
import GRDB
import Testing

@testable import Ledger

/// What logs call models, sessions and hosts may be of any length; what the ledger keeps of it is not.
struct BoundedNameTests {
  @Test func longNamesAreCutAndStayTwo() {
    let name = String(repeating: "m", count: 100_000)
    #expect("glm-5.2".boundedName == "glm-5.2")
    #expect(String(repeating: "m", count: 512).boundedName.count == 512)
    #expect(name.boundedName.utf8.count < 300)
    #expect((name + "a").boundedName != (name + "b").boundedName)
    #expect(name.boundedName.boundedName == name.boundedName)
    #expect(("e" + String(repeating: "\u{301}", count: 100_000)).boundedName.utf8.count < 300)
  }

  @Test func noNameFillsTheLedger() throws {
    let bench = try Workbench()
    let long = String(repeating: "x", count: 200_000)
    let head = #"{"level":30,"time":1782216000000,"pid":7,"hostname":"\#(long)","reqId":"req-1","#
    let lines = [
      head + #""req":{"method":"POST","url":"/v1/messages","host":"x"},"msg":"incoming request"}"#,
      head
        + #""data":{"model":"ollama,\#(long)","messages":[],"metadata":{"user_id":"u_session_\#(long)"},"stream":false},"type":"request body"}"#,
      head + #""res":{"statusCode":200},"responseTime":500.1,"msg":"request completed"}"#,
    ]
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: bench.log("a.log"))
    try bench.ingest()
    #expect(try bench.figures().count == 1)
    #expect(try bench.figures().allSatisfy { $0.utf8.count < 1500 })
    let answer =
      #"{"type":"assistant","sessionId":"\#(long)","timestamp":"2026-06-23T12:00:01.000Z","requestId":"r1","message":{"id":"m1","model":"\#(long)","role":"assistant","content":[],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}},"uuid":"u1"}"#
    try Data((answer + "\n").utf8).write(to: bench.folder.appending(path: "t.jsonl"))
    try bench.ingest([bench.folder.appending(path: "t.jsonl").path])
    let kept = try bench.ledger.read { try String.fetchAll($0, sql: "SELECT text FROM word") }
    #expect(kept.allSatisfy { $0.utf8.count < 600 })
    try FileManager.default.removeItem(at: bench.folder.appending(path: "t.jsonl"))
    // The same again is the same.
    let rows = try bench.figures()
    try FileManager.default.copyItem(at: bench.log("a.log"), to: bench.log("b.log"))
    try bench.ingest()
    #expect(try bench.figures() == rows)
  }
}
