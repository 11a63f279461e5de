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
    bill.tellsModes = tellsModes(table)
    for row in table.rows {
      let model = try row.model("model_version")
      if model == nil {
        guard row.isZero(columns.map(\.0)) else { throw row.needsGrouping("model_version", by: "model") }
        continue
      }
      var line = BillRow(BillSpan(try row.moment("usage_date_utc"), in: .gmt), model: model)
      line.keyName = row.keyName("api_key")
      line.scope = row.scope
      line.mode = mode(row, tier: "usage_type")
      for (column, tokenClass) in columns { line.tokens[tokenClass] = try row.needed(column) }
      line.searches = try row.count("web_search_count").flatMap { $0 == 0 ? nil : $0 }
      bill.rows.append(line)
    }
    return bill
  }

  private static func tellsModes(_ table: BillTable) -> Bool {
    ["usage_type", "inference_geo", "speed"].allSatisfy { table.csv.column($0) != nil }
  }

  private static func cost(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .anthropic, format: "Anthropic Console cost export", roundedPlaces: table.places("cost_usd"))
    bill.tellsModes = tellsModes(table)
    for row in table.rows {
      guard let amount = try row.amount("cost_usd") else { throw row.bad("cost_usd", .missing) }
      let span = BillSpan(try row.moment("usage_date_utc"), in: .gmt)
      var line = try cost(row, span, amount, "cost_usd", of: try row.model("model").map(modelName))
      line.keyName = row.keyName("api_key")
      line.scope = row.scope
      if line.fee == nil { line.mode = mode(row, tier: "usage_type") }
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
      if hasUse {
        if let row = try use(result, span) { bill.rows.append(row) }
        continue
      }
      let dollars = try result.neededAmount("amount").multiplied(by: 1, over: 100)
      var row = try cost(result, span, dollars, "amount", of: result.text("model"))
      if row.fee == nil { row.mode = mode(result, tier: "service_tier") }
      bill.rows.append(row)
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
    row.scope = result.scope
    row.tokens = tokens
    row.mode = mode(result, tier: "service_tier")
    row.searches = try result["server_tool_use"]?.count("web_search_requests").flatMap { $0 == 0 ? nil : $0 }
    return row
  }

  private static func mode(_ record: some BillRecord, tier: String) -> String? {
    BillRow.mode(speed: record.text("speed"), tier: record.text(tier), geo: record.text("inference_geo"))
  }

  /// What a row of the Console, or a result of the API, charges. Without a kind of tokens it is the sum of all of a day:
  /// what was asked for without `group_by[]=description`.
  /// - Parameter member: where its amount stands.
  private static func cost(
    _ record: some BillRecord, _ span: BillSpan, _ amount: ExactAmount, _ member: String, of model: String?
  ) throws(BillError) -> BillRow {
    var row = BillRow(span, model: model)
    row.scope = record.scope
    row.cost = amount
    let type = record.text("cost_type")?.lowercased()
    if let word = record.text("token_type") {
      guard let tokenClass = tokenClass(word) else { throw record.bad("token_type", .unknown(word)) }
      // Only tokens have a kind.
      if let type, !["token", "tokens"].contains(type) { throw record.bad("cost_type", .unknown(type)) }
      if amount < .zero { throw record.bad(member, .negative) }
      row.chargedClass = tokenClass
    } else if let type, !["token", "tokens"].contains(type) {
      row.fee = type.replacing("_", with: " ")
    } else if amount < .zero {
      row.fee = BillRow.credit(for: row.model)
    }
    return row
  }

  /// `input_no_cache`, `cache_creation.ephemeral_5m_input_tokens` and the like, as the Console and the API write them;
  /// `nil` for words that hold anything else, which may be a class of its own.
  static func tokenClass(_ type: String) -> TokenClass? {
    let words = Set(type.lowercased().split { "_.- ".contains($0) }.map(String.init))
    guard words.isSubset(of: classWords) else { return nil }
    if words.contains("output") {
      return words.isDisjoint(with: cacheWords) && !words.contains("input") ? .output : nil
    }
    if words.contains("read") { return .cacheRead }
    if !words.isDisjoint(with: ["write", "creation", "ephemeral"]) {
      return words.contains("1h") ? .cacheWrite1h : .cacheWrite5m
    }
    return words.contains("input") ? .input : nil
  }

  private static let cacheWords: Set<String> = ["cache", "read", "write", "creation", "ephemeral", "5m", "1h"]
  private static let classWords = cacheWords.union(["input", "output", "no", "uncached", "tokens", "usage"])

  /// `Claude Opus 4.6` as the API writes it: `claude-opus-4.6`.
  static func modelName(_ shown: String) -> String { shown.lowercased().replacing(" ", with: "-") }
}
