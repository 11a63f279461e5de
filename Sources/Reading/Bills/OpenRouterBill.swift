import Foundation
import Model

/// OpenRouter's exports: its logs (a row a generation), and its activity (day by model) as a table or by the API. UTC.
/// Prompt tokens include cached ones, completion tokens include reasoning.
enum OpenRouterBill {
  static func read(_ table: BillTable) throws(BillError) -> Bill? {
    if table.csv.has("generation_id", "cost_total") { return try logs(table) }
    if table.csv.has("date", "slug", "usage") { return try activity(table) }
    return nil
  }

  private static func logs(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .openrouter, format: "OpenRouter logs export", roundedPlaces: min(9, max(6, table.places("cost_total"))))
    for row in table.rows {
      let day = try row.day("created_at")
      let (model, key) = (row["model_permaslug"], row.keyName("api_key_name"))
      guard var cost = try row.amount("cost_total") else { throw row.bad("cost_total") }
      for (column, name) in [("cost_web_search", "web search"), ("cost_file_processing", "file processing")] {
        guard let part = try row.amount(column), part != .zero else { continue }
        cost = cost - part
        bill.rows.append(BillRow(day: day, model: model, keyName: key, cost: part, fee: name))
      }
      let fees = ownKey(try row.amount("byok_usage_inference"), fee: cost)
      for (amount, name) in fees { bill.rows.append(BillRow(day: day, keyName: key, cost: amount, fee: name)) }
      cost = cost - fees.reduce(.zero) { $0 + $1.amount }
      guard let prompt = try row.count("tokens_prompt") else { throw row.bad("tokens_prompt") }
      let cached = min(prompt, try row.count("tokens_cached") ?? 0)
      bill.rows.append(
        BillRow(
          day: day, model: model, keyName: key, requests: 1,
          tokens: [.input: prompt - cached, .cacheRead: cached, .output: try row.count("tokens_completion") ?? 0],
          cost: cost, started: BillTime.milliseconds(row["created_at"])))
    }
    return bill
  }

  /// By a key of the customer's own the provider charges the tokens, and OpenRouter a fee: the tokens then stand at what
  /// the provider charges, which is taken off again.
  private static func ownKey(_ inference: ExactAmount?, fee: ExactAmount) -> [(amount: ExactAmount, name: String)] {
    guard let inference, inference != .zero else { return [] }
    return [(fee, "fee for an own key"), (.zero - inference, "paid to the provider by an own key")]
  }

  private static func activity(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .openrouter, format: "OpenRouter activity export", roundedPlaces: table.places("usage"))
    for row in table.rows {
      guard let usage = try row.amount("usage") else { throw row.bad("usage") }
      bill.rows += day(
        try row.day("date"), row["slug"], try row.count("requests"), usage,
        inference: try row.amount("byok usage"), prompt: try row.count("prompt tokens"),
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
      guard let usage = try item.amount("usage") else { throw item.bad("usage") }
      bill.rows += day(
        try item.day("date"), item.text("model_permaslug") ?? item.text("model"), try item.count("requests"), usage,
        inference: try item.amount("byok_usage_inference"), prompt: try item.count("prompt_tokens"),
        completion: try item.count("completion_tokens"))
    }
    return bill
  }

  /// A model's day. What caches served of prompts is not told.
  private static func day(
    _ day: CivilDay, _ model: String?, _ requests: Int64?, _ usage: ExactAmount, inference: ExactAmount?,
    prompt: Int64?, completion: Int64?
  ) -> [BillRow] {
    let total = prompt.flatMap { prompt in completion.map { prompt + $0 } }
    var rows = [BillRow(day: day, model: model, requests: requests, total: total, cost: usage)]
    // Usage by own keys and by the balance stand in one row: only the sum of both is what the tokens cost.
    if let inference, inference != .zero {
      rows[0].cost = usage + inference
      rows.append(BillRow(day: day, cost: .zero - inference, fee: "paid to the provider by an own key"))
    }
    return rows
  }
}
