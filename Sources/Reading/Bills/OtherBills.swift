import Foundation
import Model

/// OpenAI's organisation reports: costs (a line item a day) and use of completions (day by model). UTC.
enum OpenAIBill {
  static func read(_ items: [BillItem]) throws(BillError) -> Bill? {
    guard items.contains(where: { $0.json["start_time"]?.text != nil && $0.json["results"]?.items != nil }) else {
      return nil
    }
    let results = items.results
    let hasMoney = results.contains { $0.result.json["amount"] != nil }
    let shown = results.compactMap { $0.result["amount"] }.places("value")
    var bill = Bill(
      seller: .openai, format: hasMoney ? "OpenAI costs" : "OpenAI usage of completions", roundedPlaces: shown)
    for (bucket, result) in results {
      guard let day = CivilDay(epochSeconds: bucket.text("start_time")) else { throw bucket.bad("start_time") }
      bill.rows.append(hasMoney ? try cost(result, day, &bill.currency) : try use(result, day))
    }
    return bill
  }

  private static func cost(_ result: BillItem, _ day: CivilDay, _ currency: inout String) throws(BillError) -> BillRow {
    guard let cost = try result["amount"]?.amount("value") else { throw result.bad("amount.value") }
    if let text = result["amount"]?.text("currency") { currency = text.uppercased() }
    // "gpt-5-2025-08-07, cached input"
    let item = result.text("line_item") ?? ""
    let parts = item.split(separator: ", ", maxSplits: 1).map(String.init)
    let kind = parts.count == 2 ? parts[1].lowercased() : ""
    let charged: TokenClass? =
      kind.contains("output") ? .output : kind.contains("cached") ? .cacheRead : kind.contains("input") ? .input : nil
    guard let charged else { return BillRow(day: day, cost: cost, fee: item.isEmpty ? "without a line item" : item) }
    return BillRow(day: day, model: parts[0], cost: cost, chargedClass: charged)
  }

  private static func use(_ result: BillItem, _ day: CivilDay) throws(BillError) -> BillRow {
    guard let input = try result.count("input_tokens") else { throw result.bad("input_tokens") }
    let cached = min(input, try result.count("input_cached_tokens") ?? 0)
    return BillRow(
      day: day, model: result.text("model"), requests: try result.count("num_model_requests"),
      tokens: [.input: input - cached, .cacheRead: cached, .output: try result.count("output_tokens") ?? 0])
  }
}

/// Rows of LiteLLM's spend table, a bill for each provider. Its money comes from its own price list: a claim, no bill.
enum LiteLLMBill {
  static func read(_ items: [BillItem]) throws(BillError) -> [Bill]? {
    guard
      items.contains(where: {
        $0.json["request_id"] != nil && $0.json["spend"] != nil && $0.json["startTime"] != nil
      })
    else { return nil }
    var bills: [Bill] = []
    for item in items where item.text("status") != "failure" {
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
    let prompt = try item.count("prompt_tokens") ?? 0
    let named = try usage?.count("cache_read_input_tokens")
    let among = try usage?["prompt_tokens_details"]?.count("cached_tokens")
    let read = named ?? among ?? 0
    let written = try usage?.count("cache_creation_input_tokens") ?? 0
    return BillRow(
      day: try item.day(item.text("endTime") == nil ? "startTime" : "endTime"), model: item.text("model"), requests: 1,
      tokens: [
        .input: max(0, prompt - read - written), .cacheRead: read, .cacheWrite5m: written,
        .output: try item.count("completion_tokens") ?? 0,
      ], cost: try item.amount("spend"), started: BillTime.milliseconds(item.text("startTime")),
      ended: BillTime.milliseconds(item.text("endTime")))
  }
}

/// MiniMax's charge records, as its console asks for them: a charge of a model's class of tokens, Beijing days.
enum MiniMaxBill {
  static func read(_ items: [BillItem]) throws(BillError) -> Bill? {
    guard items.contains(where: { $0.json["consume_cash"] != nil && $0.json["method"] != nil }) else { return nil }
    var bill = Bill(
      seller: .minimax, format: "MiniMax charge records", timeZone: TimeZone(secondsFromGMT: 8 * 3600) ?? .gmt,
      roundedPlaces: items.places("consume_cash"))
    for item in items {
      let day = try item.day("ymd")
      guard let cost = try item.amount("consume_cash") else { throw item.bad("consume_cash") }
      bill.rows.append(BillRow(day: day, model: item.text("model"), tokens: try tokens(item), cost: cost))
      if let paid = try item.amount("consume_cash_after_voucher"), paid != cost {
        bill.rows.append(BillRow(day: day, cost: paid - cost, fee: "vouchers"))
      }
    }
    return bill
  }

