/// The instants that a record may hold, epoch milliseconds; others are damage.
package enum EpochTime {
  /// From 1970 on, and beyond the year 9999. What lies outside is a broken record.
  package static let range: Range<Int64> = 0..<(1 << 48 - 1)
}
