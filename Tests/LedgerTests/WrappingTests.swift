import Foundation
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// Logs as other programs hand them on: in Docker's and the journal's objects, with prefixes, in colours, in UTF-16,
/// made readable. They tell the same as the log itself, and nothing twice.
struct WrappingTests {
  private static let others = ["truth", "expected", "clients", "totals"]

  private static let sources = [
    "ccr-v1/logs", "ccr-v2/logs", "claude-code/projects", "free-claude-code", "free-claude-code-6", "litellm",
    "claude-code-otel",
  ]

  /// Without thoroughness a third of the wrappings for each source, other ones for the next, so that each is tried.
  @Test(arguments: sources.indices)
  func anyWrappingGivesTheSameLedger(number: Int) throws {
    let source = Self.sources[number]
    let root = Fixture.root.appending(path: source)
    let configuration = try Fixture.configuration(source.hasPrefix("ccr-v2") ? "ccr-v2" : "ccr-v1")
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { name in
        ["log", "jsonl"].contains((name as NSString).pathExtension) && !Self.others.contains(where: name.contains)
      }.sorted().prefix(4)
    let logs = try names.map { try Thoroughness.part(of: Data(contentsOf: root.appending(path: $0)), bytes: 30_000) }
    let plain = try Workbench(configuration: configuration)
    for (number, log) in logs.enumerated() { try log.write(to: plain.log("\(number).log")) }
    try plain.ingest()
    let expected = try figures(plain)
    #expect(!expected.isEmpty)
    for (place, wrapping) in Wrapping.allCases.enumerated() where Thoroughness.isFull || (place + number) % 3 == 0 {
      let bench = try Workbench(configuration: configuration)
      let wrapped = logs.map { Data(wrapping.wrapped(Array($0))) }
      // It grows from one run to the next, and ends in the middle of a line meanwhile.
      for part in [5, 2, 1] {
        for (number, log) in wrapped.enumerated() {
          try log.prefix(log.count / part).write(to: bench.log("\(number).log"))
        }
        #expect(try bench.ingest(batchBytes: 50_000).failures.isEmpty)
      }
      try expectEqual(figures(bench), expected, "\(source) \(wrapping)")
      // The same log beside it tells nothing new.
      for (number, log) in logs.enumerated() { try log.write(to: bench.log("\(number)-plain.log")) }
      try bench.ingest()
      try expectEqual(figures(bench), expected, "\(source) \(wrapping), beside the log itself")
    }
  }

  /// A prompt on standard error, to which nobody answers, holds up the place to read on from, and not what is read.
  @Test func whatIsReadIsSaidWhereALineGoesOn() throws {
    let bench = try Workbench()
    let line = Wrapping.docker.wrapped(Array((FramingLine.answer(1) + "\n").utf8))
    let text = Data(#"{"log":"name? ","stream":"stderr","time":"2026-11-26T15:00:00Z"}"#.utf8) + [0x0A] + Data(line)
    try text.write(to: bench.log("x.log"))
    let report = try bench.ingest()
    #expect(report.requestsAdded == 1)
    #expect(report.bytesRead == Int64(text.count))
  }

  @Test func aWrappedFileThatHasNotChangedIsNotReadAgain() throws {
    let bench = try Workbench()
    let line = FramingLine.answer(1)
    for wrapping in Wrapping.allCases {
      try Data(wrapping.wrapped(Array((line + "\n").utf8))).write(to: bench.log("\(wrapping).log"))
    }
    let count = Wrapping.allCases.count
    #expect(try bench.ingest().filesRead == count)
    #expect(try bench.totals().values.map(\.counts.requests) == [1])
    #expect(try bench.ingest().filesUnchanged == count)
  }

  /// What was read before is not read again, as in a plain log.
  @Test(arguments: Wrapping.allCases.filter { ![.utf16, .utf16Docker, .indented, .array].contains($0) })
  func aWrappedLogThatGrowsIsReadOn(_ wrapping: Wrapping) throws {
    let bench = try Workbench()
    let path = bench.log("a.log")
    var text = wrapping.wrapped(Wrapping.lines(3) { FramingLine.answer($0) })
    for number in 4..<9 {
      let before = text.count
      try Data(text).write(to: path)
      try bench.ingest()
      text += wrapping.wrapped(Array((FramingLine.answer(number) + "\nnothing of ours\n").utf8))
      // Half a line is there, and waits.
      let torn = text + wrapping.wrapped(Array((FramingLine.answer(100) + "\n").utf8)).prefix(90)
      let handle = try FileHandle(forWritingTo: path)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(torn[before...]))
      try handle.close()
      let report = try bench.ingest()
      #expect(report.bytesRead == Int64(text.count - before), "\(number)")
      #expect(report.skipped.map(\.line) == [SkippedLine(line: Int64(2 * number - 3), reason: .foreign)], "\(number)")
      #expect(try bench.totals().values.map(\.counts.requests) == [number], "\(number)")
    }
  }

