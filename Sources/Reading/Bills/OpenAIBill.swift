import Foundation
import Model

/// OpenAI's organisation reports: costs (a line item a day) and use of completions (day by model), as its API answers and
/// as its dashboard exports them. UTC.
enum OpenAIBill {
  private static let counts = ["input_tokens", "input_cached_tokens", "output_tokens", "num_model_requests"]

  static func read(_ table: BillTable) throws(BillError) -> Bill? {
    let hasMoney = try table.has("start_time", "amount_value", "amount_currency")
    if !hasMoney {
      guard try table.has("start_time", "input_tokens", "output_tokens", "num_model_requests") else { return nil }
      try table.require("input_cached_tokens")
    }
    var bill = Bill(
      seller: .openai, format: hasMoney ? "OpenAI costs export" : "OpenAI usage export",
      roundedPlaces: hasMoney ? min(9, table.places("amount_value")) : nil)
    if hasMoney {
      bill.currency = try table.currency("amount_currency", of: "amount_value", fallback: "USD") ?? "USD"
    }
    let figures = table.csv.header.filter { title in
      !["start_time", "end_time"].contains { title.lowercased().hasPrefix($0) }
    }
    for row in table.rows {
      // Days without anything have a row, too.
      let told = figures.contains { row[$0] != nil }
      guard told else { continue }
      let span = try span(row, row.number("start_time")?.text, row.number("end_time")?.text)
      if hasMoney {
        guard let amount = try row.amount("amount_value", in: bill.currency) else {
          throw row.bad("amount_value", .missing)
        }
        bill.rows.append(try cost(row, span, amount))
      } else if let line = try use(row, span) {
        bill.rows.append(line)
      }
    }
    return bill
  }

  static func read(_ items: [BillItem]) throws(BillError) -> Bill? {
    guard items.contains(where: { $0.json["start_time"]?.text != nil && $0.json["results"]?.items != nil }) else {
      return nil
    }
    let results = try items.results()
    for (_, result) in results { try checkKind(result) }
    let hasMoney = results.contains { $0.result.json.member("amount") != nil }
    let amounts = results.compactMap { $0.result["amount"] }
    var bill = Bill(
      seller: .openai, format: hasMoney ? "OpenAI costs" : "OpenAI usage of completions",
      roundedPlaces: amounts.places("value"))
    // Its documentation knows no other currency.
    bill.currency = try amounts.currency("currency", fallback: "USD") ?? "USD"
    for (bucket, result) in results {
      let span = try span(bucket, bucket.text("start_time"), bucket.text("end_time"))
      if hasMoney {
        guard let amount = try result["amount"]?.amount("value") else { throw result.bad("amount.value", .missing) }
        bill.rows.append(try cost(result, span, amount))
      } else if let line = try use(result, span) {
        bill.rows.append(line)
      }
    }
    return bill
  }

  /// Endpoints of other use answer in the same shape.
  private static func checkKind(_ result: BillItem) throws(BillError) {
    let parts = result.text("object")?.split(separator: ".") ?? []
    guard parts.count > 2, parts[1] == "usage", parts[2] != "completions" else { return }
    throw .foreign(path: result.path, .otherUse(String(parts[2].prefix(40)).replacing("_", with: " ")))
  }

  /// - Parameters:
  ///   - start: seconds since 1970.
  ///   - end: the same; the end of the day where it is not named.
  private static func span(_ record: some BillRecord, _ start: String?, _ end: String?) throws(BillError) -> BillSpan {
    guard let from = start.flatMap(BillMoment.epoch) else { throw record.bad("start_time", nil) }
    if CivilDay(utc: from) < .firstBilled { throw record.bad("start_time", .tooEarly) }
    guard let end else { return BillSpan(BillMoment(day: CivilDay(utc: from)), in: .gmt) }
    guard let to = BillMoment.epoch(end), let span = BillSpan(from: from, to: to, in: .gmt) else {
      throw record.bad("end_time", .span)
    }
    return span
  }

