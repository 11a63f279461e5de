package import Foundation
import GRDB
package import Model

extension LedgerFile {
  /// The days on which some request began, archived ones included.
  package func recordedDays(scope: TrafficScope, timeZone: TimeZone) throws(LedgerError) -> Set<CivilDay> {
    try read { database in
      let search = try DaySearch(database, scope, timeZone)
      return try search.held().union(search.archived())
    }
  }
}

/// Looks for the days of a time zone that have requests, with as few rows as tell it: sums of days of UTC; where such a
/// day lies in two of the zone's, one sum of an hour for each; and a request where the zone's day begins inside an hour.
private struct DaySearch {
  private let timeZone: TimeZone
  private let nextModel: BoundStatement
  private let nextDay: BoundStatement
  private let hour: BoundStatement
  private let request: BoundStatement
  private let nextArchived: BoundStatement

  init(_ database: Database, _ scope: TrafficScope, _ timeZone: TimeZone) throws {
    self.timeZone = timeZone
    func first(_ column: String, _ rows: String, orderedBy order: String? = nil) throws -> BoundStatement {
      let order = order.map { " ORDER BY \($0)" } ?? ""
      return try BoundStatement(database, "SELECT \(column) FROM \(rows)\(order) LIMIT 1")
    }
    let isOfScope = scope.condition
    nextModel = try first("model", "day_rollup WHERE model > ?", orderedBy: "model")
    nextDay = try first(
      "bucket", "day_rollup AS request WHERE model = ? AND bucket >= ?\(isOfScope)", orderedBy: "bucket")
    hour = try first(
      "1",
      "hour_rollup AS request WHERE model IN (SELECT id FROM model) AND bucket >= ? AND bucket < ?\(isOfScope)")
    request = try first("1", "request WHERE id >= ? AND id < ?\(isOfScope)")
    nextArchived = try first(
      "time", "archive AS request WHERE quarter >= ? AND time >= ?\(isOfScope)", orderedBy: "quarter, time")
  }

  private func value(_ statement: BoundStatement, _ arguments: Int64...) throws -> Int64? {
    var value: Int64?
    try statement.forEach {
      for argument in arguments { $0.add(argument) }
    } _: {
      value = $0[0]
    }
    return value
  }

  /// Of requests that have rows.
  func held() throws -> Set<CivilDay> {
    var days: Set<CivilDay> = []
    for bucket in try buckets().sorted() {
      let span = bucket * EpochTime.day..<(bucket + 1) * EpochTime.day
      let first = CivilDay(milliseconds: span.lowerBound, in: timeZone)
      let last = CivilDay(milliseconds: span.upperBound - 1, in: timeZone)
      guard first != last else {
        days.insert(first)
        continue
      }
      let change = last.start(in: timeZone)
      if try !days.contains(first) && hasRequests(in: span.lowerBound..<change) { days.insert(first) }
      if try !days.contains(last) && hasRequests(in: change..<span.upperBound) { days.insert(last) }
    }
    return days
  }

  /// The days of UTC. After the first model only the days between those that are known are looked for.
  private func buckets() throws -> Set<Int64> {
    var found: Set<Int64> = []
    var last = Int64.min
    while let model = try value(nextModel, last) {
      last = model
      var bucket = Int64.min
      while let next = try value(nextDay, model, bucket) {
        bucket = try ForeignValue.buckets([next], of: EpochTime.day, "day_rollup.bucket")[0]
        repeat {
          found.insert(bucket)
          bucket += 1
        } while found.contains(bucket)
      }
    }
    return found
  }

  private func hasRequests(in span: Range<Int64>) throws -> Bool {
    let length = EpochTime.hour
    let hours = (span.lowerBound + length - 1) / length..<span.upperBound / length
    let edges = [span.lowerBound..<hours.lowerBound * length, hours.upperBound * length..<span.upperBound]
    return try holds(hour, hours) || edges.contains { try holds(request, RequestID.range($0)) }
  }

  private func holds(_ statement: BoundStatement, _ range: Range<Int64>) throws -> Bool {
    try !range.isEmpty && value(statement, range.lowerBound, range.upperBound) != nil
  }

  /// Of requests whose rows were removed: one row a day is looked at.
  func archived() throws -> Set<CivilDay> {
    var days: Set<CivilDay> = []
    var end: Int64 = 0
    while let time = try value(nextArchived, end / Archive.quarter, end) {
      let day = CivilDay(milliseconds: try ForeignValue.instant(time, "archive.time"), in: timeZone)
      days.insert(day)
      end = day.advanced(by: 1).start(in: timeZone)
    }
    return days
  }
}
