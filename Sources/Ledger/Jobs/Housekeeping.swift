import Foundation
import GRDB
import Model

/// Checking, shrinking and copying the file.
extension LedgerFile {
  /// What is damaged, a sentence for each kind of damage without anything of the rows; nothing where all is well.
  package func check() throws(LedgerError) -> [String] {
    try read { database in
      var findings = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
      let missing = try Schema.missing(in: database)
      guard missing.isEmpty else { return findings + missing }
      findings += try Schema.foreignValues(in: database)
      for row in try Row.fetchAll(
        database, sql: "SELECT \"table\", parent, count(*) AS count FROM pragma_foreign_key_check GROUP BY 1, 2")
      {
        let (table, count, parent): (String, Int, String) = try (
          row.value("table"), row.value("count"), row.value("parent")
        )
        findings.append("\(table): \(count) \(Plural.of("row", count)) without their \(parent)")
      }
      for (table, condition, meaning) in Self.invariants {
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table) WHERE \(condition)") ?? 0
        if count > 0 { findings.append("\(table): \(count) \(Plural.of("row", count)) \(meaning)") }
      }
      let waiting = try Rollups.waiting(in: database)
      if waiting > 0 {
        findings.append("rollup_stale: hours that are not summed: \(waiting); `ledger rebuild` does it")
      }
      return try findings + Rollups.differences(in: database).map(\.description)
    }
  }

  /// Looks at every page, whether it is one of a database, at every index, whether it has what its table has, at all days,
  /// whether they are those of all hours, and at the sums of the newest requests, whether they are theirs: what no report
  /// of tonight reads may be damaged all the same.
  /// - Parameter newest: how many of the newest requests are looked at, with all others of their days.
  /// - Throws: `LedgerError`, `.damaged` or `.wrongSums` where something is not as it should be.
  package func demandSoundness(newest: Int) throws(LedgerError) {
    let differing = try read { database -> DifferingSums? in
      try Self.demandWholePages(in: database)
      if let differing = try Rollups.differences(newest: newest, in: database).first { return differing }
      return try Rollups.daysThatAreNotHours(in: database)
    }
    if let differing { throw .wrongSums(path: path, differing) }
  }

  /// Compares what all days and all hours add up to, and the names of models with their index: most bits that a disk
  /// turns in a sum or a name, and rows that are lost, show there. The sums of a ledger of very many hours are left to
  /// `demandSoundness`, as they would cost each report too much.
  /// - Throws: `LedgerError`, `.wrongSums` or `.damaged` where they differ.
  package func demandPlausibility() throws(LedgerError) {
    let differing = try read { database -> DifferingSums? in
      for table in ["model", "variant"] { try Self.demandWholePages(of: table, in: database) }
      // They take five milliseconds.
      return try Rollups.daysThatAreNotHours(atMost: 10_000, in: database)
    }
    if let differing { throw .wrongSums(path: path, differing) }
  }

  /// - Parameter table: the table that is looked at with its indexes; `nil` for all.
  private static func demandWholePages(of table: String? = nil, in database: Database) throws {
    guard try String.fetchOne(database, sql: "PRAGMA integrity_check(\(table ?? "1"))") == "ok" else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT)
    }
  }

  /// What never holds of a row.
  private static let invariants: [(table: String, condition: String, meaning: String)] = {
    let classes = RequestColumns.classes
    func negative(_ columns: [String]) -> String { columns.map { "\($0) < 0" }.joined(separator: " OR ") }
    let missing = classes.map { "\($0) IS NULL" }.joined(separator: " OR ")
    let keptFrom = "(SELECT value FROM setting WHERE name = 'kept_from')"
    return [
      ("request", negative(RollupColumns.tokens), "with negative tokens"),
      ("request", "\(RequestColumns.measured) AND (\(missing))", "that are measured, but have no tokens"),
      ("request", "source = 0 AND input IS NOT NULL", "with tokens from nowhere"),
      (
        "request",
        "source NOT BETWEEN 0 AND \(Codes.sources.count - 1) OR route NOT BETWEEN 0 AND \(Codes.routes.count - 1) "
          + "OR failure NOT BETWEEN 0 AND \(Codes.failures.count - 1)", "with words that do not exist"
      ),
      ("request", "started < \(keptFrom)", "that should be in the archive"),
      ("message", negative(classes), "with negative tokens"),
      (
        "archive", negative(classes + ["reasoning", "upstream", "router", "client", "unknown", "failed"]),
        "with negative sums"
      ),
      ("archive", "quarter <> time / \(Archive.quarter)", "of two times"),
      ("archive", "time >= coalesce(\(keptFrom), 0)", "of requests that are kept"),
    ]
  }()

  /// The sums that are not those of the requests; nothing where all is well.
  /// - Parameter newest: how many of the newest requests are looked at, with all others of their days; `nil` for all.
  /// - Throws: `LedgerError`.
  package func differingSums(newest: Int? = nil) throws(LedgerError) -> [DifferingSums] {
    try read { try Rollups.differences(newest: newest, in: $0) }
  }

  /// Whether sums are kept apart at prompt lengths, tokens; a report of a price that changes at another one reads the
  /// requests themselves where it has to.
  package func keepsApart(promptLimits: [Int64]) throws(LedgerError) -> Bool {
    try read { Set(promptLimits).isSubset(of: try Rollups.limits(in: $0)) }
  }

  /// Recomputes the sums of all hours and days from the requests.
  /// - Parameter promptLimits: the prompt lengths, tokens, at which sums are kept apart from now on, beside those at
  ///   which they are already.
  /// - Returns: how many requests were summed.
  /// - Throws: `LedgerError`; then nothing has changed.
  @discardableResult
  package func rebuild(promptLimits: [Int64] = []) throws(LedgerError) -> Int {
    try write { database in
      try Rollups.rebuild(limits: Set(promptLimits + Rollups.limits(in: database)).sorted(), in: database)
      return try Int.fetchOne(database, sql: "SELECT count(*) FROM request") ?? 0
    }
  }

  /// Rewrites the file without its gaps. Needs as much free space again.
  package func vacuum() throws(LedgerError) {
    do {
      try queue.vacuum()
      _ = try queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    } catch {
      throw .of(error, path: path)
    }
  }

  private static func identity(_ path: String) -> FileIdentity? { stat.of(path).map(FileIdentity.init) }

  /// Copies the ledger to a file of mode 0600, while others may use it. The copy is whole or not there.
  /// - Parameters:
  ///   - target: the new file.
  ///   - replacing: whether a file that is there is replaced.
  package func backup(to target: String, replacing: Bool) throws(LedgerError) {
    let files = FileManager.default
    func refuse(_ reason: String) -> LedgerError { .backup(path: target, reason: reason) }
    if files.fileExists(atPath: target) {
      guard replacing else { throw refuse("there is a file already") }
      guard Self.identity(target) != Self.identity(path) else { throw refuse("it is the ledger itself") }
      guard !files.fileExists(atPath: target + "-wal") else { throw refuse("a database of that name is in use") }
      // A copy of what is damaged takes no sound one's place.
      try read { try Self.demandWholePages(in: $0) }
    }
    // A fixed name, so that the next backup takes the place of what a kill has left; it is there for a moment only.
    let draft = "\(target).part"
    for suffix in ["", "-wal", "-shm", "-journal"] { unsafe unlink(draft + suffix) }
    let descriptor = unsafe open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw refuse(FileObstacle.reason(errno)) }
    defer {
      _ = close(descriptor)
      unsafe unlink(draft)
    }
    do {
      let copy = try DatabaseQueue(path: draft)
      // Nothing beside it while it has no name.
      try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF") }
      unsafe unlink(draft)
      try queue.backup(to: copy)
      try copy.close()
    } catch {
      if case .unusable(_, let reason) = LedgerError.of(error, path: target) { throw refuse(reason) }
      throw .of(error, path: path)
    }
    do throws(SystemFailure) {
      try TemporaryFile.markWithoutLog(descriptor)
      try TemporaryFile.publish(descriptor, as: target, draft: draft, replacing: replacing)
    } catch {
      throw refuse(FileObstacle.reason(error.code))
    }
  }
}

