import Model

/// How a column writes days whose year stands last, as spreadsheets save them again: `12/5/2026`.
enum DayOrder: Hashable {
  case dayFirst, monthFirst
  /// Some of its cells have one order, and some the other: of none of them it is known.
  case mixed

  /// The order that cells show together: by numbers that are no month, and by points, which only stand behind a day.
  /// `nil` where none shows any.
  init?(_ cells: some Sequence<String>) {
    var found: Set<DayOrder> = []
    for cell in cells {
      var rest = cell[...]
      if let order = rest.takeShortDay().flatMap(DayOrder.init) { found.insert(order) }
    }
    guard let one = found.first else { return nil }
    self = found.count == 1 ? one : .mixed
  }

  fileprivate init?(_ written: ShortDay) {
    if written.sign == "." || written.first > 12 {
      self = .dayFirst
    } else if written.second > 12 {
      self = .monthFirst
    } else {
      return nil
    }
  }

  /// Whether a text begins with a day whose year stands last.
  static func isNeeded(for text: String) -> Bool {
    var rest = text[...]
    return rest.takeShortDay() != nil
  }
}

/// A day whose year stands last.
private struct ShortDay {
  var first: Int
  var second: Int
  var sign: Character
  var year: Int
}

extension Substring {
  /// Takes a day: `2026-05-12`, `2026/5/12`, `20260512`, `12.5.2026`, `12-May-2026`, `May 12, 2026`, and `5/12/2026` where
  /// its order is known.
  mutating func takeDay(_ order: DayOrder?) -> CivilDay? {
    if let day = takeNamedMonth() { return day }
    if let written = takeShortDay() {
      let (first, second) = (written.first, written.second)
      switch order ?? DayOrder(written) {
      case .dayFirst: return CivilDay(year: written.year, month: second, day: first)
      case .monthFirst: return CivilDay(year: written.year, month: first, day: second)
      case nil where first == second: return CivilDay(year: written.year, month: first, day: first)
      case nil, .mixed: return nil
      }
    }
    guard let year = takeDigits(4) else { return nil }
    guard let sign = first, sign == "-" || sign == "/" else {
      guard let month = takeDigits(2), let day = takeDigits(2) else { return nil }
      return CivilDay(year: year, month: month, day: day)
    }
    removeFirst()
    guard let month = takeDigits(2, least: 1), take(String(sign)), let day = takeDigits(2, least: 1) else { return nil }
    return CivilDay(year: year, month: month, day: day)
  }

  /// Takes a day whose month has its English name.
  private mutating func takeNamedMonth() -> CivilDay? {
    var rest = self
    var day = rest.takeDigits(2, least: 1)
    if day != nil { guard rest.take(" -") else { return nil } }
    let name = rest.prefix(while: \.isLetter).lowercased()
    guard name.count >= 3, let month = Self.months.firstIndex(where: { $0.hasPrefix(name) }) else { return nil }
    rest = rest.dropFirst(name.count)
    guard rest.take(" -") else { return nil }
    if day == nil {
      day = rest.takeDigits(2, least: 1)
      _ = rest.take(",")
      guard rest.take(" ") else { return nil }
    }
    guard let day, let year = rest.takeDigits(4), let found = CivilDay(year: year, month: month + 1, day: day) else {
      return nil
    }
    self = rest
    return found
  }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ]

  /// Takes two numbers of a day and a year behind them; nothing where there is anything else.
  fileprivate mutating func takeShortDay() -> ShortDay? {
    var rest = self
    guard let first = rest.takeDigits(2, least: 1), let sign = rest.first, rest.take("./-"),
      let second = rest.takeDigits(2, least: 1), rest.take(String(sign)), let year = rest.takeDigits(4)
    else { return nil }
    self = rest
    return ShortDay(first: first, second: second, sign: sign, year: year)
  }

  /// Takes a number of so many digits.
  mutating func takeDigits(_ most: Int, least: Int? = nil) -> Int? {
    var (value, count, end) = (0, 0, utf8.startIndex)
    while count < most, end < utf8.endIndex, (0x30...0x39).contains(utf8[end]) {
      value = value * 10 + Int(utf8[end] - 0x30)
      count += 1
      utf8.formIndex(after: &end)
    }
    guard count >= least ?? most else { return nil }
    self = self[end...]
    return value
  }

  /// Takes one of these signs.
  mutating func take(_ signs: String) -> Bool {
    guard let first, signs.contains(first) else { return false }
    removeFirst()
    return true
  }
}
