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

  /// Before caches of an hour there was one column for all writes.
  private static let olderWrites = "usage_input_tokens_cache_write"

  static func read(_ table: BillTable) throws(BillError) -> Bill? {
    if try table.has("usage_date_utc", "usage_input_tokens_no_cache") { return try use(table) }
    if try table.has("usage_date_utc", "cost_usd") { return try cost(table) }
    return nil
  }

  private static func use(_ table: BillTable) throws(BillError) -> Bill {
    var columns = useColumns
    if table.csv.column(olderWrites) != nil {
      columns.removeAll { $0.1 == .cacheWrite1h || $0.1 == .cacheWrite5m }
      columns.append((olderWrites, .cacheWrite5m))
    }
    for (column, _) in columns { try table.require(column) }
    var bill = Bill(seller: .anthropic, format: "Anthropic Console usage export")
    for row in table.rows {
      let model = try row.model("model_version")
      if model == nil {
        guard row.isZero(columns.map(\.0)) else { throw row.needsGrouping("model_version", by: "model") }
        continue
      }
      var line = BillRow(BillSpan(try row.moment("usage_date_utc"), in: .gmt), model: model)
      line.keyName = row.keyName("api_key")
      line.mode = BillRow.mode(row["speed"], row["usage_type"])
      for (column, tokenClass) in columns { line.tokens[tokenClass] = try row.needed(column) }
      bill.rows.append(line)
    }
    return bill
  }

  private static func cost(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .anthropic, format: "Anthropic Console cost export", roundedPlaces: table.places("cost_usd"))
    for row in table.rows {
      let charged = row["token_type"].flatMap(tokenClass)
      guard let cost = try charged == nil ? row.amount("cost_usd") : row.positive("cost_usd") else {
        throw row.bad("cost_usd", .missing)
      }
      var line = BillRow(
        BillSpan(try row.moment("usage_date_utc"), in: .gmt), model: try row.model("model").map(modelName))
      (line.keyName, line.cost, line.chargedClass) = (row.keyName("api_key"), cost, charged)
      if charged == nil, let type = row["cost_type"], !type.lowercased().hasPrefix("token") {
        line.fee = type.replacing("_", with: " ")
      } else if cost < .zero {
        line.fee = BillRow.credit(for: line.model)
      }
      if line.fee == nil { line.mode = BillRow.mode(row["speed"], row["usage_type"]) }
      bill.rows.append(line)
    }
    return bill
  }

  static func read(_ items: [BillItem]) throws(BillError) -> Bill? {
    guard items.contains(where: { $0.json["starting_at"] != nil && $0.json["results"]?.items != nil }) else {
      return nil
    }
    let results = try items.results()
    let hasUse = results.contains { result in
      ["uncached_input_tokens", "cache_read_input_tokens", "output_tokens"].contains {
        result.result.json.member($0) != nil
      }
    }
    var bill = Bill(seller: .anthropic, format: hasUse ? "Anthropic usage report" : "Anthropic cost report")
    if !hasUse {
      let amounts = results.map(\.result)
      bill.roundedPlaces = amounts.places("amount", least: 0).map { $0 + 2 }
      // Its currency is always US dollars, as its documentation says.
      bill.currency = try amounts.currency("currency", fallback: "USD") ?? "USD"
    }
    for (bucket, result) in results {
      let span = try span(bucket)
      if let row = try hasUse ? use(result, span) : cost(result, span) { bill.rows.append(row) }
    }
    return bill
  }

  private static func span(_ bucket: BillItem) throws(BillError) -> BillSpan {
    let start = try bucket.moment("starting_at")
    guard bucket.text("ending_at") != nil, let from = start.utcInstant,
      let to = try bucket.moment("ending_at").utcInstant
    else { return BillSpan(start, in: .gmt) }
    guard let span = BillSpan(from: from, to: to, in: .gmt) else { throw bucket.bad("ending_at", .span) }
    return span
  }

  /// `nil` for what was not used.
  private static func use(_ result: BillItem, _ span: BillSpan) throws(BillError) -> BillRow? {
    guard let written = result["cache_creation"] else { throw result.bad("cache_creation", .missing) }
    let tokens: [TokenClass: Int64] = [
      .input: try result.needed("uncached_input_tokens"), .cacheRead: try result.needed("cache_read_input_tokens"),
      .cacheWrite5m: try written.needed("ephemeral_5m_input_tokens"),
      .cacheWrite1h: try written.needed("ephemeral_1h_input_tokens"), .output: try result.needed("output_tokens"),
    ]
    let model = result.text("model")
    if model == nil {
      if tokens.values.allSatisfy({ $0 == 0 }) { return nil }
      throw result.needsGrouping("model", by: "group_by[]=model")
    }
    var row = BillRow(span, model: model)
    row.tokens = tokens
    row.mode = BillRow.mode(result.text("speed"), result.text("service_tier"))
    return row
  }

  private static func cost(_ result: BillItem, _ span: BillSpan) throws(BillError) -> BillRow {
    let cents = try result.neededAmount("amount")
    var row = BillRow(span, model: result.text("model"))
    (row.cost, row.chargedClass) = (cents.multiplied(by: 1, over: 100), result.text("token_type").flatMap(tokenClass))
    // Without a kind it is the sum of all of a day: what was asked for without `group_by[]=description`.
    if let type = result.text("cost_type"), type != "tokens" {
      row.fee = type.replacing("_", with: " ")
    } else if cents < .zero {
      guard row.chargedClass == nil else { throw result.bad("amount", .negative) }
      row.fee = BillRow.credit(for: row.model)
    }
    if row.fee == nil { row.mode = BillRow.mode(result.text("speed"), result.text("service_tier")) }
    return row
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
