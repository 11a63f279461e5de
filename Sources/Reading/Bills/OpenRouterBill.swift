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
      seller: .openrouter, format: "OpenRouter logs export", roundedPlaces: max(6, table.places("cost_total")))
    for row in table.rows {
      let day = try row.day("created_at")
      let (model, key) = (row["model_permaslug"], row["api_key_name"])
      guard let total = try row.amount("cost_total") else {
        throw .badCell(path: table.path, line: row.line, column: "cost_total")
      }
      var rest = total
      for (column, name) in [("cost_web_search", "web search"), ("cost_file_processing", "file processing")] {
        guard let cost = try row.amount(column), cost != .zero else { continue }
        rest = rest - cost
        bill.rows.append(BillRow(day: day, model: model, keyName: key, cost: cost, fee: name))
      }
      let prompt = try row.count("tokens_prompt") ?? 0
      let cached = min(prompt, try row.count("tokens_cached") ?? 0)
      bill.rows.append(
        BillRow(
          day: day, model: model, keyName: key, requests: 1,
          tokens: [.input: prompt - cached, .cacheRead: cached, .output: try row.count("tokens_completion") ?? 0],
          cost: rest, started: BillTime.milliseconds(row["created_at"])))
    }
    return bill
  }

  private static func activity(_ table: BillTable) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .openrouter, format: "OpenRouter activity export", roundedPlaces: table.places("usage"))
    for row in table.rows {
      bill.rows.append(
        BillRow(
          day: try row.day("date"), model: row["slug"], requests: try row.count("requests"),
          cost: try row.amount("usage")))
    }
    return bill
  }

  static func read(_ items: [BillJSON], _ path: String) throws(BillError) -> Bill? {
    guard items.contains(where: { $0["model_permaslug"] != nil && $0["usage"] != nil && $0["date"] != nil }) else {
      return nil
    }
    var bill = Bill(
      seller: .openrouter, format: "OpenRouter activity",
      roundedPlaces: items.map { ExactAmount.shownPlaces($0["usage"]?.text ?? "") }.max())
    for (index, item) in items.enumerated() {
      guard let day = item["date"]?.text.flatMap(CivilDay.init(ofBill:)) else {
        throw .badCell(path: path, line: index + 1, column: "date")
      }
      guard let usage = item["usage"]?.amount else { throw .badCell(path: path, line: index + 1, column: "usage") }
      bill.rows.append(
        BillRow(
          day: day, model: item["model_permaslug"]?.text ?? item["model"]?.text, requests: item["requests"]?.count,
          cost: usage))
    }
    return bill
  }
}
