import GRDB
import Model

/// The tables of the queue: hours that changed since they were sent, and where hours were sent.
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

  /// The ledger got another id: nothing was sent under it. With the former one, the next push ends its hours.
  static func becomeAnother(keepingFormer: Bool, in database: Database) throws {
    try database.execute(
      sql: keepingFormer ? "UPDATE push_target SET current = 0" : "DELETE FROM push_target")
    try database.execute(sql: "DELETE FROM push_hour; DELETE FROM push_stale")
    if try isOn(database) { try database.execute(sql: fill) }
  }

  /// Notes hours that changed.
  static func noteChanged(_ hours: some Sequence<Int64>, in database: Database) throws {
    if try isOn(database) { try note(hours, in: database) }
  }

  static func note(_ hours: some Sequence<Int64>, in database: Database) throws {
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
    instant / EpochTime.hour + (instant % EpochTime.hour > 0 ? 1 : 0)
  }

  static func hours<Hours: Sequence<Int64>>(_ hours: Hours) throws -> Hours {
    try ForeignValue.buckets(hours, of: EpochTime.hour, "hour")
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
