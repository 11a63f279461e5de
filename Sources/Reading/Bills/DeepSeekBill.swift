import Foundation
import Model

/// DeepSeek's usage export: a ZIP with `amount-….csv` (use, with the price of a token) and `cost-….csv` (money by
/// wallet). Days are of UTC in older files, and of the browser's zone in newer ones, which the instants show.
enum DeepSeekBill {
  private static let classes: [String: TokenClass] = [
    "input_cache_miss_tokens": .input, "input_cache_hit_tokens": .cacheRead, "output_tokens": .output,
    // Older spellings.
    "prompt_cache_miss_tokens": .input, "prompt_cache_hit_tokens": .cacheRead, "completion_tokens": .output,
  ]

  static let amounts = "DeepSeek usage export"
  static let costs = "DeepSeek cost export"

  /// A bill for each offset of its instants: a browser's zone has another one behind a change of the clock.
  /// - Parameter currency: what was asked for where the file does not say it.
  static func read(_ table: BillTable, currency: String?) throws(BillError) -> [Bill]? {
    var isUse = try table.has("model", "type", "price", "amount")
    if !isUse { isUse = try table.has("user_id", "model", "type", "amount") }
    // Without any, the file of costs alone has the money.
    let hasPrices = table.rows.contains { $0["price"] != nil }
    if !isUse { guard try table.has("model", "wallet_type", "cost") else { return nil } }
    let told = try isUse ? nil : table.currency("currency", of: "cost", fallback: currency)
    let places = isUse ? nil : table.places("cost")
    var bills: [Bill] = []
    for row in table.rows {
      let (span, zone) = try span(row)
      let place = bills.firstIndex { $0.timeZone == zone } ?? bills.endIndex
      if place == bills.endIndex {
        var bill = Bill(
          seller: .deepseek, format: isUse ? amounts : costs, timeZone: zone, dayRule: .end, currency: told ?? "USD",
          roundedPlaces: places)
        bill.assumesCurrency = told == nil
        bill.tellsOffsets = row["utc_date"] == nil && row["start_time_iso"] != nil
        bills.append(bill)
      }
      bills[place].rows += try isUse ? [use(row, span, hasPrices: hasPrices)] : cost(row, span, bills[place].currency)
    }
    guard !bills.isEmpty else { throw .empty(path: table.path) }
    return bills
  }

  private static let counts = "request_count"

  /// How often a line may stand in a table. Requests have no price in their row: those of the hours of each price can be
  /// as many as those of another.
  static func mostEqual(_ csv: CSVTable) -> ([String]) -> Int {
    guard let type = csv.column("type"), let price = csv.column("price"), let amount = csv.column("amount") else {
      return { _ in 1 }
    }
    let columns = [type, price, amount]
    func group(_ cells: [String]) -> [String] { cells.enumerated().map { columns.contains($0) ? "" : $1 } }
    func isCount(_ cells: [String]) -> Bool { type < cells.count && cells[type].trimmed.lowercased() == counts }
    var lines: [[String]: Int] = [:]
    for row in csv.rows { lines[row.cells, default: 0] += 1 }
    let counted = lines.filter { isCount($0.key) && $0.value > 1 }
    let asked = Set(counted.keys.map(group))
    let tokens = Dictionary(
      grouping: lines.filter { !isCount($0.key) && $0.key.count > columns.max() ?? 0 && asked.contains(group($0.key)) }
    ) { group($0.key) }
    let most = counted.reduce(into: [[String]: Int]()) { most, line in
      let beside = tokens[group(line.key)] ?? []
      let prices = Dictionary(grouping: beside) { $0.key[type] }.values.map { Set($0.map { $0.key[price] }).count }
      // A file that was joined with itself has all of them as often.
      let copies = beside.map(\.value).min() ?? line.value
      most[line.key] = min(line.value / copies, prices.max() ?? 1)
    }
    return { most[$0] ?? 1 }
  }

  /// How many lines may count the requests of one use: as many as its tokens have prices.
  static func mostCounts(_ csv: CSVTable) -> ([String]) -> Int {
    guard let type = csv.column("type"), let price = csv.column("price"), let amount = csv.column("amount") else {
      return { _ in 1 }
    }
    func group(_ cells: [String]) -> [String] {
      cells.enumerated().map { [type, price, amount].contains($0) ? "" : $1.trimmed }
    }
    let prices = csv.rows.reduce(into: [[String]: [String: Set<String>]]()) { prices, row in
      prices[group(row.cells), default: [:]][row.cells[type].trimmed, default: []].insert(row.cells[price].trimmed)
    }
    return { cells in
      guard cells[type].lowercased() == counts else { return 1 }
      return prices[group(cells)]?.values.map(\.count).max() ?? 1
    }
  }

  private static func use(_ row: BillCells, _ span: BillSpan, hasPrices: Bool) throws(BillError) -> BillRow {
    guard let type = row["type"]?.lowercased() else { throw row.bad("type", .missing) }
    var line = BillRow(span, model: try row.model("model"))
    line.keyName = row.keyName("api_key_name")
    line.scope = row.scope
    if type == counts {
      line.requests = try row.needed("amount")
      return line
    }
    guard let tokenClass = classes[type] else { throw row.bad("type", .unknown(type)) }
    let count = try row.needed("amount")
    line.tokens = [tokenClass: count]
    guard let price = try row.positive("price") else {
      if hasPrices, count != 0 { throw row.bad("price", .missing) }
      return line
    }
    guard let cost = price.billed(times: count) else { throw row.bad("price", .tooLarge) }
    (line.rate, line.cost) = (price, cost)
    return line
  }

  /// What was paid out of the balance that was given away was used, and not paid.
  private static func cost(_ row: BillCells, _ span: BillSpan, _ currency: String) throws(BillError) -> [BillRow] {
    guard let cost = try row.positive("cost", in: currency) else { throw row.bad("cost", .missing) }
    guard let wallet = row["wallet_type"]?.lowercased() else { throw row.bad("wallet_type", .missing) }
    var line = BillRow(span, model: try row.model("model"))
    line.cost = cost
    line.scope = row.scope
    if wallet.contains("grant") {
      guard cost != .zero else { return [line] }
      var gift = BillRow(span)
      gift.scope = line.scope
      (gift.cost, gift.fee) = (.zero - cost, granted)
      return [line, gift]
    }
    guard paid.contains(where: wallet.contains) else { throw row.bad("wallet_type", .unknown(wallet)) }
    return [line]
  }

  private static let granted = "granted balance"
  private static let paid = ["paid", "top", "charge", "main", "normal"]

  /// The time of a row, and the zone of its days: the one whose offset an instant carries, or UTC.
  private static func span(_ row: BillCells) throws(BillError) -> (span: BillSpan, zone: TimeZone) {
    if row["utc_date"] != nil { return (BillSpan(try row.moment("utc_date"), in: .gmt), .gmt) }
    guard row["start_time_iso"] != nil else { return (BillSpan(try row.moment("date"), in: .gmt), .gmt) }
    let start = try row.moment("start_time_iso")
    guard let from = start.instant, let offset = start.offset, let zone = TimeZone(secondsFromGMT: offset) else {
      throw row.bad("start_time_iso", .noOffset)
    }
    guard row["end_time_iso"] != nil else { return (BillSpan(start, in: zone), zone) }
    guard let to = try row.moment("end_time_iso").instant else { throw row.bad("end_time_iso", .noOffset) }
    guard let span = BillSpan(from: from, to: to, in: zone) else { throw row.bad("end_time_iso", .span) }
    return (span, zone)
  }
}
