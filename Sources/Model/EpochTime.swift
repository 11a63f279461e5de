/// The instants that a record may hold, epoch milliseconds; others are damage.
package enum EpochTime {
  /// From 1970 on, and beyond the year 9999. What lies outside is a broken record.
  package static let range: Range<Int64> = 0..<(1 << 48 - 1)
  /// An hour, milliseconds.
  package static let hour: Int64 = 3_600_000
  /// A day without change of clocks, milliseconds.
  package static let day: Int64 = 86_400_000
}
