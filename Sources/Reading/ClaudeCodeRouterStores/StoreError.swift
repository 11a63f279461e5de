import Foundation
import GRDB

/// What keeps a router's store from being read. Never holds any of its content, SQLite's own messages included.
package enum StoreError: Error, Equatable, CustomStringConvertible {
  /// Nothing is there.
  case missing(path: String)
  /// The file holds nothing.
  case empty(path: String)
  /// The file is no SQLite database.
  case notSQLite(path: String)
  /// A database of some other program.
  case notAStore(path: String)
  /// A store of a router version that is not known: columns are gone that are needed.
  case unknownSchema(path: String, missing: [String])
  /// The router holds it for longer than we were told to wait.
  case busy(path: String)
  /// The database is damaged.
  case damaged(path: String)
  /// The system does not let us read it.
  case unreadable(path: String, reason: Reason)

  /// Why the system does not let us.
  package enum Reason: Equatable, Sendable, CustomStringConvertible {
    /// An error number of the C library.
    case system(Int32)
    /// An extended result code of SQLite.
    case sqlite(Int32)

    package var description: String {
      switch self {
      case .system(let number): unsafe String(cString: strerror(number)).lowercased()
      case .sqlite(let code): "SQLite error \(code)"
      }
    }
  }

  package var description: String {
    switch self {
    case .missing(let path): "\(PathText.shown(path)) does not exist"
    case .empty(let path):
      "\(PathText.shown(path)) is empty; the router writes its tables when it takes its first request"
    case .notSQLite(let path): "\(PathText.shown(path)) is no SQLite database"
    case .notAStore(let path): "\(PathText.shown(path)) is a database, but no store of claude-code-router 3"
    case .unknownSchema(let path, let missing):
      "\(PathText.shown(path)) was written by a router version that is not known"
        + (missing.isEmpty ? "" : "; it has no \(missing.joined(separator: ", "))")
    case .busy(let path): "the router is busy with \(PathText.shown(path)); nothing was lost, run this again"
    case .damaged(let path): "\(PathText.shown(path)) is damaged"
    case .unreadable(let path, let reason): "cannot read \(PathText.shown(path)): \(reason)"
    }
  }

  /// An error of SQLite in our words.
  static func of(_ error: any Error, path: String) -> StoreError {
    if let own = error as? StoreError { return own }
    guard let error = error as? DatabaseError else { return .unreadable(path: path, reason: .system(EIO)) }
    return switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL, .SQLITE_SCHEMA: .busy(path: path)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: .damaged(path: path)
    case .SQLITE_ERROR: .unknownSchema(path: path, missing: [])
    default: .unreadable(path: path, reason: .sqlite(error.extendedResultCode.rawValue))
    }
  }
}
