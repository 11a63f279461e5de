package import Foundation
import GRDB
package import Model

extension LedgerFile {
  /// The days on which some request began, archived ones included.
  package func recordedDays(scope: TrafficScope, timeZone: TimeZone) throws(LedgerError) -> Set<CivilDay> {
    try read { database in
      var days: Set<CivilDay> = []
      func add(_ buckets: [Int64], length: Int64) throws {
        for bucket in try ForeignValue.buckets(buckets, of: length, "bucket") {
          let (start, end) = (bucket * length, (bucket + 1) * length - 1)
          let (first, last) = (CivilDay(milliseconds: start, in: timeZone), CivilDay(milliseconds: end, in: timeZone))
          guard first != last, !(days.contains(first) && days.contains(last)) else {
            days.insert(first)
            continue
          }
          // In zones that are not whole hours from UTC, a day can begin inside an hour.
          let ids = RequestID.range(start..<end + 1)
          let instants = try Int64.fetchAll(
            database, sql: "SELECT started FROM request WHERE id >= ? AND id < ?\(scope.condition)",
            arguments: [ids.lowerBound, ids.upperBound])
          days.formUnion(instants.map { CivilDay(milliseconds: $0, in: timeZone) })
        }
      }
      let condition = scope.condition.replacing("request.", with: "")
      try add(
        Int64.fetchAll(database, sql: "SELECT DISTINCT bucket FROM hour_rollup WHERE 1\(condition)"),
        length: EpochTime.hour)
      for instant in try Int64.fetchAll(database, sql: "SELECT DISTINCT time FROM archive WHERE 1\(condition)") {
        days.insert(CivilDay(milliseconds: instant, in: timeZone))
      }
      return days
    }
  }
}
