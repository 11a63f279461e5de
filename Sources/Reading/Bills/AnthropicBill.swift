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
        day: try row.day("usage_date_utc"), model: row["model_version"] ?? row["model"], keyName: row.keyName("api_key")
      )
      for (column, tokenClass) in useColumns {
        if let count = try row.count(column) { line.tokens[tokenClass] = count }
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
        day: try row.day("usage_date_utc"), model: row["model"].map(modelName), keyName: row.keyName("api_key"),
        cost: try row.amount("cost_usd"), chargedClass: row["token_type"].flatMap(tokenClass))
      if let type = row["cost_type"], !type.lowercased().hasPrefix("token") {
        line.fee = type.replacing("_", with: " ")
      }
      bill.rows.append(line)
    }
    return bill
  }

  static func read(_ items: [BillItem]) throws(BillError) -> Bill? {
    guard items.contains(where: { $0.json["starting_at"] != nil && $0.json["results"]?.items != nil }) else {
      return nil
    }
    let results = items.results
    let hasUse = results.contains { $0.result.json["uncached_input_tokens"] != nil }
    let shown = results.map(\.result).places("amount")
    var bill = Bill(
      seller: .anthropic, format: hasUse ? "Anthropic usage report" : "Anthropic cost report",
      roundedPlaces: hasUse ? nil : shown.map { $0 + 2 })
    for (bucket, result) in results {
      var line = BillRow(day: try bucket.day("starting_at"), model: result.text("model"))
      if hasUse {
        let written = result["cache_creation"]
        let counts: [(TokenClass, Int64?)] = [
          (.input, try result.count("uncached_input_tokens")),
          (.cacheRead, try result.count("cache_read_input_tokens")),
          (.cacheWrite5m, try written?.count("ephemeral_5m_input_tokens")),
          (.cacheWrite1h, try written?.count("ephemeral_1h_input_tokens")),
          (.output, try result.count("output_tokens")),
        ]
        for (tokenClass, count) in counts { if let count { line.tokens[tokenClass] = count } }
      } else {
        guard let cents = try result.amount("amount") else { throw result.bad("amount") }
        if let currency = result.text("currency") { bill.currency = currency.uppercased() }
        line.cost = cents.multiplied(by: 1, over: 100)
        line.chargedClass = result.text("token_type").flatMap(tokenClass)
        if let type = result.text("cost_type"), type != "tokens" { line.fee = type.replacing("_", with: " ") }
      }
      bill.rows.append(line)
    }
    return bill
  }

  /// `input_no_cache`, `cache_creation.ephemeral_5m_input_tokens` and the like, as the Console and the API write them.
  static func tokenClass(_ type: String) -> TokenClass? {
    let type = type.lowercased()
    if type.contains("output") { return .output }
    if type.contains("read") { return .cacheRead }
    if type.contains("1h") { return .cacheWrite1h }
    if type.contains("write") || type.contains("creation") || type.contains("5m") { return .cacheWrite5m }
    return type.contains("input") ? .input : nil
  }

  /// `Claude Opus 4.6` as the API writes it: `claude-opus-4.6`.
  static func modelName(_ shown: String) -> String { shown.lowercased().replacing(" ", with: "-") }
}