  private static func cost(
    _ record: some BillRecord, _ span: BillSpan, _ cost: ExactAmount
  ) throws(BillError) -> BillRow {
    var row = BillRow(span)
    row.scope = record.scope
    row.cost = cost
    // "gpt-5-2025-08-07, cached input"; without an item it is the sum of all of a day.
    guard let item = record.text("line_item") else {
      if cost < .zero { row.fee = BillRow.credit(for: row.model) }
      return row
    }
    guard let (model, words) = subject(item) else {
      row.fee = item
      return row
    }
    if cost < .zero {
      // Tokens of a class cost nothing below zero.
      guard tokenClass(words) == nil else { throw record.bad("amount", .negative) }
      row.fee = BillRow.credit(for: model)
      return row
    }
    (row.model, row.chargedClass) = (model, tokenClass(words))
    row.mode = BillRow.mode(tier: words.first(where: modes.contains))
    return row
  }

  /// The ways of use with prices of their own.
  private static let modes: Set<String> = ["batch", "priority", "flex", "scale"]

  /// The model that an item begins with, and the words behind it: `gpt-5-2025-08-07, input (batch)`, `gpt-5 | output`.
  /// What is no model's use, such as `web search tool calls`, or calls of a tool by a model, has none.
  private static func subject(_ item: String) -> (model: String, words: Set<String>)? {
    let mark = item.firstIndex { ", |(".contains($0) } ?? item.endIndex
    let (name, rest) = (item[..<mark], item[mark...].lowercased().trimmed)
    let words = Set(rest.split { !$0.isLetter && !$0.isNumber }.map(String.init))
    // A name without a number is a model's where a class of tokens stands behind it.
    let isModel = name.contains(where: \.isNumber) || [",", "|"].contains(rest.first) && tokenClass(words) != nil
    guard isModel, name.contains(where: \.isLetter), words.isDisjoint(with: tools) else { return nil }
    return (String(name), words)
  }

  /// Words of what is charged by the call, the session or the gigabyte.
  private static let tools: Set<String> = [
    "search", "searches", "session", "sessions", "storage", "call", "calls", "tool", "tools", "interpreter",
  ]

  /// `nil` for words that hold anything else than these: sound and images have prices of their own.
  private static func tokenClass(_ words: Set<String>) -> TokenClass? {
    let words = words.subtracting(modes)
    guard
      words.isSubset(of: ["input", "output", "cached", "cache", "write", "writes", "text", "tokens", "reasoning"])
    else { return nil }
    if words.contains("output") { return words.isDisjoint(with: ["input", "cached", "cache"]) ? .output : nil }
    if words.contains("reasoning") { return nil }
    if !words.isDisjoint(with: ["write", "writes"]) { return .cacheWrite5m }
    if words.contains("cached") { return .cacheRead }
    return words.contains("input") ? .input : nil
  }

  /// `nil` for what was not used.
  private static func use(_ record: some BillRecord, _ span: BillSpan) throws(BillError) -> BillRow? {
    let model = record.text("model")
    if model == nil {
      if record.isZero(counts) { return nil }
      throw record.needsGrouping("model", by: "group_by[]=model")
    }
    let (input, cached) = (try record.needed("input_tokens"), try record.needed("input_cached_tokens"))
    let written = try record.counted("input_cache_write_tokens")
    try record.checkPart(cached + written, "input_cached_tokens", of: input, "input_tokens")
    var row = BillRow(span, model: model)
    row.scope = record.scope
    row.requests = try record.needed("num_model_requests")
    row.tokens = [
      .input: input - cached - written, .cacheRead: cached, .output: try record.needed("output_tokens"),
    ]
    if written > 0 { row.tokens[.cacheWrite5m] = written }
    row.mode = BillRow.mode(tier: record.isTrue("batch") ? "batch" : record.text("service_tier"))
    return row
  }
}
