package import Model

/// A flat fee that covers models: a subscription.
package struct Plan: Hashable, Sendable {
  /// The plan's name in the table (`ollama-cloud-pro`).
  package var name: String
  /// How it is billed.
  package var kind: PlanKind
  /// The models that it covers.
  package var models: [ModelID]
  /// What else it covers: names with `*` for any characters (`ollama/*`). A model that the table names elsewhere, in a
  /// plan's list or with a price in force, is not covered by a pattern.
  package var patterns: [ModelID]
  /// Its fees, oldest first.
  package var fees: [PlanFee]
  /// The day of the calendar month on which the plan's own month begins; the last one where a month is shorter.
  package var billingDay: Int
  /// The modes of calls (`fast`) that the fee does not pay for: those are billed by the token beside it.
  package var excludedModes: Set<String>

  package init(
    name: String, kind: PlanKind, models: [ModelID], patterns: [ModelID] = [], fees: [PlanFee], billingDay: Int = 1,
    excludedModes: Set<String> = []
  ) {
    self.name = name
    self.kind = kind
    self.models = models
    self.patterns = patterns
    self.fees = fees
    self.billingDay = billingDay
    self.excludedModes = excludedModes
  }

  /// The fee in force at an instant (epoch milliseconds); `nil` before the plan starts and after it has ended.
  package func fee(at milliseconds: Int64) -> PlanFee? {
    let later = fees.partitioningIndex { $0.from > milliseconds }
    guard later > 0, fees[later - 1].monthly != nil else { return nil }
    return fees[later - 1]
  }

  /// Whether the plan is paid for at an instant, epoch milliseconds.
  package func isRunning(at milliseconds: Int64) -> Bool { fee(at: milliseconds) != nil }

  /// Whether the plan covers a model of a provider, as the table spells them; case does not matter.
  /// `PriceTable.resolve` gives the table's spelling.
  package func covers(_ model: ModelID) -> Bool {
    let (provider, name) = (model.provider.lowercased(), model.model.lowercased())
    return models.contains { $0.provider.lowercased() == provider && $0.model.lowercased() == name }
      || pattern(for: model) != nil
  }

  /// Whether the fee pays for calls made in all of some modes.
  package func pays(for modes: [String]) -> Bool { excludedModes.isDisjoint(with: modes) }

  /// The pattern that fits a model's name best, which is the one with the most letters.
  func pattern(for model: ModelID) -> ModelID? {
    let provider = model.provider.lowercased()
    return patterns.filter { $0.provider.lowercased() == provider && $0.model.fits(model.model) }
      .max { $0.model.utf8.count < $1.model.utf8.count }
  }

  /// The plan's month that a day belongs to: from one billing day up to the next.
  package func month(of day: CivilDay) -> Range<CivilDay> {
    func start(_ first: CivilDay) -> CivilDay { first.advanced(by: min(billingDay, first.daysInMonth) - 1) }
    let here = start(day.firstOfMonth)
    return day < here
      ? start(day.firstOfMonth.advanced(by: -1).firstOfMonth)..<here : here..<start(day.firstOfNextMonth)
  }

  /// What the plan costs in its month of a day, prorated by day where it starts, ends or changes inside.
  package func monthlyFee(in day: CivilDay) -> Money { fee(over: month(of: day)) }

  /// What the plan costs over days. A fee's date names a day of the calendar, whatever the report's time zone.
  ///
  /// Day `i` of a month of `n` days costs `fee × i ÷ n − fee × (i − 1) ÷ n`, each rounded half to even, so that the
  /// days of any split of a month add up to its fee to the last digit.
  package func fee(over days: Range<CivilDay>) -> Money {
    var sum = Money.zero
    var month = month(of: days.lowerBound)
    while month.lowerBound < days.upperBound {
      let (start, next) = (month.lowerBound, month.upperBound)
      for (index, fee) in fees.enumerated() {
        guard let amount = fee.amount(ofMonthFrom: start) else { continue }
        let ends = index + 1 < fees.count ? fees[index + 1].day : next
        let first = max(start, days.lowerBound, fee.day)
        let last = min(next, days.upperBound, ends)
        guard first < last else { continue }
        let length = Int128(next.number - start.number)
        func part(until day: CivilDay) -> Money {
          amount.multiplied(by: Int128(day.number - start.number), over: length)
        }
        sum += part(until: last) - part(until: first)
      }
      month = self.month(of: next)
    }
    return sum
  }
}

/// How a plan is billed.
package enum PlanKind: String, CaseIterable, Sendable {
  case subscription
  /// Own hardware and power.
  case selfHosted = "self_hosted"
}

/// A plan's fee from a day on.
package struct PlanFee: Hashable, Sendable {
  /// From when the fee applies, epoch milliseconds.
  package var from: Int64
  /// The fee of a whole month for all seats; `nil` from when the plan ends. Of an annual fee a twelfth, rounded.
  package var monthly: Money?
  /// The fee of a year for all seats, where it is paid by the year.
  package var annual: Money?
  /// For how many people it is paid.
  package var seats: Int
  /// The tokens of all classes that a month's fee includes; `nil` where there is no limit.
  package var includedTokens: Int64?
  /// What each token beyond them costs.
  package var overage: Rate?
  /// Where the fee was read.
  package var source: String?
  /// The day on which somebody last compared it with the source.
  package var verified: CivilDay?
  /// What the fee of own hardware is made of.
  package var hardware: OwnHardware?
  /// When the table learned of it, where that is not when it applied.
  package var recorded: CivilDay?

  package init(
    from: Int64, monthly: Money?, annual: Money? = nil, seats: Int = 1, includedTokens: Int64? = nil,
    overage: Rate? = nil, source: String? = nil, verified: CivilDay? = nil, hardware: OwnHardware? = nil,
    recorded: CivilDay? = nil
  ) {
    self.from = from
    self.monthly = monthly ?? annual?.multiplied(by: 1, over: 12)
    self.annual = annual
    self.seats = seats
    self.includedTokens = includedTokens
    self.overage = overage
    self.source = source
    self.verified = verified
    self.hardware = hardware
    self.recorded = recorded
  }

  /// The first day of the calendar (UTC) on which the fee counts.
  var day: CivilDay { CivilDay(utc: from) }

  /// The fee of a whole month of the plan. Of an annual fee, the calendar month's part: twelve in a row add up to it
  /// to the last digit.
  package func amount(ofMonthFrom start: CivilDay) -> Money? {
    guard let annual else { return monthly }
    let month = Int128(start.components.month)
    return annual.multiplied(by: month, over: 12) - annual.multiplied(by: month - 1, over: 12)
  }

  /// What a number of tokens in one month costs beyond the fee.
  package func overage(of tokens: Int64) -> Money {
    guard let includedTokens, let overage, tokens > includedTokens else { return .zero }
    return Money(picodollars: Int128(tokens - includedTokens) * Int128(overage.picodollarsPerToken))
  }
}

extension String {
  /// Whether a model's name fits this pattern, in which `*` stands for any characters; spelled as `ModelNames` folds.
  func fits(_ name: String) -> Bool { ModelNames.folded(name).fits(pattern: ModelNames.folded(self)) }

  /// Whether this is what a pattern stands for, in which `*` stands for any characters.
  func fits(pattern: String) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    var rest = self[...]
    guard let first = pieces.first, let last = pieces.last, rest.hasPrefix(first) else { return false }
    guard pieces.count > 1 else { return rest == first }
    rest = rest.dropFirst(first.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
