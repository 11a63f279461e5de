import Foundation
import GRDB
import Reading
import Testing
import Model

enum Fixture {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/ccr-v3")

  /// The truth by request id.
  static func truth() throws -> [String: [String: Any]] {
    let lines = try String(contentsOf: root.appending(path: "truth.jsonl"), encoding: .utf8).split(separator: "\n")
    return try lines.reduce(into: [:]) { truth, line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      truth[try #require(object["requestId"] as? String)] = object
    }
  }
}

/// A folder with a copy of the fixture's stores, which goes when the value goes.
final class Bench {
  let folder: URL
  let temporary: URL

  init(_ state: String = "live") throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "stores-\(UUID().uuidString)")
    folder = root.appending(path: "app-data")
    temporary = root.appending(path: "temporary")
    for place in [folder, temporary] {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    }
    let source = Fixture.root.appending(path: state)
    for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
      try Data(contentsOf: source.appending(path: file)).write(to: folder.appending(path: file))
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func store(_ name: String, patience: Double = 0.2) -> RouterStore {
    RouterStore(path: path(name), patience: patience, temporaryFolder: temporary)
  }

  func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }

  /// The bytes of everything in the folder but the shared-memory files, whose marks are SQLite's own.
  func bytes() throws -> [String: Data] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix("-shm") }
      .reduce(into: [:]) { $0[$1] = try Data(contentsOf: folder.appending(path: $1)) }
  }

  func temporaries() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: temporary.path) }

  /// A connection as the router's, that never waits for anybody.
  func writer(_ name: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .immediateError
    let queue = try DatabaseQueue(path: path(name), configuration: configuration)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
    return queue
  }
}

extension Database {
  /// A usage event of one token, with some columns set otherwise.
  func insertEvent(_ id: String, _ changes: [String: any DatabaseValueConvertible] = [:]) throws {
    var values: [String: any DatabaseValueConvertible] = [
      "created_at": "2026-08-07T00:00:10.000Z", "request_id": id, "method": "POST", "path": "/v1/messages",
      "model": "m", "provider": "p", "status_code": 200, "duration_ms": 1000, "input_tokens": 1,
    ]
    values.merge(changes) { $1 }
    try insert("usage_events", values)
  }

  /// A request log of one token, with some columns set otherwise.
  func insertLog(_ id: String, _ changes: [String: any DatabaseValueConvertible] = [:]) throws {
    var values: [String: any DatabaseValueConvertible] = [
      "created_at": "2026-08-07T00:00:09.000Z", "completed_at": "2026-08-07T00:00:10.000Z", "request_id": id,
      "method": "POST", "path": "/v1/messages", "model": "m", "provider": "p", "status_code": 200, "ok": 1,
      "duration_ms": 1000, "input_tokens": 1,
    ]
    values.merge(changes) { $1 }
    try insert("request_logs", values)
  }

  private func insert(_ table: String, _ values: [String: any DatabaseValueConvertible]) throws {
    let names = values.keys.sorted()
    let marks = names.map { _ in "?" }.joined(separator: ", ")
    try execute(
      sql: "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(marks))",
      arguments: StatementArguments(names.map { values[$0] }))
  }
}

/// A reproducible source of chance.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed &+ 0x9e37_79b9_7f4a_7c15 }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
