package import Foundation
package import Model

/// Reads what providers export of what they charged. A bill is told by its content, never by its name; columns and
/// units are in docs/bills.md.
package struct BillReader {
  /// Names the columns of a table that no format knows: the title of each of `columnNames` that it has.
  package var columns: [String: String]
  /// What `columns` can name: a day, and what there is of the rest.
  package static let columnNames =
    ["day", "model", "cost", "requests", "key", "rate", "fee", "class", "tokens"] + ColumnsBill.classWords.keys.sorted()
  /// By whose clock the days of a table are that says nothing of it.
  package var timeZone: TimeZone?

  package init(columns: [String: String] = [:], timeZone: TimeZone? = nil) {
    self.columns = columns
    self.timeZone = timeZone
  }

  /// Reads a file. An archive may hold several bills, and so may a file of several providers or zones.
  /// - Throws: `BillError`.
  package func bills(_ bytes: [UInt8], path: String) throws(BillError) -> [Bill] {
    guard ZipArchive.isArchive(bytes) else { return try file(bytes, path: path) }
    guard let entries = ZipArchive.entries(bytes) else { throw .badArchive(path: path) }
    var bills: [Bill] = []
    // Archivers of macOS add files of their own.
    for entry in entries where !entry.name.hasPrefix("__MACOSX/") && !entry.name.hasSuffix(".DS_Store") {
      bills += try file(entry.bytes, path: "\(path)(\(entry.name))")
    }
    guard !bills.isEmpty else { throw .empty(path: path) }
    return bills
  }

  private func file(_ bytes: [UInt8], path: String) throws(BillError) -> [Bill] {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path: path) }
    let first = text.unicodeScalars.first { !$0.properties.isWhitespace && $0 != "\u{feff}" }
    guard first != nil else { throw .empty(path: path) }
    var bills: [Bill]
    if first == "{" || first == "[" {
      bills = try document(text.replacing("\u{feff}", with: "", maxReplacements: 1), path: path)
    } else {
      guard let table = CSVTable(text) else { throw .unknownFormat(path: path, seen: []) }
      bills = try self.table(BillTable(table, path: path))
    }
    if let timeZone {
      for place in bills.indices where bills[place].seller == .csv { bills[place].timeZone = timeZone }
    }
    guard !bills.isEmpty, bills.allSatisfy({ !$0.rows.isEmpty }) else { throw .empty(path: path) }
    // Columns that `--columns` confuses, or that a provider moved: no key may stand for a model or a fee.
    for row in bills.lazy.flatMap(\.rows) where row.model?.looksLikeKey == true || row.fee?.looksLikeKey == true {
      throw .holdsKey(path: path, column: row.model?.looksLikeKey == true ? "models" : "fees")
    }
    return bills
  }

  private func table(_ table: BillTable) throws(BillError) -> [Bill] {
    if !columns.isEmpty { return [try ColumnsBill.read(table, columns)] }
    if let bills = try DeepSeekBill.read(table) { return bills }
    if let bill = try AnthropicBill.read(table) { return [bill] }
    if let bill = try OpenRouterBill.read(table) { return [bill] }
    if let bill = try ZaiBill.read(table) { return [bill] }
    throw .unknownFormat(path: table.path, seen: table.csv.header)
  }

  private func document(_ text: String, path: String) throws(BillError) -> [Bill] {
    let documents: [BillJSON]
    if let whole = try? JSONDecoder().decode(BillJSON.self, from: Data(text.utf8)) {
      documents = [whole]
    } else {
      // One object a line.
      var lines: [BillJSON] = []
      for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
        guard let object = try? JSONDecoder().decode(BillJSON.self, from: Data(line.utf8)) else {
          throw .badCell(path: path, line: index + 1, column: "JSON")
        }
        lines.append(object)
      }
      documents = lines
    }
    // Pages of an answer, a list, or one object.
    let items = documents.flatMap { $0["data"]?.items ?? $0["charge_records"]?.items ?? $0.items ?? [$0] }
      .enumerated().map { BillItem(json: $1, number: $0 + 1, path: path) }
    let hasMore = if case .bool(true)? = documents.last?["has_more"] { true } else { false }
    var bills: [Bill] = []
    if let bill = try AnthropicBill.read(items) {
      bills = [bill]
    } else if let bill = try OpenAIBill.read(items) {
      bills = [bill]
    } else if let bill = try OpenRouterBill.read(items) {
      bills = [bill]
    } else if let found = try LiteLLMBill.read(items) {
      bills = found
    } else if let bill = try MiniMaxBill.read(items) {
      bills = [bill]
    } else {
      throw .unknownFormat(path: path, seen: documents.first?.items?.first?.keys ?? documents.first?.keys ?? [])
    }
    for place in bills.indices { bills[place].hasMore = hasMore }
    return bills
  }
}

