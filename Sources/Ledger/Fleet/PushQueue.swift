import GRDB
import Model

/// An hour of a ledger as it was sent, or is to be.
package struct PushedHour: Hashable, Sendable {
  /// Since 1970, UTC.
  package var hour: Int64
  /// Under which version.
  package var version: Int64
  /// How many rows, and how many requests these are.
  package var rows: Int64
  package var requests: Int64
  /// The sum of the rows' keys, modulo 2^64.
  package var digest: UInt64
  /// The sum of hashes of all that stands in them, modulo 2^64: what tells whether an hour has changed.
  package var content: UInt64
  /// Which quarters of the hour hold routed requests, and which direct ones: a bit each.
  package var routed: UInt8
  package var direct: UInt8

  /// An hour without requests.
  package init(hour: Int64, version: Int64) {
    (self.hour, self.version) = (hour, version)
    (rows, requests, digest, content, routed, direct) = (0, 0, 0, 0, 0, 0)
  }
}

/// Where a ledger's hours go: which server, and which machine they are there.
package struct PushTarget: Hashable, Sendable {
  /// A hash of the server's address and database.
  package var server: UInt64
  /// The machine's number there.
  package var machine: UInt64

  package init(server: UInt64, machine: UInt64) { (self.server, self.machine) = (server, machine) }
}

/// The queue of what a fleet's server does not have yet: hours, noted in the ledger when their requests change. Nothing is
/// copied; what is sent is read again from the requests. A ledger that never pushed notes nothing: all that it holds waits.
///
/// `push_stale` are hours that changed since they were read for sending; `push_hour` is what was sent last of each, and
/// whether the server is known to have committed it; `push_target` is where hours were sent.
extension LedgerFile {
  /// The hours that hold requests, or held some.
  package func hoursHeld() throws(LedgerError) -> [Int64] {
    try read { try PushQueue.hours(Int64.fetchAll($0, sql: "SELECT hour FROM (\(PushQueue.known)) ORDER BY 1")) }
  }

  /// The hours that wait to be sent.
  /// - Parameter instant: only those that begin before, epoch milliseconds; `nil` for all.
  package func hoursToPush(before instant: Int64? = nil) throws(LedgerError) -> [Int64] {
    try read { try PushQueue.waiting(before: instant, in: $0) }
  }

  /// Notes changes from now on. Where another server or another machine gets the hours than the last time, all wait.
  /// - Returns: whether that is so, and the other machines that this ledger was on the same server.
  package func beginPush(to target: PushTarget) throws(LedgerError) -> (isMoved: Bool, formers: [UInt64]) {
    let (server, machine) = (Int64(bitPattern: target.server), Int64(bitPattern: target.machine))
    return try writeDurably { database in
      try PushQueue.begin(database)
      let isMoved = try PushQueue.target(in: database).map { $0 != target } ?? false
      if isMoved { try PushQueue.again(database) }
      try database.execute(sql: "UPDATE push_target SET current = 0")
      try database.execute(
        sql: "INSERT OR REPLACE INTO push_target (server, machine, current) VALUES (?, ?, 1)",
        arguments: [server, machine])
      let formers = try Int64.fetchAll(
        database, sql: "SELECT machine FROM push_target WHERE server = ? AND NOT current", arguments: [server])
      return (isMoved, formers.map { UInt64(bitPattern: $0) })
    }
  }

  /// Whether the last push went there, so that what it sent needs no sending.
  package func isPushed(to target: PushTarget) throws(LedgerError) -> Bool {
    try read { try PushQueue.target(in: $0).map { $0 == target } ?? true }
  }

  /// Notes that nothing counts any more of what this ledger sent as another machine.
  package func forgetTarget(_ target: PushTarget) throws(LedgerError) {
    try writeDurably {
      try $0.execute(
        sql: "DELETE FROM push_target WHERE server = ? AND machine = ? AND NOT current",
        arguments: [Int64(bitPattern: target.server), Int64(bitPattern: target.machine)])
    }
  }

  /// Has every hour sent again.
  package func pushAgain() throws(LedgerError) { try write(PushQueue.again) }

  /// Has hours sent again.
  package func pushAgain(_ hours: [Int64]) throws(LedgerError) {
    try write { database in
      for hour in hours {
        try database.execute(sql: "UPDATE push_hour SET committed = 0 WHERE hour = ?", arguments: [hour])
      }
      try PushQueue.note(hours, in: database)
    }
  }

