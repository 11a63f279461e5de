package import Foundation

/// One kind of record: where it lies, and what its records amount to. To add one, write a `LogSource` or `StoreSource` in
/// a folder of its own and name it in `Sources.all`.
package protocol RecordSource: Sendable {
  /// What people call it.
  static var name: SourceName { get }
  /// Where its program stands on the way of a call that goes through two routers; `nil` where it is no router.
  static var position: RouterPosition? { get }
  /// Where it lies unless somebody says otherwise, whether it exists or not.
  static func places(in surroundings: Surroundings) -> [String]
  /// The calls that records amount to, of a source that gathers `CallRecord`s.
  /// - Parameters:
  ///   - id: the source's id of the call.
  ///   - records: all bodies that are known of it, each once, in any order.
  /// - Throws: where a body is none of this source.
  static func calls(_ id: String, of records: [Data]) throws -> [ObservedCall]
}

/// Where a router can stand.
package enum RouterPosition: Sendable {
  /// Nearest the client, in front of all others; a user can also place it behind those of `outer`.
  case front
  /// In front of others.
  case outer
  /// Behind those, and in front of `inner`.
  case middle
  /// Behind another one.
  case inner
}

/// One kind of log: how it is told and read.
package protocol LogSource: RecordSource {
  /// How its records are told apart.
  static var framing: LogFraming { get }
  /// Whether a line, or the first object of a document, is of this source.
  /// - Parameters:
  ///   - bytes: the line, or as much of it as was looked at.
  ///   - keys: its top-level keys.
  static func wrote(_ bytes: Span<UInt8>, _ keys: LineKeys) -> Bool
  /// What takes its lines.
  static func collector(_ configuration: RouterConfiguration) -> any LineCollector
}

/// One kind of SQLite database, which is only ever read.
package protocol StoreSource: RecordSource {
  /// Whether a database with these tables is of this source.
  static func wrote(tables: Set<String>) -> Bool
  /// Reads what is new.
  /// - Parameters:
  ///   - path: the database's main file.
  ///   - temporaryFolder: where a private copy goes when it cannot be read where it is.
  ///   - cursor: what an earlier reading handed out; `nil` for everything.
  ///   - latest: the last time that a call can have, epoch milliseconds.
  /// - Throws: `StoreError`. A row that cannot be understood is counted, not thrown.
  static func read(
    at path: String, temporaryFolder: URL, after cursor: String?, latest: Int64
  ) throws(StoreError) -> StoreBatch
}

/// What was read of a store.
package struct StoreBatch: Sendable {
  /// What its rows say. A row that was handed out before can be handed out again.
  package var calls: [CallRecord] = []
  /// How many rows were read, those included that are no call.
  package var rows = 0
  /// Rows that could not be understood.
  package var skipped: [StoreSkipReason: Int] = [:]
  /// Where to go on.
  package var cursor: String
  /// Whether more can be read at once.
  package var more = false
}

extension LogSource {
  package static var framing: LogFraming { .lines }
}

extension RecordSource {
  package static var position: RouterPosition? { nil }
  package static func places(in surroundings: Surroundings) -> [String] { [] }
  package static func calls(_ id: String, of records: [Data]) throws -> [ObservedCall] { [] }
}

/// How the records of a log are told apart.
package enum LogFraming: Sendable {
  /// By line ends.
  case lines
  /// By line ends, or by the brackets of JSON: one object over many lines, arrays, a file without a newline.
  case values
}

/// What the default places depend on.
package struct Surroundings: Sendable {
  /// The environment's variables.
  package var environment: [String: String]
  /// The user's home folder, absolute.
  package var home: String

  package init(environment: [String: String], home: String) {
    self.environment = environment
    self.home = home
  }

  /// A variable's value; an empty one counts as not set.
  func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
}
