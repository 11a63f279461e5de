import Model

/// A value in a column that cannot hold it, as in a ledger that another program wrote to.
struct ForeignValue: Error, CustomStringConvertible {
  /// The column, as the statement names it.
  var column: String

  var description: String { "its column `\(column)` holds a value of another kind" }

  /// The largest count that a sound ledger holds: a thousand of them can still be added up.
  static let largestCount = Int64.max >> 10

  /// A number that is a count.
  static func count(_ number: Int64, _ column: @autoclosure () -> String) throws -> Int64 {
    guard (0...largestCount).contains(number) else { throw ForeignValue(column: column()) }
    return number
  }

  /// Numbers that count parts of the time since 1970, each of a length in milliseconds.
  static func buckets<Numbers: Sequence<Int64>>(
    _ numbers: Numbers, of length: Int64, _ column: @autoclosure () -> String
  ) throws -> Numbers {
    let known = 0...EpochTime.range.upperBound / length
    guard numbers.allSatisfy(known.contains) else { throw ForeignValue(column: column()) }
    return numbers
  }

  /// A number that is an instant, epoch milliseconds.
  static func instant(_ number: Int64, _ column: @autoclosure () -> String) throws -> Int64 {
    guard EpochTime.range.contains(number) else { throw ForeignValue(column: column()) }
    return number
  }
}
