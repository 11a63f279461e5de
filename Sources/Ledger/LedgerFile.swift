import Foundation
import GRDB

/// The ledger's file: opened, checked, brought to the newest schema.
package struct LedgerFile: Sendable {
  package let path: String
  let queue: DatabaseQueue
  /// Where it lies; private copies of stores go there, too.
  var folder: URL { URL(filePath: path).deletingLastPathComponent() }

  /// Opens a ledger, and makes it where there is none: folder 0700, file 0600.
  /// - Parameters:
  ///   - path: the file.
  ///   - patience: how many seconds to wait for another writer.
  package init(path: String, patience: Double = 30) throws(LedgerError) {
    try Self.createPrivately(path)
    if let status = stat.of(path), status.st_nlink > 1 {
      throw .unusable(
        path: path,
        reason:
          "it has \(status.st_nlink) names (hard links), and SQLite keeps a log for each, so that what is written "
          + "by one is lost for the others; remove the other names")
    }
    // Two runs that make a ledger at once get in each other's way where SQLite itself does not wait.
    let clock = ContinuousClock()
    let end = clock.now + .seconds(patience)
    while true {
      do {
        self.queue = try Self.openQueue(path, patience: patience)
        self.path = path
        return
      } catch {
        let error = LedgerError.of(error, path: path)
        guard case .busy = error, clock.now < end else { throw error }
        Thread.sleep(forTimeInterval: 0.05)
      }
    }
  }

  private static func openQueue(_ path: String, patience: Double) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(patience)
    configuration.label = "ledger"
    // To look up each row that a request refers to is a fifth of what writing it costs; `check` looks for all at once.
    configuration.foreignKeysEnabled = false
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    if try !isReady(queue, path) {
      // Of two runs that find no ledger, or an old one, only one may change it; the other finds it changed.
      let lock = try RunLock(ledger: path, patience: patience) {}
      defer { withExtendedLifetime(lock) {} }
      try prepare(queue, path)
    }
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
      // Every checkpoint waits for the disk: 32 MB of log instead of 4.
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 8192")
      // Twice SQLite's own: a transaction that does not fit is written twice.
      try database.execute(sql: "PRAGMA cache_size = -4000")
    }
    return queue
  }

  /// Whether a database is a ledger of the newest schema, with a log.
  private static func isReady(_ queue: DatabaseQueue, _ path: String) throws -> Bool {
    do {
      return try queue.read { database in
        guard try isLedger(database, path) else { return false }
        return try Schema.migrator.hasCompletedMigrations(database)
          && String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal"
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      // Another run is making its tables.
      return false
    }
  }

  /// - Returns: `false` for a database without anything.
  /// - Throws: `LedgerError` for one of another program, or of a newer version.
  private static func isLedger(_ database: Database, _ path: String) throws -> Bool {
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    let mark = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    guard mark == Schema.applicationID || (mark == 0 && tables == 0) else { throw LedgerError.notALedger(path: path) }
    if try Schema.migrator.hasBeenSuperseded(database) { throw LedgerError.newer(path: path) }
    return mark == Schema.applicationID
  }

  /// Makes the tables, or brings them to the newest schema. The caller holds the ledger's lock.
  private static func prepare(_ queue: DatabaseQueue, _ path: String) throws {
    try queue.writeWithoutTransaction { database in
      let isLedger = try isLedger(database, path)
      // Of migrations that a power cut takes back, the next start makes the rest: none of them has to wait for the disk.
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
      if try String.fetchOne(database, sql: "PRAGMA journal_mode") != "wal" {
        try database.execute(sql: "PRAGMA journal_mode = WAL")
      }
      if !isLedger { try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)") }
    }
    guard try !queue.read(Schema.migrator.hasCompletedMigrations) else { return }
    try Schema.migrator.migrate(queue)
    try queue.write { database in
      var rollups = try Rollups(database)
      try rollups.flush()
    }
  }

  /// Opens a ledger that has to be there.
  /// - Throws: `LedgerError.missing` where it is not, and all that `init(path:)` throws.
  package init(existing path: String, patience: Double = 30) throws(LedgerError) {
    guard try Self.isThere(at: path) else { throw .missing(path: path) }
    try self.init(path: path, patience: patience)
  }

  /// Opens a ledger for reading alone, which has to be there and may lie where nothing can be written: a colleague's, a
  /// backup, one on a read-only disk.
  /// - Parameter migrating: whether an older schema is brought up to date in the file itself, where that may be written
  ///   to; else in a private copy, which is what is read then.
  package init(reading path: String, migrating: Bool = true, patience: Double = 30) throws(LedgerError) {
    let isWritable =
      unsafe access(path, W_OK) == 0
      && access(URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false), W_OK) == 0
    guard try Self.isThere(at: path) else { throw .missing(path: path) }
    try Self.demandFile(path)
    var obstacle: LedgerError?
    if isWritable, migrating {
      do throws(LedgerError) {
        self = try LedgerFile(path: path, patience: patience)
        return
      } catch {
        // On a full disk SQLite cannot make the files beside it, and it may be read without them.
        guard case .unusable = error else { throw error }
        obstacle = error
      }
    }
    do throws(LedgerError) {
      let queue =
        if let there = try Self.openForReading(path, patience: patience) { there } else {
          try Self.openCopy(of: path, patience: patience)
        }
      self.init(queue, path: path)
    } catch {
      throw obstacle ?? error
    }
  }

  private init(_ queue: DatabaseQueue, path: String) { (self.queue, self.path) = (queue, path) }

  /// The file where it is; `nil` where it cannot be read there, or has an older schema.
  private static func openForReading(_ path: String, patience: Double) throws(LedgerError) -> DatabaseQueue? {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(patience)
    configuration.label = "ledger"
    // With nothing in its log the database file is all there is. SQLite cannot read it where it may not make the log,
    // unless it is told that nobody writes.
    let log = stat.of(path + "-wal")
    let address = URL(filePath: path).absoluteString + "?immutable=1"
    for place in [path] + ((log?.st_size ?? 0) == 0 ? [address] : []) {
      do {
        let queue = try DatabaseQueue(path: place, configuration: configuration)
        let isCurrent = try queue.read { database in
          // One that another run is about to make is read as an empty copy.
          guard try Self.isLedger(database, path) else { return false }
          return try Schema.migrator.hasCompletedMigrations(database)
        }
        return isCurrent ? queue : nil
      } catch {
        switch LedgerError.of(error, path: path) {
        case .unusable, .busy, .damaged: continue
        case let error: throw error
        }
      }
    }
    return nil
  }

  /// A copy in the folder for temporary files, without a name as soon as it is open.
  private static func openCopy(of path: String, patience: Double) throws(LedgerError) -> DatabaseQueue {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appending(path: "ccr-audit-\(UUID().uuidString)")
    let copy = folder.appending(path: "ledger.sqlite").path(percentEncoded: false)
    defer { try? files.removeItem(at: folder) }
    do {
      try files.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      for suffix in ["", "-wal"] where files.fileExists(atPath: path + suffix) {
        try Data(contentsOf: URL(filePath: path + suffix), options: .alwaysMapped).write(
          to: URL(filePath: copy + suffix))
      }
      return try openQueue(copy, patience: patience)
    } catch {
      let error = LedgerError.of(error, path: path)
      guard case .unusable = error else { throw error }
      throw .unusable(path: path, reason: FileObstacle.sentence(for: path) ?? "it cannot be read, nor can a copy of it")
    }
  }

  func write<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    do {
      return try queue.write(body)
    } catch {
      throw .of(error, path: path)
    }
  }

  /// Like `write`, and on the disk when it returns: what was sent must not be forgotten in a power cut.
  func writeDurably<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    do {
      return try queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA synchronous = FULL")
        defer { try? database.execute(sql: "PRAGMA synchronous = NORMAL") }
        return try Self.inTransaction(.immediate, database, body)
      }
    } catch {
      throw .of(error, path: path)
    }
  }

  /// Reads in one transaction. GRDB's own `read` forbids writes by a pragma, after which SQLite prepares every statement
  /// that is kept anew.
  func read<Value>(_ body: (Database) throws -> Value) throws(LedgerError) -> Value {
    do {
      return try queue.unsafeRead { try Self.inTransaction(.deferred, $0, body) }
    } catch {
      throw .of(error, path: path)
    }
  }

  private static func inTransaction<Value>(
    _ kind: Database.TransactionKind, _ database: Database, _ body: (Database) throws -> Value
  ) throws -> Value {
    var value: Value?
    try database.inTransaction(kind) {
      value = try body(database)
      return .commit
    }
    guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
    return value
  }

  /// A pipe or a device would block, or never end.
  private static func demandFile(_ path: String) throws(LedgerError) {
    guard let status = stat.of(path), !status.isFile else { return }
    throw .unusable(path: path, reason: "it is not a file")
  }

  private static func createPrivately(_ path: String) throws(LedgerError) {
    try demandFile(path)
    let folder = URL(filePath: path).deletingLastPathComponent()
    do {
      // Only a folder that is made here is made private: one that is there may be somebody's project.
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .unusable(path: path, reason: "its folder cannot be made" + FileObstacle.reason(againstMaking: folder))
    }
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      _ = close(descriptor)
    } else if errno != EROFS && errno != EACCES {
      throw .unusable(path: path, reason: FileObstacle.reason(errno))
    }
  }
}

extension LedgerFile {
  /// Whether there is a file.
  /// - Throws: `LedgerError.unusable` where the system does not say: what may not be looked at is not missing.
  package static func isThere(at path: String) throws(LedgerError) -> Bool {
    guard unsafe access(path, F_OK) != 0 else { return true }
    let code = errno
    guard code != ENOENT, code != ENOTDIR else { return false }
    throw .unusable(path: path, reason: FileObstacle.sentence(for: path) ?? FileObstacle.reason(code))
  }
}