/// The `errno` of a failed system call.
private struct SystemFailure: Error { var code: Int32 }

/// Files without a name until they are whole: a killed process leaves none behind.
private enum TemporaryFile {
  /// A copy is one file: with a log beside it, half of it could be carried away. Bytes 18 and 19 of a database say
  /// whether there is one (https://www.sqlite.org/fileformat2.html#file_format_version_numbers).
  static func markWithoutLog(_ database: Int32) throws(SystemFailure) {
    let versions: [UInt8] = [1, 1]
    guard unsafe pwrite(database, versions, versions.count, 18) == versions.count else {
      throw SystemFailure(code: errno)
    }
  }

  /// Gives the content of a file a name.
  /// - Parameter draft: a name beside it, which it has for a moment where it replaces a file or the system knows no files
  ///   without names.
  static func publish(
    _ content: Int32, as target: String, draft: String, replacing: Bool
  ) throws(SystemFailure) {
    #if os(Linux)
      let folder = URL(filePath: target).deletingLastPathComponent().path(percentEncoded: false)
      // O_TMPFILE, which the C library writes as a macro.
      let file = unsafe open(folder, O_RDWR | O_CLOEXEC | O_DIRECTORY | 0o20000000, 0o600)
      if file >= 0 {
        defer { _ = close(file) }
        try copy(content, to: file)
        let name = "/proc/self/fd/\(file)"
        guard unsafe linkat(AT_FDCWD, name, AT_FDCWD, replacing ? draft : target, AT_SYMLINK_FOLLOW) == 0 else {
          throw SystemFailure(code: errno)
        }
        if replacing, unsafe rename(draft, target) != 0 { throw SystemFailure(code: errno) }
        return
      }
    #endif
    let named = unsafe open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard named >= 0 else { throw SystemFailure(code: errno) }
    defer { _ = close(named) }
    try copy(content, to: named)
    guard unsafe rename(draft, target) == 0 else { throw SystemFailure(code: errno) }
  }

  /// Copies all bytes, and waits until the disk has them.
  private static func copy(_ content: Int32, to file: Int32) throws(SystemFailure) {
    let size = 1 << 20
    var buffer = [UInt8](repeating: 0, count: size)
    var place: off_t = 0
    while true {
      let count = unsafe pread(content, &buffer, size, place)
      if count == 0 { break }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw SystemFailure(code: errno)
      }
      var written = 0
      while written < count {
        let more = unsafe buffer.withUnsafeBytes { bytes in
          unsafe write(file, bytes.baseAddress?.advanced(by: written), count - written)
        }
        if more > 0 { written += more } else if errno != EINTR { throw SystemFailure(code: errno) }
      }
      place += off_t(count)
    }
    guard fsync(file) == 0 else { throw SystemFailure(code: errno) }
  }
}
