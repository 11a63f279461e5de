package import Usage

/// A flat fee that covers models: a subscription.
package struct Plan: Hashable, Sendable {
  /// The plan's name in the table (`ollama-cloud-pro`).
  package var name: String
  /// How it is billed.
  package var kind: PlanKind
  /// The models that it covers.
  package var models: [ModelID]
  /// Its fees, oldest first.
  package var fees: [PlanFee]

  /// A plan.
  package init(name: String, kind: PlanKind, models: [ModelID], fees: [PlanFee]) {
    self.name = name
    self.kind = kind
    self.models = models
    self.fees = fees
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
    models.contains {
      $0.provider.lowercased() == model.provider.lowercased() && $0.model.lowercased() == model.model.lowercased()
    }
  }

  /// What the plan costs in the calendar month of a day, prorated by day where it starts, ends or changes inside.
  package func monthlyFee(in month: CivilDay) -> Money { fee(over: month.firstOfMonth..<month.firstOfNextMonth) }

  /// What the plan costs over days. A fee's date names a day of the calendar, whatever the report's time zone.
  ///
  /// Day `i` of a month of `n` days costs `fee × i ÷ n − fee × (i − 1) ÷ n`, each rounded half to even, so that the
  /// days of any split of a month add up to its fee to the last digit.
  package func fee(over days: Range<CivilDay>) -> Money {
    var sum = Money.zero
    var month = days.lowerBound.firstOfMonth
    while month < days.upperBound {
      let next = month.firstOfNextMonth
      for (index, fee) in fees.enumerated() {
        guard let monthly = fee.monthly else { continue }
        let ends = index + 1 < fees.count ? fees[index + 1].day : next
        let first = max(month, days.lowerBound, fee.day)
        let last = min(next, days.upperBound, ends)
        guard first < last else { continue }
        let length = Int128(month.daysInMonth)
        func part(until day: CivilDay) -> Money {
          monthly.multiplied(by: Int128(day.number - month.number), over: length)
        }
        sum += part(until: last) - part(until: first)
      }
      month = next
    }
    return sum
  }
}

/// How a plan is billed.
package enum PlanKind: String, CaseIterable, Sendable {
  /// A subscription.
  case subscription
  /// Own hardware and power.
  case selfHosted = "self_hosted"
}

/// A plan's fee from a day on.
package struct PlanFee: Hashable, Sendable {
  /// From when the fee applies, epoch milliseconds.
  package var from: Int64
  /// The fee of a whole calendar month; `nil` from when the plan ends.
  package var monthly: Money?
  /// Where the fee was read.
  package var source: String?
  /// The day on which somebody last compared it with the source.
  package var verified: CivilDay?
  /// What the fee of own hardware is made of.
  package var hardware: OwnHardware?
  /// When the table learned of it, where that is not when it applied.
  package var recorded: CivilDay?

  /// A fee.
  package init(
    from: Int64, monthly: Money?, source: String? = nil, verified: CivilDay? = nil, hardware: OwnHardware? = nil,
    recorded: CivilDay? = nil
  ) {
    self.from = from
    self.monthly = monthly
    self.source = source
    self.verified = verified
    self.hardware = hardware
    self.recorded = recorded
  }

  /// The first day of the calendar (UTC) on which the fee counts.
  var day: CivilDay {
    let (days, rest) = from.quotientAndRemainder(dividingBy: 86_400_000)
    return CivilDay(number: Int(rest < 0 ? days - 1 : days))
  }
}
