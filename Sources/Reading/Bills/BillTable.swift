import Foundation
import Model

/// A table with its place, and cells read as what they are.
struct BillTable {
  let csv: CSVTable
  let path: String
  /// The rows, each with its cells by title; those that sum up the others are left out.
  let rows: [BillCells]
  /// The lines behind the others that sum them up.
  let sums: [BillCells]
  /// The titles that stand above two columns, in lower case.
  private let doubled: Set<String>

  /// - Throws: `BillError` for rows that do not fit the titles.
  init(_ csv: CSVTable, path: String) throws(BillError) {
    self.csv = csv
    self.path = path
    let titles = csv.header.map { $0.lowercased() }
    var seen: Set<String> = []
    doubled = Set(titles.filter { !$0.isEmpty && !seen.insert($0).inserted })
    try Self.checkShape(csv, path: path)
    let marks = DecimalMarks(csv)
    let orders = Self.orders(csv)
    // Found as they are written, and in lower case.
    let columns = Dictionary(zip(titles + csv.header, Array(titles.indices) + titles.indices)) { first, _ in first }
    var rows = csv.rows.map { line, cells in
      let cells = cells.map(\.trimmed)
      return BillCells(
        line: line, path: path, marks: marks, orders: orders, columns: columns, cells: cells,
        first: cells.first { !$0.isEmpty } ?? "")
    }
    rows.removeAll { $0.first.isEmpty }
    var sums: [BillCells] = []
    while let last = rows.last, last.isSum { sums.append(rows.removeLast()) }
    if let sum = rows.first(where: \.isSum) { throw .sum(path: path, line: sum.line) }
    self.rows = rows
    self.sums = sums
  }

  /// The order of days in each column whose first cell needs one.
  private static func orders(_ csv: CSVTable) -> [String: DayOrder] {
    var orders: [String: DayOrder] = [:]
    for (column, title) in csv.header.enumerated() {
      let cells = csv.rows.lazy.compactMap { column < $0.cells.count ? $0.cells[column].trimmed : nil }
      guard let first = cells.first(where: { !$0.isEmpty }), DayOrder.isNeeded(for: first) else { continue }
      orders[title.lowercased()] = DayOrder(cells)
    }
    return orders
  }

  private static func checkShape(_ csv: CSVTable, path: String) throws(BillError) {
    switch csv.badQuotes {
    case .open(let line): throw .cutOff(path: path, line: line)
    case .textBehind(let line): throw .badQuotes(path: path, line: line)
    case nil: break
    }
    let titles = csv.header.count
    // Some programs end each row, but not the titles, with one more separator.
    let isEnded = csv.rows.allSatisfy { $0.cells.count == titles + 1 && $0.cells.last == "" }
    for (place, row) in csv.rows.enumerated() where row.cells.count != titles && !isEnded {
      let isLast = place == csv.rows.count - 1
      if isLast, !csv.endsWithLine, row.cells.count < titles { throw .cutOff(path: path, line: row.line) }
      throw .ragged(path: path, line: row.line, cells: row.cells.count, titles: titles)
    }
  }

  /// Whether all these titles are there.
  /// - Throws: `BillError.doubleTitle` where they are, and one of the titles stands above two columns.
  func has(_ titles: String...) throws(BillError) -> Bool {
    guard titles.allSatisfy({ csv.column($0) != nil }) else { return false }
    if let double = csv.header.first(where: { doubled.contains($0.lowercased()) }) {
      throw .doubleTitle(path: path, name: double)
    }
    return true
  }

  /// - Throws: `BillError` where there is no such column, or two.
  func require(_ column: String) throws(BillError) {
    guard csv.column(column) != nil else { throw .missingColumn(path: path, name: column, seen: csv.header) }
    if doubled.contains(column.lowercased()) { throw .doubleTitle(path: path, name: column) }
  }

  /// The places that a column's amounts are rounded to: the most that one shows, and never less than cents.
  func places(_ column: String) -> Int {
    rows.compactMap { $0.number(column)?.text }.map { WrittenNumber.places($0) }.reduce(2, max)
  }

