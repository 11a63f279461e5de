package import Model

/// A price as another project lists it.
package struct ImportedPrice: Hashable, Sendable {
  /// Its first day, UTC, where the source names one.
  package var from: CivilDay?
  /// The day on which it applies no more, where the source names one.
  package var until: CivilDay?
  /// The rates.
  package var rates: Rates
  /// Rates of long prompts, ascending.
  package var tiers: [PriceTier] = []
  /// Rates by hour of the UTC day.
  package var windows: [ImportedWindow] = []
}

/// Rates that come back every day.
package struct ImportedWindow: Hashable, Sendable {
  /// Minutes of the UTC day; an end beyond 1440 lies on the next day.
  package var minutes: Range<Int>
  /// The rates inside.
  package var rates: Rates

  /// `01:00-04:00`.
  package var span: String {
    func clock(_ minute: Int) -> String {
      let (hour, rest) = minute.quotientAndRemainder(dividingBy: 60)
      return (hour < 10 ? "0" : "") + "\(hour):" + (rest < 10 ? "0" : "") + "\(rest)"
    }
    let end = minutes.upperBound > 1440 ? minutes.upperBound - 1440 : minutes.upperBound
    return "\(clock(minutes.lowerBound))-\(clock(end))"
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
