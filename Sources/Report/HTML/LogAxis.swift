import Audit
import Pricing

/// A logarithmic axis of ratios, on which twice and half as dear lie equally far from 1. Only drawings are made with it:
/// figures stay exact.
struct LogAxis {
  /// The ratios that are marked, ascending; 1 is one of them.
  let ticks: [Double]
  private let low: Double
  private let high: Double

  private static let steps: [Double] = [
    0.000001, 0.000002, 0.000005, 0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02,
    0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000,
    500_000, 1_000_000,
  ]
  private static let ends = (low: 0.000001, high: 1_000_000.0)

  /// An axis that holds ratios, as far as they lie between a millionth and a million, and some ground on both sides of 1.
  init(_ ratios: [Ratio]) {
    let values = ratios.map(Self.value) + [0.5, 2]
    let (least, most) = (values.min() ?? 0.5, values.max() ?? 2)
    let low = Self.steps.last { $0 <= least } ?? Self.ends.low
    let high = Self.steps.first { $0 >= most } ?? Self.ends.high
    (self.low, self.high) = (low, high)
    let inside = Self.steps.filter { low <= $0 && $0 <= high }
    // From 1 on in both directions, every second step where there are many, and whole powers of ten where there are more.
    let one = inside.firstIndex(of: 1) ?? 0
    let part = max(1, (inside.count + 5) / 7)
    let stride = part > 3 ? (part + 2) / 3 * 3 : part
    ticks = inside.indices.filter { ($0 - one) % stride == 0 }.map { inside[$0] }
  }

  /// Where a ratio lies, from 0 to 1.
  func place(_ ratio: Ratio) -> Double { place(Self.value(ratio)) }

  /// Where a value lies, from 0 to 1; values beyond the ends lie at them.
  func place(_ value: Double) -> Double {
    (Self.log(min(max(value, low), high)) - Self.log(low)) / (Self.log(high) - Self.log(low))
  }

  /// A mark's label.
  static func label(_ tick: Double) -> String {
    guard tick < 1 else { return Figures.count(Int(tick)) + "×" }
    // All of them are whole millionths.
    return "\(Money(picodollars: Int128((tick * 1_000_000).rounded()) * 1_000_000))×"
  }

  private static func value(_ ratio: Ratio) -> Double {
    min(max(Double(ratio.millionths) / 1_000_000, ends.low), ends.high)
  }

  private static func log(_ value: Double) -> Double { Drawing.logarithm(value) }
}
