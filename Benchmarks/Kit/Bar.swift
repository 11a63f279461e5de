/// What a measurement has to reach.
package struct Bar: Sendable {
  /// What numbers of a bar are.
  package enum Unit: Sendable {
    /// A ratio of two times.
    case times
    case seconds
    case milliseconds
    /// Millions of bytes.
    case megabytes
    /// Bytes for each request.
    case bytes
    /// So many a second.
    case perSecond
    /// A plain count.
    case count
  }

  package enum Kind: Sendable {
    case atMost
    case atLeast
  }

  package var limit: Double
  package var kind: Kind
  package var unit: Unit
  /// What the program reaches where it misses the bar, on the machine of `Benchmarks/README.md`: it is held to that.
  package var reached: Double?

  package init(_ kind: Kind, _ limit: Double, _ unit: Unit, reached: Double? = nil) {
    (self.kind, self.limit, self.unit, self.reached) = (kind, limit, unit, reached)
  }

  /// Whether a value reaches it.
  package func holds(_ value: Double) -> Bool { kind == .atMost ? value <= limit : value >= limit }

  /// Whether a value misses it by more than half of it, which noise does not explain; or, where it is missed anyway, what
  /// was reached.
  package func isFarFrom(_ value: Double) -> Bool {
    switch kind {
    case .atMost: value > max(limit, reached ?? limit) * 1.5
    case .atLeast: value * 1.5 < min(limit, reached ?? limit)
    }
  }

  package var text: String { (kind == .atMost ? "≤ " : "≥ ") + unit.text(limit) }
}

extension Bar.Unit {
  /// A value for people.
  package func text(_ value: Double) -> String {
    switch self {
    case .times: Decimals.text(value, value < 10 ? 2 : 1) + " ×"
    case .seconds: Decimals.text(value, value < 10 ? 3 : 1) + " s"
    case .milliseconds: Decimals.text(value, value < 100 ? 1 : 0) + " ms"
    case .megabytes: Decimals.text(value, value < 100 ? 1 : 0) + " MB"
    case .bytes: Decimals.text(value, 1) + " B"
    case .perSecond: Decimals.grouped(value) + "/s"
    case .count: Decimals.grouped(value)
    }
  }
}

/// Numbers with a fixed count of decimals.
enum Decimals {
  static func text(_ value: Double, _ places: Int) -> String {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let fraction = places == 0 ? "" : "." + String(String(scale + scaled % scale).dropFirst())
    return (value < 0 && scaled > 0 ? "-" : "") + String(scaled / scale) + fraction
  }

  static func grouped(_ value: Double) -> String {
    let digits = String(Int(value.rounded()))
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, digit.isNumber, (digits.count - place) % 3 == 0, text != "-" { text += "," }
      text.append(digit)
    }
    return text
  }
}
