import GRDB
import Model

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
      let last = try Setting.value("push_version", in: database) ?? 0
      let version = max(now, last &+ 1, newest &+ 1)
      try database.execute(
        sql: "INSERT OR REPLACE INTO setting (name, value) VALUES ('push_version', ?)", arguments: [version])
      return version
    }
  }

  /// The newest version that anything was sent under from this file.
  package func newestPushVersion() throws(LedgerError) -> Int64 {
    try read(Self.newestPushVersion)
  }

  static func newestPushVersion(_ database: Database) throws -> Int64 {
    let sent = try Int64.fetchOne(database, sql: "SELECT max(version) FROM push_hour")
    return max(try Setting.value("push_version", in: database) ?? 0, sent ?? 0)
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
