/// Where prices can change: what a sum over requests must not straddle if one price is to hold for all of it.
///
/// The pricing table knows it, the ledger groups by it, and so the audit of sums equals the audit of single requests.
package struct PriceGrain: Hashable, Sendable {
  /// Instants at which some price, fee or cover changes, epoch milliseconds, ascending.
  package var cuts: [Int64]
  /// Prompt lengths above which some tier applies, tokens, ascending. A prompt of exactly the limit is below it.
  package var promptLimits: [Int64]
  /// Minutes of the UTC week (Monday 00:00 is 0) at which some recurring window opens or closes, ascending.
  package var weeklyCuts: [Int]

  package init(cuts: [Int64] = [], promptLimits: [Int64] = [], weeklyCuts: [Int] = []) {
    self.cuts = cuts
    self.promptLimits = promptLimits
    self.weeklyCuts = weeklyCuts
  }

  /// How many of the prompt limits a prompt of that many tokens is above.
  package func promptClass(of prompt: Int64) -> Int { promptLimits.count(where: { prompt > $0 }) }

  /// Which interval between weekly cuts an instant lies in; 0 where there are none.
  /// - Parameter milliseconds: epoch milliseconds.
  package func weeklyClass(of milliseconds: Int64) -> Int {
    let minute = Int(Self.minuteOfWeek(milliseconds))
    return weeklyCuts.count(where: { minute >= $0 })
  }

  /// The minute of the UTC week, Monday 00:00 being 0. (1970-01-01 was a Thursday.)
  package static func minuteOfWeek(_ milliseconds: Int64) -> Int64 {
    (milliseconds.flooredQuotient(by: 60_000) + 3 * 1440).flooredRemainder(by: 7 * 1440)
  }
}
