import Foundation
import Model

/// Rows of LiteLLM's spend table, a bill for each provider. Its money comes from its own price list: a claim, no bill.
enum LiteLLMBill {
  static func read(_ items: [BillItem]) throws(BillError) -> [Bill]? {
    guard
      items.contains(where: {
        $0.json["request_id"] != nil && $0.json["spend"] != nil && $0.json["startTime"] != nil
      })
    else { return nil }
    var bills: [Bill] = []
    for item in items {
      // What failed was not charged; where it was, it counts.
      if item.text("status") == "failure", item.isZero(["spend"]) { continue }
      let provider = item.text("custom_llm_provider")
      let place = bills.firstIndex { $0.provider == provider } ?? bills.endIndex
      if place == bills.endIndex {
        bills.append(
          Bill(
            seller: .litellm, provider: provider, format: "LiteLLM spend logs", dayRule: .end, roundedPlaces: 9,
            isClaim: true))
      }
      bills[place].rows.append(try row(item))
    }
    return bills
  }

  private static func row(_ item: BillItem) throws(BillError) -> BillRow {
    let usage = item["metadata"]?["usage_object"]
    let (prompt, completion) = (try item.needed("prompt_tokens"), try item.needed("completion_tokens"))
    let details = usage?["prompt_tokens_details"]
    let read = max(try usage?.count("cache_read_input_tokens") ?? 0, try details?.count("cached_tokens") ?? 0)
    let written = max(
      try usage?.count("cache_creation_input_tokens") ?? 0, try details?.count("cache_creation_tokens") ?? 0,
      try details?.count("cache_write_tokens") ?? 0)
    // `prompt_tokens` holds what was read from and written to caches, unless it is less than that.
    let inside = read + written <= prompt ? read + written : 0
    let start = try item.moment("startTime")
    let end = item.text("endTime") == nil ? nil : try item.moment("endTime")
    var row = BillRow(
      day: (end ?? start).day(in: .gmt), model: item.text("model"), requests: 1,
      tokens: [.input: prompt - inside, .cacheRead: read, .cacheWrite5m: written, .output: completion],
      cost: try item.neededAmount("spend"), started: start.utcInstant, ended: end?.utcInstant)
    row.id = item.text("request_id")
    return row
  }
}

/// MiniMax's charge records, as its console asks for them: a charge of a model's class of tokens, Beijing days.
enum MiniMaxBill {
  static func read(_ items: [BillItem]) throws(BillError) -> Bill? {
    guard
      items.contains(where: {
        ($0.json["consume_cash"] ?? $0.json["consume_cash_after_voucher"]) != nil && $0.json["method"] != nil
      })
    else { return nil }
    let charged = items.filter { ($0.text("result") ?? $0.text("status") ?? "SUCCESS").uppercased() == "SUCCESS" }
    var bill = Bill(
      seller: .minimax, format: "MiniMax charge records", timeZone: .beijing,
      roundedPlaces: charged.places("consume_cash"))
    bill.assumesCurrency = true
    for item in charged {
      let day = try day(item)
      let paid = try item.amount("consume_cash_after_voucher")
      guard let cost = try item.amount("consume_cash") ?? paid else { throw item.bad("consume_cash", .missing) }
      if cost < .zero { throw item.bad("consume_cash", .negative) }
      bill.rows.append(try row(item, day, cost))
      if let paid, paid != cost { bill.rows.append(BillRow(day: day, cost: paid - cost, fee: "vouchers")) }
    }
    return bill
  }

  /// `ymd`, else the day of `created_at`, seconds or milliseconds since 1970.
  private static func day(_ item: BillItem) throws(BillError) -> CivilDay {
    if item.text("ymd") != nil { return try item.day("ymd") }
    guard let time = try item.count("created_at"), time > 0, time < 253_402_300_800_000 else {
      throw item.bad("ymd", .missing)
    }
    return CivilDay(milliseconds: time < 253_402_300_800 ? time * 1000 : time, in: .beijing)
  }

  /// By the method where that names a cache, else input and output; what is no text has no tokens.
  private static func row(_ item: BillItem, _ day: CivilDay, _ cost: ExactAmount) throws(BillError) -> BillRow {
    let method = item.text("method")?.lowercased() ?? ""
    var row = BillRow(day: day, model: item.text("model"), cost: cost)
    let (input, output) = (try item.count("consume_input_token") ?? 0, try item.count("consume_output_token") ?? 0)
    let whole = try item.count("consume_token") ?? 0
    if method.contains("cache") {
      let count = max(whole, input)
      if count == 0, cost != .zero { throw item.bad("consume_token", .missing) }
      row.tokens = [method.contains("read") ? .cacheRead : .cacheWrite5m: count]
    } else if input + output > 0 {
      row.tokens = [TokenClass.input: input, .output: output].filter { $0.value != 0 }
    } else if whole > 0 {
      row.total = whole
    } else if cost != .zero {
      row.fee = item.text("method") ?? "without a method"
    }
    return row
  }
}

/// Z.ai's and bigmodel's details of charges, saved as CSV: a row a charge type and day, Beijing days.
enum ZaiBill {
  /// - Parameter currency: what was asked for where the file does not say it.
  static func read(_ table: BillTable, currency: String?) throws(BillError) -> Bill? {
    if try table.has("billing date", "charge type", "amount") {
      var bill = Bill(
        seller: .zai, format: "Z.ai billing details", timeZone: .beijing, roundedPlaces: table.places("amount"))
      let told = try table.currency("currency", of: "amount", fallback: currency)
      bill.assumesCurrency = told == nil
      bill.currency = told ?? "USD"
      for row in table.rows {
        let cost = try row.amount("amount", in: told ?? currency ?? "USD")
        guard let cost else { throw row.bad("amount", .missing) }
        let model = try row.model("model")
        // What is charged by the token without a model is that of all models together.
        let isTokens = row["charge type"]?.lowercased().contains("token") ?? false
        bill.rows.append(
          BillRow(
            day: try row.day("billing date"), model: model, requests: try row.count("api calls"), cost: cost,
            fee: model == nil && !isTokens ? row["charge type"] : nil))
      }
      return bill
    }
    guard try table.has("账期(自然日)", "应付金额") else { return nil }
    var bill = Bill(
      seller: .zai, format: "bigmodel billing details", timeZone: .beijing, roundedPlaces: table.places("应付金额"))
    bill.currency = try table.currency("币种", of: "应付金额", fallback: currency) ?? "CNY"
    let model = table.csv.header.first { $0.hasPrefix("模型编码") } ?? ""
    for row in table.rows {
      guard let cost = try row.amount("应付金额", in: bill.currency) else { throw row.bad("应付金额", .missing) }
      bill.rows.append(
        BillRow(
          day: try row.day("账期(自然日)"), model: try row.model(model), requests: try row.count("请求次数"), cost: cost))
    }
    return bill
  }
}

extension TimeZone {
  /// China's, which has no change of the clock.
  fileprivate static let beijing = TimeZone(secondsFromGMT: 8 * 3600) ?? .gmt
}
