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

  static func read(_ table: BillTable) throws(BillError) -> Bill? {
    let csv = table.csv
    guard csv.has("user_id", "model") else { return nil }
    if csv.has("type", "amount") { return try amounts(table) }
    if csv.has("wallet_type", "cost") { return try costs(table) }
    return nil
  }

  private static func amounts(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .deepseek, format: "DeepSeek usage export", timeZone: try zone(table), dayRule: .end)
    for row in table.rows {
      guard let type = row["type"]?.lowercased(), let amount = try row.count("amount") else {
        throw .badCell(path: table.path, line: row.line, column: "type")
      }
      var line = BillRow(day: try day(row), model: row["model"], keyName: row["api_key_name"])
      if type == "request_count" {
        line.requests = amount
      } else if let tokenClass = classes[type] {
        line.tokens = [tokenClass: amount]
        line.rate = try row.amount("price")
        line.cost = line.rate.map { $0 * amount }
      } else {
        line.fee = type
        line.cost = try row.amount("price").map { $0 * amount }
      }
      bill.rows.append(line)
    }
    if let currency = table.rows.compactMap({ $0["currency"] }).first { bill.currency = currency.uppercased() }
    return bill
  }

  private static func costs(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .deepseek, format: "DeepSeek cost export", timeZone: try zone(table), dayRule: .end,
      roundedPlaces: table.places("cost"))
    for row in table.rows {
      bill.rows.append(BillRow(day: try day(row), model: row["model"], cost: try row.amount("cost")))
    }
    if let currency = table.rows.compactMap({ $0["currency"] }).first { bill.currency = currency.uppercased() }
    return bill
  }

  /// Where an export has both files, the one with tokens says all that the other does, but for the currency.
  static func joined(_ bills: [Bill]) -> [Bill] {
    guard var detailed = bills.first(where: { $0.format == "DeepSeek usage export" }),
      let costs = bills.first(where: { $0.format == "DeepSeek cost export" })
    else { return bills }
    detailed.currency = costs.currency
    return [detailed]
  }

  private static func day(_ row: BillCells) throws(BillError) -> CivilDay {
    if row["utc_date"] != nil { return try row.day("utc_date") }
    if row["start_time_iso"] != nil { return try row.day("start_time_iso") }
    return try row.day("date")
  }

  /// The offset that the instants carry; UTC where there are none.
  private static func zone(_ table: BillTable) throws(BillError) -> TimeZone {
    guard let text = table.rows.compactMap({ $0["start_time_iso"] }).first, text.count > 19 else { return .gmt }
    let offset = text.suffix(6)
    guard let sign = offset.first, sign == "+" || sign == "-", let hours = Int(offset.dropFirst().prefix(2)),
      let minutes = Int(offset.suffix(2))
    else { return .gmt }
    return TimeZone(secondsFromGMT: (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)) ?? .gmt
  }
}
