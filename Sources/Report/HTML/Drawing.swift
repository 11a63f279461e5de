import Foundation
import Pricing

/// Numbers of drawings.
enum Drawing {
  /// A coordinate with at most some places.
  static func number(_ value: Double, places: Int = 2) -> String {
    var unit = 1.0
    for _ in 0..<places { unit *= 10 }
    let whole = (value * unit).rounded() / unit
    return whole == whole.rounded() && whole.magnitude < 1e15 ? String(Int(whole)) : "\(whole)"
  }

  /// A share from 0 to 1 of a width.
  static func percent(_ share: Double) -> String { number(share * 100) + "%" }

  static func logarithm(_ value: Double) -> Double { log(value) }

  /// One amount's share of another, from 0 to 1; 0 of nothing.
  static func share(_ part: Money, of whole: Money) -> Double {
    guard whole > .zero, part > .zero else { return 0 }
    return min(1, Double(part.picodollars) / Double(whole.picodollars))
  }

  /// A pattern for what is not measured.
  static let hatch = Markup(
    .svg, [.width: "0", .height: "0", .class: "vh", .ariaHidden: "true"],
    Markup(
      .pattern, [.id: "hatch", .width: "5", .height: "5", .patternUnits: "userSpaceOnUse"],
      Markup(
        .path, [.d: "M-1 6L6 -1M-1 1L1 -1M4 6L6 4", .stroke: "#6b7480", .strokeWidth: "1.3", .class: "s-none"])))

  /// A text in a drawing.
  static func label(
    _ text: Markup, x: String, y: Double, anchor: String = "start", size: Int = 11, color: String = "#5b6470",
    class: String = "tick", weight: String = "400"
  ) -> Markup {
    Markup(
      .text,
      [
        .x: x, .y: number(y, places: 1), .textAnchor: anchor, .fontSize: String(size), .fontWeight: weight,
        .fill: color, .class: `class`,
      ], text)
  }
}
