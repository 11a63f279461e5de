import Foundation
import TestSupport

@testable import Reading

/// The lines of a fixture, without their newlines.
func fixtureLines(_ name: String) throws -> [[UInt8]] {
  try Data(contentsOf: URL(filePath: Fixtures.path(name))).split(separator: 10).map { Array($0) }
}

/// The transcripts of the fixture.
func transcriptPaths() throws -> [String] {
  let root = Fixtures.path("claude-code/projects")
  let names = try FileManager.default.subpathsOfDirectory(atPath: root)
  return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { "claude-code/projects/\($0)" }
}

/// The objects of a JSON Lines fixture.
func fixtureObjects(_ name: String) throws -> [[String: Any]] {
  try fixtureLines(name).map { try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] ?? [:] }
}

func transcript(_ lines: some Sequence<[UInt8]>) -> TranscriptBatch {
  var collector = TranscriptCollector()
  for (number, line) in lines.enumerated() { collector.take(line.span, at: 0, line: Int64(number + 1)) }
  return collector.finish()
}

func transcript(_ text: String) -> TranscriptBatch { transcript([Array(text.utf8)]) }

func proxyLog(_ lines: some Sequence<[UInt8]>) -> FreeClaudeCodeBatch {
  var collector = FreeClaudeCodeCollector()
  for (number, line) in lines.enumerated() { collector.take(line.span, at: 0, line: Int64(number + 1)) }
  return collector.finish()
}

/// A text as JSON writes it, quotes included.
func quoted(_ text: String) -> String {
  let data = try? JSONEncoder().encode(text)
  return String(decoding: data ?? Data(), as: UTF8.self)
}

/// A file that goes when the body is done.
@discardableResult
func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
  let file = FileManager.default.temporaryDirectory.appending(path: "router-logs-\(UUID().uuidString)")
  try Data(bytes).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  return try body(file.path(percentEncoded: false))
}
