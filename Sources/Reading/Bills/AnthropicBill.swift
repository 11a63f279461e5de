import Foundation
import Model

/// Anthropic's Console exports and Admin API reports. Days are of UTC. The Console's use has no money, and its cost no
/// tokens; the API's amounts are in cents.
enum AnthropicBill {
  private static let useColumns: [(String, TokenClass)] = [
    ("usage_input_tokens_no_cache", .input), ("usage_input_tokens_cache_write_5m", .cacheWrite5m),
    ("usage_input_tokens_cache_write_1h", .cacheWrite1h), ("usage_input_tokens_cache_read", .cacheRead),
    ("usage_output_tokens", .output),
  ]

  static func read(_ table: BillTable) throws(BillError) -> Bill? {
    guard table.csv.has("usage_date_utc") else { return nil }
    if table.csv.has("usage_input_tokens_no_cache") { return try use(table) }
    if table.csv.has("cost_usd") { return try cost(table) }
    return nil
  }

  private static func use(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(seller: .anthropic, format: "Anthropic Console usage export")
    for row in table.rows {
      var line = BillRow(
        day: try row.day("usage_date_utc"), model: row["model_version"] ?? row["model"], keyName: row["api_key"])
      for (column, tokenClass) in useColumns {
        if let count = try row.count(column), count > 0 { line.tokens[tokenClass, default: 0] += count }
      }
      bill.rows.append(line)
    }
    return bill
  }

  private static func cost(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .anthropic, format: "Anthropic Console cost export", roundedPlaces: table.places("cost_usd"))
    for row in table.rows {
      var line = BillRow(
        day: try row.day("usage_date_utc"), model: row["model"].map(modelName), keyName: row["api_key"],
        cost: try row.amount("cost_usd"))
      if let type = row["cost_type"], !type.lowercased().hasPrefix("token") { line.fee = type }
      bill.rows.append(line)
    }
    return bill
  }

  static func read(_ items: [BillJSON], _ path: String) throws(BillError) -> Bill? {
    let results = items.flatMap { bucket in (bucket["results"]?.items ?? []).map { (bucket, $0) } }
    guard items.contains(where: { $0["starting_at"] != nil }) else { return nil }
    let hasUse = results.contains { $0.1["uncached_input_tokens"] != nil }
    var bill = Bill(
      seller: .anthropic, format: hasUse ? "Anthropic usage report" : "Anthropic cost report",
      roundedPlaces: hasUse ? nil : results.map { ExactAmount.shownPlaces($0.1["amount"]?.text ?? "") + 2 }.max())
    for (index, (bucket, result)) in results.enumerated() {
      guard let start = bucket["starting_at"]?.text, let day = CivilDay(ofBill: start) else {
        throw .badCell(path: path, line: index + 1, column: "starting_at")
      }
      var line = BillRow(day: day, model: result["model"]?.text)
      if hasUse {
        let written = result["cache_creation"]
        let counts: [(TokenClass, Int64?)] = [
          (.input, result["uncached_input_tokens"]?.count), (.cacheRead, result["cache_read_input_tokens"]?.count),
          (.cacheWrite5m, written?["ephemeral_5m_input_tokens"]?.count),
          (.cacheWrite1h, written?["ephemeral_1h_input_tokens"]?.count), (.output, result["output_tokens"]?.count),
        ]
        for (tokenClass, count) in counts { if let count, count > 0 { line.tokens[tokenClass] = count } }
      } else {
        guard let cents = result["amount"]?.amount ?? result["amount"]?["value"]?.amount else {
          throw .badCell(path: path, line: index + 1, column: "amount")
        }
        line.cost = cents.multiplied(by: 1, over: 100)
        if let type = result["cost_type"]?.text, type != "tokens" { line.fee = type.replacing("_", with: " ") }
      }
      bill.rows.append(line)
    }
    return bill
  }

  /// `Claude Opus 4.6` as the API writes it: `claude-opus-4.6`.
  static func modelName(_ shown: String) -> String { shown.lowercased().replacing(" ", with: "-") }
}
