import Foundation
import Model

/// OpenAI's organisation reports: costs (a line item a day) and use of completions (day by model). UTC.
enum OpenAIBill {
  static func read(_ items: [BillJSON], _ path: String) throws(BillError) -> Bill? {
    guard items.contains(where: { $0["start_time"]?.count != nil && $0["results"]?.items != nil }) else { return nil }
    let results = items.flatMap { bucket in (bucket["results"]?.items ?? []).map { (bucket, $0) } }
    let hasMoney = results.contains { $0.1["amount"] != nil }
    var bill = Bill(
      seller: .openai, format: hasMoney ? "OpenAI costs" : "OpenAI usage of completions",
      roundedPlaces: hasMoney
        ? results.map { ExactAmount.shownPlaces($0.1["amount"]?["value"]?.text ?? "") }.max() : nil)
    for (index, (bucket, result)) in results.enumerated() {
      guard let day = CivilDay(epochSeconds: bucket["start_time"]?.text) else {
        throw .badCell(path: path, line: index + 1, column: "start_time")
      }
      if hasMoney {
        guard let cost = result["amount"]?["value"]?.amount else {
          throw .badCell(path: path, line: index + 1, column: "amount.value")
        }
        if let currency = result["amount"]?["currency"]?.text { bill.currency = currency.uppercased() }
        // "gpt-5-2025-08-07, cached input"
        let parts = (result["line_item"]?.text ?? "").split(separator: ", ", maxSplits: 1).map(String.init)
        let isTokens = parts.count == 2 && (parts[1].contains("input") || parts[1].contains("output"))
        bill.rows.append(
          BillRow(
            day: day, model: isTokens ? parts[0] : nil, cost: cost,
            fee: isTokens || parts.isEmpty ? nil : parts.joined(separator: ", ")))
      } else {
        let input = result["input_tokens"]?.count ?? 0
        let cached = min(input, result["input_cached_tokens"]?.count ?? 0)
        bill.rows.append(
          BillRow(
            day: day, model: result["model"]?.text, requests: result["num_model_requests"]?.count,
            tokens: [.input: input - cached, .cacheRead: cached, .output: result["output_tokens"]?.count ?? 0]))
      }
    }
    return bill
  }
}

/// Rows of LiteLLM's spend table. Its money comes from its own price list: a claim, no bill.
enum LiteLLMBill {
  static func read(_ items: [BillJSON], _ path: String) throws(BillError) -> Bill? {
    guard items.contains(where: { $0["request_id"] != nil && $0["spend"] != nil && $0["startTime"] != nil }) else {
      return nil
    }
    var bill = Bill(seller: .litellm, format: "LiteLLM spend logs", dayRule: .end, isClaim: true)
    for (index, item) in items.enumerated() {
      guard let day = (item["endTime"] ?? item["startTime"])?.text.flatMap(CivilDay.init(ofBill:)) else {
        throw .badCell(path: path, line: index + 1, column: "startTime")
      }
      guard item["status"]?.text != "failure" else { continue }
      let usage = item["metadata"]?["usage_object"]
      let details = usage?["prompt_tokens_details"]
      let prompt = item["prompt_tokens"]?.count ?? 0
      let read = usage?["cache_read_input_tokens"]?.count ?? details?["cached_tokens"]?.count ?? 0
      let written = usage?["cache_creation_input_tokens"]?.count ?? 0
      bill.rows.append(
        BillRow(
          day: day, model: item["model"]?.text, requests: 1,
          tokens: [
            .input: max(0, prompt - read - written), .cacheRead: read, .cacheWrite5m: written,
            .output: item["completion_tokens"]?.count ?? 0,
          ], cost: item["spend"]?.amount, started: BillTime.milliseconds(item["startTime"]?.text),
          ended: BillTime.milliseconds(item["endTime"]?.text)))
    }
    return bill
  }
}

/// MiniMax's charge records, as its console asks for them: a charge of a model's class of tokens, Beijing days.
enum MiniMaxBill {
  static func read(_ items: [BillJSON], _ path: String) throws(BillError) -> Bill? {
    guard items.contains(where: { $0["consume_cash"] != nil && $0["method"] != nil }) else { return nil }
    var bill = Bill(
      seller: .minimax, format: "MiniMax charge records", timeZone: TimeZone(secondsFromGMT: 8 * 3600) ?? .gmt,
      roundedPlaces: items.map { ExactAmount.shownPlaces($0["consume_cash"]?.text ?? "") }.max())
    for (index, item) in items.enumerated() {
      guard let day = item["ymd"]?.text.flatMap(CivilDay.init(ofBill:)), let cost = item["consume_cash"]?.amount else {
        throw .badCell(path: path, line: index + 1, column: "consume_cash")
      }
      bill.rows.append(BillRow(day: day, model: item["model"]?.text, cost: cost))
      if let paid = item["consume_cash_after_voucher"]?.amount, paid != cost {
        bill.rows.append(BillRow(day: day, cost: paid - cost, fee: "vouchers"))
      }
    }
    return bill
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
        day: try row.day(title("day")), model: row[title("model")], keyName: row[title("key")],
        requests: try row.count(title("requests")), cost: try row.amount(title("cost")),
        rate: try row.amount(title("rate")), fee: row[title("fee")])
      for (word, tokenClass) in classWords {
        if let column = columns[word], let count = try row.count(column) { line.tokens[tokenClass] = count }
      }
      if let word = row[title("class")]?.lowercased(), let count = try row.count(title("tokens")) {
        guard let tokenClass = classWords[word] else {
          throw .badCell(path: table.path, line: row.line, column: title("class"))
        }
        line.tokens[tokenClass] = count
      }
      bill.rows.append(line)
    }
    return bill
  }
}
