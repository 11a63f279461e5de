import GRDB
import Model

/// Sums over quarters of an hour of requests whose rows were removed.
///
/// The days of every time zone begin on such a quarter, and inside one the sums are kept apart wherever prices were:
/// a report of days says the same of the archive as it said of the rows.
enum Archive {
  /// How long a quarter of an hour is, milliseconds.
  static let quarter: Int64 = 900_000
  /// Prompt lengths at which providers reprice. Sums are split there also where no price of today asks for it: what was
  /// added up cannot be taken apart for the table of tomorrow.
  private static let usualPromptLimits: [Int64] = [32_000, 128_000, 200_000, 256_000, 272_000, 512_000]
  /// How long the records of a call (table `piece`) outlive their request: the records of one request begin less
  /// than that apart.
  private static let afterlife: Int64 = 86_400_000

  /// The `prompt` of sums of which nobody knows how long the prompts were, nor why: of programs that did not note it. What
  /// is below it has the number of an `UnmeasuredClass`, counted from here.
  static let withoutPrompt: Int64 = -1

  /// From when on the ledger keeps rows, epoch milliseconds; `nil` while it keeps all.
  static func keptFrom(_ database: Database) throws -> Int64? {
    try Setting.value("kept_from", in: database)
      .map { min(max($0, EpochTime.range.lowerBound), EpochTime.range.upperBound) }
  }

  /// The first and the last instant of the archive, epoch milliseconds.
  static func span(_ database: Database) throws -> ClosedRange<Int64>? {
    func time(_ function: String) throws -> Int64? {
      // What is no number lies before or after all numbers, where no span of time finds it.
      let quarter = try Row.fetchOne(
        database.cachedStatement(sql: "SELECT \(function)(quarter) AS quarter FROM archive"))
      guard let quarter: Int64 = try quarter?.value("quarter") else { return nil }
      let row = try Row.fetchOne(
        database.cachedStatement(sql: "SELECT \(function)(time) AS time FROM archive WHERE quarter = ?"),
        arguments: [quarter])
      return try row?.value("time")
    }
    guard let first = try time("min"), let last = try time("max") else { return nil }
    guard first <= last else { throw ForeignValue(column: "time") }
    return try ForeignValue.instant(first, "time")...ForeignValue.instant(last, "time")
  }

  /// Notes that records are of an archived request, so that they are deleted when they are old enough.
  static func age(
    writer: Int64, number: Int64, _ started: Int64, keptFrom: Int64, _ database: Database
  ) throws {
    let sql =
      started < keptFrom - afterlife
      ? "DELETE FROM piece WHERE writer = ?2 AND number = ?3"
      : "UPDATE piece SET started = ?1 WHERE writer = ?2 AND number = ?3"
    try database.execute(sql: sql, arguments: [started, writer, number])
  }

  /// Moves the rows of requests before an instant into sums, and removes what they were made of.
  /// - Returns: how many requests that were.
  static func take(before instant: Int64, grain: PriceGrain, _ database: Database) throws -> Int {
    let id = RequestID.range(instant..<instant).lowerBound
    func execute(_ sql: String, _ value: Int64) throws { try database.execute(sql: sql, arguments: [value]) }
    try execute(insertion(grain), id)
    try LowerBounds.archive(before: id, by: quarter, database)
    // An answer goes with its request, on whichever side of the instant it ended, and with the records that have to be
    // seen with it. One that a kept request was joined with stays.
    try execute(
      """
      UPDATE message SET archived = 1
      WHERE kin IN (
          SELECT kin FROM request JOIN message ON message.id = request.message WHERE request.id < ?1)
        AND id NOT IN (SELECT message FROM request WHERE message IS NOT NULL AND id >= ?1)
      """, id)
    try execute(
      """
      UPDATE piece SET started = request.started FROM request
      WHERE request.writer = piece.writer AND request.number = piece.number AND request.id < ?1
      """, id)
    try execute("DELETE FROM call_key WHERE request < ?1", id)
    try execute("DELETE FROM request WHERE id < ?1", id)
    let count = database.changesCount
    try execute("DELETE FROM piece WHERE started < ?1 - \(afterlife)", instant)
    try execute("DELETE FROM fragment WHERE start < ?1", instant)
    try execute("DELETE FROM chained_request WHERE request < ?1", id)
    try database.execute(sql: "DELETE FROM chained_key WHERE request NOT IN (SELECT id FROM chained_request)")
    try execute("DELETE FROM chain WHERE started < ?1 - \(afterlife)", instant)
    try execute(
      """
      DELETE FROM message WHERE kin NOT IN (
        SELECT kin FROM message
        WHERE time >= ?1 OR id IN (SELECT message FROM request WHERE message IS NOT NULL))
      """, instant)
    try database.execute(
      sql: """
        DELETE FROM message_copy WHERE message NOT IN (SELECT id FROM message);
        DELETE FROM session WHERE id NOT IN (SELECT session FROM request WHERE session IS NOT NULL)
          AND id NOT IN (SELECT session FROM chained_request WHERE session IS NOT NULL)
          AND id NOT IN (SELECT session FROM message) AND id NOT IN (SELECT session FROM message_copy);
        DELETE FROM word WHERE id NOT IN (
          SELECT model FROM message UNION SELECT agent FROM message WHERE agent IS NOT NULL
          UNION SELECT asked FROM request WHERE asked IS NOT NULL)
        """)
    try execute("INSERT OR REPLACE INTO setting (name, value) VALUES ('kept_from', ?1)", instant)
    var rollups = try Rollups(database)
    try rollups.flush()
    return count
  }

