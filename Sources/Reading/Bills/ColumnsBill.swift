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

  private func title(_ name: String) -> String { columns[name] ?? "" }

  /// A bill for each offset that its days begin at.
  /// - Parameter currency: what was asked for where a row does not say it.
  func read(_ table: BillTable, currency: String?) throws(BillError) -> [Bill] {
    for column in columns.values.sorted() { try table.require(column) }
    let told = try self.currency(of: table, asked: currency)
    let code = told ?? currency ?? "USD"
    var bills: [Bill] = []
    for (row, (day, zone)) in zip(table.rows, try days(of: table)) {
      let place = bills.firstIndex { $0.timeZone == zone } ?? bills.endIndex
      if place == bills.endIndex {
        var bill = Bill(
          seller: .csv, format: "table", timeZone: zone, currency: code,
          roundedPlaces: columns["cost"].map { table.places($0) })
        bill.assumesCurrency = told == nil
        bills.append(bill)
      }
      if let line = try line(row, day, code) { bills[place].rows.append(line) }
    }
    try checkSums(table, bills, code)
    return bills.filter { !$0.rows.isEmpty }
  }

  /// The currency that a column names, or that stands beside the amounts; `nil` where neither does.
  private func currency(of table: BillTable, asked: String?) throws(BillError) -> String? {
    let money = title(columns["cost"] == nil ? "rate" : "cost")
    if let column = columns["currency"] {
      return try table.currency(column, of: money, fallback: asked)
    }
    var found: String?
    for row in table.rows {
      guard let sign = row.number(money)?.currency else { continue }
      if let found, found != sign {
        throw .mixedCurrencies(path: table.path, place: .line(row.line), [found, sign])
      }
      found = sign
    }
    return found
  }

  /// The days of the rows, and the zone of each. Where all times with an offset are midnights, they begin the days of
  /// that offset's zone; else they are instants, which fall on a day of the zone that was asked for, or of UTC.
  private func days(of table: BillTable) throws(BillError) -> [(CivilDay, TimeZone)] {
    var moments: [BillMoment] = []
    for row in table.rows { moments.append(try row.moment(title("day"))) }
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

  /// `nil` for a row that holds nothing.
  private func line(_ row: BillCells, _ day: CivilDay, _ currency: String) throws(BillError) -> BillRow? {
    var line = BillRow(
      day: day, model: try row.model(title("model")), keyName: row.keyName(title("key")),
      requests: try row.count(title("requests")), cost: try row.amount(title("cost"), in: currency),
      rate: try row.positive(title("rate"), in: currency), fee: row[title("fee")])
    line.tokens = try tokens(row)
    let figures = ["cost", "requests", "tokens"] + Self.classWords.keys
    if figures.allSatisfy({ row[title($0)] == nil }) { return nil }
    if line.model == nil, line.fee == nil {
      if columns["model"] != nil, line.cost == nil { throw row.bad(title("model"), .missing) }
    } else if line.fee == nil, columns["class"] == nil {
      // What some rows say of each model, and this one does not, is unknown.
      for name in ["requests"] + Self.classWords.keys.sorted() {
        if let column = columns[name], row[column] == nil { throw row.bad(column, .missing) }
      }
    }
    if line.cost == nil {
      if let rate = line.rate {
        guard let tokens = line.tokens.values.first, line.tokens.count == 1 else { throw row.bad(title("rate")) }
        guard let cost = rate.billed(times: tokens) else { throw row.bad(title("rate"), .tooLarge) }
        line.cost = cost
      } else if let column = columns["cost"], line.tokens.values.contains(where: { $0 > 0 }) || columns["class"] == nil
      {
        throw row.bad(column, .missing)
      }
    }
    if let cost = line.cost, cost < .zero, line.fee == nil, line.model != nil {
      throw row.bad(columns["cost"] ?? title("rate"), .negative)
    }
    return line
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

  /// A line behind the rows that sums them up has to be their sum: else some are missing.
  private func checkSums(_ table: BillTable, _ bills: [Bill], _ currency: String) throws(BillError) {
    guard let column = columns["cost"] else { return }
    let costs = bills.flatMap(\.rows).compactMap(\.cost)
    let sum = costs.reduce(ExactAmount.zero, +)
    // Each amount may be rounded to the places that the column shows.
    let slack = ExactAmount.unit(places: min(table.places(column), ExactAmount.places)) * Int64(costs.count + 1)
    for row in table.sums {
      guard let total = try row.amount(column, in: currency) else { continue }
      guard (total - sum).magnitude <= slack else { throw row.bad(column, .sum) }
    }
  }
}