  /// The currency that a column names: the same for each row that has an amount; `nil` where there is no such column.
  /// - Parameters:
  ///   - money: the columns of amounts.
  ///   - fallback: what was asked for where a cell is empty.
  func currency(_ column: String, of money: String, fallback: String?) throws(BillError) -> String? {
    guard csv.column(column) != nil else { return nil }
    return try rows.filter { $0[money] != nil }.currency(column, fallback: fallback)
  }
}

extension BillTable {
  /// A line behind the rows that sums them up has to be their sum: else some are missing.
  /// - Parameters:
  ///   - column: that of the amounts.
  ///   - bills: what was read of the rows.
  func checkSums(_ column: String, _ bills: [Bill], in currency: String) throws(BillError) {
    guard !sums.isEmpty else { return }
    let costs = bills.flatMap(\.rows).compactMap(\.cost)
    let sum = costs.reduce(ExactAmount.zero, +)
    // Each amount may be rounded to the places that the column shows, and the sum to its own.
    let slack = ExactAmount.mostRounding(places: places(column), amounts: rows.count { $0[column] != nil })
    for row in sums {
      guard let total = try row.amount(column, in: currency) else { continue }
      let places = row.number(column).map { max(2, WrittenNumber.places($0.text)) }
      let (difference, most) = ((total - sum).magnitude, slack + ExactAmount.mostRounding(places: places, amounts: 1))
      guard difference == .zero || difference < most else { throw row.bad(column, .sum) }
    }
  }

  /// The currency whose sign stands beside the amounts of a column; `nil` where none does.
  /// - Parameter asked: what was asked for, which tells what a sign of several means.
  func currency(beside money: String, asked: String?) throws(BillError) -> String? {
    var found: String?
    for row in rows {
      guard var sign = row.number(money)?.currency else { continue }
      if sign == WrittenNumber.yuanOrYen {
        guard let asked, ["CNY", "JPY"].contains(asked) else { throw row.bad(money, .currencySign) }
        sign = asked
      }
      if let found, found != sign {
        throw .mixedCurrencies(path: path, place: .line(row.line), [found, sign])
      }
      found = sign
    }
    return found
  }
}

/// Which decimal mark each column of a table has.
struct DecimalMarks {
  private var byColumn: [String: Set<WrittenNumber.Mark>] = [:]
  /// The mark that all columns have which show one.
  private var common: WrittenNumber.Mark?
  /// Whether a point can only stand before decimals where nothing shows another mark: commas stand between cells.
  private let hasPoints: Bool

  init(_ csv: CSVTable) {
    hasPoints = csv.separator == ","
    // Where no number has a comma there is nothing to tell.
    guard
      !hasPoints
        || csv.rows.contains(where: { $0.cells.contains { $0.utf8.contains(UInt8(ascii: ",")) } })
    else { return }
    var columns: Set<WrittenNumber.Mark> = []
    for (column, title) in csv.header.enumerated() {
      var marks: Set<WrittenNumber.Mark> = []
      var isNumeric = true
      for row in csv.rows where column < row.cells.count {
        let cell = row.cells[column]
        guard cell.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") }) else { continue }
        if let number = WrittenNumber(cell) {
          if let mark = number.evidence { marks.insert(mark) }
        } else {
          isNumeric = false
        }
      }
      byColumn[title.lowercased()] = marks
      if isNumeric { columns.formUnion(marks) }
    }
    common = columns.count == 1 ? columns.first : nil
  }

  /// The mark of a number that could have either.
  func mark(_ column: String, of text: String) -> WrittenNumber.Mark? {
    if let marks = byColumn[column.lowercased()], !marks.isEmpty { return marks.count == 1 ? marks.first : nil }
    if let common { return common }
    return hasPoints && !text.utf8.contains(UInt8(ascii: ",")) ? .point : nil
  }
}

/// The cells of a row.
struct BillCells {
  let line: Int
  let path: String
  let marks: DecimalMarks
  let orders: [String: DayOrder]
  /// The place of each title, as it is written and in lower case.
  let columns: [String: Int]
  let cells: [String]
  /// The first cell that is not empty.
  let first: String