  /// Lines of two programs in one file, one behind the other or in turns, are those of two files. Without thoroughness
  /// each source meets two others before and two behind it.
  @Test func linesOfTwoSourcesInOneFileAreRead() throws {
    let configuration = try Fixture.configuration("ccr-v1")
    let files = [
      "ccr-v1/logs/ccr-20260622091000.log", "free-claude-code/server.log", "free-claude-code-6/info/server.log.gz",
      "litellm/spendlogs.jsonl.gz", "claude-code-otel/a/otlp-logs.jsonl",
    ]
    let names = files + ["transcript"]
    let logs = try files.map { try Array(text($0)) } + [Wrapping.lines(20) { FramingLine.answer($0) }]
    func lines(_ log: [UInt8]) -> [ArraySlice<UInt8>] { log.split(separator: 10) }
    for (place, one) in logs.enumerated() {
      let others = Thoroughness.isFull ? Array(1..<logs.count) : [1, 4]
      for (other, two) in others.map({ (place + $0) % logs.count }).map({ ($0, logs[$0]) }) {
        let apart = try Workbench(configuration: configuration)
        for (number, log) in [one, two].enumerated() { try Data(log).write(to: apart.log("\(number).log")) }
        try apart.ingest()
        let expected = try figures(apart)
        let both = [lines(one), lines(two)]
        let turns = (0..<max(both[0].count, both[1].count)).flatMap { index in
          both.filter { index < $0.count }.flatMap { $0[index] + [10] }
        }
        for (way, text) in [("behind", one + two), ("in turns", turns)] {
          let together = try Workbench(configuration: configuration)
          try Data(text).write(to: together.log("a.log"))
          #expect(try together.ingest(batchBytes: 30_000).failures.isEmpty)
          try expectEqual(figures(together), expected, "\(names[other]) \(way) \(names[place])")
        }
      }
    }
  }

  /// The first lines of a fixture.
  private func text(_ name: String) throws -> Data {
    let path = Fixture.root.appending(path: name).path
    let gzip = Process()
    let pipe = Pipe()
    gzip.executableURL = URL(filePath: "/bin/sh")
    gzip.arguments = ["-c", path.hasSuffix(".gz") ? "gzip -dc '\(path)'" : "cat '\(path)'"]
    gzip.standardOutput = pipe
    try gzip.run()
    let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
    gzip.waitUntilExit()
    return Thoroughness.part(of: text, bytes: 20_000)
  }

  @Test func aStreamCanBeWrapped() throws {
    for wrapping in Wrapping.allCases {
      let bench = try Workbench()
      let file = bench.folder.appending(path: "stream")
      let lines = Wrapping.lines(3) { FramingLine.answer($0) }
      try Data(wrapping.wrapped(lines)).write(to: file)
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      _ = try Ingest(into: bench.ledger, Ingest.Options(standardInput: handle.fileDescriptor)).run(["-"])
      #expect(try bench.totals().values.map(\.counts.requests) == [3], "\(wrapping)")
    }
  }

  @Test func utf16InAnArchiveIsRefusedByName() throws {
    let bench = try Workbench()
    let path = bench.log("a.jsonl.gz").path
    let text = bench.folder.appending(path: "a.jsonl")
    try Data(Wrapping.utf16.wrapped(Array((FramingLine.answer(1) + "\n").utf8))).write(to: text)
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/bin/sh")
    gzip.arguments = ["-c", "gzip -c < '\(text.path)' > '\(path)'"]
    try gzip.run()
    gzip.waitUntilExit()
    #expect(throws: LedgerError.log(.utf16(path: path))) { try bench.ingest([path]) }
  }

  @Test func whatComesBetweenTheRecordsOfAContainerIsCountedAndHarmsNone() throws {
    let bench = try Workbench()
    let lines = ["router starts", FramingLine.answer(1), "", "warning: {", FramingLine.answer(2)]
    let text = Wrapping.docker.wrapped(Array(lines.map { $0 + "\n" }.joined().utf8))
    try Data(text).write(to: bench.log("a-json.log"))
    let report = try bench.ingest()
    #expect(report.skipped.map(\.line.line) == [1, 4])
    #expect(try bench.totals().values.map(\.counts.requests) == [2])
  }

  private func figures(_ bench: Workbench) throws -> [String] {
    // How many bytes a prompt and an answer took in the log does change.
    try bench.figures(withBytes: false).map { $0.split(separator: " ").dropLast(2).joined(separator: " ") }
  }

  private func expectEqual(_ found: [String], _ expected: [String], _ what: String) {
    #expect(found.count == expected.count, "\(what)")
    if let (one, two) = zip(found, expected).first(where: { $0 != $1 }) {
      Issue.record("\(what): \(one)\n  instead of \(two)")
    }
  }
}