  /// By the method where that names a cache, else input and output.
  private static func tokens(_ item: BillItem) throws(BillError) -> [TokenClass: Int64] {
    let method = item.text("method")?.lowercased() ?? ""
    let (input, output) = (try item.count("consume_input_token"), try item.count("consume_output_token"))
    guard method.contains("cache") else {
      return [TokenClass.input: input, .output: output].compactMapValues { $0 == 0 ? nil : $0 }
    }
    let count = try item.count("consume_token") ?? input
    return [method.contains("read") ? TokenClass.cacheRead : .cacheWrite5m: count].compactMapValues(\.self)
  }
}

/// Z.ai's and bigmodel's details of charges, saved as CSV: a row a charge type and day, Beijing days.
enum ZaiBill {
  static func read(_ table: BillTable) throws(BillError) -> Bill? {
    let beijing = TimeZone(secondsFromGMT: 8 * 3600) ?? .gmt
    if table.csv.has("billing date", "charge type", "amount") {
      var bill = Bill(
        seller: .zai, format: "Z.ai billing details", timeZone: beijing, roundedPlaces: table.places("amount"))
      for row in table.rows {
        bill.rows.append(
          BillRow(
            day: try row.day("billing date"), model: row["model"], requests: try row.count("api calls"),
            cost: try row.amount("amount"), fee: row["model"] == nil ? row["charge type"] : nil))
      }
      return bill
    }
    guard table.csv.has("账期(自然日)", "应付金额") else { return nil }
    var bill = Bill(
      seller: .zai, format: "bigmodel billing details", timeZone: beijing, currency: "CNY",
      roundedPlaces: table.places("应付金额"))
    let model = table.csv.header.first { $0.hasPrefix("模型编码") } ?? ""
    for row in table.rows {
      bill.rows.append(
        BillRow(
          day: try row.day("账期(自然日)"), model: row[model], requests: try row.count("请求次数"),
          cost: try row.amount("应付金额")))
    }
    return bill
  }
}

/// Any table, by the columns that `--columns` names.
enum ColumnsBill {
  /// The words for classes of tokens.
  static let classWords: [String: TokenClass] = [
    "input": .input, "cache_read": .cacheRead, "cache_write_5m": .cacheWrite5m, "cache_write_1h": .cacheWrite1h,
    "output": .output,
  ]

  static func read(_ table: BillTable, _ columns: [String: String]) throws(BillError) -> Bill {
    for column in columns.values.sorted() where table.csv.column(column) == nil {
      throw .missingColumn(path: table.path, name: column, seen: table.csv.header)
    }
    func title(_ name: String) -> String { columns[name] ?? "" }
    var bill = Bill(
      seller: .csv, format: "table", roundedPlaces: columns["cost"].map { table.places($0) })
    for row in table.rows {
      var line = BillRow(
        day: try row.day(title("day")), model: row[title("model")], keyName: row.keyName(title("key")),
        requests: try row.count(title("requests")), cost: try row.amount(title("cost")),
        rate: try row.amount(title("rate")), fee: row[title("fee")])
      for (word, tokenClass) in classWords {
        if let column = columns[word], let count = try row.count(column) { line.tokens[tokenClass] = count }
      }
      if let word = row[title("class")]?.lowercased(), let count = try row.count(title("tokens")) {
        guard let tokenClass = classWords[word] else {
          throw row.bad(title("class"))
        }
        line.tokens[tokenClass] = count
      }
      if line.cost == nil, let rate = line.rate, let tokens = line.tokens.values.first, line.tokens.count == 1 {
        guard let cost = rate.billed(times: tokens) else { throw row.bad(title("rate")) }
        line.cost = cost
      }
      bill.rows.append(line)
    }
    return bill
  }
}
