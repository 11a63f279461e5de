package import Foundation
import GRDB

/// The sources that are known.
package struct Sources: Sendable {
  /// All of them.
  package let list: [any RecordSource.Type]
  /// Those of logs, in the order in which a line is offered to them.
  package let logs: [any LogSource.Type]
  /// Those of databases.
  package let stores: [any StoreSource.Type]

  package init(_ list: [any RecordSource.Type]) {
    self.list = list
    logs = list.compactMap { $0 as? any LogSource.Type }
    stores = list.compactMap { $0 as? any StoreSource.Type }
  }

  /// All of this program's. A new source is a line here.
  package static let all = Sources([
    ClaudeCodeRouterLog.self,
    ClaudeCodeRouterStore.self,
    ClaudeCodeTranscript.self,
    FreeClaudeCodeLog.self,
    LiteLLMLog.self,
    CCSwitchStore.self,
    TelemetryLog.self,
  ])

  /// What people call those of logs.
  package var logNames: [SourceName] { logs.map { $0.name } }

  /// The log's source of that name.
  package subscript(name: SourceName) -> (any LogSource.Type)? { logs.first { $0.name == name } }

  /// Where their records lie unless somebody says otherwise, each place once, whether it exists or not.
  package func places(in surroundings: Surroundings) -> [String] {
    var seen: Set<String> = []
    return list.flatMap { $0.places(in: surroundings) }.filter { seen.insert($0).inserted }
  }

  /// Whose database a file is; `nil` where it is of some other program.
  /// - Throws: `StoreError`, where it begins as a database and cannot be read.
  package func store(at path: String, temporaryFolder: URL) throws(StoreError) -> (any StoreSource.Type)? {
    let file = StoreFile(path: path, patience: 0.5, temporaryFolder: temporaryFolder)
    guard StoreFile.isSQLite(try file.header()) else { return nil }
    let tables = try file.read { database in
      try Set(String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
    }
    return stores.first { $0.wrote(tables: tables) }
  }
}
