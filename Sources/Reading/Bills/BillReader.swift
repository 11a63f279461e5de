package import Foundation
package import Model

/// Reads what providers export of what they charged. A bill is told by its content, never by its name; columns and
/// units are in docs/bills.md.
package struct BillReader {
  /// Names the columns of a table that no format knows: the title of each of `columnNames` that it has.
  package var columns: [String: String]
  /// What `columns` can name: a day, and what there is of the rest.
  package static let columnNames =
    ["day", "model", "cost", "currency", "requests", "id", "key", "fee"] + ColumnsBill.rateWords.map(\.word)
    + ["class", "tokens"] + ColumnsBill.classWords.keys.sorted()
  /// By whose clock days are where the file does not tell it; a file that tells another one is refused.
  package var timeZone: TimeZone?
  /// By whose clock days are where nobody tells it.
  package var usualZone: TimeZone
  /// The currency of amounts where the file does not tell it, ISO 4217; a file that tells another one is refused.
  package var currency: String?

  package init(
    columns: [String: String] = [:], timeZone: TimeZone? = nil, usualZone: TimeZone = .gmt, currency: String? = nil
  ) {
    self.columns = columns
    self.timeZone = timeZone
    self.usualZone = usualZone
    self.currency = currency?.uppercased()
  }

  /// Reads a file. An archive may hold several bills, and so may a file of several providers or zones.
  package func bills(_ bytes: [UInt8], path: String) throws(BillError) -> [Bill] {
    try bills(bytes, path: path, packings: 0)
  }

  /// - Parameter packings: how many it was unpacked from: an archive can hold itself.
  private func bills(_ bytes: [UInt8], path: String, packings: Int) throws(BillError) -> [Bill] {
    guard packings < 4 else { throw .badArchive(path: path) }
    if ZipArchive.isEmpty(bytes) { throw .blank(path: path) }
    if let foreign = ForeignFile(bytes) { throw .foreign(path: path, foreign) }
    switch Packing(bytes) {
    case .gzip: return try bills(try Self.inflated(bytes, path: path), path: path, packings: packings + 1)
    case .tar: throw .foreign(path: path, .packed(by: "tar"))
    case .zip: return try archive(bytes, path: path, packings: packings)
    case nil: return try file(bytes, path: path)
    }
  }

  private func archive(_ bytes: [UInt8], path: String, packings: Int) throws(BillError) -> [Bill] {
    guard let entries = ZipArchive.entries(bytes, atMost: ZipArchive.largest) else { throw .badArchive(path: path) }
    // Workbooks are archives, too.
    if entries.contains(where: { $0.name == "xl/workbook.xml" || $0.name == "content.xml" || $0.name.hasSuffix(".iwa") }
    ) {
      throw .foreign(path: path, .workbook)
    }
    var names: Set<String> = []
    if let double = entries.first(where: { !names.insert($0.name).inserted }) {
      throw .doubleEntry(path: path, name: double.name)
    }
    var bills: [Bill] = []
    var (leftOut, hasEmpty): ([(name: String, why: BillError)], Bool) = ([], false)
    // Archivers of macOS add files of their own.
    for entry in entries where !TarHeader.isCompanion(entry.name) && !entry.name.hasSuffix(".DS_Store") {
      let name = "\(path)(\(entry.name))"
      do throws(BillError) {
        var found = try self.bills(entry.bytes, path: name, packings: packings + 1)
        for place in found.indices where found[place].archive == nil { found[place].archive = path }
        bills += found
      } catch {
        // Nothing was charged or used, as the other files of the archive may say, too.
        if case .empty = error {
          hasEmpty = true
          continue
        }
        guard Self.isBeside(entry.name, error) else { throw error }
        leftOut.append((name, error))
      }
    }
    guard !bills.isEmpty else { throw hasEmpty ? .empty(path: path) : leftOut.first?.why ?? .empty(path: path) }
    bills[0].leftOut += leftOut.map(\.name)
    return bills
  }

  /// Whether a file of an archive only stands beside its bills: an invoice, or a text about them.
  private static func isBeside(_ name: String, _ error: BillError) -> Bool {
    switch error {
    case .foreign(_, .pdf), .foreign(_, .image), .foreign(_, .webPage), .foreign(_, .xml): return true
    case .unknownFormat, .unknownDocument, .ragged, .badQuotes, .cutOff, .notText, .blank, .noSuchColumn, .sum,
      .doubleTitle:
      break
    default: return false
    }
    let file = (name.split { $0 == "/" || $0 == "\\" }.last ?? "").lowercased()
    return ["readme", "license", "licence", "notice", "changelog", "about", "terms"].contains(where: file.hasPrefix)
      || [".md", ".rst", ".rtf", ".log", ".html", ".htm", ".url"].contains(where: file.hasSuffix)
  }

  private static func inflated(_ bytes: [UInt8], path: String) throws(BillError) -> [UInt8] {
    var source = GzipSource(MemorySource(bytes), path: path)
    do throws(LogError) {
      return try source.all(atMost: ZipArchive.largest, path: path)
    } catch {
      throw .badArchive(path: path)
    }
  }

  private func file(_ bytes: [UInt8], path: String) throws(BillError) -> [Bill] {
    let decoded = Self.text(bytes)
    guard var text = decoded ?? Windows1252.text(bytes) else { throw .notText(path: path) }
    if text.first == "\u{feff}" { text.removeFirst() }
    let body = text.drop { $0.isWhitespace }
    guard let first = body.first else { throw .blank(path: path) }
    var bills: [Bill]
    if first == "{" || first == "[" {
      bills = try document(text, path: path)
    } else {
      if let foreign = ForeignFile(text: body) { throw .foreign(path: path, foreign) }
      guard let table = CSVTable(text, titles: Array(columns.values)) else {
        throw .unknownFormat(path: path, seen: [])
      }
      bills = []
      let parts = table.parts
      for part in parts where parts.count == 1 || !part.rows.isEmpty { bills += try self.table(part, path: path) }
    }
    bills.removeAll { $0.rows.isEmpty }
    guard !bills.isEmpty else { throw .empty(path: path) }
    for place in bills.indices {
      try settle(&bills[place], path: path)
      bills[place].files = [path]
      bills[place].isWindows1252 = decoded == nil
    }
    // Columns that `--columns` confuses, or that a provider moved: no key may stand for a model or a fee.
    var seen: Set<String?> = [nil]
    for row in bills.lazy.flatMap(\.rows) {
      if seen.insert(row.model).inserted, row.model?.looksLikeKey == true {
        throw .holdsKey(path: path, column: "models")
      }
      if seen.insert(row.fee).inserted, row.fee?.looksLikeKey == true { throw .holdsKey(path: path, column: "fees") }
    }
    return bills
  }

  /// UTF-8, or what spreadsheets call Unicode: UTF-16, which a byte order mark or its first characters tell.
  private static func text(_ bytes: [UInt8]) -> String? {
    let isLittle: Bool
    if bytes.starts(with: [0xff, 0xfe]) {
      isLittle = true
    } else if bytes.starts(with: [0xfe, 0xff]) {
      isLittle = false
    } else if bytes.count >= 4, bytes[0] != 0, bytes[1] == 0, bytes[2] != 0, bytes[3] == 0 {
      isLittle = true
    } else if bytes.count >= 4, bytes[0] == 0, bytes[1] != 0, bytes[2] == 0, bytes[3] != 0 {
      isLittle = false
    } else {
      return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
    guard bytes.count.isMultiple(of: 2) else { return nil }
    let (low, high) = isLittle ? (0, 1) : (1, 0)
    let units = stride(from: 0, to: bytes.count, by: 2).map { place -> UInt16 in
      UInt16(bytes[place + high]) << 8 | UInt16(bytes[place + low])
    }
    return units.contains(0) ? nil : String(validating: units, as: UTF16.self)
  }

  /// What was asked for, where the file says nothing of it; where it says something else, neither is taken in silence.
  private func settle(_ bill: inout Bill, path: String) throws(BillError) {
    if let currency, bill.rows.contains(where: { $0.cost != nil }) {
      if bill.assumesCurrency {
        bill.currency = currency
        bill.assumesCurrency = false
      } else if bill.currency != currency {
        throw .contradicts(path: path, says: bill.currency, asked: currency)
      }
    }
    guard let timeZone, bill.seller != .csv else { return }
    guard bill.hasDays(of: timeZone) else {
      throw .contradicts(
        path: path, says: "days of \(bill.zoneName)", asked: timeZone.identifier)
    }
    (bill.timeZone, bill.tellsOffsets) = (timeZone, false)
  }

  private func table(_ csv: CSVTable, path: String) throws(BillError) -> [Bill] {
    if !columns.isEmpty {
      return try ColumnsBill(columns: columns, timeZone: timeZone, usualZone: usualZone)
        .read(BillTable(csv, path: path), currency: currency)
    }
    // No provider lists the same twice: each line of an export is of something else.
    let (once, repeats) = csv.withoutRepeats(most: DeepSeekBill.mostEqual(csv))
    let table = try BillTable(once, path: path)
    var bills = try known(table)
    // Requests are known by their ids.
    if bills.contains(where: { $0.rows.contains { $0.id == nil } }) {
      try table.checkSubjects(most: DeepSeekBill.mostCounts(once))
    }
    // DeepSeek's costs hold what was given away, which is taken off again.
    if let bill = bills.first, bill.seller != .deepseek,
      let column = Self.moneyColumns.first(where: { csv.column($0) != nil })
    {
      try table.checkSums(column, bills, in: bill.currency)
    }
    if repeats > 0, !bills.isEmpty {
      bills[0].repeats.append(BillRepeat(file: path, original: path, rows: repeats, isWhole: false))
    }
    return bills
  }

  /// The columns of amounts of the formats that are known.
  private static let moneyColumns =
    ["cost_usd", "cost_total", "amount_value"] + ZaiBill.sheetAmounts + ["amount", "usage", "spend"]

  private func known(_ table: BillTable) throws(BillError) -> [Bill] {
    if let bills = try DeepSeekBill.read(table, currency: currency) { return bills }
    if let bill = try AnthropicBill.read(table) { return [bill] }
    if let bill = try OpenRouterBill.read(table) { return [bill] }
    if let bill = try OpenAIBill.read(table) { return [bill] }
    if let bill = try ZaiBill.read(table, currency: currency) { return [bill] }
    if let bills = try LiteLLMBill.read(table) { return bills }
    if let foreign = ForeignFile(titles: table.csv.header) { throw .foreign(path: table.path, foreign) }
    throw .unknownFormat(path: table.path, seen: table.csv.header)
  }

  private func document(_ text: String, path: String) throws(BillError) -> [Bill] {
    let documents = try Self.documents(text, path: path)
    // Pages of an answer, a list, or one object.
    let lists = documents.map { $0["data"]?.items ?? $0["charge_records"]?.items ?? $0.items }
    let items = zip(documents, lists).flatMap { $1 ?? [$0] }
      .enumerated().map { BillItem(json: $1, number: $0 + 1, path: path) }
    guard !items.isEmpty else { throw .empty(path: path) }
    let (once, repeats) = try items.withoutRepeats()
    var bills: [Bill] = []
    if let bill = try AnthropicBill.read(once) {
      bills = [bill]
    } else if let bill = try OpenAIBill.read(once) {
      bills = [bill]
    } else if let bill = try OpenRouterBill.read(once) {
      try once.checkSubjects()
      bills = [bill]
    } else if let found = try LiteLLMBill.read(items) {
      bills = found
    } else if let bill = try MiniMaxBill.read(items) {
      bills = [bill]
    } else {
      if let first = documents.first, let foreign = ForeignFile(first, items) {
        throw .foreign(path: path, foreign)
      }
      let keys = lists.first??.first?.keys ?? documents.first?["data"]?.keys ?? []
      throw .unknownDocument(path: path, seen: keys.isEmpty ? documents.first?.keys ?? [] : keys)
    }
    if repeats > 0, !bills.isEmpty, bills[0].rows.allSatisfy({ $0.id == nil }) {
      bills[0].repeats.append(BillRepeat(file: path, original: path, rows: repeats, isWhole: false))
    }
    let pages = Self.pages(documents, lists.map { $0?.count ?? 1 })
    for place in bills.indices {
      bills[place].pages = pages
      bills[place].hasMore = pages.lackOne
    }
    return bills
  }

  /// One document, or one a line.
  private static func documents(_ text: String, path: String) throws(BillError) -> [BillJSON] {
    if let whole = BillJSON(parsing: text) {
      // Pages that a program gathered in a list (`jq --slurp`).
      if let pages = whole.items, !pages.isEmpty, pages.allSatisfy({ $0["data"]?.items != nil }) { return pages }
      return [whole]
    }
    var documents: [BillJSON] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() where line.contains(where: { !$0.isWhitespace }) {
      if let document = BillJSON(parsing: line) {
        documents.append(document)
        continue
      }
      // Behind documents of one line each the fault is in this line, else somewhere in the whole.
      let fault = documents.isEmpty ? BillJSONFault(Substring(text)) : BillJSONFault(line, first: index + 1)
      switch fault {
      case .cutOff(let line): throw .cutOff(path: path, line: line)
      case .word(let word, let line): throw .badCell(path: path, line: line, column: "JSON", why: .unknown(word))
      case nil: throw .badCell(path: path, line: index + 1, column: "JSON")
      }
    }
    return documents
  }

  /// The pages of an answer: one in each document.
  /// - Parameter items: how many items each has.
  private static func pages(_ documents: [BillJSON], _ items: [Int]) -> [BillPage] {
    zip(documents, items).map { document, items in
      func number(_ member: String) -> Int64? {
        document[member]?.number.flatMap { ExactAmount(ofBill: $0)?.billedCount }
      }
      var hasMore = document["next_page"]?.text.map { !$0.isEmpty } ?? false
      if case .bool(true)? = document["has_more"] { hasMore = true }
      if let page = number("page"), let pages = number("total_pages"), page < pages { hasMore = true }
      let buckets = document["data"]?.items ?? []
      return BillPage(
        start: buckets.first?.bucket.start, end: buckets.last?.bucket.end, hasMore: hasMore, items: items,
        total: number("total_cnt"))
    }
  }
}