  /// A version that none was sent under before: the present, or one more than the last. It is on the disk before anything
  /// is sent.
  /// - Parameter newest: the newest version that the server has of this machine, which a restored ledger may not know.
  package func reservePushVersion(now: Int64, above newest: Int64 = 0) throws(LedgerError) -> Int64 {
    try writeDurably { database in
      let last = try Int64.fetchOne(database, sql: "SELECT value FROM setting WHERE name = 'push_version'") ?? 0
      let version = max(now, last &+ 1, newest &+ 1)
      try database.execute(
        sql: "INSERT OR REPLACE INTO setting (name, value) VALUES ('push_version', ?)", arguments: [version])
      return version
    }
  }

  /// Reads an hour's rows for sending, and notes that it is under way: a change from then on is sent later.
  /// - Parameters:
  ///   - version: what the hour is sent under, unless another push has sent it under that or a newer one.
  ///   - note: whether to note it; else nothing changes.
  ///   - again: whether what the server has already is handed out all the same.
  ///   - encode: gets each row, and sums it up.
  /// - Returns: the hour as it is to be committed; `nil` where the server has the same already.
  /// - Throws: `LedgerError`, and what `encode` throws as one of a ledger that cannot be used.
  package func takeHour(
    _ hour: Int64, version: Int64, noting note: Bool = true, again: Bool = false,
    encode: (PushRow, PushNames, inout PushedHour) throws -> Void
  ) throws(LedgerError) -> PushedHour? {
    func take(_ database: Database) throws -> PushedHour? {
      let known = try Row.fetchOne(
        database, sql: "SELECT version, content, rows, committed FROM push_hour WHERE hour = ?", arguments: [hour])
      // Of two pushes at once, the one that reads later has the newer version.
      let last: Int64? = try known?.value("version")
      var sum = PushedHour(hour: hour, version: max(version, last.map { $0 &+ 1 } ?? version))
      try PushRows.each(in: hour, database) { try encode($0, $1, &sum) }
      let isKnown = try known.map {
        try !again && $0.value("committed", as: Int.self) == 1 && UInt64(bitPattern: $0.value("content")) == sum.content
          && $0.value("rows", as: Int64.self) == sum.rows
      }
      guard note else { return isKnown ?? (sum.rows == 0) ? nil : sum }
      // What caches would have held is still to be worked out: then it is looked at again.
      if try !SessionRecaching.isPending(in: database) {
        try database.execute(sql: "DELETE FROM push_stale WHERE hour = ?", arguments: [hour])
      }
      // Of an hour that was never sent and is empty, nobody needs to know.
      if isKnown ?? (sum.rows == 0) { return nil }
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO push_hour (hour, version, rows, requests, digest, content, committed)
          VALUES (?, ?, ?, ?, ?, ?, 0)
          """,
        arguments: [
          hour, sum.version, sum.rows, sum.requests, Int64(bitPattern: sum.digest), Int64(bitPattern: sum.content),
        ])
      return sum
    }
    return note ? try write(take) : try read(take)
  }

  /// Notes that the server has committed hours, unless they were sent again since.
  package func notePushed(_ hours: [PushedHour]) throws(LedgerError) {
    try writeDurably { database in
      let update = try database.cachedStatement(
        sql: "UPDATE push_hour SET committed = 1 WHERE hour = ? AND version = ?")
      for hour in hours { try update.execute(arguments: [hour.hour, hour.version]) }
    }
  }

  /// What the server is known to have: version, rows and digest by hour.
  package func pushedHours() throws(LedgerError) -> [Int64: (version: Int64, rows: Int64, digest: UInt64)] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT hour, version, rows, digest FROM push_hour WHERE committed = 1")
        .reduce(into: [:]) {
          try $0[$1.value("hour")] = ($1.value("version"), $1.value("rows"), UInt64(bitPattern: $1.value("digest")))
        }
    }
  }

  /// The hours that hold requests now.
  package func hoursWithRequests() throws(LedgerError) -> Set<Int64> {
    try read { try PushQueue.hours(Int64.fetchSet($0, sql: PushQueue.held)) }
  }
}

enum PushQueue {
  /// `committed` is 1 once the server is known to have the hour as it stands there.
  static let tables = """
    CREATE TABLE push_hour (
      hour INTEGER PRIMARY KEY, version INTEGER NOT NULL, rows INTEGER NOT NULL, requests INTEGER NOT NULL,
      digest INTEGER NOT NULL, content INTEGER NOT NULL, committed INTEGER NOT NULL);
    CREATE TABLE push_stale (hour INTEGER PRIMARY KEY);
    \(fill);
    CREATE TRIGGER request_changed_for_push
    AFTER UPDATE OF writer, number, attempt, session, stream, claim, estimated_input, estimated_output, prompt_bytes,
      answer_bytes, web_searches ON request BEGIN
      INSERT OR IGNORE INTO push_stale VALUES ((OLD.id >> 15) / 3600000);
    END;
    """

  /// The table of where hours were sent; and whoever never pushed pays for no queue.
  static func keepForThoseWhoPush(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE push_target (
          server INTEGER NOT NULL, machine INTEGER NOT NULL, current INTEGER NOT NULL, PRIMARY KEY (server, machine)
        ) WITHOUT ROWID;
        DROP TRIGGER request_changed_for_push
        """)
    if try isOn(database) {
      try database.execute(sql: trigger)
    } else {
      try database.execute(sql: "DELETE FROM push_stale")
    }
  }

