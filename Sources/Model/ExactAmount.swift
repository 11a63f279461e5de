/// An exact decimal amount with up to 18 places, such as bills carry: money of some currency, or a price of one token.
package struct ExactAmount: Hashable, Sendable, Comparable, AdditiveArithmetic {
  /// The amount in units of 1e-18.
  package var units: Int128

  /// How many places are kept.
  package static let places = 18

  /// An amount in units of 1e-18.
  package init(units: Int128) { self.units = units }

  package static let zero = ExactAmount(units: 0)

  package static let one = ExactAmount(units: 1_000_000_000_000_000_000)

  /// Reads a decimal: a sign, digits with an optional point, thousands separated by commas, a leading `$`, an exponent
  /// (`3e-7`). `nil` for anything else, and beyond 1e19.
  /// - Parameter cutsPlaces: whether places behind the 18th are cut off; else they make it `nil` where they are not zero.
  package init?(_ text: some StringProtocol, cutsPlaces: Bool = false) {
    var rest = text.utf8.filter { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: " ") }[...]
    var isNegative = false
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      isNegative = first == UInt8(ascii: "-")
      rest.removeFirst()
    }
    if rest.first == UInt8(ascii: "$") { rest.removeFirst() }
    var exponent = 0
    if let mark = rest.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
      guard let power = Int(String(decoding: rest[(mark + 1)...], as: UTF8.self)), abs(power) <= 40 else { return nil }
      exponent = power
      rest = rest[..<mark]
    }
    var value: Int128 = 0
    var places = 0
    var hasPoint = false
    var digits = 0
    for byte in rest {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
        continue
      }
      guard (0x30...0x39).contains(byte) else { return nil }
      digits += 1
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int128(byte - 0x30))
      if overflow || carry { return nil }
      value = sum
      if hasPoint { places += 1 }
    }
    guard digits > 0 else { return nil }
    var shift = Self.places - places + exponent
    while shift < 0 {
      guard cutsPlaces || value % 10 == 0 else { return nil }
      value /= 10
      shift += 1
    }
    while shift > 0, value != 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
      shift -= 1
    }
    units = isNegative ? -value : value
  }

  /// How many places the text of a decimal shows: what a bill was rounded to.
  package static func shownPlaces(_ text: some StringProtocol) -> Int {
    guard let point = text.firstIndex(of: ".") else { return 0 }
    return text[text.index(after: point)...].prefix { $0.isASCII && $0.isNumber }.count
  }

  /// The most that rounding makes of a sum: half a unit of the last place for each amount; nothing where they are exact.
  package static func mostRounding(places: Int?, amounts: Int) -> ExactAmount {
    guard let places, places < Self.places else { return .zero }
    return ExactAmount(units: unit(places: places).units / 2 * Int128(amounts))
  }

  /// One unit of the last of so many places (at most 18).
  package static func unit(places: Int) -> ExactAmount {
    var unit: Int128 = 1
    for _ in places..<Self.places { unit *= 10 }
    return ExactAmount(units: unit)
  }

  package static func + (left: ExactAmount, right: ExactAmount) -> ExactAmount {
    ExactAmount(units: left.units + right.units)
  }

  package static func - (left: ExactAmount, right: ExactAmount) -> ExactAmount {
    ExactAmount(units: left.units - right.units)
  }

  package static func < (left: ExactAmount, right: ExactAmount) -> Bool { left.units < right.units }

  /// So many of it.
  package static func * (left: ExactAmount, count: Int64) -> ExactAmount {
    ExactAmount(units: left.units * Int128(count))
  }

  /// Without its sign.
  package var magnitude: ExactAmount { units < 0 ? ExactAmount(units: -units) : self }

  /// The amount times a fraction, rounded half to even to 1e-18; the product in between cannot overflow.
  /// - Precondition: the denominator is not zero and the result fits 128 bits.
  package func multiplied(by numerator: Int128, over denominator: Int128) -> ExactAmount {
    let product = units.magnitude.multipliedFullWidth(by: numerator.magnitude)
    let divisor = denominator.magnitude
    let (quotient, remainder) = divisor.dividingFullWidth((product.high, product.low))
    let rest = divisor - remainder
    let rounded = remainder > rest || (remainder == rest && !quotient.isMultiple(of: 2)) ? quotient + 1 : quotient
    let isNegative = (units < 0) != ((numerator < 0) != (denominator < 0))
    return ExactAmount(units: isNegative ? -Int128(rounded) : Int128(rounded))
  }

  /// The amount with exactly that many places (at most 18), rounded half to even.
  package func rounded(places: Int) -> String {
    let unit = Self.unit(places: places).units.magnitude
    var (whole, rest) = units.magnitude.quotientAndRemainder(dividingBy: unit)
    if rest > unit - rest || (rest == unit - rest && rest != 0 && !whole.isMultiple(of: 2)) { whole += 1 }
    let digits = String(whole)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = units < 0 && whole != 0 ? "-" : ""
    return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
  }
}

extension ExactAmount: CustomStringConvertible {
  /// The exact decimal, without exponent and without trailing zeros.
  package var description: String {
    var text = Substring(rounded(places: Self.places))
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }
}
