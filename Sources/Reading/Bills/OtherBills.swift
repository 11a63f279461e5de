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
      let record = try record(item)
      // What failed, or was no call to a model, was not charged; where it was, it counts.
      if item.isZero(["spend"]), item.text("status") == "failure" || !LiteLLMLog.isCall(record) { continue }
      let provider = item.text("custom_llm_provider")
      let place = bills.firstIndex { $0.provider == provider } ?? bills.endIndex
      if place == bills.endIndex {
        bills.append(
          Bill(
            seller: .litellm, provider: provider, format: "LiteLLM spend logs", dayRule: .end, roundedPlaces: 9,
            isClaim: true))
      }
      bills[place].rows.append(try row(item, record))
    }
    return bills
  }

  /// Its table, exported by a database: a cell is what the member of that name is.
  static func read(_ table: BillTable) throws(BillError) -> [Bill]? {
    guard try table.has("request_id", "call_type", "spend", "startTime") else { return nil }
    let items = table.rows.enumerated().map { place, row in
      let members = table.csv.header.map { title -> (String, BillJSON) in
        let cell = row[title] ?? ""
        let isNumber = title == "spend" || title.hasSuffix("_tokens")
        return (title, isNumber ? Decimal(string: cell).map(BillJSON.number) ?? .string(cell) : .string(cell))
      }
      return BillItem(json: .object(Dictionary(members) { first, _ in first }), number: place + 1, path: table.path)
    }
    return try read(items)
  }

  private static func row(_ item: BillItem, _ record: LiteLLMRecord) throws(BillError) -> BillRow {
    for count in ["prompt_tokens", "completion_tokens"] { _ = try item.needed(count) }
    if record.isUnclear == true { throw item.bad("metadata.usage_object") }
    // As the ledger reads them, so that both sides name the same tokens alike.
    let tokens = LiteLLMRequests.tokens(of: record)
    let start = try item.moment("startTime")
    let end = item.text("endTime") == nil ? nil : try item.moment("endTime")
    var row = BillRow(
      day: (end ?? start).day(in: .gmt), model: item.text("model"), requests: 1,
      tokens: [
        .input: tokens.input, .cacheRead: tokens.cacheRead, .cacheWrite5m: tokens.cacheWrite5m, .output: tokens.output,
      ], cost: try item.neededAmount("spend"), started: start.utcInstant, ended: end?.utcInstant)
    // What it has no price for stands there with a spend of 0, as what is free does: no claim.
    if row.cost == .zero { row.cost = nil }
    // Without its details a prompt holds what caches served, and nothing tells how much.
    if record.usage.cacheRead == nil, record.usage.cached == nil { row.tokens[.cacheRead] = nil }
    if tokens.cacheWrite1h > 0 { row.tokens[.cacheWrite1h] = tokens.cacheWrite1h }
    row.id = item.text("request_id")
    return row
  }

  /// What `ingest` reads of the same row.
  private static func record(_ item: BillItem) throws(BillError) -> LiteLLMRecord {
    guard let bytes = try? JSONEncoder().encode(item.json),
      let record = try? LiteLLMRecord.counts(Array(bytes).span, at: 0)
    else { throw item.bad("metadata") }
    return record
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
      var rows = [try row(item, day, cost)]
      if let paid, paid != cost { rows.append(BillRow(day: day, cost: paid - cost, fee: "vouchers")) }
      // A charge has no id: one that is equal in all of its members, its second among them, is the same one.
      for place in rows.indices { rows[place].id = "charge \(item.json.hashValue)" }
      bill.rows += rows
    }
    return bill
  }

  /// `ymd`, else the day of `created_at`.
  private static func day(_ item: BillItem) throws(BillError) -> CivilDay {
    if item.text("ymd") != nil { return try item.day("ymd") }
    guard let time = item.text("created_at") else { throw item.bad("ymd", .missing) }
    guard let instant = BillMoment.epoch(time), CivilDay(utc: instant) >= .firstBilled else {
      throw item.bad("created_at")
    }
    return CivilDay(milliseconds: instant, in: .beijing)
  }

  /// By the method where that names a cache, else input and output; what is no text has no tokens.
  private static func row(_ item: BillItem, _ day: CivilDay, _ cost: ExactAmount) throws(BillError) -> BillRow {
    let method = item.text("method")?.lowercased() ?? ""
    var row = BillRow(day: day, model: item.text("model"), cost: cost)
    let (input, output) = (try item.count("consume_input_token") ?? 0, try item.count("consume_output_token") ?? 0)
    let whole = try item.count("consume_token") ?? 0
    if method.contains("cache"), !["read", "write", "creat"].contains(where: method.contains) {
      // Such as keeping one.
      row.fee = item.text("method")
    } else if method.contains("cache") {
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

extension TimeZone {
  /// China's, which has no change of the clock.
  static let beijing = TimeZone(secondsFromGMT: 8 * 3600) ?? .gmt
}
