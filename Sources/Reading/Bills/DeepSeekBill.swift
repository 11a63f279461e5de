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
  static func read(_ table: BillTable) throws(BillError) -> [Bill]? {
    let csv = table.csv
    guard csv.has("user_id", "model") else { return nil }
    let isUse = csv.has("type", "amount")
    guard isUse || csv.has("wallet_type", "cost") else { return nil }
    let places = isUse ? nil : table.places("cost")
    var bills: [Bill] = []
    for row in table.rows {
      let zone = zone(row)
      let place = bills.firstIndex { $0.timeZone == zone } ?? bills.endIndex
      if place == bills.endIndex {
        bills.append(
          Bill(
            seller: .deepseek, format: isUse ? amounts : costs, timeZone: zone, dayRule: .end, roundedPlaces: places))
      }
      bills[place].rows += isUse ? [try use(row)] : try cost(row)
    }
    if let currency = table.rows.compactMap({ $0["currency"] }).first {
      for place in bills.indices { bills[place].currency = currency.uppercased() }
    }
    guard !bills.isEmpty else { throw .empty(path: table.path) }
    return bills
  }

  private static func use(_ row: BillCells) throws(BillError) -> BillRow {
    guard let type = row["type"]?.lowercased() else { throw row.bad("type") }
    guard let amount = try row.amount("amount") else { throw row.bad("amount") }
    var line = BillRow(day: try day(row), model: row["model"], keyName: row.keyName("api_key_name"))
    let price = try row.amount("price")
    if type == "request_count" || classes[type] != nil {
      guard let count = amount.billedCount else { throw row.bad("amount") }
      guard let tokenClass = classes[type] else {
        line.requests = count
        return line
      }
      line.tokens = [tokenClass: count]
      guard let price else { return line }
      guard let cost = price.billed(times: count) else { throw row.bad("price") }
      (line.rate, line.cost) = (price, cost)
    } else {
      line.fee = type
      guard let price else { return line }
      line.cost = price.multiplied(by: amount.units, over: ExactAmount.one.units)
    }
    return line
  }

  /// What was paid out of the balance that was given away was used, and not paid.
  private static func cost(_ row: BillCells) throws(BillError) -> [BillRow] {
    guard let cost = try row.amount("cost") else { throw row.bad("cost") }
    let day = try day(row)
    let line = BillRow(day: day, model: row["model"], cost: cost)
    guard row["wallet_type"]?.lowercased().contains("grant") == true, cost != .zero else { return [line] }
    return [line, BillRow(day: day, cost: .zero - cost, fee: granted)]
  }

  static let granted = "granted balance"

  private static func day(_ row: BillCells) throws(BillError) -> CivilDay {
    if row["utc_date"] != nil { return try row.day("utc_date") }
    if row["start_time_iso"] != nil { return try row.day("start_time_iso") }
    return try row.day("date")
  }

  /// The offset that the instants carry; UTC where there are none.
  private static func zone(_ row: BillCells) -> TimeZone {
    guard let text = row["start_time_iso"], text.count > 19 else { return .gmt }
    let offset = text.suffix(6)
    guard let sign = offset.first, sign == "+" || sign == "-", let hours = Int(offset.dropFirst().prefix(2)),
      let minutes = Int(offset.suffix(2))
    else { return .gmt }
    return TimeZone(secondsFromGMT: (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)) ?? .gmt
  }
}