/// A line of a transcript.
enum FramingLine {
  static func answer(_ number: Int) -> String {
    #"{"type":"assistant","sessionId":"s","requestId":"req_\#(number)","timestamp":"2026-06-24T10:00:00.000Z","#
      + #""message":{"id":"msg_0\#(number)","model":"claude-sonnet-4-6","stop_reason":"end_turn","#
      + #""usage":{"input_tokens":1000,"output_tokens":100}}}"#
  }
}

/// What other programs make of a log.
enum Wrapping: String, CaseIterable {
  case docker, container, journal, short, compose, kubectl, pm2, pm2JSON, colours, utf16, utf16Docker, indented, array

  static func lines(_ count: Int, _ line: (Int) -> String) -> [UInt8] {
    Array((1...count).map { line($0) + "\n" }.joined().utf8)
  }

  /// After how many bytes a program cuts a line: fewer than any does, so that many are cut.
  private static let piece = 3000

  func wrapped(_ log: [UInt8]) -> [UInt8] {
    let lines = log.split(separator: 10, omittingEmptySubsequences: false).dropLast()
    switch self {
    case .docker: return lines.flatMap { pieces($0, end: "\n", object: docker) }
    case .utf16Docker:
      return Self.utf16.wrapped(lines.flatMap { pieces($0, end: "\n", object: docker) })
    case .container:
      return lines.flatMap { line in
        pieces(line, end: "") { text, isLast in "2026-11-26T15:00:00.000000001Z stdout \(isLast ? "F" : "P") \(text)" }
      }
    case .journal:
      return lines.flatMap { line in
        pieces(line, end: "") { text, isLast in
          #"{"__CURSOR":"s=1","_PID":"7","MESSAGE":\#(quoted(text))\#(isLast ? "" : #","_LINE_BREAK":"line-max""#)}"#
        }
      }
    case .short: return prefixed(lines, "Nov 26 15:00:00 host ccr[123]: ")
    case .compose: return prefixed(lines, "ccr-1      | ")
    case .kubectl: return prefixed(lines, "[pod/ccr-7d9f/ccr] 2026-11-26T15:00:00.000000001Z ")
    case .pm2: return prefixed(lines, "0|ccr      | 2026-11-26T15:00:00: ")
    case .pm2JSON:
      return lines.flatMap { line in
        let text = String(decoding: line, as: UTF8.self)
        return Array(
          (#"{"message":\#(quoted(text + "\n")),"timestamp":"2026-11-26T15:00:00","type":"out","process_id":0,"#
            + #""app_name":"ccr"}"# + "\n").utf8)
      }
    case .colours:
      return lines.flatMap { Array("\u{1B}[36mccr-1  | \u{1B}[0m\u{1B}[32m".utf8) + $0 + Array("\u{1B}[0m\n".utf8) }
    case .utf16:
      var bytes: [UInt8] = [0xFF, 0xFE]
      for unit in String(decoding: log, as: UTF8.self).replacing("\n", with: "\r\n").utf16 {
        bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      }
      return bytes
    case .indented: return lines.flatMap { indented($0) + [10] }
    case .array:
      return [UInt8(ascii: "[")] + Array(lines.joined(separator: Array(",\n".utf8))) + Array("]\n".utf8)
    }
  }

  private func docker(_ text: String, _ isLast: Bool) -> String {
    #"{"log":\#(quoted(text)),"stream":"stdout","time":"2026-11-26T15:00:00.000000001Z"}"#
  }

  private func prefixed(_ lines: ArraySlice<ArraySlice<UInt8>>, _ prefix: String) -> [UInt8] {
    lines.flatMap { Array(prefix.utf8) + $0 + [10] }
  }

  /// The objects of a line's pieces, each on a line of its own.
  private func pieces(_ line: ArraySlice<UInt8>, end: String, object: (String, Bool) -> String) -> [UInt8] {
    var found: [UInt8] = []
    var rest = line
    repeat {
      var length = min(Self.piece, rest.count)
      // Between characters, as no program cares to.
      while length < rest.count, rest[rest.startIndex + length] & 0xC0 == 0x80 { length -= 1 }
      let piece = String(decoding: rest.prefix(length), as: UTF8.self)
      rest = rest.dropFirst(length)
      found += Array((object(piece + (rest.isEmpty ? end : ""), rest.isEmpty) + "\n").utf8)
    } while !rest.isEmpty
    return found
  }

  private func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "<", ">", "&": quoted += "\\u00" + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// An object over many lines.
  private func indented(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var (text, depth, isString, isEscaped) = ([UInt8](), 0, false, false)
    func newline() -> [UInt8] { [10] + Array(repeating: 0x20, count: 2 * depth) }
    for byte in line {
      if isString {
        text.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        text += [byte] + newline()
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        text += newline() + [byte]
      case UInt8(ascii: ","): text += [byte] + newline()
      case UInt8(ascii: ":"): text += [byte, 0x20]
      case 0x20: break
      default:
        isString = byte == UInt8(ascii: "\"")
        text.append(byte)
      }
    }
    return text
  }
}
