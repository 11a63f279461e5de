import Foundation
import GRDB
package import Reading

/// What keeps the ledger from being used.
package enum LedgerError: Error, Equatable, CustomStringConvertible {
  /// The file is no SQLite database, or a database of some other program.
  case notALedger(path: String)
  /// A newer version of this program has written to it.
  case newer(path: String)
  /// It cannot be opened, read or written.
  case unusable(path: String, reason: String)
  /// It holds what no ledger holds: the part that was met first, where that is known.
  case damaged(path: String, part: String?)
  /// Sums in it are not those of its requests.
  case wrongSums(path: String, DifferingSums)
  /// Another run holds it for longer than we were told to wait.
  case busy(path: String)
  /// There is no ledger yet.
  case missing(path: String)
  /// A place that was named holds nothing.
  case noSuchPath(String)
  /// A file that was named is no log of any source that is known.
  case unknownFormat(path: String)
  /// A file is another source's than it was said to be.
  case otherSource(path: String, is: SourceName, asked: SourceName)
  /// A copy of the ledger cannot be written.
  case backup(path: String, reason: String)
  /// More requests begin in one millisecond than the ledger can tell apart.
  case crowded(instant: Int64)
  /// Requests wait to be sent to a fleet's server, and would become sums.
  case unsent(hours: Int)
  /// Nobody can say whose model answered.
  case unnamed(model: String, reason: String)
  /// A log cannot be read.
  case log(LogError)
  /// A router's store cannot be read.
  case store(StoreError)

  package var description: String {
    switch self {
    case .notALedger(let path): "\(path) is not a ledger of ccr-audit; it was left as it is"
    case .newer(let path):
      "\(path) was written by a newer ccr-audit; update this one, or name another ledger with --ledger"
    case .unusable(let path, let reason): "the ledger \(path) cannot be used: \(reason)"
    case .damaged(let path, let part):
      "the ledger \(path) is damaged\(part.map { ": \($0)" } ?? ""); \(Self.cure)"
    case .wrongSums(let path, let sums): "in the ledger \(path), \(sums)"
    case .busy(let path): "another program is writing to \(path); nothing was lost, run this again when it is done"
    case .missing(let path) where stat.isLink(path):
      "\(path) is a symbolic link to nowhere: make what it leads to, or remove the link"
    case .missing(let path): "there is no ledger at \(path) yet"
    case .noSuchPath(let path): "\(path) does not exist"
    case .unknownFormat(let path):
      "\(path) is not a log that ccr-audit knows; it reads what claude-code-router, Claude Code, free-claude-code, "
        + "LiteLLM and CC Switch write: see `ccr-audit doctor`"
    case .otherSource(let path, let source, let asked):
      "\(path) is a record of \(source.rawValue), not of \(asked.rawValue); nothing of it was read. Leave --source out"
    case .backup(let path, let reason): "the ledger cannot be copied to \(path): \(reason)"
    case .crowded(let instant):
      "more than \(RequestID.slots) requests begin in the millisecond \(instant) since 1970, which no router writes; "
        + "nothing of this part of the log was kept"
    case .unsent(let hours):
      "what would be removed is not on the fleet's server yet (hours that wait: \(hours)); `ccr-audit push` sends it"
    case .unnamed(let model, let reason):
      "the provider of \(model) is named by no router's record or configuration, and the pricing table cannot be asked: "
        + "\(reason); what was read is kept, and the next ingest goes on"
    case .log(let error): error.description
    case .store(let error): error.description
    }
  }

  /// What to do about a damaged ledger.
  package static let cure =
    "put a copy by `ccr-audit ledger backup` in its place, or move it away and ingest the logs that are left"

  /// What is wrong with one file that is read, which does not stop the others; `nil` for what is wrong with the ledger.
  var ofOneFile: String? {
    switch self {
    case .log(let failure): failure.description
    case .store(let failure): failure.description
    case .crowded, .noSuchPath, .unknownFormat, .otherSource: description
    default: nil
    }
  }

  static func log<Value>(_ body: () throws(LogError) -> Value) throws(LedgerError) -> Value where Value: ~Copyable {
    do {
      return try body()
    } catch {
      throw .log(error)
    }
  }

  static func store<Value>(_ body: () throws(StoreError) -> Value) throws(LedgerError) -> Value {
    do {
      return try body()
    } catch {
      throw .store(error)
    }
  }

  /// An error of SQLite in our words.
  static func of(_ error: any Error, path: String) -> LedgerError {
    if let own = error as? LedgerError { return own }
    if let log = error as? LogError { return .log(log) }
    if let value = error as? ForeignValue { return .damaged(path: path, part: value.description) }
    // GRDB's own words repeat the row.
    if error is RowDecodingError { return .damaged(path: path, part: "a value is of another kind than its column") }
    guard let error = error as? DatabaseError else { return .unusable(path: path, reason: "\(error)") }
    switch error.resultCode {
    case .SQLITE_NOTADB: return .notALedger(path: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy(path: path)
    case .SQLITE_CORRUPT: return .damaged(path: path, part: nil)
    case .SQLITE_FULL: return .unusable(path: path, reason: "the disk is full")
    case .SQLITE_READONLY, .SQLITE_CANTOPEN:
      let obstacle = FileObstacle.sentence(for: path) ?? FileObstacle.sentence(forFolderOf: path)
      return .unusable(path: path, reason: obstacle ?? denial(error))
    case .SQLITE_IOERR: return .unusable(path: path, reason: failure(error))
    case .SQLITE_ERROR where isOfSchema(error), .SQLITE_CONSTRAINT:
      return .damaged(path: path, part: error.message)
    // The statement and its values stay out of the sentence.
    default: return .unusable(path: path, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
    }
  }

  private static func denial(_ error: DatabaseError) -> String {
    (error.resultCode == .SQLITE_READONLY
      ? "it may not be written to; " : "it cannot be opened or created: see its folder and who may write there; ")
      + FileObstacle.cure
  }

  /// What the system did not do, as far as SQLite says.
  private static func failure(_ error: DatabaseError) -> String {
    switch error.extendedResultCode {
    case .SQLITE_IOERR_READ, .SQLITE_IOERR_SHORT_READ, .SQLITE_IOERR_FSTAT:
      "the system fails to read it (\(error.message ?? "disk I/O error")); the disk may be broken"
    default:
      "the system fails to write it, or the files beside it (\(error.message ?? "disk I/O error")): is the disk full, or "
        + "a limit on the size of files (`ulimit -f`) reached?"
    }
  }

  /// Whether a table or column is not there that every ledger has, one is there that the program is about to make, or
  /// values cannot be added up.
  private static func isOfSchema(_ error: DatabaseError) -> Bool {
    let message = error.message ?? ""
    return message == "integer overflow" || message.hasPrefix("no such ") || message.hasSuffix(" already exists")
      || message.contains(" has no column named ")
  }
}
