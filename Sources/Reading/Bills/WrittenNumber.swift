import Model

/// A number as programs and spreadsheets write it: with a decimal point or a decimal comma, and its digits in groups of
/// three or not.
struct WrittenNumber {
  /// What stands before the decimals.
  enum Mark: Hashable, Sendable { case point, comma }

  /// The number with a decimal point and without groups, if it has that decimal mark; `nil` where it cannot have it.
  private let byPoint: String?
  private let byComma: String?
  /// The currency that stands beside it, ISO 4217.
  let currency: String?

  /// `nil` for what is no number.
  init?(_ text: String) {
    if let (byPoint, byComma) = Self.bare(text) {
      (self.byPoint, self.byComma, currency) = (byPoint, byComma, nil)
      return
    }
    var rest = Substring(text.trimmed)
    var isNegative = false
    if rest.first == "(", rest.last == ")" {
      rest = rest.dropFirst().dropLast()
      isNegative = true
    }
    func takeSign() -> Bool {
      guard let sign = rest.first, sign == "-" || sign == "+" || sign == "\u{2212}" else { return false }
      if sign != "+" { isNegative.toggle() }
      rest.removeFirst()
      return true
    }
    let hasSign = takeSign()
    currency = Self.takeCurrency(&rest)
    if currency != nil, !hasSign { _ = takeSign() }
    var exponent: Substring = ""
    if let mark = rest.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      exponent = rest[mark...]
      guard let power = Int(exponent.dropFirst()), abs(power) <= 40 else { return nil }
      rest = rest[..<mark]
    }
    let sign = isNegative ? "-" : ""
    byPoint = Self.plain(rest, mark: ".", other: ",").map { sign + $0 + exponent }
    byComma = Self.plain(rest, mark: ",", other: ".").map { sign + $0 + exponent }
    if byPoint == nil, byComma == nil { return nil }
  }

  /// The mark that it must have; `nil` where it can have either, or has none.
  var evidence: Mark? {
    switch (byPoint, byComma) {
    case (.some, nil): .point
    case (nil, .some): .comma
    default: nil
    }
  }

  /// Whether both marks make another number of it.
  var isAmbiguous: Bool { byPoint != nil && byComma != nil && byPoint != byComma }

  /// The number with a decimal point and without groups.
  /// - Parameter mark: the mark that others of its kind have. One that is not ambiguous needs none.
  func text(by mark: @autoclosure () -> Mark?) -> String? {
    guard isAmbiguous else { return byPoint ?? byComma }
    return switch mark() {
    case .point: byPoint
    case .comma: byComma
    case nil: nil
    }
  }

  /// The number as each mark makes it.
  var readings: [String] { [byPoint, byComma].compactMap(\.self) }

  /// How many decimals a number shows that has a decimal point and no groups: `1.5e-7` has eight.
  static func places(_ text: String) -> Int {
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
    return max(0, ExactAmount.shownPlaces(parts[0]) - exponent)
  }

  /// The readings of digits with a point or none, as most cells are; `nil` for other text.
  private static func bare(_ text: String) -> (byPoint: String, byComma: String?)? {
    var (digits, point) = (0, Int?.none)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "."), point == nil {
        point = digits
      } else if (0x30...0x39).contains(byte) {
        digits += 1
      } else {
        return nil
      }
    }
    guard digits > 0 else { return nil }
    guard let point else { return (text, text) }
    // One group of three, as far as its digits go.
    let isGroup = digits - point == 3 && (1...3).contains(point) && text.utf8.first != UInt8(ascii: "0")
    return (text, isGroup ? text.filter { $0 != "." } : nil)
  }

  /// Digits with a decimal mark, which stands once, and groups of three before it.
  private static func plain(_ text: Substring, mark: Character, other: Character) -> String? {
    let halves = text.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
    let decimals = halves.count == 2 ? halves[1] : ""
    guard let whole = halves.first, decimals.allSatisfy(\.isDigit), !(whole.isEmpty && decimals.isEmpty) else {
      return nil
    }
    let separators = Set(whole.filter { !$0.isDigit })
    guard let separator = separators.first else { return decimals.isEmpty ? String(whole) : "\(whole).\(decimals)" }
    guard separators.count == 1, separator == other || groupSigns.contains(separator) else { return nil }
    let groups = whole.split(separator: separator, omittingEmptySubsequences: false)
    let lengths = groups.map(\.count)
    guard let first = lengths.first, lengths.last == 3, groups.first?.first != "0" else { return nil }
    // India writes lakhs and crores: 12,34,567.
    let isIndian = separator == "," && (1...2).contains(first) && lengths.dropFirst().dropLast().allSatisfy { $0 == 2 }
    guard isIndian || ((1...3).contains(first) && lengths.dropFirst().allSatisfy { $0 == 3 }) else { return nil }
    return decimals.isEmpty ? groups.joined() : "\(groups.joined()).\(decimals)"
  }

  /// Spaces, also those that do not break, and the apostrophes of Switzerland.
  private static let groupSigns: Set<Character> = [" ", "\u{a0}", "\u{202f}", "\u{2009}", "'", "\u{2019}"]

  /// Signs of currencies, and words for them. The last one is that of two: what else is said tells which.
  private static let signs: [(sign: String, code: String)] = [
    ("US$", "USD"), ("R$", "BRL"), ("A$", "AUD"), ("C$", "CAD"), ("HK$", "HKD"), ("S$", "SGD"), ("NT$", "TWD"),
    ("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("₹", "INR"), ("₩", "KRW"), ("₽", "RUB"), ("₺", "TRY"), ("₫", "VND"),
    ("₪", "ILS"), ("zł", "PLN"), ("CN¥", "CNY"), ("RMB", "CNY"), ("元", "CNY"), ("¥", yuanOrYen), ("￥", yuanOrYen),
  ]

  /// In place of a code: the sign of yuan and of yen.
  static let yuanOrYen = "¥"

  /// Whether what stands beside it may mean a currency; nothing may mean any.
  func isIn(_ code: String) -> Bool {
    guard let currency else { return true }
    return currency == Self.yuanOrYen ? ["CNY", "JPY"].contains(code) : currency == code
  }

  /// What stands before or behind a number and names a currency.
  private static func takeCurrency(_ text: inout Substring) -> String? {
    func isCode(_ word: Substring) -> Bool {
      word.count == 3 && word.allSatisfy { $0.isASCII && $0.isUppercase }
    }
    var names = signs
    for word in [text.prefix(3), text.suffix(3)] where isCode(word) {
      let code = String(word)
      names.append((sign: code, code: code))
    }
    for (sign, code) in names {
      if text.hasPrefix(sign) {
        text = text.dropFirst(sign.count).drop(while: \.isWhitespace)
        return code
      }
      if text.hasSuffix(sign) {
        text.removeLast(sign.count)
        while text.last?.isWhitespace == true { text.removeLast() }
        return code
      }
    }
    return nil
  }

  /// The currency that a cell names: `usd`, `RMB`.
  static func currency(_ text: String) -> String? {
    if let known = signs.first(where: { $0.sign == text }) { return known.code == yuanOrYen ? nil : known.code }
    let code = text.uppercased()
    if code == "RMB" { return "CNY" }
    return code.utf8.count == 3 && code.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) ? code : nil
  }
}

extension Character {
  /// Of ASCII.
  fileprivate var isDigit: Bool { isASCII && isNumber }
}