  private static let sumColumns = RollupColumns.sums.joined(separator: ", ")

  private static func insertion(_ grain: PriceGrain) -> String {
    let prompt = RequestColumns.prompt
    let limits = Set(grain.promptLimits + usualPromptLimits).sorted()
    // What lies on the border of a quarter splits nothing.
    let cuts = grain.cuts.filter { $0 % quarter != 0 }.map { "(started >= \($0))" }
    let weeklyCuts = grain.weeklyCuts.filter { $0 % 15 != 0 }
    let kind = "CASE WHEN \(RequestColumns.measured) THEN 0 ELSE \(UnmeasuredClass.sql) END"
    return """
      INSERT INTO archive (quarter, time, model, route, prompt, claim, web_searches, \(sumColumns))
      SELECT started / \(quarter), min(started), model, route,
        CASE WHEN \(RequestColumns.measured) THEN min(\(prompt)) ELSE \(withoutPrompt) + \(UnmeasuredClass.sql) END,
        sum(claim), sum(web_searches), \(RollupColumns.ofRequests.joined(separator: ", "))
      FROM request WHERE id < ?1
      GROUP BY started / \(quarter), model, route, source, claim IS NULL, \(kind),
        \(PriceGrain.sql(promptLimits: limits, of: prompt)), \(PriceGrain.sql(weeklyCuts: weeklyCuts, of: "started")),
        \(PriceGrain.sum(cuts))
      """
  }

  /// The code of the source of a sum's tokens; NULL in sums of programs that did not tell sources apart.
  fileprivate static let source = """
    CASE upstream + router + client + unknown + failed + estimated WHEN unknown + failed THEN 0 WHEN upstream THEN 1
      WHEN router THEN 2 WHEN client THEN 3 WHEN estimated THEN 4 END
    """

  /// The columns of a sum over archived sums, as `TrafficQuery` reads them. What was archived before caches were
  /// worked out leaves their sum unknown.
  fileprivate static let sums: String =
    (RollupColumns.counts + RollupColumns.tokens).map { "sum(\($0))" }
    .joined(separator: ", ") + ", " + RollupColumns.caching.map { "sum(\($0))" }.joined(separator: ", ")
    + ", count(*) = count(cacheable)"
}

extension TrafficQuery {
  /// The archive's part of an interval: model, route, time, prompt, the sums, whether those of caches are whole, where
  /// sources are told apart the source and the claim in two parts (SQLite refuses sums beyond 64 bits), and what shows a
  /// route or a time that is no number, which is of any scope and interval. The archive knows no sessions.
  var archiveSQL: String {
    let source = bySource ? Archive.source : "NULL"
    let claim = bySource ? "sum(claim / 1000000), sum(claim % 1000000)" : "NULL, NULL"
    return """
      SELECT model, \(byRoute ? "route" : "0") AS route, min(time) AS "archive.time",
        min(CASE WHEN prompt > \(Archive.withoutPrompt) THEN prompt END), \(Archive.sums), \(source), \(claim),
        max(CASE WHEN typeof(request.route) <> 'integer' THEN request.route END) AS "archive.route",
        max(CASE WHEN typeof(time) <> 'integer' THEN time END) AS "archive.time"
      FROM archive AS request
      WHERE quarter BETWEEN ?1 / \(Archive.quarter) AND ?2 / \(Archive.quarter) AND (time >= ?1 AND time < ?2\
      \(scope.condition) OR typeof(request.route) <> 'integer' OR typeof(time) <> 'integer')
      GROUP BY model, \(byRoute ? "request.route, " : "")\(bySource ? "\(source), claim IS NULL, " : "")
        \(PriceGrain.sql(promptLimits: grain.promptLimits, of: "prompt")),
        \(PriceGrain.sql(weeklyCuts: grain.weeklyCuts, of: "time"))
      """
  }
}

/// The classes of a grain, as SQL counts them.
extension PriceGrain {
  /// How many limits a prompt is above; none where its length is not known.
  static func sql(promptLimits: [Int64], of prompt: String) -> String {
    sum(promptLimits.map { "coalesce(\(prompt) > \($0), 0)" })
  }

  /// How many cuts of the week lie before an instant.
  static func sql(weeklyCuts: [Int], of time: String) -> String {
    sum(weeklyCuts.map { "(((\(time) / 60000 + 4320) % 10080) >= \($0))" })
  }

  /// A sum; of nothing, what does not stand for a column's number in a GROUP BY.
  fileprivate static func sum(_ terms: [String]) -> String {
    terms.isEmpty ? "NULL" : terms.joined(separator: " + ")
  }
}