  /// A cell that is not empty. No column without a title is ever meant.
  subscript(_ column: String) -> String? {
    guard let cell = cell(column), !cell.isEmpty else { return nil }
    return cell
  }

  /// A cell, which may be empty; `nil` where there is no such column.
  private func cell(_ column: String) -> String? {
    guard !column.isEmpty, let place = columns[column] ?? columns[column.lowercased()], place < cells.count else {
      return nil
    }
    return cells[place]
  }

  /// Whether there is such a column.
  func has(_ column: String) -> Bool { cell(column) != nil }

  /// Whether it sums up other rows: it begins with a word for that.
  var isSum: Bool { Self.sumWords.contains(first.lowercased().trimmingCharacters(in: Self.sumEnds)) }

  /// What may stand around such a word.
  private static let sumEnds = CharacterSet(charactersIn: " :：")

  /// Words for sums, as exports and spreadsheets of several languages have them.
  static let sumWords: Set<String> = [
    "total", "totals", "grand total", "subtotal", "sub-total", "sum", "gesamt", "gesamtsumme", "summe", "totale",
    "总计", "合计", "小计", "總計", "合計", "итого",
  ]

  /// A number with a decimal point and without groups, and the currency beside it; `nil` where the cell is empty, or no
  /// number.
  func number(_ column: String) -> (text: String, currency: String?)? {
    guard let cell = self[column], let number = WrittenNumber(cell),
      let text = number.text(by: marks.mark(column, of: cell))
    else { return nil }
    return (text, number.currency)
  }

  /// An amount, which may be below zero.
  /// - Parameter currency: the currency that may stand beside it.
  func amount(_ column: String, in currency: String = "USD") throws(BillError) -> ExactAmount? {
    guard let cell = self[column] else { return nil }
    guard let number = WrittenNumber(cell) else { throw bad(column) }
    if let other = number.currency, !number.isIn(currency) {
      throw bad(column, other == WrittenNumber.yuanOrYen ? .currencySign : .currency(other))
    }
    guard let text = number.text(by: marks.mark(column, of: cell)) else { throw bad(column, .decimalMark) }
    guard let amount = ExactAmount(ofBill: text) else { throw bad(column, .tooLarge) }
    return amount
  }

  /// A price or an amount of something used.
  func positive(_ column: String, in currency: String = "USD") throws(BillError) -> ExactAmount? {
    guard let amount = try amount(column, in: currency) else { return nil }
    guard amount >= .zero else { throw bad(column, .negative) }
    return amount
  }

  /// A count of whole things; `1200.0` is one, too, and so is `1,200`, whichever its mark.
  func count(_ column: String) throws(BillError) -> Int64? {
    guard let cell = self[column] else { return nil }
    // As most are.
    if cell.utf8.count <= 12, cell.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return Int64(cell) }
    guard let number = WrittenNumber(cell), number.currency == nil else { throw bad(column) }
    let texts = number.text(by: marks.mark(column, of: cell)).map { [$0] } ?? number.readings
    let amounts = texts.compactMap { ExactAmount(ofBill: $0) }
    guard !amounts.isEmpty else { throw bad(column, .tooLarge) }
    let counts = amounts.compactMap(\.billedCount)
    if counts.count > 1 { throw bad(column, .decimalMark) }
    guard let count = counts.first else {
      throw bad(column, amounts.contains { $0 < .zero } ? .negative : .fraction)
    }
    return count
  }

  /// A model, which no word for a sum is.
  func model(_ column: String) throws(BillError) -> String? {
    guard let name = self[column] else { return nil }
    if Self.sumWords.contains(name.lowercased()) { throw .sum(path: path, line: line) }
    return name
  }

  func dayOrder(_ column: String) -> DayOrder? { orders[column.lowercased()] }

  /// The name of a key. What looks like a key itself is none.
  func keyName(_ column: String) -> String? {
    self[column].flatMap { $0.isNameOfKey ? $0 : nil }
  }

  func bad(_ column: String, _ why: BillError.Why? = nil) -> BillError {
    .badCell(path: path, line: line, column: column, why: why)
  }
}