  /// Columns that only a server looks at have a trigger of their own; all others go through `rollup_stale`.
  private static let trigger = """
    CREATE TRIGGER IF NOT EXISTS request_changed_for_push
    AFTER UPDATE OF writer, number, attempt, session, stream, message, claim, estimated_input, estimated_output,
      prompt_bytes, answer_bytes, web_searches ON request BEGIN
      INSERT OR IGNORE INTO push_stale VALUES ((OLD.id >> 15) / 3600000);
    END
    """

  /// Notes every hour that holds requests or held some.
  static let fill = """
    INSERT OR IGNORE INTO push_stale SELECT DISTINCT bucket FROM hour_rollup;
    INSERT OR IGNORE INTO push_stale SELECT DISTINCT quarter / 4 FROM archive;
    INSERT OR IGNORE INTO push_stale SELECT hour FROM rollup_stale;
    INSERT OR IGNORE INTO push_stale SELECT hour FROM push_hour
    """

  /// The hours that hold requests.
  static let held = """
    SELECT bucket AS hour FROM hour_rollup UNION SELECT quarter / 4 FROM archive UNION SELECT hour FROM rollup_stale
    """

  /// The hours that hold requests or held some.
  static let known = "\(held) UNION SELECT hour FROM push_hour UNION SELECT hour FROM push_stale"

  /// Whether changes are noted: whether this ledger ever pushed.
  static func isOn(_ database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM setting WHERE name = 'push_version')") ?? false
  }

  /// Where hours were sent last; `nil` where none ever were.
  static func target(in database: Database) throws -> PushTarget? {
    try Row.fetchOne(database, sql: "SELECT server, machine FROM push_target WHERE current").map {
      try PushTarget(
        server: UInt64(bitPattern: $0.value("server")), machine: UInt64(bitPattern: $0.value("machine")))
    }
  }

  /// Changes are noted from now on, and all that there is waits.
  static func begin(_ database: Database) throws {
    guard try !isOn(database) else { return }
    try database.execute(sql: "\(trigger); \(fill); INSERT INTO setting (name, value) VALUES ('push_version', 0)")
  }

  /// All that there is waits again.
  static func again(_ database: Database) throws {
    try database.execute(sql: "UPDATE push_hour SET committed = 0; \(fill)")
  }

  /// Notes hours that changed.
  static func noteChanged(_ hours: some Sequence<Int64>, in database: Database) throws {
    if try isOn(database) { try note(hours, in: database) }
  }

  fileprivate static func note(_ hours: some Sequence<Int64>, in database: Database) throws {
    let insert = try BoundStatement(database, "INSERT OR IGNORE INTO push_stale VALUES (?)")
    for hour in hours { try insert.run { $0.add(hour) } }
  }

  /// Hours before an instant wait no longer, but for some.
  static func forget(before instant: Int64, but waiting: [Int64], in database: Database) throws {
    guard try isOn(database) else { return }
    try database.execute(
      sql: "DELETE FROM push_stale WHERE hour < ?", arguments: [firstHour(from: instant)])
    try note(waiting, in: database)
  }

  /// The first hour that begins at an instant or later; any instant will do.
  private static func firstHour(from instant: Int64) -> Int64 {
    instant / Rollups.hour + (instant % Rollups.hour > 0 ? 1 : 0)
  }

  fileprivate static func hours<Hours: Sequence<Int64>>(_ hours: Hours) throws -> Hours {
    try ForeignValue.buckets(hours, of: Rollups.hour, "hour")
  }

  static func waiting(before instant: Int64?, in database: Database) throws -> [Int64] {
    let waiting = """
      SELECT hour FROM push_stale UNION SELECT hour FROM push_hour WHERE NOT committed
      UNION SELECT hour FROM rollup_stale
      """
    return try hours(
      Int64.fetchAll(
        database,
        sql: """
          SELECT hour FROM (\(try isOn(database) ? waiting : known)) WHERE ?1 IS NULL OR hour < ?1 ORDER BY hour
          """, arguments: [instant.map(firstHour)]))
  }
}
