import Foundation
import Model

/// OpenRouter's exports: its logs (a row a generation), and its activity (day by model) as a table or by the API. UTC.
/// Prompt tokens include cached ones, completion tokens include reasoning.
enum OpenRouterBill {
  static func read(_ table: BillTable) throws(BillError) -> Bill? {
    if try table.has("generation_id", "cost_total") { return try logs(table) }
    if try table.has("date", "slug", "usage") { return try activity(table) }
    return nil
  }

  private static func logs(_ table: BillTable) throws(BillError) -> Bill {
    for column in ["created_at", "tokens_prompt", "tokens_completion", "model_permaslug"] { try table.require(column) }
    var bill = Bill(
      seller: .openrouter, format: "OpenRouter logs export", roundedPlaces: min(9, max(6, table.places("cost_total"))))
    // A spreadsheet cuts seconds off: requests are then not found one by one, but their sums are.
    var moments: [BillMoment] = []
    for row in table.rows { moments.append(try row.moment("created_at")) }
    let tellsSeconds = moments.allSatisfy(\.hasSeconds)
    let tellsCached = table.rows.contains { $0["tokens_cached"] != nil }
    for (row, moment) in zip(table.rows, moments) {
      var lines: [BillRow] = []
      guard let started = moment.utcInstant else { throw row.bad("created_at") }
      let day = CivilDay(utc: started)
      let (model, key) = (try row.model("model_permaslug"), row.keyName("api_key_name"))
      guard let total = try row.positive("cost_total") else { throw row.bad("cost_total", .missing) }
      // What was cancelled before it began was not charged.
      if total == .zero, row["tokens_prompt"] == nil, row["tokens_completion"] == nil { continue }
      var cost = total
      for (column, name) in [("cost_web_search", "web search"), ("cost_file_processing", "file processing")] {
        guard let part = try row.positive(column), part != .zero else { continue }
        if part > cost { throw row.bad(column, .exceeds("cost_total")) }
        cost = cost - part
        lines.append(BillRow(day: day, model: model, keyName: key, cost: part, fee: name))
      }
      let fees = ownKey(try row.positive("byok_usage_inference"), fee: cost)
      for (amount, name) in fees { lines.append(BillRow(day: day, keyName: key, cost: amount, fee: name)) }
      cost = cost - fees.reduce(.zero) { $0 + $1.amount }
      var line = BillRow(
        day: day, model: model, keyName: key, requests: 1, cost: cost, started: tellsSeconds ? started : nil)
      let (prompt, completion) = (try row.needed("tokens_prompt"), try row.needed("tokens_completion"))
      if tellsCached {
        let cached = try row.needed("tokens_cached")
        try row.checkPart(cached, "tokens_cached", of: prompt, "tokens_prompt")
        line.tokens = [.input: prompt - cached, .cacheRead: cached, .output: completion]
      } else {
        line.total = prompt + completion
      }
      lines.append(line)
      for place in lines.indices { lines[place].id = row["generation_id"] }
      bill.rows += lines
    }
    return bill
  }

  private static let paidByOwnKey = "paid to the provider by an own key"

  /// By a key of the customer's own the provider charges the tokens, and OpenRouter a fee: the tokens then stand at what
  /// the provider charges, which is taken off again.
  private static func ownKey(_ inference: ExactAmount?, fee: ExactAmount) -> [(amount: ExactAmount, name: String)] {
    guard let inference, inference != .zero else { return [] }
    return [(fee, "fee for an own key"), (.zero - inference, paidByOwnKey)]
      .filter { $0.0 != .zero }
  }

  private static func activity(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .openrouter, format: "OpenRouter activity export", roundedPlaces: table.places("usage"))
    for row in table.rows {
      guard let usage = try row.positive("usage") else { throw row.bad("usage", .missing) }
      bill.rows += day(
        try row.day("date"), try row.model("slug"), try row.count("requests"), usage,
        inference: try row.positive("byok usage"), ownRequests: try row.count("byok requests"),
        prompt: try row.count("prompt tokens"),
        completion: try row.count("completion tokens"))
    }
    return bill
  }

  static func read(_ items: [BillItem]) throws(BillError) -> Bill? {
    guard
      items.contains(where: {
        $0.json["model_permaslug"] != nil && $0.json["usage"] != nil && $0.json["date"] != nil
      })
    else { return nil }
    var bill = Bill(seller: .openrouter, format: "OpenRouter activity", roundedPlaces: items.places("usage"))
    for item in items {
      let (usage, inference) = (try item.neededAmount("usage"), try item.amount("byok_usage_inference"))
      if usage < .zero { throw item.bad("usage", .negative) }
      if let inference, inference < .zero { throw item.bad("byok_usage_inference", .negative) }
      bill.rows += day(
        try item.day("date"), item.text("model_permaslug") ?? item.text("model"), try item.count("requests"), usage,
        inference: inference, ownRequests: try item.count("byok_requests"), prompt: try item.count("prompt_tokens"),
        completion: try item.count("completion_tokens"))
    }
    return bill
  }

  /// A model's day. What caches served of prompts is not told.
  private static func day(
    _ day: CivilDay, _ model: String?, _ requests: Int64?, _ usage: ExactAmount, inference: ExactAmount?,
    ownRequests: Int64?, prompt: Int64?, completion: Int64?
  ) -> [BillRow] {
    let total = prompt.flatMap { prompt in completion.map { prompt + $0 } }
    var rows = [BillRow(day: day, model: model, requests: requests, total: total, cost: usage)]
    guard let inference, inference != .zero else { return rows }
    if let requests, requests == ownRequests {
      rows[0].cost = inference
      return rows + ownKey(inference, fee: usage).map { BillRow(day: day, cost: $0.amount, fee: $0.name) }
    }
    // Usage by own keys and by the balance stand in one row: only the sum of both is what the tokens cost.
    rows[0].cost = usage + inference
    rows.append(BillRow(day: day, cost: .zero - inference, fee: "\(paidByOwnKey); the fee stands among the tokens"))
    return rows
  }
}
