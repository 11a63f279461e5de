import Model

/// The data of pydantic/genai-prices: providers, each with its models and their `prices` in USD a million tokens. A rate
/// is a number, or a base with tiers above a length of the prompt. Prices may be a list with conditions, of which the
/// last that is fulfilled holds: a first day, or hours of the day.
/// https://github.com/pydantic/genai-prices/blob/main/prices/data.schema.json
enum GenAIPrices {
  static func listings(_ root: JSONValue, _ line: (JSONValue) -> Int) -> [Listing]? {
    // The third version of the format has the providers beside the units.
    (root["providers"] ?? root).elements?.flatMap { provider -> [Listing] in
      guard let name = provider["id"]?.string else { return [] }
      let link = provider["pricing_urls"]?.elements?.first?.string
      return (provider["models"]?.elements ?? []).compactMap { model in
        guard let id = model["id"]?.string else { return nil }
        return Listing(
          provider: name, model: id, key: "\(name)/\(id)", line: line(model), link: link,
          prices: Result { () throws(ImportFault) in try prices(model) })
      }
    }
  }

  /// One of the list, where it stands in it, and its hours.
  private struct Conditional {
    var place: Int
    var price: ImportedPrice
    var hours: Range<Int>?
  }

  private static func prices(_ model: JSONValue) throws(ImportFault) -> [ImportedPrice] {
    guard let prices = model["prices"] else { throw ImportFault("has no prices") }
    guard let list = prices.elements else { return [try price(prices)] }
    var conditionals: [Conditional] = []
    for (place, element) in list.enumerated() {
      guard let prices = element["prices"] else { throw ImportFault("has no prices") }
      var conditional = Conditional(place: place, price: try price(prices))
      if let constraint = element["constraint"] {
        if let date = constraint["start_date"]?.string.flatMap({ CivilDay($0) }) {
          conditional.price.from = date
        } else if let start = minute(constraint["start_time"]), let end = minute(constraint["end_time"]), start != end {
          conditional.hours = start..<(end > start ? end : end + 1440)
        } else {
          throw ImportFault("has a condition that is neither a first day nor hours of the UTC day")
        }
      }
      conditionals.append(conditional)
    }
    let dated = conditionals.filter { $0.hours == nil }
    let starts = Set(dated.map(\.price.from)).sorted { ($0?.number ?? .min) < ($1?.number ?? .min) }
    var result: [ImportedPrice] = []
    for start in starts {
      let number = start?.number ?? .min
      guard let holds = dated.last(where: { ($0.price.from?.number ?? .min) <= number }) else { continue }
      var price = holds.price
      price.from = start
      let windows = conditionals.compactMap { other -> PriceWindow? in
        guard other.place > holds.place, let hours = other.hours else { return nil }
        return PriceWindow(minutes: Times.week(hours, on: Set(0...6)), rates: other.price.rates)
      }
      // Whether an earlier price had these hours and rates, too, the list does not say.
      if start == starts.last { price.windows = windows } else { price.lacksHours = !windows.isEmpty }
      let isTiered = !price.tiers.isEmpty || conditionals.contains { $0.hours != nil && !$0.price.tiers.isEmpty }
      if isTiered, !price.windows.isEmpty { throw ImportFault("has both tiers and hours, which the table cannot say") }
      result.append(price)
    }
    guard !result.isEmpty else { throw ImportFault("has prices for some hours only") }
    return result
  }

  /// A time of the UTC day such as `01:00:00Z`, in minutes.
  private static func minute(_ value: JSONValue?) -> Int? {
    guard let match = value?.string?.wholeMatch(of: #/([0-9]{2}:[0-9]{2})(?::00)?(?:Z|\+00:00)?/#) else { return nil }
    return Times.minute(match.1)
  }

  private static let keys = RateKeys(
    input: "input_mtok", output: "output_mtok", cacheRead: "cache_read_mtok", cacheWrite5m: "cache_write_mtok",
    cacheWrite1h: "cache_write_1h_mtok")

  private static func price(_ prices: JSONValue) throws(ImportFault) -> ImportedPrice {
    var base = prices
    // The prices from each limit on, the same object with the tiers' figures in place of the bases.
    var limits: Set<Int64> = []
    for key in keys.all {
      for tier in prices[key]?["tiers"]?.elements ?? [] {
        guard let start = tier["start"]?.tokens, start > 0 else {
          throw ImportFault("\(key) has a tier without a start")
        }
        limits.insert(start)
      }
    }
    base.content = .object(try flattened(prices, above: 0))
    let fields = RateFields(object: base, unit: .perMillion)
    let rates = try fields.rates(keys)
    try fields.refuse("output_reasoning_mtok", unless: rates.output, because: RateFields.reasoning)
    try fields.refuse("requests_kcount", unless: nil, because: RateFields.byRequest)
    var tiers: [PriceTier] = []
    for limit in limits.sorted() {
      var object = prices
      object.content = .object(try flattened(prices, above: limit))
      tiers.append(
        PriceTier(
          aboveInputTokens: limit, rates: try RateFields(object: object, unit: .perMillion).rates(keys, over: rates)))
    }
    return ImportedPrice(rates: rates, tiers: tiers)
  }

  /// The members, with one number for each rate: the one for a prompt just above a limit.
  private static func flattened(
    _ prices: JSONValue, above limit: Int64
  ) throws(ImportFault) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = []
    for (key, value) in prices.members ?? [] {
      guard let base = value["base"] else {
        members.append((key, value))
        continue
      }
      let tiers = (value["tiers"]?.elements ?? []).filter { ($0["start"]?.tokens ?? .max) <= limit }
      let last = tiers.max { ($0["start"]?.tokens ?? 0) < ($1["start"]?.tokens ?? 0) }
      members.append((key, last.map { $0["price"] ?? $0 } ?? base))
    }
    return members
  }
}
