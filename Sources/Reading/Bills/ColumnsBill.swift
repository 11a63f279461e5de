import Foundation
import Model

/// Any table, by the columns that `--columns` names.
struct ColumnsBill {
  /// The titles, by the word for what stands below them.
  let columns: [String: String]
  /// By whose clock its days are, where somebody says it.
  let timeZone: TimeZone?
  /// By whose clock they are where nobody does.
  let usualZone: TimeZone

  /// The words for classes of tokens.
  static let classWords: [String: TokenClass] = [
    "input": .input, "cache_read": .cacheRead, "cache_write_5m": .cacheWrite5m, "cache_write_1h": .cacheWrite1h,
    "output": .output,
  ]

  /// The words for prices, in the bill's currency, and for how many tokens each is.
  static let rateWords: [(word: String, tokens: Int128)] = [("rate", 1), ("rate/K", 1000), ("rate/M", 1_000_000)]

  private func title(_ name: String) -> String { columns[name] ?? "" }

  /// A bill for each offset that its days begin at.
  /// - Parameter currency: what was asked for where a row does not say it.
  func read(_ table: BillTable, currency: String?) throws(BillError) -> [Bill] {
    for (word, title) in columns.sorted(by: { $0.value < $1.value }) {
      guard table.csv.column(title) != nil else {
        throw .noSuchColumn(path: table.path, word: word, title: title, seen: table.csv.header)
      }
      try table.require(title)
    }
    // Ids tell equal lines apart.
    let equalLines = columns["id"] == nil ? table.csv.withoutRepeats().repeats : 0
    if equalLines > 0, table.csv.isRepeatedWhole { throw .joinedWithItself(path: table.path) }
    let told = try self.currency(of: table, asked: currency)
    let code = told ?? currency ?? "USD"
    var bills: [Bill] = []
    for (row, (day, lastDay, zone)) in zip(table.rows, try spans(of: table)) {
      let place = bills.firstIndex { $0.timeZone == zone } ?? bills.endIndex
      if place == bills.endIndex {
        var bill = Bill(
          seller: .csv, format: "table", timeZone: zone, currency: code,
          roundedPlaces: columns["cost"].map { table.places($0) })
        bill.assumesCurrency = told == nil
        bill.isDayRuleKnown = false
        bills.append(bill)
      }
      var lines = try lines(row, day, code, places: bills[place].roundedPlaces)
      for line in lines.indices { lines[line].lastDay = lastDay }
      bills[place].rows += lines
    }
    for place in bills.indices where bills.count > 1 { bills[place].tellsOffsets = true }
    if let column = columns["cost"] { try table.checkSums(column, bills, in: code) }
    bills.removeAll { $0.rows.isEmpty }
    if !bills.isEmpty { bills[0].equalLines = equalLines }
    return bills
  }

  /// The column of prices, and for how many tokens each is.
  private var rate: (column: String, tokens: Int128)? {
    for (word, tokens) in Self.rateWords { if let column = columns[word] { return (column, tokens) } }
    return nil
  }

  /// The currency that a column names, or that stands beside the amounts; `nil` where neither does.
  private func currency(of table: BillTable, asked: String?) throws(BillError) -> String? {
    let money = columns["cost"] ?? rate?.column ?? ""
    if let column = columns["currency"] {
      return try table.currency(column, of: money, fallback: asked)
    }
    return try table.currency(beside: money, asked: asked)
  }

  /// The days of the rows, and the zone of each: of a table of months (`2026-05`) their first and their last days.
  private func spans(of table: BillTable) throws(BillError) -> [(CivilDay, CivilDay?, TimeZone)] {
    // Many rows are of the same day.
    guard Set(table.rows.compactMap { $0[title("day")] }).contains(where: { Self.month($0) != nil }) else {
      return try days(of: table).map { ($0, nil, $1) }
    }
    var spans: [(CivilDay, CivilDay?, TimeZone)] = []
    for row in table.rows {
      guard let month = row[title("day")].flatMap(Self.month), month.lowerBound >= .firstBilled else {
        throw row.bad(title("day"))
      }
      spans.append((month.lowerBound, month.upperBound, timeZone ?? usualZone))
    }
    return spans
  }

  /// The days of `2026-05`, or of `2026/5`.
  private static func month(_ text: String) -> ClosedRange<CivilDay>? {
    var rest = text[...]
    guard let year = rest.takeDigits(4), rest.take("-/"), let month = rest.takeDigits(2, least: 1), rest.isEmpty,
      let first = CivilDay(year: year, month: month, day: 1),
      let next = CivilDay(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1)
    else { return nil }
    return first...next.advanced(by: -1)
  }

  /// The days of the rows, and the zone of each. Where all times with an offset are midnights, they begin the days of
  /// that offset's zone; else they are instants, which fall on a day of the zone that was asked for, or of UTC.
  private func days(of table: BillTable) throws(BillError) -> [(CivilDay, TimeZone)] {
    var moments: [BillMoment] = []
    var known: [String: BillMoment] = [:]
    for row in table.rows {
      let text = row[title("day")] ?? ""
      if let moment = known[text] {
        moments.append(moment)
      } else {
        moments.append(try row.moment(title("day")))
        known[text] = moments.last
      }
    }
    guard moments.contains(where: { $0.offset != nil }) else {
      let zone = timeZone ?? usualZone
      return moments.map { ($0.day, zone) }
    }
    for (row, moment) in zip(table.rows, moments) where moment.offset == nil {
      throw row.bad(title("day"), .noOffset)
    }
    guard moments.allSatisfy(\.isMidnight) else {
      let zone = timeZone ?? usualZone
      return moments.map { ($0.day(in: zone), zone) }
    }
    guard let timeZone else {
      return moments.map { ($0.day, TimeZone(secondsFromGMT: $0.offset ?? 0) ?? .gmt) }
    }
    for (row, moment) in zip(table.rows, moments) where moment.instant != moment.day.start(in: timeZone) {
      throw .contradicts(
        path: "\(table.path):\(row.line)", says: "days that begin at another offset", asked: timeZone.identifier)
    }
    return moments.map { ($0.day, timeZone) }
  }

