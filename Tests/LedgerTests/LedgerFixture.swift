import Foundation
import GRDB
import Reading
import Testing
import Model

@testable import Ledger

/// A ledger in a folder of its own, which goes when the value goes.
final class Workbench {
  let folder: URL
  let ledger: LedgerFile
  let configuration: RouterConfiguration

  init(configuration: RouterConfiguration = .none) throws {
    folder = try Self.newFolder()
    ledger = try LedgerFile(path: folder.appending(path: "state/ledger.sqlite").path)
    self.configuration = configuration
  }

  /// A ledger of an earlier version, which this one has opened.
  /// - Parameters:
  ///   - migration: the last one that it had.
  ///   - fill: writes its rows.
  init(upTo migration: String, fill: (Database) throws -> Void) throws {
    folder = try Self.newFolder()
    let path = folder.appending(path: "ledger.sqlite").path
    let old = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(old, upTo: migration)
    try old.write { database in
      try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
      try fill(database)
    }
    try old.close()
    ledger = try LedgerFile(path: path)
    configuration = .none
  }

  private static func newFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appending(path: "logs"), withIntermediateDirectories: true)
    return folder
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func log(_ name: String) -> URL { folder.appending(path: "logs/\(name)") }

  @discardableResult
  func ingest(_ paths: [String]? = nil, batchBytes: Int64 = 64 << 20, jobs: Int = 2) throws -> IngestReport {
    try Ingest(into: ledger, Ingest.Options(configuration: configuration, batchBytes: batchBytes, jobs: jobs))
      .run(paths ?? [folder.appending(path: "logs").path])
  }

  /// Joins what was written, where nobody names the provider of a bare model name.
  func join() throws {
    try ledger.write { database in
      var joins = try CallJoins(database) { _ in nil }
      try joins.run()
    }
  }

  /// What tells a request apart: its number, or the key of the answer that alone describes it.
  static let number = "coalesce(number, (SELECT key FROM message WHERE id = request.message))"

  /// Everything that the ledger says of requests, in an order of its own: what must not depend on how it was read.
  /// - Parameter withBytes: also the bytes of answers, which a log read twice in unlike pieces can blur.
  func figures(withBytes: Bool = true) throws -> [String] {
    try ledger.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT host, pid, \(Self.number) AS number, attempt, started, duration, first_token, provider, model.model AS name,
            session.name AS session, route, stream, status, failure, request.source, input, cache_read, cache_write_5m,
            cache_write_1h, output, reasoning, prompt_bytes, \(withBytes ? "answer_bytes" : "0")
          FROM request JOIN writer ON writer.id = request.writer JOIN model ON model.id = request.model
            LEFT JOIN session ON session.id = request.session
          ORDER BY started, host, pid, \(Self.number), attempt
          """
      ).map { row in row.databaseValues.map(\.description).joined(separator: " ") }
    }
  }

  /// Per model: requests, measured, failed, unknown and tokens, over all time.
  func totals() throws -> [ModelID: (counts: RequestCounts, tokens: TokenUsage)] {
    guard let span = try ledger.span() else { return [:] }
    let query = TrafficQuery(
      span: span.lowerBound..<(span.upperBound + 1), grain: PriceGrain(),
      timeZone: try #require(TimeZone(identifier: "UTC")))
    return try ledger.traffic(query).reduce(into: [:]) { sums, slice in
      sums[slice.model, default: (.zero, .zero)].counts += slice.counts
      sums[slice.model, default: (.zero, .zero)].tokens += slice.tokens
    }
  }
}

enum Fixture {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures")

  static func logs(_ folder: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: root.appending(path: "\(folder)/logs"), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "log" }.sorted { $0.path < $1.path }
  }

  static func configuration(_ folder: String) throws -> RouterConfiguration {
    let configs = root.appending(path: "\(folder)/configs")
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: configs.path).sorted().first)
    return try RouterConfiguration(contentsOf: Data(contentsOf: configs.appending(path: name)), path: name)
  }

  static func lines(_ path: String) throws -> [[String: Any]] {
    try String(contentsOf: root.appending(path: path), encoding: .utf8).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }
}
