import Model

/// The lists of simonw/llm-prices: `prices`, one element for each price of a model, in USD a million tokens. In
/// `historical-v1.json` they have a first day and a day on which they end, in `current-v1.json` no dates.
/// https://github.com/simonw/llm-prices/blob/main/data/README.md
enum LLMPrices {
  private static let keys = RateKeys(
    input: "input", output: "output", cacheRead: "input_cached", cacheWrite5m: nil, cacheWrite1h: nil)

  static func listings(_ root: JSONValue, _ line: (JSONValue) -> Int) -> [Listing]? {
    var places: [String: Int] = [:]
    var listings: [Listing] = []
    for element in root["prices"]?.elements ?? [] {
      guard let vendor = element["vendor"]?.string, let id = element["id"]?.string else { continue }
      let prices = Result { () throws(ImportFault) in [try price(element)] }
      let key = "\(vendor)/\(id)"
      if let place = places[key] {
        let before = listings[place].prices
        listings[place].prices = Result { () throws(ImportFault) in try prices.get() + before.get() }
      } else {
        places[key] = listings.count
        listings.append(
          Listing(
            provider: vendor, model: id, key: key, line: line(element), link: "https://www.llm-prices.com/",
            prices: prices))
      }
    }
    for index in listings.indices {
      listings[index].prices = listings[index].prices.map { prices in
        prices.sorted { ($0.from?.number ?? .min) < ($1.from?.number ?? .min) }
      }
    }
    return listings
  }

  private static func price(_ element: JSONValue) throws(ImportFault) -> ImportedPrice {
    func day(_ key: String) throws(ImportFault) -> CivilDay? {
      guard let value = element[key] else { return nil }
      guard let day = value.string.flatMap({ CivilDay($0) }) else { throw ImportFault("\(key) is no date") }
      return day
    }
    return ImportedPrice(
      from: try day("from_date"), until: try day("to_date"),
      rates: try RateFields(object: element, unit: .perMillion).rates(keys))
  }
}