  /// What a row charges; nothing for one that holds nothing.
  /// - Parameter places: what costs are rounded to.
  private func lines(
    _ row: BillCells, _ day: CivilDay, _ currency: String, places: Int?
  ) throws(BillError) -> [BillRow] {
    for word in ["model", "fee"] { try checkName(row, word) }
    var line = BillRow(
      day: day, model: try row.model(title("model")), keyName: row.keyName(title("key")),
      requests: try row.count(title("requests")), cost: try row.amount(title("cost"), in: currency),
      fee: row[title("fee")])
    line.id = row[title("id")]
    line.tokens = try tokens(row)
    let figures = ["cost", "requests", "tokens"] + Self.classWords.keys
    if figures.allSatisfy({ row[title($0)] == nil }) { return [] }
    if let column = columns["id"], line.id == nil { throw row.bad(column, .missing) }
    if let cost = line.cost, cost < .zero, line.fee == nil {
      guard line.requests ?? 0 == 0, line.tokens.values.allSatisfy({ $0 == 0 }) else {
        throw row.bad(title("cost"), .negative)
      }
      (line.fee, line.requests, line.tokens) = (BillRow.credit(for: line.model), nil, [:])
    }
    if line.model == nil, line.fee == nil {
      if columns["model"] != nil, line.cost == nil { throw row.bad(title("model"), .missing) }
    } else if line.fee == nil, columns["class"] == nil {
      // What some rows say of each model, and this one does not, is unknown.
      for name in ["requests"] + Self.classWords.keys.sorted() {
        if let column = columns[name], row[column] == nil { throw row.bad(column, .missing) }
      }
    }
    let mending = try price(&line, row, currency, places: places)
    if line.cost == nil, let column = columns["cost"],
      line.tokens.values.contains(where: { $0 > 0 }) || columns["class"] == nil
    {
      throw row.bad(column, .missing)
    }
    return [line] + mending
  }

  /// A model or a charge has a name: a column of numbers, days or flags was meant for something else, and would set
  /// its rows apart.
  private func checkName(_ row: BillCells, _ word: String) throws(BillError) {
    guard let column = columns[word], let cell = row[column] else { return }
    guard cell.contains(where: \.isLetter), !Self.noNames.contains(cell.lowercased()), !Self.isNumber(cell),
      BillMoment(cell) == nil
    else { throw row.bad(column, .noName(of: word, column: column)) }
  }

  /// Whether a cell is a number, or an amount of a currency that there is: `GPT-5` is neither.
  private static func isNumber(_ cell: String) -> Bool {
    guard let number = WrittenNumber(cell) else { return false }
    return number.currency.map { code in Locale.Currency.isoCurrencies.contains { $0.identifier == code } } ?? true
  }

  private static let noNames: Set<String> = ["none", "null", "nil", "n/a", "na", "nan", "no", "false", "yes", "true"]

  /// Gives a row the price that it names: its tokens stand at that price, and what was charged beside it is a row of its
  /// own.
  private func price(
    _ line: inout BillRow, _ row: BillCells, _ currency: String, places: Int?
  ) throws(BillError) -> [BillRow] {
    guard line.fee == nil || line.cost == nil, let rate, let price = try row.positive(rate.column, in: currency) else {
      return []
    }
    let used = line.tokens.filter { $0.value != 0 }
    guard !line.tokens.isEmpty, used.count <= 1 else { throw row.bad(rate.column, .rateOfClasses) }
    guard let whole = price.billed(times: used.first?.value ?? 0) else { throw row.bad(rate.column, .tooLarge) }
    let listed = whole.multiplied(by: 1, over: rate.tokens)
    line.rate = price.multiplied(by: 1, over: rate.tokens)
    let charged = line.cost ?? listed
    line.cost = listed
    guard charged != listed else { return [] }
    if charged < .zero { throw row.bad(title("cost"), .negative) }
    var mending = BillRow(day: line.day, model: line.model, keyName: line.keyName, cost: charged - listed)
    mending.id = line.id
    mending.mends =
      (charged - listed).magnitude <= ExactAmount.mostRounding(places: places, amounts: 1) ? .rounding : .charge
    return [mending]
  }

  private func tokens(_ row: BillCells) throws(BillError) -> [TokenClass: Int64] {
    var tokens: [TokenClass: Int64] = [:]
    for (word, tokenClass) in Self.classWords {
      if let column = columns[word], let count = try row.count(column) { tokens[tokenClass] = count }
    }
    guard let count = try row.count(title("tokens")) else { return tokens }
    guard let word = row[title("class")]?.lowercased() else {
      throw row.bad(columns["class"] ?? title("tokens"), .missing)
    }
    guard let tokenClass = Self.classWords[word] else { throw row.bad(title("class"), .unknown(word)) }
    tokens[tokenClass] = count
    return tokens
  }
}
