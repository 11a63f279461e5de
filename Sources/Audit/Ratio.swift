package import Pricing

/// Cost ÷ baseline cost, rounded half-even to six places; below 1 pays.
package struct Ratio: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The ratio in millionths.
  package let millionths: Int128

  /// A ratio in millionths.
  package init(millionths: Int128) { self.millionths = millionths }

  /// `nil` where there is nothing to compare with.
  package init?(_ cost: Money, over baseline: Money) {
    guard baseline.picodollars > 0 else { return nil }
    self.millionths = cost.multiplied(by: 1_000_000, over: baseline.picodollars).picodollars
  }

  /// A share of a number; `nil` of nothing.
  package init?(_ part: Int, of whole: Int) {
    self.init(Money(picodollars: Int128(part)), over: Money(picodollars: Int128(whole)))
  }

  /// Reads a decimal that is not negative and has at most six places; `nil` for anything else.
  package init?(decimal text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let places = parts.count == 2 ? parts[1].utf8.count : 0
    guard (1...2).contains(parts.count), places <= 6,
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let millionths = Int128(parts.joined() + String(repeating: "0", count: 6 - places))
    else { return nil }
    self.millionths = millionths
  }

  /// One: as dear as the baseline.
  package static let one = Ratio(millionths: 1_000_000)

  /// Six places, as in the JSON contract.
  package var description: String { Money(picodollars: millionths * 1_000_000).rounded(places: 6) }

  package static func < (left: Ratio, right: Ratio) -> Bool { left.millionths < right.millionths }
}
