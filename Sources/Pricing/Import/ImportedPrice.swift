package import Model

/// A price as another project lists it.
package struct ImportedPrice: Hashable, Sendable {
  /// Its first day, UTC, where the source names one.
  package var from: CivilDay?
  /// The day on which it applies no more, where the source names one.
  package var until: CivilDay?
  package var rates: Rates
  /// Rates of long prompts, ascending.
  package var tiers: [PriceTier] = []
  /// Rates by time of the UTC week.
  package var windows: [PriceWindow] = []
  /// Whether the source has hours that it does not date, which are taken for those of its newest price alone.
  package var lacksHours = false

  /// The rates of each interval of a day or a week that has its own, ascending.
  /// - Parameter span: minutes from Monday 00:00 UTC.
  func schedule(over span: Range<Int>) -> [Range<Int>: Rates] { Self.schedule(rates, windows, over: span) }

  static func schedule(_ rates: Rates, _ windows: [PriceWindow], over span: Range<Int>) -> [Range<Int>: Rates] {
    let edges = Set(
      [span.lowerBound, span.upperBound] + windows.flatMap(\.minutes).flatMap { [$0.lowerBound, $0.upperBound] }
    )
    .filter { (span.lowerBound...span.upperBound).contains($0) }.sorted()
    var pieces: [(minutes: Range<Int>, rates: Rates)] = []
    for (start, end) in zip(edges, edges.dropFirst()) {
      let here = windows.first { $0.contains(minute: start) }?.rates ?? rates
      if let last = pieces.last, last.rates == here {
        pieces[pieces.count - 1].minutes = last.minutes.lowerBound..<end
      } else {
        pieces.append((start..<end, here))
      }
    }
    return Dictionary(uniqueKeysWithValues: pieces.map { ($0.minutes, $0.rates) })
  }
}

/// A model in a source.
package struct Listing: Hashable, Sendable {
  /// The provider, as the source calls it.
  package var provider: String
  /// The model, as the source calls it at that provider.
  package var model: String
  /// The whole name that the source has for it, by which it can be chosen.
  package var key: String
  /// Where it stands in the file, from 1.
  package var line: Int
  /// The page that the source itself names for the price.
  package var link: String?
  /// Its prices, oldest first and never empty; or why they cannot be taken over.
  package var prices: Result<[ImportedPrice], ImportFault>

  /// The price in force on a day.
  package func price(on day: CivilDay) -> ImportedPrice? {
    guard case .success(let prices) = prices else { return nil }
    return prices.last { $0.from.map { $0 <= day } ?? true && $0.until.map { $0 > day } ?? true }
  }
}
