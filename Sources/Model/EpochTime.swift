/// The instants that records may name, epoch milliseconds.
package enum EpochTime {
  /// From 1970 on, and beyond the year 9999. What lies outside is a broken record.
  package static let range: Range<Int64> = 0..<(1 << 48 - 1)
}
