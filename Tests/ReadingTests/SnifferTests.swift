import Foundation
import TestSupport
import Testing

@testable import Reading

struct SnifferTests {
  private func kind(_ text: String) throws -> SourceKind? {
    try SourceSniffer.kind(of: Array(text.utf8), path: "x")
  }

  @Test func everyFixtureIsToldByItsContent() throws {
    func kinds(_ folder: String, _ suffix: String) throws -> Set<SourceKind?> {
      let names = try FileManager.default.subpathsOfDirectory(atPath: Fixtures.path(folder)).filter {
        $0.hasSuffix(suffix)
      }
      #expect(!names.isEmpty)
      return try Set(names.map { try SourceSniffer.kind(ofFileAt: Fixtures.path("\(folder)/\($0)")) })
    }
    for folder in ["ccr-v1/logs", "ccr-v1-docker/logs", "ccr-v2/logs"] {
      #expect(try kinds(folder, ".log") == [.log(.claudeCodeRouter)])
    }
    #expect(try kinds("claude-code/projects", ".jsonl") == [.log(.claudeCode)])
    #expect(try kinds("free-claude-code", ".log") == [.log(.freeClaudeCode)])
    for (folder, suffix) in [
      ("ccr-v1", "truth.jsonl"), ("ccr-v1", "clients.jsonl"), ("ccr-v1", ".json"), ("ccr-v1/logs", ".txt"),
      ("claude-code", "truth.jsonl"), ("free-claude-code", "truth.jsonl"), ("ccr-v1", "stdout.txt"),
    ] {
      #expect(try kinds(folder, suffix) == [nil], "\(folder) \(suffix)")
    }
  }

  @Test func frontsThatEndAnywhere() throws {
    // A first line can be longer than what is looked at.
    let long = String(repeating: "x", count: SourceSniffer.reach)
    #expect(
      try kind(#"{"parentUuid":null,"isSidechain":false,"sessionId":"s","type":"user","message":"\#(long)"#)
        == .log(.claudeCode))
    #expect(
      try kind(#"{"time": "2026", "level": "DEBUG", "message": "FULL_PAYLOAD [req_1]: \#(long)"#)
        == .log(.freeClaudeCode))
    #expect(try kind(#"{"type":"summary","summary":"s","leafUuid":"u"}"#) == .log(.claudeCode))
    #expect(
      try kind(#"{"type":"file-history-snapshot","messageId":"m","snapshot":{},"isSnapshotUpdate":false}"#)
        == .log(.claudeCode))
    #expect(try kind("Server starts\n{\"level\":30,\"time\":1782087000709,\"pid\":1}") == .log(.claudeCodeRouter))
    #expect(try kind("SQLite format 3\0\u{10}") == .sqlite)
    // The front of an array can end in an element that looks like a line.
    let line = #"{"level":30,"time":1782087000709,"pid":1,"hostname":"h","msg":""#
    #expect(try kind("[\(line)\"},\n\(line)\(long)") == .document(.claudeCodeRouter))
  }

  /// Exports of collectors, and answers of their interfaces: one document for many lines.
  @Test func linesWithinADocumentAreNamedWithTheWayOut() throws {
    let line = #"{"level":30,"time":1782087000709,"pid":1,"hostname":"h","msg":"m"}"#
    let text = line.replacing("\"", with: "\\\"")
    let long = String(repeating: "x", count: SourceSniffer.reach)
    let answer =
      #"{"type":"assistant","sessionId":"s","timestamp":"2026-06-24T00:00:01Z","message":{"id":"m","model":"x"}}"#
    for (document, filter) in [
      ("[\n  {\n \"insertId\": \"i\",\n \"jsonPayload\": \(line)}]", "-c '.[].jsonPayload'"),
      (#"[{"insertId":"i","textPayload":"other"},{"insertId":"j","textPayload":"\#(text)"}]"#, "-r '.[].textPayload'"),
      (#"{"events":[{"timestamp":1,"message":"\#(text)","ingestionTime":2}]}"#, "-r '.events[].message'"),
      (
        #"{"took":5,"hits":{"total":{"value":1},"hits":[{"_index":"i","_source":{"message":"\#(text)"}}]}}"#,
        "-r '.hits.hits[]._source.message'"
      ),
      (#"{"took":5,"hits":{"hits":[{"_index":"i","_source":\#(answer)}]}}"#, "-c '.hits.hits[]._source'"),
      (
        #"{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["17","\#(text)"]]}]}}"#,
        "-r '.data.result[].values[][1]'"
      ),
      (
        #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"\#(text)"}}]}]}]}"#,
        "-r '.resourceLogs[].scopeLogs[].logRecords[].body.stringValue'"
      ),
      (#"{"events":[{"message":"\#(text)"},{"message":"\#(long)"}]}"#, "-r '.events[].message'"),
    ] {
      #expect(throws: LogError.collected(path: "x", filter: filter)) { try kind(document) }
      #expect(throws: LogError.collected(path: "x", filter: filter)) {
        try SourceSniffer.kind(of: gzip(Array(document.utf8)), path: "x")
      }
    }
    // A list of sessions is none of answers.
    let index = #"{"version":1,"entries":[{"sessionId":"s","fullPath":"/x","isSidechain":false,"type":"t"}]}"#
    #expect(try kind(index) == nil)
  }

  @Test func whatNobodyOfOursWrites() throws {
    for text in [
      "", "\n\n", "{", "hello", "[1]", #"{"time":"t","level":"i","message":"m"}"# + "\n", #"{"type":"user"}"#,
      #"{"message":{"sessionId":"s","type":"user"}}"#, #"{"text":"{\"level\":30,\"time\":1}"}"#,
      #"{"sessionId":7,"type":"user"}"#, "SQLite format 3",
    ] {
      #expect(try kind(text) == nil, "\(text)")
    }
  }

  @Test func archives() throws {
    let log = try fixtureLines("free-claude-code/server.log").joined(separator: [10]).map { $0 }
    #expect(try withFile(gzip(log), { try SourceSniffer.kind(ofFileAt: $0) }) == .gzip(.log(.freeClaudeCode)))
    // Incompressible bytes behind the first line: the front ends inside of the member.
    var chance = SeededGenerator(seed: 2)
    let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &chance) }
    let router = Array("{\"level\":30,\"time\":1,\"pid\":1}\n".utf8) + noise
    #expect(try withFile(gzip(router), { try SourceSniffer.kind(ofFileAt: $0) }) == .gzip(.log(.claudeCodeRouter)))
    #expect(try withFile(gzip(Array("hello".utf8)), { try SourceSniffer.kind(ofFileAt: $0) }) == nil)
    #expect(try withFile(gzip(gzip(log)), { try SourceSniffer.kind(ofFileAt: $0) }) == nil)
    #expect(
      try withFile(gzip(Array("SQLite format 3\0".utf8)), { try SourceSniffer.kind(ofFileAt: $0) }) == .gzip(.sqlite))
    try withFile([0x1f, 0x8b, 8, 0]) { path in
      #expect(throws: LogError.badArchive(path: path, fault: .truncated)) { try SourceSniffer.kind(ofFileAt: path) }
    }
    #expect(throws: LogError.self) { try SourceSniffer.kind(ofFileAt: "/nowhere/at/all") }
  }
}