/// A table with its place, and cells read as what they are.
struct BillTable {
  let csv: CSVTable
  let path: String
  /// The rows, each with its cells by title in lower case.
  let rows: [BillCells]

  init(_ csv: CSVTable, path: String) {
    self.csv = csv
    self.path = path
    let titles = csv.header.map { $0.lowercased() }
    rows = csv.rows.map { line, cells in
      BillCells(line: line, path: path, cells: Dictionary(zip(titles, cells.map(\.trimmed))) { first, _ in first })
    }
  }

  /// The most places that a column's amounts show.
  func places(_ column: String) -> Int {
    rows.compactMap { $0[column] }.map { ExactAmount.shownPlaces($0) }.max() ?? 0
  }
}

/// The cells of a row.
struct BillCells {
  let line: Int
  let path: String
  let cells: [String: String]

  /// A cell that is not empty.
  subscript(_ column: String) -> String? {
    guard let cell = cells[column.lowercased()], !cell.isEmpty else { return nil }
    return cell
  }

  func amount(_ column: String) throws(BillError) -> ExactAmount? {
    guard let cell = self[column] else { return nil }
    guard let amount = ExactAmount(ofBill: cell) else { throw bad(column) }
    return amount
  }

  /// A count of whole things; `1200.0` is one, too.
  func count(_ column: String) throws(BillError) -> Int64? {
    guard let amount = try amount(column) else { return nil }
    guard let count = amount.billedCount else { throw bad(column) }
    return count
  }

  /// The name of a key. What looks like a key itself is none.
  func keyName(_ column: String) -> String? {
    self[column].flatMap { $0.isNameOfKey ? $0 : nil }
  }

  func bad(_ column: String) -> BillError { .badCell(path: path, line: line, column: column) }

  /// The day of a cell: `2026-05-12`, `20260512`, `2026/05/12`, each with a time of day behind it or not.
  func day(_ column: String) throws(BillError) -> CivilDay {
    guard let cell = self[column], let day = CivilDay(ofBill: cell) else { throw bad(column) }
    return day
  }
}

/// Instants of a bill.
enum BillTime {
  /// `2026-05-12 10:11:12.5`, `2026-05-12T10:11:12+00:00`: epoch milliseconds; UTC where no offset is named, `nil` for
  /// anything else.
  static func milliseconds(_ text: String?) -> Int64? {
    guard let text, text.utf8.count >= 19 else { return nil }
    return ISOTime.read(text) ?? ISOTime.read(text + "Z")
  }
}

extension CivilDay {
  /// The day that a bill's text begins with.
  init?(ofBill text: String) {
    let head = text.prefix(10).replacing("/", with: "-")
    if let day = CivilDay(head) {
      self = day
      return
    }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard digits.count == 8,
      let day = CivilDay("\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))")
    else { return nil }
    self = day
  }

  /// The day in UTC of seconds since 1970.
  init?(epochSeconds text: String?) {
    guard let text, let seconds = ExactAmount(text), seconds.units >= 0,
      let whole = Int64(exactly: seconds.units / ExactAmount.one.units), whole < 253_402_300_800
    else { return nil }
    self.init(utc: whole * 1000)
  }
}
