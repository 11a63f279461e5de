import Model

/// What a line of an export, or an item of an answer, is of: all that stands in it beside figures. No provider lists the
/// same twice, so that two of the same use with other figures cannot both hold.
enum BillSubject {
  /// Titles and members of figures, beside those of tokens.
  private static let figures: Set<String> = [
    "web_search_count", "cost_usd", "list_price_usd", "usage", "byok usage", "byok_usage_inference", "requests",
    "byok_requests", "amount_value", "amount", "quantity", "num_model_requests", "cost", "api calls", "cache_creation",
    "server_tool_use", "用量", "抵扣用量", "应付金额", "总消费金额（结算金额加总）", "已付款金额", "请求次数", "请求次数 (仅api)", "请求次数(仅api)",
  ]

  /// Whether a column, or a member, holds a figure.
  static func isFigure(_ title: String) -> Bool {
    let title = title.lowercased()
    return figures.contains(title) || title.hasSuffix("tokens") || title.contains("_tokens_")
  }
}

extension BillTable {
  /// - Parameter most: how many lines may be of one use.
  /// - Throws: `BillError.repeatedUse` for more lines of the same use.
  func checkSubjects(most: ([String]) -> Int) throws(BillError) {
    let places = csv.header.indices.filter { !BillSubject.isFigure(csv.header[$0]) }
    var lines: [[String]: (first: Int, count: Int)] = [:]
    for row in rows {
      let subject = places.map { row.cells[$0] }
      let known = lines[subject]
      lines[subject] = (known?.first ?? row.line, (known?.count ?? 0) + 1)
      guard let known, known.count >= most(row.cells) else { continue }
      throw .repeatedUse(path: path, place: row.place, of: .line(known.first))
    }
  }
}

extension [BillItem] {
  /// The items without those that are equal to earlier ones, member by member, as where a page was fetched twice, and
  /// how many rows these have; and so the results of each bucket of time.
  /// - Throws: `BillError` for a result that stands there again with other figures, and for a bucket that does with results
  ///   that may be of the same use.
  func withoutRepeats() throws(BillError) -> (items: [BillItem], repeats: Int) {
    var seen: Set<BillJSON> = []
    var buckets: [[Int64?]: [BillItem]] = [:]
    var (once, repeats): ([BillItem], Int) = ([], 0)
    for item in self {
      guard seen.insert(item.json).inserted else {
        repeats += item.json["results"]?.items?.count ?? 1
        continue
      }
      guard case .object(var members) = item.json, let results = item.json["results"]?.items else {
        once.append(item)
        continue
      }
      let (start, end) = item.json.bucket
      let own = results.map { BillItem(json: $0, number: item.number, path: item.path) }
      var (kept, more) = try own.withoutRepeats()
      try kept.checkSubjects()
      if let start {
        // Another answer can be of the same time and of other ids.
        let known = buckets[[start, end]] ?? []
        let before = Set(known.map(\.json))
        more += kept.count { before.contains($0.json) }
        kept.removeAll { before.contains($0.json) }
        guard kept.allSatisfy({ result in known.allSatisfy { BillRow.areApart($0.scope, result.scope) } }) else {
          throw .sameUse(first: item.path, second: item.path, day: CivilDay(utc: start))
        }
        buckets[[start, end], default: []] += kept
      }
      repeats += more
      members["results"] = .array(kept.map(\.json))
      once.append(BillItem(json: .object(members), number: item.number, path: item.path))
    }
    return (once, repeats)
  }

  /// - Throws: `BillError.repeatedUse` for two of the same use.
  func checkSubjects() throws(BillError) {
    var first: [BillJSON: Int] = [:]
    for item in self {
      guard case .object(let members) = item.json else { continue }
      let subject = BillJSON.object(members.filter { !BillSubject.isFigure($0.key) })
      if let known = first.updateValue(item.number, forKey: subject) {
        throw .repeatedUse(path: item.path, place: item.place, of: .item(known))
      }
    }
  }
}
