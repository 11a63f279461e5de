import Foundation
import Reading
import TestSupport
import Testing

@testable import Ledger

/// What the shape of a line must not change: the order of its keys, keys that nobody knows, white space, its end, and
/// where a file is cut.
struct ShapeTests {
  private static let others = ["truth", "expected", "clients", "totals"]

  @Test(
    arguments: [
      "ccr-v1/logs", "ccr-v2/logs", "claude-code/projects", "free-claude-code", "free-claude-code-6", "litellm",
      "claude-code-otel",
    ], Thoroughness.seeds(3))
  func anyShapeGivesTheSameLedger(source: String, seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let root = Fixture.root.appending(path: source)
    let configuration = try Fixture.configuration(source.hasPrefix("ccr-v2") ? "ccr-v2" : "ccr-v1")
    let plain = try Workbench(configuration: configuration)
    let other = try Workbench(configuration: configuration)
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { name in
        ["log", "jsonl"].contains((name as NSString).pathExtension) && !Self.others.contains(where: name.contains)
      }.sorted()
    for (number, name) in names.enumerated() {
      let data = try Thoroughness.part(of: Data(contentsOf: root.appending(path: name)), bytes: 30_000)
      try data.write(to: plain.log("\(number).log"))
      var changed: [UInt8] = []
      for line in data.split(separator: 10) {
        let tree = JSONTree(Array(line))
        changed += tree.map { Array($0.text(&chance).utf8) } ?? Array(line)
        changed += Bool.random(using: &chance) ? [13, 10] : [10]
      }
      var written = 0
      while written < changed.count {
        let end = min(changed.count, written + Int.random(in: 1...max(1, changed.count / 2), using: &chance))
        try append(changed[written..<end], to: other.log("\(number).log"))
        written = end
        try other.ingest(batchBytes: Int64.random(in: 5000...500_000, using: &chance))
      }
    }
    let report = try plain.ingest()
    #expect(report.skippedCount == 0)
    // How many bytes a prompt and an answer took in the log does change.
    func figures(_ bench: Workbench) throws -> [String] {
      try bench.figures(withBytes: false).map { $0.split(separator: " ").dropLast(2).joined(separator: " ") }
    }
    let (expected, found) = try (figures(plain), figures(other))
    #expect(!expected.isEmpty)
    #expect(found.count == expected.count)
    for (one, two) in zip(found, expected) where one != two {
      Issue.record("\(one)\n  instead of \(two)")
      break
    }
  }

  private func append(_ bytes: ArraySlice<UInt8>, to url: URL) throws {
    if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
    let handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }
}

/// A JSON text as it is written, scalar by scalar.
private indirect enum JSONTree {
  case object([(key: String, value: JSONTree)])
  case array([JSONTree])
  case scalar(String)

  init?(_ bytes: [UInt8]) {
    var place = 0
    guard let tree = Self.value(bytes, &place), place == bytes.count else { return nil }
    self = tree
  }

  private static func value(_ bytes: [UInt8], _ place: inout Int) -> JSONTree? {
    space(bytes, &place)
    guard place < bytes.count else { return nil }
    switch bytes[place] {
    case UInt8(ascii: "{"):
      var members: [(key: String, value: JSONTree)] = []
      place += 1
      while place < bytes.count {
        space(bytes, &place)
        if bytes[place] == UInt8(ascii: "}") || bytes[place] == UInt8(ascii: ",") {
          place += 1
          if bytes[place - 1] == UInt8(ascii: "}") { return .object(members) }
          continue
        }
        guard case .scalar(let key) = value(bytes, &place) else { return nil }
        space(bytes, &place)
        place += 1
        guard let value = value(bytes, &place) else { return nil }
        members.append((key, value))
      }
      return nil
    case UInt8(ascii: "["):
      var elements: [JSONTree] = []
      place += 1
      while place < bytes.count {
        space(bytes, &place)
        if bytes[place] == UInt8(ascii: "]") || bytes[place] == UInt8(ascii: ",") {
          place += 1
          if bytes[place - 1] == UInt8(ascii: "]") { return .array(elements) }
          continue
        }
        guard let value = value(bytes, &place) else { return nil }
        elements.append(value)
      }
      return nil
    case UInt8(ascii: "\""):
      let start = place
      place += 1
      while place < bytes.count, bytes[place] != UInt8(ascii: "\"") { place += bytes[place] == 0x5C ? 2 : 1 }
      place += 1
      return place <= bytes.count ? .scalar(String(decoding: bytes[start..<place], as: UTF8.self)) : nil
    default:
      let start = place
      while place < bytes.count, !",]} \t\r\n".utf8.contains(bytes[place]) { place += 1 }
      return .scalar(String(decoding: bytes[start..<place], as: UTF8.self))
    }
  }

  private static func space(_ bytes: [UInt8], _ place: inout Int) {
    while place < bytes.count, " \t\r\n".utf8.contains(bytes[place]) { place += 1 }
  }

  /// The same value, written otherwise: its keys in any order, others between them, and white space.
  func text(_ chance: inout SeededGenerator) -> String {
    func gap(_ chance: inout SeededGenerator) -> String {
      ["", "", " ", "  ", "\t"][Int.random(in: 0..<5, using: &chance)]
    }
    switch self {
    case .scalar(let text): return text
    case .array(let elements):
      var parts: [String] = []
      for element in elements { parts.append(gap(&chance) + element.text(&chance) + gap(&chance)) }
      return "[" + parts.joined(separator: ",") + "]"
    case .object(var members):
      let unknown: [(String, JSONTree)] = [
        ("\"unknown\"", .object([("\"usage\"", .object([("\"input_tokens\"", .scalar("7"))]))])),
        ("\"x\"", .array([.scalar("null"), .scalar("\"}]\\\"\"")])), ("\"useProxy\"", .scalar("1.5e-3")),
      ]
      for (key, value) in unknown where Int.random(in: 0..<4, using: &chance) == 0 {
        members.append((key: key, value: value))
      }
      members.shuffle(using: &chance)
      var parts: [String] = []
      for (key, value) in members {
        let name = gap(&chance) + key + gap(&chance)
        parts.append(name + ":" + gap(&chance) + value.text(&chance) + gap(&chance))
      }
      return "{" + parts.joined(separator: ",") + "}"
    }
  }
}
